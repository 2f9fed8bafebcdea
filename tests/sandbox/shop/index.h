/*
 * index.h - who has that SKU, that e-mail, that telephone: eight bytes an entry, built when it is
 * first asked. It names candidates; the caller looks at them. shop->lock is held.
 */
#ifndef SANDBOX_SHOP_INDEX_H
#define SANDBOX_SHOP_INDEX_H

#include "tests/sandbox/shop/shop.h"

struct index *index_new(void);
void index_free(struct index *x); /* NULL is fine */

/* Calls each with indices in ascending order, each once. */
void index_products(struct shop *s, const char *sku, void (*each)(void *ctx, size_t product), void *ctx);
void index_customers(struct shop *s, const char *reach, void (*each)(void *ctx, size_t customer), void *ctx);

#endif
