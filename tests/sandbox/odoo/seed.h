/*
 * seed.h - what a fresh Odoo 18 with sales, stock, delivery and invoicing holds: one company in the
 * United States, the bot user, countries, currencies, one tax, one warehouse; and, for practice,
 * the shop's products, taxes and stock.
 */
#ifndef SANDBOX_ODOO_SEED_H
#define SANDBOX_ODOO_SEED_H

#include "tests/sandbox/odoo/orm.h"
#include "tests/sandbox/shop/shop.h"

bool seed_company(struct odoo *o, uint64_t seed, struct err *err);
/* The first n of the shop's products with plenty of stock, and every tax its sales need. */
bool seed_practice(struct odoo *o, struct shop *shop, size_t products, struct err *err);

#endif
