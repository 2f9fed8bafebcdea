/*
 * order.h - the flow "order in", as its files share it. Internal to core/jobs.
 *
 *     order_in.c       the run: read all, resolve, create or follow, close
 *     order_read.c     a delivery's body (or a fresh read) -> canonical order, pair, plan
 *     order_resolve.c  partners, addresses, products, tags: known, found, or made
 *     order_create.c   load, verify, confirm, put the date back: many orders in each call
 *     order_follow.c   an order that is in Odoo already moved in Shopify, or was made there by a
 *                      run that did not come to its end
 *     order_close.c    what is written down with the job's end, in one commit
 *
 * Exactly once: each create is a load with an external id, create-once, so that it can be
 * repeated after any unknown outcome and gives the same ids; confirming, writing a date and the
 * changes of order_follow write values and look at the order's state first. What a load gives may
 * have been made by an earlier run, of an older delivery: such an order is *stray* until it has
 * been brought to what it is to be. An order that is not to be made is looked for all the same.
 */
#ifndef JOBS_ORDER_H
#define JOBS_ORDER_H

#include <jansson.h>

#include "jobs/workshop.h"
#include "store/pairs.h"
#include "sync/findings.h"
#include "sync/order_plan.h"
#include "sync/order_verify.h"

#define ORDER_BATCH_MAX 20 /* orders in one call: the measured best, see README */

/* One order on its way. Everything is the case's own; order_case_clear frees it. */
struct order_case {
    struct batch_job *job;
    int64_t id; /* Shopify's */
    json_t *order;
    struct findings findings;
    struct pair pair; /* id 0: never seen */
    json_t *agreed;   /* what pair remembers: {"order","lines","expect"}; NULL: nothing */
    struct order_plan plan;
    json_t *needs, *resolved;
    json_t *load; /* the plan for Odoo */
    int64_t odoo_id;
    json_t *seen; /* the order as Odoo has it */
    json_t *changes; /* what order_follow did, for the timeline */
    enum verify_verdict verdict;
    bool stray;       /* in Odoo, but what was agreed of it is not known */
    bool skipped;     /* not to be in Odoo, which is remembered */
    bool placeholder; /* a line stands for a product that Odoo does not have */
    bool confirmed;   /* by this run, or found so */
    bool ended;       /* its job has its end */
};

struct order_flow {
    struct workshop_place place;
    struct batch *batch;
    struct order_case cases[ORDER_BATCH_MAX];
    size_t count;
    struct closing *last; /* carries the batch's figures */
};

/* False: the case has its end. */
bool order_read(struct order_flow *flow, struct order_case *c);
/* For all open cases that need it; those that fail get their end. */
void order_resolve(struct order_flow *flow);
void order_create(struct order_flow *flow, struct order_case **cases, size_t count);
void order_follow(struct order_flow *flow, struct order_case *c);

/* Ends of a case. done: word and sentence for the timeline. */
void order_done(struct order_flow *flow, struct order_case *c, const char *what, const char *fmt,
                ...) __attribute__((format(printf, 4, 5)));
/* The order is in Odoo (odoo_id, seen) but held there: a person must look. err says why. */
void order_held(struct order_flow *flow, struct order_case *c, const struct err *err);
/* The same for an order with a product that Odoo does not know: one cause per product. */
void order_held_unknown(struct order_flow *flow, struct order_case *c);
/* What err means decides: again later, or parked with its cause. */
void order_failed(struct order_flow *flow, struct order_case *c, const struct err *err);

/* What it uses of what is mapped (uses.h), the caller's; needs: order_needs of it. */
json_t *order_uses(const json_t *order, const json_t *needs, const struct reference *r);

/* When all cases have their end: the calls of the batch go down with one of them. */
void order_count(struct order_flow *flow);
bool order_case_open(const struct order_case *c);
void order_case_clear(struct order_case *c);
/* Reads orders as Odoo has them: [{id, name, state, ...}] in *rows. */
bool order_look(struct order_flow *flow, json_t *ids, json_t **rows, struct err *err);

#endif
