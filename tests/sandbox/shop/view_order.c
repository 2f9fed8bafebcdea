/* view_order.c - orders as GraphQL objects. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/str.h"
#include "tests/sandbox/shop/make.h"
#include "tests/sandbox/shop/sending.h"
#include "tests/sandbox/shop/view.h"

static int64_t presented(const struct shop *s, const struct order *o, int64_t amount)
{
    int digits = money_digits(o->presentment);
    double value = (double)amount * o->rate;
    int64_t minor = 0;

    for (int d = s->digits; d > digits; d--)
        value /= 10;
    money_from_double(value, 0, &minor);
    return minor;
}

/* "12.30 EUR 13.00 USD" */
static json_t *bag(const struct shop *s, const struct order *o, int64_t amount)
{
    char mine[MONEY_TEXT_MAX], theirs[MONEY_TEXT_MAX];

    if (strcmp(o->presentment, s->currency) == 0)
        return json_sprintf("%s %s", money_text(amount, s->digits, mine), s->currency);
    return json_sprintf("%s %s %s %s", money_text(amount, s->digits, mine), s->currency,
                        money_text(presented(s, o, amount), money_digits(o->presentment), theirs), o->presentment);
}

static json_t *tax_lines(const struct shop *s, const struct order *o, const struct tax_line *taxes, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s,s:f,s:f,s:s,s:b,s:o}", "title", taxes[i].title, "rate",
                                              taxes[i].ppm / 1e6, "ratePercentage", taxes[i].ppm / 1e4, "source", "shopify",
                                              "channelLiable", 0, "priceSet", bag(s, o, taxes[i].amount)));
    return list;
}

static json_t *application_view(const struct shop *s, const struct order *o, size_t index)
{
    const struct application *a = &o->applications[index];
    bool percent = strcmp(a->value_type, "percentage") == 0, code = strcmp(a->type, "discount_code") == 0;
    json_t *value;

    if (percent)
        value = json_pack("{s:s,s:f}", "__typename", "PricingPercentageValue", "percentage", strtod(a->value, NULL));
    else
        value = json_pack("{s:s,s:s,s:s}", "__typename", "MoneyV2", "amount", a->value, "currencyCode", s->currency);
    (void)o;
    return json_pack("{s:s,s:i,s:o,s:o,s:o,s:s,s:o}", "__typename",
                     code ? "DiscountCodeApplication" : "AutomaticDiscountApplication", "index", (int)index,
                     "allocationMethod", view_upper(a->method), "targetSelection", view_upper(a->target_selection), "targetType",
                     view_upper(a->target_type), code ? "code" : "title", a->title, "value", value);
}

static json_t *allocation_view(const struct shop *s, const struct order *o, const struct allocation *a)
{
    return json_pack("{s:o,s:o}", "allocatedAmountSet", bag(s, o, a->amount), "discountApplication",
                     application_view(s, o, (size_t)a->application));
}

static json_t *line_view(const struct shop *s, const struct order *o, const struct line *l)
{
    json_t *v = json_object(), *allocations = json_array(), *custom = json_array();
    int64_t each = l->price, code = 0;

    for (size_t i = 0; i < l->allocation_count; i++) {
        json_array_append_new(allocations, allocation_view(s, o, &l->allocations[i]));
        if (strcmp(o->applications[l->allocations[i].application].type, "discount_code") == 0)
            code += l->allocations[i].amount;
    }
    if (l->property[0] != NULL)
        json_array_append_new(custom, json_pack("{s:s,s:s}", "key", l->property[0], "value", l->property[1]));
    json_object_set_new(v, "__typename", json_string("LineItem"));
    json_object_set_new(v, "id", view_gid("LineItem", l->id));
    json_object_set_new(v, "name", l->variant_title == NULL ? json_string(l->title) :
                                                              json_sprintf("%s - %s", l->title, l->variant_title));
    json_object_set_new(v, "title", json_string(l->title));
    json_object_set_new(v, "variantTitle", view_maybe(l->variant_title));
    json_object_set_new(v, "sku", view_maybe(l->sku));
    json_object_set_new(v, "vendor", view_maybe(l->vendor));
    json_object_set_new(v, "quantity", json_integer(l->quantity));
    json_object_set_new(v, "currentQuantity", json_integer(l->current));
    json_object_set_new(v, "refundableQuantity", json_integer(l->current));
    json_object_set_new(v, "unfulfilledQuantity", json_integer(l->current - l->fulfilled));
    json_object_set_new(v, "nonFulfillableQuantity", json_integer(0));
    json_object_set_new(v, "isGiftCard", json_boolean(l->gift_card));
    json_object_set_new(v, "requiresShipping", json_boolean(l->requires_shipping));
    json_object_set_new(v, "taxable", json_boolean(l->taxable));
    json_object_set_new(v, "product", l->product == 0 ? json_null() : view_gid("Product", l->product));
    json_object_set_new(v, "variant", l->variant == 0 ? json_null() : view_gid("ProductVariant", l->variant));
    json_object_set_new(v, "customAttributes", custom);
    json_object_set_new(v, "originalUnitPriceSet", bag(s, o, each));
    json_object_set_new(v, "originalTotalSet", bag(s, o, each * l->quantity));
    json_object_set_new(v, "$discounted", bag(s, o, line_net(l) + code));
    json_object_set_new(v, "$discountedWithCodes", bag(s, o, line_net(l)));
    json_object_set_new(v, "totalDiscountSet", bag(s, o, each * l->quantity - line_net(l)));
    json_object_set_new(v, "priceAfterAllDiscountsBeforeTaxesSet", bag(s, o, line_net(l)));
    json_object_set_new(v, "taxLines", tax_lines(s, o, l->taxes, l->tax_count));
    json_object_set_new(v, "discountAllocations", allocations);
    return v;
}

static json_t *ship_view(const struct shop *s, const struct order *o, const struct shipping *h)
{
    json_t *allocations = json_array();

    if (h->allocation.application >= 0)
        json_array_append_new(allocations, allocation_view(s, o, &h->allocation));
    return json_pack("{s:s,s:o,s:s,s:s,s:o,s:o,s:o,s:s,s:b,s:o,s:o}", "__typename", "ShippingLine", "id",
                     view_gid("ShippingLine", h->id), "title", h->title, "code", h->code, "originalPriceSet",
                     bag(s, o, h->price), "discountedPriceSet", bag(s, o, h->discounted), "currentDiscountedPriceSet",
                     bag(s, o, h->discounted), "source", "shopify", "isRemoved", 0, "taxLines",
                     tax_lines(s, o, h->taxes, h->tax_count), "discountAllocations", allocations);
}

static int64_t received(const struct order *o)
{
    return order_is_paid(o) ? o->total : strcmp(o->financial, "partially_paid") == 0 ? o->total / 2 : 0;
}

static void order_money(const struct shop *s, const struct order *o, json_t *v)
{
    bool paid = order_is_paid(o);

    json_object_set_new(v, "currentShippingPriceSet", bag(s, o, o->shipping_total));
    json_object_set_new(v, "totalReceivedSet", bag(s, o, received(o)));
    json_object_set_new(v, "netPaymentSet", bag(s, o, received(o) - o->refunded));
    json_object_set_new(v, "unpaid", json_boolean(!paid));
    json_object_set_new(v, "totalPriceSet", bag(s, o, o->total));
    json_object_set_new(v, "currentTotalPriceSet", bag(s, o, o->current_total));
    json_object_set_new(v, "subtotalPriceSet", bag(s, o, o->subtotal));
    json_object_set_new(v, "currentSubtotalPriceSet", bag(s, o, o->current_subtotal));
    json_object_set_new(v, "totalTaxSet", bag(s, o, o->tax_total));
    json_object_set_new(v, "currentTotalTaxSet", bag(s, o, o->current_tax));
    json_object_set_new(v, "totalDiscountsSet", bag(s, o, o->discount_total));
    json_object_set_new(v, "currentTotalDiscountsSet", bag(s, o, o->current_discount));
    json_object_set_new(v, "totalShippingPriceSet", bag(s, o, o->shipping_total));
    json_object_set_new(v, "totalRefundedSet", bag(s, o, o->refunded));
    json_object_set_new(v, "originalTotalPriceSet", bag(s, o, o->total));
    json_object_set_new(v, "totalOutstandingSet", bag(s, o, paid ? 0 : o->current_total));
    json_object_set_new(v, "fullyPaid", json_boolean(paid));
}

/* Taxes of all lines and of shipping by title and rate. */
static json_t *order_taxes(const struct shop *s, const struct order *o)
{
    struct tax_line sums[16];
    size_t count = 0;

    for (size_t i = 0; i < o->line_count + o->ship_count; i++) {
        const struct tax_line *t = i < o->line_count ? o->lines[i].taxes : o->ships[i - o->line_count].taxes;
        size_t n = i < o->line_count ? o->lines[i].tax_count : o->ships[i - o->line_count].tax_count;

        for (size_t k = 0; k < n; k++) {
            size_t at = 0;

            while (at < count && (sums[at].ppm != t[k].ppm || strcmp(sums[at].title, t[k].title) != 0))
                at++;
            if (at == count && count < 16)
                sums[count++] = t[k];
            else if (at < count)
                sums[at].amount += t[k].amount;
        }
    }
    return tax_lines(s, o, sums, count);
}

static json_t *transaction(const struct shop *s, const struct order *o, int64_t id, const char *kind, when at, int64_t amount)
{
    return json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:b,s:o,s:o,s:s,s:o}", "__typename", "OrderTransaction", "id",
                     view_gid("OrderTransaction", id), "kind", kind, "status", "SUCCESS", "gateway", o->gateway,
                     "formattedGateway", o->gateway, "test", o->test, "processedAt", view_moment(at), "createdAt",
                     view_moment(at), "paymentId", "c1.1", "amountSet", bag(s, o, amount));
}

/* Ids of what an order has beside its lines: beyond those of the lines. */
static int64_t own_id(const struct order *o, int64_t nth)
{
    return o->id + 5000 + nth;
}

static json_t *transactions(const struct shop *s, const struct order *o)
{
    const char *kind = strcmp(o->financial, "authorized") == 0 ? "AUTHORIZATION" : "SALE";
    json_t *list = json_array(), *first;

    if (strcmp(o->financial, "pending") == 0 || strcmp(o->financial, "voided") == 0)
        return list;
    first = transaction(s, o, own_id(o, 0), kind, o->processed, strcmp(kind, "SALE") == 0 ? received(o) : o->total);
    json_array_append_new(list, first);
    for (size_t i = 0; i < o->refund_count; i++) {
        json_t *back = transaction(s, o, own_id(o, 1 + (int64_t)i), "REFUND", o->refunds[i].at, o->refunds[i].amount);

        json_object_set_new(back, "parentTransaction", json_copy(first));
        json_array_append_new(list, back);
    }
    return list;
}

static json_t *refund_lines(const struct shop *s, const struct order *o, const struct refund *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->line_count; i++) {
        const struct refund_line *l = &f->lines[i];
        const struct location *from = shop_location(s, o->location);

        json_array_append_new(list, json_pack("{s:s,s:o,s:i,s:s,s:b,s:o,s:o,s:o,s:o}", "__typename", "RefundLineItem", "id",
                                              view_gid("RefundLineItem", f->id + 100 + (int64_t)i), "quantity", l->quantity,
                                              "restockType", l->restocked ? "RETURN" : "NO_RESTOCK", "restocked", l->restocked,
                                              "lineItem", line_view(s, o, &o->lines[l->line]), "location",
                                              view_gid("Location", from->id), "subtotalSet", bag(s, o, l->subtotal),
                                              "totalTaxSet", bag(s, o, l->tax)));
    }
    return list;
}

static json_t *refunds(const struct shop *s, const struct order *o)
{
    json_t *list = json_array();

    for (size_t i = 0; i < o->refund_count; i++) {
        const struct refund *f = &o->refunds[i];

        json_array_append_new(list, json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:n,s:o,s:o,s:[o]}", "__typename", "Refund", "id",
                                              view_gid("Refund", f->id), "legacyResourceId",
                                              json_sprintf("%" PRId64, f->id), "createdAt", view_moment(f->at), "processedAt",
                                              view_moment(f->at), "updatedAt", view_moment(f->at), "note", "totalRefundedSet",
                                              bag(s, o, f->amount), "refundLineItems", refund_lines(s, o, f), "transactions",
                                              transaction(s, o, own_id(o, 1 + (int64_t)i), "REFUND", f->at, f->amount)));
    }
    return list;
}

/* What the shop sent by itself; NULL: nothing. */
static json_t *sent_whole(const struct shop *s, const struct order *o)
{
    const struct fulfillment *f = &o->sent;
    json_t *lines = json_array();
    int total = 0;

    if (f->id == 0) {
        json_decref(lines);
        return NULL;
    }
    for (size_t i = 0; i < o->line_count; i++) {
        const struct line *l = &o->lines[i];

        int pieces = l->fulfilled - sending_pieces(o, i);

        if (pieces <= 0)
            continue;
        total += pieces;
        json_array_append_new(lines, json_pack("{s:s,s:o,s:i,s:o}", "__typename", "FulfillmentLineItem", "id",
                                               view_gid("FulfillmentLineItem", l->id), "quantity", pieces, "lineItem",
                                               line_view(s, o, l)));
    }
    return json_pack("{s:s,s:o,s:o,s:o,s:s,s:s,s:o,s:o,s:i,s:[{s:s,s:s,s:o}],s:o,s:o}", "__typename", "Fulfillment", "id",
                     view_gid("Fulfillment", f->id), "legacyResourceId", json_sprintf("%" PRId64, f->id), "name",
                     json_sprintf("%s.1", o->name), "status", "SUCCESS", "displayStatus", "FULFILLED", "createdAt",
                     view_moment(f->at), "updatedAt", view_moment(f->at), "totalQuantity", total, "trackingInfo", "company",
                     f->carrier, "number", f->number, "url", json_sprintf("https://track.example/%s", f->number), "location",
                     view_gid("Location", shop_location(s, o->location)->id), "fulfillmentLineItems", lines);
}

static json_t *fulfillments(const struct shop *s, const struct order *o)
{
    json_t *list = json_array(), *whole = sent_whole(s, o);

    if (whole != NULL)
        json_array_append_new(list, whole);
    sending_views(s, o, line_view, list);
    return list;
}

static void order_lists(struct shop *s, const struct order *o, json_t *v)
{
    json_t *lines = json_array(), *ships = json_array(), *applications = json_array(), *codes = json_array();

    for (size_t i = 0; i < o->line_count; i++)
        json_array_append_new(lines, line_view(s, o, &o->lines[i]));
    for (size_t i = 0; i < o->ship_count; i++)
        json_array_append_new(ships, ship_view(s, o, &o->ships[i]));
    for (size_t i = 0; i < o->application_count; i++) {
        json_array_append_new(applications, application_view(s, o, i));
        if (strcmp(o->applications[i].type, "discount_code") == 0)
            json_array_append_new(codes, json_string(o->applications[i].title));
    }
    json_object_set_new(v, "lineItems", lines);
    json_object_set_new(v, "shippingLines", ships);
    json_object_set_new(v, "discountApplications", applications);
    json_object_set_new(v, "discountCodes", codes);
    json_object_set_new(v, "taxLines", order_taxes(s, o));
    json_object_set_new(v, "transactions", transactions(s, o));
    json_object_set_new(v, "transactionsCount", json_pack("{s:i,s:s}", "count", (int)json_array_size(json_object_get(v, "transactions")),
                                                          "precision", "EXACT"));
    json_object_set_new(v, "refunds", refunds(s, o));
    json_object_set_new(v, "fulfillments", fulfillments(s, o));
    json_object_set_new(v, "fulfillmentOrders", sending_orders(s, o));
    json_object_set_new(v, "metafields", s->tidy ? json_array() : view_metafields((uint64_t)o->id, "Order", o->updated));
}

static json_t *shipped(const struct order *o)
{
    if (*o->fulfillment == '\0')
        return json_string("UNFULFILLED");
    return strcmp(o->fulfillment, "partial") == 0 ? json_string("PARTIALLY_FULFILLED") : view_upper(o->fulfillment);
}

json_t *view_order(struct shop *s, const struct order *o)
{
    json_t *v = json_object(), *custom = json_array();
    const struct customer *c = o->customer == SIZE_MAX ? NULL : shop_customer_at(s, o->customer);
    const struct location *counter = shop_order_counter(s, o);

    if (o->note_attribute[0] != NULL)
        json_array_append_new(custom, json_pack("{s:s,s:s}", "key", o->note_attribute[0], "value", o->note_attribute[1]));
    json_object_set_new(v, "__typename", json_string("Order"));
    json_object_set_new(v, "id", view_gid("Order", o->id));
    json_object_set_new(v, "legacyResourceId", json_sprintf("%" PRId64, o->id));
    json_object_set_new(v, "name", json_string(o->name));
    json_object_set_new(v, "number", json_integer(o->number));
    json_object_set_new(v, "confirmationNumber", json_sprintf("CN%07d", o->number));
    json_object_set_new(v, "sourceName", json_string(o->source));
    json_object_set_new(v, "retailLocation", counter != NULL ? view_gid("Location", counter->id) : json_null());
    json_object_set_new(v, "createdAt", view_moment(o->created));
    json_object_set_new(v, "processedAt", view_moment(o->processed));
    json_object_set_new(v, "updatedAt", view_moment(o->updated));
    json_object_set_new(v, "cancelledAt", view_moment(o->cancelled));
    json_object_set_new(v, "closedAt", view_moment(o->closed));
    json_object_set_new(v, "cancelReason", *o->cancel_reason == '\0' ? json_null() : view_upper(o->cancel_reason));
    json_object_set_new(v, "closed", json_boolean(o->closed != 0));
    json_object_set_new(v, "customerLocale", json_string(c == NULL || c->locale == NULL ? "en" : c->locale));
    json_object_set_new(v, "confirmed", json_boolean(o->confirmed));
    json_object_set_new(v, "test", json_boolean(o->test));
    json_object_set_new(v, "edited", json_boolean(o->edited));
    json_object_set_new(v, "email", view_maybe(o->email));
    json_object_set_new(v, "phone", view_maybe(o->phone));
    json_object_set_new(v, "note", view_maybe(o->note));
    json_object_set_new(v, "tags", view_words(o->tags));
    json_object_set_new(v, "customAttributes", custom);
    json_object_set_new(v, "currencyCode", json_string(s->currency));
    json_object_set_new(v, "presentmentCurrencyCode", json_string(o->presentment));
    json_object_set_new(v, "taxesIncluded", json_boolean(o->taxes_included));
    json_object_set_new(v, "taxExempt", json_boolean(o->tax_exempt));
    json_object_set_new(v, "displayFinancialStatus", view_upper(o->financial));
    json_object_set_new(v, "displayFulfillmentStatus", shipped(o));
    json_object_set_new(v, "returnStatus", json_string("NO_RETURN"));
    json_object_set_new(v, "paymentGatewayNames", json_pack("[s]", o->gateway));
    json_object_set_new(v, "customer", c == NULL || c->deleted ? json_null() : view_gid("Customer", c->id));
    json_object_set_new(v, "billingAddress", view_address(o->billing));
    json_object_set_new(v, "shippingAddress", view_address(o->shipping_to));
    order_money(s, o, v);
    order_lists(s, o, v);
    return v;
}
