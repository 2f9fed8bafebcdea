#include "tests/unit/unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "queue/pool.h"
#include "queue/schedule.h"
#include "store/backends.h"
#include "store/history.h"
#include "store/lanes.h"
#include "store/policies.h"
#include "tests/unit/place.h"

#define PATIENCE_US 30000000 /* only a broken program waits that long */

/* ---- the pool ---- */

struct numbers {
    int given, wanted;
    atomic_int worked;
    int put;
};

static void *take_number(void *ctx)
{
    struct numbers *n = ctx;

    return n->given < n->wanted ? &n[++n->given] : NULL;
}

static void work_number(void *ctx, unsigned worker, void *item)
{
    struct numbers *n = ctx;

    (void)worker;
    (void)item;
    n->worked++;
}

static void put_number(void *ctx, void *item)
{
    struct numbers *n = ctx;

    (void)item;
    n->put++;
}

static void every_item_is_worked_once_and_put_back(void **fixture)
{
    static const struct pool_ops ops = { take_number, work_number, put_number };
    static struct numbers n[1001];
    struct err err = { 0 };
    struct pool *pool;

    (void)fixture;
    memset(n, 0, sizeof n);
    n[0].wanted = 1000;
    pool = pool_new(8, &ops, n, &err);
    assert_non_null(pool);
    while (n[0].worked < 1000)
        usleep(1000);
    pool_free(pool);
    assert_int_equal(n[0].worked, 1000);
    assert_int_equal(n[0].put, 1000);
    assert_null(pool_new(0, &ops, n, &err));
    pool_free(NULL);
}

/* ---- the scheduler, on a real store ---- */

struct bench {
    struct place *place;
    int64_t backend;
    atomic_int runs, jobs, largest, parked, opened;
    enum err_kind fail; /* the first `fails` runs end with it */
    atomic_int fails;
    bool bad_change, silent;
    atomic_bool hold;         /* nobody comes back */
    atomic_int in_hand, most; /* batches at once */
    _Atomic(const struct rlimit *) limit; /* set while a job is in hand */
    pthread_mutex_t lock;
    char running[64][STORE_RECORD_MAX]; /* lock; records in hand */
    bool twice;                         /* lock; one was in two hands */
};

static bool write_history(struct db *db, void *ctx, struct err *err)
{
    return history_add(db, 1, ctx, "done", 0, NULL, "worked", err);
}

static bool fail_change(struct db *db, void *ctx, struct err *err)
{
    return write_history(db, ctx, err) && err_set(err, ERR_REFUSED, "the change says no");
}

static void mark(struct bench *b, const struct batch *batch, bool start)
{
    pthread_mutex_lock(&b->lock);
    for (size_t i = 0; i < batch->count; i++)
        for (unsigned w = 0; w < 64; w++)
            if (start && strcmp(b->running[w], batch->jobs[i].job.record) == 0)
                b->twice = true;
    for (size_t i = 0; i < batch->count; i++)
        snprintf(b->running[batch->worker], STORE_RECORD_MAX, "%s",
                 start ? batch->jobs[i].job.record : "");
    pthread_mutex_unlock(&b->lock);
}

static void run_order(void *ctx, struct batch *batch)
{
    struct bench *b = ctx;
    bool fail = atomic_fetch_sub(&b->fails, 1) > 0;

    mark(b, batch, true);
    if (atomic_fetch_add(&b->in_hand, 1) >= b->most)
        b->most = b->in_hand;
    while (b->hold)
        usleep(1000);
    if (b->limit != NULL)
        assert_int_equal(setrlimit(RLIMIT_FSIZE, b->limit), 0);
    b->runs++;
    if ((int)batch->count > b->largest)
        b->largest = (int)batch->count;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_job *job = &batch->jobs[i];
        struct err err = { 0 };

        b->jobs++;
        if (b->silent)
            continue;
        batch_talk(job, "{\"call\":1}", "{\"ok\":true}", "req-1");
        batch_change(job, b->bad_change ? fail_change : write_history, strdup(job->job.record),
                     free);
        if (fail) {
            err_set(&err, b->fail, "failed as told");
            batch_failed(job, &err);
        } else {
            batch_done(job);
        }
    }
    b->in_hand--;
    mark(b, batch, false);
}

static void note_event(void *ctx, int64_t backend, const char *lane, const struct job *job,
                       const char *what, const struct err *err)
{
    struct bench *b = ctx;

    (void)backend;
    (void)lane;
    (void)err;
    if (job != NULL)
        b->parked++;
    else
        b->opened += strcmp(what, "stopped") == 0;
}

static const struct job_kind kinds[] = { { "order_in", "orders", 0, 20, 0, run_order },
                                         { "single", "single", 0, 1, 0, run_order } };

static struct schedule *start(struct bench *b, struct place *p)
{
    struct schedule_config config = { .workers = 4, .kinds = kinds, .kind_count = 2, .ctx = b,
                                      .event = note_event };
    struct schedule *s;

    b->place = p;
    pthread_mutex_init(&b->lock, NULL);
    s = schedule_new(p->store, &config, &p->err);
    assert_non_null(s);
    return s;
}

struct many {
    int64_t backend;
    const char *lane, *kind;
    int from, to;
    bool no_record;
};

static bool many_change(struct db *db, void *ctx, struct err *err)
{
    struct many *m = ctx;

    if (m->backend == 0) {
        struct backend b = { .name = "main", .shop = "main", .odoo_url = "https://o.example.com",
                             .odoo_db = "d", .odoo_login = "l" };

        if (!backends_add(db, &b, &m->backend, err))
            return false;
    }
    for (int i = m->from; i < m->to; i++) {
        char record[32];
        int64_t id;
        struct job_new job = { .backend = m->backend, .lane = m->lane, .kind = m->kind,
                               .record = m->no_record ? NULL : record, .payload = "{}",
                               .payload_len = 2 };

        snprintf(record, sizeof record, "order:%d", i);
        if (!jobs_add(db, &job, &id, NULL, err))
            return false;
    }
    return true;
}

static int64_t count(struct place *p, enum job_state state)
{
    AUTO(db) db = store_reader(p->store, &p->err);
    int64_t counts[JOB_STATE_COUNT];

    assert_true(lanes_totals(db, 0, counts, &p->err));
    return counts[state];
}

static void wait_for(struct place *p, enum job_state state, int64_t n)
{
    int64_t until = when_ticks() + PATIENCE_US;

    while (count(p, state) != n && when_ticks() < until)
        usleep(2000);
    assert_int_equal(count(p, state), n);
}

static void jobs_are_worked_in_batches_and_end_with_their_changes(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .fails = 0 };
    struct many m = { .lane = "orders", .kind = "order_in", .to = 500 };
    struct schedule *s = start(&b, p);
    struct history_event event;
    struct job_attempt attempt;
    size_t n = 1;
    int64_t next;

    assert_true(store_do(p->store, many_change, &m, &p->err));
    schedule_start(s);
    wait_for(p, JOB_FINISHED, 500);
    assert_int_equal(b.jobs, 500);
    assert_true(b.largest > 1 && b.largest <= 20);
    assert_false(b.twice);
    {
        AUTO(db) db = store_reader(p->store, &p->err);

        assert_true(history_list(db, 1, "order:499", 0, &event, &n, &next, &p->err));
        assert_int_equal(n, 1);
        assert_true(jobs_attempts(db, 1, &attempt, &n, &p->err));
        assert_int_equal(n, 1);
        assert_string_equal(attempt.outcome, "finished");
        assert_string_equal(attempt.response, "{\"ok\":true}");
        job_attempt_clear(&attempt);
    }
    assert_true(schedule_stop(s, 30000));
    schedule_free(s);
}

static bool two_places(struct db *db, void *ctx, struct err *err)
{
    int64_t changed;

    (void)ctx;
    return lanes_max(db, 0, "orders", 2, &changed, err);
}

/* How many batches were in hand at once, of so many jobs in a lane of two places. */
static int at_once(struct place *p, int from, int to, int wanted)
{
    struct bench b = { .hold = true };
    struct many m = { .lane = "orders", .kind = "order_in", .from = from, .to = to };
    struct schedule *s = start(&b, p);
    int64_t until = when_ticks() + PATIENCE_US;

    m.backend = from > 0 ? 1 : 0;
    assert_true(store_do(p->store, many_change, &m, &p->err));
    assert_true(store_do(p->store, two_places, NULL, &p->err));
    schedule_start(s);
    while (b.in_hand < wanted && when_ticks() < until)
        usleep(1000);
    b.hold = false;
    wait_for(p, JOB_FINISHED, to);
    schedule_free(s);
    return b.most;
}

static void a_full_batch_is_begun_ahead_of_its_place_and_a_small_one_waits(void **fixture)
{
    assert_int_equal(at_once(*fixture, 0, 100, 3), 3);
    assert_int_equal(at_once(*fixture, 100, 145, 2), 2);
}

static void jobs_added_later_need_no_call(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .fails = 0 };
    struct many m = { .lane = "single", .kind = "single" };
    struct schedule *s = start(&b, p);

    schedule_start(s);
    for (int i = 0; i < 20; i++) {
        m.from = i;
        m.to = i + 1;
        assert_true(store_do(p->store, many_change, &m, &p->err));
        wait_for(p, JOB_FINISHED, i + 1);
    }
    schedule_free(s);
}

static void a_job_of_an_unknown_kind_waits_as_no_flow_yet(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .fails = 0 };
    struct many m = { .lane = "refunds", .kind = "refund_in", .to = 3 };
    struct schedule *s = start(&b, p);

    assert_true(store_do(p->store, many_change, &m, &p->err));
    schedule_start(s);
    wait_for(p, JOB_NOFLOW, 3);
    schedule_free(s);
    assert_int_equal(b.jobs, 0);
}

static void a_refused_job_is_parked_and_told(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .fail = ERR_REFUSED, .fails = 100 };
    struct many m = { .lane = "single", .kind = "single", .to = 5 };
    struct schedule *s = start(&b, p);

    assert_true(store_do(p->store, many_change, &m, &p->err));
    schedule_start(s);
    wait_for(p, JOB_PARKED, 5);
    schedule_free(s);
    assert_int_equal(b.parked, 5);
    assert_int_equal(b.opened, 0);
}

static void a_failed_change_is_undone_and_parks_its_job_alone(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .bad_change = true };
    struct many m = { .lane = "orders", .kind = "order_in", .to = 5 };
    struct schedule *s = start(&b, p);
    struct history_event event;
    size_t n = 1;
    int64_t next;

    assert_true(store_do(p->store, many_change, &m, &p->err));
    schedule_start(s);
    wait_for(p, JOB_PARKED, 5);
    schedule_free(s);
    {
        AUTO(db) db = store_reader(p->store, &p->err);

        assert_true(history_list(db, 1, "order:1", 0, &event, &n, &next, &p->err));
        assert_int_equal(n, 0);
    }
}

static void a_job_that_says_nothing_is_our_mistake(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .silent = true };
    struct many m = { .lane = "single", .kind = "single", .to = 1 };
    struct schedule *s = start(&b, p);
    struct job job;

    assert_true(store_do(p->store, many_change, &m, &p->err));
    schedule_start(s);
    wait_for(p, JOB_PARKED, 1);
    schedule_free(s);
    {
        AUTO(db) db = store_reader(p->store, &p->err);

        assert_true(jobs_get(db, 1, &job, &p->err));
        assert_int_equal(job.last_kind, ERR_BUG);
    }
}

static void a_denied_lane_stops_and_burns_no_try(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .fail = ERR_DENIED, .fails = 1 };
    struct many m = { .lane = "single", .kind = "single", .to = 50 };
    struct schedule_lane rows[4];
    struct schedule *s = start(&b, p);
    int64_t until = when_ticks() + PATIENCE_US;

    assert_true(store_do(p->store, many_change, &m, &p->err));
    schedule_start(s);
    while (b.opened == 0 && when_ticks() < until)
        usleep(1000);
    assert_int_equal(b.opened, 1);
    wait_for(p, JOB_RUNNING, 0);
    {
        AUTO(db) db = store_reader(p->store, &p->err);
        struct jobs_filter filter = { .state = -1 };
        struct job jobs[64];
        size_t n = 64;
        int64_t next;

        assert_true(jobs_list(db, &filter, jobs, &n, &next, &p->err));
        for (size_t i = 0; i < n; i++)
            assert_int_equal(jobs[i].tries, jobs[i].state == JOB_FINISHED);
    }
    assert_int_equal(schedule_lanes(s, rows, 4), 1);
    assert_true(rows[0].breaker);
    assert_string_equal(rows[0].why, "failed as told");
    schedule_close_breaker(s, 0, NULL); /* a person put the key right; one job waits for its due */
    wait_for(p, JOB_FINISHED, 50);
    schedule_free(s);
}

static bool attempts_change(struct db *db, void *ctx, struct err *err)
{
    (void)ctx;
    return policies_set(db, 1, POLICY_attempts_max, "1", err);
}

static void after_the_last_try_a_job_is_parked(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .fail = ERR_CONFLICT, .fails = 100 };
    struct many m = { .lane = "single", .kind = "single", .to = 1 };
    struct schedule *s = start(&b, p);

    assert_true(store_do(p->store, many_change, &m, &p->err));
    assert_true(store_do(p->store, attempts_change, NULL, &p->err));
    schedule_start(s);
    wait_for(p, JOB_PARKED, 1);
    schedule_free(s);
    assert_int_equal(b.parked, 1);
    assert_int_equal(b.runs, 1);
}

static void a_retry_comes_back_by_itself(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .fail = ERR_BUSY, .fails = 1 };
    struct many m = { .lane = "single", .kind = "single", .to = 1 };
    struct schedule *s = start(&b, p);
    struct job job;

    assert_true(store_do(p->store, many_change, &m, &p->err));
    schedule_start(s);
    wait_for(p, JOB_FINISHED, 1);
    schedule_free(s);
    {
        AUTO(db) db = store_reader(p->store, &p->err);

        assert_true(jobs_get(db, 1, &job, &p->err));
        assert_int_equal(job.tries, 2);
    }
}

static void what_was_not_begun_goes_back_uncounted_at_the_end(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .fails = 0 };
    struct many m = { .lane = "single", .kind = "single", .to = 2000 };
    struct schedule *s = start(&b, p);

    assert_true(store_do(p->store, many_change, &m, &p->err));
    schedule_start(s);
    while (b.jobs == 0)
        usleep(100);
    assert_true(schedule_stop(s, 30000));
    schedule_free(s);
    assert_int_equal(count(p, JOB_RUNNING), 0);
    assert_int_equal(count(p, JOB_FINISHED), b.jobs);
    assert_int_equal(count(p, JOB_FINISHED) + count(p, JOB_READY), 2000);
}

/* Ends the whole process as soon as one record is in hand, as a crash would. */
static void run_poison(void *ctx, struct batch *batch)
{
    (void)ctx;
    for (size_t i = 0; i < batch->count; i++)
        if (strcmp(batch->jobs[i].job.record, "order:7") == 0)
            syscall(SYS_exit_group, 100);
    usleep(20000); /* so that others are in hand when it happens */
    for (size_t i = 0; i < batch->count; i++)
        batch_done(&batch->jobs[i]);
}

static const struct job_kind poisoned[] = { { "order_in", "orders", 0, 20, 0, run_poison } };

/* In a process of its own; how it ended. */
static int core_on(struct place *p, int64_t finished)
{
    struct schedule_config config = { .workers = 4, .kinds = poisoned, .kind_count = 1 };
    struct schedule *s;
    pid_t pid = fork();
    int status = 0;

    if (pid != 0) {
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
    }
    alarm(60);
    p->store = store_open(p->dir, &p->err);
    s = p->store != NULL ? schedule_new(p->store, &config, &p->err) : NULL;
    if (s == NULL)
        _exit(1);
    schedule_start(s);
    while (count(p, JOB_FINISHED) < finished)
        usleep(2000);
    schedule_free(s);
    store_free(p->store);
    _exit(0);
}

static void only_the_job_that_kills_the_core_is_parked_for_it(void **fixture)
{
    struct place *p = *fixture;
    struct many m = { .lane = "orders", .kind = "order_in", .to = 100 };
    int runs = 0;

    assert_true(store_do(p->store, many_change, &m, &p->err));
    store_free(p->store);
    p->store = NULL;
    while (core_on(p, 99) == 100)
        runs++;
    assert_int_equal(runs, JOBS_CRASHES_MAX);
    p->store = store_open(p->dir, &p->err);
    assert_non_null(p->store);
    assert_int_equal(count(p, JOB_FINISHED), 99);
    assert_int_equal(count(p, JOB_PARKED), 1);
    {
        AUTO(db) db = store_reader(p->store, &p->err);
        struct jobs_filter filter = { .state = JOB_PARKED };
        struct job job;
        size_t n = 1;
        int64_t next;

        assert_true(jobs_list(db, &filter, &job, &n, &next, &p->err));
        assert_string_equal(job.record, "order:7");
        filter.state = JOB_FINISHED; /* the rest came through, and nothing is held against them */
        for (filter.after = 0; n > 0; filter.after = next) {
            n = 1;
            assert_true(jobs_list(db, &filter, &job, &n, &next, &p->err));
            assert_int_equal(n == 1 ? job.crashes : 0, 0);
            if (next == 0)
                break;
        }
    }
}

static void an_end_that_finds_the_disk_full_is_written_when_there_is_room(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .fails = 0 };
    struct many m = { .lane = "single", .kind = "single", .to = 3 };
    struct schedule *s = start(&b, p);
    struct rlimit was, none;
    int64_t until = when_ticks() + PATIENCE_US;
    struct store_stats stats;

    assert_true(store_do(p->store, many_change, &m, &p->err));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    none = was;
    none.rlim_cur = 0;
    b.limit = &none;
    schedule_start(s);
    do { /* until an end could not be written */
        usleep(1000);
        store_stats(p->store, &stats);
    } while (!stats.failing && when_ticks() < until);
    assert_true(stats.failing);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    b.limit = NULL;
    wait_for(p, JOB_FINISHED, 3);
    schedule_free(s);
    assert_int_equal(b.jobs, 3); /* none was worked again */
}

static void a_held_scheduler_starts_nothing(void **fixture)
{
    struct place *p = *fixture;
    struct bench b = { .fails = 0 };
    struct many m = { .lane = "orders", .kind = "order_in", .to = 50 };
    struct schedule *s = start(&b, p);

    schedule_hold(s, true);
    schedule_start(s);
    assert_true(store_do(p->store, many_change, &m, &p->err));
    assert_int_equal(count(p, JOB_READY), 50);
    assert_int_equal(b.jobs, 0);
    schedule_hold(s, false);
    wait_for(p, JOB_FINISHED, 50);
    schedule_free(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_free)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_worked_once_and_put_back),
        TEST(jobs_are_worked_in_batches_and_end_with_their_changes),
        TEST(a_full_batch_is_begun_ahead_of_its_place_and_a_small_one_waits),
        TEST(jobs_added_later_need_no_call),
        TEST(a_job_of_an_unknown_kind_waits_as_no_flow_yet),
        TEST(a_refused_job_is_parked_and_told),
        TEST(a_failed_change_is_undone_and_parks_its_job_alone),
        TEST(a_job_that_says_nothing_is_our_mistake),
        TEST(a_denied_lane_stops_and_burns_no_try),
        TEST(after_the_last_try_a_job_is_parked),
        TEST(a_retry_comes_back_by_itself),
        TEST(what_was_not_begun_goes_back_uncounted_at_the_end),
        TEST(only_the_job_that_kills_the_core_is_parked_for_it),
        TEST(an_end_that_finds_the_disk_full_is_written_when_there_is_room),
        TEST(a_held_scheduler_starts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
