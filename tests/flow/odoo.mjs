// The Odoo under test, named by SIGNALBOX_ODOO_URL, _DB, _LOGIN and _KEY_FILE, as a client sees it.
import { readFileSync } from 'node:fs';

const env = process.env;
const key = readFileSync(env.SIGNALBOX_ODOO_KEY_FILE, 'utf8').split('\n')[0].trim();
const db = env.SIGNALBOX_ODOO_DB;

async function rpc(service, method, args) {
  const answer = await (await fetch(`${env.SIGNALBOX_ODOO_URL}/jsonrpc`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', Connection: 'close' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'call', params: { service, method, args } }),
  })).json();
  if (answer.error) throw new Error(`${args[3] ?? ''}.${args[4] ?? method}: ${answer.error.data.message}`);
  return answer.result;
}

export const uid = await rpc('common', 'authenticate', [db, env.SIGNALBOX_ODOO_LOGIN, key, {}]);

export const call = (model, method, args, kwargs = {}) =>
  rpc('object', 'execute_kw', [db, uid, key, model, method, args, kwargs]);

const quiet = {
  tracking_disable: true, mail_create_nolog: true, mail_create_nosubscribe: true, mail_notrack: true,
};
export const context = (more = {}) => ({ context: { ...quiet, ...more } });

// Makes what no external id in the first column names yet; the ids of all rows with one.
export async function load(model, fields, rows, more = { mode: 'update', noupdate: true }) {
  const loaded = await call(model, 'load', [fields, rows], context(more));
  if (!loaded.ids) throw new Error(`${model}.load: ${loaded.messages[0].message}`);
  return loaded.ids;
}
