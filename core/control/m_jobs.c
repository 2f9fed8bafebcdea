/* m_jobs.c - jobs: pages of them, one with all its attempts, and what people do with sets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/mask.h"
#include "control/methods.h"
#include "control/proto.h"
#include "control/rows.h"
#include "control/select.h"
#include "store/inbox.h"
#include "store/jobs.h"

#define ATTEMPTS_MAX 50
#define EVENTS_MAX   20
#define PREVIEW_MAX  8192
#define TALK_MAX     16384

/* ---- pages ---- */

static bool read_filter(const struct call *call, struct jobs_filter *filter, struct err *err)
{
    const char *state = call_text(call, "state");
    enum job_state wanted;

    *filter = (struct jobs_filter){ .backend = call_int(call, "backend", 0),
                                    .lane = call_text(call, "lane"),
                                    .state = -1,
                                    .record = call_text(call, "record"),
                                    .problem = call_int(call, "problem", 0) };
    if (state != NULL) {
        if (!job_state_of(state, &wanted))
            return err_set(err, ERR_INVALID, "there is no state \"%.40s\"", state);
        filter->state = (int)wanted;
    }
    return call_after(call, &filter->after, err);
}

static json_t *counts_of(struct call *call, int64_t backend, struct err *err)
{
    int64_t counts[JOB_STATE_COUNT];
    json_t *object;

    if (!lanes_totals(call->db, backend, counts, err))
        return NULL;
    object = json_object();
    for (unsigned s = 0; s < JOB_STATE_COUNT; s++)
        json_object_set_new(object, job_state_name((enum job_state)s), json_integer(counts[s]));
    return object;
}

bool m_jobs_list(struct call *call, struct err *err)
{
    size_t count = call_limit(call);
    struct job *rows AUTO_FREE = calloc(count, sizeof *rows);
    struct jobs_filter filter;
    json_auto_t *list = json_array();
    json_t *counts;
    int64_t next = 0;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory for a page of jobs");
    if (!read_filter(call, &filter, err) || !jobs_list(call->db, &filter, rows, &count, &next, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(list, rows_job(call, &rows[i], err)) != 0)
            return false;
    counts = counts_of(call, filter.backend, err);
    if (counts == NULL)
        return false;
    call->result =
        json_pack("{s:O,s:o,s:o}", "rows", list, "next", json_next(next), "counts", counts);
    return true;
}

/* ---- one job ---- */

/* Viewers see no personal data; who may act on it may read it. */
static bool may_read(const struct call *call)
{
    return call->peer->role >= PROTO_OPERATOR;
}

static json_t *talk(const struct call *call, const char *text)
{
    return mask_text(text, text != NULL ? strlen(text) : 0, TALK_MAX, may_read(call));
}

static json_t *attempts_of(struct call *call, int64_t id, struct err *err)
{
    struct job_attempt rows[ATTEMPTS_MAX];
    size_t count = ATTEMPTS_MAX;
    json_t *list;

    memset(rows, 0, sizeof rows);
    if (!jobs_attempts(call->db, id, rows, &count, err))
        return NULL;
    list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(
            list,
            json_pack("{s:i,s:I,s:I,s:s,s:s,s:o,s:o,s:o,s:o}", "n", rows[i].n, "started",
                      (json_int_t)rows[i].started, "ended", (json_int_t)rows[i].ended, "outcome",
                      rows[i].outcome, "kind",
                      rows[i].kind == ERR_NONE ? "" : err_name(rows[i].kind), "text",
                      json_str(rows[i].text), "request", talk(call, rows[i].request), "response",
                      talk(call, rows[i].response), "request_id", json_str(rows[i].request_id)));
        job_attempt_clear(&rows[i]);
    }
    return list;
}

static json_t *payload_of(struct call *call, int64_t id)
{
    struct err none = { .kind = ERR_NONE };
    size_t len = 0;
    char *text AUTO_FREE = jobs_payload(call->db, id, &len, &none);

    if (text == NULL) /* trimmed by now: that is no error */
        return json_pack("{s:i,s:n}", "size", 0, "preview");
    return json_pack("{s:I,s:o}", "size", (json_int_t)len, "preview",
                     mask_text(text, len, PREVIEW_MAX, may_read(call)));
}

static json_t *trigger_of(struct call *call, const struct job *job)
{
    struct err none = { .kind = ERR_NONE };
    struct hook hook = { .id = 0 };

    if (job->inbox == 0 || !inbox_get(call->db, job->inbox, &hook, NULL, NULL, NULL, &none))
        return json_pack("{s:n,s:s}", "webhook", "topic", "");
    return json_pack("{s:I,s:o}", "webhook", (json_int_t)hook.id, "topic", json_str(hook.topic));
}

static json_t *history_of(struct call *call, const struct job *job, struct err *err)
{
    struct history_event rows[EVENTS_MAX];
    size_t count = EVENTS_MAX;
    int64_t next;
    json_t *list = json_array();

    if (job->record[0] == '\0')
        return list;
    if (!history_list(call->db, job->backend, job->record, 0, rows, &count, &next, err)) {
        json_decref(list);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, rows_event(&rows[i]));
    return list;
}

/* What happens next, in words; times stand in the fields of their own. */
static const char *next_step(const struct job *job, int64_t waits_for)
{
    switch (job->state) {
    case JOB_READY:
        return waits_for != 0 ? "starts when the job before it on the same record has ended"
                              : "starts as soon as a worker is free";
    case JOB_WAITING:
        return job->tries > 0 ? "tries again when it is due" : "starts when it is due";
    case JOB_RUNNING:
        return "a worker has it in hand";
    case JOB_ASKING:
        return "waits for a person's choice";
    case JOB_PARKED:
        return "waits for a person: solve its cause, then run it again";
    case JOB_NOFLOW:
        return "is kept until this kind of webhook is handled";
    case JOB_FINISHED:
        return "nothing: it is done";
    case JOB_CANCELLED:
        return "nothing: it was cancelled";
    case JOB_STATE_COUNT:
        break;
    }
    return "";
}

bool m_jobs_get(struct call *call, struct err *err)
{
    const struct control_services *services = call->services;
    struct job job;
    json_auto_t *object = NULL;
    json_t *attempts, *history;
    int64_t waits_for = 0, blocks = 0;
    const char *does = NULL;

    if (!jobs_get(call->db, call_int(call, "id", 0), &job, err) ||
        !jobs_neighbours(call->db, &job, &waits_for, &blocks, err) ||
        (object = rows_job(call, &job, err)) == NULL ||
        (attempts = attempts_of(call, job.id, err)) == NULL)
        return false;
    json_object_set_new(object, "attempts", attempts);
    history = history_of(call, &job, err);
    if (history == NULL)
        return false;
    json_object_set_new(object, "history", history);
    if (services->job_words != NULL)
        does = services->job_words(services->ctx, job.kind);
    json_object_set_new(object, "does", json_str(does != NULL ? does : job.kind));
    json_object_set_new(object, "trigger", trigger_of(call, &job));
    json_object_set_new(object, "key", json_str(job.record));
    json_object_set_new(object, "payload", payload_of(call, job.id));
    json_object_set_new(object, "waits_for", json_id_or_null(waits_for));
    json_object_set_new(object, "blocks", json_id_or_null(blocks));
    json_object_set_new(object, "next_step", json_string(next_step(&job, waits_for)));
    call->result = json_incref(object);
    return true;
}

/* ---- what people do with sets of jobs ---- */

static bool act(struct call *call, struct jobs_bulk *bulk, const char *after, struct err *err)
{
    struct call_note note = { .object = "" };
    struct selection selection;
    bool good;

    if (!select_read(&selection, json_at(call->params, "selector"), err)) {
        call->code = PROTO_PARAMS;
        return false;
    }
    bulk->of = selection.of;
    select_words(&selection, note.object, sizeof note.object);
    str_copy(note.after, sizeof note.after, after);
    good = select_act(call, bulk, &note, err);
    select_clear(&selection);
    return good;
}

bool m_jobs_requeue(struct call *call, struct err *err)
{
    struct jobs_bulk bulk = { .step = STEP_REQUEUE };

    return act(call, &bulk, "ready", err);
}

bool m_jobs_cancel(struct call *call, struct err *err)
{
    struct jobs_bulk bulk = { .step = STEP_CANCEL };

    return act(call, &bulk, "cancelled", err);
}

bool m_jobs_done(struct call *call, struct err *err)
{
    struct jobs_bulk bulk = { .step = STEP_SETTLE };
    const char *reason = call_text(call, "reason");

    if (reason == NULL || reason[0] == '\0')
        return err_set(err, ERR_INVALID, "say in reason how it was settled");
    return act(call, &bulk, "settled by hand", err);
}

bool m_jobs_priority(struct call *call, struct err *err)
{
    struct jobs_bulk bulk = { .repriority = true };
    int64_t priority = call_int(call, "priority", -1);
    char after[32];

    if (priority < 0 || priority >= LANE_PRIORITIES)
        return err_set(err, ERR_INVALID, "priority must be from 0 to %d", LANE_PRIORITIES - 1);
    bulk.priority = (int)priority;
    snprintf(after, sizeof after, "priority %d", bulk.priority);
    return act(call, &bulk, after, err);
}

bool m_jobs_snooze(struct call *call, struct err *err)
{
    struct jobs_bulk bulk = { .step = STEP_SNOOZE, .until = call_int(call, "until", 0) };
    char after[WHEN_TEXT_MAX + 8] = "until ";

    if (bulk.until <= when_now())
        return err_set(err, ERR_INVALID, "until must lie in the future");
    when_iso(bulk.until, after + strlen(after));
    return act(call, &bulk, after, err);
}
