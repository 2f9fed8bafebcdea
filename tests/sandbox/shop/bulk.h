/*
 * bulk.h - bulk operations: queries that run on their own threads, five at once, into files of
 * JSON lines that can be fetched from the shop's own address. Children come in any order unless
 * they are grouped. Any thread may call; bulks_run only with shop->lock held (it is a mutation).
 */
#ifndef SANDBOX_SHOP_BULK_H
#define SANDBOX_SHOP_BULK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/graphql/schema.h"
#include "tests/sandbox/hooks.h"
#include "tests/sandbox/shop/shop.h"

#define BULKS_AT_ONCE  5
#define BULK_QUERY_MAX 65535

struct bulks;

/* All borrowed. */
struct bulks *bulks_new(const struct schema *schema, struct shop *shop, struct hooks *hooks, struct faults *faults);
void bulks_free(struct bulks *b); /* stops what runs; NULL is fine */
AUTO_DEFINE(bulks)

/* Payloads and objects of GraphQL; new. scopes: borrowed for good. */
json_t *bulks_run(struct bulks *b, const char *query, bool grouped, const char *scopes);
json_t *bulks_cancel(struct bulks *b, int64_t id);
json_t *bulks_view(struct bulks *b, int64_t id); /* NULL: none */
json_t *bulks_current(struct bulks *b);          /* the last one; NULL: none */
json_t *bulks_list(struct bulks *b, const json_t *args); /* as rows, newest first */

/* The file behind "/bulk/ID-TOKEN.jsonl"; the caller closes it. -1: there is none, or no more. */
int bulks_open(struct bulks *b, const char *path, int64_t *size);

/* That address is no good any more; the operation tells another one. */
void bulks_expire(struct bulks *b, const char *path);

/*
 * What happens to the operations from now on: {"delay_ms":n} a row, {"fail_after":rows,"code":..}
 * the next one fails, {"cut":bytes} of what the next file ends short, {"expire":true} all files there are.
 */
void bulks_wish(struct bulks *b, const json_t *wish);

#endif
