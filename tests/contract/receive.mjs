// receive.mjs START TREE OUT - subscribes to every topic the core takes, lets the practice shop do
// all that it can, and writes each delivery as it came, {"topic":…,"headers":…,"body":…} a line, to
// OUT. START holds the first line the sandbox printed, TREE is the source tree.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const [, , start, tree, out] = process.argv;
const { shop } = JSON.parse(fs.readFileSync(start, 'utf8').split('\n')[0]);
const lines = [];

const receiver = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const topic = request.headers['x-shopify-topic'];
    lines.push(JSON.stringify({ topic, headers: request.headers, body: Buffer.concat(parts).toString() }));
    response.end();
  });
});
await new Promise((listening) => receiver.listen(0, '127.0.0.1', listening));
const uri = `http://127.0.0.1:${receiver.address().port}/shopify/webhook`;

async function post(where, body, headers) {
  const answer = await fetch(shop.url + where, { method: 'POST', body, headers });
  if (!answer.ok) throw new Error(`${where}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const credentials = new URLSearchParams({ grant_type: 'client_credentials', client_id: shop.client_id,
  client_secret: shop.client_secret });
const token = (await post('/admin/oauth/access_token', credentials, {})).access_token;

async function query(document, variables) {
  const answer = await post('/admin/api/2026-10/graphql.json', JSON.stringify({ query: document, variables }),
    { 'Content-Type': 'application/json', 'X-Shopify-Access-Token': token });
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

async function control(wish) {
  const answer = await post('/sandbox/control', JSON.stringify(wish), { 'Content-Type': 'application/json' });
  if (!answer.ok) throw new Error(`${wish.do}: ${answer.error}`);
  return answer;
}

const create = fs.readFileSync(path.join(tree, 'assets/graphql/webhook_create.graphql'), 'utf8');
const topics = fs.readFileSync(path.join(tree, 'core/shopify/topics.def'), 'utf8')
  .matchAll(/^TOPIC\((\w+),\s*"[^"]+",\s*\w+,\s*API/gm);
for (const [, topic] of topics) {
  const made = await query(create, { topic, sub: { uri, format: 'JSON' } });
  const { userErrors } = made.webhookSubscriptionCreate;
  if (userErrors.length) throw new Error(JSON.stringify(userErrors));
}

await control({ do: 'sell', orders: 40, mix: 'all', updates: true });
await control({ do: 'wait_delivered' });
const { orders } = await control({ do: 'orders' });
for (const topic of ['orders/updated', 'orders/paid', 'orders/fulfilled', 'orders/cancelled'])
  await control({ do: 'order_event', topic, name: orders[2].name });
await control({ do: 'edit', name: orders[3].name, line: 0, quantity: 7 });
await control({ do: 'edit', name: orders[3].name, line: 0, quantity: 0 });
await control({ do: 'product_update', index: 1 });
await control({ do: 'product_delete', index: 2 });
const { inventoryItems, locations } = await query(
  '{ inventoryItems(first: 1) { nodes { id } } locations(first: 1) { nodes { id } } }');
await query(`mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { message } } }`, {
  key: '6d1d2f0e-0000-4000-8000-000000000001',
  input: { name: 'available', reason: 'correction', quantities: [{ inventoryItemId: inventoryItems.nodes[0].id,
    locationId: locations.nodes[0].id, quantity: 12, changeFromQuantity: null }] },
});
await control({ do: 'customer_update', index: 3 });
await control({ do: 'customer_delete', index: 4 });
await query(`mutation Bulk($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: false) {
  bulkOperation { id } userErrors { message } } }`, { query: '{ products { edges { node { id } } } }' });
for (let i = 0; i < 300 && !lines.some((l) => l.includes('bulk_operations/finish')); i++)
  await new Promise((wait) => setTimeout(wait, 100));
await control({ do: 'wait_delivered' });
receiver.close();
receiver.closeAllConnections?.();
fs.writeFileSync(out, `${lines.join('\n')}\n`);
