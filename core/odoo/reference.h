/*
 * reference.h - what rarely changes in an Odoo: countries, states, currencies, sale taxes,
 * carriers, journals, categories, warehouses, pricelists, companies, teams, payment terms, the
 * fields of the models we write. One cache per backend, shared by all threads.
 *
 * Read with few calls when first asked for, and again when a part is older than its time, when an
 * operator says so, or when a fault proved it old. One thread reads, the others wait for it; if
 * the reading fails, an older picture goes on being used for a while.
 */
#ifndef ODOO_REFERENCE_H
#define ODOO_REFERENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "odoo/rpc.h"

struct odoo_reference;

struct odoo_reference *odoo_reference_new(struct odoo *odoo,
                                          struct err *err); /* odoo outlives it */
void odoo_reference_free(struct odoo_reference *cache);
AUTO_DEFINE(odoo_reference)

/*
 * A new reference (json_decref) to a picture that never changes: do not modify it.
 *   version, read_at (us)         the version grows whenever something was read again
 *   company {...}, companies, digits {price, discount}, countries, states, currencies, taxes,
 *   carriers, journals, pricelists, warehouses, teams, payment_terms,
 *   categories (partner tags), tags (order tags), product_categories: arrays of rows
 *   fields {model: [names]}
 * core/sync/reference.h reads it; the rows' fields are in assets/odoo/reference.json. Many2one are
 * [id, "name"], empty is false, as Odoo sends them.
 */
json_t *odoo_reference_get(struct odoo_reference *cache, struct http *http,
                           struct odoo_trace *trace, struct err *err);
/* The picture in use, without any call; NULL if there is none yet. */
json_t *odoo_reference_peek(struct odoo_reference *cache);
/* Read part again at the next get; NULL: everything. "taxes", "warehouses", ... */
void odoo_reference_forget(struct odoo_reference *cache, const char *part);

#endif
