#include "tests/sandbox/graphql/schema.h"

#include <string.h>

#include "base/str.h"
#include "tests/sandbox/data.h"

#define NAME_MAX_LEN 128

struct schema {
    struct schema_type *types;
    size_t count;
    struct schema_type **hashed;
    size_t room;
};

bool type_required(const char *type)
{
    return str_ends(type, "!");
}

bool type_is_list(const char *type)
{
    return type[0] == '[';
}

void type_name(const char *type, char *name, size_t size)
{
    size_t skip = strspn(type, "["), len = strcspn(type + skip, "]!");

    str_copy(name, len + 1 < size ? len + 1 : size, type + skip);
}

void type_item(const char *type, char *item, size_t size)
{
    const char *end = strrchr(type, ']');
    size_t len = end == NULL ? 0 : (size_t)(end - type - 1);

    str_copy(item, len + 1 < size ? len + 1 : size, type + 1);
}

static size_t hash(const char *name)
{
    size_t h = 5381;

    for (; *name != '\0'; name++)
        h = h * 33 + (unsigned char)*name;
    return h;
}

const struct schema_type *schema_type(const struct schema *s, const char *name)
{
    for (size_t i = hash(name);; i++) {
        const struct schema_type *t = s->hashed[i & (s->room - 1)];

        if (t == NULL || strcmp(t->name, name) == 0)
            return t;
    }
}

const struct schema_field *schema_field(const struct schema_type *t, const char *name)
{
    for (size_t i = 0; i < t->field_count; i++)
        if (strcmp(t->fields[i].name, name) == 0)
            return &t->fields[i];
    return NULL;
}

const struct schema_arg *schema_arg(const struct schema_field *f, const char *name)
{
    for (size_t i = 0; i < f->arg_count; i++)
        if (strcmp(f->args[i].name, name) == 0)
            return &f->args[i];
    return NULL;
}

bool schema_possible(const struct schema_type *abstract, const char *name)
{
    if (strcmp(abstract->name, name) == 0)
        return true;
    for (size_t i = 0; abstract->kind != TYPE_ENUM && i < abstract->member_count; i++)
        if (strcmp(abstract->members[i], name) == 0)
            return true;
    return false;
}

bool schema_composite(const struct schema_type *t)
{
    return t->kind == TYPE_OBJECT || t->kind == TYPE_INTERFACE || t->kind == TYPE_UNION;
}

static void *grow(void *list, size_t count, size_t size)
{
    list = realloc(list, (count + 1) * size);
    if (list == NULL)
        abort();
    memset((char *)list + count * size, 0, size);
    return list;
}

static const char *copy(const char *text)
{
    char *mine = strdup(text);

    if (mine == NULL)
        abort();
    return mine;
}

/* "object Order read_orders|read_all" */
static void type_parse(struct schema *s, char *line)
{
    static const struct {
        const char *word;
        enum type_kind kind;
    } kinds[] = { { "object", TYPE_OBJECT }, { "interface", TYPE_INTERFACE }, { "union", TYPE_UNION },
                  { "input", TYPE_INPUT },   { "oneof", TYPE_INPUT },         { "scalar", TYPE_SCALAR },
                  { "enum", TYPE_ENUM } };
    char *save = NULL, *kind = strtok_r(line, " ", &save), *name = strtok_r(NULL, " ", &save);
    char *scopes = strtok_r(NULL, " ", &save);
    struct schema_type *t;

    s->types = grow(s->types, s->count, sizeof *s->types);
    t = &s->types[s->count++];
    t->name = copy(name == NULL ? "?" : name);
    t->scopes = scopes == NULL ? NULL : copy(scopes);
    for (size_t i = 0; kind != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].word, kind) == 0)
            t->kind = kinds[i].kind;
    t->one_of = kind != NULL && strcmp(kind, "oneof") == 0;
}

static void members_parse(struct schema_type *t, char *line)
{
    char *save = NULL;

    for (char *word = strtok_r(line, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        t->members = grow(t->members, t->member_count, sizeof *t->members);
        t->members[t->member_count++] = copy(word);
    }
}

/* ".name Type! @scopes arg:Type=default ..." or, of an input, "=default" */
static void field_parse(struct schema_type *t, char *line)
{
    char *save = NULL, *name = strtok_r(line, " ", &save), *type = strtok_r(NULL, " ", &save), *word;
    struct schema_field *f;

    t->fields = grow(t->fields, t->field_count, sizeof *t->fields);
    f = &t->fields[t->field_count++];
    f->name = copy(name == NULL ? "?" : name);
    f->type = copy(type == NULL ? "?" : type);
    while ((word = strtok_r(NULL, " ", &save)) != NULL) {
        char *colon, *equals;

        if (*word == '@') {
            f->scopes = copy(word + 1);
            continue;
        }
        if (*word == '=') {
            f->value = copy(word + 1);
            continue;
        }
        colon = strchr(word, ':');
        equals = strchr(word, '=');
        if (colon == NULL)
            continue;
        *colon = '\0';
        if (equals != NULL)
            *equals = '\0';
        f->args = grow(f->args, f->arg_count, sizeof *f->args);
        f->args[f->arg_count++] = (struct schema_arg){ copy(word), copy(colon + 1),
                                                       equals == NULL ? NULL : copy(equals + 1) };
    }
}

static bool link_types(struct schema *s, struct err *err)
{
    for (s->room = 256; s->room < s->count * 2; s->room *= 2)
        ;
    s->hashed = calloc(s->room, sizeof(struct schema_type *));
    if (s->hashed == NULL)
        return err_set(err, ERR_BUSY, "no memory for the schema");
    for (size_t i = 0; i < s->count; i++) {
        size_t h = hash(s->types[i].name);

        while (s->hashed[h & (s->room - 1)] != NULL)
            h++;
        s->hashed[h & (s->room - 1)] = &s->types[i];
    }
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->types[i].field_count; k++) {
            struct schema_field *f = &s->types[i].fields[k];
            char name[NAME_MAX_LEN];

            type_name(f->type, name, sizeof name);
            f->base = schema_type(s, name);
            if (f->base == NULL)
                return err_set(err, ERR_BUG, "the schema lacks type %s of %s.%s", name, s->types[i].name, f->name);
        }
    return true;
}

struct schema *schema_load(const char *text, struct err *err)
{
    AUTO(schema) s = calloc(1, sizeof *s);
    AUTO_FREE char *line = malloc(16384);

    if (s == NULL || line == NULL) {
        err_set(err, ERR_BUSY, "no memory for the schema");
        return NULL;
    }
    while (data_line(&text, line, 16384)) {
        if (*line == '.' && s->count > 0)
            field_parse(&s->types[s->count - 1], line + 1);
        else if (*line == '=' && s->count > 0)
            members_parse(&s->types[s->count - 1], line + 1);
        else
            type_parse(s, line);
    }
    return link_types(s, err) ? TAKE(s) : NULL;
}

static void drop(const char *text)
{
    free((char *)(uintptr_t)text);
}

void schema_free(struct schema *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->count; i++) {
        struct schema_type *t = &s->types[i];

        for (size_t k = 0; k < t->field_count; k++) {
            for (size_t a = 0; a < t->fields[k].arg_count; a++) {
                drop(t->fields[k].args[a].name);
                drop(t->fields[k].args[a].type);
                drop(t->fields[k].args[a].value);
            }
            free(t->fields[k].args);
            drop(t->fields[k].name);
            drop(t->fields[k].type);
            drop(t->fields[k].scopes);
            drop(t->fields[k].value);
        }
        for (size_t k = 0; k < t->member_count; k++)
            drop(t->members[k]);
        free(t->fields);
        free(t->members);
        drop(t->name);
        drop(t->scopes);
    }
    free(s->types);
    free(s->hashed);
    free(s);
}
