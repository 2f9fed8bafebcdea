/*
 * term.h - the terminal: its modes, its signals, what it can, and the way back.
 *
 * One at a time, one thread (it owns curses and the process's signal handlers).
 * Whatever ends the program (q, SIGTERM, SIGHUP, a crash), the terminal is as
 * it was before. The screen is drawn from a canvas; only differences are sent.
 */
#ifndef TUI_DRAW_TERM_H
#define TUI_DRAW_TERM_H

#include <poll.h>
#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"
#include "tui/draw/canvas.h"
#include "tui/draw/input.h"
#include "tui/draw/theme.h"

struct term;

struct term_options {
    const char *color;  /* --color, NULL: auto */
    const char *glyphs; /* SIGNALBOX_GLYPHS: braille, block, ascii; NULL: by locale and TERM */
    enum theme theme;
    bool mouse;
    bool quiet; /* ask the terminal nothing (tests of plain output, odd terminals) */
};

/* Would term_open find a terminal it can draw on? Writes nothing. */
bool term_check(struct err *err);
/* ERR_INVALID: no terminal, or one that cannot draw; nothing was written to it then. */
struct term *term_open(const struct term_options *options, struct err *err);
void term_free(struct term *t); /* gives the terminal back */
AUTO_DEFINE(term)

/* The canvas to draw the next frame on; its size is the terminal's. */
struct canvas *term_canvas(struct term *t);
/*
 * Shows the canvas. false: the terminal takes nothing now (a slow link), nothing was sent and
 * the frame should be drawn again later.
 */
bool term_show(struct term *t);
void term_redraw(struct term *t); /* the next term_show sends everything */

#define TERM_FDS 2
/* Fills fds[TERM_FDS] for poll; returns how many ms it may wait for the terminal's sake (-1: any). */
int term_prepare(struct term *t, struct pollfd *fds);
/* After poll: reads; then call term_next until it returns false. */
void term_read(struct term *t, const struct pollfd *fds);
bool term_next(struct term *t, struct input_event *event);
const char *term_pasted(const struct term *t);

void term_suspend(struct term *t); /* as ^Z: gives the terminal back, stops, takes it again */
void term_theme(struct term *t, enum theme theme);
void term_glyphs(struct term *t, enum glyphs glyphs);
void term_mouse(struct term *t, bool on);
bool term_copy(struct term *t, const char *text); /* OSC 52; false: this terminal or text cannot */

bool term_ascii(const struct term *t);
int term_delay_ms(const struct term *t); /* age of the picture at the other end; -1: not known */
int term_frame_ms(const struct term *t); /* the least time between two frames of live data */

#endif
