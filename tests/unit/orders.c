#include "tests/unit/orders.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/money.h"

struct making {
    struct orders *o;
    json_t *payload;
    int64_t net, on_top, inside, discounts; /* sums; on_top and inside: taxes by kind */
    double exact_tax;                       /* of the whole order, unrounded */
};

uint64_t orders_random(struct orders *o, uint64_t below)
{
    uint64_t z = o->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

static json_t *text(const struct orders *o, int64_t minor)
{
    char buf[MONEY_TEXT_MAX];

    return json_string(money_text(minor, o->digits, buf));
}

/* Taxes of an amount, added to the sums; no rate twice. */
static json_t *taxes(struct making *m, int64_t amount)
{
    struct orders *o = m->o;
    size_t count = orders_random(o, o->taxes_most + 1), first = orders_random(o, o->rate_count);
    json_t *list = json_array();
    int64_t rates[8], sum = 0;

    for (size_t i = 0; i < count; i++) {
        money_parse(o->rates[(first + i) % o->rate_count], 4, &rates[i], NULL);
        sum += rates[i];
    }
    for (size_t i = 0; i < count; i++) {
        int64_t of = o->included ? 1000000 + sum : 1000000;
        int64_t tax = money_scale(amount, rates[i], of);

        *(o->included ? &m->inside : &m->on_top) += tax;
        m->exact_tax += (double)amount * (double)rates[i] / (double)of;
        json_array_append_new(list, json_pack("{sssfso}", "title", "Tax", "rate",
                                              (double)rates[i] / 1e6, "price", text(o, tax)));
    }
    return list;
}

static int64_t discount_of(struct orders *o, int64_t gross)
{
    switch (orders_random(o, 8)) {
    case 0:
        return money_scale(gross, 10, 100);
    case 1:
        return money_scale(gross, (int64_t)orders_random(o, 101), 100);
    case 2:
        return (int64_t)orders_random(o, (uint64_t)gross + 1);
    case 3:
        return orders_random(o, 4) == 0 ? gross : 0; /* free */
    default:
        return 0;
    }
}

static int64_t price_of(struct orders *o)
{
    static const uint64_t most[] = { 500, 3000, 20000, 150000, 2000000 };
    int64_t price = (int64_t)orders_random(o, most[orders_random(o, 5)]);

    return o->digits == 3 ? price * 10 + (int64_t)orders_random(o, 10) : price;
}

static json_t *allocation(const struct orders *o, int64_t discount)
{
    return discount != 0 ? json_pack("[{so}]", "amount", text(o, discount)) : json_array();
}

static void add_line(struct making *m, int64_t number)
{
    struct orders *o = m->o;
    int64_t price = price_of(o), discount, amount;
    int64_t quantity =
        (int64_t)(orders_random(o, 3) == 0 ? orders_random(o, 40) + 1 : orders_random(o, 4) + 1);
    char sku[32];

    discount = discount_of(o, price * quantity);
    amount = price * quantity - discount;
    snprintf(sku, sizeof sku, "SKU-%04" PRId64, number);
    m->net += amount;
    m->discounts += discount;
    json_array_append_new(json_object_get(m->payload, "line_items"),
                          json_pack("{sIsIsIsssssIsIsosbsbsbsoso}", "id", (json_int_t)number,
                                    "product_id", (json_int_t)number, "variant_id",
                                    (json_int_t)number, "sku", sku, "title", "A thing", "quantity",
                                    (json_int_t)quantity, "current_quantity", (json_int_t)quantity,
                                    "price", text(o, price), "taxable", 1, "requires_shipping", 1,
                                    "gift_card", 0, "tax_lines", taxes(m, amount),
                                    "discount_allocations", allocation(o, discount)));
}

static void add_shipping(struct making *m, int64_t number)
{
    struct orders *o = m->o;
    int64_t price = price_of(o), discount = discount_of(o, price), amount = price - discount;

    m->net += amount;
    m->discounts += discount;
    json_array_append_new(
        json_object_get(m->payload, "shipping_lines"),
        json_pack("{sIsssosososo}", "id", (json_int_t)number, "title", "Standard Shipping", "price",
                  text(o, price), "discounted_price", text(o, amount), "tax_lines",
                  taxes(m, amount), "discount_allocations", allocation(o, discount)));
}

static json_t *shop_bag(const struct orders *o, int64_t minor)
{
    return json_pack("{s{soss}}", "shop_money", "amount", text(o, minor), "currency_code",
                     o->currency);
}

static int64_t extras(struct making *m)
{
    struct orders *o = m->o;
    int64_t sum = 0, tip = 0;

    if (o->extras && orders_random(o, 10) == 0)
        tip = (int64_t)orders_random(o, 2000);
    json_object_set_new(m->payload, "total_tip_received", text(o, tip));
    sum += tip;
    if (o->extras && orders_random(o, 10) == 0) {
        int64_t duty = (int64_t)orders_random(o, 5000);

        json_object_set_new(m->payload, "original_total_duties_set", shop_bag(o, duty));
        sum += duty;
    }
    return sum;
}

json_t *orders_payload(struct orders *o, int64_t id)
{
    struct making m = { .o = o };
    int64_t lines = (int64_t)orders_random(o, o->lines_most) + 1;
    int64_t ships = (int64_t)orders_random(o, 3) - 1, tax, total;
    char name[32];

    snprintf(name, sizeof name, "#%" PRId64, id);
    m.payload = json_pack("{sIsssIsssssssssssbs[]s[]s{ss}}", "id", (json_int_t)id, "name", name,
                          "order_number", (json_int_t)id, "created_at", "2026-11-20T10:00:00Z",
                          "updated_at", "2026-11-20T10:00:00Z", "currency", o->currency,
                          "presentment_currency", o->currency, "financial_status", "paid",
                          "taxes_included", o->included, "line_items", "shipping_lines",
                          "shipping_address", "country_code", o->country);
    for (int64_t i = 1; i <= lines; i++)
        add_line(&m, i);
    for (int64_t i = 1; i <= ships; i++)
        add_shipping(&m, lines + i);
    tax = o->included ? m.inside : m.on_top;
    if (o->once)
        tax = (int64_t)(m.exact_tax + 0.5);
    total = m.net + (o->included ? 0 : tax) + extras(&m);
    json_object_set_new(m.payload, "total_price", text(o, total));
    json_object_set_new(m.payload, "current_total_price", text(o, total));
    json_object_set_new(m.payload, "total_tax", text(o, tax));
    json_object_set_new(m.payload, "current_total_tax", text(o, tax));
    json_object_set_new(m.payload, "total_discounts", text(o, m.discounts));
    return m.payload;
}
