#include "tests/sandbox/odoo/load.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "tests/sandbox/odoo/convert.h"
#include "tests/sandbox/odoo/load_cell.h"
#include "tests/sandbox/odoo/search.h"
#include "tests/sandbox/odoo/xmlid.h"

#define LOAD_COLUMNS_MAX 128

struct column {
    char *parts[3]; /* "order_line", "tax_id", ".id" */
    size_t count;
};

struct loading {
    struct call *call;
    struct model *model;
    struct column columns[LOAD_COLUMNS_MAX];
    size_t column_count;
    const json_t *rows;
    json_t *messages;
    bool failed, update, noupdate;
    size_t from, to; /* the rows of the record in hand */
};

static void columns_free(struct loading *l)
{
    for (size_t i = 0; i < l->column_count; i++)
        for (size_t k = 0; k < l->columns[i].count; k++)
            free(l->columns[i].parts[k]);
}

static bool is_id(const char *name)
{
    return strcmp(name, "id") == 0 || strcmp(name, ".id") == 0;
}

static bool column_check(struct call *c, const struct model *m, const struct column *col)
{
    for (size_t i = 0; i < col->count; i++) {
        const struct field *f;

        if (is_id(col->parts[i]))
            return i + 1 == col->count;
        f = m == NULL ? NULL : field_find(m, col->parts[i]);
        if (f == NULL)
            return fault(c, FAULT_VALUE, "Invalid field name '%s'", col->parts[i]);
        m = f->comodel;
    }
    return true;
}

static bool columns_read(struct loading *l, const json_t *fields)
{
    json_t *item;
    size_t i;

    json_array_foreach(fields, i, item) {
        struct column *col = &l->columns[l->column_count];
        AUTO_FREE char *text = json_is_string(item) ? strdup(json_string_value(item)) : NULL;
        char *save = NULL;

        if (text == NULL || l->column_count == LOAD_COLUMNS_MAX)
            return fault(l->call, FAULT_ATTRIBUTE, "'int' object has no attribute 'split'");
        l->column_count++;
        for (char *part = strtok_r(text, "/", &save); part != NULL && col->count < 3;
             part = strtok_r(NULL, "/", &save))
            col->parts[col->count++] = strdup(part);
        if (col->count == 0)
            return fault(l->call, FAULT_VALUE, "Invalid field name ''");
        if (!column_check(l->call, l->model, col))
            return false;
    }
    return true;
}

static const json_t *cell(const struct loading *l, size_t row, size_t column)
{
    const json_t *value = json_array_get(json_array_get(l->rows, row), column);

    return value;
}

static bool one2many(const struct loading *l, size_t column)
{
    const struct field *f = field_find(l->model, l->columns[column].parts[0]);

    return f != NULL && f->type == FIELD_ONE2MANY && l->columns[column].count > 1;
}

/* A row with something only in one2many columns belongs to the record above it. */
static bool continues(const struct loading *l, size_t row)
{
    bool any = false;

    for (size_t i = 0; i < l->column_count; i++) {
        if (cell_empty(cell(l, row, i)))
            continue;
        if (!one2many(l, i))
            return false;
        any = true;
    }
    return any;
}

/* Errors that a converter or a create left, as a message of the record in hand. */
static void complain(struct loading *l, struct cell_error *e, bool of_cell)
{
    json_t *m = json_pack("{s:{s:I,s:I}}", "rows", "from", (json_int_t)l->from, "to", (json_int_t)l->to);

    if (of_cell)
        json_object_set_new(m, "type", json_string(e->warning ? "warning" : "error"));
    json_object_set_new(m, "record", json_integer((json_int_t)l->from));
    if (!of_cell)
        json_object_set_new(m, "type", json_string("error"));
    if (of_cell && e->field != NULL)
        json_object_set_new(m, "field", json_string(e->field->name));
    json_object_set_new(m, "message", json_string(e->text == NULL ? "?" : e->text));
    if (of_cell && e->moreinfo != NULL)
        json_object_set(m, "moreinfo", e->moreinfo);
    if (of_cell && e->field != NULL)
        json_object_set_new(m, "field_name", json_string(e->field->label));
    if (!of_cell && e->field != NULL)
        json_object_set_new(m, "field", json_string(e->field->name));
    json_array_append_new(l->messages, m);
    l->failed = l->failed || !e->warning;
    cell_error_clear(e);
}

/* Converts one cell of a (sub-)record into vals. False: a fault of the whole call. */
static bool cell_take(struct loading *l, struct model *m, const struct column *col, size_t depth,
                      const json_t *value, json_t *vals)
{
    const struct field *f = field_find(m, col->parts[depth]);
    const char *sub = depth + 1 < col->count ? col->parts[depth + 1] : NULL;
    struct cell_error e = { .field = f };
    json_t *converted;

    if (cell_empty(value)) {
        json_object_set_new(vals, f->name, json_false());
        return true;
    }
    converted = cell_convert(l->call, m, f, sub, value, &e);
    if (l->call->fault_name != NULL) {
        cell_error_clear(&e);
        return false;
    }
    if (e.text != NULL)
        complain(l, &e, true);
    if (converted != NULL)
        json_object_set_new(vals, f->name, converted);
    return true;
}

static bool child_take(struct loading *l, const struct field *f, size_t row, json_t *commands)
{
    json_auto_t *vals = json_object();
    const json_t *id = NULL;
    bool any = false;

    for (size_t i = 0; i < l->column_count; i++) {
        const struct column *col = &l->columns[i];

        if (col->count < 2 || strcmp(col->parts[0], f->name) != 0)
            continue;
        any = any || !cell_empty(cell(l, row, i));
        if (is_id(col->parts[1]))
            id = cell_empty(cell(l, row, i)) ? id : cell(l, row, i);
        else if (!cell_take(l, f->comodel, col, 1, cell(l, row, i), vals))
            return false;
    }
    if (!any)
        return true;
    if (id != NULL && json_is_string(id)) {
        const struct xmlid *x = xmlid_find(l->call->odoo, json_string_value(id));
        int number = x == NULL ? (int)strtol(json_string_value(id), NULL, 10) : x->record;

        if (number > 0)
            json_array_append_new(commands, json_pack("[i,i,O]", 1, number, vals));
        return true;
    }
    json_array_append_new(commands, json_pack("[i,i,O]", 0, 0, vals));
    return true;
}

static bool record_take(struct loading *l, json_t *vals, const json_t **xmlid, const json_t **dbid)
{
    for (size_t i = 0; i < l->column_count; i++) {
        const struct column *col = &l->columns[i];
        const struct field *f;
        json_t *commands;

        if (strcmp(col->parts[0], "id") == 0)
            *xmlid = cell(l, l->from, i);
        else if (strcmp(col->parts[0], ".id") == 0)
            *dbid = cell(l, l->from, i);
        if (is_id(col->parts[0]))
            continue;
        f = field_find(l->model, col->parts[0]);
        if (!one2many(l, i)) {
            if (!cell_take(l, l->model, col, 0, cell(l, l->from, i), vals))
                return false;
            continue;
        }
        if (json_object_get(vals, f->name) != NULL)
            continue;
        commands = json_array();
        json_object_set_new(vals, f->name, commands);
        for (size_t row = l->from; row <= l->to; row++)
            if (!child_take(l, f, row, commands))
                return false;
    }
    return true;
}

/* What a failed create or write says inside a load. */
static void fault_to_error(struct call *c, const struct model *m, struct cell_error *e)
{
    const char *field = strstr(c->fault_text, "\nField: ");

    if (field != NULL) {
        const char *open = strrchr(field, '(');
        char name[128];

        str_copy(name, open == NULL ? 1 : strcspn(open + 1, ")") + 1, open == NULL ? "" : open + 1);
        e->field = field_find(m, name);
        if (asprintf(&e->text, "Missing required value for the field '%s' (%s)",
                     e->field == NULL ? name : e->field->label, name) < 0)
            e->text = NULL;
    } else if (strstr(c->fault_text, "Contacts require a name") != NULL) {
        e->text = strdup("'Contacts require a name'");
    } else {
        e->text = strdup(c->fault_text);
    }
    fault_clear(c);
}

static bool xmlid_check(struct loading *l, const char *full, const struct xmlid *x, struct cell_error *e)
{
    struct odoo *o = l->call->odoo;
    const char *name = strchr(full, '.');

    if (x != NULL && x->model != l->model) {
        if (asprintf(&e->text,
                     "For external id %s when trying to create/update a record of model %s found "
                     "record of different model %s (%d)",
                     full, l->model->name, x->model->name, x->id) < 0)
            e->text = NULL;
        return false;
    }
    if (x != NULL && x->born >= l->call->began && x->born < o->commits) {
        e->text = strdup("could not serialize access due to concurrent update\n");
        return false;
    }
    if (x == NULL && strchr(name == NULL ? full : name + 1, ' ') != NULL) {
        if (asprintf(&e->text,
                     "new row for relation \"ir_model_data\" violates check constraint "
                     "\"ir_model_data_name_nospaces\"\nDETAIL:  Failing row contains (%d, %s).\n",
                     o->xmlid_last + 1, full) < 0)
            e->text = NULL;
        return false;
    }
    return true;
}

static void name_template(struct loading *l, const char *full, int id)
{
    const struct record *r = record_get(l->model, id);
    struct record *template;
    AUTO_FREE char *name = NULL;

    if (strcmp(l->model->name, "product.product") != 0)
        return;
    template = at_record(r, "product_tmpl_id");
    if (template != NULL && asprintf(&name, "%s_product_template", full) > 0 &&
        xmlid_find(l->call->odoo, name) == NULL)
        xmlid_add(l->call, name, template->model, template->id, l->noupdate);
}

static bool record_save(struct loading *l, const json_t *vals, const char *full, int dbid, int *id)
{
    struct call *c = l->call;
    struct cell_error e = { 0 };
    const struct xmlid *x = full == NULL ? NULL : xmlid_find(c->odoo, full);
    struct ids one = { 0 };
    bool ok;

    if (full != NULL && !xmlid_check(l, full, x, &e)) {
        complain(l, &e, false);
        return false;
    }
    if (x != NULL)
        dbid = x->record;
    if (full != NULL && x == NULL)
        dbid = 0;
    *id = dbid;
    if (x != NULL && l->update && x->noupdate)
        return true;
    if (dbid == 0 && full == NULL && l->update)
        return true; /* in mode update a row without any id is not created */
    if (dbid != 0) {
        ids_add(&one, dbid);
        ok = orm_write(c, l->model, &one, vals);
        ids_clear(&one);
    } else {
        ok = orm_create(c, l->model, vals, id);
    }
    if (!ok) {
        if (c->fault_text == NULL)
            fault(c, FAULT_USER, "?");
        fault_to_error(c, l->model, &e);
        complain(l, &e, false);
        return false;
    }
    if (full != NULL && x == NULL) {
        xmlid_add(c, full, l->model, *id, l->noupdate);
        name_template(l, full, *id);
    }
    return true;
}

static bool id_cell(struct call *c, const json_t *cell, char **text)
{
    if (cell_empty(cell))
        return true;
    if (json_is_string(cell))
        *text = strdup(json_string_value(cell));
    else if (json_is_integer(cell)) {
        if (asprintf(text, "%lld", (long long)json_integer_value(cell)) < 0)
            *text = NULL;
    } else
        return fault(c, FAULT_ATTRIBUTE, "'bool' object has no attribute 'split'");
    return *text != NULL;
}

/* It is searched for, so an archived one is unknown unless the context asks for it. */
static bool unknown(const struct loading *l, const char *dbid)
{
    const struct record *r = record_get(l->model, (int)strtol(dbid, NULL, 10));

    return r == NULL || search_hides(l->call, r);
}

static bool record_load(struct loading *l, json_t *ids)
{
    json_auto_t *vals = json_object();
    const json_t *xmlid = NULL, *dbid = NULL;
    AUTO_FREE char *full = NULL, *db = NULL;
    size_t before = json_array_size(l->messages);
    int id = 0;

    if (!record_take(l, vals, &xmlid, &dbid) || !id_cell(l->call, xmlid, &full) ||
        !id_cell(l->call, dbid, &db))
        return false;
    if (json_array_size(l->messages) != before && l->failed)
        return true;
    if (db != NULL && full == NULL && unknown(l, db)) {
        struct cell_error e = { 0 };

        if (asprintf(&e.text, "Unknown database identifier '%s'", db) < 0)
            e.text = NULL;
        complain(l, &e, false);
        return true;
    }
    if (record_save(l, vals, full, db == NULL ? 0 : (int)strtol(db, NULL, 10), &id))
        json_array_append_new(ids, id == 0 ? json_false() : json_integer(id));
    return true;
}

bool load_run(struct call *c, const struct invocation *i, struct str *out)
{
    struct loading l = { .call = c, .model = i->model };
    json_auto_t *ids = json_array(), *messages = json_array(), *result = NULL;
    size_t undo = c->odoo->undo_count, count;
    const char *mode = json_string_value(json_object_get(c->context, "mode"));
    bool ok;

    l.rows = json_object_get(i->kwargs, "data");
    l.messages = messages;
    l.update = mode != NULL && strcmp(mode, "update") == 0;
    l.noupdate = orm_flag(c, "noupdate");
    count = json_array_size(l.rows);
    ok = columns_read(&l, json_object_get(i->kwargs, "fields"));
    for (size_t row = 0; ok && row < count; row = l.to + 1) {
        l.from = l.to = row;
        while (l.to + 1 < count && continues(&l, l.to + 1))
            l.to++;
        ok = record_load(&l, ids);
    }
    columns_free(&l);
    if (!ok)
        return false;
    if (l.failed)
        base_rollback(c->odoo, undo);
    result = json_pack("{s:O,s:O,s:i}", "ids", l.failed ? json_false() : ids, "messages", messages,
                       "nextrow", 0);
    py_json(out, result);
    return true;
}
