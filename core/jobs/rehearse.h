/*
 * rehearse.h - what bringing records in would do to Odoo, without doing it.
 *
 * The import's plan, and the same look that the flows take before they write: one code decides both.
 * A record is the GraphQL node of its kind with its lists as {"nodes":[...]}, as core/shopify reads
 * it and as the import puts it together from a bulk file.
 */
#ifndef JOBS_REHEARSE_H
#define JOBS_REHEARSE_H

#include <jansson.h>

#include "jobs/workshop.h"

#define REHEARSE_MOST 250 /* records in one call */

enum rehearse_verdict {
    REHEARSE_NEW,     /* Odoo has nothing like it: it would be made */
    REHEARSE_SAME,    /* there, and nothing would be written */
    REHEARSE_CHANGES, /* there, and `changes` would be written */
    REHEARSE_REFUSED  /* can't come in: `why` */
};

struct rehearsed {
    enum rehearse_verdict verdict;
    int64_t shopify_id;
    char title[STORE_TITLE_MAX];  /* what people read for it */
    char model[STORE_NAME_MAX];   /* Odoo's */
    int64_t odoo_id;              /* the record that it is; 0: none yet */
    json_t *changes;              /* [{field, label, from, to}], the caller's to free; NULL: none */
    json_t *uses; /* of what is mapped (uses.h), the caller's to free; NULL: not known */
    json_t *asks; /* of products: their variants (product_asks), the caller's to free; or NULL */
    struct err why; /* REFUSED: why; else kind NONE and, in words, what a person should know */
};

/*
 * Fills out[i] for records[i]; only reads, from the store and from Odoo. False: a side is busy or
 * denied, nothing is decided. A record that can't be understood is REFUSED, never an error.
 */
typedef bool rehearse_fn(struct workshop_place *place, struct db *db, json_t *const *records,
                         struct rehearsed *out, size_t count, struct err *err);

rehearse_fn customer_rehearse; /* customer_in.c */
rehearse_fn product_rehearse;  /* product_in.c */
rehearse_fn stock_rehearse;    /* stock_in.c */
rehearse_fn order_rehearse;    /* order_rehearse.c */

/*
 * Stock as both sides have it now, for a proof: what Shopify would sell, and what Odoo has free at
 * the same place. left: not ours, in words; why: it can't be compared.
 */
struct stock_compared {
    char title[STORE_TITLE_MAX];
    int64_t product; /* Odoo's */
    int64_t available, committed;
    double free, there; /* there: on hand */
    char left[160];
    struct err why; /* kind NONE: compared */
};
bool stock_compare(struct workshop_place *place, struct db *db, json_t *const *records,
                   struct stock_compared *out, size_t count, struct err *err); /* stock_in.c */

#endif
