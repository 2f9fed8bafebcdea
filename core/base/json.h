/*
 * json.h - jansson with our habits: strict reading, short access, decimal text.
 *
 * Borrowed strings live as long as the value they come from. Paths are keys
 * joined by dots ("customer.default_address.zip"), numbers for array items.
 * json_auto_t (jansson) frees at the end of the block.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Strict: one value, UTF-8, no duplicate keys, nothing after it. NULL: err INVALID "what: line ..." */
json_t *json_read(const char *text, size_t len, const char *what, struct err *err);
/* Compact text for free(3), keys in the order they were added; NULL without memory. */
char *json_write(const json_t *value);

const json_t *json_at(const json_t *value, const char *path); /* NULL: absent or null */
const char *json_text(const json_t *value, const char *path); /* NULL: absent or no string */
const char *json_text_or(const json_t *value, const char *path, const char *otherwise);
bool json_int(const json_t *value, const char *path, int64_t *number); /* integers only */
int64_t json_int_or(const json_t *value, const char *path, int64_t otherwise);
double json_real_or(const json_t *value, const char *path, double otherwise); /* int or real */
bool json_flag(const json_t *value, const char *path); /* true only for true */
size_t json_len(const json_t *value, const char *path); /* items; 0 if no array */

#endif
