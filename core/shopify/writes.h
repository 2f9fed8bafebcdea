/*
 * writes.h - records of a shop changed. Each is absolute: once more is no harm.
 *
 * What the shop says no to is err REFUSED with its words. trace (may be NULL) tells of the call.
 */
#ifndef SHOPIFY_WRITES_H
#define SHOPIFY_WRITES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "shopify/graphql.h"

/* input: CustomerSetInput; what it does not name stays. */
bool customers_write(struct shop *shop, struct http *http, int64_t id, const json_t *input,
                     enum pace_class class, struct graphql_trace *trace, struct err *err);

#endif
