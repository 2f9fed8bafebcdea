/* The records of an import. Part of imports.h; what they use is in import_uses.c. */
#include "store/imports.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

void import_items_clear(struct import_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(items[i].changes);
        free(items[i].body);
        items[i].changes = items[i].body = NULL;
    }
}

/* ---- counts: what one change adds to a step's, written once ---- */

struct counts {
    int64_t run;
    enum import_step_id step;
    int64_t read, judged, verdicts[IMPORT_VERDICT_COUNT], items[IMPORT_ITEM_STATE_COUNT];
};

static bool counts_write(struct db *db, const struct counts *c, struct err *err)
{
    return db_run(db, err,
                  "UPDATE import_step SET read = read + ?3, judged = judged + ?4,"
                  " made = made + ?5, same = same + ?6, changes = changes + ?7,"
                  " refused = refused + ?8, queued = queued + ?9, done = done + ?10,"
                  " parked = parked + ?11, skipped = skipped + ?12, moved = moved + ?13"
                  " WHERE run = ?1 AND step = ?2",
                  "idiiiiiiiiiii", c->run, (int)c->step, c->read, c->judged,
                  c->verdicts[IMPORT_VERDICT_NEW], c->verdicts[IMPORT_VERDICT_SAME],
                  c->verdicts[IMPORT_VERDICT_CHANGES], c->verdicts[IMPORT_VERDICT_REFUSED],
                  c->items[IMPORT_ITEM_QUEUED], c->items[IMPORT_ITEM_DONE],
                  c->items[IMPORT_ITEM_PARKED], c->items[IMPORT_ITEM_SKIPPED],
                  c->items[IMPORT_ITEM_MOVED]);
}

static void counts_verdict(struct counts *c, enum import_verdict from, enum import_verdict to)
{
    if (from == IMPORT_VERDICT_UNKNOWN && to != from)
        c->judged++;
    if (to == IMPORT_VERDICT_UNKNOWN && to != from)
        c->judged--;
    c->verdicts[from]--;
    c->verdicts[to]++;
}

/* What stands there now of a record. */
static bool standing(struct db *db, int64_t id, enum import_verdict *verdict,
                     enum import_item_state *state, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT verdict, state FROM import_item WHERE id = ?1", "i", id);
    int rc = db_row(db, q, err);

    if (rc == 1) {
        *verdict = (enum import_verdict)col_int(q, 0);
        *state = (enum import_item_state)col_int(q, 1);
    }
    return rc == 1 || (rc == 0 && err_set(err, ERR_MISSING, "there is no record %lld in an import",
                                          (long long)id));
}

/* ---- adding, judging, moving: all of one step ---- */

bool imports_add(struct db *db, const struct import_item *items, size_t count, struct err *err)
{
    struct counts c = { .run = count > 0 ? items[0].run : 0, .step = count > 0 ? items[0].step : 0 };

    for (size_t i = 0; i < count; i++) {
        const struct import_item *item = &items[i];

        if (!db_run(db, err,
                    "INSERT INTO import_item (run, step, state, verdict, record, title, error, why,"
                    " thing) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
                    "iddd" "ttdtt", item->run, (int)item->step, (int)item->state,
                    (int)item->verdict, item->record, item->title, (int)item->why.kind,
                    item->why.text, item->why.thing))
            return err_within(err, "keep a record of the import");
        if (db_changes(db) == 0)
            continue;
        c.read++;
        if (item->verdict != IMPORT_VERDICT_UNKNOWN)
            counts_verdict(&c, IMPORT_VERDICT_UNKNOWN, item->verdict);
        c.items[item->state]++;
        if (item->body != NULL &&
            !db_run(db, err, "INSERT INTO import_body (item, body) VALUES (?1, ?2)", "ib",
                    db_last_id(db), item->body, item->body_len))
            return false;
    }
    return count == 0 || counts_write(db, &c, err);
}

bool imports_judge(struct db *db, const struct import_item *items, size_t count, struct err *err)
{
    struct counts c = { .run = count > 0 ? items[0].run : 0, .step = count > 0 ? items[0].step : 0 };

    for (size_t i = 0; i < count; i++) {
        const struct import_item *item = &items[i];
        enum import_verdict verdict;
        enum import_item_state state;

        if (!standing(db, item->id, &verdict, &state, err) ||
            !db_run(db, err,
                    "UPDATE import_item SET verdict = ?2, title = ?3, model = ?4, odoo = ?5,"
                    " print = ?6, changes = ?7, error = ?8, why = ?9, thing = ?10 WHERE id = ?1",
                    "idttitedtt", item->id, (int)item->verdict, item->title, item->model,
                    item->odoo, item->print, item->changes, (int)item->why.kind, item->why.text,
                    item->why.thing))
            return err_within(err, "keep the plan for a record");
        counts_verdict(&c, verdict, item->verdict);
    }
    return count == 0 || counts_write(db, &c, err);
}

bool imports_move(struct db *db, const struct import_item *items, size_t count, bool drop_body,
                  struct err *err)
{
    struct counts c = { .run = count > 0 ? items[0].run : 0, .step = count > 0 ? items[0].step : 0 };

    for (size_t i = 0; i < count; i++) {
        const struct import_item *item = &items[i];
        enum import_verdict verdict;
        enum import_item_state state;

        if (!standing(db, item->id, &verdict, &state, err) ||
            !db_run(db, err,
                    "UPDATE import_item SET state = ?2, job = ?3, odoo = ?4, made = ?5, error = ?6,"
                    " why = ?7, thing = ?8 WHERE id = ?1",
                    "idiiddtt", item->id, (int)item->state, item->job, item->odoo, (int)item->made,
                    (int)item->why.kind, item->why.text, item->why.thing))
            return err_within(err, "move a record of the import");
        if (drop_body &&
            !db_run(db, err, "DELETE FROM import_body WHERE item = ?1", "i", item->id))
            return false;
        c.items[state]--;
        c.items[item->state]++;
    }
    return count == 0 || counts_write(db, &c, err);
}

bool imports_drop(struct db *db, const struct import_item *item, struct err *err)
{
    struct counts c = { .run = item->run, .step = item->step, .read = -1 };
    enum import_verdict verdict;
    enum import_item_state state;

    if (!standing(db, item->id, &verdict, &state, err) ||
        !db_run(db, err, "DELETE FROM import_body WHERE item = ?1", "i", item->id) ||
        !db_run(db, err, "DELETE FROM import_item WHERE id = ?1", "i", item->id))
        return false;
    c.judged = verdict != IMPORT_VERDICT_UNKNOWN ? -1 : 0;
    c.verdicts[verdict]--;
    c.items[state]--;
    return counts_write(db, &c, err);
}

bool imports_nameless(const struct import_item *item)
{
    return strncmp(item->record, "line:", 5) == 0 || strncmp(item->record, "level:", 6) == 0;
}

bool imports_move_all(struct db *db, int64_t run, enum import_step_id step,
                      enum import_verdict verdict, enum import_item_state from,
                      enum import_item_state to, int limit, int64_t *moved, struct err *err)
{
    struct counts c = { .run = run, .step = step };

    if (!db_run(db, err,
                "UPDATE import_item SET state = ?5 WHERE id IN (SELECT id FROM import_item"
                " INDEXED BY import_item_state WHERE run = ?1 AND step = ?2 AND state = ?4"
                " AND (?3 = 0 OR verdict = ?3)"
                " AND (?5 <> ?7 OR (record NOT GLOB 'line:*' AND record NOT GLOB 'level:*'))"
                " LIMIT ?6)",
                "idddddd", run, (int)step, (int)verdict, (int)from, (int)to, limit,
                (int)IMPORT_ITEM_PLANNED))
        return false;
    *moved = db_changes(db);
    c.items[from] -= *moved;
    c.items[to] += *moved;
    return counts_write(db, &c, err);
}

bool imports_doubt(struct db *db, int64_t run, enum import_step_id step,
                   enum import_verdict verdict, int limit, int64_t *moved, struct err *err)
{
    struct counts c = { .run = run, .step = step };

    if (!db_run(db, err,
                "UPDATE import_item SET verdict = ?4 WHERE id IN (SELECT id FROM import_item"
                " INDEXED BY import_item_verdict WHERE run = ?1 AND step = ?2 AND verdict = ?3"
                " AND state = ?5 LIMIT ?6)",
                "iddddd", run, (int)step, (int)verdict, (int)IMPORT_VERDICT_UNKNOWN,
                (int)IMPORT_ITEM_PLANNED, limit))
        return false;
    *moved = db_changes(db);
    c.judged -= *moved;
    c.verdicts[verdict] -= *moved;
    return counts_write(db, &c, err);
}

bool imports_doubt_one(struct db *db, int64_t id, struct err *err)
{
    struct counts c = { .judged = -1 };
    enum import_verdict verdict;

    {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT run, step, verdict FROM import_item WHERE id = ?1 AND state = ?2"
                            " AND verdict <> ?3",
                            "idd", id, (int)IMPORT_ITEM_PLANNED, (int)IMPORT_VERDICT_UNKNOWN);
        int rc = db_row(db, q, err);

        if (rc <= 0)
            return rc == 0;
        c.run = col_int(q, 0);
        c.step = (enum import_step_id)col_int(q, 1);
        verdict = (enum import_verdict)col_int(q, 2);
    }
    c.verdicts[verdict] = -1;
    return db_run(db, err, "UPDATE import_item SET verdict = ?2 WHERE id = ?1", "id", id,
                  (int)IMPORT_VERDICT_UNKNOWN) &&
           counts_write(db, &c, err);
}

bool imports_never_judged(struct db *db, int64_t id, bool *never, struct err *err)
{
    int64_t one;

    return db_number(db, &one, never, err,
                     "SELECT 1 FROM import_item WHERE id = ?1 AND verdict = ?2 AND print = ''",
                     "id", id, (int)IMPORT_VERDICT_UNKNOWN);
}

bool imports_forget(struct db *db, int64_t run, enum import_step_id step, int limit, bool *more,
                    struct err *err)
{
    if (!db_run(db, err,
                "DELETE FROM import_body WHERE item IN (SELECT id FROM import_item INDEXED BY"
                " import_item_state WHERE run = ?1 AND step = ?2 ORDER BY state, id LIMIT ?3)",
                "idd", run, (int)step, limit) ||
        !db_run(db, err,
                "DELETE FROM import_item WHERE id IN (SELECT id FROM import_item INDEXED BY"
                " import_item_state WHERE run = ?1 AND step = ?2 ORDER BY state, id LIMIT ?3)",
                "idd", run, (int)step, limit))
        return false;
    *more = db_changes(db) == limit;
    return *more || db_run(db, err,
                           "UPDATE import_step SET read = 0, judged = 0, made = 0, same = 0,"
                           " changes = 0, refused = 0, queued = 0, done = 0, parked = 0,"
                           " skipped = 0, moved = 0, whole = 0, operation = '', place = ''"
                           " WHERE run = ?1 AND step = ?2",
                           "id", run, (int)step);
}

/* ---- reading ---- */

#define ITEM_COLUMNS                                                                               \
    "id, run, step, state, verdict, record, title, model, odoo, print, changes, error, why, thing," \
    " job, made"

static bool item_from(struct db *db, sqlite3_stmt *q, bool body, struct import_item *item,
                      struct err *err)
{
    memset(item, 0, sizeof *item);
    item->id = col_int(q, 0);
    item->run = col_int(q, 1);
    item->step = (enum import_step_id)col_int(q, 2);
    item->state = (enum import_item_state)col_int(q, 3);
    item->verdict = (enum import_verdict)col_int(q, 4);
    col_text(q, 5, item->record, sizeof item->record);
    col_text(q, 6, item->title, sizeof item->title);
    col_text(q, 7, item->model, sizeof item->model);
    item->odoo = col_int(q, 8);
    col_text(q, 9, item->print, sizeof item->print);
    item->changes = col_dup(q, 10, NULL);
    item->why.kind = (enum err_kind)col_int(q, 11);
    col_text(q, 12, item->why.text, sizeof item->why.text);
    col_text(q, 13, item->why.thing, sizeof item->why.thing);
    item->job = col_int(q, 14);
    item->made = col_int(q, 15) != 0;
    if (!body)
        return true;
    AUTO_ASK b = db_ask(db, err, "SELECT body FROM import_body WHERE item = ?1", "i", item->id);
    int rc = db_row(db, b, err);

    if (rc == 1)
        item->body = col_dup(b, 0, &item->body_len);
    return rc >= 0;
}

static sqlite3_stmt *ask_items(struct db *db, const struct imports_filter *f, int64_t limit,
                               struct err *err)
{
    if (f->state >= 0)
        return db_ask(db, err,
                      "SELECT " ITEM_COLUMNS " FROM import_item INDEXED BY import_item_state"
                      " WHERE run = ?1 AND step = ?2 AND state = ?3 AND id > ?4"
                      " AND (?5 < 0 OR verdict = ?5) AND (?6 = 0 OR made = 1)"
                      " ORDER BY id LIMIT ?7",
                      "iddiddi", f->run, (int)f->step, f->state, f->after, f->verdict,
                      (int)f->made, limit);
    if (f->verdict >= 0)
        return db_ask(db, err,
                      "SELECT " ITEM_COLUMNS " FROM import_item INDEXED BY import_item_verdict"
                      " WHERE run = ?1 AND step = ?2 AND verdict = ?3 AND id > ?4"
                      " AND (?5 = 0 OR made = 1) ORDER BY id LIMIT ?6",
                      "iddidi", f->run, (int)f->step, f->verdict, f->after, (int)f->made, limit);
    return NULL;
}

/* Of all states: the least ids of each, merged. */
static bool all_states(struct db *db, const struct imports_filter *f, struct import_item *rows,
                       size_t *count, struct err *err)
{
    struct imports_filter one = *f;
    size_t room = *count, n = 0;

    for (int state = 0; state < IMPORT_ITEM_STATE_COUNT; state++) {
        one.state = state;
        AUTO_ASK q = ask_items(db, &one, (int64_t)room, err);
        int rc;

        while ((rc = db_row(db, q, err)) == 1) {
            struct import_item item;
            size_t at = n;

            if (n == room && col_int(q, 0) > rows[n - 1].id)
                break;
            if (!item_from(db, q, f->bodies, &item, err))
                return (import_items_clear(rows, n), *count = 0, false);
            if (n == room)
                import_items_clear(&rows[--n], 1), at = n;
            for (; at > 0 && rows[at - 1].id > item.id; at--)
                rows[at] = rows[at - 1];
            rows[at] = item;
            n++;
        }
        if (rc < 0)
            return (import_items_clear(rows, n), *count = 0, false);
    }
    *count = n;
    return true;
}

bool imports_items(struct db *db, const struct imports_filter *f, struct import_item *rows,
                   size_t *count, int64_t *next, struct err *err)
{
    size_t room = *count, n = 0;
    int rc = 0;

    if (f->state < 0 && f->verdict < 0) {
        if (!all_states(db, f, rows, count, err))
            return false;
        *next = *count == room && room > 0 ? rows[room - 1].id : 0;
        return true;
    }
    AUTO_ASK q = ask_items(db, f, (int64_t)room, err);

    *count = 0;
    while (n < room && (rc = db_row(db, q, err)) == 1)
        if (!item_from(db, q, f->bodies, &rows[n++], err))
            rc = -1;
    if (rc < 0)
        return (import_items_clear(rows, n), false);
    *count = n;
    *next = n == room && n > 0 ? rows[n - 1].id : 0;
    return true;
}

bool imports_item(struct db *db, int64_t id, bool body, struct import_item *item, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT " ITEM_COLUMNS " FROM import_item WHERE id = ?1", "i", id);
    int rc = db_row(db, q, err);

    if (rc == 0)
        return err_set(err, ERR_MISSING, "there is no record %" PRId64 " in an import", id);
    return rc == 1 && item_from(db, q, body, item, err);
}

bool imports_ended(struct db *db, int64_t run, enum import_step_id step,
                   enum import_item_state state, struct import_item *rows, size_t *count,
                   struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT i.id, run, step, i.state, verdict, i.record, i.title, model, odoo,"
                        " print, changes, error, why, i.thing, i.job, made, job.state,"
                        " coalesce(job.last_kind, 0), job.last_text, problem.thing"
                        " FROM import_item AS i INDEXED BY import_item_state LEFT JOIN job ON job.id = i.job"
                        " LEFT JOIN problem ON problem.id = job.problem"
                        " WHERE run = ?1 AND step = ?2 AND i.state = ?3"
                        " AND i.job <> 0"
                        " AND iif(?3 = ?4, coalesce(job.state, 6) > 2, coalesce(job.state, 6) <> 4)"
                        " ORDER BY i.id LIMIT ?5",
                        "idddi", run, (int)step, (int)state, (int)IMPORT_ITEM_QUEUED,
                        (int64_t)*count);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1) {
        if (!item_from(db, q, false, &rows[n], err))
            return false;
        rows[n].job_state = col_is_null(q, 16) ? -1 : (int)col_int(q, 16);
        if (rows[n].job_state == JOB_PARKED) {
            rows[n].why.kind = (enum err_kind)col_int(q, 17);
            col_text(q, 18, rows[n].why.text, sizeof rows[n].why.text);
            col_text(q, 19, rows[n].why.thing, sizeof rows[n].why.thing);
        }
        n++;
    }
    *count = n;
    return rc >= 0;
}

bool imports_find(struct db *db, int64_t run, enum import_step_id step, const char *record,
                  struct import_item *item, bool *found, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " ITEM_COLUMNS " FROM import_item INDEXED BY import_item_record"
                        " WHERE run = ?1 AND step = ?2 AND record = ?3",
                        "idt", run, (int)step, record);
    int rc = db_row(db, q, err);

    *found = rc == 1;
    return rc >= 0 && (rc == 0 || item_from(db, q, false, item, err));
}
