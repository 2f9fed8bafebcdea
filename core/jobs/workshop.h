/*
 * workshop.h - the glue: read, call sync/, call a side, write. One file per kind of job.
 *
 * A struct workshop is what all of them share; made by main, outlives the scheduler. Each worker has
 * its own http handle here; its reader of the store comes with the batch.
 */
#ifndef JOBS_WORKSHOP_H
#define JOBS_WORKSHOP_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "http/http.h"
#include "jobs/site.h"
#include "shopify/graphql.h"
#include "queue/schedule.h"
#include "store/store.h"

struct workshop;

struct workshop *workshop_new(struct store *store, const struct seal *seal, unsigned workers,
                      struct err *err);
void workshop_free(struct workshop *workshop); /* no worker is left */
AUTO_DEFINE(workshop)
/* Shutting down: who waits for a turn on either side gives up, requests under way too. */
void workshop_stop(struct workshop *workshop);

struct store *workshop_store(struct workshop *workshop);
struct sites *workshop_sites(struct workshop *workshop);
struct http *workshop_http(struct workshop *workshop, unsigned worker);
const atomic_bool *workshop_stopping(struct workshop *workshop);

/* The table of kinds.def, for the scheduler. */
const struct job_kind *workshop_kinds(size_t *count);
const char *workshop_kind_does(const char *name); /* the sentence; NULL: no such kind */

#define WORKSHOP_SELF "signalbox" /* who holds a lane when it is no person */
/* What the lanes of a new backend are made with, and its upkeep jobs. Inside a change. */
bool workshop_found_backend(struct db *db, int64_t backend, struct err *err);
/*
 * upkeep.c, inside a change: sees to it that each upkeep job of the backend is there once. One that
 * was cancelled or is gone is made again, one that is parked goes on an hour later; of two that
 * would do the same one is cancelled.
 */
bool upkeep_keep(struct db *db, int64_t backend, when now, struct err *err);

/* How often each side was called since the start; any thread. */
struct workshop_calls {
    int64_t odoo, shopify;
};
void workshop_count(struct workshop *workshop, int64_t odoo, int64_t shopify);
struct workshop_calls workshop_calls(const struct workshop *workshop);

/* The cursor that keeps where our subscriptions point to; and the one of before, NULL if none. */
#define UPKEEP_URL "webhook_url"
const char *upkeep_old_url(const char *before, const char *url);

/*
 * At start all breakers are closed: what an earlier run told of outages is over. Every backend gets
 * the lanes and the upkeep that it lacks.
 */
bool workshop_begin(struct workshop *workshop, struct err *err);
/* About once a second, one thread: looks after the upkeep from time to time. Waits for nothing. */
void workshop_tick(struct workshop *workshop);
/* schedule_config.event: into the log, and an alert while a side is out. ctx is the workshop. */
void workshop_told(void *ctx, int64_t backend, const char *lane, const struct job *job,
                   const char *what, const struct err *err);

/* Where a batch works: its site with the picture of both sides. Ended by workshop_leave. */
struct workshop_place {
    struct workshop *workshop;
    struct site *site;
    struct picture *picture; /* NULL unless asked for */
    struct http *http;
    struct batch *batch;   /* NULL: none */
    struct err shut;       /* kind NONE, or why Shopify is to be left alone */
    enum pace_class class; /* of its calls: what its lane is for */
    struct odoo_trace odoo;
    struct graphql_trace shopify;
};
/* False: every job of the batch has been given its end. */
bool workshop_enter(struct workshop_place *place, struct workshop *workshop, struct batch *batch,
                bool with_picture);
void workshop_leave(struct workshop_place *place);
/*
 * For flows that go on without Shopify where they can: its shop, or NULL with err while it is out.
 * How the call went is said with workshop_asked: after a failure the rest of the batch asks no more.
 */
struct shop *workshop_shop(struct workshop_place *place, struct err *err);
void workshop_asked(struct workshop_place *place, bool ok, const struct err *err);

/* The runs. */
#define KIND(id, name, lane, priority, most, does)                                                \
    void id##_run(void *workshop, struct batch *batch);
#include "jobs/kinds.def"
#undef KIND

#endif
