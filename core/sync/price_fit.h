/*
 * price_fit.h - a unit price and a discount whose product with the quantity is a given amount,
 * as Odoo multiplies and rounds.
 */
#ifndef SYNC_PRICE_FIT_H
#define SYNC_PRICE_FIT_H

#include <stdbool.h>
#include <stdint.h>

#include "sync/expect.h"

struct price_fit {
    int64_t price, discount;
    int64_t pieces;        /* that many of the quantity cost price_step more; mostly 0 */
    int64_t cent_discount; /* above 0: and one price_step with this discount beside it */
    int64_t price_step;    /* 1, or -1 for a negative amount */
};

/*
 * target, original: the amount and the price of one before discounts, in minor units. In order of
 * preference: an exact price without discount; the original price with a discount that gives the
 * amount; the nearest price with a small one; two prices. With round_globally only what is exact
 * counts. quantity above 0. False: amounts beyond all reason.
 */
bool price_fit(int64_t quantity, const struct expect_rules *rules, int64_t target, int64_t original,
               struct price_fit *fit);

#endif
