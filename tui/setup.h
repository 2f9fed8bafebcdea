/*
 * setup.h - signalbox setup --answers FILE: the wizard's questions answered from a file.
 */
#ifndef TUI_SETUP_H
#define TUI_SETUP_H

#include <stdbool.h>

/*
 * words after "setup": --answers FILE [--check]. A pair of that name is changed, else it is added;
 * --check tries both connections afterwards. Returns the exit code (cli.h).
 */
int setup_run(int count, const char *const *words, const char *socket, bool json);

#endif
