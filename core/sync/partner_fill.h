/*
 * partner_fill.h - a contact that is in Odoo already beside what the shop tells: what is empty
 * there is filled, what differs stays as it is and is named.
 */
#ifndef SYNC_PARTNER_FILL_H
#define SYNC_PARTNER_FILL_H

#include <jansson.h>
#include <stdbool.h>

#include "sync/findings.h"
#include "sync/partner.h"
#include "sync/reference.h"

/* Fields of res.partner that row below must have, beside those of the contact's plan. */
json_t *partner_fill_fields(const json_t *plan);

/*
 * plan: of partner_contact. row: the partner as records_read gives it. told: {column: cell} of the
 * plan that was carried out before, NULL: never; what a person emptied since is not filled again.
 * categories: {"tag": id, or -1: Odoo lacks it so far}. merged: {column: cell, null: leave it},
 * columns that were decided elsewhere (contact.h); NULL: none.
 *
 * Load plan of the update: fields ".id" and the columns to write, one row, xmlid "partner.ID" (a
 * name for this plan, not in Odoo), and changes [{field, label, from, to}]. No changes: nothing is
 * to be written. An address is filled whole or not at all; tags are added, never taken away.
 * NULL without memory.
 */
json_t *partner_fill(const json_t *plan, const struct person *person, const json_t *row,
                     const json_t *told, const json_t *merged, const json_t *categories,
                     const struct reference *r, struct findings *f);
/* Is it the same to people: whatever case and blanks, whatever way a number is written. */
bool partner_text_equal(const char *a, const char *b);
bool partner_phone_equal(const char *a, const char *b);
/* {column: cell} of a plan: what was told. */
json_t *partner_told(const json_t *plan);

/*
 * Is a partner at this canonical address? It is it for the same addressee and company; it may be
 * for the same addressee of none in particular, or for nobody in particular.
 */
enum partner_likeness { PARTNER_ELSEWHERE, PARTNER_MAY_BE, PARTNER_IS_IT };
enum partner_likeness partner_is_at(const json_t *row, const json_t *address,
                                    const struct reference *r);

#endif
