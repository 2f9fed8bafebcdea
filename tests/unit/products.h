/*
 * products.h - products as Shopify's GraphQL has them, made to measure for tests.
 */
#ifndef TESTS_PRODUCTS_H
#define TESTS_PRODUCTS_H

#include <jansson.h>
#include <stdint.h>

struct products {
    int64_t id;              /* variants are id * 10000 + 1, 2, 3... */
    int options;             /* 0: the one default variant */
    int values;              /* of each option */
    int variants;            /* the first so many combinations */
    int price, step;         /* minor units of the first variant, and what each further one adds */
    const char *sku;         /* "TS": SKUs are TS-1, TS-2...; NULL: none */
    const char *title;       /* NULL: "Product ID" */
    const char *image;       /* a URL; NULL: none */
};

json_t *products_node(const struct products *p);

#endif
