/*
 * reference.h - what the mappings must know of Odoo and of the operators' decisions.
 *
 * Made of three JSON snapshots, indexed once, then read-only: any number of threads may look up
 * in one reference at a time. The snapshots:
 *
 * odoo {
 *   company    {id, currency, country, tax_calculation_rounding_method}
 *   digits     {price, discount}           of Odoo's decimal precisions; 2 and 2 if absent
 *   countries  [{id, code, name}]
 *   states     [{id, code, country_id, name}]
 *   currencies [{id, name, digits}]        name is the ISO code; digits: its decimal places
 *   taxes      [{id, name, amount, amount_type, price_include, include_base_amount, sequence,
 *                country_code, company_id}]    sale taxes
 *   carriers   [{id, name, product_id}]
 *   pricelists [{id, name, currency}]
 *   warehouses [{id, name, code}]
 *   categories [{id, name}]                partner tags
 *   tags       [{id, name}]                order tags
 *   payment_terms [{id, name}]
 *   languages  [{id, code}]                installed ones: "de_CH"
 *   locations  [{id, name, usage}]         stock locations; name is the complete one
 * }
 * Where Odoo gives [id, "name"] for a link, that is understood too; currency may be the code,
 * an id or such a pair; country the code or an id.
 * mappings {kind: {key: value}}: see mapping kinds below. policies {key: value}: base/policies.def.
 *
 * Mapping kinds: tax "RATE|COUNTRY|incl" or "...|excl" -> Odoo tax id, or "none"; carrier TITLE ->
 * carrier id; gateway NAME -> "confirm" (confirm though unpaid) or "wait"; state PAYMENT STATE
 * or FULFILMENT STATE -> skip, quotation, confirm, cancel or hold (a fulfilment state also
 * "payment": no word of its own); product "variant:ID", "sku:SKU" or "title:TITLE" ->
 * product id; location NAME or id -> warehouse id, "location:ID" of a stock location, or "none";
 * tracking NAME of a carrier of Odoo's -> what the shop calls it, or "none";
 * stock_out "sku:SKU", "variant:ID", "location:ID" or "variant:ID@ID" -> "off" or "on" (offer.h);
 * metafield "customer.NAMESPACE.KEY" or "company..." -> name of an Odoo field, or "none"; terms NAME -> id of
 * Odoo's payment terms, or "none". Long keys are those of text_key.
 */
#ifndef SYNC_REFERENCE_H
#define SYNC_REFERENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

#define RATE_ONE INT64_C(1000000) /* 100 %: rates are in ten-thousandths of a percent */

enum tax_type { TAX_PERCENT, TAX_FIXED, TAX_OTHER };

struct tax {
    int64_t id;
    const char *name; /* borrowed from the reference */
    enum tax_type type;
    int64_t rate;   /* percent: in RATE_ONE; fixed: 0 */
    int64_t amount; /* fixed: per unit, in 1/10000 of the currency */
    bool included;  /* in the price */
    bool chained;   /* raises the base of later taxes: outside our model of amounts */
    int64_t order;  /* by which Odoo sorts */
};

struct reference;

/* Copies nothing of the snapshots but keeps them (json_incref). NULL: err INVALID or BUSY. */
struct reference *reference_new(json_t *odoo, json_t *mappings, json_t *policies, struct err *err);
void reference_free(struct reference *r);
AUTO_DEFINE(reference)

int64_t reference_company(const struct reference *r);
const char *reference_company_currency(const struct reference *r);
const char *reference_company_country(const struct reference *r);
bool reference_rounds_globally(const struct reference *r);
int reference_price_digits(const struct reference *r);    /* of a unit price in Odoo */
int reference_discount_digits(const struct reference *r); /* of a discount percent in Odoo */

int64_t reference_country(const struct reference *r, const char *code); /* all: 0 if unknown */
int64_t reference_state(const struct reference *r, int64_t country, const char *code);
int64_t reference_currency(const struct reference *r, const char *code);
/* Minor digits: Odoo's if it knows the currency, else ISO's, else -1. */
int reference_digits(const struct reference *r, const char *code);
int64_t reference_pricelist(const struct reference *r, const char *currency);
const char *reference_pricelist_currency(const struct reference *r, int64_t id); /* "": unknown */
int64_t reference_warehouse(const struct reference *r, const char *name_or_id);
int64_t reference_terms(const struct reference *r, const char *name_or_id);
int64_t reference_category(const struct reference *r, const char *name);
const char *reference_category_name(const struct reference *r, int64_t id); /* NULL: unknown */
int64_t reference_tag(const struct reference *r, const char *name);
/* The installed language for "de-CH": de_CH, else the first that starts with "de_"; NULL: none. */
const char *reference_language(const struct reference *r, const char *locale);
/*
 * Where a warehouse's stock is, or the place itself, of a location mapping's value: "12" is a
 * warehouse, "location:34" a stock location. 0: Odoo has no such thing. name may be NULL.
 */
int64_t reference_stock_place(const struct reference *r, const char *value, const char **name);
/* The warehouse of such a value: itself, or whose stock the place is or lies in. 0: none. */
int64_t reference_stock_warehouse(const struct reference *r, const char *value);
const char *reference_location_name(const struct reference *r, int64_t id); /* "": unknown */
/* By its full name ("All / Mugs"), else by its last part if only one has that. */
int64_t reference_product_category(const struct reference *r, const char *name);
int64_t reference_product_category_default(const struct reference *r); /* the first root; 0: none */
/* product: the carrier's own product, may be NULL. */
int64_t reference_carrier(const struct reference *r, const char *name_or_id, int64_t *product);
bool reference_tax(const struct reference *r, int64_t id, struct tax *tax);
/* How many sale taxes have that rate, kind and country ("" for any); *tax is the first. */
size_t reference_taxes(const struct reference *r, const char *rate, const char *country,
                       bool included, struct tax *tax);

const char *reference_mapping(const struct reference *r, const char *kind, const char *key);
/* All of a kind: {key: value}; NULL: none. */
const json_t *reference_mappings(const struct reference *r, const char *kind);
/* The value, or the default of base/policies.def; a key that is not in the table is a bug: "". */
const char *reference_policy(const struct reference *r, const char *key);
bool reference_policy_is(const struct reference *r, const char *key, const char *value);
int64_t reference_policy_id(const struct reference *r, const char *key); /* 0 unless a number */

#endif
