/*
 * product.h - the flow "product in", as its files share it. Internal to core/jobs.
 *
 *     product_in.c     the run and the rehearsal: read all, find, look, then make or fill, close
 *     product_find.c   which Odoo products the variants are: known, answered, found; or a question
 *     product_look.c   the templates as Odoo has them, compared with the shop's
 *     product_words.c  attributes, values, tags, categories, the price list: known, found, or made
 *     product_make.c   templates and variants that Odoo lacks, many products in each call
 *     product_fill.c   what is empty in Odoo's own products, and nothing else
 *     product_image.c  pictures, when they are not the ones we wrote last
 *     product_ask.c    what a person is asked before an import, with proposals
 *     product_uses.c   what of the mappings a product uses
 *     product_close.c  what is written down with the job's end, in one commit
 *
 * Exactly once: all that is made is a load with an external id, create-once, so that it can be
 * repeated after any unknown outcome; filling writes the same values again. A template that a run
 * made and could not finish is known by its external id and finished by the next.
 */
#ifndef JOBS_PRODUCT_H
#define JOBS_PRODUCT_H

#include <jansson.h>

#include "jobs/rehearse.h"
#include "jobs/workshop.h"
#include "store/pairs.h"
#include "sync/findings.h"
#include "sync/product_to_odoo.h"

#define PRODUCT_BATCH_MAX    SCHEDULE_BATCH_MAX
#define PRODUCT_LOAD_MOST    200 /* records in one load: the measured best, see README */
#define PRODUCT_TEMPLATE_MAX 8   /* templates that the variants of one product may belong to */

/* One product on its way. Everything is the case's own; product_case_clear frees it. */
struct product_case {
    struct batch_job *job; /* NULL: a rehearsal */
    int64_t id;            /* Shopify's */
    json_t *product, *options;
    struct findings findings;
    struct pair pair;  /* id 0: never seen */
    json_t *agreed;    /* what the pair remembers: {"product","image"} */
    json_t *before;    /* {"VARIANT ID": product id} known from before and still there */
    json_t *links;     /* {"VARIANT ID": product id} of now */
    json_t *skip;      /* {"VARIANT ID": true}: its barcode is another's */
    bool create;       /* a person said that it is new */
    int64_t templates[PRODUCT_TEMPLATE_MAX];
    size_t template_count; /* 0: Odoo has none of it */
    bool ours;             /* the template was made by this flow */
    json_t *seen;          /* those templates, as Odoo has them */
    json_t *compared;      /* product_compare */
    json_t *lines;         /* of the template that is made: the row that product_make read */
    json_t *image;         /* {"url","hash"}: what Odoo holds of ours */
    bool made, filled;
    bool again; /* waits for another of the batch */
    bool stale; /* a word it uses is gone from Odoo: forget what we know of it */
    bool ended; /* its job has its end, or the rehearsal its verdict */
    struct err why; /* of the end, if it failed */
};

struct product_flow {
    struct workshop_place *place;
    struct db *db;
    int64_t backend;
    struct store *store; /* NULL: a rehearsal, nothing is written anywhere */
    struct product_case *cases;
    size_t count;
    json_t *found;    /* product_found of all that was read */
    json_t *named;    /* {"TEMPLATE ID": external id or ""}: those that were asked for */
    json_t *barcodes; /* {"CODE": variant id} of the batch */
    json_t *words;    /* {"attributes","values","tags","categories"}: what names are in Odoo */
    json_t *fields;   /* of Odoo's templates, when metafields are mapped; NULL: not asked */
    struct product_closing *last; /* of product_close.c: carries the batch's figures */
};

#define EACH_PRODUCT(flow, c)                                                                      \
    for (struct product_case *c = (flow)->cases; c < (flow)->cases + (flow)->count; c++)           \
        if (!c->ended)

void product_case_clear(struct product_case *c);
/* The payload, or the shop's own answer, as a canonical product. False: the case has its end. */
bool product_take(struct product_flow *flow, struct product_case *c, const json_t *node);

/* Each: false: a side is busy or denied, and nothing is decided. */
bool product_find(struct product_flow *flow, struct err *err);
bool product_look(struct product_flow *flow, struct err *err);
bool product_words(struct product_flow *flow, struct err *err);
bool product_make(struct product_flow *flow, struct err *err);
bool product_fill(struct product_flow *flow, struct err *err);
bool product_images(struct product_flow *flow, struct err *err);

bool product_is_new(const struct product_case *c);   /* Odoo has nothing of it */
bool product_is_short(const struct product_case *c); /* ours, and variants lack */
/* Ours without a pair: a run made it and did not come to its end. */
bool product_is_unfinished(const struct product_case *c);
/* {tags, attributes, values...} for the plans of a product. */
struct product_place product_place_of(struct product_flow *flow, struct product_case *c);
/* Asks for the external ids of templates that flow->named does not have yet. */
bool product_name_templates(struct product_flow *flow, json_t *ids, struct err *err);
/* web_read of product.template with that specification, borrowed; archived variants too. */
bool product_read(struct product_flow *flow, json_t *ids, json_t *specification, json_t **rows,
                  struct err *err);
/* The attribute lines and variants of a template: what making its variants needs. */
json_t *product_lines_specification(void);

/* What it uses of what is mapped (uses.h), the caller's. */
json_t *product_uses(const struct product_flow *flow, const struct product_case *c);

/*
 * Odoo's products with the very names of those that have no SKU: only for proposals. NULL: none.
 * Then, for each variant: {variant, product, sku (as in its mapping key), title, price, proposals}, and
 * kind (store/clinic.h) where something is asked; the caller's.
 */
bool product_lookalikes(struct product_flow *flow, json_t **rows, struct err *err);
json_t *product_asks(const struct product_flow *flow, const struct product_case *c,
                     const json_t *lookalikes);

/* product_out.c, inside a change: what Odoo holds of that product of its is held against the shop. */
bool product_out_add(struct db *db, int64_t backend, int64_t product, struct err *err);

/* Ends of a case. done: word and sentence for the timeline. */
void product_done(struct product_flow *flow, struct product_case *c, const char *what,
                  const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* What err means decides: again later, or parked with its cause. */
void product_failed(struct product_flow *flow, struct product_case *c, const struct err *err);
/* When all cases have their end: the calls of the batch go down with one of them. */
void product_count(struct product_flow *flow);

#endif
