/*
 * plain.h - a GraphQL record in the shape of its webhook, so that one reader reads both.
 *
 * camelCase becomes snake_case, {"nodes": [...]} the list itself, a gid its number (one with a
 * query part stays text); pageInfo and legacyResourceId are left out. Deeper than 12: null.
 */
#ifndef SYNC_PLAIN_H
#define SYNC_PLAIN_H

#include <jansson.h>

json_t *plain_of(const json_t *node); /* the caller's; NULL without memory */

#endif
