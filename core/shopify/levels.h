/*
 * levels.h - what a shop offers of its variants, place by place, and how that is set.
 *
 * Setting is all or nothing, and compares first: each row names what was there when it was read. A
 * refusal names rows; the caller takes those out and sends the rest. The key says that two sendings
 * are the same one: it is on disk before the first.
 */
#ifndef SHOPIFY_LEVELS_H
#define SHOPIFY_LEVELS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "shopify/graphql.h"

#define LEVELS_MAX     250 /* variants of a read, rows of a write */
#define LEVELS_KEY_MAX 37  /* with the NUL */

/*
 * The variants in the order of ids, one call: an array of {id, sku, inventoryItem {id, tracked,
 * inventoryLevels {nodes}}} with all levels; null: the shop has no such variant.
 */
bool levels_of_variants(struct shop *shop, struct http *http, const int64_t *ids, size_t count,
                        enum pace_class class, json_t **variants, struct graphql_trace *trace,
                        struct err *err);

/* How a row that was named was refused. */
enum level_refusal {
    LEVEL_TAKEN, /* not refused */
    LEVEL_STALE, /* something else is there by now */
    LEVEL_BAD    /* for good: the row's own err */
};
struct level_row {
    int64_t item, location;
    int64_t from, to;
    enum level_refusal refusal; /* out */
    struct err why;             /* out, of LEVEL_BAD */
};

enum levels_outcome {
    LEVELS_SET,     /* all of them, now or by an earlier sending of this key */
    LEVELS_REFUSED, /* none; the rows say which are to blame, or no row does and *err says why */
    LEVELS_SPENT,   /* none now: the key was used up before, by other rows or in vain */
    LEVELS_FAILED   /* err: BUSY nothing happened; UNSURE; ... */
};
/* At most LEVELS_MAX rows, no level twice. about: for the shop's own history, "Stock/12". */
enum levels_outcome levels_set(struct shop *shop, struct http *http, struct level_row *rows,
                               size_t count, const char *key, const char *about,
                               enum pace_class class, struct graphql_trace *trace,
                               struct err *err);

void levels_key(char key[LEVELS_KEY_MAX]); /* a new one: a random UUID */

#endif
