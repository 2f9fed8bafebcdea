/*
 * app.h - the console: a stack of screens, one poll on terminal and core.
 */
#ifndef TUI_APP_H
#define TUI_APP_H

#include <stdbool.h>

#include "base/err.h"
#include "tui/draw/term.h"
#include "tui/keymap.h"
#include "tui/memory.h"

struct app_options {
    struct term_options term;
    const char *socket;
    bool frozen_clock; /* time comes from the core's pictures alone (tests) */
    bool wizard;       /* open the set-up at once */
    bool read_only;    /* nothing is changed from here */
    bool young;        /* the core has no past worth an hour's curve (demo) */
    const struct keymap *keymap;
    struct memory *memory; /* NULL: nothing is remembered */
    const char *complaint; /* of the start, said on the screen; NULL: none */
};

/* Runs until the operator or a signal ends it. Returns the exit code; 2 and err: no terminal. */
int app_run(const struct app_options *options, struct err *err);

#endif
