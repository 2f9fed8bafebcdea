/*
 * compare.h - the shop's books against an Odoo's, record by record.
 *
 * An order is found by its external id, shopify_<shopkey>.order_<id>, and its reference. Every
 * order that is no test order must be there once, in the state its payment asks for, with its
 * lines (SKU, quantity, amount), shipping, taxes by rate, total to the cent, currency, the buyer's
 * e-mail, both addresses, the instant of the order, reserved stock and as many pieces to move as
 * its lines say (none once it is cancelled).
 */
#ifndef SANDBOX_COMPARE_H
#define SANDBOX_COMPARE_H

#include "tests/sandbox/rpc_client.h"
#include "tests/sandbox/shop/shop.h"

#define COMPARE_DIFFERENCES_MAX 200

/*
 * wish: {"held":[order ids], "prefix":"{name}", "shop":"name.myshopify.com"}, all optional.
 * New: {"sent","confirmed","quotation","cancelled","held","skipped","missing","duplicate",
 * "unexplained","rounded","differences":[{"order","what","shop","odoo"}]}; NULL: err.
 */
json_t *compare_run(struct shop *shop, const struct compare_odoo *odoo, const json_t *wish, struct err *err);

#endif
