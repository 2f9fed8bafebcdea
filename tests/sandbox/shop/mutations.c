/* mutations.c - what an app may change in the practice shop. */
#include "tests/sandbox/shop/mutations.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/sandbox/shop/levels.h"
#include "tests/sandbox/shop/view.h"

/* An order that is about to be changed; NULL: none such. */
static struct order *order_of(struct roots *r, const char *gid)
{
    size_t index;

    return shop_order_index(r->shop, gid_number(gid), &index) ? shop_order_change(r->shop, index) : NULL;
}

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
    struct order *o = order_of(r, gid);
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
    struct order *o = order_of(r, json_text_or(args, "id", ""));
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
    struct order *o = order_of(r, json_text_or(args, "orderId", ""));
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
    struct order *o = order_of(r, json_text_or(args, "input.id", ""));

    if (o == NULL)
        return json_pack("{s:n,s:o}", "order", "userErrors", user_error("id", "Order does not exist"));
    if (strcmp(o->financial, "paid") == 0)
        return json_pack("{s:n,s:o}", "order", "userErrors", user_error("id", "Order cannot be marked as paid."));
    shop_order_event_held(r->shop, o, "orders/paid");
    hooks_send(r->hooks, "orders/paid", payload_order(r->shop, o));
    return json_pack("{s:o,s:[]}", "order", view_gid("Order", o->id), "userErrors");
}

/* Looks at one row of a stock write, or does it; NULL: right. */
static const char *row_set(struct roots *r, const json_t *row, bool really)
{
    const struct variant *v = shop_variant_held(r->shop, gid_number(json_text_or(row, "inventoryItemId", "")));
    const json_t *from = json_object_get(row, "changeFromQuantity");
    int64_t wanted = json_int_or(row, "quantity", 0);
    struct level level;
    size_t location;

    if (v == NULL)
        return "INVALID_INVENTORY_ITEM";
    if (!shop_location_find(r->shop, gid_number(json_text_or(row, "locationId", "")), &location))
        return "INVALID_LOCATION";
    if (wanted < 0)
        return "INVALID_QUANTITY_NEGATIVE";
    levels_get(r->shop, v, location, &level);
    if (!really)
        return json_is_integer(from) && json_integer_value(from) != level.available ? "CHANGE_FROM_QUANTITY_STALE" : NULL;
    levels_set(r->shop, v, location, wanted);
    hooks_send(r->hooks, "inventory_levels/update", payload_level(r->shop, v, location));
    return NULL;
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
            const char *code = row_set(r, row, turn == 1);

            if (code != NULL)
                json_array_append_new(wrong, json_pack("{s:[s,s,o,s],s:s,s:s}", "field", "input", "quantities",
                                                       json_sprintf("%zu", i), "inventoryItemId", "message", code, "code", code));
        }
    return json_pack("{s:o,s:o}", "inventoryAdjustmentGroup",
                     json_array_size(wrong) > 0 ? json_null() :
                                                  json_pack("{s:s,s:o}", "id", "gid://shopify/InventoryAdjustmentGroup/1", "createdAt", json_string("2026-11-24T00:00:00Z")),
                     "userErrors", wrong);
}

json_t *mutation_field(struct roots *r, struct execution *e, const char *field, const json_t *args)
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
    if (strcmp(field, "bulkOperationRunQuery") == 0)
        return bulks_run(r->bulks, json_text_or(args, "query", ""), json_flag(args, "groupObjects"), r->scopes);
    if (strcmp(field, "bulkOperationCancel") == 0)
        return bulks_cancel(r->bulks, gid_number(json_text_or(args, "id", "")));
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
