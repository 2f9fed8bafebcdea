/*
 * query.h - Shopify's search syntax, as far as documents use it: name:value, name:>=value, quoted,
 * joined by blanks or AND. Unknown names are ignored, with a warning.
 */
#ifndef SANDBOX_SHOP_QUERY_H
#define SANDBOX_SHOP_QUERY_H

#include "tests/sandbox/shop/shop.h"

struct term {
    char name[40], op[3], value[160];
};

struct query {
    struct term terms[8];
    size_t count;
};

/* known: NULL-terminated names; others are left out and appended to warnings. */
void query_read(const char *text, const char *const *known, struct query *q, json_t *warnings);
bool query_order(const struct shop *s, const struct query *q, const struct order *o);
bool query_variant(const struct shop *s, const struct query *q, const struct variant *v);
bool query_customer(const struct query *q, const struct customer *c);
bool query_product(const struct query *q, const struct product *p);

extern const char *const query_order_names[], *const query_variant_names[], *const query_customer_names[],
    *const query_product_names[];

#endif
