#include "store/risks.h"

#include <string.h>

#include "store/db.h"

bool risks_put(struct db *db, const struct risk *risk, struct err *err)
{
    return db_run(db, err,
                  "INSERT INTO level_risk (backend, item, location, product, title, offered, free,"
                  " unseen, why, since, seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)"
                  " ON CONFLICT DO UPDATE SET product = excluded.product, title = excluded.title,"
                  " offered = excluded.offered, free = excluded.free, unseen = excluded.unseen,"
                  " why = excluded.why, seen = excluded.seen",
                  "iiiitiiiti", risk->backend, risk->item, risk->location, risk->product,
                  risk->title, risk->offered, risk->free, risk->unseen, risk->why, when_now());
}

bool risks_drop(struct db *db, int64_t backend, int64_t item, int64_t location, bool *some,
                struct err *err)
{
    if (!db_run(db, err,
                "DELETE FROM level_risk WHERE backend = ?1 AND item = ?2 AND location = ?3", "iii",
                backend, item, location))
        return false;
    *some = *some || db_changes(db) > 0;
    return true;
}

bool risks_drop_product(struct db *db, int64_t backend, int64_t product, bool *some,
                        struct err *err)
{
    if (!db_run(db, err, "DELETE FROM level_risk WHERE backend = ?1 AND product = ?2", "ii",
                backend, product))
        return false;
    *some = *some || db_changes(db) > 0;
    return true;
}

bool risks_drop_all(struct db *db, int64_t backend, struct err *err)
{
    return db_run(db, err, "DELETE FROM level_risk WHERE backend = ?1", "i", backend);
}

bool risks_list(struct db *db, int64_t backend, struct risk *rows, size_t *count, int64_t *total,
                struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT backend, item, location, product, title, offered, free, unseen,"
                        " why, since, seen FROM level_risk WHERE ?1 = 0 OR backend = ?1"
                        " ORDER BY offered - free + unseen DESC, item, location LIMIT ?2",
                        "ii", backend, (int64_t)*count);
    size_t n = 0;
    int rc = 0;

    *total = 0;
    while (n < *count && (rc = db_row(db, q, err)) == 1) {
        struct risk *r = &rows[n++];

        memset(r, 0, sizeof *r);
        r->backend = col_int(q, 0);
        r->item = col_int(q, 1);
        r->location = col_int(q, 2);
        r->product = col_int(q, 3);
        col_text(q, 4, r->title, sizeof r->title);
        r->offered = col_int(q, 5);
        r->free = col_int(q, 6);
        r->unseen = col_int(q, 7);
        col_text(q, 8, r->why, sizeof r->why);
        r->since = col_int(q, 9);
        r->seen = col_int(q, 10);
    }
    *count = n;
    return rc >= 0 && db_number(db, total, NULL, err,
                                "SELECT count(*) FROM level_risk WHERE ?1 = 0 OR backend = ?1", "i",
                                backend);
}
