/*
 * expect.h - what Odoo 18 will compute for a sale order, in exact arithmetic.
 *
 * A model of Odoo's amounts for percent and fixed taxes, included or not, several on a line, and
 * both of its rounding methods; checked against a real Odoo. No floating point.
 */
#ifndef SYNC_EXPECT_H
#define SYNC_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sync/reference.h"

#define EXPECT_TAXES_MAX 8 /* on one line */

struct expect_line {
    int64_t quantity;
    int64_t price;    /* unit price in 10^-price_digits of the currency */
    int64_t discount; /* percent in 1/100, 0 to 10000 */
    size_t taxes;
    struct tax tax[EXPECT_TAXES_MAX];
};

struct expect_rules {
    int digits, price_digits; /* of the currency; of Odoo's unit prices */
    bool globally;            /* round_globally, else round_per_line */
};

struct expect_total {
    int64_t untaxed, tax, total; /* minor units */
};

/* False: a tax is outside the model (group, division, chained); *unknown names it. */
bool expect_order(const struct expect_line *lines, size_t count, const struct expect_rules *rules,
                  struct expect_total *total, const char **unknown);
/* The part of one tax (by id) in it. */
int64_t expect_tax(const struct expect_line *lines, size_t count,
                   const struct expect_rules *rules, int64_t tax_id);

#endif
