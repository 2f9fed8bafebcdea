#include "shopify/fulfilments.h"

#include "base/json.h"

#define PAGES_MAX 30 /* of ten fulfilment orders each */

static bool look_page(struct shop *shop, struct http *http, int64_t order, const char *after,
                      enum pace_class class, json_t **node, struct graphql_trace *trace,
                      struct err *err)
{
    char gid[GRAPHQL_GID_MAX];
    json_auto_t *variables =
        json_pack("{ss ss?}", "id", graphql_gid(gid, "Order", order), "after", after);
    json_auto_t *data = NULL;
    struct graphql_request request = { .operation = GRAPHQL_DELIVERY_LOOK,
                                       .variables = variables,
                                       .class = class };

    if (!graphql_call(shop, http, &request, &data, trace, err))
        return false;
    *node = json_incref(json_object_get(data, "order"));
    if (json_is_object(*node))
        return true;
    json_decref(*node);
    *node = NULL;
    return err_set(err, ERR_MISSING, "the order is not in the shop any more");
}

/* Lists that can't be walked: what is beyond them is not guessed. */
static bool is_whole(const json_t *node, struct err *err)
{
    const json_t *sent = json_object_get(node, "fulfillments"), *row;
    size_t i;

    if (json_array_size(sent) >= FULFILMENTS_MAX)
        return err_set(err, ERR_REFUSED, "the order has %d fulfilments or more: tell the shop by hand",
                       FULFILMENTS_MAX);
    json_array_foreach(sent, i, row)
        if (json_flag(row, "fulfillmentLineItems.pageInfo.hasNextPage"))
            return err_set(err, ERR_REFUSED, "a fulfilment has more than %d lines: tell the shop by hand",
                           FULFILMENTS_LINES_MAX);
    json_array_foreach(json_at(node, "fulfillmentOrders.nodes"), i, row)
        if (json_flag(row, "lineItems.pageInfo.hasNextPage"))
            return err_set(err, ERR_REFUSED,
                           "a fulfilment order has more than %d lines: tell the shop by hand",
                           FULFILMENTS_LINES_MAX);
    return true;
}

bool fulfilments_look(struct shop *shop, struct http *http, int64_t order, enum pace_class class,
                      json_t **node, struct graphql_trace *trace, struct err *err)
{
    json_auto_t *whole = NULL, *last = NULL;

    if (!look_page(shop, http, order, NULL, class, &whole, trace, err) || !is_whole(whole, err))
        return false;
    last = json_incref(whole);
    for (int pages = 1; json_flag(last, "fulfillmentOrders.pageInfo.hasNextPage"); pages++) {
        json_t *page = NULL;

        if (pages == PAGES_MAX)
            return err_set(err, ERR_REFUSED, "the order has too many fulfilment orders");
        if (!look_page(shop, http, order, json_text(last, "fulfillmentOrders.pageInfo.endCursor"),
                       class, &page, trace, err))
            return false;
        json_array_extend(
            json_object_get(json_object_get(whole, "fulfillmentOrders"), "nodes"),
            json_object_get(json_object_get(page, "fulfillmentOrders"), "nodes"));
        json_decref(last);
        last = page;
        if (!is_whole(page, err))
            return false;
    }
    *node = json_incref(whole);
    return true;
}

bool fulfilments_create(struct shop *shop, struct http *http, json_t *input,
                        enum pace_class class, int64_t *id, struct graphql_trace *trace,
                        struct err *err)
{
    json_auto_t *variables = json_pack("{sO}", "fulfillment", input), *data = NULL;
    struct graphql_request request = { .operation = GRAPHQL_FULFILLMENT_CREATE,
                                       .variables = variables,
                                       .class = class };

    if (!graphql_call(shop, http, &request, &data, trace, err) ||
        !graphql_user_errors(data, "fulfillmentCreate", err))
        return false;
    if (graphql_gid_id(json_text_or(data, "fulfillmentCreate.fulfillment.id", ""), "Fulfillment", id))
        return true;
    return err_set(err, ERR_UNSURE, "Shopify does not say what became of the fulfilment");
}
