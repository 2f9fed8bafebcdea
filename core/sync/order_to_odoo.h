/*
 * order_to_odoo.h - a canonical order as one load of sale.order.
 */
#ifndef SYNC_ORDER_TO_ODOO_H
#define SYNC_ORDER_TO_ODOO_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "sync/findings.h"
#include "sync/order_plan.h"
#include "sync/order_price.h"
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
 *   confirm true when the order is to be confirmed (by action_confirm unless expect.state is sale)
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

/* The parts of the plan that order_change needs too. NULL without memory. */
json_t *plan_lines(const struct priced *p);
json_t *plan_expect(const struct priced *p, const char *state);
/* The html note of an order: its note, purchase order and attributes. */
json_t *plan_note(const json_t *order);
/* Odoo's payment terms for those of an order; 0: none, as Odoo sees fit. */
int64_t plan_terms(const json_t *order, const struct reference *r, struct findings *f);
/* "3,9": the resolved tags of an order. */
json_t *plan_tags(const json_t *order, const json_t *resolved, const struct reference *r);

#endif
