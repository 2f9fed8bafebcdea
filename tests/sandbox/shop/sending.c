#include "tests/sandbox/shop/sending.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/sandbox/shop/levels.h"
#include "tests/sandbox/shop/view.h"

#define OWN_ID 7000 /* of an order's fulfilment order, beyond those of its parts */

int sending_pieces(const struct order *o, size_t line)
{
    int sum = 0;

    for (size_t i = 0; i < o->sending_count; i++)
        sum += line < o->sendings[i].lines ? o->sendings[i].pieces[line] : 0;
    return sum;
}

void sending_clear(struct order *o)
{
    for (size_t i = 0; i < o->sending_count; i++)
        free(o->sendings[i].pieces);
    free(o->sendings);
}

static bool is_sent(const struct order *o)
{
    for (size_t i = 0; i < o->line_count; i++)
        if (o->lines[i].current > o->lines[i].fulfilled)
            return false;
    return true;
}

static bool is_begun(const struct order *o)
{
    for (size_t i = 0; i < o->line_count; i++)
        if (o->lines[i].fulfilled > 0)
            return true;
    return false;
}

static const char *status_of(const struct order *o)
{
    return o->cancelled != 0 ? "CANCELLED" : is_sent(o) ? "CLOSED" : o->on_hold ? "ON_HOLD" : is_begun(o) ? "IN_PROGRESS" : "OPEN";
}

static json_t *actions_of(const char *status)
{
    if (strcmp(status, "OPEN") == 0)
        return json_pack("[{ss}{ss}{ss}]", "action", "CREATE_FULFILLMENT", "action", "HOLD", "action", "MOVE");
    if (strcmp(status, "IN_PROGRESS") == 0)
        return json_pack("[{ss}]", "action", "CREATE_FULFILLMENT");
    return strcmp(status, "ON_HOLD") == 0 ? json_pack("[{ss}]", "action", "RELEASE_HOLD") : json_array();
}

json_t *sending_orders(struct shop *s, const struct order *o)
{
    const struct location *from = shop_location(s, o->location);
    const char *status = status_of(o);
    json_t *lines = json_array(), *holds = json_array();

    for (size_t i = 0; i < o->line_count; i++) {
        const struct line *l = &o->lines[i];

        if (l->current > 0)
            json_array_append_new(lines, json_pack("{s:s,s:o,s:i,s:i,s:s?,s:b,s:s,s:{s:s,s:o}}", "__typename", "FulfillmentOrderLineItem",
                                                   "id", view_gid("FulfillmentOrderLineItem", l->id), "totalQuantity", l->current,
                                                   "remainingQuantity", o->cancelled != 0 ? 0 : l->current - l->fulfilled, "sku", l->sku,
                                                   "requiresShipping", l->requires_shipping, "productTitle", l->title, "lineItem",
                                                   "__typename", "LineItem", "id", view_gid("LineItem", l->id)));
    }
    if (strcmp(status, "ON_HOLD") == 0)
        json_array_append_new(holds, json_pack("{s:s,s:o,s:s,s:s,s:s,s:b}", "__typename", "FulfillmentHold", "id",
                                               view_gid("FulfillmentHold", o->id + OWN_ID), "reason", "AWAITING_PAYMENT", "displayReason",
                                               "Awaiting payment", "reasonNotes", "the bank is slow", "heldByRequestingApp", 0));
    return json_pack("[{s:s,s:o,s:s,s:s,s:o,s:o,s:{s:s,s:o},s:o,s:o,s:o}]", "__typename", "FulfillmentOrder", "id",
                     view_gid("FulfillmentOrder", o->id + OWN_ID), "status", status, "requestStatus", "UNSUBMITTED", "createdAt",
                     view_moment(o->created), "updatedAt", view_moment(o->updated), "assignedLocation", "name", from->name, "location",
                     view_gid("Location", from->id), "supportedActions", actions_of(status), "fulfillmentHolds", holds, "lineItems", lines);
}

static json_t *view_one(const struct shop *s, const struct order *o, size_t nth,
                        json_t *(*line)(const struct shop *s, const struct order *o, const struct line *l))
{
    const struct sending *f = &o->sendings[nth];
    json_t *lines = json_array(), *tracking = json_array();
    int total = 0;

    for (size_t i = 0; i < f->lines; i++) {
        if (f->pieces[i] == 0)
            continue;
        total += f->pieces[i];
        json_array_append_new(lines, json_pack("{s:s,s:o,s:i,s:o}", "__typename", "FulfillmentLineItem", "id",
                                               view_gid("FulfillmentLineItem", f->id + (int64_t)i), "quantity", f->pieces[i], "lineItem",
                                               line(s, o, &o->lines[i])));
    }
    if (*f->carrier != '\0' || *f->number != '\0')
        json_array_append_new(tracking, json_pack("{s:o,s:o}", "company", view_maybe(*f->carrier == '\0' ? NULL : f->carrier), "number",
                                                  view_maybe(*f->number == '\0' ? NULL : f->number)));
    return json_pack("{s:s,s:o,s:o,s:o,s:s,s:s,s:o,s:o,s:i,s:o,s:o,s:o}", "__typename", "Fulfillment", "id", view_gid("Fulfillment", f->id),
                     "legacyResourceId", json_sprintf("%" PRId64, f->id), "name", json_sprintf("%s-F%zu", o->name, nth + 1), "status", "SUCCESS",
                     "displayStatus", "FULFILLED", "createdAt", view_moment(f->at), "updatedAt", view_moment(f->at), "totalQuantity", total,
                     "trackingInfo", tracking, "location", view_gid("Location", shop_location(s, o->location)->id), "fulfillmentLineItems",
                     lines);
}

void sending_views(const struct shop *s, const struct order *o, json_t *(*line)(const struct shop *s, const struct order *o, const struct line *l),
                   json_t *list)
{
    for (size_t i = 0; i < o->sending_count; i++)
        json_array_append_new(list, view_one(s, o, i, line));
}

/* ---- fulfillmentCreate ---- */

static json_t *refuse(const char *field, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static json_t *refuse(const char *field, const char *fmt, ...)
{
    char text[200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return json_pack("{s:n,s:[{s:[s,s],s:s}]}", "fulfillment", "userErrors", "field", "fulfillment", field, "message", text);
}

/* The pieces of each line; NULL and what is wrong. */
static int *pieces_of(const struct order *o, const json_t *wanted, json_t **wrong)
{
    const json_t *items = json_object_get(wanted, "fulfillmentOrderLineItems"), *item;
    int *pieces = calloc(o->line_count + 1, sizeof *pieces);
    size_t i, k;

    if (pieces == NULL)
        abort();
    for (i = 0; json_array_size(items) == 0 && i < o->line_count; i++)
        pieces[i] = o->lines[i].current - o->lines[i].fulfilled;
    json_array_foreach(items, i, item) {
        int64_t id = gid_number(json_text_or(item, "id", "")), quantity = json_int_or(item, "quantity", 0);

        for (k = 0; k < o->line_count && o->lines[k].id != id; k++)
            continue;
        if (k == o->line_count)
            *wrong = refuse("lineItemsByFulfillmentOrder", "Fulfillment order line item does not exist.");
        else if (quantity <= 0 || quantity > o->lines[k].current - o->lines[k].fulfilled - pieces[k])
            *wrong = refuse("lineItemsByFulfillmentOrder", "Invalid fulfillment order line item quantity requested.");
        if (*wrong != NULL)
            return (free(pieces), NULL);
        pieces[k] += (int)quantity;
    }
    return pieces;
}

/* What is sent leaves the house: it is committed no more, and not available again. */
static void take_out(struct shop *s, struct order *o, const int *pieces)
{
    struct order left = *o;

    left.lines = calloc(o->line_count, sizeof *left.lines);
    if (left.lines == NULL)
        abort();
    for (size_t i = 0; i < o->line_count; i++) {
        left.lines[i].variant = o->lines[i].variant;
        left.lines[i].current = pieces[i];
        o->lines[i].fulfilled += pieces[i];
    }
    levels_send(s, &left);
    free(left.lines);
}

static struct sending *record(struct shop *s, struct order *o, const json_t *input, int *pieces)
{
    struct sending *f;
    const char *number = json_text(input, "trackingInfo.number");

    o->sendings = realloc(o->sendings, (o->sending_count + 1) * sizeof *o->sendings);
    if (o->sendings == NULL)
        abort();
    f = &o->sendings[o->sending_count++];
    *f = (struct sending){ .id = shop_id_held(s), .at = when_now(), .pieces = pieces, .lines = o->line_count,
                           .notified = json_flag(input, "notifyCustomer") };
    str_copy(f->carrier, sizeof f->carrier, json_text_or(input, "trackingInfo.company", ""));
    str_copy(f->number, sizeof f->number, number != NULL ? number : json_text_or(input, "trackingInfo.numbers.0", ""));
    return f;
}

json_t *sending_create(struct roots *r, const json_t *args)
{
    struct shop *s = r->shop;
    const json_t *input = json_object_get(args, "fulfillment"), *list = json_object_get(input, "lineItemsByFulfillmentOrder");
    int64_t id = gid_number(json_text_or(json_array_get(list, 0), "fulfillmentOrderId", ""));
    size_t index;
    struct order *o;
    json_t *wrong = NULL;
    const char *status;
    int *pieces, sum = 0;

    if (json_array_size(list) != 1) /* an order has one here, and all must be of one order */
        return refuse("lineItemsByFulfillmentOrder", "All fulfillment orders must be of the same order and location.");
    if (!shop_order_index(s, id - OWN_ID, &index))
        return refuse("lineItemsByFulfillmentOrder", "Fulfillment order does not exist.");
    o = shop_order_change(s, index);
    status = status_of(o);
    if (strcmp(status, "OPEN") != 0 && strcmp(status, "IN_PROGRESS") != 0)
        return refuse("lineItemsByFulfillmentOrder", "Fulfillment order %" PRId64 " has an unfulfillable status= %s.", id, status);
    pieces = pieces_of(o, json_array_get(list, 0), &wrong);
    if (pieces == NULL)
        return wrong;
    for (size_t i = 0; i < o->line_count; i++)
        sum += pieces[i];
    if (sum == 0)
        return (free(pieces), refuse("lineItemsByFulfillmentOrder", "Fulfillment order line items can't be blank."));
    take_out(s, o, pieces);
    record(s, o, input, pieces);
    str_copy(o->fulfillment, sizeof o->fulfillment, is_sent(o) ? "fulfilled" : "partial");
    o->updated = when_now();
    s->version++;
    hooks_send(r->hooks, "orders/updated", payload_order(s, o));
    if (is_sent(o))
        hooks_send(r->hooks, "orders/fulfilled", payload_order(s, o));
    {
        json_auto_t *view = view_order(s, o);
        json_t *all = json_object_get(view, "fulfillments");

        return json_pack("{s:O,s:[]}", "fulfillment", json_array_get(all, json_array_size(all) - 1), "userErrors");
    }
}
