/*
 * http.h - one request, one answer or one err. The only user of libcurl.
 *
 * A struct http belongs to one thread and keeps that thread's connections: one is used again
 * only where the server offered to keep it, and never after "Connection: close". TLS is verified
 * always, plain http goes to loopback only, redirects are not followed (a 3xx is an answer like
 * any other), no cookies, no netrc. An answer of any status is success here.
 *
 * The kind of an err says what can have happened on the other side:
 *   BUSY    nothing was sent (no address, no connection, no TLS), or the request only reads
 *   UNSURE  the request was sent, or part of it, and no whole answer came back
 *   DENIED  the certificate or the address is refused: nothing was sent
 *   BUG     a read whose answer is larger than the limit; an address that is none
 * No err quotes an address beyond its host: what follows may be a secret (a pre-signed file).
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"
#include "base/when.h"

#define HTTP_HEADERS_MAX 16                 /* of a request */
#define HTTP_HEAD_MAX    (64 * 1024)        /* all headers of an answer */
#define HTTP_ANSWER_MAX  (16 * 1024 * 1024) /* a body, unless the request says otherwise */
#define HTTP_CONNECT_MS  5000
#define HTTP_TOTAL_MS    60000

struct http;

struct http_header {
    const char *name, *value;
};

enum http_sink { HTTP_MORE, HTTP_ENOUGH /* what came is all that was wanted */, HTTP_FAIL };

struct http_request {
    const char *method;                           /* "GET", "POST" */
    const char *url;                              /* https://..., or http://127.0.0.1:PORT/... */
    struct http_header headers[HTTP_HEADERS_MAX]; /* up to the first without a name */
    const char *body;                             /* NULL: none */
    size_t len;
    const char *ca_file;           /* PEM; NULL: the system's authorities */
    unsigned connect_ms, total_ms; /* 0: the defaults above */
    size_t answer_max;             /* 0: HTTP_ANSWER_MAX */
    bool read; /* changes nothing there: no answer is BUSY, and a stale connection is no failure */
    /*
     * Where the body of a 2xx answer goes, piece by piece, instead of into answer.body: memory
     * stays flat however long it is. The answer's status and head are there before the first
     * piece. It may take its time. HTTP_FAIL: it has set err, which http_send returns as it is.
     * With a sink total_ms is how long nothing at all may come; sink_max: pieces together, needed.
     */
    enum http_sink (*sink)(void *ctx, const char *data, size_t len, struct err *err);
    void *sink_ctx;
    int64_t sink_max;
};

struct http_answer {
    long status;
    struct str head; /* name NUL value NUL ..., names in lower case */
    struct str body;
    int64_t us; /* from the call to the last byte, connecting included */
};

/* stop: when it becomes true, a request under way is given up within about a second. May be NULL;
 * must outlive the handle. */
struct http *http_new(const atomic_bool *stop, struct err *err);
void http_free(struct http *http);
AUTO_DEFINE(http)

/* Clears what the answer held before; answers are used again. The caller clears it at the end. */
bool http_send(struct http *http, const struct http_request *request, struct http_answer *answer,
               struct err *err);

void http_answer_init(struct http_answer *answer);
void http_answer_clear(struct http_answer *answer);
#define AUTO_HTTP_ANSWER __attribute__((cleanup(http_answer_clear))) struct http_answer

/* The last header of that name (any case), or NULL. */
const char *http_answer_header(const struct http_answer *answer, const char *name);
/* Retry-After in milliseconds: seconds, with a fraction or not; 0 if absent or a date. */
unsigned http_retry_after_ms(const struct http_answer *answer);
/* The Date header of an answer; 0 if there is none. */
when http_answer_date(const struct http_answer *answer);
/* "503 Service Unavailable": the number and the words of the standard, never the server's. */
const char *http_status_words(long status);
/* May this address be used at all: https, or http to loopback; no user, no password in it. */
bool http_url_check(const char *url, struct err *err);

#endif
