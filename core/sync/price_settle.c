/* Does it come out right in Odoo, tax by tax and in all? */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "sync/price_work.h"

static const char *money(const struct price_work *w, int64_t minor, char *buf)
{
    return money_text(minor, w->p->rules.digits, buf);
}

int64_t price_bound(const struct reference *r, int64_t lines)
{
    int64_t bound = lines * reference_policy_id(r, "rounding_per_item");
    int64_t most = reference_policy_id(r, "rounding_most");

    return bound < most ? bound : most;
}

/* Each tax by itself: a difference beyond rounding means a wrong tax, whatever the total says. */
static bool taxes_agree(struct price_work *w)
{
    bool agree = true;
    char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX], c[MONEY_TEXT_MAX];

    for (size_t i = 0; i < w->charged_count; i++) {
        const struct price_charged *x = &w->charged[i];
        int64_t odoo = expect_tax(&w->p->list[0].sums, sizeof w->p->list[0], w->p->count,
                                  &w->p->rules, x->tax.id);
        int64_t gap = odoo - x->amount;
        bool rounding = llabs(gap) <= price_bound(w->r, x->lines);

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
static bool explained(const struct price_work *w, int64_t inner)
{
    const char *shop = json_text_or(w->order, "money.shop.currency", "");
    const char *shown = json_text_or(w->order, "money.presentment.currency", "");
    int64_t tax =
        json_int_or(w->order, w->current ? "current_tax" : "tax", json_int_or(w->order, "tax", 0));

    if (inner == 0 || (!w->included && inner == tax - w->taxes))
        return true;
    /* converted by Shopify line by line, or our share of an edited line */
    return w->scaled || strcmp(shop, shown) != 0;
}

static bool predict(struct price_work *w)
{
    const char *what = "";

    if (expect_order(&w->p->list[0].sums, sizeof w->p->list[0], w->p->count, &w->p->rules,
                     &w->p->expected, &what))
        return true;
    findings_add(w->f, FINDING_HOLD, ERR_REFUSED, "",
                 "Odoo's amounts cannot be foretold: %.80s (map a plain percent tax)", what);
    return false;
}

/* Equal, or a named rounding line within the bound, or hold. inner: Shopify's own. */
bool price_settle(struct price_work *w, int64_t inner)
{
    int64_t bound = price_bound(w->r, (int64_t)w->p->count), gap;
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
                 inner != 0 ? "Shopify's lines and total differ by rounding"
                            : "Odoo rounds taxes otherwise than Shopify");
    return price_own_line(w, "rounding", "rounding", "Rounding difference to Shopify", gap) &&
           predict(w);
}
