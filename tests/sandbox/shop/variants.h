/*
 * variants.h - productVariantsBulkUpdate as Shopify has it: what is not named stays, a quantity is
 * refused, a bad row stops all of them unless the caller allows partial updates.
 */
#ifndef SANDBOX_SHOP_VARIANTS_H
#define SANDBOX_SHOP_VARIANTS_H

#include "tests/sandbox/shop/roots.h"

json_t *variants_write(struct roots *r, struct execution *e, const json_t *args);

#endif
