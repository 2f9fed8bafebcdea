/*
 * mask.h - what may be shown of a request or an answer: the shape and the ids, not the person.
 *
 * Values under the keys of mask.def (secrets, names, addresses, phones, e-mails, notes) become
 * "***"; long texts and long lists are cut and say so. For attempts, error details and tests.
 */
#ifndef HTTP_MASK_H
#define HTTP_MASK_H

#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"

#define MASK_TEXT_MAX (16 * 1024)

bool mask_hides(const char *key); /* is this key's value nobody's business */
/* Appends compact JSON; stops with "..." at the str's limit, which is no failure. */
void mask_json(struct str *to, const json_t *value);

#endif
