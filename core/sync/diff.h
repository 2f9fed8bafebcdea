/*
 * diff.h - two or three canonical records compared, field by field, by the kind's table.
 */
#ifndef SYNC_DIFF_H
#define SYNC_DIFF_H

#include <jansson.h>
#include <stdbool.h>

#include "sync/kinds.h"
#include "sync/reference.h"

bool diff_equal(const json_t *a, const json_t *b); /* null and absent are the same */
/* [{field, label, from, to}] of what differs. NULL without memory. */
json_t *diff_fields(const struct kind *kind, const json_t *from, const json_t *to);
/*
 * Three-way merge. Any of the three may be NULL (never seen, gone). r: owner policies; may be NULL.
 * {
 *   whole      "nothing" | "create_odoo" | "create_shopify" | "archive" | "ask" | "merge"
 *   to_odoo    {field: value}     to_shopify {field: value}
 *   agreed     the record both hold once that is written
 *   ask        [{field, label, agreed, shopify, odoo}]
 *   put_back   [field]            changed on the side that does not own it
 * }
 */
json_t *diff_merge(const struct kind *kind, const json_t *agreed, const json_t *shopify,
                   const json_t *odoo, const struct reference *r);

#endif
