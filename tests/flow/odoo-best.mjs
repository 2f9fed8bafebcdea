// Odoo's own best: the records that the import of import_books made, read back and written once more
// by a client that does nothing else: no looking for what is there, no queue, as many clients at once
// as there are workers, each step in the better of two sizes of batches. The calls are the ones that
// can be repeated after a lost answer (load with external ids, one of a kind), as every import needs.
//
//     odoo-best.mjs FIGURES     what import_books wrote down; prints both rates in a table
import { readFileSync } from 'node:fs';
import { call, context, load, uid } from './odoo.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 2);
const run = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const mark = `signalbox_best_${run.run}_${process.pid}`;
const flags = new Set(['is_company', 'is_storable', 'sale_ok', 'active', 'is_delivery']);

const step = (name) => run.steps.find((s) => s.step === name);
const moment = (us) => new Date(us / 1000).toISOString().slice(0, 19).replace('T', ' ');
const cell = (name, value) => flags.has(name) ? (value ? '1' : '0') :
  value === false || value === null ? '' : Array.isArray(value) ? value.join(',') : String(value);
const column = (name) => name.endsWith('_id') || name.endsWith('_ids') ? `${name}/.id` : name;
const cells = (fields, row) => fields.map((name) => cell(name, row[name]));
const blank = (fields) => fields.map(() => '');
const group = (rows, by) => rows.reduce((m, r) => m.set(r[by], [...m.get(r[by]) ?? [], r]), new Map());

async function read(model, domain, fields) {
  const all = [];
  for (let last = 0, page; (page = await call(model, 'search_read', [[...domain, ['id', '>', last]]], {
    fields, limit: 500, order: 'id', load: null, ...context({ active_test: false }) })).length > 0;) {
    all.push(...page);
    last = page.at(-1).id;
  }
  return all;
}

// What the step made.
const made = (name, model, fields, more = []) => read(model, [['create_uid', '=', uid],
  ['create_date', '>=', moment(step(name).started - 1e6)],
  ['create_date', '<=', moment(step(name).ended + 1e6)], ...more], fields);

// All batches, by so many clients; seconds.
async function timed(records, size, clients, work) {
  const batches = [];
  for (let i = 0; i < records.length; i += size) batches.push(records.slice(i, i + size));
  const began = performance.now();
  await Promise.all(Array.from({ length: clients }, async () => {
    for (let batch; (batch = batches.shift());) await work(batch);
  }));
  return (performance.now() - began) / 1000;
}

// Every other record in batches of one size, the rest in the other: {records, rate, size}.
async function best(records, sizes, clients, work) {
  const rates = [];
  for (const [k, size] of sizes.entries()) {
    const half = records.filter((_, i) => i % sizes.length === k);
    rates.push({ size, records: records.length, rate: half.length / await timed(half, size, clients, work) });
  }
  return rates.reduce((a, b) => (b.rate > a.rate ? b : a));
}

// ---- customers: contacts with their addresses below them ----

async function customers() {
  const own = ['name', 'is_company', 'company_name', 'email', 'phone', 'street', 'street2', 'zip', 'city',
    'state_id', 'country_id', 'category_id', 'comment', 'lang'];
  const below = ['type', 'name', 'phone', 'street', 'street2', 'zip', 'city', 'state_id', 'country_id'];
  const all = await made('customers', 'res.partner', [...own, 'type', 'parent_id']);
  const children = group(all.filter((p) => p.parent_id && p.type !== 'contact'), 'parent_id');
  const contacts = all.filter((p) => p.type === 'contact');
  return best(contacts, [100, 200], CLIENTS, async (batch) => {
    const rows = batch.flatMap((p) => {
      const mine = children.get(p.id) ?? [];
      const first = [`${mark}.partner_${p.id}`, ...cells(own, p)];
      return [[...first, ...(mine[0] ? cells(below, mine[0]) : blank(below))],
        ...mine.slice(1).map((c) => [...blank(first), ...cells(below, c)])];
    });
    await load('res.partner', ['id', ...own.map(column), ...below.map((f) => `child_ids/${column(f)}`)], rows);
  });
}

// ---- products: templates with their options, then the variants that there are, then their prices ----

const twins = new Map(); // a product.product of the import: the one made here

async function products() {
  const single = ['default_code', 'barcode', 'standard_price', 'weight'];
  const own = ['name', 'type', 'is_storable', 'list_price', 'categ_id', 'sale_ok', 'active', 'description',
    'product_tag_ids', 'image_1920'];
  const all = await made('products', 'product.template', [...own, ...single]);
  const of = [['product_tmpl_id', 'in', all.map((t) => t.id)]];
  const lines = group(await read('product.template.attribute.line', of,
    ['product_tmpl_id', 'attribute_id', 'value_ids']), 'product_tmpl_id');
  const meant = new Map((await read('product.template.attribute.value', of, ['product_attribute_value_id']))
    .map((v) => [v.id, v.product_attribute_value_id]));
  const variants = group(await read('product.product', of,
    ['product_tmpl_id', 'product_template_attribute_value_ids', 'active', ...single]), 'product_tmpl_id');
  const items = group(await read('product.pricelist.item', of, ['product_tmpl_id', 'product_id', 'pricelist_id',
    'applied_on', 'compute_price', 'fixed_price']), 'product_tmpl_id');
  const other = (row) => ({ ...row, barcode: row.barcode && `9${row.barcode}` }); // one of a kind in Odoo

  return best(all, [50, 100], CLIENTS, async (batch) => {
    const ids = await load('product.template', ['id', ...own.map(column), ...single,
      'attribute_line_ids/attribute_id/.id', 'attribute_line_ids/value_ids/.id'], batch.flatMap((t) => {
      const [line, ...more] = lines.get(t.id) ?? [];
      const first = [`${mark}.template_${t.id}`, ...cells(own, t), ...(line ? blank(single) : cells(single, other(t)))];
      const words = (l) => (l ? [String(l.attribute_id), l.value_ids.join(',')] : ['', '']);
      return [[...first, ...words(line)], ...more.map((l) => [...blank(first), ...words(l)])];
    }));
    const twin = new Map(batch.map((t, i) => [t.id, ids[i]]));
    const values = await read('product.template.attribute.value', [['product_tmpl_id', 'in', ids]],
      ['product_tmpl_id', 'product_attribute_value_id']);
    const value = new Map(values.map((v) => [`${v.product_tmpl_id} ${v.product_attribute_value_id}`, v.id]));
    const several = batch.filter((t) => lines.has(t.id)).flatMap((t) => variants.get(t.id) ?? []);
    const loaded = several.length === 0 ? [] : await load('product.product', ['id', 'product_tmpl_id/.id',
      'product_template_attribute_value_ids/.id', ...single, 'active'], several.map((v) => {
      const template = twin.get(v.product_tmpl_id);
      return [`${mark}.variant_${v.id}`, String(template), v.product_template_attribute_value_ids.map((id) =>
        value.get(`${template} ${meant.get(id)}`)).join(','), ...cells(single, other(v)), cell('active', v.active)];
    }));
    several.forEach((v, i) => twins.set(v.id, loaded[i]));
    for (const p of await read('product.product', [['product_tmpl_id', 'in', ids]], ['product_tmpl_id'])) {
      const [t] = batch.filter((b) => twin.get(b.id) === p.product_tmpl_id && !lines.has(b.id));
      if (t) twins.set(variants.get(t.id)[0].id, p.id);
    }
    const prices = batch.flatMap((t) => items.get(t.id) ?? []);
    if (prices.length > 0)
      await load('product.pricelist.item', ['id', 'pricelist_id/.id', 'applied_on', 'product_tmpl_id/.id',
        'product_id/.id', 'compute_price', 'fixed_price'], prices.map((i) => [`${mark}.price_${i.id}`,
        String(i.pricelist_id), i.applied_on, String(twin.get(i.product_tmpl_id)),
        i.product_id ? String(twins.get(i.product_id)) : '', i.compute_price, String(i.fixed_price)]));
  });
}

// ---- stock: of those twins, as much as there was; one client, for adjustments of a place collide ----

async function stock() {
  const all = (await read('stock.quant', [['product_id', 'in', [...twins.keys()]], ['location_id.usage', '=', 'internal']],
    ['product_id', 'location_id', 'quantity'])).filter((q) => q.quantity > 0);
  return best(all, [100, 200], 1, async (batch) => {
    const ids = await load('stock.quant', ['product_id/.id', 'location_id/.id', 'inventory_quantity'], batch.map((q) =>
      [String(twins.get(q.product_id)), String(q.location_id), String(q.quantity)]), { inventory_mode: true });
    await call('stock.quant', 'action_apply_inventory', [ids], context());
  });
}

// ---- orders: with their lines; confirmed if they were, and their dates put back ----

async function orders() {
  const own = ['partner_id', 'partner_invoice_id', 'partner_shipping_id', 'client_order_ref', 'origin', 'date_order',
    'pricelist_id', 'note', 'tag_ids', 'carrier_id'];
  const line = ['sequence', 'display_type', 'product_id', 'name', 'product_uom_qty', 'price_unit', 'discount', 'tax_id',
    'is_delivery'];
  const all = await made('orders', 'sale.order', [...own, 'state']);
  const lines = group(await read('sale.order.line', [['order_id', 'in', all.map((o) => o.id)]],
    [...line, 'order_id']), 'order_id');
  return best(all, [20, 40], CLIENTS, async (batch) => {
    const ids = await load('sale.order', ['id', ...own.map(column), ...line.map((f) => `order_line/${column(f)}`)],
      batch.flatMap((o) => {
        const [first, ...more] = lines.get(o.id) ?? [];
        const head = [`${mark}.order_${o.id}`, ...cells(own, { ...o, client_order_ref: `again ${o.client_order_ref}` })];
        return [[...head, ...(first ? cells(line, first) : blank(line))],
          ...more.map((l) => [...blank(head), ...cells(line, l)])];
      }));
    const sold = batch.map((o, i) => [o, ids[i]]).filter(([o]) => o.state === 'sale');
    if (sold.length === 0) return;
    await call('sale.order', 'action_confirm', [sold.map(([, id]) => id)], context());
    await load('sale.order', ['.id', 'date_order'], sold.map(([o, id]) => [String(id), o.date_order]), {});
  });
}

// ---- side by side ----

const widths = [10, 8, 9, 9, 15, 7, 8];
const tell = (...texts) => console.log(texts.map((t, i) => (i === 0 ? t.padEnd(widths[i]) : t.padStart(widths[i]))).join(''));

tell('import', 'records', 'seconds', 'import/s', "Odoo's best/s", 'ratio', 'parked');
for (const [name, measure] of Object.entries({ customers, products, stock, orders })) {
  const odoo = await measure(), ours = step(name), seconds = (ours.ended - ours.started) / 1e6;
  const rate = odoo.records / seconds;
  tell(name, String(odoo.records), seconds.toFixed(1), rate.toFixed(1), `${odoo.rate.toFixed(1)} by ${odoo.size}`,
    (odoo.rate / rate).toFixed(2), String(ours.parked));
}
console.log(`planned in ${run.plan_seconds.toFixed(1)} s, verified in ${run.verify_seconds.toFixed(1)} s,` +
  ` ${run.compared} compared, ${run.findings} findings`);
