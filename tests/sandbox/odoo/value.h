/*
 * value.h - one value of a record as PostgreSQL would keep it: nothing, a flag, a number, text or
 * a list of ids. Owned by whoever holds it; copies are deep.
 */
#ifndef SANDBOX_ODOO_VALUE_H
#define SANDBOX_ODOO_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind { VALUE_NONE, VALUE_BOOL, VALUE_INT, VALUE_REAL, VALUE_TEXT, VALUE_IDS };

struct ids {
    size_t count, room;
    int *id;
};

struct value {
    enum value_kind kind;
    union {
        bool flag;
        int64_t number;
        double real;
        char *text;
        struct ids ids;
    };
};

struct value value_text(const char *text); /* NULL gives nothing */
struct value value_int(int64_t number);
struct value value_real(double real);
struct value value_bool(bool flag);
struct value value_copy(const struct value *v);
void value_clear(struct value *v);
bool value_equal(const struct value *a, const struct value *b);
/* Total order: nothing last, numbers by size, text by letter case folded, then bytes. */
int value_order(const struct value *a, const struct value *b);
uint64_t value_hash(const struct value *v);
bool value_true(const struct value *v); /* as Python's bool() */

bool ids_add(struct ids *ids, int id);       /* at the end */
bool ids_add_once(struct ids *ids, int id);  /* unless it is there */
bool ids_insert(struct ids *ids, int id);    /* keeps it sorted */
void ids_remove(struct ids *ids, int id);
bool ids_have(const struct ids *ids, int id);
void ids_clear(struct ids *ids); /* frees; usable again */

/* Odoo's rounding: half away from zero after a nudge of the size of the noise. */
double round_half_up(double value, int digits);

#endif
