// shape.mjs - does what was sent and what came back fit the schema? Complaints as text.
import { graphql, scalars } from './common.mjs';
import { deprecatedInput } from './rules.mjs';

const { Kind, getNamedType, isAbstractType, isEnumType, isLeafType, isListType, isNonNullType,
  isObjectType } = graphql;

const basic = {
  Boolean: (v) => typeof v === 'boolean',
  Float: (v) => typeof v === 'number',
  Int: (v) => Number.isInteger(v) && Math.abs(v) <= 2147483647,
  JSON: () => true,
  String: (v) => typeof v === 'string',
};

function operationOf(document) {
  return document.definitions.find((d) => d.kind === Kind.OPERATION_DEFINITION);
}

export function checkVariables(schema, document, variables) {
  const operation = operationOf(document);
  const known = new Set(operation.variableDefinitions.map((v) => v.variable.name.value));
  const complaints = Object.keys(variables ?? {}).filter((name) => !known.has(name))
    .map((name) => `$${name} is sent but not declared`);
  const { errors } = graphql.getVariableValues(schema, operation.variableDefinitions, variables ?? {});
  for (const e of errors ?? []) complaints.push(e.message.split('\n')[0]);
  for (const v of operation.variableDefinitions) {
    const value = variables?.[v.variable.name.value];
    const type = graphql.typeFromAST(schema, v.type);
    deprecatedInput(type, value, `$${v.variable.name.value}`, complaints);
    idsAreText(type, value, `$${v.variable.name.value}`, complaints);
  }
  return complaints;
}

// graphql-js lets a number pass as ID; a 64 bit number would have lost its last digits by then.
function idsAreText(type, value, at, complaints) {
  if (value === null || value === undefined) return;
  const plain = isNonNullType(type) ? type.ofType : type;
  if (Array.isArray(value))
    value.forEach((v, i) => idsAreText(isListType(plain) ? plain.ofType : plain, v, `${at}.${i}`, complaints));
  else if (plain.name === 'ID' && typeof value !== 'string') complaints.push(`${at}: an ID is text`);
  else if (graphql.isInputObjectType(plain) && typeof value === 'object')
    for (const [key, v] of Object.entries(value)) {
      const field = plain.getFields()[key];
      if (field) idsAreText(field.type, v, `${at}.${key}`, complaints);
    }
}

function checkEnvelope(body, complaints) {
  const bad = (what) => complaints.push(what);
  if ('errors' in body) {
    if (!Array.isArray(body.errors) || body.errors.length === 0) bad('errors is not a list with something in it');
    else for (const e of body.errors) if (typeof e?.message !== 'string') bad('an error has no message');
  } else if (!('data' in body)) {
    bad('neither data nor errors');
  }
  const cost = body.extensions?.cost;
  const refused = body.errors?.length > 0 && !body.data; // a bad document has no price
  if (!cost) {
    if (!refused) bad('extensions.cost is missing');
    return;
  }
  const status = cost.throttleStatus ?? {};
  for (const [name, v] of Object.entries({ requestedQueryCost: cost.requestedQueryCost,
    maximumAvailable: status.maximumAvailable, currentlyAvailable: status.currentlyAvailable,
    restoreRate: status.restoreRate }))
    if (typeof v !== 'number') bad(`extensions.cost: ${name} is not a number`);
  if (cost.actualQueryCost !== null && typeof cost.actualQueryCost !== 'number')
    bad('extensions.cost: actualQueryCost is neither null nor a number');
}

// Every selected field is there, of the right JSON type; nothing else is; null only where allowed.
export function checkAnswer(schema, document, body, variables = {}) {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return ['not an object'];
  const complaints = [];
  const operation = operationOf(document);
  const fragments = new Map(document.definitions
    .filter((d) => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]));
  const bad = (at, what) => complaints.push(`${at}: ${what}`);
  checkEnvelope(body, complaints);

  const leftOut = (s) => (s.directives ?? []).some((d) => {
    const a = d.arguments?.[0]?.value;
    const v = a?.kind === Kind.VARIABLE ? variables[a.name.value] : a?.value;
    return (d.name.value === 'skip' && v === true) || (d.name.value === 'include' && v === false);
  });
  function applies(condition, type) {
    if (!condition || condition === type.name) return true;
    const c = schema.getType(condition);
    return isAbstractType(c) && isObjectType(type) && schema.isSubType(c, type);
  }
  function gather(sets, type, into = new Map()) {
    for (const set of sets)
      for (const s of set?.selections ?? []) {
        if (leftOut(s)) continue;
        if (s.kind === Kind.FIELD) {
          const key = s.alias?.value ?? s.name.value;
          into.set(key, [...(into.get(key) ?? []), s]);
        } else {
          const f = s.kind === Kind.FRAGMENT_SPREAD ? fragments.get(s.name.value) : s;
          if (applies(f.typeCondition?.name.value, type)) gather([f.selectionSet], type, into);
        }
      }
    return into;
  }
  // An error with a path explains a null there.
  const explained = (at) => (body.errors ?? []).some((e) => Array.isArray(e.path)
    && ['data', ...e.path].join('.').startsWith(at));

  function value(v, type, nodes, at) {
    if (v === null) {
      if (isNonNullType(type) && !explained(at)) bad(at, `null where the schema says ${type}`);
      return;
    }
    const plain = isNonNullType(type) ? type.ofType : type;
    if (isListType(plain)) {
      if (!Array.isArray(v)) bad(at, `a list was due (${plain})`);
      else v.forEach((x, i) => value(x, plain.ofType, nodes, `${at}.${i}`));
    } else if (isEnumType(plain)) {
      if (typeof v !== 'string' || !plain.getValue(v)) bad(at, `${JSON.stringify(v)} is no ${plain.name}`);
    } else if (isLeafType(plain)) {
      const fits = scalars[plain.name] ?? basic[plain.name] ?? ((x) => typeof x !== 'object');
      if (!fits(v)) bad(at, `${JSON.stringify(v)} is not a valid ${plain.name}`);
    } else if (typeof v !== 'object' || Array.isArray(v)) {
      bad(at, `an object was due (${plain})`);
    } else {
      object(v, plain, nodes.map((n) => n.selectionSet), at);
    }
  }
  // Of an interface without __typename any kind may fit.
  function abstract(v, type, sets, at) {
    const before = complaints.length;
    for (const kind of schema.getPossibleTypes(type)) {
      complaints.length = before;
      object(v, kind, sets, at);
      if (complaints.length === before) return;
    }
    complaints.length = before;
    bad(at, `fits no kind of ${type}`);
  }
  function object(v, type, sets, at) {
    if (isAbstractType(type)) {
      const kind = v.__typename === undefined ? null : schema.getType(v.__typename);
      if (v.__typename === undefined) abstract(v, type, sets, at);
      else if (!isObjectType(kind) || !schema.isSubType(type, kind)) bad(at, `${v.__typename} is no ${type}`);
      else object(v, kind, sets, at);
      return;
    }
    const wanted = gather(sets, type);
    for (const [key, nodes] of wanted) {
      const name = nodes[0].name.value;
      if (!(key in v)) bad(`${at}.${key}`, 'is missing');
      else if (name === '__typename') {
        if (v[key] !== type.name) bad(`${at}.${key}`, `${v[key]} where ${type.name} was due`);
      } else value(v[key], type.getFields()[name].type, nodes, `${at}.${key}`);
    }
    for (const key of Object.keys(v)) if (!wanted.has(key)) bad(`${at}.${key}`, 'was not asked for');
  }

  if (body.data !== null && body.data !== undefined) {
    const root = operation.operation === 'mutation' ? schema.getMutationType() : schema.getQueryType();
    if (typeof body.data !== 'object' || Array.isArray(body.data)) bad('data', 'is not an object');
    else object(body.data, root, [operation.selectionSet], 'data');
  } else if (!('errors' in body)) {
    bad('data', 'is null and no error says why');
  }
  return complaints;
}
