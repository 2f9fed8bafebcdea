/* quantity.c - how much of a product there is: at the places that the context names, or at all. */
#include "base/json.h"
#include "tests/sandbox/odoo/kinds.h"
#include "tests/sandbox/odoo/quant.h"

#define ROOTS_MAX 32

/* Where the context looks: below these, or (all) at every internal place. */
struct scope {
    int roots[ROOTS_MAX];
    size_t count;
    bool all, only; /* only: not below */
};

static void scope_add(struct scope *s, int id)
{
    if (id != 0 && s->count < ROOTS_MAX)
        s->roots[s->count++] = id;
}

static void scope_warehouse(struct call *c, struct scope *s, const json_t *id)
{
    const struct record *w = record_get(model_find(c->odoo, "stock.warehouse"), (int)json_integer_value(id));

    scope_add(s, w != NULL ? at_id(w, "view_location_id") : 0);
}

static void scope_location(struct call *c, struct scope *s, const json_t *id)
{
    struct model *m = model_find(c->odoo, "stock.location");

    if (json_is_integer(id))
        scope_add(s, (int)json_integer_value(id));
    for (int i = 1; json_is_string(id) && i <= m->last_id; i++)
        if (record_get(m, i) != NULL && at_is(record_get(m, i), "complete_name", json_string_value(id)))
            scope_add(s, i);
}

/* One, or a list of them. */
static void scope_each(struct call *c, struct scope *s, const json_t *value,
                       void (*add)(struct call *c, struct scope *s, const json_t *id))
{
    const json_t *item;
    size_t i;

    if (!json_is_array(value))
        add(c, s, value);
    json_array_foreach(value, i, item) add(c, s, item);
}

static struct scope scope_of(struct call *c)
{
    const json_t *warehouse = json_object_get(c->context, "warehouse_id");
    const json_t *location = json_object_get(c->context, "location");
    struct scope s = { .all = warehouse == NULL && location == NULL,
                       .only = json_is_false(json_object_get(c->context, "compute_child")) };

    if (location != NULL)
        scope_each(c, &s, location, scope_location);
    else if (warehouse != NULL)
        scope_each(c, &s, warehouse, scope_warehouse);
    return s;
}

static bool in_scope(const struct scope *s, const struct record *location)
{
    bool hit = s->all;

    if (location == NULL || !at_is(location, "usage", "internal"))
        return false;
    for (size_t i = 0; !hit && i < s->count; i++)
        hit = s->only ? location->id == s->roots[i] : quant_inside(location, s->roots[i]);
    return hit;
}

static void quantities(struct call *c, int product, const struct scope *s, double *on_hand, double *reserved)
{
    const struct ids *quants = quant_of_product(c, product);
    struct model *m = model_find(c->odoo, "stock.quant");

    *on_hand = *reserved = 0;
    for (size_t i = 0; quants != NULL && i < quants->count; i++) {
        const struct record *q = record_get(m, quants->id[i]);

        if (!in_scope(s, at_record(q, "location_id")))
            continue;
        *on_hand += at_real(q, "quantity");
        *reserved += at_real(q, "reserved_quantity");
    }
}

double stock_free(struct call *c, int product, int location)
{
    struct scope s = { .all = location == 0 };
    double on_hand, reserved;

    scope_add(&s, location);
    quantities(c, product, &s, &on_hand, &reserved);
    return on_hand - reserved;
}

/* What open moves take out of the scope, to customers. */
static double outgoing(struct call *c, int product, const struct scope *s)
{
    struct value key = value_int(product);
    struct model *m = model_find(c->odoo, "stock.move");
    const struct ids *moves = index_find(field_find(m, "product_id"), &key);
    double all = 0;

    for (size_t i = 0; moves != NULL && i < moves->count; i++) {
        const struct record *move = record_get(m, moves->id[i]);

        if (!at_is(move, "state", "done") && !at_is(move, "state", "cancel") && !at_is(move, "state", "draft") &&
            in_scope(s, at_record(move, "location_id")) && !in_scope(s, at_record(move, "location_dest_id")))
            all += at_real(move, "product_uom_qty");
    }
    return all;
}

static void product_on_hand(struct call *c, const struct record *r, struct value *to)
{
    struct scope s = scope_of(c);
    double on_hand, reserved;

    quantities(c, r->id, &s, &on_hand, &reserved);
    *to = value_real(on_hand);
}

static void product_free(struct call *c, const struct record *r, struct value *to)
{
    struct scope s = scope_of(c);
    double on_hand, reserved;

    quantities(c, r->id, &s, &on_hand, &reserved);
    *to = value_real(on_hand - reserved);
}

static void product_outgoing(struct call *c, const struct record *r, struct value *to)
{
    struct scope s = scope_of(c);

    *to = value_real(outgoing(c, r->id, &s));
}

static void product_forecast(struct call *c, const struct record *r, struct value *to)
{
    struct scope s = scope_of(c);
    double on_hand, reserved;

    quantities(c, r->id, &s, &on_hand, &reserved);
    *to = value_real(on_hand - outgoing(c, r->id, &s));
}

void quantity_attach(struct odoo *o)
{
    field_computed(o, "product.product", "qty_available", product_on_hand);
    field_computed(o, "product.product", "free_qty", product_free);
    field_computed(o, "product.product", "outgoing_qty", product_outgoing);
    field_computed(o, "product.product", "virtual_available", product_forecast);
}
