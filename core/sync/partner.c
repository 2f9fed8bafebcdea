#include "sync/partner.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/order_to_odoo.h"
#include "sync/text.h"

#define NAME_MAX 200 /* bytes; more does not fit on any paper */

static bool given(const char *text)
{
    return text != NULL && *text != '\0';
}

json_t *partner_name(const char *first, const char *last, const char *company, const char *email,
                     const char *otherwise)
{
    char name[NAME_MAX]; /* what fits of it */
    size_t len;

    str_copy(name, sizeof name,
             given(first)   ? first :
             given(last)    ? last :
             given(company) ? company :
             given(email)   ? email :
                              otherwise);
    len = strlen(name);
    if (given(first) && given(last) && len + 2 < sizeof name) {
        name[len++] = ' ';
        str_copy(name + len, sizeof name - len, last);
    }
    return json_string(name);
}

/* The customer's own address: billing, else delivery. */
static const json_t *home_of(const json_t *order)
{
    const json_t *address = json_at(order, "billing");

    return address != NULL ? address : json_at(order, "shipping");
}

static const char *either(const json_t *value, const char *own, const json_t *other,
                          const char *key)
{
    const char *text = json_text(value, own);

    return text != NULL ? text : json_text(other, key);
}

struct person person_of_order(const json_t *order)
{
    const json_t *home = home_of(order);
    struct person p = {
        .id = json_int_or(order, "customer.id", 0),
        .order = json_int_or(order, "id", 0),
        .email = either(order, "customer.email", order, "email"),
        .first = json_text(order, "customer.first_name"),
        .last = json_text(order, "customer.last_name"),
        .company = either(order, "customer.company", home, "company"),
        .phone = either(order, "customer.phone", home, "phone"),
        .note = json_text(order, "customer.note"),
        .locale = json_text(order, "customer.locale"),
        .home = home,
        .tags = json_at(order, "customer.tags"),
        .place = either(order, "billing.fingerprint", order, "shipping.fingerprint"),
    };

    if (p.first == NULL && p.last == NULL) {
        p.first = json_text(home, "first_name");
        p.last = json_text(home, "last_name");
        if (p.first == NULL && p.last == NULL)
            p.last = json_text(home, "name");
    }
    snprintf(p.otherwise, sizeof p.otherwise, "Customer of %s",
             json_text_or(order, "name", "Shopify"));
    return p;
}

bool partner_xmlid(const struct person *person, const char *shopkey, const struct reference *r,
                   char *to, size_t size)
{
    char hex[65], name[32];

    to[0] = '\0';
    if (person->email != NULL) {
        text_hash(person->email, strlen(person->email), hex);
        hex[24] = '\0';
        return plan_xmlid(to, size, shopkey, "partner", hex);
    }
    if (person->id != 0) {
        snprintf(name, sizeof name, "%" PRId64, person->id);
        return plan_xmlid(to, size, shopkey, "customer", name);
    }
    if (reference_policy_is(r, "guest", "partner") && reference_policy_id(r, "guest_partner") != 0)
        return true;
    if (given(person->place))
        snprintf(name, sizeof name, "%.24s", person->place);
    else
        snprintf(name, sizeof name, "%" PRId64, person->order);
    return plan_xmlid(to, size, shopkey, "guest", name);
}

/* A plan of one row that grows cell by cell. */
struct row {
    json_t *fields, *cells;
};

static void cell(struct row *row, const char *field, json_t *value)
{
    if (json_is_null(value)) {
        json_decref(value);
        value = json_string("");
    }
    json_array_append_new(row->fields, json_string(field));
    json_array_append_new(row->cells, value);
}

static void text_cell(struct row *row, const char *field, const char *text)
{
    cell(row, field, json_string(text != NULL ? text : ""));
}

static void id_cell(struct row *row, const char *field, int64_t id)
{
    char text[32] = "";

    if (id != 0)
        snprintf(text, sizeof text, "%" PRId64, id);
    text_cell(row, field, text);
}

static struct row row_new(const char *xmlid)
{
    struct row row = { json_array(), json_array() };

    text_cell(&row, "id", xmlid);
    return row;
}

static json_t *row_plan(struct row *row, const char *model, const char *xmlid)
{
    json_t *plan = json_pack("{sssss{sssbsb}soso}", "model", model, "xmlid", xmlid, "context",
                             "mode", "update", "noupdate", 1, "tracking_disable", 1, "fields",
                             row->fields, "rows", json_pack("[o]", row->cells));

    return plan;
}

static void place(struct row *row, const json_t *address, const struct reference *r,
                  struct findings *f)
{
    const char *code = json_text(address, "country_code");
    const char *province = json_text(address, "province_code");
    int64_t country = reference_country(r, code), state = 0;
    char thing[64];

    if (country == 0 && code != NULL) {
        snprintf(thing, sizeof thing, "country:%.16s", code);
        findings_add(f, FINDING_FLAG, ERR_MISSING, thing, "country %.16s is not in Odoo", code);
    }
    if (country != 0)
        state = reference_state(r, country, province);
    text_cell(row, "street", json_text(address, "street"));
    text_cell(row, "street2", json_text(address, "street2"));
    text_cell(row, "zip", json_text(address, "zip"));
    text_cell(row, "city", json_text(address, "city"));
    id_cell(row, "state_id/.id", state);
    id_cell(row, "country_id/.id", country);
}

/* "3,7": the tags that are resolved. */
static json_t *category_ids(const json_t *tags, const json_t *categories)
{
    const json_t *row;
    size_t i;
    AUTO_STR s;

    str_init(&s, 4000);
    json_array_foreach(tags, i, row)
    {
        int64_t id = json_integer_value(json_object_get(categories, json_string_value(row)));

        if (id > 0)
            str_addf(&s, "%s%" PRId64, s.len > 0 ? "," : "", id);
    }
    return json_stringn(s.data, s.len);
}

static json_t *note_html(const char *note)
{
    AUTO_STR s;

    str_init(&s, 40000);
    text_html(&s, note);
    return json_stringn(s.data, s.len);
}

/* The mapped fields: a column each. A contact knows only what the shop tells of it. */
static void extra_cells(struct row *row, const json_t *extra)
{
    json_t *value;
    const char *field;

    json_object_foreach((json_t *)(uintptr_t)extra, field, value)
        text_cell(row, field, json_string_value(value));
}

json_t *partner_contact(const struct person *person, const char *shopkey,
                        const struct reference *r, const json_t *categories, struct findings *f)
{
    const char *language = reference_language(r, person->locale);
    char xmlid[160];
    struct row row;

    if (!partner_xmlid(person, shopkey, r, xmlid, sizeof xmlid))
        return NULL;
    row = row_new(xmlid);
    cell(&row, "name",
         partner_name(person->first, person->last, person->company, person->email,
                      person->otherwise));
    text_cell(&row, "company_name", person->company);
    text_cell(&row, "email", person->email);
    text_cell(&row, "phone", person->phone);
    place(&row, person->home, r, f);
    cell(&row, "category_id/.id", category_ids(person->tags, categories));
    cell(&row, "comment", note_html(person->note));
    if (language != NULL) /* an empty cell would take Odoo's own default away */
        text_cell(&row, "lang", language);
    if (person->parent != 0)
        id_cell(&row, "parent_id/.id", person->parent);
    extra_cells(&row, person->extra);
    return row_plan(&row, "res.partner", xmlid);
}

json_t *partner_company(const json_t *company, const struct person *person, const char *shopkey,
                        const struct reference *r, const json_t *extra, struct findings *f)
{
    char xmlid[160], name[32];
    struct row row;

    snprintf(name, sizeof name, "%" PRId64, json_int_or(company, "id", 0));
    if (!plan_xmlid(xmlid, sizeof xmlid, shopkey, "company", name))
        return NULL;
    row = row_new(xmlid);
    cell(&row, "name",
         partner_name(NULL, NULL, json_text(company, "name"), NULL, "Company of Shopify"));
    text_cell(&row, "is_company", "1");
    place(&row, person->home, r, f);
    extra_cells(&row, extra);
    return row_plan(&row, "res.partner", xmlid);
}

/* Who is met there, without the company. */
static json_t *addressee(const json_t *address)
{
    const char *first = json_text(address, "first_name"), *last = json_text(address, "last_name");

    if (first == NULL && last == NULL)
        last = json_text(address, "name");
    return partner_name(first, last, NULL, NULL, "");
}

/* Odoo keeps no company name of a child, so it is a part of the name, as Odoo writes it itself. */
json_t *partner_address_name(const json_t *address, bool with_company)
{
    const char *company = json_text(address, "company");
    json_auto_t *person = addressee(address);
    const char *name = json_string_value(person);
    char both[2 * NAME_MAX], cut[NAME_MAX];

    if (!with_company || company == NULL || strcmp(company, name) == 0)
        return json_incref(person);
    if (*name == '\0')
        return partner_name(NULL, NULL, company, NULL, "");
    snprintf(both, sizeof both, "%s, %s", company, name);
    str_copy(cut, sizeof cut, both);
    return json_string(cut);
}

json_t *partner_address(const json_t *address, int64_t parent, const char *type,
                        const char *locale, const char *shopkey, const struct reference *r,
                        struct findings *f)
{
    json_auto_t *called = partner_address_name(address, true);
    const char *language = reference_language(r, locale);
    char xmlid[160], name[96];
    struct row row;

    snprintf(name, sizeof name, "%" PRId64 "_%.24s_%s", parent,
             json_text_or(address, "fingerprint", ""), type);
    if (!plan_xmlid(xmlid, sizeof xmlid, shopkey, "address", name))
        return NULL;
    row = row_new(xmlid);
    id_cell(&row, "parent_id/.id", parent);
    text_cell(&row, "type", type);
    text_cell(&row, "name", json_string_length(called) > 0 ? json_string_value(called) : "Address");
    text_cell(&row, "phone", json_text(address, "phone"));
    place(&row, address, r, f);
    if (language != NULL)
        text_cell(&row, "lang", language);
    return row_plan(&row, "res.partner", xmlid);
}

/* The cells of an address from the second on are rows of their own. */
static json_t *child_row(size_t blanks, const json_t *cells, size_t skip, size_t width)
{
    json_t *row = json_array();

    for (size_t i = 0; i < blanks; i++)
        json_array_append_new(row, json_string(""));
    for (size_t i = skip; i < width; i++)
        json_array_append_new(row, cells != NULL ? json_incref(json_array_get(cells, i)) :
                                                   json_string(""));
    return row;
}

json_t *partner_with_addresses(const json_t *contact, const json_t *addresses, const char *locale,
                               const struct reference *r)
{
    static const size_t own = 2; /* id and parent: Odoo gives them */
    json_auto_t *shape = partner_address(NULL, 0, "other", locale, "shape", r, NULL);
    const json_t *columns = json_object_get(shape, "fields"), *column, *address;
    size_t width = json_array_size(columns), blanks = json_len(contact, "fields"), i;
    json_t *plan = json_deep_copy(contact), *rows = json_object_get(plan, "rows");
    json_auto_t *first = child_row(0, json_at(addresses, "0.rows.0"), own, width);

    if (shape == NULL || plan == NULL)
        return plan;
    json_array_foreach(columns, i, column)
        if (i >= own)
            json_array_append_new(json_object_get(plan, "fields"),
                                  json_sprintf("child_ids/%s", json_string_value(column)));
    json_array_extend(json_array_get(rows, 0), first);
    json_array_foreach(addresses, i, address)
        if (i > 0)
            json_array_append_new(rows, child_row(blanks, json_at(address, "rows.0"), own, width));
    return plan;
}

static json_t *label(const char *model, const char *type, const char *name, const char *shopkey)
{
    char xmlid[160], hex[65];
    struct row row;

    text_hash(name, strlen(name), hex);
    hex[24] = '\0';
    if (!plan_xmlid(xmlid, sizeof xmlid, shopkey, type, hex))
        return NULL;
    row = row_new(xmlid);
    text_cell(&row, "name", name);
    return row_plan(&row, model, xmlid);
}

json_t *partner_category(const char *name, const char *shopkey)
{
    return label("res.partner.category", "category", name, shopkey);
}

json_t *partner_order_tag(const char *name, const char *shopkey)
{
    return label("crm.tag", "tag", name, shopkey);
}
