#include "webhook/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "shopify/webhook.h"
#include "store/jobs.h"
#include "webhook/record.h"

/* An order's name stands before its lines: further in it is not looked for. */
#define TITLE_WITHIN 4096
#define ROOM_FIRST   16384 /* more than most orders take */

struct delivery *delivery_new(struct receiver *receiver, size_t length)
{
    struct delivery *d = malloc(sizeof *d);

    if (d == NULL)
        return NULL;
    memset(d, 0, offsetof(struct delivery, headers));
    d->receiver = receiver;
    d->headers_len = 0;
    d->length = length;
    d->room = d->got = 0;
    d->body = NULL;
    return d;
}

void delivery_free(struct delivery *d)
{
    free(d->body);
    free(d);
}

size_t delivery_room(const struct delivery *d, size_t n)
{
    size_t room = d->room > 0 ? d->room : ROOM_FIRST;

    while (room < n)
        room *= 2;
    return room < d->length ? room : d->length;
}

bool delivery_grow(struct delivery *d, size_t room)
{
    char *body = realloc(d->body, room);

    if (body == NULL)
        return false;
    d->body = body;
    d->room = room;
    return true;
}

/* A JSON string of what came over the wire: other bytes than ASCII are shown as Latin-1. */
static bool quote(char *to, size_t room, size_t *used, const char *text)
{
    size_t n = 0;

    if (room < 2)
        return false;
    to[n++] = '"';
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (n + 8 > room)
            return false;
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
            n += (size_t)snprintf(to + n, room - n, "\\u%04x", c);
        else
            to[n++] = (char)c;
    }
    to[n++] = '"';
    *used = n;
    return true;
}

static bool is_private(const char *name)
{
    return strcasecmp(name, "Authorization") == 0 || strcasecmp(name, "Cookie") == 0 ||
           strcasecmp(name, "Proxy-Authorization") == 0;
}

void delivery_header(struct delivery *d, const char *name, const char *value)
{
    char *to = d->headers + d->headers_len;
    size_t room = sizeof d->headers - d->headers_len, at = 0, n;

    if (room < 16 || is_private(name))
        return;
    room -= 4; /* for the brackets at the end */
    to[at++] = d->headers_len == 0 ? '[' : ',';
    to[at++] = '[';
    if (!quote(to + at, room - at, &n, name))
        return;
    at += n;
    to[at++] = ',';
    if (at + 1 >= room || !quote(to + at, room - at, &n, value != NULL ? value : ""))
        return;
    at += n;
    if (at >= room)
        return;
    to[at++] = ']';
    d->headers_len += at;
}

static void take(char *to, size_t size, const char *value)
{
    if (value != NULL && utf8_valid(value, strlen(value)))
        str_copy(to, size, value);
}

void delivery_describe(struct delivery *d, const struct guard *guard)
{
    take(d->hook.topic, sizeof d->hook.topic, guard->topic);
    take(d->hook.shop, sizeof d->hook.shop, guard->shop);
    take(d->hook.webhook_id, sizeof d->hook.webhook_id, guard->webhook_id);
    take(d->hook.event_id, sizeof d->hook.event_id, guard->event_id);
    take(d->signature, sizeof d->signature, guard->hmac);
    if (guard->triggered_at != NULL)
        when_parse_iso(guard->triggered_at, &d->hook.triggered_at);
}

void delivery_seen(struct delivery *d)
{
    source_text(&d->source, d->hook.source);
    d->hook.received = when_now();
}

static void plain_route(struct delivery *d)
{
    enum topic topic = topic_of(d->hook.topic);

    d->plain = (struct route){ .topic = topic_name(topic), .kind = topic_name(topic) };
    d->plain.lane = "later";
    d->plain.record = topic_class_name(topic_class(topic));
    d->plain.id = "id";
    d->plain.priority = 5;
    d->plain.noflow = true;
    d->route = &d->plain;
}

void delivery_route(struct delivery *d, const struct route *routes, size_t count)
{
    char id[RECORD_TEXT_MAX];
    size_t begin;

    d->route = NULL;
    for (size_t i = 0; i < count && d->route == NULL; i++)
        if (strcmp(routes[i].topic, d->hook.topic) == 0)
            d->route = &routes[i];
    if (d->route == NULL)
        plain_route(d);
    if (record_find(d->body, d->length, d->route->id, id)) {
        snprintf(d->record, sizeof d->record, "%s:%s", d->route->record, id);
        str_copy(d->hook.object, sizeof d->hook.object, id);
    }
    begin = d->length < TITLE_WITHIN ? d->length : TITLE_WITHIN;
    if (d->route->title != NULL && record_find(d->body, begin, d->route->title, id) &&
        utf8_valid(id, strlen(id))) {
        str_copy(d->title, sizeof d->title, id);
        str_copy(d->hook.object, sizeof d->hook.object, id);
    }
}

static bool keep(struct db *db, void *ctx, struct err *err)
{
    struct delivery *d = ctx;
    struct job_new job = {
        .backend = d->hook.backend,
        .lane = d->route->lane,
        .kind = d->route->kind,
        .record = d->record,
        .title = d->title[0] != '\0'    ? d->title
                 : d->record[0] != '\0' ? NULL
                                        : d->hook.topic,
        .priority = d->route->priority,
        .noflow = d->route->noflow,
    };
    bool duplicate = false;

    d->hook.verdict = d->verdict == VERDICT_LATE ? INBOX_LATE : INBOX_OK;
    if (!inbox_add(db, &d->hook, d->headers, d->body, d->length, &duplicate, err))
        return false;
    if (duplicate) {
        d->verdict = VERDICT_DUP;
        return true;
    }
    job.inbox = d->hook.id;
    return jobs_add(db, &job, &d->hook.job, NULL, err) &&
           inbox_job(db, d->hook.id, d->hook.job, err);
}

/* Closes the list of headers; there is always room left for it. */
static void close_headers(struct delivery *d)
{
    memcpy(d->headers + d->headers_len, d->headers_len == 0 ? "[]" : "]",
           d->headers_len == 0 ? 3 : 2);
}

void delivery_send(struct delivery *d, struct store *store,
                   void (*done)(struct store_request *request))
{
    close_headers(d);
    d->hook.bytes = (int64_t)d->length;
    d->hook.us = when_ticks() - d->begun;
    d->request = (struct store_request){ .change = keep, .done = done, .ctx = d };
    d->sent = true;
    store_send(store, &d->request);
}

/* ---- refused ones ---- */

static bool keep_refused(struct db *db, void *ctx, struct err *err)
{
    struct delivery *d = ctx;
    bool duplicate;

    return inbox_add(db, &d->hook, d->headers, d->got > 0 ? d->body : NULL, d->got, &duplicate,
                     err);
}

static void refused_kept(struct store_request *request)
{
    delivery_free(request->ctx);
}

void delivery_keep_refused(const struct delivery *d, struct store *store)
{
    size_t body = d->keep_body ? d->got : 0;
    struct delivery *copy;

    if (body > DELIVERY_REJECT_BODY_MAX)
        body = DELIVERY_REJECT_BODY_MAX;
    copy = delivery_new(d->receiver, body);
    if (copy == NULL || (body > 0 && !delivery_grow(copy, body))) {
        free(copy);
        return;
    }
    copy->hook = d->hook;
    copy->hook.verdict = INBOX_REJ;
    copy->hook.bytes = (int64_t)d->length;
    copy->hook.us = when_ticks() - d->begun;
    str_copy(copy->hook.reason, sizeof copy->hook.reason, verdict_word(d->verdict));
    memcpy(copy->headers, d->headers, d->headers_len);
    copy->headers_len = d->headers_len;
    close_headers(copy);
    if (body > 0)
        memcpy(copy->body, d->body, body);
    copy->got = body;
    copy->request = (struct store_request){ .change = keep_refused, .done = refused_kept };
    copy->request.ctx = copy;
    store_send(store, &copy->request);
}
