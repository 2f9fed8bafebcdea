/* kinds.c - the models of their own kind, and how the others are shown. */
#include "tests/sandbox/odoo/kinds.h"

#include <string.h>

static void state_display(struct call *c, const struct record *r, struct str *out)
{
    const struct record *country = at_record(r, "country_id");

    (void)c;
    str_addf(out, "%s (%s)", at_text(r, "name"), country == NULL ? "" : at_text(country, "code"));
}

static void pricelist_display(struct call *c, const struct record *r, struct str *out)
{
    const struct record *currency = at_record(r, "currency_id");

    (void)c;
    str_addf(out, "%s (%s)", at_text(r, "name"), currency == NULL ? "" : at_text(currency, "name"));
}

static void type_display(struct call *c, const struct record *r, struct str *out)
{
    const struct record *warehouse = at_record(r, "warehouse_id");

    (void)c;
    str_addf(out, "%s: %s", warehouse == NULL ? "" : at_text(warehouse, "name"), at_text(r, "name"));
}

static void category_display(struct call *c, const struct record *r, struct str *out)
{
    const struct record *parent = at_record(r, "parent_id");

    if (parent != NULL) {
        category_display(c, parent, out);
        str_adds(out, " / ");
    }
    str_adds(out, at_text(r, "name"));
}

static void user_display(struct call *c, const struct record *r, struct str *out)
{
    const struct record *partner = at_record(r, "partner_id");

    (void)c;
    str_adds(out, partner == NULL ? at_text(r, "login") : at_text(partner, "name"));
}

static bool currency_created(struct call *c, struct record *r, const json_t *vals)
{
    (void)vals;
    if (at(r, "decimal_places")->kind == VALUE_NONE)
        put(c, r, "decimal_places", value_int(2));
    return true;
}

static bool carrier_defaults(struct call *c, struct record *r, const json_t *vals)
{
    (void)vals;
    put(c, r, "fixed_price", value_real(0));
    put(c, r, "sequence", value_int(10));
    return true;
}

static bool pricelist_defaults(struct call *c, struct record *r, const json_t *vals)
{
    (void)vals;
    put(c, r, "sequence", value_int(16));
    return true;
}

static const struct behaviour plain[] = {
    { .model = "res.country.state", .display = state_display },
    { .model = "product.pricelist", .display = pricelist_display, .defaults = pricelist_defaults },
    { .model = "stock.picking.type", .display = type_display },
    { .model = "product.category", .display = category_display },
    { .model = "res.users", .display = user_display },
    { .model = "res.currency", .created = currency_created },
    { .model = "delivery.carrier", .defaults = carrier_defaults },
};

const struct behaviour *behaviour_of(const char *model)
{
    static const struct behaviour *const own[] = { &partner_behaviour, &product_behaviour, &template_behaviour,
                                                   &tax_behaviour,     &order_behaviour,   &line_behaviour,
                                                   &quant_behaviour,   &picking_behaviour, &location_behaviour,
                                                   &attribute_behaviour, &attribute_value_behaviour,
                                                   &line_of_attribute_behaviour, &ptav_behaviour };

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcmp(own[i]->model, model) == 0)
            return own[i];
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (strcmp(plain[i].model, model) == 0)
            return &plain[i];
    return NULL;
}

void behaviours_attach(struct odoo *o)
{
    for (size_t i = 0; i < o->model_count; i++)
        o->models[i]->behaviour = behaviour_of(o->models[i]->name);
    field_index(o, "res.country", "code");
    field_index(o, "res.country.state", "code");
    field_index(o, "res.currency", "name");
    partner_attach(o);
    product_attach(o);
    attribute_attach(o);
    tax_attach(o);
    sale_attach(o);
    stock_attach(o);
}
