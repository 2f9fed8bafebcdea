/*
 * text.h - the only way from outside text to a cell of the screen.
 *
 * Everything Shopify, Odoo and other operators say is hostile until it went
 * through here: control characters become their pictures, direction and
 * zero-width characters disappear, broken UTF-8 becomes U+FFFD, and each
 * character is measured by wcwidth(3) of the process's locale. Characters whose
 * width terminals do not agree on are flagged as contested.
 *
 * Pure; no state but the iterator. wcwidth needs setlocale(3) to have run.
 */
#ifndef TUI_DRAW_TEXT_H
#define TUI_DRAW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#define TEXT_MARKS 4 /* combining marks kept per character */

struct text_cell {
    wchar_t ch[1 + TEXT_MARKS + 1]; /* the character, its marks, 0 */
    int width;                      /* 1 or 2 columns */
    bool contested;
};

enum fold {
    FOLD_NONE,
    FOLD_SIGNS, /* our own signs (arrows, dots, dashes) become ASCII, letters stay */
    FOLD_ALL    /* the terminal shows ASCII only */
};

struct text_iter {
    const char *at, *end;
    enum fold fold;
};

void text_start(struct text_iter *it, const char *text, enum fold fold);
bool text_next(struct text_iter *it, struct text_cell *cell); /* false: the end */

int text_width(const char *text); /* columns after cleaning */
/* Cleaned UTF-8, at most size - 1 bytes and never half a character; returns to. */
char *text_clean(char *to, size_t size, const char *from);
/* Bytes of text that fill at most cols columns when cleaned; *used: the columns they take. */
size_t text_fit(const char *text, int cols, int *used);
/* Encodes one character; at most 4 bytes and no terminator. */
size_t text_encode(char *to, wchar_t ch);

#endif
