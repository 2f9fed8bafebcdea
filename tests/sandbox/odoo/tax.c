/* tax.c - account.tax and what a line costs with it. */
#include <string.h>

#include "tests/sandbox/odoo/kinds.h"

static bool included(const struct record *tax)
{
    return at_is(tax, "price_include_override", "tax_included");
}

int currency_digits(const struct record *currency)
{
    return currency == NULL ? 2 : at_id(currency, "decimal_places");
}

/*
 * The order of Odoo 18: the line's gross is rounded, included taxes are taken out of it together,
 * each rounded; what remains is the base of the others.
 */
size_t tax_compute(struct call *c, const struct ids *taxes, double price, double quantity, double discount,
                   int digits, double *net, double *gross, struct tax_amount *amounts)
{
    struct model *m = model_find(c->odoo, "account.tax");
    double raw = round_half_up(price * (1 - discount / 100) * quantity, digits);
    double inside = 0, base, outside = 0;
    size_t count = 0;

    for (size_t i = 0; i < taxes->count; i++) {
        const struct record *tax = record_get(m, taxes->id[i]);

        if (tax != NULL && included(tax) && at_is(tax, "amount_type", "percent"))
            inside += at_real(tax, "amount") / 100;
    }
    base = raw;
    for (int turn = 0; turn < 2; turn++) {
        double from = base;

        for (size_t i = 0; i < taxes->count && count < TAXES_MAX; i++) {
            const struct record *tax = record_get(m, taxes->id[i]);
            double amount;

            if (tax == NULL || included(tax) != (turn == 0))
                continue;
            if (at_is(tax, "amount_type", "fixed"))
                amount = quantity * at_real(tax, "amount");
            else if (turn == 0)
                amount = raw / (1 + inside) * at_real(tax, "amount") / 100;
            else
                amount = from * at_real(tax, "amount") / 100;
            amount = round_half_up(amount, digits);
            if (turn == 0)
                base -= amount;
            else
                outside += amount;
            amounts[count++] = (struct tax_amount){ .tax = tax->id, .amount = amount };
        }
    }
    base = round_half_up(base, digits);
    for (size_t i = 0; i < count; i++)
        amounts[i].base = base;
    *net = base;
    *gross = base + outside;
    for (size_t i = 0; i < count; i++) {
        const struct record *tax = record_get(m, amounts[i].tax);

        if (included(tax))
            *gross += amounts[i].amount;
    }
    *gross = round_half_up(*gross, digits);
    return count;
}

static bool tax_defaults(struct call *c, struct record *r, const json_t *vals)
{
    (void)vals;
    put(c, r, "sequence", value_int(1));
    put(c, r, "amount", value_real(0));
    put(c, r, "type_tax_use", value_text("sale"));
    return true;
}

static bool tax_created(struct call *c, struct record *r, const json_t *vals)
{
    (void)vals;
    for (int i = 1; i <= r->model->last_id; i++) {
        const struct record *other = record_get(r->model, i);

        if (other != NULL && other != r && at_is(other, "name", at_text(r, "name")) &&
            at_is(other, "type_tax_use", at_text(r, "type_tax_use")) &&
            value_equal(at(other, "company_id"), at(r, "company_id")))
            return fault(c, FAULT_VALIDATION, "Tax names must be unique!\n- %s in My Company", at_text(r, "name"));
    }
    return true;
}

static void price_include(struct call *c, const struct record *r, struct value *to)
{
    (void)c;
    *to = value_bool(included(r));
}

static void company_price_include(struct call *c, const struct record *r, struct value *to)
{
    (void)c;
    (void)r;
    *to = value_text("tax_excluded");
}

static void country_code(struct call *c, const struct record *r, struct value *to)
{
    const struct record *country = at_record(r, "country_id");

    (void)c;
    *to = value_text(country == NULL ? NULL : at_text(country, "code"));
}

const struct behaviour tax_behaviour = {
    .model = "account.tax",
    .defaults = tax_defaults,
    .created = tax_created,
    .written = tax_created,
};

void tax_attach(struct odoo *o)
{
    field_computed(o, "account.tax", "price_include", price_include);
    field_computed(o, "account.tax", "company_price_include", company_price_include);
    field_computed(o, "account.tax", "country_code", country_code);
}
