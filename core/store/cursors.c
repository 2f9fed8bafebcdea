#include "store/cursors.h"

#include <string.h>

#include "store/db.h"

bool cursors_get(struct db *db, int64_t backend, const char *name, char *value, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT value FROM cursor WHERE backend = ?1 AND name = ?2", "it",
                        backend, name);
    int rc = db_row(db, q, err);

    if (rc == 1)
        col_text(q, 0, value, CURSOR_VALUE_MAX);
    if (rc == 0)
        *value = '\0';
    return rc >= 0;
}

bool cursors_set(struct db *db, int64_t backend, const char *name, const char *value,
                 struct err *err)
{
    if (strlen(value) >= CURSOR_VALUE_MAX)
        return err_set(err, ERR_BUG, "the cursor %s is too long", name);
    return db_run(db, err,
                  "INSERT INTO cursor (backend, name, value) VALUES (?1, ?2, ?3)"
                  " ON CONFLICT DO UPDATE SET value = excluded.value",
                  "itt", backend, name, value);
}
