/*
 * kinds.h - what the models of their own kind share: partners, products, taxes, sales, stock.
 */
#ifndef SANDBOX_ODOO_KINDS_H
#define SANDBOX_ODOO_KINDS_H

#include "tests/sandbox/odoo/orm.h"

extern const struct behaviour partner_behaviour, product_behaviour, template_behaviour, tax_behaviour,
    order_behaviour, line_behaviour, quant_behaviour, picking_behaviour, location_behaviour, attribute_behaviour,
    attribute_value_behaviour, line_of_attribute_behaviour, ptav_behaviour;

void partner_attach(struct odoo *o);
void product_attach(struct odoo *o);
void attribute_attach(struct odoo *o);
void tax_attach(struct odoo *o);
void sale_attach(struct odoo *o);
void stock_attach(struct odoo *o);

/* The active child of that type, else the partner itself. */
int partner_address(const struct record *r, const char *type);

double product_list_price(const struct record *product);
bool product_is(const struct record *product, const char *type);
bool product_storable(const struct record *product);

/* The name of a template's own value, as it is on variants. */
const char *ptav_name(const struct record *ptav);
/* Makes the variants that its lines ask for; none while an attribute is "dynamic". */
bool template_variants_make(struct call *c, struct record *template);

/* ---- taxes ---- */
struct tax_amount {
    int tax;
    double amount, base; /* rounded to the currency */
};
#define TAXES_MAX 16
/* Splits quantity x price into net, taxes and gross as round_per_line does. Returns how many taxes. */
size_t tax_compute(struct call *c, const struct ids *taxes, double price, double quantity, double discount,
                   int digits, double *net, double *gross, struct tax_amount *amounts);
int currency_digits(const struct record *currency);

/* ---- stock ---- */
/* Makes the transfer of a confirmed order and reserves what is there; again for added lines. */
bool stock_launch(struct call *c, struct record *order);
/* A line of a confirmed order changed its quantity. */
void stock_follow(struct call *c, struct record *order, struct record *line);
void stock_cancel(struct call *c, struct record *order);
/* The open transfer goes to the order's delivery address. */
void stock_redirect(struct call *c, const struct record *order);
void stock_set(struct call *c, int product, int location, double quantity);
double stock_free(struct call *c, int product, int location);

#endif
