/*
 * stock.h - the flow "stock in", as its files share it. Internal to core/jobs.
 *
 *     stock_in.c     the run and the rehearsal: read, find, look, write, close
 *     stock_find.c   which product of Odoo, at which place, and what lies there; only reads
 *     stock_write.c  quantities: many in two calls; what was sent is on disk before
 *     stock_quants.c what lies at a place of Odoo's, for stock out as well
 *
 * A job's payload is one InventoryLevel as GraphQL has it, the item inside it:
 *
 *     {id, updatedAt, isActive, location {id, name, isActive}, quantities [{name, quantity}],
 *      item {id, sku, tracked, variants {"nodes": [{id}]} or variant {id}}}
 *
 * with the quantities available and committed (on_hand is only compared); without a payload the
 * shop is asked. Its record, and the pair that remembers it, is "level@LOCATION:ITEM", both
 * Shopify's numbers. Its lane is "stock", or any when nothing is to be written. One writes at a time:
 * adjustments of one place collide in Odoo even for different products (site_stock_turn).
 *
 * Exactly once: a quantity is absolute, and what Odoo holds already is not written. A run that
 * died between sending and its end is known by its intent (store/effects.h), whose token is the
 * name of the adjustments in Odoo: if they are there, stock has moved on since and is left alone.
 */
#ifndef JOBS_STOCK_H
#define JOBS_STOCK_H

#include <jansson.h>

#include "jobs/rehearse.h"
#include "jobs/workshop.h"
#include "store/pairs.h"
#include "sync/findings.h"
#include "sync/level.h"

#define STOCK_TOKEN_MAX 48

/* One level on its way. Everything is the case's own; stock_case_clear frees it. */
struct stock_case {
    struct batch_job *job;  /* NULL: in a rehearsal */
    int64_t item, location; /* Shopify's */
    bool asked;             /* it came without: the shop is asked */
    json_t *level;
    struct findings findings;
    char kind[STORE_NAME_MAX]; /* of its pair: "level@LOCATION" */
    struct pair pair;          /* id 0: never seen */
    int64_t place, product;    /* Odoo's */
    json_t *quants;            /* what lies there */
    struct level_plan plan;
    bool looked;               /* quants and plan are of now */
    unsigned looks;
    double before;             /* there at the first look */
    size_t applied;            /* of the plan's writes */
    int64_t quant;             /* one of them, for the pair */
    bool set;                  /* written by us, now or by a run that died */
    char token[STOCK_TOKEN_MAX]; /* of a run that may have written it; "": none */
    size_t sent;               /* so many quants */
    char left[LEVEL_WORDS_MAX];  /* not ours to set: why; "": it is */
    bool ended;
    struct err why; /* of its end, in a rehearsal */
};

struct stock_flow {
    struct workshop_place *place;
    struct db *db;
    struct store *store; /* NULL: a rehearsal */
    struct stock_case *cases;
    size_t count;
    json_t *fields; /* fields_get of product.product */
    struct closing *last; /* carries the batch's figures */
};

#define EACH_LEVEL(flow, c)                                                                        \
    for (struct stock_case *c = (flow)->cases; c < (flow)->cases + (flow)->count; c++)             \
        if (!c->ended && c->left[0] == '\0')

/* node: borrowed. False: a side failed: *err; what is wrong with the level ends its case. */
bool stock_take(struct stock_flow *flow, struct stock_case *c, const json_t *node, struct err *err);
/* All open cases; false: a side is busy or denied. */
bool stock_find(struct stock_flow *flow, struct err *err);
/* What lies at the places of the cases that are not looked at yet, and what is to be written. */
bool stock_look(struct stock_flow *flow, struct err *err);
bool stock_write(struct stock_flow *flow, struct err *err);
/*
 * stock_quants.c: adds to rows the quants of these products at a place and below it, but for what
 * lies at places that other locations are mapped to.
 */
bool stock_quants(struct workshop_place *place, int64_t at, json_t *products, json_t *rows,
                  struct err *err);

void stock_failed(struct stock_flow *flow, struct stock_case *c, const struct err *err);
void stock_case_clear(struct stock_case *c);

#endif
