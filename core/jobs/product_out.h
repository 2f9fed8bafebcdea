/*
 * product_out.h - the flow "product out", as its files share it. Internal to core/jobs.
 *
 *     product_out.c        the run: one job a variant, many at once; templates become their variants
 *     product_out_look.c   both sides, and what is to be done (sync/goods.h); only reads
 *     product_out_write.c  what goes to the shop, a product's variants in one call, and to Odoo
 *     product_out_end.c    how each job ends, and what is written down with it
 *
 * A job's record is "goods:PRODUCT", Odoo's product.product, or "template:ID", whose variants
 * become jobs of their own. No payload: both sides are read anew, merged with what both last
 * agreed on, which moves in the commit that ends the job; so our own writes come back as no change.
 * Exactly once: values are absolute. After an unknown outcome both sides are read again, and what
 * was taken is agreed on.
 */
#ifndef JOBS_PRODUCT_OUT_H
#define JOBS_PRODUCT_OUT_H

#include <jansson.h>

#include "jobs/ask.h"
#include "jobs/workshop.h"
#include "store/pairs.h"
#include "sync/findings.h"

#define PRODUCT_OUT_LANE "products-out"
#define PRODUCT_OUT_MOST 2048 /* variants of one template */

/* One variant: a job. */
struct goods_case {
    struct batch_job *job;
    int64_t product;    /* Odoo's product.product */
    int64_t template;   /* instead: its variants become jobs */
    json_t *variants;   /* of the template: Odoo's ids */
    struct pair pair;   /* kind variant; id 0: none */
    json_t *held;       /* {agreed, apart}; NULL: never compared */
    const json_t *row;  /* of Odoo, borrowed */
    json_t *node;       /* of the shop, borrowed */
    int64_t shop_product;
    json_t *shop, *odoo, *merge;
    json_t *input;      /* what goes to the shop */
    struct ask ask;
    when shopify_at, odoo_at;
    struct findings findings;
    char name[STORE_TITLE_MAX];
    bool gone;          /* in the shop */
    bool told;          /* it was sent to the shop */
    bool watched;       /* only compared: nothing is written, and nothing agreed on */
    bool ended;         /* nothing to write: words, or why */
    char words[FINDING_TEXT_MAX];
    struct err why;
};

struct goods_flow {
    struct workshop_place *place;
    struct db *db;
    struct store *store;
    struct goods_case *cases;
    size_t count;
    json_t *rows, *answer; /* of Odoo, of the shop */
    bool write;            /* the policy says so */
};

#define EACH_GOODS(flow, c)                                                                        \
    for (struct goods_case *c = (flow)->cases; c < (flow)->cases + (flow)->count; c++)             \
        if (!c->ended)

/* Each: false: a side is busy or denied, and nothing is decided. */
bool product_out_look(struct goods_flow *flow, struct err *err);
bool product_out_write(struct goods_flow *flow, struct err *err);
/* Gives the job its end; failed: why the flow could not go on, or NONE. */
void product_out_end(struct goods_flow *flow, struct goods_case *c, const struct err *failed);

void goods_leave(struct goods_case *c, const char *words);
void goods_fail(struct goods_case *c, const struct err *why);

#endif
