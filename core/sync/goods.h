/*
 * goods.h - what a variant of the shop and its product in Odoo both hold: SKU, barcode, price,
 * cost, weight. Both in the form of kind "variant" (kinds.def), so that three versions of them can
 * be merged (diff.h), and back as what each side is written with.
 *
 * Price: Odoo's sales price of the variant, its extras included. Amounts are compared only when the
 * shop counts in the company's currency. Odoo weighs with two decimals: a weight that is the other's at that
 * precision is that very weight. A cost or weight of 0 in Odoo is none.
 */
#ifndef SYNC_GOODS_H
#define SYNC_GOODS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "sync/findings.h"
#include "sync/reference.h"

/* node: of variants_by_ids.graphql; currency: the shop's. NULL: err. */
json_t *goods_of_variant(const json_t *node, const char *currency, const struct reference *r,
                         struct err *err);
/* row: of product.product with goods_columns; shop: goods_of_variant; likes: records, see above. */
json_t *goods_of_product(const json_t *row, const json_t *shop, const json_t *likes,
                         const struct reference *r);
json_t *goods_columns(void);

/* Never compared before: {field: {shopify, odoo}} of what stays apart until one side moves. */
json_t *goods_first_apart(const json_t *shop, const json_t *odoo, const struct reference *r);
/*
 * What the merge would write and must not: stays apart. In the shop only a barcode is emptied; in
 * Odoo no SKU and price is, a cost never set (it would revalue the stock), and a price only of a
 * template with one variant. several: it has more.
 */
void goods_keep(json_t *merge, const json_t *shop, const json_t *odoo, bool several,
                struct findings *f);
/*
 * May that be published? A price of 0 or below: err INVALID in words. A price that was rounded to
 * the shop's decimals: a note.
 */
bool goods_check(const json_t *to_shopify, const json_t *row, const char *name,
                 const struct reference *r, struct findings *f, struct err *err);

/* ProductVariantsBulkInput with nothing but those fields. */
json_t *goods_input(const json_t *to_shopify, int64_t variant, const struct reference *r);
/* Values for product.product. */
json_t *goods_values(const json_t *to_odoo, const struct reference *r);
/* "Price 12.00 -> 13.00, SKU A -> B": of fields, from the record. */
void goods_words(const json_t *fields, const json_t *from, const struct reference *r, char *to,
                 size_t size);

#endif
