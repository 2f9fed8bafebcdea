/*
 * product_from_shopify.h - a Shopify product in its canonical form, from GraphQL.
 *
 * The node of product_by_id.graphql with all pages of its lists, or the same put together from a
 * bulk file: lists as {"nodes": [...]}. Amounts are integers in minor units of `currency`; times
 * are microseconds UTC; null means absent. Shape (kinds.def has types, labels and limits):
 *
 * {id, title, handle, description (html), status (active, archived, draft, unlisted), type, vendor,
 *  tags[], created_at, updated_at, currency,
 *  options[{name, values[]}]     none when the product has the one default variant only
 *  variants[{id, sku, barcode, title, position, price, compare_at, taxable, tracked,
 *            requires_shipping, cost, cost_currency, weight (grams), item_id, updated_at,
 *            options[]}]         the values, one an option, in the order of options
 *  metafields[{key, type, value}]     key: "namespace.key"
 *  image{url}}
 *
 * Named problems: no variant, more than 2,048 and two with the same options refuse the product; a
 * name that is too long is cut, SKUs that are missing or given twice are flagged.
 */
#ifndef SYNC_PRODUCT_FROM_SHOPIFY_H
#define SYNC_PRODUCT_FROM_SHOPIFY_H

#include <jansson.h>

#include "base/err.h"
#include "sync/findings.h"
#include "sync/reference.h"

#define PRODUCT_VARIANTS_MAX 2048
#define PRODUCT_OPTIONS_MAX  10

/* NULL: err INVALID, the input is no product; the same sentence is in the findings. */
json_t *product_from_shopify(const json_t *node, const struct reference *r, struct findings *f,
                             struct err *err);

#endif
