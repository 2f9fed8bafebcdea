/*
 * diff.h - two or three canonical records compared, field by field, by the kind's table.
 */
#ifndef SYNC_DIFF_H
#define SYNC_DIFF_H

#include <jansson.h>
#include <stdbool.h>

#include "base/when.h"
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

/*
 * The same for a record whose sides were linked though they differ, or whose newest change wins.
 * apart: {field: {shopify, odoo}}, what each held when they were last compared and left as they
 * were; while neither moves they stay apart, and the result has apart again. Fields that are in
 * none of the versions are left out.
 */
struct diff_versions {
    const json_t *agreed, *apart, *shopify, *odoo;
    when shopify_at, odoo_at; /* when the record last changed there; 0: not known */
};
json_t *diff_merge_versions(const struct kind *kind, const struct diff_versions *v,
                            const struct reference *r);
/* Who owns a field by policy "owner.<kind>.<field>", else by the table. */
enum field_owner diff_owner(const struct kind *kind, const char *field, const struct reference *r);

#endif
