/*
 * rows.h - rows of an Odoo as search_read gives them, kept by id for comparing.
 */
#ifndef SANDBOX_ROWS_H
#define SANDBOX_ROWS_H

#include <jansson.h>
#include <stdbool.h>

#include "tests/sandbox/rpc_client.h"

json_int_t row_link(const json_t *row, const char *field); /* of a many2one; 0: none */
const char *row_link_name(const json_t *row, const char *field);

/* {"ID": row}, or with list {"ID": [row]}. */
void rows_put(json_t *map, json_int_t id, json_t *row, bool list);
const json_t *rows_get(const json_t *map, json_int_t id);
/* All rows of the domain (taken) into map: by id, or in lists by the many2one. */
bool rows_map(struct rpc_client *c, const char *model, json_t *domain, const char *fields,
              const char *by, json_t *map, struct err *err);
/* {"external id": database id} of all records of a model. */
json_t *rows_external(struct rpc_client *c, const char *model, const json_t *map, struct err *err);

/* "name.myshopify.com" -> "shopify_name" */
void rows_shop_key(const char *domain, char *to, size_t size);

#endif
