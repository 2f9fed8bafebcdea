/* The rows of an import: what is counted stays true whatever happens to the records. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/backends.h"
#include "store/clinic.h"
#include "store/db.h"
#include "store/imports.h"
#include "store/jobs.h"
#include "store/lanes.h"
#include "tests/unit/place.h"

static void inside(struct place *p, store_change *change)
{
    if (!store_do(p->store, change, p, &p->err)) {
        print_error("%s\n", p->err.text);
        fail();
    }
}

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return err->kind != ERR_NONE                                                           \
                       ? false                                                                     \
                       : err_set(err, ERR_BUG, "line %d: %s", __LINE__, #condition);               \
    } while (0)

static bool backend(struct db *db, int64_t *id, struct err *err)
{
    struct backend b = { .name = "one", .shop = "one", .odoo_url = "https://o.example.com",
                         .odoo_db = "d", .odoo_login = "l" };

    return backends_add(db, &b, id, err);
}

static bool begin(struct db *db, struct import_run *run, struct err *err)
{
    struct import_step steps[IMPORT_STEP_COUNT] = { 0 };

    for (unsigned i = 0; i < IMPORT_STEP_COUNT; i++)
        steps[i].step = (enum import_step_id)i;
    snprintf(steps[IMPORT_ORDERS].scope, IMPORT_SCOPE_MAX, "{\"status\":\"open\"}");
    *run = (struct import_run){ .created = when_now(), .by = "ann" };
    return backend(db, &run->backend, err) &&
           imports_begin(db, run, steps, IMPORT_STEP_COUNT, err);
}

static bool add(struct db *db, int64_t run, int from, int count, struct err *err)
{
    struct import_item items[64] = { 0 };

    for (int i = 0; i < count; i++) {
        items[i].run = run;
        items[i].step = IMPORT_CUSTOMERS;
        snprintf(items[i].record, sizeof items[i].record, "customer:%d", from + i);
        items[i].body = (char *)(uintptr_t)"{\"id\":1}";
        items[i].body_len = 8;
    }
    return imports_add(db, items, (size_t)count, err);
}

static bool page(struct db *db, int64_t run, int verdict, int state, int64_t after, bool bodies,
                 struct import_item *rows, size_t *count, int64_t *next, struct err *err)
{
    struct imports_filter f = { .run = run, .step = IMPORT_CUSTOMERS, .verdict = verdict,
                                .state = state, .after = after, .bodies = bodies };

    return imports_items(db, &f, rows, count, next, err);
}

static bool one_at_a_time(struct db *db, void *ctx, struct err *err)
{
    struct import_step steps[IMPORT_STEP_COUNT], none[1] = { 0 };
    struct import_run run, other, newest;
    size_t count = IMPORT_STEP_COUNT;
    struct err no = { 0 };

    (void)ctx;
    HOLDS(begin(db, &run, err));
    other = (struct import_run){ .backend = run.backend, .created = 1, .by = "bob" };
    HOLDS(!imports_begin(db, &other, none, 1, &no) && no.kind == ERR_CONFLICT);
    HOLDS(imports_steps(db, run.id, steps, &count, err) && count == IMPORT_STEP_COUNT);
    HOLDS(strcmp(steps[IMPORT_ORDERS].scope, "{\"status\":\"open\"}") == 0);
    HOLDS(steps[0].shopify == -1 && steps[0].state == IMPORT_STEP_WAITING);
    HOLDS(run.pace == 0 && run.paced == 0);
    run.pace = 600;
    run.paced = 7;
    run.ended = 5;
    run.state = IMPORT_RUN_STOPPED;
    HOLDS(imports_put(db, &run, err));
    HOLDS(imports_get(db, run.id, &newest, err) && newest.pace == 600 && newest.paced == 7);
    HOLDS(imports_begin(db, &other, none, 1, err));
    HOLDS(imports_newest(db, run.backend, &newest, err) && newest.id == other.id);
    HOLDS(!imports_get(db, 99, &run, &no) && no.kind == ERR_MISSING);
    return true;
}

static void a_shop_has_one_open_import(void **fixture)
{
    inside(*fixture, one_at_a_time);
}

static bool counts_follow(struct db *db, void *ctx, struct err *err)
{
    struct import_item rows[64];
    struct import_step step;
    struct import_run run;
    size_t count = 64;
    int64_t next, moved;

    (void)ctx;
    HOLDS(begin(db, &run, err) && add(db, run.id, 1, 10, err) && add(db, run.id, 6, 10, err));
    HOLDS(imports_step(db, run.id, IMPORT_CUSTOMERS, &step, err));
    HOLDS(step.read == 15 && step.judged == 0); /* five were there */
    HOLDS(page(db, run.id, IMPORT_VERDICT_UNKNOWN, -1, 0, true, rows, &count, &next, err));
    HOLDS(count == 15 && rows[0].body_len == 8 && strcmp(rows[0].body, "{\"id\":1}") == 0);
    for (size_t i = 0; i < count; i++)
        rows[i].verdict = i < 9 ? IMPORT_VERDICT_NEW : i < 12 ? IMPORT_VERDICT_SAME :
                                                                IMPORT_VERDICT_REFUSED;
    HOLDS(imports_judge(db, rows, count, err));
    rows[0].verdict = IMPORT_VERDICT_CHANGES; /* looked at again */
    HOLDS(imports_judge(db, rows, 1, err));
    for (int i = 0; i < 4; i++)
        rows[i].state = i < 2 ? IMPORT_ITEM_QUEUED : IMPORT_ITEM_DONE, rows[i].made = i == 2;
    HOLDS(imports_move(db, rows, 4, true, err));
    HOLDS(imports_move_all(db, run.id, IMPORT_CUSTOMERS, IMPORT_VERDICT_REFUSED,
                           IMPORT_ITEM_PLANNED, IMPORT_ITEM_SKIPPED, 100, &moved, err) &&
          moved == 3);
    import_items_clear(rows, count);
    HOLDS(imports_step(db, run.id, IMPORT_CUSTOMERS, &step, err));
    HOLDS(step.judged == 15 && step.verdicts[IMPORT_VERDICT_NEW] == 8 &&
          step.verdicts[IMPORT_VERDICT_CHANGES] == 1 && step.verdicts[IMPORT_VERDICT_SAME] == 3 &&
          step.verdicts[IMPORT_VERDICT_REFUSED] == 3);
    HOLDS(step.items[IMPORT_ITEM_QUEUED] == 2 && step.items[IMPORT_ITEM_DONE] == 2 &&
          step.items[IMPORT_ITEM_SKIPPED] == 3);
    count = 64;
    HOLDS(page(db, run.id, -1, IMPORT_ITEM_QUEUED, 0, true, rows, &count, &next, err));
    HOLDS(count == 2 && rows[0].body == NULL); /* the job has it */
    import_items_clear(rows, count);
    return true;
}

static void what_is_counted_follows_the_records(void **fixture)
{
    inside(*fixture, counts_follow);
}

static bool in_order(struct db *db, void *ctx, struct err *err)
{
    struct import_item rows[8];
    struct import_run run;
    int64_t after = 0, seen = 0, last = 0;
    size_t count = 8;

    (void)ctx;
    HOLDS(begin(db, &run, err) && add(db, run.id, 1, 30, err));
    HOLDS(page(db, run.id, -1, IMPORT_ITEM_PLANNED, 0, false, rows, &count, &after, err));
    for (size_t i = 0; i < 3; i++)
        rows[2 * i + 1].state = IMPORT_ITEM_DONE;
    HOLDS(imports_move(db, rows, count, false, err));
    import_items_clear(rows, count);
    after = 0;
    do {
        count = 7;
        HOLDS(page(db, run.id, -1, -1, after, false, rows, &count, &after, err));
        for (size_t i = 0; i < count; i++) {
            HOLDS(rows[i].id > last);
            last = rows[i].id;
        }
        seen += (int64_t)count;
        import_items_clear(rows, count);
    } while (after != 0);
    HOLDS(seen == 30);
    return true;
}

static void pages_keep_the_order_of_the_file_whatever_the_states(void **fixture)
{
    inside(*fixture, in_order);
}

static bool ends_seen(struct db *db, void *ctx, struct err *err)
{
    struct import_item rows[8];
    struct import_run run;
    int64_t next, lane, ids[3];
    struct jobs_bulk bulk = { .of = { .ids = ids, .id_count = 1, .count = -1, .state = -1 },
                              .step = STEP_CANCEL, .now = when_now() };
    size_t count = 8;

    (void)ctx;
    HOLDS(begin(db, &run, err) && add(db, run.id, 1, 3, err));
    HOLDS(lanes_need(db, run.backend, "import", 1, &lane, err));
    HOLDS(page(db, run.id, -1, IMPORT_ITEM_PLANNED, 0, false, rows, &count, &next, err));
    for (int i = 0; i < 3; i++) {
        struct job_new job = { .backend = run.backend, .lane = "import", .kind = "customer.in",
                               .record = rows[i].record };

        HOLDS(jobs_add(db, &job, &rows[i].job, NULL, err));
        rows[i].state = IMPORT_ITEM_QUEUED;
        ids[i] = rows[i].job;
    }
    HOLDS(imports_move(db, rows, 3, false, err));
    rows[2].job = 999999; /* trimmed long ago */
    HOLDS(imports_move(db, &rows[2], 1, false, err));
    HOLDS(jobs_bulk(db, &bulk, err));
    import_items_clear(rows, 3);
    count = 8;
    HOLDS(imports_ended(db, run.id, IMPORT_CUSTOMERS, IMPORT_ITEM_QUEUED, rows, &count, err));
    HOLDS(count == 2 && rows[0].job_state == JOB_CANCELLED && rows[1].job_state == -1);
    import_items_clear(rows, count);
    return true;
}

static void ends_of_jobs_are_seen(void **fixture)
{
    inside(*fixture, ends_seen);
}

static bool forgets(struct db *db, void *ctx, struct err *err)
{
    struct import_item rows[8];
    struct import_step step;
    struct import_run run;
    size_t count = 8;
    int64_t next;
    bool more = true;
    int turns = 0;

    (void)ctx;
    HOLDS(begin(db, &run, err) && add(db, run.id, 1, 30, err));
    HOLDS(imports_use(db, run.id, "tax", "8.1|CH|incl", "8.1 %", true, 2, err));
    HOLDS(imports_use(db, run.id, "tax", "8.1|CH|incl", "8.1 %", true, 3, err));
    for (; more; turns++)
        HOLDS(imports_forget(db, run.id, IMPORT_CUSTOMERS, 20, &more, err));
    HOLDS(turns == 2);
    HOLDS(page(db, run.id, -1, -1, 0, false, rows, &count, &next, err) && count == 0);
    HOLDS(imports_step(db, run.id, IMPORT_CUSTOMERS, &step, err) && step.read == 0);
    struct import_use_place first = { .mapped = false };
    struct import_use uses[4];

    count = 4;
    HOLDS(imports_uses(db, &run, NULL, &first, uses, &count, err) && count == 1);
    HOLDS(uses[0].uses == 5);
    return true;
}

/* 20 for one location, 8 for no thing but one reason, 2 for reasons of their own. */
static bool causes(struct db *db, void *ctx, struct err *err)
{
    struct import_item rows[64];
    struct import_cause found[3];
    struct import_run run;
    size_t count = 64, n = 3;
    int64_t next;

    (void)ctx;
    HOLDS(begin(db, &run, err) && add(db, run.id, 1, 30, err));
    HOLDS(page(db, run.id, -1, -1, 0, false, rows, &count, &next, err) && count == 30);
    for (int i = 0; i < 30; i++) {
        rows[i].verdict = IMPORT_VERDICT_REFUSED;
        if (i < 20)
            err_set(&rows[i].why, ERR_MISSING, "Main is not mapped, %d", i);
        else
            err_set(&rows[i].why, ERR_REFUSED, i < 28 ? "no variant" : "reason %d", i);
        if (i < 20)
            err_about(&rows[i].why, "location", "Main");
    }
    HOLDS(imports_judge(db, rows, 30, err));
    rows[0].state = IMPORT_ITEM_SKIPPED; /* by a person: no cause any more */
    HOLDS(imports_move(db, rows, 1, false, err));
    import_items_clear(rows, count);
    HOLDS(imports_causes(db, run.id, IMPORT_CUSTOMERS, found, &n, err) && n == 3);
    HOLDS(found[0].count == 19 && found[0].kind == ERR_MISSING);
    HOLDS(strcmp(found[0].thing, "location:Main") == 0 && strstr(found[0].why, "not mapped") != NULL);
    HOLDS(found[1].count == 8 && strcmp(found[1].why, "no variant") == 0 && found[2].count == 1);
    n = 3;
    HOLDS(imports_causes(db, run.id, IMPORT_ORDERS, found, &n, err) && n == 0);
    return true;
}

static void what_is_refused_has_few_causes(void **fixture)
{
    inside(*fixture, causes);
}

static void a_step_can_be_read_anew(void **fixture)
{
    inside(*fixture, forgets);
}

static bool one_use(struct db *db, const struct import_run *run, const char *kind, const char *key,
                    bool lacking, struct err *err)
{
    return imports_use(db, run->id, kind, key, key, lacking, 1, err) &&
           (!lacking || mappings_need(db, run->backend, kind, key, key, err));
}

/* Page by page, as it is asked for; all: "kind key mapped uses;" */
static bool used(struct db *db, const struct import_run *run, const char *kind, size_t each,
                 char *all, size_t size, struct err *err)
{
    struct import_use_place after = { .mapped = false };
    struct import_use rows[8];
    size_t count = each, len = 0;

    for (all[0] = '\0'; count == each;) {
        if (!imports_uses(db, run, kind, &after, rows, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            len += (size_t)snprintf(all + len, size - len, "%s %s %d %lld;", rows[i].kind,
                                    rows[i].key, rows[i].mapped, (long long)rows[i].uses);
        if (count == 0)
            break;
        str_copy(after.kind, sizeof after.kind, rows[count - 1].kind);
        str_copy(after.key, sizeof after.key, rows[count - 1].key);
        after.mapped = rows[count - 1].mapped;
    }
    return true;
}

static bool uses_listed(struct db *db, void *ctx, struct err *err)
{
    static const char *const before = "gateway a 1 1;location b 0 2;location c 0 1;location a 1 1;"
                                      "tax t 0 1;";
    struct mapping was;
    struct import_run run;
    int64_t requeued;
    char all[512];

    (void)ctx;
    HOLDS(begin(db, &run, err));
    HOLDS(one_use(db, &run, "location", "a", false, err) &&
          one_use(db, &run, "location", "b", true, err) &&
          one_use(db, &run, "location", "b", true, err) &&
          one_use(db, &run, "location", "c", true, err) &&
          one_use(db, &run, "gateway", "a", false, err) &&
          one_use(db, &run, "plan.sku", "x", false, err) &&
          one_use(db, &run, "tax", "t", true, err));
    for (size_t each = 1; each <= 8; each++) {
        HOLDS(used(db, &run, NULL, each, all, sizeof all, err));
        HOLDS(strcmp(all, before) == 0);
    }
    HOLDS(mappings_set(db, run.backend, "location", "b", "1", "Main", "ann", &was, &requeued, err));
    HOLDS(used(db, &run, "location", 2, all, sizeof all, err));
    HOLDS(strcmp(all, "location c 0 1;location a 1 1;location b 1 2;") == 0);
    /* the same record seen again: its mapping is known now, and it counts once */
    HOLDS(imports_use(db, run.id, "location", "c", "c", false, 0, err));
    HOLDS(used(db, &run, "location", 8, all, sizeof all, err));
    HOLDS(strcmp(all, "location a 1 1;location b 1 2;location c 1 1;") == 0);
    return true;
}

static void what_is_used_is_listed_unmapped_first(void **fixture)
{
    inside(*fixture, uses_listed);
}

static bool doubted(struct db *db, void *ctx, struct err *err)
{
    struct import_item rows[8];
    struct import_step step;
    struct import_run run;
    size_t count = 8;
    int64_t next, moved;
    bool never;

    (void)ctx;
    HOLDS(begin(db, &run, err) && add(db, run.id, 1, 8, err));
    HOLDS(page(db, run.id, IMPORT_VERDICT_UNKNOWN, -1, 0, false, rows, &count, &next, err));
    HOLDS(imports_never_judged(db, rows[0].id, &never, err) && never);
    for (size_t i = 0; i < count; i++) {
        rows[i].verdict = i < 5 ? IMPORT_VERDICT_REFUSED : IMPORT_VERDICT_NEW;
        snprintf(rows[i].print, sizeof rows[i].print, "p%zu", i);
    }
    HOLDS(imports_judge(db, rows, count, err));
    rows[0].state = IMPORT_ITEM_SKIPPED; /* what a person decided stands */
    HOLDS(imports_move(db, rows, 1, false, err));
    HOLDS(imports_doubt(db, run.id, IMPORT_CUSTOMERS, IMPORT_VERDICT_REFUSED, 3, &moved, err) &&
          moved == 3);
    HOLDS(imports_doubt(db, run.id, IMPORT_CUSTOMERS, IMPORT_VERDICT_REFUSED, 3, &moved, err) &&
          moved == 1);
    HOLDS(imports_step(db, run.id, IMPORT_CUSTOMERS, &step, err));
    HOLDS(step.judged == 4 && step.verdicts[IMPORT_VERDICT_REFUSED] == 1 &&
          step.verdicts[IMPORT_VERDICT_NEW] == 3);
    HOLDS(imports_never_judged(db, rows[1].id, &never, err) && !never);
    import_items_clear(rows, count);
    return true;
}

static void a_plan_can_be_doubted(void **fixture)
{
    inside(*fixture, doubted);
}

/* ---- questions ---- */

static bool asked(struct db *db, const struct import_run *run, int answered, size_t *count,
                  struct err *err)
{
    struct clinic_row rows[8];
    int64_t next;

    *count = 8;
    if (!clinic_list(db, run, -1, answered, 0, rows, count, &next, err))
        return false;
    clinic_rows_clear(rows, *count);
    return true;
}

/* Of a variant without a SKU, one that is unclear, and two with one SKU. */
static bool settled(struct db *db, void *ctx, struct err *err)
{
    struct clinic_variant v[] = { { .item = 1, .variant = 1 },
                                  { .item = 1, .variant = 2, .sku = "A" },
                                  { .item = 1, .variant = 3, .sku = "B" },
                                  { .item = 1, .variant = 4, .sku = "B" } };
    int64_t all[CLINIC_KINDS], open[CLINIC_KINDS], requeued;
    struct import_run run;
    size_t n;

    (void)ctx;
    HOLDS(begin(db, &run, err));
    for (size_t i = 0; i < 4; i++)
        HOLDS(clinic_seen(db, run.id, &v[i], err));
    HOLDS(clinic_ask(db, run.id, &v[0], CLINIC_MISSING, NULL, err) &&
          clinic_ask(db, run.id, &v[1], CLINIC_QUESTION, NULL, err));
    HOLDS(asked(db, &run, 0, &n, err) && n == 4 && asked(db, &run, 1, &n, err) && n == 0);
    HOLDS(mappings_set(db, run.backend, "product", "variant:1", "create", "", "ann", NULL,
                       &requeued, err));
    HOLDS(mappings_set(db, run.backend, "product", "sku:B", "skip", "", "ann", NULL, &requeued,
                       err));
    HOLDS(asked(db, &run, 0, &n, err) && n == 1 && asked(db, &run, 1, &n, err) && n == 3 &&
          asked(db, &run, -1, &n, err) && n == 4);
    HOLDS(clinic_counts(db, &run, all, open, err) && all[CLINIC_SHOPIFY] == 2 &&
          open[CLINIC_SHOPIFY] == 0 && all[CLINIC_MISSING] == 1 && open[CLINIC_MISSING] == 0 &&
          all[CLINIC_QUESTION] == 1 && open[CLINIC_QUESTION] == 1);
    for (int64_t variant = 1; variant <= 4; variant++)
        HOLDS(clinic_settled(db, run.id, variant, err));
    HOLDS(asked(db, &run, -1, &n, err) && n == 3); /* nobody need say what became clear by itself */
    HOLDS(asked(db, &run, 0, &n, err) && n == 0);
    return true;
}

static void what_is_answered_or_clear_is_no_question(void **fixture)
{
    inside(*fixture, settled);
}

/* ---- forgetting ---- */

static const char *const tables[] = { "import_run",     "import_step",   "import_item", "import_body",
                                      "import_variant", "import_clinic", "import_use" };

static int64_t rows_of(struct db *db, const char *table, int64_t run, struct err *err)
{
    const char *of = strcmp(table, "import_run") == 0 ? "id = ?1" : "run = ?1";
    char sql[160];
    int64_t n = -1;

    if (strcmp(table, "import_body") == 0)
        of = "item IN (SELECT id FROM import_item WHERE run = ?1)";
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE %s", table, of);
    return db_number(db, &n, NULL, err, sql, "i", run) ? n : -1;
}

/* A run with some of everything. */
static bool full(struct db *db, int64_t backend_id, when ended, struct import_run *run,
                 struct err *err)
{
    struct import_step steps[IMPORT_STEP_COUNT] = { 0 };
    struct clinic_variant v = { .item = 1, .product = 2, .sku = "A", .title = "t", .price = "1" };

    for (unsigned i = 0; i < IMPORT_STEP_COUNT; i++)
        steps[i].step = (enum import_step_id)i;
    *run = (struct import_run){ .backend = backend_id, .created = when_now(), .by = "ann" };
    if (!imports_begin(db, run, steps, IMPORT_STEP_COUNT, err) || !add(db, run->id, 1, 20, err))
        return false;
    for (v.variant = 1; v.variant <= 20; v.variant++)
        if (!clinic_seen(db, run->id, &v, err) ||
            !imports_use(db, run->id, "tax", v.variant % 2 != 0 ? "a" : "b", "", false, 1, err))
            return false;
    run->ended = ended;
    run->state = ended != 0 ? IMPORT_RUN_STOPPED : IMPORT_RUN_PLANNING;
    return imports_put(db, run, err);
}

static bool forgotten(struct db *db, void *ctx, struct err *err)
{
    when now = when_now(), long_ago = now - 100 * WHEN_DAY, limit = now - 90 * WHEN_DAY;
    struct import_run old, late, open;
    int64_t b;
    bool more = true;
    int pieces = 0;

    (void)ctx;
    HOLDS(backend(db, &b, err));
    HOLDS(full(db, b, long_ago, &old, err) && full(db, b, now - WHEN_DAY, &late, err) &&
          full(db, b, 0, &open, err));
    for (; more && pieces < 100; pieces++)
        HOLDS(imports_trim(db, limit, 7, &more, err));
    HOLDS(!more && pieces > 3); /* a piece at a time */
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        bool body = strcmp(tables[i], "import_body") == 0;

        HOLDS(rows_of(db, tables[i], old.id, err) == 0);
        HOLDS(body == (rows_of(db, tables[i], late.id, err) == 0)); /* it is over: used no more */
        HOLDS(rows_of(db, tables[i], open.id, err) > 0);
    }
    return true;
}

static void old_imports_are_forgotten(void **fixture)
{
    inside(*fixture, forgotten);
}

/* However old: it is what a person looks at. */
static bool newest_stays(struct db *db, void *ctx, struct err *err)
{
    when long_ago = when_now() - 100 * WHEN_DAY;
    struct import_run run;
    int64_t b;
    bool more = true;

    (void)ctx;
    HOLDS(backend(db, &b, err) && full(db, b, long_ago, &run, err));
    for (int i = 0; more && i < 100; i++)
        HOLDS(imports_trim(db, when_now(), 7, &more, err));
    HOLDS(!more && rows_of(db, "import_run", run.id, err) == 1 &&
          rows_of(db, "import_variant", run.id, err) == 20);
    return true;
}

static void the_newest_import_stays(void **fixture)
{
    inside(*fixture, newest_stays);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_free)
        TEST(a_shop_has_one_open_import),
        TEST(what_is_counted_follows_the_records),
        TEST(pages_keep_the_order_of_the_file_whatever_the_states),
        TEST(ends_of_jobs_are_seen),
        TEST(a_step_can_be_read_anew),
        TEST(what_is_used_is_listed_unmapped_first),
        TEST(a_plan_can_be_doubted),
        TEST(what_is_refused_has_few_causes),
        TEST(what_is_answered_or_clear_is_no_question),
        TEST(old_imports_are_forgotten),
        TEST(the_newest_import_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
