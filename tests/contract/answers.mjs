// answers.mjs FILE... - what was really sent and answered, as the sandbox records it with
// SIGNALBOX_SANDBOX_RECORD=FILE: a line {"query":…,"variables":…,"answer":…} per request. Query and
// variables must be valid, the answer of the shape the schema says.
import fs from 'node:fs';
import { done, loadSchema, ok } from './common.mjs';
import { checkDocument } from './rules.mjs';
import { checkAnswer, checkVariables } from './shape.mjs';

const schema = loadSchema('2026-10');
const checked = new Map(); // query text -> {document, complaints}
const operations = new Map(); // name -> {sent, complaints}

for (const file of process.argv.slice(2))
  for (const line of fs.readFileSync(file, 'utf8').split('\n'))
    if (line.trim()) take(JSON.parse(line));

ok(operations.size > 0, 'there is something to check');
for (const [name, { sent, complaints }] of [...operations].sort()) {
  const why = [...complaints].map(([what, times]) => (times > 1 ? `${what} (${times} times)` : what));
  ok(complaints.size === 0, `${name}: ${sent} sent and answered as the schema says`, why);
}
done();

function take({ query, variables, answer }) {
  if (!checked.has(query)) checked.set(query, checkDocument(schema, query ?? ''));
  const { document, complaints } = checked.get(query);
  const name = document?.definitions.find((d) => d.name)?.name.value ?? 'unreadable';
  if (!operations.has(name)) operations.set(name, { sent: 0, complaints: new Map() });
  const operation = operations.get(name);
  operation.sent++;
  const found = complaints.length > 0 ? complaints : [
    ...checkVariables(schema, document, variables ?? {}),
    ...checkAnswer(schema, document, answer, variables ?? {}),
  ];
  for (const what of found) // the same fault in every row is one fault
    operation.complaints.set(what.replace(/\.\d+(?=[.:])/g, '.n'),
      (operation.complaints.get(what.replace(/\.\d+(?=[.:])/g, '.n')) ?? 0) + 1);
}
