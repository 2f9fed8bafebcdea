/* conflicts.h - what the screens about conflicts share. */
#ifndef TUI_SCREENS_CONFLICTS_H
#define TUI_SCREENS_CONFLICTS_H

#include "tui/screens/common.h"

/* "Odoo decides", "ask a person": a rule in words; NULL: none was made. */
const char *conflict_rule_words(const char *rule);
/* "decided by ana: Odoo's E-mail", "put off until 2h": what there is to say of its state. */
void conflict_state_words(const struct screen *s, const json_t *row, char *buf, size_t size,
    enum role *role);
/* Any value as one line of text; "" for none. */
void conflict_value(const json_t *value, char *buf, size_t size);
/* Put off: asks until when. */
void conflict_later(struct screen *s, const json_t *row);
void conflict_take_back(struct screen *s, const json_t *row);
void conflict_record(struct screen *s, const json_t *row); /* its timeline */

#endif
