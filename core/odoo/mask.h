/*
 * mask.h - a call and its answer as they may be shown: without secret and without person.
 *
 * Pure; internal to core/odoo.
 */
#ifndef ODOO_MASK_H
#define ODOO_MASK_H

#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"

bool mask_is_people(const char *model); /* does this model hold people */
/* {"call":"model.method","args":...,"kwargs":...}; args and kwargs may be NULL. */
void mask_call(struct str *to, const char *model, const char *method, const json_t *args,
               const json_t *kwargs);
void mask_answer(struct str *to, const char *model, const json_t *answer);

#endif
