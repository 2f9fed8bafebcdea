/* view_product.c - products, variants, items and stock as GraphQL objects. */
#include <inttypes.h>
#include <string.h>

#include "base/money.h"
#include "tests/sandbox/shop/levels.h"
#include "tests/sandbox/shop/view.h"

static json_t *price(const struct shop *s, int64_t minor)
{
    char text[MONEY_TEXT_MAX];

    return minor < 0 ? json_null() : json_string(money_text(minor, s->digits, text));
}

/* ---- stock ---- */

json_t *view_level(struct shop *s, const struct variant *v, size_t location)
{
    struct level l;
    json_t *quantities;

    levels_get(s, v, location, &l);
    if (!l.stocked)
        return NULL;
    quantities = json_array();
    const struct {
        const char *name;
        int64_t quantity;
    } named[] = { { "available", l.available }, { "on_hand", levels_on_hand(&l) }, { "committed", l.committed },
                  { "incoming", l.incoming },   { "reserved", 0 },                { "damaged", l.damaged },
                  { "safety_stock", l.safety }, { "quality_control", 0 } };

    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        json_array_append_new(quantities, json_pack("{s:s,s:o,s:s,s:I,s:o}", "__typename", "InventoryQuantity", "id",
                                                    view_gid("InventoryQuantity", v->item), "name", named[i].name, "quantity",
                                                    (json_int_t)named[i].quantity, "updatedAt", view_moment(l.updated)));
    return json_pack("{s:s,s:o,s:o,s:o,s:b,s:o,s:o,s:o}", "__typename", "InventoryLevel", "id",
                     view_level_gid(shop_location(s, location)->id, v->item), "createdAt", view_moment(v->of->created),
                     "updatedAt", view_moment(l.updated), "isActive", 1, "location",
                     view_gid("Location", shop_location(s, location)->id), "item", view_gid("InventoryItem", v->item),
                     "quantities", quantities);
}

static json_t *levels(struct shop *s, const struct variant *v)
{
    json_t *list = json_array(), *level;

    for (size_t i = 0; i < shop_locations(s); i++)
        if ((level = view_level(s, v, i)) != NULL)
            json_array_append_new(list, level);
    return list;
}

json_t *view_item(struct shop *s, const struct variant *v)
{
    json_t *all = levels(s, v), *item;

    item = json_pack("{s:s,s:o,s:o,s:s?,s:b,s:b,s:o,s:o,s:s?,s:{s:{s:f,s:s}},s:o,s:[o],s:{s:i,s:s}}", "__typename",
                     "InventoryItem", "id", view_gid("InventoryItem", v->item), "legacyResourceId",
                     json_sprintf("%" PRId64, v->item), "sku", v->sku, "tracked", v->tracked, "requiresShipping",
                     v->requires_shipping, "createdAt", view_moment(v->of->created), "updatedAt", view_moment(v->updated),
                     "countryCodeOfOrigin", v->of->salt % 5 == 0 ? "PT" : NULL, "measurement", "weight", "value",
                     (double)v->grams, "unit", "GRAMS", "variant", view_gid("ProductVariant", v->id), "variants",
                     view_gid("ProductVariant", v->id), "locationsCount", "count", (int)json_array_size(all), "precision", "EXACT");
    if (v->cost >= 0)
        json_object_set_new(item, "unitCost", json_pack("{s:o,s:s}", "amount", price(s, v->cost), "currencyCode", s->currency));
    json_object_set_new(item, "inventoryLevels", all);
    return item;
}

/* Over all places, as the admin shows it. */
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

/* ---- images ---- */

json_t *view_media(const struct shop *s, const struct product *p, size_t nth)
{
    json_t *url = json_sprintf("%s/images/%zu/%zu.png", *s->url == '\0' ? "https://cdn.shopify.com" : s->url, p->index, nth);

    return json_pack("{s:s,s:o,s:s,s:s,s:s,s:o,s:{s:s,s:o,s:o,s:s,s:i,s:i}}", "__typename", "MediaImage", "id",
                     view_gid("MediaImage", p->id * 8 + (int64_t)nth), "alt", p->title, "mediaContentType", "IMAGE", "status",
                     "READY", "createdAt", view_moment(p->created), "image", "__typename", "Image", "id",
                     view_gid("ImageSource", p->id * 8 + (int64_t)nth), "url", url, "altText", p->title, "width", 32, "height",
                     32);
}

/* ---- products ---- */

static json_t *option_view(const struct product *p, size_t nth)
{
    json_t *values = json_array();
    const struct choice *o = &p->options[nth];

    for (size_t i = 0; i < o->count; i++)
        json_array_append_new(values, json_pack("{s:s,s:o,s:s}", "__typename", "ProductOptionValue", "id",
                                                view_gid("ProductOptionValue", p->id * 1000 + (int64_t)(nth * OPTION_VALUES + i)),
                                                "name", o->values[i]));
    return json_pack("{s:s,s:o,s:s,s:i,s:o}", "__typename", "ProductOption", "id",
                     view_gid("ProductOption", p->id * 4 + (int64_t)nth), "name", o->name, "position", (int)nth + 1,
                     "optionValues", values);
}

static json_t *options_of(const struct product *p)
{
    json_t *list = json_array();

    for (size_t i = 0; i < p->option_count; i++)
        json_array_append_new(list, option_view(p, i));
    if (p->option_count == 0)
        json_array_append_new(list, json_pack("{s:s,s:o,s:s,s:i,s:[{s:s,s:o,s:s}]}", "__typename", "ProductOption", "id",
                                              view_gid("ProductOption", p->id * 4), "name", "Title", "position", 1,
                                              "optionValues", "__typename", "ProductOptionValue", "id",
                                              view_gid("ProductOptionValue", p->id * 1000), "name", "Default Title"));
    return list;
}

static json_t *selected(const struct variant *v)
{
    json_t *list = json_array();

    for (size_t i = 0; i < v->of->option_count; i++)
        json_array_append_new(list, json_pack("{s:s,s:s}", "name", v->of->options[i].name, "value",
                                              v->of->options[i].values[v->option[i]]));
    if (v->of->option_count == 0)
        json_array_append_new(list, json_pack("{s:s,s:s}", "name", "Title", "value", "Default Title"));
    return list;
}

json_t *view_variant(struct shop *s, const struct variant *v)
{
    const struct product *p = v->of;
    json_t *j = json_object(), *media = json_array();

    if (p->option_count > 0 && p->images > 1)
        json_array_append_new(media, view_media(s, p, v->nth % p->images));
    json_object_set_new(j, "__typename", json_string("ProductVariant"));
    json_object_set_new(j, "id", view_gid("ProductVariant", v->id));
    json_object_set_new(j, "legacyResourceId", json_sprintf("%" PRId64, v->id));
    json_object_set_new(j, "title", json_string(v->title));
    json_object_set_new(j, "displayName", json_sprintf("%s - %s", p->title, v->title));
    json_object_set_new(j, "sku", view_maybe(v->sku));
    json_object_set_new(j, "barcode", view_maybe(v->barcode));
    json_object_set_new(j, "position", json_integer((json_int_t)v->nth + 1));
    json_object_set_new(j, "price", price(s, v->price));
    json_object_set_new(j, "compareAtPrice", price(s, v->compare_at));
    json_object_set_new(j, "taxable", json_boolean(v->taxable));
    json_object_set_new(j, "inventoryPolicy", json_string(v->oversell ? "CONTINUE" : "DENY"));
    json_object_set_new(j, "inventoryQuantity", json_integer(available(s, v)));
    json_object_set_new(j, "updatedAt", view_moment(v->updated));
    json_object_set_new(j, "createdAt", view_moment(p->created));
    json_object_set_new(j, "selectedOptions", selected(v));
    json_object_set_new(j, "inventoryItem", view_gid("InventoryItem", v->item));
    json_object_set_new(j, "product", view_gid("Product", p->id));
    json_object_set_new(j, "media", media);
    json_object_set_new(j, "metafields", json_array());
    return j;
}

static void totals(struct shop *s, const struct product *p, json_t *j)
{
    int64_t sum = 0;
    bool tracked = false;

    for (size_t i = 0; i < p->count; i++) {
        sum += available(s, &p->variants[i]);
        tracked = tracked || p->variants[i].tracked;
    }
    json_object_set_new(j, "totalInventory", json_integer(sum));
    json_object_set_new(j, "tracksInventory", json_boolean(tracked));
}

json_t *view_product(struct shop *s, const struct product *p)
{
    json_t *j = json_object(), *variants = json_array(), *media = json_array();
    bool seen = strcmp(p->status, "active") == 0 || strcmp(p->status, "unlisted") == 0;

    for (size_t i = 0; i < p->count; i++)
        json_array_append_new(variants, view_gid("ProductVariant", p->variants[i].id));
    for (size_t i = 0; i < p->images; i++)
        json_array_append_new(media, view_media(s, p, i));
    json_object_set_new(j, "__typename", json_string("Product"));
    json_object_set_new(j, "id", view_gid("Product", p->id));
    json_object_set_new(j, "legacyResourceId", json_sprintf("%" PRId64, p->id));
    json_object_set_new(j, "title", json_string(p->title));
    json_object_set_new(j, "handle", json_string(p->handle));
    json_object_set_new(j, "descriptionHtml", json_string(p->body));
    json_object_set_new(j, "status", view_upper(p->status));
    json_object_set_new(j, "productType", json_string(p->kind));
    json_object_set_new(j, "vendor", json_string(p->vendor));
    json_object_set_new(j, "tags", view_words(p->tags));
    json_object_set_new(j, "isGiftCard", json_boolean(p->gift_card));
    json_object_set_new(j, "createdAt", view_moment(p->created));
    json_object_set_new(j, "updatedAt", view_moment(p->updated));
    json_object_set_new(j, "publishedAt", seen ? view_moment(p->created) : json_null());
    json_object_set_new(j, "options", options_of(p));
    json_object_set_new(j, "hasOnlyDefaultVariant", json_boolean(p->option_count == 0));
    json_object_set_new(j, "variantsCount", json_pack("{s:i,s:s}", "count", (int)p->count, "precision", "EXACT"));
    json_object_set_new(j, "variants", variants);
    json_object_set_new(j, "mediaCount", json_pack("{s:i,s:s}", "count", (int)p->images, "precision", "EXACT"));
    json_object_set_new(j, "media", media);
    json_object_set_new(j, "metafields", s->tidy ? json_array() : view_metafields(p->salt, "Product", p->updated));
    totals(s, p, j);
    return j;
}
