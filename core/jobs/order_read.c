#include "jobs/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "shopify/reads.h"
#include "store/jobs.h"
#include "sync/order.h"
#include "sync/order_needs.h"

/* Is this body the order itself, or only a hint that something happened to it? */
static bool whole(const json_t *payload)
{
    return json_at(payload, "id") != NULL && json_is_array(json_at(payload, "line_items")) &&
           json_text(payload, "financial_status") != NULL;
}

/* The order as the delivery told it; else read anew, as edited and synced-by-hand ones are. */
static bool read_order(struct order_flow *flow, struct order_case *c, struct err *err)
{
    struct workshop_place *place = &flow->place;
    const struct reference *r = place->picture->reference;
    struct err gone = { 0 };
    size_t len = 0;
    char *text = jobs_payload(flow->batch->db, c->job->job.id, &len, &gone);
    json_auto_t *fetched = NULL;

    if (text == NULL && gone.kind != ERR_MISSING)
        return (*err = gone, false);
    if (text != NULL && len > 0) {
        json_auto_t *payload = json_read(text, len, "webhook body", err);

        free(text);
        if (payload == NULL)
            return false;
        if (whole(payload))
            c->order = order_from_webhook(payload, r, &c->findings, err);
        if (whole(payload))
            return c->order != NULL;
    } else
        free(text);

    if (!orders_fetch(place->site->shop, place->http, c->id, PACE_ORDERS, &fetched,
                      &place->shopify, err)) {
        workshop_count(place->workshop, 0, 1);
        batch_talk(c->job, place->shopify.request.data, place->shopify.response.data,
                   place->shopify.request_id);
        return err_within(err, "read the order from Shopify");
    }
    workshop_count(place->workshop, 0, 1);
    batch_talk(c->job, NULL, NULL, place->shopify.request_id);
    c->order = order_from_graphql(fetched, r, &c->findings, err);
    return c->order != NULL;
}

static bool read_pair(struct order_flow *flow, struct order_case *c, struct err *err)
{
    char *agreed = NULL;
    bool found = false;

    if (!pairs_by_shopify(flow->batch->db, flow->batch->backend, "order", c->id, &c->pair, &agreed,
                          &found, err))
        return false;
    if (!found)
        memset(&c->pair, 0, sizeof c->pair);
    if (agreed != NULL)
        c->agreed = json_read(agreed, strlen(agreed), "what was agreed", err);
    else if (found && c->pair.odoo_id != 0)
        err_set(err, ERR_BUG, "the order is paired but nothing is remembered of it");
    free(agreed);
    return !found || c->pair.odoo_id == 0 || c->agreed != NULL;
}

bool order_read(struct order_flow *flow, struct order_case *c)
{
    struct err err = { 0 };
    bool known;

    findings_init(&c->findings);
    c->id = order_record_id(c->job->job.record);
    if (c->id == 0) {
        err_set(&err, ERR_INVALID, "the delivery names no order");
        return (order_failed(flow, c, &err), false);
    }
    if (!read_order(flow, c, &err) || !read_pair(flow, c, &err))
        return (order_failed(flow, c, &err), false);

    known = c->pair.odoo_id != 0;
    if (known && json_int_or(c->order, "updated_at", 0) < c->pair.shopify_at)
        return (order_done(flow, c, "older", "older than what is known: nothing changed"), false);
    c->plan = order_plan(c->order, known, (c->pair.flags & PAIR_RELEASED) != 0,
                         flow->place.picture->reference);
    if (!known && (c->plan.action == ORDER_SKIP || c->plan.action == ORDER_CANCEL))
        return (order_done(flow, c, "skipped", "%s", c->plan.reason), false);
    c->needs = order_needs(c->order, flow->place.site->key, flow->place.picture->reference);
    if (c->needs == NULL) {
        err_set(&err, ERR_BUSY, "no memory");
        return (order_failed(flow, c, &err), false);
    }
    return true;
}
