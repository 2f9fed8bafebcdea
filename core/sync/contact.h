/*
 * contact.h - what a customer of the shop and its contact in Odoo both hold and either may change:
 * name, e-mail, phone and note. Both in the form of kind "customer" (kinds.def), so that three
 * versions of them can be merged (diff.h), and back as what each side is written with.
 */
#ifndef SYNC_CONTACT_H
#define SYNC_CONTACT_H

#include <jansson.h>
#include <stdbool.h>

/*
 * {name, email, phone, note} of a canonical customer, and of a row of res.partner (records_read of
 * partner_fill_fields); null: none. likes: array of such records, may be NULL: a value that says
 * the same as one of theirs, the first that does, is that very value. Case and blanks, the way a
 * phone number is written and the markup of a note make no difference. A name in Odoo that only
 * stands for a missing one is none. NULL without memory.
 */
json_t *contact_of_customer(const json_t *customer, const json_t *likes);
json_t *contact_of_partner(const json_t *row, const json_t *customer, const json_t *likes);
/*
 * Two that were just linked: {agreed, apart} (diff.h), with nothing to decide. What one side
 * lacks counts as what the other has: it is filled there.
 */
json_t *contact_linked(const json_t *shop, const json_t *odoo);

/* {column: cell} of the fields to be written in Odoo, null for the others. */
json_t *contact_cells(const json_t *fields);
bool contact_never_empty(const char *field); /* Odoo's name and e-mail are not emptied */
/* The input that the shop's customer is written with: a name is split as it is there. */
json_t *contact_input(const json_t *fields, const json_t *customer);

#endif
