/*
 * list.h - the rows of the shop's big connections (orders, customers, products, variants, items,
 * levels of a location): filtered, sorted, a page at a time or all of them one by one, without ever
 * holding more than four bytes a row. shop->lock is held.
 */
#ifndef SANDBOX_SHOP_LIST_H
#define SANDBOX_SHOP_LIST_H

#include "tests/sandbox/graphql/execute.h"
#include "tests/sandbox/shop/query.h"

enum rows { ROWS_ORDERS, ROWS_CUSTOMERS, ROWS_PRODUCTS, ROWS_VARIANTS, ROWS_ITEMS, ROWS_LEVELS };

struct walk {
    struct shop *shop;
    enum rows rows;
    enum kind kind;
    struct query query;
    size_t location; /* of levels */
    when since;      /* orders before are not seen */
    uint32_t *order; /* positions to indices; NULL: the same */
    size_t count;    /* positions */
    bool updated, reverse;
    size_t next;    /* position, in the order of the walk */
    size_t nth;     /* variant of that product; SIZE_MAX: at its start */
};

struct row {
    size_t index, nth;
};

/* Whether a root field is such a connection; its count field ("ordersCount") is one too. */
bool walk_rows(const char *field, enum rows *rows);
/* counting: a count knows other search names than the list itself. */
void walk_start(struct walk *w, struct shop *s, enum rows rows, bool counting, const json_t *args, bool all_orders,
                json_t *warnings);
bool walk_next(struct walk *w, struct row *row); /* false: that was all */
void walk_clear(struct walk *w);
json_t *row_gid(const struct walk *w, const struct row *row); /* new */

/* A page as execute.h takes it; NULL: e was told what is wrong. Clears the walk. */
json_t *walk_page(struct walk *w, struct execution *e, const char *field, const json_t *args);
/* {"count","precision"}; clears the walk. limit 0: no limit. */
json_t *walk_count(struct walk *w, json_int_t limit);

void shop_head(struct shop *s, enum kind kind, size_t index, struct head *h);

#endif
