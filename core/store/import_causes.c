#include "store/imports.h"

#include "store/db.h"

/* Of so many records at most: a look at the plan must not hold up anybody. */
#define LOOKED_AT 20000

bool imports_causes(struct db *db, int64_t run, enum import_step_id step, struct import_cause *rows,
                    size_t *count, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT error, thing, min(why), count(*) FROM"
                        " (SELECT error, thing, why FROM import_item INDEXED BY import_item_verdict"
                        " WHERE run = ?1 AND step = ?2 AND verdict = ?3 AND state = ?4"
                        " ORDER BY id LIMIT ?5)"
                        " GROUP BY error, iif(thing = '', why, thing) ORDER BY 4 DESC, 3 LIMIT ?6",
                        "iddddi", run, (int)step, (int)IMPORT_VERDICT_REFUSED,
                        (int)IMPORT_ITEM_PLANNED, LOOKED_AT, (int64_t)*count);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1) {
        rows[n].step = step;
        rows[n].kind = (enum err_kind)col_int(q, 0);
        col_text(q, 1, rows[n].thing, sizeof rows[n].thing);
        col_text(q, 2, rows[n].why, sizeof rows[n].why);
        rows[n++].count = col_int(q, 3);
    }
    *count = n;
    return rc >= 0;
}
