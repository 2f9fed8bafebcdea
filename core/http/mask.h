/*
 * mask.h - what may be shown of a request or an answer: the shape and the ids, not the person.
 *
 * Which keys hold something private is a table of the side that knows them (shopify/mask.def,
 * odoo/mask.def); secrets are hidden always. Long texts and long lists are cut and say so. For
 * attempts, error details and tests.
 */
#ifndef HTTP_MASK_H
#define HTTP_MASK_H

#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"

#define MASK_TEXT_MAX (16 * 1024)

/* Is this key's value nobody's business? keys: sorted by nothing, ended by NULL; may be NULL. */
bool mask_hides(const char *key, const char *const *keys);
/*
 * Appends compact JSON. Below a hidden key every text but a gid becomes "***"; numbers and the
 * structure stay. At the str's limit the text ends early, which is no failure.
 */
void mask_json(struct str *to, const json_t *value, const char *const *keys);

/*
 * First line of somebody's message without what could be a person's: e-mails, long numbers; with
 * private also quoted words and what stands in square brackets.
 */
#define MASK_WORDS_MAX 240
char *mask_words(const char *message, bool private, char words[MASK_WORDS_MAX]);

#endif
