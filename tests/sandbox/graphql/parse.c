#include "tests/sandbox/graphql/parse.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum token { T_END, T_NAME, T_PUNCT, T_INT, T_FLOAT, T_STRING };

struct parser {
    const char *at, *end, *line_start;
    int line;
    enum token kind;
    const char *from; /* of the token */
    size_t len;
    struct place where;
    struct str text; /* a string's value */
    struct syntax_error *error;
    bool failed;
    int depth, nodes;
};

static bool fail(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool fail(struct parser *p, const char *fmt, ...)
{
    va_list list;

    if (p->failed)
        return false;
    p->failed = true;
    p->error->at = p->where;
    va_start(list, fmt);
    vsnprintf(p->error->text, sizeof p->error->text, fmt, list);
    va_end(list);
    return false;
}

static void skip(struct parser *p)
{
    while (p->at < p->end) {
        if (*p->at == '\n') {
            p->line++;
            p->line_start = ++p->at;
        } else if (*p->at == '#') {
            while (p->at < p->end && *p->at != '\n')
                p->at++;
        } else if (strchr(" \t\r,", *p->at) != NULL && *p->at != '\0') {
            p->at++;
        } else if (p->end - p->at >= 3 && memcmp(p->at, "\xEF\xBB\xBF", 3) == 0) {
            p->at += 3;
        } else {
            return;
        }
    }
}

static void utf8_add(struct str *s, unsigned code)
{
    char out[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : 3;

    if (n == 1)
        out[0] = (char)code;
    for (size_t i = n; n > 1 && i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    if (n > 1)
        out[0] = (char)((n == 2 ? 0xC0 : 0xE0) | code);
    str_add(s, out, n);
}

static bool escape(struct parser *p)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *hit;
    unsigned code;
    char hex[5];

    if (p->at >= p->end)
        return fail(p, "unterminated string");
    hit = memchr(from, *p->at, sizeof from - 1);
    if (hit != NULL) {
        str_add(&p->text, &to[hit - from], 1);
        p->at++;
        return true;
    }
    if (*p->at != 'u' || p->end - p->at < 5)
        return fail(p, "bad escape in a string");
    memcpy(hex, p->at + 1, 4);
    hex[4] = '\0';
    if (strspn(hex, "0123456789abcdefABCDEF") != 4)
        return fail(p, "bad escape in a string");
    code = (unsigned)strtoul(hex, NULL, 16);
    utf8_add(&p->text, code == 0 ? '?' : code);
    p->at += 5;
    return true;
}

static bool block_string(struct parser *p)
{
    p->at += 3;
    while (p->end - p->at >= 3 && memcmp(p->at, "\"\"\"", 3) != 0) {
        if (*p->at == '\n') {
            p->line++;
            p->line_start = p->at + 1;
        }
        str_add(&p->text, p->at++, 1);
    }
    if (p->end - p->at < 3)
        return fail(p, "unterminated string");
    p->at += 3;
    return true;
}

static bool string(struct parser *p)
{
    str_reset(&p->text);
    p->kind = T_STRING;
    if (p->end - p->at >= 3 && memcmp(p->at, "\"\"\"", 3) == 0)
        return block_string(p);
    p->at++;
    while (p->at < p->end && *p->at != '"' && *p->at != '\n') {
        if (*p->at == '\\') {
            p->at++;
            if (!escape(p))
                return false;
        } else {
            str_add(&p->text, p->at++, 1);
        }
    }
    if (p->at >= p->end || *p->at != '"')
        return fail(p, "unterminated string");
    p->at++;
    return true;
}

static bool number(struct parser *p)
{
    p->kind = T_INT;
    p->at += *p->at == '-';
    if (p->at >= p->end || !isdigit((unsigned char)*p->at))
        return fail(p, "syntax error, unexpected \"-\"");
    while (p->at < p->end && (isdigit((unsigned char)*p->at) || strchr(".eE+-", *p->at) != NULL)) {
        if (!isdigit((unsigned char)*p->at))
            p->kind = T_FLOAT;
        p->at++;
    }
    return true;
}

/* Reads the next token. */
static bool next(struct parser *p)
{
    if (p->failed)
        return false;
    skip(p);
    p->where = (struct place){ p->line, (int)(p->at - p->line_start) + 1 };
    p->from = p->at;
    p->kind = T_END;
    p->len = 0;
    if (p->at >= p->end)
        return true;
    if (isalpha((unsigned char)*p->at) || *p->at == '_') {
        while (p->at < p->end && (isalnum((unsigned char)*p->at) || *p->at == '_'))
            p->at++;
        p->kind = T_NAME;
    } else if (isdigit((unsigned char)*p->at) || *p->at == '-') {
        if (!number(p))
            return false;
    } else if (*p->at == '"') {
        if (!string(p))
            return false;
    } else if (p->end - p->at >= 3 && memcmp(p->at, "...", 3) == 0) {
        p->kind = T_PUNCT;
        p->at += 3;
    } else if (strchr("{}()[]!:=@$|&", *p->at) != NULL && *p->at != '\0') {
        p->kind = T_PUNCT;
        p->at++;
    } else {
        return fail(p, "syntax error, unexpected invalid token (\"%c\")", *p->at);
    }
    p->len = (size_t)(p->at - p->from);
    return true;
}

static bool is(const struct parser *p, const char *text)
{
    return p->kind != T_STRING && p->kind != T_END && p->len == strlen(text) && memcmp(p->from, text, p->len) == 0;
}

static bool unexpected(struct parser *p)
{
    if (p->kind == T_END)
        return fail(p, "syntax error, unexpected end of file");
    return fail(p, "syntax error, unexpected \"%.*s\"", (int)(p->len > 60 ? 60 : p->len), p->from);
}

static bool expect(struct parser *p, const char *text)
{
    return is(p, text) ? next(p) : unexpected(p);
}

static bool take_name(struct parser *p, char **name)
{
    if (p->kind != T_NAME)
        return unexpected(p);
    *name = strndup(p->from, p->len);
    return *name != NULL && next(p);
}

static void *grow(void *list, size_t count, size_t size)
{
    list = realloc(list, (count + 1) * size);
    if (list == NULL)
        abort();
    memset((char *)list + count * size, 0, size);
    return list;
}

static bool deeper(struct parser *p)
{
    if (++p->nodes > PARSE_NODES_MAX)
        return fail(p, "the document is too large");
    return ++p->depth <= PARSE_DEPTH_MAX || fail(p, "the document is nested too deeply");
}

static json_t *value(struct parser *p);

static json_t *value_list(struct parser *p)
{
    json_t *list = json_array();

    next(p);
    while (!p->failed && !is(p, "]"))
        json_array_append_new(list, value(p));
    next(p);
    return list;
}

static json_t *value_object(struct parser *p)
{
    json_t *object = json_object();

    next(p);
    while (!p->failed && !is(p, "}")) {
        AUTO_FREE char *name = NULL;

        if (take_name(p, &name) && expect(p, ":"))
            json_object_set_new(object, name, value(p));
    }
    next(p);
    return object;
}

static json_t *value_scalar(struct parser *p)
{
    AUTO_FREE char *text = strndup(p->from, p->len);
    json_t *v = NULL;

    if (p->kind == T_STRING)
        v = json_string(p->text.data);
    else if (p->kind == T_INT)
        v = json_integer(strtoll(text, NULL, 10));
    else if (p->kind == T_FLOAT)
        v = json_real(strtod(text, NULL));
    else if (is(p, "true") || is(p, "false"))
        v = json_boolean(is(p, "true"));
    else if (is(p, "null"))
        v = json_null();
    else if (p->kind == T_NAME)
        v = json_pack("{s:s}", "$enum", text);
    else
        unexpected(p);
    next(p);
    return v;
}

static json_t *value(struct parser *p)
{
    json_t *v = NULL;

    if (!deeper(p))
        return NULL;
    if (is(p, "$")) {
        AUTO_FREE char *name = NULL;

        if (next(p) && take_name(p, &name))
            v = json_pack("{s:s}", "$var", name);
    } else if (is(p, "[")) {
        v = value_list(p);
    } else if (is(p, "{")) {
        v = value_object(p);
    } else {
        v = value_scalar(p);
    }
    p->depth--;
    return v;
}

static bool arguments(struct parser *p, struct arguments *args)
{
    if (!is(p, "("))
        return !p->failed;
    next(p);
    if (is(p, ")"))
        return unexpected(p);
    while (!p->failed && !is(p, ")")) {
        struct argument *a;

        args->list = grow(args->list, args->count, sizeof *args->list);
        a = &args->list[args->count++];
        a->at = p->where;
        if (!take_name(p, &a->name) || !expect(p, ":"))
            return false;
        a->value = value(p);
    }
    return next(p);
}

static bool directives(struct parser *p, struct directive **list, size_t *count)
{
    while (is(p, "@")) {
        struct directive *d;

        *list = grow(*list, *count, sizeof **list);
        d = &(*list)[(*count)++];
        d->at = p->where;
        if (!next(p) || !take_name(p, &d->name) || !arguments(p, &d->args))
            return false;
    }
    return !p->failed;
}

static bool selections(struct parser *p, struct selections *to);

static bool spread(struct parser *p, struct selection *s)
{
    s->kind = SELECTION_INLINE;
    if (!next(p))
        return false;
    if (is(p, "on")) {
        if (!next(p) || !take_name(p, &s->on))
            return false;
    } else if (p->kind == T_NAME) {
        s->kind = SELECTION_SPREAD;
        return take_name(p, &s->name) && directives(p, &s->directives, &s->directive_count);
    }
    return directives(p, &s->directives, &s->directive_count) && selections(p, &s->inner);
}

static bool field(struct parser *p, struct selection *s)
{
    if (!take_name(p, &s->name))
        return false;
    s->alias = s->name;
    if (is(p, ":")) {
        s->name = NULL;
        if (!next(p) || !take_name(p, &s->name))
            return false;
    } else {
        s->alias = strdup(s->name);
    }
    if (!arguments(p, &s->args) || !directives(p, &s->directives, &s->directive_count))
        return false;
    return !is(p, "{") || selections(p, &s->inner);
}

static bool selections(struct parser *p, struct selections *to)
{
    if (!deeper(p) || !expect(p, "{"))
        return false;
    if (is(p, "}"))
        return unexpected(p);
    while (!p->failed && !is(p, "}")) {
        struct selection *s;

        if (++p->nodes > PARSE_NODES_MAX)
            return fail(p, "the document is too large");
        to->list = grow(to->list, to->count, sizeof *to->list);
        s = &to->list[to->count++];
        s->at = p->where;
        if (is(p, "...") ? !spread(p, s) : !field(p, s))
            return false;
    }
    p->depth--;
    return next(p);
}

static bool type(struct parser *p, struct str *out)
{
    if (!deeper(p))
        return false;
    if (is(p, "[")) {
        str_adds(out, "[");
        if (!next(p) || !type(p, out) || !expect(p, "]"))
            return false;
        str_adds(out, "]");
    } else {
        AUTO_FREE char *name = NULL;

        if (!take_name(p, &name))
            return false;
        str_adds(out, name);
    }
    p->depth--;
    if (is(p, "!")) {
        str_adds(out, "!");
        return next(p);
    }
    return !p->failed;
}

static bool variables(struct parser *p, struct operation *o)
{
    if (!is(p, "("))
        return !p->failed;
    next(p);
    while (!p->failed && !is(p, ")")) {
        struct variable *v;
        AUTO_STR text = { 0 };

        str_init(&text, 256);
        o->variables = grow(o->variables, o->variable_count, sizeof *o->variables);
        v = &o->variables[o->variable_count++];
        v->at = p->where;
        if (!expect(p, "$") || !take_name(p, &v->name) || !expect(p, ":") || !type(p, &text))
            return false;
        v->type = str_take(&text);
        if (is(p, "=")) {
            next(p);
            v->value = value(p);
        }
    }
    return next(p);
}

static bool operation(struct parser *p, struct document *d)
{
    struct operation *o;

    d->operations = grow(d->operations, d->operation_count, sizeof *d->operations);
    o = &d->operations[d->operation_count++];
    o->at = p->where;
    if (is(p, "{"))
        return selections(p, &o->inner);
    o->mutation = is(p, "mutation");
    if (!o->mutation && !is(p, "query"))
        return unexpected(p);
    if (!next(p) || (p->kind == T_NAME && !take_name(p, &o->name)))
        return false;
    return variables(p, o) && selections(p, &o->inner);
}

static bool definition(struct parser *p, struct document *d)
{
    struct fragment *f;

    if (!is(p, "fragment"))
        return operation(p, d);
    d->fragments = grow(d->fragments, d->fragment_count, sizeof *d->fragments);
    f = &d->fragments[d->fragment_count++];
    f->at = p->where;
    if (!next(p) || is(p, "on"))
        return unexpected(p);
    return take_name(p, &f->name) && expect(p, "on") && take_name(p, &f->on) &&
           selections(p, &f->inner);
}

struct document *document_parse(const char *text, size_t len, struct syntax_error *error)
{
    struct parser p = { .at = text, .end = text + len, .line_start = text, .line = 1, .error = error };
    AUTO(document) d = calloc(1, sizeof *d);

    if (d == NULL)
        return NULL;
    *error = (struct syntax_error){ .at = { 1, 1 } };
    if (len > PARSE_TEXT_MAX) {
        str_copy(error->text, sizeof error->text, "the document is too large");
        return NULL;
    }
    str_init(&p.text, PARSE_TEXT_MAX);
    next(&p);
    if (p.kind == T_END && !p.failed)
        unexpected(&p);
    while (!p.failed && p.kind != T_END)
        definition(&p, d);
    str_clear(&p.text);
    return p.failed ? NULL : TAKE(d);
}

const struct fragment *document_fragment(const struct document *d, const char *name)
{
    for (size_t i = 0; i < d->fragment_count; i++)
        if (strcmp(d->fragments[i].name, name) == 0)
            return &d->fragments[i];
    return NULL;
}

static void arguments_clear(struct arguments *args)
{
    for (size_t i = 0; i < args->count; i++) {
        free(args->list[i].name);
        json_decref(args->list[i].value);
    }
    free(args->list);
}

static void selections_clear(struct selections *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct selection *x = &s->list[i];

        free(x->alias);
        free(x->name);
        free(x->on);
        arguments_clear(&x->args);
        for (size_t k = 0; k < x->directive_count; k++) {
            free(x->directives[k].name);
            arguments_clear(&x->directives[k].args);
        }
        free(x->directives);
        selections_clear(&x->inner);
    }
    free(s->list);
}

void document_free(struct document *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < d->operation_count; i++) {
        struct operation *o = &d->operations[i];

        for (size_t k = 0; k < o->variable_count; k++) {
            free(o->variables[k].name);
            free(o->variables[k].type);
            json_decref(o->variables[k].value);
        }
        free(o->variables);
        free(o->name);
        selections_clear(&o->inner);
    }
    for (size_t i = 0; i < d->fragment_count; i++) {
        free(d->fragments[i].name);
        free(d->fragments[i].on);
        selections_clear(&d->fragments[i].inner);
    }
    free(d->operations);
    free(d->fragments);
    free(d);
}
