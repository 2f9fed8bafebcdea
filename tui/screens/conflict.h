/* conflict.h - one conflict, as its screen's two files share it. */
#ifndef TUI_SCREENS_CONFLICT_H
#define TUI_SCREENS_CONFLICT_H

#include "tui/screens/conflicts.h"

struct view_conflict {
    json_int_t id;
    json_t *row;         /* conflicts.show; NULL: not there yet */
    json_t *picks;       /* {field: "odoo"|...|{"value": ...}}, for the version below */
    char version[80];
    bool all;            /* fields that both hold alike too */
    struct table fields;
    struct rect at;
};

/* What was picked for a field so far; NULL: nothing. */
const json_t *conflict_pick(const struct view_conflict *m, const json_t *field);
bool conflict_is_open(const struct view_conflict *m);
bool conflict_is_same(const json_t *field); /* both hold it alike: nothing to choose */
/* "shopify", "odoo", "agreed", "edited": picked, or taken once it is decided; NULL: open. */
const char *conflict_side(const struct view_conflict *m, const json_t *field);
const char *conflict_side_words(const char *side);
int conflict_undecided(const struct view_conflict *m);

void conflict_view(struct screen *s, struct canvas *c, struct rect body);

#endif
