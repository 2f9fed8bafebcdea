/*
 * theme.h - roles, and what they look like with many, eight or no colours.
 *
 * Pure: the terminal's part is in term.c.
 */
#ifndef TUI_DRAW_THEME_H
#define TUI_DRAW_THEME_H

#include <stdbool.h>

enum role {
#define ROLE(id, ...) ROLE_##id,
#include "tui/draw/theme.def"
#undef ROLE
    ROLE_COUNT
};

enum theme { THEME_DARK, THEME_LIGHT, THEME_BLIND, THEME_COUNT };
enum colours { COLOURS_NONE, COLOURS_8, COLOURS_256 };

enum look_attr { LOOK_PLAIN = 0, LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_UNDER = 4, LOOK_REV = 8 };

struct look {
    short fg, bg;   /* -1: the terminal's own */
    unsigned attrs; /* enum look_attr, or-ed */
};

struct look theme_look(enum theme theme, enum colours colours, enum role role);

const char *theme_name(enum theme theme); /* dark, light, blind */
bool theme_of(const char *name, enum theme *theme);

/*
 * How many colours: the option --color (auto, always, 256, 8, never; NULL is auto) wins over
 * NO_COLOR (no_color: its value or NULL), which wins over what the terminal can. false: no such
 * word.
 */
bool theme_colours(const char *option, const char *no_color, int terminal_has,
    enum colours *colours);

/* The name of a role as the screen files of the tests write it: one letter. */
char theme_letter(enum role role);

#endif
