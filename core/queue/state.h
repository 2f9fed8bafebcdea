/*
 * state.h - the life of a job as a table: state.def says what can happen and what cannot.
 * Pure. The store writes these numbers down, the scheduler drives them.
 */
#ifndef QUEUE_STATE_H
#define QUEUE_STATE_H

#include <stdbool.h>

enum job_state {
#define STATE(id, name, what) JOB_##id,
#define STEP(id, what)
#define MOVE(from, step, to)
#include "queue/state.def"
#undef STATE
#undef STEP
#undef MOVE
    JOB_STATE_COUNT
};

enum job_step {
#define STATE(id, name, what)
#define STEP(id, what) STEP_##id,
#define MOVE(from, step, to)
#include "queue/state.def"
#undef STATE
#undef STEP
#undef MOVE
    JOB_STEP_COUNT
};

bool job_step(enum job_state *state, enum job_step step); /* false: cannot happen, untouched */
const char *job_state_name(enum job_state state);
const char *job_state_what(enum job_state state);
bool job_state_of(const char *name, enum job_state *state);
bool job_state_is_end(enum job_state state); /* finished or cancelled */

#endif
