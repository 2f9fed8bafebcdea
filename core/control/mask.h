/*
 * mask.h - what people see of requests, answers and webhook bodies: no secret ever, personal
 * data only where the caller says so, and never a control character. Pure.
 *
 * What is stored was masked when it was written; this is the second look.
 */
#ifndef CONTROL_MASK_H
#define CONTROL_MASK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define MASK_SIGN "***"

/*
 * JSON text is masked by key (and stays JSON); other text by what secrets look like. Cut at most
 * bytes, cleaned. A new json string, or null for a NULL text; NULL without memory.
 */
json_t *mask_text(const char *text, size_t len, size_t most, bool personal);

#endif
