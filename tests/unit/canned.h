/*
 * canned.h - a server on loopback that answers with the bytes a test gives it, well or badly.
 *
 * One thread, one connection after the other; requests are kept as they came. A test's answer
 * function is called on that thread, so what it shares with the test must be atomic or only read
 * after canned_free.
 */
#ifndef TESTS_CANNED_H
#define TESTS_CANNED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/str.h"

struct canned;

enum canned_end {
    CANNED_CLOSE, /* after the bytes, an orderly end */
    CANNED_KEEP,  /* the connection stays for the next request */
    CANNED_RESET, /* a hard end */
    CANNED_HANG,  /* nothing more, until the client goes away */
};

/* n: the number of the request, from 0. Adds the answer's bytes to reply. */
typedef enum canned_end canned_answer(void *ctx, unsigned n, const char *request,
                                      struct str *reply);

struct canned *canned_new(canned_answer *answer, void *ctx);
void canned_free(struct canned *c);
AUTO_DEFINE(canned)
const char *canned_url(const struct canned *c); /* "http://127.0.0.1:PORT" */
unsigned canned_requests(struct canned *c);     /* whole ones so far */
/* Waits until that many connections were made; for tests of what happens before a request. */
unsigned canned_connections(struct canned *c);

/* A well-formed answer; head: more header lines, each with \r\n. */
void canned_http(struct str *reply, int status, const char *type, const char *head,
                 const char *body);
/* The body of a request. */
const char *canned_body(const char *request);

#endif
