/*
 * view.h - the shop's books as others see them: GraphQL objects (graphql/execute.h's forms) and the
 * payloads of webhooks. New JSON each time; the caller holds shop->lock.
 */
#ifndef SANDBOX_SHOP_VIEW_H
#define SANDBOX_SHOP_VIEW_H

#include "tests/sandbox/shop/shop.h"

/* GraphQL */
json_t *view_order(struct shop *s, const struct order *o);
json_t *view_company(int64_t id);
json_t *view_customer(struct shop *s, const struct customer *c);
json_t *view_product(struct shop *s, const struct product *p);
json_t *view_variant(struct shop *s, const struct variant *v);
json_t *view_item(struct shop *s, const struct variant *v);
json_t *view_level(struct shop *s, const struct variant *v, size_t location); /* NULL: not stocked there */
json_t *view_location(const struct shop *s, size_t location);
json_t *view_media(const struct shop *s, const struct product *p, size_t nth);
json_t *view_shop(const struct shop *s);
json_t *view_gid(const char *type, int64_t id); /* "gid://shopify/Order/1" */
json_t *view_level_gid(int64_t location, int64_t item);

/* Parts that several views need */
json_t *view_moment(when at);
json_t *view_maybe(const char *text);
json_t *view_upper(const char *text);
json_t *view_words(const char *list); /* "a, b" */
json_t *view_address(const struct address *a);
json_t *view_metafields(uint64_t salt, const char *owner, when updated);

/* REST-like, as webhooks carry them */
json_t *payload_order(struct shop *s, const struct order *o);
json_t *payload_edit(struct shop *s, const struct order *o, const struct line *l, int delta);
json_t *payload_customer(const struct shop *s, const struct customer *c);
json_t *payload_product(struct shop *s, const struct product *p);
json_t *payload_level(struct shop *s, const struct variant *v, size_t location);
json_t *payload_moment(when at); /* with the shop's offset */
json_t *payload_address(const struct address *a);
void payload_nothing(json_t *j, const char *const *names); /* null each; the list ends with NULL */

#endif
