#include "jobs/closing.h"

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
#include "sync/text.h"

struct event {
    char what[24];
    char text[FINDING_TEXT_MAX];
};

struct need {
    char kind[USES_KIND_MAX], key[TEXT_KEY_MAX];
    char title[96];            /* for people; "": the key */
    char value[64], label[96]; /* found by rule: what it means in Odoo; "" if not */
    bool lacking;
};

/* Everything the change needs, free of the case, which is gone when it runs. */
struct closing {
    int64_t backend, job;
    char record[STORE_RECORD_MAX];
    bool write_pair;
    struct pair pair;
    char *agreed;
    char keys[CLOSING_KEYS_MAX][PAIR_KEY_MAX];
    int key_count;
    const char *twins;
    int64_t odoo_calls;
    const char *counter, *latency;
    when started;
    char headline[HISTORY_TEXT_MAX];
    struct event *events;
    size_t event_count;
    struct need *needs;
    size_t need_count;
    store_change *also;
    void *also_ctx;
    void (*also_free)(void *ctx);
};

static void closing_free(void *ctx)
{
    struct closing *c = ctx;

    if (c == NULL)
        return;
    if (c->also_free != NULL)
        c->also_free(c->also_ctx);
    free(c->agreed);
    free(c->events);
    free(c->needs);
    free(c);
}

struct closing *closing_new(int64_t backend, const struct batch_job *job)
{
    struct closing *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->backend = backend;
    c->job = job->job.id;
    str_copy(c->record, sizeof c->record, job->job.record);
    return c;
}

/* ---- the change ---- */

static bool write_mappings(struct db *db, const struct closing *c, struct err *err)
{
    for (size_t i = 0; i < c->need_count; i++) {
        const char *kind = c->needs[i].kind, *key = c->needs[i].key;
        const char *title = c->needs[i].title[0] != '\0' ? c->needs[i].title : key;

        if (c->needs[i].lacking && !mappings_need(db, c->backend, kind, key, title, err))
            return false;
        if (c->needs[i].value[0] != '\0' &&
            !mappings_auto(db, c->backend, kind, key, title, c->needs[i].value, c->needs[i].label,
                           err))
            return false;
        if (!mappings_used(db, c->backend, kind, key, 1, err))
            return false;
    }
    return true;
}

/* Seen only here for sure: two batches may have made one contact of two customers just now. */
static bool write_twin(struct db *db, const struct closing *c, struct err *err)
{
    struct pair other;
    bool found = false;
    char text[FINDING_TEXT_MAX], id[32];
    const char *place = c->twins != NULL ? strstr(c->twins, "%lld") : NULL;

    if (place == NULL || c->pair.odoo_id == 0)
        return true;
    if (!pairs_by_odoo(db, c->backend, c->pair.odoo_model, c->pair.odoo_id, &other, NULL, &found,
                       err))
        return false;
    if (!found || other.shopify_id == 0 || other.shopify_id == c->pair.shopify_id ||
        strcmp(other.kind, c->pair.kind) != 0)
        return true;
    snprintf(id, sizeof id, "%" PRId64, other.shopify_id);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(place - c->twins), c->twins, id,
             place + strlen("%lld"));
    return history_add(db, c->backend, c->record, finding_level_name(FINDING_FLAG), c->job, NULL,
                       text, err);
}

static bool close_change(struct db *db, void *ctx, struct err *err)
{
    struct closing *c = ctx;
    when now = when_now();

    if (c->write_pair) {
        const char *keys[CLOSING_KEYS_MAX];

        for (int i = 0; i < CLOSING_KEYS_MAX; i++)
            keys[i] = c->keys[i];
        if (!pairs_put(db, &c->pair, c->agreed, keys, c->key_count, err))
            return err_within(err, "remember the %s", c->pair.kind);
    }
    if (c->also != NULL && !c->also(db, c->also_ctx, err))
        return false;
    for (size_t i = 0; i < c->event_count; i++)
        if (!history_add(db, c->backend, c->record, c->events[i].what, c->job, NULL,
                         c->events[i].text, err))
            return false;
    if (!write_twin(db, c, err) || !write_mappings(db, c, err))
        return false;
    if (c->headline[0] != '\0' && !activity_add(db, LOG_INFO, NULL, c->job, c->headline, err))
        return false;
    if (c->odoo_calls > 0 && !metrics_add(db, c->backend, "odoo.calls", now, c->odoo_calls, err))
        return false;
    if (c->counter != NULL && !metrics_add(db, c->backend, c->counter, now, 1, err))
        return false;
    return c->started == 0 ||
           metrics_latency(db, c->backend, c->latency, now, now - c->started, err);
}

void closing_send(struct batch_job *job, struct closing *c)
{
    if (c != NULL)
        batch_change(job, close_change, c, closing_free);
}

/* ---- filling ---- */

void closing_event(struct closing *c, const char *what, const char *text)
{
    struct event *events;

    if (c == NULL || c->event_count == CLOSING_EVENTS_MAX)
        return;
    events = realloc(c->events, (c->event_count + 1) * sizeof *events);
    if (events == NULL)
        return;
    c->events = events;
    str_copy(events[c->event_count].what, sizeof events[0].what, what);
    str_copy(events[c->event_count].text, sizeof events[0].text, text);
    c->event_count++;
}

/* The row for it, a new one if there is none; NULL: no room. */
static struct need *need(struct closing *c, const char *kind, const char *key)
{
    struct need *needs;
    char cut[TEXT_KEY_MAX];

    if (c == NULL)
        return NULL;
    key = text_key(cut, key);
    for (size_t i = 0; i < c->need_count; i++)
        if (strcmp(c->needs[i].kind, kind) == 0 && strcmp(c->needs[i].key, key) == 0)
            return &c->needs[i];
    if (c->need_count == CLOSING_NEEDS_MAX)
        return NULL;
    needs = realloc(c->needs, (c->need_count + 1) * sizeof *needs);
    if (needs == NULL)
        return NULL;
    c->needs = needs;
    needs[c->need_count] = (struct need){ .lacking = false };
    str_copy(needs[c->need_count].kind, sizeof needs[0].kind, kind);
    str_copy(needs[c->need_count].key, sizeof needs[0].key, key);
    return &needs[c->need_count++];
}

void closing_need(struct closing *c, const char *kind, const char *key, bool lacking)
{
    struct need *row = need(c, kind, key);

    if (row != NULL && lacking)
        row->lacking = true;
}

void closing_title(struct closing *c, const char *kind, const char *key, const char *title)
{
    struct need *row = need(c, kind, key);

    if (row != NULL)
        str_copy(row->title, sizeof row->title, title);
}

void closing_matched(struct closing *c, const char *kind, const char *key, const char *value,
                     const char *label)
{
    struct need *row = need(c, kind, key);

    if (row == NULL)
        return;
    str_copy(row->value, sizeof row->value, value);
    str_copy(row->label, sizeof row->label, label);
}

void closing_thing(struct closing *c, const char *thing)
{
    char kind[USES_KIND_MAX];
    const char *key;

    if (uses_mappable(thing, kind, &key))
        closing_need(c, kind, key, true);
}

void closing_findings(struct closing *c, const struct findings *f)
{
    for (size_t i = 0; i < f->count; i++) {
        closing_event(c, finding_level_name(f->list[i].level), f->list[i].text);
        if (f->list[i].level != FINDING_NOTE)
            closing_thing(c, f->list[i].thing);
    }
}

void closing_uses(struct closing *c, const json_t *uses)
{
    const json_t *row;
    size_t i;

    json_array_foreach(uses, i, row) {
        const char *kind = json_text_or(row, "kind", ""), *key = json_text_or(row, "key", "");

        if (uses_word(kind))
            continue;
        closing_need(c, kind, key, json_flag(row, "lacking"));
        closing_title(c, kind, key, json_text_or(row, "title", key));
        if (json_text(row, "value") != NULL)
            closing_matched(c, kind, key, json_text(row, "value"), json_text_or(row, "label", ""));
    }
}

void closing_pair(struct closing *c, const struct pair *pair, char *agreed)
{
    if (c == NULL) {
        free(agreed);
        return;
    }
    free(c->agreed);
    c->pair = *pair;
    c->agreed = agreed;
    c->write_pair = true;
}

void closing_key(struct closing *c, const char *key)
{
    if (c != NULL && key != NULL && key[0] != '\0' && c->key_count < CLOSING_KEYS_MAX)
        str_copy(c->keys[c->key_count++], PAIR_KEY_MAX, key);
}

void closing_twins(struct closing *c, const char *words)
{
    if (c != NULL)
        c->twins = words;
}

void closing_also(struct closing *c, store_change *change, void *ctx, void (*free_ctx)(void *))
{
    if (c == NULL) {
        free_ctx(ctx);
        return;
    }
    c->also = change;
    c->also_ctx = ctx;
    c->also_free = free_ctx;
}

void closing_headline(struct closing *c, const char *fmt, ...)
{
    va_list ap;

    if (c == NULL)
        return;
    va_start(ap, fmt);
    vsnprintf(c->headline, sizeof c->headline, fmt, ap);
    va_end(ap);
}

void closing_counter(struct closing *c, const char *counter)
{
    if (c != NULL)
        c->counter = counter;
}

void closing_latency(struct closing *c, const char *name, when started)
{
    if (c == NULL)
        return;
    c->latency = name;
    c->started = started;
}

void closing_calls(struct closing *c, int64_t odoo_calls)
{
    if (c != NULL)
        c->odoo_calls = odoo_calls;
}
