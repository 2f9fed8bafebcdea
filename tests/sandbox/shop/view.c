/* view.c - what all GraphQL objects of the shop share; the shop itself and its locations. */
#include "tests/sandbox/shop/view.h"
#include "tests/sandbox/shop/stock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/sandbox/rng.h"

json_t *view_gid(const char *type, int64_t id)
{
    return json_sprintf("gid://shopify/%s/%" PRId64, type, id);
}

json_t *view_level_gid(int64_t location, int64_t item)
{
    return json_sprintf("gid://shopify/InventoryLevel/%" PRId64 "?inventory_item_id=%" PRId64, location, item);
}

json_t *view_moment(when at)
{
    char text[WHEN_TEXT_MAX];

    return at == 0 ? json_null() : json_string(when_iso(at, text));
}

json_t *view_maybe(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

json_t *view_upper(const char *text)
{
    char up[40];
    size_t i;

    for (i = 0; text[i] != '\0' && i + 1 < sizeof up; i++)
        up[i] = (char)toupper((unsigned char)text[i]);
    up[i] = '\0';
    return json_string(up);
}

json_t *view_words(const char *list)
{
    json_t *v = json_array();

    while (list != NULL && *list != '\0') {
        size_t len = strcspn(list, ",");

        json_array_append_new(v, json_stringn(list, len));
        list += len + (list[len] == ',');
        list += strspn(list, " ");
    }
    return v;
}

static json_t *named(const char *first, const char *last)
{
    if (first == NULL || *first == '\0')
        return view_maybe(last);
    return last == NULL || *last == '\0' ? json_string(first) : json_sprintf("%s %s", first, last);
}

json_t *view_address(const struct address *a)
{
    json_t *v;

    if (a == NULL)
        return json_null();
    v = json_object();
    json_object_set_new(v, "__typename", json_string("MailingAddress"));
    json_object_set_new(v, "id", view_gid("MailingAddress", a->id));
    json_object_set_new(v, "firstName", view_maybe(a->first));
    json_object_set_new(v, "lastName", view_maybe(a->last));
    json_object_set_new(v, "name", named(a->first, a->last));
    json_object_set_new(v, "company", view_maybe(a->company));
    json_object_set_new(v, "address1", view_maybe(a->address1));
    json_object_set_new(v, "address2", view_maybe(a->address2));
    json_object_set_new(v, "city", view_maybe(a->city));
    json_object_set_new(v, "zip", view_maybe(a->zip));
    json_object_set_new(v, "phone", view_maybe(a->phone));
    json_object_set_new(v, "country", json_string(country_name(a->country)));
    json_object_set_new(v, "countryCodeV2", json_string(a->country));
    json_object_set_new(v, "province", *a->province == '\0' ? json_null() : json_string(province_name(a->country, a->province)));
    json_object_set_new(v, "provinceCode", *a->province == '\0' ? json_null() : json_string(a->province));
    return v;
}

/* ---- metafields: a quarter of the records has each ---- */

static const struct {
    const char *owner, *key, *type, *value;
} metafields[] = {
    { "Customer", "vat_number", "single_line_text_field", "DE811907980" },
    { "Customer", "birthday", "date", "1984-02-29" },
    { "Customer", "credit_limit", "money", "{\"amount\":\"500.00\",\"currency_code\":\"USD\"}" },
    { "Company", "cost_centre", "single_line_text_field", "CC-100" },
    { "Company", "credit_limit", "money", "{\"amount\":\"9000.00\",\"currency_code\":\"USD\"}" },
    { "Product", "material", "single_line_text_field", "Wool & \"linen\"" },
    { "Product", "care", "multi_line_text_field", "Wash at 30 \xC2\xB0\nDo not bleach" },
    { "Product", "height", "dimension", "{\"value\":12.5,\"unit\":\"cm\"}" },
    { "Product", "labels", "list.single_line_text_field", "[\"eco\",\"fair\"]" },
    { "Product", "fragile", "boolean", "true" },
    { "Product", "shelf", "number_integer", "42" },
    { "Order", "erp_reference", "single_line_text_field", "ERP-4711" },
};

json_t *view_metafields(uint64_t salt, const char *owner, when updated)
{
    struct rng r = { salt };
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof metafields / sizeof metafields[0]; i++)
        if (strcmp(metafields[i].owner, owner) == 0 && rng_chance(&r, 25))
            json_array_append_new(list, json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:o,s:o}", "__typename", "Metafield", "id",
                                                  view_gid("Metafield", (int64_t)(salt % 1000000007) * 16 + (int64_t)i), "namespace",
                                                  "custom", "key", metafields[i].key, "type", metafields[i].type, "value",
                                                  metafields[i].value, "createdAt", view_moment(updated), "updatedAt",
                                                  view_moment(updated)));
    return list;
}

/* ---- the shop ---- */

json_t *view_location(const struct shop *s, size_t location)
{
    const struct location *l = shop_location(s, location);
    bool active = l->active && !stock_is_closed(s, location);

    return json_pack("{s:s,s:o,s:o,s:s,s:b,s:b,s:b,s:b,s:{s:s,s:s,s:s,s:s,s:s}}", "__typename", "Location", "id",
                     view_gid("Location", l->id), "legacyResourceId", json_sprintf("%" PRId64, l->id), "name", l->name,
                     "isActive", active, "isFulfillmentService", 0, "fulfillsOnlineOrders", active, "shipsInventory",
                     active, "address", "address1", l->address1, "city", l->city, "zip", l->zip, "provinceCode", l->province,
                     "countryCode", l->country);
}

json_t *view_shop(const struct shop *s)
{
    json_t *j = json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:{s:s,s:o},s:s}", "__typename", "Shop", "id", view_gid("Shop", 548380009),
                          "name", s->name, "email", "owner@example.com", "contactEmail", "owner@example.com",
                          "myshopifyDomain", s->domain, "primaryDomain", "host", s->domain, "url",
                          json_sprintf("https://%s", s->domain), "currencyCode", s->currency);

    json_object_set_new(j, "url", json_sprintf("https://%s", s->domain));
    json_object_set_new(j, "enabledPresentmentCurrencies", json_pack("[s,s,s]", "USD", "EUR", "JPY"));
    json_object_set_new(j, "ianaTimezone", json_string("America/New_York"));
    json_object_set_new(j, "timezoneOffsetMinutes", json_integer(-300));
    json_object_set_new(j, "taxesIncluded", json_false());
    json_object_set_new(j, "taxShipping", json_true());
    json_object_set_new(j, "weightUnit", json_string("GRAMS"));
    json_object_set_new(j, "plan", json_pack("{s:s,s:b,s:b}", "publicDisplayName", "Basic", "shopifyPlus", 0,
                                             "partnerDevelopment", 1));
    json_object_set_new(j, "shopAddress", json_pack("{s:s,s:s}", "countryCodeV2", "US", "provinceCode", "NY"));
    json_object_set_new(j, "updatedAt", view_moment(s->created));
    return j;
}
