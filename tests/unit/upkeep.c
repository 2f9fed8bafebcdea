/* The upkeep of a backend is always there, and each of it once. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jobs/workshop.h"
#include "store/jobs.h"
#include "tests/unit/stand.h"

static struct stand stand;
static struct workshop *workshop;

static int set_up(void **state)
{
    struct err err = { 0 };

    (void)state;
    stand_open(&stand);
    workshop = workshop_new(stand.store, stand.seal, 1, &err);
    return workshop != NULL && workshop_begin(workshop, &err) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    workshop_free(workshop);
    stand_close(&stand);
    return 0;
}

/* Jobs of that kind that have not ended; the last of them in *job. */
static unsigned open_jobs(const char *kind, struct job *job)
{
    struct jobs_filter filter = { .backend = stand.backend, .state = -1, .record = kind };
    struct job rows[50];
    size_t count = 50;
    struct err err = { 0 };
    int64_t next;
    unsigned open = 0;

    assert_true(jobs_list(stand.db, &filter, rows, &count, &next, &err));
    for (size_t i = 0; i < count; i++)
        if (!job_state_is_end(rows[i].state)) {
            *job = rows[i];
            open++;
        }
    return open;
}

static bool keep_change(struct db *db, void *ctx, struct err *err)
{
    return upkeep_keep(db, stand.backend, *(const when *)ctx, err);
}

static void look(when now)
{
    struct err err = { 0 };

    assert_true(store_do(stand.store, keep_change, &now, &err));
}

static bool bulk_change(struct db *db, void *ctx, struct err *err)
{
    return jobs_bulk(db, ctx, err);
}

static void by_hand(int64_t id, enum job_step step)
{
    struct jobs_bulk bulk = { .of = { .ids = &id, .id_count = 1, .state = -1, .count = -1 },
                              .step = step, .now = when_now() };
    struct err err = { 0 };

    assert_true(store_do(stand.store, bulk_change, &bulk, &err));
    assert_int_equal(bulk.count, 1);
}

struct ending_of {
    int64_t id;
    enum job_step step;
};

static bool run_change(struct db *db, void *ctx, struct err *err)
{
    const struct ending_of *e = ctx;
    struct jobs_want wants[LANES_MAX] = { 0 };
    struct job row[8];
    struct jobs_claim claim = { .now = when_now() + 2 * WHEN_HOUR, .wants = wants, .like = 8,
                                .rows = row, .count = 8 };
    struct err why = { .kind = ERR_BUG, .text = "as told" };

    if (!jobs_claim(db, &claim, err))
        return false;
    for (size_t i = 0; i < claim.count; i++) {
        struct job_end end = { .id = row[i].id, .step = STEP_RELEASE, .now = when_now() };

        if (row[i].id == e->id && e->step == STEP_TAKE)
            continue; /* stays in hand */
        if (row[i].id == e->id) {
            end.step = e->step;
            end.err = &why;
        }
        if (!jobs_end(db, &end, err))
            return false;
    }
    return true;
}

static void run(int64_t id, enum job_step step)
{
    struct ending_of e = { id, step };
    struct err err = { 0 };

    assert_true(store_do(stand.store, run_change, &e, &err));
}

static void a_backend_has_each_of_it_once(void **state)
{
    struct err err = { 0 };
    struct job job;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(open_jobs("subscriptions", &job), 1);
        assert_int_equal(open_jobs("trim", &job), 1);
        assert_true(workshop_begin(workshop, &err));
    }
}

static void what_was_cancelled_is_made_again(void **state)
{
    struct job job, made;

    (void)state;
    assert_int_equal(open_jobs("trim", &job), 1);
    by_hand(job.id, STEP_CANCEL);
    assert_int_equal(open_jobs("trim", &made), 0);
    look(when_now());
    assert_int_equal(open_jobs("trim", &made), 1);
    assert_int_not_equal(made.id, job.id);

    by_hand(job.id, STEP_REQUEUE); /* a person brings the first one back: that is one too many */
    assert_int_equal(open_jobs("trim", &made), 2);
    look(when_now());
    assert_int_equal(open_jobs("trim", &made), 1);
}

static void what_is_parked_goes_on_an_hour_later(void **state)
{
    struct job job;

    (void)state;
    assert_int_equal(open_jobs("trim", &job), 1);
    run(job.id, STEP_PARK);
    look(when_now());
    assert_int_equal(open_jobs("trim", &job), 1);
    assert_int_equal(job.state, JOB_PARKED); /* a person can see it */
    look(when_now() + WHEN_HOUR + WHEN_SECOND);
    assert_int_equal(open_jobs("trim", &job), 1);
    assert_int_equal(job.state, JOB_READY);
    assert_int_equal(job.problem, 0);
}

static void one_that_runs_or_ended_is_left_or_followed(void **state)
{
    struct job job;

    (void)state;
    assert_int_equal(open_jobs("subscriptions", &job), 1);
    run(job.id, STEP_TAKE);
    look(when_now() + 2 * WHEN_HOUR);
    assert_int_equal(open_jobs("subscriptions", &job), 1);
    assert_int_equal(job.state, JOB_RUNNING);

    assert_int_equal(open_jobs("trim", &job), 1);
    run(job.id, STEP_DONE); /* it did not say when to go on: lost */
    assert_int_equal(open_jobs("trim", &job), 0);
    workshop_tick(workshop);
    for (int i = 0; i < 5000 && open_jobs("trim", &job) == 0; i++)
        usleep(2000);
    assert_int_equal(open_jobs("trim", &job), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backend_has_each_of_it_once),
        cmocka_unit_test(what_was_cancelled_is_made_again),
        cmocka_unit_test(what_is_parked_goes_on_an_hour_later),
        cmocka_unit_test(one_that_runs_or_ended_is_left_or_followed),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
