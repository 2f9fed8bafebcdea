/*
 * outward.h - what tests of the flows from Odoo to the shop begin with, over a yard. Everything
 * asserts; one thread.
 */
#ifndef TESTS_UNIT_OUTWARD_H
#define TESTS_UNIT_OUTWARD_H

#include "store/lanes.h"
#include "tests/unit/yard.h"

void outward_policy(struct yard *y, const char *key, const char *value); /* seen at once */
/* The shop's first location is mapped to Odoo's first warehouse: its id, and in *stock (may be NULL)
 * where that warehouse's stock is. */
int64_t outward_map(struct yard *y, int64_t *stock);
/* All products of the shop are brought into Odoo; their ids, a new array. */
json_t *outward_bring(struct yard *y);
struct lane_row outward_lane(struct yard *y, const char *name);
bool outward_waits(struct yard *y, const char *lane); /* held, until the first import is done */
void outward_release(struct yard *y, const char *lane);

#endif
