/*
 * How a job in hand ends: what its run said, turned into one commit with what it changed.
 *
 * What batch_failed makes of an err:
 *
 *   kind                              end    the try
 *   busy, unsure, conflict            wait   counts, unless that side's breaker is open
 *   limited                           wait   free; as long as the other side says
 *   denied                            wait   free; that side's breaker opens
 *   refused, missing, invalid, bug    park
 *
 * Waits grow with the tries, with full jitter: a random part of 1 s, 2 s, 4 s ... 5 min. After
 * the backend's attempts_max tries a job is parked.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/str.h"
#include "queue/schedule_inside.h"
#include "store/policies.h"

#define BACKOFF_FIRST_US (1 * WHEN_SECOND)
#define BACKOFF_MOST_US (5 * WHEN_MINUTE)
#define BACKOFF_LEAST_US (WHEN_SECOND / 10)

static void say(struct batch_job *job, enum job_step step)
{
    job->step = step;
    job->said = true;
}

void batch_done(struct batch_job *job)
{
    say(job, STEP_DONE);
}

void batch_failed(struct batch_job *job, const struct err *err)
{
    bool park = err->kind == ERR_REFUSED || err->kind == ERR_MISSING || err->kind == ERR_INVALID ||
                err->kind == ERR_BUG;

    job->err = *err;
    job->free_try = err->kind == ERR_LIMITED || err->kind == ERR_DENIED;
    say(job, park ? STEP_PARK : STEP_WAIT);
}

void batch_again(struct batch_job *job, when until)
{
    job->until = until;
    job->free_try = true;
    say(job, STEP_WAIT);
}

void batch_park(struct batch_job *job, const struct err *err)
{
    job->err = *err;
    say(job, STEP_PARK);
}

void batch_ask(struct batch_job *job, const struct err *err)
{
    job->err = *err;
    say(job, STEP_ASK);
}

void batch_noflow(struct batch_job *job)
{
    say(job, STEP_HOLD);
}

void batch_cancel(struct batch_job *job, const char *why)
{
    err_set(&job->err, ERR_NONE, "%s", why);
    say(job, STEP_CANCEL);
}

void batch_change(struct batch_job *job, store_change *change, void *ctx, void (*free_ctx)(void *))
{
    if (job->change_free != NULL)
        job->change_free(job->change_ctx);
    job->change = change;
    job->change_ctx = ctx;
    job->change_free = free_ctx;
}

static void keep(char **to, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    free(*to);
    *to = strndup(text, JOBS_TEXT_MAX - 1);
    if (*to != NULL)
        utf8_cut(*to, strlen(*to));
}

void batch_talk(struct batch_job *job, const char *request, const char *response,
                const char *request_id)
{
    keep(&job->request, request);
    keep(&job->response, response);
    if (request_id != NULL && request_id[0] != '\0')
        str_copy(job->request_id, sizeof job->request_id, request_id);
}

int64_t batch_backoff_us(int tries)
{
    int64_t most = BACKOFF_FIRST_US, part;
    uint32_t dice = 0;

    for (int i = 1; i < tries && most < BACKOFF_MOST_US; i++)
        most *= 2;
    if (most > BACKOFF_MOST_US)
        most = BACKOFF_MOST_US;
    if (getrandom(&dice, sizeof dice, 0) != (ssize_t)sizeof dice)
        dice = UINT32_MAX / 2;
    part = (int64_t)((double)most * ((double)dice / (double)UINT32_MAX));
    return part > BACKOFF_LEAST_US ? part : BACKOFF_LEAST_US;
}

void batch_settle(struct batch_job *job, struct db *db, unsigned shut)
{
    struct err ignored = { 0 };
    int64_t most = 8;

    if (!job->said) {
        err_set(&job->err, ERR_BUG, "%s said nothing of how it ended", job->job.kind);
        say(job, STEP_PARK);
    }
    if (job->step != STEP_WAIT || job->until != 0)
        return;
    if ((shut & ERR_SIDE_BIT(job->err.side)) != 0 && (job->err.kind == ERR_BUSY || job->err.kind == ERR_UNSURE))
        job->free_try = true;
    policies_int(db, job->job.backend, POLICY_attempts_max, &most, &ignored);
    if (!job->free_try && job->job.tries >= most) {
        job->step = STEP_PARK;
        return;
    }
    if (job->err.wait_ms > 0)
        job->until = when_now() + (int64_t)job->err.wait_ms * 1000;
    else
        job->until = when_now() + batch_backoff_us(job->job.tries);
}

/* ---- one commit ---- */

static bool end_change(struct db *db, void *ctx, struct err *err)
{
    struct ending *e = ctx;
    struct batch_job *j = &e->job;
    struct job_end end = { .id = j->job.id, .step = j->step, .now = when_now(), .until = j->until,
                           .free_try = j->free_try, .request = j->request,
                           .response = j->response,
                           .request_id = j->request_id[0] != '\0' ? j->request_id : NULL };

    if (j->err.kind != ERR_NONE || j->err.text[0] != '\0')
        end.err = &j->err;
    return (j->change == NULL || j->change(db, j->change_ctx, err)) && jobs_end(db, &end, err);
}

void ending_free(struct ending *e)
{
    if (e->job.change_free != NULL)
        e->job.change_free(e->job.change_ctx);
    free(e->job.request);
    free(e->job.response);
    free(e);
}

/* On the writer thread. A change that failed is left out; the job ends with its err instead. */
static void end_done(struct store_request *request)
{
    struct ending *e = request->ctx;
    struct schedule *s = e->schedule;

    if (!request->ok && request->err.kind == ERR_BUSY) {
        schedule_end_again(s, e); /* nothing was written, and what was done stays done */
        return;
    }
    if (!request->ok && !e->second) {
        struct err why = request->err;

        e->second = true;
        if (e->job.change_free != NULL)
            e->job.change_free(e->job.change_ctx);
        e->job.change = NULL;
        e->job.change_free = NULL;
        if (e->job.step == STEP_DONE) {
            batch_failed(&e->job, &why);
            e->job.until = when_now() + batch_backoff_us(e->job.job.tries);
        }
        e->request.change = end_change;
        store_send(s->store, &e->request);
        return;
    }
    ending_free(e);
    schedule_ended(s);
}

struct ending *ending_new(struct schedule *s, const struct batch_job *job)
{
    struct ending *e = calloc(1, sizeof *e);

    if (e == NULL)
        return NULL;
    e->schedule = s;
    e->job = *job;
    e->request = (struct store_request){ .change = end_change, .done = end_done, .ctx = e };
    return e;
}
