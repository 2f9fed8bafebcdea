#include "store/changes.h"

#include <string.h>

#include "store/db.h"

bool changes_look(struct db *db, int64_t backend, const char *poll, struct change *rows,
                  size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        char print[CHANGE_PRINT_MAX] = "";
        AUTO_ASK q = db_ask(db, err,
                            "SELECT print FROM change_seen WHERE backend = ?1 AND poll = ?2 AND"
                            " id = ?3",
                            "iti", backend, poll, rows[i].id);
        int rc = db_row(db, q, err);

        if (rc < 0)
            return false;
        if (rc == 1)
            col_text(q, 0, print, sizeof print);
        rows[i].fresh = strcmp(print, rows[i].print) != 0;
    }
    return true;
}

bool changes_note(struct db *db, int64_t backend, const char *poll, const struct change *rows,
                  size_t count, when now, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (!db_run(db, err,
                    "INSERT INTO change_seen (backend, poll, id, print, at) VALUES (?1, ?2, ?3, ?4,"
                    " ?5) ON CONFLICT DO UPDATE SET print = excluded.print, at = excluded.at",
                    "ititi", backend, poll, rows[i].id, rows[i].print, now))
            return false;
    return true;
}

bool changes_trim(struct db *db, int64_t backend, const char *poll, when before, int limit,
                  struct err *err)
{
    return db_run(db, err,
                  "DELETE FROM change_seen WHERE (backend, poll, id) IN (SELECT backend, poll, id"
                  " FROM change_seen INDEXED BY change_seen_at WHERE backend = ?1 AND poll = ?2 AND"
                  " at < ?3 LIMIT ?4)",
                  "itid", backend, poll, before, limit);
}
