/* payload_records.c - customers, products and stock as webhooks carry them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "tests/sandbox/shop/levels.h"
#include "tests/sandbox/shop/view.h"

#define OFFSET_HOURS 5 /* the shop is in New York, in winter */

json_t *payload_moment(when at)
{
    char text[WHEN_TEXT_MAX];

    if (at == 0)
        return json_null();
    when_iso(at - OFFSET_HOURS * WHEN_HOUR, text);
    text[19] = '\0';
    return json_sprintf("%s-0%d:00", text, OFFSET_HOURS);
}

void payload_nothing(json_t *j, const char *const *names)
{
    for (; *names != NULL; names++)
        json_object_set_new(j, *names, json_null());
}

static json_t *amount(const struct shop *s, int64_t minor)
{
    char text[MONEY_TEXT_MAX];

    return json_string(money_text(minor, s->digits, text));
}

json_t *payload_address(const struct address *a)
{
    json_t *j;

    if (a == NULL)
        return json_null();
    j = json_object();
    json_object_set_new(j, "first_name", view_maybe(a->first));
    json_object_set_new(j, "address1", view_maybe(a->address1));
    json_object_set_new(j, "phone", view_maybe(a->phone));
    json_object_set_new(j, "city", view_maybe(a->city));
    json_object_set_new(j, "zip", view_maybe(a->zip));
    json_object_set_new(j, "province", *a->province == '\0' ? json_null() : json_string(province_name(a->country, a->province)));
    json_object_set_new(j, "country", json_string(country_name(a->country)));
    json_object_set_new(j, "last_name", view_maybe(a->last));
    json_object_set_new(j, "address2", view_maybe(a->address2));
    json_object_set_new(j, "company", view_maybe(a->company));
    json_object_set_new(j, "latitude", json_null());
    json_object_set_new(j, "longitude", json_null());
    json_object_set_new(j, "name", json_sprintf("%s%s%s", a->first == NULL ? "" : a->first, a->first == NULL ? "" : " ", a->last == NULL ? "" : a->last));
    json_object_set_new(j, "country_code", json_string(a->country));
    json_object_set_new(j, "province_code", *a->province == '\0' ? json_null() : json_string(a->province));
    return j;
}

json_t *payload_customer(const struct shop *s, const struct customer *c)
{
    json_t *j = json_object(), *addresses = json_array();

    for (size_t i = 0; i < c->address_count; i++) {
        const struct address *a = &c->addresses[i];
        json_t *one = payload_address(a);

        json_object_set_new(one, "id", json_integer(a->id));
        json_object_set_new(one, "customer_id", json_integer(c->id));
        json_object_set_new(one, "country_name", json_string(country_name(a->country)));
        json_object_set_new(one, "default", json_boolean(i == 0));
        json_array_append_new(addresses, one);
    }
    json_object_set_new(j, "id", json_integer(c->id));
    json_object_set_new(j, "created_at", payload_moment(c->created));
    json_object_set_new(j, "updated_at", payload_moment(c->updated));
    json_object_set_new(j, "first_name", view_maybe(c->first));
    json_object_set_new(j, "last_name", view_maybe(c->last));
    json_object_set_new(j, "state", json_string("disabled"));
    json_object_set_new(j, "note", view_maybe(c->note));
    json_object_set_new(j, "verified_email", json_true());
    json_object_set_new(j, "multipass_identifier", json_null());
    json_object_set_new(j, "tax_exempt", json_boolean(c->tax_exempt));
    json_object_set_new(j, "email", view_maybe(c->email));
    json_object_set_new(j, "phone", view_maybe(c->phone));
    json_object_set_new(j, "currency", json_string(s->currency));
    json_object_set_new(j, "tax_exemptions", json_array());
    json_object_set_new(j, "admin_graphql_api_id", view_gid("Customer", c->id));
    if (c->address_count > 0) /* who has none has no such key */
        json_object_set(j, "default_address", json_array_get(addresses, 0));
    json_object_set_new(j, "addresses", addresses);
    return j;
}

static int64_t available(struct shop *s, const struct variant *v)
{
    int64_t sum = 0;

    for (size_t i = 0; i < shop_locations(s); i++) {
        struct level l;

        levels_get(s, v, i, &l);
        sum += l.stocked ? l.available : 0;
    }
    return sum;
}

static json_t *variant(struct shop *s, const struct variant *v)
{
    static const char *const none[] = { "option2", "option3", "image_id", NULL };
    json_t *j = json_object();

    payload_nothing(j, none);
    for (size_t i = 0; i < v->of->option_count; i++) {
        char key[32];

        snprintf(key, sizeof key, "option%zu", i + 1);
        json_object_set_new(j, key, json_string(v->of->options[i].values[v->option[i]]));
    }
    if (v->of->option_count == 0)
        json_object_set_new(j, "option1", json_string("Default Title"));
    json_object_set_new(j, "id", json_integer(v->id));
    json_object_set_new(j, "admin_graphql_api_id", view_gid("ProductVariant", v->id));
    json_object_set_new(j, "product_id", json_integer(v->of->id));
    json_object_set_new(j, "title", json_string(v->title));
    json_object_set_new(j, "sku", view_maybe(v->sku));
    json_object_set_new(j, "barcode", view_maybe(v->barcode));
    json_object_set_new(j, "price", amount(s, v->price));
    json_object_set_new(j, "compare_at_price", v->compare_at < 0 ? json_null() : amount(s, v->compare_at));
    json_object_set_new(j, "position", json_integer((json_int_t)v->nth + 1));
    json_object_set_new(j, "taxable", json_boolean(v->taxable));
    json_object_set_new(j, "inventory_policy", json_string(v->oversell ? "continue" : "deny"));
    json_object_set_new(j, "inventory_item_id", json_integer(v->item));
    json_object_set_new(j, "inventory_quantity", json_integer(available(s, v)));
    json_object_set_new(j, "old_inventory_quantity", json_integer(available(s, v)));
    json_object_set_new(j, "created_at", payload_moment(v->of->created));
    json_object_set_new(j, "updated_at", payload_moment(v->updated));
    return j;
}

json_t *payload_product(struct shop *s, const struct product *p)
{
    static const char *const none[] = { "template_suffix", "category", "image", NULL };
    json_t *j = json_object(), *variants = json_array(), *gids = json_array();

    for (size_t i = 0; i < p->count; i++) {
        const struct variant *v = &p->variants[i];

        if (i < 100)
            json_array_append_new(variants, variant(s, v));
        json_array_append_new(gids, json_pack("{s:o,s:o}", "admin_graphql_api_id", view_gid("ProductVariant", v->id),
                                              "updated_at", payload_moment(v->updated)));
    }
    payload_nothing(j, none);
    json_object_set_new(j, "id", json_integer(p->id));
    json_object_set_new(j, "admin_graphql_api_id", view_gid("Product", p->id));
    json_object_set_new(j, "title", json_string(p->title));
    json_object_set_new(j, "body_html", json_string(p->body));
    json_object_set_new(j, "handle", json_string(p->handle));
    json_object_set_new(j, "vendor", json_string(p->vendor));
    json_object_set_new(j, "product_type", json_string(p->kind));
    json_object_set_new(j, "status", json_string(p->status));
    json_object_set_new(j, "published_scope", json_string("web"));
    json_object_set_new(j, "tags", json_string(p->tags));
    json_object_set_new(j, "has_variants_that_requires_components", json_false());
    json_object_set_new(j, "created_at", payload_moment(p->created));
    json_object_set_new(j, "published_at", payload_moment(p->created));
    json_object_set_new(j, "updated_at", payload_moment(p->updated));
    json_object_set_new(j, "variants", variants);
    json_object_set_new(j, "variant_gids", gids);
    json_object_set_new(j, "options", json_array());
    json_object_set_new(j, "images", json_array());
    json_object_set_new(j, "media", json_array());
    return j;
}

json_t *payload_level(struct shop *s, const struct variant *v, size_t location)
{
    struct level l;

    levels_get(s, v, location, &l);
    return json_pack("{s:I,s:I,s:I,s:o,s:o}", "inventory_item_id", (json_int_t)v->item, "location_id",
                     (json_int_t)shop_location(s, location)->id, "available", (json_int_t)l.available, "updated_at",
                     payload_moment(l.updated), "admin_graphql_api_id",
                     view_level_gid(shop_location(s, location)->id, v->item));
}
