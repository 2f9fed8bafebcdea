/*
 * What the verification found, repaired: the record's own job runs again and reads both sides anew;
 * the finding follows it, and what it was about is compared once more. Also of an import that is
 * over.
 */
#include "jobs/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "store/jobs.h"

#define SHARES_MAX 16 /* levels of one item */

/* ---- begun by a person ---- */

static bool again(struct db *db, const struct import_run *run, const struct import_kind *kind,
                  const char *record, const char *title, int64_t *job, struct err *err)
{
    struct job_new new = { .backend = run->backend, .lane = kind->lane, .kind = kind->job,
                           .record = record, .title = title[0] != '\0' ? title : NULL,
                           .priority = IMPORT_PRIORITY, .payload = "" };

    return jobs_add(db, &new, job, NULL, err);
}

/* Which of the steps brings such a record in; NULL: none. */
static const struct import_kind *kind_of(const char *record, enum import_step_id *step)
{
    size_t len = strcspn(record, ":@");

    for (unsigned i = 0; i < IMPORT_STEP_COUNT; i++) {
        const struct import_kind *kind = import_kind((enum import_step_id)i);

        *step = (enum import_step_id)i;
        if (kind != NULL && strlen(kind->record) == len && strncmp(kind->record, record, len) == 0)
            return kind;
    }
    return NULL;
}

/* The levels of that item which came in: a variant is compared at all its places together. */
static bool levels_of(struct db *db, int64_t run, const char *record, struct import_item *rows,
                      size_t *count, struct err *err)
{
    struct imports_filter filter = { .run = run, .step = IMPORT_STOCK, .verdict = -1, .state = -1 };
    struct import_item first = { 0 };
    size_t room = *count, n = 0;
    bool found = false;
    int64_t next;

    *count = 0;
    if (!imports_find(db, run, IMPORT_STOCK, record, &first, &found, err))
        return false;
    if (!found)
        return true;
    filter.after = first.id - 1;
    import_items_clear(&first, 1);
    if (!imports_items(db, &filter, rows, &room, &next, err))
        return false;
    while (n < room && import_same_item(&rows[n], &rows[0]))
        n++;
    import_items_clear(rows + n, room - n);
    *count = n;
    return true;
}

/* Its other places first: jobs of a lane run in their order, and the finding follows its own. */
static bool add_jobs(struct db *db, const struct import_run *run, struct import_item *item,
                     struct err *err)
{
    enum import_step_id step;
    const struct import_kind *kind = kind_of(item->record, &step);
    struct import_item rows[SHARES_MAX];
    size_t count = SHARES_MAX;
    const char *title = step == IMPORT_CUSTOMERS ? "" : item->title;
    int64_t other;
    bool ok = true;

    if (kind == NULL)
        return err_set(err, ERR_INVALID, "%s: nothing brings that in again", item->record);
    if (step == IMPORT_STOCK) {
        if (!levels_of(db, run->id, item->record, rows, &count, err))
            return false;
        for (size_t i = 1; ok && i < count; i++)
            ok = again(db, run, kind, rows[i].record, rows[i].title, &other, err);
        import_items_clear(rows, count);
    }
    return ok && again(db, run, kind, item->record, title, &item->job, err);
}

static bool repair_one(struct db *db, const struct import_run *run, struct import_item *item,
                       struct err *err)
{
    if (item->run != run->id || item->step != IMPORT_VERIFY || item->state != IMPORT_ITEM_PARKED)
        return err_set(err, ERR_CONFLICT, "record %" PRId64 " is no open finding of import %" PRId64,
                       item->id, run->id);
    if (!add_jobs(db, run, item, err))
        return false;
    item->state = IMPORT_ITEM_QUEUED;
    return imports_move(db, item, 1, false, err);
}

static bool repair_all(struct db *db, const struct import_run *run, struct err *err)
{
    struct import_item *items AUTO_FREE = calloc(IMPORT_BATCH_MAX, sizeof *items);
    struct imports_filter filter = { .run = run->id, .step = IMPORT_VERIFY, .verdict = -1,
                                     .state = IMPORT_ITEM_PARKED };
    int64_t next = 1;
    bool ok = true;

    if (items == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    while (ok && next != 0) {
        size_t count = IMPORT_BATCH_MAX;

        if (!imports_items(db, &filter, items, &count, &next, err))
            return false;
        for (size_t i = 0; ok && i < count; i++)
            ok = repair_one(db, run, &items[i], err);
        import_items_clear(items, count);
        filter.after = next;
    }
    return ok;
}

bool import_repair(struct db *db, const struct import_run *run, const json_t *ids, struct err *err)
{
    const json_t *id;
    size_t i;

    if (run->state != IMPORT_RUN_APPLYING && run->state != IMPORT_RUN_DONE)
        return err_set(err, ERR_CONFLICT, "import %" PRId64 " is %s: nothing was verified", run->id,
                       import_run_state_name(run->state));
    if (json_array_size(ids) == 0)
        return repair_all(db, run, err);
    json_array_foreach(ids, i, id) {
        struct import_item item;
        bool ok;

        if (!imports_item(db, json_integer_value(id), false, &item, err))
            return false;
        ok = repair_one(db, run, &item, err);
        import_items_clear(&item, 1);
        if (!ok)
            return false;
    }
    return true;
}

/* ---- their ends ---- */

struct ends {
    struct import_work *work;
    struct import_item *items;
    size_t count;
};

static bool ends_change(struct db *db, void *ctx, struct err *err)
{
    struct ends *e = ctx;

    return imports_move(db, e->items, e->count, false, err) &&
           imports_put_step(db, e->work->step, err) && jobs_got_on(db, e->work->job, err);
}

static bool compare_again(struct import_work *work, struct import_item *item, struct err *err)
{
    struct import_item rows[SHARES_MAX];
    size_t count = SHARES_MAX;
    enum import_step_id step;
    struct err why = { 0 };
    bool ok;

    if (kind_of(item->record, &step) == NULL)
        return err_set(err, ERR_BUG, "%s: of no step", item->record);
    if (step == IMPORT_STOCK) {
        if (!levels_of(work->db, work->run.id, item->record, rows, &count, err))
            return false;
    } else {
        memset(rows, 0, sizeof rows[0]);
        rows[0] = *item;
        rows[0].changes = NULL;
        rows[0].step = step;
        count = 1;
    }
    ok = import_compare(work, step, rows, count, &why, err);
    import_items_clear(rows, count);
    if (!ok)
        return false;
    item->job = 0; /* nothing more comes of it */
    item->why = why;
    if (why.kind != ERR_NONE)
        snprintf(item->why.text, sizeof item->why.text, "repaired, and still: %.400s", why.text);
    item->state = why.kind == ERR_NONE ? IMPORT_ITEM_DONE : IMPORT_ITEM_PARKED;
    return true;
}

static bool end_of(struct import_work *work, struct import_item *item, struct err *err)
{
    switch (item->job_state) {
    case JOB_PARKED:
    case JOB_ASKING:
    case JOB_NOFLOW:
        item->state = IMPORT_ITEM_PARKED;
        return true;
    case JOB_READY:
    case JOB_WAITING:
    case JOB_RUNNING:
        item->state = IMPORT_ITEM_QUEUED;
        return true;
    case JOB_CANCELLED:
        item->job = 0;
        item->state = IMPORT_ITEM_SKIPPED;
        return true;
    default:
        return compare_again(work, item, err);
    }
}

bool import_recheck(struct import_work *work, enum import_item_state state, struct err *err)
{
    struct import_item *items AUTO_FREE = calloc(IMPORT_BATCH_MAX, sizeof *items);
    size_t count = IMPORT_BATCH_MAX;
    struct ends ends = { work, items, 0 };
    bool ok = true;

    if (items == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    if (!imports_ended(work->db, work->run.id, IMPORT_VERIFY, state, items, &count, err))
        return false;
    while (ok && ends.count < count && !import_time_is_up(work)) {
        ok = end_of(work, &items[ends.count], err);
        ends.count += ok;
    }
    ok = (ends.count == 0 || store_do(work->store, ends_change, &ends, ok ? err : NULL)) && ok;
    import_items_clear(items, count);
    return ok;
}
