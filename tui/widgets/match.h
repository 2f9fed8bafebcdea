/*
 * match.h - the filter language: words, "quoted words", field:value, -not.
 *
 * Every term must hit. Text is compared without regard to the case of ASCII
 * letters; a value matches when it contains the word, a number when it is equal.
 */
#ifndef TUI_WIDGETS_MATCH_H
#define TUI_WIDGETS_MATCH_H

#include <jansson.h>
#include <stdbool.h>

struct match {
    const char *at;
    bool negated;
    char field[32]; /* "" for a plain word */
    char text[128];
};

void match_start(struct match *m, const char *filter);
bool match_next(struct match *m); /* the next term; false: no more */
bool match_text(const char *text, const char *word);
bool match_value(const json_t *value, const char *word);

#endif
