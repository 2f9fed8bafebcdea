/* stock.c - transfers of confirmed orders and what they reserve. */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "tests/sandbox/odoo/convert.h"
#include "tests/sandbox/odoo/kinds.h"
#include "tests/sandbox/odoo/methods.h"
#include "tests/sandbox/odoo/quant.h"

static struct record *move_make(struct call *c, struct record *picking, const struct record *line, double quantity)
{
    struct record *m = record_new(c, model_find(c->odoo, "stock.move"));
    AUTO_FREE char *name = orm_display_name(c, at_record(line, "product_id"));

    put(c, m, "name", value_text(name));
    put(c, m, "product_id", value_copy(at(line, "product_id")));
    put(c, m, "product_uom", value_int(1));
    put(c, m, "product_uom_qty", value_real(quantity));
    put(c, m, "quantity", value_real(0));
    put(c, m, "picked", value_bool(false));
    put(c, m, "procure_method", value_text("make_to_stock"));
    put(c, m, "state", value_text("confirmed"));
    put(c, m, "picking_id", value_int(picking->id));
    put(c, m, "sale_line_id", value_int(line->id));
    put(c, m, "company_id", value_int(1));
    put(c, m, "location_id", value_copy(at(picking, "location_id")));
    put(c, m, "location_dest_id", value_copy(at(picking, "location_dest_id")));
    put(c, m, "group_id", value_copy(at(picking, "group_id")));
    put(c, m, "origin", value_copy(at(picking, "origin")));
    put(c, m, "date", value_copy(at(picking, "scheduled_date")));
    put(c, m, "sequence", value_copy(at(line, "sequence")));
    put(c, m, "create_date", datetime_now(c));
    orm_touch(c, m);
    return m;
}

static void move_line(struct call *c, struct record *move)
{
    struct model *m = model_find(c->odoo, "stock.move.line");
    struct value key = value_int(move->id);
    const struct ids *have = index_find(field_find(m, "move_id"), &key);
    struct record *l = have != NULL && have->count > 0 ? record_get(m, have->id[0]) : NULL;

    if (l == NULL) {
        l = record_new(c, m);
        put(c, l, "move_id", value_int(move->id));
        put(c, l, "picking_id", value_copy(at(move, "picking_id")));
        put(c, l, "product_id", value_copy(at(move, "product_id")));
        put(c, l, "product_uom_id", value_int(1));
        put(c, l, "location_id", value_copy(at(move, "location_id")));
        put(c, l, "location_dest_id", value_copy(at(move, "location_dest_id")));
        put(c, l, "company_id", value_int(1));
    }
    put(c, l, "quantity", value_copy(at(move, "quantity")));
    put(c, l, "state", value_copy(at(move, "state")));
}

/* Adds to what the quants of a location have reserved; delta may be negative. */
static void reserve(struct call *c, int product, int location, double delta)
{
    const struct ids *quants = quant_of_product(c, product);
    struct model *m = model_find(c->odoo, "stock.quant");

    for (size_t i = 0; quants != NULL && i < quants->count && fabs(delta) > 1e-9; i++) {
        struct record *q = record_get(m, quants->id[i]);
        double held = at_real(q, "reserved_quantity"), part;

        if (!quant_inside(at_record(q, "location_id"), location))
            continue;
        part = delta > 0 ? fmin(delta, at_real(q, "quantity") - held) : fmax(delta, -held);
        if (fabs(part) < 1e-9)
            continue;
        put(c, q, "reserved_quantity", value_real(round_half_up(held + part, 2)));
        orm_touch(c, q);
        delta -= part;
    }
}

static void move_assign(struct call *c, struct record *move)
{
    const struct record *product = at_record(move, "product_id");
    double want = at_real(move, "product_uom_qty"), have = at_real(move, "quantity"), take = want - have;
    int location = at_id(move, "location_id");

    if (product != NULL && product_storable(product)) {
        if (take > 0)
            take = fmin(take, fmax(0, stock_free(c, product->id, location)));
        reserve(c, product->id, location, take);
    }
    have = round_half_up(have + take, 2);
    put(c, move, "quantity", value_real(have));
    if (want <= 0)
        put(c, move, "state", value_text("cancel"));
    else
        put(c, move, "state", value_text(have >= want ? "assigned" : have > 0 ? "partially_available" : "confirmed"));
    if (have > 0)
        move_line(c, move);
    orm_touch(c, move);
}

static const struct ids *moves_of(struct call *c, const struct record *picking)
{
    struct value key = value_int(picking->id);

    return index_find(field_find(model_find(c->odoo, "stock.move"), "picking_id"), &key);
}

static void picking_state(struct call *c, struct record *picking)
{
    const struct ids *moves = moves_of(c, picking);
    struct model *m = model_find(c->odoo, "stock.move");
    const char *state = "cancel";

    for (size_t i = 0; moves != NULL && i < moves->count; i++) {
        const struct record *move = record_get(m, moves->id[i]);

        if (at_is(move, "state", "assigned") || at_is(move, "state", "partially_available"))
            state = "assigned";
        else if (at_is(move, "state", "confirmed") && strcmp(state, "assigned") != 0)
            state = "confirmed";
        else if (at_is(move, "state", "done") && strcmp(state, "cancel") == 0)
            state = "done";
    }
    put(c, picking, "state", value_text(state));
    orm_touch(c, picking);
}

static struct record *group_of(struct call *c, struct record *order)
{
    struct record *g = at_record(order, "procurement_group_id");

    if (g != NULL)
        return g;
    g = record_new(c, model_find(c->odoo, "procurement.group"));
    put(c, g, "name", value_copy(at(order, "name")));
    put(c, g, "move_type", value_text("direct"));
    put(c, g, "sale_id", value_int(order->id));
    put(c, g, "partner_id", value_copy(at(order, "partner_shipping_id")));
    put(c, order, "procurement_group_id", value_int(g->id));
    return g;
}

static struct record *picking_make(struct call *c, struct record *order)
{
    struct record *p = record_new(c, model_find(c->odoo, "stock.picking"));
    const struct record *warehouse = at_record(order, "warehouse_id");
    const struct value *date = at(order, value_true(at(order, "commitment_date")) ? "commitment_date" : "date_order");
    AUTO_STR origin = { 0 };
    char name[64];

    snprintf(name, sizeof name, "%s/OUT/%05d", at_text(warehouse, "code"), ++c->odoo->out_number);
    str_init(&origin, 4096);
    str_adds(&origin, at_text(order, "name"));
    if (*at_text(order, "client_order_ref") != '\0')
        str_addf(&origin, " - %s", at_text(order, "client_order_ref"));
    put(c, p, "name", value_text(name));
    put(c, p, "origin", value_text(origin.data));
    put(c, p, "partner_id", value_copy(at(order, "partner_shipping_id")));
    put(c, p, "picking_type_id", value_copy(at(warehouse, "out_type_id")));
    put(c, p, "location_id", value_copy(at(warehouse, "lot_stock_id")));
    put(c, p, "location_dest_id", value_int(5));
    put(c, p, "move_type", value_text("direct"));
    put(c, p, "company_id", value_int(1));
    put(c, p, "priority", value_text("0"));
    put(c, p, "scheduled_date", value_copy(date));
    put(c, p, "date_deadline", value_copy(date));
    put(c, p, "carrier_id", value_copy(at(order, "carrier_id")));
    put(c, p, "group_id", value_int(group_of(c, order)->id));
    put(c, p, "sale_id", value_int(order->id));
    put(c, p, "state", value_text("draft"));
    put(c, p, "create_date", datetime_now(c));
    orm_touch(c, p);
    return p;
}

/* The order's transfer that is still open; NULL: none. */
static struct record *picking_open(struct call *c, const struct record *order)
{
    struct value key = value_int(order->id);
    struct model *m = model_find(c->odoo, "stock.picking");
    const struct ids *pickings = index_find(field_find(m, "sale_id"), &key);

    for (size_t i = 0; pickings != NULL && i < pickings->count; i++) {
        struct record *p = record_get(m, pickings->id[i]);

        if (!at_is(p, "state", "done") && !at_is(p, "state", "cancel"))
            return p;
    }
    return NULL;
}

static double moved(struct call *c, const struct record *line)
{
    struct value key = value_int(line->id);
    struct model *m = model_find(c->odoo, "stock.move");
    const struct ids *moves = index_find(field_find(m, "sale_line_id"), &key);
    double sum = 0;

    for (size_t i = 0; moves != NULL && i < moves->count; i++)
        if (!at_is(record_get(m, moves->id[i]), "state", "cancel"))
            sum += at_real(record_get(m, moves->id[i]), "product_uom_qty");
    return sum;
}

bool stock_launch(struct call *c, struct record *order)
{
    const struct field *f = field_find(order->model, "order_line");
    struct value made = { .kind = VALUE_NONE };
    const struct value *lines = orm_value(c, order, f, &made);
    struct record *picking = NULL;

    if (at_record(order, "warehouse_id") == NULL) {
        value_clear(&made);
        return true;
    }
    for (size_t i = 0; lines->kind == VALUE_IDS && i < lines->ids.count; i++) {
        const struct record *line = record_get(f->comodel, lines->ids.id[i]);
        const struct record *product = at_record(line, "product_id");
        double want = at_real(line, "product_uom_qty");

        if (product == NULL || !product_is(product, "consu") || *at_text(line, "display_type") != '\0')
            continue;
        want -= moved(c, line);
        if (want <= 0)
            continue;
        if (picking == NULL)
            picking = picking_open(c, order);
        if (picking == NULL)
            picking = picking_make(c, order);
        move_assign(c, move_make(c, picking, line, want));
    }
    value_clear(&made);
    if (picking == NULL)
        return true;
    picking_state(c, picking);
    put(c, order, "delivery_status", value_text("pending"));
    return true;
}

void stock_follow(struct call *c, struct record *order, struct record *line)
{
    struct value key = value_int(line->id);
    struct model *m = model_find(c->odoo, "stock.move");
    const struct ids *moves = index_find(field_find(m, "sale_line_id"), &key);
    double want = at_real(line, "product_uom_qty");

    for (size_t i = 0; moves != NULL && i < moves->count; i++) {
        struct record *move = record_get(m, moves->id[i]);

        if (at_is(move, "state", "done") || at_is(move, "state", "cancel"))
            continue;
        put(c, move, "product_uom_qty", value_real(want));
        move_assign(c, move);
        picking_state(c, at_record(move, "picking_id"));
        return;
    }
    stock_launch(c, order);
}

void stock_unreserve(struct call *c, int product, int location, double too_much)
{
    struct value key = value_int(product);
    struct model *m = model_find(c->odoo, "stock.move");
    const struct ids *moves = index_find(field_find(m, "product_id"), &key);

    for (size_t i = moves != NULL ? moves->count : 0; i > 0 && too_much > 1e-9; i--) {
        struct record *move = record_get(m, moves->id[i - 1]);
        double have = at_real(move, "quantity"), part = fmin(have, too_much);

        if (at_is(move, "state", "done") || at_is(move, "state", "cancel") || part <= 0 ||
            at_record(move, "picking_id") == NULL || !quant_inside(at_record(move, "location_id"), location))
            continue;
        reserve(c, product, location, -part);
        put(c, move, "quantity", value_real(round_half_up(have - part, 2)));
        put(c, move, "state", value_text(have - part > 1e-9 ? "partially_available" : "confirmed"));
        move_line(c, move);
        orm_touch(c, move);
        picking_state(c, at_record(move, "picking_id"));
        too_much -= part;
    }
}

static void picking_cancel(struct call *c, struct record *picking)
{
    const struct ids *moves = moves_of(c, picking);
    struct model *m = model_find(c->odoo, "stock.move");

    for (size_t i = 0; moves != NULL && i < moves->count; i++) {
        struct record *move = record_get(m, moves->id[i]);
        const struct record *product = at_record(move, "product_id");

        if (at_is(move, "state", "done"))
            continue;
        if (product != NULL && product_storable(product))
            reserve(c, product->id, at_id(move, "location_id"), -at_real(move, "quantity"));
        put(c, move, "quantity", value_real(0));
        put(c, move, "state", value_text("cancel"));
        orm_touch(c, move);
    }
    put(c, picking, "state", value_text("cancel"));
    orm_touch(c, picking);
}

void stock_cancel(struct call *c, struct record *order)
{
    struct record *picking;

    while ((picking = picking_open(c, order)) != NULL)
        picking_cancel(c, picking);
}

void stock_redirect(struct call *c, const struct record *order)
{
    struct record *picking = picking_open(c, order);

    if (picking != NULL) {
        put(c, picking, "partner_id", value_copy(at(order, "partner_shipping_id")));
        orm_touch(c, picking);
    }
}

/* ---- done ---- */

/* What quants hold for a move: a person may have written another quantity since. */
static double held_of(struct call *c, const struct record *move)
{
    struct model *m = model_find(c->odoo, "stock.move.line");
    struct value key = value_int(move->id);
    const struct ids *have = index_find(field_find(m, "move_id"), &key);

    return have != NULL && have->count > 0 ? at_real(record_get(m, have->id[0]), "quantity") : 0;
}

static void move_done(struct call *c, struct record *move, double done)
{
    struct record *line = at_record(move, "sale_line_id");
    const struct record *product = at_record(move, "product_id");

    if (product != NULL && product_storable(product)) {
        reserve(c, product->id, at_id(move, "location_id"), -held_of(c, move));
        quant_give(c, product->id, at_id(move, "location_id"), -done);
        quant_give(c, product->id, at_id(move, "location_dest_id"), done);
    }
    put(c, move, "quantity", value_real(done));
    put(c, move, "state", value_text("done"));
    put(c, move, "picked", value_bool(true));
    orm_touch(c, move);
    if (line != NULL)
        put(c, line, "qty_delivered", value_real(at_real(line, "qty_delivered") + done));
}

/* The rest of a move goes into another transfer, which is made with the first one. */
static void move_later(struct call *c, struct record *picking, struct record **later, struct record *move, double rest)
{
    struct record *order = at_record(picking, "sale_id"), *line = at_record(move, "sale_line_id");

    if (*later == NULL) {
        *later = picking_make(c, order);
        put(c, *later, "backorder_id", value_int(picking->id));
        put(c, *later, "location_id", value_copy(at(picking, "location_id")));
    }
    move_assign(c, move_make(c, *later, line, rest));
}

/*
 * Moves that are not picked are left out when another one is. What is less than wanted goes into a
 * backorder, if the context says that it is not to be asked about.
 */
static void picking_done(struct call *c, struct record *picking)
{
    const struct ids *moves = moves_of(c, picking);
    struct model *m = model_find(c->odoo, "stock.move");
    size_t count = moves == NULL ? 0 : moves->count;
    bool picked = false, split = orm_flag(c, "skip_backorder") && at_record(picking, "sale_id") != NULL;
    struct record *later = NULL;
    char now[WHEN_TEXT_MAX];

    for (size_t i = 0; i < count; i++)
        picked = picked || value_true(at(record_get(m, moves->id[i]), "picked"));
    for (size_t i = 0; i < count; i++) {
        struct record *move = record_get(m, moves_of(c, picking)->id[i]);
        double want = at_real(move, "product_uom_qty"), done = at_real(move, "quantity");

        if (at_is(move, "state", "cancel") || at_is(move, "state", "done"))
            continue;
        if (split && picked && !value_true(at(move, "picked")))
            done = 0;
        if (done > 0 || !split) {
            move_done(c, move, done);
        } else {
            const struct record *product = at_record(move, "product_id");

            if (product != NULL && product_storable(product))
                reserve(c, product->id, at_id(move, "location_id"), -held_of(c, move));
            put(c, move, "quantity", value_real(0));
            put(c, move, "state", value_text("cancel"));
        }
        if (split && done < want && at_record(move, "sale_line_id") != NULL) {
            move_later(c, picking, &later, move, want - done);
            put(c, move, "product_uom_qty", value_real(done));
        }
    }
    put(c, picking, "state", value_text("done"));
    put(c, picking, "date_done", value_text(when_odoo(c->now, now)));
    orm_touch(c, picking);
    if (later != NULL)
        picking_state(c, later);
    if (at_record(picking, "sale_id") != NULL) {
        struct record *order = at_record(picking, "sale_id");

        put(c, order, "delivery_status", value_text(later != NULL ? "partial" : "full"));
        orm_touch(c, order); /* as measured on the real one */
    }
}

static bool validate(struct call *c, struct record *picking)
{
    if (at_is(picking, "state", "done") || at_is(picking, "state", "cancel"))
        return fault(c, FAULT_USER, "You cannot validate a transfer if it is done or cancelled.");
    picking_done(c, picking);
    return true;
}

static bool picking_method(struct call *c, const struct invocation *i, struct str *out, bool *known)
{
    static const char *const mine[] = { "button_validate", "action_assign", "action_cancel", "do_unreserve" };

    for (size_t k = 0; k < sizeof mine / sizeof mine[0]; k++)
        *known = *known || strcmp(mine[k], i->method) == 0;
    if (!*known)
        return true;
    if (!orm_exist(c, i->model, &i->ids))
        return false;
    for (size_t k = 0; k < i->ids.count; k++) {
        struct record *p = record_get(i->model, i->ids.id[k]);
        const struct ids *moves = moves_of(c, p);

        if (strcmp(i->method, "button_validate") == 0 && !validate(c, p))
            return false;
        if (strcmp(i->method, "action_cancel") == 0) {
            if (at_is(p, "state", "done"))
                return fault(c, FAULT_USER, "You cannot cancel a stock move that has been set to 'Done'. Create a "
                                            "return in order to reverse the moves which took place.");
            picking_cancel(c, p);
        }
        for (size_t n = 0; strcmp(i->method, "action_assign") == 0 && moves != NULL && n < moves->count; n++)
            move_assign(c, record_get(model_find(c->odoo, "stock.move"), moves->id[n]));
        if (strcmp(i->method, "action_assign") == 0)
            picking_state(c, p);
    }
    if (strcmp(i->method, "do_unreserve") != 0)
        str_adds(out, "true");
    return true;
}

static void picking_type_code(struct call *c, const struct record *r, struct value *to)
{
    const struct record *type = at_record(r, "picking_type_id");

    (void)c;
    *to = value_text(type == NULL ? NULL : at_text(type, "code"));
}

const struct behaviour picking_behaviour = {
    .model = "stock.picking",
    .method = picking_method,
};

void stock_attach(struct odoo *o)
{
    field_computed(o, "stock.picking", "picking_type_code", picking_type_code);
    quant_attach(o);
    quantity_attach(o);
}
