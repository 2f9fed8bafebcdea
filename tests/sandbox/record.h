/*
 * record.h - what the sandbox really received, a line of JSON each, for tests that hold it against
 * the published contracts: {"query":…,"variables":…,"answer":…} for GraphQL, {"odoo":body} for a
 * call of Odoo. Keys, passwords and tokens are left out. Any thread may call.
 */
#ifndef SANDBOX_RECORD_H
#define SANDBOX_RECORD_H

#include <jansson.h>

#include "base/auto.h"
#include "base/err.h"

struct record;

struct record *record_open(const char *path, struct err *err); /* appends; made for its owner only */
void record_free(struct record *r);                            /* NULL is fine, here and below */
AUTO_DEFINE(record)

void record_shop(struct record *r, const json_t *request, const json_t *answer); /* answer NULL: none given */
void record_odoo(struct record *r, const json_t *body);

#endif
