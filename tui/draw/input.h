/*
 * input.h - bytes from a terminal become keys, pasted text, clicks and answers.
 *
 * Both forms of the arrow keys are known (ESC [ B and ESC O B); an unknown or
 * broken sequence is swallowed whole, so its bytes never press keys. An answer
 * to a question that came late is an event like any other and disturbs nothing.
 *
 * Pure: no terminal, no clock. Embedded by value, one thread.
 */
#ifndef TUI_DRAW_INPUT_H
#define TUI_DRAW_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#define INPUT_PASTE_MAX 4096 /* more pasted bytes are dropped */

/* A key is a character, 1 ... 26 for ctrl-a ... ctrl-z, or one of these. */
enum keycode {
    KEYCODE_NONE,
    KEYCODE_FIRST = 0x200000, /* above every character */
#define KEYCODE(id, ...) KEYCODE_##id,
#include "tui/draw/keycode.def"
#undef KEYCODE
    KEYCODE_END_OF_LIST
};

const char *keycode_name(int key, char *buf); /* as in keys.def; buf: 16 bytes */
const char *keycode_label(int key, bool ascii, char *buf);
int keycode_of(const char *name); /* KEYCODE_NONE if there is no such key */

enum input_kind {
    INPUT_NONE,
    INPUT_KEY,
    INPUT_PASTE,    /* input_pasted() has the text */
    INPUT_CLICK,    /* at y, x */
    INPUT_WHEEL,    /* key: KEYCODE_UP or KEYCODE_DOWN */
    INPUT_FOCUS_IN,
    INPUT_FOCUS_OUT,
    INPUT_STATUS,   /* CSI 0 n: the answer to CSI 5 n */
    INPUT_MODE,     /* CSI ? mode ; value $ y: key is the mode, y its value */
    INPUT_RESIZE,   /* not from bytes: the terminal has another size */
    INPUT_SIGNAL,   /* not from bytes: key is the signal that ends the program */
    INPUT_GONE      /* not from bytes: the terminal is no more */
};

struct input_event {
    enum input_kind kind;
    int key, y, x;
};

struct input {
    char pending[256]; /* bytes not understood yet */
    size_t len;
    bool pasting;
    char paste[INPUT_PASTE_MAX + 1];
    size_t paste_len;
};

void input_init(struct input *in);
/* Takes as many bytes as there is room for; returns how many. */
size_t input_feed(struct input *in, const char *bytes, size_t len);
/* idle: nothing more came for a while, so an ESC is the key esc. false: no event (yet). */
bool input_next(struct input *in, bool idle, struct input_event *event);
bool input_waiting(const struct input *in); /* a sequence has begun and not ended */
const char *input_pasted(const struct input *in);

#endif
