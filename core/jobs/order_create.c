/*
 * New orders into Odoo, all of a batch in the same few calls:
 *
 *     load       create once, by external id: repeating it gives the same ids
 *     web_read   what Odoo made of them: amounts are verified before anything is confirmed; what
 *                an earlier run made is left to order_follow
 *     action_confirm of those that may be, so that other modules' hooks run
 *     transfers  of orders whose goods left before the import are cancelled: policy history = sale
 *     the date   which action_confirm overwrites with now, is put back (one load, or one
 *                web_save when it is a single order)
 *
 * With policy confirm_how = state the load creates them confirmed: two calls. Measured on a real
 * Odoo 18: one load, one confirmation and one load of dates for 20 orders cost less than half of
 * what 20 single ones do.
 */
#include "jobs/order.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "jobs/load.h"
#include "odoo/records.h"
#include "sync/order_to_odoo.h"

static bool is_sale(const struct order_case *c)
{
    return strcmp(json_text_or(c->seen, "state", ""), "sale") == 0;
}

/*
 * Is what the load gave what this run made of it? Else an earlier run made it, perhaps of an older
 * delivery; and one that is to be cancelled at once is followed up too.
 */
static bool is_ours(const struct order_case *c)
{
    return c->job->job.tries <= 1 && c->job->job.crashes == 0 && c->plan.action != ORDER_CANCEL &&
           order_lines_are(c->load, c->seen);
}

/* Strays go on in order_follow. */
static bool in_hand(const struct order_case *c)
{
    return order_case_open(c) && !c->stray;
}

/* ---- plan and load ---- */

static void plan_all(struct order_flow *flow, struct order_case **cases, size_t count,
                     json_t *plans)
{
    for (size_t i = 0; i < count; i++) {
        struct order_case *c = cases[i];
        struct err err = { 0 };

        c->load = order_to_odoo(c->order, &c->plan, flow->place.site->key,
                                flow->place.picture->reference, c->resolved, &c->findings, &err);
        if (c->load == NULL)
            order_failed(flow, c, &err);
        else
            json_array_append(plans, c->load);
    }
}

static bool load_all(struct order_flow *flow, struct order_case **cases, size_t count,
                     struct err *err)
{
    json_auto_t *plans = json_array(), *made = json_object(), *refused = json_object();
    size_t most = (size_t)flow->place.site->policies.number[POLICY_batch_max];

    plan_all(flow, cases, count, plans);
    if (!load_each(&flow->place, plans, most, made, refused, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct order_case *c = cases[i];
        const char *xmlid = json_text_or(c->load, "xmlid", "");
        struct err why = { 0 };

        if (!order_case_open(c))
            continue;
        c->odoo_id = json_integer_value(json_object_get(made, xmlid));
        if (c->odoo_id == 0 && !load_refused(refused, xmlid, &why))
            err_set(&why, ERR_BUG, "Odoo's load left the order out");
        if (c->odoo_id == 0)
            order_failed(flow, c, &why);
    }
    return true;
}

/* ---- look and verify ---- */

static json_t *open_ids(struct order_case **cases, size_t count, bool (*wanted)(struct order_case *))
{
    json_t *ids = json_array();

    for (size_t i = 0; i < count; i++)
        if (in_hand(cases[i]) && (wanted == NULL || wanted(cases[i])))
            json_array_append_new(ids, json_integer(cases[i]->odoo_id));
    return ids;
}

static void take_seen(struct order_case *c, const json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
        if (json_int_or(row, "id", 0) == c->odoo_id) {
            json_decref(c->seen);
            c->seen = json_incref(row);
        }
}

static bool look_all(struct order_flow *flow, struct order_case **cases, size_t count,
                     struct err *err)
{
    json_auto_t *ids = open_ids(cases, count, NULL), *rows = NULL;

    if (json_array_size(ids) == 0)
        return true;
    if (!order_look(flow, ids, &rows, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct order_case *c = cases[i];
        struct err why = { 0 };

        if (!order_case_open(c))
            continue;
        take_seen(c, rows);
        if (c->seen == NULL) {
            err_set(&why, ERR_MISSING, "the order is gone from Odoo again");
            order_failed(flow, c, &why);
            continue;
        }
        c->stray = !is_ours(c);
        if (c->stray)
            continue;
        c->verdict = order_verify(c->load, c->seen, is_sale(c), &c->findings);
        if (c->verdict == VERIFY_HOLD || c->plan.action == ORDER_HOLD) {
            if (!findings_err(&c->findings, &why))
                order_held(flow, c, &why);
            else {
                err_set(&why, ERR_CONFLICT, "held: %s", c->plan.reason);
                str_copy(why.thing, sizeof why.thing, c->plan.thing);
                order_held(flow, c, &why);
            }
        }
    }
    return true;
}

/* ---- confirm ---- */

static bool to_confirm(struct order_case *c)
{
    return json_flag(c->load, "confirm") && !is_sale(c);
}

/* A refused confirmation of many is tried one by one: one locked order stops no other. */
static bool confirm(struct order_flow *flow, struct order_case **cases, size_t count,
                    struct err *err)
{
    json_auto_t *ids = open_ids(cases, count, to_confirm), *answer = NULL;
    struct err why = { 0 };
    size_t n = json_array_size(ids);

    if (n == 0)
        return true;
    if (records_do(flow->place.site->odoo, flow->place.http, "sale.order", "action_confirm", ids,
                   NULL, NULL, flow->place.class, &answer, &flow->place.odoo, &why)) {
        for (size_t i = 0; i < count; i++)
            if (in_hand(cases[i]) && to_confirm(cases[i]))
                cases[i]->confirmed = true;
        return true;
    }
    err_within(&why, "confirm");
    if (!load_blames_record(&why))
        return (*err = why, false);
    if (n > 1) {
        for (size_t i = 0; i < count; i++)
            if (in_hand(cases[i]) && !confirm(flow, &cases[i], 1, err))
                return false;
        return true;
    }
    for (size_t i = 0; i < count; i++)
        if (in_hand(cases[i]) && to_confirm(cases[i]))
            order_held(flow, cases[i], &why);
    return true;
}

/* ---- history ---- */

static bool is_past(struct order_case *c)
{
    return json_flag(c->order, "history") && c->plan.action == ORDER_CONFIRM;
}

/* Confirming made transfers for goods that have left: none may stay, or stock would be reserved. */
static bool drop_transfers(struct order_flow *flow, struct order_case **cases, size_t count,
                           struct err *err)
{
    json_auto_t *ids = open_ids(cases, count, is_past), *rows = NULL, *answer = NULL;
    json_auto_t *pickings = json_array();
    const json_t *row;
    size_t i;

    if (json_array_size(ids) == 0)
        return true;
    if (!order_look(flow, ids, &rows, err))
        return false;
    json_array_foreach(rows, i, row) {
        const json_t *picking;
        size_t j;

        json_array_foreach(json_object_get(row, "picking_ids"), j, picking)
            if (strcmp(json_text_or(picking, "state", ""), "cancel") != 0)
                json_array_append(pickings, json_object_get(picking, "id"));
    }
    if (json_array_size(pickings) > 0 &&
        !records_do(flow->place.site->odoo, flow->place.http, "stock.picking", "action_cancel",
                    pickings, NULL, NULL, flow->place.class, &answer, &flow->place.odoo, err))
        return err_within(err, "cancel the transfers of orders of before");
    return true;
}

/* ---- the date ---- */

static bool wants_date(struct order_case *c)
{
    char date[WHEN_TEXT_MAX];
    when at = json_int_or(c->order, "processed_at", json_int_or(c->order, "created_at", 0));

    if (c->confirmed)
        return true;
    /* confirmed by an earlier run that did not come this far */
    return is_sale(c) && at != 0 &&
           strcmp(json_text_or(c->seen, "date_order", ""), when_odoo(at, date)) != 0;
}

static char *date_of(const struct order_case *c, char date[WHEN_TEXT_MAX])
{
    return when_odoo(json_int_or(c->order, "processed_at",
                                 json_int_or(c->order, "created_at", when_now())),
                     date);
}

static bool put_date_one(struct order_flow *flow, struct order_case *c, struct err *err)
{
    char date[WHEN_TEXT_MAX];
    json_auto_t *ids = json_pack("[I]", (json_int_t)c->odoo_id);
    json_auto_t *kwargs =
        json_pack("{s:{s:s}, s:{s:{}, s:{}, s:{}, s:{s:{s:{}}}}}", "vals", "date_order",
                  date_of(c, date), "specification", "name", "state", "date_order", "picking_ids",
                  "fields", "state");
    json_auto_t *rows = NULL;

    if (!records_do(flow->place.site->odoo, flow->place.http, "sale.order", "web_save", ids, kwargs,
                    NULL, flow->place.class, &rows, &flow->place.odoo, err))
        return err_within(err, "put the order's date back");
    if (c->seen != NULL && json_is_object(json_array_get(rows, 0)))
        json_object_update(c->seen, json_array_get(rows, 0));
    return true;
}

static bool put_dates(struct order_flow *flow, struct order_case **cases, size_t count,
                      struct err *err)
{
    json_auto_t *fields = json_pack("[ss]", ".id", "date_order"), *rows = json_array();
    json_auto_t *ids = NULL;
    char date[WHEN_TEXT_MAX], id[32];
    struct order_case *last = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!in_hand(cases[i]) || !wants_date(cases[i]))
            continue;
        last = cases[i];
        snprintf(id, sizeof id, "%" PRId64, last->odoo_id);
        json_array_append_new(rows, json_pack("[ss]", id, date_of(last, date)));
    }
    if (json_array_size(rows) == 0)
        return true;
    if (json_array_size(rows) == 1)
        return put_date_one(flow, last, err);
    if (!records_load(flow->place.site->odoo, flow->place.http, "sale.order", fields, rows, NULL,
                      flow->place.class, &ids, &flow->place.odoo, err))
        return err_within(err, "put the orders' dates back");
    return true;
}

/* ---- all of it ---- */

static void close_all(struct order_flow *flow, struct order_case **cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct order_case *c = cases[i];
        const char *name = json_text_or(c->seen, "name", "?");

        if (!in_hand(c))
            continue;
        if (is_sale(c))
            c->confirmed = true;
        if (!c->confirmed && c->plan.action == ORDER_CONFIRM) {
            order_held_unknown(flow, c);
            continue;
        }
        if (c->confirmed)
            order_done(flow, c, "confirmed", "%s in Odoo, confirmed: %s", name, c->plan.reason);
        else
            order_done(flow, c, "quotation", "%s in Odoo as quotation: %s", name, c->plan.reason);
    }
}

void order_create(struct order_flow *flow, struct order_case **cases, size_t count)
{
    struct err err = { 0 };

    if (load_all(flow, cases, count, &err) && look_all(flow, cases, count, &err) &&
        confirm(flow, cases, count, &err) && drop_transfers(flow, cases, count, &err) &&
        put_dates(flow, cases, count, &err)) {
        close_all(flow, cases, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (order_case_open(cases[i]))
            order_failed(flow, cases[i], &err);
}
