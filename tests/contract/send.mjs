// send.mjs START DOCUMENTS OUT - sends every document of ours to the practice shop, with variables
// made of its own answers, and writes what was sent and answered, a line each, to OUT. START holds
// the first line the sandbox printed: address and credentials.
import fs from 'node:fs';
import path from 'node:path';

const [, , start, documents, out] = process.argv;
const { shop } = JSON.parse(fs.readFileSync(start, 'utf8').split('\n')[0]);
const lines = [];
const credentials = new URLSearchParams({
  grant_type: 'client_credentials',
  client_id: shop.client_id,
  client_secret: shop.client_secret,
});
await post('/sandbox/control', JSON.stringify({ do: 'sell', orders: 12, mix: 'all' }),
  { 'Content-Type': 'application/json' });
const token = (await post('/admin/oauth/access_token', credentials, {})).access_token;

async function post(where, body, headers) {
  const answer = await fetch(shop.url + where, { method: 'POST', body, headers });
  if (!answer.ok) throw new Error(`${where}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function send(name, variables = {}) {
  const query = fs.readFileSync(path.join(documents, `${name}.graphql`), 'utf8');
  const answer = await post('/admin/api/2026-10/graphql.json', JSON.stringify({ query, variables }),
    { 'Content-Type': 'application/json', 'X-Shopify-Access-Token': token });
  lines.push(JSON.stringify({ query, variables, answer }));
  return answer.data;
}

// All pages of a connection, two rows at a time at first, so that paging is seen.
async function walk(name, field, variables, pages = 3) {
  const rows = [];
  let after = null;
  for (let page = 0; page < pages; page++) {
    const found = (await send(name, { ...variables, after }))[field];
    rows.push(...found.nodes);
    if (!found.pageInfo.hasNextPage) break;
    after = found.pageInfo.endCursor;
  }
  return rows;
}

const gone = (kind) => `gid://shopify/${kind}/1`; // no record has it
await send('shop_info');
const places = await walk('locations', 'locations', { first: 2 });
const since = "updated_at:>='2020-01-01T00:00:00Z'";
const heads = await walk('orders_page', 'orders', { first: 2, query: since });
for (const { id } of heads) {
  const { order } = await send('order_by_id', { id, lines: 1 });
  if (order.lineItems.pageInfo.hasNextPage)
    await send('order_line_items_page', { id, first: 1, after: order.lineItems.pageInfo.endCursor });
  if (order.customer) await send('customer_by_id', { id: order.customer.id });
  const line = order.lineItems.nodes.find((l) => l.product);
  if (!line) continue;
  const { product } = await send('product_by_id', { id: line.product.id, variants: 1 });
  if (product?.variants.pageInfo.hasNextPage)
    await send('product_by_id', { id: product.id, variants: 1, variantsAfter: product.variants.pageInfo.endCursor });
  const items = product?.variants.nodes.map((v) => v.inventoryItem.id) ?? [];
  await send('inventory_by_ids', { ids: [...items, gone('InventoryItem')], locationId: places[0].id });
  if (line.sku) await walk('variants_by_sku', 'productVariants', { query: `sku:'${line.sku}'`, first: 1 });
}
await send('order_by_id', { id: gone('Order') });
await send('customer_by_id', { id: gone('Customer') });
await send('product_by_id', { id: gone('Product') });
await send('variants_by_sku', { query: "sku:'no such thing'" });

const sub = { uri: 'https://hooks.example/shopify/webhook', format: 'JSON', name: 'contract' };
const made = await send('webhook_create', { topic: 'ORDERS_CREATE', sub });
await send('webhook_create', { topic: 'ORDERS_CREATE', sub }); // the second alike is refused
await walk('webhook_list', 'webhookSubscriptions', { first: 1, topics: ['ORDERS_CREATE'] });
await send('webhook_list', { uri: sub.uri });
const { id } = made.webhookSubscriptionCreate.webhookSubscription;
await send('webhook_update', { id, sub: { ...sub, uri: 'https://hooks.example/elsewhere' } });
await send('webhook_delete', { id });
await send('webhook_delete', { id }); // gone by now
await send('webhook_update', { id, sub });
fs.writeFileSync(out, `${lines.join('\n')}\n`);
