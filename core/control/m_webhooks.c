/* m_webhooks.c - what the receiver got: pages, one delivery, figures, replay, blocking. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/mask.h"
#include "control/methods.h"
#include "control/proto.h"
#include "control/rows.h"
#include "store/inbox.h"
#include "store/jobs.h"

#define BODY_SHOWN_MAX (64u << 10)
#define BLOCKS_SHOWN   256
#define REPLAY_MAX     10000 /* deliveries in one replay */

static bool read_filter(const struct call *call, struct inbox_filter *filter, struct err *err)
{
    const char *verdict = call_text(call, "verdict");
    enum inbox_verdict wanted;

    *filter = (struct inbox_filter){ .backend = call_int(call, "backend", 0),
                                     .topic = call_text(call, "topic"),
                                     .source = call_text(call, "source"),
                                     .object = call_text(call, "object"),
                                     .verdict = -1 };
    if (verdict != NULL) {
        if (!inbox_verdict_of(verdict, &wanted))
            return err_set(err, ERR_INVALID, "there is no verdict \"%.40s\"", verdict);
        filter->verdict = (int)wanted;
    }
    return call_after(call, &filter->after, err);
}

bool m_webhooks_list(struct call *call, struct err *err)
{
    size_t count = call_limit(call);
    struct hook *rows AUTO_FREE = calloc(count, sizeof *rows);
    struct inbox_filter filter;
    int64_t next = 0;
    json_t *list;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory for a page of webhooks");
    if (!read_filter(call, &filter, err) ||
        !inbox_list(call->db, &filter, rows, &count, &next, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, rows_hook(&rows[i]));
    call->result = json_pack("{s:o,s:o}", "rows", list, "next", json_next(next));
    return true;
}

static const char *verdict_text(const struct hook *hook)
{
    switch (hook->verdict) {
    case INBOX_OK:
        return "accepted, written to disk, then answered 200";
    case INBOX_DUP:
        return "seen before by its webhook id: answered 200, nothing changed";
    case INBOX_LATE:
        return "accepted; it came long after the event";
    case INBOX_REJ:
        return "refused, not processed; its body is kept for a day at most";
    case INBOX_VERDICT_COUNT:
        break;
    }
    return "";
}

bool m_webhooks_get(struct call *call, struct err *err)
{
    char *headers AUTO_FREE = NULL, *body AUTO_FREE = NULL;
    json_auto_t *object = NULL;
    struct hook hook;
    size_t len = 0;
    json_t *list = NULL;

    if (!inbox_get(call->db, call_int(call, "id", 0), &hook, &headers, &body, &len, err))
        return false;
    object = rows_hook(&hook);
    if (headers != NULL)
        list = json_loads(headers, 0, NULL);
    json_object_set_new(object, "headers", list != NULL ? list : json_array());
    json_object_set_new(object, "body",
                        mask_text(body, len, BODY_SHOWN_MAX, call->peer->role >= PROTO_OPERATOR));
    json_object_set_new(object, "verdict_text", json_string(verdict_text(&hook)));
    call->result = json_incref(object);
    return true;
}

static json_t *blocked_of(struct call *call, struct err *err)
{
    struct block *rows AUTO_FREE = calloc(BLOCKS_SHOWN, sizeof *rows);
    size_t count = BLOCKS_SHOWN;
    json_t *list;

    if (rows == NULL) {
        err_set(err, ERR_BUSY, "no memory to read the blocked sources");
        return NULL;
    }
    if (!blocks_list(call->db, when_now(), rows, &count, err))
        return NULL;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:o,s:I,s:o}", "source", json_str(rows[i].source),
                                              "until", (json_int_t)rows[i].until, "by",
                                              json_str(rows[i].by)));
    return list;
}

bool m_webhooks_stats(struct call *call, struct err *err)
{
    const struct control_services *services = call->services;
    json_t *blocked = blocked_of(call, err), *stats = NULL;
    json_auto_t *where = NULL;

    if (blocked == NULL)
        return false;
    if (services->webhook_stats != NULL)
        stats = services->webhook_stats(services->ctx);
    if (stats == NULL) /* no receiver runs: that is a state, not an error */
        stats = json_pack("{s:[],s:i,s:i,s:i,s:i,s:{},s:f,s:f,s:[]}", "per_s", "ok", 0, "dup", 0,
                          "late", 0, "rej", 0, "rejected", "p50_ms", 0.0, "p95_ms", 0.0,
                          "sources");
    where = services->receiver != NULL ? services->receiver(services->ctx) : NULL;
    json_object_set_new(stats, "listening",
                        json_text(where, "address") != NULL
                            ? json_incref(json_object_get(where, "address"))
                            : json_null());
    json_object_set_new(stats, "blocked", blocked);
    if (json_object_get(stats, "oldest_us") == NULL) {
        json_auto_t *lanes = rows_lanes(call, err);
        json_int_t oldest = 0;

        for (size_t i = 0; i < json_array_size(lanes); i++) {
            int64_t lag = json_int_or(json_array_get(lanes, i), "lag_us", 0);

            oldest = lag > oldest ? lag : oldest;
        }
        json_object_set_new(stats, "oldest_us", json_integer(oldest));
    }
    call->result = stats;
    return true;
}

/* ---- replay ---- */

struct replay {
    struct call *call;
    struct call_note *note;
    int64_t *hooks; /* ids of deliveries */
    size_t hook_count;
    int64_t wanted; /* what the person saw; -1 */
    int64_t count;  /* jobs that run again */
};

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* The jobs of the deliveries, each once: many deliveries may have ended in one job. */
static bool jobs_of(struct db *db, const struct replay *r, int64_t *jobs, size_t *count,
                    struct err *err)
{
    size_t n = 0, kept = 0;

    for (size_t i = 0; i < r->hook_count; i++) {
        struct hook hook;

        if (!inbox_get(db, r->hooks[i], &hook, NULL, NULL, NULL, err))
            return false;
        if (hook.verdict == INBOX_REJ)
            return err_set(err, ERR_REFUSED, "webhook %lld was refused: it is never processed",
                           (long long)hook.id);
        if (hook.job != 0)
            jobs[n++] = hook.job;
    }
    qsort(jobs, n, sizeof *jobs, by_number);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || jobs[kept - 1] != jobs[i])
            jobs[kept++] = jobs[i];
    *count = kept;
    return true;
}

static bool run_again(struct db *db, void *ctx, struct err *err)
{
    struct replay *r = ctx;
    int64_t *jobs AUTO_FREE = calloc(r->hook_count > 0 ? r->hook_count : 1, sizeof *jobs);
    size_t count = 0;

    if (jobs == NULL)
        return err_set(err, ERR_BUSY, "no memory for the set of webhooks");
    if (!jobs_of(db, r, jobs, &count, err))
        return false;
    r->count = 0;
    for (size_t at = 0; at < count; at += JOBS_BULK_IDS_MAX) {
        size_t piece = count - at < JOBS_BULK_IDS_MAX ? count - at : JOBS_BULK_IDS_MAX;
        struct jobs_bulk bulk = {
            .of = { .ids = jobs + at, .id_count = piece, .state = -1, .count = -1 },
            .step = STEP_REQUEUE,
            .now = when_now()
        };

        if (!jobs_bulk(db, &bulk, err))
            return false;
        r->count += bulk.count;
    }
    snprintf(r->note->after, sizeof r->note->after, "%lld jobs run again", (long long)r->count);
    return true;
}

static bool collect_ids(struct replay *r, const json_t *ids, struct err *err)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const json_t *id = json_array_get(ids, i);

        if (!json_is_integer(id))
            return err_set(err, ERR_INVALID, "ids must be whole numbers");
        r->hooks[r->hook_count++] = json_integer_value(id);
    }
    return true;
}

static bool collect_since(struct replay *r, when since, const char *topic, struct err *err)
{
    int64_t after = 0;

    while (r->hook_count < REPLAY_MAX) {
        size_t count = REPLAY_MAX - r->hook_count < 500 ? REPLAY_MAX - r->hook_count : 500;

        if (!inbox_since(r->call->db, since, topic, after, r->hooks + r->hook_count, &count, err))
            return false;
        if (count == 0)
            return true;
        r->hook_count += count;
        after = r->hooks[r->hook_count - 1];
    }
    return err_set(err, ERR_REFUSED, "more than %d webhooks: choose a later moment",
                   REPLAY_MAX - 1);
}

bool m_webhooks_replay(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct replay r = { .call = call, .note = &note, .wanted = call_int(call, "count", -1) };
    const json_t *ids = json_at(call->params, "ids");
    when since = call_int(call, "since", 0);
    int64_t *hooks AUTO_FREE = calloc(REPLAY_MAX, sizeof *hooks);
    bool good;

    if (hooks == NULL)
        return err_set(err, ERR_BUSY, "no memory for the set of webhooks");
    if ((ids == NULL) == (since == 0)) {
        call->code = PROTO_PARAMS;
        return err_set(err, ERR_INVALID, "name either ids or since");
    }
    r.hooks = hooks;
    good = ids != NULL ? collect_ids(&r, ids, err)
                       : collect_since(&r, since, call_text(call, "topic"), err);
    if (!good)
        return false;
    if (r.wanted >= 0 && r.wanted != (int64_t)r.hook_count) {
        call->code = PROTO_GREW;
        call->data = json_pack("{s:I}", "count", (json_int_t)r.hook_count);
        return err_set(err, ERR_CONFLICT, "there are %zu webhooks now: look again", r.hook_count);
    }
    snprintf(note.object, sizeof note.object, "%zu webhooks", r.hook_count);
    if (!call_change(call, run_again, &r, &note, err))
        return false;
    call_changed(call, CONTROL_LANE, 0);
    call->result = json_pack("{s:I}", "count", (json_int_t)r.count);
    return true;
}

/* ---- blocking ---- */

struct block_change {
    struct call *call;
    struct call_note *note;
    const char *source;
    when until;
};

static bool block(struct db *db, void *ctx, struct err *err)
{
    struct block_change *c = ctx;
    struct block *rows AUTO_FREE = calloc(BLOCKS_SHOWN, sizeof *rows);
    size_t count = BLOCKS_SHOWN;
    char text[WHEN_TEXT_MAX];
    when before = 0;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory to read the blocked sources");
    if (!blocks_list(db, when_now(), rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].source, c->source) == 0)
            before = rows[i].until;
    if (before != 0)
        snprintf(c->note->before, sizeof c->note->before, "until %s", when_iso(before, text));
    if (c->until != 0)
        snprintf(c->note->after, sizeof c->note->after, "until %s", when_iso(c->until, text));
    c->note->undo = json_pack("{s:s,s:{s:s,s:I}}", "method", "webhooks.block", "params", "source",
                              c->source, "until", (json_int_t)before);
    return blocks_set(db, c->source, c->until, c->call->peer->user, err);
}

bool m_webhooks_block(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct block_change c = { .call = call,
                              .note = &note,
                              .source = call_text(call, "source"),
                              .until = call_int(call, "until", 0) };
    size_t len = strlen(c.source);

    if (len == 0 || len >= INBOX_SOURCE_MAX || strspn(c.source, "0123456789abcdefABCDEF.:") != len)
        return err_set(err, ERR_INVALID, "source must be an address");
    if (c.until != 0 && c.until <= when_now())
        return err_set(err, ERR_INVALID, "until must lie in the future, or be 0");
    snprintf(note.object, sizeof note.object, "source %s", c.source);
    if (!call_change(call, block, &c, &note, err))
        return false;
    call_changed(call, CONTROL_BLOCK, 0);
    return true;
}
