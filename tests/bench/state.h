/*
 * state.h - the parts of the bench "state": filling a state directory, driving its core, reading
 * its pages. One thread.
 */
#ifndef TESTS_BENCH_STATE_H
#define TESTS_BENCH_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/when.h"
#include "tui/link.h"

#define STATE_BACKENDS 3

struct state {
    const char *dir, *program; /* the state directory; signalboxd */
    int64_t jobs, pairs;
    int samples; /* of each page */
    when now;    /* at the fill */
    pid_t core;
    struct link *link;
    int mute; /* a socket that takes connections and never answers: the Odoo */
};

/* ---- state.c: the core ---- */

/* Starts the core and waits for its greeting; *us: how long that took. */
bool state_core_start(struct state *s, int64_t *us, struct err *err);
void state_core_stop(struct state *s, int signal); /* and waits */
void state_read_file(const struct state *s);             /* so that it is in memory */
json_t *state_ask(struct state *s, const char *method, json_t *params, struct err *err);

/* ---- state_fill.c: rows, straight into the file of a core that does not run ---- */
bool state_fill(struct state *s, struct err *err);

/* ---- state_pages.c ---- */

/* Reads every page of every screen s->samples times and prints a line for each. */
bool state_pages(struct state *s, int64_t *worst_page_us, int64_t *worst_search_us,
                 struct err *err);

#endif
