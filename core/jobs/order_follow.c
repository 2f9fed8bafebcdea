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
    json_t *lines = json_object();
    const json_t *rows = json_object_get(c->seen, "order_line"), *row, *seen;
    bool delivered = false;
    size_t i, k;

    json_array_foreach(json_object_get(c->agreed, "lines"), i, row)
        json_array_foreach(rows, k, seen)
            if (json_int_or(seen, "id", 0) == json_int_or(row, "id", -1))
                json_object_set(lines, json_text_or(row, "key", ""), json_object_get(seen, "id"));
    json_array_foreach(rows, i, seen)
        delivered = delivered || json_real_or(seen, "qty_delivered", 0) > 0;
    json_array_foreach(json_object_get(c->seen, "picking_ids"), i, seen)
        delivered = delivered || strcmp(json_text_or(seen, "state", ""), "done") == 0;
    return json_pack("{s:O, s:O, s:O?, s:b, s:b, s:b, s:b, s:b, s:o, s:O?}", "id",
                     json_object_get(c->seen, "id"), "state", json_object_get(c->seen, "state"),
                     "date_order", json_object_get(c->seen, "date_order"), "locked",
                     json_flag(c->seen, "locked"), "invoiced", json_len(c->seen, "invoice_ids") > 0,
                     "delivered", delivered, "released", (c->pair.flags & PAIR_RELEASED) != 0,
                     "confirmed", strcmp(c->pair.state, "confirmed") == 0, "lines", lines,
                     "order_line", rows);
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

/* What a load made: the ids of the lines by our keys. */
static void keep_ids(json_t *added, const json_t *call, const json_t *ids)
{
    const json_t *key;
    size_t i;

    json_array_foreach(json_object_get(call, "keys"), i, key)
        json_object_set(added, json_string_value(key), json_array_get(ids, i));
}

/* One call of the plan: {model, method, ids, values | fields + rows + keys, context}. */
static bool send(struct order_flow *flow, const json_t *call, json_t *added, struct err *err)
{
    struct workshop_place *place = &flow->place;
    const char *model = json_text_or(call, "model", ""), *method = json_text_or(call, "method", "");
    json_t *context = json_object_get(call, "context"), *values = json_object_get(call, "values");
    json_auto_t *ids = NULL, *answer = NULL;
    bool ok;

    if (strcmp(method, "load") == 0) {
        ok = records_load_once(place->site->odoo, place->http, model,
                               json_object_get(call, "fields"), json_object_get(call, "rows"),
                               context, flow->place.class, &ids, &place->odoo, err);
        keep_ids(added, call, ids);
    } else if (values != NULL) {
        ok = records_write(place->site->odoo, place->http, model, json_object_get(call, "ids"),
                           values, context, flow->place.class, &place->odoo, err);
    } else {
        ok = records_do(place->site->odoo, place->http, model, method,
                        json_object_get(call, "ids"), NULL, context, flow->place.class, &answer,
                        &place->odoo, err);
    }
    return ok || err_within(err, "%s", method);
}

/* All calls of a list, and what became of the order; none: nothing is asked. */
static bool send_all(struct order_flow *flow, struct order_case *c, const json_t *calls,
                     json_t *added, struct err *err)
{
    const json_t *call;
    size_t i;

    json_array_foreach(calls, i, call)
        if (!send(flow, call, added, err))
            return false;
    return json_array_size(calls) == 0 || look(flow, c, err);
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

/*
 * Does Odoo come to Shopify's total? Asked after lines changed, and of what was held until it does
 * or a person lets it go on.
 */
static bool verified(struct order_case *c, const json_t *change, struct err *err)
{
    json_auto_t *seen = json_copy(c->seen), *held = NULL;
    size_t findings = c->findings.count;

    if (json_at(change, "expect") == NULL) {
        held = json_pack("{s:O?}", "expect", json_object_get(c->agreed, "expect"));
        if ((c->pair.flags & PAIR_HELD) == 0 || c->stray || json_at(held, "expect") == NULL)
            return true;
        change = held;
    }
    if (strcmp(json_text_or(seen, "state", ""), "cancel") == 0)
        return true;
    json_object_set_new(seen, "order_line", lines_that_count(c->seen));
    c->verdict = order_verify(change, seen, false, &c->findings);
    if (c->verdict != VERIFY_HOLD)
        return true;
    if ((c->pair.flags & PAIR_RELEASED) == 0)
        return findings_err(&c->findings, err);
    c->findings.count = findings;
    findings_add(&c->findings, FINDING_FLAG, ERR_REFUSED, "",
                 "the amounts differ: let go on by a person");
    return true;
}

/* The new lines become what is agreed, with the ids of those that were made. */
static void remember_lines(struct order_case *c, const json_t *change, const json_t *added)
{
    json_t *lines = json_object_get(change, "lines"), *row;
    size_t i;

    if (!json_is_array(lines))
        return;
    json_array_foreach(lines, i, row)
        if (json_object_get(row, "id") == NULL)
            json_object_set(row, "id",
                            json_object_get(added, json_text_or(row, "key", "")));
    json_object_set(c->agreed, "lines", lines);
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

/*
 * Plans and sends. A line that a load gave may have been made earlier, with what it was to be
 * then: when the amounts are wrong, once more, now that it is known. NULL: the case has its end.
 */
static json_t *bring(struct order_flow *flow, struct order_case *c)
{
    const json_t *agreed = c->stray ? NULL : json_object_get(c->agreed, "order");

    for (int pass = 0;; pass++) {
        json_auto_t *view = odoo_view(c), *added = json_object();
        json_auto_t *change = NULL;
        size_t findings;
        struct err err = { 0 };

        change = order_change(agreed, c->order, view, flow->place.site->key,
                              flow->place.picture->reference, c->resolved, &c->findings, &err);
        if (change == NULL ||
            !send_all(flow, c, json_object_get(change, "calls"), added, &err)) {
            order_failed(flow, c, &err);
            return NULL;
        }
        remember_lines(c, change, added);
        findings = c->findings.count;
        if (verified(c, change, &err))
            return json_incref(change);
        if (pass > 0 || json_object_size(added) == 0) {
            order_held(flow, c, &err);
            return NULL;
        }
        c->findings.count = findings; /* what was wrong is being put right */
    }
}

/* What is remembered of a stray begins here. */
static bool begin(struct order_flow *flow, struct order_case *c, struct err *err)
{
    if (c->stray) {
        json_decref(c->load);
        c->load = NULL;
        json_decref(c->agreed);
        c->agreed = json_pack("{s:[]}", "lines");
        if (c->agreed == NULL)
            return err_set(err, ERR_BUSY, "no memory");
    }
    return c->seen != NULL || look(flow, c, err);
}

void order_follow(struct order_flow *flow, struct order_case *c)
{
    json_auto_t *change = NULL, *none = json_object();
    const json_t *confirm;
    struct err err = { 0 };

    if (!c->stray && unchanged(c)) {
        order_done(flow, c, c->pair.state[0] != '\0' ? c->pair.state : "known", "nothing changed");
        return;
    }
    if (!begin(flow, c, &err)) {
        order_failed(flow, c, &err);
        return;
    }
    change = bring(flow, c);
    if (change == NULL)
        return;
    if (json_flag(change, "older")) {
        order_done(flow, c, "older", "older than what is known: nothing changed");
        return;
    }
    c->changes = json_incref(json_object_get(change, "changes"));
    confirm = json_object_get(change, "confirm");
    if (!findings_stop(&c->findings) && !send_all(flow, c, confirm, none, &err)) {
        order_failed(flow, c, &err);
        return;
    }
    followed(flow, c, change, json_len(change, "calls") + json_array_size(confirm));
}
