#include "jobs/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "odoo/records.h"
#include "shopify/places.h"
#include "shopify/reads.h"
#include "store/jobs.h"
#include "sync/level.h"
#include "sync/order.h"
#include "sync/order_needs.h"
#include "sync/order_price.h"
#include "sync/order_to_odoo.h"

#define SETTLES_IN (WHEN_MINUTE)     /* so long Shopify may work on an order it changed */
#define LOOK_AGAIN (5 * WHEN_SECOND) /* meanwhile */

/* Is this body the order itself, or only a hint that something happened to it? */
static bool whole(const json_t *payload)
{
    return json_at(payload, "id") != NULL && json_is_array(json_at(payload, "line_items")) &&
           json_text(payload, "financial_status") != NULL;
}

/* The node of order_by_id, as an import reads it. */
static bool is_node(const json_t *payload)
{
    return json_is_array(json_at(payload, "lineItems.nodes"));
}

static const struct reference *reference(const struct order_flow *flow)
{
    return flow->place.picture->reference;
}

/* The order as the delivery told it; c->order stays NULL when it told only of the order. */
static bool read_body(struct order_flow *flow, struct order_case *c, struct err *err)
{
    struct err gone = { 0 };
    size_t len = 0;
    char *text = jobs_payload(flow->batch->db, c->job->job.id, &len, &gone);

    if (text == NULL && gone.kind != ERR_MISSING)
        return (*err = gone, false);
    if (text == NULL || len == 0) {
        free(text);
        return true;
    }
    json_auto_t *payload = json_read(text, len, "webhook body", err);

    free(text);
    if (payload == NULL)
        return false;
    if (is_node(payload))
        c->order = order_from_graphql(payload, reference(flow), &c->findings, err);
    else if (whole(payload))
        c->order = order_from_webhook(payload, reference(flow), &c->findings, err);
    else
        return true;
    return c->order != NULL;
}

/* An import's jobs are in its lane; what a live delivery was first is shipped by us. */
static void mark_history(struct order_case *c)
{
    order_history(c->order, json_object_get(c->agreed, "order"),
                  c->pair.id == 0 && strcmp(c->job->job.lane, "import") == 0);
}

/* The order as Shopify has it now. */
static bool fetch(struct order_flow *flow, struct order_case *c, struct err *err)
{
    struct workshop_place *place = &flow->place;
    json_auto_t *fetched = NULL;
    struct shop *shop = workshop_shop(place, err);
    bool ok;

    if (shop == NULL)
        return err_within(err, "read the order from Shopify");
    ok = orders_fetch(shop, place->http, c->id, place->class, &fetched, &place->shopify, err);
    workshop_asked(place, ok, err);
    workshop_count(place->workshop, 0, 1);
    if (!ok) {
        batch_talk(c->job, place->shopify.request.data, place->shopify.response.data,
                   place->shopify.request_id);
        return err_within(err, "read the order from Shopify");
    }
    batch_talk(c->job, NULL, NULL, place->shopify.request_id);
    findings_init(&c->findings);
    json_decref(c->order);
    c->order = NULL;
    c->order = order_from_graphql(fetched, reference(flow), &c->findings, err);
    if (c->order == NULL)
        return false;
    mark_history(c);
    if (json_at(c->order, "terms") == NULL && json_at(c->agreed, "order.terms") != NULL)
        json_object_set(c->order, "terms", (json_t *)(uintptr_t)json_at(c->agreed, "order.terms"));
    return true;
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

/* What is wrong with a delivery that names no order. */
static void nameless(struct order_flow *flow, struct order_case *c, struct err *err)
{
    if (!read_body(flow, c, err))
        return;
    err_set(err, ERR_INVALID, "the delivery names no order");
}

static when updated(const struct order_case *c)
{
    return json_int_or(c->order, "updated_at", 0);
}

/*
 * A delivery does not tell enough when its numbers contradict each other, or when it says of the
 * second that we know something else of: times have seconds, and deliveries no order.
 */
static bool doubtful(const struct order_flow *flow, const struct order_case *c)
{
    const json_t *agreed = json_object_get(c->agreed, "order");

    if (!order_settled(c->order, reference(flow)))
        return true;
    return c->pair.id != 0 && updated(c) == c->pair.shopify_at &&
           (agreed == NULL || !json_equal(agreed, c->order));
}

/* A delivery tells the id of its place alone: its name is what was agreed. */
static void keep_place(struct order_case *c)
{
    const json_t *agreed = json_object_get(c->agreed, "order");

    if (json_text(c->order, "location") == NULL && json_text(agreed, "location") != NULL &&
        json_int_or(agreed, "location_id", 0) == json_int_or(c->order, "location_id", 0))
        json_object_set(c->order, "location", json_object_get(agreed, "location"));
}

/* Or else it is asked for, where it may decide of a new order's warehouse. */
static bool name_place(struct order_flow *flow, struct order_case *c, struct err *err)
{
    struct workshop_place *place = &flow->place;
    char name[PLACE_NAME_MAX];
    struct shop *shop;
    bool asked, ok;

    if (c->pair.odoo_id != 0 || !level_location_wants_name(c->order, reference(flow)))
        return true;
    shop = workshop_shop(place, err);
    if (shop == NULL)
        return err_within(err, "read the shop's places");
    ok = place_name(shop, place->http, json_int_or(c->order, "location_id", 0), place->class, name,
                    &asked, &place->shopify, err);
    if (asked) {
        workshop_asked(place, ok, err);
        workshop_count(place->workshop, 0, 1);
    }
    if (!ok)
        return err_within(err, "read the shop's places");
    if (name[0] != '\0')
        json_object_set_new(c->order, "location", json_string(name));
    return true;
}

/* False: err, or the case has its end. */
static bool read_order(struct order_flow *flow, struct order_case *c, struct err *err)
{
    when age;

    if (!read_body(flow, c, err) || !read_pair(flow, c, err))
        return false;
    if (c->order != NULL) {
        mark_history(c);
        keep_place(c);
    }
    if ((c->order == NULL || doubtful(flow, c)) && !fetch(flow, c, err))
        return false;
    age = when_now() - updated(c);
    if (age >= SETTLES_IN || age <= -SETTLES_IN || order_settled(c->order, reference(flow)))
        return name_place(flow, c, err);
    c->ended = true;
    batch_again(c->job, when_now() + LOOK_AGAIN);
    return false;
}

static void decide(struct order_flow *flow, struct order_case *c)
{
    c->plan = order_plan(c->order, c->odoo_id != 0, (c->pair.flags & PAIR_RELEASED) != 0,
                         reference(flow));
}

/* An earlier run may have made it before it was cancelled, and not have come to its end. */
static bool look_for_it(struct order_flow *flow, struct order_case *c, struct err *err)
{
    char xmlid[160], id[32];

    snprintf(id, sizeof id, "%lld", (long long)c->id);
    if (!plan_xmlid(xmlid, sizeof xmlid, flow->place.site->key, "order", id))
        return err_set(err, ERR_BUG, "the shop's key is too long");
    if (!records_find(flow->place.site->odoo, flow->place.http, "sale.order", xmlid, flow->place.class,
                      &c->odoo_id, &flow->place.odoo, err))
        return false;
    c->stray = c->odoo_id != 0;
    return true;
}

bool order_read(struct order_flow *flow, struct order_case *c)
{
    struct err err = { 0 };

    findings_init(&c->findings);
    c->id = jobs_record_id(c->job->job.record, "order:");
    if (c->id == 0) {
        nameless(flow, c, &err);
        return (order_failed(flow, c, &err), false);
    }
    if (!read_order(flow, c, &err)) {
        if (!c->ended)
            order_failed(flow, c, &err);
        return false;
    }
    if (c->pair.id != 0 && updated(c) < c->pair.shopify_at)
        return (order_done(flow, c, "older", "older than what is known: nothing changed"), false);
    c->odoo_id = c->pair.odoo_id;
    decide(flow, c);
    if (c->odoo_id == 0 && c->plan.action == ORDER_SKIP && !json_flag(c->order, "test")) {
        if (!look_for_it(flow, c, &err))
            return (order_failed(flow, c, &err), false);
        decide(flow, c);
    }
    if (c->odoo_id == 0 && c->plan.action == ORDER_SKIP) {
        c->skipped = true;
        return (order_done(flow, c, "skipped", "%s", c->plan.reason), false);
    }
    c->needs = order_needs(c->order, flow->place.site->key, reference(flow));
    if (c->needs == NULL) {
        err_set(&err, ERR_BUSY, "no memory");
        return (order_failed(flow, c, &err), false);
    }
    return true;
}
