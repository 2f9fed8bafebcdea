#include "tests/sandbox/graphql/validate.h"

#include <stdarg.h>
#include <string.h>

#include "base/str.h"

struct walk {
    const struct schema *schema;
    const struct document *document;
    const struct operation *operation;
    json_t *errors, *path;
    bool used[64]; /* variables */
    bool *fragment_used;
    int depth;
};

static json_t *place_json(struct place at)
{
    return json_pack("[{s:i,s:i}]", "line", at.line, "column", at.column);
}

static void complain(struct walk *w, struct place at, json_t *extensions, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void complain(struct walk *w, struct place at, json_t *extensions, const char *fmt, ...)
{
    AUTO_FREE char *text = NULL;
    va_list list;

    va_start(list, fmt);
    if (vasprintf(&text, fmt, list) < 0)
        text = NULL;
    va_end(list);
    if (json_array_size(w->errors) >= VALIDATE_ERRORS_MAX) {
        json_decref(extensions);
        return;
    }
    json_array_append_new(w->errors, json_pack("{s:s,s:o,s:o,s:o}", "message", text == NULL ? "?" : text, "locations",
                                               place_json(at), "path", json_deep_copy(w->path), "extensions",
                                               extensions));
}

/* ---- values ---- */

static char *explain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *explain(const char *fmt, ...)
{
    char *text = NULL;
    va_list list;

    va_start(list, fmt);
    if (vasprintf(&text, fmt, list) < 0)
        text = NULL;
    va_end(list);
    return text;
}

static char *shown(const json_t *value)
{
    return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

static char *scalar_problem(const char *name, const json_t *value)
{
    AUTO_FREE char *text = shown(value);

    if (strcmp(name, "Int") == 0) {
        if (json_is_integer(value) && json_integer_value(value) <= INT32_MAX && json_integer_value(value) >= INT32_MIN)
            return NULL;
        return explain("Could not coerce value %s to Int", text);
    }
    if (strcmp(name, "Boolean") == 0)
        return json_is_boolean(value) ? NULL : explain("Could not coerce value %s to Boolean", text);
    if (strcmp(name, "Float") == 0)
        return json_is_number(value) ? NULL : explain("Could not coerce value %s to Float", text);
    if (strcmp(name, "ID") == 0) {
        if (!json_is_string(value) && !json_is_integer(value))
            return explain("Could not coerce value %s to ID", text);
        if (json_is_string(value) && !str_starts(json_string_value(value), "gid://"))
            return explain("Invalid global id '%s'", json_string_value(value));
        return json_is_integer(value) ? explain("Invalid global id '%s'", text) : NULL;
    }
    if (strcmp(name, "JSON") == 0)
        return NULL;
    if (strcmp(name, "Money") == 0 || strcmp(name, "Decimal") == 0)
        return json_is_string(value) || json_is_number(value) ? NULL : explain("invalid decimal '%s'", text);
    return json_is_string(value) ? NULL : explain("Could not coerce value %s to %s", text, name);
}

static char *enum_problem(const struct schema_type *t, const json_t *value)
{
    AUTO_STR names = { 0 };
    AUTO_FREE char *text = shown(value);

    str_init(&names, 65536);
    for (size_t i = 0; i < t->member_count; i++) {
        if (json_is_string(value) && strcmp(t->members[i], json_string_value(value)) == 0)
            return NULL;
        str_addf(&names, "%s%s", i > 0 ? ", " : "", t->members[i]);
    }
    return explain("Expected %s to be one of: %s", text, names.data);
}

static char *input_problem(const struct schema *s, const struct schema_type *t, const json_t *value, json_t *path)
{
    const char *key;
    json_t *item;
    size_t given = json_object_size(value);

    if (!json_is_object(value))
        return explain("Expected a value of type %s", t->name);
    json_object_foreach((json_t *)(uintptr_t)value, key, item) {
        const struct schema_field *f = schema_field(t, key);
        char *problem;

        json_array_append_new(path, json_string(key));
        if (f == NULL)
            return explain("Field is not defined on %s", t->name);
        problem = value_problem(s, f->type, item, path);
        if (problem != NULL)
            return problem;
        json_array_remove(path, json_array_size(path) - 1);
    }
    if (t->one_of && given != 1)
        return explain("'%s' requires exactly one argument, but %zu were provided.", t->name, given);
    for (size_t i = 0; i < t->field_count; i++)
        if (type_required(t->fields[i].type) && t->fields[i].value == NULL &&
            json_object_get(value, t->fields[i].name) == NULL) {
            json_array_append_new(path, json_string(t->fields[i].name));
            return explain("Expected value to not be null");
        }
    return NULL;
}

char *value_problem(const struct schema *s, const char *type, const json_t *value, json_t *path)
{
    char name[128], item[128];
    const struct schema_type *t;
    json_t *each;
    size_t i;

    if (value == NULL || json_is_null(value))
        return type_required(type) ? explain("Expected value to not be null") : NULL;
    if (type_is_list(type)) {
        type_item(type, item, sizeof item);
        if (!json_is_array(value))
            return value_problem(s, item, value, path);
        json_array_foreach(value, i, each) {
            char *problem;

            json_array_append_new(path, json_integer((json_int_t)i));
            problem = value_problem(s, item, each, path);
            if (problem != NULL)
                return problem;
            json_array_remove(path, json_array_size(path) - 1);
        }
        return NULL;
    }
    type_name(type, name, sizeof name);
    t = schema_type(s, name);
    if (t == NULL)
        return explain("No such type %s", name);
    if (t->kind == TYPE_ENUM)
        return enum_problem(t, value);
    if (t->kind == TYPE_INPUT)
        return input_problem(s, t, value, path);
    return scalar_problem(name, value);
}

json_t *value_resolve(const json_t *value, const json_t *variables)
{
    const char *name = json_string_value(json_object_get(value, "$var"));
    const char *word = json_string_value(json_object_get(value, "$enum"));
    json_t *copy, *item;
    const char *key;
    size_t i;

    if (name != NULL)
        return json_incref(json_object_get(variables, name));
    if (word != NULL)
        return json_string(word);
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, item) {
            json_t *part = value_resolve(item, variables);

            json_array_append_new(copy, part == NULL ? json_null() : part);
        }
        return copy;
    }
    if (!json_is_object(value))
        return json_incref((json_t *)(uintptr_t)value);
    copy = json_object();
    json_object_foreach((json_t *)(uintptr_t)value, key, item) {
        json_t *part = value_resolve(item, variables);

        if (part != NULL)
            json_object_set_new(copy, key, part);
    }
    return copy;
}

json_t *arguments_resolve(const struct schema_field *f, const struct arguments *args, const json_t *variables)
{
    json_t *all = json_object();

    for (size_t i = 0; i < f->arg_count; i++) {
        json_t *value = NULL;

        for (size_t k = 0; k < args->count; k++)
            if (strcmp(args->list[k].name, f->args[i].name) == 0)
                value = value_resolve(args->list[k].value, variables);
        if (value == NULL && f->args[i].value != NULL)
            value = json_loads(f->args[i].value, JSON_DECODE_ANY, NULL);
        /* the introspection writes defaults as strings of GraphQL */
        if (json_is_string(value) && f->args[i].value != NULL && value->refcount == 1 &&
            strcmp(f->args[i].type, "Int") == 0) {
            json_t *number = json_loads(json_string_value(value), JSON_DECODE_ANY, NULL);

            json_decref(value);
            value = number;
        }
        if (value != NULL)
            json_object_set_new(all, f->args[i].name, value);
    }
    return all;
}

bool selection_wanted(const struct selection *s, const json_t *variables)
{
    for (size_t i = 0; i < s->directive_count; i++) {
        const struct directive *d = &s->directives[i];
        bool skip = strcmp(d->name, "skip") == 0;
        json_auto_t *value = NULL;

        if ((!skip && strcmp(d->name, "include") != 0) || d->args.count == 0)
            continue;
        value = value_resolve(d->args.list[0].value, variables);
        if (json_is_true(value) == skip)
            return false;
    }
    return true;
}

/* ---- variables ---- */

static json_t *variable_error(const struct variable *v, const json_t *value, json_t *path, const char *problem)
{
    AUTO_STR where = { 0 };
    json_t *item;
    size_t i;

    str_init(&where, 4096);
    json_array_foreach(path, i, item) {
        str_adds(&where, i > 0 ? "." : " for ");
        if (json_is_integer(item))
            str_addf(&where, "%d", (int)json_integer_value(item));
        else
            str_adds(&where, json_string_value(item));
    }
    if (json_array_size(path) > 0)
        str_addf(&where, " (%s)", problem);
    return json_pack("{s:o,s:o,s:{s:s,s:O,s:[{s:O,s:s}]}}", "message",
                     json_sprintf("Variable $%s of type %s was provided invalid value%s", v->name, v->type, where.data),
                     "locations", place_json(v->at), "extensions", "code", "INVALID_VARIABLE", "value",
                     value == NULL ? json_null() : (json_t *)(uintptr_t)value, "problems", "path", path, "explanation",
                     problem);
}

json_t *variables_coerce(const struct schema *s, const struct operation *o, const json_t *given, json_t *errors)
{
    json_t *all = json_object();
    bool ok = true;

    for (size_t i = 0; i < o->variable_count; i++) {
        const struct variable *v = &o->variables[i];
        const json_t *value = json_object_get(given, v->name);
        json_auto_t *path = json_array();
        json_t *resolved = value == NULL && v->value != NULL ? value_resolve(v->value, NULL) :
                                                               json_incref((json_t *)(uintptr_t)value);
        AUTO_FREE char *problem = value_problem(s, v->type, resolved, path);

        if (problem != NULL) {
            json_array_append_new(errors, variable_error(v, resolved, path, problem));
            ok = false;
        }
        if (resolved != NULL)
            json_object_set_new(all, v->name, resolved);
    }
    if (ok)
        return all;
    json_decref(all);
    return NULL;
}

/* ---- the document ---- */

static const struct variable *variable_find(struct walk *w, const char *name)
{
    for (size_t i = 0; i < w->operation->variable_count; i++)
        if (strcmp(w->operation->variables[i].name, name) == 0) {
            if (i < 64)
                w->used[i] = true;
            return &w->operation->variables[i];
        }
    return NULL;
}

static bool fits(const struct variable *v, const char *type, bool has_default)
{
    char mine[128], theirs[128];
    bool list = type_is_list(type), my_list = type_is_list(v->type);

    type_name(v->type, mine, sizeof mine);
    type_name(type, theirs, sizeof theirs);
    if (strcmp(mine, theirs) != 0 || (my_list && !list))
        return false;
    return !type_required(type) || type_required(v->type) || v->value != NULL || has_default;
}

/* Variables inside a value: declared, and of the right type where they stand. */
static void value_check(struct walk *w, const char *owner, const char *arg, const char *type, const json_t *value,
                        struct place at, bool has_default)
{
    const char *name = json_string_value(json_object_get(value, "$var")), *key;
    const struct variable *v;
    char item[128], base[128];
    const struct schema_type *t;
    json_t *each;
    size_t i;

    if (name != NULL) {
        v = variable_find(w, name);
        if (v == NULL)
            complain(w, at, json_pack("{s:s,s:s}", "code", "variableNotDefined", "variableName", name),
                     "Variable $%s is used by %s but not declared", name,
                     w->operation->name == NULL ? "anonymous query" : w->operation->name);
        else if (!fits(v, type, has_default))
            complain(w, at,
                     json_pack("{s:s,s:s,s:s,s:s,s:s}", "code", "variableMismatch", "variableName", name, "typeName",
                               v->type, "argumentName", arg, "errorMessage", "Type mismatch"),
                     "Type mismatch on variable $%s and argument %s (%s / %s)", name, arg, v->type, type);
        return;
    }
    if (type_is_list(type) && json_is_array(value)) {
        type_item(type, item, sizeof item);
        json_array_foreach(value, i, each)
            value_check(w, owner, arg, item, each, at, false);
        return;
    }
    type_name(type, base, sizeof base);
    t = schema_type(w->schema, base);
    if (t == NULL || t->kind != TYPE_INPUT || !json_is_object(value))
        return;
    json_object_foreach((json_t *)(uintptr_t)value, key, each) {
        const struct schema_field *f = schema_field(t, key);

        if (f != NULL)
            value_check(w, owner, key, f->type, each, at, f->value != NULL);
    }
}

static bool has_variable(const json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    if (json_object_get(value, "$var") != NULL)
        return true;
    json_array_foreach(value, i, item)
        if (has_variable(item))
            return true;
    if (json_is_object(value))
        json_object_foreach((json_t *)(uintptr_t)value, key, item)
            if (has_variable(item))
                return true;
    return false;
}

static void literal_check(struct walk *w, const struct selection *s, const struct schema_arg *a, const struct argument *given)
{
    json_auto_t *plain = NULL, *path = json_array();
    AUTO_FREE char *problem = NULL, *text = NULL;

    if (has_variable(given->value))
        return;
    plain = value_resolve(given->value, NULL);
    problem = value_problem(w->schema, a->type, plain, path);
    if (problem == NULL)
        return;
    text = shown(plain);
    complain(w, given->at,
             json_pack("{s:s,s:s,s:s}", "code", "argumentLiteralsIncompatible", "typeName", "Field", "argumentName", a->name),
             "Argument '%s' on Field '%s' has an invalid value (%s). Expected type '%s'.", a->name, s->name, text, a->type);
}

static void arguments_check(struct walk *w, const struct selection *s, const struct schema_field *f)
{
    AUTO_STR missing = { 0 };

    for (size_t i = 0; i < s->args.count; i++) {
        const struct argument *given = &s->args.list[i];
        const struct schema_arg *a = schema_arg(f, given->name);

        if (a == NULL) {
            complain(w, given->at,
                     json_pack("{s:s,s:s,s:s,s:s}", "code", "argumentNotAccepted", "name", s->name, "typeName", "Field",
                               "argumentName", given->name),
                     "Field '%s' doesn't accept argument '%s'", s->name, given->name);
            continue;
        }
        literal_check(w, s, a, given);
        value_check(w, s->name, a->name, a->type, given->value, given->at, a->value != NULL);
    }
    str_init(&missing, 4096);
    for (size_t i = 0; i < f->arg_count; i++) {
        bool given = f->args[i].value != NULL || !type_required(f->args[i].type);

        for (size_t k = 0; k < s->args.count && !given; k++)
            given = strcmp(s->args.list[k].name, f->args[i].name) == 0;
        if (!given)
            str_addf(&missing, "%s%s", missing.len > 0 ? ", " : "", f->args[i].name);
    }
    if (missing.len > 0)
        complain(w, s->at,
                 json_pack("{s:s,s:s,s:s,s:s}", "code", "missingRequiredArguments", "className", "Field", "name", s->name,
                           "arguments", missing.data),
                 "Field '%s' is missing required arguments: %s", s->name, missing.data);
}

static void directives_check(struct walk *w, const struct selection *s)
{
    static const char *const known[][2] = { { "skip", "if" }, { "include", "if" }, { "idempotent", "key" } };

    for (size_t i = 0; i < s->directive_count; i++) {
        const struct directive *d = &s->directives[i];
        size_t k = 0;

        while (k < 3 && strcmp(known[k][0], d->name) != 0)
            k++;
        if (k == 3) {
            complain(w, d->at, json_pack("{s:s,s:s}", "code", "undefinedDirective", "directiveName", d->name),
                     "Directive @%s is not defined", d->name);
            continue;
        }
        if (d->args.count != 1 || strcmp(d->args.list[0].name, known[k][1]) != 0) {
            complain(w, d->at,
                     json_pack("{s:s,s:s,s:s,s:s}", "code", "missingRequiredArguments", "className", "Directive", "name",
                               d->name, "arguments", known[k][1]),
                     "Directive '%s' is missing required arguments: %s", d->name, known[k][1]);
            continue;
        }
        value_check(w, d->name, known[k][1], k == 2 ? "String!" : "Boolean!", d->args.list[0].value, d->at, false);
    }
}

static void selections_check(struct walk *w, const struct schema_type *t, const struct selections *list);

static void field_check(struct walk *w, const struct schema_type *t, const struct selection *s)
{
    const struct schema_field *f = t->kind == TYPE_UNION ? NULL : schema_field(t, s->name);
    bool composite;

    json_array_append_new(w->path, json_string(s->alias));
    if (strcmp(s->name, "__typename") == 0) {
        json_array_remove(w->path, json_array_size(w->path) - 1);
        return;
    }
    if (f == NULL) {
        complain(w, s->at,
                 json_pack("{s:s,s:s,s:s}", "code", "undefinedField", "typeName", t->name, "fieldName", s->name),
                 "Field '%s' doesn't exist on type '%s'", s->name, t->name);
        json_array_remove(w->path, json_array_size(w->path) - 1);
        return;
    }
    arguments_check(w, s, f);
    composite = schema_composite(f->base);
    if (composite && s->inner.count == 0)
        complain(w, s->at,
                 json_pack("{s:s,s:o,s:s}", "code", "selectionMismatch", "nodeName", json_sprintf("field '%s'", s->name),
                           "typeName", f->base->name),
                 "Field must have selections (field '%s' returns %s but has no selections. Did you mean '%s { ... }'?)",
                 s->name, f->base->name, s->name);
    if (!composite && s->inner.count > 0)
        complain(w, s->at,
                 json_pack("{s:s,s:o,s:s}", "code", "selectionMismatch", "nodeName", json_sprintf("field '%s'", s->name),
                           "typeName", f->base->name),
                 "Selections can't be made on scalars (field '%s' returns %s but has selections [\"%s\"])", s->name,
                 f->base->name, s->inner.list[0].name == NULL ? "..." : s->inner.list[0].name);
    if (composite)
        selections_check(w, f->base, &s->inner);
    json_array_remove(w->path, json_array_size(w->path) - 1);
}

static void fragment_check(struct walk *w, const struct schema_type *t, const char *on, const struct selections *inner,
                           struct place at)
{
    const struct schema_type *cond = on == NULL ? t : schema_type(w->schema, on);

    if (cond == NULL || !schema_composite(cond)) {
        complain(w, at, json_pack("{s:s,s:s}", "code", "undefinedType", "typeName", on),
                 "No such type %s, so it can't be a fragment condition", on);
        return;
    }
    if (cond != t && !schema_possible(t, cond->name) && !schema_possible(cond, t->name)) {
        complain(w, at,
                 json_pack("{s:s,s:s,s:s}", "code", "cannotSpreadFragment", "typeName", cond->name, "parentName", t->name),
                 "Fragment on %s can't be spread inside %s", cond->name, t->name);
        return;
    }
    selections_check(w, cond, inner);
}

static void spread_check(struct walk *w, const struct schema_type *t, const struct selection *s)
{
    const struct fragment *f = document_fragment(w->document, s->name);

    if (f == NULL) {
        complain(w, s->at, json_pack("{s:s,s:s}", "code", "useAndDefineFragment", "fragmentName", s->name),
                 "Fragment %s was used, but not defined", s->name);
        return;
    }
    w->fragment_used[f - w->document->fragments] = true;
    fragment_check(w, t, f->on, &f->inner, s->at);
}

static void selections_check(struct walk *w, const struct schema_type *t, const struct selections *list)
{
    if (++w->depth > PARSE_DEPTH_MAX) { /* also a fragment that spreads itself */
        if (w->depth == PARSE_DEPTH_MAX + 1)
            complain(w, w->operation->at, json_pack("{s:s}", "code", "infiniteLoop"), "Fragment contains an infinite loop");
        w->depth--;
        return;
    }
    for (size_t i = 0; i < list->count && json_array_size(w->errors) < VALIDATE_ERRORS_MAX; i++) {
        const struct selection *s = &list->list[i];

        directives_check(w, s);
        if (s->kind == SELECTION_FIELD)
            field_check(w, t, s);
        else if (s->kind == SELECTION_SPREAD)
            spread_check(w, t, s);
        else
            fragment_check(w, t, s->on, &s->inner, s->at);
    }
    w->depth--;
}

static void variables_check(struct walk *w)
{
    const char *name = w->operation->name == NULL ? "anonymous query" : w->operation->name;

    for (size_t i = 0; i < w->operation->variable_count; i++) {
        const struct variable *v = &w->operation->variables[i];
        char base[128];
        const struct schema_type *t;

        type_name(v->type, base, sizeof base);
        t = schema_type(w->schema, base);
        if (t == NULL || schema_composite(t))
            complain(w, v->at, json_pack("{s:s,s:s}", "code", "variableRequiresValidType", "typeName", base),
                     "%s isn't a defined input type (on $%s)", base, v->name);
        else if (i < 64 && !w->used[i])
            complain(w, v->at, json_pack("{s:s,s:s}", "code", "variableNotUsed", "variableName", v->name),
                     "Variable $%s is declared by %s but not used", v->name, name);
    }
}

bool validate(const struct schema *s, const struct document *d, const struct operation *o, json_t *errors)
{
    struct walk w = { .schema = s, .document = d, .operation = o, .errors = errors };
    AUTO_FREE bool *used = calloc(d->fragment_count + 1, sizeof *used);
    json_auto_t *path = json_array();
    size_t before = json_array_size(errors);

    if (used == NULL)
        return false;
    w.path = path;
    w.fragment_used = used;
    json_array_append_new(path, o->name == NULL ? json_string(o->mutation ? "mutation" : "query") :
                                                  json_sprintf("%s %s", o->mutation ? "mutation" : "query", o->name));
    selections_check(&w, schema_type(s, o->mutation ? "Mutation" : "QueryRoot"), &o->inner);
    variables_check(&w);
    for (size_t i = 0; i < d->fragment_count; i++)
        if (!used[i] && d->operation_count == 1)
            complain(&w, d->fragments[i].at,
                     json_pack("{s:s,s:s}", "code", "useAndDefineFragment", "fragmentName", d->fragments[i].name),
                     "Fragment %s was defined, but not used", d->fragments[i].name);
    return json_array_size(errors) == before;
}
