/* payload.c - orders as webhooks carry them: REST-like JSON, ids as integers, dates with the shop's offset. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/str.h"
#include "tests/sandbox/shop/make.h"
#include "tests/sandbox/shop/view.h"

static json_t *amount(const struct shop *s, int64_t minor)
{
    char text[MONEY_TEXT_MAX];

    return json_string(money_text(minor, s->digits, text));
}

static json_t *set(const struct shop *s, const struct order *o, int64_t minor)
{
    char mine[MONEY_TEXT_MAX], theirs[MONEY_TEXT_MAX];
    int digits = o == NULL ? s->digits : money_digits(o->presentment);
    const char *code = o == NULL ? s->currency : o->presentment;
    double value = (double)minor * (o == NULL ? 1 : o->rate);
    int64_t shown = 0;

    for (int d = s->digits; d > digits; d--)
        value /= 10;
    money_from_double(value, 0, &shown);
    return json_pack("{s:{s:s,s:s},s:{s:s,s:s}}", "shop_money", "amount", money_text(minor, s->digits, mine), "currency_code",
                     s->currency, "presentment_money", "amount", money_text(shown, digits, theirs), "currency_code", code);
}

static void both(json_t *j, const char *name, const struct shop *s, const struct order *o, int64_t minor)
{
    char key[64];

    json_object_set_new(j, name, amount(s, minor));
    snprintf(key, sizeof key, "%s_set", name);
    json_object_set_new(j, key, set(s, o, minor));
}

static json_t *taxes(const struct shop *s, const struct order *o, const struct tax_line *list, size_t count)
{
    json_t *j = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(j, json_pack("{s:o,s:f,s:s,s:o,s:b}", "price", amount(s, list[i].amount), "rate",
                                           list[i].ppm / 1e6, "title", list[i].title, "price_set",
                                           set(s, o, list[i].amount), "channel_liable", 0));
    return j;
}

static json_t *allocation(const struct shop *s, const struct order *o, const struct allocation *a)
{
    return json_pack("{s:o,s:o,s:i}", "amount", amount(s, a->amount), "amount_set", set(s, o, a->amount),
                     "discount_application_index", a->application);
}

static json_t *line(const struct shop *s, const struct order *o, const struct line *l)
{
    json_t *j = json_object(), *allocations = json_array(), *properties = json_array();

    for (size_t i = 0; i < l->allocation_count; i++)
        json_array_append_new(allocations, allocation(s, o, &l->allocations[i]));
    if (l->property[0] != NULL)
        json_array_append_new(properties, json_pack("{s:s,s:s}", "name", l->property[0], "value", l->property[1]));
    json_object_set_new(j, "id", json_integer(l->id));
    json_object_set_new(j, "admin_graphql_api_id", view_gid("LineItem", l->id));
    json_object_set_new(j, "attributed_staffs", json_array());
    json_object_set_new(j, "current_quantity", json_integer(l->current));
    json_object_set_new(j, "fulfillable_quantity", json_integer(l->current));
    json_object_set_new(j, "fulfillment_service", json_string("manual"));
    json_object_set_new(j, "fulfillment_status", *o->fulfillment == '\0' ? json_null() : json_string(o->fulfillment));
    json_object_set_new(j, "gift_card", json_boolean(l->gift_card));
    json_object_set_new(j, "grams", json_integer(l->grams));
    json_object_set_new(j, "name", l->variant_title == NULL ? json_string(l->title) :
                                                              json_sprintf("%s - %s", l->title, l->variant_title));
    both(j, "price", s, o, l->price);
    json_object_set_new(j, "product_exists", json_boolean(l->product != 0));
    json_object_set_new(j, "product_id", l->product == 0 ? json_null() : json_integer(l->product));
    json_object_set_new(j, "properties", properties);
    json_object_set_new(j, "quantity", json_integer(l->quantity));
    json_object_set_new(j, "requires_shipping", json_boolean(l->requires_shipping));
    json_object_set_new(j, "sales_line_item_group_id", json_null());
    json_object_set_new(j, "sku", view_maybe(l->sku));
    json_object_set_new(j, "taxable", json_boolean(l->taxable));
    json_object_set_new(j, "title", json_string(l->title));
    both(j, "total_discount", s, o, 0); /* line-level amounts stand in the allocations */
    json_object_set_new(j, "variant_id", l->variant == 0 ? json_null() : json_integer(l->variant));
    json_object_set_new(j, "variant_inventory_management", l->variant == 0 ? json_null() : json_string("shopify"));
    json_object_set_new(j, "variant_title", view_maybe(l->variant_title));
    json_object_set_new(j, "vendor", view_maybe(l->vendor));
    json_object_set_new(j, "tax_lines", taxes(s, o, l->taxes, l->tax_count));
    json_object_set_new(j, "duties", json_array());
    json_object_set_new(j, "discount_allocations", allocations);
    return j;
}

static json_t *ship(const struct shop *s, const struct order *o, const struct shipping *h)
{
    json_t *j = json_object(), *allocations = json_array();

    if (h->allocation.application >= 0)
        json_array_append_new(allocations, allocation(s, o, &h->allocation));
    json_object_set_new(j, "id", json_integer(h->id));
    json_object_set_new(j, "carrier_identifier", json_null());
    json_object_set_new(j, "code", json_string(h->code));
    json_object_set_new(j, "current_discounted_price_set", set(s, o, h->discounted));
    both(j, "discounted_price", s, o, h->discounted);
    json_object_set_new(j, "is_removed", json_false());
    json_object_set_new(j, "phone", json_null());
    both(j, "price", s, o, h->price);
    json_object_set_new(j, "requested_fulfillment_service_id", json_null());
    json_object_set_new(j, "source", json_string("shopify"));
    json_object_set_new(j, "title", json_string(h->title));
    json_object_set_new(j, "tax_lines", taxes(s, o, h->taxes, h->tax_count));
    json_object_set_new(j, "discount_allocations", allocations);
    return j;
}

static json_t *applications(const struct order *o)
{
    json_t *j = json_array();

    for (size_t i = 0; i < o->application_count; i++) {
        const struct application *a = &o->applications[i];
        bool code = strcmp(a->type, "discount_code") == 0;

        json_array_append_new(j, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "target_type", a->target_type, "type", a->type,
                                           "value", a->value, "value_type", a->value_type, "allocation_method", a->method,
                                           "target_selection", a->target_selection, code ? "code" : "title", a->title));
    }
    return j;
}

static json_t *codes(const struct shop *s, const struct order *o)
{
    json_t *j = json_array();

    for (size_t i = 0; i < o->application_count; i++) {
        const struct application *a = &o->applications[i];
        int64_t sum = 0;

        if (strcmp(a->type, "discount_code") != 0)
            continue;
        for (size_t k = 0; k < o->line_count; k++)
            for (size_t n = 0; n < o->lines[k].allocation_count; n++)
                sum += o->lines[k].allocations[n].application == (int)i ? o->lines[k].allocations[n].amount : 0;
        for (size_t k = 0; k < o->ship_count; k++)
            sum += o->ships[k].allocation.application == (int)i ? o->ships[k].allocation.amount : 0;
        json_array_append_new(j, json_pack("{s:s,s:o,s:s}", "code", a->title, "amount", amount(s, sum), "type",
                                           strcmp(a->target_type, "shipping_line") == 0 ? "shipping" : a->value_type));
    }
    return j;
}

static void money(const struct shop *s, const struct order *o, json_t *j)
{
    static const char *const none[] = { "current_total_additional_fees_set", "original_total_additional_fees_set",
                                        "original_total_duties_set", NULL };
    bool paid = order_is_paid(o);

    json_object_set_new(j, "current_shipping_price_set", set(s, o, o->shipping_total));
    both(j, "current_subtotal_price", s, o, o->current_subtotal);
    both(j, "current_total_discounts", s, o, o->current_discount);
    json_object_set_new(j, "current_total_duties_set", json_null());
    both(j, "current_total_price", s, o, o->current_total);
    both(j, "current_total_tax", s, o, o->current_tax);
    both(j, "subtotal_price", s, o, o->subtotal);
    both(j, "total_discounts", s, o, o->discount_total);
    both(j, "total_line_items_price", s, o, o->line_total);
    json_object_set_new(j, "total_outstanding", amount(s, paid ? 0 : o->current_total));
    both(j, "total_price", s, o, o->total);
    json_object_set_new(j, "total_shipping_price_set", set(s, o, o->shipping_total));
    both(j, "total_tax", s, o, o->tax_total);
    json_object_set_new(j, "total_tip_received", amount(s, 0));
    json_object_set_new(j, "total_cash_rounding_payment_adjustment_set", set(s, o, 0));
    json_object_set_new(j, "total_cash_rounding_refund_adjustment_set", set(s, o, 0));
    payload_nothing(j, none);
}

static void head(const struct shop *s, const struct order *o, json_t *j)
{
    static const char *const none[] = { "client_details", "landing_site_ref", "merchant_business_entity_id",
                                        "merchant_of_record_app_id", "referring_site", "source_identifier", "source_url", NULL };
    const struct location *counter = shop_order_counter(s, o);

    payload_nothing(j, none);
    json_object_set_new(j, "order_status_url", json_sprintf("https://%s/548380009/orders/%08x/authenticate", s->domain,
                                                            (unsigned)o->number * 2654435761u));
    json_object_set_new(j, "id", json_integer(o->id));
    json_object_set_new(j, "admin_graphql_api_id", view_gid("Order", o->id));
    json_object_set_new(j, "app_id", json_integer(580111));
    json_object_set_new(j, "browser_ip", json_null());
    json_object_set_new(j, "buyer_accepts_marketing", json_false());
    json_object_set_new(j, "cancel_reason", *o->cancel_reason == '\0' ? json_null() : json_string(o->cancel_reason));
    json_object_set_new(j, "cancelled_at", payload_moment(o->cancelled));
    json_object_set_new(j, "cart_token", json_null());
    json_object_set_new(j, "checkout_token", json_null());
    json_object_set_new(j, "closed_at", payload_moment(o->closed));
    json_object_set_new(j, "confirmation_number", json_sprintf("CN%07d", o->number));
    json_object_set_new(j, "confirmed", json_boolean(o->confirmed));
    json_object_set_new(j, "contact_email", view_maybe(o->email));
    json_object_set_new(j, "created_at", payload_moment(o->created));
    json_object_set_new(j, "currency", json_string(s->currency));
    json_object_set_new(j, "customer_locale", json_string("en"));
    json_object_set_new(j, "device_id", json_null());
    json_object_set_new(j, "discount_codes", codes(s, o));
    json_object_set_new(j, "duties_included", json_false());
    json_object_set_new(j, "email", view_maybe(o->email));
    json_object_set_new(j, "estimated_taxes", json_false());
    json_object_set_new(j, "financial_status", json_string(o->financial));
    json_object_set_new(j, "fulfillment_status", *o->fulfillment == '\0' ? json_null() : json_string(o->fulfillment));
    json_object_set_new(j, "landing_site", json_null());
    json_object_set_new(j, "location_id", counter != NULL ? json_integer(counter->id) : json_null());
    json_object_set_new(j, "name", json_string(o->name));
    json_object_set_new(j, "note", view_maybe(o->note));
    json_object_set_new(j, "note_attributes", o->note_attribute[0] == NULL ?
                                                  json_array() :
                                                  json_pack("[{s:s,s:s}]", "name", o->note_attribute[0], "value", o->note_attribute[1]));
    json_object_set_new(j, "number", json_integer(o->number - 1000));
    json_object_set_new(j, "order_number", json_integer(o->number));
    json_object_set_new(j, "payment_gateway_names", json_pack("[s]", o->gateway));
    json_object_set_new(j, "phone", view_maybe(o->phone));
    json_object_set_new(j, "po_number", json_null());
    json_object_set_new(j, "presentment_currency", json_string(o->presentment));
    json_object_set_new(j, "processed_at", payload_moment(o->processed));
    json_object_set_new(j, "reference", json_null());
    json_object_set_new(j, "source_name", json_string(o->source));
    json_object_set_new(j, "tags", json_string(o->tags));
    json_object_set_new(j, "tax_exempt", json_boolean(o->tax_exempt));
    json_object_set_new(j, "taxes_included", json_boolean(o->taxes_included));
    json_object_set_new(j, "test", json_boolean(o->test));
    json_object_set_new(j, "token", json_sprintf("%08x", (unsigned)o->number * 2654435761u));
    json_object_set_new(j, "total_weight", json_integer(0));
    json_object_set_new(j, "updated_at", payload_moment(o->updated));
    json_object_set_new(j, "user_id", json_null());
}

/* Taxes of the whole order by rate. */
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
    return taxes(s, o, sums, count);
}

/* One of each refund there was; what exactly it gave back is told by refunds/create only. */
static json_t *refunds(const struct order *o)
{
    json_t *list = json_array();

    for (size_t i = 0; i < o->refund_count; i++) {
        const struct refund *f = &o->refunds[i];

        json_array_append_new(list, json_pack("{s:I,s:o,s:I,s:o,s:o,s:n,s:b,s:[],s:[],s:[]}", "id", (json_int_t)f->id,
                                              "admin_graphql_api_id", view_gid("Refund", f->id), "order_id", (json_int_t)o->id,
                                              "created_at", payload_moment(f->at), "processed_at", payload_moment(f->at), "note",
                                              "restock", 1, "refund_line_items", "transactions", "order_adjustments"));
    }
    return list;
}

json_t *payload_order(struct shop *s, const struct order *o)
{
    json_t *j = json_object(), *lines = json_array(), *ships = json_array();

    head(s, o, j);
    money(s, o, j);
    for (size_t i = 0; i < o->line_count; i++)
        json_array_append_new(lines, line(s, o, &o->lines[i]));
    for (size_t i = 0; i < o->ship_count; i++)
        json_array_append_new(ships, ship(s, o, &o->ships[i]));
    json_object_set_new(j, "tax_lines", order_taxes(s, o));
    json_object_set_new(j, "billing_address", payload_address(o->billing));
    json_object_set_new(j, "customer", o->customer == SIZE_MAX ? json_null() : payload_customer(s, shop_customer_at(s, o->customer)));
    json_object_set_new(j, "discount_applications", applications(o));
    json_object_set_new(j, "fulfillments", json_array());
    json_object_set_new(j, "line_items", lines);
    json_object_set_new(j, "payment_terms", json_null());
    json_object_set_new(j, "refunds", refunds(o));
    json_object_set_new(j, "shipping_address", payload_address(o->shipping_to));
    json_object_set_new(j, "shipping_lines", ships);
    json_object_set_new(j, "returns", json_array());
    json_object_set_new(j, "line_item_groups", json_array());
    return j;
}

json_t *payload_edit(struct shop *s, const struct order *o, const struct line *l, int delta)
{
    json_t *change = json_pack("[{s:I,s:i}]", "id", (json_int_t)l->id, "delta", delta < 0 ? -delta : delta);
    json_t *none = json_array();

    return json_pack("{s:{s:I,s:n,s:o,s:o,s:b,s:I,s:s,s:n,s:{s:o,s:o},s:{s:{s:[],s:[]}},s:{s:[],s:[]}}}", "order_edit", "id",
                     (json_int_t)shop_id_held(s), "app_id", "created_at", payload_moment(o->updated), "committed_at",
                     payload_moment(o->updated), "notify_customer", 0, "order_id", (json_int_t)o->id, "staff_note", "", "user_id",
                     "line_items", "additions", delta > 0 ? change : none, "removals", delta > 0 ? none : change, "discounts",
                     "line_item", "additions", "removals", "shipping_lines", "additions", "removals");
}
