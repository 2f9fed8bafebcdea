#include "tests/sandbox/odoo/convert.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

void py_text(struct str *out, const char *text)
{
    const char *from = text;

    str_add(out, "\"", 1);
    for (; *text != '\0'; text++) {
        unsigned char ch = (unsigned char)*text;

        if (ch >= 0x20 && ch != '"' && ch != '\\')
            continue;
        str_add(out, from, (size_t)(text - from));
        from = text + 1;
        if (ch == '"' || ch == '\\')
            str_addf(out, "\\%c", ch);
        else if (ch == '\n' || ch == '\r' || ch == '\t')
            str_adds(out, ch == '\n' ? "\\n" : ch == '\r' ? "\\r" : "\\t");
        else if (ch == '\b' || ch == '\f')
            str_adds(out, ch == '\b' ? "\\b" : "\\f");
        else
            str_addf(out, "\\u%04x", ch);
    }
    str_add(out, from, (size_t)(text - from));
    str_add(out, "\"", 1);
}

void py_real(struct str *out, double real)
{
    char text[40];

    if (fabs(real) < 1e15 && real == trunc(real)) {
        str_addf(out, "%.1f", real == 0 ? 0.0 : real);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    str_adds(out, text);
    if (strpbrk(text, ".en") == NULL)
        str_adds(out, ".0");
}

void py_json(struct str *out, const json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;
    void *at;

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        str_adds(out, "{");
        at = json_object_iter((json_t *)(uintptr_t)value);
        for (i = 0; at != NULL; i++) {
            key = json_object_iter_key(at);
            item = json_object_iter_value(at);
            str_adds(out, i > 0 ? ", " : "");
            py_text(out, key);
            str_adds(out, ": ");
            py_json(out, item);
            at = json_object_iter_next((json_t *)(uintptr_t)value, at);
        }
        str_adds(out, "}");
        break;
    case JSON_ARRAY:
        str_adds(out, "[");
        json_array_foreach(value, i, item) {
            str_adds(out, i > 0 ? ", " : "");
            py_json(out, item);
        }
        str_adds(out, "]");
        break;
    case JSON_STRING: py_text(out, json_string_value(value)); break;
    case JSON_INTEGER: str_addf(out, "%lld", (long long)json_integer_value(value)); break;
    case JSON_REAL: py_real(out, json_real_value(value)); break;
    case JSON_TRUE: str_adds(out, "true"); break;
    case JSON_FALSE: str_adds(out, "false"); break;
    case JSON_NULL: str_adds(out, "null"); break;
    }
}

void py_repr(struct str *out, const json_t *value, bool tuple)
{
    json_t *item;
    size_t i;

    switch (json_typeof(value)) {
    case JSON_ARRAY:
        str_adds(out, tuple ? "(" : "[");
        json_array_foreach(value, i, item) {
            str_adds(out, i > 0 ? ", " : "");
            py_repr(out, item, false);
        }
        str_adds(out, tuple ? ")" : "]");
        break;
    case JSON_STRING: str_addf(out, "'%s'", json_string_value(value)); break;
    case JSON_TRUE: str_adds(out, "True"); break;
    case JSON_FALSE: str_adds(out, "False"); break;
    case JSON_NULL: str_adds(out, "None"); break;
    case JSON_OBJECT:
    case JSON_INTEGER:
    case JSON_REAL: py_json(out, value); break;
    }
}

void convert_out(const struct field *f, const struct value *v, struct str *out)
{
    if (f->type == FIELD_FLOAT || f->type == FIELD_MONETARY) {
        py_real(out, v->kind == VALUE_REAL ? v->real :
                     v->kind == VALUE_INT  ? (double)v->number :
                                             0.0);
        return;
    }
    switch (v->kind) {
    case VALUE_NONE: str_adds(out, f->type == FIELD_INTEGER ? "0" : "false"); break;
    case VALUE_BOOL: str_adds(out, v->flag ? "true" : "false"); break;
    case VALUE_INT: str_addf(out, "%lld", (long long)v->number); break;
    case VALUE_REAL: py_real(out, v->real); break;
    case VALUE_TEXT:
        if (f->type == FIELD_DATETIME && strlen(v->text) > 19)
            str_addf(out, "\"%.19s\"", v->text);
        else if (f->type == FIELD_JSON || strcmp(f->name, "tax_totals") == 0)
            str_adds(out, v->text);
        else
            py_text(out, v->text);
        break;
    case VALUE_IDS: str_adds(out, "[]"); break;
    }
}

struct value datetime_now(const struct call *c)
{
    char text[WHEN_TEXT_MAX], full[WHEN_TEXT_MAX];

    when_odoo(c->now, text);
    snprintf(full, sizeof full, "%.19s.%06d", text, (int)(c->now % WHEN_SECOND));
    return value_text(full);
}

static bool digits_at(const char *text, const char *shape)
{
    for (; *shape != '\0'; shape++, text++)
        if (*shape == '0' ? !isdigit((unsigned char)*text) : *shape != *text)
            return false;
    return true;
}

static bool real_date(const char *text)
{
    static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year, month, day;

    if (!digits_at(text, "0000-00-00") || sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3)
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1] || year < 1)
        return false;
    return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static bool real_time(const char *text)
{
    int hour, minute, second;

    return digits_at(text, "00:00:00") &&
           sscanf(text, "%2d:%2d:%2d", &hour, &minute, &second) == 3 && hour < 24 && minute < 60 &&
           second < 62;
}

bool datetime_check(struct call *c, const char *text, bool date_only, char *to, size_t size)
{
    size_t len = strlen(text);

    if (date_only) {
        if (len >= 10 && real_date(text)) {
            snprintf(to, size, "%.10s", text);
            return true;
        }
        return fault(c, FAULT_VALUE, "time data '%s' does not match format '%%Y-%%m-%%d'", text);
    }
    if (len == 10 && real_date(text)) {
        snprintf(to, size, "%s 00:00:00", text);
        return true;
    }
    if (len < 19 || !real_date(text) || text[10] != ' ' || !real_time(text + 11))
        return fault(c, FAULT_VALUE, "time data '%s' does not match format '%s'", text,
                     len == 10 ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S");
    if (len > 19)
        return fault(c, FAULT_VALUE, "unconverted data remains: %s", text + 19);
    snprintf(to, size, "%s", text);
    return true;
}

void datetime_loose(const char *text, char *to, size_t size)
{
    size_t len;

    snprintf(to, size, "%s", text);
    len = strlen(to);
    if (len > 10 && to[10] == 'T')
        to[10] = ' ';
    if (len > 0 && to[len - 1] == 'Z')
        to[len - 1] = '\0';
}

static bool text_in(struct call *c, const json_t *from, struct value *to)
{
    AUTO_STR text = { 0 };

    if (json_is_string(from)) {
        if (strlen(json_string_value(from)) != json_string_length(from))
            return fault(c, FAULT_VALUE, "A string literal cannot contain NUL (0x00) characters.");
        *to = value_text(json_string_value(from));
        return true;
    }
    str_init(&text, 65536);
    py_repr(&text, from, false);
    *to = value_text(text.data);
    return true;
}

/* An "&" that begins no entity is written as one, as Odoo's sanitizer does. */
static bool html_in(struct call *c, const json_t *from, struct value *to)
{
    AUTO_STR text = { 0 };
    const char *p;

    if (!json_is_string(from) || strchr(json_string_value(from), '&') == NULL)
        return text_in(c, from, to);
    str_init(&text, 1 << 24);
    for (p = json_string_value(from); *p != '\0'; p++) {
        size_t name = *p == '&' ? 1 + (p[1] == '#') : 0, len = 0;

        while (name > 0 && isalnum((unsigned char)p[name + len]))
            len++;
        str_add(&text, p, 1);
        if (name > 0 && (len == 0 || p[name + len] != ';'))
            str_adds(&text, "amp;");
    }
    *to = value_text(text.data);
    return true;
}

static bool number_in(struct call *c, const struct field *f, const json_t *from, double *to)
{
    const char *text = json_string_value(from);
    char *end;

    if (json_is_boolean(from)) {
        *to = json_is_true(from) ? 1 : 0;
        return true;
    }
    if (json_is_number(from)) {
        *to = json_number_value(from);
        return true;
    }
    if (text == NULL)
        return fault(c, FAULT_TYPE, "%s argument must be a string or a %s number, not '%s'",
                     f->type == FIELD_INTEGER ? "int()" : "float()", "real",
                     json_is_array(from) ? "list" : "dict");
    *to = strtod(text, &end);
    end += strspn(end, " \t\n");
    if (end == text || *end != '\0' || *text == '\0') {
        if (f->type == FIELD_INTEGER)
            return fault(c, FAULT_VALUE, "invalid literal for int() with base 10: '%s'", text);
        return fault(c, FAULT_VALUE, "could not convert string to float: '%s'", text);
    }
    return true;
}

static bool link_in(struct call *c, const struct field *f, const struct model *m,
                    const json_t *from, struct value *to)
{
    json_int_t id;

    if (json_is_array(from))
        from = json_array_get(from, 0);
    if (json_is_string(from))
        return fault(c, "psycopg2.errors.InvalidTextRepresentation",
                     "invalid input syntax for type integer: \"%s\"\nLINE 1: ...%s...\n"
                     "                                                             ^\n",
                     json_string_value(from), f->name);
    if (!json_is_integer(from))
        return fault(c, FAULT_VALUE, "Wrong value for %s.%s: %s", m->name, f->name,
                     json_is_object(from) ? "{}" : "?");
    id = json_integer_value(from);
    if (id == 0)
        return true;
    if (f->comodel == NULL || id < 0 || id > INT32_MAX || record_get(f->comodel, (int)id) == NULL)
        return fault(c, FAULT_VALIDATION,
                     "The operation cannot be completed: another model requires the record being "
                     "deleted. If possible, archive it instead.\n\nModel: %s (%s)\n"
                     "Constraint: %s_%s_fkey\n",
                     m->label, m->name, m->table, f->name);
    *to = value_int(id);
    return true;
}

static bool selection_in(struct call *c, const struct field *f, const struct model *m,
                         const json_t *from, struct value *to)
{
    const char *text = json_string_value(from);
    AUTO_STR shown = { 0 };

    for (size_t i = 0; text != NULL && i < f->selection_count; i++)
        if (strcmp(f->selection[i], text) == 0) {
            *to = value_text(text);
            return true;
        }
    if (text != NULL && (f->selection_count == 0 || strcmp(f->name, "lang") == 0)) {
        *to = value_text(text); /* languages are not checked */
        return true;
    }
    str_init(&shown, 4096);
    py_repr(&shown, from, false);
    return fault(c, FAULT_VALUE, "Wrong value for %s.%s: %s", m->name, f->name, shown.data);
}

static bool whole_in(struct call *c, const struct field *f, const json_t *from, struct value *to)
{
    double number;

    if (!number_in(c, f, from, &number))
        return false;
    if (fabs(number) > 2147483647.0)
        return fault(c, "psycopg2.errors.NumericValueOutOfRange", "integer out of range\n");
    *to = value_int((int64_t)number);
    return true;
}

static bool real_in(struct call *c, const struct field *f, const json_t *from, struct value *to)
{
    double number;
    int digits = f->type == FIELD_MONETARY ? 2 : f->digits;

    if (!number_in(c, f, from, &number))
        return false;
    *to = value_real(digits > 0 ? round_half_up(number, digits) : number);
    return true;
}

static bool moment_in(struct call *c, const struct field *f, const json_t *from, struct value *to)
{
    char text[64];

    if (!json_is_string(from))
        return fault(c, FAULT_TYPE, "strptime() argument 1 must be str, not %s",
                     json_is_integer(from) ? "int" : "bool");
    if (json_string_length(from) == 0)
        return true;
    if (!datetime_check(c, json_string_value(from), f->type == FIELD_DATE, text, sizeof text))
        return false;
    *to = value_text(text);
    return true;
}

bool convert_in(struct call *c, const struct field *f, const struct model *m, const json_t *from,
                struct value *to)
{
    *to = (struct value){ .kind = VALUE_NONE };
    if (f->type == FIELD_BOOLEAN) {
        *to = value_bool(json_is_true(from) || (json_is_number(from) && json_number_value(from) > 0) ||
                         (json_is_string(from) && json_string_length(from) > 0));
        return true;
    }
    if (from == NULL || json_is_null(from) || json_is_false(from)) {
        if (f->type == FIELD_INTEGER)
            *to = value_int(0);
        if (f->type == FIELD_FLOAT || f->type == FIELD_MONETARY)
            *to = value_real(0);
        return true;
    }
    switch (f->type) {
    case FIELD_INTEGER:
    case FIELD_MANY2ONE_REFERENCE: return whole_in(c, f, from, to);
    case FIELD_FLOAT:
    case FIELD_MONETARY: return real_in(c, f, from, to);
    case FIELD_DATE:
    case FIELD_DATETIME: return moment_in(c, f, from, to);
    case FIELD_SELECTION: return selection_in(c, f, m, from, to);
    case FIELD_MANY2ONE: return link_in(c, f, m, from, to);
    case FIELD_JSON:
    case FIELD_PROPERTIES:
    case FIELD_PROPERTIES_DEFINITION: {
        AUTO_STR text = { 0 };

        str_init(&text, 1 << 20);
        py_json(&text, from);
        *to = value_text(text.data);
        return true;
    }
    case FIELD_CHAR:
    case FIELD_TEXT:
    case FIELD_BINARY:
    case FIELD_REFERENCE: return text_in(c, from, to);
    case FIELD_HTML: return html_in(c, from, to);
    case FIELD_BOOLEAN:
    case FIELD_ONE2MANY:
    case FIELD_MANY2MANY:
    case FIELD_TYPE_COUNT: break;
    }
    return true;
}
