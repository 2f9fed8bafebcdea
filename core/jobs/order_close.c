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

/* A tax "8.1|CH|incl" that no person mapped, matched by rule: the row says to which. */
static void matched_tax(struct closing *c, const struct reference *r, const char *key)
{
    char rate[32], country[8], value[32], title[96];
    const char *bar = strchr(key, '|'), *second = bar != NULL ? strchr(bar + 1, '|') : NULL;
    struct tax tax;
    bool included;

    closing_need(c, "tax", key, false);
    if (second == NULL)
        return;
    snprintf(rate, sizeof rate, "%.*s", (int)(bar - key), key);
    snprintf(country, sizeof country, "%.*s", (int)(second - bar - 1), bar + 1);
    included = strcmp(second + 1, "incl") == 0;
    snprintf(title, sizeof title, "%s %% %s, %s", rate, country, included ? "included" : "on top");
    closing_title(c, "tax", key, title);
    if (reference_mapping(r, "tax", key) != NULL)
        return;
    if (reference_taxes(r, rate, country, included, &tax) != 1 &&
        reference_taxes(r, rate, "", included, &tax) != 1)
        return;
    snprintf(value, sizeof value, "%" PRId64, tax.id);
    closing_matched(c, "tax", key, value, tax.name);
}

/* Payment terms that Odoo has under the same name; others are to be mapped. */
static void matched_terms(struct closing *c, const struct reference *r, const char *terms)
{
    int64_t id = reference_terms(r, terms);
    char value[32];

    closing_need(c, "terms", terms, id == 0);
    if (id == 0 || reference_mapping(r, "terms", terms) != NULL)
        return;
    snprintf(value, sizeof value, "%" PRId64, id);
    closing_matched(c, "terms", terms, value, terms);
}

/* A state that nobody mapped does what is the rule; one without rule is to be mapped. */
static void seen_state(struct closing *c, const struct reference *r, const char *what,
                       const char *state, const char *rule, const char *label)
{
    char title[96];

    if (*state == '\0')
        return;
    snprintf(title, sizeof title, "%s: %.60s", what, state);
    closing_need(c, "state", state, rule == NULL);
    closing_title(c, "state", state, title);
    if (rule == NULL || reference_mapping(r, "state", state) != NULL)
        return;
    closing_matched(c, "state", state, rule, label != NULL ? label : rule);
}

static void used_states(struct closing *c, const struct reference *r, const json_t *order)
{
    const char *payment = json_text_or(order, "financial", "");

    seen_state(c, r, "payment", payment, order_plan_rule(payment), NULL);
    seen_state(c, r, "fulfilment", json_text_or(order, "fulfillment", ""), "payment",
               "as the payment says");
}

/* A gateway that nobody mapped waits for the money, as is the rule. */
static void seen_gateway(struct closing *c, const struct reference *r, const char *name)
{
    closing_need(c, "gateway", name, false);
    if (reference_mapping(r, "gateway", name) == NULL)
        closing_matched(c, "gateway", name, "wait", "confirms when paid");
}

static void used_mappings(struct order_flow *flow, struct closing *closing,
                          const struct order_case *c)
{
    const struct reference *r = flow->place.picture->reference;
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(c->needs, "taxes"), i, row)
        matched_tax(closing, r, json_string_value(row));
    used_states(closing, r, c->order);
    if (json_text(c->order, "terms") != NULL)
        matched_terms(closing, r, json_text(c->order, "terms"));
    json_array_foreach(json_object_get(c->needs, "carriers"), i, row)
        closing_need(closing, "carrier", json_string_value(row), false);
    json_array_foreach(json_object_get(c->order, "gateways"), i, row)
        if (json_is_string(row) && json_string_length(row) > 0)
            seen_gateway(closing, r, json_string_value(row));
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
