/*
 * verbs.h - words for the methods of the protocol: signalbox jobs list --state parked.
 *
 * Shell and command line speak the same words. They are made from methods.def:
 * the noun and the verb are the two halves of a method's name, needed parameters
 * may stand in their order, all can be given as --name value. Pure.
 */
#ifndef TUI_VERBS_H
#define TUI_VERBS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "control/proto.h"

struct verb {
    const char *method;
    enum proto_role role;
    bool audited;
    const char *params, *help;
};

extern const struct verb verbs[];
extern const size_t verbs_count;

#define VERB_NAME_MAX 24

struct verb_param {
    char name[VERB_NAME_MAX], type[VERB_NAME_MAX]; /* type "text" if none is named */
    bool optional;
};

const struct verb *verb_of(const char *method); /* NULL: there is none */
/* The next parameter of a method; *at starts as verb->params. false: no more. */
bool verb_param(const char **at, struct verb_param *param);

/*
 * Understands words (the first is a noun); fills *method and new params. err names the word that
 * is wrong. A parameter that must stay secret is refused here: is_secret tells, and the caller
 * reads it elsewhere.
 */
const struct verb *verb_parse(int count, const char *const *words, json_t **params, struct err *err);
bool verb_changes(const struct verb *verb); /* what --read-only refuses */
bool verb_is_secret(const struct verb *verb, const char *param);

/* The i-th word that people use, and (unless NULL) the first half of the methods it means. */
const char *verb_alias(size_t i, const char **noun); /* NULL: no more */

/* "jobs list [--backend N] [--lane TEXT] ..." and its help, as one line each. */
void verb_usage(const struct verb *verb, struct str *out);
/* A span or a day as a moment: "2h", "3d", "2026-12-01"; false: neither. */
bool verb_moment(const char *text, int64_t now, int64_t *at);

#endif
