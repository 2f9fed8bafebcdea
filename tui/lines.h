/*
 * lines.h - the console without a screen: changes as sentences, commands as lines. For screen
 * readers, slow links and terminals that cannot place their cursor.
 */
#ifndef TUI_LINES_H
#define TUI_LINES_H

#include <stdbool.h>

int lines_run(const char *socket, bool read_only); /* until end of input, quit or a signal; the exit code */

#endif
