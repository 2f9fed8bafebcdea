/* bulk_read.c - the file of an operation, from the cursor on, over as many requests as it takes. */
#include "shopify/bulk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/bulk_in.h"
#include "shopify/shop_in.h"

#define TRIES      3 /* requests in a row that bring nothing new; who waits is the queue */
#define SILENCE_MS 60000

/* ---- cursors ---- */

char *bulk_cursor_text(const struct bulk_cursor *cursor, char text[BULK_CURSOR_MAX])
{
    snprintf(text, BULK_CURSOR_MAX, "%" PRId64 ":%" PRId64 ":%" PRId64 ":%" PRId64, cursor->records,
             cursor->line, cursor->offset, cursor->id);
    return text;
}

bool bulk_cursor_read(const char *text, struct bulk_cursor *cursor)
{
    struct bulk_cursor read = { .records = 0 };
    int64_t *const parts[] = { &read.records, &read.line, &read.offset, &read.id };

    for (size_t i = 0; *text != '\0' || i > 0; i++) {
        size_t n = strcspn(text, ":");
        unsigned long long number;
        char part[24];

        if (n >= sizeof part || (text[n] == '\0') != (i == 3))
            return false;
        memcpy(part, text, n);
        part[n] = '\0';
        if (!str_number(part, INT64_MAX, &number))
            return false;
        *parts[i] = (int64_t)number;
        if (i == 3)
            break;
        text += n + 1;
    }
    *cursor = read;
    return true;
}

/* ---- one request ---- */

struct download {
    struct bulk_lines *lines;
    struct http_answer answer;
    int64_t from;        /* the byte that was asked for */
    int64_t skip;        /* bytes to let go by: the server began at the file's own beginning */
    int64_t bytes;       /* of the whole file as the operation tells; -1: not told */
    bool begun, refused; /* refused: by us, not by the network */
};

/* "bytes 100-999/1000": the first byte and the whole. */
static bool content_range(const char *text, int64_t *first, int64_t *whole)
{
    long long a, b, c;
    int read = 0;

    if (text == NULL || sscanf(text, "bytes %lld-%lld/%lld%n", &a, &b, &c, &read) != 3 ||
        text[read] != '\0')
        return false;
    *first = a;
    *whole = c;
    return true;
}

static bool judge_begin(struct download *d, struct err *err)
{
    int64_t first = 0, whole = -1;

    d->begun = true;
    if (d->answer.status == 206 &&
        !content_range(http_answer_header(&d->answer, "content-range"), &first, &whole))
        return err_set(err, ERR_BUG, "a part of a bulk file that does not say which");
    if (first > d->from)
        return err_set(err, ERR_BUG, "another part of the bulk file came than was asked for");
    d->skip = d->from - first;
    if (whole >= 0 && d->bytes >= 0 && whole != d->bytes)
        return err_set(err, ERR_CONFLICT,
                       "the bulk file is not as long as Shopify says: begin another operation");
    return true;
}

static enum http_sink take(void *ctx, const char *data, size_t len, struct err *err)
{
    struct download *d = ctx;

    if (!d->begun && !judge_begin(d, err)) {
        d->refused = true;
        return HTTP_FAIL;
    }
    if (d->skip >= (int64_t)len) {
        d->skip -= (int64_t)len;
        return HTTP_MORE;
    }
    data += d->skip;
    len -= (size_t)d->skip;
    d->skip = 0;
    if (bulk_lines_feed(d->lines, data, len, err))
        return HTTP_MORE;
    d->refused = !bulk_lines_stopped(d->lines);
    return d->refused ? HTTP_FAIL : HTTP_ENOUGH;
}

enum outcome {
    ALL_CAME,
    STOPPED, /* a callback had enough */
    FAILED,  /* err is the callback's or the file's */
    AGAIN,   /* go on where it broke off; err says why it did */
    EXPIRED  /* the address is no good any more */
};

static enum outcome judge_status(const struct download *d, struct err *err)
{
    long status = d->answer.status;

    if (status / 100 == 2)
        return ALL_CAME;
    if (status == 416 && d->from > 0)
        return ALL_CAME; /* there is nothing after the last byte we have */
    if (status == 400 || status == 401 || status == 403 || status == 404 || status == 410) {
        err_set(err, ERR_CONFLICT,
                "the bulk file cannot be had any more (%s): begin another operation",
                http_status_words(status));
        return EXPIRED;
    }
    err_set(err, ERR_BUSY, "the bulk file: %s", http_status_words(status));
    err->wait_ms = http_retry_after_ms(&d->answer);
    return AGAIN;
}

static enum outcome download(struct shop *shop, struct http *http, const char *url,
                             struct download *d, struct err *err)
{
    char range[48];
    struct http_request request = { .method = "GET",
                                    .url = url,
                                    .ca_file = shop->ca_file,
                                    .connect_ms = shop->connect_ms,
                                    .total_ms = shop->total_ms != 0 ? shop->total_ms : SILENCE_MS,
                                    .answer_max = 64 * 1024,
                                    .read = true,
                                    .sink = take,
                                    .sink_ctx = d,
                                    .sink_max = BULK_FILE_MAX };

    d->from = bulk_lines_bytes(d->lines);
    d->begun = false;
    d->skip = 0;
    if (d->from > 0) {
        snprintf(range, sizeof range, "bytes=%" PRId64 "-", d->from);
        request.headers[0] = (struct http_header){ "Range", range };
    }
    if (!http_send(http, &request, &d->answer, err))
        return d->refused || err->kind != ERR_BUSY ? FAILED : AGAIN;
    if (bulk_lines_stopped(d->lines))
        return STOPPED;
    return judge_status(d, err);
}

/* ---- the whole ---- */

struct source {
    struct shop *shop;
    struct http *http;
    const char *id;
    enum pace_class class;
    struct graphql_trace *trace;
    bool partial;
    struct bulk_operation operation;
    char url[BULK_URL_MAX];
};

/* Where the file is now; no url: it has no line. */
static bool look(struct source *s, struct err *err)
{
    if (!bulk_look(s->shop, s->http, s->id, s->class, &s->operation, s->url, s->trace, err)) {
        if (err->kind == ERR_MISSING)
            err->kind = ERR_CONFLICT;
        return false;
    }
    if (s->operation.state == BULK_COMPLETED || (s->partial && s->operation.partial))
        return true;
    if (bulk_whole(&s->operation, err))
        return true;
    if (s->partial && bulk_over(&s->operation))
        err_set(err, ERR_CONFLICT, "the bulk operation left nothing: begin another one");
    return false;
}

static enum outcome once(struct source *s, struct download *d, struct err *err)
{
    enum outcome outcome = download(s->shop, s->http, s->url, d, err);
    int64_t bytes = bulk_lines_bytes(d->lines);

    if (outcome != ALL_CAME || d->bytes < 0 || bytes == d->bytes)
        return outcome;
    err_set(err, ERR_CONFLICT,
            "%" PRId64 " bytes of a bulk file that should have %" PRId64
            ": begin another operation",
            bytes, d->bytes);
    return bytes < d->bytes ? AGAIN : FAILED;
}

/* Until it is all there, a callback has had enough, or nothing moves any more. */
static bool fetch(struct source *s, struct download *d, struct err *err)
{
    unsigned tries = 0;

    while (true) {
        int64_t before = bulk_lines_bytes(d->lines);
        enum outcome outcome = once(s, d, err);

        tries = bulk_lines_bytes(d->lines) > before ? 0 : tries + 1;
        if (outcome == ALL_CAME)
            return bulk_lines_end(d->lines, &s->operation, err);
        if (outcome == STOPPED)
            return true;
        if (outcome == FAILED || tries == TRIES)
            return false;
        if (outcome == EXPIRED && !look(s, err))
            return false;
    }
}

bool bulk_read(struct shop *shop, struct http *http, const char *id, struct bulk_reading *reading,
               struct bulk_cursor *cursor, struct graphql_trace *trace, struct err *err)
{
    struct source s = { .shop = shop,
                        .http = http,
                        .id = id,
                        .class = reading->class,
                        .trace = trace,
                        .partial = reading->partial };
    AUTO(bulk_lines) lines = bulk_lines_new(reading, cursor, err);
    struct download d = { .lines = lines };
    struct err own = { .kind = ERR_NONE };
    bool good;

    reading->records = reading->faults = 0;
    reading->end = false;
    if (lines == NULL || !look(&s, &own)) {
        good = false;
    } else if (s.url[0] == '\0' && s.operation.objects > 0) {
        good = err_set(&own, ERR_CONFLICT, "the bulk file is gone: begin another operation");
    } else if (s.url[0] == '\0') {
        good = reading->end = true;
    } else {
        d.bytes = reading->partial ? -1 : s.operation.bytes;
        http_answer_init(&d.answer);
        good = fetch(&s, &d, &own);
        http_answer_clear(&d.answer);
    }
    explicit_bzero(s.url, sizeof s.url);
    if (!good && err != NULL && own.kind != ERR_NONE)
        *err = own;
    return good;
}
