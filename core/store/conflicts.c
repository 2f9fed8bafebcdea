#include "store/conflicts.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/conflicts_inside.h"
#include "store/jobs.h"

static const char *const names[] = {
#define STATE(id, name, what) name,
#include "store/conflicts.def"
#undef STATE
};

const char *conflict_state_name(enum conflict_state state)
{
    return state < CONFLICT_STATE_COUNT ? names[state] : "?";
}

bool conflict_state_of(const char *name, enum conflict_state *state)
{
    for (unsigned s = 0; s < CONFLICT_STATE_COUNT; s++)
        if (strcmp(names[s], name) == 0)
            return (*state = (enum conflict_state)s, true);
    return false;
}

void conflict_clear(struct conflict *c)
{
    free(c->fields);
    free(c->same);
    free(c->answer);
    c->fields = c->same = c->answer = NULL;
}

void conflicts_row(sqlite3_stmt *q, struct conflict *c)
{
    memset(c, 0, sizeof *c);
    c->id = col_int(q, 0);
    c->backend = col_int(q, 1);
    col_text(q, 2, c->kind, sizeof c->kind);
    col_text(q, 3, c->record, sizeof c->record);
    col_text(q, 4, c->title, sizeof c->title);
    c->pair = col_int(q, 5);
    c->job = col_int(q, 6);
    col_text(q, 7, c->job_kind, sizeof c->job_kind);
    col_text(q, 8, c->lane, sizeof c->lane);
    c->state = (enum conflict_state)col_int(q, 9);
    col_text(q, 10, c->version, sizeof c->version);
    c->count = (int)col_int(q, 11);
    c->moved = (int)col_int(q, 12);
    c->shopify_at = col_int(q, 13);
    c->odoo_at = col_int(q, 14);
    c->asked = col_int(q, 15);
    c->skipped = col_int(q, 16);
    col_text(q, 17, c->skipped_by, sizeof c->skipped_by);
    col_text(q, 18, c->by, sizeof c->by);
    c->answered = col_int(q, 19);
    c->ended = col_int(q, 20);
    col_text(q, 21, c->summary, sizeof c->summary);
    col_text(q, 22, c->why, sizeof c->why);
    c->updated = col_int(q, 23);
}

static void texts(sqlite3_stmt *q, struct conflict *c)
{
    c->fields = col_dup(q, 24, NULL);
    c->same = col_dup(q, 25, NULL);
    c->answer = col_dup(q, 26, NULL);
}

bool conflicts_live(struct db *db, int64_t backend, const char *record, struct conflict *c,
                    bool *found, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " CONFLICT_COLUMNS ", fields, same, answer FROM conflict"
                        " INDEXED BY conflict_live WHERE record = ?1 AND backend = ?2 AND state < 3",
                        "ti", record, backend);
    int rc = db_row(db, q, err);

    *found = rc == 1;
    if (rc == 1) {
        conflicts_row(q, c);
        texts(q, c);
    } else
        memset(c, 0, sizeof *c);
    return rc >= 0;
}

bool conflicts_get(struct db *db, int64_t id, struct conflict *c, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " CONFLICT_COLUMNS ", fields, same, answer FROM conflict"
                        " WHERE id = ?1",
                        "i", id);
    int rc = db_row(db, q, err);

    if (rc == 1) {
        conflicts_row(q, c);
        texts(q, c);
    }
    return rc == 1 ||
           (rc == 0 && err_set(err, ERR_MISSING, "there is no conflict %lld", (long long)id));
}

/* ---- asking ---- */

/* Another job asked about the record before: what it would do is done here. */
static bool settle_asker(struct db *db, int64_t asker, int64_t job, struct err *err)
{
    struct jobs_bulk bulk = { .of = { .ids = &asker, .id_count = 1, .state = -1, .count = -1 },
                              .step = STEP_SETTLE,
                              .now = when_now() };
    int64_t state = -1;

    if (asker == 0 || asker == job)
        return true;
    if (!db_number(db, &state, NULL, err, "SELECT state FROM job WHERE id = ?1", "i", asker))
        return false;
    return state != JOB_ASKING || jobs_bulk(db, &bulk, err);
}

static bool put_names(struct db *db, const struct conflict *c, const char *const *fields,
                      struct err *err)
{
    if (!db_run(db, err, "DELETE FROM conflict_field WHERE conflict = ?1", "i", c->id))
        return false;
    for (int i = 0; i < c->count; i++)
        if (!db_run(db, err, "INSERT OR IGNORE INTO conflict_field VALUES (?1, ?2, ?3, 1, ?4)",
                    "ttii", c->kind, fields[i], c->backend, c->id))
            return false;
    return true;
}

static bool add(struct db *db, struct conflict *c, when now, struct err *err)
{
    if (!db_run(db, err,
                "INSERT INTO conflict (backend, kind, record, title, pair, job, job_kind, lane,"
                " state, version, fields, same, count, shopify_at, odoo_at, asked, why, updated)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
                " ?15)",
                "itttiittttt" "diiit", c->backend, c->kind, c->record, c->title, c->pair, c->job,
                c->job_kind, c->lane, c->version, c->fields, c->same, c->count, c->shopify_at,
                c->odoo_at, now, c->why))
        return false;
    c->id = db_last_id(db);
    c->asked = c->updated = now;
    return true;
}

static bool anew(struct db *db, struct conflict *c, bool moved, when now, struct err *err)
{
    return db_run(db, err,
                  "UPDATE conflict SET kind = ?2, title = ?3, pair = ?4, job = ?5, job_kind = ?6,"
                  " lane = ?7, state = 0, version = ?8, fields = ?9, same = ?10, answer = NULL,"
                  " summary = '', count = ?11, shopify_at = ?12, odoo_at = ?13, moved = moved + ?14,"
                  " skipped = iif(?14, 0, skipped), why = ?15, by = '', answered = 0, ended = 0,"
                  " updated = ?16 WHERE id = ?1",
                  "itti" "itttt" "tdiidti", c->id, c->kind, c->title, c->pair, c->job, c->job_kind,
                  c->lane, c->version, c->fields, c->same, c->count, c->shopify_at, c->odoo_at,
                  (int)moved, c->why, now);
}

bool conflicts_ask(struct db *db, struct conflict *c, const char *const *fields, struct err *err)
{
    struct conflict live = { 0 };
    bool found, good, answered;
    when now = when_now();

    if (c->count < 1 || c->count > CONFLICT_FIELDS_MAX || c->fields == NULL ||
        strlen(c->fields) > CONFLICT_TEXT_MAX)
        return err_set(err, ERR_INVALID, "more differs between the sides than can be asked");
    if (!conflicts_live(db, c->backend, c->record, &live, &found, err))
        return false;
    if (!found) {
        good = add(db, c, now, err) && put_names(db, c, fields, err);
    } else {
        /* said while the job was at work, for the very version that it asks about: it stands */
        answered = live.state == CONFLICT_ANSWERED && live.answered != c->answered &&
                   strcmp(live.version, c->version) == 0;
        c->id = live.id;
        good = settle_asker(db, live.job, c->job, err) &&
               (answered ? db_run(db, err, "UPDATE conflict SET job = ?2 WHERE id = ?1", "ii", c->id,
                                  c->job) :
                           anew(db, c, strcmp(live.version, c->version) != 0, now, err) &&
                               put_names(db, c, fields, err));
    }
    conflict_clear(&live);
    return good;
}

bool conflicts_end(struct db *db, const struct conflict *c, enum conflict_state state, int64_t job,
                   const char *why, struct err *err)
{
    when now = when_now();

    if (!db_run(db, err,
                "UPDATE conflict SET state = ?2, why = ?3, ended = ?4, updated = ?4"
                " WHERE id = ?1 AND state = ?5 AND answered = ?6",
                "idtidi", c->id, (int)state, why != NULL ? why : "", now, (int)c->state,
                c->answered))
        return false;
    return db_changes(db) == 0 ||
           (db_run(db, err, "UPDATE conflict_field SET live = 0 WHERE conflict = ?1", "i", c->id) &&
            settle_asker(db, c->job, job, err));
}

/* ---- upkeep ---- */

bool conflicts_trim(struct db *db, when before, int limit, bool *more, struct err *err)
{
    if (!db_run(db, err,
                "DELETE FROM conflict_field WHERE conflict IN (SELECT id FROM conflict"
                " INDEXED BY conflict_ended WHERE state >= 3 AND ended < ?1 ORDER BY ended"
                " LIMIT ?2)",
                "id", before, limit) ||
        !db_run(db, err,
                "DELETE FROM conflict WHERE id IN (SELECT id FROM conflict INDEXED BY"
                " conflict_ended WHERE state >= 3 AND ended < ?1 ORDER BY ended LIMIT ?2)",
                "id", before, limit))
        return false;
    *more = db_changes(db) == limit;
    return true;
}

bool conflicts_forget(struct db *db, int64_t pair, struct err *err)
{
    return db_run(db, err,
                  "UPDATE conflict SET title = record, fields = '[]', same = NULL, answer = NULL,"
                  " state = iif(state < 3, 4, state), ended = iif(ended = 0, ?2, ended),"
                  " updated = ?2 WHERE pair = ?1",
                  "ii", pair, when_now());
}
