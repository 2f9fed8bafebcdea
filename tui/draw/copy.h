/*
 * copy.h - text for the operator's own clipboard, over SSH: OSC 52.
 *
 * Only ever written, never asked for. tmux and screen get it wrapped.
 */
#ifndef TUI_DRAW_COPY_H
#define TUI_DRAW_COPY_H

#include <stdbool.h>

#include "base/str.h"

#define COPY_BYTES_MAX 75100 /* what terminals take in one sequence */

bool copy_sequence(const char *text, struct str *out); /* false: too long */

#endif
