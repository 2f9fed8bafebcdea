/*
 * execute.h - a valid operation carried out: fields projected from JSON objects in the schema's
 * own shape, connections paged, references followed, money unfolded.
 *
 * An object is a JSON object with the type's field names; what it lacks is null, or empty where
 * null is not allowed. "gid://shopify/..." stands for the object of that id, and
 * "12.30 EUR 13.00 USD" for a MoneyBag (shop, presentment), "12.30 EUR" for a MoneyV2.
 */
#ifndef SANDBOX_GRAPHQL_EXECUTE_H
#define SANDBOX_GRAPHQL_EXECUTE_H

#include "tests/sandbox/graphql/parse.h"
#include "tests/sandbox/graphql/schema.h"

struct execution;

struct resolver {
    void *ctx;
    /* A field that is not simply in parent (root fields, fields with arguments). New reference;
       *done false: look into parent. On failure executes execution_fail and returns NULL. */
    json_t *(*field)(void *ctx, struct execution *e, const struct schema_type *t, const char *field, const json_t *parent,
                     const json_t *args, bool *done);
    json_t *(*node)(void *ctx, const char *gid);       /* new; NULL: none */
    bool (*granted)(void *ctx, const char *scopes);    /* any of a|b|c */
};

struct execution {
    const struct schema *schema;
    const struct document *document;
    const struct resolver *resolver;
    const json_t *variables;
    json_t *errors, *path;
    struct place at;  /* of the field in hand */
    const struct selection *selection; /* the root field in hand, with its directives */
    int cost;         /* what it really took */
    bool null_data;
    /* Bulk: connections are not paged; each row goes to sink (which takes it), a child with the
       __parentId of the row around it, before that. False from sink: stop. */
    bool (*sink)(void *ctx, json_t *row);
    void *sink_ctx;
    const char *parent;
    bool stopped;
};

/* data, new; NULL stands for "data": null. */
json_t *execute(struct execution *e, const struct operation *o);
/* One row of a connection field, for sink; row may be a gid. False: sink said so. */
bool execute_row(struct execution *e, const struct schema_field *f, const struct selection *s, json_t *row);
/* NULL, so that one can write: return execution_fail(...). */
json_t *execution_fail(struct execution *e, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
