/*
 * faults.h - what an answer of Odoo's, or of a proxy before it, means: tables of faults.def.
 *
 * Pure; internal to core/odoo.
 */
#ifndef ODOO_FAULTS_H
#define ODOO_FAULTS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/* error: the "error" object of an answer. private: hide quoted words too (the call was about
 * people). Returns false; *stale is set to true where the table says so, otherwise untouched. */
bool faults_judge(const json_t *error, bool read, bool private, bool *stale, struct err *err);
/*
 * An answer that is none of Odoo's. retry_ms: what it asked for, 0 for nothing; body: by which a
 * proxy's own words are known. Returns false.
 */
bool faults_status(long status, bool read, unsigned retry_ms, const struct str *body,
                   struct err *err);

#endif
