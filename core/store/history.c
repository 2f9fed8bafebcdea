#include "store/history.h"

#include <string.h>

#include "base/str.h"
#include "store/db.h"

#define ACTIVITY_KEPT 500

bool history_add(struct db *db, int64_t backend, const char *record, const char *what,
                 int64_t job, const char *by, const char *text, struct err *err)
{
    char cut[HISTORY_TEXT_MAX];

    str_copy(cut, sizeof cut, text);
    return db_run(db, err,
                  "INSERT INTO history (backend, record, at, what, text, job, by)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                  "itittit", backend, record, when_now(), what, cut, job, by != NULL ? by : "");
}

bool history_list(struct db *db, int64_t backend, const char *record, int64_t after,
                  struct history_event *rows, size_t *count, int64_t *next, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id, backend, record, at, what, text, job, by FROM history"
                        " WHERE record = ?2 AND backend = ?1 AND id < ?3 ORDER BY id DESC",
                        "iti", backend, record, after != 0 ? after : INT64_MAX);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1) {
        struct history_event *e = &rows[n++];

        memset(e, 0, sizeof *e);
        e->id = col_int(q, 0);
        e->backend = col_int(q, 1);
        col_text(q, 2, e->record, sizeof e->record);
        e->at = col_int(q, 3);
        col_text(q, 4, e->what, sizeof e->what);
        col_text(q, 5, e->text, sizeof e->text);
        e->job = col_int(q, 6);
        col_text(q, 7, e->by, sizeof e->by);
    }
    if (rc < 0)
        return false;
    *next = n == *count && n > 0 ? rows[n - 1].id : 0;
    *count = n;
    return true;
}

bool history_trim(struct db *db, when before, int limit, bool *more, struct err *err)
{
    /* the oldest ids are the oldest events */
    if (!db_run(db, err,
                "DELETE FROM history WHERE id IN (SELECT id FROM (SELECT id, at FROM history"
                " ORDER BY id LIMIT ?2) WHERE at < ?1)",
                "id", before, limit))
        return false;
    *more = db_changes(db) == limit;
    return true;
}

bool activity_add(struct db *db, int level, const char *by, int64_t job, const char *text,
                  struct err *err)
{
    char cut[HISTORY_TEXT_MAX];

    str_copy(cut, sizeof cut, text);
    return db_run(db, err,
                  "INSERT INTO activity (at, level, text, by, job) VALUES (?1, ?2, ?3, ?4, ?5)",
                  "idtti", when_now(), level, cut, by != NULL ? by : "", job) &&
           db_run(db, err, "DELETE FROM activity WHERE id <= ?1", "i",
                  db_last_id(db) - ACTIVITY_KEPT);
}

bool activity_list(struct db *db, struct activity *rows, size_t *count, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT id, at, level, text, by, job FROM activity ORDER BY id DESC", "");
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1) {
        struct activity *a = &rows[n++];

        memset(a, 0, sizeof *a);
        a->id = col_int(q, 0);
        a->at = col_int(q, 1);
        a->level = (int)col_int(q, 2);
        col_text(q, 3, a->text, sizeof a->text);
        col_text(q, 4, a->by, sizeof a->by);
        a->job = col_int(q, 5);
    }
    if (rc >= 0)
        *count = n;
    return rc >= 0;
}

bool history_add_once(struct db *db, int64_t backend, const char *record, const char *what,
                      int64_t job, const char *text, struct err *err)
{
    struct history_event last;
    size_t count = 1;
    int64_t next;

    if (!history_list(db, backend, record, 0, &last, &count, &next, err))
        return false;
    return (count == 1 && strcmp(last.what, what) == 0 && strcmp(last.text, text) == 0) ||
           history_add(db, backend, record, what, job, NULL, text, err);
}
