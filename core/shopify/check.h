/*
 * check.h - can we work with this shop? Steps in words: token, shop, scopes, version, clock.
 */
#ifndef SHOPIFY_CHECK_H
#define SHOPIFY_CHECK_H

#include <jansson.h>

#include "base/steps.h"
#include "http/http.h"
#include "shopify/shop.h"

/*
 * Goes as far as it can and says so; stops at the first failure that makes the rest pointless.
 * *shop_info: what shop_info.graphql told (name, currency, zone), NULL if it did not get that
 * far; the caller frees it. May be NULL.
 */
void shopify_check(struct shop *shop, struct http *http, struct steps *steps, json_t **shop_info);

#endif
