/* GraphQL's shape turned into the REST-like one. */
#include "sync/plain.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"

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

json_t *plain_of(const json_t *node)
{
    return convert(node, 0);
}
