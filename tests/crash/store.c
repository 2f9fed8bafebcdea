/*
 * store.c - a store that is killed at random moments under many writers: it opens again, it is
 * whole, and whatever was acknowledged is there, all of it or nothing.
 *
 * Each round is a process of its own, killed after so many acknowledged writes (not after a time:
 * a slow machine sees the same). The moments come from SIGNALBOX_CRASH_SEED, which is told.
 */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/backends.h"
#include "store/cursors.h"
#include "store/jobs.h"
#include "store/lanes.h"
#include "tests/unit/place.h"

#define WRITERS 16
#define ROUNDS 25
#define ROUNDS_LEAST 5
#define ENOUGH_US (12 * WHEN_SECOND) /* no round begins later, once there were a few */
#define PATIENCE_US (60 * WHEN_SECOND)
#define ACKS_MOST 1500
#define BODY 4096

/* What was answered, in memory that outlives the process that is killed. */
struct answered {
    _Atomic int64_t last[WRITERS];
    _Atomic int64_t all;
};

static uint64_t dice_state;

static uint64_t dice(uint64_t most)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return dice_state % most;
}

/* ---- the process that is killed ---- */

struct author {
    struct store *store;
    struct answered *answered;
    unsigned number;
    int64_t n;
};

static void name_of(char *name, size_t size, unsigned writer)
{
    snprintf(name, size, "writer%u", writer);
}

/* One write: a number goes up, and a job with a body stands for it. */
static bool write_change(struct db *db, void *ctx, struct err *err)
{
    const struct author *a = ctx;
    char name[32], value[32], record[64], body[BODY];
    struct job_new job = { .backend = 1, .lane = name, .kind = "order.in", .record = record,
                           .payload = body, .payload_len = sizeof body };
    int64_t id;

    name_of(name, sizeof name, a->number);
    snprintf(value, sizeof value, "%lld", (long long)a->n);
    snprintf(record, sizeof record, "%s:%lld", name, (long long)a->n);
    memset(body, 'a' + (int)(a->n % 26), sizeof body);
    return jobs_add(db, &job, &id, NULL, err) && cursors_set(db, 1, name, value, err);
}

static bool refused_change(struct db *db, void *ctx, struct err *err)
{
    return write_change(db, ctx, err) && err_set(err, ERR_REFUSED, "taken back");
}

static void *write_on(void *arg)
{
    struct author *a = arg;
    struct err err = { 0 };

    for (;;) {
        a->n++;
        if (a->n % 7 == 0 && store_do(a->store, refused_change, a, &err))
            _exit(2);
        if (!store_do(a->store, write_change, a, &err))
            _exit(3);
        atomic_store(&a->answered->last[a->number], a->n);
        atomic_fetch_add(&a->answered->all, 1);
    }
    return NULL;
}

static void be_killed(struct place *p, struct answered *answered)
{
    static struct author authors[WRITERS];
    pthread_t thread;

    alarm(120);
    p->store = store_open(p->dir, &p->err);
    if (p->store == NULL)
        _exit(4);
    for (unsigned i = 0; i < WRITERS; i++) {
        authors[i] = (struct author){ p->store, answered, i, answered->last[i] };
        if (pthread_create(&thread, NULL, write_on, &authors[i]) != 0)
            _exit(5);
    }
    for (;;)
        pause();
}

/* ---- what is left ---- */

static void is_whole(const struct place *p)
{
    char path[PATH_MAX];
    sqlite3 *sql;
    sqlite3_stmt *q;

    snprintf(path, sizeof path, "%s/%s", p->dir, STORE_FILE);
    assert_int_equal(sqlite3_open_v2(path, &sql, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(sql, "PRAGMA integrity_check", -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(q, 0), "ok");
    sqlite3_finalize(q);
    sqlite3_close(sql);
}

/* Of one writer: what it was answered is there, and the job of each number with its body. */
static int64_t look(struct place *p, struct db *db, unsigned writer, int64_t last,
                    const struct lane_row *lane)
{
    char name[32], value[CURSOR_VALUE_MAX];
    struct jobs_filter filter = { .backend = 1, .state = -1, .record = value };
    struct job job;
    size_t count = 1, len;
    int64_t n, next;
    char *body;

    name_of(name, sizeof name, writer);
    assert_true(cursors_get(db, 1, name, value, &p->err));
    n = value[0] != '\0' ? strtoll(value, NULL, 10) : 0;
    assert_in_range(n, last, last + 1); /* one may have been written and not yet answered */
    assert_int_equal(lane->counts[JOB_READY], n);
    if (n == 0)
        return 0;
    snprintf(value, sizeof value, "%s:%lld", name, (long long)n);
    assert_true(jobs_list(db, &filter, &job, &count, &next, &p->err));
    assert_int_equal(count, 1);
    body = jobs_payload(db, job.id, &len, &p->err);
    assert_non_null(body);
    assert_int_equal(len, BODY);
    assert_int_equal(body[0], 'a' + (int)(n % 26));
    assert_int_equal(body[BODY - 1], body[0]);
    free(body);
    return n;
}

static void check(struct place *p, struct answered *answered)
{
    static struct lane_row lanes[LANES_MAX];
    size_t count = LANES_MAX;

    is_whole(p);
    p->store = store_open(p->dir, &p->err);
    if (p->store == NULL)
        fail_msg("%s", p->err.text);
    assert_true(store_check(p->store, &p->err));
    {
        AUTO(db) db = store_reader(p->store, &p->err);

        assert_non_null(db);
        assert_true(lanes_list(db, 1, lanes, &count, &p->err));
        for (unsigned w = 0; w < WRITERS; w++) {
            static const struct lane_row none;
            const struct lane_row *lane = &none;
            char name[32];

            name_of(name, sizeof name, w);
            for (size_t i = 0; i < count; i++)
                if (strcmp(lanes[i].name, name) == 0)
                    lane = &lanes[i];
            atomic_store(&answered->last[w], look(p, db, w, answered->last[w], lane));
        }
    }
    store_free(p->store);
    p->store = NULL;
}

/* ---- rounds ---- */

static bool backend_change(struct db *db, void *ctx, struct err *err)
{
    struct backend b = { .name = "main", .shop = "main", .odoo_url = "https://o.example.com",
                         .odoo_db = "d", .odoo_login = "l" };

    return backends_add(db, &b, ctx, err);
}

/* Lets it write, kills it after so many answers and a moment more. */
static void round_of(struct place *p, struct answered *answered, int64_t acks, unsigned us)
{
    int64_t until = when_ticks() + PATIENCE_US, from = answered->all;
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0)
        be_killed(p, answered);
    while (answered->all - from < acks && when_ticks() < until)
        usleep(200);
    usleep(us);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL); /* it did not end by itself */
    assert_true(answered->all - from >= acks);
}

static void what_was_acknowledged_survives_any_moment_of_death(void **fixture)
{
    struct place *p = *fixture;
    struct answered *answered = mmap(NULL, sizeof *answered, PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const char *seed = getenv("SIGNALBOX_CRASH_SEED");
    int64_t backend, begun = when_ticks();
    int rounds = 0;

    assert_true(answered != MAP_FAILED);
    dice_state = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)when_now();
    dice_state |= 1;
    fprintf(stderr, "# SIGNALBOX_CRASH_SEED=%llu\n", (unsigned long long)dice_state);
    assert_true(store_do(p->store, backend_change, &backend, &p->err));
    store_free(p->store);
    p->store = NULL;
    while (rounds < ROUNDS && (rounds < ROUNDS_LEAST || when_ticks() - begun < ENOUGH_US)) {
        round_of(p, answered, 1 + (int64_t)dice(ACKS_MOST), (unsigned)dice(3000));
        check(p, answered);
        rounds++;
    }
    assert_true(answered->all >= rounds);
    fprintf(stderr, "# %d deaths, %lld writes answered\n", rounds, (long long)answered->all);
    munmap(answered, sizeof *answered);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_acknowledged_survives_any_moment_of_death,
                                        place_open, place_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
