#include "sync/reference.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "base/str.h"
#include "sync/text.h"

#define KEY_MAX   320
#define TAXES_MAX 20000

struct reference {
    json_t *odoo, *mappings, *policies;
    json_t *index; /* "kind|key" -> id, or list of places in taxes */
    struct tax *taxes;
    size_t tax_count;
    int price_digits, discount_digits;
    const char *currency, *country;
};

static const struct {
    const char *key, *otherwise;
} policies[] = {
#define POLICY(key, type, otherwise, min, max, choices, unit, title, help) { #key, otherwise },
#include "base/policies.def"
#undef POLICY
};

/* ---- reading the snapshots ---- */

/* The id of 12, [12, "name"] or "12"; 0 for anything else. */
static int64_t link_id(const json_t *value)
{
    unsigned long long n;

    if (json_is_array(value))
        value = json_array_get(value, 0);
    if (json_is_string(value) && str_number(json_string_value(value), INT64_MAX, &n))
        return (int64_t)n;
    return json_is_integer(value) ? json_integer_value(value) : 0;
}

static bool put(struct reference *r, const char *kind, const char *key, int64_t id)
{
    char name[KEY_MAX];

    if (key == NULL || id == 0)
        return true;
    snprintf(name, sizeof name, "%s|%s", kind, key);
    if (json_object_get(r->index, name) != NULL)
        return true; /* the first wins */
    return json_object_set_new(r->index, name, json_integer(id)) == 0;
}

static int64_t find(const struct reference *r, const char *kind, const char *key)
{
    char name[KEY_MAX];

    if (key == NULL || *key == '\0')
        return 0;
    snprintf(name, sizeof name, "%s|%s", kind, key);
    return json_integer_value(json_object_get(r->index, name));
}

/* Rows by a text field, and the place of each by its id. */
static bool index_rows(struct reference *r, const char *list, const char *kind, const char *field)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(r->odoo, list), i, row)
    {
        char id[64];
        int64_t number = link_id(json_object_get(row, "id"));

        snprintf(id, sizeof id, "%s|%" PRId64, kind, number);
        if (!put(r, kind, json_text(row, field), number) || !put(r, "place", id, (int64_t)i + 1))
            return false;
    }
    return true;
}

static const json_t *row_of(const struct reference *r, const char *list, const char *kind,
                            int64_t id)
{
    char key[64];
    int64_t place;

    snprintf(key, sizeof key, "%s|%" PRId64, kind, id);
    place = find(r, "place", key);
    return place > 0 ? json_array_get(json_object_get(r->odoo, list), (size_t)place - 1) : NULL;
}

/* A country's code, however the row names the country. */
static const char *country_code(const struct reference *r, const json_t *row)
{
    const json_t *country = json_at(row, "country_code");

    if (country == NULL)
        country = json_at(row, "country");
    if (country == NULL)
        country = json_at(row, "country_id");
    if (json_is_string(country))
        return json_string_value(country);
    return json_text_or(row_of(r, "countries", "country", link_id(country)), "code", "");
}

static const char *currency_code(const struct reference *r, const json_t *row)
{
    const json_t *currency = json_at(row, "currency");

    if (currency == NULL)
        currency = json_at(row, "currency_id");
    if (json_is_string(currency))
        return json_string_value(currency);
    return json_text_or(row_of(r, "currencies", "currency", link_id(currency)), "name", NULL);
}

static bool index_states(struct reference *r)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(r->odoo, "states"), i, row)
    {
        char key[64];

        snprintf(key, sizeof key, "%" PRId64 "|%s", link_id(json_object_get(row, "country_id")),
                 json_text_or(row, "code", ""));
        if (!put(r, "state", key, link_id(json_object_get(row, "id"))))
            return false;
    }
    return true;
}

static bool index_pricelists(struct reference *r)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(r->odoo, "pricelists"), i, row)
    {
        if (!put(r, "pricelist", currency_code(r, row), link_id(json_object_get(row, "id"))))
            return false;
    }
    return true;
}

static bool put_tax(struct reference *r, const char *rate, const char *country, bool included,
                    size_t place)
{
    char name[KEY_MAX];
    json_t *list;

    snprintf(name, sizeof name, "taxes|%s|%s|%d", rate, country, included);
    list = json_object_get(r->index, name);
    if (list == NULL) {
        list = json_array();
        if (json_object_set_new(r->index, name, list) != 0)
            return false;
    }
    return json_array_append_new(list, json_integer((json_int_t)place)) == 0;
}

static bool read_tax(struct reference *r, const json_t *row, size_t place)
{
    struct tax *tax = &r->taxes[place];
    const char *type = json_text_or(row, "amount_type", "percent"), *country;
    char rate[32], key[32];

    tax->id = link_id(json_object_get(row, "id"));
    tax->name = json_text_or(row, "name", "");
    tax->included = json_flag(row, "price_include");
    tax->chained = json_flag(row, "include_base_amount");
    tax->order = json_int_or(row, "sequence", 1);
    tax->type = strcmp(type, "percent") == 0 ? TAX_PERCENT
                : strcmp(type, "fixed") == 0 ? TAX_FIXED
                                             : TAX_OTHER;
    snprintf(key, sizeof key, "%" PRId64, tax->id);
    if (!put(r, "tax", key, (int64_t)place + 1))
        return false;
    if (!text_percent(json_at(row, "amount"), rate, sizeof rate) ||
        !money_parse(rate, 4, tax->type == TAX_FIXED ? &tax->amount : &tax->rate, NULL)) {
        tax->type = TAX_OTHER;
        return true;
    }
    if (tax->type != TAX_PERCENT)
        return true;
    country = country_code(r, row);
    return put_tax(r, rate, "", tax->included, place) &&
           (*country == '\0' || put_tax(r, rate, country, tax->included, place));
}

static bool read_taxes(struct reference *r)
{
    const json_t *list = json_object_get(r->odoo, "taxes"), *row;
    size_t i, count = json_array_size(list);

    if (count > TAXES_MAX)
        count = TAXES_MAX;
    r->taxes = calloc(count + 1, sizeof *r->taxes);
    r->tax_count = count;
    if (r->taxes == NULL)
        return false;
    json_array_foreach(list, i, row)
    {
        if (i < count && !read_tax(r, row, i))
            return false;
    }
    return true;
}

static bool read_all(struct reference *r)
{
    return index_rows(r, "countries", "country", "code") &&
           index_rows(r, "currencies", "currency", "name") &&
           index_rows(r, "carriers", "carrier", "name") &&
           index_rows(r, "warehouses", "warehouse", "name") &&
           index_rows(r, "warehouses", "warehouse_code", "code") &&
           index_rows(r, "categories", "category", "name") &&
           index_rows(r, "tags", "tag", "name") &&
           index_rows(r, "payment_terms", "terms", "name") &&
           index_rows(r, "locations", "location", "name") &&
           index_rows(r, "pricelists", "pricelist_name", "name") && index_states(r) &&
           index_pricelists(r) && read_taxes(r);
}

struct reference *reference_new(json_t *odoo, json_t *mappings, json_t *policy_values,
                                struct err *err)
{
    AUTO(reference) r = calloc(1, sizeof *r);

    if (!json_is_object(odoo) || (mappings != NULL && !json_is_object(mappings)) ||
        (policy_values != NULL && !json_is_object(policy_values))) {
        err_set(err, ERR_INVALID, "reference: the snapshots are no objects");
        return NULL;
    }
    if (r != NULL) {
        r->odoo = json_incref(odoo);
        r->mappings = json_incref(mappings);
        r->policies = json_incref(policy_values);
        r->index = json_object();
    }
    if (r == NULL || r->index == NULL || !read_all(r)) {
        err_set(err, ERR_BUSY, "reference: out of memory");
        return NULL;
    }
    r->currency = currency_code(r, json_at(odoo, "company"));
    r->country = country_code(r, json_at(odoo, "company"));
    r->price_digits = (int)json_int_or(odoo, "digits.price", 2);
    r->discount_digits = (int)json_int_or(odoo, "digits.discount", 2);
    if (r->price_digits < 0 || r->price_digits > 6)
        r->price_digits = 2;
    return TAKE(r);
}

void reference_free(struct reference *r)
{
    if (r == NULL)
        return;
    json_decref(r->odoo);
    json_decref(r->mappings);
    json_decref(r->policies);
    json_decref(r->index);
    free(r->taxes);
    free(r);
}

/* ---- looking up ---- */

int64_t reference_company(const struct reference *r)
{
    return link_id(json_at(r->odoo, "company.id"));
}

const char *reference_company_currency(const struct reference *r)
{
    return r->currency != NULL ? r->currency : "";
}

const char *reference_company_country(const struct reference *r)
{
    return r->country;
}

bool reference_rounds_globally(const struct reference *r)
{
    return strcmp(json_text_or(r->odoo, "company.tax_calculation_rounding_method", ""),
                  "round_globally") == 0;
}

int reference_price_digits(const struct reference *r)
{
    return r->price_digits;
}

int reference_discount_digits(const struct reference *r)
{
    return r->discount_digits;
}

int64_t reference_country(const struct reference *r, const char *code)
{
    return find(r, "country", code);
}

int64_t reference_state(const struct reference *r, int64_t country, const char *code)
{
    char key[64];

    if (code == NULL || *code == '\0')
        return 0;
    snprintf(key, sizeof key, "%" PRId64 "|%s", country, code);
    return find(r, "state", key);
}

int64_t reference_currency(const struct reference *r, const char *code)
{
    return find(r, "currency", code);
}

int reference_digits(const struct reference *r, const char *code)
{
    int64_t id = reference_currency(r, code), digits;

    if (id != 0 && json_int(row_of(r, "currencies", "currency", id), "digits", &digits) &&
        digits >= 0 && digits <= 6)
        return (int)digits;
    return money_digits(code);
}

int64_t reference_pricelist(const struct reference *r, const char *currency)
{
    return find(r, "pricelist", currency);
}

const char *reference_pricelist_currency(const struct reference *r, int64_t id)
{
    const json_t *row = row_of(r, "pricelists", "pricelist_name", id);
    const char *currency = row != NULL ? currency_code(r, row) : NULL;

    return currency != NULL ? currency : "";
}

/* A row by its id in text, if there is such a row. */
static int64_t by_id(const struct reference *r, const char *list, const char *kind,
                     const char *text)
{
    unsigned long long n;

    if (text == NULL || !str_number(text, INT32_MAX, &n))
        return 0;
    return row_of(r, list, kind, (int64_t)n) != NULL ? (int64_t)n : 0;
}

int64_t reference_warehouse(const struct reference *r, const char *name_or_id)
{
    int64_t id = by_id(r, "warehouses", "warehouse", name_or_id);

    if (id == 0)
        id = find(r, "warehouse", name_or_id);
    return id != 0 ? id : find(r, "warehouse_code", name_or_id);
}

int64_t reference_terms(const struct reference *r, const char *name_or_id)
{
    int64_t id = by_id(r, "payment_terms", "terms", name_or_id);

    return id != 0 ? id : find(r, "terms", name_or_id);
}

int64_t reference_category(const struct reference *r, const char *name)
{
    return find(r, "category", name);
}

const char *reference_category_name(const struct reference *r, int64_t id)
{
    return json_text(row_of(r, "categories", "category", id), "name");
}

/* How well an Odoo language suits: 2 the same, 1 the same tongue, 0 not at all. */
static int suits(const char *code, const char *locale)
{
    size_t n = strcspn(locale, "-_"), i = 0;

    while (code[i] != '\0' && (code[i] == locale[i] || (code[i] == '_' && locale[i] == '-')))
        i++;
    if (code[i] == '\0' && locale[i] == '\0')
        return 2;
    return strncmp(code, locale, n) == 0 && code[n] == '_';
}

const char *reference_language(const struct reference *r, const char *locale)
{
    const char *found = NULL;
    const json_t *row;
    size_t i;
    int best = 0;

    if (locale == NULL || strlen(locale) < 2 || json_len(r->odoo, "languages") < 2)
        return NULL;
    json_array_foreach(json_object_get(r->odoo, "languages"), i, row)
    {
        const char *code = json_text_or(row, "code", "");
        int how = suits(code, locale);

        if (how > best) {
            best = how;
            found = code;
        }
    }
    return found;
}

int64_t reference_stock_place(const struct reference *r, const char *value, const char **name)
{
    const json_t *row;
    int64_t id;

    if (value == NULL)
        return 0;
    if (str_starts(value, "location:"))
        id = by_id(r, "locations", "location", value + strlen("location:"));
    else
        id = link_id(json_object_get(
            row_of(r, "warehouses", "warehouse", reference_warehouse(r, value)), "lot_stock_id"));
    row = row_of(r, "locations", "location", id);
    if (name != NULL)
        *name = json_text_or(row, "name", "");
    return id;
}

/* Are both of one company, as far as they say? */
static bool same_company(const json_t *a, const json_t *b)
{
    int64_t one = link_id(json_object_get(a, "company_id"));
    int64_t other = link_id(json_object_get(b, "company_id"));

    return one == 0 || other == 0 || one == other;
}

int64_t reference_stock_warehouse(const struct reference *r, const char *value)
{
    const char *name, *stock;
    const json_t *place, *row;
    int64_t id, found = 0;
    size_t i, longest = 0;

    if (!str_starts(value, "location:"))
        return reference_warehouse(r, value);
    id = reference_stock_place(r, value, &name);
    if (id == 0)
        return 0;
    place = row_of(r, "locations", "location", id);
    json_array_foreach(json_object_get(r->odoo, "warehouses"), i, row)
    {
        int64_t own = link_id(json_object_get(row, "lot_stock_id"));
        size_t len = strlen(stock = reference_location_name(r, own));

        if (own == id)
            return link_id(json_object_get(row, "id"));
        if (len > longest && str_starts(name, stock) && name[len] == '/' &&
            same_company(place, row)) {
            longest = len;
            found = link_id(json_object_get(row, "id"));
        }
    }
    return found;
}

const char *reference_location_name(const struct reference *r, int64_t id)
{
    return json_text_or(row_of(r, "locations", "location", id), "name", "");
}

int64_t reference_tag(const struct reference *r, const char *name)
{
    return find(r, "tag", name);
}

int64_t reference_product_category(const struct reference *r, const char *name)
{
    const json_t *row;
    int64_t found = 0;
    size_t i;

    json_array_foreach(json_object_get(r->odoo, "product_categories"), i, row)
    {
        const char *full = json_text_or(row, "name", ""), *last = strrchr(full, '/');

        if (strcmp(full, name) == 0)
            return link_id(json_object_get(row, "id"));
        if (last == NULL || strcmp(last + strspn(last, "/ "), name) != 0)
            continue;
        if (found != 0)
            return 0;
        found = link_id(json_object_get(row, "id"));
    }
    return found;
}

int64_t reference_product_category_default(const struct reference *r)
{
    const json_t *row;
    int64_t first = 0;
    size_t i;

    json_array_foreach(json_object_get(r->odoo, "product_categories"), i, row)
    {
        int64_t id = link_id(json_object_get(row, "id"));

        if (link_id(json_object_get(row, "parent_id")) == 0 && (first == 0 || id < first))
            first = id;
    }
    return first;
}

int64_t reference_carrier(const struct reference *r, const char *name_or_id, int64_t *product)
{
    int64_t id = by_id(r, "carriers", "carrier", name_or_id);

    if (id == 0)
        id = find(r, "carrier", name_or_id);
    if (id != 0 && product != NULL)
        *product = link_id(json_object_get(row_of(r, "carriers", "carrier", id), "product_id"));
    return id;
}

bool reference_tax(const struct reference *r, int64_t id, struct tax *tax)
{
    char key[32];
    int64_t place;

    snprintf(key, sizeof key, "%" PRId64, id);
    place = find(r, "tax", key);
    if (place == 0)
        return false;
    *tax = r->taxes[place - 1];
    return true;
}

size_t reference_taxes(const struct reference *r, const char *rate, const char *country,
                       bool included, struct tax *tax)
{
    char name[KEY_MAX];
    const json_t *list;

    snprintf(name, sizeof name, "taxes|%s|%s|%d", rate, country, included);
    list = json_object_get(r->index, name);
    if (json_array_size(list) > 0)
        *tax = r->taxes[json_integer_value(json_array_get(list, 0))];
    return json_array_size(list);
}

const char *reference_mapping(const struct reference *r, const char *kind, const char *key)
{
    char cut[TEXT_KEY_MAX];
    const char *value = json_string_value(
        json_object_get(json_object_get(r->mappings, kind), text_key(cut, key)));

    return value != NULL && *value != '\0' ? value : NULL;
}

const json_t *reference_mappings(const struct reference *r, const char *kind)
{
    return json_object_get(r->mappings, kind);
}

const char *reference_policy(const struct reference *r, const char *key)
{
    const char *value = json_string_value(json_object_get(r->policies, key));

    if (value != NULL)
        return value;
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
        if (strcmp(policies[i].key, key) == 0)
            return policies[i].otherwise;
    return "";
}

bool reference_policy_is(const struct reference *r, const char *key, const char *value)
{
    return strcmp(reference_policy(r, key), value) == 0;
}

int64_t reference_policy_id(const struct reference *r, const char *key)
{
    unsigned long long n;

    return str_number(reference_policy(r, key), INT32_MAX, &n) ? (int64_t)n : 0;
}
