// calls.mjs - calls of Odoo as they were really sent, against the recorded models of Odoo 18 and the
// rules of its RPC: known models and fields, the value types that `load` and `create` take.
import fs from 'node:fs';
import path from 'node:path';

// The models, from the table the practice Odoo reads too: "model NAME …", then ".field type…".
export function readModels(root) {
  const models = new Map();
  let fields = null;
  const file = path.join(root, 'tests/sandbox/data/odoo.fields');
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    const model = /^model (\S+)/.exec(line);
    const field = /^\.(\S+) ([a-z0-9]+)(?::([a-z0-9._]+))?/.exec(line);
    if (model) models.set(model[1], fields = new Map());
    else if (field) fields.set(field[1], { type: field[2], relation: field[3] });
  }
  return models;
}

const datetime = /^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?$/;
const operators = new Set(['=', '!=', '>', '>=', '<', '<=', 'in', 'not in', 'like', 'ilike', 'not like',
  'not ilike', '=like', '=ilike', 'child_of', 'parent_of', 'any', 'not any']);

// The field that a path names: "order_line/product_id/.id", "partner_id.email". Text: a complaint.
function follow(models, model, path_, separator) {
  let field = null;
  for (const part of path_.split(separator)) {
    if (field && separator === '/' && (part === 'id' || part === '.id')) return field;
    if (field) model = field.relation;
    field = models.get(model)?.get(part);
    if (!field) return `${model} has no ${part}`;
  }
  return field;
}

function checkDomain(models, model, domain, bad) {
  if (!Array.isArray(domain)) return bad('a domain is a list');
  for (const term of domain) {
    if (['&', '|', '!'].includes(term)) continue;
    if (!Array.isArray(term) || term.length !== 3 || !operators.has(term[1])) {
      bad(`${JSON.stringify(term)} is no term of a domain`);
      continue;
    }
    const field = follow(models, model, term[0], '.');
    if (typeof field === 'string') bad(field);
  }
  return null;
}

function checkNames(models, model, names, bad) {
  for (const name of names ?? []) {
    const field = follow(models, model, String(name).split(':')[0], '.');
    if (typeof field === 'string') bad(field);
  }
}

function checkLoad(models, model, [columns, rows], bad) {
  const fields = columns.map((c) => (c === 'id' || c === '.id' ? { type: 'id' } : follow(models, model, c, '/')));
  for (const f of fields) if (typeof f === 'string') bad(f);
  for (const row of rows) {
    if (row.length !== columns.length) bad(`a row of ${row.length} cells under ${columns.length} columns`);
    row.forEach((cell, i) => {
      const name = columns[i];
      const type = fields[i]?.type;
      if (typeof cell === 'boolean' && type === 'boolean') bad(`${name}: load takes no JSON true and false`);
      if (type === 'id' && cell !== '' && /\s/.test(cell)) bad(`${name}: an external id has no blanks`);
      if (type === 'datetime' && cell && !datetime.test(cell)) bad(`${name}: ${cell} is no UTC date of Odoo's`);
      if (type === 'many2one' && typeof cell === 'number' && !name.endsWith('/.id')) bad(`${name}: a number as a name`);
    });
  }
}

// Values of create and write, commands of x2many fields included.
function checkValues(models, model, values, bad) {
  for (const [name, value] of Object.entries(values)) {
    const field = models.get(model)?.get(name);
    if (!field) {
      bad(`${model} has no ${name}`);
    } else if (/2many$/.test(field.type)) {
      if (!Array.isArray(value)) bad(`${name}: commands are a list`);
      else for (const c of value)
        if (Array.isArray(c) && c[0] <= 1) checkValues(models, field.relation, c[2], bad);
        else if (!Array.isArray(c) && !Number.isInteger(c)) bad(`${name}: ${JSON.stringify(c)} is no command`);
    } else if (field.type === 'many2one') {
      if (value !== false && !Number.isInteger(value)) bad(`${name}: an id or false is due`);
    } else if (field.type === 'datetime') {
      if (value !== false && !datetime.test(value)) bad(`${name}: ${value} is no UTC date of Odoo's`);
    } else if (field.type === 'integer' && Math.abs(value) > 2147483647) {
      bad(`${name}: more than 32 bits`);
    }
  }
}

// One call. Complaints go to bad; the name of the call comes back.
export function checkCall(models, body, complain) {
  const params = body.params ?? {};
  const args = params.args ?? [];
  if (params.service !== 'object') {
    if (!Array.isArray(params.args)) complain('args is not a list');
    return `${params.service}.${params.method}`;
  }
  const [, uid, , model, method, positional, kwargs = {}] = args;
  const name = `${model}.${method}`;
  const bad = complain;
  if (body.jsonrpc !== '2.0' || body.method !== 'call' || body.id === undefined) bad('the envelope is not JSON-RPC 2.0');
  if (params.method !== 'execute_kw') bad(`${params.method} where execute_kw was due`);
  if (!Number.isInteger(uid)) bad('the user is not a number');
  if (!Array.isArray(positional)) {
    bad('the arguments are no list');
    return name;
  }
  if (!models.has(model)) bad(`no model ${model}`);
  const [first, second] = positional;
  const domain = kwargs.domain ?? first;
  if (['search_read', 'search', 'search_count', 'web_search_read', 'read_group'].includes(method)) {
    checkDomain(models, model, domain, bad);
    if (method !== 'search_count' && method !== 'read_group' && (kwargs.limit === undefined || kwargs.order === undefined))
      bad('limit and order are always given');
  }
  if (method === 'search_read') {
    const names = kwargs.fields ?? second;
    if (!names?.length) bad('all fields are asked for');
    checkNames(models, model, names, bad);
  }
  if (method === 'read') checkNames(models, model, kwargs.fields ?? second, bad);
  if (method === 'load') checkLoad(models, model, [first ?? kwargs.fields, second ?? kwargs.data], bad);
  if (method === 'create') for (const v of [first ?? kwargs.vals_list].flat()) checkValues(models, model, v, bad);
  if (method === 'write') checkValues(models, model, second ?? kwargs.vals, bad);
  if (['load', 'create', 'write', 'action_confirm'].includes(method) && kwargs.context?.tracking_disable !== true)
    bad('tracking is not switched off');
  const once = kwargs.context?.mode === 'update' && kwargs.context?.noupdate === true;
  if (method === 'load' && !once && (first ?? kwargs.fields).some((c) => /^order_line\//.test(c)))
    bad('a load that would double the lines when repeated');
  return name;
}

// Calls that must be complained of: [what is wrong with it, model, method, arguments, kwargs].
const context = { tracking_disable: true, mode: 'update', noupdate: true };
const bad = [
  ['an unknown model', 'res.partners', 'read', [[1]], { fields: ['name'] }],
  ['an unknown field to read', 'res.partner', 'read', [[1]], { fields: ['mail'] }],
  ['an unknown field in a domain', 'res.partner', 'search_read', [[['mail', '=', 'x']]],
    { fields: ['id'], limit: 1, order: 'id' }],
  ['an unknown operator', 'res.partner', 'search_read', [[['email', '==', 'x']]],
    { fields: ['id'], limit: 1, order: 'id' }],
  ['all fields', 'res.partner', 'search_read', [[]], { limit: 1, order: 'id' }],
  ['no order', 'res.partner', 'search_read', [[]], { fields: ['id'], limit: 1 }],
  ['a row too short', 'res.partner', 'load', [['id', 'name'], [['a.b']]], { context }],
  ['a JSON boolean in load', 'res.partner', 'load', [['id', 'is_company'], [['a.b', true]]], { context }],
  ['a date with a T', 'sale.order', 'load', [['id', 'date_order'], [['a.b', '2026-01-01T00:00:00Z']]], { context }],
  ['a blank in an external id', 'res.partner', 'load', [['id'], [['a.b c']]], { context }],
  ['lines that would double', 'sale.order', 'load', [['id', 'order_line/name'], [['a.b', 'x']]],
    { context: { tracking_disable: true } }],
  ['tracking', 'res.partner', 'create', [[{ name: 'x' }]], {}],
  ['a field by the wrong name', 'res.partner', 'create', [[{ name: 'x', mail: 'y' }]], { context }],
  ['a name as a many2one', 'res.partner', 'write', [[1], { country_id: 'US' }], { context }],
  ['a Shopify id in an integer', 'res.partner', 'write', [[1], { color: 9450000000000001 }], { context }],
];

// Those that nothing was said about; and how many there are.
export function unnoticed(models) {
  const missed = bad.filter(([, model, method, args, kwargs]) => {
    let complaints = 0;
    checkCall(models, { jsonrpc: '2.0', method: 'call', id: 1, params: { service: 'object', method: 'execute_kw',
      args: ['db', 2, 'left out', model, method, args, kwargs] } }, () => { complaints++; });
    return complaints === 0;
  });
  return [missed.map(([what]) => what), bad.length];
}
