#include "tests/sandbox/hooks.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/str.h"
#include "base/when.h"
#include "tests/sandbox/rng.h"

#define ACK_SAMPLES 65536

struct subscription {
    json_t *view;
    char topic[64]; /* orders/create */
    unsigned failures;  /* in a row; those under way at the same time count once */
    int64_t failed;     /* when_ticks() of the last one counted */
};

struct delivery {
    struct delivery *next;
    int64_t due; /* when_ticks() */
    unsigned attempt;
    char gid[96], topic[64], url[512], id[40], event[40], triggered[WHEN_TEXT_MAX], version[16], name[56], signature[64];
    char *body;
    size_t len;
    CURL *curl;
    struct curl_slist *headers;
    int64_t sent;
};

struct hooks {
    pthread_mutex_t lock;
    pthread_cond_t quiet;
    pthread_t thread;
    CURLM *multi;
    struct stats *stats;
    struct hooks_options options;
    char secret[128];
    struct subscription subscriptions[HOOKS_SUBSCRIPTIONS_MAX];
    size_t count;
    struct delivery *waiting, **last; /* in order of arrival */
    size_t queued, flying;
    struct rng rng;
    uint64_t next_id;
    unsigned duplicate, delayed, delay_ms, bad;
    unsigned long sent, acked, retried, given_up, deleted;
    unsigned *acks; /* microseconds, a ring */
    size_t ack_count;
    bool stopping, started, hold, patient;
};

/* ---- subscriptions ---- */

/* ORDERS_CREATE -> orders/create; the last word is what happened. */
static void topic_slug(const char *topic, char *to, size_t size)
{
    char *slash;

    str_copy(to, size, topic);
    for (char *p = to; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 32);
    slash = strchr(to, '_');
    /* two-word things: order_transactions/create, inventory_levels/update, bulk_operations/finish */
    if (slash != NULL && (str_starts(to, "order_") || str_starts(to, "inventory_") || str_starts(to, "bulk_") ||
                          str_starts(to, "fulfillment_")))
        slash = strchr(slash + 1, '_');
    if (slash != NULL)
        *slash = '/';
}

static const char *uri_of(const json_t *input)
{
    const char *uri = json_text(input, "uri");

    return uri != NULL ? uri : json_text(input, "callbackUrl");
}

static const char *input_problem(const json_t *input)
{
    const char *uri = uri_of(input), *name = json_text(input, "name");

    if (uri == NULL)
        return "Address can't be blank";
    if (!str_starts(uri, "https://") && !str_starts(uri, "http://127.0.0.1:") && !str_starts(uri, "http://localhost:"))
        return "Address protocol http:// is not supported";
    if (strlen(uri) >= sizeof ((struct delivery *)0)->url)
        return "Address is too long";
    if (name != NULL && (strlen(name) > 50 || name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] != '\0'))
        return "Name is invalid";
    return NULL;
}

static void view_fill(json_t *view, const json_t *input)
{
    static const char *const keys[] = { "format", "filter", "includeFields", "metafieldNamespaces", "metafields", "name" };
    char now[WHEN_TEXT_MAX];

    if (uri_of(input) != NULL)
        json_object_set_new(view, "uri", json_string(uri_of(input)));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (json_object_get(input, keys[i]) != NULL)
            json_object_set(view, keys[i], json_object_get(input, keys[i]));
    json_object_set_new(view, "updatedAt", json_string(when_iso(when_now(), now)));
}

json_t *hooks_subscribe(struct hooks *h, const char *topic, const json_t *input, const char *version, const char **problem)
{
    char now[WHEN_TEXT_MAX];
    json_t *view = NULL;

    *problem = input_problem(input);
    if (*problem != NULL)
        return NULL;
    mutex_lock(&h->lock);
    for (size_t i = 0; i < h->count && *problem == NULL; i++)
        if (strcmp(json_text_or(h->subscriptions[i].view, "topic", ""), topic) == 0 &&
            strcmp(json_text_or(h->subscriptions[i].view, "uri", ""), uri_of(input)) == 0)
            *problem = "Address for this topic has already been taken";
    if (*problem == NULL && h->count == HOOKS_SUBSCRIPTIONS_MAX)
        *problem = "Too many subscriptions";
    if (*problem == NULL) {
        struct subscription *s = &h->subscriptions[h->count++];

        view = json_pack("{s:s,s:o,s:s,s:o,s:s,s:[],s:[],s:[],s:{s:s,s:b,s:s}}", "__typename", "WebhookSubscription", "id",
                         json_sprintf("gid://shopify/WebhookSubscription/%llu", (unsigned long long)++h->next_id), "topic",
                         topic, "createdAt", json_string(when_iso(when_now(), now)), "format", "JSON", "includeFields",
                         "metafieldNamespaces", "metafields", "apiVersion", "handle", version, "supported", 1, "displayName",
                         version);
        view_fill(view, input);
        *s = (struct subscription){ .view = view };
        topic_slug(topic, s->topic, sizeof s->topic);
        view = json_deep_copy(view);
    }
    mutex_unlock(&h->lock);
    return view;
}

static struct subscription *find_held(struct hooks *h, const char *gid)
{
    for (size_t i = 0; i < h->count; i++)
        if (strcmp(json_text_or(h->subscriptions[i].view, "id", ""), gid) == 0)
            return &h->subscriptions[i];
    return NULL;
}

json_t *hooks_update(struct hooks *h, const char *gid, const json_t *input, const char **problem)
{
    struct subscription *s;
    json_t *view = NULL;

    *problem = uri_of(input) == NULL ? NULL : input_problem(input);
    if (*problem != NULL)
        return NULL;
    mutex_lock(&h->lock);
    s = find_held(h, gid);
    if (s == NULL) {
        *problem = "Webhook subscription does not exist";
    } else {
        view_fill(s->view, input);
        view = json_deep_copy(s->view);
    }
    mutex_unlock(&h->lock);
    return view;
}

static void drop_held(struct hooks *h, struct subscription *s)
{
    json_decref(s->view);
    *s = h->subscriptions[--h->count];
}

bool hooks_unsubscribe(struct hooks *h, const char *gid)
{
    struct subscription *s;

    mutex_lock(&h->lock);
    s = find_held(h, gid);
    if (s != NULL)
        drop_held(h, s);
    mutex_unlock(&h->lock);
    return s != NULL;
}

void hooks_clear(struct hooks *h)
{
    mutex_lock(&h->lock);
    while (h->count > 0)
        drop_held(h, &h->subscriptions[h->count - 1]);
    mutex_unlock(&h->lock);
}

json_t *hooks_list(struct hooks *h)
{
    json_t *list = json_array();

    mutex_lock(&h->lock);
    for (size_t i = 0; i < h->count; i++)
        json_array_append_new(list, json_deep_copy(h->subscriptions[i].view));
    mutex_unlock(&h->lock);
    return list;
}

/* ---- deliveries ---- */

static void uuid(struct rng *r, char *to)
{
    uint64_t a = rng_next(r), b = rng_next(r);

    snprintf(to, 40, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
             ((unsigned)(b >> 48) & 0x3fff) | 0x8000, (unsigned long long)(b & 0xffffffffffff));
}

static void sign(const char *secret, const char *body, size_t len, char *to, bool badly)
{
    unsigned char mac[32];
    unsigned size = sizeof mac;

    HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)body, len, mac, &size);
    if (badly)
        mac[7] ^= 1;
    EVP_EncodeBlock((unsigned char *)to, mac, 32);
}

static void enqueue_held(struct hooks *h, struct delivery *d)
{
    d->next = NULL;
    *h->last = d;
    h->last = &d->next;
    h->queued++;
}

static struct delivery *delivery_copy(const struct delivery *from)
{
    struct delivery *d = calloc(1, sizeof *d);

    if (d == NULL)
        abort();
    *d = *from;
    d->body = malloc(from->len + 1);
    if (d->body == NULL)
        abort();
    memcpy(d->body, from->body, from->len + 1);
    return d;
}

/* Only the fields a subscription asked for. */
static json_t *trimmed(const json_t *view, json_t *payload)
{
    const json_t *fields = json_object_get(view, "includeFields");
    json_t *some, *name;
    size_t i;

    if (json_array_size(fields) == 0)
        return json_incref(payload);
    some = json_object();
    json_array_foreach(fields, i, name)
        if (json_is_string(name) && json_object_get(payload, json_string_value(name)) != NULL)
            json_object_set(some, json_string_value(name), json_object_get(payload, json_string_value(name)));
    return some;
}

/* Takes body. */
static struct delivery *delivery_new_held(struct hooks *h, const struct subscription *s, const char *topic, char *body,
                                          const char *event)
{
    struct delivery *d = calloc(1, sizeof *d);

    if (d == NULL || body == NULL)
        abort();
    d->body = body;
    d->len = strlen(d->body);
    d->due = when_ticks();
    uuid(&h->rng, d->id);
    str_copy(d->gid, sizeof d->gid, json_text_or(s->view, "id", ""));
    str_copy(d->topic, sizeof d->topic, topic);
    str_copy(d->url, sizeof d->url, json_text_or(s->view, "uri", ""));
    str_copy(d->event, sizeof d->event, event);
    str_copy(d->version, sizeof d->version, json_text_or(s->view, "apiVersion.handle", "2026-10"));
    str_copy(d->name, sizeof d->name, json_text_or(s->view, "name", ""));
    when_iso_micro(when_now(), d->triggered);
    sign(h->secret, d->body, d->len, d->signature, h->bad > 0);
    h->bad -= h->bad > 0;
    if (rng_chance(&h->rng, h->delayed))
        d->due += (int64_t)rng_below(&h->rng, h->delay_ms + 1) * 1000;
    return d;
}

static char *body_of(const struct subscription *s, json_t *payload, const char *text)
{
    json_auto_t *some = payload != NULL ? trimmed(s->view, payload) : NULL;

    return some != NULL ? json_dumps(some, JSON_COMPACT) : strdup(text);
}

/* Either payload (borrowed) or text. */
static size_t send_all(struct hooks *h, const char *topic, json_t *payload, const char *text)
{
    char event[40];
    size_t sent = 0;

    mutex_lock(&h->lock);
    uuid(&h->rng, event);
    for (size_t i = 0; i < h->count; i++) {
        const struct subscription *s = &h->subscriptions[i];
        struct delivery *d;

        if (strcmp(s->topic, topic) != 0)
            continue;
        d = delivery_new_held(h, s, topic, body_of(s, payload, text), event);
        if (rng_chance(&h->rng, h->duplicate))
            enqueue_held(h, delivery_copy(d));
        enqueue_held(h, d);
        sent++;
    }
    mutex_unlock(&h->lock);
    curl_multi_wakeup(h->multi);
    return sent;
}

size_t hooks_send(struct hooks *h, const char *topic, json_t *payload)
{
    size_t sent = send_all(h, topic, payload, NULL);

    json_decref(payload);
    return sent;
}

size_t hooks_send_text(struct hooks *h, const char *topic, const char *body)
{
    return send_all(h, topic, NULL, body);
}

static void header(struct delivery *d, const char *name, const char *value)
{
    char line[640];

    snprintf(line, sizeof line, "%s: %s", name, value);
    d->headers = curl_slist_append(d->headers, line);
}

static size_t ignore(char *data, size_t size, size_t count, void *ctx)
{
    (void)data;
    (void)ctx;
    return size * count;
}

static void fly(struct hooks *h, struct delivery *d)
{
    d->curl = curl_easy_init();
    d->headers = NULL;
    header(d, "Content-Type", "application/json");
    header(d, "User-Agent", "Shopify-Captain-Hook");
    header(d, "X-Shopify-Topic", d->topic);
    header(d, "X-Shopify-Hmac-Sha256", d->signature);
    header(d, "X-Shopify-Shop-Domain", h->options.domain);
    header(d, "X-Shopify-API-Version", d->version);
    header(d, "X-Shopify-Webhook-Id", d->id);
    header(d, "X-Shopify-Event-Id", d->event);
    header(d, "X-Shopify-Triggered-At", d->triggered);
    if (d->name[0] != '\0')
        header(d, "X-Shopify-Name", d->name);
    header(d, "Expect", "");
    curl_easy_setopt(d->curl, CURLOPT_URL, d->url);
    curl_easy_setopt(d->curl, CURLOPT_HTTPHEADER, d->headers);
    curl_easy_setopt(d->curl, CURLOPT_POSTFIELDS, d->body);
    curl_easy_setopt(d->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)d->len);
    curl_easy_setopt(d->curl, CURLOPT_CONNECTTIMEOUT_MS, 1000L);
    curl_easy_setopt(d->curl, CURLOPT_TIMEOUT_MS, 5000L);
    curl_easy_setopt(d->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(d->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(d->curl, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(d->curl, CURLOPT_PRIVATE, d);
    d->sent = when_ticks();
    curl_multi_add_handle(h->multi, d->curl);
}

static void delivery_free(struct delivery *d)
{
    free(d->body);
    free(d);
}

/* Seconds before the nth retry: eight of them in four hours. */
static int64_t gap(const struct hooks *h, unsigned retry)
{
    static const double seconds[HOOKS_FAILURES_MAX] = { 10, 60, 240, 600, 1500, 3000, 4500, 4500 };

    return (int64_t)(seconds[retry < HOOKS_FAILURES_MAX ? retry : HOOKS_FAILURES_MAX - 1] * h->options.gap_scale * 1e6);
}

static void landed(struct hooks *h, struct delivery *d, bool good)
{
    struct subscription *s;

    mutex_lock(&h->lock);
    h->flying--;
    h->sent++;
    s = find_held(h, d->gid);
    if (good) {
        h->acked++;
        h->acks[h->ack_count++ % ACK_SAMPLES] = (unsigned)(when_ticks() - d->sent);
        if (s != NULL)
            s->failures = 0;
        delivery_free(d);
    } else {
        if (s != NULL && d->sent >= s->failed) {
            s->failed = when_ticks();
            if (++s->failures >= HOOKS_FAILURES_MAX && !h->patient) {
                drop_held(h, s);
                h->deleted++;
            }
        }
        if (d->attempt < HOOKS_FAILURES_MAX || h->patient) {
            d->due = when_ticks() + gap(h, h->patient ? 0 : d->attempt++);
            h->retried++;
            enqueue_held(h, d);
        } else {
            h->given_up++;
            delivery_free(d);
        }
    }
    if (h->queued == 0 && h->flying == 0)
        pthread_cond_broadcast(&h->quiet);
    mutex_unlock(&h->lock);
}

static void collect(struct hooks *h)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
        struct delivery *d = NULL;
        long status = 0;
        bool good;

        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&d);
        curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        good = m->data.result == CURLE_OK && status >= 200 && status < 300;
        curl_multi_remove_handle(h->multi, d->curl);
        curl_easy_cleanup(d->curl);
        curl_slist_free_all(d->headers);
        landed(h, d, good);
    }
}

/* The next delivery that is due; NULL: none, *wait says for how long (ms). */
static struct delivery *next_due(struct hooks *h, int *wait)
{
    struct delivery *d, **at;
    int64_t now = when_ticks(), soonest = now + 1000000;

    mutex_lock(&h->lock);
    for (at = &h->waiting; (d = h->hold ? NULL : *at) != NULL && (d->due > now || h->flying >= h->options.parallel); at = &d->next) {
        soonest = d->due < soonest ? d->due : soonest;
        if (h->flying >= h->options.parallel) {
            d = NULL;
            break;
        }
    }
    if (d != NULL) {
        *at = d->next;
        if (h->last == &d->next)
            h->last = at;
        h->queued--;
        h->flying++;
    }
    *wait = soonest <= now ? 1 : (int)((soonest - now) / 1000) + 1;
    mutex_unlock(&h->lock);
    return d;
}

static void *run(void *arg)
{
    struct hooks *h = arg;
    bool stop = false;

    while (!stop) {
        struct delivery *d;
        int running, wait;

        while ((d = next_due(h, &wait)) != NULL)
            fly(h, d);
        curl_multi_perform(h->multi, &running);
        collect(h);
        curl_multi_poll(h->multi, NULL, 0, wait, NULL);
        mutex_lock(&h->lock);
        stop = h->stopping;
        mutex_unlock(&h->lock);
    }
    return NULL;
}

struct hooks *hooks_new(const struct hooks_options *options, struct stats *stats, struct err *err)
{
    AUTO(hooks) h = calloc(1, sizeof *h);

    if (h == NULL)
        return NULL;
    mutex_init(&h->lock);
    cond_init(&h->quiet);
    h->options = *options;
    h->stats = stats;
    h->last = &h->waiting;
    h->rng.state = options->seed + 99;
    h->next_id = 4759306;
    h->acks = calloc(ACK_SAMPLES, sizeof *h->acks);
    h->multi = curl_multi_init();
    str_copy(h->secret, sizeof h->secret, options->secret);
    if (h->multi == NULL || h->acks == NULL) {
        err_set(err, ERR_BUSY, "no memory for webhooks");
        return NULL;
    }
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)options->parallel);
    h->started = pthread_create(&h->thread, NULL, run, h) == 0;
    if (!h->started) {
        err_set(err, ERR_BUSY, "start the webhook thread");
        return NULL;
    }
    return TAKE(h);
}

void hooks_disorder(struct hooks *h, unsigned duplicate, unsigned delayed, unsigned delay_ms)
{
    mutex_lock(&h->lock);
    h->duplicate = duplicate;
    h->delayed = delayed;
    h->delay_ms = delay_ms;
    mutex_unlock(&h->lock);
}

void hooks_rotate(struct hooks *h, const char *secret)
{
    mutex_lock(&h->lock);
    str_copy(h->secret, sizeof h->secret, secret);
    mutex_unlock(&h->lock);
}

void hooks_hold(struct hooks *h, bool on)
{
    mutex_lock(&h->lock);
    h->hold = on;
    mutex_unlock(&h->lock);
    curl_multi_wakeup(h->multi);
}

void hooks_patient(struct hooks *h, bool on)
{
    mutex_lock(&h->lock);
    h->patient = on;
    mutex_unlock(&h->lock);
}

void hooks_break(struct hooks *h, unsigned bad_signatures)
{
    mutex_lock(&h->lock);
    h->bad = bad_signatures;
    mutex_unlock(&h->lock);
}

bool hooks_wait(struct hooks *h, unsigned ms)
{
    int64_t until = when_ticks() + (int64_t)ms * 1000;
    bool quiet;

    mutex_lock(&h->lock);
    while ((h->queued > 0 || h->flying > 0) && when_ticks() < until)
        cond_wait_until(&h->quiet, &h->lock, until);
    quiet = h->queued == 0 && h->flying == 0;
    mutex_unlock(&h->lock);
    return quiet;
}

static int by_size(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

    return (x > y) - (x < y);
}

json_t *hooks_stats(struct hooks *h)
{
    AUTO_FREE unsigned *sorted = malloc(ACK_SAMPLES * sizeof *sorted);
    size_t n;
    json_t *j;

    mutex_lock(&h->lock);
    n = h->ack_count < ACK_SAMPLES ? h->ack_count : ACK_SAMPLES;
    memcpy(sorted, h->acks, n * sizeof *sorted);
    j = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "queued", (json_int_t)(h->queued + h->flying), "sent", (json_int_t)h->sent,
                  "acked", (json_int_t)h->acked, "retried", (json_int_t)h->retried, "given_up", (json_int_t)h->given_up,
                  "deleted_subscriptions", (json_int_t)h->deleted, "subscriptions", (json_int_t)h->count);
    mutex_unlock(&h->lock);
    qsort(sorted, n, sizeof *sorted, by_size);
    if (n > 0)
        json_object_set_new(j, "ack_ms", json_pack("{s:f,s:f,s:f}", "p50", sorted[n / 2] / 1e3, "p95", sorted[n * 95 / 100] / 1e3,
                                                   "p99", sorted[n * 99 / 100] / 1e3));
    return j;
}

void hooks_stats_reset(struct hooks *h)
{
    mutex_lock(&h->lock);
    h->sent = h->acked = h->retried = h->given_up = h->deleted = 0;
    h->ack_count = 0;
    mutex_unlock(&h->lock);
}

void hooks_free(struct hooks *h)
{
    struct delivery *d;

    if (h == NULL)
        return;
    if (h->started) {
        mutex_lock(&h->lock);
        h->stopping = true;
        mutex_unlock(&h->lock);
        curl_multi_wakeup(h->multi);
        pthread_join(h->thread, NULL);
    }
    while ((d = h->waiting) != NULL) {
        h->waiting = d->next;
        delivery_free(d);
    }
    hooks_clear(h);
    curl_multi_cleanup(h->multi);
    free(h->acks);
    pthread_mutex_destroy(&h->lock);
    pthread_cond_destroy(&h->quiet);
    free(h);
}
