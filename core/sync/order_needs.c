#include "sync/order_needs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/order_plan.h"
#include "sync/order_tax.h"
#include "sync/partner.h"
#include "sync/product.h"

static bool holds(const json_t *list, const char *text)
{
    const json_t *row;
    size_t i;

    json_array_foreach(list, i, row) if (strcmp(json_string_value(row), text) == 0) return true;
    return false;
}

static void once(json_t *list, const char *text)
{
    if (text != NULL && !holds(list, text))
        json_array_append_new(list, json_string(text));
}

static json_t *copy(const json_t *order, const char *first, const char *second)
{
    const json_t *value = json_at(order, first);

    if (value == NULL && second != NULL)
        value = json_at(order, second);
    return value != NULL ? json_deep_copy(value) : json_null();
}

static json_t *customer(const json_t *order, const char *shopkey, const struct reference *r)
{
    struct person person = person_of_order(order);
    char xmlid[160], key[300];
    bool guest = json_at(order, "customer") == NULL;

    partner_xmlid(&person, shopkey, r, xmlid, sizeof xmlid);
    if (person.email != NULL)
        snprintf(key, sizeof key, "email:%s", person.email);
    else if (person.id != 0)
        snprintf(key, sizeof key, "customer:%" PRId64, person.id);
    else
        snprintf(key, sizeof key, "guest:%s", xmlid);
    return json_pack("{sssososososb}", "key", key, "xmlid",
                     xmlid[0] != '\0' ? json_string(xmlid) : json_null(), "customer_id",
                     copy(order, "customer.id", NULL), "email",
                     copy(order, "customer.email", "email"), "phone",
                     copy(order, "customer.phone", "phone"), "guest", guest);
}

static json_t *addresses(const json_t *order)
{
    const char *billing = json_text(order, "billing.fingerprint");
    const char *shipping = json_text(order, "shipping.fingerprint");
    json_t *list = json_array();

    if (billing != NULL && shipping != NULL && strcmp(billing, shipping) == 0) {
        json_array_append_new(list, json_pack("{ssss}", "role", "both", "fingerprint", billing));
        return list;
    }
    if (billing != NULL)
        json_array_append_new(list, json_pack("{ssss}", "role", "invoice", "fingerprint", billing));
    if (shipping != NULL)
        json_array_append_new(list,
                              json_pack("{ssss}", "role", "delivery", "fingerprint", shipping));
    return list;
}

static json_t *variants(const json_t *order, const struct reference *r)
{
    json_t *list = json_array();
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(order, "lines"), i, line)
    {
        int64_t mapped = product_mapped(line, r);

        if (json_flag(line, "tip") || json_flag(line, "gift_card"))
            continue;
        json_array_append_new(list, json_pack("{sososososo}", "line", copy(line, "id", NULL),
                                              "variant_id", copy(line, "variant_id", NULL),
                                              "product_id", copy(line, "product_id", NULL), "sku",
                                              copy(line, "sku", NULL), "mapped",
                                              mapped != 0 ? json_integer(mapped) : json_null()));
    }
    return list;
}

static void tax_keys(json_t *list, const json_t *taxes, const char *country, bool included)
{
    const json_t *row;
    size_t i;

    json_array_foreach(taxes, i, row)
    {
        char key[TAX_KEY_MAX];

        tax_key(key, json_text_or(row, "rate", "0"), country, included, NULL);
        once(list, key);
    }
}

static json_t *taxes(const json_t *order, const struct reference *r)
{
    const char *country = tax_country(order, r);
    bool included = json_flag(order, "taxes_included");
    json_t *list = json_array();
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(order, "lines"), i, line)
        tax_keys(list, json_object_get(line, "taxes"), country, included);
    json_array_foreach(json_object_get(order, "shipping_lines"), i, line)
        tax_keys(list, json_object_get(line, "taxes"), country, included);
    return list;
}

static json_t *own_products(const json_t *order, const struct reference *r)
{
    json_t *list = json_pack("[ss]", "placeholder", "rounding");
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(order, "shipping_lines"), i, line)
    {
        const char *title = json_text_or(line, "title", "");
        const char *value = reference_mapping(r, "carrier", title);
        int64_t product = 0;

        reference_carrier(r, value != NULL ? value : title, &product);
        if (product == 0 && reference_policy_id(r, "shipping_product") == 0)
            once(list, "shipping");
    }
    json_array_foreach(json_object_get(order, "lines"), i, line)
    {
        if (json_flag(line, "gift_card"))
            once(list, "gift_card");
        if (json_flag(line, "tip"))
            once(list, "tip");
    }
    if (json_int_or(order, "tip", 0) != 0)
        once(list, "tip");
    if (json_int_or(order, "duties", 0) != 0)
        once(list, "duty");
    if (json_int_or(order, "fees", 0) != 0)
        once(list, "fee");
    if (json_int_or(order, "discounts", 0) != 0)
        once(list, "discount");
    return list;
}

static json_t *carriers(const json_t *order)
{
    json_t *list = json_array();
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(order, "shipping_lines"), i, line)
        once(list, json_text(line, "title"));
    return list;
}

static json_t *tags(const json_t *order, const char *path, const char *policy,
                    const struct reference *r)
{
    const json_t *list = json_at(order, path);

    if (list == NULL ||
        !(reference_policy_is(r, "tags", "both") || reference_policy_is(r, "tags", policy)))
        return json_array();
    return json_deep_copy(list);
}

/* The order's own tags and the one that all orders get. */
static json_t *order_tags(const json_t *order, const struct reference *r)
{
    json_t *list = tags(order, "tags", "order", r);

    if (*reference_policy(r, "order_tag") != '\0')
        once(list, reference_policy(r, "order_tag"));
    if (json_flag(order, "history"))
        once(list, ORDER_HISTORY_TAG);
    return list;
}

json_t *order_needs(const json_t *order, const char *shopkey, const struct reference *r)
{
    return json_pack("{sososososososososo}", "customer", customer(order, shopkey, r), "addresses",
                     addresses(order), "variants", variants(order, r), "products",
                     own_products(order, r), "tags", order_tags(order, r), "categories",
                     tags(order, "customer.tags", "customer", r), "taxes", taxes(order, r),
                     "carriers", carriers(order), "currency", copy(order, "money.currency", NULL));
}
