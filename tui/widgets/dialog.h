/*
 * dialog.h - questions before something is done, in four levels.
 *
 *   0  can be undone: no question (the caller shows a toast)
 *   1  one record: a line at the bottom, only y goes on
 *   2  many records: a box; the number of records must be typed
 *   3  loses work: a box; a name must be typed
 *
 * A box may also ask for values (a reason, a moment). The dialog decides nothing
 * and does nothing: the owner asks it after each key. Embedded by value.
 */
#ifndef TUI_WIDGETS_DIALOG_H
#define TUI_WIDGETS_DIALOG_H

#include <stdbool.h>

#include "tui/draw/canvas.h"
#include "tui/widgets/form.h"

#define DIALOG_FACTS_MAX 8
#define DIALOG_TEXT_MAX 256

enum dialog_answer { DIALOG_OPEN, DIALOG_YES, DIALOG_NO };

struct dialog {
    int level;
    char title[DIALOG_TEXT_MAX]; /* level 1: the question */
    char button[48];
    char word[64];               /* what must be typed; "": nothing */
    char typed_label[DIALOG_TEXT_MAX];
    struct {
        const char *label;
        char text[DIALOG_TEXT_MAX];
    } facts[DIALOG_FACTS_MAX];
    int fact_count;
    struct form form;
    char complaint[DIALOG_TEXT_MAX]; /* why yes was not taken */
};

void dialog_start(struct dialog *d, int level, const char *title, const char *button);
void dialog_fact(struct dialog *d, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void dialog_word(struct dialog *d, const char *word, const char *label);
void dialog_clear(struct dialog *d); /* wipes what was typed */
enum dialog_answer dialog_key(struct dialog *d, int key);
void dialog_draw(struct dialog *d, struct canvas *c);

#endif
