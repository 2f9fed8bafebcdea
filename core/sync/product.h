/*
 * product.h - which Odoo product a line means, and our own products (shipping, placeholder...).
 */
#ifndef SYNC_PRODUCT_H
#define SYNC_PRODUCT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sync/findings.h"
#include "sync/reference.h"
#include "sync/text.h"

/*
 * By what a person maps the product of a line, which is also the name of a cause: "sku:TS-1"; of a
 * line without SKU "variant:60"; of one without both, such as an engraving, "title:Engraving".
 */
void product_key(const json_t *line, char key[TEXT_KEY_MAX]);
bool product_is_key(const char *thing); /* is a thing such a key? */
/* The product that a person mapped the line's variant, SKU or title to; 0: nobody did. */
int64_t product_mapped(const json_t *line, const struct reference *r);

/*
 * Matching order: pair, operator's mapping, SKU, barcode; never the name.
 * pairs: {"VARIANT ID": product id}. found: Odoo products read by SKU and barcode:
 * [{id, default_code, barcode, is_storable, active}]. 0: no match, the findings say why
 * ("sku:TS-1": not in Odoo; two products with it; or a person said of the variant that it is left
 * out or made new, so that another product with its SKU is not it).
 */
int64_t product_match(const json_t *line, const struct reference *r, const json_t *pairs,
                      const json_t *found, struct findings *f);
/*
 * Load plan (order_to_odoo.h) of one of our own products: "placeholder", "shipping", "tip",
 * "duty", "fee", "rounding", "discount", "gift_card". NULL: unknown word or no memory.
 */
json_t *product_own(const char *word, const char *shopkey);

#endif
