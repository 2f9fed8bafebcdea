#include "sync/goods.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "base/str.h"
#include "sync/diff.h"
#include "sync/kinds.h"
#include "sync/product_from_shopify.h"
#include "sync/product_match.h"
#include "sync/product_to_odoo.h"

static const char *const fields[] = { "sku", "barcode", "price", "cost", "weight" };

#define FIELDS (sizeof fields / sizeof fields[0])

static int digits_of(const struct reference *r)
{
    return reference_digits(r, reference_company_currency(r));
}

/* ---- both sides ---- */

json_t *goods_of_variant(const json_t *node, const char *currency, const struct reference *r,
                         struct err *err)
{
    const char *home = reference_company_currency(r);
    json_auto_t *whole =
        json_pack("{sO?sss{s{ss}}s{s[O]}}", "id", json_at(node, "product.id"), "title",
                  json_text_or(node, "product.title", "?"), "priceRangeV2", "minVariantPrice",
                  "currencyCode", currency, "variants", "nodes", node);
    json_auto_t *product = product_from_shopify(whole, r, NULL, err);
    const json_t *variant = json_at(product, "variants.0");
    json_t *goods = json_object();

    if (product == NULL || goods == NULL) {
        json_decref(goods);
        return NULL;
    }
    for (size_t i = 0; i < FIELDS; i++) {
        bool price = strcmp(fields[i], "price") == 0, cost = strcmp(fields[i], "cost") == 0;
        json_t *value = json_object_get(variant, fields[i]);

        if (price && strcmp(currency, home) != 0)
            continue;
        if (cost && strcmp(json_text_or(variant, "cost_currency", currency), home) != 0)
            continue;
        json_object_set(goods, fields[i], value != NULL ? value : json_null());
    }
    return goods;
}

json_t *goods_columns(void)
{
    return json_pack("[ssssssssss]", "id", "default_code", "barcode", "lst_price", "standard_price",
                     "weight", "active", "product_tmpl_id", "write_date", "product_variant_count");
}

static json_t *text_or_none(const json_t *row, const char *column)
{
    const char *text = json_text(row, column);

    return text != NULL && *text != '\0' ? json_string(text) : json_null();
}

static json_t *amount(const json_t *row, const char *column, bool none_is_zero,
                      const struct reference *r)
{
    int64_t minor;

    if (!money_from_double(json_real_or(row, column, 0), digits_of(r), &minor) ||
        (minor == 0 && !none_is_zero))
        return json_null();
    return json_integer(minor);
}

/* Odoo's weight is the one of that record at Odoo's precision. */
static bool weighs(const json_t *record, double odoo, const struct reference *r)
{
    return json_int_or(record, "weight", 0) > 0 && fabs(product_weight(record, r) - odoo) < 0.005;
}

static json_t *weight(const json_t *row, const json_t *shop, const json_t *likes,
                      const struct reference *r)
{
    double odoo = json_real_or(row, "weight", 0);
    const json_t *like;
    size_t i;

    if (weighs(shop, odoo, r))
        return json_incref(json_object_get(shop, "weight"));
    json_array_foreach(likes, i, like)
        if (weighs(like, odoo, r))
            return json_incref(json_object_get(like, "weight"));
    if (odoo <= 0)
        return json_null();
    return json_integer(
        (json_int_t)llround(odoo * (reference_policy_is(r, "weight_unit", "lb") ? 453.59237 : 1000)));
}

json_t *goods_of_product(const json_t *row, const json_t *shop, const json_t *likes,
                         const struct reference *r)
{
    json_t *goods = json_pack("{sososo}", "sku", text_or_none(row, "default_code"), "barcode",
                              text_or_none(row, "barcode"), "weight",
                              weight(row, shop, likes, r));

    if (json_object_get(shop, "price") != NULL)
        json_object_set_new(goods, "price", amount(row, "lst_price", true, r));
    if (json_object_get(shop, "cost") != NULL)
        json_object_set_new(goods, "cost", amount(row, "standard_price", false, r));
    return goods;
}

/* ---- what is decided ---- */

static json_t *both(const json_t *shop, const json_t *odoo, const char *field)
{
    json_t *a = json_object_get(shop, field), *b = json_object_get(odoo, field);

    return json_pack("{sOsO}", "shopify", a != NULL ? a : json_null(), "odoo",
                     b != NULL ? b : json_null());
}

json_t *goods_first_apart(const json_t *shop, const json_t *odoo, const struct reference *r)
{
    json_t *apart = json_object();

    for (size_t i = 0; i < FIELDS; i++) {
        const json_t *b = json_object_get(odoo, fields[i]);

        if (b == NULL || diff_equal(json_object_get(shop, fields[i]), b))
            continue;
        if (json_is_null(b) || diff_owner(kind_of("variant"), fields[i], r) != OWNER_ODOO)
            json_object_set_new(apart, fields[i], both(shop, odoo, fields[i]));
    }
    return apart;
}

static void stay_apart(json_t *merge, const char *list, const char *field, const json_t *shop,
                       const json_t *odoo)
{
    json_t *put_back = json_object_get(merge, "put_back");

    json_object_del(json_object_get(merge, list), field);
    json_object_set_new(json_object_get(merge, "apart"), field, both(shop, odoo, field));
    for (size_t i = json_array_size(put_back); i-- > 0;)
        if (strcmp(json_string_value(json_array_get(put_back, i)), field) == 0)
            json_array_remove(put_back, i);
}

void goods_keep(json_t *merge, const json_t *shop, const json_t *odoo, bool several,
                struct findings *f)
{
    json_t *value;

    for (size_t i = 0; i < FIELDS; i++) {
        bool price = strcmp(fields[i], "price") == 0, sku = strcmp(fields[i], "sku") == 0;

        value = json_object_get(json_object_get(merge, "to_shopify"), fields[i]);
        if (json_is_null(value) && strcmp(fields[i], "barcode") != 0)
            stay_apart(merge, "to_shopify", fields[i], shop, odoo);
        value = json_object_get(json_object_get(merge, "to_odoo"), fields[i]);
        if (value == NULL)
            continue;
        if (price && several)
            findings_add(f, FINDING_FLAG, ERR_CONFLICT, "",
                         "the shop's price is left there: in Odoo it is one with the other variants'");
        if (strcmp(fields[i], "cost") == 0 || (price && several) ||
            ((price || sku) && json_is_null(value)))
            stay_apart(merge, "to_odoo", fields[i], shop, odoo);
    }
}

bool goods_check(const json_t *to_shopify, const json_t *row, const char *name,
                 const struct reference *r, struct findings *f, struct err *err)
{
    const json_t *price = json_object_get(to_shopify, "price");
    double raw = json_real_or(row, "lst_price", 0);
    int64_t minor = json_integer_value(price);
    int digits = digits_of(r);
    char text[MONEY_TEXT_MAX];

    if (!json_is_integer(price))
        return true;
    money_text(minor, digits, text);
    if (minor <= 0)
        return err_set(err, ERR_INVALID,
                       "Odoo's price of %.80s is %s: only a price above 0 is written to the shop",
                       name, text);
    if (fabs(raw * pow(10, digits) - (double)minor) > 0.0005)
        findings_add(f, FINDING_NOTE, ERR_INVALID, "", "Odoo's price of %.10g is %s in the shop",
                     raw, text);
    return true;
}

/* ---- what is written ---- */

static json_t *amount_text(const json_t *value, const struct reference *r)
{
    char text[MONEY_TEXT_MAX];

    return json_string(money_text(json_integer_value(value), digits_of(r), text));
}

json_t *goods_input(const json_t *to_shopify, int64_t variant, const struct reference *r)
{
    json_t *input = json_pack("{so}", "id", json_sprintf("gid://shopify/ProductVariant/%lld",
                                                         (long long)variant));
    json_auto_t *item = json_object();
    json_t *value;

    if ((value = json_object_get(to_shopify, "price")) != NULL)
        json_object_set_new(input, "price", amount_text(value, r));
    if ((value = json_object_get(to_shopify, "barcode")) != NULL)
        json_object_set(input, "barcode", value);
    if ((value = json_object_get(to_shopify, "sku")) != NULL)
        json_object_set(item, "sku", value);
    if ((value = json_object_get(to_shopify, "cost")) != NULL)
        json_object_set_new(item, "cost", amount_text(value, r));
    if ((value = json_object_get(to_shopify, "weight")) != NULL)
        json_object_set_new(item, "measurement",
                            json_pack("{s{sfss}}", "weight", "value",
                                      (double)json_integer_value(value), "unit", "GRAMS"));
    if (json_object_size(item) > 0)
        json_object_set(input, "inventoryItem", item);
    return input;
}

json_t *goods_values(const json_t *to_odoo, const struct reference *r)
{
    json_t *values = json_object(), *value;

    if ((value = json_object_get(to_odoo, "sku")) != NULL)
        json_object_set(values, "default_code", value);
    if ((value = json_object_get(to_odoo, "barcode")) != NULL)
        json_object_set_new(values, "barcode",
                            json_is_string(value) ? json_incref(value) : json_false());
    if ((value = json_object_get(to_odoo, "weight")) != NULL)
        json_object_set_new(values, "weight", json_real(product_weight(to_odoo, r)));
    if ((value = json_object_get(to_odoo, "price")) != NULL)
        json_object_set_new(values, "lst_price",
                            json_real((double)json_integer_value(value) / pow(10, digits_of(r))));
    return values;
}

static void value_words(struct str *s, const char *field, const json_t *value,
                        const struct reference *r)
{
    char text[MONEY_TEXT_MAX];

    if (json_is_string(value))
        str_addf(s, "%.60s", json_string_value(value));
    else if (!json_is_integer(value))
        str_adds(s, "none");
    else if (strcmp(field, "weight") == 0)
        str_addf(s, "%lld", (long long)json_integer_value(value));
    else
        str_adds(s, money_text(json_integer_value(value), digits_of(r), text));
}

void goods_words(const json_t *changed, const json_t *from, const struct reference *r, char *to,
                 size_t size)
{
    const struct kind *kind = kind_of("variant");
    AUTO_STR s;

    str_init(&s, size - 1);
    for (size_t i = 0; i < FIELDS; i++) {
        const json_t *value = json_object_get(changed, fields[i]);

        if (value == NULL)
            continue;
        str_addf(&s, "%s%s ", s.len > 0 ? ", " : "", kind_field(kind, fields[i])->label);
        value_words(&s, fields[i], json_object_get(from, fields[i]), r);
        str_adds(&s, " -> ");
        value_words(&s, fields[i], value, r);
    }
    str_copy(to, size, s.data);
}
