/*
 * caps.h - what terminfo says of this terminal (its header claims too many names for term.c).
 */
#ifndef TUI_DRAW_CAPS_H
#define TUI_DRAW_CAPS_H

#include <stdbool.h>

bool caps_load(const char *type);        /* false: no such terminal type */
void caps_drop(void);                    /* what was loaded; newterm loads its own */
const char *caps_text(const char *name); /* "" if it cannot */
int caps_number(const char *name);       /* below 0 if it has none */

#endif
