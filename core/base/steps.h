/*
 * steps.h - what a connection check found, step by step, in words for the person who set it up.
 *
 * Plain values on the caller's stack; no secret and no personal data in the texts.
 */
#ifndef BASE_STEPS_H
#define BASE_STEPS_H

#include <stdbool.h>

#define STEPS_MAX     16
#define STEP_TEXT_MAX 320

enum step_state { STEP_OK, STEP_WARN, STEP_FAIL };

struct step {
    const char *name; /* a literal: "token", "scopes", "rights" */
    enum step_state state;
    char text[STEP_TEXT_MAX];
};

struct steps {
    unsigned count;
    struct step rows[STEPS_MAX];
};

/* Adds a row; what does not fit any more is dropped. Returns state != STEP_FAIL. */
bool steps_add(struct steps *steps, const char *name, enum step_state state, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
enum step_state steps_worst(const struct steps *steps); /* STEP_OK if there are none */
const char *step_state_name(enum step_state state);     /* "ok", "warn", "fail" */

#endif
