/*
 * findings.h - what a mapping noticed: a bounded list of sentences with a level.
 *
 * The pure functions of sync/ do not stop at the first oddity: they note it here and go on, and
 * the caller acts on the worst level. Texts hold no personal data: order names, ids, SKUs, rates.
 * Embedded by value; owned by one thread.
 */
#ifndef SYNC_FINDINGS_H
#define SYNC_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define FINDINGS_MAX     48
#define FINDING_TEXT_MAX 240

enum finding_level {
    FINDING_NOTE,    /* worth a line in the record's timeline */
    FINDING_FLAG,    /* done, but a person should look: placeholder, unmapped carrier */
    FINDING_HOLD,    /* send nothing: a person must decide */
    FINDING_MISSING, /* a mapping or record is missing: solved once, all that wait go on */
    FINDING_REFUSE,  /* the input cannot be right */
    FINDING_LEVELS
};

struct finding {
    enum finding_level level;
    enum err_kind kind;
    char thing[ERR_THING_MAX]; /* "tax:8.1|CH|incl", "sku:TS-1", "carrier:DPD Pickup"; or "" */
    char text[FINDING_TEXT_MAX];
};

struct findings {
    size_t count;
    size_t dropped; /* how many more there were; the worst are kept */
    struct finding list[FINDINGS_MAX];
};

void findings_init(struct findings *f);
/* f may be NULL. The same level, thing and text is kept once. */
void findings_add(struct findings *f, enum finding_level level, enum err_kind kind,
                  const char *thing, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The first of the worst level, NULL if there is none. */
const struct finding *findings_worst(const struct findings *f);
bool findings_stop(const struct findings *f); /* anything from FINDING_HOLD on */
/* Turns the worst into an err (kind, text, thing); false, or true if nothing stops. */
bool findings_err(const struct findings *f, struct err *err);
json_t *findings_json(const struct findings *f); /* [{level, kind, thing, text}]; NULL: no memory */
const char *finding_level_name(enum finding_level level); /* "note", "flag", "hold", ... */

#endif
