/*
 * make.h - how the shop's records are made of (seed, index): the same each time, whatever else the
 * shop holds. For shop/ only; the caller has shop->lock.
 */
#ifndef SANDBOX_SHOP_MAKE_H
#define SANDBOX_SHOP_MAKE_H

#include "tests/sandbox/shop/shop.h"

/* Ids say what a record is and which: first + index * step. */
#define PRODUCT_FIRST  INT64_C(9120000000000001)
#define PRODUCT_STEP   1031
#define VARIANT_FIRST  INT64_C(42000000000000001) /* + index * 4096 + nth */
#define ITEM_FIRST     INT64_C(44000000000000001)
#define VARIANT_STEP   4096
#define CUSTOMER_FIRST INT64_C(9450000000000001)
#define CUSTOMER_STEP  1021
#define PAST_FIRST     INT64_C(5800000000000000001) /* orders of earlier; lines and such follow */
#define PAST_STEP      10007
#define ODD_OVERSOLD   4 /* the product of an odd shop that was sold more often than there were */
#define ODD_LEFT       1 /* its order of a customer who was deleted since */
#define ID_FIRST       INT64_C(6200000000000000001) /* what is sold since */

uint64_t make_salt(const struct shop *s, char kind, uint64_t index);
char *make_text(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* for free(3) */
char *make_copy(const char *text);                                           /* NULL: NULL */
void make_handle(const char *title, char *to, size_t size);                  /* "a-linen-shirt" */

/* When a record was made and changed, without making all of it. */
struct head {
    when created, updated;
    bool gone; /* deleted, or too old for who asks */
    const char *financial, *fulfillment; /* orders; constant text */
    when cancelled, closed;
    bool test;
    size_t customer; /* SIZE_MAX: none */
};
void product_head(const struct shop *s, size_t index, struct head *h);
void customer_head(const struct shop *s, size_t index, struct head *h);
void past_head(const struct shop *s, size_t index, struct head *h);

struct product *product_make(const struct shop *s, size_t index);
void product_free(struct product *p);
struct customer *customer_make(const struct shop *s, size_t index);
void customer_free(struct customer *c);
struct order *past_make(struct shop *s, size_t index);
void order_free(struct order *o);

/* Earlier orders of a customer: calls each with their indices, in no order. */
void past_of_customer(const struct shop *s, size_t customer, void (*each)(void *ctx, size_t order), void *ctx);
bool past_open(const struct shop *s, size_t index); /* so young that it may hold stock */

void address_make(const struct shop *s, struct rng *r, struct address *a, const char *first, const char *last);
struct address *address_copy(const struct address *from);
void address_clear(struct address *a);

/* ---- parts of orders, for those of earlier and those sold now ---- */

struct regime;
const struct regime *regime_of(struct rng *r, const char *country);
bool regime_included(const struct regime *regime);
void regime_put(const struct regime *regime, struct tax_line *to, size_t *count);

struct making { /* an order in the making */
    struct shop *shop;
    struct order *order;
    struct rng *rng;
    const struct regime *regime;
    enum mix mix;
    int64_t next_id; /* of lines and such; 0: the shop's */
};
struct line *order_line_add(struct order *o); /* empty; the others move */
int64_t making_id(struct making *m);
void making_line(struct making *m, const struct product *p, const struct variant *v);
void making_discounts(struct making *m);
void making_ships(struct making *m);

#endif
