/* conflicts_inside.h - what the files about conflicts share; for core/store only. */
#ifndef STORE_CONFLICTS_INSIDE_H
#define STORE_CONFLICTS_INSIDE_H

#include "store/conflicts.h"
#include "store/db.h"

/* The columns in the order conflicts_row reads them; texts may follow. */
#define CONFLICT_COLUMNS                                                                           \
    "id, backend, kind, record, title, pair, job, job_kind, lane, state, version, count, moved,"   \
    " shopify_at, odoo_at, asked, skipped, skipped_by, by, answered, ended, summary, why, updated"
void conflicts_row(sqlite3_stmt *q, struct conflict *c);

/* The job of a conflict is to look again: another one if it is gone. */
bool conflicts_wake(struct db *db, const struct conflict *c, struct err *err);

#endif
