/*
 * completion.h - completion of signalbox's words for bash, made of the table of methods.
 */
#ifndef TUI_COMPLETION_H
#define TUI_COMPLETION_H

#include <stdio.h>

void completion_print(FILE *out); /* a script; installed as bash-completion/completions/signalbox */

#endif
