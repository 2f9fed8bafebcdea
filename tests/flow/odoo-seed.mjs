// What the practice shop sells and charges, made in the Odoo under test; can be repeated.
import { call, load } from './odoo.mjs';

const skus = [];
for (let n = 1; n <= 20; n++)
  for (const size of ['', '-S', '-M', '-L', '-XL']) skus.push(`SB-${String(n).padStart(4, '0')}${size}`);
const loaded = await load('product.product',
  ['id', 'name', 'default_code', 'type', 'is_storable', 'list_price'],
  skus.map((s) => [`signalbox_check.p_${s.replaceAll('-', '_')}`, s, s, 'consu', '1', '10.0']));

const [warehouse] = await call('stock.warehouse', 'search_read', [[]],
  { fields: ['lot_stock_id'], limit: 1, order: 'id' });
const stocked = await call('stock.quant', 'search_read',
  [[['product_id', 'in', loaded], ['location_id', '=', warehouse.lot_stock_id[0]]]], { fields: ['product_id'] });
const known = new Set(stocked.map((q) => q.product_id[0]));
const fresh = loaded.filter((id) => !known.has(id));
if (fresh.length)
  await call('stock.quant', 'create', [fresh.map((product_id) => ({
    product_id, location_id: warehouse.lot_stock_id[0], inventory_quantity_auto_apply: 10000,
  }))], { context: { inventory_mode: true } });

// The shop's second place: a corner of the warehouse, so that its orders find these goods too.
await load('stock.location', ['id', 'name', 'usage', 'location_id/.id'],
  [['signalbox_check.corner', 'Corner Store', 'internal', String(warehouse.lot_stock_id[0])]]);

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
