/*
 * services.h - what the control server needs from the parts it must not know: the two sides'
 * clients, the jobs, the receiver. main.c fills it in.
 *
 * QUICK calls come from the main thread and must only read memory. SLOW calls come from
 * control's service thread, one at a time, and may talk to Shopify or Odoo. Any may be NULL:
 * then the method says that this core cannot do it. Every json_t * returned is a new reference,
 * in the shape methods.def gives; NULL is a failure with err filled (QUICK: nothing to show).
 */
#ifndef CONTROL_SERVICES_H
#define CONTROL_SERVICES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct db;

/* What was committed, so that those who keep it in memory can read it anew. */
enum control_change {
    CONTROL_BACKEND, /* added, edited, removed, paused or resumed; also its policies */
    CONTROL_SECRET,  /* of that backend */
    CONTROL_MAPPING, /* of that backend */
    CONTROL_SETTING, /* backend is 0 */
    CONTROL_LANE,    /* held, released, its width; or jobs became ready */
    CONTROL_BLOCK    /* a source address was blocked or allowed again */
};

enum control_subscriptions { SUBSCRIPTIONS_LIST, SUBSCRIPTIONS_ENSURE, SUBSCRIPTIONS_REMOVE };

struct control_services {
    void *ctx;

    /*
     * QUICK: {"backends":[{"id":1,"shopify":{...},"odoo_side":{...}}],"workers":{"busy","total"},
     * "budget":[{"workload","used_pct"}]}: the live parts of `overview`.
     */
    json_t *(*gauges)(void *ctx);
    /* QUICK: `webhooks.stats` but for "blocked" and "oldest_us"; and {"address","tls"}. */
    json_t *(*webhook_stats)(void *ctx);
    json_t *(*receiver)(void *ctx);
    /* QUICK, any thread: what a job of that kind does, in a sentence; NULL: unknown kind. */
    const char *(*job_words)(void *ctx, const char *kind);
    /* QUICK, any thread: the fields of which a rule can be said: [{kind,field,label,owner}]. */
    json_t *(*owned)(void *ctx);
    /* After a commit, from the desk that waited for it; db is that desk's reader. */
    void (*changed)(void *ctx, struct db *db, enum control_change what, int64_t backend);
    void (*tick)(void *ctx);   /* QUICK: once a second on the main thread */
    void (*reload)(void *ctx); /* QUICK: SIGHUP */

    /* SLOW: {"shopify":[STEP],"odoo":[STEP]}; side is "shopify", "odoo" or NULL for both. */
    json_t *(*check)(void *ctx, int64_t backend, const char *side, struct err *err);
    json_t *(*choices)(void *ctx, int64_t backend, struct err *err);
    /* SLOW: {"checks":[STEP]} before an import; {"rows":[...]} how much there is, by scope. */
    json_t *(*import_checks)(void *ctx, int64_t backend, struct err *err);
    json_t *(*import_counts)(void *ctx, int64_t backend, const json_t *scope, struct err *err);
    json_t *(*mapping_choices)(void *ctx, int64_t backend, const char *kind, struct err *err);
    bool (*refresh)(void *ctx, int64_t backend, struct err *err);
    json_t *(*subscriptions)(void *ctx, int64_t backend, enum control_subscriptions what,
                             struct err *err);
    /*
     * Inside a change, on the writer's thread, where only db may be used: adds the job that reads
     * this record again. kind is order, customer, product...; id is Shopify's.
     */
    bool (*sync_record)(void *ctx, struct db *db, int64_t backend, const char *kind, const char *id,
                        int64_t *job, struct err *err);
    /*
     * Inside a change, as above: what a person says of an import; what is the method's last word
     * ("plan", "apply", ...), params are the method's. *result {"run","state"}.
     */
    bool (*import)(void *ctx, struct db *db, const char *what, const json_t *params, const char *by,
                   json_t **result, struct err *err);
    /*
     * QUICK, any thread: the fixes that a problem (a PROBLEM) has,
     * [{"n","action","text","effect","params":{...}}]. SLOW, with the service desk's reader: doing
     * one, {"done":[text]}. Its jobs are replayed by the caller, in the same commit as the audit
     * entry.
     */
    json_t *(*fixes)(void *ctx, struct db *db, const json_t *problem, struct err *err);
    json_t *(*fix)(void *ctx, struct db *db, const json_t *problem, int64_t n, const json_t *params,
                   const char *by, struct err *err);
};

#endif
