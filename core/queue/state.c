#include "queue/state.h"

#include <string.h>

static const struct {
    const char *name, *what;
} states[JOB_STATE_COUNT] = {
#define STATE(id, name, what) [JOB_##id] = { name, what },
#define STEP(id, what)
#define MOVE(from, step, to)
#include "queue/state.def"
#undef STATE
#undef STEP
#undef MOVE
};

static const unsigned char next[JOB_STATE_COUNT][JOB_STEP_COUNT] = { /* 0: not allowed */
#define STATE(id, name, what)
#define STEP(id, what)
#define MOVE(from, step, to) [JOB_##from][STEP_##step] = JOB_##to + 1,
#include "queue/state.def"
#undef STATE
#undef STEP
#undef MOVE
};

bool job_step(enum job_state *state, enum job_step step)
{
    unsigned char to = next[*state][step];

    if (to == 0)
        return false;
    *state = (enum job_state)(to - 1);
    return true;
}

const char *job_state_name(enum job_state state)
{
    return state < JOB_STATE_COUNT ? states[state].name : "?";
}

const char *job_state_what(enum job_state state)
{
    return state < JOB_STATE_COUNT ? states[state].what : "?";
}

bool job_state_of(const char *name, enum job_state *state)
{
    for (unsigned s = 0; s < JOB_STATE_COUNT; s++) {
        if (strcmp(states[s].name, name) != 0)
            continue;
        *state = (enum job_state)s;
        return true;
    }
    return false;
}

bool job_state_is_end(enum job_state state)
{
    return state == JOB_FINISHED || state == JOB_CANCELLED;
}
