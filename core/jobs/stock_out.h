/*
 * stock_out.h - the flow "stock out", as its files share it. Internal to core/jobs.
 *
 *     stock_out.c        the run: one job a product, many at once; how each ends
 *     stock_out_look.c   what the shop offers and what Odoo has; only reads
 *     stock_out_seen.c   how much of the shop's orders Odoo has taken already
 *     stock_out_write.c  sets what differs: compared first, keys on disk, bad rows taken out
 *     stock_out_end.c    what is written down of each level
 *     level_seen.c       what the shop tells of levels, that is not our own
 *     stock_full.c       the full compare: which products are not as they should be
 *
 * A job's record is "stock:PRODUCT", Odoo's product.product; it has no payload: both sides are read
 * anew. The order of the reads is what keeps the offer from being too high: first the shop (what it
 * offers and what is committed to orders), then what Odoo has reserved for those orders, then what
 * is free. An order that comes in between changes what the shop offers, and the write, which
 * compares, is refused as stale; one that Odoo reserves for in between counts twice, until the
 * change of its stock makes the next job.
 *
 * Exactly once: a write that is repeated after an unknown outcome has the key of the first (an
 * intent of each level, store/effects.h, with the key as its step). If Shopify took the first, the
 * key is spent, and all is looked at again; if not, it takes the second, and never the first.
 */
#ifndef JOBS_STOCK_OUT_H
#define JOBS_STOCK_OUT_H

#include <jansson.h>

#include "jobs/workshop.h"
#include "shopify/levels.h"
#include "store/effects.h"
#include "store/pairs.h"
#include "sync/findings.h"
#include "sync/offer.h"

/* Of a level's pair: what we offered last, and of which product. */
#define OUT_PRINT_OFFERED "offered:"
#define OUT_PRINT_PRODUCT "product:"
#define OUT_TRIES 4 /* looks at a level that moves while it is set */

enum out_fate {
    OUT_OPEN, /* to be looked at, or set */
    OUT_SAME,
    OUT_SET,
    OUT_LEFT, /* not ours to set: words */
    OUT_BAD   /* refused: why */
};

/* One level on its way. */
struct out_level {
    struct out_case *of;
    enum out_fate fate;
    json_t *level;           /* canonical */
    int64_t item, location;  /* Shopify's */
    int64_t place;           /* Odoo's */
    int64_t first;           /* what was offered at the first look */
    bool risky;              /* more than there is for it, at the last look */
    struct offer offer;
    char key[LEVELS_KEY_MAX]; /* of a sending whose outcome is not known; "": none */
    char words[LEVEL_WORDS_MAX];
    struct err why;
};

/* One product: a job, or a record that is only compared. */
struct out_case {
    struct batch_job *job; /* NULL: compared */
    int64_t product;       /* Odoo's */
    int64_t variant;       /* Shopify's; 0: none */
    const json_t *row;     /* of Odoo, borrowed */
    json_t *node;          /* of the shop */
    char title[STORE_TITLE_MAX];
    struct out_level *levels;
    size_t count;
    bool looked;  /* levels are of now */
    unsigned looks;
    bool gone;    /* in the shop */
    bool ended;   /* nothing to look at: words or why say it */
    char words[LEVEL_WORDS_MAX];
    struct err why;
};

struct out_flow {
    struct workshop_place *place;
    struct db *db;
    struct store *store; /* NULL: only compared */
    struct out_case *cases;
    size_t count;
    json_t *fields; /* fields_get of product.product */
    json_t *rows;   /* of the products */
    bool write;     /* the policy says so */
};

#define EACH_OUT(flow, c)                                                                          \
    for (struct out_case *c = (flow)->cases; c < (flow)->cases + (flow)->count; c++)               \
        if (!c->ended)
#define EACH_OUT_LEVEL(c, l)                                                                       \
    for (struct out_level *l = (c)->levels; l < (c)->levels + (c)->count; l++)

void out_case_clear(struct out_case *c);
/* store NULL: only to compare; the cases' products are the caller's to fill in. */
bool stock_out_open(struct out_flow *flow, struct workshop_place *place, struct db *db,
                    struct store *store, size_t count, struct err *err);
void stock_out_close(struct out_flow *flow);
/* Inside a change: a job for that product of Odoo's. due: 0: now. */
bool stock_out_add(struct db *db, int64_t backend, int64_t product, int priority, when due,
                   int64_t *job, struct err *err);
/* stock_full.c, inside a change: the full compare begins now, from the start. */
bool stock_full_now(struct db *db, int64_t backend, int64_t *job, struct err *err);
/* The products' variants, and whether Odoo keeps their stock. False: a side is busy or denied. */
bool stock_out_find(struct out_flow *flow, struct err *err);
/* Both sides of all open cases that are not looked at, and what is to be set. */
bool stock_out_look(struct out_flow *flow, struct err *err);
/* stock_out_seen.c: {"PRODUCT": pieces of the shop's orders that Odoo has taken}, into seen. */
bool stock_out_seen(struct out_flow *flow, json_t *seen, struct err *err);
int64_t stock_out_unseen(const struct out_case *c, const json_t *level, const json_t *seen);
/* The mark of a level's intent. */
void stock_out_mark(const struct out_level *l, char mark[EFFECT_MARK_MAX]);
/* Sets it; what stays open moves too fast, or has err. */
bool stock_out_write(struct out_flow *flow, struct err *err);
/* stock_out_end.c: gives the job its end; failed: why the flow could not go on, or NONE. */
void stock_out_end(struct out_flow *flow, struct out_case *c, const struct err *failed);

#endif
