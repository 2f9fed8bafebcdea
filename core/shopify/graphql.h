/*
 * graphql.h - one GraphQL operation on a shop: paced, signed in, sent, and its answer judged.
 *
 * Every shape of failure ends in one kind of err, by the tables of errors.def: LIMITED (points, or
 * 429; wait_ms says how long), DENIED (token, scope, protected data, shop frozen or gone), BUSY
 * (a read that got no good answer; nothing sent), UNSURE (the same for a mutation), MISSING (no
 * such record), CONFLICT (our idempotency key is spent), BUG (our document is wrong).
 * An err never quotes what the answer says about people.
 */
#ifndef SHOPIFY_GRAPHQL_H
#define SHOPIFY_GRAPHQL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/when.h"
#include "base/when.h"
#include "http/http.h"
#include "http/pace.h"
#include "shopify/shop.h"

enum graphql_operation {
#define OPERATION(id, asset, name, read, cost) GRAPHQL_##id,
#include "shopify/operations.def"
#undef OPERATION
    GRAPHQL_OPERATION_COUNT
};

const char *graphql_operation_name(enum graphql_operation operation); /* "OrderById" */

struct graphql_request {
    enum graphql_operation operation;
    const json_t *variables; /* an object, borrowed; NULL: none */
    enum pace_class class;
    int64_t wait_us; /* how long to wait for points at most; 0: GRAPHQL_WAIT_US */
};
#define GRAPHQL_WAIT_US INT64_C(20000000)

/* What is kept with an attempt. Init once, clear at the end; each call starts it anew. */
struct graphql_trace {
    char request_id[64];      /* X-Request-Id: Shopify's support asks for it; "" if none came */
    char api_version[16];     /* X-Shopify-API-Version: what served us */
    when served_at;           /* Date of the answer; 0: not told */
    long status;              /* 0: no answer */
    double requested, actual; /* points; -1: not told */
    int64_t waited_us, us;    /* for points; on the wire */
    bool keep;                /* by the caller: fill request and response also when all is well */
    struct str request, response; /* masked (http/mask.h); filled when the call fails */
};

void graphql_trace_init(struct graphql_trace *trace);
void graphql_trace_clear(struct graphql_trace *trace);
#define AUTO_GRAPHQL_TRACE __attribute__((cleanup(graphql_trace_clear))) struct graphql_trace

/* *data: the answer's "data", for the caller to free. trace may be NULL. */
bool graphql_call(struct shop *shop, struct http *http, const struct graphql_request *request,
                  json_t **data, struct graphql_trace *trace, struct err *err);

/*
 * The business's own refusals: looks at data.<field>.userErrors (and orderCancelUserErrors, ...).
 * True: there are none. False: REFUSED, with the first one's code, field and message.
 */
bool graphql_user_errors(const json_t *data, const char *field, struct err *err);

/* "gid://shopify/Order/123" in buf of GRAPHQL_GID_MAX bytes; and back, false if it is none. */
#define GRAPHQL_GID_MAX 80
char *graphql_gid(char *buf, const char *type, int64_t id);
bool graphql_gid_id(const char *gid, const char *type, int64_t *id);

/* For tests and fuzzing: judges an answer that came with this status. *data as above. */
bool graphql_judge(const struct http_answer *answer, bool read, json_t **data,
                   struct graphql_trace *trace, struct err *err);

#endif
