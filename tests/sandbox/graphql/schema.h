/*
 * schema.h - the types of the Admin API as far as the practice shop knows them, read from
 * data/shopify.schema. Constant after loading, shared by all threads.
 */
#ifndef SANDBOX_GRAPHQL_SCHEMA_H
#define SANDBOX_GRAPHQL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

enum type_kind { TYPE_OBJECT, TYPE_INTERFACE, TYPE_UNION, TYPE_INPUT, TYPE_SCALAR, TYPE_ENUM };

struct schema_arg {
    const char *name, *type, *value; /* value: the default as JSON, NULL for none */
};

struct schema_field {
    const char *name, *type, *scopes, *value; /* value: the default of an input field */
    struct schema_arg *args;
    size_t arg_count;
    const struct schema_type *base; /* the named type inside; never NULL */
};

struct schema_type {
    const char *name, *scopes; /* "read_orders|read_all": any of them; NULL: none needed */
    enum type_kind kind;
    bool one_of;
    struct schema_field *fields;
    size_t field_count;
    const char **members; /* of a union or interface; values of an enum */
    size_t member_count;
};

struct schema;

struct schema *schema_load(const char *text, struct err *err);
void schema_free(struct schema *s);
AUTO_DEFINE(schema)
const struct schema_type *schema_type(const struct schema *s, const char *name); /* NULL: none */
const struct schema_field *schema_field(const struct schema_type *t, const char *name);
const struct schema_arg *schema_arg(const struct schema_field *f, const char *name);
bool schema_possible(const struct schema_type *abstract, const char *name);
bool schema_composite(const struct schema_type *t); /* has selections */

/* Of "[ID!]!": required; a list; the named type inside; what is in the list. */
bool type_required(const char *type);
bool type_is_list(const char *type);
void type_name(const char *type, char *name, size_t size);
void type_item(const char *type, char *item, size_t size);

#endif
