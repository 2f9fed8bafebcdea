/*
 * kept.h - records that somebody looks at right now (made, and thrown away after SHOP_HANDS others)
 * and records that were changed (kept for good). For shop/ only.
 */
#ifndef SANDBOX_SHOP_KEPT_H
#define SANDBOX_SHOP_KEPT_H

#include <stddef.h>

enum kind { KIND_PRODUCT, KIND_CUSTOMER, KIND_ORDER, KIND_COUNT };

struct kept;

struct kept *kept_new(void (*const forget[KIND_COUNT])(void *record));
void kept_free(struct kept *k); /* and all records; NULL is fine */

void *kept_find(struct kept *k, enum kind kind, size_t index); /* NULL: to be made */
void kept_show(struct kept *k, enum kind kind, size_t index, void *record); /* takes it for a while */
void *kept_changed(const struct kept *k, enum kind kind, size_t index); /* NULL: as it was made */
/* From now on for good; record was found or shown before. */
void kept_keep(struct kept *k, enum kind kind, size_t index);
size_t kept_count(const struct kept *k, enum kind kind);
/* Those that were changed, in no order. */
void kept_each(const struct kept *k, enum kind kind, void (*each)(void *ctx, size_t index, void *record), void *ctx);

#endif
