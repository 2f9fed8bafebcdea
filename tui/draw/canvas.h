/*
 * canvas.h - what the screen shall look like: a grid of cells with roles.
 *
 * Screens and widgets draw on a canvas, the terminal shows it (term.h) and sends
 * only what changed. Text goes through text.h here and nowhere else. Everything
 * is clipped to the canvas, so a screen may draw beyond its edges.
 *
 * Columns and rows count from 0. Owned by one thread. At most CANVAS_MAX a side.
 */
#ifndef TUI_DRAW_CANVAS_H
#define TUI_DRAW_CANVAS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "tui/draw/text.h"
#include "tui/draw/theme.h"

#define CANVAS_MAX 1000

enum glyphs { GLYPHS_BRAILLE, GLYPHS_BLOCK, GLYPHS_ASCII };
const char *canvas_glyphs_name(enum glyphs glyphs); /* braille, block, ascii */

enum lines { LINES_UTF8, LINES_TERMINAL, LINES_ASCII }; /* frames: ours, the terminal's, + - | */

struct cell {
    wchar_t ch[1 + TEXT_MARKS]; /* unused marks are 0 */
    unsigned char role;
    unsigned char width; /* 1, 2, or 0: right half of the cell before */
    bool contested;
};

struct rect {
    int y, x, h, w;
};

struct canvas {
    int rows, cols;
    struct cell *cells; /* rows * cols */
    int cursor_y, cursor_x;
    enum glyphs glyphs;
    enum lines lines;
    enum fold fold; /* of text */
    bool bare;      /* boxes without lines: text that can be selected as it is */
};

/* false without memory: the canvas is empty (0x0) then. Sizes are cut to CANVAS_MAX. */
bool canvas_init(struct canvas *c, int rows, int cols);
void canvas_clear(struct canvas *c); /* frees */
void canvas_erase(struct canvas *c); /* blanks, cursor to the lower left corner */
const struct cell *canvas_at(const struct canvas *c, int y, int x);
/* Does a row differ, and from which column to which? The whole row where characters are wide. */
bool canvas_row_differs(const struct canvas *a, const struct canvas *b, int y, int *from, int *to);
bool canvas_row_contested(const struct canvas *c, int y);

/* Draws text in at most width columns, cut with a sign if it is longer; returns columns used. */
int canvas_put(struct canvas *c, int y, int x, int width, enum role role, const char *text);
int canvas_putf(struct canvas *c, int y, int x, int width, enum role role, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* The same, ending at column x + width; returns the column where the text starts. */
int canvas_right(struct canvas *c, int y, int x, int width, enum role role, const char *text);
/* Draws without cutting sign: the part of a longer text that fits. */
int canvas_raw(struct canvas *c, int y, int x, int width, enum role role, const char *text);
/* Folds text at its blanks into the lines of r; returns how many it took. */
int canvas_wrap(struct canvas *c, struct rect r, enum role role, const char *text);
void canvas_sign(struct canvas *c, int y, int x, enum role role, wchar_t sign); /* 1 column */
void canvas_fill(struct canvas *c, struct rect r, enum role role);  /* blanks */
void canvas_paint(struct canvas *c, struct rect r, enum role role); /* keeps what is there */
void canvas_cursor(struct canvas *c, int y, int x);

/*
 * A frame with a title at the left and a note at the right of its upper edge (both may be
 * NULL); the inside is blanked. Returns the inside.
 */
struct rect canvas_box(struct canvas *c, struct rect r, const char *title, const char *note,
    bool focused);

/* The text of one row without trailing blanks, and its roles by letter, for tests and reports. */
void canvas_row_text(const struct canvas *c, int y, struct str *out);
void canvas_row_roles(const struct canvas *c, int y, struct str *out);

#endif
