/*
 * fulfilments.h - what a shop has to send of an order, what it knows as sent, and how it is told.
 *
 * Telling is not idempotent and takes no key: after an unknown outcome the order is looked at.
 */
#ifndef SHOPIFY_FULFILMENTS_H
#define SHOPIFY_FULFILMENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "shopify/graphql.h"

#define FULFILMENTS_MAX       100 /* of an order; with more it is left to people: REFUSED */
#define FULFILMENTS_LINES_MAX 250 /* of one of them, and of one fulfilment order */

/* The "order" of delivery_look.graphql with all fulfillmentOrders.nodes. */
bool fulfilments_look(struct shop *shop, struct http *http, int64_t order, enum pace_class class,
                      json_t **node, struct graphql_trace *trace, struct err *err);
/* input: FulfillmentInput. REFUSED: nothing was made. */
bool fulfilments_create(struct shop *shop, struct http *http, json_t *input,
                        enum pace_class class, int64_t *id, struct graphql_trace *trace,
                        struct err *err);

#endif
