/*
 * An order that is in Odoo already moved in Shopify: paid, edited, cancelled, a new address. The
 * changes are planned against what Odoo holds now, and each call of the plan writes values, so
 * the whole can be repeated. When nothing moved, nothing is sent.
 */
#include "jobs/order.h"

#include <string.h>

#include "base/json.h"
#include "odoo/records.h"
#include "odoo/rpc.h"
#include "sync/diff.h"
#include "sync/order_change.h"

/* The order in Odoo as order_change wants it: with our keys for its lines. */
static json_t *odoo_view(const struct order_case *c)
{
    json_t *lines = json_object(), *products = json_object();
    bool delivered = false, released = (c->pair.flags & PAIR_RELEASED) != 0;
    const json_t *row, *seen;
    size_t i, k;

    json_array_foreach(json_object_get(c->agreed, "lines"), i, row) {
        const char *key = json_text_or(row, "key", "");

        json_array_foreach(json_object_get(c->seen, "order_line"), k, seen)
            if (json_int_or(seen, "id", 0) == json_int_or(row, "id", -1)) {
                json_object_set(lines, key, json_object_get(seen, "id"));
                json_object_set(products, key, json_object_get(seen, "product_id"));
            }
    }
    json_array_foreach(json_object_get(c->seen, "order_line"), i, seen)
        delivered = delivered || json_real_or(seen, "qty_delivered", 0) > 0;
    json_array_foreach(json_object_get(c->seen, "picking_ids"), i, seen)
        delivered = delivered || strcmp(json_text_or(seen, "state", ""), "done") == 0;
    return json_pack("{s:O, s:O, s:b, s:b, s:b, s:b, s:o, s:o}", "id",
                     json_object_get(c->seen, "id"), "state", json_object_get(c->seen, "state"),
                     "locked", json_flag(c->seen, "locked"), "invoiced",
                     json_len(c->seen, "invoice_ids") > 0, "delivered", delivered, "released",
                     released, "lines", lines, "products", products);
}

static bool look(struct order_flow *flow, struct order_case *c, struct err *err)
{
    json_auto_t *ids = json_pack("[I]", (json_int_t)c->odoo_id), *rows = NULL;

    if (!order_look(flow, ids, &rows, err)) {
        if (err->kind == ERR_MISSING)
            return err_set(err, ERR_REFUSED, "the sale order was deleted in Odoo");
        return false;
    }
    if (json_array_size(rows) == 0)
        return err_set(err, ERR_REFUSED, "the sale order was deleted in Odoo");
    json_decref(c->seen);
    c->seen = json_incref(json_array_get(rows, 0));
    return true;
}

/* One call of the plan: {model, method, ids, values | fields + rows, context}. */
static bool send(struct order_flow *flow, const json_t *call, struct err *err)
{
    struct workshop_place *place = &flow->place;
    const char *model = json_text_or(call, "model", ""), *method = json_text_or(call, "method", "");
    json_t *context = json_object_get(call, "context");
    json_auto_t *ids = NULL, *answer = NULL;
    bool ok;

    if (strcmp(method, "load") == 0)
        ok = records_load_once(place->site->odoo, place->http, model,
                               json_object_get(call, "fields"), json_object_get(call, "rows"),
                               context, PACE_ORDERS, &ids, &place->odoo, err);
    else if (strcmp(method, "write") == 0)
        ok = records_write(place->site->odoo, place->http, model, json_object_get(call, "ids"),
                           json_object_get(call, "values"), PACE_ORDERS, &place->odoo, err);
    else
        ok = records_do(place->site->odoo, place->http, model, method,
                        json_object_get(call, "ids"), NULL, context, PACE_ORDERS, &answer,
                        &place->odoo, err);
    return ok || err_within(err, "%s", method);
}

/* Of a sale, a line that is no more stays in Odoo with quantity 0: it counts for nothing. */
static json_t *lines_that_count(const json_t *seen)
{
    json_t *lines = json_array(), *line;
    size_t i;

    json_array_foreach(json_object_get(seen, "order_line"), i, line)
        if (json_real_or(line, "product_uom_qty", 0) != 0)
            json_array_append(lines, line);
    return lines;
}

/* After the lines changed: does Odoo come to Shopify's total again? */
static bool verified(struct order_case *c, const json_t *change, struct err *err)
{
    json_auto_t *seen = json_copy(c->seen);

    if (json_at(change, "expect") == NULL)
        return true;
    json_object_set_new(seen, "order_line", lines_that_count(c->seen));
    c->verdict = order_verify(change, seen, false, &c->findings);
    return c->verdict != VERIFY_HOLD || findings_err(&c->findings, err);
}

static int64_t id_of_key(const json_t *lines, const char *key)
{
    const json_t *row;
    size_t i;

    json_array_foreach(lines, i, row)
        if (strcmp(json_text_or(row, "key", ""), key) == 0)
            return json_int_or(row, "id", 0);
    return 0;
}

static bool has_id(const json_t *lines, int64_t id)
{
    const json_t *row;
    size_t i;

    json_array_foreach(lines, i, row)
        if (json_int_or(row, "id", 0) == id)
            return true;
    return false;
}

/*
 * The new lines become what is agreed: those that were there keep their ids, the added ones have
 * those that are new in Odoo, in its order.
 */
static void remember_lines(struct order_case *c, const json_t *change)
{
    const json_t *before = json_object_get(c->agreed, "lines");
    json_auto_t *after = json_deep_copy(json_object_get(change, "lines"));
    json_auto_t *seen = lines_that_count(c->seen);
    json_t *row;
    size_t i, next = 0;

    if (!json_is_array(after))
        return;
    json_array_foreach(after, i, row) {
        int64_t id = id_of_key(before, json_text_or(row, "key", ""));

        for (; id == 0 && next < json_array_size(seen); next++) {
            int64_t candidate = json_int_or(json_array_get(seen, next), "id", 0);

            if (!has_id(before, candidate))
                id = candidate;
        }
        json_object_set_new(row, "id", json_integer(id));
    }
    json_object_set(c->agreed, "lines", after);
    json_object_set(c->agreed, "expect", json_object_get(change, "expect"));
}

static void followed(struct order_flow *flow, struct order_case *c, const json_t *change,
                     size_t calls)
{
    const char *name = json_text_or(c->seen, "name", "?"), *state = json_text_or(c->seen, "state", "");
    struct err err = { 0 };

    if (!findings_err(&c->findings, &err)) {
        order_held(flow, c, &err);
        return;
    }
    c->confirmed = strcmp(state, "sale") == 0;
    if (!c->confirmed && c->placeholder && c->plan.action == ORDER_CONFIRM)
        order_held_unknown(flow, c);
    else if (calls == 0)
        order_done(flow, c, c->pair.state[0] != '\0' ? c->pair.state : "known",
                   "%s: nothing changed for Odoo", name);
    else
        order_done(flow, c,
                   strcmp(state, "cancel") == 0 ? "cancelled" : c->confirmed ? "confirmed" : "quotation",
                   "%s brought up to date: %s", name, json_text_or(change, "reason", ""));
}

/* Exactly what we hold? Then Odoo need not be asked. */
static bool unchanged(const struct order_case *c)
{
    json_auto_t *was = json_deep_copy(json_object_get(c->agreed, "order"));
    json_auto_t *is = json_deep_copy(c->order);

    json_object_del(was, "updated_at");
    json_object_del(is, "updated_at");
    return (c->pair.flags & (PAIR_HELD | PAIR_PLACEHOLDER)) == 0 && json_equal(was, is);
}

void order_follow(struct order_flow *flow, struct order_case *c)
{
    json_auto_t *view = NULL, *change = NULL;
    const json_t *call;
    struct err err = { 0 };
    size_t i, calls;

    c->odoo_id = c->pair.odoo_id;
    if (unchanged(c)) {
        order_done(flow, c, c->pair.state[0] != '\0' ? c->pair.state : "known", "nothing changed");
        return;
    }
    if (!look(flow, c, &err)) {
        order_failed(flow, c, &err);
        return;
    }
    view = odoo_view(c);
    change = order_change(json_object_get(c->agreed, "order"), c->order, view,
                          flow->place.site->key, flow->place.picture->reference, c->resolved,
                          &c->findings, &err);
    if (change == NULL) {
        order_failed(flow, c, &err);
        return;
    }
    if (json_flag(change, "older")) {
        order_done(flow, c, "older", "older than what is known: nothing changed");
        return;
    }
    calls = json_len(change, "calls");
    json_array_foreach(json_object_get(change, "calls"), i, call)
        if (!send(flow, call, &err)) {
            order_failed(flow, c, &err);
            return;
        }
    if (calls > 0 && !look(flow, c, &err)) {
        order_failed(flow, c, &err);
        return;
    }
    remember_lines(c, change);
    c->changes = json_incref(json_object_get(change, "changes"));
    if (!verified(c, change, &err)) {
        order_held(flow, c, &err);
        return;
    }
    followed(flow, c, change, calls);
}
