/*
 * params.h - the parameters of a request against what methods.def says of them. Pure.
 */
#ifndef CONTROL_PARAMS_H
#define CONTROL_PARAMS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

#define PARAMS_TEXT_MAX (64 * 1024) /* bytes of one text */
#define PARAMS_LIST_MAX 10000       /* items of one list */

/*
 * spec as in methods.def: "id:int value reason? topics:list". The params must be an object (or
 * NULL: none) that has what is needed, of the right type, and nothing else; null counts as absent.
 */
bool params_check(const json_t *params, const char *spec, struct err *err);
/* The same as a list of {name,type,needed}, for help. NULL without memory. */
json_t *params_describe(const char *spec);

#endif
