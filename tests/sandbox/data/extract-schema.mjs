// extract-schema.mjs SCHEMA.json.gz OPERATIONS_DIR... > shopify.schema
//
// Cuts the types that the documents in the given folders touch out of the published introspection
// (npm: @shopify/dev-mcp@1.16.0, package/dist/data/admin_2026-10.json.gz) and writes them one field
// a line, the form that graphql/schema.c reads. Needs npm's graphql@16.
//
//   object Order read_orders|read_marketplace_orders
//   .lineItems LineItemConnection! after:String first:Int reverse:Boolean=false
import {readFileSync, readdirSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {createRequire} from 'node:module';
const require = createRequire(process.cwd() + '/');
const g = require('graphql');

const [file, ...dirs] = process.argv.slice(2);
const raw = JSON.parse(gunzipSync(readFileSync(file)));
const schema = g.buildClientSchema(raw.data);
const scopes = new Map();
for (const i of raw.offline_scopes?.items ?? [])
    scopes.set(i.fieldName ? `${i.typeName}.${i.fieldName}` : i.typeName, i.offlineScopes);

const keep = new Set(['QueryRoot', 'Mutation', 'UserError', 'DisplayableError', 'Node', 'MoneyV2']);
const roots = new Set(['node', 'nodes', 'shop', 'job', 'product', 'customer', 'location', 'currentBulkOperation']);
function input(type) {
    const t = g.getNamedType(type);
    if (keep.has(t.name)) return;
    keep.add(t.name);
    if (g.isInputObjectType(t)) for (const f of Object.values(t.getFields())) input(f.type);
}
for (const dir of dirs)
    for (const name of readdirSync(dir).filter(n => n.endsWith('.graphql') && !n.startsWith('bulk_inner'))) {
        const doc = g.parse(readFileSync(`${dir}/${name}`, 'utf8'));
        const info = new g.TypeInfo(schema);
        g.visit(doc, g.visitWithTypeInfo(info, {
            Field() {
                const f = info.getFieldDef(), t = info.getType(), p = info.getParentType();
                if (!f || !t) return;
                keep.add(g.getNamedType(t).name);
                if (p === schema.getQueryType() || p === schema.getMutationType()) roots.add(f.name);
                for (const a of f.args) input(a.type);
            },
            FragmentDefinition() { keep.add(info.getType().name); },
            InlineFragment() { keep.add(info.getType().name); },
        }));
    }
// bulk query rows and webhooks reach these as well
for (const n of ['Connection', 'Edge'])
    for (const t of Object.values(schema.getTypeMap()))
        if (t.name.endsWith(n) && keep.has(t.name)) {
            const f = t.getFields();
            if (f.edges) keep.add(g.getNamedType(f.edges.type).name);
            if (f.pageInfo) keep.add('PageInfo');
        }
const seen = t => g.isScalarType(t) || g.isEnumType(t) || keep.has(t.name);
const used = new Set();
const out = [];
function line(kind, t, extra = '') {
    const s = scopes.get(t.name);
    out.push(`${kind} ${t.name}${s?.length ? ' ' + s.join('|') : ''}${extra}`);
}
for (const t of Object.values(schema.getTypeMap()).sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (t.name.startsWith('__') || !keep.has(t.name)) continue;
    if (g.isUnionType(t)) line('union', t);
    else if (g.isInterfaceType(t)) line('interface', t);
    else if (g.isObjectType(t)) line('object', t);
    else if (g.isInputObjectType(t)) line(t.isOneOf ? 'oneof' : 'input', t);
    else continue;
    if (g.isAbstractType(t))
        out.push('=' + schema.getPossibleTypes(t).filter(p => keep.has(p.name)).map(p => p.name).join(' '));
    if (g.isUnionType(t)) continue;
    for (const f of Object.values(t.getFields())) {
        if ((t.name === 'QueryRoot' || t.name === 'Mutation') && !roots.has(f.name)) continue;
        const n = g.getNamedType(f.type);
        if (!seen(n)) continue;
        if (!g.isInputObjectType(n) && !g.isObjectType(n) && !g.isAbstractType(n)) used.add(n.name);
        const args = (f.args ?? []).filter(a => { input(a.type); return true; }).map(a => {
            const an = g.getNamedType(a.type);
            used.add(an.name);
            const d = a.defaultValue === undefined ? '' : '=' + JSON.stringify(a.defaultValue).replace(/ /g, '');
            return `${a.name}:${a.type}${d}`;
        });
        if (g.isInputObjectType(t)) {
            used.add(n.name);
            if (f.defaultValue !== undefined) args.push('=' + JSON.stringify(f.defaultValue).replace(/ /g, ''));
        }
        const s = scopes.get(`${t.name}.${f.name}`);
        out.push(`.${f.name} ${f.type}${s?.length ? ' @' + s.join('|') : ''}${args.length ? ' ' + args.join(' ') : ''}`);
    }
}
for (const t of Object.values(schema.getTypeMap()).sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (!used.has(t.name)) continue;
    if (g.isScalarType(t)) out.push(`scalar ${t.name}`);
    if (g.isEnumType(t)) out.push(`enum ${t.name}\n=${t.getValues().map(v => v.name).join(' ')}`);
}
console.log('# Cut from the published introspection of Admin GraphQL 2026-10 by extract-schema.mjs');
console.log(out.join('\n'));
