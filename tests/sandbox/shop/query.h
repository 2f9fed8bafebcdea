/*
 * query.h - Shopify's search syntax, as far as documents use it: name:value, name:>=value, quoted,
 * joined by blanks, AND or OR, with NOT, "-" and parentheses. Unknown names are ignored, with a
 * warning; bare words too.
 */
#ifndef SANDBOX_SHOP_QUERY_H
#define SANDBOX_SHOP_QUERY_H

#include "tests/sandbox/shop/kept.h"
#include "tests/sandbox/shop/make.h"

#define QUERY_NODES 64

enum query_kind { QUERY_TERM, QUERY_AND, QUERY_OR, QUERY_NOT, QUERY_ALL };

struct query_node {
    enum query_kind kind;
    int left, right;
    char name[40], op[3], value[160];
};

struct query {
    struct query_node nodes[QUERY_NODES];
    int count, root; /* root -1: everything */
};

/* What can be asked of; NULL-terminated. */
extern const char *const query_order_names[], *const query_variant_names[], *const query_customer_names[],
    *const query_product_names[], *const query_item_names[];

/* Names that are not known are left out and appended to warnings (may be NULL). */
void query_read(const char *text, const char *const *known, struct query *q, json_t *warnings);
/* The value of name when all that fits must have it (not inside OR or NOT), NULL: none such. */
const char *query_must(const struct query *q, const char *name);

enum answer { ANSWER_NO, ANSWER_MAYBE, ANSWER_YES };
/* record NULL: what the head tells; MAYBE: the record must be made to know. */
enum answer query_order(struct shop *s, const struct query *q, const struct head *h, const struct order *o);
enum answer query_customer(struct shop *s, const struct query *q, const struct head *h, const struct customer *c);
enum answer query_product(struct shop *s, const struct query *q, const struct head *h, const struct product *p);
bool query_variant(const struct query *q, const struct variant *v, bool item);

#endif
