/*
 * customer.h - a Shopify customer in its canonical form, and who it is in Odoo.
 *
 * Canonical (kinds.def has types, labels and limits):
 * {id, email, first_name, last_name, phone, company, tags[], tax_exempt, note, locale, account,
 *  updated_at, home ADDRESS, addresses[ADDRESS], companies[{id, name}],
 *  metafields[{key "namespace.key", type, value}]}
 * ADDRESS is order.h's, fingerprint included, so that an order to the same place finds the same
 * child. home is the default address. Addresses that say the same are one.
 */
#ifndef SYNC_CUSTOMER_H
#define SYNC_CUSTOMER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "sync/findings.h"
#include "sync/partner.h"
#include "sync/reference.h"

#define CUSTOMER_PHONE_MAX 24
#define CUSTOMER_METAFIELD_KEY_MAX 112 /* "customer.namespace.key"; longer ones are left out */

/*
 * node: the "customer" of customer_by_id.graphql with its lists as {"nodes": [...]}. NULL: err
 * INVALID, it is no customer (no id, or not all of it was read).
 */
json_t *customer_from_shopify(const json_t *node, struct findings *f, struct err *err);

/* The person of it; borrowed from the customer. extra and parent are the caller's to fill. */
struct person person_of_customer(const json_t *customer);

/*
 * What has to be known of Odoo before it can be brought in:
 * {
 *   key        "email:...", else "customer:ID"    as the order flow's needs
 *   xmlid      external id of the contact
 *   email, phone   phone: normalised, only when there is no e-mail; else null
 *   categories [tag]   by policy
 *   addresses  [{fingerprint, role (both|delivery), at (place in addresses)}]   home first
 *   company    {id, name} or null
 * }
 * NULL without memory.
 */
json_t *customer_needs(const json_t *customer, const char *shopkey, const struct reference *r);

/*
 * The mapped metafields as cells: {"x_field": "text"}; every field that a mapping of
 * "customer.*" names and Odoo has (fields: fields_get of res.partner), "" where this customer has
 * none. used: [{key, lacking}], what it carries, mapped or not; both are the caller's.
 */
json_t *customer_extra(const json_t *customer, const json_t *fields, const struct reference *r,
                       json_t **used, struct findings *f);

/* The same of "company.*" for a company {metafields} as Shopify has it; used: they are added. */
json_t *company_extra(const json_t *node, const json_t *fields, const struct reference *r,
                      json_t *used, struct findings *f);
/* [{key "namespace.key", type, value}] by key, of a node {metafields}. */
json_t *customer_metafields(const json_t *node, struct findings *f);

/* "+41 44 123" -> "+4144123"; false: not a whole number with its country. */
bool customer_phone(const char *text, char phone[CUSTOMER_PHONE_MAX]);

#endif
