/*
 * import_cli.h - the commands of an import that are more than one call:
 *
 *     signalbox import [status] [RUN] [--backend N]        the newest run, or that one
 *     signalbox import follow [RUN] [--backend N]          a bar until it ends, pauses or waits
 *     signalbox import uses                                what the newest run uses of the mappings
 *     signalbox import clinic                              what it asks about products, all of it
 *     signalbox import export [RUN] [--step S] [--verdict V] [--state S] [--format csv|json]
 *
 * All others are made of the protocol's table (verbs.h).
 */
#ifndef TUI_IMPORT_CLI_H
#define TUI_IMPORT_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "tui/cli.h"
#include "tui/link.h"

#define IMPORT_WAIT_MS 120000

/* What was typed; run 0: the newest. */
struct import_words {
    json_int_t run, backend;
    const char *step, *verdict, *state, *format; /* NULL: any; format: csv */
    bool made;
};

bool import_cli_is(int count, const char *const *words);
enum cli_code import_cli_run(int count, const char *const *words, const char *socket, bool json);

/* import_follow.c: CLI_DONE when it ended well or waits for a person, CLI_REFUSED when it did not. */
enum cli_code import_follow(struct link *l, json_int_t run, bool json, struct err *err);
/* import_export.c: every record of the steps, page by page, as it comes. */
enum cli_code import_export(struct link *l, const struct import_words *w, FILE *out, struct err *err);

#endif
