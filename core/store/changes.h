/*
 * changes.h - which changes of Odoo were seen. Reading them overlaps, on purpose: each change is
 * read several times and counts once. A row is known by its id and a print of what it holds.
 */
#ifndef STORE_CHANGES_H
#define STORE_CHANGES_H

#include "store/store.h"

#define CHANGE_PRINT_MAX 24

struct change {
    int64_t id;
    char print[CHANGE_PRINT_MAX];
    bool fresh; /* not seen before, or not like that */
};

/* Says of each whether it is fresh. */
bool changes_look(struct db *db, int64_t backend, const char *poll, struct change *rows,
                  size_t count, struct err *err);
/* They are seen from now on. Inside the change that acts on them. */
bool changes_note(struct db *db, int64_t backend, const char *poll, const struct change *rows,
                  size_t count, when now, struct err *err);
/* Forgets at most limit of those that were seen last before that. */
bool changes_trim(struct db *db, int64_t backend, const char *poll, when before, int limit,
                  struct err *err);

#endif
