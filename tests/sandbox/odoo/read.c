/* read.c - values, display names, read, fields_get, read_group, web_read. */
#include <string.h>

#include "base/json.h"
#include "tests/sandbox/odoo/convert.h"
#include "tests/sandbox/odoo/orm.h"
#include "tests/sandbox/odoo/search.h"

char *orm_display_name(struct call *c, const struct record *r)
{
    const struct behaviour *b = r->model->behaviour;
    AUTO_STR out = { 0 };
    struct value made = { .kind = VALUE_NONE };
    const struct value *v;
    struct field *f;
    char *name;

    str_init(&out, 65536);
    if (b != NULL && b->display != NULL) {
        b->display(c, r, &out);
        return str_take(&out);
    }
    f = field_find(r->model, r->model->rec_name);
    if (f == NULL || strcmp(f->name, "display_name") == 0) {
        str_addf(&out, "%s,%d", r->model->name, r->id);
        return str_take(&out);
    }
    v = orm_value(c, r, f, &made);
    if (v->kind == VALUE_TEXT)
        str_adds(&out, v->text);
    else if (v->kind == VALUE_INT && f->comodel != NULL && record_get(f->comodel, (int)v->number)) {
        AUTO_FREE char *other = orm_display_name(c, record_get(f->comodel, (int)v->number));

        str_adds(&out, other);
    } else
        str_addf(&out, "%s,%d", r->model->name, r->id);
    name = str_take(&out);
    value_clear(&made);
    return name;
}

/* Children by the index of the other side's link, in the other model's order. */
static void children(struct call *c, const struct record *r, const struct field *f, struct value *made)
{
    struct value key = value_int(r->id);
    const struct field *inverse = f->comodel == NULL || f->inverse == NULL ?
                                      NULL :
                                      field_find(f->comodel, f->inverse);
    const struct ids *hit = inverse == NULL ? NULL : index_find(inverse, &key);
    const json_t *test = json_object_get(c->context, "active_test");

    *made = (struct value){ .kind = VALUE_IDS };
    for (size_t i = 0; hit != NULL && i < hit->count; i++) {
        const struct record *child = record_get(f->comodel, hit->id[i]);
        const struct value *on = f->comodel->active == NULL ? NULL : record_at(child, f->comodel->active);

        if (on == NULL || (on->kind == VALUE_BOOL && on->flag) || (test != NULL && !json_is_true(test)))
            ids_add(&made->ids, hit->id[i]);
    }
    if (made->ids.count > 1)
        sort_ids(c, f->comodel, NULL, &made->ids);
}

const struct value *orm_value(struct call *c, const struct record *r, const struct field *f,
                              struct value *made)
{
    if (strcmp(f->name, "id") == 0) {
        *made = value_int(r->id);
        return made;
    }
    if (f->compute != NULL) {
        f->compute(c, r, made);
        return made;
    }
    if (f->inherited) {
        const struct record *template = at_record(r, "product_tmpl_id");
        const struct field *there = template == NULL ? NULL : field_find(template->model, f->name);

        if (there != NULL)
            return orm_value(c, template, there, made);
    }
    if (f->type == FIELD_ONE2MANY) {
        children(c, r, f, made);
        return made;
    }
    if (strcmp(f->name, "display_name") == 0) {
        AUTO_FREE char *name = orm_display_name(c, r);

        *made = value_text(name);
        return made;
    }
    return record_at(r, f);
}

static void ids_out(const struct ids *ids, struct str *out)
{
    str_adds(out, "[");
    for (size_t i = 0; i < ids->count; i++)
        str_addf(out, "%s%d", i > 0 ? ", " : "", ids->id[i]);
    str_adds(out, "]");
}

static void link_out(struct call *c, const struct field *f, const struct value *v, bool plain,
                     struct str *out)
{
    struct record *other = v->kind == VALUE_INT && f->comodel != NULL ?
                               record_get(f->comodel, (int)v->number) :
                               NULL;

    if (other == NULL) {
        str_adds(out, "false");
    } else if (plain) {
        str_addf(out, "%d", other->id);
    } else {
        AUTO_FREE char *name = orm_display_name(c, other);

        str_addf(out, "[%d, ", other->id);
        py_text(out, name);
        str_adds(out, "]");
    }
}

static void field_out(struct call *c, const struct record *r, const struct field *f, bool plain,
                      struct str *out)
{
    struct value made = { .kind = VALUE_NONE };
    const struct value *v = orm_value(c, r, f, &made);

    if (field_is_x2many(f)) {
        static const struct ids none;

        ids_out(v->kind == VALUE_IDS ? &v->ids : &none, out);
    } else if (f->type == FIELD_MANY2ONE) {
        link_out(c, f, v, plain, out);
    } else if (f->type == FIELD_BINARY && v->kind == VALUE_TEXT && orm_flag(c, "bin_size") &&
               strcmp(f->name, "tax_totals") != 0) {
        double size = (double)strlen(v->text) * 3 / 4;

        str_addf(out, size < 1024 ? "\"%.2f bytes\"" : "\"%.2f Kb\"", size < 1024 ? size : size / 1024);
    } else {
        convert_out(f, v, out);
    }
    value_clear(&made);
}

static bool fields_resolve(struct call *c, struct model *m, const json_t *names,
                           struct field ***list, size_t *count)
{
    bool all = names == NULL || json_is_null(names) || json_array_size(names) == 0;
    size_t room = all ? m->field_count : json_array_size(names);
    json_t *name;
    size_t i;

    *count = 0;
    *list = calloc(room + 1, sizeof **list);
    if (*list == NULL)
        return fault(c, "builtins.MemoryError", "out of memory");
    if (all) {
        for (i = 0; i < m->field_count; i++)
            if (strcmp(m->fields[i].name, "id") != 0)
                (*list)[(*count)++] = &m->fields[i];
        return true;
    }
    json_array_foreach(names, i, name) {
        struct field *f = json_is_string(name) ? field_find(m, json_string_value(name)) : NULL;

        if (f == NULL)
            return fault(c, FAULT_VALUE, "Invalid field '%s' on model '%s'",
                         json_is_string(name) ? json_string_value(name) : "?", m->name);
        if (strcmp(f->name, "totp_secret") == 0)
            return fault(c, FAULT_ACCESS,
                         "You do not have enough rights to access the fields \"%s\" on %s (%s). "
                         "Please contact your system administrator.\n\nOperation: read\nUser: %d\n"
                         "Fields:\n- %s (always forbidden)",
                         f->name, m->label, m->name, c->uid, f->name);
        if (strcmp(f->name, "id") != 0)
            (*list)[(*count)++] = f;
    }
    return true;
}

bool orm_read(struct call *c, struct model *m, const struct ids *ids, const json_t *fields,
              bool plain, struct str *out)
{
    AUTO_FREE struct field **list = NULL;
    size_t count;
    bool first = true;

    if (!fields_resolve(c, m, fields, &list, &count))
        return false;
    str_adds(out, "[");
    for (size_t i = 0; i < ids->count; i++) {
        const struct record *r = record_get(m, ids->id[i]);

        if (r == NULL)
            continue;
        str_addf(out, "%s{\"id\": %d", first ? "" : ", ", r->id);
        first = false;
        for (size_t k = 0; k < count; k++) {
            str_addf(out, ", \"%s\": ", list[k]->name);
            field_out(c, r, list[k], plain, out);
        }
        str_adds(out, "}");
    }
    str_adds(out, "]");
    return true;
}

const char *selection_label(const struct field *f, const char *key, char *label, size_t size)
{
    static const char *const known[][3] = {
        { "type", "contact", "Contact" },          { "type", "invoice", "Invoice Address" },
        { "type", "delivery", "Delivery Address" }, { "type", "other", "Other Address" },
        { "lang", "en_US", "English (US)" },       { "type", "consu", "Goods" },
        { "state", "draft", "Quotation" },         { "state", "sent", "Quotation Sent" },
        { "state", "sale", "Sales Order" },        { "state", "cancel", "Cancelled" },
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i][0], f->name) == 0 && strcmp(known[i][1], key) == 0)
            return known[i][2];
    str_copy(label, size, key);
    for (char *p = label; *p != '\0'; p++)
        if (*p == '_')
            *p = ' ';
        else if ((p == label || p[-1] == ' ') && *p >= 'a' && *p <= 'z')
            *p = (char)(*p - 32);
    return label;
}

static bool wanted(const json_t *attributes, const char *name)
{
    json_t *item;
    size_t i;

    if (attributes == NULL || json_is_null(attributes) || json_array_size(attributes) == 0)
        return true;
    json_array_foreach(attributes, i, item)
        if (json_is_string(item) && strcmp(json_string_value(item), name) == 0)
            return true;
    return false;
}

static void attribute_flag(const json_t *attributes, const char *name, bool value, bool *first,
                           struct str *out)
{
    if (!wanted(attributes, name))
        return;
    str_addf(out, "%s\"%s\": %s", *first ? "" : ", ", name, value ? "true" : "false");
    *first = false;
}

static void attribute_text(const json_t *attributes, const char *name, const char *value, bool *first,
                           struct str *out)
{
    if (!wanted(attributes, name) || value == NULL)
        return;
    str_addf(out, "%s\"%s\": ", *first ? "" : ", ", name);
    py_text(out, value);
    *first = false;
}

static void field_describe(const struct field *f, const json_t *attributes, struct str *out)
{
    bool first = true;
    char label[128];

    str_adds(out, "{");
    attribute_flag(attributes, "readonly", f->readonly, &first, out);
    attribute_text(attributes, "relation", f->relation, &first, out);
    attribute_text(attributes, "relation_field", f->inverse, &first, out);
    attribute_flag(attributes, "required", f->required, &first, out);
    if (f->selection_count > 0 && wanted(attributes, "selection")) {
        str_addf(out, "%s\"selection\": [", first ? "" : ", ");
        for (size_t i = 0; i < f->selection_count; i++) {
            str_adds(out, i > 0 ? ", [" : "[");
            py_text(out, f->selection[i]);
            str_adds(out, ", ");
            py_text(out, selection_label(f, f->selection[i], label, sizeof label));
            str_adds(out, "]");
        }
        str_adds(out, "]");
        first = false;
    }
    attribute_flag(attributes, "store", f->stored, &first, out);
    attribute_text(attributes, "string", f->label, &first, out);
    attribute_text(attributes, "type", field_type_name(f->type), &first, out);
    if (attributes != NULL && json_array_size(attributes) > 0)
        attribute_flag(attributes, "manual", false, &first, out);
    str_adds(out, "}");
}

bool orm_fields_get(struct call *c, struct model *m, const json_t *names, const json_t *attributes,
                    struct str *out)
{
    bool first = true;

    (void)c;
    str_adds(out, "{");
    for (size_t i = 0; i < m->field_count; i++) {
        if (!wanted(names, m->fields[i].name))
            continue;
        str_addf(out, "%s\"%s\": ", first ? "" : ", ", m->fields[i].name);
        first = false;
        field_describe(&m->fields[i], attributes, out);
    }
    str_adds(out, "}");
    return true;
}

bool orm_web_read(struct call *c, struct model *m, const struct ids *ids, const json_t *spec,
                  struct str *out)
{
    bool first = true;

    str_adds(out, "[");
    for (size_t i = 0; i < ids->count; i++) {
        const struct record *r = record_get(m, ids->id[i]);
        const char *key;
        json_t *inner;

        if (r == NULL)
            continue;
        str_addf(out, "%s{\"id\": %d", first ? "" : ", ", r->id);
        first = false;
        json_object_foreach((json_t *)(uintptr_t)spec, key, inner) {
            const struct field *f = field_find(m, key);
            const json_t *fields = json_object_get(inner, "fields");
            struct value made = { .kind = VALUE_NONE };
            const struct value *v;
            struct ids one = { 0 };

            if (f == NULL)
                return fault(c, FAULT_VALUE, "Invalid field '%s' on model '%s'", key, m->name);
            if (strcmp(key, "id") == 0)
                continue;
            str_addf(out, ", \"%s\": ", key);
            v = orm_value(c, r, f, &made);
            if (fields == NULL || f->comodel == NULL || v->kind == VALUE_NONE) {
                field_out(c, r, f, true, out);
            } else if (v->kind == VALUE_IDS) {
                orm_web_read(c, f->comodel, &v->ids, fields, out);
            } else {
                AUTO_STR list = { 0 };

                str_init(&list, 1 << 20);
                ids_add(&one, (int)v->number);
                orm_web_read(c, f->comodel, &one, fields, &list);
                ids_clear(&one);
                if (list.len > 2)
                    str_add(out, list.data + 1, list.len - 2);
            }
            value_clear(&made);
        }
        str_adds(out, "}");
    }
    str_adds(out, "]");
    return c->fault_name == NULL;
}

/* ---- read_group ---- */

struct group {
    struct value keys[3];
    size_t count;
    double sums[8];
};

static size_t group_of(struct group **groups, size_t *count, const struct value *keys, size_t width)
{
    for (size_t g = 0; g < *count; g++) {
        bool same = true;

        for (size_t k = 0; k < width && same; k++)
            same = value_equal(&(*groups)[g].keys[k], &keys[k]);
        if (same)
            return g;
    }
    *groups = realloc(*groups, (*count + 1) * sizeof **groups);
    if (*groups == NULL)
        abort();
    (*groups)[*count] = (struct group){ 0 };
    for (size_t k = 0; k < width; k++)
        (*groups)[*count].keys[k] = value_copy(&keys[k]);
    return (*count)++;
}

struct grouping {
    struct field *by[3], *sum[8];
    bool counts[8];
    size_t width, sums;
    bool lazy;
};

static bool grouping_read(struct call *c, const struct model *m, const json_t *fields, const json_t *by,
                          struct grouping *g)
{
    char name[128];
    json_t *item;
    size_t i;

    json_array_foreach(by, i, item) {
        str_copy(name, sizeof name, json_is_string(item) ? json_string_value(item) : "?");
        name[strcspn(name, ":")] = '\0';
        if (g->width < 3 && (g->by[g->width++] = field_find(m, name)) == NULL)
            return fault(c, FAULT_VALUE, "Invalid field '%s' on model '%s'", name, m->name);
    }
    json_array_foreach(fields, i, item) {
        const char *text = json_is_string(item) ? json_string_value(item) : "?";
        struct field *f;

        str_copy(name, sizeof name, text);
        name[strcspn(name, ":")] = '\0';
        f = field_find(m, name);
        if (f == NULL)
            return fault(c, FAULT_VALUE, "Invalid field '%s' on model '%s'", name, m->name);
        if (g->sums == 8 || (f->type != FIELD_INTEGER && f->type != FIELD_FLOAT && f->type != FIELD_MONETARY))
            continue;
        g->counts[g->sums] = strstr(text, ":count") != NULL;
        g->sum[g->sums++] = f;
    }
    return true;
}

static void group_key_out(struct call *c, const struct field *f, const struct value *v, struct str *out)
{
    if (f->type == FIELD_MANY2ONE)
        link_out(c, f, v, false, out);
    else
        convert_out(f, v, out);
}

static void groups_out(struct call *c, const struct grouping *g, const struct group *groups, size_t count,
                       const json_t *domain, struct str *out)
{
    size_t shown = g->lazy && g->width > 1 ? 1 : g->width;

    str_adds(out, "[");
    for (size_t i = 0; i < count; i++) {
        str_adds(out, i > 0 ? ", {" : "{");
        for (size_t k = 0; k < shown; k++) {
            str_addf(out, "\"%s\": ", g->by[k]->name);
            group_key_out(c, g->by[k], &groups[i].keys[k], out);
            str_adds(out, ", ");
        }
        if (g->lazy && shown > 0)
            str_addf(out, "\"%s_count\": %zu", g->by[0]->name, groups[i].count);
        else
            str_addf(out, "\"__count\": %zu", groups[i].count);
        for (size_t k = 0; k < g->sums; k++) {
            str_addf(out, ", \"%s\": ", g->sum[k]->name);
            if (g->counts[k] || g->sum[k]->type == FIELD_INTEGER)
                str_addf(out, "%lld", (long long)groups[i].sums[k]);
            else
                py_real(out, groups[i].sums[k]);
        }
        str_adds(out, ", \"__domain\": [");
        for (size_t k = 0; k + 1 < shown + json_array_size(domain); k++)
            str_adds(out, "\"&\", ");
        for (size_t k = 0; k < json_array_size(domain); k++) {
            py_json(out, json_array_get(domain, k));
            str_adds(out, k + 1 < json_array_size(domain) || shown > 0 ? ", " : "");
        }
        for (size_t k = 0; k < shown; k++) {
            str_addf(out, "%s[\"%s\", \"=\", ", k > 0 ? ", " : "", g->by[k]->name);
            if (g->by[k]->type == FIELD_MANY2ONE)
                link_out(c, g->by[k], &groups[i].keys[k], true, out);
            else
                convert_out(g->by[k], &groups[i].keys[k], out);
            str_adds(out, "]");
        }
        str_adds(out, "]}");
    }
    str_adds(out, "]");
}

bool orm_read_group(struct call *c, const struct invocation *i, struct str *out)
{
    const json_t *domain = json_object_get(i->kwargs, "domain"), *by, *fields;
    struct grouping g = { .lazy = !json_is_false(json_object_get(i->kwargs, "lazy")) };
    struct ids ids = { 0 };
    struct group *groups = NULL;
    size_t count = 0;

    fields = json_object_get(i->kwargs, "fields");
    by = json_object_get(i->kwargs, "groupby");
    if (!grouping_read(c, i->model, fields, by, &g) ||
        !search_ids(c, i->model, domain, "id", 0, 0, &ids)) {
        ids_clear(&ids);
        return false;
    }
    for (size_t n = 0; n < ids.count; n++) {
        const struct record *r = record_get(i->model, ids.id[n]);
        struct value keys[3] = { { 0 } };
        size_t at;

        for (size_t k = 0; k < g.width; k++) {
            struct value made = { .kind = VALUE_NONE };

            keys[k] = value_copy(orm_value(c, r, g.by[k], &made));
            value_clear(&made);
        }
        at = group_of(&groups, &count, keys, g.lazy && g.width > 1 ? 1 : g.width);
        groups[at].count++;
        for (size_t k = 0; k < g.sums; k++) {
            struct value made = { .kind = VALUE_NONE };
            const struct value *v = orm_value(c, r, g.sum[k], &made);

            groups[at].sums[k] += g.counts[k]             ? 1 :
                                  v->kind == VALUE_REAL ? v->real :
                                  v->kind == VALUE_INT  ? (double)v->number :
                                                          0;
            value_clear(&made);
        }
        for (size_t k = 0; k < g.width; k++)
            value_clear(&keys[k]);
    }
    groups_out(c, &g, groups, count, domain, out);
    for (size_t n = 0; n < count; n++)
        for (size_t k = 0; k < 3; k++)
            value_clear(&groups[n].keys[k]);
    free(groups);
    ids_clear(&ids);
    return true;
}
