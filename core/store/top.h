/*
 * top.h - the newest ids out of several sources, for pages that no single index has in order.
 * For core/store only.
 */
#ifndef STORE_TOP_H
#define STORE_TOP_H

#include "store/db.h"

struct top {
    int64_t ids[STORE_PAGE_MAX]; /* descending */
    size_t count, room;          /* room: at most STORE_PAGE_MAX */
};

void top_add(struct top *top, int64_t id); /* each id once */
/* Ids up to this one need not be looked for any more; 0: there is room yet. */
int64_t top_floor(const struct top *top);
/* Adds column 0 of every row. */
bool top_from(struct top *top, struct db *db, sqlite3_stmt *q, struct err *err);

#endif
