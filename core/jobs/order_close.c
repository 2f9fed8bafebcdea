/*
 * How an order's job ends, and what is written down with it in the same commit: the pair with
 * what both sides now hold, the timeline, the mappings it used or lacked, the figures.
 */
#include "jobs/order.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "store/history.h"
#include "store/mappings.h"
#include "store/metrics.h"
#include "sync/product.h"

#define EVENTS_MAX 12
#define NEEDS_MAX 32

/* Everything the change needs, free of the case, which is gone when it runs. */
struct closing {
    int64_t backend, job;
    char record[STORE_RECORD_MAX];
    when started; /* the delivery's arrival, for the latency; 0: not measured */
    bool write_pair;
    struct pair pair;
    char *agreed;
    char keys[4][PAIR_KEY_MAX];
    int key_count;
    int64_t odoo_calls; /* of the whole batch, in one of its closings */
    const char *counter; /* "orders.confirmed"; NULL: none */
    char headline[HISTORY_TEXT_MAX];
    struct {
        char what[24];
        char text[FINDING_TEXT_MAX];
    } events[EVENTS_MAX];
    size_t event_count;
    struct {
        char kind[24], key[TEXT_KEY_MAX];
        char value[32], label[96]; /* found by rule: what it means in Odoo; "" if not */
        bool lacking;
    } needs[NEEDS_MAX];
    size_t need_count;
};

static void closing_free(void *ctx)
{
    struct closing *closing = ctx;

    free(closing->agreed);
    free(closing);
}

static bool write_mappings(struct db *db, const struct closing *c, struct err *err)
{
    for (size_t i = 0; i < c->need_count; i++) {
        const char *kind = c->needs[i].kind, *key = c->needs[i].key;

        if (c->needs[i].lacking && !mappings_need(db, c->backend, kind, key, key, err))
            return false;
        if (c->needs[i].value[0] != '\0' &&
            !mappings_auto(db, c->backend, kind, key, key, c->needs[i].value, c->needs[i].label,
                           err))
            return false;
        if (!mappings_used(db, c->backend, kind, key, 1, err))
            return false;
    }
    return true;
}

static bool close_change(struct db *db, void *ctx, struct err *err)
{
    struct closing *c = ctx;
    when now = when_now();

    if (c->write_pair) {
        const char *keys[4] = { c->keys[0], c->keys[1], c->keys[2], c->keys[3] };

        if (!pairs_put(db, &c->pair, c->agreed, keys, c->key_count, err))
            return err_within(err, "remember the order");
    }
    for (size_t i = 0; i < c->event_count; i++)
        if (!history_add(db, c->backend, c->record, c->events[i].what, c->job, NULL,
                         c->events[i].text, err))
            return false;
    if (!write_mappings(db, c, err))
        return false;
    if (c->headline[0] != '\0' && !activity_add(db, LOG_INFO, NULL, c->job, c->headline, err))
        return false;
    if (c->odoo_calls > 0 && !metrics_add(db, c->backend, "odoo.calls", now, c->odoo_calls, err))
        return false;
    if (c->counter != NULL && !metrics_add(db, c->backend, c->counter, now, 1, err))
        return false;
    return c->started == 0 ||
           metrics_latency(db, c->backend, "orders", now, now - c->started, err);
}

void order_count(struct order_flow *flow)
{
    if (flow->last != NULL)
        flow->last->odoo_calls = flow->place.odoo.calls;
}

static void event(struct closing *c, const char *what, const char *text)
{
    if (c->event_count == EVENTS_MAX)
        return;
    str_copy(c->events[c->event_count].what, sizeof c->events[0].what, what);
    str_copy(c->events[c->event_count].text, sizeof c->events[0].text, text);
    c->event_count++;
}

/* Index of the row for it; NEEDS_MAX: no room. */
static size_t need(struct closing *c, const char *kind, const char *key, bool lacking)
{
    size_t n = c->need_count;
    char cut[TEXT_KEY_MAX];

    key = text_key(cut, key);
    for (size_t i = 0; i < n; i++)
        if (strcmp(c->needs[i].kind, kind) == 0 && strcmp(c->needs[i].key, key) == 0)
            return i;
    if (n == NEEDS_MAX)
        return NEEDS_MAX;
    str_copy(c->needs[n].kind, sizeof c->needs[0].kind, kind);
    str_copy(c->needs[n].key, sizeof c->needs[0].key, key);
    c->needs[n].lacking = lacking;
    c->need_count++;
    return n;
}

/* A tax "8.1|CH|incl" that no person mapped, matched by rule: the row says to which. */
static void matched_tax(struct closing *c, const struct reference *r, const char *key)
{
    size_t n = need(c, "tax", key, false);
    char rate[32], country[8];
    const char *bar = strchr(key, '|'), *second = bar != NULL ? strchr(bar + 1, '|') : NULL;
    struct tax tax;
    bool included;

    if (n == NEEDS_MAX || second == NULL || reference_mapping(r, "tax", key) != NULL)
        return;
    snprintf(rate, sizeof rate, "%.*s", (int)(bar - key), key);
    snprintf(country, sizeof country, "%.*s", (int)(second - bar - 1), bar + 1);
    included = strcmp(second + 1, "incl") == 0;
    if (reference_taxes(r, rate, country, included, &tax) != 1 &&
        reference_taxes(r, rate, "", included, &tax) != 1)
        return;
    snprintf(c->needs[n].value, sizeof c->needs[n].value, "%" PRId64, tax.id);
    str_copy(c->needs[n].label, sizeof c->needs[n].label, tax.name);
}

/* A gateway that nobody mapped waits for the money, as is the rule. */
static void seen_gateway(struct closing *c, const struct reference *r, const char *name)
{
    size_t n = need(c, "gateway", name, false);

    if (n == NEEDS_MAX || reference_mapping(r, "gateway", name) != NULL)
        return;
    str_copy(c->needs[n].value, sizeof c->needs[n].value, "wait");
    str_copy(c->needs[n].label, sizeof c->needs[n].label, "confirms when paid");
}

/* Things of the kinds that are mapped: a finding about one means that its row is missing. */
static bool mappable(const char *thing, char kind[24], const char **key)
{
    static const char *const kinds[] = { "tax", "carrier", "gateway", "state", "product" };
    const char *colon = strchr(thing, ':');

    if (colon == NULL)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strlen(kinds[i]) == (size_t)(colon - thing) &&
            strncmp(thing, kinds[i], (size_t)(colon - thing)) == 0) {
            str_copy(kind, 24, kinds[i]);
            *key = colon + 1;
            return true;
        }
    if (product_is_key(thing)) {
        str_copy(kind, 24, "product");
        *key = thing;
        return true;
    }
    return false;
}

static void findings_events(struct closing *closing, const struct order_case *c)
{
    char kind[24];
    const char *key;

    for (size_t i = 0; i < c->findings.count; i++) {
        const struct finding *f = &c->findings.list[i];

        event(closing, finding_level_name(f->level), f->text);
        if (f->level != FINDING_NOTE && mappable(f->thing, kind, &key))
            need(closing, kind, key, true);
    }
}

static void used_mappings(struct order_flow *flow, struct closing *closing,
                          const struct order_case *c)
{
    const struct reference *r = flow->place.picture->reference;
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(c->needs, "taxes"), i, row)
        matched_tax(closing, r, json_string_value(row));
    json_array_foreach(json_object_get(c->needs, "carriers"), i, row)
        need(closing, "carrier", json_string_value(row), false);
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

static void add_key(struct closing *closing, const char *key)
{
    if (key != NULL && key[0] != '\0' && closing->key_count < 4)
        str_copy(closing->keys[closing->key_count++], PAIR_KEY_MAX, key);
}

static void fill_pair(struct order_flow *flow, struct closing *closing, const struct order_case *c,
                      const char *state, bool held)
{
    struct pair *pair = &closing->pair;
    char number[32];

    *pair = c->pair;
    pair->backend = flow->batch->backend;
    str_copy(pair->kind, sizeof pair->kind, "order");
    str_copy(pair->odoo_model, sizeof pair->odoo_model, "sale.order");
    pair->shopify_id = c->id;
    pair->odoo_id = c->odoo_id;
    pair->shopify_at = json_int_or(c->order, "updated_at", 0);
    pair->odoo_at = when_now();
    str_copy(pair->title, sizeof pair->title, json_text_or(c->order, "name", ""));
    str_copy(pair->state, sizeof pair->state, state);
    pair->flags &= ~(unsigned)(PAIR_HELD | PAIR_PLACEHOLDER);
    if (c->confirmed) /* what a person let go on has gone on: the next hold is another one */
        pair->flags &= ~(unsigned)PAIR_RELEASED;
    pair->flags |= (held ? PAIR_HELD : 0u) | (c->placeholder ? PAIR_PLACEHOLDER : 0u);
    add_key(closing, json_text(c->order, "name"));
    snprintf(number, sizeof number, "%" PRId64, json_int_or(c->order, "number", 0));
    add_key(closing, number);
    add_key(closing, json_text(c->order, "email"));
    add_key(closing, json_text(c->seen, "name"));
    if (c->odoo_id != 0)
        closing->agreed = agreed_text(c, held);
    closing->write_pair = c->odoo_id == 0 || closing->agreed != NULL;
}

static struct closing *closing_new(struct order_flow *flow, const struct order_case *c)
{
    struct closing *closing = calloc(1, sizeof *closing);

    if (closing == NULL)
        return NULL; /* the job ends all the same; it is seen as no change next time */
    closing->backend = flow->batch->backend;
    closing->job = c->job->job.id;
    str_copy(closing->record, sizeof closing->record, c->job->job.record);
    return closing;
}

static const char *order_name(const struct order_case *c)
{
    return json_text_or(c->order, "name", c->job->job.title);
}

void order_done(struct order_flow *flow, struct order_case *c, const char *what, const char *fmt,
                ...)
{
    struct closing *closing = closing_new(flow, c);
    char text[FINDING_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c->ended = true;
    batch_done(c->job);
    if (closing == NULL)
        return;
    findings_events(closing, c);
    event(closing, what, text);
    if ((c->odoo_id != 0 || c->skipped) && c->order != NULL)
        fill_pair(flow, closing, c, what, false);
    if (c->needs != NULL)
        used_mappings(flow, closing, c);
    if (c->confirmed && c->pair.odoo_id == 0) {
        closing->counter = "orders.confirmed";
        closing->started = c->job->job.created;
    }
    snprintf(closing->headline, sizeof closing->headline, "%s: %s", order_name(c), text);
    flow->last = closing;
    batch_change(c->job, close_change, closing, closing_free);
}

void order_held(struct order_flow *flow, struct order_case *c, const struct err *err)
{
    struct closing *closing = closing_new(flow, c);

    c->ended = true;
    batch_park(c->job, err);
    if (closing == NULL)
        return;
    findings_events(closing, c);
    event(closing, "held", err->text);
    if (c->odoo_id != 0 && c->order != NULL)
        fill_pair(flow, closing, c, "held", true);
    if (c->needs != NULL)
        used_mappings(flow, closing, c);
    closing->counter = "orders.held";
    snprintf(closing->headline, sizeof closing->headline, "%s held: %.300s", order_name(c),
             err->text);
    flow->last = closing;
    batch_change(c->job, close_change, closing, closing_free);
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
    struct closing *closing = closing_new(flow, c);

    c->ended = true;
    batch_failed(c->job, err);
    batch_talk(c->job, flow->place.odoo.request.data, flow->place.odoo.response.data, NULL);
    if (closing == NULL)
        return;
    if (err->kind == ERR_BUSY || err->kind == ERR_LIMITED || err->kind == ERR_UNSURE) {
        closing_free(closing); /* it goes on by itself: the attempt says enough */
        return;
    }
    findings_events(closing, c);
    event(closing, err_name(err->kind), err->text);
    if (err->thing[0] != '\0') {
        char kind[24];
        const char *key;

        if (mappable(err->thing, kind, &key))
            need(closing, kind, key, true);
    }
    flow->last = closing;
    batch_change(c->job, close_change, closing, closing_free);
}
