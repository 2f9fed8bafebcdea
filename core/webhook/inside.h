/*
 * inside.h - the receiver's insides, shared by receiver.c (life), renew.c (certificates) and
 * intake.c (requests).
 *
 * lock is a leaf: nothing of another module is called under it.
 */
#ifndef WEBHOOK_INSIDE_H
#define WEBHOOK_INSIDE_H

#include <microhttpd.h>
#include <pthread.h>

#include "store/inbox.h"
#include "webhook/delivery.h"
#include "webhook/pair.h"
#include "webhook/pattern.h"
#include "webhook/rate.h"
#include "webhook/receiver.h"
#include "webhook/shops.h"
#include "webhook/stats.h"
#include "webhook/watch.h"

#define BLOCKS_MAX 256

/* A few per second, so that a flood of refused requests fills neither the log nor the disk. */
struct allowance {
    struct rate_limit limit;
    struct rate_bucket bucket;
};

struct blocked {
    struct source source;
    when until;
};

/* The receiver with one certificate; while another takes over, the old one ends what it has. */
struct stage {
    struct MHD_Daemon *daemon; /* NULL: not in use */
    struct pair pair;
    unsigned sending; /* deliveries with the store */
    bool shut;        /* takes no more deliveries */
    int64_t until;    /* when_ticks: of the old one, when it is shut */
};

struct receiver {
    struct stage stages[2]; /* lock; daemon and pair are changed by one thread only */
    unsigned stage;         /* lock; the one that takes connections */
    int listener; /* MHD's once it runs */
    unsigned port;
    char address[128];
    bool tls;
    char cert_file[PATH_MAX], key_file[PATH_MAX];
    unsigned connections, connections_per_source;
    uint64_t pair_sign; /* of the files as they were taken, or told of */
    uint64_t pair_seen; /* as they were when they did not fit together */
    int64_t pair_at;    /* lock; when_ticks: look again */
    bool pair_bad;      /* that is told of them */
    const struct route *routes;
    size_t route_count;
    struct store *store;
    const struct seal *seal;
    struct MHD_Response *answers[VERDICT_COUNT], *healthy, *sick;

    pthread_mutex_t lock;
    pthread_cond_t idle; /* sending has become 0 */
    unsigned sending;    /* deliveries with the store */
    bool stopping;
    size_t bodies; /* bytes of bodies in memory */
    size_t body_max;
    struct shops *shops;
    struct source_list trusted;
    struct blocked blocks[BLOCKS_MAX];
    size_t block_count;
    struct rate *rate;
    struct pattern pattern;
    struct stats stats;
    struct watch watch;
    int64_t hinted[BACKENDS_MAX]; /* lock; when_ticks of the last hint of Odoo's, by row of shops */
    int64_t recall_at; /* when_ticks: what is usual is written down again */
    struct rate_source anyone; /* failed signatures, whoever sent them */
    struct allowance log_lines, library, kept_rows, kept_bodies;
    unsigned unlogged;
};

/* renew.c: on the thread of receiver_tick, or before it runs. */
bool stage_start(struct receiver *r, int listener, struct pair *pair, struct err *err); /* takes both */
void stage_stop(struct receiver *r, unsigned stage);
void renew_tick(struct receiver *r, int64_t ticks);

/* The stage that this connection belongs to. Under the lock. */
unsigned stage_of(const struct receiver *r, struct MHD_Connection *connection);

/* For libmicrohttpd; cls is the receiver. */
enum MHD_Result intake_handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request);
void intake_completed(void *cls, struct MHD_Connection *connection, void **request,
                      enum MHD_RequestTerminationCode how);

#endif
