/*
 * load.h - Model.load: rows of text to records, by external id. All or nothing; what is wrong
 * comes back as messages inside a successful answer, but for the few things that do not.
 */
#ifndef SANDBOX_ODOO_LOAD_H
#define SANDBOX_ODOO_LOAD_H

#include "tests/sandbox/odoo/orm.h"

/* i->kwargs has "fields" and "data". False: a fault. */
bool load_run(struct call *c, const struct invocation *i, struct str *out);

#endif
