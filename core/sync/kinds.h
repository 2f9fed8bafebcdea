/*
 * kinds.h - the canonical form of each kind of record: a table of fields (kinds.def).
 *
 * Validation, ownership, merge, conflicts and the console's comparison all walk these tables.
 */
#ifndef SYNC_KINDS_H
#define SYNC_KINDS_H

#include <stdbool.h>
#include <stddef.h>

enum field_type {
    FIELD_ID,     /* integer above 0, up to 2^63 - 1 */
    FIELD_TEXT,   /* string; limit: bytes */
    FIELD_LONG,   /* string with line breaks; limit: bytes */
    FIELD_INT,    /* integer; limit: largest absolute value */
    FIELD_AMOUNT, /* integer in minor units of the record's currency */
    FIELD_TIME,   /* integer, microseconds UTC; null: never */
    FIELD_BOOL,
    FIELD_CODE,   /* short lower case word: a state */
    FIELD_LIST,   /* array; limit: items */
    FIELD_RECORD, /* object of the kind named in `of`, or free when "" */
};

/* NEWEST is nobody's with a rule: when both sides moved, the one that changed last wins. */
enum field_owner { OWNER_SHOPIFY, OWNER_ODOO, OWNER_NOBODY, OWNER_NEWEST };

struct field {
    const char *name, *label;
    enum field_type type;
    enum field_owner owner; /* the default; a policy "owner.<kind>.<field>" may differ */
    bool needed;            /* null is an error */
    const char *of;         /* kind of the items of a list or of a record; "": free */
    long long limit;
};

struct kind {
    const char *name;
    const struct field *fields;
    size_t count;
};

const struct kind *kind_of(const char *name); /* NULL if unknown */
const struct field *kind_field(const struct kind *kind, const char *name);
const char *field_type_name(enum field_type type);
const char *field_owner_name(enum field_owner owner); /* "shopify", "odoo", "ask", "newest" */
bool field_owner_of(const char *name, enum field_owner *owner); /* false: no such name */

#endif
