/*
 * marks.h - what of a text is other than in the one before it, and such a text on the screen.
 *
 * Words are compared, and what stands between them, so that a change of one word in a long note is
 * one mark. Pure but for the drawing.
 */
#ifndef TUI_WIDGETS_MARKS_H
#define TUI_WIDGETS_MARKS_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/draw/canvas.h"

#define MARKS_TEXT_MAX 8192 /* bytes that are looked at */
#define MARKS_WORDS_MAX 400 /* of longer texts only beginning and end are compared */

/* changed: MARKS_TEXT_MAX flags, one a byte of text. base NULL: nothing is marked. */
void marks_find(const char *base, const char *text, bool *changed);
/* Folds text into r; what changed against base is in the role mark. Returns lines used. */
int marks_draw(struct canvas *c, struct rect r, enum role role, enum role mark, const char *base,
    const char *text);

#endif
