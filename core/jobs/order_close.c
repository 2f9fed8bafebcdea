/*
 * How an order's job ends, and what is written down with it (closing.h).
 */
#include "jobs/order.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/closing.h"
#include "sync/product.h"

void order_count(struct order_flow *flow)
{
    closing_calls(flow->last, flow->place.odoo.calls);
}

static void used_mappings(struct order_flow *flow, struct closing *closing,
                          const struct order_case *c)
{
    json_auto_t *uses = order_uses(c->order, c->needs, flow->place.picture->reference);

    closing_uses(closing, uses);
}

/*
 * What both sides hold now, with the ids of Odoo's lines beside ours. What is held did not come
 * to that: the order that was agreed before stays it.
 */
static char *agreed_text(const struct order_case *c, bool held)
{
    const json_t *before = json_object_get(c->agreed, "order");
    const json_t *source = c->load != NULL ? c->load : c->agreed;
    json_auto_t *lines = json_deep_copy(json_object_get(source, "lines"));
    const json_t *seen = json_object_get(c->seen, "order_line");
    json_auto_t *agreed = NULL;

    if (c->load != NULL && json_array_size(seen) == json_array_size(lines)) /* else: order_follow */
        for (size_t i = 0; i < json_array_size(lines); i++)
            json_object_set(json_array_get(lines, i), "id",
                            json_object_get(json_array_get(seen, i), "id"));
    agreed = json_pack("{s:O, s:O?, s:O?}", "order", held && before != NULL ? before : c->order,
                       "lines", lines, "expect", json_object_get(source, "expect"));
    return agreed != NULL ? json_write(agreed) : NULL;
}

static void fill_pair(struct order_flow *flow, struct closing *closing, const struct order_case *c,
                      const char *state, bool held)
{
    struct pair pair = c->pair;
    char number[32], *agreed = c->odoo_id != 0 ? agreed_text(c, held) : NULL;

    pair.backend = flow->batch->backend;
    str_copy(pair.kind, sizeof pair.kind, "order");
    str_copy(pair.odoo_model, sizeof pair.odoo_model, "sale.order");
    pair.shopify_id = c->id;
    pair.odoo_id = c->odoo_id;
    pair.shopify_at = json_int_or(c->order, "updated_at", 0);
    pair.odoo_at = when_now();
    str_copy(pair.title, sizeof pair.title, json_text_or(c->order, "name", ""));
    str_copy(pair.state, sizeof pair.state, state);
    pair.flags &= ~(unsigned)(PAIR_HELD | PAIR_PLACEHOLDER);
    if (c->confirmed) /* what a person let go on has gone on: the next hold is another one */
        pair.flags &= ~(unsigned)PAIR_RELEASED;
    pair.flags |= (held ? PAIR_HELD : 0u) | (c->placeholder ? PAIR_PLACEHOLDER : 0u);
    closing_key(closing, json_text(c->order, "name"));
    snprintf(number, sizeof number, "%" PRId64, json_int_or(c->order, "number", 0));
    closing_key(closing, number);
    closing_key(closing, json_text(c->order, "email"));
    closing_key(closing, json_text(c->seen, "name"));
    if (c->odoo_id == 0 || agreed != NULL)
        closing_pair(closing, &pair, agreed);
}

static const char *order_name(const struct order_case *c)
{
    return json_text_or(c->order, "name", c->job->job.title);
}

void order_done(struct order_flow *flow, struct order_case *c, const char *what, const char *fmt,
                ...)
{
    struct closing *closing = closing_new(flow->batch->backend, c->job);
    char text[FINDING_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c->ended = true;
    batch_done(c->job);
    closing_findings(closing, &c->findings);
    closing_event(closing, what, text);
    if ((c->odoo_id != 0 || c->skipped) && c->order != NULL)
        fill_pair(flow, closing, c, what, false);
    if (c->needs != NULL)
        used_mappings(flow, closing, c);
    if (c->confirmed && c->pair.odoo_id == 0) {
        closing_counter(closing, "orders.confirmed");
        if (strcmp(c->job->job.lane, "import") != 0) /* those of earlier years are in no hurry */
            closing_latency(closing, "orders", c->job->job.created);
    }
    closing_headline(closing, "%s: %s", order_name(c), text);
    flow->last = closing;
    closing_send(c->job, closing);
}

void order_held(struct order_flow *flow, struct order_case *c, const struct err *err)
{
    struct closing *closing = closing_new(flow->batch->backend, c->job);

    c->ended = true;
    batch_park(c->job, err);
    closing_findings(closing, &c->findings);
    closing_event(closing, "held", err->text);
    if (c->odoo_id != 0 && c->order != NULL)
        fill_pair(flow, closing, c, "held", true);
    if (c->needs != NULL)
        used_mappings(flow, closing, c);
    closing_counter(closing, "orders.held");
    closing_headline(closing, "%s held: %.300s", order_name(c), err->text);
    flow->last = closing;
    closing_send(c->job, closing);
}

void order_held_unknown(struct order_flow *flow, struct order_case *c)
{
    struct err err = { 0 };

    err_set(&err, ERR_MISSING, "a product is not in Odoo: the order waits as a quotation");
    for (size_t i = 0; i < c->findings.count; i++) {
        const char *thing = c->findings.list[i].thing;

        if (product_is_key(thing)) {
            err_set(&err, ERR_MISSING, "%s: the order waits as a quotation",
                    c->findings.list[i].text);
            str_copy(err.thing, sizeof err.thing, thing);
            break;
        }
    }
    order_held(flow, c, &err);
}

void order_failed(struct order_flow *flow, struct order_case *c, const struct err *err)
{
    struct closing *closing;

    c->ended = true;
    batch_failed(c->job, err);
    batch_talk(c->job, flow->place.odoo.request.data, flow->place.odoo.response.data, NULL);
    if (err->kind == ERR_BUSY || err->kind == ERR_LIMITED || err->kind == ERR_UNSURE)
        return; /* it goes on by itself: the attempt says enough */
    closing = closing_new(flow->batch->backend, c->job);
    closing_findings(closing, &c->findings);
    closing_event(closing, err_name(err->kind), err->text);
    closing_thing(closing, err->thing);
    flow->last = closing;
    closing_send(c->job, closing);
}
