/* m_problems.c - causes of failures: what they are, what can be done, replaying their jobs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/mask.h"
#include "control/methods.h"
#include "control/proto.h"
#include "control/rows.h"
#include "store/jobs.h"
#include "store/problems.h"

#define JOBS_SHOWN 100
#define TALK_MAX   16384

static bool read_filter(const struct call *call, struct problems_filter *filter, struct err *err)
{
    const char *state = call_text(call, "state"), *kind = call_text(call, "kind");
    enum problem_state wanted;

    *filter = (struct problems_filter){ .state = -1 };
    if (state != NULL && strcmp(state, "all") == 0) {
        filter->state = -2;
    } else if (state != NULL && strcmp(state, "open") != 0) {
        if (!problem_state_of(state, &wanted))
            return err_set(err, ERR_INVALID, "there is no state \"%.40s\"", state);
        filter->state = (int)wanted;
    }
    if (kind != NULL) {
        filter->kind = (int)err_kind_of(kind);
        if (filter->kind == 0)
            return err_set(err, ERR_INVALID, "there is no kind \"%.40s\"", kind);
    }
    return call_after(call, &filter->after, err);
}

static json_t *fixes_of(struct call *call, const json_t *problem)
{
    const struct control_services *services = call->services;
    struct err none = { .kind = ERR_NONE };
    json_t *fixes = NULL;

    if (services->fixes != NULL)
        fixes = services->fixes(services->ctx, call->db, problem, &none);
    return fixes != NULL ? fixes : json_array();
}

/* The first fix in a word, for lists. */
static void add_fix_word(json_t *object, const json_t *fixes)
{
    const char *first = json_text(json_array_get(fixes, 0), "action");

    if (first != NULL)
        json_object_set_new(object, "fix", json_str(first));
}

bool m_problems_list(struct call *call, struct err *err)
{
    size_t count = call_limit(call);
    struct problem *rows AUTO_FREE = calloc(count, sizeof *rows);
    struct problems_filter filter;
    int64_t next = 0;
    json_t *list;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory for a page of problems");
    if (!read_filter(call, &filter, err) ||
        !problems_list(call->db, &filter, when_now(), rows, &count, &next, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *row = rows_problem(&rows[i]);
        json_auto_t *fixes = fixes_of(call, row);

        add_fix_word(row, fixes);
        json_array_append_new(list, row);
    }
    call->result = json_pack("{s:o,s:o}", "rows", list, "next", json_next(next));
    return true;
}

static json_t *jobs_of(struct call *call, int64_t problem, struct err *err)
{
    struct job *rows AUTO_FREE = calloc(JOBS_SHOWN, sizeof *rows);
    struct jobs_filter filter = { .state = -1, .problem = problem };
    size_t count = JOBS_SHOWN;
    int64_t next;
    json_t *list;

    if (rows == NULL) {
        err_set(err, ERR_BUSY, "no memory for the jobs of a problem");
        return NULL;
    }
    if (!jobs_list(call->db, &filter, rows, &count, &next, err))
        return NULL;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, rows_job(call, &rows[i], err));
    return list;
}

/* What was sent and answered the last time, of the newest job that hit it. */
static json_t *sample_of(struct call *call, int64_t job)
{
    struct err none = { .kind = ERR_NONE };
    struct job_attempt last;
    size_t count = 1;
    bool personal = call->peer->role >= PROTO_OPERATOR;
    json_t *sample;

    memset(&last, 0, sizeof last);
    if (job == 0 || !jobs_attempts(call->db, job, &last, &count, &none) || count == 0)
        return json_pack("{s:n,s:n}", "request", "response");
    sample = json_pack("{s:o,s:o}", "request",
                       mask_text(last.request, last.request != NULL ? strlen(last.request) : 0,
                                 TALK_MAX, personal),
                       "response",
                       mask_text(last.response, last.response != NULL ? strlen(last.response) : 0,
                                 TALK_MAX, personal));
    job_attempt_clear(&last);
    return sample;
}

bool m_problems_get(struct call *call, struct err *err)
{
    struct problem problem;
    json_auto_t *object = NULL;
    json_t *jobs, *fixes;

    if (!problems_get(call->db, call_int(call, "id", 0), when_now(), &problem, err))
        return false;
    object = rows_problem(&problem);
    jobs = jobs_of(call, problem.id, err);
    if (jobs == NULL)
        return false;
    json_object_set_new(object, "jobs", jobs);
    fixes = fixes_of(call, object);
    add_fix_word(object, fixes);
    json_object_set_new(object, "fixes", fixes);
    json_object_set_new(object, "advice", json_string(err_advice(problem.kind)));
    json_object_set_new(object, "sample", sample_of(call, problem.sample));
    call->result = json_incref(object);
    return true;
}

/* ---- changes ---- */

struct problem_change {
    struct call *call;
    struct call_note *note;
    int64_t id, count, until;
    const char *text; /* reason or user */
    struct problem before;
};

static bool begin(struct db *db, struct problem_change *c, struct err *err)
{
    return problems_get(db, c->id, when_now(), &c->before, err);
}

static bool replay(struct db *db, void *ctx, struct err *err)
{
    struct problem_change *c = ctx;
    int64_t wanted = c->count;

    if (!begin(db, c, err))
        return false;
    if (wanted >= 0 && wanted != c->before.open) {
        c->count = c->before.open;
        c->call->code = PROTO_GREW;
        return err_set(err, ERR_CONFLICT, "%lld jobs are parked for it now: look again",
                       (long long)c->count);
    }
    if (!problems_replay(db, c->id, when_now(), &c->count, err))
        return false;
    snprintf(c->note->after, sizeof c->note->after, "%lld jobs run again", (long long)c->count);
    return true;
}

bool m_problems_replay(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct problem_change c = { .call = call,
                                .note = &note,
                                .id = call_int(call, "id", 0),
                                .count = call_int(call, "count", -1) };

    snprintf(note.object, sizeof note.object, "problem %lld", (long long)c.id);
    if (!call_change(call, replay, &c, &note, err)) {
        if (call->code == PROTO_GREW)
            call->data = json_pack("{s:I}", "count", (json_int_t)c.count);
        return false;
    }
    call_changed(call, CONTROL_LANE, c.before.backend);
    call->result = json_pack("{s:I}", "count", (json_int_t)c.count);
    return true;
}

bool m_problems_fix(struct call *call, struct err *err)
{
    const struct control_services *services = call->services;
    struct call_note note = { .object = "" };
    struct problem_change c = {
        .call = call, .note = &note, .id = call_int(call, "id", 0), .count = -1
    };
    struct problem problem;
    json_auto_t *object = NULL, *done = NULL;
    int64_t n = call_int(call, "n", 0);

    if (services->fix == NULL)
        return call_no_service(call, err);
    if (!problems_get(call->db, c.id, when_now(), &problem, err))
        return false;
    object = rows_problem(&problem);
    done = services->fix(services->ctx, call->db, object, n, json_at(call->params, "params"),
                         call->peer->user, err);
    if (done == NULL)
        return false;
    snprintf(note.object, sizeof note.object, "problem %lld fix %lld", (long long)c.id,
             (long long)n);
    if (!call_change(call, replay, &c, &note, err))
        return false;
    call_changed(call, CONTROL_LANE, problem.backend);
    call->result = json_pack("{s:O,s:I}", "done", json_object_get(done, "done"), "requeued",
                             (json_int_t)c.count);
    return call->result != NULL || err_set(err, ERR_BUG, "the fix did not say what it did");
}

/* Answers with the problem as it is now. */
static bool changed_problem(struct call *call, store_change *how, struct problem_change *c,
                            struct err *err)
{
    struct problem after;

    snprintf(c->note->object, sizeof c->note->object, "problem %lld", (long long)c->id);
    if (!call_change(call, how, c, c->note, err) ||
        !problems_get(call->db, c->id, when_now(), &after, err))
        return false;
    call->result = rows_problem(&after);
    return true;
}

static bool mute(struct db *db, void *ctx, struct err *err)
{
    struct problem_change *c = ctx;
    char until[WHEN_TEXT_MAX];

    if (!begin(db, c, err))
        return false;
    str_copy(c->note->before, sizeof c->note->before, problem_state_name(c->before.state));
    snprintf(c->note->after, sizeof c->note->after, "muted until %s", when_iso(c->until, until));
    return problems_mute(db, c->id, c->text, c->until, err);
}

bool m_problems_mute(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct problem_change c = { .call = call,
                                .note = &note,
                                .id = call_int(call, "id", 0),
                                .until = call_int(call, "until", 0),
                                .text = call_text(call, "reason") };

    return changed_problem(call, mute, &c, err);
}

static bool assign(struct db *db, void *ctx, struct err *err)
{
    struct problem_change *c = ctx;

    if (!begin(db, c, err))
        return false;
    str_copy(c->note->before, sizeof c->note->before, c->before.assigned);
    str_copy(c->note->after, sizeof c->note->after, c->text);
    c->note->undo = json_pack("{s:s,s:{s:I,s:o}}", "method", "problems.assign", "params", "id",
                              (json_int_t)c->id, "user", json_str(c->before.assigned));
    return problems_assign(db, c->id, c->text, err);
}

bool m_problems_assign(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct problem_change c = {
        .call = call, .note = &note, .id = call_int(call, "id", 0), .text = call_text(call, "user")
    };

    return changed_problem(call, assign, &c, err);
}
