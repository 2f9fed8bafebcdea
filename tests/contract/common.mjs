// common.mjs - TAP, and what ./fetch brought: graphql-js, ajv, the published schemas.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { createRequire } from 'node:module';

export const cache = process.env.CONTRACT_CACHE;
if (!cache) {
  console.error('CONTRACT_CACHE is not set: run the wrapper beside this file');
  process.exit(2);
}
const require = createRequire(path.join(cache, 'package.json'));
export const graphql = require('graphql');
export const Ajv = require('ajv/dist/2020.js');
export const addFormats = require('ajv-formats');

let count = 0;
let failed = 0;

export function ok(good, name, why = []) {
  count++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${count} - ${name.replace(/#/g, 'no.')}`);
  if (!good) for (const line of why.slice(0, 20)) console.log(`#   ${line}`);
}

export function done() {
  console.log(`1..${count}`);
  process.exit(failed ? 1 : 0);
}

export function readDocuments(dir) {
  return fs.readdirSync(dir).filter((f) => f.endsWith('.graphql')).sort()
    .map((f) => ({ name: f, text: fs.readFileSync(path.join(dir, f), 'utf8') }));
}

// graphql-js takes anything for a scalar it does not know. These are the ones Shopify writes.
const string = (pattern) => (v) => typeof v === 'string' && pattern.test(v);
const decimal = /^-?\d{1,30}(\.\d{1,18})?$/;
export const scalars = {
  BigInt: string(/^-?\d{1,19}$/),
  Date: string(/^\d{4}-\d\d-\d\d$/),
  DateTime: string(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/),
  Decimal: string(decimal),
  FormattedString: string(/^/),
  HTML: string(/^/),
  ID: string(/^\S+$/), // gid://shopify/Order/1, and what connections of other kinds use
  Money: string(decimal),
  URL: string(/^(https?:\/\/|\/)\S+$/),
  UnsignedInt64: string(/^\d{1,20}$/),
  UtcOffset: string(/^[+-]\d\d:\d\d$/),
};

export function loadSchema(version) {
  const packed = fs.readFileSync(path.join(cache, `admin_${version}.json.gz`));
  const schema = graphql.buildClientSchema(JSON.parse(zlib.gunzipSync(packed)).data);
  for (const [name, fits] of Object.entries(scalars)) {
    const type = schema.getType(name);
    if (!type || name === 'ID') continue;
    type.parseValue = (v) => {
      if (!fits(v)) throw new TypeError(`${JSON.stringify(v)} is not a ${name}`);
      return v;
    };
  }
  return schema;
}
