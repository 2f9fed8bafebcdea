/* import_proof.h - a verification at work, as its files share it. Internal to core/jobs. */
#ifndef JOBS_IMPORT_PROOF_H
#define JOBS_IMPORT_PROOF_H

#include "jobs/import.h"

#define IMPORT_LOOK 100 /* records in one look; levels_fetch takes as many */

struct proof {
    struct import_work *work;
    enum import_step_id of;
    struct import_item items[IMPORT_LOOK];
    size_t count;
    struct import_item found[IMPORT_LOOK]; /* differences */
    size_t found_count;
    json_t *result; /* of the step it is about: what verify keeps */
    /* of stock, where Shopify told of all of it: each level, NULL: to be asked for; and what is
     * committed of its item at all places together */
    json_t *levels[IMPORT_LOOK];
    int64_t committed[IMPORT_LOOK];
};

/* import_verify.c: what is kept of it, and said */
void proof_more(struct proof *p, const char *key, int64_t n);
void proof_sum(struct proof *p, const char *unit, int64_t shopify, int64_t odoo, int digits);
void proof_differs(struct proof *p, const struct import_item *item, const char *key,
                   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

bool proof_keep(struct proof *p, struct err *err); /* the page, with the place that step says */

/* import_verify_stock.c: a page of levels; frees p->levels */
bool proof_stock(struct proof *p, struct err *err);

/*
 * import_verify_bulk.c: a large shop's stock in one file, instead of a call for a hundred levels.
 * wanted: is it to be read so? ask: begins it, unless it was. bulk: a piece of it, *done: all of it.
 */
bool proof_bulk_wanted(const struct import_work *work);
bool proof_bulk_ask(struct import_work *work, struct err *err);
bool proof_bulk(struct proof *p, when *again, bool *done, struct err *err);

#endif
