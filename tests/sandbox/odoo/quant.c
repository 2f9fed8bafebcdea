/*
 * quant.c - what lies where. As recorded from Odoo 18: a count is applied as its difference to what
 * was there when it was counted, to the first quant of product and place; a count that is out of
 * date is a question, and nothing of the call is applied; only in inventory mode does a create
 * find the quant that is there already.
 */
#include "tests/sandbox/odoo/quant.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "tests/sandbox/odoo/convert.h"
#include "tests/sandbox/odoo/kinds.h"
#include "tests/sandbox/odoo/methods.h"

#define NEAR       1e-9
#define ADJUSTMENT 14 /* the location that adjustments come from and go to */

bool quant_inside(const struct record *location, int root)
{
    for (int depth = 0; location != NULL && depth < 32; depth++) {
        if (location->id == root)
            return true;
        location = at_record(location, "location_id");
    }
    return false;
}

const struct ids *quant_of_product(struct call *c, int product)
{
    struct value key = value_int(product);

    return index_find(field_find(model_find(c->odoo, "stock.quant"), "product_id"), &key);
}

struct record *quant_find(struct call *c, int product, int location)
{
    const struct ids *quants = quant_of_product(c, product);
    struct model *m = model_find(c->odoo, "stock.quant");

    for (size_t i = 0; quants != NULL && i < quants->count; i++) {
        struct record *q = record_get(m, quants->id[i]);

        if (at_id(q, "location_id") == location && at_id(q, "lot_id") == 0 && at_id(q, "package_id") == 0 &&
            at_id(q, "owner_id") == 0)
            return q;
    }
    return NULL;
}

struct record *quant_make(struct call *c, int product, int location)
{
    struct record *q = record_new(c, model_find(c->odoo, "stock.quant"));

    put(c, q, "product_id", value_int(product));
    put(c, q, "location_id", value_int(location));
    put(c, q, "company_id", value_int(1));
    put(c, q, "quantity", value_real(0));
    put(c, q, "reserved_quantity", value_real(0));
    put(c, q, "inventory_quantity", value_real(0));
    put(c, q, "inventory_quantity_set", value_bool(false));
    put(c, q, "in_date", datetime_now(c));
    put(c, q, "create_date", datetime_now(c));
    put(c, q, "create_uid", value_int(c->uid));
    orm_touch(c, q);
    return q;
}

void stock_set(struct call *c, int product, int location, double quantity)
{
    struct record *q = quant_find(c, product, location);

    if (q == NULL)
        q = quant_make(c, product, location);
    put(c, q, "quantity", value_real(quantity));
    orm_touch(c, q);
}

/* ---- counting and adjusting ---- */

static void count_end(struct call *c, struct record *q)
{
    put(c, q, "inventory_quantity", value_real(0));
    put(c, q, "inventory_quantity_set", value_bool(false));
    put(c, q, "inventory_diff_quantity", value_real(0));
    put(c, q, "user_id", (struct value){ .kind = VALUE_NONE });
    orm_touch(c, q);
}

/* "Product Quantity Updated (Shopify Bot)": who counted stands behind it. */
static void move_name(struct call *c, const struct record *q, double diff, bool named, struct str *to)
{
    const char *name = json_string_value(json_object_get(c->context, "inventory_name"));

    if (named && name != NULL) {
        str_adds(to, name);
        return;
    }
    str_adds(to, fabs(diff) < NEAR ? "Product Quantity Confirmed" : "Product Quantity Updated");
    if (at_record(q, "user_id") != NULL) {
        AUTO_FREE char *who = orm_display_name(c, at_record(q, "user_id"));

        str_addf(to, " (%s)", who);
    }
}

static void move_make(struct call *c, const struct record *q, double diff, bool named)
{
    struct record *m = record_new(c, model_find(c->odoo, "stock.move"));
    AUTO_STR name = { 0 };

    str_init(&name, 4096);
    move_name(c, q, diff, named, &name);
    put(c, m, "name", value_text(name.data));
    put(c, m, "reference", value_text(name.data));
    put(c, m, "product_id", value_copy(at(q, "product_id")));
    put(c, m, "product_uom_qty", value_real(fabs(diff)));
    put(c, m, "quantity", value_real(fabs(diff)));
    put(c, m, "location_id", diff > 0 ? value_int(ADJUSTMENT) : value_copy(at(q, "location_id")));
    put(c, m, "location_dest_id", diff > 0 ? value_copy(at(q, "location_id")) : value_int(ADJUSTMENT));
    put(c, m, "is_inventory", value_bool(true));
    put(c, m, "state", value_text("done"));
    put(c, m, "company_id", value_int(1));
    put(c, m, "create_date", datetime_now(c));
    orm_touch(c, m);
}

/* Of all quants of that product at that place. */
static double sum(struct call *c, int product, int location, const char *field)
{
    const struct ids *quants = quant_of_product(c, product);
    struct model *m = model_find(c->odoo, "stock.quant");
    double all = 0;

    for (size_t i = 0; quants != NULL && i < quants->count; i++)
        if (at_id(record_get(m, quants->id[i]), "location_id") == location)
            all += at_real(record_get(m, quants->id[i]), field);
    return all;
}

/* What one place gains another gives: adjustments and customers have quants too. */
void quant_give(struct call *c, int product, int location, double quantity)
{
    struct record *q = quant_find(c, product, location);

    if (q == NULL)
        q = quant_make(c, product, location);
    put(c, q, "quantity", value_real(round_half_up(at_real(q, "quantity") + quantity, 2)));
    orm_touch(c, q);
}

static void adjust(struct call *c, struct record *q, double diff, bool named)
{
    int product = at_id(q, "product_id"), location = at_id(q, "location_id");
    struct record *first = at_id(q, "lot_id") != 0 ? q : quant_find(c, product, location);
    double too_much;

    move_make(c, q, diff, named);
    if (first == NULL)
        first = q;
    too_much = sum(c, product, location, "reserved_quantity") - sum(c, product, location, "quantity") - diff;
    if (diff < 0 && too_much > NEAR)
        stock_unreserve(c, product, location, too_much);
    put(c, first, "quantity", value_real(round_half_up(at_real(first, "quantity") + diff, 2)));
    count_end(c, q);
    orm_touch(c, first);
    quant_give(c, product, ADJUSTMENT, -diff);
}

static bool outdated(const struct record *q)
{
    return value_true(at(q, "inventory_quantity_set")) &&
           fabs(at_real(q, "inventory_diff_quantity") -
                (at_real(q, "inventory_quantity") - at_real(q, "quantity"))) > NEAR;
}

static void count_set(struct call *c, struct record *q, double quantity)
{
    quantity = round_half_up(quantity, 2);
    put(c, q, "inventory_quantity", value_real(quantity));
    put(c, q, "inventory_diff_quantity", value_real(quantity - at_real(q, "quantity")));
}

static void count_now(struct call *c, struct record *q, double quantity)
{
    adjust(c, q, round_half_up(quantity, 2) - at_real(q, "quantity"), false);
}

static bool quant_set(struct call *c, struct record *r, const struct field *f, const json_t *value, bool *done)
{
    bool ready = at_id(r, "product_id") != 0 && at_id(r, "location_id") != 0;

    if (!json_is_number(value))
        return true;
    if (strcmp(f->name, "inventory_quantity_auto_apply") == 0) {
        *done = true;
        if (orm_flag(c, "inventory_mode") && ready)
            count_now(c, r, json_number_value(value));
    }
    if (strcmp(f->name, "inventory_quantity") == 0) {
        *done = true;
        count_set(c, r, json_number_value(value));
        /* a create outside of inventory mode leaves it false: [504b] */
        if (ready)
            put(c, r, "inventory_quantity_set", value_bool(true));
    }
    return true;
}

static bool allowed(struct call *c, const struct record *product, const struct record *location)
{
    if (product != NULL && !product_storable(product))
        return fault(c, FAULT_VALIDATION, "Quants cannot be created for consumables or services.");
    if (location != NULL && at_is(location, "usage", "view"))
        return fault(c, FAULT_VALIDATION,
                     "You cannot take products from or deliver products to a location of type \"view\" (%s).",
                     at_text(location, "complete_name"));
    return true;
}

static bool quant_created(struct call *c, struct record *r, const json_t *vals)
{
    put(c, r, "in_date", datetime_now(c));
    put(c, r, "company_id", value_int(1));
    if (json_object_get(vals, "inventory_quantity") != NULL) {
        put(c, r, "inventory_quantity_set", value_bool(false));
        count_set(c, r, json_number_value(json_object_get(vals, "inventory_quantity")));
    }
    return allowed(c, at_record(r, "product_id"), at_record(r, "location_id"));
}

/* ---- a create in inventory mode ---- */

static struct record *linked(struct call *c, const json_t *vals, const char *field, const char *model)
{
    return record_get(model_find(c->odoo, model), (int)json_integer_value(json_object_get(vals, field)));
}

/* Only these may be given: nothing else of a quant is a person's to say. */
static bool fields_allowed(struct call *c, const json_t *vals)
{
    static const char *const open[] = { "product_id", "location_id", "lot_id", "package_id", "owner_id",
                                        "inventory_quantity", "inventory_quantity_auto_apply",
                                        "inventory_date", "user_id", "inventory_quantity_set" };
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)vals, key, value) {
        bool fine = false;

        for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
            fine = fine || strcmp(open[i], key) == 0;
        if (!fine)
            return fault(c, FAULT_USER, "Quant's creation is restricted, you can't do this operation.");
    }
    return true;
}

static bool quant_instead(struct call *c, const json_t *vals, int *id)
{
    const json_t *now = json_object_get(vals, "inventory_quantity_auto_apply");
    const json_t *counted = json_object_get(vals, "inventory_quantity");
    struct record *product, *location, *q;

    if (!orm_flag(c, "inventory_mode") || (now == NULL && counted == NULL))
        return true;
    if (!fields_allowed(c, vals))
        return false;
    product = linked(c, vals, "product_id", "product.product");
    location = linked(c, vals, "location_id", "stock.location");
    if (product == NULL || location == NULL || json_is_integer(json_object_get(vals, "lot_id")))
        return true;
    if (!allowed(c, product, location))
        return false;
    q = c->repeated ? NULL : quant_find(c, product->id, location->id);
    if (q == NULL)
        q = quant_make(c, product->id, location->id);
    *id = q->id;
    if (c->repeated) /* [525 538] an empty quant, and the value is gone */
        return true;
    if (now != NULL) {
        count_now(c, q, json_number_value(now));
        return true;
    }
    count_set(c, q, json_number_value(counted));
    put(c, q, "inventory_quantity_set", value_bool(true));
    put(c, q, "user_id", value_int(c->uid));
    orm_touch(c, q);
    return true;
}

/* ---- applying ---- */

static void ask(const struct invocation *i, const struct ids *old, struct str *out)
{
    json_auto_t *all = json_array(), *fix = json_array();
    json_auto_t *action = NULL;

    for (size_t k = 0; k < i->ids.count; k++)
        json_array_append_new(all, json_integer(i->ids.id[k]));
    for (size_t k = 0; k < old->count; k++)
        json_array_append_new(fix, json_integer(old->id[k]));
    action = json_pack("{ssssss s[[bs]] ssss s{sOsO}}", "name", "Conflict in Inventory Adjustment", "type",
                       "ir.actions.act_window", "view_mode", "form", "views", 0, "form", "res_model",
                       "stock.inventory.conflict", "target", "new", "context", "default_quant_ids", all,
                       "default_quant_to_fix_ids", fix);
    py_json(out, action);
}

static bool apply(struct call *c, const struct invocation *i, struct str *out)
{
    struct ids old = { 0 };

    for (size_t k = 0; k < i->ids.count; k++)
        if (outdated(record_get(i->model, i->ids.id[k])))
            ids_add(&old, i->ids.id[k]);
    if (old.count > 0 && !orm_flag(c, "set_inventory_quantity_auto_apply")) {
        ask(i, &old, out);
        ids_clear(&old);
        return true;
    }
    for (size_t k = 0; k < i->ids.count; k++) {
        struct record *q = record_get(i->model, i->ids.id[k]);
        double diff = ids_have(&old, q->id) ? at_real(q, "inventory_quantity") - at_real(q, "quantity")
                                            : at_real(q, "inventory_diff_quantity");

        adjust(c, q, diff, true);
    }
    ids_clear(&old);
    return true;
}

static bool quant_method(struct call *c, const struct invocation *i, struct str *out, bool *known)
{
    if (strcmp(i->method, "action_apply_inventory") != 0)
        return true;
    *known = true;
    return orm_exist(c, i->model, &i->ids) && apply(c, i, out);
}

static void quant_available(struct call *c, const struct record *r, struct value *to)
{
    (void)c;
    *to = value_real(at_real(r, "quantity") - at_real(r, "reserved_quantity"));
}

static void quant_outdated(struct call *c, const struct record *r, struct value *to)
{
    (void)c;
    *to = value_bool(outdated(r));
}

static void quant_now(struct call *c, const struct record *r, struct value *to)
{
    (void)c;
    *to = value_real(at_real(r, "quantity"));
}

/* ---- places ---- */

static void location_display(struct call *c, const struct record *r, struct str *out)
{
    (void)c;
    str_adds(out, at_text(r, "complete_name"));
}

/* A place below another has its path as its name, and its warehouse. */
static bool location_named(struct call *c, struct record *r, const json_t *vals)
{
    const struct record *above = at_record(r, "location_id");
    AUTO_STR name = { 0 };

    (void)vals;
    str_init(&name, 4096);
    if (above != NULL && !at_is(r, "usage", "view"))
        str_addf(&name, "%s/", at_text(above, "complete_name"));
    str_adds(&name, at_text(r, "name"));
    put(c, r, "complete_name", value_text(name.data));
    if (above != NULL && at_id(above, "warehouse_id") != 0) {
        put(c, r, "warehouse_id", value_copy(at(above, "warehouse_id")));
        put(c, r, "company_id", value_copy(at(above, "company_id")));
    }
    return true;
}

const struct behaviour quant_behaviour = {
    .model = "stock.quant",
    .instead = quant_instead,
    .set = quant_set,
    .created = quant_created,
    .method = quant_method,
};

const struct behaviour location_behaviour = {
    .model = "stock.location",
    .created = location_named,
    .written = location_named,
    .display = location_display,
};

void quant_attach(struct odoo *o)
{
    field_computed(o, "stock.quant", "available_quantity", quant_available);
    field_computed(o, "stock.quant", "is_outdated", quant_outdated);
    field_computed(o, "stock.quant", "inventory_quantity_auto_apply", quant_now);
}
