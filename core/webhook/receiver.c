#include "webhook/receiver.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/str.h"
#include "store/settings.h"
#include "webhook/inside.h"
#include "webhook/listen.h"
#include "webhook/recall.h"

#define STATS_SOURCES_MAX 20

/* ---- settings ---- */

static bool read_limits(struct db *db, struct rate_limit *per_source, struct rate_limit *in_all,
                        int64_t *body_max, struct source_list *trusted, struct err *err)
{
    char proxies[SETTING_VALUE_MAX];
    int64_t source_rate, all_rate;

    if (!settings_int(db, SETTING_rate_per_source, &source_rate, err) ||
        !settings_int(db, SETTING_rate_total, &all_rate, err) ||
        !settings_int(db, SETTING_body_max, body_max, err) ||
        !settings_get(db, SETTING_trusted_proxies, proxies, err))
        return false;
    /* two seconds' worth at once: Shopify delivers in bursts */
    *per_source = (struct rate_limit){ (unsigned)source_rate, (unsigned)source_rate * 2 };
    *in_all = (struct rate_limit){ (unsigned)all_rate, (unsigned)all_rate * 2 };
    return source_list_read(trusted, proxies, err) || err_within(err, "setting trusted_proxies");
}

static bool read_blocks(struct db *db, struct blocked *blocks, size_t *count, struct err *err)
{
    struct block *rows AUTO_FREE = calloc(BLOCKS_MAX, sizeof *rows);
    size_t found = BLOCKS_MAX;

    *count = 0;
    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory to read the blocked sources");
    if (!blocks_list(db, when_now(), rows, &found, err))
        return false;
    for (size_t i = 0; i < found; i++)
        if (source_parse(rows[i].source, strlen(rows[i].source), &blocks[*count].source))
            blocks[(*count)++].until = rows[i].until;
    return true;
}

bool receiver_reload(struct receiver *r, struct db *db, struct err *err)
{
    struct rate_limit per_source, in_all;
    struct source_list trusted;
    struct blocked *blocks AUTO_FREE = calloc(BLOCKS_MAX, sizeof *blocks);
    AUTO(shops) shops = NULL;
    size_t block_count;
    int64_t body_max;

    if (blocks == NULL)
        return err_set(err, ERR_BUSY, "no memory to read the receiver's settings");
    if (!read_limits(db, &per_source, &in_all, &body_max, &trusted, err) ||
        !read_blocks(db, blocks, &block_count, err))
        return false;
    shops = shops_read(db, r->seal, err);
    if (shops == NULL)
        return false;
    mutex_lock(&r->lock);
    rate_limits(r->rate, per_source, in_all);
    r->trusted = trusted;
    r->body_max = (size_t)body_max;
    r->pair_at = 0;
    memcpy(r->blocks, blocks, block_count * sizeof *blocks);
    r->block_count = block_count;
    for (size_t i = 0; i < shops->count; i++)
        pattern_quiet(&r->pattern, shops->rows[i].backend, shops->rows[i].quiet_us);
    for (size_t i = 0; r->shops != NULL && i < r->shops->count; i++)
        if (shops_find(shops, r->shops->rows[i].domain) == NULL)
            pattern_forget(&r->pattern, r->shops->rows[i].backend);
    {
        struct shops *old = r->shops;

        r->shops = TAKE(shops);
        shops = old; /* freed after the lock is given back */
    }
    mutex_unlock(&r->lock);
    return true;
}

/* ---- life ---- */

static struct MHD_Response *text_response(const char *text)
{
    struct MHD_Response *response;
    union {
        const char *text;
        void *buffer;
    } borrowed = { .text = text }; /* libmicrohttpd only reads it */

    response =
        MHD_create_response_from_buffer(strlen(text), borrowed.buffer, MHD_RESPMEM_PERSISTENT);
    if (response != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
    return response;
}

static bool make_answers(struct receiver *r, struct err *err)
{
    bool good;

    for (unsigned v = 0; v < VERDICT_COUNT; v++) {
        enum verdict verdict = (enum verdict)v;

        r->answers[v] = text_response(verdict_status(verdict) == 200 ? "" : verdict_text(verdict));
        if (r->answers[v] == NULL)
            return err_set(err, ERR_BUSY, "no memory for the receiver's answers");
        if (verdict == VERDICT_METHOD)
            MHD_add_response_header(r->answers[v], MHD_HTTP_HEADER_ALLOW, "POST");
        if (verdict == VERDICT_TOO_MANY || verdict_status(verdict) == 503)
            MHD_add_response_header(r->answers[v], MHD_HTTP_HEADER_RETRY_AFTER, "5");
        /* what was refused for its form may be followed by anything: start anew */
        if (verdict_status(verdict) != 200 && verdict != VERDICT_STORE)
            MHD_add_response_header(r->answers[v], MHD_HTTP_HEADER_CONNECTION, "close");
    }
    r->healthy = text_response("ok\n");
    r->sick = text_response("the store cannot write\n");
    good = r->healthy != NULL && r->sick != NULL;
    return good || err_set(err, ERR_BUSY, "no memory for the receiver's answers");
}

static bool read_tls(struct receiver *r, const struct receiver_options *o, struct pair *pair,
                     struct err *err)
{
    bool cert = o->tls_cert != NULL && o->tls_cert[0] != '\0';
    bool key = o->tls_key != NULL && o->tls_key[0] != '\0';

    if (!cert && !key)
        return true;
    if (cert != key)
        return err_set(err, ERR_INVALID, "the receiver needs both a certificate and a key file");
    if (!str_copy(r->cert_file, sizeof r->cert_file, o->tls_cert) ||
        !str_copy(r->key_file, sizeof r->key_file, o->tls_key))
        return err_set(err, ERR_INVALID, "the name of the certificate's or the key's file is too long");
    r->tls = true;
    r->pair_sign = pair_sign(o->tls_cert, o->tls_key);
    return pair_read(pair, o->tls_cert, o->tls_key, err);
}

/* What the last run knew of the shops, and what it told of them. */
static bool begin_watch(struct receiver *r, struct db *db, struct err *err)
{
    int64_t silent[BACKENDS_MAX], ticks = when_ticks();
    size_t count;

    r->recall_at = ticks + RECALL_US;
    if (!recall_begin(&r->pattern, r->shops, db, ticks, err) ||
        !watch_begin(&r->watch, r->store, db, ticks, silent, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        pattern_told(&r->pattern, silent[i]);
    return true;
}

struct receiver *receiver_new(const struct receiver_options *options, struct db *db,
                              struct err *err)
{
    AUTO(receiver) r = calloc(1, sizeof *r);
    struct pair pair = { NULL, NULL };
    int listener;

    if (r == NULL) {
        err_set(err, ERR_BUSY, "no memory for the receiver");
        return NULL;
    }
    r->listener = -1;
    r->routes = options->routes;
    r->route_count = options->route_count;
    r->store = options->store;
    r->seal = options->seal;
    mutex_init(&r->lock);
    cond_init(&r->idle);
    str_copy(r->address, sizeof r->address, options->address);
    r->log_lines = (struct allowance){ .limit = { 2, 20 } };
    r->library = (struct allowance){ .limit = { 1, 20 } };
    r->kept_rows = (struct allowance){ .limit = { 2, 100 } };
    r->kept_bodies = (struct allowance){ .limit = { 1, 60 } };
    r->rate = rate_new((struct rate_limit){ 0, 0 }, (struct rate_limit){ 0, 0 }, err);
    if (r->rate == NULL || !receiver_reload(r, db, err) || !begin_watch(r, db, err) ||
        !make_answers(r, err) || !read_tls(r, options, &pair, err))
        return NULL;
    r->stage = 1; /* the first to start is the other one */
    r->connections = options->connections;
    r->connections_per_source = options->connections_per_source;
    r->listener = listen_on(options->address, 1024, &r->port, err);
    if (r->listener < 0) {
        pair_clear(&pair);
        return NULL;
    }
    listener = r->listener;
    r->listener = -1;
    if (!stage_start(r, listener, &pair, err))
        return NULL;
    return TAKE(r);
}

/* Writes down what is usual; a full disk is told elsewhere. */
static void recall(struct receiver *r)
{
    struct recall_note *note AUTO_FREE = calloc(1, sizeof *note);

    if (note == NULL)
        return;
    mutex_lock(&r->lock);
    recall_take(&r->pattern, r->shops, when_ticks(), note);
    r->recall_at = when_ticks() + RECALL_US;
    mutex_unlock(&r->lock);
    store_do(r->store, recall_change, note, NULL);
}

void receiver_free(struct receiver *r)
{
    if (r == NULL)
        return;
    if (r->stages[r->stage].daemon != NULL) {
        /* its thread may still look at the socket: closed after the thread has ended */
        r->listener = MHD_quiesce_daemon(r->stages[r->stage].daemon);
        mutex_lock(&r->lock);
        r->stopping = true;
        while (r->sending > 0)
            cond_wait(&r->idle, &r->lock);
        mutex_unlock(&r->lock);
        stage_stop(r, 0);
        stage_stop(r, 1);
        recall(r);
    }
    if (r->listener >= 0)
        close(r->listener);
    for (unsigned v = 0; v < VERDICT_COUNT; v++)
        if (r->answers[v] != NULL)
            MHD_destroy_response(r->answers[v]);
    if (r->healthy != NULL)
        MHD_destroy_response(r->healthy);
    if (r->sick != NULL)
        MHD_destroy_response(r->sick);
    shops_free(r->shops);
    rate_free(r->rate);
    pthread_cond_destroy(&r->idle);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

unsigned receiver_port(const struct receiver *r)
{
    return r->port;
}

void receiver_tick(struct receiver *r)
{
    struct watch_news news = { .count = 0 };
    struct pattern_found found;
    int64_t ticks = when_ticks();

    mutex_lock(&r->lock);
    watch_tick(&r->watch, ticks, &news);
    while (news.count < WATCH_NEWS_MAX &&
           (found = pattern_tick(&r->pattern, ticks)).sign != PATTERN_NOTHING)
        watch_pattern(&r->watch, &found, ticks, &news);
    mutex_unlock(&r->lock);
    watch_send(r->store, &news);
    if (ticks >= r->recall_at)
        recall(r);
    renew_tick(r, ticks);
}

/* ---- figures ---- */

json_t *receiver_where(const struct receiver *r)
{
    char address[160];
    const char *colon = strrchr(r->address, ':');

    snprintf(address, sizeof address, "%.*s:%u",
             colon != NULL ? (int)(colon - r->address) : (int)strlen(r->address), r->address,
             r->port);
    return json_pack("{s:s,s:b}", "address", address, "tls", r->tls);
}

static json_t *sources_of(const struct rate_source *top, size_t count)
{
    json_t *rows = json_array();
    char buf[SOURCE_TEXT_MAX];

    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            rows, json_pack("{s:s,s:I,s:I}", "source", source_text(&top[i].source, buf), "ok",
                            (json_int_t)top[i].ok, "rej", (json_int_t)top[i].rejected));
    return rows;
}

json_t *receiver_stats(struct receiver *r)
{
    static const char *classes[] = { "ok", "dup", "late", "rej" };
    struct rate_source top[STATS_SOURCES_MAX];
    uint32_t seconds[STATS_SECONDS];
    uint64_t verdicts[VERDICT_COUNT], sums[4] = { 0 };
    int64_t p50, p95, ticks = when_ticks();
    json_t *all = json_object(), *per_s = json_array(), *rejected = json_object();
    size_t count;

    mutex_lock(&r->lock);
    stats_seconds(&r->stats, seconds, ticks);
    for (unsigned v = 0; v < VERDICT_COUNT; v++)
        verdicts[v] = stats_recent(&r->stats, (enum verdict)v, ticks);
    p50 = stats_quantile(&r->stats, 0.5, ticks);
    p95 = stats_quantile(&r->stats, 0.95, ticks);
    count = rate_top(r->rate, top, STATS_SOURCES_MAX);
    mutex_unlock(&r->lock);

    for (unsigned i = 0; i < STATS_SECONDS; i++)
        json_array_append_new(per_s, json_integer(seconds[i]));
    for (unsigned v = 0; v < VERDICT_COUNT; v++) {
        enum verdict_class class = verdict_class((enum verdict)v);

        sums[class] += verdicts[v];
        if (class == VERDICT_CLASS_REJ && verdicts[v] > 0)
            json_object_set_new(rejected, verdict_word((enum verdict)v),
                                json_integer((json_int_t)verdicts[v]));
    }
    json_object_set_new(all, "per_s", per_s);
    for (unsigned c = 0; c < 4; c++)
        json_object_set_new(all, classes[c], json_integer((json_int_t)sums[c]));
    json_object_set_new(all, "rejected", rejected);
    json_object_set_new(all, "p50_ms", json_real((double)p50 / 1000));
    json_object_set_new(all, "p95_ms", json_real((double)p95 / 1000));
    json_object_set_new(all, "sources", sources_of(top, count));
    json_object_set_new(all, "listening", json_true());
    return all;
}

void receiver_metrics(struct receiver *r, struct str *out)
{
    uint64_t totals[VERDICT_COUNT], bytes;
    int64_t p50, p95, ticks = when_ticks();
    size_t bodies;

    mutex_lock(&r->lock);
    memcpy(totals, r->stats.totals, sizeof totals);
    bytes = r->stats.bytes;
    p50 = stats_quantile(&r->stats, 0.5, ticks);
    p95 = stats_quantile(&r->stats, 0.95, ticks);
    bodies = r->bodies;
    mutex_unlock(&r->lock);

    str_adds(out, "# HELP signalbox_webhooks_total Deliveries by verdict.\n"
                  "# TYPE signalbox_webhooks_total counter\n");
    for (unsigned v = 0; v < VERDICT_COUNT; v++)
        str_addf(out, "signalbox_webhooks_total{verdict=\"%s\"} %llu\n",
                 verdict_word((enum verdict)v), (unsigned long long)totals[v]);
    str_addf(out,
             "# HELP signalbox_webhook_bytes_total Bytes of bodies received.\n"
             "# TYPE signalbox_webhook_bytes_total counter\n"
             "signalbox_webhook_bytes_total %llu\n"
             "# HELP signalbox_webhook_seconds Time to the answer, last five minutes.\n"
             "# TYPE signalbox_webhook_seconds gauge\n"
             "signalbox_webhook_seconds{quantile=\"0.5\"} %.6f\n"
             "signalbox_webhook_seconds{quantile=\"0.95\"} %.6f\n"
             "# HELP signalbox_webhook_bodies_bytes Bytes of bodies in memory.\n"
             "# TYPE signalbox_webhook_bodies_bytes gauge\n"
             "signalbox_webhook_bodies_bytes %zu\n",
             (unsigned long long)bytes, (double)p50 / 1e6, (double)p95 / 1e6, bodies);
}
