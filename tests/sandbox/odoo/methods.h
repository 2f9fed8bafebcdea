/*
 * methods.h - a method of a model called by name, as execute_kw does it: arguments bound to
 * parameters, rights asked, the answer written as JSON.
 */
#ifndef SANDBOX_ODOO_METHODS_H
#define SANDBOX_ODOO_METHODS_H

#include "tests/sandbox/odoo/orm.h"

/* out stays empty for None. False: a fault. */
bool methods_call(struct call *c, const char *model, const char *method, const json_t *args,
                  const json_t *kwargs, struct str *out);

/* For methods of behaviours: binds i->args after the ids. False: a fault. */
const json_t *method_arg(const struct invocation *i, size_t nth, const char *name);

#endif
