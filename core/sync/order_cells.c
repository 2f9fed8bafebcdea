/* The cells of a priced line: decimal text for Odoo's load, and the words a person reads. */
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "sync/order_price.h"

char *priced_price(const struct priced *p, const struct priced_line *line, char *buf)
{
    return money_text(line->sums.price, p->rules.price_digits, buf);
}

char *priced_discount(const struct priced_line *line, char *buf)
{
    return money_text(line->sums.discount, 2, buf);
}

json_t *priced_taxes(const struct priced_line *line)
{
    AUTO_STR s;

    str_init(&s, 256);
    for (size_t i = 0; i < line->sums.taxes; i++)
        str_addf(&s, "%s%" PRId64, i > 0 ? "," : "", line->sums.tax[i].id);
    return json_string(s.data);
}

static void original_price(const struct priced *p, const json_t *source, struct str *s)
{
    int64_t price = json_int_or(source, "unit_price", json_int_or(source, "price", 0));
    int64_t discount = json_int_or(source, "discount", 0);
    char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX];

    if (discount != 0)
        str_addf(s, "\nPrice %s %s, discount %s", money_text(price, p->rules.digits, a),
                 p->currency, money_text(discount, p->rules.digits, b));
}

json_t *priced_text(const struct priced *p, const struct priced_line *line,
                    const struct reference *r)
{
    const char *variant = json_text(line->source, "variant_title");
    const char *sku = json_text(line->source, "sku");
    const json_t *row;
    size_t i;
    AUTO_STR s;

    str_init(&s, 8000);
    if (line->words != NULL)
        return json_string(line->words);
    str_adds(&s, json_text_or(line->source, "title", line->delivery ? "Shipping" : "Untitled"));
    if (variant != NULL && strcmp(variant, "Default Title") != 0)
        str_addf(&s, " - %s", variant);
    if (line->placeholder && sku != NULL)
        str_addf(&s, " [%s]", sku);
    if (reference_policy_is(r, "discount_text", "yes"))
        original_price(p, line->source, &s);
    json_array_foreach(json_object_get(line->source, "properties"), i, row)
    {
        const char *name = json_text_or(row, "name", "");

        /* a leading underscore hides a property from the customer */
        if (name[0] != '_' && json_text(row, "value") != NULL && s.len < 4000)
            str_addf(&s, "\n%s: %s", name, json_text(row, "value"));
    }
    return json_stringn(s.data, s.len);
}
