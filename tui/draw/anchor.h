/*
 * anchor.h - rows with characters whose width terminals do not agree on.
 *
 * Curses gets blanks for such characters, so its idea of the cursor is always
 * right; afterwards the row is written from the first of them to its end, each
 * followed by an absolute move to the column where the next must stand.
 */
#ifndef TUI_DRAW_ANCHOR_H
#define TUI_DRAW_ANCHOR_H

#include "base/str.h"
#include "tui/draw/canvas.h"
#include "tui/draw/theme.h"

/* Appends the bytes; the terminal is in its normal attributes before and after. */
void anchor_row(const struct canvas *c, int y, enum theme theme, enum colours colours,
    struct str *out);
void anchor_cursor(int y, int x, struct str *out);

#endif
