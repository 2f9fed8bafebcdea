/*
 * delivery.h - one request on its way from the socket to the disk.
 *
 * Belongs to the receiver's thread; between delivery_send and done to the store. The body is
 * copied once, from the socket's buffer to here, and written from here.
 */
#ifndef WEBHOOK_DELIVERY_H
#define WEBHOOK_DELIVERY_H

#include "store/inbox.h"
#include "webhook/guard.h"
#include "webhook/receiver.h"
#include "base/source.h"
#include "webhook/verdict.h"

#define DELIVERY_HEADERS_MAX     2048 /* bytes of JSON kept of the headers */
#define DELIVERY_SIGNATURE_MAX   128
#define DELIVERY_REJECT_BODY_MAX 16384 /* bytes kept of a refused body */

struct delivery {
    struct store_request request;
    struct receiver *receiver;
    void *connection; /* libmicrohttpd's */
    struct source source;
    struct hook hook;
    const struct route *route; /* NULL: a topic without one */
    struct route plain;        /* filled for such a topic */
    enum verdict verdict;
    unsigned stage; /* of its receiver, while it is with the store */
    bool health, sent, answered, keep_body;
    int64_t begun; /* when_ticks */
    char signature[DELIVERY_SIGNATURE_MAX];
    char record[STORE_RECORD_MAX], title[STORE_TITLE_MAX];
    char headers[DELIVERY_HEADERS_MAX];
    size_t headers_len;
    size_t room, length, got; /* bytes of the body: in memory, announced, here */
    char *body; /* grows with what comes, never with what is announced */
};

/* NULL: no memory. length: of the body, as announced. */
struct delivery *delivery_new(struct receiver *receiver, size_t length);
void delivery_free(struct delivery *d);
/* How large the body's room must be for n bytes: it doubles, up to the announced length. */
size_t delivery_room(const struct delivery *d, size_t n);
bool delivery_grow(struct delivery *d, size_t room);

/* Headers become [[name,value],...]; what does not fit, and what could be a secret, stays out. */
void delivery_header(struct delivery *d, const char *name, const char *value);
/* From where, and when. */
void delivery_seen(struct delivery *d);
/* Takes over what the guard kept, as far as it is text that we want to keep. */
void delivery_describe(struct delivery *d, const struct guard *guard);
/* Which record it is about, and the job it becomes; after the body is complete. */
void delivery_route(struct delivery *d, const struct route *routes, size_t count);

/*
 * To the store: inbox row and job in one commit. done is called on the writer's thread with
 * d->verdict set (OK, LATE, DUP or STORE).
 */
void delivery_send(struct delivery *d, struct store *store,
                   void (*done)(struct store_request *request));

/* Writes a copy of a refused one down, without waiting and without a job. */
void delivery_keep_refused(const struct delivery *d, struct store *store);

#endif
