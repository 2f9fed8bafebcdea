// bulk.mjs TREE QUESTIONS - what is asked in bulk, as tests/contract/questions wrote it down, against
// the schemas and the rules of bulk operations; and that one shape is read: a record in bulk, in a
// page and by its id has the same fields. Prints TAP.
import fs from 'node:fs';
import path from 'node:path';
import { done, graphql, loadSchema, ok, readDocuments } from './common.mjs';
import { checkBulk } from './rules.mjs';

const [, , tree, written] = process.argv;
const questions = fs.readFileSync(written, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const documents = new Map(readDocuments(path.join(tree, 'assets/graphql')).map((d) => [d.name, d.text]));
const assets = readDocuments(path.join(tree, 'assets/bulk'));
const schemas = ['2026-10', '2026-07'].map((version) => [version, loadSchema(version)]);

ok(assets.length > 0 && assets.every((a) => questions.some((q) => `${q.kind}.graphql` === a.name)),
  'every document of assets/bulk is asked');
for (const q of questions)
  for (const [version, schema] of schemas) {
    const { complaints } = checkBulk(schema, q.question);
    ok(complaints.length === 0, `${q.kind}${q.filtered ? ', filtered,' : ''} can be asked in bulk on ${version}`, complaints);
  }

// Shopify passes over a name that it does not know and gives everything: ours must be among those
// that its text lists, for the list and for the count.
for (const q of questions.filter((each) => each.filtered))
  for (const [field, search] of [[q.root, q.search], [q.counted, q.count]]) {
    const argument = schemas[0][1].getQueryType().getFields()[field]?.args.find((a) => a.name === 'query');
    const known = [...(argument?.description ?? '').matchAll(/^\| (\w+) \| \w+ \|/gm)].map((m) => m[1]);
    const used = [...search.replace(/'[^']*'/g, "''").matchAll(/(\w+):/g)].map((m) => m[1]);
    const unknown = used.filter((name) => !known.includes(name));
    ok(unknown.length === 0, `${field} can be searched for ${[...new Set(used)].join(', ') || 'nothing'}`, unknown);
  }
for (const q of questions.filter((each) => each.kind === 'orders' || each.kind === 'products')) {
  const words = schemas[0][1].getQueryType().getFields()[q.root].args.find((a) => a.name === 'query').description;
  const states = [...q.search.matchAll(/\w*status:(\w+)/g)].map((m) => m[1]);
  ok(states.every((s) => words.includes(`\`${s}\``)), `${q.kind}: the states are Shopify's (${states.length})`, states);
}

// The fields below a list's nodes, connections as lists: what the mapping reads.
function shape(text, find) {
  const document = graphql.parse(text);
  const fragments = new Map(document.definitions.filter((d) => d.kind === 'FragmentDefinition').map((d) => [d.name.value, d]));
  const own = (set) => set.selections.flatMap((s) => (s.kind === 'FragmentSpread' ? own(fragments.get(s.name.value).selectionSet) : [s]));
  const tell = (set) => {
    const fields = own(set);
    const rows = fields.find((f) => f.name?.value === 'nodes')
      ?? own(fields.find((f) => f.name?.value === 'edges')?.selectionSet ?? { selections: [] })[0];
    if (rows) return tell(rows.selectionSet);
    return fields.map((f) => (f.kind === 'InlineFragment' ? `... on ${f.typeCondition.name.value}` : f.name.value)
      + (f.selectionSet ? `{${tell(f.selectionSet)}}` : '')).sort().join(' ');
  };
  const operation = document.definitions.find((d) => d.kind === 'OperationDefinition');
  return tell(own(operation.selectionSet).find((f) => f.name.value === find).selectionSet);
}
const same = [['customers', 'customers', 'customers_page', 'customer_by_id', 'customer'],
  ['products', 'products', 'products_page', 'product_by_id', 'product'],
  ['orders', 'orders', 'orders_whole_page', 'order_by_id', 'order'],
  ['stock', 'inventoryItems', 'stock_page', null, null],
  ['locations', 'locations', 'locations', null, null]];
for (const [kind, root, page, byId, one] of same) {
  const bulk = shape(questions.find((q) => q.kind === kind).question, root);
  ok(bulk.length > 40 && bulk === shape(documents.get(`${page}.graphql`), root), `${kind}: a page has what the file has`);
  if (byId)
    ok(bulk === shape(documents.get(`${byId}.graphql`), one), `${kind}: ${byId} has what the file has`);
}

const bad = {
  'no connection': '{ shop { name } }',
  'a page size': '{ products(first: 10) { edges { node { id } } } }',
  'a cursor': '{ products { edges { node { id variants(after: "x") { edges { node { id } } } } } } }',
  'nodes instead of edges': '{ products { nodes { id } } }',
  'a pageInfo': '{ products { edges { node { id } } pageInfo { hasNextPage } } }',
  'a parent without an id': '{ products { edges { node { title variants { edges { node { id } } } } } } }',
  'an id of another name': '{ products { edges { node { it: id variants { edges { node { id } } } } } } }',
  'six connections': '{ products { edges { node { id variants { edges { node { id } } } media { edges { node { id } } } metafields '
    + '{ edges { node { id } } } collections { edges { node { id } } } events { edges { node { id } } } } } } }',
  'four levels': '{ products { edges { node { id variants { edges { node { id inventoryItem { id inventoryLevels { edges { node '
    + '{ id item { id variants { edges { node { id } } } } } } } } } } } } } } }',
  'a connection in a plain list': '{ orders { edges { node { id refunds { id refundLineItems { edges { node { quantity } } } } } } } }',
  'a variable': 'query Q($q: String) { products(query: $q) { edges { node { id } } } }',
  'a fragment': '{ products { edges { node { ...F } } } } fragment F on Product { id }',
  'a node by its id': '{ node(id: "gid://shopify/Product/1") { id } products { edges { node { id } } } }',
  'a mutation': 'mutation { tagsAdd(id: "gid://shopify/Product/1", tags: "a") { userErrors { message } } }',
  'an unknown field': '{ products { edges { node { nonsense } } } }',
  'a deprecated field': '{ customers { edges { node { id email } } } }',
  'two questions': 'query A { products { edges { node { id } } } } query B { orders { edges { node { id } } } }',
  'a long one': `{ products { edges { node { id ${' title'.repeat(12000)} } } } }`,
};
for (const [name, text] of Object.entries(bad))
  ok(checkBulk(schemas[0][1], text).complaints.length > 0, `refused in bulk: ${name}`);
done();
