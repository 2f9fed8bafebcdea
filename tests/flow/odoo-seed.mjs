// What the practice shop sells and charges, made in the Odoo under test; can be repeated.
import { readFileSync } from 'node:fs';

const env = process.env;
const key = readFileSync(env.SIGNALBOX_ODOO_KEY_FILE, 'utf8').split('\n')[0].trim();
const db = env.SIGNALBOX_ODOO_DB;

async function rpc(service, method, args) {
  const answer = await (await fetch(`${env.SIGNALBOX_ODOO_URL}/jsonrpc`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'call', params: { service, method, args } }),
  })).json();
  if (answer.error) throw new Error(answer.error.data.message);
  return answer.result;
}
const uid = await rpc('common', 'authenticate', [db, env.SIGNALBOX_ODOO_LOGIN, key, {}]);
const call = (model, method, args, kwargs = {}) =>
  rpc('object', 'execute_kw', [db, uid, key, model, method, args, kwargs]);
const once = { context: { mode: 'update', noupdate: true, tracking_disable: true } };

const skus = [];
for (let n = 1; n <= 20; n++)
  for (const size of ['', '-S', '-M', '-L', '-XL']) skus.push(`SB-${String(n).padStart(4, '0')}${size}`);
const loaded = await call('product.product', 'load', [
  ['id', 'name', 'default_code', 'type', 'is_storable', 'list_price'],
  skus.map((s) => [`signalbox_check.p_${s.replaceAll('-', '_')}`, s, s, 'consu', '1', '10.0'])], once);
if (!loaded.ids) throw new Error(loaded.messages[0].message);

const [warehouse] = await call('stock.warehouse', 'search_read', [[]],
  { fields: ['lot_stock_id'], limit: 1, order: 'id' });
const stocked = await call('stock.quant', 'search_read',
  [[['product_id', 'in', loaded.ids], ['location_id', '=', warehouse.lot_stock_id[0]]]], { fields: ['product_id'] });
const known = new Set(stocked.map((q) => q.product_id[0]));
const fresh = loaded.ids.filter((id) => !known.has(id));
if (fresh.length)
  await call('stock.quant', 'create', [fresh.map((product_id) => ({
    product_id, location_id: warehouse.lot_stock_id[0], inventory_quantity_auto_apply: 10000,
  }))], { context: { inventory_mode: true } });

const taxes = [...[7.25, 1, 4, 4.5, 0.375, 8.25, 5, 9.975, 13].map((r) => [r, false]),
  ...[8.1, 10, 19, 20, 21, 22].map((r) => [r, true])];
for (const [amount, included] of taxes) {
  const found = await call('account.tax', 'search_count',
    [[['type_tax_use', '=', 'sale'], ['amount', '=', amount], ['price_include', '=', included]]]);
  if (found === 0)
    await call('account.tax', 'create', [{
      name: `check ${amount} ${included ? 'incl' : 'excl'}`, amount, amount_type: 'percent',
      type_tax_use: 'sale', price_include_override: included ? 'tax_included' : 'tax_excluded',
    }]);
}
console.log(`${skus.length} products, ${taxes.length} taxes are there`);
