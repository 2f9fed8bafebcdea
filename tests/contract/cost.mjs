// cost.mjs - an estimate of what Shopify asks for an operation, from the rules it answers by:
// an object 1, a connection 2 + pages(n) x (1 + what is in it), a mutation 10, values nothing.
import { graphql } from './common.mjs';

const { Kind, getNamedType, isAbstractType, isLeafType } = graphql;

const mutationCost = {
  deliveryProfileUpdate: 100, fulfillmentTrackingInfoUpdate: 50, orderCapture: 20, refundCreate: 20,
};
const freeTypes = new Set(['CustomerEmailMarketingConsentState', 'CustomerSmsMarketingConsentState',
  'InventoryItemMeasurement', 'LocationAddress', 'MoneyBag', 'MoneyV2', 'PageInfo', 'ShopAddress',
  'Weight']);

export function pages(n) {
  return n <= 0 ? 0 : Math.max(1, Math.floor(2 * Math.log(n)));
}

export function estimate(schema, document, variables = {}) {
  const operation = document.definitions.find((d) => d.kind === Kind.OPERATION_DEFINITION);
  const fragments = new Map(document.definitions
    .filter((d) => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]));
  const given = { ...variables };
  for (const v of operation.variableDefinitions)
    if (v.defaultValue?.kind === Kind.INT)
      given[v.variable.name.value] ??= Number(v.defaultValue.value);

  // The fields asked of a type, by the concrete type they are asked of; equal names are one field.
  function fieldsOf(sets, type) {
    const groups = new Map();
    const visit = (set, condition) => {
      for (const s of set.selections) {
        if (s.kind === Kind.FIELD) {
          if (!groups.has(condition)) groups.set(condition, new Map());
          const key = s.alias?.value ?? s.name.value;
          const known = groups.get(condition).get(key);
          if (known) known.sets.push(s.selectionSet);
          else groups.get(condition).set(key, { node: s, sets: [s.selectionSet] });
        } else {
          const f = s.kind === Kind.FRAGMENT_SPREAD ? fragments.get(s.name.value) : s;
          visit(f.selectionSet, f.typeCondition?.name.value ?? condition);
        }
      }
    };
    for (const set of sets) if (set) visit(set, type.name);
    return groups;
  }

  // Of an interface only the dearest kind counts.
  function costOf(sets, type) {
    let shared = 0;
    let dearest = 0;
    for (const [condition, fields] of fieldsOf(sets, type)) {
      let sum = 0;
      for (const f of fields.values()) sum += fieldCost(f, schema.getType(condition));
      if (isAbstractType(type) && condition !== type.name) dearest = Math.max(dearest, sum);
      else shared += sum;
    }
    return shared + dearest;
  }

  function connectionCost(field, type) {
    const size = field.node.arguments.find((a) => ['first', 'last'].includes(a.name.value))?.value;
    const n = size?.kind === Kind.VARIABLE ? given[size.name.value] ?? 250 : Number(size?.value ?? 0);
    let own = 2;
    let each = 0;
    for (const fields of fieldsOf(field.sets, type).values())
      for (const f of fields.values()) {
        const inner = type.getFields()[f.node.name.value];
        if (!inner || inner.name === 'pageInfo') continue;
        const of = getNamedType(inner.type);
        if (inner.name === 'nodes') each += 1 + costOf(f.sets, of);
        else if (inner.name === 'edges') each += costOf(f.sets, of);
        else own += fieldCost(f, type);
      }
    return own + pages(n) * each;
  }

  function fieldCost(field, parent) {
    const definition = parent.getFields?.()[field.node.name.value];
    if (!definition) return 0;
    const type = getNamedType(definition.type);
    if (isLeafType(type)) return 0;
    if (type.name.endsWith('Connection')) return connectionCost(field, type);
    if (type.name === 'Count') return parent === schema.getQueryType() ? 10 : 1;
    const free = freeTypes.has(type.name) || (parent.name === 'Customer' && definition.name === 'defaultAddress');
    return (free ? 0 : 1) + costOf(field.sets, type);
  }

  const root = operation.operation === 'mutation' ? schema.getMutationType() : schema.getQueryType();
  let total = 0;
  for (const fields of fieldsOf([operation.selectionSet], root).values())
    for (const field of fields.values()) {
      if (operation.operation !== 'mutation') {
        total += fieldCost(field, root);
        continue;
      }
      const payload = getNamedType(root.getFields()[field.node.name.value].type);
      total += mutationCost[field.node.name.value] ?? 10; // the objects of its answer are free,
      for (const inner of fieldsOf(field.sets, payload).values()) // what hangs on them is not
        for (const f of inner.values()) {
          const type = getNamedType(payload.getFields()[f.node.name.value].type);
          if (!isLeafType(type) && !type.name.endsWith('Error')) total += costOf(f.sets, type);
        }
    }
  return Math.max(total, 1);
}
