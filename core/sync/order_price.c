#include "sync/order_price.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/order_tax.h"
#include "sync/price_fit.h"

#define CARRIED_TAXES 64 /* different taxes in one order */

/* What Shopify charged of one Odoo tax, to compare with what Odoo will charge. */
struct charged {
    struct tax tax;
    char rate[16];
    int64_t amount;
    int64_t lines;
};

struct work {
    const json_t *order;
    const struct reference *r;
    const json_t *resolved;
    struct findings *f;
    struct priced *p;
    const char *country;
    bool included, current;
    bool scaled;  /* some amounts are shares of Shopify's: of an edited line */
    int64_t sum;  /* of all lines as Shopify shows them, taxes on top not counted */
    int64_t taxes; /* Shopify's taxes of all lines */
    struct charged charged[CARRIED_TAXES];
    size_t charged_count;
};

bool order_books_current(const json_t *order)
{
    const char *paid = json_text_or(order, "financial", "");

    return strcmp(paid, "refunded") != 0 && strcmp(paid, "partially_refunded") != 0;
}

void priced_free(struct priced *p)
{
    free(p);
}

/* ---- lines ---- */

static struct priced_line *new_line(struct work *w, const char *kind, int64_t id)
{
    struct priced_line *line;

    if (w->p->count == w->p->room)
        return NULL;
    line = &w->p->list[w->p->count++];
    if (id != 0)
        snprintf(line->key, sizeof line->key, "%s:%" PRId64, kind, id);
    else
        str_copy(line->key, sizeof line->key, kind);
    line->sums.quantity = 1;
    return line;
}

/* Another line beside one: "line:12" -> "line:12:rest". */
static struct priced_line *beside(struct work *w, const struct priced_line *line,
                                  const char *part)
{
    struct priced_line *other = new_line(w, "", 0);

    if (other != NULL)
        snprintf(other->key, sizeof other->key, "%.38s:%s", line->key, part);
    return other;
}

/* One of our own products; a missing one stops the order. */
static int64_t own_product(struct work *w, const char *word)
{
    char path[64], thing[64];
    int64_t id;

    snprintf(path, sizeof path, "products.%s", word);
    id = json_int_or(w->resolved, path, 0);
    if (id == 0) {
        snprintf(thing, sizeof thing, "product:%s", word);
        findings_add(w->f, FINDING_MISSING, ERR_MISSING, thing, "there is no %s product in Odoo",
                     word);
    }
    return id;
}

static bool fit(struct work *w, struct priced_line *line, int64_t target, int64_t original);

static bool own_line(struct work *w, const char *key, const char *product, const char *words,
                     int64_t minor)
{
    struct priced_line *line;

    if (minor == 0)
        return true;
    line = new_line(w, key, 0);
    if (line == NULL)
        return false;
    line->product = own_product(w, product);
    line->words = words;
    return fit(w, line, minor, minor);
}

/*
 * Price and discount of a line, so that Odoo's base is the target. What one line cannot say stands
 * beside it: pieces at the next price, and a part of one price step.
 */
static bool fit(struct work *w, struct priced_line *line, int64_t target, int64_t original)
{
    struct expect_line *sums = &line->sums;
    struct price_fit found;
    struct priced_line *other;

    if (!price_fit(sums->quantity, &w->p->rules, target, original, &found)) {
        findings_add(w->f, FINDING_HOLD, ERR_INVALID, "", "an amount beyond all reason");
        return false;
    }
    sums->price = found.price;
    sums->discount = found.discount;
    if (found.pieces > 0) {
        other = beside(w, line, "rest");
        if (other == NULL)
            return false;
        other->product = line->product;
        other->source = line->source;
        other->delivery = line->delivery;
        other->placeholder = line->placeholder;
        other->sums = *sums;
        other->sums.quantity = found.pieces;
        other->sums.price += found.price_step;
        sums->quantity -= found.pieces;
    }
    if (found.cent_discount > 0) {
        other = beside(w, line, "cent");
        if (other == NULL)
            return false;
        other->product = own_product(w, "rounding");
        other->words = "Rest of the price, below the last digit of Odoo's unit prices";
        other->sums = *sums;
        other->sums.quantity = 1;
        other->sums.price = found.price_step;
        other->sums.discount = found.cent_discount;
    }
    return true;
}

/* ---- taxes ---- */

static bool charge(struct work *w, const struct tax *tax, const char *rate, int64_t minor)
{
    size_t i = 0;

    while (i < w->charged_count && w->charged[i].tax.id != tax->id)
        i++;
    if (i == CARRIED_TAXES) {
        findings_add(w->f, FINDING_HOLD, ERR_REFUSED, "", "more than 64 taxes in one order");
        return false;
    }
    if (i == w->charged_count) {
        w->charged[w->charged_count++] = (struct charged){ .tax = *tax };
        str_copy(w->charged[i].rate, sizeof w->charged[i].rate, rate);
    }
    w->charged[i].amount += minor;
    w->charged[i].lines++;
    return true;
}

/* The same rate earlier on this line? Then only a mapping with the title can tell them apart. */
static bool twice(const json_t *taxes, size_t index, const char *rate)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(json_text_or(json_array_get(taxes, i), "rate", ""), rate) == 0)
            return true;
    return false;
}

/* Listed but not charged, as for an exempt customer: Odoo must not charge it either. */
static bool not_charged(struct work *w, int64_t shown, int64_t minor, const char *rate)
{
    int64_t units, would;

    if (minor != 0 || !money_parse(rate, 4, &units, NULL) || units <= 0)
        return false;
    would = money_scale(shown, units, RATE_ONE + (w->included ? units : 0));
    if (would != 0)
        findings_add(w->f, FINDING_NOTE, ERR_INVALID, "", "tax of %s %% is listed but not charged",
                     rate);
    return would != 0;
}

/*
 * Puts the taxes on the line. `shown` is the line's amount as Shopify shows it; the answer in
 * *base is what quantity x price must be in Odoo: net plus the taxes that Odoo counts as included.
 * Amounts are scaled by now / then.
 */
static bool taxes_on(struct work *w, struct priced_line *line, const json_t *taxes, int64_t shown,
                     int64_t now, int64_t then, int64_t *base)
{
    int64_t net = shown, within = 0;
    const json_t *row;
    size_t i;

    json_array_foreach(taxes, i, row)
    {
        const char *rate = json_text_or(row, "rate", "0"), *title = NULL;
        int64_t minor = money_scale(json_int_or(row, "amount", 0), now, then);
        struct tax tax;
        enum tax_found found;

        if (not_charged(w, shown, minor, rate))
            continue;
        w->taxes += minor;
        if (w->included)
            net -= minor;
        if (twice(taxes, i, rate))
            title = json_text_or(row, "title", "");
        found = tax_find(w->r, rate, w->country, w->included, title, &tax, w->f);
        if (found != TAX_FOUND) {
            within += minor; /* booked as part of the price, or the order stops anyway */
            continue;
        }
        if (line->sums.taxes == EXPECT_TAXES_MAX) {
            findings_add(w->f, FINDING_HOLD, ERR_REFUSED, "", "more than %d taxes on a line",
                         EXPECT_TAXES_MAX);
            return false;
        }
        line->sums.tax[line->sums.taxes++] = tax;
        within += tax.included ? minor : 0;
        if (!charge(w, &tax, rate, minor))
            return false;
    }
    *base = net + within;
    return true;
}

/* ---- product lines ---- */

static int64_t line_product(struct work *w, const json_t *source, struct priced_line *line)
{
    char path[64], thing[ERR_THING_MAX];
    const char *sku = json_text(source, "sku");
    int64_t id;

    if (json_flag(source, "tip"))
        return own_product(w, "tip");
    if (json_flag(source, "gift_card")) {
        if (reference_policy_is(w->r, "gift_cards", "hold"))
            findings_add(w->f, FINDING_HOLD, ERR_REFUSED, "", "a gift card is sold");
        return own_product(w, "gift_card");
    }
    snprintf(path, sizeof path, "lines.%" PRId64 ".product", json_int_or(source, "id", 0));
    id = json_int_or(w->resolved, path, 0);
    if (id != 0)
        return id;
    line->placeholder = true;
    if (sku != NULL)
        snprintf(thing, sizeof thing, "sku:%.100s", sku);
    else
        snprintf(thing, sizeof thing, "variant:%" PRId64, json_int_or(source, "variant_id", 0));
    findings_add(w->f, FINDING_FLAG, ERR_MISSING, thing,
                 "product not found in Odoo: the line is on the placeholder");
    return own_product(w, "placeholder");
}

static bool add_product(struct work *w, const json_t *source)
{
    int64_t ordered = json_int_or(source, "quantity", 0), id = json_int_or(source, "id", 0);
    int64_t now = w->current ? json_int_or(source, "current", ordered) : ordered;
    int64_t unit = json_int_or(source, "unit_price", 0), shown, base;
    struct priced_line *line;

    if (now == 0)
        return true; /* removed: keep it out of the sums */
    if (now > ordered) { /* never seen; the prices would be a guess */
        findings_add(w->f, FINDING_HOLD, ERR_REFUSED, "", "a line has more pieces now than ordered");
        return true;
    }
    if (now != ordered)
        w->scaled = true;
    shown = now * unit - money_scale(json_int_or(source, "discount", 0), now, ordered);
    w->sum += shown;
    line = new_line(w, "line", id);
    if (line == NULL)
        return false;
    line->source = source;
    line->sums.quantity = now;
    line->product = line_product(w, source, line);
    return taxes_on(w, line, json_object_get(source, "taxes"), shown, now, ordered, &base) &&
           fit(w, line, base, unit);
}

/* ---- shipping ---- */

static void find_carrier(struct work *w, const json_t *source, struct priced_line *line)
{
    const char *title = json_text_or(source, "title", "");
    const char *mapped = reference_mapping(w->r, "carrier", title);
    const char *otherwise = reference_policy(w->r, "default_carrier");
    char thing[ERR_THING_MAX];

    line->carrier = reference_carrier(w->r, mapped != NULL ? mapped : title, &line->product);
    if (line->carrier == 0) {
        line->carrier = reference_carrier(w->r, otherwise, &line->product);
        snprintf(thing, sizeof thing, "carrier:%.110s", title);
        findings_add(w->f, FINDING_FLAG, ERR_MISSING, thing,
                     "shipping \"%.80s\" is not mapped to a carrier", title);
    }
    if (line->product == 0)
        line->product = reference_policy_id(w->r, "shipping_product");
    if (line->product == 0)
        line->product = own_product(w, "shipping");
}

static bool add_shipping(struct work *w, const json_t *source)
{
    int64_t booked = json_int_or(source, "amount", 0), base;
    int64_t then = booked, id = json_int_or(source, "id", 0);
    struct priced_line *line = new_line(w, "shipping", id);

    if (line == NULL)
        return false;
    if (w->current)
        booked = json_int_or(source, "current", booked);
    if (booked != then)
        w->scaled = true;
    w->sum += booked;
    line->source = source;
    line->delivery = true;
    find_carrier(w, source, line);
    return taxes_on(w, line, json_object_get(source, "taxes"), booked, then > 0 ? booked : 1,
                    then > 0 ? then : 1, &base) &&
           fit(w, line, base, json_int_or(source, "price", 0));
}

/* ---- tips, duties, fees, cash rounding ---- */

struct extra {
    const char *key, *product, *words;
    int64_t minor;
};

static int64_t tips_in_lines(const struct work *w)
{
    const json_t *line;
    int64_t sum = 0;
    size_t i;

    json_array_foreach(json_object_get(w->order, "lines"), i, line)
        if (json_flag(line, "tip"))
            sum += json_int_or(line, "amount", 0);
    return sum;
}

/* A discount that Shopify did not spread over lines. */
static int64_t discount_left(const struct work *w)
{
    int64_t left = json_int_or(w->order, "discounts", 0);
    const json_t *line;
    size_t i;

    if (w->scaled)
        return 0; /* the edited share is Shopify's secret */
    json_array_foreach(json_object_get(w->order, "lines"), i, line)
        left -= json_int_or(line, "discount", 0);
    json_array_foreach(json_object_get(w->order, "shipping_lines"), i, line)
        left -= json_int_or(line, "discount", 0);
    return left;
}

static int64_t booked(const struct work *w, const char *now, const char *then)
{
    return json_int_or(w->order, w->current && json_at(w->order, now) != NULL ? now : then, 0);
}

/* The choice that comes nearest to what is missing; the larger one of equals. */
static unsigned choose(const struct extra *extras, unsigned count, int64_t missing)
{
    unsigned best = 0, most = 0;
    int64_t nearest = llabs(missing);

    for (unsigned mask = 1; mask < 1u << count; mask++) {
        unsigned members = 0;
        int64_t off = missing;

        for (unsigned i = 0; i < count; i++)
            if ((mask & 1u << i) != 0) {
                members += extras[i].minor != 0;
                off -= extras[i].minor;
            }
        if (llabs(off) < nearest || (llabs(off) == nearest && members > most)) {
            best = mask;
            most = members;
            nearest = llabs(off);
        }
    }
    return best;
}

/*
 * Whether Shopify's total holds a tip, a duty... differs from shop to shop; the total itself
 * tells: the largest choice of them that explains what the lines do not.
 */
static bool add_extras(struct work *w, int64_t missing)
{
    const struct extra extras[] = {
        { "tip", "tip", "Tip", json_int_or(w->order, "tip", 0) - tips_in_lines(w) },
        { "duty", "duty", "Duties", booked(w, "current_duties", "duties") },
        { "fee", "fee", "Additional fees", booked(w, "current_fees", "fees") },
        { "cash_rounding", "rounding", "Cash rounding",
          json_int_or(w->order, "cash_rounding", 0) },
        { "discount", "discount", "Discount on the order", -discount_left(w) },
    };
    const unsigned count = sizeof extras / sizeof extras[0];
    unsigned best = choose(extras, count, missing);

    for (unsigned i = 0; i < count; i++) {
        if ((best & 1u << i) == 0)
            continue;
        w->sum += extras[i].minor;
        if (!own_line(w, extras[i].key, extras[i].product, extras[i].words, extras[i].minor))
            return false;
    }
    return true;
}

/* ---- does it come out right? ---- */

static const char *money(const struct work *w, int64_t minor, char *buf)
{
    return money_text(minor, w->p->rules.digits, buf);
}

/* How much rounding may explain, by policy: so much per line, and in all. */
static int64_t bound_of(const struct work *w, int64_t lines)
{
    int64_t bound = lines * reference_policy_id(w->r, "rounding_per_item");
    int64_t most = reference_policy_id(w->r, "rounding_most");

    return bound < most ? bound : most;
}

/* Each tax by itself: a difference beyond rounding means a wrong tax, whatever the total says. */
static bool taxes_agree(struct work *w)
{
    bool agree = true;
    char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX], c[MONEY_TEXT_MAX];

    for (size_t i = 0; i < w->charged_count; i++) {
        const struct charged *x = &w->charged[i];
        int64_t odoo = expect_tax(&w->p->list[0].sums, sizeof w->p->list[0], w->p->count,
                                  &w->p->rules, x->tax.id);
        int64_t gap = odoo - x->amount;
        bool rounding = llabs(gap) <= bound_of(w, x->lines);

        w->p->tax_gap += gap;
        if (gap == 0)
            continue;
        findings_add(w->f, rounding ? FINDING_NOTE : FINDING_HOLD, ERR_REFUSED, "",
                     "taxes differ by %s: Shopify %s %% gives %s, Odoo's \"%.40s\" %s",
                     money(w, llabs(gap), a), x->rate, money(w, x->amount, b), x->tax.name,
                     money(w, odoo, c));
        agree = agree && rounding;
    }
    return agree;
}

/* Lines, taxes and total as Shopify gives them do not add up, and not because of rounding. */
static bool explained(const struct work *w, int64_t inner)
{
    const char *shop = json_text_or(w->order, "money.shop.currency", "");
    const char *shown = json_text_or(w->order, "money.presentment.currency", "");
    int64_t tax = json_int_or(w->order, w->current ? "current_tax" : "tax",
                              json_int_or(w->order, "tax", 0));

    if (inner == 0 || (!w->included && inner == tax - w->taxes))
        return true;
    /* converted by Shopify line by line, or our share of an edited line */
    return w->scaled || strcmp(shop, shown) != 0;
}

static bool predict(struct work *w)
{
    const char *what = "";

    if (expect_order(&w->p->list[0].sums, sizeof w->p->list[0], w->p->count, &w->p->rules,
                     &w->p->expected, &what))
        return true;
    findings_add(w->f, FINDING_HOLD, ERR_REFUSED, "",
                 "Odoo's amounts cannot be foretold: %.80s (map a plain percent tax)", what);
    return false;
}

/* The last step: equal, or a named rounding line within the bound, or hold. inner: Shopify's own. */
static bool settle(struct work *w, int64_t inner)
{
    int64_t bound = bound_of(w, (int64_t)w->p->count), gap;
    char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX], c[MONEY_TEXT_MAX];
    bool agree;

    if (!predict(w))
        return false;
    agree = taxes_agree(w);
    gap = w->p->target - w->p->expected.total;
    if (gap == 0 || !agree)
        return agree;
    if (llabs(gap) > bound || !explained(w, inner)) {
        findings_add(w->f, FINDING_HOLD, ERR_REFUSED, "",
                     "total differs by %s: Shopify %s, Odoo would have %s%s", money(w, gap, a),
                     money(w, w->p->target, b), money(w, w->p->expected.total, c),
                     inner != 0 ? "; Shopify's lines do not add up to its total" : "");
        return false;
    }
    w->p->rounding = gap;
    findings_add(w->f, FINDING_NOTE, ERR_REFUSED, "", "rounding line of %s: %s", money(w, gap, a),
                 inner != 0 ? "Shopify's lines and total differ by rounding" :
                              "Odoo rounds taxes otherwise than Shopify");
    return own_line(w, "rounding", "rounding", "Rounding difference to Shopify", gap) &&
           predict(w);
}

/* ---- the whole ---- */

static bool all_lines(struct work *w)
{
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(w->order, "lines"), i, line)
        if (!add_product(w, line))
            return false;
    json_array_foreach(json_object_get(w->order, "shipping_lines"), i, line)
        if (!add_shipping(w, line))
            return false;
    return true;
}

static bool price_all(struct work *w)
{
    int64_t tax, missing;

    if (!all_lines(w))
        return false;
    tax = json_int_or(w->order, w->current ? "current_tax" : "tax", w->taxes);
    if (w->scaled)
        tax = w->taxes;
    missing = w->p->target - w->sum - (w->included ? 0 : tax);
    if (!add_extras(w, missing))
        return false;
    if (findings_stop(w->f))
        return false; /* no use in sums with a tax or a product missing */
    return settle(w, w->p->target - w->sum - (w->included ? 0 : w->taxes));
}

static struct priced *room_for(const json_t *order, const struct reference *r)
{
    size_t lines = json_len(order, "lines"), ships = json_len(order, "shipping_lines");
    size_t room = 3 * (lines + ships) + 16;
    struct priced *p = calloc(1, sizeof *p + room * sizeof p->list[0]);

    if (p == NULL)
        return NULL;
    p->room = room;
    p->rules = (struct expect_rules){
        .digits = (int)json_int_or(order, "money.digits", 2),
        .price_digits = reference_price_digits(r),
        .globally = reference_rounds_globally(r),
        .by_total = strcmp(reference_company_country(r), "PT") == 0,
    };
    str_copy(p->currency, sizeof p->currency, json_text_or(order, "money.currency", ""));
    return p;
}

struct priced *order_price(const json_t *order, const struct reference *r, const json_t *resolved,
                           struct findings *f, struct err *err)
{
    AUTO(priced) p = room_for(order, r);
    struct findings own;
    struct work w = { .order = order, .r = r, .resolved = resolved, .p = p };

    if (f == NULL)
        findings_init(&own);
    w.f = f != NULL ? f : &own;
    if (p == NULL) {
        err_set(err, ERR_BUSY, "order: out of memory");
        return NULL;
    }
    w.country = tax_country(order, r);
    w.included = json_flag(order, "taxes_included");
    w.current = order_books_current(order);
    p->target = json_int_or(order, "total", 0);
    if (w.current)
        p->target = json_int_or(order, "current_total", p->target);
    if (price_all(&w))
        return TAKE(p);
    if (findings_err(w.f, err))
        err_set(err, ERR_BUG, "order: the lines have no room");
    return NULL;
}
