// answers.mjs FILE... - what was really sent and answered, as the sandbox records it with
// SIGNALBOX_SANDBOX_RECORD=FILE: a line {"query":…,"variables":…,"answer":…} per request. Query and
// variables must be valid, the answer of the shape the schema says. {"odoo":body} is a call of Odoo.
// --sent NAME,NAME: these must be among them.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkCall, readModels, unnoticed } from './calls.mjs';
import { done, loadSchema, ok } from './common.mjs';
import { checkDocument } from './rules.mjs';
import { checkAnswer, checkVariables } from './shape.mjs';

const schema = loadSchema('2026-10');
const models = readModels(path.join(path.dirname(fileURLToPath(import.meta.url)), '../..'));
const checked = new Map(); // query text -> {document, complaints}
const operations = new Map(); // name -> {sent, complaints}
const calls = new Map(); // "model.method" -> {sent, complaints}

const { values, positionals: files } = parseArgs({ allowPositionals: true,
  options: { sent: { type: 'string', multiple: true, default: [] } } });
for (const file of files)
  for (const line of fs.readFileSync(file, 'utf8').split('\n'))
    if (line.trim()) take(JSON.parse(line));

ok(operations.size + calls.size > 0, 'there is something to check');
const missing = values.sent.flatMap((names) => names.split(',')).filter((n) => !operations.has(n) && !calls.has(n));
if (values.sent.length) ok(missing.length === 0, 'all that was due was sent', missing);
for (const [name, { sent, complaints }] of [...operations].sort()) {
  const why = [...complaints].map(([what, times]) => (times > 1 ? `${what} (${times} times)` : what));
  ok(complaints.size === 0, `${name}: ${sent} sent and answered as the schema says`, why);
}
for (const [name, { sent, complaints }] of [...calls].sort()) {
  const why = [...complaints].map(([what, times]) => (times > 1 ? `${what} (${times} times)` : what));
  ok(complaints.size === 0, `${name}: ${sent} sent as Odoo 18 takes them`, why);
}
if (calls.size > 0) {
  const [missed, all] = unnoticed(models);
  ok(missed.length === 0, `${all} bad calls would be complained of`, missed);
}
done();

function takeCall(body) {
  const found = [];
  const name = checkCall(models, body, (what) => found.push(what));
  if (!calls.has(name)) calls.set(name, { sent: 0, complaints: new Map() });
  const call = calls.get(name);
  call.sent++;
  if (JSON.stringify(body).match(/[0-9a-f]{40}/)) found.push('a key is in the record');
  for (const what of found) call.complaints.set(what, (call.complaints.get(what) ?? 0) + 1);
}

function take({ query, variables, answer, odoo }) {
  if (odoo) return takeCall(odoo);
  if (!checked.has(query)) checked.set(query, checkDocument(schema, query ?? ''));
  const { document, complaints } = checked.get(query);
  const name = document?.definitions.find((d) => d.name)?.name.value ?? 'unreadable';
  if (!operations.has(name)) operations.set(name, { sent: 0, complaints: new Map() });
  const operation = operations.get(name);
  operation.sent++;
  const found = complaints.length > 0 ? complaints : [
    ...checkVariables(schema, document, variables ?? {}),
    ...(answer ? checkAnswer(schema, document, answer, variables ?? {}) : []), // a fault took its place
  ];
  for (const what of found) // the same fault in every row is one fault
    operation.complaints.set(what.replace(/\.\d+(?=[.:])/g, '.n'),
      (operation.complaints.get(what.replace(/\.\d+(?=[.:])/g, '.n')) ?? 0) + 1);
}
