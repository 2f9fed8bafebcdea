#include <stdlib.h>
#include <string.h>

#include "base/mutex.h"
#include "base/str.h"
#include "queue/schedule_inside.h"
#include "store/hands.h"

#define ENDING_MAX 8192     /* ends on their way to the disk: above it nothing new begins */
#define ROAD_WINDOW_MIN 64
#define ROAD_WINDOW_MOST 2048
#define IDLE_US (60 * WHEN_SECOND) /* the longest sleep: the clock may have been set */

/* A batch in a worker's hands. */
struct hand {
    struct batch batch;
    size_t road;
    struct batch_job jobs[SCHEDULE_BATCH_MAX];
};

/* ---- roads ---- */

static struct road *road_of(struct schedule *s, int64_t id)
{
    for (size_t i = 0; i < s->road_count; i++)
        if (s->roads[i].id == id)
            return &s->roads[i];
    return NULL;
}

static struct road *road_add(struct schedule *s, const struct jobs_want *want)
{
    struct road *road;

    if (s->road_count == LANES_MAX)
        return NULL;
    road = &s->roads[s->road_count++];
    memset(road, 0, sizeof *road);
    road->id = want->lane;
    STAILQ_INIT(&road->window);
    lane_init(&road->lane, want->max);
    return road;
}

static void spark(struct road *road, int finished)
{
    int64_t slot = when_ticks() / SPARK_SLOT_US;

    for (; road->spark_slot < slot && slot - road->spark_slot <= SPARK_SLOTS; road->spark_slot++)
        road->spark[(road->spark_slot + 1) % SPARK_SLOTS] = 0;
    if (road->spark_slot < slot) {
        memset(road->spark, 0, sizeof road->spark);
        road->spark_slot = slot;
    }
    road->spark[slot % SPARK_SLOTS] += finished;
    road->finished += finished;
}

static const struct job_kind *kind_of(const struct schedule *s, const char *name)
{
    for (size_t i = 0; i < s->config.kind_count; i++)
        if (strcmp(s->config.kinds[i].name, name) == 0)
            return &s->config.kinds[i];
    return NULL;
}

/* ---- ends ---- */

void schedule_ended(struct schedule *s)
{
    bool was_full;

    mutex_lock(&s->lock);
    was_full = s->ending-- >= ENDING_MAX;
    if (s->ending == 0)
        pthread_cond_broadcast(&s->quiet);
    mutex_unlock(&s->lock);
    if (was_full)
        pool_wake(s->pool);
}

void schedule_end_again(struct schedule *s, struct ending *e)
{
    mutex_lock(&s->lock);
    e->again = when_ticks() + WHEN_SECOND;
    STAILQ_INSERT_TAIL(&s->again, e, link);
    s->ending--; /* a stop does not wait for a full disk: the next start gives the job back */
    pthread_cond_broadcast(&s->quiet);
    pthread_cond_broadcast(&s->alarm);
    mutex_unlock(&s->lock);
}

/* Under the lock. */
static void send_again(struct schedule *s)
{
    struct ending *e;

    while ((e = STAILQ_FIRST(&s->again)) != NULL && e->again <= when_ticks()) {
        STAILQ_REMOVE_HEAD(&s->again, link);
        s->ending++;
        store_send(s->store, &e->request);
    }
}

static void send_end(struct schedule *s, const struct batch_job *job)
{
    struct ending *e = ending_new(s, job);

    if (e == NULL) { /* it stays running on disk: the next start gives it back */
        free(job->request);
        free(job->response);
        if (job->change_free != NULL)
            job->change_free(job->change_ctx);
        return;
    }
    mutex_lock(&s->lock);
    s->ending++;
    mutex_unlock(&s->lock);
    store_send(s->store, &e->request);
}

/* A claimed job that is not begun goes back uncounted. */
static void give_back(struct schedule *s, struct claimed *c)
{
    struct batch_job job = { .job = c->job, .step = STEP_RELEASE, .said = true };

    send_end(s, &job);
    free(c);
}

/* All that waits in a window, when its lane may not run for a while. */
static void empty_road(struct schedule *s, struct road *road)
{
    struct claimed *c;

    mutex_lock(&s->lock);
    while ((c = STAILQ_FIRST(&road->window)) != NULL) {
        STAILQ_REMOVE_HEAD(&road->window, link);
        road->in_window--;
        s->in_window--;
        mutex_unlock(&s->lock);
        give_back(s, c);
        mutex_lock(&s->lock);
    }
    mutex_unlock(&s->lock);
}

/* ---- the pool's three calls ---- */

static struct hand *fill(struct schedule *s, struct road *road)
{
    struct claimed *first = STAILQ_FIRST(&road->window), *c;
    const struct job_kind *kind = kind_of(s, first->job.kind);
    size_t most = kind != NULL ? kind->batch_max : SCHEDULE_BATCH_MAX;
    struct hand *hand = calloc(1, sizeof *hand);

    if (hand == NULL)
        return NULL;
    if (most > SCHEDULE_BATCH_MAX)
        most = SCHEDULE_BATCH_MAX;
    hand->road = (size_t)(road - s->roads);
    hand->batch = (struct batch){ .kind = kind, .backend = road->backend, .store = s->store,
                                  .jobs = hand->jobs };
    while (hand->batch.count < most && (c = STAILQ_FIRST(&road->window)) != NULL &&
           kind_of(s, c->job.kind) == kind) {
        STAILQ_REMOVE_HEAD(&road->window, link);
        road->in_window--;
        s->in_window--;
        hand->jobs[hand->batch.count++].job = c->job;
        free(c);
    }
    return hand;
}

/* Does a batch of the first waiting job's kind find all it could take? One alone is no batch. */
static bool full_batch(const struct schedule *s, const struct road *road)
{
    const struct claimed *first = STAILQ_FIRST(&road->window);
    const struct job_kind *kind = first != NULL ? kind_of(s, first->job.kind) : NULL;

    return kind != NULL && kind->batch_max > 1 && road->in_window >= (int)kind->batch_max;
}

static bool paced(struct schedule *s, struct road *road, int64_t now)
{
    int64_t until = 0;

    if (s->config.pace == NULL ||
        s->config.pace(s->config.ctx, road->backend, road->name, &until))
        return true;
    if (until > now)
        road->lane.until = until;
    return false;
}

static void *take(void *ctx)
{
    struct schedule *s = ctx;
    struct hand *hand = NULL;
    int64_t now = when_ticks();

    mutex_lock(&s->lock);
    for (size_t n = 0; n < s->road_count && hand == NULL; n++) {
        struct road *road = &s->roads[(s->next_road + n) % s->road_count];

        if (s->stopping || s->held || s->ending >= ENDING_MAX || !road->open ||
            STAILQ_EMPTY(&road->window) ||
            !lane_may_start(&road->lane, now, full_batch(s, road)) || !paced(s, road, now))
            continue;
        hand = fill(s, road);
        if (hand == NULL)
            break;
        lane_start(&road->lane);
        s->next_road = (s->next_road + n + 1) % s->road_count;
        s->busy++;
    }
    mutex_unlock(&s->lock);
    return hand;
}

/* The err by which the lane judges the other side: of a batch, the worst for it. */
static const struct err *verdict(const struct batch *batch)
{
    const struct err *found = NULL;

    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_job *job = &batch->jobs[i];

        if (!job->said || job->step == STEP_DONE)
            continue;
        if (job->err.kind == ERR_DENIED || job->err.kind == ERR_BUSY ||
            job->err.kind == ERR_UNSURE || job->err.kind == ERR_LIMITED)
            found = &job->err;
    }
    return found;
}

static void work(void *ctx, unsigned worker, void *item)
{
    struct schedule *s = ctx;
    struct hand *hand = item;
    struct batch *batch = &hand->batch;
    int64_t ids[SCHEDULE_BATCH_MAX];
    struct err why = { 0 };
    const struct err *err;
    bool opened, breaker, was;
    int finished = 0;

    batch->worker = worker;
    batch->db = s->readers[worker];
    for (size_t i = 0; i < batch->count; i++)
        ids[i] = batch->jobs[i].job.id;
    hands_take(store_hands(s->store), worker, ids, batch->count);
    if (batch->kind != NULL)
        batch->kind->run(s->config.ctx, batch);
    else
        for (size_t i = 0; i < batch->count; i++)
            batch_noflow(&batch->jobs[i]);

    err = verdict(batch);
    if (err != NULL)
        why = *err;
    for (size_t i = 0; i < batch->count; i++)
        finished += batch->jobs[i].said && batch->jobs[i].step == STEP_DONE;
    mutex_lock(&s->lock);
    struct road *road = &s->roads[hand->road];
    was = road->lane.breaker != LANE_CLOSED;
    opened = lane_end(&road->lane, err, when_ticks());
    breaker = road->lane.breaker != LANE_CLOSED;
    spark(road, finished);
    mutex_unlock(&s->lock);

    for (size_t i = 0; i < batch->count; i++) {
        struct batch_job *job = &batch->jobs[i];

        batch_settle(job, batch->db, breaker);
        if (job->step == STEP_PARK && s->config.event != NULL)
            s->config.event(s->config.ctx, batch->backend, road->name, &job->job, "parked",
                            &job->err);
        send_end(s, job);
    }
    hands_drop(store_hands(s->store), worker);
    if (opened)
        empty_road(s, road);
    if (s->config.event != NULL && opened)
        s->config.event(s->config.ctx, batch->backend, road->name, NULL, "stopped", &why);
    if (s->config.event != NULL && was && !breaker)
        s->config.event(s->config.ctx, batch->backend, road->name, NULL, "runs again", NULL);
}

static void put(void *ctx, void *item)
{
    struct schedule *s = ctx;

    free(item);
    mutex_lock(&s->lock);
    s->busy--;
    s->wakes++; /* there is room in the window again, and a lane's rest may have changed */
    pthread_cond_broadcast(&s->alarm);
    if (s->busy == 0)
        pthread_cond_broadcast(&s->quiet);
    mutex_unlock(&s->lock);
}

static const struct pool_ops pool_ops = { take, work, put };

/* ---- the scheduler's thread ---- */

struct round {
    struct jobs_claim claim;
    struct jobs_want wants[LANES_MAX];
    struct job rows[JOBS_CLAIM_MAX];
};

static bool claim_change(struct db *db, void *ctx, struct err *err)
{
    return jobs_claim(db, ctx, err);
}

static int room_of(const struct schedule *s, const struct road *road)
{
    int most = road->lane.max * 2 * SCHEDULE_BATCH_MAX;

    if (most < ROAD_WINDOW_MIN)
        most = ROAD_WINDOW_MIN;
    if (most > ROAD_WINDOW_MOST)
        most = ROAD_WINDOW_MOST;
    most -= road->in_window;
    if (most > SCHEDULE_WINDOW_MAX - s->in_window)
        most = SCHEDULE_WINDOW_MAX - s->in_window;
    if (road->lane.until > when_ticks())
        most = 0; /* it rests */
    else if (road->lane.breaker != LANE_CLOSED && most > 1)
        most = road->in_window > 0 ? 0 : 1; /* the probe alone */
    return most > 0 ? most : 0;
}

static void ask_for(struct schedule *s, struct round *round)
{
    round->claim = (struct jobs_claim){ .now = when_now(), .wants = round->wants,
                                        .like = ROAD_WINDOW_MIN, .rows = round->rows,
                                        .count = JOBS_CLAIM_MAX };
    mutex_lock(&s->lock);
    for (size_t i = 0; i < s->road_count; i++)
        round->wants[i] = (struct jobs_want){ .lane = s->roads[i].id,
                                              .count = s->held ? 0 : room_of(s, &s->roads[i]) };
    round->claim.want_count = s->road_count;
    if (s->held)
        round->claim.like = 0;
    mutex_unlock(&s->lock);
}

/* Lanes that are not among the wants any more are held or paused: their window goes back. */
static void close_roads(struct schedule *s, const struct round *round)
{
    for (size_t i = 0; i < s->road_count; i++) {
        struct road *road = &s->roads[i];
        bool open = false, held;

        for (size_t k = 0; k < round->claim.want_count && !open; k++)
            open = round->wants[k].lane == road->id;
        mutex_lock(&s->lock);
        road->open = open;
        held = s->held;
        mutex_unlock(&s->lock);
        if (!open || held)
            empty_road(s, road);
    }
}

/* Puts what was claimed into the windows. Microseconds until the next job is due, -1: none. */
static int64_t take_in(struct schedule *s, struct round *round)
{
    int64_t wait = -1;

    mutex_lock(&s->lock);
    for (size_t i = 0; i < round->claim.want_count; i++) {
        const struct jobs_want *want = &round->wants[i];
        struct road *road = road_of(s, want->lane);
        int64_t until;

        if (road == NULL)
            road = road_add(s, want);
        if (road == NULL)
            continue;
        road->backend = want->backend;
        road->lane.max = want->max;
        str_copy(road->name, sizeof road->name, want->name);
        until = want->due > 0 ? want->due - round->claim.now : -1;
        if (until >= 0 && room_of(s, road) > 0 && (wait < 0 || until < wait))
            wait = until > 0 ? until : want->blocked ? -1 : 0;
    }
    for (size_t i = 0; i < round->claim.count; i++) {
        struct road *road = road_of(s, round->rows[i].lane_id);
        struct claimed *c = road != NULL ? malloc(sizeof *c) : NULL;

        if (c == NULL) /* stays running on disk until the next start */
            continue;
        c->job = round->rows[i];
        STAILQ_INSERT_TAIL(&road->window, c, link);
        road->in_window++;
        s->in_window++;
    }
    mutex_unlock(&s->lock);
    close_roads(s, round);
    return wait;
}

/* When the first lane that rests may go on; now + IDLE_US if none rests. Under the lock. */
static int64_t next_rest(const struct schedule *s, int64_t now)
{
    const struct ending *again = STAILQ_FIRST(&s->again);
    int64_t at = now + IDLE_US;

    if (again != NULL && again->again < at)
        at = again->again;
    for (size_t i = 0; i < s->road_count; i++)
        if (s->roads[i].lane.until > now && s->roads[i].lane.until < at)
            at = s->roads[i].lane.until;
    return at;
}

static void *run(void *arg)
{
    struct schedule *s = arg;
    struct round *round = calloc(1, sizeof *round);

    mutex_lock(&s->lock);
    while (!s->stopping && round != NULL) {
        uint64_t seen = s->wakes;
        struct err err = { 0 };
        int64_t wait = -1, until;
        bool more = false;

        send_again(s);
        if (s->started) {
            mutex_unlock(&s->lock);
            ask_for(s, round);
            if (store_do(s->store, claim_change, &round->claim, &err)) {
                wait = take_in(s, round);
                more = round->claim.count > 0;
            } else
                wait = WHEN_SECOND; /* the disk is full or broken: the writer says so */
            pool_wake(s->pool);
            mutex_lock(&s->lock);
        }
        until = next_rest(s, when_ticks());
        if (wait >= 0 && when_ticks() + wait < until)
            until = when_ticks() + wait;
        while (!s->stopping && seen == s->wakes && !more && when_ticks() < until)
            cond_wait_until(&s->alarm, &s->lock, until);
    }
    mutex_unlock(&s->lock);
    free(round);
    return NULL;
}

static void on_jobs(void *ctx)
{
    schedule_wake(ctx);
}

/* ---- the calls of schedule.h ---- */

struct schedule *schedule_new(struct store *store, const struct schedule_config *config,
                              struct err *err)
{
    AUTO(schedule) s = calloc(1, sizeof *s);
    int rc;

    if (s == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    s->store = store;
    s->config = *config;
    mutex_init(&s->lock);
    cond_init(&s->alarm);
    cond_init(&s->quiet);
    STAILQ_INIT(&s->again);
    for (unsigned i = 0; i < config->workers && i < POOL_THREADS_MAX; i++) {
        s->readers[i] = store_reader(store, err);
        if (s->readers[i] == NULL)
            return NULL;
    }
    s->pool = pool_new(config->workers, &pool_ops, s, err);
    if (s->pool == NULL)
        return NULL;
    rc = pthread_create(&s->thread, NULL, run, s);
    if (rc != 0) {
        err_errno(err, ERR_BUSY, rc, "start the scheduler");
        return NULL;
    }
    s->has_thread = true;
    store_on_jobs(store, on_jobs, s);
    return TAKE(s);
}

void schedule_wake(struct schedule *s)
{
    mutex_lock(&s->lock);
    s->wakes++;
    pthread_cond_broadcast(&s->alarm);
    mutex_unlock(&s->lock);
}

void schedule_start(struct schedule *s)
{
    mutex_lock(&s->lock);
    s->started = true;
    mutex_unlock(&s->lock);
    schedule_wake(s);
}

void schedule_hold(struct schedule *s, bool held)
{
    mutex_lock(&s->lock);
    s->held = held;
    mutex_unlock(&s->lock);
    schedule_wake(s);
}

/* When it has come through, no earlier callback of the writer's is under way any more. */
static bool nothing(struct db *db, void *ctx, struct err *err)
{
    (void)db;
    (void)ctx;
    (void)err;
    return true;
}

bool schedule_stop(struct schedule *s, unsigned deadline_ms)
{
    int64_t until = when_ticks() + (int64_t)deadline_ms * 1000;
    bool quiet;

    mutex_lock(&s->lock);
    s->stopping = true;
    s->wakes++;
    pthread_cond_broadcast(&s->alarm);
    mutex_unlock(&s->lock);
    if (s->has_thread) {
        store_on_jobs(s->store, NULL, NULL);
        pthread_join(s->thread, NULL);
        s->has_thread = false;
        for (size_t i = 0; i < s->road_count; i++)
            empty_road(s, &s->roads[i]);
    }
    mutex_lock(&s->lock);
    while ((s->busy > 0 || s->ending > 0) && when_ticks() < until)
        cond_wait_until(&s->quiet, &s->lock, until);
    quiet = s->busy == 0 && s->ending == 0;
    mutex_unlock(&s->lock);
    if (quiet) {
        store_do(s->store, nothing, NULL, NULL);
        pool_free(s->pool);
        s->pool = NULL;
    }
    return quiet;
}

void schedule_free(struct schedule *s)
{
    struct ending *e;

    if (s == NULL)
        return;
    if (s->pool != NULL && !schedule_stop(s, 60000))
        return; /* a worker still uses it: the process is about to end */
    while ((e = STAILQ_FIRST(&s->again)) != NULL) {
        STAILQ_REMOVE_HEAD(&s->again, link);
        ending_free(e);
    }
    pool_free(s->pool);
    for (unsigned i = 0; i < POOL_THREADS_MAX; i++)
        db_free(s->readers[i]);
    pthread_cond_destroy(&s->quiet);
    pthread_cond_destroy(&s->alarm);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

size_t schedule_lanes(struct schedule *s, struct schedule_lane *rows, size_t room)
{
    int64_t now = when_ticks();
    size_t n = 0;

    mutex_lock(&s->lock);
    for (; n < s->road_count && n < room; n++) {
        struct road *road = &s->roads[n];
        struct schedule_lane *row = &rows[n];

        spark(road, 0);
        memset(row, 0, sizeof *row);
        row->lane = road->id;
        row->backend = road->backend;
        str_copy(row->name, sizeof row->name, road->name);
        /* the one that is prepared ahead has no place yet */
        row->running = road->lane.running < road->lane.max ? road->lane.running : road->lane.max;
        row->window = road->in_window;
        row->breaker = road->lane.breaker != LANE_CLOSED;
        row->open_for_ms = road->lane.until > now ? (road->lane.until - now) / 1000 : 0;
        str_copy(row->why, sizeof row->why, road->lane.why);
        row->finished = road->finished;
        for (int i = 0; i < SPARK_SLOTS; i++)
            row->spark[i] = road->spark[(road->spark_slot + 1 + i) % SPARK_SLOTS];
    }
    mutex_unlock(&s->lock);
    return n;
}

void schedule_workers(struct schedule *s, unsigned *busy, unsigned *total)
{
    mutex_lock(&s->lock);
    *busy = s->busy;
    *total = s->config.workers;
    mutex_unlock(&s->lock);
}

void schedule_close_breaker(struct schedule *s, int64_t backend, const char *lane)
{
    mutex_lock(&s->lock);
    for (size_t i = 0; i < s->road_count; i++)
        if ((backend == 0 || s->roads[i].backend == backend) &&
            (lane == NULL || strcmp(s->roads[i].name, lane) == 0))
            lane_close(&s->roads[i].lane);
    mutex_unlock(&s->lock);
    schedule_wake(s);
}
