/* ask.c - one GraphQL request: read, checked, paid for, carried out. */
#include <string.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/str.h"
#include "tests/sandbox/graphql/execute.h"
#include "tests/sandbox/graphql/validate.h"
#include "tests/sandbox/shop/api_inside.h"
#include "tests/sandbox/shop/roots.h"

#define COST_MAX 1000

static void cost_out(struct asking *q, int actual)
{
    struct api *a = q->api;
    double level;
    json_t *extensions = json_object_get(q->answer, "extensions");

    mutex_lock(&a->lock);
    level = bucket_level(&a->bucket);
    mutex_unlock(&a->lock);
    if (extensions == NULL) {
        extensions = json_object();
        json_object_set_new(q->answer, "extensions", extensions);
    }
    json_object_set_new(extensions, "cost",
                        json_pack("{s:i,s:o,s:{s:f,s:i,s:f}}", "requestedQueryCost", q->requested, "actualQueryCost",
                                  actual < 0 ? json_null() : json_integer(actual), "throttleStatus", "maximumAvailable",
                                  a->bucket.size, "currentlyAvailable", (int)level, "restoreRate", a->bucket.rate));
}

static void errors_out(struct asking *q)
{
    json_object_set(q->answer, "errors", q->errors);
}

static void one_error(struct asking *q, const char *code, json_t *message, json_t *more)
{
    json_t *extensions = more == NULL ? json_object() : more;

    json_object_set_new(extensions, "code", json_string(code));
    json_array_append_new(q->errors, json_pack("{s:o,s:o}", "message", message, "extensions", extensions));
    errors_out(q);
}

static const struct operation *operation_pick(const struct document *d, const char *name)
{
    if (name == NULL)
        return d->operation_count == 1 ? &d->operations[0] : NULL;
    for (size_t i = 0; i < d->operation_count; i++)
        if (d->operations[i].name != NULL && strcmp(d->operations[i].name, name) == 0)
            return &d->operations[i];
    return NULL;
}

/* Pays for the query. False: THROTTLED or too dear. */
static bool pay(struct asking *q, const struct mishap *m)
{
    struct api *a = q->api;
    bool paid;

    if (q->requested > COST_MAX) {
        one_error(q, "MAX_COST_EXCEEDED",
                  json_sprintf("Query cost is %d, which exceeds the single query max cost limit (%d).", q->requested, COST_MAX),
                  json_pack("{s:i,s:i,s:s}", "cost", q->requested, "maxCost", COST_MAX, "documentation",
                            "https://shopify.dev/api/usage/limits#rate-limits"));
        return false;
    }
    mutex_lock(&a->lock);
    paid = m->kind != MISHAP_LIMITED && bucket_take(&a->bucket, q->requested);
    mutex_unlock(&a->lock);
    if (paid)
        return true;
    stats_count(a->stats, "throttled", 1);
    one_error(q, "THROTTLED", json_string("Throttled"),
              json_pack("{s:s}", "documentation", "https://shopify.dev/api/usage/rate-limits"));
    cost_out(q, -1);
    return false;
}

static void carry_out(struct asking *q, const struct document *d, const struct operation *o, const json_t *variables)
{
    struct api *a = q->api;
    json_auto_t *warnings = json_array();
    struct roots roots = { .shop = a->shop, .hooks = a->hooks, .bulks = a->bulks, .scopes = a->options.scopes, .version = q->version,
                           .warnings = warnings };
    struct resolver resolver = { &roots, roots_field, roots_node, roots_granted };
    struct execution e = { .schema = a->schema, .document = d, .resolver = &resolver, .variables = variables, .errors = q->errors };
    json_t *data;

    mutex_lock(&a->shop->lock);
    data = execute(&e, o);
    mutex_unlock(&a->shop->lock);
    json_object_set_new(q->answer, "data", data == NULL ? json_null() : data);
    if (json_array_size(q->errors) > 0)
        errors_out(q);
    if (e.cost < q->requested) {
        mutex_lock(&a->lock);
        bucket_give(&a->bucket, q->requested - e.cost);
        mutex_unlock(&a->lock);
    }
    cost_out(q, e.cost < q->requested ? e.cost : q->requested);
    if (json_array_size(warnings) > 0)
        json_object_set_new(json_object_get(q->answer, "extensions"), "search",
                            json_pack("[{s:O}]", "warnings", warnings));
}

void ask(struct asking *q, const json_t *request, const struct mishap *m)
{
    const char *text = json_text(request, "query");
    struct syntax_error syntax;
    AUTO(document) d = NULL;
    const struct operation *o;
    json_auto_t *variables = NULL;

    if (text == NULL) {
        json_object_set_new(q->answer, "errors", json_pack("[{s:s}]", "message", "No query string was present"));
        return;
    }
    d = document_parse(text, strlen(text), &syntax);
    if (d == NULL) {
        json_array_append_new(q->errors, json_pack("{s:s,s:[{s:i,s:i}],s:{s:s}}", "message", syntax.text, "locations", "line",
                                                   syntax.at.line, "column", syntax.at.column, "extensions", "code", "PARSE_ERROR"));
        errors_out(q);
        return;
    }
    o = operation_pick(d, json_text(request, "operationName"));
    if (o == NULL) {
        json_object_set_new(q->answer, "errors", json_pack("[{s:s}]", "message", "An operation name is required"));
        return;
    }
    if (o->inner.count > 0 && o->inner.list[0].name != NULL)
        str_copy(q->root, sizeof q->root, o->inner.list[0].name);
    if (!validate(q->api->schema, d, o, q->errors)) {
        errors_out(q);
        return;
    }
    variables = variables_coerce(q->api->schema, o, json_object_get(request, "variables"), q->errors);
    if (variables == NULL) {
        errors_out(q);
        return;
    }
    q->requested = cost_requested(q->api->schema, d, o, variables);
    if (m->kind == MISHAP_INTERNAL) {
        one_error(q, "INTERNAL_SERVER_ERROR",
                  json_string("Internal error. Looks like something went wrong on our end.\nRequest ID: 00000000-practice"), NULL);
        return;
    }
    if (pay(q, m))
        carry_out(q, d, o, variables);
}
