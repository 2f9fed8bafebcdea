/*
 * data.h - the tables the practice sides are made of, as strings in the program.
 * Constant, NUL-terminated: data_shopify_schema, data_odoo_fields...
 */
#ifndef SANDBOX_DATA_H
#define SANDBOX_DATA_H

#include <stdbool.h>
#include <stddef.h>

#define DATA(name, path) extern const char data_##name[];
#include "tests/sandbox/data.def"
#undef DATA

/*
 * Takes the next line of *text into line (cut at size - 1), skipping empty lines and
 * those that start with '#'. False at the end.
 */
bool data_line(const char **text, char *line, size_t size);

#endif
