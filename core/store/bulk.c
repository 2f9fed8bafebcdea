/* What people do with many jobs at once. Part of jobs.h; the rest of a large set is a task. */
#include "store/bulk.h"

#include <stdio.h>
#include <string.h>

#include "store/jobs_inside.h"
#include "store/pairs.h"

#define PRIORITY_STEP (-1)
#define PAIRS_STEP (-2) /* no jobs: the pairs of a backend, its id in lane */

struct task {
    int64_t id;
    int step, priority;
    when until, frozen;
    int64_t problem, lane, state, last, left;
};

/* One job. refused says why not; "" if it was done. */
static bool one(struct db *db, int64_t id, const struct task *task, when now, char refused[96],
                struct err *err)
{
    int64_t lane, problem;
    enum job_state from, to;
    int rc;

    {
        AUTO_ASK q = db_ask(db, err, "SELECT state, lane, problem FROM job WHERE id = ?1", "i", id);

        rc = db_row(db, q, err);
        if (rc <= 0) {
            snprintf(refused, 96, "there is no such job");
            return rc == 0;
        }
        from = to = (enum job_state)col_int(q, 0);
        lane = col_int(q, 1);
        problem = col_int(q, 2);
    }
    refused[0] = '\0';
    if (task->step == PRIORITY_STEP) {
        if (job_state_is_end(from))
            snprintf(refused, 96, "it has ended: %s", job_state_name(from));
        else
            return db_run(db, err, "UPDATE job SET priority = ?2, updated = ?3 WHERE id = ?1",
                          "idi", id, task->priority, now);
        return true;
    }
    if (!job_step(&to, (enum job_step)task->step)) {
        snprintf(refused, 96, "it can't be done to a job that is %s", job_state_name(from));
        return true;
    }
    if (problem != 0 && !problems_leave(db, problem, err))
        return false;
    return db_run(db, err,
                  "UPDATE job SET state = ?2, updated = ?3, problem = NULL,"
                  " due = CASE ?2 WHEN 0 THEN ?3 WHEN 1 THEN ?4 ELSE due END,"
                  " tries = iif(?2 < 2, 0, tries), crashes = iif(?2 < 2, 0, crashes)"
                  " WHERE id = ?1",
                  "idii", id, (int)to, now, task->until) &&
           jobs_count(db, lane, (int)from, (int)to, err);
}

/* ---- tasks ---- */

static bool next_ids(struct db *db, const struct task *task, int64_t *ids, size_t *count,
                     struct err *err)
{
    AUTO_ASK q = task->problem != 0
                     ? db_ask(db, err,
                              "SELECT id FROM job WHERE problem = ?1 AND id > ?2 AND updated <= ?3"
                              " AND state = 4 ORDER BY id LIMIT ?4",
                              "iiii", task->problem, task->last, task->frozen, (int64_t)*count)
                     : db_ask(db, err,
                              "SELECT id FROM job WHERE lane = ?1 AND state = ?2 AND id > ?3"
                              " AND updated <= ?4 ORDER BY id LIMIT ?5",
                              "iiiii", task->lane, task->state, task->last, task->frozen,
                              (int64_t)*count);
    size_t n = 0;
    int rc;

    while ((rc = db_row(db, q, err)) == 1)
        ids[n++] = col_int(q, 0);
    *count = n;
    return rc == 0;
}

/* A piece of a task; at its end the row goes away. */
static bool piece(struct db *db, struct task *task, size_t most, when now, struct err *err)
{
    int64_t ids[JOBS_BULK_IDS_MAX];
    size_t count = most; /* at most JOBS_BULK_IDS_MAX */

    if (!next_ids(db, task, ids, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        char refused[96];

        if (!one(db, ids[i], task, now, refused, err))
            return false;
    }
    db->touched |= DB_TOUCH_JOBS;
    if (count < most)
        return db_run(db, err, "DELETE FROM task WHERE id = ?1", "i", task->id);
    task->last = ids[count - 1];
    task->left -= (int64_t)count;
    return db_run(db, err, "UPDATE task SET last = ?2, left = max(0, ?3) WHERE id = ?1", "iii",
                  task->id, task->last, task->left);
}

bool bulk_drop_pairs(struct db *db, int64_t backend, struct err *err)
{
    db->tasks = true;
    return db_run(db, err,
                  "INSERT INTO task (step, priority, until, frozen, lane, last, left)"
                  " VALUES (?1, 0, 0, 0, ?2, 0, 0)",
                  "di", PAIRS_STEP, backend);
}

/* Looks at the next pairs in order of their ids, so that no index by backend is needed. */
static bool pairs_piece(struct db *db, const struct task *task, struct err *err)
{
    int64_t ids[4 * BULK_PIECE], last = task->last;
    size_t count = 0, looked = 0;
    int rc = 0;

    {
        AUTO_ASK q = db_ask(db, err, "SELECT id, backend FROM pair WHERE id > ?1 ORDER BY id", "i",
                            task->last);

        while (count < BULK_PIECE && looked < 4 * BULK_PIECE && (rc = db_row(db, q, err)) == 1) {
            last = col_int(q, 0);
            looked++;
            if (col_int(q, 1) == task->lane)
                ids[count++] = last;
        }
    }
    if (rc < 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!pairs_remove(db, ids[i], err))
            return false;
    if (rc == 0)
        return db_run(db, err, "DELETE FROM task WHERE id = ?1", "i", task->id);
    return db_run(db, err, "UPDATE task SET last = ?2 WHERE id = ?1", "ii", task->id, last);
}

bool bulk_go_on(struct db *db, struct err *err)
{
    struct task task = { 0 };
    int rc;

    {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT id, step, priority, until, frozen, problem, lane, state, last,"
                            " left FROM task ORDER BY id LIMIT 1",
                            "");

        rc = db_row(db, q, err);
        if (rc == 1) {
            task.id = col_int(q, 0);
            task.step = (int)col_int(q, 1);
            task.priority = (int)col_int(q, 2);
            task.until = col_int(q, 3);
            task.frozen = col_int(q, 4);
            task.problem = col_int(q, 5);
            task.lane = col_int(q, 6);
            task.state = col_int(q, 7);
            task.last = col_int(q, 8);
            task.left = col_int(q, 9);
        }
    }
    if (rc < 0)
        return false;
    if (rc == 0) {
        db->tasks = false;
        return true;
    }
    return task.step == PAIRS_STEP ? pairs_piece(db, &task, err)
                                   : piece(db, &task, BULK_PIECE, when_now(), err);
}

static bool start_task(struct db *db, const struct jobs_bulk *bulk, struct task *task,
                       struct err *err)
{
    task->step = bulk->repriority ? PRIORITY_STEP : (int)bulk->step;
    task->priority = bulk->priority;
    task->until = bulk->until;
    task->frozen = bulk->now;
    if (!db_run(db, err,
                "INSERT INTO task (step, priority, until, frozen, problem, lane, state, last, left)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8)",
                "ddiizzii", task->step, task->priority, task->until, task->frozen, task->problem,
                task->lane, task->state, task->left))
        return false;
    task->id = db_last_id(db);
    db->tasks = true;
    return piece(db, task, JOBS_BULK_IDS_MAX, bulk->now, err);
}

/* ---- what was asked ---- */

static bool check(const struct jobs_bulk *bulk, struct err *err)
{
    const struct jobs_selector *of = &bulk->of;
    enum job_step s = bulk->step;

    if (bulk->repriority && (bulk->priority < 0 || bulk->priority >= LANE_PRIORITIES))
        return err_set(err, ERR_INVALID, "a priority is 0 to %d, not %d", LANE_PRIORITIES - 1,
                       bulk->priority);
    if (!bulk->repriority && s != STEP_REQUEUE && s != STEP_CANCEL && s != STEP_SETTLE &&
        s != STEP_SNOOZE && s != STEP_ANSWER)
        return err_set(err, ERR_INVALID, "that can't be done to a job by hand");
    if (of->id_count > JOBS_BULK_IDS_MAX)
        return err_set(err, ERR_INVALID, "more than %d ids", JOBS_BULK_IDS_MAX);
    if (of->id_count == 0 && of->problem == 0 && (of->state < 0 || of->state >= JOB_STATE_COUNT))
        return err_set(err, ERR_INVALID, "a set of jobs needs ids, a problem or a state");
    return true;
}

/* What the person saw against what there is. */
static bool frozen(struct jobs_bulk *bulk, int64_t count)
{
    bulk->count = count;
    bulk->grew = bulk->of.count >= 0 && bulk->of.count != count;
    return !bulk->grew;
}

static bool by_ids(struct db *db, struct jobs_bulk *bulk, struct err *err)
{
    struct task task = { .step = bulk->repriority ? PRIORITY_STEP : (int)bulk->step,
                         .priority = bulk->priority,
                         .until = bulk->until };

    if (!frozen(bulk, (int64_t)bulk->of.id_count))
        return true;
    bulk->count = 0;
    db->touched |= DB_TOUCH_JOBS;
    for (size_t i = 0; i < bulk->of.id_count; i++) {
        char refused[96];

        if (!one(db, bulk->of.ids[i], &task, bulk->now, refused, err))
            return false;
        if (refused[0] == '\0') {
            bulk->count++;
        } else if (bulk->refused_count < sizeof bulk->refused / sizeof bulk->refused[0]) {
            struct jobs_refused *r = &bulk->refused[bulk->refused_count++];

            r->id = bulk->of.ids[i];
            memcpy(r->text, refused, sizeof r->text);
        }
    }
    return true;
}

static bool by_problem(struct db *db, struct jobs_bulk *bulk, struct err *err)
{
    struct task task = { .problem = bulk->of.problem };
    int64_t open = 0;

    if (!db_number(db, &open, NULL, err, "SELECT open FROM problem WHERE id = ?1", "i",
                   bulk->of.problem))
        return false;
    if (!frozen(bulk, open) || open == 0)
        return true;
    task.left = open;
    return start_task(db, bulk, &task, err);
}

static bool by_lanes(struct db *db, struct jobs_bulk *bulk, struct err *err)
{
    struct task tasks[LANES_MAX];
    size_t count = 0;
    int64_t all = 0;
    int rc = 0;

    {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT lane.id, coalesce(n, 0) FROM lane LEFT JOIN lane_count ON"
                            " lane_count.lane = lane.id AND state = ?3"
                            " WHERE (?1 = 0 OR backend = ?1) AND (?2 IS NULL OR name = ?2)",
                            "itd", bulk->of.backend, bulk->of.lane, bulk->of.state);

        while (count < LANES_MAX && (rc = db_row(db, q, err)) == 1) {
            struct task *task = &tasks[count++];

            memset(task, 0, sizeof *task);
            task->lane = col_int(q, 0);
            task->state = bulk->of.state;
            task->left = col_int(q, 1) +
                         tally_sum(&db->tally, TALLY_LANE, task->lane, bulk->of.state);
            all += task->left;
        }
    }
    if (rc < 0)
        return false;
    if (!frozen(bulk, all))
        return true;
    for (size_t i = 0; i < count; i++)
        if (tasks[i].left > 0 && !start_task(db, bulk, &tasks[i], err))
            return false;
    return true;
}

bool jobs_bulk(struct db *db, struct jobs_bulk *bulk, struct err *err)
{
    bulk->grew = false;
    bulk->count = 0;
    bulk->refused_count = 0;
    if (!check(bulk, err))
        return false;
    if (bulk->of.id_count > 0)
        return by_ids(db, bulk, err);
    return bulk->of.problem != 0 ? by_problem(db, bulk, err) : by_lanes(db, bulk, err);
}

bool jobs_bulk_left(struct db *db, int64_t *left, struct err *err)
{
    *left = 0;
    return db_number(db, left, NULL, err, "SELECT coalesce(sum(left), 0) FROM task", "");
}

/* ---- trimming ---- */

static bool drop(struct db *db, int64_t id, int64_t lane, int state, struct err *err)
{
    return db_run(db, err, "DELETE FROM attempt WHERE id BETWEEN ?1 * 1024 AND ?1 * 1024 + 1023",
                  "i", id) &&
           db_run(db, err, "DELETE FROM job_body WHERE job = ?1", "i", id) &&
           db_run(db, err, "DELETE FROM job WHERE id = ?1", "i", id) &&
           jobs_count(db, lane, state, -1, err);
}

/* The oldest ended jobs of a lane; the newest job of all stays, so that no id comes twice. */
static bool trim_lane(struct db *db, int64_t lane, int state, when before, int *limit,
                      struct err *err)
{
    while (*limit > 0) {
        int64_t id = 0;
        bool found;

        if (!db_number(db, &id, &found, err,
                       "SELECT id FROM (SELECT id, updated FROM job WHERE lane = ?1 AND state = ?2"
                       " ORDER BY id LIMIT 1) WHERE updated < ?3 AND id < (SELECT max(id) FROM job)",
                       "idi", lane, state, before))
            return false;
        if (!found)
            return true;
        if (!drop(db, id, lane, state, err))
            return false;
        --*limit;
    }
    return true;
}

bool jobs_trim(struct db *db, when before, int limit, bool *more, struct err *err)
{
    int64_t lanes[LANES_MAX];
    size_t count = 0;
    int rc = 0;

    {
        AUTO_ASK q = db_ask(db, err, "SELECT id FROM lane", "");

        while (count < LANES_MAX && (rc = db_row(db, q, err)) == 1)
            lanes[count++] = col_int(q, 0);
    }
    if (rc < 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!trim_lane(db, lanes[i], JOB_FINISHED, before, &limit, err) ||
            !trim_lane(db, lanes[i], JOB_CANCELLED, before, &limit, err))
            return false;
    *more = limit == 0;
    return true;
}
