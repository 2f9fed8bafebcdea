/*
 * stock.h - inventorySetQuantities as Shopify has it since 2026-04: a key is asked for, each
 * row says what it was changed from (or null), all rows or none. A key is remembered: the same rows under
 * it are no second write, others are refused, and one that failed is spent.
 *
 * On request: items that nobody may set, closed places, keys that are "still under way".
 */
#ifndef SANDBOX_SHOP_STOCK_H
#define SANDBOX_SHOP_STOCK_H

#include "tests/sandbox/shop/roots.h"

struct stock_rules;

struct stock_rules *stock_rules_new(void);
void stock_rules_free(struct stock_rules *k); /* NULL is fine */

json_t *stock_write(struct roots *r, struct execution *e, const json_t *args);

/*
 * {"item", "location" (an id or none: the first), "available": sets it as a clerk does; "frozen":
 * items that nobody may set; "closed": no more stock at that place; "busy": so many next keys}. The
 * level as it is now: {"available", "committed", "on_hand", "peak"}, the last since "anew"; NULL: no such item or place.
 */
json_t *stock_wish_held(struct shop *s, const json_t *wish);
bool stock_is_closed(const struct shop *s, size_t location);

#endif
