#include "tests/sandbox/odoo/search.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "tests/sandbox/odoo/convert.h"
#include "tests/sandbox/odoo/orm.h"

#define PATH_MAX_FIELDS 6
#define DEPTH_MAX 64

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_LEAF, NODE_CONSTANT };

struct node {
    enum node_kind kind;
    int left, right; /* indexes into the domain's nodes */
    bool constant;
    struct field *path[PATH_MAX_FIELDS];
    size_t steps;
    const char *op;
    const json_t *operand;
    struct value *values; /* operand, one or many */
    size_t value_count;
    bool has_false; /* false or null is among them */
    struct domain *inner;
};

struct domain {
    struct model *model;
    struct node *nodes;
    int count, root;
    bool names_active;
};

static void domain_free(struct domain *d)
{
    if (d == NULL)
        return;
    for (int i = 0; i < d->count; i++) {
        for (size_t k = 0; k < d->nodes[i].value_count; k++)
            value_clear(&d->nodes[i].values[k]);
        free(d->nodes[i].values);
        domain_free(d->nodes[i].inner);
    }
    free(d->nodes);
    free(d);
}
AUTO_DEFINE(domain)

static const char *const operators[] = { "=",      "!=",        ">",       ">=",       "<",
                                         "<=",     "in",        "not in",  "like",     "ilike",
                                         "=like",  "=ilike",    "not like", "not ilike", "child_of",
                                         "parent_of", "any",    "not any", "=?",       "<>" };

static bool leaf_fault(struct call *c, const json_t *leaf)
{
    AUTO_STR text = { 0 };

    str_init(&text, 4096);
    py_repr(&text, leaf, true);
    return fault(c, FAULT_VALUE, "Invalid leaf %s", text.data);
}

static bool leaf_path(struct call *c, struct domain *d, struct node *n, const json_t *leaf)
{
    char name[128];
    const char *left = json_string_value(json_array_get(leaf, 0));
    struct model *m = d->model;

    while (*left != '\0') {
        size_t len = strcspn(left, ".");
        AUTO_STR text = { 0 };

        str_copy(name, len + 1 < sizeof name ? len + 1 : sizeof name, left);
        if (m == NULL || n->steps == PATH_MAX_FIELDS || (n->path[n->steps] = field_find(m, name)) == NULL) {
            str_init(&text, 4096);
            py_repr(&text, leaf, true);
            return fault(c, FAULT_VALUE, "Invalid field %s.%s in leaf %s",
                         m == NULL ? d->model->name : m->name, name, text.data);
        }
        if (n->steps == 0 && strcmp(name, "active") == 0)
            d->names_active = true;
        m = n->path[n->steps++]->comodel;
        left += len + (left[len] == '.');
    }
    return n->steps > 0 || leaf_fault(c, leaf);
}

static bool value_operand(struct call *c, struct node *n, const json_t *from, struct value *to)
{
    const struct field *f = n->path[n->steps - 1];
    char text[64];

    *to = (struct value){ .kind = VALUE_NONE };
    if (json_is_null(from) || (json_is_false(from) && f->type != FIELD_BOOLEAN)) {
        n->has_false = true;
        return true;
    }
    if (json_is_boolean(from))
        *to = value_bool(json_is_true(from));
    else if (json_is_integer(from)) {
        json_int_t number = json_integer_value(from);

        if (number > INT32_MAX || number < INT32_MIN)
            return fault(c, "psycopg2.errors.NumericValueOutOfRange",
                         "value \"%lld\" is out of range for type integer\nLINE 1: ...%s...\n"
                         "                                                             ^\n",
                         (long long)number, f->name);
        *to = value_int(number);
    } else if (json_is_real(from))
        *to = value_real(json_real_value(from));
    else if (json_is_string(from) && (f->type == FIELD_DATETIME || f->type == FIELD_DATE)) {
        datetime_loose(json_string_value(from), text, sizeof text);
        *to = value_text(text);
    } else if (json_is_string(from))
        *to = value_text(json_string_value(from));
    return true;
}

static bool leaf_values(struct call *c, struct node *n)
{
    size_t count = json_is_array(n->operand) ? json_array_size(n->operand) : 1;

    n->values = calloc(count + 1, sizeof *n->values);
    if (n->values == NULL)
        return fault(c, "builtins.MemoryError", "out of memory");
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_is_array(n->operand) ? json_array_get(n->operand, i) : n->operand;

        if (!value_operand(c, n, item, &n->values[n->value_count]))
            return false;
        n->value_count++;
    }
    return true;
}

static struct domain *domain_read(struct call *c, struct model *m, const json_t *json);

static bool leaf_read(struct call *c, struct domain *d, struct node *n, const json_t *leaf)
{
    const json_t *left = json_array_get(leaf, 0), *op = json_array_get(leaf, 1);
    bool known = false;

    n->operand = json_array_get(leaf, 2);
    if (json_array_size(leaf) != 3 || !json_is_string(op))
        return leaf_fault(c, leaf);
    n->op = json_string_value(op);
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        known = known || strcmp(operators[i], n->op) == 0;
    if (!known)
        return leaf_fault(c, leaf);
    if (json_is_integer(left)) {
        n->kind = NODE_CONSTANT;
        n->constant = json_integer_value(left) == json_integer_value(n->operand);
        return true;
    }
    if (!json_is_string(left))
        return leaf_fault(c, leaf);
    n->kind = NODE_LEAF;
    if (strcmp(n->op, "<>") == 0)
        n->op = "!=";
    if (!leaf_path(c, d, n, leaf))
        return false;
    if (strcmp(n->op, "any") == 0 || strcmp(n->op, "not any") == 0) {
        if (n->path[n->steps - 1]->comodel == NULL)
            return leaf_fault(c, leaf);
        n->inner = domain_read(c, n->path[n->steps - 1]->comodel, n->operand);
        return n->inner != NULL;
    }
    return leaf_values(c, n);
}

/* One term in prefix notation from *at on; its node, or -1. */
static int term_read(struct call *c, struct domain *d, const json_t *json, size_t *at, int depth)
{
    const json_t *item = json_array_get(json, (*at)++);
    const char *word = json_string_value(item);
    int me = d->count++;

    if (depth > DEPTH_MAX)
        return fault(c, "builtins.RecursionError", "maximum recursion depth exceeded") - 1;
    if (item == NULL)
        return fault(c, "builtins.IndexError", "pop from empty list") - 1;
    if (word == NULL) {
        if (!json_is_array(item))
            return fault(c, FAULT_TYPE, "'%s' object is not subscriptable",
                         json_is_integer(item) ? "int" : "dict") - 1;
        return leaf_read(c, d, &d->nodes[me], item) ? me : -1;
    }
    if (strcmp(word, "&") != 0 && strcmp(word, "|") != 0 && strcmp(word, "!") != 0)
        return fault(c, "builtins.IndexError", "string index out of range") - 1;
    d->nodes[me].kind = *word == '&' ? NODE_AND : *word == '|' ? NODE_OR : NODE_NOT;
    d->nodes[me].left = term_read(c, d, json, at, depth + 1);
    if (d->nodes[me].left >= 0 && d->nodes[me].kind != NODE_NOT)
        d->nodes[me].right = term_read(c, d, json, at, depth + 1);
    return d->nodes[me].left < 0 || d->nodes[me].right < 0 ? -1 : me;
}

static struct domain *domain_read(struct call *c, struct model *m, const json_t *json)
{
    AUTO(domain) d = calloc(1, sizeof *d);
    size_t at = 0, size = json_array_size(json);

    if (json != NULL && !json_is_array(json) && json_is_true(json) == false && !json_is_null(json) &&
        !json_is_false(json)) {
        fault(c, "builtins.AssertionError",
              "Domains to normalize must have a 'domain' form: a list or tuple of domain components");
        return NULL;
    }
    if (d == NULL)
        return NULL;
    d->model = m;
    d->root = -1;
    d->nodes = calloc(size * 2 + 2, sizeof *d->nodes);
    if (d->nodes == NULL)
        return NULL;
    while (at < size) {
        int term = term_read(c, d, json, &at, 0), both;

        if (term < 0)
            return NULL;
        if (d->root < 0) {
            d->root = term;
            continue;
        }
        both = d->count++;
        d->nodes[both] = (struct node){ .kind = NODE_AND, .left = d->root, .right = term };
        d->root = both;
    }
    return TAKE(d);
}

/* ---- matching ---- */

static int fold(int ch)
{
    return tolower(ch);
}

/* SQL LIKE: % any run, _ one character. */
static bool like(const char *text, const char *pattern, bool insensitive)
{
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '%') {
            while (pattern[1] == '%')
                pattern++;
            for (const char *t = text;; t++) {
                if (like(t, pattern + 1, insensitive))
                    return true;
                if (*t == '\0')
                    return false;
            }
        }
        if (*text == '\0')
            return false;
        if (*pattern == '_') {
            while ((text[1] & 0xC0) == 0x80)
                text++;
        } else {
            if (*pattern == '\\' && pattern[1] != '\0')
                pattern++;
            if (insensitive ? fold((unsigned char)*text) != fold((unsigned char)*pattern) :
                              *text != *pattern)
                return false;
        }
        text++;
    }
    return *text == '\0';
}

static bool text_like(const struct node *n, const char *text, const char *op)
{
    AUTO_STR pattern = { 0 };
    const char *wanted = n->value_count > 0 && n->values[0].kind == VALUE_TEXT ? n->values[0].text : "";
    bool insensitive = strstr(op, "ilike") != NULL;

    if (op[0] == '=')
        return like(text, wanted, insensitive);
    str_init(&pattern, 8192);
    str_addf(&pattern, "%%%s%%", wanted);
    return like(text, pattern.data, insensitive);
}

static bool is_false(const struct field *f, const struct value *v)
{
    return v->kind == VALUE_NONE || (f->type == FIELD_BOOLEAN && v->kind == VALUE_BOOL && !v->flag) ||
           (v->kind == VALUE_IDS && v->ids.count == 0);
}

static bool among(struct call *c, const struct node *n, const struct field *f, const struct value *v)
{
    static const struct value off = { .kind = VALUE_BOOL }, zero = { .kind = VALUE_INT };
    const struct value *held = v;

    if (f->type == FIELD_BOOLEAN && v->kind == VALUE_NONE)
        held = &off;
    if (v->kind == VALUE_NONE && (f->type == FIELD_INTEGER || f->type == FIELD_FLOAT || f->type == FIELD_MONETARY))
        held = &zero;
    if (n->has_false && is_false(f, v))
        return true;
    for (size_t i = 0; i < n->value_count; i++) {
        const struct value *w = &n->values[i];

        if (w->kind == VALUE_NONE)
            continue;
        if (w->kind == VALUE_TEXT && f->comodel != NULL && v->kind == VALUE_INT) {
            struct record *other = record_get(f->comodel, (int)v->number);
            AUTO_FREE char *name = other == NULL ? NULL : orm_display_name(c, other);

            if (name != NULL && strcmp(name, w->text) == 0)
                return true;
            continue;
        }
        if (v->kind == VALUE_IDS ? w->kind == VALUE_INT && ids_have(&v->ids, (int)w->number) :
                                   value_equal(held, w))
            return true;
    }
    return false;
}

static bool below(const struct field *f, int id, const struct node *n, bool down)
{
    const struct field *up = field_find(f->comodel, strcmp(f->comodel->name, "stock.location") == 0 ?
                                                        "location_id" :
                                                        "parent_id");

    for (size_t i = 0; i < n->value_count; i++) {
        int from = down ? id : (int)n->values[i].number, to = down ? (int)n->values[i].number : id;

        for (int depth = 0; from != 0 && depth < DEPTH_MAX; depth++) {
            struct record *r = record_get(f->comodel, from);

            if (from == to)
                return true;
            from = r == NULL || up == NULL || record_at(r, up)->kind != VALUE_INT ?
                       0 :
                       (int)record_at(r, up)->number;
        }
    }
    return false;
}

static bool domain_match(struct call *c, const struct domain *d, int node, struct record *r);

static bool hierarchy(const struct node *n, const struct field *f, const struct value *v, bool down)
{
    if (f->comodel == NULL)
        return false;
    if (v->kind == VALUE_INT)
        return below(f, (int)v->number, n, down);
    for (size_t i = 0; v->kind == VALUE_IDS && i < v->ids.count; i++)
        if (below(f, v->ids.id[i], n, down))
            return true;
    return false;
}

static bool any_match(struct call *c, const struct node *n, const struct value *v)
{
    const int one = v->kind == VALUE_INT ? (int)v->number : 0;
    const int *id = v->kind == VALUE_IDS ? v->ids.id : &one;
    size_t count = v->kind == VALUE_IDS ? v->ids.count : one != 0;

    for (size_t i = 0; i < count; i++) {
        struct record *r = record_get(n->inner->model, id[i]);

        if (r != NULL && (n->inner->root < 0 || domain_match(c, n->inner, n->inner->root, r)))
            return true;
    }
    return false;
}

static bool text_match(struct call *c, const struct node *n, const struct field *f,
                       const struct value *v, const char *op)
{
    if (v->kind == VALUE_TEXT)
        return text_like(n, v->text, op);
    if (v->kind == VALUE_INT && f->comodel != NULL) {
        struct record *other = record_get(f->comodel, (int)v->number);
        AUTO_FREE char *name = other == NULL ? NULL : orm_display_name(c, other);

        return name != NULL && text_like(n, name, op);
    }
    for (size_t i = 0; v->kind == VALUE_IDS && f->comodel != NULL && i < v->ids.count; i++) {
        struct record *other = record_get(f->comodel, v->ids.id[i]);
        AUTO_FREE char *name = other == NULL ? NULL : orm_display_name(c, other);

        if (name != NULL && text_like(n, name, op))
            return true;
    }
    return false;
}

static bool compare(const struct node *n, const struct value *v)
{
    static const struct value zero = { .kind = VALUE_INT };
    const struct field *f = n->path[n->steps - 1];
    int order;

    if (n->value_count == 0 || n->values[0].kind == VALUE_NONE)
        return false;
    if (v->kind == VALUE_NONE) {
        if (f->type != FIELD_INTEGER && f->type != FIELD_FLOAT && f->type != FIELD_MONETARY)
            return false;
        v = &zero;
    }
    if (v->kind == VALUE_TEXT && n->values[0].kind == VALUE_TEXT)
        order = strcmp(v->text, n->values[0].text);
    else
        order = value_order(v, &n->values[0]);
    if (n->op[0] == '>')
        return n->op[1] == '=' ? order >= 0 : order > 0;
    return n->op[1] == '=' ? order <= 0 : order < 0;
}

static bool leaf_match(struct call *c, const struct node *n, const struct value *v)
{
    const struct field *f = n->path[n->steps - 1];
    const char *op = n->op;

    if (strcmp(op, "=?") == 0)
        return n->has_false || among(c, n, f, v);
    if (strcmp(op, "=") == 0 || strcmp(op, "in") == 0)
        return among(c, n, f, v);
    if (strcmp(op, "!=") == 0 || strcmp(op, "not in") == 0)
        return !among(c, n, f, v);
    if (strcmp(op, "child_of") == 0 || strcmp(op, "parent_of") == 0)
        return hierarchy(n, f, v, op[0] == 'c');
    if (strcmp(op, "any") == 0)
        return any_match(c, n, v);
    if (strcmp(op, "not any") == 0)
        return !any_match(c, n, v);
    if (strncmp(op, "not ", 4) == 0)
        return !text_match(c, n, f, v, op + 4);
    if (strstr(op, "like") != NULL)
        return text_match(c, n, f, v, op);
    return compare(n, v);
}

static bool path_match(struct call *c, const struct node *n, size_t step, struct record *r)
{
    struct value made = { .kind = VALUE_NONE };
    const struct value *v = orm_value(c, r, n->path[step], &made);
    bool hit = false;

    if (step + 1 == n->steps) {
        hit = leaf_match(c, n, v);
    } else if (v->kind == VALUE_INT || v->kind == VALUE_IDS) {
        const int one = v->kind == VALUE_INT ? (int)v->number : 0;
        const int *id = v->kind == VALUE_IDS ? v->ids.id : &one;
        size_t count = v->kind == VALUE_IDS ? v->ids.count : 1;

        for (size_t i = 0; i < count && !hit; i++) {
            struct record *next = n->path[step]->comodel == NULL ? NULL :
                                                                   record_get(n->path[step]->comodel, id[i]);

            hit = next != NULL && path_match(c, n, step + 1, next);
        }
    }
    value_clear(&made);
    return hit;
}

static bool domain_match(struct call *c, const struct domain *d, int node, struct record *r)
{
    const struct node *n = &d->nodes[node];

    switch (n->kind) {
    case NODE_AND: return domain_match(c, d, n->left, r) && domain_match(c, d, n->right, r);
    case NODE_OR: return domain_match(c, d, n->left, r) || domain_match(c, d, n->right, r);
    case NODE_NOT: return !domain_match(c, d, n->left, r);
    case NODE_CONSTANT: return n->constant;
    case NODE_LEAF: return path_match(c, n, 0, r);
    }
    return false;
}

/* ---- candidates by index ---- */

/* Sorted ids of the records that can match, into *to. False: no index helps. */
static bool leaf_candidates(const struct node *n, struct ids *to)
{
    const struct field *last = n->path[n->steps - 1];
    struct ids here = { 0 };
    bool id = strcmp(last->name, "id") == 0;

    if ((strcmp(n->op, "=") != 0 && strcmp(n->op, "in") != 0) || n->has_false)
        return false;
    for (size_t s = 0; s < n->steps; s++)
        if (n->path[s]->index == NULL && !(id && s + 1 == n->steps))
            return false;
    for (size_t i = 0; i < n->value_count; i++) {
        const struct ids *hit = id ? NULL : index_find(last, &n->values[i]);

        if (n->values[i].kind == VALUE_TEXT && last->comodel != NULL) {
            ids_clear(&here);
            return false;
        }
        if (id && n->values[i].kind == VALUE_INT)
            ids_insert(&here, (int)n->values[i].number);
        for (size_t k = 0; hit != NULL && k < hit->count; k++)
            ids_insert(&here, hit->id[k]);
    }
    for (size_t s = n->steps - 1; s-- > 0;) {
        struct ids before = { 0 };

        for (size_t i = 0; i < here.count; i++) {
            struct value key = value_int(here.id[i]);
            const struct ids *hit = index_find(n->path[s], &key);

            for (size_t k = 0; hit != NULL && k < hit->count; k++)
                ids_insert(&before, hit->id[k]);
        }
        ids_clear(&here);
        here = before;
    }
    *to = here;
    return true;
}

static bool candidates(const struct domain *d, int node, struct ids *to)
{
    const struct node *n = &d->nodes[node];
    struct ids left = { 0 }, right = { 0 };
    bool has_left, has_right;

    if (n->kind == NODE_LEAF)
        return leaf_candidates(n, to);
    if (n->kind != NODE_AND && n->kind != NODE_OR)
        return false;
    has_left = candidates(d, n->left, &left);
    has_right = candidates(d, n->right, &right);
    if (n->kind == NODE_OR && has_left && has_right) {
        for (size_t i = 0; i < right.count; i++)
            ids_insert(&left, right.id[i]);
        ids_clear(&right);
        *to = left;
        return true;
    }
    if (n->kind == NODE_OR || (!has_left && !has_right)) {
        ids_clear(&left);
        ids_clear(&right);
        return false;
    }
    if (!has_left || (has_right && right.count < left.count)) {
        ids_clear(&left);
        *to = right;
    } else {
        ids_clear(&right);
        *to = left;
    }
    return true;
}

/* ---- order ---- */

struct sort_key {
    struct field *field;
    bool down;
};

struct sorted {
    int id;
    struct value values[4];
};

static _Thread_local const struct sort_key *sort_by; /* qsort has no context of its own */
static _Thread_local size_t sort_count;

static int sorted_order(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;

    for (size_t i = 0; i < sort_count; i++) {
        int order = value_order(&x->values[i], &y->values[i]);

        if (order != 0)
            return sort_by[i].down ? -order : order;
    }
    return (x->id > y->id) - (x->id < y->id);
}

static bool keys_read(struct call *c, struct model *m, const char *order, struct sort_key *keys,
                      size_t *count)
{
    AUTO_FREE char *text = strdup(order);
    char *save = NULL;

    for (char *part = strtok_r(text, ",", &save); part != NULL; part = strtok_r(NULL, ",", &save)) {
        char *inner = NULL, *name = strtok_r(part, " ", &inner), *way = strtok_r(NULL, " ", &inner);

        if (name == NULL || (way != NULL && strcasecmp(way, "asc") != 0 && strcasecmp(way, "desc") != 0))
            return fault(c, FAULT_USER,
                         "Invalid \"order\" specified (%s). A valid \"order\" specification is a "
                         "comma-separated list of valid field names (optionally followed by asc/desc "
                         "for the direction)",
                         order);
        if (*count == 4)
            continue;
        keys[*count].field = field_find(m, name);
        keys[*count].down = way != NULL && strcasecmp(way, "desc") == 0;
        if (keys[*count].field == NULL)
            return fault(c, FAULT_VALUE, "Invalid field '%s' on model '%s'", name, m->name);
        (*count)++;
    }
    return true;
}

static struct value sort_value(struct call *c, struct record *r, struct field *f)
{
    struct value made = { .kind = VALUE_NONE };
    const struct value *v = orm_value(c, r, f, &made);
    struct value copy = { .kind = VALUE_NONE };

    if (f->type == FIELD_MANY2ONE && v->kind == VALUE_INT && f->comodel != NULL) {
        struct record *other = record_get(f->comodel, (int)v->number);
        AUTO_FREE char *name = other == NULL ? NULL : orm_display_name(c, other);

        copy = value_text(name);
    } else if (v->kind != VALUE_IDS) {
        copy = value_copy(v);
    }
    value_clear(&made);
    return copy;
}

bool sort_ids(struct call *c, struct model *m, const char *order, struct ids *ids)
{
    struct sort_key keys[4];
    size_t count = 0;
    struct sorted *list;

    if (!keys_read(c, m, order == NULL || *order == '\0' ? m->order : order, keys, &count))
        return false;
    if (ids->count < 2)
        return true;
    if (count > 0 && strcmp(keys[0].field->name, "id") == 0) {
        for (size_t i = 0; keys[0].down && i < ids->count / 2; i++) {
            int low = ids->id[i];

            ids->id[i] = ids->id[ids->count - 1 - i];
            ids->id[ids->count - 1 - i] = low;
        }
        return true;
    }
    list = calloc(ids->count, sizeof *list);
    if (list == NULL)
        return fault(c, "builtins.MemoryError", "out of memory");
    for (size_t i = 0; i < ids->count; i++) {
        list[i].id = ids->id[i];
        for (size_t k = 0; k < count; k++)
            list[i].values[k] = sort_value(c, record_get(m, ids->id[i]), keys[k].field);
    }
    sort_by = keys;
    sort_count = count;
    qsort(list, ids->count, sizeof *list, sorted_order);
    for (size_t i = 0; i < ids->count; i++) {
        ids->id[i] = list[i].id;
        for (size_t k = 0; k < count; k++)
            value_clear(&list[i].values[k]);
    }
    free(list);
    return true;
}

bool search_hides(const struct call *c, const struct record *r)
{
    const json_t *test = json_object_get(c->context, "active_test");
    const struct value *v;

    if (r->model->active == NULL || (test != NULL && !json_is_true(test)))
        return false;
    v = r->model->active->inherited ? at(r, "active") : record_at(r, r->model->active);
    return !(v->kind == VALUE_BOOL && v->flag);
}

bool search_ids(struct call *c, struct model *m, const json_t *domain, const char *order,
                size_t offset, size_t limit, struct ids *found)
{
    AUTO(domain) d = domain_read(c, m, domain);
    struct ids some = { 0 };
    bool indexed;
    size_t kept = 0;

    if (d == NULL)
        return false;
    indexed = d->root >= 0 && candidates(d, d->root, &some);
    for (int i = indexed ? 0 : 1; indexed ? (size_t)i < some.count : i <= m->last_id; i++) {
        struct record *r = record_get(m, indexed ? some.id[i] : i);

        if (r != NULL && (d->names_active || !search_hides(c, r)) && (d->root < 0 || domain_match(c, d, d->root, r)))
            ids_add(found, r->id);
        if (c->fault_name != NULL)
            break;
    }
    ids_clear(&some);
    if (c->fault_name != NULL || !sort_ids(c, m, order, found))
        return false;
    for (size_t i = offset; i < found->count && (limit == 0 || kept < limit); i++)
        found->id[kept++] = found->id[i];
    found->count = kept;
    return true;
}
