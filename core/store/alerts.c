#include "store/alerts.h"

#include <string.h>

#include "base/str.h"
#include "store/db.h"

const char *alert_level_name(enum alert_level level)
{
    static const char *const names[] = { "info", "warn", "err" };

    return level <= ALERT_ERR ? names[level] : "?";
}

bool alerts_raise(struct db *db, int64_t backend, const char *kind, enum alert_level level,
                  const char *text, when now, struct err *err)
{
    char cut[ALERT_TEXT_MAX];

    str_copy(cut, sizeof cut, text);
    return db_run(db, err,
                  "INSERT INTO alert (backend, kind, level, text, at, last)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (backend, kind) WHERE ended = 0"
                  " DO UPDATE SET level = excluded.level, text = excluded.text,"
                  " last = excluded.last, count = count + 1",
                  "itdti", backend, kind, (int)level, cut, now);
}

bool alerts_end(struct db *db, int64_t backend, const char *kind, when now, struct err *err)
{
    return db_run(db, err,
                  "UPDATE alert SET ended = ?3 WHERE backend = ?1 AND kind = ?2 AND ended = 0",
                  "iti", backend, kind, now) &&
           db_run(db, err, "DELETE FROM alert WHERE ended <> 0 AND ended < ?1", "i",
                  now - 30 * WHEN_DAY);
}

bool alerts_end_all(struct db *db, const char *prefix, when now, struct err *err)
{
    return db_run(db, err,
                  "UPDATE alert SET ended = ?2 WHERE ended = 0 AND substr(kind, 1, length(?1)) = ?1",
                  "ti", prefix, now);
}

bool alerts_seen(struct db *db, int64_t id, const char *user, struct err *err)
{
    if (strchr(user, ',') != NULL)
        return err_set(err, ERR_INVALID, "a user's name has no comma");
    return db_run(db, err,
                  "UPDATE alert SET seen_by = seen_by || iif(seen_by = '', '', ',') || ?2"
                  " WHERE id = ?1 AND instr(',' || seen_by || ',', ',' || ?2 || ',') = 0"
                  " AND length(seen_by) + length(?2) < ?3",
                  "itd", id, user, ALERT_SEEN_MAX - 2);
}

bool alerts_list(struct db *db, struct alert *rows, size_t *count, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id, backend, at, last, count, kind, level, text, seen_by"
                        " FROM alert WHERE ended = 0 ORDER BY level DESC, last DESC, id DESC",
                        "");
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1) {
        struct alert *a = &rows[n++];

        memset(a, 0, sizeof *a);
        a->id = col_int(q, 0);
        a->backend = col_int(q, 1);
        a->at = col_int(q, 2);
        a->last = col_int(q, 3);
        a->count = col_int(q, 4);
        col_text(q, 5, a->kind, sizeof a->kind);
        a->level = (enum alert_level)col_int(q, 6);
        col_text(q, 7, a->text, sizeof a->text);
        col_text(q, 8, a->seen_by, sizeof a->seen_by);
    }
    if (rc >= 0)
        *count = n;
    return rc >= 0;
}
