/*
 * select.h - a frozen set of jobs as the protocol names it, and doing something to it.
 */
#ifndef CONTROL_SELECT_H
#define CONTROL_SELECT_H

#include <jansson.h>

#include "control/methods.h"
#include "store/jobs.h"

struct selection {
    struct jobs_selector of;
    int64_t *ids;              /* of.ids, owned */
    char lane[STORE_NAME_MAX]; /* of.lane */
};

/*
 * {"ids":[...]} or {"problem":ID} or {"lane":NAME,"state":NAME,"backend":ID}, each with "count"
 * for what the person saw. Unknown keys and empty sets are refused by name.
 */
bool select_read(struct selection *selection, const json_t *selector, struct err *err);
void select_clear(struct selection *selection);
void select_words(const struct selection *selection, char *to,
                  size_t size); /* "212 parked jobs..." */

/* Does it, with the audit entry, and fills {"count","refused"}; PROTO_GREW when the set moved. */
bool select_act(struct call *call, struct jobs_bulk *bulk, struct call_note *note, struct err *err);

#endif
