/* What people do with an import: begin, apply, pause, go on, stop, leave out, answer, repair, undo. */
#include "jobs/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "store/jobs.h"
#include "store/lanes.h"

#define MOVE_MOST 5000 /* records in one change */

/* ---- the driver ---- */

static bool wake_driver(const struct import_steer *s, struct err *err)
{
    char record[STORE_RECORD_MAX], title[STORE_TITLE_MAX];
    int64_t id;
    struct job_new job = { .backend = s->run.backend, .lane = "runs", .kind = "import.run",
                           .record = record, .title = title, .priority = IMPORT_PRIORITY };

    snprintf(record, sizeof record, "import:%lld", (long long)s->run.id);
    snprintf(title, sizeof title, "import %lld", (long long)s->run.id);
    return lanes_need(s->db, s->run.backend, "runs", 1, &id, err) &&
           jobs_add(s->db, &job, &id, NULL, err);
}

static void said(struct import_steer *s, const char *why)
{
    str_copy(s->run.by, sizeof s->run.by, s->by);
    str_copy(s->run.why, sizeof s->run.why, why != NULL ? why : "");
    s->run.error = ERR_NONE;
}

static const char *reason(const struct import_steer *s)
{
    return json_text_or(s->params, "reason", "");
}

/* ---- one word each ---- */

/* scope: {"orders": {...}} by step; steps: ["customers", ...], all if absent. */
static bool plan_steps(const struct import_steer *s, struct import_step *steps, struct err *err)
{
    const json_t *scope = json_at(s->params, "scope"), *wanted = json_at(s->params, "steps"), *row;
    const char *name;
    json_t *value;
    size_t i;

    for (unsigned n = 0; n < IMPORT_STEP_COUNT; n++)
        steps[n] = (struct import_step){ .step = (enum import_step_id)n,
                                         .state = wanted != NULL ? IMPORT_STEP_SKIPPED :
                                                                   IMPORT_STEP_WAITING };
    json_array_foreach(wanted, i, row) {
        enum import_step_id step;

        if (!json_is_string(row) || !import_step_of(json_string_value(row), &step))
            return err_set(err, ERR_INVALID, "steps: %.40s is no step of an import",
                           json_is_string(row) ? json_string_value(row) : "?");
        steps[step].state = IMPORT_STEP_WAITING;
    }
    json_object_foreach((json_t *)(uintptr_t)scope, name, value) {
        enum import_step_id step;
        struct bulk_filter filter;
        json_t *keep;
        char *text;
        bool ok;

        if (!import_step_of(name, &step))
            return err_set(err, ERR_INVALID, "scope: %.40s is no step of an import", name);
        text = json_write(value);
        ok = text != NULL && str_copy(steps[step].scope, sizeof steps[step].scope, text);
        free(text);
        if (!ok)
            return err_set(err, ERR_INVALID, "scope: that of %s is too long", name);
        ok = import_filter(steps[step].scope, &filter, &keep, err);
        json_decref(keep);
        if (!ok)
            return err_within(err, "%s", name);
    }
    return true;
}

static bool set_hours(struct import_steer *s, struct err *err)
{
    const char *hours = json_text_or(s->params, "hours", "");

    if (!import_hours_valid(hours) || !str_copy(s->run.hours, sizeof s->run.hours, hours))
        return err_set(err, ERR_INVALID, "hours: two full hours such as 22-6, or nothing");
    return true;
}

static bool do_plan(struct import_steer *s, struct err *err)
{
    struct import_step steps[IMPORT_STEP_COUNT];

    s->run = (struct import_run){ .backend = json_int_or(s->params, "backend", 0),
                                  .state = IMPORT_RUN_PLANNING, .created = when_now() };
    said(s, reason(s));
    return plan_steps(s, steps, err) && set_hours(s, err) &&
           imports_begin(s->db, &s->run, steps, IMPORT_STEP_COUNT, err) &&
           import_live_wait(s->db, &s->run, err) && wake_driver(s, err);
}

static bool do_apply(struct import_steer *s, struct err *err)
{
    if (s->run.state != IMPORT_RUN_PLANNED)
        return err_set(err, ERR_CONFLICT, "import %lld is %s: only a plan can be applied",
                       (long long)s->run.id, import_run_state_name(s->run.state));
    s->run.state = IMPORT_RUN_APPLYING;
    s->run.paused = false;
    said(s, reason(s));
    str_copy(s->run.carry, sizeof s->run.carry, json_text_or(s->params, "carry_on", ""));
    return imports_put(s->db, &s->run, err) && wake_driver(s, err);
}

static bool do_pause(struct import_steer *s, struct err *err)
{
    s->run.paused = true;
    said(s, reason(s));
    return imports_put(s->db, &s->run, err);
}

static bool do_resume(struct import_steer *s, struct err *err)
{
    s->run.paused = false;
    said(s, reason(s));
    return imports_put(s->db, &s->run, err) && wake_driver(s, err);
}

static bool do_hours(struct import_steer *s, struct err *err)
{
    return set_hours(s, err) && imports_put(s->db, &s->run, err) && wake_driver(s, err);
}

static bool do_pace(struct import_steer *s, struct err *err)
{
    int64_t pace = json_int_or(s->params, "pace", -1);

    if (pace < 0 || pace > IMPORT_PACE_MAX)
        return err_set(err, ERR_INVALID, "pace: records a minute, at most %d; 0: no limit",
                       IMPORT_PACE_MAX);
    s->run.pace = pace;
    s->run.paced = 0;
    return imports_put(s->db, &s->run, err) && wake_driver(s, err);
}

/* What has a job goes on as one; nothing new begins. */
static bool do_stop(struct import_steer *s, struct err *err)
{
    int64_t waited;

    s->run.state = IMPORT_RUN_STOPPED;
    s->run.ended = when_now();
    said(s, reason(s));
    return imports_put(s->db, &s->run, err) && import_live_go(s->db, &s->run, &waited, err);
}

/* Of a run that is over, or of one that is given up for it. */
static bool do_undo(struct import_steer *s, struct err *err)
{
    struct import_run newest;

    if (s->run.state == IMPORT_RUN_UNDONE || s->run.planned == 0)
        return err_set(err, ERR_CONFLICT, "import %lld made nothing that could be taken back",
                       (long long)s->run.id);
    if (!imports_newest(s->db, s->run.backend, &newest, err))
        return false;
    if (newest.id != s->run.id && newest.ended == 0)
        return err_set(err, ERR_CONFLICT, "import %lld is not ended: stop it first",
                       (long long)newest.id);
    s->run.state = IMPORT_RUN_UNDOING;
    s->run.ended = 0;
    s->run.paused = false;
    said(s, reason(s));
    return imports_put(s->db, &s->run, err) && import_live_wait(s->db, &s->run, err) &&
           wake_driver(s, err);
}

static bool step_param(const struct import_steer *s, struct import_step *step, struct err *err)
{
    enum import_step_id id;
    const char *name = json_text_or(s->params, "step", "");

    if (!import_step_of(name, &id))
        return err_set(err, ERR_INVALID, "step: %.40s is no step of an import", name);
    return imports_step(s->db, s->run.id, id, step, err);
}

/* The next step need not wait for what is parked in this one. */
static bool do_go_on(struct import_steer *s, struct err *err)
{
    struct import_step step;

    if (!step_param(s, &step, err))
        return false;
    if (!str_copy(step.forced, sizeof step.forced, reason(s)) || step.forced[0] == '\0')
        return err_set(err, ERR_INVALID, "reason: it is kept with the step");
    return imports_say_step(s->db, s->run.id, step.step, step.state, step.forced, err) &&
           wake_driver(s, err);
}

/* A whole step left out, or (verdict given) its records of one verdict. */
static bool do_skip(struct import_steer *s, bool back, struct err *err)
{
    enum import_item_state from = back ? IMPORT_ITEM_SKIPPED : IMPORT_ITEM_PLANNED;
    const char *word = json_text(s->params, "verdict");
    enum import_verdict verdict = IMPORT_VERDICT_UNKNOWN;
    int64_t moved = MOVE_MOST;
    struct import_step step;

    if (!step_param(s, &step, err))
        return false;
    if (word != NULL && !import_verdict_of(word, &verdict))
        return err_set(err, ERR_INVALID, "verdict: new, same, changes or refused");
    if (word == NULL) {
        if (step.state == IMPORT_STEP_APPLYING || step.state == IMPORT_STEP_DONE)
            return err_set(err, ERR_CONFLICT, "the step %s has begun", import_step_name(step.step));
        if (back && step.state != IMPORT_STEP_SKIPPED)
            return err_set(err, ERR_CONFLICT, "the step %s is not left out",
                           import_step_name(step.step));
        if (back && s->run.state != IMPORT_RUN_PLANNING && !step.whole)
            return err_set(err, ERR_CONFLICT, "the step %s was left out of the plan: plan anew",
                           import_step_name(step.step));
        step.state = !back      ? IMPORT_STEP_SKIPPED :
                     step.whole ? IMPORT_STEP_PLANNED :
                                  IMPORT_STEP_WAITING;
        return imports_say_step(s->db, s->run.id, step.step, step.state, step.forced, err) &&
               wake_driver(s, err);
    }
    while (moved == MOVE_MOST)
        if (!imports_move_all(s->db, s->run.id, step.step, verdict, from,
                              back ? IMPORT_ITEM_PLANNED : IMPORT_ITEM_SKIPPED, MOVE_MOST, &moved,
                              err))
            return false;
    return wake_driver(s, err);
}

bool import_doubt(const struct import_steer *s, enum import_step_id step,
                  enum import_verdict verdict, struct err *err)
{
    int64_t moved = MOVE_MOST;

    while (moved == MOVE_MOST)
        if (!imports_doubt(s->db, s->run.id, step, verdict, MOVE_MOST, &moved, err))
            return false;
    return true;
}

bool import_rejudge(struct import_steer *s, struct err *err)
{
    struct import_step steps[IMPORT_STEP_COUNT];
    size_t count = IMPORT_STEP_COUNT;
    bool any = false;

    if (!imports_steps(s->db, s->run.id, steps, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (steps[i].state != IMPORT_STEP_PLANNED || steps[i].judged == steps[i].read)
            continue;
        any = true;
        if (!imports_say_step(s->db, s->run.id, steps[i].step, IMPORT_STEP_JUDGING,
                              steps[i].forced, err))
            return false;
    }
    if (!any)
        return true;
    s->run.state = IMPORT_RUN_PLANNING;
    return imports_put(s->db, &s->run, err) && wake_driver(s, err);
}

/* The plan of records that were refused (or of all) anew, after something was mapped. */
static bool do_rehearse(struct import_steer *s, struct err *err)
{
    struct import_step steps[IMPORT_STEP_COUNT];
    const char *name = json_text(s->params, "step");
    bool all = json_flag(s->params, "all");
    size_t count = IMPORT_STEP_COUNT;
    enum import_step_id only;

    if (name != NULL && !import_step_of(name, &only))
        return err_set(err, ERR_INVALID, "step: %.40s is no step of an import", name);
    if (s->run.state != IMPORT_RUN_PLANNED)
        return err_set(err, ERR_CONFLICT, "import %lld is %s: only a plan can be rehearsed again",
                       (long long)s->run.id, import_run_state_name(s->run.state));
    if (!imports_steps(s->db, s->run.id, steps, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        for (int v = 0; v < IMPORT_VERDICT_COUNT; v++)
            if (steps[i].state == IMPORT_STEP_PLANNED && v != IMPORT_VERDICT_UNKNOWN &&
                (name == NULL || steps[i].step == only) && (all || v == IMPORT_VERDICT_REFUSED) &&
                !import_doubt(s, steps[i].step, (enum import_verdict)v, err))
                return false;
    said(s, reason(s));
    return import_rejudge(s, err);
}

/* PARKED without a job: a line that names nothing, which can only be left out. */
static bool may_answer(const struct import_steer *s, const struct import_item *item, bool skip)
{
    return item->run == s->run.id &&
           (item->state == IMPORT_ITEM_PLANNED || item->state == IMPORT_ITEM_MOVED ||
            item->state == IMPORT_ITEM_SKIPPED ||
            (item->state == IMPORT_ITEM_PARKED && skip && item->job == 0 &&
             imports_nameless(item)));
}

/* What has no name stays a question when it is not left out any more. */
static void answer_item(struct import_item *item, bool skip)
{
    item->state = skip                   ? IMPORT_ITEM_SKIPPED :
                  imports_nameless(item) ? IMPORT_ITEM_PARKED :
                                           IMPORT_ITEM_PLANNED;
    if (item->state == IMPORT_ITEM_PLANNED)
        err_clear(&item->why);
}

/* Records: {"ids":[...]} skipped, taken back, or (of MOVED ones) accepted as they are now. */
static bool do_answer(struct import_steer *s, struct err *err)
{
    const char *answer = json_text_or(s->params, "answer", "");
    const json_t *ids = json_at(s->params, "ids"), *id;
    bool skip = strcmp(answer, "skip") == 0;
    size_t i;

    if (!skip && strcmp(answer, "accept") != 0)
        return err_set(err, ERR_INVALID, "answer: accept or skip");
    json_array_foreach(ids, i, id) {
        struct import_item item;
        bool ok;

        if (!imports_item(s->db, json_integer_value(id), false, &item, err))
            return false;
        if (!may_answer(s, &item, skip)) {
            import_items_clear(&item, 1);
            return err_set(err, ERR_CONFLICT, "record %lld is %s: it can't be answered",
                           (long long)item.id, import_item_state_name(item.state));
        }
        answer_item(&item, skip);
        ok = imports_move(s->db, &item, 1, false, err);
        import_items_clear(&item, 1);
        if (!ok)
            return false;
    }
    return wake_driver(s, err);
}

/* Of a run that is over as well: what it brought in may differ any day. */
static bool do_repair(struct import_steer *s, struct err *err)
{
    return import_repair(s->db, &s->run, json_at(s->params, "ids"), err) && wake_driver(s, err);
}

/* ---- all words ---- */

static bool dispatch(struct import_steer *s, const char *what, struct err *err)
{
    if (strcmp(what, "plan") == 0)
        return do_plan(s, err);
    if (!imports_get(s->db, json_int_or(s->params, "run", 0), &s->run, err))
        return false;
    if (strcmp(what, "undo") == 0)
        return do_undo(s, err);
    if (strcmp(what, "repair") == 0)
        return do_repair(s, err);
    if (s->run.ended != 0)
        return err_set(err, ERR_CONFLICT, "import %lld is over (%s)", (long long)s->run.id,
                       import_run_state_name(s->run.state));
    if (strcmp(what, "apply") == 0)
        return do_apply(s, err);
    if (strcmp(what, "pause") == 0)
        return do_pause(s, err);
    if (strcmp(what, "resume") == 0)
        return do_resume(s, err);
    if (strcmp(what, "stop") == 0)
        return do_stop(s, err);
    if (strcmp(what, "hours") == 0)
        return do_hours(s, err);
    if (strcmp(what, "pace") == 0)
        return do_pace(s, err);
    if (strcmp(what, "go_on") == 0)
        return do_go_on(s, err);
    if (strcmp(what, "skip") == 0 || strcmp(what, "unskip") == 0)
        return do_skip(s, what[0] == 'u', err);
    if (strcmp(what, "clinic_answer") == 0)
        return import_clinic_answer(s, err);
    if (strcmp(what, "rehearse") == 0)
        return do_rehearse(s, err);
    if (strcmp(what, "answer") == 0)
        return do_answer(s, err);
    return err_set(err, ERR_BUG, "%s: nothing is done with imports by that word", what);
}

bool import_steer(struct db *db, const char *what, const json_t *params, const char *by,
                  json_t **result, struct err *err)
{
    struct import_steer s = { .db = db, .params = params, .by = by };

    if (!dispatch(&s, what, err))
        return false;
    *result = json_pack("{s:I, s:s}", "run", (json_int_t)s.run.id, "state",
                        import_run_state_name(s.run.state));
    return true;
}
