/*
 * money.h - amounts as 64-bit integers in minor units (cents; yen; fils).
 *
 * Text in, text out; no double is ever an amount. Shopify sends decimal text.
 * Odoo sends JSON floats: print them with money_from_double, which goes through
 * the shortest text (1.005 is "1.005", not 1.00499999...).
 */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#define MONEY_TEXT_MAX 32

/* Minor digits of an ISO 4217 code: 2, 0 for JPY, 3 for KWD...; -1 for an unknown code. */
int money_digits(const char *currency);

/*
 * Reads "-1234.50" with that many minor digits. More digits than that are rounded
 * half away from zero and reported in *exact (may be NULL). False: not a decimal
 * number, or beyond +-9e15 minor units.
 */
bool money_parse(const char *text, int digits, int64_t *minor, bool *exact);
bool money_from_double(double value, int digits, int64_t *minor);
/* Writes "-1234.50" and returns buf, which holds MONEY_TEXT_MAX bytes. */
char *money_text(int64_t minor, int digits, char *buf);

int64_t money_div_round(int64_t number, int64_t by); /* half away from zero; by > 0 */
/* minor * num / den, rounded half away from zero, 128 bits inside; den > 0. */
int64_t money_scale(int64_t minor, int64_t num, int64_t den);

#endif
