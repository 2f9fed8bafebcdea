/* What older imports have left is forgotten, a piece at a time. Part of imports.h. */
#include "store/imports.h"

#include "store/db.h"

/*
 * Records that a run never used, once it is over. Those of earlier runs come first, so that a look
 * at the first few is enough.
 */
static bool trim_bodies(struct db *db, int limit, bool *more, struct err *err)
{
    if (!db_run(db, err,
                "DELETE FROM import_body WHERE item IN (SELECT item FROM (SELECT item FROM"
                " import_body ORDER BY item LIMIT ?1) AS b LEFT JOIN import_item AS i"
                " ON i.id = b.item LEFT JOIN import_run AS r ON r.id = i.run"
                " WHERE r.id IS NULL OR r.ended <> 0)",
                "d", limit))
        return err_within(err, "forget what an import read");
    *more = *more || db_changes(db) == limit;
    return true;
}

/* All but the newest run of each backend are forgotten when they are old. run 0: there is none. */
static bool oldest(struct db *db, when before, int64_t *run, struct err *err)
{
    *run = 0;
    return db_number(db, run, NULL, err,
                     "SELECT id FROM import_run AS r WHERE ended <> 0 AND ended < ?1 AND EXISTS"
                     " (SELECT 1 FROM import_run AS n WHERE n.backend = r.backend AND n.id > r.id)"
                     " ORDER BY id LIMIT 1",
                     "i", before);
}

/* A piece of one table; *left: there may be more of it. */
static bool trim_rows(struct db *db, const char *sql, int64_t run, int limit, bool *left,
                      struct err *err)
{
    if (!db_run(db, err, sql, "id", run, limit))
        return err_within(err, "forget an import");
    *left = *left || db_changes(db) > 0;
    return true;
}

static bool trim_run(struct db *db, int64_t run, int limit, struct err *err)
{
    static const char *const pieces[] = {
        "DELETE FROM import_body WHERE item IN (SELECT id FROM import_item INDEXED BY"
        " import_item_state WHERE run = ?1 ORDER BY step, state, id LIMIT ?2)",
        "DELETE FROM import_item WHERE id IN (SELECT id FROM import_item INDEXED BY"
        " import_item_state WHERE run = ?1 ORDER BY step, state, id LIMIT ?2)",
        "DELETE FROM import_variant WHERE run = ?1 AND variant IN (SELECT variant FROM"
        " import_variant WHERE run = ?1 LIMIT ?2)",
        "DELETE FROM import_clinic WHERE id IN (SELECT id FROM import_clinic WHERE run = ?1"
        " LIMIT ?2)",
        "DELETE FROM import_use WHERE run = ?1 AND (kind, key) IN (SELECT kind, key FROM"
        " import_use WHERE run = ?1 LIMIT ?2)",
    };
    bool left = false;

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        if (!trim_rows(db, pieces[i], run, limit, &left, err))
            return false;
    return left || (db_run(db, err, "DELETE FROM import_step WHERE run = ?1", "i", run) &&
                    db_run(db, err, "DELETE FROM import_run WHERE id = ?1", "i", run));
}

bool imports_trim(struct db *db, when before, int limit, bool *more, struct err *err)
{
    int64_t run;

    *more = false;
    if (!trim_bodies(db, limit, more, err) || !oldest(db, before, &run, err))
        return false;
    *more = *more || run != 0;
    return run == 0 || trim_run(db, run, limit, err);
}
