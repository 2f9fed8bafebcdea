/* Shopify's numbers of one order against each other, before anything of Odoo's is known. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "sync/price_work.h"

/* Taxes of a line, of now of its then pieces or cents. */
static int64_t taxes_of(const json_t *line, int64_t now, int64_t then)
{
    const json_t *row;
    int64_t sum = 0;
    size_t i;

    json_array_foreach(json_object_get(line, "taxes"), i, row) sum +=
        money_scale(json_int_or(row, "amount", 0), then > 0 ? now : 1, then > 0 ? then : 1);
    return sum;
}

static bool add_lines(struct price_work *w)
{
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(w->order, "lines"), i, line)
    {
        int64_t now, shown, ordered = json_int_or(line, "quantity", 0);

        if (!price_shown(w, line, &now, &shown))
            return false;
        w->scaled = w->scaled || (now != ordered && now != 0);
        w->sum += shown;
        w->taxes += now > 0 ? taxes_of(line, now, ordered) : 0;
    }
    json_array_foreach(json_object_get(w->order, "shipping_lines"), i, line)
    {
        int64_t now = price_shown_shipping(w, line), then = json_int_or(line, "amount", 0);

        w->scaled = w->scaled || now != then;
        w->sum += now;
        w->taxes += taxes_of(line, now, then);
    }
    return true;
}

bool order_settled(const json_t *order, const struct reference *r)
{
    struct price_work w = { .order = order, .r = r };
    int64_t lines = (int64_t)(json_len(order, "lines") + json_len(order, "shipping_lines"));
    int64_t missing, gap;

    price_begin(&w, order_books_current(order));
    if (!add_lines(&w))
        return false;
    if (strcmp(json_text_or(order, "money.shop.currency", ""),
               json_text_or(order, "money.presentment.currency", "")) != 0)
        return true; /* converted line by line: what differs there is rounding of Shopify's */
    missing = price_missing(&w);
    gap = missing - price_extras_sum(&w, missing);
    return llabs(gap) <= price_bound(r, lines);
}
