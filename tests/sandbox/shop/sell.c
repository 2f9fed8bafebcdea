/* sell.c - how buyers buy now: orders of every kind the trade knows, and what becomes of them. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "tests/sandbox/shop/make.h"
#include "tests/sandbox/shop/names.h"
#include "tests/sandbox/shop/levels.h"

/* The same address as different hands write it. */
static char *respelled(struct rng *r, const char *email)
{
    const char *at = strchr(email, '@');

    switch (rng_below(r, 6)) {
    case 0: return make_text(" %s ", email);
    case 1: {
        char *big = make_copy(email);

        for (char *p = big; *p != '\0'; p++)
            if (*p >= 'a' && *p <= 'z')
                *p = (char)(*p - 32);
        return big;
    }
    case 2: return make_text("%.*s@Example%s", (int)(at - email), email, strrchr(email, '.'));
    default: return make_copy(email);
    }
}

static void addresses(struct making *m, const struct customer *c)
{
    struct address made = { 0 };
    const struct address *home = &c->addresses[0];

    if (c->address_count == 0) {
        address_make(m->shop, m->rng, &made, c->first, c->last);
        home = &made;
    }
    m->order->billing = address_copy(home);
    m->order->shipping_to = address_copy(home);
    if (c->address_count == 0)
        address_clear(&made);
}

/* Over the counter: nobody we know. */
static void anonymous(const struct shop *s, struct order *o)
{
    o->customer = SIZE_MAX;
    str_copy(o->source, sizeof o->source, "pos");
    o->location = shop_locations(s) > 1; /* the corner store */
    address_clear(o->billing);
    address_clear(o->shipping_to);
    free(o->billing);
    free(o->shipping_to);
    free(o->email);
    free(o->phone);
    o->billing = o->shipping_to = NULL;
    o->email = o->phone = NULL;
}

static void buyer(struct making *m)
{
    struct order *o = m->order;
    unsigned kind = m->mix == MIX_ALL ? (unsigned)rng_below(m->rng, 30) : 99;
    size_t index = rng_below(m->rng, m->shop->customer_count);
    const struct customer *c = shop_customer_at(m->shop, index);

    o->customer = index;
    o->email = c->email == NULL ? NULL : respelled(m->rng, c->email);
    o->phone = make_copy(c->phone);
    addresses(m, c);
    if (kind == 0 || c->deleted) {
        anonymous(m->shop, o);
        return;
    }
    if (kind <= 3) { /* a guest with an e-mail */
        o->customer = SIZE_MAX;
        free(o->email);
        o->email = make_text("guest%d@example.org", o->number);
    }
    if (kind >= 4 && kind <= 8) { /* a present for somebody else, perhaps abroad */
        address_clear(o->shipping_to);
        address_make(m->shop, m->rng, o->shipping_to, names_pick(m->rng, 'f'), names_pick(m->rng, 'l'));
    }
    if (kind == 9) {
        free(o->shipping_to->first);
        o->shipping_to->first = make_copy("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7 Zo\xC3\xAB");
    }
    if (o->customer != SIZE_MAX)
        shop_customer_change(m->shop, index)->sold++;
}

static void state(struct making *m)
{
    static const char *const states[] = { "paid",   "paid",    "paid",    "paid",           "paid",   "paid",
                                          "pending", "pending", "authorized", "partially_paid", "voided", "refunded" };
    const char *picked = m->mix == MIX_ALL ? rng_pick(m->rng, states) : "paid";
    struct order *o = m->order;

    str_copy(o->financial, sizeof o->financial, picked);
    str_copy(o->gateway, sizeof o->gateway,
             strcmp(picked, "pending") == 0                      ? "bank_transfer" :
             m->mix == MIX_ALL && rng_chance(m->rng, 20) ? "paypal" :
                                                                   "shopify_payments");
}

static void extras(struct making *m)
{
    struct order *o = m->order;

    if (rng_chance(m->rng, 15))
        o->note = make_copy("Please ring twice.\nLeave with the neighbour <b>not</b> the dog. \xF0\x9F\x90\xB6");
    if (rng_chance(m->rng, 20)) {
        free(o->tags);
        o->tags = make_copy("gift, vip");
    }
    if (rng_chance(m->rng, 10)) {
        o->note_attribute[0] = make_copy("Delivery day");
        o->note_attribute[1] = make_copy("Friday");
    }
    o->test = rng_chance(m->rng, 3);
    if (rng_chance(m->rng, 6)) {
        str_copy(o->presentment, sizeof o->presentment, "JPY");
        o->rate = 151.27;
    } else if (rng_chance(m->rng, 6)) {
        str_copy(o->presentment, sizeof o->presentment, "EUR");
        o->rate = 0.9234;
    }
    if (strcmp(o->financial, "refunded") == 0)
        o->refunded = o->total;
}

static void keep(struct shop *s, struct order *o)
{
    if (s->order_count == s->order_room) {
        s->order_room = s->order_room == 0 ? 256 : s->order_room * 2;
        s->orders = realloc(s->orders, s->order_room * sizeof(struct order *));
        if (s->orders == NULL)
            abort();
    }
    s->orders[s->order_count++] = o;
    s->version++;
}

/* Something that is still sold and has a variant. */
static void line_pick(struct making *m)
{
    const struct product *p = NULL;

    for (int i = 0; i < 50 && (p == NULL || p->deleted || p->count == 0); i++)
        p = shop_product_at(m->shop, rng_below(m->rng, m->shop->product_count));
    if (p->count > 0)
        making_line(m, p, &p->variants[rng_below(m->rng, p->count)]);
}

struct order *shop_sell_held(struct shop *s, enum mix mix)
{
    struct order *o = calloc(1, sizeof *o);
    struct making m = { .shop = s, .order = o, .rng = &s->rng, .mix = mix };
    size_t lines;

    if (o == NULL)
        abort();
    o->id = shop_id_held(s);
    o->number = 1001 + (int)shop_orders_held(s);
    snprintf(o->name, sizeof o->name, "#%d", o->number);
    o->created = o->processed = o->updated = when_now();
    o->confirmed = true;
    o->tags = make_copy("");
    str_copy(o->source, sizeof o->source, "web");
    str_copy(o->presentment, sizeof o->presentment, s->currency);
    o->rate = 1;
    buyer(&m);
    m.regime = regime_of(&s->rng, o->shipping_to == NULL ? "US" : o->shipping_to->country);
    o->taxes_included = regime_included(m.regime);
    o->tax_exempt = mix == MIX_ALL && rng_chance(&s->rng, 5);
    lines = mix == MIX_ALL && rng_chance(&s->rng, 3) ? (size_t)rng_between(&s->rng, 20, 120) : (size_t)rng_between(&s->rng, 1, 5);
    for (size_t i = 0; i < lines; i++)
        line_pick(&m);
    making_discounts(&m);
    making_ships(&m);
    state(&m);
    order_total(o);
    if (mix == MIX_ALL)
        extras(&m);
    keep(s, o);
    levels_commit(s, o, 1);
    return o;
}

void shop_order_counter_held(struct shop *s, struct order *o, size_t location)
{
    levels_commit(s, o, -1);
    str_copy(o->source, sizeof o->source, "pos");
    o->location = location;
    levels_commit(s, o, 1);
}

bool shop_order_event_held(struct shop *s, struct order *o, const char *topic)
{
    if (strcmp(topic, "orders/cancelled") == 0) {
        levels_commit(s, o, -1);
        o->cancelled = when_now();
        str_copy(o->cancel_reason, sizeof o->cancel_reason, "customer");
        if (strcmp(o->financial, "paid") != 0)
            str_copy(o->financial, sizeof o->financial, "voided");
    } else if (strcmp(topic, "orders/paid") == 0) {
        str_copy(o->financial, sizeof o->financial, "paid");
    } else if (strcmp(topic, "orders/fulfilled") == 0) {
        levels_send(s, o);
        for (size_t i = 0; i < o->line_count; i++)
            o->lines[i].fulfilled = o->lines[i].current;
        o->sent = (struct fulfillment){ .id = shop_id_held(s), .at = when_now(), .carrier = "UPS", .number = "1Z999AA10123456784" };
        str_copy(o->fulfillment, sizeof o->fulfillment, "fulfilled");
    } else if (strcmp(topic, "orders/updated") != 0 && strcmp(topic, "orders/edited") != 0 &&
               strcmp(topic, "orders/create") != 0) {
        return false;
    }
    o->updated = when_now();
    s->version++;
    return true;
}

bool shop_order_edit_held(struct shop *s, struct order *o, size_t line, int quantity)
{
    struct line *l;

    if (line >= o->line_count || quantity < 0 || quantity > 100000)
        return false;
    l = &o->lines[line];
    levels_commit(s, o, -1);
    if (quantity > l->quantity) /* what is added was ordered as well; what is taken away stays on record */
        l->quantity = quantity;
    l->current = quantity;
    if (l->fulfilled > l->current)
        l->fulfilled = l->current;
    o->edited = true;
    o->updated = when_now();
    order_total(o);
    levels_commit(s, o, 1);
    s->version++;
    return true;
}

bool shop_order_add_held(struct shop *s, struct order *o, size_t variant, int quantity)
{
    const struct variant *v = shop_variant_at(s, variant);
    struct line *l;

    if (v == NULL || quantity <= 0 || quantity > 100000 || o->line_count == 0)
        return false;
    levels_commit(s, o, -1);
    l = order_line_add(o);
    *l = (struct line){ .id = shop_id_held(s), .product = v->of->id, .variant = v->id, .title = make_copy(v->of->title),
                        .sku = make_copy(v->sku), .vendor = make_copy(v->of->vendor), .quantity = quantity,
                        .current = quantity, .grams = v->grams, .price = v->price, .taxable = true, .requires_shipping = true };
    memcpy(l->taxes, o->lines[0].taxes, sizeof l->taxes);
    l->tax_count = o->lines[0].tax_count;
    o->edited = true;
    o->updated = when_now();
    order_total(o);
    levels_commit(s, o, 1);
    s->version++;
    return true;
}

/* On record, as long as there is room for it. */
static void refund_keep(struct shop *s, struct order *o, size_t line, int quantity, int64_t net, int64_t tax, int64_t given)
{
    struct refund *f = &o->refunds[o->refund_count];

    if (o->refund_count == REFUNDS_MAX)
        return;
    *f = (struct refund){ .id = shop_id_held(s), .amount = given, .at = o->updated };
    if (quantity > 0)
        f->lines[f->line_count++] = (struct refund_line){ line, quantity, net, tax, true };
    o->refund_count++;
}

bool shop_order_refund_held(struct shop *s, struct order *o, size_t line, int quantity, int64_t amount)
{
    int64_t before = o->current_total, net = o->current_subtotal, tax = o->current_tax;
    int left = 0;

    if (line >= o->line_count || quantity < 0 || quantity > o->lines[line].current || amount < 0 ||
        quantity + amount == 0)
        return false;
    levels_commit(s, o, -1);
    o->lines[line].current -= quantity;
    if (o->lines[line].fulfilled > o->lines[line].current)
        o->lines[line].fulfilled = o->lines[line].current;
    o->money_back += amount;
    for (size_t i = 0; i < o->line_count; i++)
        left += o->lines[i].current;
    str_copy(o->financial, sizeof o->financial, left == 0 ? "refunded" : "partially_refunded");
    o->updated = when_now();
    order_total(o);
    o->refunded += before - o->current_total;
    refund_keep(s, o, line, quantity, net - o->current_subtotal, tax - o->current_tax, before - o->current_total);
    levels_commit(s, o, 1);
    s->version++;
    return true;
}

static void reword(char **text, const json_t *values, const char *key)
{
    const char *new = json_string_value(json_object_get(values, key));

    if (new == NULL)
        return;
    free(*text);
    *text = make_copy(new);
}

void shop_order_rewrite_held(struct order *o, const json_t *values)
{
    reword(&o->note, values, "note");
    reword(&o->tags, values, "tags");
    if (o->shipping_to != NULL)
        reword(&o->shipping_to->address1, values, "address1");
}
