/*
 * uses.h - what a record uses of what is mapped, mapped or not: one place decides for the runs,
 * which write it down with their end (closing.h), and for the rehearsals, which show it before.
 *
 * A list of rows {kind, key, title, lacking, value, label}: lacking, when a person has to map it;
 * value and label, when a rule found what it means. Keys are those of the mappings (text_key).
 * The kinds of words that are made in Odoo as they are (uses_word) are never lacking and have no
 * row in the mappings: order_tag, customer_tag, product_tag.
 */
#ifndef JOBS_USES_H
#define JOBS_USES_H

#include <jansson.h>
#include <stdbool.h>

#include "sync/findings.h"

#define USES_MAX      64 /* of one record; more are left out */
#define USES_KIND_MAX 24

/* The row, borrowed; the one that is there, if there is one. NULL: no room, or no list. */
json_t *uses_add(json_t *uses, const char *kind, const char *key, bool lacking);
void uses_title(json_t *row, const char *title);                       /* row NULL: nothing */
void uses_matched(json_t *row, const char *value, const char *label); /* row NULL: nothing */
void uses_words(json_t *uses, const char *kind, const json_t *words);
bool uses_word(const char *kind);

/* "tax:8.1|CH|incl": is it about a thing that is mapped? key points into thing. */
bool uses_mappable(const char *thing, char kind[USES_KIND_MAX], const char **key);
void uses_thing(json_t *uses, const char *thing); /* lacking, if it is about one */
/* From FLAG on; of those about products only where said. */
void uses_findings(json_t *uses, const struct findings *f, bool products);

#endif
