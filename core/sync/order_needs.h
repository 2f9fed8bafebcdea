/*
 * order_needs.h - what of an order has to be looked up or made in Odoo before it can be sent.
 */
#ifndef SYNC_ORDER_NEEDS_H
#define SYNC_ORDER_NEEDS_H

#include <jansson.h>

#include "sync/reference.h"

/*
 * {
 *   customer  {key, xmlid, customer_id, email, phone, guest}
 *             key: "email:...", "customer:ID" or "guest:XMLID"; xmlid is null for the guest partner
 *   addresses [{role (invoice|delivery|both), fingerprint}]
 *   variants  [{line, variant_id, product_id, sku, mapped (product id or null)}]
 *   products  [word]   those of product_own it may use; rounding and placeholder always
 *   tags      [order tag]        categories [customer tag]      both by policy
 *   taxes     ["8.1|CH|incl"]    carriers   ["DPD Pickup"]      currency "EUR"
 * }
 * NULL without memory.
 */
json_t *order_needs(const json_t *order, const char *shopkey, const struct reference *r);

#endif
