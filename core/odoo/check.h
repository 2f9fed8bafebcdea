/*
 * check.h - can we work with this Odoo? Steps in words: version, database, login, modules, rights,
 * settings of the user, latency.
 */
#ifndef ODOO_CHECK_H
#define ODOO_CHECK_H

#include "base/steps.h"
#include "http/http.h"
#include "odoo/rpc.h"

/* Goes as far as it can and says so; stops at the first failure that makes the rest pointless. */
void odoo_check(struct odoo *odoo, struct http *http, struct steps *steps);

#endif
