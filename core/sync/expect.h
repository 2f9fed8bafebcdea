/*
 * expect.h - what Odoo 18 will compute for a sale order, in exact arithmetic.
 *
 * A model of Odoo's amounts for percent and fixed taxes, included or not, several on a line, and
 * of both its rounding methods; checked against a real Odoo. No floating point.
 */
#ifndef SYNC_EXPECT_H
#define SYNC_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sync/reference.h"

#define EXPECT_TAXES_MAX 8                       /* on one line */
#define EXPECT_BASE_MAX  INT64_C(90000000000000) /* quantity x price: beyond it we do not compute */
#define DISCOUNT_ONE     10000 /* 100 %: discounts are in hundredths of a percent */

struct expect_line {
    int64_t quantity;
    int64_t price;    /* unit price in 10^-price_digits of the currency */
    int64_t discount; /* 0 to DISCOUNT_ONE */
    size_t taxes;
    struct tax tax[EXPECT_TAXES_MAX];
};

struct expect_rules {
    int digits, price_digits; /* of the currency; of Odoo's unit prices */
    bool globally;            /* round_globally, else round_per_line */
    bool by_total;            /* the untaxed amount is total minus tax (Portugal) */
};

struct expect_total {
    int64_t untaxed, tax, total; /* minor units */
};

/* Where is the next line? So that lines can be members of larger structs. */
#define EXPECT_NEXT(line, step)                                                                    \
    ((const struct expect_line *)(const void *)((const char *)(line) + (step)))

/*
 * step: bytes from one line to the next. False: outside the model; *what says which tax (borrowed
 * name) or amount.
 */
bool expect_order(const struct expect_line *lines, size_t step, size_t count,
                  const struct expect_rules *rules, struct expect_total *total, const char **what);
/* The part of one tax (by id) in it. */
int64_t expect_tax(const struct expect_line *lines, size_t step, size_t count,
                   const struct expect_rules *rules, int64_t tax_id);
/* quantity x price less discount in minor units, rounded; *exact: nothing was rounded away. */
int64_t expect_base(const struct expect_line *line, const struct expect_rules *rules, bool *exact);

#endif
