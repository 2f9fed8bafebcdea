/* bulk_fetch.c - the file of an operation, byte by byte, over as many requests as it takes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "shopify/bulk_in.h"
#include "shopify/shop_in.h"

#define TRIES      3 /* requests in a row that bring nothing new; who waits is the queue */
#define SILENCE_MS 60000

/* ---- one request ---- */

struct download {
    struct bulk_taker *taker;
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
    if (d->taker->feed(d->taker, data, len, err)) {
        d->taker->bytes += (int64_t)len;
        return HTTP_MORE;
    }
    d->refused = !d->taker->enough;
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

    d->from = d->taker->bytes;
    d->begun = false;
    d->skip = 0;
    if (d->from > 0) {
        snprintf(range, sizeof range, "bytes=%" PRId64 "-", d->from);
        request.headers[0] = (struct http_header){ "Range", range };
    }
    if (!http_send(http, &request, &d->answer, err))
        return d->refused || err->kind != ERR_BUSY ? FAILED : AGAIN;
    if (d->taker->enough)
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
    int64_t bytes = d->taker->bytes;

    if (outcome != ALL_CAME || d->bytes < 0 || bytes == d->bytes)
        return outcome;
    err_set(err, ERR_CONFLICT,
            "%" PRId64 " bytes of a bulk file that should have %" PRId64
            ": begin another operation",
            bytes, d->bytes);
    return bytes < d->bytes ? AGAIN : FAILED;
}

/* Until it is all there, a callback has had enough, or nothing moves any more. */
static bool fetch_all(struct source *s, struct download *d, struct err *err)
{
    unsigned tries = 0;

    while (true) {
        int64_t before = d->taker->bytes;
        enum outcome outcome = once(s, d, err);

        tries = d->taker->bytes > before ? 0 : tries + 1;
        if (outcome == ALL_CAME || outcome == STOPPED)
            return true;
        if (outcome == FAILED || tries == TRIES)
            return false;
        if (outcome == EXPIRED && !look(s, err))
            return false;
    }
}

bool bulk_fetch(struct shop *shop, struct http *http, const char *id, enum pace_class class,
                bool partial, struct bulk_taker *taker, struct bulk_operation *operation,
                struct graphql_trace *trace, struct err *err)
{
    struct source s = {
        .shop = shop, .http = http, .id = id, .class = class, .trace = trace, .partial = partial
    };
    struct download d = { .taker = taker };
    bool good = look(&s, err);

    if (good && s.url[0] == '\0') {
        if (s.operation.objects > 0)
            good = err_set(err, ERR_CONFLICT, "the bulk file is gone: begin another operation");
    } else if (good) {
        d.bytes = partial ? -1 : s.operation.bytes;
        http_answer_init(&d.answer);
        good = fetch_all(&s, &d, err);
        http_answer_clear(&d.answer);
    }
    explicit_bzero(s.url, sizeof s.url);
    *operation = s.operation;
    return good;
}
