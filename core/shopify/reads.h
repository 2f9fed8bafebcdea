/*
 * reads.h - whole records from a shop, all their pages, as the GraphQL JSON that core/sync reads.
 *
 * Every list is walked to its end. What is not there is err MISSING. A record that changes while
 * its pages are read is read again, and after three tries err CONFLICT. trace (may be NULL) tells
 * of the last call.
 */
#ifndef SHOPIFY_READS_H
#define SHOPIFY_READS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/when.h"
#include "base/zone.h"
#include "shopify/graphql.h"

#define READS_LINES_MAX     5000 /* lines of one order */
#define READS_VARIANTS_MAX  2048 /* variants of one product */
#define READS_LOCATIONS_MAX 2000 /* places of one shop */
#define READS_LEVELS_MAX    250  /* items of one call */
#define READS_COMPANIES_MAX 50   /* companies of one call */

/* The "order" of order_by_id.graphql with all lineItems.nodes. */
bool orders_fetch(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                  json_t **order, struct graphql_trace *trace, struct err *err);

/*
 * One page of the sweep: orders changed in [from, to), oldest change first. after: the endCursor
 * of the page before, NULL at first. *page: the "orders" of orders_page.graphql: nodes, pageInfo.
 */
bool orders_page(struct shop *shop, struct http *http, when from, when to, const char *after,
                 enum pace_class class, json_t **page, struct graphql_trace *trace,
                 struct err *err);

/* The "customer" of customer_by_id.graphql with all addressesV2.nodes. */
bool customers_fetch(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                     json_t **customer, struct graphql_trace *trace, struct err *err);

/* Companies {id, name, metafields} of those ids, at most READS_COMPANIES_MAX, one call; null: gone. */
bool companies_fetch(struct shop *shop, struct http *http, const int64_t *ids, size_t count,
                     enum pace_class class, json_t **companies, struct graphql_trace *trace,
                     struct err *err);

/* The "product" of product_by_id.graphql with all variants.nodes. */
bool products_fetch(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                    json_t **product, struct graphql_trace *trace, struct err *err);

/* The "inventoryItem" of inventory_item_by_id.graphql with all inventoryLevels.nodes. */
bool items_fetch(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                 json_t **item, struct graphql_trace *trace, struct err *err);

/* The variants whose sku is exactly this one, an array, often empty; duplicates are legal. */
bool variants_by_sku(struct shop *shop, struct http *http, const char *sku, enum pace_class class,
                     json_t **variants, struct graphql_trace *trace, struct err *err);

/*
 * What lies of those items at that place, at most READS_LEVELS_MAX, one call: an array in their
 * order of InventoryLevels with the item inside; null where the shop keeps none of it.
 */
bool levels_fetch(struct shop *shop, struct http *http, int64_t location, const int64_t *items,
                  size_t count, enum pace_class class, json_t **levels,
                  struct graphql_trace *trace, struct err *err);

/* All places, an array of the nodes of locations.graphql. */
bool locations_fetch(struct shop *shop, struct http *http, enum pace_class class,
                     json_t **locations, struct graphql_trace *trace, struct err *err);

/* The time zone that the shop keeps its days by, "Europe/Zurich"; asked once for a shop. */
bool shop_zone(struct shop *shop, struct http *http, enum pace_class class,
               char zone[ZONE_NAME_MAX], struct graphql_trace *trace, struct err *err);

#endif
