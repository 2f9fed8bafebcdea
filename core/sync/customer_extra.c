/* Metafields of a customer, or of its company, as cells of the fields that an operator mapped them to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "sync/customer.h"

/* 12.50 of {"amount": "12.50", "currency_code": "CHF"} or {"value": 12.5, "unit": "kg"}. */
static bool number_text(const char *text, char *to, size_t size)
{
    json_auto_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    const json_t *inner = json_at(value, "amount");
    char *end;

    if (inner == NULL)
        inner = json_at(value, "value");
    if (json_is_number(inner))
        return snprintf(to, size, "%.15g", json_number_value(inner)) < (int)size;
    if (json_is_string(inner))
        text = json_string_value(inner);
    strtod(text, &end);
    return end != text && *end == '\0' && str_copy(to, size, text);
}

static bool date_text(const char *text, bool with_time, char *to, size_t size)
{
    char iso[64], odoo[WHEN_TEXT_MAX];
    when at;

    if (strlen(text) == 10)
        snprintf(iso, sizeof iso, "%.10sT00:00:00Z", text);
    else if (!str_copy(iso, sizeof iso, text))
        return false;
    if (!when_parse_iso(iso, &at))
        return false;
    str_copy(to, size, when_odoo(at, odoo));
    if (!with_time && size > 10)
        to[10] = '\0';
    return true;
}

/* The text of a value as a column of that type takes it; false: it does not fit. */
static bool fitting(const char *type, const char *text, char *to, size_t size)
{
    if (strcmp(type, "boolean") == 0)
        return (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) &&
               str_copy(to, size, strcmp(text, "true") == 0 ? "1" : "0");
    if (strcmp(type, "integer") == 0 || strcmp(type, "float") == 0 ||
        strcmp(type, "monetary") == 0)
        return number_text(text, to, size);
    if (strcmp(type, "date") == 0 || strcmp(type, "datetime") == 0)
        return date_text(text, type[4] != '\0', to, size);
    return (strcmp(type, "char") == 0 || strcmp(type, "text") == 0 || strcmp(type, "html") == 0 ||
            strcmp(type, "selection") == 0) &&
           str_copy(to, size, text);
}

static bool is_none(const char *value)
{
    return strcmp(value, "none") == 0;
}

/* A column for every mapped field, so that customers with and without it share one call. */
static json_t *columns(const char *prefix, const json_t *fields, const struct reference *r,
                       struct findings *f)
{
    json_t *extra = json_object(), *value;
    const char *key;

    json_object_foreach((json_t *)(uintptr_t)reference_mappings(r, "metafield"), key, value)
    {
        const char *field = json_string_value(value);

        if (!str_starts(key, prefix) || field == NULL || *field == '\0' || is_none(field))
            continue;
        if (json_object_get(fields, field) != NULL)
            json_object_set_new(extra, field, json_string(""));
        else {
            char thing[ERR_THING_MAX];

            snprintf(thing, sizeof thing, "metafield:%s", key);
            findings_add(f, FINDING_FLAG, ERR_MISSING, thing,
                         "%s is mapped to %.64s, which contacts in Odoo do not have", key, field);
        }
    }
    return extra;
}

static void take(json_t *extra, const json_t *metafield, const char *key, const json_t *fields,
                 const char *field, struct findings *f)
{
    const char *type = json_text_or(json_object_get(fields, field), "type", "");
    char text[5001], thing[ERR_THING_MAX];

    if (json_object_get(extra, field) == NULL)
        return; /* not in Odoo: said already */
    if (fitting(type, json_text_or(metafield, "value", ""), text, sizeof text)) {
        json_object_set_new(extra, field, json_string(text));
        return;
    }
    snprintf(thing, sizeof thing, "metafield:%s", key);
    findings_add(f, FINDING_FLAG, ERR_INVALID, thing, "%s: its value does not fit Odoo's %.32s %.64s",
                 key, *type != '\0' ? type : "unknown", field);
}

/* prefix: "customer.", with which its keys are mapped. */
static json_t *extra_of(const json_t *metafields, const char *prefix, const json_t *fields,
                        const struct reference *r, json_t *used, struct findings *f)
{
    json_t *extra = columns(prefix, fields, r, f);
    const json_t *row;
    size_t i;

    json_array_foreach(metafields, i, row)
    {
        char key[CUSTOMER_METAFIELD_KEY_MAX + 16];
        const char *field;

        snprintf(key, sizeof key, "%s%s", prefix, json_text_or(row, "key", ""));
        field = reference_mapping(r, "metafield", key);
        json_array_append_new(used, json_pack("{sssb}", "key", key, "lacking", field == NULL));
        if (field != NULL && !is_none(field))
            take(extra, row, key, fields, field, f);
    }
    return extra;
}

json_t *customer_extra(const json_t *customer, const json_t *fields, const struct reference *r,
                       json_t **used, struct findings *f)
{
    *used = json_array();
    return extra_of(json_object_get(customer, "metafields"), "customer.", fields, r, *used, f);
}

json_t *company_extra(const json_t *node, const json_t *fields, const struct reference *r,
                      json_t *used, struct findings *f)
{
    json_auto_t *metafields = customer_metafields(node, f);

    return extra_of(metafields, "company.", fields, r, used, f);
}
