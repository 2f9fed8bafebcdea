#include "sync/product_to_odoo.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "base/str.h"
#include "base/when.h"
#include "sync/order_to_odoo.h"
#include "sync/sheet.h"
#include "sync/text.h"

#define XMLID_MAX 160

const char *product_id_text(int64_t id, char text[PRODUCT_KEY_MAX])
{
    snprintf(text, PRODUCT_KEY_MAX, "%" PRId64, id);
    return text;
}

/* ---- names that mean the same ---- */

static void key_of(const struct str *words, char key[PRODUCT_KEY_MAX])
{
    char hex[65];

    text_hash(words->data, words->len, hex);
    hex[24] = '\0';
    str_copy(key, PRODUCT_KEY_MAX, hex);
}

void product_name_key(const char *name, char key[PRODUCT_KEY_MAX])
{
    AUTO_STR words;

    str_init(&words, 4096);
    text_fold(&words, name);
    key_of(&words, key);
}

static void value_key(const char *option, const char *value, bool exact, char key[PRODUCT_KEY_MAX])
{
    AUTO_STR words;

    str_init(&words, 4096);
    text_fold(&words, option);
    str_adds(&words, exact ? "\n=" : "\n");
    if (exact)
        str_adds(&words, value);
    else
        text_fold(&words, value);
    key_of(&words, key);
}

json_t *product_options(const json_t *product)
{
    json_t *list = json_array();
    const json_t *option, *value;
    size_t i, n;

    json_array_foreach(json_object_get(product, "options"), i, option)
    {
        const char *name = json_text_or(option, "name", "");
        json_t *values = json_object();
        json_auto_t *taken = json_object();
        char key[PRODUCT_KEY_MAX];

        json_array_foreach(json_object_get(option, "values"), n, value)
        {
            value_key(name, json_string_value(value), false, key);
            if (json_object_get(taken, key) != NULL)
                value_key(name, json_string_value(value), true, key);
            json_object_set_new(taken, key, json_true());
            json_object_set_new(values, json_string_value(value), json_string(key));
        }
        product_name_key(name, key);
        json_array_append_new(
            list, json_pack("{ssssso}", "key", key, "name", name, "values", values));
    }
    return list;
}

/* ---- single names ---- */

static json_t *named(const char *model, const char *type, const char *key, const char *name,
                     const char *shopkey)
{
    struct sheet s;
    char xmlid[XMLID_MAX];

    if (!plan_xmlid(xmlid, sizeof xmlid, shopkey, type, key))
        return NULL;
    sheet_begin(&s);
    sheet_text(&s, "id", xmlid);
    sheet_text(&s, "name", name);
    return sheet_plan(&s, model, xmlid);
}

json_t *product_tag_plan(const char *name, const char *shopkey)
{
    char key[PRODUCT_KEY_MAX];

    product_name_key(name, key);
    return named("product.tag", "producttag", key, name, shopkey);
}

json_t *product_category_plan(const char *type, const char *shopkey)
{
    char key[PRODUCT_KEY_MAX];

    product_name_key(type, key);
    return named("product.category", "category", key, type, shopkey);
}

json_t *product_attribute_plan(const char *key, const char *name, const char *shopkey)
{
    struct sheet s;
    char xmlid[XMLID_MAX];

    if (!plan_xmlid(xmlid, sizeof xmlid, shopkey, "attribute", key))
        return NULL;
    sheet_begin(&s);
    sheet_text(&s, "id", xmlid);
    sheet_text(&s, "name", name);
    sheet_text(&s, "create_variant", "dynamic");
    return sheet_plan(&s, "product.attribute", xmlid);
}

json_t *product_value_plan(const char *key, const char *name, int64_t attribute,
                           const char *shopkey)
{
    struct sheet s;
    char xmlid[XMLID_MAX];

    if (!plan_xmlid(xmlid, sizeof xmlid, shopkey, "value", key))
        return NULL;
    sheet_begin(&s);
    sheet_text(&s, "id", xmlid);
    sheet_text(&s, "name", name);
    sheet_id(&s, "attribute_id/.id", attribute);
    return sheet_plan(&s, "product.attribute.value", xmlid);
}

json_t *product_pricelist_plan(const char *currency, int64_t currency_id, const char *shopkey)
{
    struct sheet s;
    char xmlid[XMLID_MAX], name[64];

    if (!plan_xmlid(xmlid, sizeof xmlid, shopkey, "pricelist", currency))
        return NULL;
    snprintf(name, sizeof name, "Shopify %s", currency);
    sheet_begin(&s);
    sheet_text(&s, "id", xmlid);
    sheet_text(&s, "name", name);
    sheet_id(&s, "currency_id/.id", currency_id);
    return sheet_plan(&s, "product.pricelist", xmlid);
}

/* ---- what a product is ---- */

bool product_default_only(const json_t *product)
{
    return json_len(product, "options") == 0;
}

static bool any(const json_t *product, const char *flag)
{
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(product, "variants"), i, v) if (json_flag(v, flag)) return true;
    return false;
}

bool product_stocked(const json_t *product)
{
    return any(product, "tracked");
}

static bool home_currency(const json_t *product, const struct reference *r)
{
    return strcmp(json_text_or(product, "currency", ""), reference_company_currency(r)) == 0;
}

int64_t product_list_price(const json_t *product, const struct reference *r)
{
    const json_t *v;
    int64_t lowest = -1;
    size_t i;

    if (!home_currency(product, r))
        return 0;
    json_array_foreach(json_object_get(product, "variants"), i, v)
    {
        int64_t price = json_int_or(v, "price", 0);

        if (lowest < 0 || price < lowest)
            lowest = price;
    }
    return lowest > 0 ? lowest : 0;
}

bool product_has_prices(const json_t *product, const struct reference *r)
{
    int64_t list = product_list_price(product, r);
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(product, "variants"), i,
                       v) if (json_int_or(v, "price", 0) != list) return true;
    return false;
}

double product_weight(const json_t *variant, const struct reference *r)
{
    double grams = (double)json_int_or(variant, "weight", 0);

    return round((reference_policy_is(r, "weight_unit", "lb") ? grams / 453.59237 : grams / 1000) *
                 100) /
           100;
}

int64_t product_category(const json_t *product, const struct reference *r, bool *mapped)
{
    const char *type = json_text(product, "type"), *value;
    int64_t id = 0;
    unsigned long long n;

    *mapped = true;
    if (type != NULL) {
        value = reference_mapping(r, "product_type", type);
        if (value != NULL && str_number(value, INT32_MAX, &n))
            id = (int64_t)n;
        else
            id = reference_product_category(r, type);
        *mapped = id != 0;
    }
    if (id == 0)
        id = reference_policy_id(r, "product_category");
    return id != 0 ? id : reference_product_category_default(r);
}

/* ---- metafields ---- */

static bool field_name(const char *text)
{
    if (!str_starts(text, "x_"))
        return false;
    for (; *text != '\0'; text++)
        if (!islower((unsigned char)*text) && !isdigit((unsigned char)*text) && *text != '_')
            return false;
    return true;
}

/* As Odoo's load reads it. */
static json_t *metafield_text(const char *type, const char *value)
{
    char text[WHEN_TEXT_MAX];
    when at;

    if (strcmp(type, "boolean") == 0)
        return json_string(strcmp(value, "true") == 0 ? "1" : "0");
    if (strcmp(type, "date_time") == 0 && when_parse_iso(value, &at))
        return json_string(when_odoo(at, text));
    return json_string(value);
}

char *product_metafield_key(char to[TEXT_KEY_MAX], const char *key)
{
    char full[400];

    snprintf(full, sizeof full, "product.%.390s", key);
    return text_key(to, full);
}

static json_t *metafield_value(const json_t *product, const char *key)
{
    const json_t *row;
    size_t i;

    if (strcmp(key, "product.vendor") == 0)
        return json_string(json_text_or(product, "vendor", ""));
    json_array_foreach(json_object_get(product, "metafields"), i, row)
    {
        char mine[TEXT_KEY_MAX];

        if (strcmp(product_metafield_key(mine, json_text_or(row, "key", "")), key) == 0)
            return metafield_text(json_text_or(row, "type", ""), json_text_or(row, "value", ""));
    }
    return json_string("");
}

static void no_field(struct findings *f, const char *key, const char *name, const char *what)
{
    char thing[ERR_THING_MAX];

    snprintf(thing, sizeof thing, "metafield:%.110s", key);
    findings_add(f, FINDING_FLAG, ERR_INVALID, thing, "the metafield is mapped to %.64s, which is %s",
                 name, what);
}

json_t *product_extra_fields(const json_t *product, const struct reference *r,
                             const json_t *known, struct findings *f)
{
    json_t *fields = json_object(), *field;
    const char *key;

    json_object_foreach((json_t *)(uintptr_t)reference_mappings(r, "metafield"), key, field)
    {
        const char *name = json_string_value(field);

        if (!str_starts(key, "product.") || name == NULL)
            continue;
        if (!field_name(name))
            no_field(f, key, name, "no field of your own (x_...)");
        else if (known != NULL && json_object_get(known, name) == NULL)
            no_field(f, key, name, "no field of Odoo's products");
        else
            json_object_set_new(fields, name, metafield_value(product, key));
    }
    return fields;
}

/* ---- the template ---- */

static void price_cell(struct sheet *s, const char *field, int64_t minor, const json_t *product,
                       const struct reference *r)
{
    char text[MONEY_TEXT_MAX];
    int digits = reference_digits(r, json_text_or(product, "currency", ""));

    sheet_text(s, field, money_text(minor, digits >= 0 ? digits : 2, text));
}

static void cost_cell(struct sheet *s, const json_t *product, const json_t *variant,
                      const struct reference *r)
{
    bool ours = strcmp(json_text_or(variant, "cost_currency", ""),
                       reference_company_currency(r)) == 0;

    if (ours && json_int_or(variant, "cost", 0) != 0)
        price_cell(s, "standard_price", json_int_or(variant, "cost", 0), product, r);
    else
        sheet_text(s, "standard_price", NULL);
}

static void weight_cell(struct sheet *s, const json_t *variant, const struct reference *r)
{
    char text[32] = "";
    double weight = product_weight(variant, r);

    if (weight > 0)
        snprintf(text, sizeof text, "%.2f", weight);
    sheet_text(s, "weight", text);
}

static void variant_cells(struct sheet *s, const json_t *product, const json_t *variant,
                          const struct product_place *place)
{
    char id[PRODUCT_KEY_MAX];
    bool skip = json_object_get(place->skip,
                                product_id_text(json_int_or(variant, "id", 0), id)) != NULL;

    sheet_text(s, "default_code", json_text(variant, "sku"));
    sheet_text(s, "barcode", skip ? NULL : json_text(variant, "barcode"));
    cost_cell(s, product, variant, place->r);
    weight_cell(s, variant, place->r);
}

static void no_variant_cells(struct sheet *s)
{
    sheet_text(s, "default_code", NULL);
    sheet_text(s, "barcode", NULL);
    sheet_text(s, "standard_price", NULL);
    sheet_text(s, "weight", NULL);
}

static void tag_cell(struct sheet *s, const json_t *product, const json_t *tags)
{
    const json_t *tag;
    size_t i;
    AUTO_STR ids;

    str_init(&ids, 8192);
    json_array_foreach(json_object_get(product, "tags"), i, tag)
    {
        int64_t id = json_integer_value(json_object_get(tags, json_string_value(tag)));

        if (id != 0)
            str_addf(&ids, "%s%" PRId64, ids.len > 0 ? "," : "", id);
    }
    sheet_text(s, "product_tag_ids/.id", ids.data);
}

static void line_cells(struct sheet *s, const json_t *options, const struct product_place *place)
{
    const json_t *option;
    size_t i;

    json_array_foreach(options, i, option)
    {
        json_t *key;
        const char *name;
        AUTO_STR ids;

        str_init(&ids, 65536);
        json_object_foreach(json_object_get(option, "values"), name, key)
            str_addf(&ids, "%s%" PRId64, ids.len > 0 ? "," : "",
                     (int64_t)json_integer_value(
                         json_object_get(place->values, json_string_value(key))));
        if (i > 0)
            sheet_more(s);
        sheet_id(s, "attribute_line_ids/attribute_id/.id",
                 json_integer_value(
                     json_object_get(place->attributes, json_text_or(option, "key", ""))));
        sheet_text(s, "attribute_line_ids/value_ids/.id", ids.data);
    }
    if (json_array_size(options) == 0) {
        sheet_text(s, "attribute_line_ids/attribute_id/.id", NULL);
        sheet_text(s, "attribute_line_ids/value_ids/.id", NULL);
    }
}

static void extra_cells(struct sheet *s, const json_t *product, const struct product_place *place,
                        struct findings *f)
{
    json_auto_t *extra = product_extra_fields(product, place->r, place->fields, f);
    json_t *text;
    const char *name;

    json_object_foreach(extra, name, text) sheet_text(s, name, json_string_value(text));
}

/* What a person should know of a product that is made. */
static void remarks(const json_t *product, const struct reference *r, struct findings *f)
{
    const json_t *v;
    size_t i;

    if (!home_currency(product, r))
        findings_add(f, FINDING_FLAG, ERR_INVALID, "",
                     "the shop counts in %s, the company in %s: prices are on the price list only",
                     json_text_or(product, "currency", ""), reference_company_currency(r));
    json_array_foreach(json_object_get(product, "variants"), i, v)
    {
        const char *currency = json_text(v, "cost_currency");

        if (currency != NULL && json_int_or(v, "cost", 0) != 0 &&
            strcmp(currency, reference_company_currency(r)) != 0)
            findings_add(f, FINDING_FLAG, ERR_INVALID, "", "costs in %s are left out", currency);
    }
}

static bool says(const json_t *product, const char *status)
{
    return strcmp(json_text_or(product, "status", ""), status) == 0;
}

json_t *product_template_plan(const json_t *product, const json_t *options,
                              const struct product_place *place, struct findings *f)
{
    bool goods = any(product, "requires_shipping") || product_stocked(product);
    char id[PRODUCT_KEY_MAX], xmlid[XMLID_MAX];
    struct sheet s;

    product_id_text(json_int_or(product, "id", 0), id);
    if (!plan_xmlid(xmlid, sizeof xmlid, place->shopkey, "product", id))
        return NULL;
    sheet_begin(&s);
    sheet_text(&s, "id", xmlid);
    sheet_text(&s, "name", json_text(product, "title"));
    sheet_text(&s, "type", goods ? "consu" : "service");
    sheet_text(&s, "is_storable", product_stocked(product) ? "1" : "0");
    price_cell(&s, "list_price", product_list_price(product, place->r), product, place->r);
    if (place->category != 0)
        sheet_id(&s, "categ_id/.id", place->category);
    sheet_text(&s, "sale_ok", says(product, "draft") ? "0" : "1");
    sheet_text(&s, "active", says(product, "archived") ? "0" : "1");
    if (reference_policy_is(place->r, "product_description", "notes"))
        sheet_text(&s, "description", json_text(product, "description"));
    tag_cell(&s, product, place->tags);
    if (product_default_only(product))
        variant_cells(&s, product, json_at(product, "variants.0"), place);
    else
        no_variant_cells(&s);
    extra_cells(&s, product, place, f);
    if (!any(product, "taxable"))
        sheet_text(&s, "taxes_id/.id", NULL);
    line_cells(&s, options, place);
    remarks(product, place->r, f);
    return sheet_plan(&s, "product.template", xmlid);
}

/* ---- variants ---- */

/* "12,15": the template's own values that make the variant. */
static bool combination(struct str *ids, const json_t *variant, const json_t *options,
                        const json_t *ptavs, const struct product_place *place)
{
    const json_t *option;
    size_t i;

    json_array_foreach(options, i, option)
    {
        const char *value = json_string_value(
            json_array_get(json_object_get(variant, "options"), i));
        const char *key = json_string_value(
            json_object_get(json_object_get(option, "values"), value != NULL ? value : ""));
        int64_t id = json_integer_value(json_object_get(place->values, key != NULL ? key : ""));
        char text[PRODUCT_KEY_MAX];

        id = json_integer_value(json_object_get(ptavs, product_id_text(id, text)));
        if (id == 0)
            return false;
        str_addf(ids, "%s%" PRId64, ids->len > 0 ? "," : "", id);
    }
    return true;
}

static json_t *variant_plan(const json_t *product, const json_t *variant, const char *values,
                            int64_t template_id, const struct product_place *place)
{
    char id[PRODUCT_KEY_MAX], xmlid[XMLID_MAX];
    struct sheet s;

    product_id_text(json_int_or(variant, "id", 0), id);
    if (!plan_xmlid(xmlid, sizeof xmlid, place->shopkey, "variant", id))
        return NULL;
    sheet_begin(&s);
    sheet_text(&s, "id", xmlid);
    sheet_id(&s, "product_tmpl_id/.id", template_id);
    sheet_text(&s, "product_template_attribute_value_ids/.id", values);
    variant_cells(&s, product, variant, place);
    sheet_text(&s, "active", says(product, "archived") ? "0" : "1");
    return sheet_plan(&s, "product.product", xmlid);
}

json_t *product_variant_plans(const json_t *product, const json_t *options, int64_t template_id,
                              const json_t *ptavs, const json_t *only,
                              const struct product_place *place)
{
    json_t *plans = json_array();
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(product, "variants"), i, v)
    {
        char id[PRODUCT_KEY_MAX];
        AUTO_STR ids;

        str_init(&ids, 512);
        product_id_text(json_int_or(v, "id", 0), id);
        if (only != NULL && json_object_get(only, id) == NULL)
            continue;
        if (combination(&ids, v, options, ptavs, place))
            json_array_append_new(plans,
                                  variant_plan(product, v, ids.data, template_id, place));
    }
    return plans;
}

/* ---- prices ---- */

json_t *product_price_plans(const json_t *product, int64_t template_id, const json_t *ids,
                            int64_t pricelist, const struct product_place *place)
{
    int64_t list = product_list_price(product, place->r);
    json_t *plans = json_array();
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(product, "variants"), i, v)
    {
        char id[PRODUCT_KEY_MAX], xmlid[XMLID_MAX];
        int64_t odoo;
        struct sheet s;

        product_id_text(json_int_or(v, "id", 0), id);
        odoo = json_integer_value(json_object_get(ids, id));
        if (json_int_or(v, "price", 0) == list || odoo == 0 ||
            !plan_xmlid(xmlid, sizeof xmlid, place->shopkey, "price", id))
            continue;
        sheet_begin(&s);
        sheet_text(&s, "id", xmlid);
        sheet_id(&s, "pricelist_id/.id", pricelist);
        sheet_text(&s, "applied_on", "0_product_variant");
        sheet_id(&s, "product_tmpl_id/.id", template_id);
        sheet_id(&s, "product_id/.id", odoo);
        sheet_text(&s, "compute_price", "fixed");
        price_cell(&s, "fixed_price", json_int_or(v, "price", 0), product, place->r);
        json_array_append_new(plans, sheet_plan(&s, "product.pricelist.item", xmlid));
    }
    return plans;
}
