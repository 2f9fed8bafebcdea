#include "tests/sandbox/shop/roots.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/sandbox/shop/query.h"
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

static int64_t gid_number(const char *gid)
{
    const char *slash = strrchr(gid, '/');

    return slash == NULL ? 0 : strtoll(slash + 1, NULL, 10);
}

json_t *roots_node(void *ctx, const char *gid)
{
    struct roots *r = ctx;
    struct shop *s = r->shop;
    int64_t id = gid_number(gid);

    if (str_starts(gid, "gid://shopify/Order/"))
        return shop_order_held(s, id) == NULL ? NULL : view_order(s, shop_order_held(s, id));
    if (str_starts(gid, "gid://shopify/Customer/"))
        return shop_customer_held(s, id) == NULL ? NULL : view_customer(s, shop_customer_held(s, id));
    if (str_starts(gid, "gid://shopify/Product/")) {
        const struct product *p = shop_product_held(s, id);

        return p == NULL || p->deleted ? NULL : view_product(s, p);
    }
    if (str_starts(gid, "gid://shopify/ProductVariant/")) {
        const struct variant *v = shop_variant_held(s, id);

        return v == NULL || v->id != id || s->products[v->product].deleted ? NULL : view_variant(s, v);
    }
    if (str_starts(gid, "gid://shopify/InventoryItem/")) {
        const struct variant *v = shop_variant_held(s, id);

        return v == NULL || v->item != id ? NULL : view_item(s, v);
    }
    if (str_starts(gid, "gid://shopify/Location/"))
        return id == s->location ? view_location(s) : NULL;
    return NULL;
}

/* ---- lists ---- */

static json_t *order_gids(struct roots *r, const json_t *args)
{
    struct shop *s = r->shop;
    const char *sort = json_text_or(args, "sortKey", "PROCESSED_AT");
    bool reverse = json_flag(args, "reverse"), updated = strcmp(sort, "UPDATED_AT") == 0;
    AUTO_FREE struct order **list = calloc(s->order_count + 1, sizeof *list);
    size_t count = 0;
    struct query q;
    json_t *gids = json_array();

    query_read(json_text(args, "query"), query_order_names, &q, r->warnings);
    for (size_t i = 0; i < s->order_count; i++)
        if (query_order(s, &q, s->orders[i]))
            list[count++] = s->orders[i];
    /* made in the order of creation; changed ones move */
    for (size_t i = 1; updated && i < count; i++)
        for (size_t k = i; k > 0 && list[k - 1]->updated > list[k]->updated; k--) {
            struct order *swap = list[k];

            list[k] = list[k - 1];
            list[k - 1] = swap;
        }
    for (size_t i = 0; i < count; i++)
        json_array_append_new(gids, view_gid("Order", list[reverse ? count - 1 - i : i]->id));
    return gids;
}

static json_t *variant_gids(struct roots *r, const json_t *args, const char *type)
{
    struct shop *s = r->shop;
    struct query q;
    json_t *gids = json_array();
    bool item = strcmp(type, "InventoryItem") == 0;

    query_read(json_text(args, "query"), query_variant_names, &q, r->warnings);
    for (size_t i = 0; i < s->variant_count; i++)
        if (!s->products[s->variants[i].product].deleted && query_variant(s, &q, &s->variants[i]))
            json_array_append_new(gids, view_gid(type, item ? s->variants[i].item : s->variants[i].id));
    return gids;
}

static json_t *customer_gids(struct roots *r, const json_t *args)
{
    struct query q;
    json_t *gids = json_array();

    query_read(json_text(args, "query"), query_customer_names, &q, r->warnings);
    for (size_t i = 0; i < r->shop->customer_count; i++)
        if (query_customer(&q, &r->shop->customers[i]))
            json_array_append_new(gids, view_gid("Customer", r->shop->customers[i].id));
    return gids;
}

static json_t *product_gids(struct roots *r, const json_t *args)
{
    struct query q;
    json_t *gids = json_array();

    query_read(json_text(args, "query"), query_product_names, &q, r->warnings);
    for (size_t i = 0; i < r->shop->product_count; i++)
        if (!r->shop->products[i].deleted && query_product(&q, &r->shop->products[i]))
            json_array_append_new(gids, view_gid("Product", r->shop->products[i].id));
    return gids;
}

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

static json_t *count(json_t *gids, json_int_t limit)
{
    json_int_t n = (json_int_t)json_array_size(gids);
    bool more = limit > 0 && n > limit;

    json_decref(gids);
    return json_pack("{s:I,s:s}", "count", more ? limit : n, "precision", more ? "AT_LEAST" : "EXACT");
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
        return strcmp(type, "Location") == 0 ? view_location(r->shop) : NULL;
    snprintf(start, sizeof start, "gid://shopify/%s/", type);
    if (*type != '\0' && !str_starts(gid, start))
        return execution_fail(e, "RESOURCE_NOT_FOUND", "Invalid id: %s", gid);
    return roots_node(r, gid);
}

static json_t *many(const json_t *ids)
{
    return json_deep_copy(ids);
}

static json_t *query_field(struct roots *r, struct execution *e, const char *field, const json_t *args)
{
    static const char *const single[][2] = { { "order", "Order" },     { "product", "Product" }, { "customer", "Customer" },
                                             { "location", "Location" }, { "node", "" },          { "productVariant", "ProductVariant" },
                                             { "inventoryItem", "InventoryItem" } };

    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        if (strcmp(field, single[i][0]) == 0)
            return by_id(r, e, args, single[i][1]);
    if (strcmp(field, "shop") == 0)
        return view_shop(r->shop);
    if (strcmp(field, "nodes") == 0)
        return many(json_object_get(args, "ids"));
    if (strcmp(field, "orders") == 0)
        return order_gids(r, args);
    if (strcmp(field, "ordersCount") == 0)
        return count(order_gids(r, args), json_int_or(args, "limit", 10000));
    if (strcmp(field, "productVariants") == 0)
        return variant_gids(r, args, "ProductVariant");
    if (strcmp(field, "inventoryItems") == 0)
        return variant_gids(r, args, "InventoryItem");
    if (strcmp(field, "customers") == 0)
        return customer_gids(r, args);
    if (strcmp(field, "products") == 0)
        return product_gids(r, args);
    if (strcmp(field, "locations") == 0)
        return json_pack("[o]", view_gid("Location", r->shop->location));
    if (strcmp(field, "webhookSubscriptions") == 0)
        return subscriptions(r, args);
    if (strcmp(field, "currentAppInstallation") == 0)
        return installation(r);
    if (strcmp(field, "publicApiVersions") == 0)
        return versions();
    return execution_fail(e, "NOT_IN_PRACTICE", "The practice shop has no %s", field);
}

/* ---- mutations ---- */

static json_t *user_error(const char *field, const char *message)
{
    return json_pack("[{s:[s],s:s}]", "field", field, "message", message);
}

static json_t *webhook_payload(json_t *view, const char *problem)
{
    const char *field = problem != NULL && str_starts(problem, "Name") ? "name" : "callbackUrl";

    return json_pack("{s:o,s:o}", "webhookSubscription", view == NULL ? json_null() : view, "userErrors",
                     problem == NULL ? json_array() : json_pack("[{s:[s,s],s:s}]", "field", "webhookSubscription", field, "message", problem));
}

static json_t *order_update(struct roots *r, const json_t *args)
{
    const char *gid = json_text_or(args, "input.id", "");
    struct order *o = shop_order_held(r->shop, gid_number(gid));
    const char *note = json_text(args, "input.note");

    if (o == NULL)
        return json_pack("{s:n,s:o}", "order", "userErrors", user_error("id", "Order does not exist"));
    if (note != NULL) {
        free(o->note);
        o->note = strdup(note);
    }
    shop_order_event_held(r->shop, o, "orders/updated");
    hooks_send(r->hooks, "orders/updated", payload_order(r->shop, o));
    return json_pack("{s:o,s:[]}", "order", view_gid("Order", o->id), "userErrors");
}

static json_t *tags_add(struct roots *r, const json_t *args)
{
    struct order *o = shop_order_held(r->shop, gid_number(json_text_or(args, "id", "")));
    const json_t *tags = json_object_get(args, "tags");
    AUTO_STR all = { 0 };
    json_t *tag;
    size_t i;

    if (o == NULL)
        return json_pack("{s:n,s:o}", "node", "userErrors", user_error("id", "Resource not found"));
    str_init(&all, 65536);
    str_adds(&all, o->tags);
    json_array_foreach(tags, i, tag)
        if (json_is_string(tag) && strstr(all.data, json_string_value(tag)) == NULL)
            str_addf(&all, "%s%s", all.len > 0 ? ", " : "", json_string_value(tag));
    free(o->tags);
    o->tags = str_take(&all);
    shop_order_event_held(r->shop, o, "orders/updated");
    hooks_send(r->hooks, "orders/updated", payload_order(r->shop, o));
    return json_pack("{s:o,s:[]}", "node", view_gid("Order", o->id), "userErrors");
}

static json_t *order_cancel(struct roots *r, const json_t *args)
{
    struct order *o = shop_order_held(r->shop, gid_number(json_text_or(args, "orderId", "")));
    json_t *wrong = o == NULL          ? json_pack("[{s:[s],s:s,s:s}]", "field", "orderId", "message", "Order does not exist", "code", "NOT_FOUND") :
                    o->cancelled != 0 ? json_pack("[{s:[s],s:s,s:s}]", "field", "orderId", "message", "Order has already been cancelled", "code", "INVALID") :
                                        NULL;

    if (wrong != NULL)
        return json_pack("{s:n,s:O,s:o}", "job", "userErrors", wrong, "orderCancelUserErrors", wrong);
    shop_order_event_held(r->shop, o, "orders/cancelled");
    hooks_send(r->hooks, "orders/cancelled", payload_order(r->shop, o));
    hooks_send(r->hooks, "orders/updated", payload_order(r->shop, o));
    return json_pack("{s:{s:s,s:b},s:[],s:[]}", "job", "id", "gid://shopify/Job/1", "done", 1, "userErrors",
                     "orderCancelUserErrors");
}

static json_t *mark_paid(struct roots *r, const json_t *args)
{
    struct order *o = shop_order_held(r->shop, gid_number(json_text_or(args, "input.id", "")));

    if (o == NULL)
        return json_pack("{s:n,s:o}", "order", "userErrors", user_error("id", "Order does not exist"));
    if (strcmp(o->financial, "paid") == 0)
        return json_pack("{s:n,s:o}", "order", "userErrors", user_error("id", "Order cannot be marked as paid."));
    shop_order_event_held(r->shop, o, "orders/paid");
    hooks_send(r->hooks, "orders/paid", payload_order(r->shop, o));
    return json_pack("{s:o,s:[]}", "order", view_gid("Order", o->id), "userErrors");
}

static json_t *inventory_set(struct roots *r, struct execution *e, const json_t *args)
{
    const json_t *rows = json_at(args, "input.quantities");
    json_t *row, *wrong = json_array();
    bool keyed = false;
    size_t i;

    for (size_t k = 0; e->selection != NULL && k < e->selection->directive_count; k++)
        keyed = keyed || strcmp(e->selection->directives[k].name, "idempotent") == 0;
    if (!keyed) {
        json_decref(wrong);
        return execution_fail(e, "BAD_REQUEST", "The @idempotent directive is required for this mutation but was not provided.");
    }
    for (int turn = 0; turn < 2 && json_array_size(wrong) == 0; turn++)
        json_array_foreach(rows, i, row) {
            struct variant *v = shop_variant_held(r->shop, gid_number(json_text_or(row, "inventoryItemId", "")));
            const json_t *from = json_object_get(row, "changeFromQuantity");
            int64_t wanted = json_int_or(row, "quantity", 0);
            const char *code = NULL;

            if (v == NULL)
                code = "INVALID_INVENTORY_ITEM";
            else if (gid_number(json_text_or(row, "locationId", "")) != r->shop->location)
                code = "INVALID_LOCATION";
            else if (wanted < 0)
                code = "INVALID_QUANTITY_NEGATIVE";
            else if (json_is_integer(from) && json_integer_value(from) != v->available)
                code = "CHANGE_FROM_QUANTITY_STALE";
            if (code != NULL)
                json_array_append_new(wrong, json_pack("{s:[s,s,o,s],s:s,s:s}", "field", "input", "quantities",
                                                       json_sprintf("%zu", i), "inventoryItemId", "message", code, "code", code));
            else if (turn == 1) {
                v->available = wanted;
                v->updated = when_now();
                hooks_send(r->hooks, "inventory_levels/update", payload_level(r->shop, v));
            }
        }
    return json_pack("{s:o,s:o}", "inventoryAdjustmentGroup",
                     json_array_size(wrong) > 0 ? json_null() :
                                                  json_pack("{s:s,s:o}", "id", "gid://shopify/InventoryAdjustmentGroup/1", "createdAt", json_string("2026-11-24T00:00:00Z")),
                     "userErrors", wrong);
}

static json_t *mutation_field(struct roots *r, struct execution *e, const char *field, const json_t *args)
{
    const char *problem = NULL;
    json_t *view;

    if (strcmp(field, "webhookSubscriptionCreate") == 0) {
        view = hooks_subscribe(r->hooks, json_text_or(args, "topic", ""), json_object_get(args, "webhookSubscription"), r->version, &problem);
        return webhook_payload(view, problem);
    }
    if (strcmp(field, "webhookSubscriptionUpdate") == 0) {
        view = hooks_update(r->hooks, json_text_or(args, "id", ""), json_object_get(args, "webhookSubscription"), &problem);
        return webhook_payload(view, problem);
    }
    if (strcmp(field, "webhookSubscriptionDelete") == 0) {
        bool gone = hooks_unsubscribe(r->hooks, json_text_or(args, "id", ""));

        return json_pack("{s:o,s:o}", "deletedWebhookSubscriptionId", gone ? json_incref(json_object_get(args, "id")) : json_null(),
                         "userErrors", gone ? json_array() : user_error("id", "Webhook subscription does not exist"));
    }
    if (strcmp(field, "orderUpdate") == 0)
        return order_update(r, args);
    if (strcmp(field, "tagsAdd") == 0)
        return tags_add(r, args);
    if (strcmp(field, "orderCancel") == 0)
        return order_cancel(r, args);
    if (strcmp(field, "orderMarkAsPaid") == 0)
        return mark_paid(r, args);
    if (strcmp(field, "inventorySetQuantities") == 0)
        return inventory_set(r, e, args);
    return execution_fail(e, "NOT_IN_PRACTICE", "The practice shop does not do %s", field);
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
    if (strcmp(t->name, "InventoryItem") == 0 && strcmp(field, "inventoryLevel") == 0) {
        const struct variant *v = shop_variant_held(r->shop, gid_number(json_text_or(parent, "id", "")));

        return v == NULL || gid_number(json_text_or(args, "locationId", "")) != r->shop->location ? NULL : view_level(r->shop, v);
    }
    *done = false;
    return NULL;
}
