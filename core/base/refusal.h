/*
 * refusal.h - why a core does not start (refusal.def): part of an err, told by the exit code.
 */
#ifndef BASE_REFUSAL_H
#define BASE_REFUSAL_H

#include "base/err.h"

enum refusal {
    REFUSAL_NONE, /* something else */
#define REFUSAL(id, word, code) REFUSAL_##id,
#include "base/refusal.def"
#undef REFUSAL
    REFUSAL_COUNT
};

bool refusal_set(struct err *err, enum refusal why); /* unless it is set already; always false */
enum refusal refusal_of(const struct err *err);
int refusal_code(const struct err *err); /* for exit(3); 1: something else */

#endif
