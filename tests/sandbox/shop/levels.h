/*
 * levels.h - what lies where. Quantities are made of (seed, item, location); open orders have
 * committed their part of them. Only what was changed since is kept. shop->lock is held.
 */
#ifndef SANDBOX_SHOP_LEVELS_H
#define SANDBOX_SHOP_LEVELS_H

#include "tests/sandbox/shop/shop.h"

struct levels *levels_new(void);
void levels_free(struct levels *k); /* NULL is fine */
/*
 * Earlier orders that are not sent yet hold their part, old ones too: what is on hand has both. Once,
 * before anything is asked: it looks at more records than SHOP_HANDS, and those in hand would go.
 */
void levels_open(struct shop *s);

void levels_get(struct shop *s, const struct variant *v, size_t location, struct level *level);
int64_t levels_on_hand(const struct level *level);
void levels_set(struct shop *s, const struct variant *v, size_t location, int64_t available);
/* The most that was on hand after a levels_set; anew: since now. */
int64_t levels_peak(struct shop *s, const struct variant *v, size_t location, bool anew);
/* What an order holds of the stock: taken (1) or given back (-1). */
void levels_commit(struct shop *s, const struct order *o, int sign);
/* What an order still held has left the house. */
void levels_send(struct shop *s, const struct order *o);

#endif
