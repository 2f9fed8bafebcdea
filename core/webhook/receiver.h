/*
 * receiver.h - takes Shopify's webhooks: POST PATH on one address; Odoo's hints (hint.h); and GET
 * /healthz.
 *
 * One thread (libmicrohttpd's, on poll) reads requests, judges them (guard.h), finds the shop,
 * checks the signature over the raw bytes and hands the delivery to the store; the request
 * sleeps until the commit and is answered then: 200 means it is on disk. What is refused is
 * counted, logged with its source, and (a bounded number of them) written down, never processed.
 *
 * Limits: connections in all and per source, RECEIVER_MEMORY per connection, body_max per body,
 * RECEIVER_BODIES_MAX bytes of bodies in memory, RECEIVER_IDLE_S of silence, RECEIVER_BODY_US from
 * the headers to the last byte of the body.
 */
#ifndef WEBHOOK_RECEIVER_H
#define WEBHOOK_RECEIVER_H

#include <jansson.h>

#include "base/seal.h"
#include "store/store.h"
#include "webhook/rate.h"

#define RECEIVER_PATH       "/shopify/webhook"
#define RECEIVER_BODY_US    (15 * INT64_C(1000000)) /* Shopify itself gives up after 5 s */
#define RECEIVER_MEMORY     (32u << 10) /* above it libmicrohttpd maps pages for each connection */
#define RECEIVER_BODIES_MAX (64u << 20)
#define RECEIVER_IDLE_S     30

/* What a topic turns into. Outlives the receiver; strings too. */
struct route {
    const char *topic;       /* "orders/create" */
    const char *kind, *lane; /* of the job */
    const char *record;      /* "order": the job's record is "order:<id>" */
    const char *id, *title;  /* where they are in the body: "id", "name"; title may be NULL */
    int priority;            /* 0 to 5 */
    bool noflow;             /* kept until there is a flow */
};

struct receiver_options {
    const char *address;             /* "127.0.0.1:8480", "[::1]:8480"; port 0: any free one */
    const char *tls_cert, *tls_key;  /* PEM files; NULL or "": plain http, for behind a proxy */
    unsigned connections;            /* at once */
    unsigned connections_per_source; /* 0: no limit, for behind a proxy */
    const struct route *routes;      /* a known topic without a route is kept as noflow */
    size_t route_count;
    struct store *store;
    const struct seal *seal;
};

struct receiver;

/* db: the caller's reader, used in this call only. The receiver listens when this returns. */
struct receiver *receiver_new(const struct receiver_options *options, struct db *db,
                              struct err *err);
/* Takes no more, answers what is being committed, then closes everything. Before store_free. */
void receiver_free(struct receiver *receiver);
AUTO_DEFINE(receiver)

unsigned receiver_port(const struct receiver *receiver);

/*
 * Backends, secrets, policies, blocked sources or settings changed: reads them anew with the
 * caller's reader; any thread but the writer. On failure the old ones stay.
 */
bool receiver_reload(struct receiver *receiver, struct db *db, struct err *err);
/*
 * About once a second, any one thread but the writer: notices silence, ends old alerts, and takes
 * a renewed certificate (looked for every few seconds, and after receiver_reload): connections of
 * the old one have two minutes to end. A pair that does not fit is told, and the old one stays.
 */
void receiver_tick(struct receiver *receiver);

/* For webhooks.stats: {per_s,ok,dup,late,rej,rejected,p50_ms,p95_ms,sources,listening}. */
json_t *receiver_stats(struct receiver *receiver);
json_t *receiver_where(const struct receiver *receiver); /* {address,tls} */

struct str;
void receiver_metrics(struct receiver *receiver, struct str *out); /* Prometheus text */

#endif
