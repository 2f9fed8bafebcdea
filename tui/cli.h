/*
 * cli.h - every method as a command for scripts: signalbox jobs --state parked --json
 *
 * Exit codes: 0 done, 1 the core refused, 2 the words are wrong, 3 no core answers.
 */
#ifndef TUI_CLI_H
#define TUI_CLI_H

#include <stdbool.h>

enum cli_code { CLI_DONE, CLI_REFUSED, CLI_WORDS, CLI_NO_CORE };

enum cli_code cli_run(int count, const char *const *words, const char *socket, bool json,
    bool read_only);
void cli_help(void); /* every command with its parameters, to standard output */

#endif
