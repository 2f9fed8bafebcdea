/*
 * How a product's job ends, and what is written down with it in the same commit: the pairs of the
 * product and its variants, the timeline, the mappings it used or lacked, the figures.
 */
#include "jobs/product.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "jobs/uses.h"
#include "store/history.h"
#include "store/mappings.h"
#include "store/metrics.h"
#include "store/problems.h"
#include "sync/product_match.h"

#define EVENTS_MAX 16
#define NEEDS_MAX  64

struct variant_pair {
    int64_t shopify_id, odoo_id, item; /* item: its stock's */
    char keys[2][PAIR_KEY_MAX]; /* SKU, barcode */
    char title[STORE_TITLE_MAX];
};

/* Everything the change needs, free of the case, which is gone when it runs. */
struct product_closing {
    int64_t backend, job;
    char record[STORE_RECORD_MAX];
    bool write_pair;
    bool out; /* the shop told of it: what Odoo owns is held against it */
    struct pair pair;
    char *agreed;
    char handle[PAIR_KEY_MAX];
    struct variant_pair *variants; /* only those that are new or have moved */
    size_t variant_count;
    char (*forget)[PRODUCT_KEY_MAX]; /* keys of values that are gone from Odoo */
    size_t forget_count;
    int64_t odoo_calls;  /* of the whole batch, in one of its closings */
    const char *counter; /* "products.created"; NULL: none */
    struct {
        char what[24];
        char text[FINDING_TEXT_MAX];
    } events[EVENTS_MAX];
    size_t event_count;
    struct {
        char kind[24], key[MAPPING_KEY_MAX];
        char value[32], label[96]; /* found by rule; "" if not */
        bool lacking;
    } needs[NEEDS_MAX];
    size_t need_count;
};

static void closing_free(void *ctx)
{
    struct product_closing *c = ctx;

    free(c->agreed);
    free(c->variants);
    free(c->forget);
    free(c);
}

/* ---- the change ---- */

static bool write_mappings(struct db *db, const struct product_closing *c, struct err *err)
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

/* What waited for the variant goes on: orders with a placeholder. */
static bool replay(struct db *db, int64_t backend, const struct variant_pair *v, struct err *err)
{
    char thing[TEXT_KEY_MAX], id[PRODUCT_KEY_MAX];
    int64_t count;

    snprintf(thing, sizeof thing, "variant:%s", product_id_text(v->shopify_id, id));
    return problems_replay_thing(db, backend, thing, when_now(), &count, err) &&
           (v->keys[0][0] == '\0' ||
            problems_replay_thing(db, backend, product_sku_key(thing, v->keys[0]), when_now(),
                                  &count, err));
}

/* And the opening stock of all of them. */
static bool replay_stock(struct db *db, const struct product_closing *c, struct err *err)
{
    int64_t *items AUTO_FREE = calloc(c->variant_count + 1, sizeof *items);

    if (items == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    for (size_t i = 0; i < c->variant_count; i++)
        items[i] = c->variants[i].item;
    return problems_replay_items(db, c->backend, items, c->variant_count, when_now(), err);
}

static bool write_pairs(struct db *db, struct product_closing *c, struct err *err)
{
    const char *handle = c->handle;

    if (!pairs_put(db, &c->pair, c->agreed, &handle, handle[0] != '\0' ? 1 : 0, err))
        return err_within(err, "remember the product");
    for (size_t i = 0; i < c->variant_count; i++) {
        const struct variant_pair *v = &c->variants[i];
        struct pair pair = { .backend = c->backend, .shopify_id = v->shopify_id,
                             .odoo_id = v->odoo_id, .shopify_at = c->pair.shopify_at,
                             .odoo_at = c->pair.odoo_at };
        const char *keys[2];
        int count = 0;

        str_copy(pair.kind, sizeof pair.kind, "variant");
        str_copy(pair.odoo_model, sizeof pair.odoo_model, "product.product");
        str_copy(pair.title, sizeof pair.title, v->title);
        str_copy(pair.state, sizeof pair.state, c->pair.state);
        for (int k = 0; k < 2; k++)
            if (v->keys[k][0] != '\0')
                keys[count++] = v->keys[k];
        if (!pairs_put(db, &pair, NULL, keys, count, err) || !replay(db, c->backend, v, err))
            return err_within(err, "remember a variant");
        if (c->out && !product_out_add(db, c->backend, v->odoo_id, err))
            return false;
    }
    return replay_stock(db, c, err);
}

static bool forget_words(struct db *db, const struct product_closing *c, struct err *err)
{
    static const char *const kinds[] = { "attribute", "attribute_value", "product_tag" };

    for (size_t i = 0; i < c->forget_count; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            struct pair pair;
            bool found;

            if (!pairs_by_key(db, c->backend, kinds[k], c->forget[i], &pair, &found, err) ||
                (found && !pairs_remove(db, pair.id, err)))
                return false;
        }
    return true;
}

static bool close_change(struct db *db, void *ctx, struct err *err)
{
    struct product_closing *c = ctx;
    when now = when_now();

    if (c->write_pair && !write_pairs(db, c, err))
        return false;
    if (!forget_words(db, c, err))
        return false;
    for (size_t i = 0; i < c->event_count; i++)
        if (!history_add(db, c->backend, c->record, c->events[i].what, c->job, NULL,
                         c->events[i].text, err))
            return false;
    if (!write_mappings(db, c, err))
        return false;
    if (c->odoo_calls > 0 && !metrics_add(db, c->backend, "odoo.calls", now, c->odoo_calls, err))
        return false;
    return c->counter == NULL || metrics_add(db, c->backend, c->counter, now, 1, err);
}

void product_count(struct product_flow *flow)
{
    if (flow->last != NULL)
        flow->last->odoo_calls = flow->place->odoo.calls;
}

/* ---- filling it ---- */

static void event(struct product_closing *c, const char *what, const char *text)
{
    if (c->event_count == EVENTS_MAX)
        return;
    str_copy(c->events[c->event_count].what, sizeof c->events[0].what, what);
    str_copy(c->events[c->event_count].text, sizeof c->events[0].text, text);
    c->event_count++;
}

/* Index of the row for it; NEEDS_MAX: no room. */
static size_t need(struct product_closing *c, const char *kind, const char *key, bool lacking)
{
    size_t n = c->need_count;

    for (size_t i = 0; i < n; i++)
        if (strcmp(c->needs[i].kind, kind) == 0 && strcmp(c->needs[i].key, key) == 0) {
            c->needs[i].lacking = c->needs[i].lacking || lacking;
            return i;
        }
    if (n == NEEDS_MAX || strlen(key) >= MAPPING_KEY_MAX)
        return NEEDS_MAX;
    str_copy(c->needs[n].kind, sizeof c->needs[0].kind, kind);
    str_copy(c->needs[n].key, sizeof c->needs[0].key, key);
    c->needs[n].lacking = lacking;
    c->need_count++;
    return n;
}

static void findings_events(struct product_closing *closing, const struct product_case *c)
{
    for (size_t i = 0; i < c->findings.count; i++)
        event(closing, finding_level_name(c->findings.list[i].level), c->findings.list[i].text);
}

/* What the product uses of the mappings, so that people see all of it, mapped or not. */
static void used_mappings(struct product_flow *flow, struct product_closing *closing,
                          const struct product_case *c)
{
    json_auto_t *uses = product_uses(flow, c);
    const json_t *row;
    size_t i;

    json_array_foreach(uses, i, row) {
        const char *kind = json_text_or(row, "kind", "");
        size_t n = uses_word(kind) ? NEEDS_MAX :
                                     need(closing, kind, json_text_or(row, "key", ""),
                                          json_flag(row, "lacking"));

        if (n == NEEDS_MAX || json_text(row, "value") == NULL)
            continue;
        str_copy(closing->needs[n].value, sizeof closing->needs[n].value,
                 json_text(row, "value"));
        str_copy(closing->needs[n].label, sizeof closing->needs[n].label,
                 json_text_or(row, "label", ""));
    }
}

static void fill_variants(struct product_closing *closing, const struct product_case *c)
{
    const json_t *list = json_object_get(c->product, "variants"), *v;
    bool moved = c->pair.id == 0 || c->pair.shopify_at < json_int_or(c->product, "updated_at", 0);
    size_t i;

    closing->variants = calloc(json_array_size(list), sizeof *closing->variants);
    if (closing->variants == NULL)
        return;
    json_array_foreach(list, i, v)
    {
        struct variant_pair *to = &closing->variants[closing->variant_count];
        char id[PRODUCT_KEY_MAX];
        json_int_t odoo, before;

        product_id_text(json_int_or(v, "id", 0), id);
        odoo = json_integer_value(json_object_get(c->links, id));
        before = json_integer_value(json_object_get(c->before, id));
        if (odoo == 0 || (odoo == before && !moved))
            continue;
        to->shopify_id = json_int_or(v, "id", 0);
        to->odoo_id = odoo;
        to->item = json_int_or(v, "item_id", 0);
        str_copy(to->keys[0], PAIR_KEY_MAX, json_text_or(v, "sku", ""));
        str_copy(to->keys[1], PAIR_KEY_MAX, json_text_or(v, "barcode", ""));
        snprintf(to->title, sizeof to->title, "%.100s%s%.60s",
                 json_text_or(c->product, "title", ""), product_default_only(c->product) ? "" : ", ",
                 product_default_only(c->product) ? "" : json_text_or(v, "title", ""));
        closing->variant_count++;
    }
}

static void fill_pair(struct product_flow *flow, struct product_closing *closing,
                      const struct product_case *c)
{
    struct pair *pair = &closing->pair;
    json_auto_t *agreed = json_pack("{sOsO*}", "product", c->product, "image", c->image);

    *pair = c->pair;
    pair->backend = flow->backend;
    str_copy(pair->kind, sizeof pair->kind, "product");
    str_copy(pair->odoo_model, sizeof pair->odoo_model, "product.template");
    pair->shopify_id = c->id;
    pair->odoo_id = c->templates[0];
    pair->shopify_at = json_int_or(c->product, "updated_at", 0);
    pair->odoo_at = when_now();
    str_copy(pair->title, sizeof pair->title, json_text_or(c->product, "title", ""));
    str_copy(pair->state, sizeof pair->state, c->ours ? "created" : "linked");
    str_copy(closing->handle, sizeof closing->handle, json_text_or(c->product, "handle", ""));
    closing->agreed = agreed != NULL ? json_write(agreed) : NULL;
    closing->write_pair = closing->agreed != NULL;
    fill_variants(closing, c);
}

/* Values, attributes and tags of a product, by the keys they are remembered under. */
static void fill_forget(struct product_closing *closing, const struct product_case *c)
{
    const json_t *option, *tag;
    const char *name;
    json_t *key;
    size_t i, room = json_len(c->product, "tags");

    json_array_foreach(c->options, i, option) room += 1 + json_object_size(
        json_object_get(option, "values"));
    closing->forget = calloc(room > 0 ? room : 1, sizeof *closing->forget);
    if (closing->forget == NULL)
        return;
    json_array_foreach(c->options, i, option)
    {
        str_copy(closing->forget[closing->forget_count++], PRODUCT_KEY_MAX,
                 json_text_or(option, "key", ""));
        json_object_foreach(json_object_get(option, "values"), name, key)
            str_copy(closing->forget[closing->forget_count++], PRODUCT_KEY_MAX,
                     json_string_value(key));
    }
    json_array_foreach(json_object_get(c->product, "tags"), i, tag)
        if (json_string_length(tag) < PRODUCT_KEY_MAX)
            str_copy(closing->forget[closing->forget_count++], PRODUCT_KEY_MAX,
                     json_string_value(tag));
}

static struct product_closing *closing_new(struct product_flow *flow, const struct product_case *c)
{
    struct product_closing *closing = calloc(1, sizeof *closing);

    if (closing == NULL)
        return NULL; /* the job ends all the same; it is seen as no change next time */
    closing->backend = flow->backend;
    closing->job = c->job->job.id;
    str_copy(closing->record, sizeof closing->record, c->job->job.record);
    closing->out = strcmp(c->job->job.kind, "product.seen") == 0 &&
                   strcmp(flow->place->site->policies.text[POLICY_product_out], "off") != 0;
    return closing;
}

/* ---- the ends ---- */

void product_done(struct product_flow *flow, struct product_case *c, const char *what,
                  const char *fmt, ...)
{
    struct product_closing *closing;
    char text[FINDING_TEXT_MAX];
    va_list ap;

    c->ended = true;
    if (c->job == NULL)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    batch_done(c->job);
    closing = closing_new(flow, c);
    if (closing == NULL)
        return;
    findings_events(closing, c);
    event(closing, what, text);
    if (c->template_count > 0)
        fill_pair(flow, closing, c);
    used_mappings(flow, closing, c);
    if (c->made)
        closing->counter = "products.created";
    flow->last = closing;
    batch_change(c->job, close_change, closing, closing_free);
}

void product_failed(struct product_flow *flow, struct product_case *c, const struct err *err)
{
    bool passing = err->kind == ERR_BUSY || err->kind == ERR_LIMITED || err->kind == ERR_UNSURE;
    struct product_closing *closing;

    c->ended = true;
    c->why = *err;
    if (c->job == NULL)
        return;
    if (c->again) {
        batch_again(c->job, when_now());
        return;
    }
    batch_failed(c->job, err);
    batch_talk(c->job, flow->place->odoo.request.data, flow->place->odoo.response.data, NULL);
    if (passing && !c->stale)
        return; /* it goes on by itself: the attempt says enough */
    closing = closing_new(flow, c);
    if (closing == NULL)
        return;
    if (c->stale)
        fill_forget(closing, c);
    if (!passing) {
        findings_events(closing, c);
        event(closing, err_name(err->kind), err->text);
        used_mappings(flow, closing, c);
    }
    flow->last = closing;
    batch_change(c->job, close_change, closing, closing_free);
}
