#include "sync/order_price.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/order_tax.h"
#include "sync/price_work.h"

static bool word_is(const json_t *order, const char *field, const char *one, const char *other)
{
    const char *word = json_text_or(order, field, "");

    return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

bool order_is_refunded(const json_t *order)
{
    return word_is(order, "financial", "refunded", "partially_refunded");
}

bool order_is_shipped(const json_t *order)
{
    return word_is(order, "fulfillment", "fulfilled", "partially_fulfilled");
}

static int64_t pieces(const json_t *order, const char *which)
{
    const json_t *line;
    int64_t sum = 0;
    size_t i;

    json_array_foreach(json_object_get(order, "lines"), i, line) sum += json_int_or(line, which, 0);
    return sum;
}

bool order_books_current(const json_t *order)
{
    int64_t now = pieces(order, "current");

    if (!order_is_refunded(order))
        return true;
    if (now == 0 && !word_is(order, "financial", "partially_refunded", "partially_refunded"))
        return false;
    return !order_is_shipped(order) && now < pieces(order, "quantity");
}

void priced_free(struct priced *p)
{
    free(p);
}

static bool all_lines(struct price_work *w)
{
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(w->order, "lines"), i,
                       line) if (!price_product(w, line)) return false;
    json_array_foreach(json_object_get(w->order, "shipping_lines"), i,
                       line) if (!price_shipping(w, line)) return false;
    return true;
}

int64_t price_missing(const struct price_work *w)
{
    int64_t tax = json_int_or(w->order, w->current ? "current_tax" : "tax", w->taxes);

    if (w->scaled)
        tax = w->taxes;
    return w->target - w->sum - (w->included ? 0 : tax);
}

static bool price_all(struct price_work *w)
{
    if (!all_lines(w))
        return false;
    if (!price_extras(w, price_missing(w)))
        return false;
    if (w->taxes == 0 &&
        (json_flag(w->order, "tax_exempt") || json_flag(w->order, "customer.tax_exempt")))
        findings_add(w->f, FINDING_NOTE, ERR_INVALID, "", "no taxes: the %s is exempt",
                     json_flag(w->order, "tax_exempt") ? "order" : "customer");
    if (findings_stop(w->f))
        return false; /* no use in sums with a tax or a product missing */
    return price_settle(w, w->target - w->sum - (w->included ? 0 : w->taxes));
}

/* A line made up at the till has neither product nor vendor: nothing of it lies in stock. */
static bool is_goods(const json_t *line)
{
    static const char *const marks[] = { "variant_id", "product_id", "sku", "vendor" };

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (json_at(line, marks[i]) != NULL)
            return json_flag(line, "requires_shipping");
    return false;
}

bool priced_waits(const struct priced *p, const struct reference *r)
{
    if (!reference_policy_is(r, "placeholder_lines", "hold"))
        return false;
    for (size_t i = 0; p != NULL && i < p->count; i++)
        if (p->list[i].placeholder && is_goods(p->list[i].source))
            return true;
    return false;
}

void price_begin(struct price_work *w, bool current)
{
    w->country = tax_country(w->order, w->r);
    w->included = json_flag(w->order, "taxes_included");
    w->current = current;
    w->target = json_int_or(w->order, "total", 0);
    if (current)
        w->target = json_int_or(w->order, "current_total", w->target);
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

struct priced *order_price(const json_t *order, bool current, const struct reference *r,
                           const json_t *resolved, struct findings *f, struct err *err)
{
    AUTO(priced) p = room_for(order, r);
    struct findings own;
    struct price_work w = { .order = order, .r = r, .resolved = resolved, .p = p };

    if (f == NULL)
        findings_init(&own);
    w.f = f != NULL ? f : &own;
    if (p == NULL) {
        err_set(err, ERR_BUSY, "order: out of memory");
        return NULL;
    }
    price_begin(&w, current);
    p->target = w.target;
    if (price_all(&w))
        return TAKE(p);
    if (findings_err(w.f, err))
        err_set(err, ERR_BUG, "order: the lines have no room");
    return NULL;
}
