/* view.c - GraphQL objects. */
#include "tests/sandbox/shop/view.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/str.h"

json_t *view_gid(const char *type, int64_t id)
{
    return json_sprintf("gid://shopify/%s/%" PRId64, type, id);
}

static json_t *moment(when at)
{
    char text[WHEN_TEXT_MAX];

    return at == 0 ? json_null() : json_string(when_iso(at, text));
}

static json_t *maybe(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *upper(const char *text)
{
    char up[40];
    size_t i;

    for (i = 0; text[i] != '\0' && i + 1 < sizeof up; i++)
        up[i] = (char)toupper((unsigned char)text[i]);
    up[i] = '\0';
    return json_string(up);
}

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
                     "allocationMethod", upper(a->method), "targetSelection", upper(a->target_selection), "targetType",
                     upper(a->target_type), code ? "code" : "title", a->title, "value", value);
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
    json_object_set_new(v, "variantTitle", maybe(l->variant_title));
    json_object_set_new(v, "sku", maybe(l->sku));
    json_object_set_new(v, "vendor", maybe(l->vendor));
    json_object_set_new(v, "quantity", json_integer(l->quantity));
    json_object_set_new(v, "currentQuantity", json_integer(l->current));
    json_object_set_new(v, "refundableQuantity", json_integer(l->current));
    json_object_set_new(v, "unfulfilledQuantity", json_integer(l->current));
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
    return json_pack("{s:s,s:o,s:s,s:s,s:s,s:b,s:o,s:o,s:o,s:o,s:o}", "__typename", "ShippingLine", "id",
                     view_gid("ShippingLine", h->id), "title", h->title, "code", h->code, "source", "shopify", "isRemoved", 0,
                     "originalPriceSet", bag(s, o, h->price), "discountedPriceSet", bag(s, o, h->discounted),
                     "currentDiscountedPriceSet", bag(s, o, h->discounted), "taxLines",
                     tax_lines(s, o, h->taxes, h->tax_count), "discountAllocations", allocations);
}

static json_t *address_view(const struct address *a)
{
    json_t *v;

    if (a == NULL)
        return json_null();
    v = json_object();
    json_object_set_new(v, "firstName", maybe(a->first));
    json_object_set_new(v, "lastName", maybe(a->last));
    json_object_set_new(v, "name", json_sprintf("%s %s", a->first, a->last));
    json_object_set_new(v, "company", maybe(a->company));
    json_object_set_new(v, "address1", maybe(a->address1));
    json_object_set_new(v, "address2", maybe(a->address2));
    json_object_set_new(v, "city", maybe(a->city));
    json_object_set_new(v, "zip", maybe(a->zip));
    json_object_set_new(v, "phone", maybe(a->phone));
    json_object_set_new(v, "country", json_string(country_name(a->country)));
    json_object_set_new(v, "countryCodeV2", json_string(a->country));
    json_object_set_new(v, "province", *a->province == '\0' ? json_null() : json_string(province_name(a->country, a->province)));
    json_object_set_new(v, "provinceCode", *a->province == '\0' ? json_null() : json_string(a->province));
    return v;
}

static json_t *words(const char *list)
{
    json_t *v = json_array();

    while (list != NULL && *list != '\0') {
        size_t len = strcspn(list, ",");

        json_array_append_new(v, json_stringn(list, len));
        list += len + (list[len] == ',');
        list += strspn(list, " ");
    }
    return v;
}

static void order_money(const struct shop *s, const struct order *o, json_t *v)
{
    bool paid = order_is_paid(o);

    json_object_set_new(v, "totalPriceSet", bag(s, o, o->total));
    json_object_set_new(v, "currentTotalPriceSet", bag(s, o, o->current_total));
    json_object_set_new(v, "subtotalPriceSet", bag(s, o, o->subtotal));
    json_object_set_new(v, "currentSubtotalPriceSet", bag(s, o, o->current_subtotal));
    json_object_set_new(v, "totalTaxSet", bag(s, o, o->tax_total));
    json_object_set_new(v, "currentTotalTaxSet", bag(s, o, o->current_tax));
    json_object_set_new(v, "totalDiscountsSet", bag(s, o, o->discount_total));
    json_object_set_new(v, "currentTotalDiscountsSet", bag(s, o, o->current_discount));
    json_object_set_new(v, "totalShippingPriceSet", bag(s, o, o->shipping_total));
    json_object_set_new(v, "currentShippingPriceSet", bag(s, o, o->shipping_total));
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

static json_t *transactions(const struct shop *s, const struct order *o)
{
    const char *kind = strcmp(o->financial, "authorized") == 0 ? "AUTHORIZATION" : "SALE";
    bool any = strcmp(o->financial, "pending") != 0 && strcmp(o->financial, "voided") != 0;
    int64_t amount = strcmp(o->financial, "partially_paid") == 0 ? o->total / 2 : o->total;

    if (!any)
        return json_array();
    return json_pack("[{s:s,s:o,s:s,s:s,s:s,s:b,s:o,s:s,s:o}]", "__typename", "OrderTransaction", "id",
                     view_gid("OrderTransaction", o->id + 1), "kind", kind, "status", "SUCCESS", "gateway", o->gateway,
                     "test", o->test, "processedAt", moment(o->processed), "paymentId", "c1.1", "amountSet", bag(s, o, amount));
}

static json_t *refunds(const struct shop *s, const struct order *o)
{
    json_t *list = json_array();

    for (int i = 0; i < o->refunds; i++)
        json_array_append_new(list, json_pack("{s:s,s:o,s:o,s:o,s:o}", "__typename", "Refund", "id",
                                              view_gid("Refund", o->id + 100 + i), "legacyResourceId",
                                              json_sprintf("%" PRId64, o->id + 100 + i), "createdAt", moment(o->updated),
                                              "totalRefundedSet", bag(s, o, o->refunded / o->refunds)));
    return list;
}

static void order_lists(const struct shop *s, const struct order *o, json_t *v)
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
    json_object_set_new(v, "refunds", refunds(s, o));
    json_object_set_new(v, "fulfillments", json_array());
    json_object_set_new(v, "metafields", json_array());
}

json_t *view_order(const struct shop *s, const struct order *o)
{
    json_t *v = json_object(), *custom = json_array();
    const struct customer *c = o->customer == SIZE_MAX ? NULL : &s->customers[o->customer];

    if (o->note_attribute[0] != NULL)
        json_array_append_new(custom, json_pack("{s:s,s:s}", "key", o->note_attribute[0], "value", o->note_attribute[1]));
    json_object_set_new(v, "__typename", json_string("Order"));
    json_object_set_new(v, "id", view_gid("Order", o->id));
    json_object_set_new(v, "legacyResourceId", json_sprintf("%" PRId64, o->id));
    json_object_set_new(v, "name", json_string(o->name));
    json_object_set_new(v, "number", json_integer(o->number));
    json_object_set_new(v, "confirmationNumber", json_sprintf("CN%07d", o->number));
    json_object_set_new(v, "sourceName", json_string(o->source));
    json_object_set_new(v, "createdAt", moment(o->created));
    json_object_set_new(v, "processedAt", moment(o->processed));
    json_object_set_new(v, "updatedAt", moment(o->updated));
    json_object_set_new(v, "cancelledAt", moment(o->cancelled));
    json_object_set_new(v, "closedAt", moment(o->closed));
    json_object_set_new(v, "cancelReason", *o->cancel_reason == '\0' ? json_null() : upper(o->cancel_reason));
    json_object_set_new(v, "confirmed", json_boolean(o->confirmed));
    json_object_set_new(v, "test", json_boolean(o->test));
    json_object_set_new(v, "edited", json_boolean(o->edited));
    json_object_set_new(v, "email", maybe(o->email));
    json_object_set_new(v, "phone", maybe(o->phone));
    json_object_set_new(v, "note", maybe(o->note));
    json_object_set_new(v, "tags", words(o->tags));
    json_object_set_new(v, "customAttributes", custom);
    json_object_set_new(v, "currencyCode", json_string(s->currency));
    json_object_set_new(v, "presentmentCurrencyCode", json_string(o->presentment));
    json_object_set_new(v, "taxesIncluded", json_boolean(o->taxes_included));
    json_object_set_new(v, "taxExempt", json_boolean(o->tax_exempt));
    json_object_set_new(v, "displayFinancialStatus", upper(o->financial));
    json_object_set_new(v, "displayFulfillmentStatus", *o->fulfillment == '\0' ? json_string("UNFULFILLED") : upper(o->fulfillment));
    json_object_set_new(v, "returnStatus", json_string("NO_RETURN"));
    json_object_set_new(v, "paymentGatewayNames", json_pack("[s]", o->gateway));
    json_object_set_new(v, "customer", c == NULL ? json_null() : view_gid("Customer", c->id));
    json_object_set_new(v, "billingAddress", address_view(o->billing));
    json_object_set_new(v, "shippingAddress", address_view(o->shipping_to));
    order_money(s, o, v);
    order_lists(s, o, v);
    return v;
}

json_t *view_customer(const struct shop *s, const struct customer *c)
{
    json_t *v = json_object(), *address = address_view(&c->address);

    json_object_set_new(address, "id", view_gid("MailingAddress", c->address_id));
    json_object_set_new(v, "__typename", json_string("Customer"));
    json_object_set_new(v, "id", view_gid("Customer", c->id));
    json_object_set_new(v, "legacyResourceId", json_sprintf("%" PRId64, c->id));
    json_object_set_new(v, "firstName", maybe(c->first));
    json_object_set_new(v, "lastName", maybe(c->last));
    json_object_set_new(v, "displayName", json_sprintf("%s %s", c->first, c->last));
    json_object_set_new(v, "email", maybe(c->email));
    json_object_set_new(v, "phone", maybe(c->phone));
    json_object_set_new(v, "note", maybe(c->note));
    json_object_set_new(v, "locale", json_string("en"));
    json_object_set_new(v, "state", json_string("DISABLED"));
    json_object_set_new(v, "taxExemptions", json_array());
    json_object_set_new(v, "tags", words(c->tags));
    json_object_set_new(v, "numberOfOrders", json_sprintf("%d", c->orders));
    json_object_set_new(v, "verifiedEmail", json_true());
    json_object_set_new(v, "amountSpent", json_sprintf("0.00 %s", s->currency));
    json_object_set_new(v, "createdAt", moment(c->created));
    json_object_set_new(v, "updatedAt", moment(c->updated));
    json_object_set_new(v, "defaultEmailAddress",
                        json_pack("{s:s,s:s,s:s}", "emailAddress", c->email, "marketingState", "NOT_SUBSCRIBED",
                                  "validFormat", "true"));
    json_object_set_new(v, "defaultPhoneNumber", c->phone == NULL ? json_null() : json_pack("{s:s}", "phoneNumber", c->phone));
    json_object_set(v, "defaultAddress", address);
    json_object_set_new(v, "addressesV2", json_pack("[o]", address));
    json_object_set_new(v, "metafields", json_array());
    return v;
}

json_t *view_item(const struct shop *s, const struct variant *v)
{
    return json_pack("{s:s,s:o,s:s,s:b,s:b,s:o,s:{s:{s:f,s:s}},s:o,s:o}", "__typename", "InventoryItem", "id",
                     view_gid("InventoryItem", v->item), "sku", v->sku, "tracked", 1, "requiresShipping", 1, "updatedAt",
                     moment(v->updated), "measurement", "weight", "value", (double)v->grams, "unit", "GRAMS", "variant",
                     view_gid("ProductVariant", v->id), "inventoryLevels", json_pack("[o]", view_level(s, v)));
}

json_t *view_level(const struct shop *s, const struct variant *v)
{
    static const char *const names[] = { "available", "on_hand", "committed", "reserved", "incoming" };
    json_t *quantities = json_array();

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        json_array_append_new(quantities, json_pack("{s:s,s:I,s:o}", "name", names[i], "quantity",
                                                    (json_int_t)(i < 2 ? v->available : 0), "updatedAt", moment(v->updated)));
    return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "__typename", "InventoryLevel", "id",
                     json_sprintf("gid://shopify/InventoryLevel/%" PRId64 "?inventory_item_id=%" PRId64, s->location, v->item),
                     "updatedAt", moment(v->updated), "location", view_gid("Location", s->location), "item",
                     view_gid("InventoryItem", v->item), "quantities", quantities);
}

static json_t *options_of(const struct shop *s, const struct product *p)
{
    json_t *values = json_array();

    for (size_t i = 0; i < p->count; i++)
        json_array_append_new(values, json_pack("{s:o,s:s}", "id",
                                                view_gid("ProductOptionValue", s->variants[p->first + i].id), "name",
                                                s->variants[p->first + i].title));
    return json_pack("[{s:o,s:s,s:i,s:o}]", "id", view_gid("ProductOption", p->id), "name", p->count == 1 ? "Title" : "Size",
                     "position", 1, "optionValues", values);
}

json_t *view_variant(const struct shop *s, const struct variant *v)
{
    const struct product *p = &s->products[v->product];
    char price[MONEY_TEXT_MAX];
    json_t *j = json_object();

    json_object_set_new(j, "__typename", json_string("ProductVariant"));
    json_object_set_new(j, "id", view_gid("ProductVariant", v->id));
    json_object_set_new(j, "legacyResourceId", json_sprintf("%" PRId64, v->id));
    json_object_set_new(j, "title", json_string(v->title));
    json_object_set_new(j, "displayName", json_sprintf("%s - %s", p->title, v->title));
    json_object_set_new(j, "sku", maybe(v->sku));
    json_object_set_new(j, "barcode", maybe(v->barcode));
    json_object_set_new(j, "position", json_integer((json_int_t)(v - &s->variants[p->first]) + 1));
    json_object_set_new(j, "price", json_string(money_text(v->price, s->digits, price)));
    json_object_set_new(j, "taxable", json_boolean(v->taxable));
    json_object_set_new(j, "inventoryPolicy", json_string("DENY"));
    json_object_set_new(j, "inventoryQuantity", json_integer(v->available));
    json_object_set_new(j, "updatedAt", moment(v->updated));
    json_object_set_new(j, "createdAt", moment(p->created));
    json_object_set_new(j, "selectedOptions", json_pack("[{s:s,s:s}]", "name", p->count == 1 ? "Title" : "Size", "value", v->title));
    json_object_set_new(j, "inventoryItem", view_gid("InventoryItem", v->item));
    json_object_set_new(j, "product", view_gid("Product", p->id));
    return j;
}

json_t *view_product(const struct shop *s, const struct product *p)
{
    json_t *j = json_object(), *variants = json_array();

    for (size_t i = 0; i < p->count; i++)
        json_array_append_new(variants, view_gid("ProductVariant", s->variants[p->first + i].id));
    json_object_set_new(j, "__typename", json_string("Product"));
    json_object_set_new(j, "id", view_gid("Product", p->id));
    json_object_set_new(j, "legacyResourceId", json_sprintf("%" PRId64, p->id));
    json_object_set_new(j, "title", json_string(p->title));
    json_object_set_new(j, "handle", json_string(p->handle));
    json_object_set_new(j, "descriptionHtml", json_sprintf("<p>%s</p>", p->title));
    json_object_set_new(j, "status", json_string(p->archived ? "ARCHIVED" : "ACTIVE"));
    json_object_set_new(j, "productType", json_string(p->kind));
    json_object_set_new(j, "vendor", json_string(p->vendor));
    json_object_set_new(j, "tags", json_array());
    json_object_set_new(j, "createdAt", moment(p->created));
    json_object_set_new(j, "updatedAt", moment(p->updated));
    json_object_set_new(j, "options", options_of(s, p));
    json_object_set_new(j, "variantsCount", json_pack("{s:i,s:s}", "count", (int)p->count, "precision", "EXACT"));
    json_object_set_new(j, "variants", variants);
    json_object_set_new(j, "metafields", json_array());
    json_object_set_new(j, "media", json_array());
    return j;
}

json_t *view_location(const struct shop *s)
{
    return json_pack("{s:s,s:o,s:o,s:s,s:b,s:b,s:b,s:b,s:{s:s,s:s,s:s,s:s,s:s}}", "__typename", "Location", "id",
                     view_gid("Location", s->location), "legacyResourceId", json_sprintf("%" PRId64, s->location), "name",
                     "Practice Warehouse", "isActive", 1, "isFulfillmentService", 0, "fulfillsOnlineOrders", 1, "shipsInventory",
                     1, "address", "address1", "1 Dock Road", "city", "San Francisco", "zip", "94105", "provinceCode", "CA",
                     "countryCode", "US");
}

json_t *view_shop(const struct shop *s)
{
    json_t *j = json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:{s:s,s:o},s:s}", "__typename", "Shop", "id", view_gid("Shop", 548380009),
                          "name", s->name, "email", "owner@example.com", "contactEmail", "owner@example.com",
                          "myshopifyDomain", s->domain, "primaryDomain", "host", s->domain, "url",
                          json_sprintf("https://%s", s->domain), "currencyCode", s->currency);

    json_object_set_new(j, "url", json_sprintf("https://%s", s->domain));
    json_object_set_new(j, "enabledPresentmentCurrencies", json_pack("[s,s,s]", "USD", "EUR", "JPY"));
    json_object_set_new(j, "ianaTimezone", json_string("America/New_York"));
    json_object_set_new(j, "timezoneOffsetMinutes", json_integer(-300));
    json_object_set_new(j, "taxesIncluded", json_false());
    json_object_set_new(j, "taxShipping", json_true());
    json_object_set_new(j, "weightUnit", json_string("GRAMS"));
    json_object_set_new(j, "plan", json_pack("{s:s,s:b,s:b}", "publicDisplayName", "Basic", "shopifyPlus", 0,
                                             "partnerDevelopment", 1));
    json_object_set_new(j, "shopAddress", json_pack("{s:s,s:s}", "countryCodeV2", "US", "provinceCode", "NY"));
    json_object_set_new(j, "updatedAt", moment(s->created));
    return j;
}
