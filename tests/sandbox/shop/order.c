/* order.c - how buyers buy: orders of every kind the trade knows, with totals right to the cent. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/str.h"
#include "tests/sandbox/shop/names.h"
#include "tests/sandbox/shop/shop.h"

static char *copy(const char *text)
{
    char *mine = text == NULL ? NULL : strdup(text);

    if (text != NULL && mine == NULL)
        abort();
    return mine;
}

void address_make(struct shop *s, struct address *a, const char *first, const char *last)
{
    struct town town;
    char street[96];

    names_town(&s->rng, &town);
    snprintf(street, sizeof street, "%d %s", (int)rng_between(&s->rng, 1, 240), names_pick(&s->rng, 's'));
    *a = (struct address){ .first = copy(first), .last = copy(last), .address1 = copy(street), .city = copy(town.name),
                           .zip = copy(town.zip) };
    if (rng_chance(&s->rng, 20))
        a->address2 = copy("Apt 4");
    if (rng_chance(&s->rng, 15))
        a->company = copy("Example Trading Ltd");
    str_copy(a->country, sizeof a->country, town.country);
    str_copy(a->province, sizeof a->province, town.province);
}

void address_clear(struct address *a)
{
    free(a->first);
    free(a->last);
    free(a->company);
    free(a->address1);
    free(a->address2);
    free(a->city);
    free(a->zip);
    free(a->phone);
}

static struct address *address_copy(const struct address *from)
{
    struct address *a = calloc(1, sizeof *a);

    if (a == NULL)
        abort();
    *a = *from;
    a->first = copy(from->first);
    a->last = copy(from->last);
    a->company = copy(from->company);
    a->address1 = copy(from->address1);
    a->address2 = copy(from->address2);
    a->city = copy(from->city);
    a->zip = copy(from->zip);
    a->phone = copy(from->phone);
    return a;
}

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

static const struct regime *regime_of(struct shop *s, const char *country)
{
    size_t count = 0, at;

    for (size_t i = 0; i < sizeof regimes / sizeof regimes[0]; i++)
        count += strcmp(regimes[i].country, country) == 0;
    if (count == 0)
        return &regimes[2];
    at = rng_below(&s->rng, count);
    for (size_t i = 0;; i++)
        if (strcmp(regimes[i].country, country) == 0 && at-- == 0)
            return &regimes[i];
}

static void taxes_put(struct tax_line *to, size_t *count, const struct regime *r)
{
    memcpy(to, r->taxes, r->count * sizeof to[0]);
    *count = r->count;
}

/* ---- lines ---- */

static struct line *line_add(struct order *o)
{
    o->lines = realloc(o->lines, (o->line_count + 1) * sizeof *o->lines);
    if (o->lines == NULL)
        abort();
    o->lines[o->line_count] = (struct line){ 0 };
    return &o->lines[o->line_count++];
}

static void line_make(struct shop *s, struct order *o, const struct regime *r, enum mix mix)
{
    const struct variant *v = &s->variants[rng_below(&s->rng, s->variant_count)];
    const struct product *p = &s->products[v->product];
    struct line *l = line_add(o);
    unsigned kind = mix == MIX_ALL ? (unsigned)rng_below(&s->rng, 40) : 99;

    *l = (struct line){ .id = shop_id_held(s), .product = p->id, .variant = v->id, .title = copy(p->title),
                        .sku = copy(v->sku), .vendor = copy(p->vendor), .price = v->price, .grams = v->grams,
                        .taxable = true, .requires_shipping = true };
    l->quantity = l->current = (int)rng_between(&s->rng, 1, mix == MIX_ALL ? 6 : 3);
    if (strcmp(v->title, "Default Title") != 0)
        l->variant_title = copy(v->title);
    if (kind == 0) { /* a product that was deleted since */
        l->product = l->variant = 0;
        free(l->sku);
        l->sku = copy("GONE-1");
    } else if (kind == 1) { /* a custom line */
        l->product = l->variant = 0;
        l->custom = true;
        free(l->sku);
        free(l->title);
        free(l->vendor);
        l->sku = l->vendor = NULL;
        l->title = copy("Engraving \xE2\x9C\xA8 \"by hand\"");
    } else if (kind == 2) { /* an escape sequence and right-to-left text in a name */
        free(l->title);
        l->title = copy("\x1b[31mRed\x1b[0m \xE2\x80\xAE" "kcart \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xF0\x9F\x98\x80");
    } else if (kind == 3) {
        l->taxable = false;
    } else if (kind == 4) { /* given away */
        l->price = 0;
    } else if (kind == 5) {
        l->property[0] = copy("Gift wrap");
        l->property[1] = copy("Yes \xF0\x9F\x8E\x81");
    }
    if (l->taxable && !o->tax_exempt)
        taxes_put(l->taxes, &l->tax_count, r);
}

/* ---- discounts ---- */

static int application_add(struct order *o, const char *type, const char *title, const char *value_type, const char *value,
                           const char *target, const char *selection, const char *method)
{
    struct application *a = &o->applications[o->application_count];

    str_copy(a->type, sizeof a->type, type);
    str_copy(a->title, sizeof a->title, title);
    str_copy(a->value_type, sizeof a->value_type, value_type);
    str_copy(a->value, sizeof a->value, value);
    str_copy(a->target_type, sizeof a->target_type, target);
    str_copy(a->target_selection, sizeof a->target_selection, selection);
    str_copy(a->method, sizeof a->method, method);
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

static void discount_line(struct shop *s, struct order *o)
{
    struct line *l = &o->lines[rng_below(&s->rng, o->line_count)];
    int percent = rng_chance(&s->rng, 20) ? 100 : (int)rng_between(&s->rng, 1, 6) * 5;
    char value[16];
    int a;

    snprintf(value, sizeof value, "%d.0", percent);
    a = application_add(o, "automatic", "Line offer", "percentage", value, "line_item", "entitled", "each");
    allocate(l, a, money_scale(l->price * l->quantity, percent, 100));
}

/* A fixed amount over all lines in proportion; the last line takes what rounding leaves. */
static void discount_order(struct shop *s, struct order *o)
{
    int64_t amount = rng_between(&s->rng, 100, 2500), all = 0, given = 0;
    char value[MONEY_TEXT_MAX];
    int a;

    for (size_t i = 0; i < o->line_count; i++)
        all += line_net(&o->lines[i]);
    if (amount > all)
        amount = all;
    if (all == 0)
        return;
    a = application_add(o, "discount_code", "WELCOME", "fixed_amount", money_text(amount, 2, value), "line_item", "all",
                        "across");
    for (size_t i = 0; i < o->line_count; i++) {
        int64_t part = i + 1 == o->line_count ? amount - given : money_scale(amount, line_net(&o->lines[i]), all);

        if (part > line_net(&o->lines[i]))
            part = line_net(&o->lines[i]);
        allocate(&o->lines[i], a, part);
        given += part;
    }
}

/* ---- shipping ---- */

static void ship_add(struct shop *s, struct order *o, const struct regime *r, const char *title, const char *code, int64_t price)
{
    struct shipping *h = &o->ships[o->ship_count++];

    *h = (struct shipping){ .id = shop_id_held(s), .price = price, .allocation = { .application = -1 } };
    str_copy(h->title, sizeof h->title, title);
    str_copy(h->code, sizeof h->code, code);
    if (!o->tax_exempt)
        taxes_put(h->taxes, &h->tax_count, r);
}

static void ships_make(struct shop *s, struct order *o, const struct regime *r, enum mix mix)
{
    ship_add(s, o, r, "Standard Shipping", "standard", rng_between(&s->rng, 4, 12) * 100 - 1);
    if (mix == MIX_PLAIN)
        return;
    if (rng_chance(&s->rng, 8))
        ship_add(s, o, r, "Express", "express", 1990);
    if (rng_chance(&s->rng, 10)) {
        int a = o->application_count < 4 ? application_add(o, "discount_code", "FREESHIP", "percentage", "100.0",
                                                           "shipping_line", "all", "each") :
                                           -1;

        o->ships[0].allocation = (struct allocation){ a, o->ships[0].price };
    }
}

/* ---- buyers ---- */

/* The same address as different hands write it. */
static char *respelled(struct shop *s, const char *email)
{
    char text[160];
    const char *at = strchr(email, '@');

    switch (rng_below(&s->rng, 6)) {
    case 0:
        snprintf(text, sizeof text, " %s ", email);
        return copy(text);
    case 1: {
        char *big = copy(email);

        for (char *p = big; *p != '\0'; p++)
            if (*p >= 'a' && *p <= 'z')
                *p = (char)(*p - 32);
        return big;
    }
    case 2:
        snprintf(text, sizeof text, "%.*s@%s", (int)(at - email), email, "Example");
        snprintf(text, sizeof text, "%.*s@Example%s", (int)(at - email), email, strrchr(email, '.'));
        return copy(text);
    default: return copy(email);
    }
}

static void buyer(struct shop *s, struct order *o, enum mix mix)
{
    unsigned kind = mix == MIX_ALL ? (unsigned)rng_below(&s->rng, 30) : 99;
    size_t index = rng_below(&s->rng, s->customer_count);
    struct customer *c = &s->customers[index];

    o->customer = index;
    o->email = respelled(s, c->email);
    o->phone = copy(c->phone);
    o->billing = address_copy(&c->address);
    o->shipping_to = address_copy(&c->address);
    if (kind == 0) { /* over the counter: nobody we know */
        o->customer = SIZE_MAX;
        address_clear(o->billing);
        address_clear(o->shipping_to);
        free(o->billing);
        free(o->shipping_to);
        free(o->email);
        free(o->phone);
        o->billing = o->shipping_to = NULL;
        o->email = o->phone = NULL;
        return;
    }
    if (kind <= 3) { /* a guest with an e-mail */
        o->customer = SIZE_MAX;
        free(o->email);
        if (asprintf(&o->email, "guest%d@example.org", o->number) < 0)
            abort();
    }
    if (kind >= 4 && kind <= 8) { /* a present for somebody else, perhaps abroad */
        address_clear(o->shipping_to);
        address_make(s, o->shipping_to, names_pick(&s->rng, 'f'), names_pick(&s->rng, 'l'));
    }
    if (kind == 9) {
        free(o->shipping_to->first);
        o->shipping_to->first = copy("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7 Zo\xC3\xAB");
    }
    if (o->customer != SIZE_MAX)
        c->orders++;
}

static void state(struct shop *s, struct order *o, enum mix mix)
{
    static const char *const states[] = { "paid",   "paid",    "paid",    "paid",           "paid",   "paid",
                                          "pending", "pending", "authorized", "partially_paid", "voided", "refunded" };
    const char *picked = mix == MIX_ALL ? rng_pick(&s->rng, states) : "paid";

    str_copy(o->financial, sizeof o->financial, picked);
    str_copy(o->gateway, sizeof o->gateway,
             strcmp(picked, "pending") == 0 ? "bank_transfer" : mix == MIX_ALL && rng_chance(&s->rng, 20) ? "paypal" : "shopify_payments");
}

static void extras(struct shop *s, struct order *o)
{
    if (rng_chance(&s->rng, 15))
        o->note = copy("Please ring twice.\nLeave with the neighbour <b>not</b> the dog. \xF0\x9F\x90\xB6");
    if (rng_chance(&s->rng, 20)) {
        free(o->tags);
        o->tags = copy("gift, vip");
    }
    if (rng_chance(&s->rng, 10)) {
        o->note_attribute[0] = copy("Delivery day");
        o->note_attribute[1] = copy("Friday");
    }
    o->test = rng_chance(&s->rng, 3);
    if (rng_chance(&s->rng, 6)) {
        str_copy(o->presentment, sizeof o->presentment, "JPY");
        o->rate = 151.27;
    } else if (rng_chance(&s->rng, 6)) {
        str_copy(o->presentment, sizeof o->presentment, "EUR");
        o->rate = 0.9234;
    }
    if (strcmp(o->financial, "refunded") == 0)
        o->refunded = o->total;
}

static void order_keep(struct shop *s, struct order *o)
{
    if (s->order_count == s->order_room) {
        s->order_room = s->order_room == 0 ? 256 : s->order_room * 2;
        s->orders = realloc(s->orders, s->order_room * sizeof(struct order *));
        if (s->orders == NULL)
            abort();
    }
    s->orders[s->order_count++] = o;
}

struct order *shop_sell_held(struct shop *s, enum mix mix)
{
    struct order *o = calloc(1, sizeof *o);
    const struct regime *r;
    size_t lines;

    if (o == NULL)
        abort();
    o->id = shop_id_held(s);
    o->number = 1001 + (int)s->order_count;
    snprintf(o->name, sizeof o->name, "#%d", o->number);
    o->created = o->processed = o->updated = when_now();
    o->confirmed = true;
    o->tags = copy("");
    str_copy(o->source, sizeof o->source, "web");
    str_copy(o->presentment, sizeof o->presentment, s->currency);
    o->rate = 1;
    buyer(s, o, mix);
    r = regime_of(s, o->shipping_to == NULL ? "US" : o->shipping_to->country);
    o->taxes_included = r->included;
    o->tax_exempt = mix == MIX_ALL && rng_chance(&s->rng, 5);
    lines = mix == MIX_ALL && rng_chance(&s->rng, 3) ? (size_t)rng_between(&s->rng, 20, 120) : (size_t)rng_between(&s->rng, 1, 5);
    for (size_t i = 0; i < lines; i++)
        line_make(s, o, r, mix);
    if (mix == MIX_ALL && rng_chance(&s->rng, 20))
        discount_line(s, o);
    if (mix == MIX_ALL ? rng_chance(&s->rng, 25) : rng_chance(&s->rng, 5))
        discount_order(s, o);
    ships_make(s, o, r, mix);
    state(s, o, mix);
    order_total(o);
    if (mix == MIX_ALL)
        extras(s, o);
    order_keep(s, o);
    return o;
}

bool shop_order_event_held(struct shop *s, struct order *o, const char *topic)
{
    (void)s;
    if (strcmp(topic, "orders/cancelled") == 0) {
        o->cancelled = when_now();
        str_copy(o->cancel_reason, sizeof o->cancel_reason, "customer");
        if (strcmp(o->financial, "paid") != 0)
            str_copy(o->financial, sizeof o->financial, "voided");
    } else if (strcmp(topic, "orders/paid") == 0) {
        str_copy(o->financial, sizeof o->financial, "paid");
    } else if (strcmp(topic, "orders/fulfilled") == 0) {
        str_copy(o->fulfillment, sizeof o->fulfillment, "fulfilled");
    } else if (strcmp(topic, "orders/updated") != 0 && strcmp(topic, "orders/edited") != 0 &&
               strcmp(topic, "orders/create") != 0) {
        return false;
    }
    o->updated = when_now();
    return true;
}

bool shop_order_edit_held(struct shop *s, struct order *o, size_t line, int quantity)
{
    struct line *l;

    if (line >= o->line_count || quantity < 0 || quantity > 100000)
        return false;
    l = &o->lines[line];
    if (quantity > l->quantity) /* what is added was ordered as well; what is taken away stays on record */
        l->quantity = quantity;
    l->current = quantity;
    o->edited = true;
    o->updated = when_now();
    order_total(o);
    (void)s;
    return true;
}

bool shop_order_add_held(struct shop *s, struct order *o, size_t variant, int quantity)
{
    const struct variant *v = &s->variants[variant];
    struct line *l;

    if (variant >= s->variant_count || quantity <= 0 || quantity > 100000 || o->line_count == 0)
        return false;
    l = line_add(o);
    *l = (struct line){ .id = shop_id_held(s), .product = s->products[v->product].id, .variant = v->id,
                        .title = copy(s->products[v->product].title), .sku = copy(v->sku),
                        .vendor = copy(s->products[v->product].vendor), .quantity = quantity, .current = quantity,
                        .grams = v->grams, .price = v->price, .taxable = true, .requires_shipping = true };
    memcpy(l->taxes, o->lines[0].taxes, sizeof l->taxes);
    l->tax_count = o->lines[0].tax_count;
    o->edited = true;
    o->updated = when_now();
    order_total(o);
    return true;
}

bool shop_order_refund_held(struct shop *s, struct order *o, size_t line, int quantity, int64_t amount)
{
    int64_t before = o->current_total;
    int left = 0;

    (void)s;
    if (line >= o->line_count || quantity < 0 || quantity > o->lines[line].current || amount < 0 ||
        quantity + amount == 0)
        return false;
    o->lines[line].current -= quantity;
    o->money_back += amount;
    o->refunds++;
    for (size_t i = 0; i < o->line_count; i++)
        left += o->lines[i].current;
    str_copy(o->financial, sizeof o->financial, left == 0 ? "refunded" : "partially_refunded");
    o->updated = when_now();
    order_total(o);
    o->refunded += before - o->current_total;
    return true;
}

static void reword(char **text, const json_t *values, const char *key)
{
    const char *new = json_string_value(json_object_get(values, key));

    if (new == NULL)
        return;
    free(*text);
    *text = copy(new);
}

void shop_order_rewrite_held(struct order *o, const json_t *values)
{
    reword(&o->note, values, "note");
    reword(&o->tags, values, "tags");
    if (o->shipping_to != NULL)
        reword(&o->shipping_to->address1, values, "address1");
}
