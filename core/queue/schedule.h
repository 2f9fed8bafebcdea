/*
 * schedule.h - gives due jobs to workers and writes down how they ended.
 *
 * The scheduler's thread claims due jobs of every lane into a small window in memory, many
 * in one commit; workers take batches of jobs of one kind and backend from it. How a job ends
 * and what it changed in the store are one commit. Nothing polls: the store says when a job
 * was added, and the next due time is known.
 *
 * A job that was in hand when the core died goes on alone, one such job at a time: if it kills the
 * core again, it was it, and not those that stood beside it.
 *
 * A record is in one worker's hands at a time. Jobs that were claimed but not begun when a
 * lane is held, or the core stops, go back uncounted.
 */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

#include "queue/state.h"
#include "store/jobs.h"
#include "store/store.h"

#define SCHEDULE_BATCH_MAX 250 /* what Shopify takes in one call */
#define SCHEDULE_WINDOW_MAX 4096 /* jobs in memory, all lanes together */

/* One job in a worker's hands. run says how it ended with exactly one of the batch_ calls. */
struct batch_job {
    struct job job;
    void *data; /* run's own, untouched by the scheduler */
    /* below: the scheduler's, filled by the calls */
    enum job_step step;
    bool said;
    struct err err;
    when until;
    bool free_try;
    store_change *change;
    void *change_ctx;
    void (*change_free)(void *ctx);
    char *request, *response;
    char request_id[STORE_NAME_MAX];
};

struct job_kind;

struct batch {
    const struct job_kind *kind;
    int64_t backend;
    unsigned worker;     /* 0 to workers - 1 */
    struct store *store; /* for store_do: an intent must be on disk before it is sent */
    struct db *db;       /* this worker's reader */
    struct batch_job *jobs;
    size_t count;        /* 1 to kind->batch_max */
    /* By side: kind NONE, or why it is out and for how long (wait_ms): leave it alone. */
    struct err out[ERR_SIDE_COUNT];
    unsigned answered;   /* run's: ERR_SIDE_BITs of the sides that answered anything */
};

struct job_kind {
    const char *name, *lane;
    int priority;       /* of new jobs, 0 to 5 */
    unsigned batch_max; /* 1 to SCHEDULE_BATCH_MAX */
    unsigned needs;     /* ERR_SIDE_BITs: the sides without which it is not begun */
    /* On a worker's thread. A job it says nothing about is parked with err BUG. */
    void (*run)(void *ctx, struct batch *batch);
};

/* ---- how a job ended: inside run only ---- */
void batch_done(struct batch_job *job);
/* What err means decides: see schedule.c's table (retry, wait, park, open the breaker). */
void batch_failed(struct batch_job *job, const struct err *err);
void batch_again(struct batch_job *job, when until); /* not an error: go on then, no try counted */
void batch_park(struct batch_job *job, const struct err *err);
void batch_ask(struct batch_job *job, const struct err *err);
void batch_noflow(struct batch_job *job);
void batch_cancel(struct batch_job *job, const char *why);
/*
 * To be committed together with the end (however it ended); free_ctx (may be NULL) runs after
 * the commit. If the change fails, the job ends as batch_failed with its err instead. Once a job.
 */
void batch_change(struct batch_job *job, store_change *change, void *ctx,
                  void (*free_ctx)(void *ctx));
/* What was sent and answered, masked; copied and cut. Any may be NULL: unchanged. */
void batch_talk(struct batch_job *job, const char *request, const char *response,
                const char *request_id);

/* ---- the scheduler ---- */

struct schedule_config {
    unsigned workers;
    const struct job_kind *kinds; /* outlive the scheduler; a job of another kind gets noflow */
    size_t kind_count;
    void *ctx; /* for run and pace */
    /*
     * May a batch of this lane start? False: not before *until (when_ticks). May be NULL. It
     * is called under the scheduler's lock: answer from memory.
     */
    bool (*pace)(void *ctx, int64_t backend, const char *lane, int64_t *until);
    /*
     * A job was parked, or a breaker opened ("stopped") or closed ("runs again"): for the log and
     * the alerts. May be NULL. Any thread; must not wait. job NULL: the lane, and err names the
     * side, with kind NONE when it is closed.
     */
    void (*event)(void *ctx, int64_t backend, const char *lane, const struct job *job,
                  const char *what, const struct err *err);
};

struct schedule;

struct schedule *schedule_new(struct store *store, const struct schedule_config *config,
                              struct err *err);
void schedule_wake(struct schedule *s);  /* look again; any thread */
void schedule_start(struct schedule *s); /* begin: nothing is claimed before */
/* Starts nothing new; what runs goes on. For the operator's pause of everything. */
void schedule_hold(struct schedule *s, bool held);
/*
 * Lets what runs finish for at most deadline_ms, gives back what was not begun, joins all
 * threads. False: something was still running and is left to its fate: end the process.
 */
bool schedule_stop(struct schedule *s, unsigned deadline_ms);
void schedule_free(struct schedule *s); /* stops with a minute's deadline if it still runs */
AUTO_DEFINE(schedule)

/* The lanes as the scheduler sees them, for the console. */
struct schedule_lane {
    int64_t lane, backend;
    char name[STORE_NAME_MAX];
    int running, window; /* batches in hand; jobs claimed and not begun */
    bool breaker;        /* none of its kinds may start */
    int64_t open_for_ms; /* until the next probe */
    char why[ERR_TEXT_MAX]; /* names the side; also of one that it can do without */
    unsigned out;           /* ERR_SIDE_BITs */
    int64_t finished;      /* jobs since the start */
    int spark[30];         /* finished per 10 s, oldest first */
};
size_t schedule_lanes(struct schedule *s, struct schedule_lane *rows, size_t room);
void schedule_workers(struct schedule *s, unsigned *busy, unsigned *total);
/* A person says: try now. lane NULL: every lane of the backend; backend 0: all. */
void schedule_close_breaker(struct schedule *s, int64_t backend, const char *lane);

#endif
