/* The pieces of an import, one by one: what is kept, what is read, what goes wrong meanwhile. */
#include "tests/unit/unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "jobs/import.h"
#include "tests/unit/yard.h"

#define CUSTOMERS 210 /* more than the rows of one commit */

static struct yard yard, *y = &yard;
static struct import_work *work;

static void must(bool good, const struct err *err)
{
    if (!good)
        fail_msg("%s", err->text);
}

/* The driver's own scheduler rests: each piece is done here. */
static int set_up(void **state)
{
    static const char *const options[] = { "--seed=7", "--customers=210", "--products=6", NULL };
    struct err err = { 0 };

    (void)state;
    yard_open_shop(y, 1, options);
    yard_rest(y);
    work = calloc(1, sizeof *work);
    assert_non_null(work);
    work->place = (struct workshop_place){ .workshop = y->workshop, .site = y->site,
                                           .http = y->http, .class = PACE_IMPORT };
    work->store = y->stand.store;
    work->db = y->stand.db;
    odoo_trace_init(&work->place.odoo);
    graphql_trace_init(&work->place.shopify);
    work->place.picture = site_picture(y->site, y->stand.db, y->http, &work->place.odoo, &err);
    must(work->place.picture != NULL, &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    picture_release(work->place.picture);
    odoo_trace_clear(&work->place.odoo);
    graphql_trace_clear(&work->place.shopify);
    free(work);
    yard_close(y);
    return 0;
}

/* ---- words of people ---- */

struct word {
    const char *what;
    json_t *params;
};

static bool steer_change(struct db *db, void *ctx, struct err *err)
{
    const struct word *word = ctx;
    json_auto_t *result = NULL;

    return import_steer(db, word->what, word->params, "ann", &result, err);
}

static bool steer(const char *what, json_t *params, struct err *err)
{
    json_auto_t *keep = params;
    struct word word = { what, keep };

    return store_do(y->stand.store, steer_change, &word, err);
}

static void say(const char *what, json_t *params)
{
    struct err err = { 0 };

    must(steer(what, params, &err), &err);
}

/* ---- the driver's place ---- */

static void load(enum import_step_id step)
{
    struct err err = { 0 };

    must(imports_newest(y->stand.db, y->stand.backend, &work->run, &err), &err);
    work->loaded = work->run.state;
    work->count = IMPORT_STEP_COUNT;
    must(imports_steps(y->stand.db, work->run.id, work->steps, &work->count, &err), &err);
    work->step = &work->steps[step];
    work->deadline = when_ticks() + 60 * WHEN_SECOND;
}

/* A new run of one step; the one before ends. */
static void plan(enum import_step_id step)
{
    struct import_run run;
    struct err err = { 0 };

    must(imports_newest(y->stand.db, y->stand.backend, &run, &err), &err);
    if (run.id != 0 && run.ended == 0)
        say("stop", json_pack("{s:I}", "run", (json_int_t)run.id));
    say("plan", json_pack("{s:I, s:[s]}", "backend", (json_int_t)y->stand.backend, "steps",
                          import_step_name(step)));
    load(step);
}

static void fault(const char *kind, int row)
{
    json_auto_t *said = yard_wish(y, json_pack("{s:s, s:s, s:s, s:i, s:s, s:i}", "do", "fault",
                                               "side", "shop", "kind", kind, "count", 1, "model",
                                               "bulk", "row", row));

    assert_non_null(said);
}

/* Until it is in that state, or something goes wrong. */
static bool read_on(enum import_step_state until, struct err *err)
{
    while (work->step->state != until) {
        when again = 0;

        if (!import_read(work, &again, err))
            return false;
        if (again > when_now())
            usleep((useconds_t)(again - when_now()));
    }
    return true;
}

/* The database says no to one kind of change, as a full disk would; table NULL: no more. */
static void refuse(const char *change, const char *table)
{
    char path[256], sql[256];
    sqlite3 *db;

    snprintf(path, sizeof path, "%s/" STORE_FILE, y->stand.dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (table != NULL)
        snprintf(sql, sizeof sql, "CREATE TRIGGER no BEFORE %s ON %s BEGIN SELECT"
                 " RAISE(ABORT, 'no room'); END", change, table);
    else
        snprintf(sql, sizeof sql, "DROP TRIGGER no");
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* ---- what is kept ---- */

static bool begun_change(struct db *db, void *ctx, struct err *err)
{
    struct import_run *run = ctx;

    run->state = IMPORT_RUN_APPLYING;
    run->planned = when_now();
    return imports_put(db, run, err);
}

static void an_undo_said_meanwhile_stands(void **state)
{
    struct import_run now;
    struct err err = { 0 };

    (void)state;
    plan(IMPORT_CUSTOMERS);
    must(store_do(y->stand.store, begun_change, &work->run, &err), &err);
    load(IMPORT_CUSTOMERS);
    say("undo", json_pack("{s:I}", "run", (json_int_t)work->run.id));
    must(import_keep(work, &err), &err);
    must(imports_get(y->stand.db, work->run.id, &now, &err), &err);
    assert_int_equal(now.state, IMPORT_RUN_UNDOING);
    work->run.state = IMPORT_RUN_DONE; /* the last step ended meanwhile */
    work->run.ended = when_now();
    must(import_keep(work, &err), &err);
    must(imports_get(y->stand.db, work->run.id, &now, &err), &err);
    assert_int_equal(now.state, IMPORT_RUN_UNDOING);
    assert_int_equal(now.ended, 0);
}

/* ---- reading ---- */

static void a_reading_that_fails_is_told_though_it_is_not_kept(void **state)
{
    struct err err = { 0 };
    when again;

    (void)state;
    plan(IMPORT_CUSTOMERS);
    work->step->paged = true;
    json_decref(yard_wish(y, json_pack("{s:s, s:s, s:s, s:i}", "do", "fault", "side", "shop", "kind",
                                       "denied", "count", 1)));
    refuse("UPDATE", "import_step");
    assert_false(import_read(work, &again, &err));
    refuse(NULL, NULL);
    assert_int_equal(err.kind, ERR_DENIED);
    assert_true(err.text[0] != '\0');
}

/* The 200th row is that of a fault: it can't be kept, and what says so is the store. */
static void a_store_that_fails_at_a_bad_line_is_told_as_that(void **state)
{
    struct import_step step;
    struct err err = { 0 };

    (void)state;
    plan(IMPORT_CUSTOMERS);
    fault("garbled", 399); /* the 200th customer; its address is the 400th line */
    refuse("INSERT", "import_item");
    assert_false(read_on(IMPORT_STEP_JUDGING, &err));
    refuse(NULL, NULL);
    if (strstr(err.text, "no room") == NULL)
        fail_msg("%s", err.text);
    must(imports_step(y->stand.db, work->run.id, IMPORT_CUSTOMERS, &step, &err), &err);
    assert_string_equal(step.place, ""); /* nothing was kept, so nothing is passed over */
    assert_int_equal(step.read, 0);
    load(IMPORT_CUSTOMERS);
    must(read_on(IMPORT_STEP_JUDGING, &err), &err);
    must(imports_step(y->stand.db, work->run.id, IMPORT_CUSTOMERS, &step, &err), &err);
    assert_int_equal(step.read, CUSTOMERS + 1); /* all of them, and the line */
}

/* ---- stock whose line is spoilt ---- */

static int64_t rows(const char *begins, int state, struct import_item *last)
{
    struct import_item items[50];
    struct imports_filter filter = { .run = work->run.id, .step = work->step->step, .verdict = -1,
                                     .state = state };
    struct err err = { 0 };
    int64_t n = 0;

    do {
        size_t count = sizeof items / sizeof items[0];

        must(imports_items(y->stand.db, &filter, items, &count, &filter.after, &err), &err);
        for (size_t i = 0; i < count; i++)
            if (strncmp(items[i].record, begins, strlen(begins)) == 0) {
                n++;
                if (last != NULL)
                    *last = items[i];
            }
        import_items_clear(items, count);
    } while (filter.after != 0);
    return n;
}

static void judge(void)
{
    struct err err = { 0 };
    when again = 0;

    while (work->step->state == IMPORT_STEP_JUDGING)
        must(import_judge(work, &again, &err), &err);
}

static int64_t levels_of_all(void)
{
    struct err err = { 0 };
    int64_t all;

    plan(IMPORT_STOCK);
    must(read_on(IMPORT_STEP_JUDGING, &err), &err);
    all = rows("level@", -1, NULL);
    assert_true(all > 6);
    return all;
}

/* The lines of an item, its variants, its levels: whichever can't be read. */
static void stock_of_a_spoilt_line_is_read_alone(void **state)
{
    int64_t all = levels_of_all();
    struct err err = { 0 };

    (void)state;
    for (int row = 4; row < 9; row++) {
        struct import_step step;

        plan(IMPORT_STOCK);
        fault("garbled", row);
        must(read_on(IMPORT_STEP_JUDGING, &err), &err);
        assert_int_equal(rows("line:", IMPORT_ITEM_PARKED, NULL), 1);
        assert_true(rows("level@", -1, NULL) < all);
        assert_true(rows("level:", IMPORT_ITEM_PARKED, NULL) >= 1);
        judge();
        assert_int_equal(rows("level:", -1, NULL), 0);
        assert_int_equal(rows("level@", -1, NULL), all);
        must(imports_step(y->stand.db, work->run.id, IMPORT_STOCK, &step, &err), &err);
        assert_int_equal(step.read, all + 1);
        assert_int_equal(step.judged, all + 1);
        assert_int_equal(step.items[IMPORT_ITEM_PARKED], 1); /* the line itself, in words */
    }
}

static bool ghost_change(struct db *db, void *ctx, struct err *err)
{
    struct import_item ghost = { .run = work->run.id, .step = IMPORT_STOCK,
                                 .state = IMPORT_ITEM_PARKED, .verdict = IMPORT_VERDICT_REFUSED };

    (void)ctx;
    err_set(&ghost.why, ERR_INVALID, "line 7 of the file is no JSON object");
    snprintf(ghost.record, sizeof ghost.record, "level:77");
    return imports_add(db, &ghost, 1, err);
}

static void an_item_that_is_gone_is_no_record(void **state)
{
    struct err err = { 0 };

    (void)state;
    plan(IMPORT_STOCK);
    must(read_on(IMPORT_STEP_JUDGING, &err), &err);
    must(store_do(y->stand.store, ghost_change, NULL, &err), &err);
    judge();
    assert_int_equal(rows("level:", -1, NULL), 0);
    assert_int_equal(work->step->state, IMPORT_STEP_PLANNED);
}

/* ---- a line that names nothing ---- */

static json_t *of_row(int64_t id, const char *word)
{
    return json_pack("{s:I, s:[I], s:s}", "run", (json_int_t)work->run.id, "ids", (json_int_t)id,
                     "answer", word);
}

static void a_line_without_a_name_can_be_left_out(void **state)
{
    struct import_item line = { 0 };
    struct err err = { 0 };

    (void)state;
    plan(IMPORT_CUSTOMERS);
    fault("garbled", 4);
    must(read_on(IMPORT_STEP_JUDGING, &err), &err);
    assert_int_equal(rows("line:", IMPORT_ITEM_PARKED, &line), 1);
    assert_true(strstr(line.why.text, "line 4 ") != NULL);
    assert_false(steer("answer", of_row(line.id, "accept"), &err)); /* nothing can come of it */
    assert_int_equal(err.kind, ERR_CONFLICT);
    say("answer", of_row(line.id, "skip"));
    assert_int_equal(rows("line:", IMPORT_ITEM_SKIPPED, NULL), 1);
    say("unskip", json_pack("{s:I, s:s, s:s}", "run", (json_int_t)work->run.id, "step", "customers",
                            "verdict", "refused"));
    assert_int_equal(rows("line:", IMPORT_ITEM_SKIPPED, NULL), 1); /* it is never planned */
    say("answer", of_row(line.id, "accept"));
    assert_int_equal(rows("line:", IMPORT_ITEM_PARKED, &line), 1);
    assert_true(strstr(line.why.text, "line 4 ") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_undo_said_meanwhile_stands),
        cmocka_unit_test(a_reading_that_fails_is_told_though_it_is_not_kept),
        cmocka_unit_test(a_store_that_fails_at_a_bad_line_is_told_as_that),
        cmocka_unit_test(stock_of_a_spoilt_line_is_read_alone),
        cmocka_unit_test(an_item_that_is_gone_is_no_record),
        cmocka_unit_test(a_line_without_a_name_can_be_left_out),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
