// reading.mjs START DOCUMENTS OUT - reads all of a small believable shop in pages and in bulk, with
// the documents of an import. Pages and their answers go to OUT, for answers.mjs. In bulk the same
// must come: rows, joined by __parentId, are compared with the pages. Prints TAP.
import fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { done, graphql, ok } from './common.mjs';

const [, , start, documents, out] = process.argv;
const { shop } = JSON.parse(fs.readFileSync(start, 'utf8').split('\n')[0]);
const lines = [];
const read = (name) => fs.readFileSync(path.join(documents, `${name}.graphql`), 'utf8');

async function ask(query, variables = {}, quiet = false) {
  const response = await fetch(`${shop.url}/admin/api/2026-10/graphql.json`, { method: 'POST',
    body: JSON.stringify({ query, variables }),
    headers: { 'Content-Type': 'application/json', 'X-Shopify-Access-Token': shop.token } });
  const answer = await response.json();
  if (!quiet) lines.push(JSON.stringify({ query, variables, answer }));
  return answer;
}

// The document of a bulk operation as a query for one page: connections get a size and a pageInfo.
function paged(text, root) {
  let depth = 0;
  const int = (name) => ({ kind: 'Variable', name: { kind: 'Name', value: name } });
  const argument = (name, value) => ({ kind: 'Argument', name: { kind: 'Name', value: name }, value });
  const connection = (node) => node.selectionSet?.selections.some((s) => s.name?.value === 'edges');
  const document = graphql.visit(graphql.parse(text), { Field: {
    enter(node) {
      if (!connection(node)) return undefined;
      depth++;
      const edges = node.selectionSet.selections.find((s) => s.name.value === 'edges');
      const rows = edges.selectionSet.selections[0].selectionSet;
      const first = argument('first', int(depth === 1 ? 'first' : 'inner'));
      const after = depth === 1 ? [argument('after', int('after'))] : [];
      const more = graphql.parse('{ pageInfo { hasNextPage endCursor } }').definitions[0].selectionSet.selections;
      return { ...node, arguments: [...node.arguments, first, ...after], selectionSet: { kind: 'SelectionSet',
        selections: [{ kind: 'Field', name: { kind: 'Name', value: 'nodes' }, selectionSet: rows }, ...more] } };
    },
    leave(node) {
      if (node.selectionSet?.selections.some((s) => s.name?.value === 'pageInfo')) depth--;
    },
  } });
  return graphql.print(document).replace('{', `query Paged_${root}($first: Int!, $inner: Int!, $after: String) {`);
}

async function inPages(text, root, first) {
  const rows = [];
  const query = paged(text, root);
  let after = null;
  do {
    const { data, errors } = await ask(query, { first, inner: 100, after });
    if (!data?.[root]) throw new Error(JSON.stringify(errors));
    rows.push(...data[root].nodes);
    after = data[root].pageInfo.hasNextPage ? data[root].pageInfo.endCursor : null;
  } while (after);
  return rows;
}

async function inBulk(text) {
  const started = await ask(read('bulk_run_query'), { query: text, groupObjects: false });
  const { bulkOperation: { id } } = started.data.bulkOperationRunQuery;
  let status;
  do {
    await new Promise((wait) => setTimeout(wait, 50));
    status = (await ask(read('bulk_status'), { id })).data.bulkOperation;
  } while (!status.completedAt);
  await ask(read('bulk_current'), { id });
  const response = await fetch(status.url);
  const body = await response.text();
  ok(response.headers.get('content-type') === 'application/jsonl' && body.length > 0
    && Number(status.fileSize) === Buffer.byteLength(body), 'the file is as long as it was said to be');
  const rest = await (await fetch(status.url, { headers: { Range: 'bytes=1000-' } })).text();
  ok(Buffer.from(body).subarray(1000).toString() === rest, 'the file can be read from the middle');
  return body.trimEnd().split('\n').map((line) => JSON.parse(line));
}

// Rows of a page, taken apart as a bulk operation gives them.
function apart(row, parent, into) {
  const own = {};
  const strip = (value) => {
    if (Array.isArray(value)) return value.map(strip);
    if (value === null || typeof value !== 'object') return value;
    const kept = {};
    for (const [key, v] of Object.entries(value))
      if (v && typeof v === 'object' && Array.isArray(v.nodes) && v.pageInfo) {
        if (v.pageInfo.hasNextPage) throw new Error(`${key} has more than a page`);
        v.nodes.forEach((n) => apart(n, row.id, into));
      } else kept[key] = strip(v);
    return kept;
  };
  Object.assign(own, strip(row));
  if (parent) own.__parentId = parent;
  into.push(own);
}

const sorted = (rows) => rows.map((r) => JSON.stringify(r)).sort();

for (const [name, root, first] of [['bulk_customers', 'customers', 20], ['bulk_products', 'products', 4],
  ['bulk_inventory', 'inventoryItems', 30], ['bulk_orders', 'orders', 4]]) {
  const text = read(name);
  const pages = [];
  for (const row of await inPages(text, root, first)) apart(row, null, pages);
  const bulk = await inBulk(text);
  const [a, b] = [sorted(pages), sorted(bulk)];
  ok(a.length > 40 && isDeepStrictEqual(a, b), `${root}: ${b.length} rows in bulk, the same in pages`,
    [`${a.length} rows in pages`, ...a.filter((r) => !b.includes(r)).slice(0, 3), ...b.filter((r) => !a.includes(r)).slice(0, 3)]);
}

const counts = await ask(read('counts'), { orders: "created_at:>='2020-01-01'", limit: null });
const few = await ask(read('counts'), { limit: 10 });
ok(counts.data.ordersCount.count === 60 && counts.data.ordersCount.precision === 'EXACT'
  && few.data.ordersCount.count === 10 && few.data.ordersCount.precision === 'AT_LEAST', 'counts say how exact they are');

const seen = [];
let after = null;
do {
  const { data } = await ask(read('customers_page'), { first: 7, after, sort: 'UPDATED_AT', reverse: true,
    query: "updated_at:>='2020-01-01'" });
  seen.push(...data.customers.nodes.map((c) => c.updatedAt));
  after = data.customers.pageInfo.hasNextPage ? data.customers.pageInfo.endCursor : null;
} while (after);
ok(seen.length === 60 && isDeepStrictEqual(seen, [...seen].sort().reverse()), 'pages by update hold everyone once, in order');
await ask(read('products_page'), { first: 5, sort: 'UPDATED_AT' });
const { data: { locations } } = await ask('{ locations(first: 5, includeInactive: true) { nodes { id } } }', {}, true);
for (const { id } of locations.nodes) await ask(read('levels_at_location'), { id, first: 20 });
const { data: { orders } } = await ask('{ orders(first: 50, query: "financial_status:refunded,partially_refunded") { nodes { id } } }',
  {}, true);
ok(orders.nodes.length > 0, 'some orders gave money back');
for (const { id } of orders.nodes) await ask(read('order_refunds'), { id });
await ask(read('bulk_list'), { first: 2 });
await ask(read('bulk_cancel'), { id: 'gid://shopify/BulkOperation/1' });

const { data: { products } } = await ask('{ products(first: 20) { nodes { media(first: 1) { nodes { ... on MediaImage { image { url } } } } } } }',
  {}, true);
// The program's own documents for the same: what answers.mjs then holds against the schema.
const own = (name) => fs.readFileSync(path.join(documents, '../../../assets/graphql', `${name}.graphql`), 'utf8');
for (const [name, root] of [['customers_page', 'customers'], ['products_page', 'products'],
  ['orders_whole_page', 'orders'], ['stock_page', 'inventoryItems']]) {
  const first = (await ask(own(name), {})).data[root].nodes;
  const last = BigInt(first[first.length >> 1].id.split('/').at(-1));
  const next = (await ask(own(name), { query: `id:>=${last + 1n}` })).data[root].nodes;
  ok(next.length > 0 && next.every((n) => BigInt(n.id.split('/').at(-1)) > last), `${root} go on behind an id`);
  if (name === 'stock_page') await ask(own('inventory_item_by_id'), { id: next[0].id });
}
for (const name of ['customers', 'products', 'orders', 'variants', 'locations'])
  await ask(own(`${name}_count`), { limit: null });
await ask(own('bulk_list'), { query: "operation_type:query created_at:>='2026-01-01T00:00:00Z'" });
const begun = (await ask(own('bulk_run_query'), { query: '{ products { edges { node { id } } } }', group: true })).data;
await ask(own('bulk_status'), { id: begun.bulkOperationRunQuery.bulkOperation.id });
await ask(own('bulk_cancel'), { id: begun.bulkOperationRunQuery.bulkOperation.id });

const url = products.nodes.flatMap((p) => p.media.nodes)[0].image.url;
const image = Buffer.from(await (await fetch(url)).arrayBuffer());
ok(image.subarray(1, 4).toString() === 'PNG' && image.length > 1000, 'a picture can be fetched');
fs.writeFileSync(out, `${lines.join('\n')}\n`);
done();
