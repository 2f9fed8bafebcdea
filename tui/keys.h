/*
 * keys.h - the key table: what a key means on a screen, and the words for it.
 *
 * A screen's own rows win over those all lists share, and these over those of
 * everywhere. The table is constant; a keymap is it with an operator's own keys.
 */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum scope {
#define SCOPE(id, title, list) SCOPE_##id,
#define KEY(...)
#include "tui/keys.def"
#undef SCOPE
#undef KEY
    SCOPE_COUNT
};

/* One name per meaning; the same name may stand in many rows. */
enum command {
    CMD_NONE,
    CMD_TAB_1, CMD_TAB_2, CMD_TAB_3, CMD_TAB_4, CMD_TAB_5, CMD_TAB_6, CMD_TAB_7, CMD_TAB_8,
    CMD_TAB_9, CMD_TAB_10,
    CMD_NEXT_PANE, CMD_PREV_PANE, CMD_PAUSE, CMD_COMMAND, CMD_TIME, CMD_COPY, CMD_COPY_ALL,
    CMD_UNDO, CMD_BACKEND, CMD_REDRAW, CMD_SUSPEND, CMD_CANCEL, CMD_BACK, CMD_QUIT, CMD_HELP,
    CMD_DOWN, CMD_UP, CMD_TOP, CMD_BOTTOM, CMD_HALF_DOWN, CMD_HALF_UP, CMD_PAGE_DOWN,
    CMD_PAGE_UP, CMD_FILTER, CMD_NEXT, CMD_PREV, CMD_SORT, CMD_SORT_BACK,
    CMD_OPEN, CMD_MARK, CMD_RANGE, CMD_MARK_ALL, CMD_HOLD, CMD_MORE, CMD_LESS, CMD_RETRY,
    CMD_CANCEL_JOB, CMD_DONE, CMD_PRIORITY, CMD_SNOOZE, CMD_STATE, CMD_RAW, CMD_CAUSE,
    CMD_RECORD, CMD_FIX, CMD_REPLAY, CMD_IGNORE, CMD_ASSIGN, CMD_FOLLOW, CMD_TOPIC, CMD_SUBS,
    CMD_BLOCK, CMD_JOB, CMD_ENSURE, CMD_REMOVE, CMD_CHECK, CMD_SEARCH, CMD_SYNC, CMD_ACCEPT,
    CMD_UNSET, CMD_REFRESH, CMD_ROTATE, CMD_WIZARD, CMD_PAUSE_SHOP, CMD_THEME, CMD_EXPORT,
    CMD_UNDO_THIS, CMD_WRAP, CMD_ALERT_SEEN, CMD_ZOOM, CMD_SHORTER, CMD_LONGER,
    CMD_EDIT, CMD_PLAN, CMD_APPLY, CMD_PAUSE_RUN, CMD_STOP_RUN, CMD_HOURS, CMD_GO_ON, CMD_SKIP,
    CMD_SKIP_ALL, CMD_ITEM_STATE, CMD_UNDO_RUN, CMD_REHEARSE, CMD_USES,
    CMD_CLINIC, CMD_CREATE, CMD_LINK,
    CMD_KIND, CMD_LATER, CMD_TAKE_BACK, CMD_RULE, CMD_RULES, CMD_TAKE_SHOPIFY, CMD_TAKE_ODOO,
    CMD_TAKE_AGREED, CMD_TAKE_NEWEST, CMD_TAKE_ASK, CMD_ALL_SHOPIFY, CMD_ALL_ODOO, CMD_NEXT_OPEN,
    CMD_SAME,
    CMD_COUNT
};

struct key {
    enum scope scope;
    enum command command;
    const char *name; /* of the command, as in keys.def */
    const char *keys, *footer, *help;
};

extern const struct key keys[];
extern const size_t keys_count;

/* It asks the core to change something: off without a core, and for those who may only look. */
bool keys_acts(enum command command);
const char *keys_title(enum scope scope);
bool keys_is_list(enum scope scope);
/* The rows that count on a screen: its own, those of lists if it is one, those of everywhere. */
bool keys_applies(enum scope screen, enum scope row);
/* The n-th key (from 0) of a row, KEYCODE_NONE after the last. */
int keys_nth(const struct key *row, int n);
/* "j ↓": the keys of a row as they are shown. */
char *keys_label(const struct key *row, bool ascii, char *buf, size_t size);
/* "half-down": a name of keys.def as it stands in a file of keys. */
char *keys_word(const char *name, char *buf, size_t size);
const char *keys_scope_name(enum scope scope);

#endif
