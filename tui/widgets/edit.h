/*
 * edit.h - one line of input: a field of a form, the filter, the command line.
 *
 * Holds UTF-8 of at most EDIT_MAX - 1 bytes; control characters never get in.
 * edit_clear wipes the memory, for a hidden field held a secret.
 */
#ifndef TUI_WIDGETS_EDIT_H
#define TUI_WIDGETS_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/draw/canvas.h"

#define EDIT_MAX 512

struct edit {
    char text[EDIT_MAX];
    size_t len, at; /* bytes; at: the cursor */
    bool hidden;    /* shown as dots */
};

void edit_set(struct edit *e, const char *text); /* cursor to the end */
void edit_clear(struct edit *e);
bool edit_key(struct edit *e, int key); /* false: not a key of an editor */
void edit_paste(struct edit *e, const char *text);
/* Draws in width columns, scrolled so that the cursor shows; puts the cursor there if focused. */
void edit_draw(const struct edit *e, struct canvas *c, int y, int x, int width, bool focused);

#endif
