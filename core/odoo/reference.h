/*
 * reference.h - what rarely changes in an Odoo: countries, states, currencies, sale taxes,
 * carriers, journals, categories, warehouses, pricelists, companies, teams, payment terms, the
 * fields of models. One cache per backend, shared by all threads.
 *
 * Read when first asked for, one call a part, and again when a part is older than its time, when
 * an operator says so, or when a fault proved it old (odoo_stale). One thread reads, the others
 * wait for it; if the reading fails, an older picture goes on being used for up to an hour.
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

/* odoo must outlive it. */
struct odoo_reference *odoo_reference_new(struct odoo *odoo, struct err *err);
void odoo_reference_free(struct odoo_reference *cache);
AUTO_DEFINE(odoo_reference)

/*
 * Reads what is due; *version grows whenever something was read again. Nothing else is handed out,
 * so this is quick: call it for each job, and odoo_reference_get when the version is a new one.
 */
bool odoo_reference_version(struct odoo_reference *cache, struct http *http, int64_t *version,
                            struct odoo_trace *trace, struct err *err);
/*
 * The picture, read anew where it is due: a copy that is the caller's alone, some milliseconds of
 * work (jansson's counts of references are no business of several threads).
 *   version
 *   company {...}                the backend's own out of companies
 *   digits {price, discount}     of the lines of a sale order
 *   companies, countries, states, currencies, taxes, carriers, journals, pricelists, warehouses,
 *   teams, payment_terms, categories (of partners), tags (of orders), product_categories: rows
 * core/sync/reference.h reads it; which fields of Odoo's a row has is in
 * assets/odoo/reference.json. Links are [id, "name"], empty is false, as Odoo sends them.
 */
json_t *odoo_reference_get(struct odoo_reference *cache, struct http *http,
                           struct odoo_trace *trace, struct err *err);
/* The picture in use, without any call, also a copy; NULL if there is none yet. */
json_t *odoo_reference_peek(struct odoo_reference *cache);
/* Read a part again at the next get ("taxes", "warehouses", ...); NULL: everything. */
void odoo_reference_forget(struct odoo_reference *cache, const char *part);

/* The fields of a model: {"name": {"type": "char", ...}}; the caller's own; asked once a day. */
json_t *odoo_reference_fields(struct odoo_reference *cache, struct http *http, const char *model,
                              struct odoo_trace *trace, struct err *err);

#endif
