/*
 * level.h - how much of a thing lies at a place: a Shopify inventory level, and what it means for
 * the quants of Odoo.
 *
 * Canonical (kinds.def): {item_id, location_id, location, sku, variants[id], tracked, active,
 *  available, committed, on_hand, updated_at}; quantities may be negative.
 *
 * The opening quantity is what may be sold plus what is sold and not yet sent (available +
 * committed), so that the open orders, when they come, reserve their part. What Shopify holds
 * beside that (reserved, damaged, quality control, safety stock) is named, not brought over.
 */
#ifndef SYNC_LEVEL_H
#define SYNC_LEVEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sync/findings.h"
#include "sync/reference.h"

/*
 * node: an InventoryLevel {id, updatedAt, isActive, location {id, name, isActive}, quantities
 * [{name, quantity}], item {id, sku, tracked, variants {"nodes": [{id}]}}}. NULL: err INVALID.
 */
json_t *level_from_shopify(const json_t *node, struct findings *f, struct err *err);

enum level_fate {
    LEVEL_GO,    /* on with it */
    LEVEL_LEAVE, /* not ours to set: the words say why */
    LEVEL_REFUSE /* err says why */
};
#define LEVEL_WORDS_MAX 160

#define LEVEL_KEY_MAX ERR_THING_MAX
/*
 * Under which key its location is mapped: its id, else its name; or would be. level: or an order
 * of a place, which has the same two fields.
 */
const char *level_location_key(const json_t *level, const struct reference *r,
                               char key[LEVEL_KEY_MAX]);
/* Has it the id of a place alone, where a name might be what is mapped? */
bool level_location_wants_name(const json_t *level, const struct reference *r);
/* Is there anything to set at all, and where in Odoo? place: a stock.location. */
enum level_fate level_place(const json_t *level, const struct reference *r, int64_t *place,
                            char words[LEVEL_WORDS_MAX], struct err *err);

/* Places below that one which other locations are mapped to: [id]; their stock is not its own. */
json_t *level_places_below(const struct reference *r, int64_t place);

/*
 * May this product (read with level_product_fields) have a quantity? products: how many different
 * ones of Odoo the item's variants are.
 */
enum level_fate level_product(const json_t *level, const json_t *product, size_t products,
                              char words[LEVEL_WORDS_MAX], struct err *err);
/* Is a quantity of it kept in Odoo at all, so that it can be told? LEAVE: words say why not. */
enum level_fate level_stocked(const json_t *product, char words[LEVEL_WORDS_MAX]);
/* fields: fields_get of product.product: a kit is only known as one where Odoo can make kits. */
json_t *level_product_fields(const json_t *fields);

#define LEVEL_WRITES_MAX 32

struct level_write {
    int64_t quant; /* 0: none is there yet, one is made */
    double count;  /* what it is to hold */
};
struct level_plan {
    bool same;       /* Odoo holds it already */
    bool none;       /* Odoo has no quant of it there */
    int64_t on_hand; /* to be in all quants of the place together */
    double there;    /* is */
    struct level_write writes[LEVEL_WRITES_MAX]; /* none if same */
    size_t count;
};
/*
 * quants: those of this product at this place and in the places below it: [{id, location_id,
 * quantity, reserved_quantity, lot_id, package_id, owner_id}]. What is too little goes to the place
 * itself, what is too much is taken first where nothing is reserved. False: err REFUSED, Odoo
 * keeps it in a way that no one figure can set.
 */
bool level_plan(const json_t *level, const json_t *quants, int64_t place, struct level_plan *plan,
                struct findings *f, struct err *err);

#endif
