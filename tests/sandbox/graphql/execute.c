#include "tests/sandbox/graphql/execute.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "tests/sandbox/graphql/cost.h"
#include "tests/sandbox/graphql/validate.h"

json_t *execution_fail(struct execution *e, const char *code, const char *fmt, ...)
{
    AUTO_FREE char *text = NULL;
    va_list list;

    va_start(list, fmt);
    if (vasprintf(&text, fmt, list) < 0)
        text = NULL;
    va_end(list);
    json_array_append_new(e->errors, json_pack("{s:s,s:[{s:i,s:i}],s:o,s:{s:s}}", "message", text == NULL ? "?" : text,
                                               "locations", "line", e->at.line, "column", e->at.column, "path",
                                               json_deep_copy(e->path), "extensions", "code", code));
    return NULL;
}

static void denied(struct execution *e, const char *field, const char *scopes)
{
    AUTO_STR words = { 0 };
    json_t *last;

    str_init(&words, 1024);
    for (const char *p = scopes; *p != '\0';) {
        size_t len = strcspn(p, "|");

        str_addf(&words, "%s`%.*s`", words.len > 0 ? " or " : "", (int)len, p);
        p += len + (p[len] == '|');
    }
    execution_fail(e, "ACCESS_DENIED", "Access denied for %s field. Required access: %s access scope.", field, words.data);
    last = json_object_get(json_array_get(e->errors, json_array_size(e->errors) - 1), "extensions");
    json_object_set_new(last, "documentation", json_string("https://shopify.dev/api/usage/access-scopes"));
    json_object_set_new(last, "requiredAccess", json_sprintf("%s access scope.", words.data));
}

/* What stands behind a field: the scopes of the field, of its type, of a connection's rows. */
static const char *scopes_of(struct execution *e, const struct schema_field *f)
{
    const struct schema_field *nodes;

    if (f->scopes != NULL)
        return f->scopes;
    if (f->base->scopes != NULL || !str_ends(f->base->name, "Connection"))
        return f->base->scopes;
    nodes = schema_field(f->base, "nodes");
    (void)e;
    return nodes == NULL ? NULL : nodes->base->scopes;
}

static json_t *selections_run(struct execution *e, const struct schema_type *t, json_t *object, const struct selections *list);
static json_t *complete(struct execution *e, const struct schema_type *t, const struct schema_field *f, const char *type,
                        json_t *value, const struct selection *s, const json_t *args);

static const struct schema_type *concrete(struct execution *e, const struct schema_type *t, const json_t *object)
{
    const char *name = json_string_value(json_object_get(object, "__typename"));
    const struct schema_type *mine = name == NULL ? NULL : schema_type(e->schema, name);

    return mine == NULL ? t : mine;
}

static json_t *money(const char *text, bool bag)
{
    char amount[2][32] = { "0.00", "" }, code[2][8] = { "USD", "" };

    if (sscanf(text, "%31s %7s %31s %7s", amount[0], code[0], amount[1], code[1]) < 4) {
        memcpy(amount[1], amount[0], sizeof amount[0]);
        memcpy(code[1], code[0], sizeof code[0]);
    }
    if (!bag)
        return json_pack("{s:s,s:s}", "amount", amount[0], "currencyCode", code[0]);
    return json_pack("{s:{s:s,s:s},s:{s:s,s:s}}", "shopMoney", "amount", amount[0], "currencyCode", code[0],
                     "presentmentMoney", "amount", amount[1], "currencyCode", code[1]);
}

/* References and shorthands to whole objects; a new reference or NULL. */
static json_t *unfold(struct execution *e, const struct schema_type *t, json_t *value)
{
    const char *text = json_string_value(value);

    if (text == NULL)
        return json_incref(value);
    if (strcmp(t->name, "MoneyBag") == 0)
        return money(text, true);
    if (strcmp(t->name, "MoneyV2") == 0)
        return money(text, false);
    if (str_starts(text, "gid://"))
        return e->resolver->node(e->resolver->ctx, text);
    return NULL;
}

/* ---- connections ---- */

static const char *cursor_key(const json_t *row)
{
    if (json_is_string(row))
        return json_string_value(row);
    return json_string_value(json_object_get(row, "id"));
}

static void cursor_text(const json_t *row, size_t index, char *to, size_t size)
{
    const char *key = cursor_key(row), *slash = key == NULL ? NULL : strrchr(key, '/');

    if (slash != NULL)
        snprintf(to, size, "eyJsYXN0X2lkIjo-%s", slash + 1);
    else
        snprintf(to, size, "eyJsYXN0X2lkIjo-%zu", index);
}

static bool cursor_find(const json_t *rows, const char *cursor, size_t *index)
{
    char text[128];

    for (size_t i = 0; i < json_array_size(rows); i++) {
        cursor_text(json_array_get(rows, i), i, text, sizeof text);
        if (strcmp(text, cursor) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* The part of rows that the arguments ask for. False: a complaint. */
static bool page(struct execution *e, const char *name, const json_t *rows, const json_t *args, size_t *from, size_t *to)
{
    const json_t *first = json_object_get(args, "first"), *last = json_object_get(args, "last");
    const char *after = json_string_value(json_object_get(args, "after"));
    const char *before = json_string_value(json_object_get(args, "before"));
    json_int_t size = json_integer_value(json_is_integer(first) ? first : last);
    size_t index = 0;

    *from = 0;
    *to = json_array_size(rows);
    if (!json_is_integer(first) && !json_is_integer(last))
        return execution_fail(e, "BAD_REQUEST", "you must provide one of first or last") != NULL;
    if (size < 0 || size > 250)
        return execution_fail(e, "BAD_REQUEST", "%s: the page size must be between 0 and 250", name) != NULL;
    if (after != NULL) {
        if (!cursor_find(rows, after, &index))
            return execution_fail(e, "BAD_REQUEST", "Invalid cursor for current pagination sort.") != NULL;
        *from = index + 1;
    }
    if (before != NULL && cursor_find(rows, before, &index))
        *to = index;
    if (json_is_integer(first) && *to - *from > (size_t)size)
        *to = *from + (size_t)size;
    if (!json_is_integer(first) && *to - *from > (size_t)size)
        *from = *to - (size_t)size;
    return true;
}

static json_t *page_info(const json_t *rows, size_t from, size_t to)
{
    char start[128] = "", end[128] = "";
    bool any = to > from;

    if (any) {
        cursor_text(json_array_get(rows, from), from, start, sizeof start);
        cursor_text(json_array_get(rows, to - 1), to - 1, end, sizeof end);
    }
    return json_pack("{s:b,s:b,s:s?,s:s?}", "hasNextPage", to < json_array_size(rows), "hasPreviousPage", from > 0,
                     "startCursor", any ? start : NULL, "endCursor", any ? end : NULL);
}

static json_t *connection_run(struct execution *e, const struct schema_field *f, json_t *object, size_t count,
                              const struct selection *s)
{
    int before = e->cost, rows_cost;
    json_t *out = selections_run(e, f->base, object, &s->inner);

    rows_cost = e->cost - before;
    if (count > 0) /* each row was counted: scale to the model */
        rows_cost = rows_cost * cost_multiplier((int64_t)count) / (int)count;
    e->cost = before + 2 + rows_cost;
    return out;
}

/* A page that the resolver made: {"$nodes","$cursors","$next","$previous"}. */
static json_t *connection_page(struct execution *e, const struct schema_field *f, const json_t *page, const struct selection *s)
{
    json_t *nodes = json_object_get(page, "$nodes"), *cursors = json_object_get(page, "$cursors"), *edges = json_array(), *row;
    size_t count = json_array_size(nodes), i;
    json_auto_t *object = json_pack("{s:O,s:o,s:{s:O,s:O,s:O?,s:O?}}", "nodes", nodes, "edges", edges, "pageInfo",
                                    "hasNextPage", json_object_get(page, "$next"), "hasPreviousPage",
                                    json_object_get(page, "$previous"), "startCursor", json_array_get(cursors, 0),
                                    "endCursor", count > 0 ? json_array_get(cursors, count - 1) : NULL);

    json_array_foreach(nodes, i, row)
        json_array_append_new(edges, json_pack("{s:O,s:O}", "cursor", json_array_get(cursors, i), "node", row));
    return connection_run(e, f, object, count, s);
}

/* ---- rows without pages, for bulk operations ---- */

/* What is selected of a row: nodes { } or edges { node { } }; NULL: nothing. */
static const struct selections *row_selections(const struct selections *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct selection *s = &list->list[i];

        if (s->kind != SELECTION_FIELD)
            continue;
        if (strcmp(s->name, "nodes") == 0 || strcmp(s->name, "node") == 0)
            return &s->inner;
        if (strcmp(s->name, "edges") == 0)
            return row_selections(&s->inner);
    }
    return NULL;
}

bool execute_row(struct execution *e, const struct schema_field *f, const struct selection *s, json_t *row)
{
    const struct schema_type *t = schema_field(f->base, "nodes")->base;
    const struct selections *wanted = row_selections(&s->inner);
    json_auto_t *object = unfold(e, t, row);
    const char *up = e->parent;
    json_t *out;

    if (object == NULL || wanted == NULL)
        return true;
    e->parent = json_string_value(json_object_get(object, "id"));
    out = selections_run(e, concrete(e, t, object), object, wanted);
    e->parent = up;
    if (up != NULL)
        json_object_set_new(out, "__parentId", json_string(up));
    return e->sink(e->sink_ctx, out);
}

static json_t *connection(struct execution *e, const struct schema_field *f, const json_t *rows, const struct selection *s,
                          const json_t *args)
{
    json_auto_t *object = json_object();
    json_t *nodes = json_array(), *edges = json_array();
    size_t from, to;

    json_object_set_new(object, "nodes", nodes);
    json_object_set_new(object, "edges", edges);
    if (e->sink != NULL) { /* they are rows of their own, and nothing in this one */
        for (size_t i = 0; i < json_array_size(rows) && !e->stopped; i++)
            e->stopped = !execute_row(e, f, s, json_array_get(rows, i));
        return NULL;
    }
    if (!page(e, f->name, rows, args, &from, &to))
        return NULL;
    for (size_t i = from; i < to; i++) {
        json_t *row = json_array_get(rows, i);
        char cursor[128];

        cursor_text(row, i, cursor, sizeof cursor);
        json_array_append(nodes, row);
        json_array_append_new(edges, json_pack("{s:s,s:O}", "cursor", cursor, "node", row));
    }
    json_object_set_new(object, "pageInfo", page_info(rows, from, to));
    return connection_run(e, f, object, to - from, s);
}

/* ---- completion ---- */

static json_t *empty_for(const struct schema_type *t)
{
    if (t->kind == TYPE_ENUM)
        return json_string(t->member_count > 0 ? t->members[0] : "");
    if (strcmp(t->name, "Boolean") == 0)
        return json_false();
    if (strcmp(t->name, "Int") == 0 || strcmp(t->name, "Float") == 0)
        return json_integer(0);
    if (strcmp(t->name, "Money") == 0 || strcmp(t->name, "Decimal") == 0)
        return json_string("0.00");
    if (strcmp(t->name, "UnsignedInt64") == 0)
        return json_string("0");
    if (strcmp(t->name, "DateTime") == 0)
        return json_string("2026-01-01T00:00:00Z");
    return json_string("");
}

static json_t *missing(struct execution *e, const struct schema_type *t, const struct schema_field *f, const char *type,
                       const struct selection *s, const json_t *args)
{
    json_auto_t *none = NULL;

    if (!type_required(type))
        return json_null();
    if (type_is_list(type))
        return json_array();
    none = json_array();
    if (str_ends(f->base->name, "Connection"))
        return connection(e, f, none, s, args);
    if (!schema_composite(f->base))
        return empty_for(f->base);
    json_decref(none);
    none = strcmp(f->base->name, "MoneyBag") == 0 ? money("0.00 USD", true) : json_object();
    (void)t;
    return selections_run(e, f->base, none, &s->inner);
}

static json_t *list_run(struct execution *e, const struct schema_type *t, const struct schema_field *f, const char *type,
                        json_t *value, const struct selection *s, const json_t *args)
{
    json_t *out = json_array(), *item;
    const json_t *first = json_object_get(args, "first");
    char inner[128];
    size_t i;
    int before = e->cost, once = 0;

    type_item(type, inner, sizeof inner);
    json_array_foreach(value, i, item) {
        json_t *done;

        if (json_is_integer(first) && json_integer_value(first) <= (json_int_t)i)
            break;
        json_array_append_new(e->path, json_integer((json_int_t)i));
        done = complete(e, t, f, inner, item, s, args);
        json_array_remove(e->path, json_array_size(e->path) - 1);
        json_array_append_new(out, done == NULL ? json_null() : done);
        if (i == 0)
            once = e->cost - before;
    }
    e->cost = before + once; /* lists are charged once, whatever their length */
    return out;
}

static json_t *complete(struct execution *e, const struct schema_type *t, const struct schema_field *f, const char *type,
                        json_t *value, const struct selection *s, const json_t *args)
{
    json_auto_t *object = NULL;

    if (value == NULL || json_is_null(value))
        return missing(e, t, f, type, s, args);
    if (type_is_list(type) && json_is_array(value))
        return list_run(e, t, f, type, value, s, args);
    if (str_ends(f->base->name, "Connection") && json_is_array(value))
        return connection(e, f, value, s, args);
    if (str_ends(f->base->name, "Connection") && json_object_get(value, "$nodes") != NULL)
        return connection_page(e, f, value, s);
    if (!schema_composite(f->base))
        return json_incref(value);
    object = unfold(e, f->base, value);
    if (object == NULL)
        return missing(e, t, f, type, s, args);
    e->cost += !cost_free(t, f) && !str_ends(t->name, "Connection") && !str_ends(t->name, "Payload");
    if (str_ends(t->name, "Connection") || str_ends(t->name, "Edge"))
        e->cost += strcmp(f->name, "nodes") == 0 || strcmp(f->name, "node") == 0;
    return selections_run(e, concrete(e, f->base, object), object, &s->inner);
}

static json_t *field_run(struct execution *e, const struct schema_type *t, json_t *object, const struct selection *s)
{
    const struct schema_field *f = schema_field(t, s->name);
    json_auto_t *args = NULL, *value = NULL;
    const char *scopes;
    bool done = false;

    if (strcmp(s->name, "__typename") == 0)
        return json_string(t->name);
    if (f == NULL)
        return json_null();
    e->at = s->at;
    scopes = scopes_of(e, f);
    if (scopes != NULL && !e->resolver->granted(e->resolver->ctx, scopes)) {
        denied(e, f->name, scopes);
        e->null_data = e->null_data || (type_required(f->type) && strcmp(t->name, "QueryRoot") == 0);
        return json_null();
    }
    args = arguments_resolve(f, &s->args, e->variables);
    value = e->resolver->field(e->resolver->ctx, e, t, f->name, object, args, &done);
    if (!done)
        value = json_incref(json_object_get(object, f->name));
    else if (value == NULL && type_required(f->type) && strcmp(t->name, "QueryRoot") == 0)
        e->null_data = true;
    return complete(e, t, f, f->type, value, s, args);
}

static void merge(json_t *into, json_t *from)
{
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_object(into) && json_is_object(from))
        json_object_foreach(from, key, value) {
            json_t *there = json_object_get(into, key);

            if (there == NULL)
                json_object_set(into, key, value);
            else
                merge(there, value);
        }
    if (json_is_array(into) && json_is_array(from))
        json_array_foreach(from, i, value)
            merge(json_array_get(into, i), value);
}

static void selections_into(struct execution *e, const struct schema_type *t, json_t *object, const struct selections *list,
                            json_t *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct selection *s = &list->list[i];
        const struct fragment *g = s->kind == SELECTION_SPREAD ? document_fragment(e->document, s->name) : NULL;
        const char *on = g != NULL ? g->on : s->on;
        const struct schema_type *cond = on == NULL ? t : schema_type(e->schema, on);
        json_t *value, *there;

        if (!selection_wanted(s, e->variables))
            continue;
        if (s->kind != SELECTION_FIELD) {
            if (cond == t || (cond != NULL && schema_possible(cond, t->name)))
                selections_into(e, t, object, g != NULL ? &g->inner : &s->inner, out);
            continue;
        }
        if (json_array_size(e->path) == 0)
            e->selection = s;
        json_array_append_new(e->path, json_string(s->alias));
        value = field_run(e, t, object, s);
        json_array_remove(e->path, json_array_size(e->path) - 1);
        if (value == NULL && e->sink != NULL && str_ends(schema_field(t, s->name)->base->name, "Connection"))
            continue; /* its rows stand elsewhere */
        if (value == NULL)
            value = json_null();
        there = json_object_get(out, s->alias);
        if (there == NULL) {
            json_object_set_new(out, s->alias, value);
        } else {
            merge(there, value);
            json_decref(value);
        }
    }
}

static json_t *selections_run(struct execution *e, const struct schema_type *t, json_t *object, const struct selections *list)
{
    json_t *out = json_object();

    selections_into(e, t, object, list, out);
    return out;
}

json_t *execute(struct execution *e, const struct operation *o)
{
    const struct schema_type *root = schema_type(e->schema, o->mutation ? "Mutation" : "QueryRoot");
    json_auto_t *object = json_object(), *path = json_array();
    json_t *data;

    e->path = path;
    e->cost = 0;
    data = selections_run(e, root, object, &o->inner);
    if (o->mutation)
        e->cost += 10;
    if (e->cost == 0)
        e->cost = 1;
    e->path = NULL;
    if (!e->null_data)
        return data;
    json_decref(data);
    return NULL;
}
