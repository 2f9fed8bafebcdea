/*
 * product_match.h - which Odoo products the variants of a shop's product are, and what linking them
 * would write. The name is never a reason to link.
 */
#ifndef SYNC_PRODUCT_MATCH_H
#define SYNC_PRODUCT_MATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sync/findings.h"
#include "sync/reference.h"
#include "sync/text.h"

/* Odoo's rows [{id, default_code, barcode, active, product_tmpl_id}], to be found in by each. */
json_t *product_found(const json_t *rows);
int64_t product_template_of(const json_t *found, int64_t product); /* 0: not among them */

/* What is known around a product; all borrowed, any may be NULL. */
struct product_around {
    const json_t *pairs; /* {"VARIANT ID": product id} from before */
    const json_t *found; /* product_found of Odoo's, by SKU and barcode, archived too */
    const json_t *taken; /* {"PRODUCT ID": variant id}: already another variant's */
    json_t *barcodes;    /* {"CODE": variant id} of what is being brought in; grows */
};

/* What a person answered: mapping kind "product", "variant:ID", else "sku:SKU". NULL: nothing. */
const char *product_answer(const json_t *variant, const struct reference *r);
char *product_sku_key(char to[TEXT_KEY_MAX], const char *sku); /* "sku:TS-1" */

/*
 * Pair, the operator's answer (a product id, "create" or "skip"), SKU, barcode:
 * {
 *   links  {"VARIANT ID": product id}
 *   skip   {"VARIANT ID": true}     its barcode is another product's
 *   answer "" | "create" | "skip"   what a person said of any of the variants
 * }
 * A question, never a guess: FINDING_MISSING about "sku:X" (or "variant:ID") when several are
 * possible, or when the one is already another variant's. NULL without memory.
 */
json_t *product_links(const json_t *product, const struct reference *r,
                      const struct product_around *around, struct findings *f);

/*
 * seen: Odoo's templates of the linked products: [{id, name, active, sale_ok, list_price,
 * description, image_128, x_..., product_variant_ids [{id, default_code, barcode, lst_price,
 * standard_price, weight, active}]}]. Odoo is the authority: only what is empty there is filled,
 * what else differs is flagged in words. priced: prices of single variants are on a price list.
 * {
 *   template {field: text}                for the first of seen
 *   variants {"PRODUCT ID": {field: text}}
 *   changes  [{field, label, from, to}]
 *   image    true when Odoo has none
 *   missing  {"VARIANT ID": true}         variants without a product
 * }
 */
json_t *product_compare(const json_t *product, const json_t *seen, const json_t *links,
                        const json_t *skip, bool priced, const struct reference *r,
                        struct findings *f);

#endif
