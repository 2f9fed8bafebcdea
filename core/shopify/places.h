/*
 * places.h - the names of a shop's places, for records that tell only an id. Asked once in a
 * while, remembered with the shop; any thread may call.
 */
#ifndef SHOPIFY_PLACES_H
#define SHOPIFY_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "shopify/graphql.h"

#define PLACE_NAME_MAX 256

/* name is "" where the shop has no such place. *asked (may be NULL): Shopify was. */
bool place_name(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                char name[PLACE_NAME_MAX], bool *asked, struct graphql_trace *trace,
                struct err *err);

#endif
