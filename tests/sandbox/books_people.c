/* books_people.c - customers and their addresses. */
#include "tests/sandbox/books.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/str.h"
#include "tests/sandbox/rows.h"

struct people { /* what is read of Odoo */
    json_t *partners; /* "id" -> row */
    json_t *children; /* "parent id" -> [row] */
    json_t *emails;   /* normalised e-mail -> [contact] */
    json_t *external; /* external id -> id */
    json_t *tags;     /* "id" -> category */
};

static bool read_people(struct rpc_client *c, struct people *p, struct err *err)
{
    json_t *row;
    const char *id;

    p->partners = json_object();
    p->children = json_object();
    p->emails = json_object();
    p->tags = json_object();
    if (!rows_map(c, "res.partner", json_array(),
                  "name email email_normalized phone street street2 city zip country_id state_id "
                  "category_id comment parent_id type",
                  NULL, p->partners, err) ||
        !rows_map(c, "res.partner.category", json_array(), "name", NULL, p->tags, err))
        return false;
    json_object_foreach(p->partners, id, row) {
        const char *email = json_text_or(row, "email_normalized", "");
        json_t *list = json_object_get(p->emails, email);

        if (row_link(row, "parent_id") != 0)
            rows_put(p->children, row_link(row, "parent_id"), row, true);
        if (*email == '\0' || strcmp(json_text_or(row, "type", ""), "contact") != 0)
            continue;
        if (list == NULL)
            json_object_set_new(p->emails, email, list = json_array());
        json_array_append(list, row);
    }
    p->external = rows_external(c, "res.partner", p->partners, err);
    return p->external != NULL;
}

static void people_clear(struct people *p)
{
    json_decref(p->partners);
    json_decref(p->children);
    json_decref(p->emails);
    json_decref(p->external);
    json_decref(p->tags);
}

static const json_t *contact_of(struct books *b, const struct people *p, const struct customer *c)
{
    char key[320];
    const json_t *list;

    if (c->email == NULL) {
        snprintf(key, sizeof key, "%s.customer_%" PRId64, b->key, c->id);
        return rows_get(p->partners, json_integer_value(json_object_get(p->external, key)));
    }
    str_copy(key, sizeof key, c->email);
    for (char *s = key; *s != '\0'; s++)
        *s = (char)tolower((unsigned char)*s);
    list = json_object_get(p->emails, key);
    if (json_array_size(list) > 1) {
        b->duplicate++;
        books_differ(b, "duplicate", json_integer(1), json_integer((json_int_t)json_array_size(list)));
    }
    return json_array_get(list, 0);
}

/* "First Last"; else what comes next. */
static void name_of(char *to, size_t size, const char *first, const char *last, const char *next)
{
    first = first != NULL ? first : "";
    last = last != NULL ? last : "";
    if (*first == '\0' && *last == '\0')
        str_copy(to, size, next);
    else
        snprintf(to, size, "%s%s%s", first, *first != '\0' && *last != '\0' ? " " : "", last);
}

static void compare_name(struct books *b, const struct customer *c, const json_t *row)
{
    const struct address *home = c->address_count > 0 ? &c->addresses[0] : NULL;
    char name[512], other[512], last[96];

    snprintf(last, sizeof last, "Customer of Shopify %" PRId64, c->id);
    name_of(other, sizeof other, home != NULL ? home->first : NULL, home != NULL ? home->last : NULL,
            home != NULL && home->company != NULL ? home->company :
            c->email != NULL                      ? c->email :
                                                    last);
    name_of(name, sizeof name, c->first, c->last, other);
    books_text(b, "name", name, json_text(row, "name"));
}

/* The state of a country as Odoo shows it: "California (US)". */
static void compare_place(struct books *b, const struct address *a, const json_t *row)
{
    const char *country = country_name(a->country), *there = row_link_name(row, "country_id");
    const char *state = row_link_name(row, "state_id");

    books_text(b, "street", a->address1, json_text(row, "street"));
    books_text(b, "street2", a->address2, json_text(row, "street2"));
    books_text(b, "city", a->city, json_text(row, "city"));
    books_text(b, "zip", a->zip, json_text(row, "zip"));
    if (strcasecmp(country, there) != 0)
        books_text(b, "country", country, there);
    if (*a->province != '\0' && !str_starts(state, province_name(a->country, a->province)))
        books_text(b, "state", province_name(a->country, a->province), state);
    if (*a->province == '\0')
        books_text(b, "state", "", state);
}

/* home NULL: none. Who buys for a company stands at its address. */
static void compare_home(struct books *b, const struct address *home, const json_t *row)
{
    if (row_link(row, "parent_id") != 0)
        return;
    if (home != NULL)
        compare_place(b, home, row);
    else
        books_text(b, "street", NULL, json_text(row, "street"));
}

/* ---- addresses ---- */

static bool same_address(const struct address *a, const struct address *o)
{
    const char *const texts[][2] = { { a->first, o->first },       { a->last, o->last },
                                     { a->address1, o->address1 }, { a->address2, o->address2 },
                                     { a->city, o->city },         { a->zip, o->zip },
                                     { a->company, o->company } };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(texts[i][0] != NULL ? texts[i][0] : "", texts[i][1] != NULL ? texts[i][1] : "") != 0)
            return false;
    return strcmp(a->country, o->country) == 0 && strcmp(a->province, o->province) == 0;
}

static bool told_before(const struct customer *c, size_t nth)
{
    for (size_t i = 0; i < nth; i++)
        if (same_address(&c->addresses[i], &c->addresses[nth]))
            return true;
    return false;
}

static json_t *child_at(const json_t *children, const struct address *a, const char *name)
{
    json_t *row;
    size_t i;

    json_array_foreach(children, i, row)
        if (!json_flag(row, "$used") && strcmp(json_text_or(row, "name", ""), name) == 0 &&
            strcmp(json_text_or(row, "street", ""), a->address1 != NULL ? a->address1 : "") == 0)
            return row;
    return NULL;
}

/* A company is a part of the name: Odoo has no other place for it on what is below a contact. */
static void addressee(const struct address *a, char *to, size_t size)
{
    char person[400];

    name_of(person, sizeof person, a->first, a->last, "");
    if (a->company == NULL)
        str_copy(to, size, person[0] != '\0' ? person : "Address");
    else
        snprintf(to, size, "%s%s%s", a->company, person[0] != '\0' ? ", " : "", person);
}

static void compare_addresses(struct books *b, const struct customer *c, const json_t *children)
{
    json_t *row;
    size_t i;

    for (i = 0; i < c->address_count; i++) {
        const struct address *a = &c->addresses[i];
        char name[512];

        if (told_before(c, i))
            continue;
        addressee(a, name, sizeof name);
        row = child_at(children, a, name);
        b->parts++;
        if (row == NULL) {
            books_differ(b, "address", json_string(name), json_null());
            continue;
        }
        json_object_set_new(row, "$used", json_true());
        compare_place(b, a, row);
        books_text(b, "phone of an address", a->phone, json_text(row, "phone"));
        books_text(b, "kind of address", i == 0 ? "other" : "delivery", json_text(row, "type"));
    }
    json_array_foreach(children, i, row)
        if (!json_flag(row, "$used"))
            books_differ(b, "address", json_null(), json_string(json_text_or(row, "type", "?")));
}

/* ---- one customer ---- */

static void compare_customer(struct books *b, const struct people *p, const struct customer *c)
{
    const struct address *home = c->address_count > 0 ? &c->addresses[0] : NULL;
    const json_t *row = contact_of(b, p, c);
    char note[128] = "";

    if (row == NULL) {
        books_missing(b);
        return;
    }
    compare_name(b, c, row);
    books_text(b, "e-mail", c->email, json_text(row, "email"));
    books_text(b, "phone", c->phone != NULL ? c->phone : home != NULL ? home->phone : NULL,
               json_text(row, "phone"));
    compare_home(b, home, row);
    books_tags(b, c->tags, json_object_get(row, "category_id"), p->tags);
    if (c->note != NULL)
        snprintf(note, sizeof note, "%.*s", (int)strcspn(c->note, "\n\"<&"), c->note);
    if (strstr(json_text_or(row, "comment", ""), note) == NULL)
        books_text(b, "note", note, json_text(row, "comment"));
    compare_addresses(b, c, rows_get(p->children, json_int_or(row, "id", 0)));
    books_done(b);
}

static void compare_all(struct books *b, const struct people *p)
{
    mutex_lock(&b->shop->lock);
    for (size_t i = 0; i < b->shop->customer_count; i++) {
        const struct customer *c = shop_customer_at(b->shop, i);

        if (books_next(b, "customer", c->id, c->deleted))
            compare_customer(b, p, c);
    }
    mutex_unlock(&b->shop->lock);
    books_strangers(b, p->external, "customer");
}

json_t *books_customers(struct shop *shop, const struct compare_odoo *odoo, const json_t *wish,
                        struct err *err)
{
    struct people p = { 0 };
    struct books b;
    bool good;

    if (!books_open(&b, shop, odoo, wish, err))
        return NULL;
    good = read_people(b.client, &p, err);
    if (good)
        compare_all(&b, &p);
    people_clear(&p);
    return books_close(&b, good);
}
