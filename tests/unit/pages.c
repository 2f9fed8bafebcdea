/* What a page costs, in steps of SQLite's machine: the same however much there is. */
#include "tests/unit/unit.h"

#include <string.h>

#include "store/audit.h"
#include "store/db.h"
#include "store/inbox.h"
#include "store/jobs.h"
#include "store/metrics.h"
#include "store/problems.h"
#include "tests/unit/place.h"

#define LITTLE 3000
#define MUCH   30000

struct fill {
    int64_t from, to;
};

/* Jobs of one lane, most of them ready; all parked ones for one cause; and so on. */
static bool fill_change(struct db *db, void *ctx, struct err *err)
{
    static const char *const tables[] = {
        "INSERT INTO job (id, backend, lane, kind, record, state, priority, created, due, updated,"
        " problem) SELECT i, 1, 1, 'order.in', 'order:7', iif(i % 3 = 0, 4, 0), i % 6, i, i, i,"
        " iif(i % 3 = 0, 1, NULL) FROM n",
        "INSERT INTO problem (id, backend, kind, cause, thing, lane, open, first, last)"
        " SELECT i, 1, 1, 'cause ' || i, '', 'orders', 1, i, i FROM n",
        "INSERT INTO inbox (id, backend, topic, shop, triggered_at, received, source, verdict, bytes,"
        " us, kept) SELECT i, 1, 'orders/create', 's', i, i, '10.0.0.1', 0, 1, 1, 0 FROM n",
        "INSERT INTO audit (id, at, user, uid, what, object, before, after, reason, origin, hash)"
        " SELECT i, i, 'ann', 1, iif(i % 2 = 0, 'jobs.cancel', 'jobs.done'), 'job', '', '', '', '',"
        " x'00' FROM n",
    };
    const struct fill *f = ctx;

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        const char *select = strstr(tables[i], "SELECT");
        char sql[640];

        snprintf(sql, sizeof sql,
                 "%.*s WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)"
                 " %s",
                 (int)(select - tables[i]), tables[i], select);
        if (!db_run(db, err, sql, "ii", f->from, f->to))
            return false;
    }
    for (int64_t minute = f->from; minute < f->to; minute++)
        if (!metrics_add(db, 1, "odoo.calls", minute * WHEN_MINUTE, 1, err) ||
            !metrics_latency(db, 1, "orders", minute * WHEN_MINUTE, 1000, err))
            return false;
    return true;
}

static bool begin_change(struct db *db, void *ctx, struct err *err)
{
    (void)ctx;
    return db_exec(db,
                   "INSERT INTO backend VALUES (1, 'a', 'a', '', '', '', '', 0, '', 0, 0, 0);"
                   "INSERT INTO lane (id, backend, name, max) VALUES (1, 1, 'orders', 4);",
                   err);
}

static int64_t steps(struct db *db)
{
    int64_t all = 0;

    for (size_t i = 0; i < DB_STATEMENTS; i++)
        if (db->cache[i] != NULL)
            all += sqlite3_stmt_status(db->cache[i], SQLITE_STMTSTATUS_VM_STEP, 1);
    return all;
}

/* ---- the pages ---- */

static struct err err;

static void lanes(struct db *db)
{
    struct lane_row rows[8];
    size_t count = 8;

    assert_true(lanes_list(db, 0, rows, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].oldest, 1);
}

static void jobs_of(struct db *db, struct jobs_filter filter, size_t expected)
{
    static struct job rows[50];
    size_t count = 50;
    int64_t next;

    assert_true(jobs_list(db, &filter, rows, &count, &next, &err));
    assert_int_equal(count, expected);
    assert_true(next != 0);
}

static void jobs_of_a_lane(struct db *db)
{
    jobs_of(db, (struct jobs_filter){ .lane = "orders", .state = -1 }, 50);
}

static void jobs_of_a_state(struct db *db)
{
    jobs_of(db, (struct jobs_filter){ .state = JOB_PARKED }, 50);
}

static void jobs_of_a_cause_elsewhere(struct db *db)
{
    jobs_of(db, (struct jobs_filter){ .problem = 1, .lane = "stock", .state = -1 }, 0);
}

static void jobs_of_a_record_in_no_state(struct db *db)
{
    jobs_of(db, (struct jobs_filter){ .record = "order:7", .state = JOB_ASKING }, 0);
}

static void problems_of_a_rare_kind(struct db *db)
{
    struct problems_filter filter = { .state = -2, .kind = 5 };
    static struct problem rows[50];
    size_t count = 50;
    int64_t next;

    assert_true(problems_list(db, &filter, when_now(), rows, &count, &next, &err));
    assert_int_equal(count, 0);
    assert_true(next != 0);
}

static void webhooks_of_a_rare_source(struct db *db)
{
    struct inbox_filter filter = { .source = "10.9.9.9", .verdict = -1 };
    static struct hook rows[50];
    size_t count = 50;
    int64_t next;

    assert_true(inbox_list(db, &filter, rows, &count, &next, &err));
    assert_int_equal(count, 0);
    assert_true(next != 0);
}

static void webhooks_since_yesterday(struct db *db)
{
    int64_t ids[10], last = 0;
    size_t count = 10;

    assert_true(db_number(db, &last, NULL, &err, "SELECT max(id) FROM inbox", ""));
    assert_true(inbox_since(db, last - 4, NULL, 0, ids, &count, &err));
    assert_int_equal(count, 5); /* id and moment are the same here */
    assert_int_equal(ids[0], last - 4);
    assert_int_equal(ids[4], last);
}

static void audit_of(struct db *db, struct audit_filter filter, size_t expected)
{
    static struct audit_entry rows[50];
    size_t count = 50;
    int64_t next;

    assert_true(audit_list(db, &filter, rows, &count, &next, &err));
    assert_int_equal(count, expected);
}

static void audit_of_a_stranger(struct db *db)
{
    audit_of(db, (struct audit_filter){ .user = "bob" }, 0);
}

static void audit_of_a_group(struct db *db)
{
    audit_of(db, (struct audit_filter){ .what = "jobs." }, 50);
}

static void audit_of_two_conditions(struct db *db)
{
    audit_of(db, (struct audit_filter){ .what = "jobs.", .user = "bob" }, 0);
}

static void figures_of_two_days(struct db *db)
{
    struct latency latency;
    int64_t sum = 0;

    assert_true(metrics_sum(db, 1, "odoo.calls", 0, 2 * WHEN_DAY, &sum, &err));
    assert_true(metrics_latencies(db, 1, "orders", 0, 2 * WHEN_DAY, &latency, &err));
    assert_int_equal(sum, 2880); /* minutes: one each */
    assert_int_equal(latency.count, 2880);
}

static const struct {
    const char *name;
    void (*read)(struct db *db);
} pages[] = {
    { "lanes", lanes },
    { "jobs of a lane", jobs_of_a_lane },
    { "jobs of a state", jobs_of_a_state },
    { "jobs of a cause elsewhere", jobs_of_a_cause_elsewhere },
    { "jobs of a record in no state", jobs_of_a_record_in_no_state },
    { "problems of a rare kind", problems_of_a_rare_kind },
    { "webhooks of a rare source", webhooks_of_a_rare_source },
    { "webhooks since yesterday", webhooks_since_yesterday },
    { "audit of a stranger", audit_of_a_stranger },
    { "audit of a group", audit_of_a_group },
    { "audit of two conditions", audit_of_two_conditions },
    { "figures of two days", figures_of_two_days },
};
#define PAGES (sizeof pages / sizeof pages[0])

static void a_page_costs_the_same_however_much_there_is(void **fixture)
{
    struct place *p = *fixture;
    struct fill few = { 1, LITTLE }, many = { LITTLE + 1, MUCH };
    int64_t before[PAGES];
    AUTO(db) db = store_reader(p->store, &err);

    assert_non_null(db);
    assert_true(store_do(p->store, begin_change, NULL, &err));
    assert_true(store_do(p->store, fill_change, &few, &err));
    for (size_t i = 0; i < PAGES; i++) {
        pages[i].read(db);
        before[i] = steps(db);
    }
    assert_true(store_do(p->store, fill_change, &many, &err));
    for (size_t i = 0; i < PAGES; i++) {
        int64_t now;

        pages[i].read(db);
        now = steps(db);
        if (now > before[i] + before[i] / 4 + 400) {
            print_error("%s: %lld steps, then %lld\n", pages[i].name, (long long)before[i],
                        (long long)now);
            fail();
        }
    }
}

static void long_times_are_read_by_the_hour(void **fixture)
{
    struct place *p = *fixture;
    struct fill some = { 1, MUCH };
    int64_t sum = 0, took;
    AUTO(db) db = store_reader(p->store, &err);

    assert_non_null(db);
    assert_true(store_do(p->store, begin_change, NULL, &err));
    assert_true(store_do(p->store, fill_change, &some, &err));
    steps(db);
    assert_true(metrics_sum(db, 1, "odoo.calls", 7 * WHEN_MINUTE, 29999 * WHEN_MINUTE, &sum, &err));
    took = steps(db);
    assert_int_equal(sum, 29993);
    assert_true(took < 29993 / 60 * 10 + 120 * 10); /* not 29,993 minutes */
    sum = 0;
    assert_true(metrics_sum(db, 1, "odoo.calls", 61 * WHEN_MINUTE, 63 * WHEN_MINUTE, &sum, &err));
    assert_int_equal(sum, 3); /* the minute of "to" is in it */
}

/* Walks to the end; what it sees must be each one once, newest first. */
static void a_filtered_walk_sees_each_row_once(void **fixture)
{
    struct place *p = *fixture;
    struct fill some = { 1, 5000 };
    struct jobs_filter filter = { .problem = 1, .state = JOB_PARKED };
    struct audit_filter audit = { .what = "jobs.", .user = "ann" };
    static struct job rows[100];
    static struct audit_entry entries[100];
    int64_t last = INT64_MAX, seen = 0;
    AUTO(db) db = store_reader(p->store, &err);

    assert_non_null(db);
    assert_true(store_do(p->store, begin_change, NULL, &err));
    assert_true(store_do(p->store, fill_change, &some, &err));
    do {
        size_t count = 100;

        assert_true(jobs_list(db, &filter, rows, &count, &filter.after, &err));
        for (size_t i = 0; i < count; last = rows[i++].id, seen++)
            assert_true(rows[i].id < last && rows[i].problem == 1);
    } while (filter.after != 0);
    assert_int_equal(seen, 5000 / 3);
    last = INT64_MAX;
    seen = 0;
    do {
        size_t count = 100;

        assert_true(audit_list(db, &audit, entries, &count, &audit.after, &err));
        for (size_t i = 0; i < count; last = entries[i++].id, seen++)
            assert_true(entries[i].id < last);
    } while (audit.after != 0);
    assert_int_equal(seen, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_costs_the_same_however_much_there_is, place_open,
                                        place_free),
        cmocka_unit_test_setup_teardown(long_times_are_read_by_the_hour, place_open, place_free),
        cmocka_unit_test_setup_teardown(a_filtered_walk_sees_each_row_once, place_open, place_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
