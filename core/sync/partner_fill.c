#include "sync/partner_fill.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/text.h"

/* How a column is compared with what is there. */
enum column_kind { TEXT, DIGITS, PLACE, TAGS, HTML, NAME, COMPANY, PARENT, LANGUAGE, EXTRA };

static const struct column {
    const char *name, *label;
    enum column_kind kind;
    const char *shown; /* PLACE: the canonical field that people read */
} columns[] = {
    { "name", "Name", NAME, NULL },
    { "company_name", "Company", COMPANY, NULL },
    { "email", "E-mail", TEXT, NULL },
    { "phone", "Phone", DIGITS, NULL },
    { "street", "Street", PLACE, "street" },
    { "street2", "Street 2", PLACE, "street2" },
    { "zip", "Postcode", PLACE, "zip" },
    { "city", "City", PLACE, "city" },
    { "state_id/.id", "State", PLACE, "province" },
    { "country_id/.id", "Country", PLACE, "country_code" },
    { "category_id/.id", "Tags", TAGS, NULL },
    { "comment", "Note", HTML, NULL },
    { "lang", "Language", LANGUAGE, NULL },
    { "parent_id/.id", "Company", PARENT, NULL },
};

static const struct column extra_column = { "", "", EXTRA, NULL };

static const struct column *column_of(const char *name)
{
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (strcmp(columns[i].name, name) == 0)
            return &columns[i];
    return &extra_column;
}

/* "state_id/.id" -> "state_id" */
static void field_of(const char *column, char *field, size_t size)
{
    snprintf(field, size, "%.*s", (int)strcspn(column, "/"), column);
}

json_t *partner_fill_fields(const json_t *plan)
{
    json_t *list = json_pack("[sssss]", "id", "is_company", "parent_id", "active", "write_date");
    const json_t *column;
    size_t i;

    json_array_foreach(json_object_get(plan, "fields"), i, column)
    {
        char field[128];

        field_of(json_string_value(column), field, sizeof field);
        if (strcmp(field, "id") != 0 && strcmp(field, "parent_id") != 0)
            json_array_append_new(list, json_string(field));
    }
    return list;
}

/* Odoo's value as text; "" for none. */
static void value_text(const json_t *value, char *to, size_t size)
{
    to[0] = '\0';
    if (json_is_array(value)) /* [id, "name"] */
        value = json_array_get(value, 0);
    if (json_is_string(value))
        str_copy(to, size, json_string_value(value));
    else if (json_is_integer(value) && json_integer_value(value) != 0)
        snprintf(to, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value) && json_real_value(value) != 0)
        snprintf(to, size, "%.15g", json_real_value(value));
    else if (json_is_true(value))
        str_copy(to, size, "1");
}

bool partner_text_equal(const char *a, const char *b)
{
    AUTO_STR x, y;

    str_init(&x, 8192);
    str_init(&y, 8192);
    text_fold(&x, a);
    text_fold(&y, b);
    return strcmp(x.data, y.data) == 0;
}

/* Only digits count, and of a number with its country the end: 044 is +41 44. */
bool partner_phone_equal(const char *a, const char *b)
{
    char x[32], y[32];
    size_t n = 0, m = 0, k;

    for (; *a != '\0' && n + 1 < sizeof x; a++)
        if (isdigit((unsigned char)*a) && (n > 0 || *a != '0'))
            x[n++] = *a;
    for (; *b != '\0' && m + 1 < sizeof y; b++)
        if (isdigit((unsigned char)*b) && (m > 0 || *b != '0'))
            y[m++] = *b;
    x[n] = y[m] = '\0';
    k = n < m ? n : m;
    return n == m ? strcmp(x, y) == 0 : k >= 7 && strcmp(x + n - k, y + m - k) == 0;
}

static bool html_empty(const char *html)
{
    for (bool tag = false; *html != '\0'; html++) {
        if (*html == '<')
            tag = true;
        else if (*html == '>')
            tag = false;
        else if (!tag && !isspace((unsigned char)*html))
            return false;
    }
    return true;
}

/* ---- the work ---- */

struct fill {
    const struct person *person;
    const json_t *row, *told, *merged, *categories;
    const struct reference *r;
    json_t *fields, *cells, *changes;
    bool place_empty, place_differs;
    struct str kept; /* labels of what Odoo holds otherwise */
};

static void write_cell(struct fill *w, const char *column, const char *label, const json_t *from,
                       const json_t *to, const char *cell)
{
    char field[128];

    field_of(column, field, sizeof field);
    json_array_append_new(w->fields, json_string(column));
    json_array_append_new(w->cells, json_string(cell));
    json_array_append_new(w->changes, json_pack("{sssssO?sO?}", "field", field, "label",
                                                *label != '\0' ? label : field, "from", from, "to",
                                                to));
}

static void keeps(struct fill *w, const char *label)
{
    str_addf(&w->kept, "%s%s", w->kept.len > 0 ? ", " : "", label);
}

static bool told_before(const struct fill *w, const char *column, const char *cell)
{
    const char *before = json_string_value(json_object_get(w->told, column));

    return before != NULL && strcmp(before, cell) == 0;
}

static json_t *tag_names(const struct fill *w, const json_t *ids)
{
    json_t *names = json_array();
    const json_t *id;
    size_t i;

    json_array_foreach(ids, i, id)
    {
        const char *name = reference_category_name(w->r, json_integer_value(id));

        json_array_append_new(names, name != NULL ? json_string(name) :
                                                    json_sprintf("#%" JSON_INTEGER_FORMAT,
                                                                 json_integer_value(id)));
    }
    return names;
}

static bool among(const json_t *ids, json_int_t id)
{
    const json_t *row;
    size_t i;

    json_array_foreach(ids, i, row) if (json_integer_value(row) == id) return true;
    return false;
}

/* Was this tag id among those of the cell "3,7" that was told before? */
static bool tag_told(const struct fill *w, json_int_t id)
{
    const char *at = json_string_value(json_object_get(w->told, "category_id/.id"));

    while (at != NULL && *at != '\0') {
        if (strtoll(at, (char **)(uintptr_t)&at, 10) == id)
            return true;
        at += *at == ',';
    }
    return false;
}

static void fill_tags(struct fill *w)
{
    const json_t *have = json_object_get(w->row, "category_id"), *tag;
    json_auto_t *from = tag_names(w, have), *to = json_deep_copy(from);
    json_auto_t *ids = json_is_array(have) ? json_deep_copy(have) : json_array();
    size_t i, added = 0;
    AUTO_STR cell;

    str_init(&cell, 8192);
    json_array_foreach(w->person->tags, i, tag)
    {
        json_int_t id =
            json_integer_value(json_object_get(w->categories, json_string_value(tag)));

        if (id == 0 || among(ids, id) || (id > 0 && tag_told(w, id)))
            continue;
        if (id > 0)
            json_array_append_new(ids, json_integer(id));
        json_array_append_new(to, json_string(json_string_value(tag)));
        added++;
    }
    json_array_foreach(ids, i, tag)
        str_addf(&cell, "%s%" JSON_INTEGER_FORMAT, i > 0 ? "," : "", json_integer_value(tag));
    if (added > 0 && !cell.full)
        write_cell(w, "category_id/.id", "Tags", from, to, cell.data);
}

static bool extra_equal(const char *there, const char *cell)
{
    char *x, *y;
    double a = strtod(there, &x), b = strtod(cell, &y);

    if (*there != '\0' && *cell != '\0' && *x == '\0' && *y == '\0')
        return a == b;
    return partner_text_equal(there, cell);
}

static bool equal(const struct column *column, const char *there, const char *cell)
{
    if (column->kind == DIGITS)
        return partner_phone_equal(there, cell);
    return column->kind == EXTRA ? extra_equal(there, cell) : partner_text_equal(there, cell);
}

/* A company has no employer, and who has one in Odoo is told nothing about it. */
static bool has_employer(const struct fill *w)
{
    char parent[32];

    value_text(json_object_get(w->row, "parent_id"), parent, sizeof parent);
    return json_flag(w->row, "is_company") || parent[0] != '\0';
}

static void fill_place(struct fill *w, const struct column *column, const char *there,
                       const char *cell)
{
    json_auto_t *to = NULL;
    const char *shown = json_text(w->person->home, column->shown);

    if (!w->place_empty) {
        w->place_differs = w->place_differs || !partner_text_equal(there, cell);
        return;
    }
    if (*cell == '\0')
        return;
    to = json_string(shown != NULL ? shown : cell);
    write_cell(w, column->name, column->label, NULL, to, cell);
}

static void write_merged(struct fill *w, const struct column *column, const char *name,
                         const char *there)
{
    const char *cell = json_string_value(json_object_get(w->merged, name));
    json_auto_t *from = json_string(there), *to = json_string(cell != NULL ? cell : "");

    if (cell != NULL)
        write_cell(w, name, column->label, from, to, cell);
}

static void fill_one(struct fill *w, const char *name, const char *cell)
{
    const struct column *column = column_of(name);
    char field[128], there[8192];
    json_auto_t *to = json_string(cell);

    field_of(name, field, sizeof field);
    value_text(json_object_get(w->row, field), there, sizeof there);
    if (json_object_get(w->merged, name) != NULL)
        write_merged(w, column, name, there);
    else if (column->kind == TAGS)
        fill_tags(w);
    else if (column->kind == PLACE)
        fill_place(w, column, there, cell);
    else if (*cell == '\0' || column->kind == LANGUAGE)
        return; /* every contact has a language: Odoo's stands */
    else if (column->kind == PARENT || (column->kind == COMPANY && has_employer(w))) {
        if (column->kind == PARENT && strcmp(there, cell) != 0)
            keeps(w, column->label);
    } else if (there[0] == '\0' || (column->kind == HTML && html_empty(there))) {
        if (!told_before(w, name, cell))
            write_cell(w, name, column->label, NULL, to, cell);
    } else if (column->kind != HTML && !equal(column, there, cell))
        keeps(w, column->kind == EXTRA ? field : column->label);
}

static bool place_is_empty(const json_t *row)
{
    char text[64];

    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        char field[128];

        if (columns[i].kind != PLACE)
            continue;
        field_of(columns[i].name, field, sizeof field);
        value_text(json_object_get(row, field), text, sizeof text);
        if (text[0] != '\0' && strcmp(field, "country_id") != 0) /* a country alone is none */
            return false;
    }
    return true;
}

/* The whole address was told before and a person took it out. */
static bool place_told(const struct fill *w, const json_t *fields, const json_t *cells)
{
    const json_t *name;
    size_t i;
    bool any = false;

    json_array_foreach(fields, i, name)
    {
        const char *cell = json_string_value(json_array_get(cells, i));

        if (column_of(json_string_value(name))->kind != PLACE || *cell == '\0')
            continue;
        if (!told_before(w, json_string_value(name), cell))
            return false;
        any = true;
    }
    return any;
}

static json_t *finish(struct fill *w)
{
    json_auto_t *xmlid = json_sprintf("partner.%" PRId64, json_int_or(w->row, "id", 0));

    return json_pack("{sssOs{sb}s:O s:[O] s:O}", "model", "res.partner", "xmlid", xmlid, "context",
                     "tracking_disable", 1, "fields", w->fields, "rows", w->cells, "changes",
                     w->changes);
}

json_t *partner_fill(const json_t *plan, const struct person *person, const json_t *row,
                     const json_t *told, const json_t *merged, const json_t *categories,
                     const struct reference *r, struct findings *f)
{
    const json_t *fields = json_object_get(plan, "fields"), *cells = json_at(plan, "rows.0"), *name;
    json_auto_t *columns_out = json_pack("[s]", ".id"), *changes = json_array();
    json_auto_t *cells_out = json_pack("[o]", json_sprintf("%" PRId64, json_int_or(row, "id", 0)));
    struct fill w = { .person = person, .row = row, .told = told, .merged = merged,
                      .categories = categories, .r = r, .fields = columns_out, .cells = cells_out, .changes = changes };
    size_t i;

    str_init(&w.kept, 512);
    w.place_empty = place_is_empty(row) && !place_told(&w, fields, cells);
    json_array_foreach(fields, i, name)
        if (strcmp(json_string_value(name), "id") != 0)
            fill_one(&w, json_string_value(name), json_string_value(json_array_get(cells, i)));
    if (w.place_differs && person->home != NULL && !place_is_empty(row))
        keeps(&w, "address");
    if (w.kept.len > 0)
        findings_add(f, FINDING_FLAG, ERR_CONFLICT, "",
                     "Odoo holds otherwise and keeps its own: %.160s", w.kept.data);
    str_clear(&w.kept);
    return finish(&w);
}

json_t *partner_told(const json_t *plan)
{
    const json_t *cells = json_at(plan, "rows.0"), *name;
    json_t *told = json_object();
    size_t i;

    json_array_foreach(json_object_get(plan, "fields"), i, name)
        if (strcmp(json_string_value(name), "id") != 0)
            json_object_set(told, json_string_value(name), json_array_get(cells, i));
    return told;
}

enum partner_likeness partner_is_at(const json_t *row, const json_t *address,
                                    const struct reference *r)
{
    static const char *const texts[] = { "street", "street2", "zip", "city" };
    int64_t country = reference_country(r, json_text(address, "country_code"));
    json_auto_t *full = partner_address_name(address, true);
    json_auto_t *person = partner_address_name(address, false);
    char there[512], id[32] = "";

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        value_text(json_object_get(row, texts[i]), there, sizeof there);
        if (!partner_text_equal(there, json_text(address, texts[i])))
            return PARTNER_ELSEWHERE;
    }
    value_text(json_object_get(row, "country_id"), there, sizeof there);
    if (country != 0)
        snprintf(id, sizeof id, "%" PRId64, country);
    if (strcmp(there, id) != 0)
        return PARTNER_ELSEWHERE;
    value_text(json_object_get(row, "name"), there, sizeof there);
    if (partner_text_equal(there, json_string_value(full)))
        return PARTNER_IS_IT;
    return there[0] == '\0' || json_string_length(full) == 0 ||
                   partner_text_equal(there, json_string_value(person)) ?
               PARTNER_MAY_BE :
               PARTNER_ELSEWHERE;
}
