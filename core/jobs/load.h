/*
 * load.h - many records made in few calls, one bad one never spoiling the rest.
 *
 * Plans (sync/order_to_odoo.h) are joined per model and loaded create-once. A call that Odoo
 * refuses is halved until the bad record stands alone; it is named, the others are made.
 */
#ifndef JOBS_LOAD_H
#define JOBS_LOAD_H

#include <jansson.h>

#include "jobs/workshop.h"

/*
 * plans: array, borrowed; external ids are unique in it. Adds to made {"xmlid": database id} and to
 * refused {"xmlid": {"kind","text","thing"}}. False: the other side is busy, denied or unsure;
 * what was made before stands, and repeating all of it is harmless.
 */
bool load_each(struct workshop_place *place, const json_t *plans, size_t most, json_t *made,
               json_t *refused, struct err *err);
/*
 * The same for what is there already: rows begin with ".id" and write the columns they name, other
 * values in each row. xmlid is only the plan's name in refused.
 */
bool load_write(struct workshop_place *place, const json_t *plans, size_t most, json_t *refused,
                struct err *err);
/* What refused says of one; false and *err untouched if it says nothing. */
bool load_refused(const json_t *refused, const char *xmlid, struct err *err);
/* Would the same call for one record less do better? Else it is the other side's state. */
bool load_blames_record(const struct err *err);

#endif
