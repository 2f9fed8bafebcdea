#include "sync/order_verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"

const char *verify_name(enum verify_verdict verdict)
{
    static const char *const names[] = { "equal", "named", "hold" };

    return verdict <= VERIFY_HOLD ? names[verdict] : "?";
}

static void hold(struct findings *f, const char *what, const char *wanted, const char *found)
{
    findings_add(f, FINDING_HOLD, ERR_REFUSED, "", "%s in Odoo is %s, expected %s", what, found,
                 wanted);
}

/* An amount as Odoo reads it (a JSON number) against the expected one. */
static bool amount(const json_t *odoo, const char *field, int64_t wanted, int digits,
                   struct findings *f)
{
    char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX];
    int64_t found;

    if (!json_is_number(json_at(odoo, field)) ||
        !money_from_double(json_real_or(odoo, field, 0), digits, &found)) {
        hold(f, field, money_text(wanted, digits, a), "not readable");
        return false;
    }
    if (found == wanted)
        return true;
    hold(f, field, money_text(wanted, digits, a), money_text(found, digits, b));
    return false;
}

/* currency_id is [2, "CHF"], or a bare id, which says nothing here. */
static bool currency(const json_t *odoo, const char *wanted, struct findings *f)
{
    const json_t *link = json_at(odoo, "currency_id");
    const char *name = json_string_value(json_array_get(link, 1));

    if (name == NULL || strcmp(name, wanted) == 0)
        return true;
    hold(f, "currency", wanted, name);
    return false;
}

static bool state(const json_t *plan, const json_t *odoo, bool confirmed, struct findings *f)
{
    const char *wanted = confirmed ? "sale" : json_text_or(plan, "expect.state", "draft");
    const char *found = json_text_or(odoo, "state", "unknown");

    /* a person may have confirmed or sent it meanwhile: that is theirs to do */
    if (strcmp(found, wanted) == 0 || (!confirmed && strcmp(found, "cancel") != 0))
        return true;
    hold(f, "state", wanted, found);
    return false;
}

/* A decimal text of the plan against Odoo's number. */
static bool same_number(const json_t *row, const char *text, const json_t *seen, const char *field)
{
    int64_t wanted, found;

    return money_parse(json_text_or(row, text, ""), 6, &wanted, NULL) &&
           money_from_double(json_real_or(seen, field, 0), 6, &found) && wanted == found;
}

bool order_lines_are(const json_t *plan, const json_t *odoo)
{
    const json_t *lines = json_object_get(plan, "lines"), *row;
    const json_t *seen = json_object_get(odoo, "order_line");
    size_t i;

    if (json_array_size(lines) != json_array_size(seen))
        return false;
    json_array_foreach(lines, i, row)
    {
        const json_t *line = json_array_get(seen, i);

        if (json_int_or(row, "product", -1) != json_int_or(line, "product_id", 0) ||
            (double)json_int_or(row, "quantity", -1) != json_real_or(line, "product_uom_qty", 0) ||
            !same_number(row, "price", line, "price_unit") ||
            !same_number(row, "discount", line, "discount"))
            return false;
    }
    return true;
}

enum verify_verdict order_verify(const json_t *plan, const json_t *odoo, bool confirmed,
                                 struct findings *f)
{
    int digits = (int)json_int_or(plan, "expect.digits", 2);
    int64_t lines = json_int_or(plan, "expect.lines", 0);
    bool fine = true;

    fine = amount(odoo, "amount_total", json_int_or(plan, "expect.total", 0), digits, f) && fine;
    fine = amount(odoo, "amount_tax", json_int_or(plan, "expect.tax", 0), digits, f) && fine;
    fine = currency(odoo, json_text_or(plan, "expect.currency", ""), f) && fine;
    fine = state(plan, odoo, confirmed, f) && fine;
    if (json_is_array(json_at(odoo, "order_line")) &&
        json_len(odoo, "order_line") != (size_t)lines) {
        findings_add(f, FINDING_HOLD, ERR_REFUSED, "", "%zu lines in Odoo, expected %lld",
                     json_len(odoo, "order_line"), (long long)lines);
        fine = false;
    }
    if (!fine)
        return VERIFY_HOLD;
    if (json_int_or(plan, "expect.rounding", 0) != 0 || json_int_or(plan, "expect.tax_gap", 0) != 0)
        return VERIFY_NAMED;
    return VERIFY_EQUAL;
}
