/*
 * roots.h - the fields that are worked out: roots of queries and mutations, and those with
 * arguments of their own.
 */
#ifndef SANDBOX_SHOP_ROOTS_H
#define SANDBOX_SHOP_ROOTS_H

#include "tests/sandbox/graphql/execute.h"
#include "tests/sandbox/hooks.h"
#include "tests/sandbox/shop/bulk.h"
#include "tests/sandbox/shop/shop.h"

/* One request's view of the shop; shop->lock is held while it lives. */
struct roots {
    struct shop *shop;
    struct hooks *hooks;
    struct bulks *bulks;
    const char *scopes, *version;
    json_t *warnings; /* of searches */
};

json_t *roots_field(void *ctx, struct execution *e, const struct schema_type *t, const char *field, const json_t *parent,
                    const json_t *args, bool *done);
json_t *roots_node(void *ctx, const char *gid);
int64_t gid_number(const char *gid); /* "gid://shopify/Order/1?x=2" -> 1 */
bool roots_granted(void *ctx, const char *scopes);

#endif
