/* Runs and steps of an import. Part of imports.h; records are in import_rows.c. */
#include "store/imports.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

/* ---- words ---- */

static const struct {
    const char *name, *title;
} steps[] = {
#define STEP(id, name, title) { name, title },
#include "store/imports.def"
};
static const char *const run_states[] = {
#define RUN_STATE(id, name, what) name,
#include "store/imports.def"
};
static const char *const step_states[] = {
#define STEP_STATE(id, name, what) name,
#include "store/imports.def"
};
static const char *const verdicts[] = {
#define VERDICT(id, name, what) name,
#include "store/imports.def"
};
static const char *const item_states[] = {
#define ITEM_STATE(id, name, what) name,
#include "store/imports.def"
};

const char *import_step_name(enum import_step_id step)
{
    return step < IMPORT_STEP_COUNT ? steps[step].name : "?";
}

const char *import_step_title(enum import_step_id step)
{
    return step < IMPORT_STEP_COUNT ? steps[step].title : "?";
}

bool import_step_of(const char *name, enum import_step_id *step)
{
    for (unsigned i = 0; i < IMPORT_STEP_COUNT; i++)
        if (strcmp(steps[i].name, name) == 0)
            return (*step = (enum import_step_id)i, true);
    return false;
}

static bool word_of(const char *const *words, unsigned count, const char *name, unsigned *number)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(words[i], name) == 0)
            return (*number = i, true);
    return false;
}

const char *import_run_state_name(enum import_run_state state)
{
    return state < IMPORT_RUN_STATE_COUNT ? run_states[state] : "?";
}

const char *import_step_state_name(enum import_step_state state)
{
    return state < IMPORT_STEP_STATE_COUNT ? step_states[state] : "?";
}

const char *import_verdict_name(enum import_verdict verdict)
{
    return verdict < IMPORT_VERDICT_COUNT ? verdicts[verdict] : "?";
}

bool import_verdict_of(const char *name, enum import_verdict *verdict)
{
    unsigned number;

    return word_of(verdicts, IMPORT_VERDICT_COUNT, name, &number) &&
           (*verdict = (enum import_verdict)number, true);
}

const char *import_item_state_name(enum import_item_state state)
{
    return state < IMPORT_ITEM_STATE_COUNT ? item_states[state] : "?";
}

bool import_item_state_of(const char *name, enum import_item_state *state)
{
    unsigned number;

    return word_of(item_states, IMPORT_ITEM_STATE_COUNT, name, &number) &&
           (*state = (enum import_item_state)number, true);
}

/* ---- runs ---- */

#define RUN_COLUMNS "id, backend, state, paused, hours, by, why, error, carry, created, planned, updated,"    \
                    " ended, pace, paced"

static void run_from(sqlite3_stmt *q, struct import_run *run)
{
    memset(run, 0, sizeof *run);
    run->id = col_int(q, 0);
    run->backend = col_int(q, 1);
    run->state = (enum import_run_state)col_int(q, 2);
    run->paused = col_int(q, 3) != 0;
    col_text(q, 4, run->hours, sizeof run->hours);
    col_text(q, 5, run->by, sizeof run->by);
    col_text(q, 6, run->why, sizeof run->why);
    run->error = (enum err_kind)col_int(q, 7);
    col_text(q, 8, run->carry, sizeof run->carry);
    run->created = col_int(q, 9);
    run->planned = col_int(q, 10);
    run->updated = col_int(q, 11);
    run->ended = col_int(q, 12);
    run->pace = col_int(q, 13);
    run->paced = col_int(q, 14);
}

static bool one_run(struct db *db, sqlite3_stmt *q, struct import_run *run, struct err *err)
{
    int rc = db_row(db, q, err);

    if (rc == 1)
        run_from(q, run);
    else if (rc == 0)
        memset(run, 0, sizeof *run);
    return rc >= 0;
}

bool imports_begin(struct db *db, struct import_run *run, const struct import_step *list,
                   size_t count, struct err *err)
{
    int64_t open = 0;
    bool found;

    if (!db_number(db, &open, &found, err,
                   "SELECT id FROM import_run INDEXED BY import_run_open WHERE backend = ?1"
                   " AND ended = 0",
                   "i", run->backend))
        return false;
    if (found)
        return err_set(err, ERR_CONFLICT, "import %lld of this shop is not ended: go on with it, or"
                       " stop it", (long long)open);
    if (!db_run(db, err,
                "INSERT INTO import_run (backend, state, hours, by, created, updated)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
                "idtti", run->backend, (int)run->state, run->hours, run->by, run->created))
        return err_within(err, "begin an import");
    run->id = db_last_id(db);
    for (size_t i = 0; i < count; i++)
        if (!db_run(db, err,
                    "INSERT INTO import_step (run, step, state, scope) VALUES (?1, ?2, ?3, ?4)",
                    "iddt", run->id, (int)list[i].step, (int)list[i].state, list[i].scope))
            return false;
    return true;
}

bool imports_get(struct db *db, int64_t id, struct import_run *run, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT " RUN_COLUMNS " FROM import_run WHERE id = ?1", "i", id);

    if (!one_run(db, q, run, err))
        return false;
    return run->id != 0 || err_set(err, ERR_MISSING, "there is no import %lld", (long long)id);
}

bool imports_newest(struct db *db, int64_t backend, struct import_run *run, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " RUN_COLUMNS " FROM import_run INDEXED BY import_run_list"
                        " WHERE backend = ?1 ORDER BY id DESC LIMIT 1",
                        "i", backend);

    return one_run(db, q, run, err);
}

bool imports_list(struct db *db, int64_t backend, int64_t after, struct import_run *rows,
                  size_t *count, int64_t *next, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " RUN_COLUMNS " FROM import_run WHERE (?1 = 0 OR backend = ?1)"
                        " AND id < ?2 ORDER BY id DESC LIMIT ?3",
                        "iii", backend, after != 0 ? after : INT64_MAX, (int64_t)*count);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1)
        run_from(q, &rows[n++]);
    if (rc < 0)
        return false;
    *next = n == *count && n > 0 ? rows[n - 1].id : 0;
    *count = n;
    return true;
}

bool imports_put(struct db *db, const struct import_run *run, struct err *err)
{
    return db_run(db, err,
                  "UPDATE import_run SET state = ?2, paused = ?3, hours = ?4, by = ?5, why = ?6,"
                  " error = ?7, carry = ?8, planned = ?9, updated = ?10, ended = ?11,"
                  " pace = ?12, paced = ?13 WHERE id = ?1",
                  "iddtttdtiiiii", run->id, (int)run->state, (int)run->paused, run->hours, run->by,
                  run->why, (int)run->error, run->carry, run->planned, when_now(), run->ended,
                  run->pace, run->paced);
}

/* ---- steps ---- */

#define STEP_COLUMNS                                                                               \
    "run, step, state, scope, shopify, odoo, read, judged, made, same, changes, refused, queued,"  \
    " done, parked, skipped, moved, operation, paged, place, whole, forced, note, worked,"          \
    " started, ended, result, restarts"

static void step_from(sqlite3_stmt *q, struct import_step *step)
{
    memset(step, 0, sizeof *step);
    step->run = col_int(q, 0);
    step->step = (enum import_step_id)col_int(q, 1);
    step->state = (enum import_step_state)col_int(q, 2);
    col_text(q, 3, step->scope, sizeof step->scope);
    step->shopify = col_int(q, 4);
    step->odoo = col_int(q, 5);
    step->read = col_int(q, 6);
    step->judged = col_int(q, 7);
    step->verdicts[IMPORT_VERDICT_NEW] = col_int(q, 8);
    step->verdicts[IMPORT_VERDICT_SAME] = col_int(q, 9);
    step->verdicts[IMPORT_VERDICT_CHANGES] = col_int(q, 10);
    step->verdicts[IMPORT_VERDICT_REFUSED] = col_int(q, 11);
    step->items[IMPORT_ITEM_QUEUED] = col_int(q, 12);
    step->items[IMPORT_ITEM_DONE] = col_int(q, 13);
    step->items[IMPORT_ITEM_PARKED] = col_int(q, 14);
    step->items[IMPORT_ITEM_SKIPPED] = col_int(q, 15);
    step->items[IMPORT_ITEM_MOVED] = col_int(q, 16);
    col_text(q, 17, step->operation, sizeof step->operation);
    step->paged = col_int(q, 18) != 0;
    col_text(q, 19, step->place, sizeof step->place);
    step->whole = col_int(q, 20) != 0;
    col_text(q, 21, step->forced, sizeof step->forced);
    col_text(q, 22, step->note, sizeof step->note);
    step->worked = col_int(q, 23);
    step->started = col_int(q, 24);
    step->ended = col_int(q, 25);
    col_text(q, 26, step->result, sizeof step->result);
    step->restarts = (int)col_int(q, 27);
}

bool imports_steps(struct db *db, int64_t run, struct import_step *rows, size_t *count,
                   struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " STEP_COLUMNS " FROM import_step WHERE run = ?1 ORDER BY step",
                        "i", run);
    size_t n = 0;
    int rc = 0;

    while (n < *count && (rc = db_row(db, q, err)) == 1)
        step_from(q, &rows[n++]);
    *count = n;
    return rc >= 0;
}

bool imports_step(struct db *db, int64_t run, enum import_step_id step, struct import_step *row,
                  struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT " STEP_COLUMNS " FROM import_step WHERE run = ?1 AND step = ?2",
                        "id", run, (int)step);
    int rc = db_row(db, q, err);

    if (rc == 1)
        step_from(q, row);
    return rc == 1 || (rc == 0 && err_set(err, ERR_MISSING, "import %lld has no step %s",
                                          (long long)run, import_step_name(step)));
}

bool imports_put_step(struct db *db, const struct import_step *step, struct err *err)
{
    return db_run(db, err,
                  "UPDATE import_step SET state = iif(state = ?14, state, ?3), shopify = ?4,"
                  " odoo = ?5, operation = ?6, paged = ?7, place = ?8, whole = ?9, note = ?10,"
                  " worked = ?11, started = ?12, ended = ?13, result = ?15, restarts = ?16,"
                  " scope = ?17 WHERE run = ?1 AND step = ?2",
                  "iddiitdtdtiiidtdt", step->run, (int)step->step, (int)step->state, step->shopify,
                  step->odoo, step->operation, (int)step->paged, step->place, (int)step->whole,
                  step->note, step->worked, step->started, step->ended, (int)IMPORT_STEP_SKIPPED,
                  step->result, step->restarts, step->scope);
}

bool imports_say_step(struct db *db, int64_t run, enum import_step_id step,
                      enum import_step_state state, const char *forced, struct err *err)
{
    return db_run(db, err,
                  "UPDATE import_step SET state = ?3, forced = ?4 WHERE run = ?1 AND step = ?2",
                  "iddt", run, (int)step, (int)state, forced);
}
