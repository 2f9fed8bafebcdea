/*
 * quant.h - what lies where: quants, their counts and adjustments, quantities of products.
 */
#ifndef SANDBOX_ODOO_QUANT_H
#define SANDBOX_ODOO_QUANT_H

#include "tests/sandbox/odoo/orm.h"

bool quant_inside(const struct record *location, int root); /* the root itself too */
const struct ids *quant_of_product(struct call *c, int product); /* NULL: none */
/* Without lot, package and owner; NULL: none. */
struct record *quant_find(struct call *c, int product, int location);
struct record *quant_make(struct call *c, int product, int location);
/* Adds to what a place has; quantity may be negative. */
void quant_give(struct call *c, int product, int location, double quantity);
/* Takes that much of what orders have reserved there back from them: stock.c. */
void stock_unreserve(struct call *c, int product, int location, double too_much);

void quant_attach(struct odoo *o);
void quantity_attach(struct odoo *o); /* of products: quantity.c */

#endif
