/*
 * convert.h - between JSON as it comes over the wire and values as they are kept, with the
 * complaints Odoo makes on the way.
 */
#ifndef SANDBOX_ODOO_CONVERT_H
#define SANDBOX_ODOO_CONVERT_H

#include "tests/sandbox/odoo/base.h"

/* As create and write take it; no x2many. False: a fault. */
bool convert_in(struct call *c, const struct field *f, const struct model *m, const json_t *from,
                struct value *to);
/* As Python's json.dumps(ensure_ascii=False) writes it. */
void py_text(struct str *out, const char *text);
void py_real(struct str *out, double real);
void py_json(struct str *out, const json_t *value);
/* As Python's repr() writes it; lists as tuples when they are domain leaves. */
void py_repr(struct str *out, const json_t *value, bool tuple);
/* A value that is not many2one or x2many, false or 0 for nothing. */
void convert_out(const struct field *f, const struct value *v, struct str *out);

/* "2026-10-01 10:00:00", "2026-10-01"; the fault as datetime.strptime words it */
bool datetime_check(struct call *c, const char *text, bool date_only, char *to, size_t size);
/* Any form PostgreSQL reads in a comparison, to "2026-10-01 10:00:00[.ffffff]" or a date. */
void datetime_loose(const char *text, char *to, size_t size);
/* What is stored for now: with microseconds. */
struct value datetime_now(const struct call *c);

#endif
