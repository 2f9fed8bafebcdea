#include <stdlib.h>
#include <string.h>

#include "base/mutex.h"
#include "base/str.h"
#include "queue/schedule_inside.h"
#include "store/hands.h"

#define ENDING_MAX 8192     /* ends on their way to the disk: above it nothing new begins */


/* A batch in a worker's hands. */
struct hand {
    struct batch batch;
    size_t road;
    struct lane_trip trip;
    bool suspect; /* its one job was in hand at a crash */
    struct batch_job jobs[SCHEDULE_BATCH_MAX];
};

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

/* What waits in a window and needs one of these sides, when it may not run for a while. */
static void empty_road(struct schedule *s, struct road *road, unsigned sides)
{
    STAILQ_HEAD(, claimed) back = STAILQ_HEAD_INITIALIZER(back);
    struct claimed *c, *next;

    mutex_lock(&s->lock);
    for (c = STAILQ_FIRST(&road->window); c != NULL; c = next) {
        next = STAILQ_NEXT(c, link);
        if ((road_needs(road_kind(s, c->job.kind)) & sides) == 0)
            continue;
        road_take_out(s, road, c);
        STAILQ_INSERT_TAIL(&back, c, link);
    }
    mutex_unlock(&s->lock);
    while ((c = STAILQ_FIRST(&back)) != NULL) {
        STAILQ_REMOVE_HEAD(&back, link);
        give_back(s, c);
    }
}

/* ---- the pool's three calls ---- */

/* What a batch is told of the sides that are out. */
static void tell_out(struct batch *batch, const struct lane *lane, unsigned shut, int64_t now)
{
    for (unsigned side = 0; side < ERR_SIDE_COUNT; side++) {
        const struct breaker *b = &lane->sides[side];
        struct err *out = &batch->out[side];

        if ((shut & ERR_SIDE_BIT(side)) == 0)
            continue;
        err_set(out, ERR_BUSY, "%s is out: %s", err_side_name(side),
                b->why[0] != '\0' ? b->why : "it slows us down");
        err_from(out, side);
        out->wait_ms = b->until > now ? (unsigned)((b->until - now) / 1000) + 1 : 1000;
    }
}

static struct hand *fill(struct schedule *s, struct road *road, const struct claimed *first)
{
    struct claimed *c, *next;
    const struct job_kind *kind = road_kind(s, first->job.kind);
    size_t most = kind != NULL ? kind->batch_max : SCHEDULE_BATCH_MAX;
    struct hand *hand = calloc(1, sizeof *hand);

    if (hand == NULL)
        return NULL;
    if (most > SCHEDULE_BATCH_MAX)
        most = SCHEDULE_BATCH_MAX;
    hand->suspect = first->job.crashes > 0;
    hand->road = (size_t)(road - s->roads);
    hand->batch = (struct batch){ .kind = kind, .backend = road->backend, .store = s->store,
                                  .jobs = hand->jobs };
    for (c = STAILQ_FIRST(&road->window); c != NULL && hand->batch.count < most; c = next) {
        next = STAILQ_NEXT(c, link);
        if (hand->suspect ? c != first
                          : c->job.crashes > 0 || road_kind(s, c->job.kind) != kind)
            continue;
        road_take_out(s, road, c);
        hand->jobs[hand->batch.count++].job = c->job;
        free(c);
    }
    return hand;
}

static bool paced(struct schedule *s, struct road *road, int64_t now)
{
    int64_t until = 0;

    if (s->config.pace == NULL ||
        s->config.pace(s->config.ctx, road->backend, road->name, &until))
        return true;
    if (until > now)
        road->lane.sides[ERR_SIDE_NONE].until = until;
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
        const struct claimed *first;

        if (s->stopping || s->held || s->ending >= ENDING_MAX || !road->open ||
            (first = road_startable(s, road, now)) == NULL || !paced(s, road, now))
            continue;
        hand = fill(s, road, first);
        if (hand == NULL)
            break;
        lane_start(&road->lane, hand->batch.kind != NULL ? ~0U : 0, now, &hand->trip);
        tell_out(&hand->batch, &road->lane, hand->trip.shut, now);
        s->next_road = (s->next_road + n + 1) % s->road_count;
        s->busy++;
        s->suspect |= hand->suspect;
    }
    mutex_unlock(&s->lock);
    return hand;
}

/* The errs by which the lane judges each side: of a batch, the worst for it. */
static void verdicts(const struct batch *batch, struct err errs[ERR_SIDE_COUNT])
{
    memset(errs, 0, ERR_SIDE_COUNT * sizeof errs[0]);
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_job *job = &batch->jobs[i];

        if (!job->said || job->step == STEP_DONE)
            continue;
        if (job->err.kind == ERR_DENIED || job->err.kind == ERR_BUSY ||
            job->err.kind == ERR_UNSURE || job->err.kind == ERR_LIMITED)
            errs[job->err.side] = job->err;
    }
}

/* Tells of each side whose breaker opened or closed. */
static void tell(struct schedule *s, const struct road *road, unsigned opened, unsigned closed,
                 const struct err errs[ERR_SIDE_COUNT])
{
    for (unsigned side = 0; s->config.event != NULL && side < ERR_SIDE_COUNT; side++) {
        struct err none = { .side = side };

        if ((opened & ERR_SIDE_BIT(side)) != 0)
            s->config.event(s->config.ctx, road->backend, road->name, NULL, "stopped",
                            &errs[side]);
        if ((closed & ERR_SIDE_BIT(side)) != 0)
            s->config.event(s->config.ctx, road->backend, road->name, NULL, "runs again", &none);
    }
}

static void work(void *ctx, unsigned worker, void *item)
{
    struct schedule *s = ctx;
    struct hand *hand = item;
    struct batch *batch = &hand->batch;
    int64_t ids[SCHEDULE_BATCH_MAX];
    struct err errs[ERR_SIDE_COUNT];
    unsigned opened, shut, was;
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

    verdicts(batch, errs);
    hand->trip.answered = batch->answered | ERR_SIDE_BIT(ERR_SIDE_NONE);
    for (size_t i = 0; i < batch->count; i++)
        finished += batch->jobs[i].said && batch->jobs[i].step == STEP_DONE;
    mutex_lock(&s->lock);
    struct road *road = &s->roads[hand->road];
    was = lane_shut(&road->lane);
    opened = lane_end(&road->lane, &hand->trip, errs, when_ticks());
    shut = lane_shut(&road->lane);
    road_spark(road, finished);
    mutex_unlock(&s->lock);

    for (size_t i = 0; i < batch->count; i++) {
        struct batch_job *job = &batch->jobs[i];

        batch_settle(job, batch->db, shut);
        if (job->step == STEP_PARK && s->config.event != NULL)
            s->config.event(s->config.ctx, batch->backend, road->name, &job->job, "parked",
                            &job->err);
        send_end(s, job);
    }
    hands_drop(store_hands(s->store), worker);
    if (opened != 0)
        empty_road(s, road, opened);
    tell(s, road, opened, was & ~shut, errs);
}

static void put(void *ctx, void *item)
{
    struct schedule *s = ctx;
    struct hand *hand = item;

    mutex_lock(&s->lock);
    s->busy--;
    if (hand->suspect)
        s->suspect = false;
    s->wakes++; /* there is room in the window again, and a lane's rest may have changed */
    pthread_cond_broadcast(&s->alarm);
    if (s->busy == 0)
        pthread_cond_broadcast(&s->quiet);
    mutex_unlock(&s->lock);
    free(hand);
}

static const struct pool_ops pool_ops = { take, work, put };

/* ---- the scheduler's thread ---- */

struct round {
    struct jobs_claim claim;
    struct jobs_want wants[LANES_MAX];
    const char *kinds[KINDS_MAX];
    struct job rows[JOBS_CLAIM_MAX];
};

static bool claim_change(struct db *db, void *ctx, struct err *err)
{
    return jobs_claim(db, ctx, err);
}

static void ask_for(struct schedule *s, struct round *round)
{
    round->claim = (struct jobs_claim){ .now = when_now(), .wants = round->wants,
                                        .like = ROAD_WINDOW_MIN, .rows = round->rows,
                                        .count = JOBS_CLAIM_MAX, .kinds = round->kinds };
    for (size_t k = 0; k < s->config.kind_count && k < KINDS_MAX; k++)
        round->kinds[round->claim.kind_count++] = s->config.kinds[k].name;
    mutex_lock(&s->lock);
    for (size_t i = 0; i < s->road_count; i++) {
        struct jobs_want *want = &round->wants[i];

        *want = (struct jobs_want){ .lane = s->roads[i].id };
        want->count = road_room(s, &s->roads[i], &want->shut);
        if (s->held)
            want->count = 0;
    }
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
            empty_road(s, road, ~0U);
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
        uint32_t shut;
        int64_t until;

        if (road == NULL)
            road = road_add(s, want);
        if (road == NULL)
            continue;
        road->backend = want->backend;
        road->lane.max = want->max;
        str_copy(road->name, sizeof road->name, want->name);
        until = want->due > 0 ? want->due - round->claim.now : -1;
        if (until >= 0 && road_room(s, road, &shut) > 0 && (wait < 0 || until < wait))
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
        until = roads_rest(s, when_ticks());
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
            empty_road(s, &s->roads[i], ~0U);
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

void schedule_workers(struct schedule *s, unsigned *busy, unsigned *total)
{
    mutex_lock(&s->lock);
    *busy = s->busy;
    *total = s->config.workers;
    mutex_unlock(&s->lock);
}

void schedule_close_breaker(struct schedule *s, int64_t backend, const char *lane)
{
    static const struct err none[ERR_SIDE_COUNT];
    size_t count;

    mutex_lock(&s->lock);
    count = s->road_count; /* roads stay where they are */
    mutex_unlock(&s->lock);
    for (size_t i = 0; i < count; i++) {
        struct road *road = &s->roads[i];
        unsigned closed = 0;

        mutex_lock(&s->lock);
        if ((backend == 0 || road->backend == backend) &&
            (lane == NULL || strcmp(road->name, lane) == 0)) {
            closed = lane_shut(&road->lane);
            lane_close(&road->lane);
        }
        mutex_unlock(&s->lock);
        tell(s, road, 0, closed, none);
    }
    schedule_wake(s);
}
