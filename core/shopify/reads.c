#include "shopify/reads.h"

#include <string.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/str.h"
#include "shopify/shop_in.h"

#define TRIES     3   /* when a record moves between two of its pages */
#define PAGES_MAX 100 /* of any list */
#define QUERY_MAX 512

/* data.<root> of one call, a new reference; null where Shopify has no such thing. */
static bool fetch(struct shop *shop, struct http *http, enum graphql_operation operation,
                  const char *root, json_t *variables, enum pace_class class, json_t **found,
                  struct graphql_trace *trace, struct err *err)
{
    struct graphql_request request = { .operation = operation,
                                       .variables = variables,
                                       .class = class };
    json_auto_t *data = NULL;

    if (!graphql_call(shop, http, &request, &data, trace, err))
        return false;
    *found = json_incref(json_object_get(data, root));
    if (*found != NULL)
        return true;
    return err_set(err, ERR_BUG, "%s: the answer holds no %s", graphql_operation_name(operation),
                   root);
}

/* A record whose list may go on, page by page with one or another document. */
struct paged {
    enum graphql_operation first, more;
    const char *root, *list, *cursor; /* "order", "lineItems", the variable "after" */
    const char *type;                 /* of the gid */
    size_t limit;
};

static const char *next_cursor(const json_t *list)
{
    return json_flag(list, "pageInfo.hasNextPage") ? json_text(list, "pageInfo.endCursor") : NULL;
}

/* Adds the pages after the first to record.<list>.nodes. *moved: it changed meanwhile. */
static bool add_pages(struct shop *shop, struct http *http, const struct paged *p, const char *gid,
                      json_t *record, enum pace_class class, bool *moved,
                      struct graphql_trace *trace, struct err *err)
{
    json_t *list = json_object_get(record, p->list), *nodes = json_object_get(list, "nodes");
    const char *updated = json_text_or(record, "updatedAt", ""), *cursor = next_cursor(list);
    json_auto_t *page = NULL;

    for (unsigned n = 0; cursor != NULL; n++) {
        json_auto_t *variables = json_pack("{s:s, s:s}", "id", gid, p->cursor, cursor);
        json_auto_t *next = NULL;

        if (n == PAGES_MAX || json_array_size(nodes) >= p->limit)
            return err_set(err, ERR_REFUSED, "%s has more than %zu %s", gid, p->limit, p->list);
        if (!fetch(shop, http, p->more, p->root, variables, class, &next, trace, err))
            return false;
        *moved = strcmp(json_text_or(next, "updatedAt", ""), updated) != 0;
        if (*moved)
            return true;
        json_decref(page);
        page = json_incref(json_object_get(next, p->list)); /* keeps the cursor alive */
        json_array_extend(nodes, json_object_get(page, "nodes"));
        cursor = next_cursor(page);
    }
    return true;
}

static bool fetch_whole(struct shop *shop, struct http *http, const struct paged *p, int64_t id,
                        enum pace_class class, json_t **record, struct graphql_trace *trace,
                        struct err *err)
{
    char gid[GRAPHQL_GID_MAX];

    graphql_gid(gid, p->type, id);
    for (unsigned tries = 0; tries < TRIES; tries++) {
        json_auto_t *variables = json_pack("{s:s}", "id", gid);
        json_auto_t *found = NULL;
        bool moved = false;

        if (!fetch(shop, http, p->first, p->root, variables, class, &found, trace, err))
            return false;
        if (!json_is_object(found)) {
            err_set(err, ERR_MISSING, "the shop has no %s %lld", p->root, (long long)id);
            err_about(err, "shopify", gid);
            return false;
        }
        if (!add_pages(shop, http, p, gid, found, class, &moved, trace, err))
            return false;
        if (moved)
            continue;
        *record = json_incref(found);
        return true;
    }
    return err_set(err, ERR_CONFLICT, "%s %lld changes while it is read", p->root, (long long)id);
}

bool orders_fetch(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                  json_t **order, struct graphql_trace *trace, struct err *err)
{
    static const struct paged p = {
        GRAPHQL_ORDER_BY_ID, GRAPHQL_ORDER_LINE_ITEMS, "order", "lineItems", "after", "Order",
        READS_LINES_MAX
    };

    return fetch_whole(shop, http, &p, id, class, order, trace, err);
}

bool customers_fetch(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                     json_t **customer, struct graphql_trace *trace, struct err *err)
{
    static const struct paged p = { GRAPHQL_CUSTOMER_BY_ID, GRAPHQL_CUSTOMER_BY_ID, "customer",
                                    "addressesV2",          "addressesAfter",       "Customer",
                                    READS_LINES_MAX };

    return fetch_whole(shop, http, &p, id, class, customer, trace, err);
}

bool products_fetch(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                    json_t **product, struct graphql_trace *trace, struct err *err)
{
    static const struct paged p = { GRAPHQL_PRODUCT_BY_ID,
                                    GRAPHQL_PRODUCT_BY_ID,
                                    "product",
                                    "variants",
                                    "variantsAfter",
                                    "Product",
                                    READS_VARIANTS_MAX };

    return fetch_whole(shop, http, &p, id, class, product, trace, err);
}

bool items_fetch(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                 json_t **item, struct graphql_trace *trace, struct err *err)
{
    static const struct paged p = { GRAPHQL_INVENTORY_ITEM,
                                    GRAPHQL_INVENTORY_ITEM,
                                    "inventoryItem",
                                    "inventoryLevels",
                                    "levelsAfter",
                                    "InventoryItem",
                                    READS_LOCATIONS_MAX };

    return fetch_whole(shop, http, &p, id, class, item, trace, err);
}

bool orders_page(struct shop *shop, struct http *http, when from, when to, const char *after,
                 enum pace_class class, json_t **page, struct graphql_trace *trace, struct err *err)
{
    char query[QUERY_MAX], a[WHEN_TEXT_MAX], b[WHEN_TEXT_MAX];
    json_auto_t *variables = NULL;

    snprintf(query, sizeof query, "updated_at:>='%s' updated_at:<'%s'", when_iso(from, a),
             when_iso(to, b));
    variables = json_pack("{s:s, s:s?}", "query", query, "after", after);
    return fetch(shop, http, GRAPHQL_ORDERS_PAGE, "orders", variables, class, page, trace, err);
}

/* All pages of a root list; keep (may be NULL) says which nodes. Takes variables. */
static bool fetch_list(struct shop *shop, struct http *http, enum graphql_operation operation,
                       const char *root, json_t *variables, size_t limit,
                       bool (*keep)(const json_t *node, const char *key), const char *key,
                       enum pace_class class, json_t **nodes, struct graphql_trace *trace,
                       struct err *err)
{
    json_auto_t *vars = variables, *all = json_array();
    const char *cursor = NULL;

    for (unsigned n = 0; n == 0 || cursor != NULL; n++) {
        json_auto_t *page = NULL;
        json_t *node;
        size_t i;

        if (n == PAGES_MAX || json_array_size(all) > limit)
            return err_set(err, ERR_REFUSED, "%s: more than %zu", root, limit);
        if (!fetch(shop, http, operation, root, vars, class, &page, trace, err))
            return false;
        json_array_foreach(json_object_get(page, "nodes"), i,
                           node) if (keep == NULL || keep(node, key)) json_array_append(all, node);
        cursor = next_cursor(page);
        if (cursor != NULL)
            json_object_set_new(vars, "after", json_string(cursor));
    }
    *nodes = json_incref(all);
    return true;
}

/* The search cuts words and forgives case; we do not. */
static bool has_sku(const json_t *node, const char *sku)
{
    return strcmp(json_text_or(node, "sku", ""), sku) == 0;
}

/* A quoted term of Shopify's search: backslash before what would end it. */
static void quote_term(struct str *query, const char *name, const char *value)
{
    str_addf(query, "%s:'", name);
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '\'' || *p == '\\')
            str_add(query, "\\", 1);
        str_add(query, p, 1);
    }
    str_adds(query, "'");
}

bool variants_by_sku(struct shop *shop, struct http *http, const char *sku, enum pace_class class,
                     json_t **variants, struct graphql_trace *trace, struct err *err)
{
    AUTO_STR query;

    str_init(&query, QUERY_MAX);
    quote_term(&query, "sku", sku);
    if (query.full)
        return err_set(err, ERR_INVALID, "a SKU longer than %d bytes", QUERY_MAX);
    return fetch_list(shop, http, GRAPHQL_VARIANTS_BY_SKU, "productVariants",
                      json_pack("{s:s}", "query", query.data), READS_VARIANTS_MAX, has_sku, sku,
                      class, variants, trace, err);
}

/* The item's level with the item in it; null: none. */
static json_t *level_of(const json_t *item)
{
    const json_t *level = json_object_get(item, "inventoryLevel");
    json_t *whole = json_is_object(level) ? json_copy((json_t *)(uintptr_t)level) : NULL;
    json_t *own = json_copy((json_t *)(uintptr_t)item);

    json_object_del(own, "inventoryLevel");
    if (whole == NULL) {
        json_decref(own);
        return json_null();
    }
    json_object_set_new(whole, "item", own);
    return whole;
}

bool levels_fetch(struct shop *shop, struct http *http, int64_t location, const int64_t *items,
                  size_t count, enum pace_class class, json_t **levels,
                  struct graphql_trace *trace, struct err *err)
{
    json_auto_t *ids = json_array(), *nodes = NULL;
    json_auto_t *variables =
        json_pack("{sOso}", "ids", ids, "locationId",
                  json_sprintf("gid://shopify/Location/%lld", (long long)location));
    json_t *item;
    size_t i;

    if (count > READS_LEVELS_MAX)
        return err_set(err, ERR_BUG, "more than %d levels at once", READS_LEVELS_MAX);
    for (i = 0; i < count; i++)
        json_array_append_new(
            ids, json_sprintf("gid://shopify/InventoryItem/%lld", (long long)items[i]));
    if (!fetch(shop, http, GRAPHQL_INVENTORY_BY_IDS, "nodes", variables, class, &nodes, trace, err))
        return false;
    if (json_array_size(nodes) != count)
        return err_set(err, ERR_BUG, "%zu items asked for, %zu answered", count,
                       json_array_size(nodes));
    *levels = json_array();
    json_array_foreach(nodes, i, item) json_array_append_new(*levels, level_of(item));
    return true;
}

bool companies_fetch(struct shop *shop, struct http *http, const int64_t *ids, size_t count,
                     enum pace_class class, json_t **companies, struct graphql_trace *trace,
                     struct err *err)
{
    json_auto_t *gids = json_array(), *nodes = NULL;
    json_auto_t *variables = json_pack("{sO}", "ids", gids);

    if (count > READS_COMPANIES_MAX)
        return err_set(err, ERR_BUG, "more than %d companies at once", READS_COMPANIES_MAX);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(gids,
                              json_sprintf("gid://shopify/Company/%lld", (long long)ids[i]));
    if (!fetch(shop, http, GRAPHQL_COMPANIES, "nodes", variables, class, &nodes, trace, err))
        return false;
    if (json_array_size(nodes) != count)
        return err_set(err, ERR_BUG, "%zu companies asked for, %zu answered", count,
                       json_array_size(nodes));
    *companies = json_incref(nodes);
    return true;
}

bool locations_fetch(struct shop *shop, struct http *http, enum pace_class class,
                     json_t **locations, struct graphql_trace *trace, struct err *err)
{
    return fetch_list(shop, http, GRAPHQL_LOCATIONS, "locations", json_object(),
                      READS_LOCATIONS_MAX, NULL, NULL, class, locations, trace, err);
}

bool shop_zone(struct shop *shop, struct http *http, enum pace_class class,
               char zone[ZONE_NAME_MAX], struct graphql_trace *trace, struct err *err)
{
    struct graphql_request request = { .operation = GRAPHQL_SHOP_INFO, .class = class };
    json_auto_t *data = NULL;
    const char *name;

    mutex_lock(&shop->lock);
    str_copy(zone, ZONE_NAME_MAX, shop->zone);
    mutex_unlock(&shop->lock);
    if (zone[0] != '\0')
        return true;
    if (!graphql_call(shop, http, &request, &data, trace, err))
        return false;
    name = json_text_or(data, "shop.ianaTimezone", "");
    if (name[0] == '\0' || !str_copy(zone, ZONE_NAME_MAX, name))
        return err_set(err, ERR_BUG, "the shop tells no time zone");
    mutex_lock(&shop->lock);
    str_copy(shop->zone, sizeof shop->zone, zone);
    mutex_unlock(&shop->lock);
    return true;
}
