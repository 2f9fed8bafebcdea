/*
 * validate.h - a document against the schema, variables against their types; complaints in
 * Shopify's shapes (message, locations, path, extensions.code...).
 */
#ifndef SANDBOX_GRAPHQL_VALIDATE_H
#define SANDBOX_GRAPHQL_VALIDATE_H

#include "tests/sandbox/graphql/parse.h"
#include "tests/sandbox/graphql/schema.h"

#define VALIDATE_ERRORS_MAX 50

/* Appends to errors (array). True: none. */
bool validate(const struct schema *s, const struct document *d, const struct operation *o, json_t *errors);
/*
 * The variables with defaults filled in, new; NULL: something was appended to errors. given may
 * be NULL or null.
 */
json_t *variables_coerce(const struct schema *s, const struct operation *o, const json_t *given, json_t *errors);
/* Replaces {"$var"} and {"$enum"}; new. A variable not given: NULL inside objects is left out. */
json_t *value_resolve(const json_t *value, const json_t *variables);
/* All arguments of a field with variables and defaults filled in; new. */
json_t *arguments_resolve(const struct schema_field *f, const struct arguments *args, const json_t *variables);
/* Why a plain JSON value does not fit a type, NULL if it does; path (array) says where. For free(3). */
char *value_problem(const struct schema *s, const char *type, const json_t *value, json_t *path);
/* False for @skip(if: true) and @include(if: false). */
bool selection_wanted(const struct selection *s, const json_t *variables);

#endif
