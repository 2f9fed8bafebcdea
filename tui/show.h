/*
 * show.h - answers of the core as plain text: lists in columns, the rest as "name: value".
 *
 * Everything is cleaned of control characters on the way out (text.h).
 */
#ifndef TUI_SHOW_H
#define TUI_SHOW_H

#include <jansson.h>
#include <stdio.h>

#include "base/when.h"

void show_result(FILE *out, const char *method, const json_t *result, when now);
/* One line: text cleaned, then a line end. */
void show_line(FILE *out, const char *text);

#endif
