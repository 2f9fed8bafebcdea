/*
 * pager.h - text to read: lines with roles, labels, wrapping and a scroll place.
 *
 * Made anew from each snapshot; the place stays. Owns its lines, PAGER_LINES_MAX
 * of them; what is beyond is left out with a last line that says so.
 */
#ifndef TUI_WIDGETS_PAGER_H
#define TUI_WIDGETS_PAGER_H

#include <jansson.h>
#include <stdbool.h>

#include "tui/draw/canvas.h"
#include "tui/keys.h"

#define PAGER_LINES_MAX 4000

struct pager_line {
    char *label, *text;
    enum role role;
};

struct pager {
    struct pager_line *lines;
    int count, room;
    int top, height, drawn; /* in screen lines */
    int label_width;
    bool wrap;
};

void pager_init(struct pager *p, int label_width);
void pager_clear(struct pager *p); /* no lines; the place stays */
void pager_free(struct pager *p);
/* label may be NULL. Text is split at its line ends. */
void pager_add(struct pager *p, const char *label, enum role role, const char *text);
void pager_addf(struct pager *p, const char *label, enum role role, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A JSON value, or text that may be JSON, laid out over lines. */
void pager_json(struct pager *p, enum role role, const json_t *value);
bool pager_command(struct pager *p, enum command command);
void pager_draw(struct pager *p, struct canvas *c, struct rect r);

#endif
