/*
 * variants.h - variants of a shop by their ids, and their fields set, a product's at once.
 */
#ifndef SHOPIFY_VARIANTS_H
#define SHOPIFY_VARIANTS_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"
#include "shopify/graphql.h"

#define VARIANTS_MOST 250 /* of a read and of a write */

/*
 * One call: {shop {currencyCode}, nodes []} of variants_by_ids.graphql, nodes in the order of ids,
 * null where the shop has no such variant.
 */
bool variants_by_ids(struct shop *shop, struct http *http, const int64_t *ids, size_t count,
                     enum pace_class class, json_t **answer, struct graphql_trace *trace,
                     struct err *err);

struct variant_row {
    const json_t *input; /* ProductVariantsBulkInput, borrowed */
    struct err why;      /* out: kind NONE, it was taken; else refused for good, in words */
};
/*
 * Sets absolute values, so that it may be repeated. True: each row says whether it was taken. False:
 * MISSING: the product is not there; REFUSED: none was taken, and no row is named; BUSY, UNSURE...
 */
bool variants_update(struct shop *shop, struct http *http, int64_t product,
                     struct variant_row *rows, size_t count, enum pace_class class,
                     struct graphql_trace *trace, struct err *err);

#endif
