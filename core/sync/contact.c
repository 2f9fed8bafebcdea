#include "sync/contact.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/customer.h"
#include "sync/partner.h"
#include "sync/partner_fill.h"
#include "sync/text.h"

#define NAME_MAX_BYTES 512
#define NOTE_MAX_BYTES 5000

/* One field: what it is here, in Odoo, and how two of its values are compared. */
static const struct field_pair {
    const char *name, *column;
    bool (*equal)(const char *a, const char *b);
    bool kept; /* never emptied in Odoo */
} fields[] = {
    { "name", "name", partner_text_equal, true },
    { "email", "email", partner_text_equal, true },
    { "phone", "phone", partner_phone_equal, false },
    { "note", "comment", partner_text_equal, false },
};
#define FIELDS (sizeof fields / sizeof fields[0])

static json_t *text_or_null(const char *text)
{
    return text != NULL && *text != '\0' ? json_string(text) : json_null();
}

static json_t *full_name(const char *first, const char *last)
{
    char name[2 * NAME_MAX_BYTES + 2];

    snprintf(name, sizeof name, "%s%s%s", first != NULL ? first : "",
             first != NULL && last != NULL ? " " : "", last != NULL ? last : "");
    return text_clean(name, NAME_MAX_BYTES, false, NULL);
}

/* The value of likes that says the same; itself if none does. */
static json_t *settled(const struct field_pair *f, json_t *value, const json_t *likes)
{
    const json_t *record;
    size_t i;

    if (!json_is_string(value))
        return value;
    json_array_foreach(likes, i, record)
    {
        json_t *like = json_object_get(record, f->name);

        if (json_is_string(like) && f->equal(json_string_value(value), json_string_value(like))) {
            json_decref(value);
            return json_incref(like);
        }
    }
    return value;
}

json_t *contact_of_customer(const json_t *customer, const json_t *likes)
{
    struct person p = person_of_customer(customer);
    json_t *values[FIELDS] = { full_name(p.first, p.last), text_or_null(p.email),
                               text_or_null(p.phone), text_or_null(p.note) };
    json_t *contact = json_object();

    for (size_t i = 0; i < FIELDS; i++)
        json_object_set_new(contact, fields[i].name, settled(&fields[i], values[i], likes));
    return contact;
}

/* ---- from Odoo ---- */

static bool is_tag(const char *at, const char *name)
{
    size_t n = strlen(name);

    at += *at == '/';
    return strncasecmp(at, name, n) == 0 && !isalnum((unsigned char)at[n]);
}

/* Does this tag end a line? */
static bool breaks(const char *at)
{
    return is_tag(at, "br") || (*at == '/' && (is_tag(at, "p") || is_tag(at, "div") ||
                                               is_tag(at, "li")));
}

static size_t entity(const char *at, const char **means)
{
    static const char *const list[][2] = { { "&amp;", "&" },   { "&lt;", "<" },   { "&gt;", ">" },
                                           { "&quot;", "\"" }, { "&#39;", "'" },  { "&#34;", "\"" },
                                           { "&nbsp;", " " },  { "&#160;", " " } };

    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (str_starts(at, list[i][0])) {
            *means = list[i][1];
            return strlen(list[i][0]);
        }
    return 0;
}

static json_t *plain_note(const char *html)
{
    const char *means;
    AUTO_STR s;
    size_t n;

    str_init(&s, 8 * NOTE_MAX_BYTES);
    while (*html != '\0') {
        const char *end = *html == '<' ? strchr(html, '>') : NULL;

        if (end != NULL) {
            if (breaks(html + 1))
                str_adds(&s, "\n");
            html = end + 1;
        } else if ((n = entity(html, &means)) > 0) {
            str_adds(&s, means);
            html += n;
        } else
            str_add(&s, html++, 1);
    }
    return text_clean(s.data, NOTE_MAX_BYTES, true, NULL);
}

/* A stand-in that the flow wrote because the shop tells no name. */
static bool stands_for_none(const char *name, const json_t *customer)
{
    struct person p = person_of_customer(customer);
    json_auto_t *stand_in = partner_name(NULL, NULL, p.company, p.email, p.otherwise);

    return strcmp(json_string_value(stand_in), name) == 0;
}

json_t *contact_of_partner(const json_t *row, const json_t *customer, const json_t *likes)
{
    struct person p = person_of_customer(customer);
    json_t *contact = json_object();

    for (size_t i = 0; contact != NULL && i < FIELDS; i++) {
        const char *raw = json_text(row, fields[i].column);
        json_t *value = raw == NULL                            ? json_null() :
                        strcmp(fields[i].column, "comment") == 0 ? plain_note(raw) :
                                                                 text_clean(raw, NAME_MAX_BYTES,
                                                                            false, NULL);

        if (i == 0 && p.first == NULL && p.last == NULL && json_is_string(value) &&
            stands_for_none(json_string_value(value), customer)) {
            json_decref(value);
            value = json_null();
        }
        json_object_set_new(contact, fields[i].name, settled(&fields[i], value, likes));
    }
    return contact;
}

json_t *contact_linked(const json_t *shop, const json_t *odoo)
{
    json_t *linked = json_pack("{s{}s{}}", "agreed", "apart");
    json_t *agreed = json_object_get(linked, "agreed"), *apart = json_object_get(linked, "apart");

    for (size_t i = 0; i < FIELDS; i++) {
        json_t *s = json_object_get(shop, fields[i].name), *o = json_object_get(odoo, fields[i].name);

        if (json_is_null(o) || json_equal(s, o))
            json_object_set(agreed, fields[i].name, s);
        else
            json_object_set_new(apart, fields[i].name, json_pack("{sOsO}", "shopify", s, "odoo", o));
    }
    return linked;
}

/* ---- to both sides ---- */

bool contact_never_empty(const char *field)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (strcmp(fields[i].name, field) == 0)
            return fields[i].kept;
    return false;
}

json_t *contact_cells(const json_t *record)
{
    json_t *cells = json_object();

    for (size_t i = 0; i < FIELDS; i++) {
        const json_t *value = json_object_get(record, fields[i].name);
        const char *text = json_string_value(value);
        AUTO_STR cell;

        str_init(&cell, 8 * NOTE_MAX_BYTES);
        if (text != NULL && strcmp(fields[i].column, "comment") == 0)
            text_html(&cell, text);
        else
            str_adds(&cell, text != NULL ? text : "");
        json_object_set_new(cells, fields[i].column,
                            value == NULL || (text == NULL && fields[i].kept) ?
                                json_null() :
                                json_string(cell.data));
    }
    return cells;
}

/* "Ada King" of Ada Byron is Ada, King; of one without any name the last word is the last name. */
static void split_name(const char *name, const json_t *customer, json_t *input)
{
    const char *first = json_text(customer, "first_name"), *last = json_text(customer, "last_name");
    size_t len = strlen(name), f = first != NULL ? strlen(first) : 0;
    size_t l = last != NULL ? strlen(last) : 0, at;

    if (f > 0 && f < len && strncmp(name, first, f) == 0 && name[f] == ' ')
        at = f;
    else if (l > 0 && l < len && strcmp(name + len - l, last) == 0 && name[len - l - 1] == ' ')
        at = len - l - 1;
    else
        at = strrchr(name, ' ') != NULL ? (size_t)(strrchr(name, ' ') - name) : len;
    json_object_set_new(input, "firstName", json_stringn(name, at));
    json_object_set_new(input, "lastName", json_string(at < len ? name + at + 1 : ""));
}

json_t *contact_input(const json_t *record, const json_t *customer)
{
    json_t *input = json_object();
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)record, key, value)
    {
        if (strcmp(key, "name") == 0)
            split_name(json_string_value(value) != NULL ? json_string_value(value) : "", customer,
                       input);
        else
            json_object_set(input, key, value);
    }
    return input;
}
