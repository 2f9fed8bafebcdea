/* order.c - what orders are made of: lines, discounts, shipping, taxes, with totals right to the cent. */
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/str.h"
#include "tests/sandbox/shop/make.h"
#include "tests/sandbox/shop/sending.h"

void order_free(struct order *o)
{
    if (o == NULL)
        return;
    for (size_t i = 0; i < o->line_count; i++) {
        struct line *l = &o->lines[i];

        free(l->title);
        free(l->variant_title);
        free(l->sku);
        free(l->vendor);
        free(l->property[0]);
        free(l->property[1]);
    }
    free(o->lines);
    free(o->email);
    free(o->phone);
    free(o->note);
    free(o->tags);
    sending_clear(o);
    free(o->note_attribute[0]);
    free(o->note_attribute[1]);
    if (o->billing != NULL)
        address_clear(o->billing);
    if (o->shipping_to != NULL)
        address_clear(o->shipping_to);
    free(o->billing);
    free(o->shipping_to);
    free(o);
}

bool order_is_paid(const struct order *o)
{
    return strcmp(o->financial, "paid") == 0 || strcmp(o->financial, "refunded") == 0 ||
           strcmp(o->financial, "partially_refunded") == 0;
}

int64_t line_net(const struct line *l)
{
    int64_t net = l->price * l->quantity;

    for (size_t i = 0; i < l->allocation_count; i++)
        net -= l->allocations[i].amount;
    return net;
}

int64_t line_current_net(const struct line *l)
{
    int64_t net = l->price * l->current;

    for (size_t i = 0; i < l->allocation_count && l->quantity > 0; i++)
        net -= money_scale(l->allocations[i].amount, l->current, l->quantity);
    return net;
}

/* Each rate on its own, rounded to the cent: added to the net, or contained in it. */
void taxes_work(struct tax_line *taxes, size_t count, int64_t base, bool included)
{
    int64_t all = 0;

    for (size_t i = 0; i < count; i++)
        all += taxes[i].ppm;
    for (size_t i = 0; i < count; i++)
        taxes[i].amount = money_scale(base, taxes[i].ppm, included ? 1000000 + all : 1000000);
}

static int64_t taxes_sum(const struct tax_line *taxes, size_t count)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += taxes[i].amount;
    return sum;
}

static void line_total(struct order *o, struct line *l)
{
    struct tax_line now[TAX_LINES_MAX];

    taxes_work(l->taxes, l->tax_count, line_net(l), o->taxes_included);
    o->line_total += l->price * l->quantity;
    o->subtotal += line_net(l);
    o->tax_total += taxes_sum(l->taxes, l->tax_count);
    memcpy(now, l->taxes, sizeof now);
    taxes_work(now, l->tax_count, line_current_net(l), o->taxes_included);
    o->current_subtotal += line_current_net(l);
    o->current_discount += l->price * l->current - line_current_net(l);
    o->current_tax += taxes_sum(now, l->tax_count);
}

void order_total(struct order *o)
{
    o->line_total = o->subtotal = o->shipping_total = o->tax_total = 0;
    o->current_subtotal = o->current_tax = o->current_discount = 0;
    for (size_t i = 0; i < o->line_count; i++)
        line_total(o, &o->lines[i]);
    o->discount_total = o->line_total - o->subtotal;
    for (size_t i = 0; i < o->ship_count; i++) {
        struct shipping *s = &o->ships[i];
        int64_t off = s->allocation.application >= 0 ? s->allocation.amount : 0;

        s->discounted = s->price - off;
        taxes_work(s->taxes, s->tax_count, s->discounted, o->taxes_included);
        o->shipping_total += s->discounted;
        o->discount_total += off;
        o->current_discount += off;
        o->tax_total += taxes_sum(s->taxes, s->tax_count);
        o->current_tax += taxes_sum(s->taxes, s->tax_count);
    }
    o->total = o->subtotal + o->shipping_total + (o->taxes_included ? 0 : o->tax_total);
    o->current_total = o->current_subtotal + o->shipping_total + (o->taxes_included ? 0 : o->current_tax) - o->money_back;
}

/* ---- taxes of a sale ---- */

struct regime {
    const char *country;
    bool included;
    struct tax_line taxes[3];
    size_t count;
};

static const struct regime regimes[] = {
    { "US", false, { { "California State Tax", 72500, 0 }, { "County Tax", 10000, 0 } }, 2 },
    { "US", false, { { "New York State Tax", 40000, 0 }, { "City Tax", 45000, 0 }, { "MCTD", 3750, 0 } }, 3 },
    { "US", false, { { "Texas State Tax", 82500, 0 } }, 1 },
    { "CA", false, { { "GST", 50000, 0 }, { "QST", 99750, 0 } }, 2 },
    { "CA", false, { { "HST", 130000, 0 } }, 1 },
    { "DE", true, { { "DE MwSt", 190000, 0 } }, 1 },
    { "FR", true, { { "FR TVA", 200000, 0 } }, 1 },
    { "GB", true, { { "GB VAT", 200000, 0 } }, 1 },
    { "AT", true, { { "AT USt", 200000, 0 } }, 1 },
    { "NL", true, { { "NL BTW", 210000, 0 } }, 1 },
    { "ES", true, { { "ES IVA", 210000, 0 } }, 1 },
    { "IT", true, { { "IT IVA", 220000, 0 } }, 1 },
    { "CH", true, { { "CH MwSt", 81000, 0 } }, 1 },
    { "AU", true, { { "GST", 100000, 0 } }, 1 },
    { "JP", true, { { "JP Consumption Tax", 100000, 0 } }, 1 },
};

bool shop_sale_tax(size_t index, struct sale_tax *tax)
{
    for (size_t i = 0; i < sizeof regimes / sizeof regimes[0]; i++) {
        if (index < regimes[i].count) {
            *tax = (struct sale_tax){ regimes[i].country, regimes[i].taxes[index].ppm, regimes[i].included };
            return true;
        }
        index -= regimes[i].count;
    }
    return false;
}

const struct regime *regime_of(struct rng *r, const char *country)
{
    size_t count = 0, at;

    for (size_t i = 0; i < sizeof regimes / sizeof regimes[0]; i++)
        count += strcmp(regimes[i].country, country) == 0;
    if (count == 0)
        return &regimes[2];
    at = rng_below(r, count);
    for (size_t i = 0;; i++)
        if (strcmp(regimes[i].country, country) == 0 && at-- == 0)
            return &regimes[i];
}

bool regime_included(const struct regime *regime)
{
    return regime->included;
}

void regime_put(const struct regime *regime, struct tax_line *to, size_t *count)
{
    memcpy(to, regime->taxes, regime->count * sizeof to[0]);
    *count = regime->count;
}

/* ---- lines ---- */

int64_t making_id(struct making *m)
{
    return m->next_id == 0 ? shop_id_held(m->shop) : m->next_id++;
}

struct line *order_line_add(struct order *o)
{
    struct line *lines = realloc(o->lines, (o->line_count + 1) * sizeof *o->lines);

    if (lines == NULL)
        abort();
    o->lines = lines;
    o->lines[o->line_count] = (struct line){ 0 };
    return &o->lines[o->line_count++];
}

static void line_odd(struct line *l, unsigned kind)
{
    if (kind == 0) { /* a product that was deleted since */
        l->product = l->variant = 0;
        free(l->sku);
        l->sku = make_copy("GONE-1");
    } else if (kind == 1) { /* a custom line */
        l->product = l->variant = 0;
        l->custom = true;
        free(l->sku);
        free(l->title);
        free(l->vendor);
        l->sku = l->vendor = NULL;
        l->title = make_copy("Engraving \xE2\x9C\xA8 \"by hand\"");
    } else if (kind == 2) { /* an escape sequence and right-to-left text in a name */
        free(l->title);
        l->title = make_copy("\x1b[31mRed\x1b[0m \xE2\x80\xAE" "kcart \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xF0\x9F\x98\x80");
    } else if (kind == 3) {
        l->taxable = false;
    } else if (kind == 4) { /* given away */
        l->price = 0;
    } else if (kind == 5) {
        l->property[0] = make_copy("Gift wrap");
        l->property[1] = make_copy("Yes \xF0\x9F\x8E\x81");
    }
}

void making_line(struct making *m, const struct product *p, const struct variant *v)
{
    struct line *l = order_line_add(m->order);
    unsigned kind = m->mix == MIX_ALL ? (unsigned)rng_below(m->rng, 40) : 99;

    *l = (struct line){ .id = making_id(m), .product = p->id, .variant = v->id, .title = make_copy(p->title),
                        .sku = make_copy(v->sku), .vendor = make_copy(p->vendor), .price = v->price, .grams = v->grams,
                        .taxable = v->taxable, .requires_shipping = v->requires_shipping, .gift_card = p->gift_card };
    l->quantity = l->current = (int)rng_between(m->rng, 1, m->mix == MIX_ALL ? 6 : 3);
    if (strcmp(v->title, "Default Title") != 0)
        l->variant_title = make_copy(v->title);
    line_odd(l, kind);
    if (l->taxable && !m->order->tax_exempt)
        regime_put(m->regime, l->taxes, &l->tax_count);
}

/* ---- discounts ---- */

static int application_add(struct order *o, const struct application *made)
{
    o->applications[o->application_count] = *made;
    return (int)o->application_count++;
}

static void allocate(struct line *l, int application, int64_t amount)
{
    int64_t left = line_net(l);

    if (amount > left)
        amount = left;
    if (amount > 0 && l->allocation_count < ALLOCATIONS_MAX)
        l->allocations[l->allocation_count++] = (struct allocation){ application, amount };
}

static void discount_line(struct making *m)
{
    struct order *o = m->order;
    struct line *l = &o->lines[rng_below(m->rng, o->line_count)];
    int percent = rng_chance(m->rng, 20) ? 100 : (int)rng_between(m->rng, 1, 6) * 5;
    struct application a = { "automatic", "Line offer", "percentage", "line_item", "entitled", "each", "" };

    snprintf(a.value, sizeof a.value, "%d.0", percent);
    allocate(l, application_add(o, &a), money_scale(l->price * l->quantity, percent, 100));
}

/* A fixed amount over all lines in proportion; the last line takes what rounding leaves. */
static void discount_order(struct making *m)
{
    struct order *o = m->order;
    int64_t amount = rng_between(m->rng, 100, 2500), all = 0, given = 0;
    struct application made = { "discount_code", "WELCOME", "fixed_amount", "line_item", "all", "across", "" };
    char value[MONEY_TEXT_MAX];
    int a;

    for (size_t i = 0; i < o->line_count; i++)
        all += line_net(&o->lines[i]);
    if (amount > all)
        amount = all;
    if (all == 0)
        return;
    str_copy(made.value, sizeof made.value, money_text(amount, 2, value));
    a = application_add(o, &made);
    for (size_t i = 0; i < o->line_count; i++) {
        int64_t part = i + 1 == o->line_count ? amount - given : money_scale(amount, line_net(&o->lines[i]), all);

        if (part > line_net(&o->lines[i]))
            part = line_net(&o->lines[i]);
        allocate(&o->lines[i], a, part);
        given += part;
    }
}

void making_discounts(struct making *m)
{
    if (m->order->line_count == 0)
        return;
    if (m->mix == MIX_ALL && rng_chance(m->rng, 20))
        discount_line(m);
    if (m->mix == MIX_ALL ? rng_chance(m->rng, 25) : rng_chance(m->rng, 5))
        discount_order(m);
}

/* ---- shipping ---- */

static void ship_add(struct making *m, const char *title, const char *code, int64_t price)
{
    struct shipping *h = &m->order->ships[m->order->ship_count++];

    *h = (struct shipping){ .id = making_id(m), .price = price, .allocation = { .application = -1 } };
    str_copy(h->title, sizeof h->title, title);
    str_copy(h->code, sizeof h->code, code);
    if (!m->order->tax_exempt)
        regime_put(m->regime, h->taxes, &h->tax_count);
}

void making_ships(struct making *m)
{
    static const struct application free_shipping = { "discount_code", "FREESHIP", "percentage", "shipping_line", "all", "each",
                                                      "100.0" };
    struct order *o = m->order;

    ship_add(m, "Standard Shipping", "standard", rng_between(m->rng, 4, 12) * 100 - 1);
    if (m->mix == MIX_PLAIN)
        return;
    if (rng_chance(m->rng, 8))
        ship_add(m, "Express", "express", 1990);
    if (rng_chance(m->rng, 10)) {
        int a = o->application_count < 4 ? application_add(o, &free_shipping) : -1;

        o->ships[0].allocation = (struct allocation){ a, o->ships[0].price };
    }
}
