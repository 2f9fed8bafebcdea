#include "jobs/stock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/closing.h"
#include "jobs/uses.h"
#include "odoo/reference.h"
#include "shopify/reads.h"
#include "store/jobs.h"

void stock_case_clear(struct stock_case *c)
{
    json_decref(c->level);
    json_decref(c->quants);
}

static bool flow_open(struct stock_flow *flow, struct workshop_place *place, struct db *db,
                      struct store *store, size_t count, struct err *err)
{
    *flow = (struct stock_flow){ .place = place, .db = db, .store = store };
    flow->cases = calloc(count + 1, sizeof *flow->cases);
    if (flow->cases == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    flow->count = count;
    for (size_t i = 0; i < count; i++)
        findings_init(&flow->cases[i].findings);
    flow->fields = odoo_reference_fields(place->site->cache, place->http, "product.product",
                                         &place->odoo, err);
    return flow->fields != NULL;
}

static void flow_close(struct stock_flow *flow)
{
    for (size_t i = 0; i < flow->count; i++)
        stock_case_clear(&flow->cases[i]);
    free(flow->cases);
    json_decref(flow->fields);
}

/* ---- ends ---- */

/* What it uses of what is mapped: its place. why: of its end, NONE if it went well. */
static json_t *uses_of(struct stock_flow *flow, const struct stock_case *c, const struct err *why)
{
    const struct reference *r = flow->place->picture->reference;
    json_t *uses = json_array(), *row;
    char key[LEVEL_KEY_MAX];

    if (c->level == NULL)
        return uses;
    level_location_key(c->level, r, key);
    if (c->left[0] != '\0' && reference_mapping(r, "location", key) == NULL)
        return uses; /* left alone wherever it is: nobody need map its place */
    row = uses_add(uses, "location", key, str_starts(why->thing, "location:"));
    if (json_text(c->level, "location") != NULL)
        uses_title(row, json_text(c->level, "location"));
    return uses;
}

void stock_failed(struct stock_flow *flow, struct stock_case *c, const struct err *err)
{
    json_auto_t *uses = NULL;
    struct closing *closing;

    c->ended = true;
    c->why = *err;
    if (c->job == NULL)
        return;
    batch_failed(c->job, err);
    batch_talk(c->job, flow->place->odoo.request.data, flow->place->odoo.response.data, NULL);
    if (err->kind == ERR_BUSY || err->kind == ERR_LIMITED || err->kind == ERR_UNSURE)
        return; /* it goes on by itself: the attempt says enough */
    closing = closing_new(flow->place->site->id, c->job);
    closing_findings(closing, &c->findings);
    closing_event(closing, err_name(err->kind), err->text);
    closing_thing(closing, err->thing);
    uses = str_starts(err->thing, "location:") ? uses_of(flow, c, err) : NULL;
    closing_uses(closing, uses);
    closing_send(c->job, closing);
}

/* What became of it, in a sentence. */
static const char *outcome(struct stock_flow *flow, const struct stock_case *c,
                           char text[FINDING_TEXT_MAX])
{
    const char *where = reference_location_name(flow->place->picture->reference, c->place);

    if (c->left[0] != '\0') {
        str_copy(text, FINDING_TEXT_MAX, c->left);
        return "left";
    }
    if (c->set)
        snprintf(text, FINDING_TEXT_MAX, "%" PRId64 " on hand at %.120s, %.15g before",
                 c->plan.on_hand, where, c->before);
    else
        snprintf(text, FINDING_TEXT_MAX, "%" PRId64 " on hand at %.120s already", c->plan.on_hand,
                 where);
    return c->set ? "set" : "same";
}

static void title_of(const struct stock_case *c, char title[STORE_TITLE_MAX])
{
    const char *sku = json_text(c->level, "sku"), *where = json_text(c->level, "location");
    char item[32], place[32];

    snprintf(item, sizeof item, "item %" PRId64, c->item);
    snprintf(place, sizeof place, "location %" PRId64, c->location);
    snprintf(title, STORE_TITLE_MAX, "%.70s at %.80s", sku != NULL && sku[0] != '\0' ? sku : item,
             where != NULL ? where : place);
}

static void remember(struct stock_flow *flow, struct closing *closing, const struct stock_case *c)
{
    struct pair pair = c->pair;

    pair.backend = flow->place->site->id;
    str_copy(pair.kind, sizeof pair.kind, c->kind);
    str_copy(pair.odoo_model, sizeof pair.odoo_model, "stock.quant");
    pair.shopify_id = c->item;
    pair.odoo_id = c->quant;
    pair.shopify_at = json_int_or(c->level, "updated_at", 0);
    pair.odoo_at = when_now();
    title_of(c, pair.title);
    str_copy(pair.state, sizeof pair.state, "opened");
    closing_pair(closing, &pair, json_write(c->level));
    closing_key(closing, json_text(c->level, "sku"));
}

static void stock_done(struct stock_flow *flow, struct stock_case *c)
{
    struct closing *closing = closing_new(flow->place->site->id, c->job);
    char text[FINDING_TEXT_MAX];
    const char *what = outcome(flow, c, text);
    json_auto_t *uses = uses_of(flow, c, &c->why);

    c->ended = true;
    batch_done(c->job);
    if (c->left[0] == '\0')
        remember(flow, closing, c);
    closing_uses(closing, uses);
    closing_findings(closing, &c->findings);
    closing_event(closing, what, text);
    if (c->set)
        closing_counter(closing, "levels.set");
    flow->last = closing;
    closing_send(c->job, closing);
}

/* ---- the run ---- */

/* "level@LOCATION:ITEM" */
static bool numbers_of(const char *record, struct stock_case *c)
{
    unsigned long long location, item;
    const char *colon = strchr(record, ':');
    char text[32];

    if (!str_starts(record, "level@") || colon == NULL ||
        colon - record - strlen("level@") >= sizeof text)
        return false;
    str_copy(text, (size_t)(colon - record) - strlen("level@") + 1, record + strlen("level@"));
    if (!str_number(text, INT64_MAX, &location) || !str_number(colon + 1, INT64_MAX, &item))
        return false;
    c->location = (int64_t)location;
    c->item = (int64_t)item;
    return true;
}

/* The node that came with the job; asked: there is none, the shop tells. False: the case ended. */
static bool node_of(struct stock_flow *flow, struct stock_case *c, json_t **node)
{
    struct err err = { 0 };
    size_t len = 0;
    char *text = jobs_payload(flow->db, c->job->job.id, &len, &err);

    *node = NULL;
    if (text == NULL && err.kind != ERR_MISSING)
        return (stock_failed(flow, c, &err), false);
    if (text != NULL && len > 0) {
        *node = json_read(text, len, "the level", &err);
        if (*node == NULL)
            stock_failed(flow, c, &err);
    } else if (!numbers_of(c->job->job.record, c)) {
        err_set(&err, ERR_INVALID, "the job names no item and location");
        stock_failed(flow, c, &err);
    } else
        c->asked = true;
    free(text);
    return !c->ended;
}

/* What the shop has of the items that came without, at one location in one call. */
static bool ask_shop(struct stock_flow *flow, int64_t location, struct err *err)
{
    struct workshop_place *place = flow->place;
    int64_t items[READS_LEVELS_MAX];
    json_auto_t *levels = NULL;
    size_t count = 0, i = 0;

    EACH_LEVEL(flow, c)
        if (c->asked && c->location == location && count < READS_LEVELS_MAX)
            items[count++] = c->item;
    workshop_count(place->workshop, 0, 1);
    if (!levels_fetch(place->site->shop, place->http, location, items, count, place->class, &levels,
                      &place->shopify, err))
        return err_within(err, "read stock from Shopify");
    for (struct stock_case *c = flow->cases; c < flow->cases + flow->count && i < count; c++) {
        const json_t *node;

        if (c->ended || !c->asked || c->location != location)
            continue;
        c->asked = false;
        node = json_array_get(levels, i++);
        if (json_is_null(node))
            str_copy(c->left, sizeof c->left,
                     "Shopify keeps none of it at that location: left alone");
        else if (!stock_take(flow, c, node, err))
            return false;
    }
    return true;
}

static bool take_all(struct stock_flow *flow, struct err *err)
{
    EACH_LEVEL(flow, c) {
        json_auto_t *node = NULL;

        if (node_of(flow, c, &node) && !c->asked && !stock_take(flow, c, node, err))
            return false;
    }
    EACH_LEVEL(flow, c)
        if (c->asked && !ask_shop(flow, c->location, err))
            return false;
    return true;
}

static void bring_in(struct stock_flow *flow, struct batch *batch)
{
    struct err err = { 0 };
    bool ok;

    for (size_t i = 0; i < batch->count; i++)
        flow->cases[i].job = &batch->jobs[i];
    ok = take_all(flow, &err) && stock_find(flow, &err) && stock_write(flow, &err);
    for (struct stock_case *c = flow->cases; c < flow->cases + flow->count; c++) {
        if (c->ended)
            continue;
        if (ok || c->left[0] != '\0')
            stock_done(flow, c);
        else
            stock_failed(flow, c, &err);
    }
    closing_calls(flow->last, flow->place->odoo.calls);
}

void stock_in_run(void *workshop, struct batch *batch)
{
    struct workshop_place place;
    struct stock_flow flow;
    struct err err = { 0 };

    if (!workshop_enter(&place, workshop, batch, true))
        return;
    place.class = PACE_IMPORT; /* opening stock is the import's, whatever lane it takes */
    if (flow_open(&flow, &place, batch->db, batch->store, batch->count, &err))
        bring_in(&flow, batch);
    else
        for (size_t i = 0; i < batch->count; i++)
            batch_failed(&batch->jobs[i], &err);
    flow_close(&flow);
    workshop_leave(&place);
}

/* ---- the rehearsal ---- */

/* What a person should know though it is done: the flags, in words. */
static void remarks(const struct stock_case *c, struct err *why)
{
    AUTO_STR s;

    str_init(&s, ERR_TEXT_MAX - 1);
    str_adds(&s, c->left);
    for (size_t i = 0; i < c->findings.count; i++)
        if (c->findings.list[i].level != FINDING_NOTE)
            str_addf(&s, "%s%s", s.len > 0 ? "; " : "", c->findings.list[i].text);
    str_copy(why->text, sizeof why->text, s.data);
}

static void tell(struct stock_flow *flow, const struct stock_case *c, struct rehearsed *out)
{
    *out = (struct rehearsed){ .shopify_id = c->item, .odoo_id = c->quant };
    if (c->level != NULL)
        title_of(c, out->title);
    str_copy(out->model, sizeof out->model, "stock.quant");
    out->uses = uses_of(flow, c, &c->why);
    if (c->ended) {
        out->verdict = REHEARSE_REFUSED;
        out->why = c->why;
        return;
    }
    remarks(c, &out->why);
    out->verdict = REHEARSE_SAME;
    if (c->left[0] != '\0' || c->plan.same)
        return;
    out->verdict = c->plan.none ? REHEARSE_NEW : REHEARSE_CHANGES;
    out->changes = json_pack("[{sssssfsI}]", "field", "on_hand", "label", "On hand", "from",
                             c->plan.there, "to", (json_int_t)c->plan.on_hand);
}

bool stock_rehearse(struct workshop_place *place, struct db *db, json_t *const *records,
                    struct rehearsed *out, size_t count, struct err *err)
{
    struct stock_flow flow;
    bool ok = flow_open(&flow, place, db, NULL, count, err);

    for (size_t i = 0; ok && i < count; i++)
        ok = stock_take(&flow, &flow.cases[i], records[i], err);
    ok = ok && stock_find(&flow, err);
    for (size_t i = 0; ok && i < count; i++)
        tell(&flow, &flow.cases[i], &out[i]);
    flow_close(&flow);
    return ok;
}

/* ---- the comparison ---- */

/* What of it can be sold at its place, by Odoo: on hand without what is reserved. */
static void compare(const struct stock_case *c, struct stock_compared *out)
{
    const json_t *quant;
    size_t i;

    *out = (struct stock_compared){ .why = c->why, .product = c->product,
                                    .available = json_int_or(c->level, "available", 0),
                                    .committed = json_int_or(c->level, "committed", 0) };
    str_copy(out->left, sizeof out->left, c->left);
    if (c->level != NULL)
        title_of(c, out->title);
    json_array_foreach(c->quants, i, quant) {
        out->there += json_real_or(quant, "quantity", 0);
        out->free -= json_real_or(quant, "reserved_quantity", 0);
    }
    out->free += out->there;
}

bool stock_compare(struct workshop_place *place, struct db *db, json_t *const *records,
                   struct stock_compared *out, size_t count, struct err *err)
{
    struct stock_flow flow;
    bool ok = flow_open(&flow, place, db, NULL, count, err);

    for (size_t i = 0; ok && i < count; i++)
        ok = stock_take(&flow, &flow.cases[i], records[i], err);
    ok = ok && stock_find(&flow, err);
    for (size_t i = 0; ok && i < count; i++)
        compare(&flow.cases[i], &out[i]);
    flow_close(&flow);
    return ok;
}
