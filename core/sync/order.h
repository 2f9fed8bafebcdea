/*
 * order.h - a Shopify order in its canonical form, from a webhook's body or from GraphQL.
 *
 * Both readers give the same canonical order for the same order. Amounts are integers in minor
 * units of money.currency; times are microseconds UTC; null means absent. Shape (kinds.def has
 * types, labels and limits):
 *
 * {id, name, number, source, po_number, terms, location_id, location,
 *  created_at, processed_at, updated_at, cancelled_at, cancel_reason, closed_at,
 *  test, financial, fulfillment, gateways[], risk, refunds (how many),
 *  money{side, currency, digits, shop{currency, total}, presentment{currency, total}},
 *  taxes_included, tax_exempt, duties_included,
 *  total, subtotal, tax, discounts, shipping_total, tip, duties, fees, cash_rounding, outstanding,
 *  current_total, current_subtotal, current_tax, current_discounts, current_duties, current_fees,
 *  lines[{id, product_id, variant_id, sku, title, variant_title, vendor, quantity, current,
 *         unit_price, gross, discount, amount, discounts[{amount, index}], gift_card, tip,
 *         requires_shipping, taxable, properties[{name, value}],
 *         taxes[{title, rate, amount, liable}], duty}],
 *  shipping_lines[{id, title, code, source, carrier, price, discount, amount, current, taxes[]}],
 *  taxes[{title, rate, amount}],
 *  customer{id, email, first_name, last_name, phone, tags[], tax_exempt, company, note, locale},
 *  email, phone, billing ADDRESS, shipping ADDRESS,
 *  note, attributes[{name, value}], tags[]}
 * ADDRESS {first_name, last_name, name, company, street, street2, city, zip, province,
 *          province_code, country, country_code, phone, fingerprint (64 hex)}
 *
 * amount = quantity x unit_price - discount, as the customer was charged (with taxes when
 * taxes_included). current is the quantity (of shipping: the amount) after edits and
 * removals. rate is percent text: "8.1".
 * financial: pending authorized partially_paid paid partially_refunded refunded voided expired;
 * fulfillment: unfulfilled partially_fulfilled fulfilled restocked and GraphQL's others; unknown
 * words are kept and flagged. terms ("NET_30") come with webhooks only: by GraphQL they would ask for
 * one more scope. location_id is the place of a sale over the counter; its name comes with GraphQL
 * only. test is also true when all was paid with Shopify's bogus gateway.
 */
#ifndef SYNC_ORDER_H
#define SYNC_ORDER_H

#include <jansson.h>

#include "base/err.h"
#include "sync/findings.h"
#include "sync/reference.h"

#define ORDER_LINES_MAX 1000

/*
 * NULL: err INVALID, the input is no order (no id, bad currency, bad amount, negative quantity);
 * the same sentence is in the findings, with the thing it is about.
 */
json_t *order_from_webhook(const json_t *payload, const struct reference *r, struct findings *f,
                           struct err *err);
/* `order` is data.order of order_by_id, with the nodes of all further pages appended. */
json_t *order_from_graphql(const json_t *order, const struct reference *r, struct findings *f,
                           struct err *err);
/* The REST-like shape of a GraphQL order, which order_from_webhook reads. NULL without memory. */
json_t *order_graphql_payload(const json_t *order);

/* The canonical address, or JSON null when nothing in it is filled. */
json_t *order_address(const json_t *address);

#endif
