/* past.c - orders of earlier years, made of (seed, index): paid, sent, refunded, cancelled, old goods. */
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/str.h"
#include "tests/sandbox/shop/make.h"
#include "tests/sandbox/shop/names.h"

static void presentment(struct rng *r, struct order *o)
{
    static const struct {
        const char *countries, *code;
        double rate;
    } currencies[] = { { "DE FR AT NL ES IT", "EUR", 0.9234 }, { "GB", "GBP", 0.7912 }, { "JP", "JPY", 151.27 },
                       { "CH", "CHF", 0.8811 }, { "CA", "CAD", 1.3641 }, { "AU", "AUD", 1.5213 } };
    const char *country = o->shipping_to == NULL ? "US" : o->shipping_to->country;

    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++)
        if (*country != '\0' && strstr(currencies[i].countries, country) != NULL && rng_chance(r, 60)) {
            str_copy(o->presentment, sizeof o->presentment, currencies[i].code);
            o->rate = currencies[i].rate;
        }
}

static void somebody(struct making *m)
{
    struct order *o = m->order;
    const struct customer *c = shop_customer_at(m->shop, o->customer);
    size_t to = c->address_count > 1 && rng_chance(m->rng, 40) ? 1 + rng_below(m->rng, c->address_count - 1) : 0;

    o->email = make_copy(c->email);
    o->phone = make_copy(c->phone);
    o->tax_exempt = c->tax_exempt;
    if (c->address_count == 0)
        return;
    o->billing = address_copy(&c->addresses[0]);
    o->shipping_to = address_copy(&c->addresses[to]);
}

/* A guest with an e-mail, somebody whose record was deleted, or a sale over the counter. */
static void nobody(struct making *m, size_t index)
{
    struct order *o = m->order;
    unsigned kind = (unsigned)rng_below(m->rng, 10);

    if (m->shop->odd && index == ODD_LEFT)
        kind = 9;
    if (kind == 0) {
        str_copy(o->source, sizeof o->source, "pos");
        o->location = shop_locations(m->shop) > 1; /* the corner store */
        return;
    }
    o->email = kind < 8 ? make_text("guest%d@example.org", o->number) : make_text("left.us.%d@example.com", o->number);
    o->billing = calloc(1, sizeof *o->billing);
    if (o->billing == NULL)
        abort();
    address_make(m->shop, m->rng, o->billing, names_pick(m->rng, 'f'), names_pick(m->rng, 'l'));
    o->shipping_to = address_copy(o->billing);
}

/* A line of a product of today, or of one that was deleted since. */
static void line_pick(struct making *m, bool old)
{
    struct shop *s = m->shop;
    bool gone = old && rng_chance(m->rng, 6);
    struct product *ghost = gone ? product_make(s, s->product_count + rng_below(m->rng, s->product_count / 20 + 1)) : NULL;
    const struct product *p = ghost;
    struct line *l;

    for (int i = 0; p == NULL || (i < 20 && p->count == 0); i++)
        p = shop_product_at(s, rng_below(m->rng, s->product_count));
    if (p->count > 0) {
        making_line(m, p, &p->variants[rng_below(m->rng, p->count)]);
        l = &m->order->lines[m->order->line_count - 1];
        if (gone)
            l->product = l->variant = 0;
        if (old && rng_chance(m->rng, 30)) /* prices were others then */
            l->price = l->price * rng_between(m->rng, 85, 105) / 100;
    }
    product_free(ghost);
}

static void lines_make(struct making *m, size_t index, bool old)
{
    size_t count = rng_below(m->rng, 500) == 0 ? (size_t)rng_between(m->rng, 20, 120) :
                   rng_chance(m->rng, 55)      ? 1 :
                                                 (size_t)rng_between(m->rng, 2, 5);

    if (m->shop->odd && index == 0)
        count = 300;
    while (count-- > 0)
        line_pick(m, old);
}

/* Part of a line came back, or all of an order. Amounts with their taxes, as Shopify gives them back. */
static void refund_line(struct order *o, struct refund *f, size_t at, int quantity)
{
    struct line *l = &o->lines[at];
    struct refund_line *back = &f->lines[f->line_count];
    struct tax_line now[TAX_LINES_MAX];
    int64_t before = line_current_net(l), tax = 0;

    if (quantity <= 0 || quantity > l->current || f->line_count == REFUND_LINES_MAX)
        return;
    memcpy(now, l->taxes, sizeof now);
    taxes_work(now, l->tax_count, before, o->taxes_included);
    for (size_t i = 0; i < l->tax_count; i++)
        tax += now[i].amount;
    l->current -= quantity;
    taxes_work(now, l->tax_count, line_current_net(l), o->taxes_included);
    for (size_t i = 0; i < l->tax_count; i++)
        tax -= now[i].amount;
    *back = (struct refund_line){ at, quantity, before - line_current_net(l), tax, true };
    f->amount += back->subtotal + (o->taxes_included ? 0 : tax);
    f->line_count++;
}

static void refunds_make(struct making *m)
{
    struct order *o = m->order;
    bool all = strcmp(o->financial, "refunded") == 0;
    struct refund *f = &o->refunds[0];

    if ((!all && strcmp(o->financial, "partially_refunded") != 0) || o->line_count == 0)
        return;
    *f = (struct refund){ .id = making_id(m), .at = o->updated };
    if (all && o->line_count <= REFUND_LINES_MAX)
        for (size_t i = 0; i < o->line_count; i++)
            refund_line(o, f, i, o->lines[i].current);
    else if (!all && rng_chance(m->rng, 80))
        refund_line(o, f, rng_below(m->rng, o->line_count), 1);
    if (all)
        f->amount = o->total;
    else if (f->amount == 0) /* money for the trouble, nothing came back */
        f->amount = o->total / 10;
    o->refund_count = 1;
    o->money_back = f->amount;
    for (size_t i = 0; i < f->line_count; i++)
        o->money_back -= f->lines[i].subtotal + (o->taxes_included ? 0 : f->lines[i].tax);
    order_total(o);
    o->refunded = f->amount;
}

static void sent_make(struct making *m)
{
    struct order *o = m->order;
    bool part = strcmp(o->fulfillment, "partial") == 0;

    if (*o->fulfillment == '\0')
        return;
    if (part && o->line_count < 2) /* one line is sent whole */
        str_copy(o->fulfillment, sizeof o->fulfillment, "fulfilled");
    for (size_t i = 0; i < o->line_count && (i == 0 || !part); i++)
        o->lines[i].fulfilled = o->lines[i].current;
    o->sent = (struct fulfillment){ .id = making_id(m), .at = o->created + (o->updated - o->created) / 2 };
    str_copy(o->sent.carrier, sizeof o->sent.carrier, rng_chance(m->rng, 50) ? "UPS" : "DHL Express");
    snprintf(o->sent.number, sizeof o->sent.number, "1Z999AA1%010d", o->number);
}

static void extras(struct making *m)
{
    struct order *o = m->order;

    if (rng_chance(m->rng, 12))
        o->note = make_copy("Please ring twice.\nLeave with the neighbour <b>not</b> the dog. \xF0\x9F\x90\xB6");
    if (rng_chance(m->rng, 15)) {
        free(o->tags);
        o->tags = make_copy(rng_chance(m->rng, 50) ? "gift, vip" : "black-friday");
    }
    if (rng_chance(m->rng, 8)) {
        o->note_attribute[0] = make_copy("Delivery day");
        o->note_attribute[1] = make_copy("Friday");
    }
    if (o->cancelled != 0)
        str_copy(o->cancel_reason, sizeof o->cancel_reason, rng_chance(m->rng, 70) ? "customer" : "fraud");
    str_copy(o->gateway, sizeof o->gateway,
             strcmp(o->financial, "pending") == 0 ? "bank_transfer" :
             rng_chance(m->rng, 20)               ? "paypal" :
             rng_chance(m->rng, 8)                ? "Gift Card" :
                                                    "shopify_payments");
}

struct order *past_make(struct shop *s, size_t index)
{
    struct order *o = calloc(1, sizeof *o);
    struct rng r = { make_salt(s, 'o', index) };
    struct making m = { .shop = s, .order = o, .rng = &r, .mix = rng_chance(&r, 60) || s->tidy ? MIX_PLAIN : MIX_ALL };
    struct head h;

    if (o == NULL)
        abort();
    past_head(s, index, &h);
    o->id = PAST_FIRST + (int64_t)index * PAST_STEP;
    m.next_id = o->id + 1;
    o->number = 1001 + (int)index;
    snprintf(o->name, sizeof o->name, "#%d", o->number);
    o->created = o->processed = h.created;
    o->updated = h.updated;
    o->cancelled = h.cancelled;
    o->closed = h.closed;
    o->test = h.test;
    o->customer = h.customer;
    o->confirmed = true;
    o->tags = make_copy("");
    str_copy(o->financial, sizeof o->financial, h.financial);
    str_copy(o->fulfillment, sizeof o->fulfillment, h.fulfillment);
    str_copy(o->source, sizeof o->source, "web");
    str_copy(o->presentment, sizeof o->presentment, s->currency);
    o->rate = 1;
    o->location = shop_locations(s) > 1 && rng_chance(&r, 15);
    if (o->customer == SIZE_MAX)
        nobody(&m, index);
    else
        somebody(&m);
    m.regime = regime_of(&r, o->shipping_to == NULL ? "US" : o->shipping_to->country);
    o->taxes_included = regime_included(m.regime);
    lines_make(&m, index, !past_open(s, index));
    making_discounts(&m);
    if (o->shipping_to != NULL)
        making_ships(&m);
    presentment(&r, o);
    order_total(o);
    extras(&m);
    refunds_make(&m);
    sent_make(&m);
    return o;
}
