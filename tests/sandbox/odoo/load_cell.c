#include "tests/sandbox/odoo/load_cell.h"

#include <string.h>
#include <strings.h>

#include "tests/sandbox/odoo/convert.h"
#include "tests/sandbox/odoo/search.h"
#include "tests/sandbox/odoo/xmlid.h"
#include "tests/sandbox/odoo/zone.h"

void cell_error_clear(struct cell_error *e)
{
    free(e->text);
    json_decref(e->moreinfo);
    *e = (struct cell_error){ 0 };
}

bool cell_empty(const json_t *cell)
{
    return cell == NULL || json_is_null(cell) || json_is_false(cell) ||
           (json_is_string(cell) && json_string_length(cell) == 0) ||
           (json_is_integer(cell) && json_integer_value(cell) == 0) ||
           (json_is_real(cell) && !(json_real_value(cell) > 0) && !(json_real_value(cell) < 0));
}

/* NULL, so that one can write: return wrong(...). */
static json_t *wrong(struct cell_error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static json_t *wrong(struct cell_error *e, const char *fmt, ...)
{
    va_list list;

    va_start(list, fmt);
    if (vasprintf(&e->text, fmt, list) < 0)
        e->text = NULL;
    va_end(list);
    return NULL;
}

/* The cell as text, numbers included. */
static char *spelled(const json_t *cell)
{
    AUTO_STR text = { 0 };

    str_init(&text, 1 << 20);
    if (json_is_string(cell))
        str_adds(&text, json_string_value(cell));
    else
        py_repr(&text, cell, false);
    return str_take(&text);
}

static const char *python_type(const json_t *cell)
{
    if (json_is_boolean(cell))
        return "bool";
    return json_is_integer(cell) ? "int" : json_is_real(cell) ? "float" : "list";
}

static json_t *boolean(struct call *c, const struct field *f, const json_t *cell, struct cell_error *e)
{
    static const char *const yes[] = { "1", "true", "yes", "y", "t" };
    static const char *const no[] = { "0", "false", "no", "n", "f" };
    const char *text = json_string_value(cell);

    if (text == NULL) {
        fault(c, FAULT_ATTRIBUTE, "'%s' object has no attribute 'lower'", python_type(cell));
        return NULL;
    }
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcasecmp(text, yes[i]) == 0)
            return json_true();
        if (strcasecmp(text, no[i]) == 0)
            return json_false();
    }
    e->warning = true;
    wrong(e, "Unknown value '%s' for boolean field '%s'", text, f->label);
    return json_true();
}

static json_t *number(const struct field *f, const json_t *cell, struct cell_error *e)
{
    AUTO_FREE char *text = spelled(cell);
    char *end;
    double value;

    if (json_is_number(cell))
        return json_incref((json_t *)(uintptr_t)cell);
    value = strtod(text, &end);
    if (end == text || *end != '\0' || (f->type == FIELD_INTEGER && strpbrk(text, ".eE") != NULL))
        return wrong(e, "'%s' does not seem to be %s for field '%s'", text,
                     f->type == FIELD_INTEGER ? "an integer" : "a number", f->label);
    return f->type == FIELD_INTEGER ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *moment(struct call *c, const struct field *f, const json_t *cell, struct cell_error *e)
{
    AUTO_FREE char *text = spelled(cell);
    bool date = f->type == FIELD_DATE;
    const char *zone = json_string_value(json_object_get(c->context, "tz"));
    char fixed[64];

    if (!datetime_check(c, text, date, fixed, sizeof fixed)) {
        fault_clear(c);
        e->moreinfo = json_sprintf("Use the format '%s'", date ? "2012-12-31" : "2012-12-31 23:59:59");
        return wrong(e, "'%s' does not seem to be a valid %s for field '%s'", text,
                     date ? "date" : "datetime", f->label);
    }
    if (!date && zone != NULL)
        zone_to_utc(zone, fixed, sizeof fixed);
    return json_string(fixed);
}

static json_t *choice(const struct field *f, const json_t *cell, struct cell_error *e)
{
    AUTO_FREE char *text = spelled(cell);
    bool lang = strcmp(f->name, "lang") == 0;
    char label[128];

    if (f->selection_count == 0 && !lang)
        return json_string(text);
    e->moreinfo = json_array();
    for (size_t i = 0; i < f->selection_count; i++) {
        const char *shown = selection_label(f, f->selection[i], label, sizeof label);

        if (lang && strcmp(f->selection[i], "en_US") != 0)
            continue;
        if (strcmp(text, f->selection[i]) == 0 || strcmp(text, shown) == 0) {
            json_decref(e->moreinfo);
            e->moreinfo = NULL;
            return json_string(f->selection[i]);
        }
        json_array_append_new(e->moreinfo, json_string(shown));
    }
    return wrong(e, "Value '%s' not found in selection field '%s'", text, f->label);
}

static json_t *possible(const struct field *f, bool by_name)
{
    json_t *info = json_pack("{s:s,s:s,s:s,s:s,s:[[b,s],[b,s]],s:{s:b},s:s,s:s}", "name",
                             "Possible Values", "type", "ir.actions.act_window", "target", "new",
                             "view_mode", "list,form", "views", 0, "list", 0, "form", "context",
                             "create", 0, "help", "See all possible values", "res_model",
                             by_name ? f->relation : "ir.model.data");

    if (!by_name)
        json_object_set_new(info, "domain", json_pack("[[s,s,s]]", "model", "=", f->relation));
    return info;
}

static int by_name(struct call *c, const struct field *f, const char *name)
{
    json_auto_t *domain = json_pack("[[s,s,s]]", f->comodel->rec_name, "=", name);
    struct ids found = { 0 };
    int id = 0;

    if (field_find(f->comodel, f->comodel->rec_name) != NULL &&
        search_ids(c, f->comodel, domain, "id", 0, 2, &found) && found.count > 0)
        id = found.id[0];
    ids_clear(&found);
    return id;
}

/* The record one text names; 0 with a message or a fault. */
static int linked(struct call *c, const struct field *f, const char *sub, const char *text,
                  struct cell_error *e)
{
    char *end;
    long id;

    if (f->comodel == NULL)
        return 0;
    if (sub == NULL) {
        id = by_name(c, f, text);
        if (id == 0) {
            e->moreinfo = possible(f, true);
            wrong(e, "No matching record found for name '%s' in field '%s'", text, f->label);
        }
    } else if (strcmp(sub, ".id") == 0) {
        id = strtol(text, &end, 10);
        if (*end != '\0') {
            wrong(e, "Invalid database id '%s' for the field '%s'", text, f->label);
            return 0;
        }
        if (id < 0 || id > INT32_MAX || record_get(f->comodel, (int)id) == NULL) {
            e->moreinfo = possible(f, false);
            wrong(e, "No matching record found for database id '%s' in field '%s'", text, f->label);
            return 0;
        }
    } else {
        const struct xmlid *x = xmlid_find(c->odoo, text);

        id = x != NULL && x->model == f->comodel ? x->record : 0;
        if (id == 0) {
            e->moreinfo = possible(f, false);
            wrong(e, "No matching record found for external id '%s' in field '%s'", text, f->label);
        }
    }
    return (int)id;
}

static json_t *many2one(struct call *c, const struct field *f, const char *sub, const json_t *cell,
                        struct cell_error *e)
{
    AUTO_FREE char *text = spelled(cell);
    int id;

    if (sub == NULL && !json_is_string(cell)) {
        fault(c, FAULT_TYPE, "object of type '%s' has no len()", python_type(cell));
        return NULL;
    }
    if (sub != NULL && json_is_boolean(cell)) {
        fault(c, FAULT_ATTRIBUTE, "'bool' object has no attribute 'split'");
        return NULL;
    }
    id = linked(c, f, sub, text, e);
    return id == 0 ? NULL : json_integer(id);
}

static json_t *many2many(struct call *c, const struct field *f, const char *sub, const json_t *cell,
                         struct cell_error *e)
{
    AUTO_FREE char *text = spelled(cell);
    json_auto_t *list = json_array();
    char *save = NULL;

    if (!json_is_string(cell) && !json_is_integer(cell)) {
        fault(c, FAULT_ATTRIBUTE, "'%s' object has no attribute 'split'", python_type(cell));
        return NULL;
    }
    for (char *part = strtok_r(text, ",", &save); part != NULL; part = strtok_r(NULL, ",", &save)) {
        int id = linked(c, f, sub, part, e);

        if (id == 0)
            return NULL;
        json_array_append_new(list, json_integer(id));
    }
    return json_pack("[[i,i,O]]", 6, 0, list);
}

json_t *cell_convert(struct call *c, const struct model *m, const struct field *f, const char *sub,
                     const json_t *cell, struct cell_error *e)
{
    AUTO_FREE char *text = NULL;

    (void)m;
    switch (f->type) {
    case FIELD_BOOLEAN: return boolean(c, f, cell, e);
    case FIELD_INTEGER:
    case FIELD_FLOAT:
    case FIELD_MONETARY: return number(f, cell, e);
    case FIELD_DATE:
    case FIELD_DATETIME: return moment(c, f, cell, e);
    case FIELD_SELECTION: return choice(f, cell, e);
    case FIELD_MANY2ONE: return many2one(c, f, sub, cell, e);
    case FIELD_MANY2MANY: return many2many(c, f, sub, cell, e);
    case FIELD_ONE2MANY: {
        json_auto_t *set = many2many(c, f, sub == NULL ? ".id" : sub, cell, e);

        return json_incref(set);
    }
    case FIELD_CHAR:
    case FIELD_TEXT:
    case FIELD_HTML:
    case FIELD_BINARY:
    case FIELD_REFERENCE:
    case FIELD_JSON:
    case FIELD_PROPERTIES:
    case FIELD_PROPERTIES_DEFINITION:
    case FIELD_MANY2ONE_REFERENCE:
        text = spelled(cell);
        return json_string(text);
    case FIELD_TYPE_COUNT: break;
    }
    return NULL;
}
