/*
 * view.h - the shop's books as others see them: GraphQL objects (graphql/execute.h's forms) and the
 * payloads of webhooks. New JSON each time; the caller holds shop->lock.
 */
#ifndef SANDBOX_SHOP_VIEW_H
#define SANDBOX_SHOP_VIEW_H

#include "tests/sandbox/shop/shop.h"

/* GraphQL */
json_t *view_order(const struct shop *s, const struct order *o);
json_t *view_customer(const struct shop *s, const struct customer *c);
json_t *view_product(const struct shop *s, const struct product *p);
json_t *view_variant(const struct shop *s, const struct variant *v);
json_t *view_item(const struct shop *s, const struct variant *v);
json_t *view_level(const struct shop *s, const struct variant *v);
json_t *view_location(const struct shop *s);
json_t *view_shop(const struct shop *s);
json_t *view_gid(const char *type, int64_t id); /* "gid://shopify/Order/1" */

/* REST-like, as webhooks carry them */
json_t *payload_order(const struct shop *s, const struct order *o);
json_t *payload_edit(struct shop *s, const struct order *o, const struct line *l, int delta);
json_t *payload_customer(const struct shop *s, const struct customer *c);
json_t *payload_product(const struct shop *s, const struct product *p);
json_t *payload_level(const struct shop *s, const struct variant *v);

#endif
