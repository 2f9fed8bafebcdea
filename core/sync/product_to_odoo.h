/*
 * product_to_odoo.h - a canonical product (product_from_shopify.h) as loads of Odoo's models.
 *
 * Options become attributes with create_variant "dynamic": a template is made with its lines and no
 * variant, then each variant that the shop has is made by itself; so a sparse matrix stays sparse
 * and 2,048 variants pass, which Odoo refuses to make by itself above 1,000. A product with the one
 * default variant has no attribute and is one load.
 *
 * Plans are those of order_to_odoo.h. External ids are created once, per shop: product_ID,
 * variant_ID, price_ID, and one per normalised name for attributes, values, tags and categories.
 */
#ifndef SYNC_PRODUCT_TO_ODOO_H
#define SYNC_PRODUCT_TO_ODOO_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sync/findings.h"
#include "sync/reference.h"
#include "sync/text.h"

#define PRODUCT_KEY_MAX 32

/*
 * The options of a product with the keys by which attributes and values are known:
 * [{key, name, values {"Red": key}}], values in their order. "Red" and "red " have one key, except
 * when one product has both: then the second is known by its exact letters.
 */
json_t *product_options(const json_t *product);
void product_name_key(const char *name, char key[PRODUCT_KEY_MAX]); /* of a tag, a type */

json_t *product_attribute_plan(const char *key, const char *name, const char *shopkey);
json_t *product_value_plan(const char *key, const char *name, int64_t attribute,
                           const char *shopkey);
json_t *product_tag_plan(const char *name, const char *shopkey);
json_t *product_category_plan(const char *type, const char *shopkey);
json_t *product_pricelist_plan(const char *currency, int64_t currency_id, const char *shopkey);

/* What the plans of a product need to know; borrowed. */
struct product_place {
    const char *shopkey;
    const struct reference *r;
    int64_t category;         /* 0: Odoo's default */
    const json_t *tags;       /* {"name": id} */
    const json_t *attributes; /* {key: id} */
    const json_t *values;     /* {key: id} */
    const json_t *skip;       /* {"VARIANT ID": true}: its barcode is another's */
    const json_t *fields;     /* {"x_field": ...} that Odoo's templates have; NULL: not known */
};
/* NULL without memory. */
json_t *product_template_plan(const json_t *product, const json_t *options,
                              const struct product_place *place, struct findings *f);
/* ptavs: {"VALUE ID": id of the template's own value}. Variants in only (may be NULL: all). */
json_t *product_variant_plans(const json_t *product, const json_t *options, int64_t template_id,
                              const json_t *ptavs, const json_t *only,
                              const struct product_place *place);
/*
 * Fixed prices of those variants whose price is not the template's: an array, often empty.
 * ids: {"VARIANT ID": product id}.
 */
json_t *product_price_plans(const json_t *product, int64_t template_id, const json_t *ids,
                            int64_t pricelist, const struct product_place *place);

/* The lowest price, which is the template's; 0 when the shop counts in another currency. */
int64_t product_list_price(const json_t *product, const struct reference *r);
bool product_has_prices(const json_t *product, const struct reference *r); /* more than that one */
bool product_default_only(const json_t *product);                      /* no options */
bool product_stocked(const json_t *product);                           /* stock of it is kept */
int64_t product_category(const json_t *product, const struct reference *r, bool *mapped);
/* Weights as Odoo counts them (policy weight_unit), rounded to its two decimals. */
double product_weight(const json_t *variant, const struct reference *r);
/* "id" as a key of JSON objects. */
const char *product_id_text(int64_t id, char text[PRODUCT_KEY_MAX]);
char *product_metafield_key(char to[TEXT_KEY_MAX], const char *key); /* "product.custom.fabric" */
/*
 * Fields for metafields: {"x_field": text}, all that are mapped; "" where the product has none.
 * Those that are not among fields (may be NULL: not known) are flagged and left out.
 */
json_t *product_extra_fields(const json_t *product, const struct reference *r,
                             const json_t *fields, struct findings *f);

#endif
