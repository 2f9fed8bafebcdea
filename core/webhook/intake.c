/*
 * intake.c - a request from its headers to its answer, on libmicrohttpd's thread.
 *
 *     headers -> guard, source, rate, shop -> body -> signature, topic -> sleep -> commit ->
 *     wake -> 200
 */
#include "webhook/inside.h"

#include <string.h>

#include "base/log.h"
#include "base/mutex.h"
#include "base/str.h"
#include "shopify/webhook.h"
#include "webhook/hint.h"

/* within ten minutes, then an alert */
#define BAD_SIGNATURES_MAX 5  /* from one source */
#define BAD_SIGNATURES_ALL 10 /* from wherever */

/* ---- the headers ---- */

struct head {
    struct guard guard;
    struct delivery *delivery;
};

static enum MHD_Result each_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    struct head *head = cls;

    (void)kind;
    guard_header(&head->guard, name, name_len, value, value_len);
    return MHD_YES;
}

static enum MHD_Result keep_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    (void)kind;
    delivery_header(cls, name, value);
    return MHD_YES;
}

static bool is_blocked(const struct receiver *r, const struct source *source)
{
    for (size_t i = 0; i < r->block_count; i++)
        if (source_equal(&r->blocks[i].source, source))
            return r->blocks[i].until > when_now();
    return false;
}

static struct source peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct source peer = { { 0 } };

    if (info != NULL && info->client_addr != NULL)
        source_from(info->client_addr, &peer);
    return peer;
}

/* What can be said before the body: who sends, how fast, for which shop. Takes the lock. */
static enum verdict admit(struct receiver *r, struct delivery *d, const struct guard *guard,
                          const struct source *peer, struct watch_news *news)
{
    enum verdict verdict = VERDICT_OK;
    const struct shop *shop;

    mutex_lock(&r->lock);
    d->source = source_behind(peer, &r->trusted, guard->forwarded);
    shop = guard->shop != NULL ? shops_find(r->shops, guard->shop) : NULL;
    if (is_blocked(r, &d->source))
        verdict = VERDICT_BLOCKED;
    else if (!rate_take(r->rate, rate_source(r->rate, &d->source, d->begun), d->begun))
        verdict = VERDICT_TOO_MANY;
    else if (d->verdict != VERDICT_OK)
        verdict = d->verdict; /* the guard's */
    else if (shop == NULL) {
        verdict = VERDICT_SHOP;
        watch_unknown_shop(&r->watch, guard->shop != NULL ? guard->shop : "", &d->source, d->begun,
                           news);
    } else if ((shop->allowed.count > 0 || shop->allowed.nobody) &&
               !source_list_has(&shop->allowed, &d->source))
        verdict = VERDICT_SOURCE;
    else if (guard->webhook_id == NULL || guard->webhook_id[0] == '\0')
        verdict = VERDICT_NO_ID;
    else if (r->stopping || r->bodies >= RECEIVER_BODIES_MAX)
        verdict = VERDICT_FULL;
    d->hook.backend = shop != NULL ? shop->backend : 0;
    mutex_unlock(&r->lock);
    return verdict;
}

/* ---- refusing ---- */

static bool allowance_take(struct allowance *allowance, int64_t ticks)
{
    return rate_bucket_take(&allowance->bucket, allowance->limit, ticks);
}

static void log_refused(const struct delivery *d, unsigned unlogged)
{
    char buf[SOURCE_TEXT_MAX];

    log_note("webhook refused source=%s verdict=%s status=%u backend=%lld bytes=%zu%s",
             source_text(&d->source, buf), verdict_word(d->verdict), verdict_status(d->verdict),
             (long long)d->hook.backend, d->length,
             unlogged > 0 ? " (more like it were not logged)" : "");
}

static void refused(struct receiver *r, struct delivery *d, struct watch_news *news)
{
    struct rate_source *entry;
    bool line, row;
    unsigned unlogged;

    mutex_lock(&r->lock);
    entry = rate_source(r->rate, &d->source, d->begun);
    entry->rejected++;
    if (d->verdict == VERDICT_SIGNATURE && rate_bad(entry, BAD_SIGNATURES_MAX, d->begun))
        watch_signature(&r->watch, d->hook.backend, &d->source, entry->bad_count, d->begun, news);
    else if (d->verdict == VERDICT_SIGNATURE && rate_bad(&r->anyone, BAD_SIGNATURES_ALL, d->begun))
        watch_signature(&r->watch, d->hook.backend, NULL, r->anyone.bad_count, d->begun, news);
    line = allowance_take(&r->log_lines, d->begun);
    unlogged = r->unlogged;
    r->unlogged = line ? 0 : unlogged + 1;
    row = allowance_take(&r->kept_rows, d->begun);
    d->keep_body = row && d->got > 0 && allowance_take(&r->kept_bodies, d->begun);
    mutex_unlock(&r->lock);
    if (line)
        log_refused(d, unlogged);
    if (row)
        delivery_keep_refused(d, r->store);
}

static void count(struct receiver *r, const struct delivery *d)
{
    int64_t now = when_ticks();

    mutex_lock(&r->lock);
    stats_count(&r->stats, d->verdict, d->got, now - d->begun, now);
    mutex_unlock(&r->lock);
}

/* What could not be written down leaves no row: a line at least. */
static void log_lost(struct receiver *r, const struct delivery *d)
{
    unsigned unlogged;
    bool line;

    mutex_lock(&r->lock);
    line = allowance_take(&r->log_lines, d->begun);
    unlogged = r->unlogged;
    r->unlogged = line ? 0 : unlogged + 1;
    mutex_unlock(&r->lock);
    if (line)
        log_refused(d, unlogged);
}

static enum MHD_Result answer(struct receiver *r, struct delivery *d)
{
    d->answered = true;
    if (d->health) {
        struct store_stats stats;

        store_stats(r->store, &stats);
        return MHD_queue_response(d->connection, stats.failing ? 503 : 200,
                                  stats.failing ? r->sick : r->healthy);
    }
    count(r, d);
    if (d->verdict == VERDICT_STORE)
        log_lost(r, d);
    return MHD_queue_response(d->connection, verdict_status(d->verdict), r->answers[d->verdict]);
}

static enum MHD_Result refuse(struct receiver *r, struct delivery *d, enum verdict verdict,
                              struct watch_news *news)
{
    d->verdict = verdict;
    refused(r, d, news);
    watch_send(r->store, news);
    return answer(r, d);
}

/* ---- a request's three stations ---- */

static enum MHD_Result begin(struct receiver *r, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, void **request)
{
    struct head head = { .delivery = NULL };
    struct watch_news news = { .count = 0 };
    struct source peer = peer_of(connection);
    struct delivery *d;
    enum verdict verdict;
    size_t body_max;

    mutex_lock(&r->lock);
    body_max = r->body_max;
    mutex_unlock(&r->lock);
    guard_init(&head.guard);
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, each_header, &head);
    verdict = guard_judge(&head.guard, method, version, url, RECEIVER_PATH, body_max);
    d = delivery_new(r, verdict == VERDICT_OK ? head.guard.length : 0);
    if (d == NULL)
        return MHD_NO; /* no memory even for an answer: the connection is closed */
    d->connection = connection;
    d->begun = when_ticks();
    d->verdict = verdict;
    *request = d;
    if (verdict == VERDICT_PATH && strcmp(url, "/healthz") == 0 &&
        (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)) {
        d->health = true;
        return answer(r, d);
    }
    verdict = admit(r, d, &head.guard, &peer, &news);
    if (verdict == VERDICT_PATH && strcmp(method, "POST") == 0 && hint_take(r, url)) {
        d->answered = true;
        return MHD_queue_response(connection, 200, r->answers[VERDICT_OK]);
    }
    if (verdict == VERDICT_OK || verdict == VERDICT_SHOP || verdict == VERDICT_SOURCE)
        MHD_get_connection_values(connection, MHD_HEADER_KIND, keep_header, d);
    delivery_seen(d);
    if (verdict != VERDICT_HEADER)
        delivery_describe(d, &head.guard);
    if (verdict != VERDICT_OK)
        return refuse(r, d, verdict, &news);
    return MHD_YES;
}

/* Room for n bytes of body, counted against all that is in memory. */
static enum verdict make_room(struct receiver *r, struct delivery *d, size_t n)
{
    size_t room = delivery_room(d, n), more = room - d->room;
    bool fits;

    if (n <= d->room)
        return VERDICT_OK;
    mutex_lock(&r->lock);
    fits = r->bodies + more <= RECEIVER_BODIES_MAX;
    if (fits)
        r->bodies += more;
    mutex_unlock(&r->lock);
    if (!fits)
        return VERDICT_FULL;
    if (delivery_grow(d, room))
        return VERDICT_OK;
    mutex_lock(&r->lock);
    r->bodies -= more;
    mutex_unlock(&r->lock);
    return VERDICT_FULL;
}

/*
 * A piece of the body. In the middle of one no answer is possible: what has no room is read to its
 * end and then refused, and who sends a byte now and then is hung up on.
 */
static enum MHD_Result more(struct receiver *r, struct delivery *d, const char *upload,
                            size_t *upload_size)
{
    size_t left = d->length - d->got, n = *upload_size < left ? *upload_size : left;

    *upload_size = 0;
    if (when_ticks() - d->begun > RECEIVER_BODY_US) {
        d->verdict = VERDICT_SLOW;
        return MHD_NO;
    }
    if (d->verdict == VERDICT_OK)
        d->verdict = make_room(r, d, d->got + n);
    if (d->verdict != VERDICT_OK)
        return MHD_YES;
    memcpy(d->body + d->got, upload, n);
    d->got += n;
    return MHD_YES;
}

/* On the writer's thread, after the commit or its failure. */
static void committed(struct store_request *request)
{
    struct delivery *d = request->ctx;
    struct receiver *r = d->receiver;
    unsigned stage = d->stage;

    if (!request->ok)
        d->verdict = VERDICT_STORE;
    MHD_resume_connection(d->connection); /* from here on d belongs to the receiver's thread */
    mutex_lock(&r->lock);
    r->stages[stage].sending--;
    if (--r->sending == 0)
        pthread_cond_signal(&r->idle);
    mutex_unlock(&r->lock);
}

/* Signature and topic of a whole delivery. */
static enum verdict verify(struct receiver *r, struct delivery *d)
{
    AUTO(shops) shops = NULL;
    const struct shop *shop;

    mutex_lock(&r->lock);
    shops = shops_share(r->shops);
    mutex_unlock(&r->lock);
    shop = shops_find(shops, d->hook.shop);
    if (shop == NULL)
        return VERDICT_SHOP;
    if (shop->secret == NULL ||
        !webhook_verify(d->body != NULL ? d->body : "", d->length, d->signature, shop->secret,
                        when_now() < shop->previous_until ? shop->previous : NULL))
        return VERDICT_SIGNATURE;
    if (topic_of(d->hook.topic) == TOPIC_NONE)
        return VERDICT_TOPIC;
    d->hook.backend = shop->backend;
    if (d->hook.triggered_at != 0 && d->hook.received - d->hook.triggered_at > shop->late_us)
        return VERDICT_LATE;
    return VERDICT_OK;
}

static enum MHD_Result whole(struct receiver *r, struct delivery *d)
{
    struct watch_news news = { .count = 0 };
    struct pattern_found found;
    enum verdict verdict = d->verdict;

    if (verdict == VERDICT_OK)
        verdict = d->got == d->length ? verify(r, d) : VERDICT_FRAMING;
    if (verdict != VERDICT_OK && verdict != VERDICT_LATE)
        return refuse(r, d, verdict, &news);
    d->verdict = verdict;
    delivery_route(d, r->routes, r->route_count);
    mutex_lock(&r->lock);
    d->stage = stage_of(r, d->connection);
    if (r->stopping || r->stages[d->stage].shut) {
        mutex_unlock(&r->lock);
        return refuse(r, d, VERDICT_FULL, &news);
    }
    r->sending++;
    r->stages[d->stage].sending++;
    rate_source(r->rate, &d->source, d->begun)->ok++;
    watch_delivery(&r->watch, d->hook.backend, &news);
    found = pattern_delivery(&r->pattern, d->hook.backend, d->begun);
    watch_pattern(&r->watch, &found, d->begun, &news);
    mutex_unlock(&r->lock);
    watch_send(r->store, &news);
    MHD_suspend_connection(d->connection);
    delivery_send(d, r->store, committed);
    return MHD_YES;
}

enum MHD_Result intake_handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    struct receiver *r = cls;
    struct delivery *d = *request;

    if (d == NULL)
        return begin(r, connection, url, method, version, request);
    if (d->answered) {
        *upload_size = 0; /* refused while it still talks: nothing of it is wanted */
        return MHD_YES;
    }
    if (*upload_size > 0)
        return more(r, d, upload, upload_size);
    return d->sent ? answer(r, d) : whole(r, d);
}

void intake_completed(void *cls, struct MHD_Connection *connection, void **request,
                      enum MHD_RequestTerminationCode how)
{
    struct watch_news news = { .count = 0 };
    struct receiver *r = cls;
    struct delivery *d = *request;

    (void)connection;
    (void)how;
    if (d == NULL)
        return;
    if (!d->answered && !d->sent) { /* gone before its body was whole */
        if (d->verdict == VERDICT_OK)
            d->verdict = VERDICT_CUT;
        refused(r, d, &news);
        count(r, d);
        watch_send(r->store, &news);
    }
    mutex_lock(&r->lock);
    r->bodies -= d->room;
    mutex_unlock(&r->lock);
    delivery_free(d);
    *request = NULL;
}
