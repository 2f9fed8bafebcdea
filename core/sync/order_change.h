/*
 * order_change.h - an order moved in Shopify: what has to be done to the one in Odoo.
 */
#ifndef SYNC_ORDER_CHANGE_H
#define SYNC_ORDER_CHANGE_H

#include <jansson.h>

#include "base/err.h"
#include "sync/findings.h"
#include "sync/reference.h"

/*
 * agreed: the canonical order both sides last held; NULL: not known, as of an order made by a run
 * that did not come to its end: Odoo is brought to `order`, whatever it holds. order: the new one.
 * odoo: the order as read now {id, state, locked, invoiced, delivered, released, confirmed,
 * date_order, lines {"KEY": line id}, order_line [{id, product_id, product_uom_qty, price_unit,
 * discount, tax_id}]} where KEY is that of plan.lines (order_to_odoo.h); invoiced and delivered:
 * anything of it; released: a person released a hold, so that what would be one is only flagged; confirmed: we know that it was confirmed.
 * resolved: as in order_to_odoo.h, for `order`.
 *
 * {
 *   older   true when `order` is not newer than agreed: nothing to do
 *   calls   [{model, method, ids, values | fields + rows + keys, context}]   in this order; keys:
 *           whose lines the rows become
 *   confirm [call]   those to send when the amounts are verified
 *   expect  as in order_to_odoo.h, when lines change
 *   lines   the new plan.lines, when lines change, with the id of each that is there already
 *   agreed  true when nothing is left open: `order` becomes the new agreed
 *   changes [{field, label, from, to}]   for the record's timeline; no personal data
 *   action, reason                       of order_plan
 * }
 * What a person must decide is in the findings (FINDING_HOLD, ERR_CONFLICT): cancelled but
 * shipped, edited or refunded after invoice or delivery. Of a refunded order pieces that were taken
 * back before shipping leave the lines; money and goods that come back are not this flow's. NULL:
 * err.
 */
json_t *order_change(const json_t *agreed, const json_t *order, const json_t *odoo,
                     const char *shopkey, const struct reference *r, const json_t *resolved,
                     struct findings *f, struct err *err);

#endif
