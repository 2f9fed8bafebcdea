// webhooks.mjs FILE... - deliveries as a receiver got them, a line {"topic":…,"headers":{…},
// "body":"…"} each, against the JSON schemas drawn from Shopify's own samples (2026-07, the newest).
import fs from 'node:fs';
import path from 'node:path';
import { Ajv, addFormats, cache, done, ok } from './common.mjs';

// The schemas were inferred from one sample a topic. Where the sample happened to have a value or
// an empty list, the schema says "always" or "never"; what we know better stands here.
const mayBeNull = new Set(['address1', 'address2', 'billing_address', 'city', 'code', 'company', 'contact_email',
  'cost', 'country', 'country_code', 'customer', 'default_address', 'description', 'device_id', 'email',
  'first_name', 'fulfillment_service', 'image', 'inventory_item_id', 'last_name', 'latitude',
  'longitude', 'merchant_business_entity_id', 'name', 'note', 'order_status_url', 'phone', 'province', 'province_code', 'shipping_address',
  'sku', 'source', 'title', 'token', 'vendor', 'zip']);
const mayBeAbsent = new Set(['company', 'default_address', 'shipping_address', 'billing_address']);
const looseFormats = new Set(['email', 'hostname', 'ipv4']); // what people type is not always one
const never = new Set(['id', 'admin_graphql_api_id', 'updated_at', 'created_at']); // null, that is

function loosen(schema, name = '') {
  if (schema === null || typeof schema !== 'object') return schema;
  const s = { ...schema };
  if (s.items === false) delete s.items;
  if (looseFormats.has(s.format)) delete s.format;
  if (s.properties)
    s.properties = Object.fromEntries(Object.entries(s.properties).map(([k, v]) => [k, loosen(v, k)]));
  if (s.required) s.required = s.required.filter((k) => !mayBeAbsent.has(k));
  if (s.items) s.items = loosen(s.items);
  return mayBeNull.has(name) && !never.has(name) ? { anyOf: [{ type: 'null' }, s] } : s;
}

const validators = new Map();
function validatorOf(topic) {
  if (!validators.has(topic)) {
    const file = path.join(cache, 'webhooks', `${topic}.json`);
    let check = null;
    if (/^[a-z_]+\/[a-z_]+$/.test(topic) && fs.existsSync(file)) {
      const ajv = new Ajv({ allErrors: true, strict: false });
      addFormats(ajv);
      check = ajv.compile(loosen(JSON.parse(fs.readFileSync(file, 'utf8'))));
    }
    validators.set(topic, check);
  }
  return validators.get(topic);
}

const needed = {
  'x-shopify-topic': /^[a-z_]+\/[a-z_]+$/,
  'x-shopify-hmac-sha256': /^[A-Za-z0-9+/]{43}=$/,
  'x-shopify-shop-domain': /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/,
  'x-shopify-api-version': /^20\d\d-(01|04|07|10)$/,
  'x-shopify-webhook-id': /^\S+$/,
  'x-shopify-event-id': /^\S+$/,
  'x-shopify-triggered-at': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/,
  'content-type': /^application\/json/,
};

function faults(check, body) {
  return check(body) ? [] : check.errors.map((e) => `${e.instancePath} ${e.message}`);
}

const topics = new Map(); // topic -> {count, complaints, sample}
for (const file of process.argv.slice(2))
  for (const line of fs.readFileSync(file, 'utf8').split('\n'))
    if (line.trim()) take(JSON.parse(line));

ok(topics.size > 0, 'there is something to check');
for (const [topic, { count, complaints, sample }] of [...topics].sort()) {
  ok(complaints.size === 0, `${topic}: ${count} delivered as Shopify does`, [...complaints]);
  if (sample) proveTheCheck(topic, sample);
}
done();

function take({ topic, headers, body }) {
  if (!topics.has(topic)) topics.set(topic, { count: 0, complaints: new Set(), sample: null });
  const seen = topics.get(topic);
  seen.count++;
  for (const [name, pattern] of Object.entries(needed))
    if (!pattern.test(headers[name] ?? '')) seen.complaints.add(`header ${name}: "${headers[name] ?? ''}"`);
  const check = validatorOf(topic);
  if (!check) {
    seen.complaints.add('no such topic in the published schemas');
    return;
  }
  let value;
  try {
    value = JSON.parse(body);
  } catch {
    seen.complaints.add('the body is no JSON');
    return;
  }
  for (const what of faults(check, value)) seen.complaints.add(what.replace(/\/\d+(?=\/| )/g, '/n'));
  // orders carry the shop's own zone, which is what a reader must be able to take
  if (topic.startsWith('orders/')) for (const [at] of body.matchAll(/"[a-z]+_at":\s*"[^"]*Z"/g)) 
    seen.complaints.add(`without the shop's zone: ${at}`);
  if (value.id !== undefined) seen.sample ??= value;
}

function proveTheCheck(topic, sample) {
  const check = validatorOf(topic);
  const spoil = (change) => {
    const copy = structuredClone(sample);
    change(copy);
    return faults(check, copy).length > 0;
  };
  ok(spoil((b) => { delete b.id; }) && spoil((b) => { b.id = 'x'; }),
    `${topic}: without an id, or with a text as id, it would be refused`);
  if (sample.total_price !== undefined)
    ok(spoil((b) => { b.total_price = 1.5; }) && spoil((b) => { delete b.line_items; })
      && spoil((b) => { b.updated_at = 'yesterday'; }),
    `${topic}: a number as money, no lines, or a bad date would be refused`);
}
