/*
 * order_to_odoo.h - a canonical order as one load of sale.order.
 */
#ifndef SYNC_ORDER_TO_ODOO_H
#define SYNC_ORDER_TO_ODOO_H

#include <jansson.h>

#include "base/err.h"
#include "sync/findings.h"
#include "sync/order_plan.h"
#include "sync/reference.h"

/*
 * resolved {
 *   partner, invoice, delivery        Odoo partner ids (invoice and delivery: partner if absent)
 *   lines    {"LINE ID": {product}}   Odoo product.product; a line that is absent, or null, gets
 *                                     the placeholder
 *   products {placeholder, shipping, tip, duty, fee, rounding, discount, gift_card}
 *   tags     {"name": id}             order tags
 * }
 *
 * The plan:
 * {
 *   model "sale.order", xmlid, context {...}, fields [...], rows [[text...]...],
 *   lines  [{key, product, quantity, price, discount, sequence}]   in the order Odoo will list them
 *   expect {currency, digits, untaxed, tax, total, rounding, tax_gap, lines, state}
 * }
 * Rows are text only (a JSON boolean or number can break Odoo's load). The external id is
 * shopify_<shopkey>.order_<id>, created once. NULL: err has the worst finding.
 */
json_t *order_to_odoo(const json_t *order, const struct order_plan *plan, const char *shopkey,
                      const struct reference *r, const json_t *resolved, struct findings *f,
                      struct err *err);

/*
 * Joins load plans of one model into as few calls as possible: [{model, context, fields, rows,
 * starts [{xmlid, row}]}]. Plans with other fields or context go into other calls; at most
 * `most` records a call. NULL without memory.
 */
json_t *plan_join(const json_t *plans, size_t most);
/* Module part of our external ids: "shopify_<shopkey>"; shopkey keeps only [a-z0-9_]. */
bool plan_xmlid(char *to, size_t size, const char *shopkey, const char *type, const char *name);

#endif
