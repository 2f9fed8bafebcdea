/* The GraphQL shape of an order turned into the REST-like one, so that one reader reads both. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/order.h"

#define DEPTH_MAX 12

struct name {
    const char *from, *to;
};

/* Where the two vocabularies differ beyond camelCase; "": left out. */
static const struct name names[] = {
    { "legacyResourceId", "" },
    { "pageInfo", "" },
    { "__typename", "" },
    { "displayFinancialStatus", "financial_status" },
    { "displayFulfillmentStatus", "fulfillment_status" },
    { "number", "order_number" },
    { "currencyCode", "currency_code" },
    { "presentmentCurrencyCode", "presentment_currency" },
    { "isGiftCard", "gift_card" },
    { "originalUnitPriceSet", "price_set" },
    { "originalPriceSet", "price_set" },
    { "totalDiscountSet", "total_discount_set" },
    { "allocatedAmountSet", "amount_set" },
    { "customAttributes", "properties" },
    { "countryCodeV2", "country_code" },
    { "displayName", "" },
};

static void snake(const char *camel, char *to, size_t size)
{
    size_t n = 0;

    for (; *camel != '\0' && n + 2 < size; camel++) {
        if (*camel >= 'A' && *camel <= 'Z') {
            to[n++] = '_';
            to[n++] = (char)(*camel + 32);
        } else {
            to[n++] = *camel;
        }
    }
    to[n] = '\0';
}

static void rename_key(const char *key, char *to, size_t size)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].from, key) == 0) {
            str_copy(to, size, names[i].to);
            return;
        }
    snake(key, to, size);
}

static bool is_gid(const char *text)
{
    return text != NULL && str_starts(text, "gid://shopify/");
}

static json_t *convert(const json_t *value, int depth);

static json_t *convert_object(const json_t *value, int depth)
{
    const json_t *nodes = json_object_get(value, "nodes"), *item;
    json_t *out, *copy;
    const char *key;
    char name[128];

    if (json_is_array(nodes))
        return convert(nodes, depth);
    out = json_object();
    json_object_foreach((json_t *)(uintptr_t)value, key, copy)
    {
        item = copy;
        rename_key(key, name, sizeof name);
        if (name[0] != '\0')
            json_object_set_new(out, name, convert(item, depth + 1));
    }
    return out;
}

static json_t *convert(const json_t *value, int depth)
{
    const char *text = json_string_value(value);
    unsigned long long id;
    json_t *out;

    if (depth > DEPTH_MAX)
        return json_null();
    if (is_gid(text) && str_number(strrchr(text, '/') + 1, INT64_MAX, &id))
        return json_integer((json_int_t)id);
    if (json_is_object(value))
        return convert_object(value, depth);
    if (!json_is_array(value))
        return json_deep_copy(value);
    out = json_array();
    for (size_t i = 0; i < json_array_size(value); i++)
        json_array_append_new(out, convert(json_array_get(value, i), depth + 1));
    return out;
}

/* Copies what is at a path to another key of the same object. */
static void lift(json_t *object, const char *path, const char *key)
{
    const json_t *value = json_at(object, path);

    json_object_set_new(object, key, value != NULL ? json_deep_copy(value) : json_null());
}

static void attributes(json_t *object, const char *key)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(object, "properties"), i, row) lift(row, "key", "name");
    if (strcmp(key, "properties") != 0) {
        lift(object, "properties", key);
        json_object_del(object, "properties");
    }
}

static void allocation_indexes(json_t *list)
{
    json_t *item, *row;
    size_t i, j;

    json_array_foreach(list, i, item)
        json_array_foreach(json_object_get(item, "discount_allocations"), j, row)
            lift(row, "discount_application.index", "discount_application_index");
}

json_t *order_graphql_payload(const json_t *order)
{
    json_t *payload, *item, *customer;
    size_t i;

    if (!json_is_object(order))
        return NULL;
    payload = convert(order, 0);
    lift(payload, "currency_code", "currency");
    lift(payload, "total_cash_rounding_adjustment.payment_set",
         "total_cash_rounding_payment_adjustment_set");
    lift(payload, "retail_location.id", "location_id");
    attributes(payload, "note_attributes");
    customer = json_object_get(payload, "customer");
    if (json_is_object(customer)) {
        lift(customer, "default_email_address.email_address", "email");
        lift(customer, "default_phone_number.phone_number", "phone");
    }
    json_array_foreach(json_object_get(payload, "line_items"), i, item)
    {
        lift(item, "variant.id", "variant_id");
        lift(item, "product.id", "product_id");
        attributes(item, "properties");
    }
    allocation_indexes(json_object_get(payload, "line_items"));
    allocation_indexes(json_object_get(payload, "shipping_lines"));
    return payload;
}
