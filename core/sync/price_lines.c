/* The lines of the sale order: products and shipping, each with its price and taxes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/order_tax.h"
#include "sync/price_fit.h"
#include "sync/price_work.h"
#include "sync/product.h"

static struct priced_line *new_line(struct price_work *w, const char *kind, int64_t id)
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
static struct priced_line *beside(struct price_work *w, const struct priced_line *line,
                                  const char *part)
{
    struct priced_line *other = new_line(w, "", 0);

    if (other != NULL)
        snprintf(other->key, sizeof other->key, "%.38s:%s", line->key, part);
    return other;
}

/* One of our own products; a missing one stops the order. */
static int64_t own_product(struct price_work *w, const char *word)
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

static bool fit(struct price_work *w, struct priced_line *line, int64_t target, int64_t original);

bool price_own_line(struct price_work *w, const char *key, const char *product, const char *words,
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
static bool fit(struct price_work *w, struct priced_line *line, int64_t target, int64_t original)
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

static bool charge(struct price_work *w, const struct tax *tax, const char *rate, int64_t minor)
{
    size_t i = 0;

    while (i < w->charged_count && w->charged[i].tax.id != tax->id)
        i++;
    if (i == CARRIED_TAXES) {
        findings_add(w->f, FINDING_HOLD, ERR_REFUSED, "", "more than 64 taxes in one order");
        return false;
    }
    if (i == w->charged_count) {
        w->charged[w->charged_count++] = (struct price_charged){ .tax = *tax };
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
static bool not_charged(struct price_work *w, int64_t shown, int64_t minor, const char *rate)
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
static bool taxes_on(struct price_work *w, struct priced_line *line, const json_t *taxes,
                     int64_t shown, int64_t now, int64_t then, int64_t *base)
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

static int64_t line_product(struct price_work *w, const json_t *source, struct priced_line *line)
{
    char path[64], key[TEXT_KEY_MAX];
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
    product_key(source, key);
    findings_add(w->f, FINDING_FLAG, ERR_MISSING, key,
                 "product not found in Odoo: the line is on the placeholder");
    return own_product(w, "placeholder");
}

bool price_shown(const struct price_work *w, const json_t *line, int64_t *now, int64_t *shown)
{
    int64_t ordered = json_int_or(line, "quantity", 0);

    *shown = 0;
    *now = w->current ? json_int_or(line, "current", ordered) : ordered;
    if (*now > ordered)
        return false;
    if (*now > 0)
        *shown = *now * json_int_or(line, "unit_price", 0) -
                 money_scale(json_int_or(line, "discount", 0), *now, ordered);
    return true;
}

int64_t price_shown_shipping(const struct price_work *w, const json_t *line)
{
    int64_t amount = json_int_or(line, "amount", 0);

    return w->current ? json_int_or(line, "current", amount) : amount;
}

bool price_product(struct price_work *w, const json_t *source)
{
    int64_t ordered = json_int_or(source, "quantity", 0), id = json_int_or(source, "id", 0);
    int64_t now, shown, base;
    struct priced_line *line;

    if (!price_shown(w, source, &now, &shown)) { /* never seen; the prices would be a guess */
        findings_add(w->f, FINDING_HOLD, ERR_REFUSED, "",
                     "a line has more pieces now than ordered");
        return true;
    }
    if (now == 0)
        return true; /* removed: keep it out of the sums */
    if (now != ordered)
        w->scaled = true;
    w->sum += shown;
    line = new_line(w, "line", id);
    if (line == NULL)
        return false;
    line->source = source;
    line->sums.quantity = now;
    line->product = line_product(w, source, line);
    return taxes_on(w, line, json_object_get(source, "taxes"), shown, now, ordered, &base) &&
           fit(w, line, base, json_int_or(source, "unit_price", 0));
}

/* ---- shipping ---- */

static void find_carrier(struct price_work *w, const json_t *source, struct priced_line *line)
{
    const char *title = json_text_or(source, "title", "");
    const char *mapped = reference_mapping(w->r, "carrier", title);
    const char *otherwise = reference_policy(w->r, "default_carrier");
    char key[TEXT_KEY_MAX], thing[ERR_THING_MAX];

    line->carrier = reference_carrier(w->r, mapped != NULL ? mapped : title, &line->product);
    if (line->carrier == 0) {
        line->carrier = reference_carrier(w->r, otherwise, &line->product);
        snprintf(thing, sizeof thing, "carrier:%s", text_key(key, title));
        findings_add(w->f, FINDING_FLAG, ERR_MISSING, thing,
                     "shipping \"%.80s\" is not mapped to a carrier", title);
    }
    if (line->product == 0)
        line->product = reference_policy_id(w->r, "shipping_product");
    if (line->product == 0)
        line->product = own_product(w, "shipping");
}

bool price_shipping(struct price_work *w, const json_t *source)
{
    int64_t then = json_int_or(source, "amount", 0), booked = price_shown_shipping(w, source);
    int64_t id = json_int_or(source, "id", 0), base;
    struct priced_line *line = new_line(w, "shipping", id);

    if (line == NULL)
        return false;
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
