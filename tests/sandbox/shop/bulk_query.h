/*
 * bulk_query.h - which queries may run in bulk: valid ones with one to five connections, nested no
 * more than two below the root's, none inside a plain list, each row with children with its id.
 */
#ifndef SANDBOX_SHOP_BULK_QUERY_H
#define SANDBOX_SHOP_BULK_QUERY_H

#include "tests/sandbox/graphql/parse.h"
#include "tests/sandbox/graphql/schema.h"

#define BULK_CONNECTIONS_MAX 5
#define BULK_DEPTH_MAX       2

/* NULL: problem says why not. */
struct document *bulk_query_read(const struct schema *schema, const char *query, char *problem, size_t size);

#endif
