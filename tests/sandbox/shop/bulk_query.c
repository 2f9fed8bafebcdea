#include "tests/sandbox/shop/bulk_query.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/sandbox/graphql/validate.h"

struct looking {
    const struct schema *schema;
    const struct document *document;
    size_t connections;
    char *problem;
    size_t size;
};

static bool bad(struct looking *l, const char *text)
{
    if (*l->problem == '\0')
        str_copy(l->problem, l->size, text);
    return false;
}

static bool has_id(const struct looking *l, const struct selections *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct selection *s = &list->list[i];
        const struct fragment *f = s->kind == SELECTION_SPREAD ? document_fragment(l->document, s->name) : NULL;

        if (s->kind == SELECTION_FIELD && strcmp(s->name, "id") == 0 && strcmp(s->alias, "id") == 0)
            return true;
        if (s->kind != SELECTION_FIELD && has_id(l, f != NULL ? &f->inner : &s->inner))
            return true;
    }
    return false;
}

static bool has_connection(const struct looking *l, const struct schema_type *t, const struct selections *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct selection *s = &list->list[i];
        const struct fragment *g = s->kind == SELECTION_SPREAD ? document_fragment(l->document, s->name) : NULL;
        const struct schema_field *f = s->kind == SELECTION_FIELD ? schema_field(t, s->name) : NULL;

        if (f != NULL && str_ends(f->base->name, "Connection"))
            return true;
        if (has_connection(l, f != NULL ? f->base : t, g != NULL ? &g->inner : &s->inner))
            return true;
    }
    return false;
}

static bool fields_look(struct looking *l, const struct schema_type *t, const struct selections *list, int depth, bool in_list);

/* The row's selections behind edges { node } or nodes. */
static bool rows_look(struct looking *l, const struct schema_type *t, const struct selections *list, int depth)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct selection *s = &list->list[i];
        const struct schema_field *f = s->kind == SELECTION_FIELD ? schema_field(t, s->name) : NULL;

        if (f == NULL)
            continue;
        if (strcmp(s->name, "edges") == 0) {
            if (!rows_look(l, f->base, &s->inner, depth))
                return false;
        } else if (strcmp(s->name, "nodes") == 0) {
            return bad(l, "Bulk queries must select a connection's rows by its 'edges' and 'node' fields.");
        } else if (strcmp(s->name, "node") == 0) {
            if (has_connection(l, f->base, &s->inner) && !has_id(l, &s->inner))
                return bad(l, "The parent 'node' field for a nested connection must select the 'id' field without an alias and "
                              "must be of 'ID' return type.");
            if (!fields_look(l, f->base, &s->inner, depth + 1, false))
                return false;
        }
    }
    return true;
}

static bool fields_look(struct looking *l, const struct schema_type *t, const struct selections *list, int depth, bool in_list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct selection *s = &list->list[i];
        const struct fragment *g = s->kind == SELECTION_SPREAD ? document_fragment(l->document, s->name) : NULL;
        const char *on = g != NULL ? g->on : s->on;
        const struct schema_type *cond = on == NULL ? t : schema_type(l->schema, on);
        const struct schema_field *f = s->kind == SELECTION_FIELD ? schema_field(t, s->name) : NULL;

        if (s->kind != SELECTION_FIELD) {
            if (cond != NULL && !fields_look(l, cond, g != NULL ? &g->inner : &s->inner, depth, in_list))
                return false;
        } else if (f == NULL) {
            continue;
        } else if (str_ends(f->base->name, "Connection")) {
            if (in_list)
                return bad(l, "Queries that contain a connection field within a list field are not currently supported.");
            if (++l->connections > BULK_CONNECTIONS_MAX)
                return bad(l, "Bulk queries cannot contain more than 5 connections.");
            if (depth > BULK_DEPTH_MAX)
                return bad(l, "Bulk queries cannot contain connections with a nesting depth greater than 2.");
            if (!rows_look(l, f->base, &s->inner, depth))
                return false;
        } else if (!fields_look(l, f->base, &s->inner, depth, in_list || type_is_list(f->type))) {
            return false;
        }
    }
    return true;
}

static bool look(struct looking *l, const struct operation *o)
{
    const struct schema_type *root = schema_type(l->schema, "QueryRoot");

    if (o->mutation)
        return bad(l, "Only queries are supported in bulk.");
    if (o->variable_count > 0)
        return bad(l, "Bulk queries take no variables.");
    for (size_t i = 0; i < o->inner.count; i++) {
        const char *name = o->inner.list[i].name;

        if (name != NULL && (strcmp(name, "node") == 0 || strcmp(name, "nodes") == 0))
            return bad(l, "Bulk queries cannot contain a top level 'node' or 'nodes' field.");
    }
    if (!fields_look(l, root, &o->inner, 0, false))
        return false;
    return l->connections > 0 || bad(l, "Bulk queries must contain at least one connection.");
}

struct document *bulk_query_read(const struct schema *schema, const char *query, char *problem, size_t size)
{
    struct syntax_error syntax;
    struct document *d = document_parse(query, strlen(query), &syntax);
    struct looking l = { .schema = schema, .document = d, .problem = problem, .size = size };
    json_auto_t *errors = json_array();

    *problem = '\0';
    if (d == NULL) {
        snprintf(problem, size, "Invalid bulk query: %s", syntax.text);
        return NULL;
    }
    if (d->operation_count != 1)
        bad(&l, "Bulk queries must contain exactly one operation.");
    else if (!validate(schema, d, &d->operations[0], errors))
        snprintf(problem, size, "Invalid bulk query: %s", json_text_or(errors, "0.message", "?"));
    else
        look(&l, &d->operations[0]);
    if (*problem == '\0')
        return d;
    document_free(d);
    return NULL;
}
