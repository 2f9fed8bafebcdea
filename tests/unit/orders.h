/*
 * orders.h - random orders as Shopify would send them, repeatable by seed.
 *
 * Amounts follow Shopify's habits: a line's discounts are allocated to the cent, its taxes are
 * rounded line by line, or the order's tax is rounded once and then differs from their sum.
 */
#ifndef TESTS_ORDERS_H
#define TESTS_ORDERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct orders {
    uint64_t state;           /* the seed, moves on */
    const char *const *rates; /* percent text, such as "8.1" */
    size_t rate_count;
    unsigned taxes_most; /* on one line */
    unsigned lines_most;
    const char *currency, *country;
    int digits;
    bool included; /* taxes are in the prices */
    bool once;     /* the order's tax is rounded once */
    bool extras;   /* tips, duties, fees now and then */
};

uint64_t orders_random(struct orders *o, uint64_t below);
/* An order as its webhook has it; variants, SKUs and line ids are 1, 2, 3... of the order. */
json_t *orders_payload(struct orders *o, int64_t id);

#endif
