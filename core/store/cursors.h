/*
 * cursors.h - how far a reader of changes has come; moved in the commit that enqueues.
 */
#ifndef STORE_CURSORS_H
#define STORE_CURSORS_H

#include "store/store.h"

#define CURSOR_VALUE_MAX 1024

/* "" if it was never set. value: CURSOR_VALUE_MAX bytes. */
bool cursors_get(struct db *db, int64_t backend, const char *name, char *value, struct err *err);
bool cursors_set(struct db *db, int64_t backend, const char *name, const char *value,
                 struct err *err);

#endif
