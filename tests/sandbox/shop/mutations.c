/* mutations.c - what an app may change in the practice shop. */
#include "tests/sandbox/shop/mutations.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/sandbox/shop/sending.h"
#include "tests/sandbox/shop/stock.h"
#include "tests/sandbox/shop/variants.h"
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

static void put_text(char **to, const json_t *input, const char *name)
{
    const json_t *value = json_object_get(input, name);

    if (value == NULL)
        return;
    free(*to);
    *to = json_is_string(value) && json_string_length(value) > 0 ? strdup(json_string_value(value)) : NULL;
}

/* "+41 44 111" -> "+4144111"; false: no number with its country. */
static bool phone_of(char *text)
{
    char *to = text;

    if (*text != '+')
        return false;
    for (const char *from = text; *from != '\0'; from++)
        if (isdigit((unsigned char)*from) || from == text)
            *to++ = *from;
        else if (strchr(" -()/.", *from) == NULL)
            return false;
    *to = '\0';
    return to - text > 7;
}

static json_t *customer_error(const char *field, const char *message, const char *code)
{
    return json_pack("{s:n,s:[{s:[s,s],s:s,s:s}]}", "customer", "userErrors", "field", "input", field, "message", message, "code", code);
}

static json_t *customer_set(struct roots *r, const json_t *args)
{
    const json_t *input = json_object_get(args, "input");
    const char *email = json_text(input, "email"), *phone = json_text(input, "phone");
    const struct customer *held = shop_customer_held(r->shop, gid_number(json_text_or(args, "identifier.id", "")));
    char number[32] = "";
    struct customer *c;

    if (held == NULL || held->deleted)
        return customer_error("id", "Customer does not exist", "NOT_FOUND");
    if (email != NULL && strchr(email, '@') == NULL)
        return customer_error("email", "Email is invalid", "INVALID");
    if (phone != NULL && *phone != '\0' && (!str_copy(number, sizeof number, phone) || !phone_of(number)))
        return customer_error("phone", "Phone is invalid", "INVALID");
    c = shop_customer_change(r->shop, held->index);
    put_text(&c->first, input, "firstName");
    put_text(&c->last, input, "lastName");
    put_text(&c->email, input, "email");
    put_text(&c->note, input, "note");
    put_text(&c->phone, input, "phone");
    if (number[0] != '\0') {
        free(c->phone);
        c->phone = strdup(number);
    }
    c->updated = when_now();
    hooks_send(r->hooks, "customers/update", payload_customer(r->shop, c));
    return json_pack("{s:o,s:[]}", "customer", view_customer(r->shop, c), "userErrors");
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
    if (strcmp(field, "customerSet") == 0)
        return customer_set(r, args);
    if (strcmp(field, "tagsAdd") == 0)
        return tags_add(r, args);
    if (strcmp(field, "orderCancel") == 0)
        return order_cancel(r, args);
    if (strcmp(field, "orderMarkAsPaid") == 0)
        return mark_paid(r, args);
    if (strcmp(field, "inventorySetQuantities") == 0)
        return stock_write(r, e, args);
    if (strcmp(field, "productVariantsBulkUpdate") == 0)
        return variants_write(r, e, args);
    if (strcmp(field, "fulfillmentCreate") == 0)
        return sending_create(r, args);
    return execution_fail(e, "NOT_IN_PRACTICE", "The practice shop does not do %s", field);
}
