// rules.mjs - what a document of ours must keep beyond the GraphQL specification.
import { graphql } from './common.mjs';

const { GraphQLError, Kind, getNamedType, isInputObjectType, isScalarType, specifiedRules } = graphql;

const maxPage = 250;
const named = /^(names|namespace|key)$/; // constants that are part of the question

function isConnection(type) {
  return getNamedType(type).name.endsWith('Connection');
}

// Every connection is paged, and no page is longer than Shopify gives.
function pagesAreBounded(context) {
  return {
    Field(node) {
      const field = context.getFieldDef();
      if (!field || !isConnection(field.type)) return;
      const size = node.arguments.find((a) => ['first', 'last'].includes(a.name.value));
      if (!size)
        context.reportError(new GraphQLError(`"${node.name.value}" has neither first nor last`));
      else if (size.value.kind === Kind.INT && Number(size.value.value) > maxPage)
        context.reportError(new GraphQLError(`"${node.name.value}" asks for more than ${maxPage}`));
    },
    VariableDefinition(node) {
      if (node.defaultValue?.kind === Kind.INT && Number(node.defaultValue.value) > maxPage)
        context.reportError(new GraphQLError(`$${node.variable.name.value} is above ${maxPage}`));
    },
  };
}

// Where Shopify's text demands the directive, the mutation carries it with a key of the caller's.
function keysAreSent(context) {
  const mutations = context.getSchema().getMutationType();
  return {
    Field(node) {
      if (context.getParentType() !== mutations) return;
      const needs = /@idempotent/.test(context.getFieldDef()?.description ?? '');
      const has = node.directives.find((d) => d.name.value === 'idempotent');
      if (needs && !has)
        context.reportError(new GraphQLError(`"${node.name.value}" must carry @idempotent(key:)`));
      if (has && has.arguments.some((a) => a.value.kind !== Kind.VARIABLE))
        context.reportError(new GraphQLError('the idempotency key must be a variable'));
    },
  };
}

// Values travel as variables: text in a document is an injection or an unchecked scalar.
function valuesAreVariables(context) {
  const refuse = (node) => {
    const type = getNamedType(context.getInputType() ?? context.getArgument()?.type);
    if (isScalarType(type) && !(type.name === 'String' && named.test(context.getArgument()?.name)))
      context.reportError(new GraphQLError(`a ${type.name} stands in the document itself`));
  };
  return {
    StringValue: refuse,
    FloatValue: refuse,
    IntValue(node) {
      const type = getNamedType(context.getInputType());
      if (type && type.name !== 'Int') refuse(node);
    },
  };
}

// NoDeprecatedCustomRule sees only what is written out; variables hide whole input objects.
export function deprecatedInput(type, value, at, found = []) {
  const plain = getNamedType(type);
  if (value === null || typeof value !== 'object') return found;
  if (Array.isArray(value)) {
    value.forEach((v, i) => deprecatedInput(plain, v, `${at}.${i}`, found));
  } else if (isInputObjectType(plain)) {
    for (const [key, v] of Object.entries(value)) {
      const field = plain.getFields()[key];
      if (!field) continue;
      if (field.deprecationReason) found.push(`${at}.${key} is deprecated`);
      deprecatedInput(field.type, v, `${at}.${key}`, found);
    }
  }
  return found;
}

// The complaints about one document, and the document.
export function checkDocument(schema, text) {
  let document;
  try {
    document = graphql.parse(text);
  } catch (e) {
    return { complaints: [e.message] };
  }
  const rules = [...specifiedRules, pagesAreBounded, keysAreSent, valuesAreVariables,
    graphql.NoDeprecatedCustomRule];
  const complaints = graphql.validate(schema, document, rules)
    .map((e) => e.message.split('\n')[0] + (e.locations ? ` (line ${e.locations[0].line})` : ''));
  if (document.definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION).length !== 1)
    complaints.push('a document holds exactly one operation');
  return { document, complaints };
}

const bulkConnections = 5;
const bulkDepth = 2; // below the root one
const bulkLength = 65535;

// What Shopify asks of the question of a bulk operation.
function bulkRules(context) {
  let connections = 0;
  let depth = 0;
  let inList = 0;
  const complain = (text) => context.reportError(new GraphQLError(text));
  const inner = (node) => node.selectionSet?.selections ?? [];
  const has = (set, test) => (set?.selections ?? []).some((s) => test(s)
    || (s.kind === Kind.INLINE_FRAGMENT && has(s.selectionSet, test)));
  const row = (node) => inner(node).find((s) => s.name?.value === 'edges')?.selectionSet.selections
    .find((s) => s.name?.value === 'node');
  const isList = (field) => field && String(field.type).startsWith('[');
  const nests = (set) => has(set, (s) => s.selectionSet !== undefined && s.kind === Kind.FIELD
    && (row(s) !== undefined || nests(s.selectionSet)));

  function connection(node) {
    const name = node.name.value;
    if (++connections > bulkConnections) complain(`more than ${bulkConnections} connections`);
    if (depth > bulkDepth) complain(`"${name}" lies deeper than ${bulkDepth} below the root`);
    if (inList > 0) complain(`"${name}" lies within a plain list`);
    if (row(node) === undefined || inner(node).length !== 1) complain(`"${name}" must be edges { node } and nothing else`);
    if (node.arguments.some((a) => /^(first|last|after|before)$/.test(a.name.value))) complain(`"${name}" asks for a page`);
    if (nests(row(node)?.selectionSet)
      && !has(row(node).selectionSet, (s) => s.name?.value === 'id' && !s.alias)) complain(`rows of "${name}" need their id`);
  }
  return {
    OperationDefinition(node) {
      if (node.operation !== 'query') complain('only queries run in bulk');
      if (node.variableDefinitions.length > 0) complain('a bulk question takes no variables');
      if (inner(node).some((s) => /^nodes?$/.test(s.name?.value ?? ''))) complain('no node or nodes at the root');
    },
    FragmentSpread: () => complain('a bulk question is written out, without fragments'),
    Field: {
      enter(node) {
        const field = context.getFieldDef();
        if (!field) return;
        if (isConnection(field.type)) {
          connection(node);
          depth++;
        } else if (isList(field) && node.selectionSet && node.name.value !== 'edges') {
          inList++;
        }
      },
      leave(node) {
        const field = context.getFieldDef();
        if (!field) return;
        if (isConnection(field.type)) depth--;
        else if (isList(field) && node.selectionSet && node.name.value !== 'edges') inList--;
      },
    },
    Document: {
      leave: () => { if (connections === 0) complain('a bulk question holds a connection'); },
    },
  };
}

// The complaints about the question of a bulk operation, as it is sent.
export function checkBulk(schema, text) {
  const complaints = [];
  if (Buffer.byteLength(text) > bulkLength) complaints.push('too long');
  let document;
  try {
    document = graphql.parse(text);
  } catch (e) {
    return { complaints: [e.message] };
  }
  complaints.push(...graphql.validate(schema, document, [...specifiedRules, bulkRules, graphql.NoDeprecatedCustomRule])
    .map((e) => e.message.split('\n')[0]));
  if (document.definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION).length !== 1)
    complaints.push('a document holds exactly one operation');
  return { document, complaints };
}
