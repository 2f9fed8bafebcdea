/*
 * risks.h - what the shop may oversell: it offers more than there is for it in Odoo, and it was
 * not, or could not be, set right. Written by each look at a level; gone when it is right again.
 */
#ifndef STORE_RISKS_H
#define STORE_RISKS_H

#include "store/store.h"

#define RISK_WHY_MAX 200

struct risk {
    int64_t backend, item, location; /* Shopify's */
    int64_t product;                 /* Odoo's */
    char title[STORE_TITLE_MAX];     /* "TS-1 at Main street" */
    int64_t offered, free, unseen;   /* unseen: in orders that Odoo has not */
    char why[RISK_WHY_MAX];          /* why it stands */
    when since, seen;
};

bool risks_put(struct db *db, const struct risk *risk, struct err *err); /* since stays */
/* *some becomes true when there was one. */
bool risks_drop(struct db *db, int64_t backend, int64_t item, int64_t location, bool *some,
                struct err *err);
/* Of one that is looked at no more: all its places. */
bool risks_drop_product(struct db *db, int64_t backend, int64_t product, bool *some,
                        struct err *err);
bool risks_drop_all(struct db *db, int64_t backend, struct err *err);
/* Most pieces at risk first. backend 0: all. *count: room in, rows out; *total: all there are. */
bool risks_list(struct db *db, int64_t backend, struct risk *rows, size_t *count, int64_t *total,
                struct err *err);

#endif
