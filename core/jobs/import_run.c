/* The driver of an import: which step is next, and a piece of it at a time. */
#include "jobs/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "store/history.h"
#include "store/jobs.h"

#define REPAIR_LOOK (WHEN_SECOND / 5) /* at the jobs of what is repaired */

const struct import_kind *import_kind(enum import_step_id step)
{
    static const struct import_kind kinds[IMPORT_STEP_COUNT] = {
#define IMPORT(step, record, bulk, job, lane, rehearse, look)                                      \
    [IMPORT_##step] = { record, BULK_##bulk, job, lane, rehearse, look },
#include "jobs/import.def"
#undef IMPORT
    };

    return step < IMPORT_STEP_COUNT && kinds[step].record != NULL ? &kinds[step] : NULL;
}

bool import_time_is_up(const struct import_work *work)
{
    return when_ticks() >= work->deadline || atomic_load(workshop_stopping(work->place.workshop));
}

/* ---- keeping ---- */

/* What people said meanwhile stands: the run is written only as it was when it was loaded. */
static bool is_ours(const struct import_work *work, const struct import_run *now)
{
    return now->ended == 0 && now->state == work->loaded && now->paused == work->run.paused;
}

static bool keep_change(struct db *db, void *ctx, struct err *err)
{
    struct import_work *work = ctx;
    struct import_run now;

    if (!imports_get(db, work->run.id, &now, err))
        return false;
    if (is_ours(work, &now)) {
        now.state = work->run.state;
        now.planned = work->run.planned;
        now.ended = work->run.ended;
    }
    now.paced = work->run.paced;
    return imports_put(db, &now, err) && jobs_got_on(db, work->job, err) &&
           (work->step == NULL || imports_put_step(db, work->step, err));
}

bool import_keep(struct import_work *work, struct err *err)
{
    return store_do(work->store, keep_change, work, err);
}

/* ---- hours ---- */

static bool hours_of(const char *hours, int *from, int *to)
{
    unsigned long long a, b;
    const char *dash = strchr(hours, '-');
    char first[8];

    if (dash == NULL || dash - hours >= (ptrdiff_t)sizeof first)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)(dash - hours), hours);
    if (!str_number(first, 23, &a) || !str_number(dash + 1, 24, &b) || a == b)
        return false;
    *from = (int)a;
    *to = (int)(b % 24);
    return true;
}

bool import_hours_valid(const char *hours)
{
    int from, to;

    return hours[0] == '\0' || hours_of(hours, &from, &to);
}

when import_hours_wait(const char *hours, when now)
{
    time_t at = (time_t)(now / WHEN_SECOND);
    struct tm tm;
    int from, to, left;

    if (hours[0] == '\0' || !hours_of(hours, &from, &to) || localtime_r(&at, &tm) == NULL)
        return 0;
    if (from < to ? tm.tm_hour >= from && tm.tm_hour < to : tm.tm_hour >= from || tm.tm_hour < to)
        return 0;
    left = (from - tm.tm_hour + 24) % 24;
    return now + left * WHEN_HOUR - tm.tm_min * WHEN_MINUTE - tm.tm_sec * WHEN_SECOND;
}

/* ---- steps ---- */

static bool over(const struct import_step *step)
{
    return step->state == IMPORT_STEP_DONE || step->state == IMPORT_STEP_SKIPPED;
}

/* A piece of the planning: the steps one after the other; Shopify prepares the next meanwhile. */
static bool plan_piece(struct import_work *work, bool *ended, when *again, struct err *err)
{
    when soonest = 0;

    for (size_t i = 0; i < work->count; i++) {
        struct import_step *step = &work->steps[i];
        when wait = 0;
        bool ok = true;

        work->step = step;
        if (over(step) || step->state == IMPORT_STEP_PLANNED)
            continue;
        if (import_kind(step->step) == NULL) { /* verify: there is nothing to read */
            step->state = IMPORT_STEP_PLANNED;
            if (!import_keep(work, err))
                return false;
            continue;
        }
        if (step->state == IMPORT_STEP_JUDGING)
            ok = import_judge(work, &wait, err);
        else
            ok = import_read(work, &wait, err);
        if (!ok)
            return false;
        if (step->state != IMPORT_STEP_PLANNED && wait == 0)
            return true; /* go on with it at once */
        if (wait != 0 && (soonest == 0 || wait < soonest))
            soonest = wait;
    }
    work->step = NULL;
    *again = soonest;
    *ended = soonest == 0;
    return true;
}

static bool apply_piece(struct import_work *work, bool *ended, when *again, struct err *err)
{
    for (size_t i = 0; i < work->count; i++) {
        struct import_step *step = &work->steps[i];

        work->step = step;
        if (over(step))
            continue;
        return import_kind(step->step) != NULL ? import_apply(work, again, err) :
                                                 import_verify(work, again, err);
    }
    work->step = NULL;
    *ended = true;
    return true;
}

struct phase_end {
    struct import_work *work;
    const char *text;
    bool open; /* no end: there is more to do, or a person said otherwise */
};

/* Did a person ask meanwhile for records to be judged again? */
static bool is_doubted(struct db *db, const struct import_work *work, bool *doubted,
                       struct err *err)
{
    struct import_step steps[IMPORT_STEP_COUNT];
    size_t count = IMPORT_STEP_COUNT;

    *doubted = false;
    if (work->run.state != IMPORT_RUN_PLANNED)
        return true;
    if (!imports_steps(db, work->run.id, steps, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (over(&steps[i]) || steps[i].judged >= steps[i].read)
            continue;
        *doubted = true;
        if (!imports_say_step(db, work->run.id, steps[i].step, IMPORT_STEP_JUDGING,
                              steps[i].forced, err))
            return false;
    }
    return true;
}

/* What waited for the end is told of. */
static bool let_go(struct db *db, const struct import_run *run, struct err *err)
{
    char text[HISTORY_TEXT_MAX];
    int64_t waited = 0;

    if (!import_live_go(db, run, &waited, err))
        return false;
    snprintf(text, sizeof text, "import %" PRId64 ": %" PRId64 " customers and products that changed"
             " meanwhile go on", run->id, waited);
    return waited == 0 || activity_add(db, LOG_NOTE, NULL, 0, text, err);
}

static bool phase_change(struct db *db, void *ctx, struct err *err)
{
    struct phase_end *end = ctx;
    struct import_run now;

    if (!imports_get(db, end->work->run.id, &now, err))
        return false;
    end->open = !is_ours(end->work, &now);
    if (!end->open && !is_doubted(db, end->work, &end->open, err))
        return false;
    if (end->open)
        return true;
    return keep_change(db, end->work, err) &&
           (end->work->run.ended == 0 || let_go(db, &end->work->run, err)) &&
           activity_add(db, LOG_NOTE, NULL, 0, end->text, err);
}

/* The plan is whole, or all is done. */
static bool end_phase(struct import_work *work, bool *ended, struct err *err)
{
    char text[HISTORY_TEXT_MAX];
    struct phase_end end = { work, text, false };

    work->step = NULL;
    if (work->run.state == IMPORT_RUN_PLANNING) {
        work->run.state = IMPORT_RUN_PLANNED;
        work->run.planned = when_now();
        snprintf(text, sizeof text, "import %" PRId64 ": the plan is ready", work->run.id);
    } else if (work->run.state == IMPORT_RUN_UNDOING) {
        work->run.state = IMPORT_RUN_UNDONE;
        work->run.ended = when_now();
        snprintf(text, sizeof text, "import %" PRId64 ": taken back", work->run.id);
    } else {
        work->run.state = IMPORT_RUN_DONE;
        work->run.ended = when_now();
        snprintf(text, sizeof text, "import %" PRId64 ": done", work->run.id);
    }
    if (!store_do(work->store, phase_change, &end, err))
        return false;
    *ended = !end.open;
    return true;
}

static bool piece(struct import_work *work, bool *ended, when *again, struct err *err)
{
    bool through = false;
    bool ok = work->run.state == IMPORT_RUN_PLANNING ? plan_piece(work, &through, again, err) :
              work->run.state == IMPORT_RUN_UNDOING  ? import_undo(work, &through, err) :
                                                       apply_piece(work, &through, again, err);

    if (!ok || !through)
        return ok;
    return end_phase(work, ended, err);
}

/* ---- the job ---- */

struct pause {
    int64_t run;
    const struct err *why;
};

static bool pause_change(struct db *db, void *ctx, struct err *err)
{
    struct pause *pause = ctx;
    struct import_run run;

    if (!imports_get(db, pause->run, &run, err))
        return false;
    run.paused = true;
    run.error = pause->why->kind;
    str_copy(run.by, sizeof run.by, "signalbox");
    str_copy(run.why, sizeof run.why, pause->why->text);
    return imports_put(db, &run, err);
}

/* What comes back by itself is waited for; all else pauses the run with its cause. */
static void failed(struct import_work *work, struct batch_job *job, const struct err *err)
{
    struct pause pause = { work->run.id, err };
    struct err why = { 0 };

    batch_talk(job, work->place.shopify.request.data, work->place.shopify.response.data,
               work->place.shopify.request_id);
    if (err->kind != ERR_BUSY && err->kind != ERR_LIMITED && err->kind != ERR_UNSURE &&
        !store_do(work->store, pause_change, &pause, &why))
        log_warn("import %" PRId64 ": %s", work->run.id, why.text);
    batch_failed(job, err);
}

static bool load_run(struct import_work *work, int64_t id, struct err *err)
{
    work->count = IMPORT_STEP_COUNT;
    if (!imports_get(work->db, id, &work->run, err))
        return false;
    work->loaded = work->run.state;
    return imports_steps(work->db, id, work->steps, &work->count, err);
}

static bool is_work(const struct import_run *run)
{
    return run->ended == 0 && !run->paused &&
           (run->state == IMPORT_RUN_PLANNING || run->state == IMPORT_RUN_APPLYING ||
            run->state == IMPORT_RUN_UNDOING);
}

/* Findings that are repaired, though the run is over. False: there is nothing to wait for. */
static bool repairs(struct import_work *work, struct batch_job *job, struct err *err)
{
    struct import_step *verify = NULL;

    for (size_t i = 0; i < work->count; i++)
        if (work->steps[i].step == IMPORT_VERIFY)
            verify = &work->steps[i];
    if (work->run.state != IMPORT_RUN_DONE || verify == NULL ||
        verify->items[IMPORT_ITEM_QUEUED] + verify->items[IMPORT_ITEM_PARKED] == 0)
        return false;
    work->step = verify;
    work->deadline = when_ticks() + IMPORT_PIECE_US;
    if (!import_take_ends(work, err))
        return false;
    if (verify->items[IMPORT_ITEM_QUEUED] == 0) {
        import_note_counts(verify);
        import_keep(work, err);
        return false;
    }
    batch_again(job, when_now() + REPAIR_LOOK);
    return true;
}

static void drive(struct import_work *work, struct batch_job *job)
{
    struct err err = { 0 };
    bool ended = false;
    when again = 0;

    if (!load_run(work, jobs_record_id(job->job.record, "import:"), &err)) {
        failed(work, job, &err);
        return;
    }
    if (!is_work(&work->run)) {
        if (repairs(work, job, &err))
            return;
        if (err.kind == ERR_NONE)
            batch_done(job);
        else
            batch_failed(job, &err);
        return;
    }
    again = import_hours_wait(work->run.hours, when_now());
    if (again != 0) {
        batch_again(job, again);
        return;
    }
    work->deadline = when_ticks() + IMPORT_PIECE_US;
    if (!piece(work, &ended, &again, &err))
        failed(work, job, &err);
    else if (ended)
        batch_done(job);
    else
        batch_again(job, again != 0 ? again : when_now());
}

void import_run_run(void *workshop, struct batch *batch)
{
    struct import_work *work = calloc(1, sizeof *work);
    struct err err = { 0 };

    if (work == NULL) {
        err_set(&err, ERR_BUSY, "no memory");
        batch_failed(&batch->jobs[0], &err);
        return;
    }
    if (workshop_enter(&work->place, workshop, batch, true)) {
        work->store = batch->store;
        work->db = batch->db;
        work->job = batch->jobs[0].job.id;
        drive(work, &batch->jobs[0]);
        workshop_leave(&work->place);
    }
    free(work);
}
