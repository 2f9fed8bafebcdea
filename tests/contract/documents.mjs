// documents.mjs TREE - every document of ours against the schemas; and bad ones, to prove the check.
import fs from 'node:fs';
import path from 'node:path';
import { done, graphql, loadSchema, ok, readDocuments } from './common.mjs';
import { estimate, pages } from './cost.mjs';
import { checkDocument } from './rules.mjs';
import { checkAnswer, checkVariables } from './shape.mjs';

const maxCost = 800;
const schema = loadSchema('2026-10');
const tree = process.argv[2];
const documents = readDocuments(path.join(tree, 'assets/graphql'));

ok(documents.length > 0, 'there are documents');
for (const { name, text } of documents) {
  const { document, complaints } = checkDocument(schema, text);
  ok(complaints.length === 0, `${name} is valid on 2026-10`, complaints);
  if (!document) continue;
  const most = {}; // the longest page a caller may ask for
  for (const v of document.definitions[0].variableDefinitions ?? [])
    if (v.type.kind === 'NamedType' && v.type.name.value === 'Int') most[v.variable.name.value] = 250;
  const cost = estimate(schema, document, most);
  ok(cost <= maxCost, `${name} asks for at most ${cost} points`, [`${maxCost} is the bound`]);
}
const older = loadSchema('2026-07');
for (const { name, text } of documents) {
  const { complaints } = checkDocument(older, text);
  ok(complaints.length === 0, `${name} is valid on 2026-07 too`, complaints);
}
fragmentsAgree();
operationsAgree();
casesAreReal();
badDocumentsAreRefused();
badAnswersAreRefused();
ok([1, 4, 10, 25, 100, 250].map(pages).join() === '1,2,4,6,9,11', 'pages cost as observed');
done();

// A fragment of one name is the same text everywhere: what reads one reads the other.
function fragmentsAgree() {
  const seen = new Map();
  for (const { name, text } of documents) {
    for (const d of graphql.parse(text).definitions) {
      if (d.kind !== 'FragmentDefinition') continue;
      const own = graphql.print(d);
      const first = seen.get(d.name.value) ?? { name, own };
      seen.set(d.name.value, first);
      if (first.name !== name)
        ok(first.own === own, `fragment ${d.name.value} of ${name} is that of ${first.name}`);
    }
  }
}

// The client's table says of each document what the document is.
function operationsAgree() {
  const table = fs.readFileSync(path.join(tree, 'core/shopify/operations.def'), 'utf8');
  const rows = [...table.matchAll(/^OPERATION\(\w+,\s*graphql_(\w+),\s*"(\w+)",\s*(true|false),\s*(\d+)\)/gm)];
  const known = new Set();
  for (const [, asset, name, read, points] of rows) {
    const text = documents.find((d) => d.name === `${asset}.graphql`)?.text;
    const document = text === undefined ? null : graphql.parse(text);
    const operation = document?.definitions[0];
    const cost = document === null ? 0 : estimate(schema, document);
    known.add(`${asset}.graphql`);
    ok(operation?.name?.value === name && (operation.operation === 'query') === (read === 'true')
      && Number(points) >= cost, `operations.def knows ${asset}`, [`${name} ${read} ${points} (${cost})`]);
  }
  ok(documents.every((d) => known.has(d.name)), 'operations.def knows every document');
}

// The order that the mapping's cases start from is one that Shopify could answer with.
function casesAreReal() {
  const base = JSON.parse(fs.readFileSync(path.join(tree, 'tests/cases/base.json'), 'utf8'));
  const document = graphql.parse(documents.find((d) => d.name === 'order_by_id.graphql').text);
  const cost = { requestedQueryCost: 1, actualQueryCost: 1,
    throttleStatus: { maximumAvailable: 1, currentlyAvailable: 1, restoreRate: 1 } };
  const answer = { data: { order: base.graphql }, extensions: { cost } };
  const complaints = checkAnswer(schema, document, answer, { id: base.graphql.id });
  ok(complaints.length === 0, "the cases' GraphQL order is of the schema's shape", complaints);
}

function badDocumentsAreRefused() {
  const sub = 'webhookSubscriptionCreate(topic: $t, webhookSubscription: $s)';
  const cases = {
    'a syntax error': '{ shop { id }',
    'an unknown field': '{ shop { nosuchfield } }',
    'a deprecated field': 'query Q($id: ID!) { customer(id: $id) { email } }',
    'a deprecated input field': `mutation M($u: URL) { webhookSubscriptionCreate(topic: ORDERS_CREATE,
      webhookSubscription: {callbackUrl: $u}) { userErrors { message } } }`,
    'a connection without a page size': '{ locations { nodes { id } } }',
    'a page of 251': '{ locations(first: 251) { nodes { id } } }',
    'a default page of 251': 'query Q($n: Int = 251) { locations(first: $n) { nodes { id } } }',
    'an unused variable': 'query Q($x: Int) { shop { id } }',
    'an undeclared variable': '{ order(id: $id) { id } }',
    'a variable of the wrong type': 'query Q($id: String!) { order(id: $id) { id } }',
    'an unknown enum value': `mutation M($s: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: ORDERS_EATEN, webhookSubscription: $s) { userErrors { message } } }`,
    'an id written out': '{ order(id: "gid://shopify/Order/1") { id } }',
    'a search written out': '{ orders(first: 1, query: "name:1") { nodes { id } } }',
    'an object without a selection': '{ shop }',
    'a fragment on the wrong type': 'query Q($id: ID!) { order(id: $id) { ... on Product { id } } }',
    'two operations': 'query A { shop { id } } query B { shop { id } }',
    'a stock write without a key': `mutation M($i: InventorySetQuantitiesInput!) {
      inventorySetQuantities(input: $i) { userErrors { message } } }`,
    'a key written out': `mutation M($i: InventorySetQuantitiesInput!) {
      inventorySetQuantities(input: $i) @idempotent(key: "1") { userErrors { message } } }`,
    'a missing argument': `mutation M($t: WebhookSubscriptionTopic!) {
      webhookSubscriptionCreate(topic: $t) { userErrors { message } } }`,
  };
  for (const [name, text] of Object.entries(cases))
    ok(checkDocument(schema, text).complaints.length > 0, `refused: ${name}`);
  const good = `mutation M($i: InventorySetQuantitiesInput!, $k: String!) {
    inventorySetQuantities(input: $i) @idempotent(key: $k) { userErrors { message } } }`;
  ok(checkDocument(schema, good).complaints.length === 0, 'a stock write with a key passes');
  const dear = `{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { id
    taxLines { title } product { id } variant { id } lineItemGroup { id } duties { id }
    staffMember { id } contract { id } } } } } }`;
  ok(estimate(schema, graphql.parse(dear)) > maxCost, 'a dear document is seen to be dear');

  const create = graphql.parse(`mutation M($t: WebhookSubscriptionTopic!, $s: WebhookSubscriptionInput!) {
    ${sub} { userErrors { message } } }`);
  const put = graphql.parse(`mutation M($v: [ProductVariantsBulkInput!]!, $id: ID!) {
    productVariantsBulkUpdate(productId: $id, variants: $v) { userErrors { message } } }`);
  const id = 'gid://shopify/Product/1';
  const variables = [
    ['an unknown topic', create, { t: 'NOPE', s: { uri: 'https://a.example/' } }],
    ['a deprecated input', create, { t: 'ORDERS_CREATE', s: { callbackUrl: 'https://a.example/' } }],
    ['an unknown input', create, { t: 'ORDERS_CREATE', s: { url: 'https://a.example/' } }],
    ['an undeclared variable', create, { t: 'ORDERS_CREATE', s: { uri: 'https://a.example/' }, x: 1 }],
    ['a missing variable', create, { t: 'ORDERS_CREATE' }],
    ['money as a number', put, { id, v: [{ price: 19.99 }] }],
    ['an id as a number', put, { id: 1, v: [{ price: '19.99' }] }],
    ['an inner id as a number', put, { id, v: [{ id: 1, price: '19.99' }] }],
  ];
  for (const [name, document, v] of variables)
    ok(checkVariables(schema, document, v).length > 0, `refused: ${name} sent`);
  const fine = checkVariables(schema, put, { id, v: [{ id, price: '19.99' }] });
  ok(fine.length === 0, 'money as text passes', fine);
}

// One right answer, then each way of getting it wrong.
function badAnswersAreRefused() {
  const document = graphql.parse(`query Q($id: ID!) {
    order(id: $id) {
      id number test updatedAt tags displayFinancialStatus cancelledAt legacyResourceId
      totalPriceSet { shopMoney { amount currencyCode } }
      lineItems(first: 2) { nodes { quantity } }
    } }`);
  const right = () => ({
    data: { order: {
      id: 'gid://shopify/Order/1', number: 1001, test: false, updatedAt: '2026-11-01T10:00:00Z',
      tags: ['a'], displayFinancialStatus: 'PAID', cancelledAt: null, legacyResourceId: '1',
      totalPriceSet: { shopMoney: { amount: '1.00', currencyCode: 'CHF' } },
      lineItems: { nodes: [{ quantity: 1 }, { quantity: 2 }] } } },
    extensions: { cost: { requestedQueryCost: 7, actualQueryCost: 5, throttleStatus: {
      maximumAvailable: 2000.0, currentlyAvailable: 1995, restoreRate: 100 } } },
  });
  const check = (body) => checkAnswer(schema, document, body, { id: 'x' });
  ok(check(right()).length === 0, 'a right answer passes', check(right()));
  const spoil = {
    'money as a number': (b) => { b.data.order.totalPriceSet.shopMoney.amount = 1.0; },
    'an id as a number': (b) => { b.data.order.id = 1; },
    'a legacy id as a number': (b) => { b.data.order.legacyResourceId = 1; },
    'an unknown enum value': (b) => { b.data.order.displayFinancialStatus = 'paid'; },
    'an unknown currency': (b) => { b.data.order.totalPriceSet.shopMoney.currencyCode = 'XQQ'; },
    'null where none may be': (b) => { b.data.order.test = null; },
    'a missing field': (b) => { delete b.data.order.tags; },
    'a field not asked for': (b) => { b.data.order.name = '1'; },
    'an object for a list': (b) => { b.data.order.tags = { 0: 'a' }; },
    'a list for an object': (b) => { b.data.order.totalPriceSet = []; },
    'a text for a number': (b) => { b.data.order.lineItems.nodes[1].quantity = '2'; },
    'a fraction for a whole': (b) => { b.data.order.number = 1.5; },
    'a date without a zone': (b) => { b.data.order.updatedAt = '2026-11-01 10:00:00'; },
    'no cost': (b) => { delete b.extensions; },
    'a cost as text': (b) => { b.extensions.cost.requestedQueryCost = '7'; },
    'no data and no error': (b) => { b.data = null; },
    'errors as text': (b) => { b.errors = 'no'; },
    'an unexplained null beside an error': (b) => {
      b.data.order.test = null;
      b.errors = [{ message: 'x', path: ['order', 'customer'] }];
    },
  };
  for (const [name, change] of Object.entries(spoil)) {
    const body = right();
    change(body);
    ok(check(body).length > 0, `refused: ${name} in an answer`);
  }
}
