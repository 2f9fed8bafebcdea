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
 * agreed: the canonical order both sides last held. order: the new one. odoo: the order as read
 * now {id, state, locked, invoiced, delivered, released, lines {"KEY": line id}} where KEY is that
 * of plan.lines (order_to_odoo.h); invoiced and delivered: anything of it; released: a person
 * released a hold. resolved: as in order_to_odoo.h, for `order`.
 *
 * {
 *   older   true when `order` is not newer than agreed: nothing to do
 *   calls   [{model, method, ids, values | fields + rows, context}]   in this order
 *   expect  as in order_to_odoo.h, when lines change
 *   lines   the new plan.lines, when lines change
 *   agreed  true when nothing is left open: `order` becomes the new agreed
 *   changes [{field, label, from, to}]   for the record's timeline; no personal data
 *   action, reason                       of order_plan
 * }
 * What a person must decide is in the findings (FINDING_HOLD, ERR_CONFLICT): cancelled but
 * shipped, edited after invoice or delivery. NULL: err.
 */
json_t *order_change(const json_t *agreed, const json_t *order, const json_t *odoo,
                     const char *shopkey, const struct reference *r, const json_t *resolved,
                     struct findings *f, struct err *err);

#endif
