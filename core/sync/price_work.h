/*
 * price_work.h - inside order_price: what its parts (price_lines.c, price_extras.c,
 * price_settle.c) share. All return false when the order cannot be priced: the findings say why.
 */
#ifndef SYNC_PRICE_WORK_H
#define SYNC_PRICE_WORK_H

#include "sync/order_price.h"

#define CARRIED_TAXES 64 /* different taxes in one order */

/* What Shopify charged of one Odoo tax, to compare with what Odoo will charge. */
struct price_charged {
    struct tax tax;
    char rate[16];
    int64_t amount;
    int64_t lines;
};

struct price_work {
    const json_t *order;
    const struct reference *r;
    const json_t *resolved;
    struct findings *f;
    struct priced *p;
    const char *country;
    bool included, current;
    int64_t target; /* Shopify's total */
    bool scaled;   /* some amounts are shares of Shopify's: of an edited line */
    int64_t sum;   /* of all lines as Shopify shows them, taxes on top not counted */
    int64_t taxes; /* Shopify's taxes of all lines */
    struct price_charged charged[CARRIED_TAXES];
    size_t charged_count;
};

/* A line of the order and its taxes. */
bool price_product(struct price_work *w, const json_t *source);
bool price_shipping(struct price_work *w, const json_t *source);
/* A line on one of our own products, without taxes; none for 0. */
bool price_own_line(struct price_work *w, const char *key, const char *product, const char *words,
                    int64_t minor);
/* Tips, duties...: those that explain what is missing between lines and total. */
bool price_extras(struct price_work *w, int64_t missing);
int64_t price_extras_sum(const struct price_work *w, int64_t missing); /* how much they explain */
/* The pieces of a line that are booked, and what Shopify shows for them. False: more than ordered. */
bool price_shown(const struct price_work *w, const json_t *line, int64_t *now, int64_t *shown);
int64_t price_shown_shipping(const struct price_work *w, const json_t *line);
/* Target, side and country of an order; current: see order_price. */
void price_begin(struct price_work *w, bool current);
/* What is in the total, but neither in the lines nor in the taxes. */
int64_t price_missing(const struct price_work *w);
/* How much rounding may explain of an order of that many lines, by policy. */
int64_t price_bound(const struct reference *r, int64_t lines);
/* Equal, or a named rounding line within the bound, or held. inner: a gap of Shopify's own. */
bool price_settle(struct price_work *w, int64_t inner);

#endif
