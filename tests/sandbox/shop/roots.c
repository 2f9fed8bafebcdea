#include "tests/sandbox/shop/roots.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "base/str.h"
#include "tests/sandbox/shop/list.h"
#include "tests/sandbox/shop/mutations.h"
#include "tests/sandbox/shop/stock.h"
#include "tests/sandbox/shop/view.h"

bool roots_granted(void *ctx, const char *scopes)
{
    const struct roots *r = ctx;

    while (*scopes != '\0') {
        size_t len = strcspn(scopes, "|");

        for (const char *p = r->scopes; *p != '\0'; p += strcspn(p, ","), p += strspn(p, ", ")) {
            size_t mine = strcspn(p, ",");

            if (mine == len && strncmp(p, scopes, len) == 0)
                return true;
            /* who may write may read */
            if (strncmp(p, "write_", 6) == 0 && strncmp(scopes, "read_", 5) == 0 && mine - 6 == len - 5 &&
                strncmp(p + 6, scopes + 5, mine - 6) == 0)
                return true;
        }
        scopes += len + (scopes[len] == '|');
    }
    return false;
}

int64_t gid_number(const char *gid)
{
    const char *slash = strrchr(gid, '/');

    return slash == NULL ? 0 : strtoll(slash + 1, NULL, 10);
}

/* Without read_all_orders the last 60 days are all there is. */
static bool order_seen(struct roots *r, const struct order *o)
{
    return o->created >= when_now() - 60 * WHEN_DAY || roots_granted(r, "read_all_orders");
}

static json_t *variant_node(struct shop *s, const char *gid, int64_t id)
{
    const struct variant *v = shop_variant_held(s, id);

    if (v == NULL || v->of->deleted)
        return NULL;
    return str_starts(gid, "gid://shopify/ProductVariant/") ? v->id == id ? view_variant(s, v) : NULL :
           v->item == id                                    ? view_item(s, v) :
                                                              NULL;
}

/* "gid://shopify/InventoryLevel/LOCATION?inventory_item_id=ITEM" */
static json_t *level_node(struct shop *s, const char *gid)
{
    const char *equals = strchr(gid, '=');
    const struct variant *v = equals == NULL ? NULL : shop_variant_held(s, strtoll(equals + 1, NULL, 10));
    size_t location;

    return v != NULL && shop_location_find(s, gid_number(gid), &location) ? view_level(s, v, location) : NULL;
}

static json_t *media_node(struct shop *s, int64_t id)
{
    const struct product *p = shop_product_held(s, id / 8);

    return p == NULL || p->deleted || (size_t)(id % 8) >= p->images ? NULL : view_media(s, p, (size_t)(id % 8));
}

json_t *roots_node(void *ctx, const char *gid)
{
    struct roots *r = ctx;
    struct shop *s = r->shop;
    int64_t id = gid_number(gid);
    const char *type = gid + strlen("gid://shopify/");
    size_t location;

    if (!str_starts(gid, "gid://shopify/"))
        return NULL;
    if (str_starts(type, "Order/")) {
        const struct order *o = shop_order_held(s, id);

        return o == NULL || !order_seen(r, o) ? NULL : view_order(s, o);
    }
    if (str_starts(type, "Customer/")) {
        const struct customer *c = shop_customer_held(s, id);

        return c == NULL || c->deleted ? NULL : view_customer(s, c);
    }
    if (str_starts(type, "Product/")) {
        const struct product *p = shop_product_held(s, id);

        return p == NULL || p->deleted ? NULL : view_product(s, p);
    }
    if (str_starts(type, "Company/"))
        return id < 1 || id > 997 ? NULL : view_company(id);
    if (str_starts(type, "ProductVariant/") || str_starts(type, "InventoryItem/"))
        return variant_node(s, gid, id);
    if (str_starts(type, "InventoryLevel/"))
        return level_node(s, gid);
    if (str_starts(type, "MediaImage/"))
        return media_node(s, id);
    if (str_starts(type, "BulkOperation/"))
        return bulks_view(r->bulks, id);
    if (str_starts(type, "Location/"))
        return shop_location_find(s, id, &location) ? view_location(s, location) : NULL;
    return NULL;
}

/* ---- lists ---- */

static json_t *subscriptions(struct roots *r, const json_t *args)
{
    json_auto_t *all = hooks_list(r->hooks);
    const json_t *topics = json_object_get(args, "topics");
    const char *uri = json_text(args, "uri");
    json_t *list = json_array(), *item, *topic;
    size_t i, k;

    json_array_foreach(all, i, item) {
        bool hit = json_array_size(topics) == 0;

        json_array_foreach(topics, k, topic)
            hit = hit || strcmp(json_string_value(topic), json_text_or(item, "topic", "")) == 0;
        if (hit && (uri == NULL || strcmp(uri, json_text_or(item, "uri", "")) == 0))
            json_array_append(list, item);
    }
    return list;
}

/* ---- roots of queries ---- */

static json_t *installation(struct roots *r)
{
    json_t *scopes = json_array();

    for (const char *p = r->scopes; *p != '\0'; p += strcspn(p, ","), p += strspn(p, ", "))
        json_array_append_new(scopes, json_pack("{s:o}", "handle", json_stringn(p, strcspn(p, ","))));
    return json_pack("{s:s,s:s,s:o,s:{s:s,s:s,s:s}}", "__typename", "AppInstallation", "id",
                     "gid://shopify/AppInstallation/7", "accessScopes", scopes, "app", "id", "gid://shopify/App/7", "handle",
                     "signalbox", "title", "signalbox");
}

static json_t *versions(void)
{
    static const char *const handles[] = { "2026-01", "2026-04", "2026-07", "2026-10", "unstable" };
    json_t *list = json_array();

    for (size_t i = 0; i < 5; i++)
        json_array_append_new(list, json_pack("{s:s,s:b,s:s}", "handle", handles[i], "supported", i < 4, "displayName", handles[i]));
    return list;
}

static json_t *by_id(struct roots *r, struct execution *e, const json_t *args, const char *type)
{
    const char *gid = json_text(args, "id");
    char start[64];

    if (gid == NULL)
        return strcmp(type, "Location") == 0 ? view_location(r->shop, 0) : NULL;
    snprintf(start, sizeof start, "gid://shopify/%s/", type);
    if (*type != '\0' && !str_starts(gid, start))
        return execution_fail(e, "RESOURCE_NOT_FOUND", "Invalid id: %s", gid);
    return roots_node(r, gid);
}

static json_t *many(const json_t *ids)
{
    return json_deep_copy(ids);
}

static json_t *locations(struct roots *r, const json_t *args)
{
    json_t *list = json_array();

    for (size_t i = 0; i < shop_locations(r->shop); i++)
        if ((shop_location(r->shop, i)->active && !stock_is_closed(r->shop, i)) || json_flag(args, "includeInactive"))
            json_array_append_new(list, view_gid("Location", shop_location(r->shop, i)->id));
    return list;
}

static json_t *query_field(struct roots *r, struct execution *e, const char *field, const json_t *args)
{
    static const char *const single[][2] = { { "order", "Order" },     { "product", "Product" }, { "customer", "Customer" },
                                             { "location", "Location" }, { "node", "" },          { "productVariant", "ProductVariant" },
                                             { "inventoryItem", "InventoryItem" }, { "bulkOperation", "BulkOperation" } };
    enum rows rows;
    struct walk w;

    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        if (strcmp(field, single[i][0]) == 0)
            return by_id(r, e, args, single[i][1]);
    if (strcmp(field, "shop") == 0)
        return view_shop(r->shop);
    if (strcmp(field, "nodes") == 0)
        return many(json_object_get(args, "ids"));
    if (walk_rows(field, &rows)) {
        walk_start(&w, r->shop, rows, str_ends(field, "Count"), args, roots_granted(r, "read_all_orders"), r->warnings);
        return str_ends(field, "Count") ? walk_count(&w, json_int_or(args, "limit", 0)) : walk_page(&w, e, field, args);
    }
    if (strcmp(field, "locations") == 0)
        return locations(r, args);
    if (strcmp(field, "locationsCount") == 0)
        return json_pack("{s:i,s:s}", "count", (int)shop_locations(r->shop), "precision", "EXACT");
    if (strcmp(field, "bulkOperations") == 0)
        return bulks_list(r->bulks, args);
    if (strcmp(field, "currentBulkOperation") == 0)
        return bulks_current(r->bulks);
    if (strcmp(field, "webhookSubscriptions") == 0)
        return subscriptions(r, args);
    if (strcmp(field, "currentAppInstallation") == 0)
        return installation(r);
    if (strcmp(field, "publicApiVersions") == 0)
        return versions();
    return execution_fail(e, "NOT_IN_PRACTICE", "The practice shop has no %s", field);
}

/* ---- fields with arguments ---- */

static json_t *quantities(const json_t *parent, const json_t *args)
{
    const json_t *names = json_object_get(args, "names");
    json_t *list = json_array(), *q, *name;
    size_t i, k;

    json_array_foreach(names, k, name)
        json_array_foreach(json_object_get(parent, "quantities"), i, q)
            if (json_is_string(name) && strcmp(json_string_value(name), json_text_or(q, "name", "")) == 0)
                json_array_append(list, q);
    return list;
}

static json_t *metafields(const json_t *parent, const json_t *args)
{
    const char *space = json_text(args, "namespace");
    json_t *list = json_array(), *field;
    size_t i;

    json_array_foreach(json_object_get(parent, "metafields"), i, field)
        if (space == NULL || strcmp(space, json_text_or(field, "namespace", "")) == 0)
            json_array_append(list, field);
    return list;
}

/* What a customer bought: sums are worked out when somebody asks for them. */
struct bought {
    struct shop *shop;
    int64_t spent;
    size_t count;
    json_t *gids;
};

static void bought_one(void *ctx, size_t index)
{
    struct bought *b = ctx;
    const struct order *o = shop_order_at(b->shop, index);

    b->count++;
    b->spent += o->cancelled != 0 || o->test ? 0 : o->total - o->refunded;
    json_array_append_new(b->gids, view_gid("Order", o->id));
}

static json_t *customer_field(struct roots *r, const char *field, const json_t *parent)
{
    struct shop *s = r->shop;
    struct bought b = { .shop = s, .gids = json_array() };
    const struct customer *c = shop_customer_held(s, gid_number(json_text_or(parent, "id", "")));
    size_t index = c == NULL ? 0 : c->index;
    char text[MONEY_TEXT_MAX];
    json_t *value;

    if (c != NULL) {
        past_of_customer(s, index, bought_one, &b);
        for (size_t i = 0; shop_customer_at(s, index)->sold > 0 && i < s->order_count; i++)
            if (s->orders[i]->customer == index)
                bought_one(&b, s->past + i);
    }
    value = strcmp(field, "numberOfOrders") == 0 ? json_sprintf("%zu", b.count) :
            strcmp(field, "amountSpent") == 0    ? json_sprintf("%s %s", money_text(b.spent, s->digits, text), s->currency) :
                                                   json_incref(b.gids);
    json_decref(b.gids);
    return value;
}

static json_t *item_level(struct roots *r, const json_t *parent, const json_t *args)
{
    const struct variant *v = shop_variant_held(r->shop, gid_number(json_text_or(parent, "id", "")));
    size_t location;

    if (v == NULL || !shop_location_find(r->shop, gid_number(json_text_or(args, "locationId", "")), &location))
        return NULL;
    return view_level(r->shop, v, location);
}

static json_t *location_levels(struct roots *r, struct execution *e, const json_t *parent, const json_t *args)
{
    struct walk w;

    walk_start(&w, r->shop, ROWS_LEVELS, false, args, true, r->warnings);
    shop_location_find(r->shop, gid_number(json_text_or(parent, "id", "")), &w.location);
    return walk_page(&w, e, "inventoryLevels", args);
}

json_t *roots_field(void *ctx, struct execution *e, const struct schema_type *t, const char *field, const json_t *parent,
                    const json_t *args, bool *done)
{
    struct roots *r = ctx;

    *done = true;
    if (strcmp(t->name, "QueryRoot") == 0)
        return query_field(r, e, field, args);
    if (strcmp(t->name, "Mutation") == 0)
        return mutation_field(r, e, field, args);
    if (strcmp(t->name, "LineItem") == 0 && strcmp(field, "discountedTotalSet") == 0)
        return json_incref(json_object_get(parent, json_flag(args, "withCodeDiscounts") ? "$discountedWithCodes" : "$discounted"));
    if (strcmp(t->name, "InventoryLevel") == 0 && strcmp(field, "quantities") == 0)
        return quantities(parent, args);
    if (strcmp(t->name, "InventoryItem") == 0 && strcmp(field, "inventoryLevel") == 0)
        return item_level(r, parent, args);
    if (strcmp(t->name, "Location") == 0 && strcmp(field, "inventoryLevels") == 0)
        return location_levels(r, e, parent, args);
    if (strcmp(t->name, "Customer") == 0 && (strcmp(field, "numberOfOrders") == 0 || strcmp(field, "amountSpent") == 0 ||
                                             strcmp(field, "orders") == 0))
        return customer_field(r, field, parent);
    if (strcmp(field, "metafields") == 0 && json_text(args, "namespace") != NULL)
        return metafields(parent, args);
    *done = false;
    return NULL;
}
