/*
 * bulk.h - what was asked for many jobs, a piece at a time; for the writer.
 */
#ifndef STORE_BULK_H
#define STORE_BULK_H

#include "store/db.h"

#define BULK_PIECE 500 /* jobs in one transaction */

/* Does a piece of the oldest task. Clears db->tasks when none is left. */
bool bulk_go_on(struct db *db, struct err *err);
/* Begins to remove the pairs of a backend that is gone. */
bool bulk_drop_pairs(struct db *db, int64_t backend, struct err *err);

#endif
