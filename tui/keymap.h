/*
 * keymap.h - the key table with an operator's own keys, read from a file.
 *
 * $XDG_CONFIG_HOME/signalbox/keys, else ~/.config/signalbox/keys. A line names
 * where, what and the keys that replace the table's; "none" takes them away:
 *
 *     jobs  retry      ctrl-r
 *     any   half-down  pgdn ctrl-d
 *     dash  pause      none
 *
 * `signalbox keys` prints the whole table in that form. What the file says wrong
 * is an error with its line, never ignored. Owned by one thread.
 */
#ifndef TUI_KEYMAP_H
#define TUI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/err.h"
#include "tui/keys.h"

#define KEYMAP_LINES_MAX 1000

struct keymap;

struct keymap *keymap_new(struct err *err);
void keymap_free(struct keymap *m);
AUTO_DEFINE(keymap)

/* "PATH:LINE: what is wrong". A file that is not there is no error unless must is set. */
bool keymap_load(struct keymap *m, const char *path, bool must, struct err *err);
/* Where the file is looked for without --keys; false: there is no such place. */
bool keymap_place(char *path, size_t size);
void keymap_print(const struct keymap *m, FILE *out);

size_t keymap_count(const struct keymap *m);
const struct key *keymap_row(const struct keymap *m, size_t i); /* in the order of keys.def */
enum command keymap_find(const struct keymap *m, enum scope screen, int key); /* CMD_NONE: nothing */

#endif
