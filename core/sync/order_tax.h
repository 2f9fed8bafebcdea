/* order_tax.h - the Odoo tax of a Shopify tax line, by rate, country and whether it is included. */
#ifndef SYNC_ORDER_TAX_H
#define SYNC_ORDER_TAX_H

#include <jansson.h>
#include <stdbool.h>

#include "sync/findings.h"
#include "sync/reference.h"

#define TAX_KEY_MAX 96

enum tax_found { TAX_FOUND, TAX_NONE, TAX_MISSING };

/* "8.1|CH|incl"; with a title: "2|US|excl|City Tax", for two equal rates on one line. */
void tax_key(char key[TAX_KEY_MAX], const char *rate, const char *country, bool included,
             const char *title);
/*
 * The mapping of that key, else by policy the only tax that fits, else the same of the other kind
 * (included for not included: the price is converted). TAX_NONE: mapped to "none", or a rate of 0
 * without mapping. TAX_MISSING: a finding says what is missing.
 */
enum tax_found tax_find(const struct reference *r, const char *rate, const char *country,
                        bool included, const char *title, struct tax *tax, struct findings *f);
/* Country whose taxes apply: delivery address, else billing, else the company's; "" if none. */
const char *tax_country(const json_t *order, const struct reference *r);

#endif
