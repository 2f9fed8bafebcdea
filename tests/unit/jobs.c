#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/backends.h"
#include "store/hands.h"
#include "store/inbox.h"
#include "store/jobs.h"
#include "store/mappings.h"
#include "store/pairs.h"
#include "store/problems.h"
#include "tests/unit/place.h"

/* ---- short hands: each is one change, and must work ---- */

struct add {
    struct job_new job;
    int64_t id;
    bool merged;
};

static bool add_change(struct db *db, void *ctx, struct err *err)
{
    struct add *a = ctx;

    return jobs_add(db, &a->job, &a->id, &a->merged, err);
}

static int64_t add(struct place *p, int64_t backend, const char *kind, const char *record,
                   int priority)
{
    struct add a = { .job = { .backend = backend,
                              .lane = "orders",
                              .kind = kind,
                              .record = record,
                              .priority = priority,
                              .payload = "{}",
                              .payload_len = 2 } };

    assert_true(store_do(p->store, add_change, &a, &p->err));
    return a.id;
}

static bool backend_change(struct db *db, void *ctx, struct err *err)
{
    struct backend b = { .name = "main", .odoo_url = "https://odoo.example.com",
                         .odoo_db = "shop", .odoo_login = "sync" };
    int64_t *id = ctx;

    snprintf(b.shop, sizeof b.shop, "shop-%d.myshopify.com", (int)*id);
    snprintf(b.name, sizeof b.name, "shop %d", (int)*id);
    return backends_add(db, &b, id, err);
}

static int64_t backend(struct place *p, int number)
{
    int64_t id = number;

    assert_true(store_do(p->store, backend_change, &id, &p->err));
    return id;
}

struct claim {
    struct jobs_claim claim;
    struct jobs_want wants[LANES_MAX];
    struct job rows[64];
};

static bool claim_change(struct db *db, void *ctx, struct err *err)
{
    return jobs_claim(db, ctx, err);
}

static struct claim *claim(struct place *p, int most)
{
    static struct claim c;

    memset(&c, 0, sizeof c);
    c.claim = (struct jobs_claim){ .now = when_now(),
                                   .wants = c.wants,
                                   .like = most,
                                   .rows = c.rows,
                                   .count = 64 };
    assert_true(store_do(p->store, claim_change, &c.claim, &p->err));
    return &c;
}

static bool end_change(struct db *db, void *ctx, struct err *err)
{
    return jobs_end(db, ctx, err);
}

static void end(struct place *p, int64_t id, enum job_step step, const struct err *why)
{
    struct job_end e = { .id = id, .step = step, .now = when_now(), .err = why };

    e.until = e.now + 5 * WHEN_SECOND;
    assert_true(store_do(p->store, end_change, &e, &p->err));
}

static bool bulk_change(struct db *db, void *ctx, struct err *err)
{
    return jobs_bulk(db, ctx, err);
}

static struct job get(struct place *p, int64_t id)
{
    AUTO(db) db = store_reader(p->store, &p->err);
    struct job job;

    assert_non_null(db);
    assert_true(jobs_get(db, id, &job, &p->err));
    return job;
}

static int64_t count(struct place *p, enum job_state state)
{
    AUTO(db) db = store_reader(p->store, &p->err);
    int64_t counts[JOB_STATE_COUNT];

    assert_non_null(db);
    assert_true(lanes_totals(db, 0, counts, &p->err));
    return counts[state];
}

static void wait_for_tasks(struct place *p)
{
    AUTO(db) db = store_reader(p->store, &p->err);
    int64_t left = 1;

    while (left > 0) {
        assert_true(jobs_bulk_left(db, &left, &p->err));
        usleep(1000);
    }
}

/* ---- merging ---- */

static void waiting_jobs_for_one_record_become_one(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1), other = backend(p, 2);
    int64_t first = add(p, b, "order_in", "order:1", 3);

    assert_int_equal(add(p, b, "order_in", "order:1", 1), first);
    assert_int_equal(get(p, first).priority, 1);
    assert_int_not_equal(add(p, b, "order_in", "order:2", 1), first);
    assert_int_not_equal(add(p, b, "fulfil_in", "order:1", 1), first);
    assert_int_not_equal(add(p, other, "order_in", "order:1", 1), first);
    assert_int_equal(count(p, JOB_READY), 4);
}

static void a_merged_job_takes_the_newest_payload(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1);
    struct add a = { .job = { .backend = b, .lane = "orders", .kind = "order_in",
                              .record = "order:1", .payload = "old", .payload_len = 3 } };
    AUTO(db) db = store_reader(p->store, &p->err);
    AUTO_FREE char *text = NULL;
    size_t len = 0;

    assert_true(store_do(p->store, add_change, &a, &p->err));
    assert_false(a.merged);
    a.job.payload = "newer";
    a.job.payload_len = 5;
    assert_true(store_do(p->store, add_change, &a, &p->err));
    assert_true(a.merged);
    text = jobs_payload(db, a.id, &len, &p->err);
    assert_string_equal(text, "newer");
    assert_int_equal(len, 5);
}

struct told {
    struct hook hook;
    const char *body;
    struct job_new job;
    int64_t id;
};

static bool tell_change(struct db *db, void *ctx, struct err *err)
{
    struct told *t = ctx;
    bool duplicate;

    if (!inbox_add(db, &t->hook, "[]", t->body, strlen(t->body), &duplicate, err))
        return false;
    t->job.inbox = t->hook.id;
    return jobs_add(db, &t->job, &t->id, NULL, err);
}

/* A delivery that Shopify sent at a time. */
static int64_t tell(struct place *p, int64_t backend, const char *body, when at)
{
    struct told t = { .hook = { .backend = backend, .topic = "orders/updated", .triggered_at = at,
                                .received = when_now(), .verdict = INBOX_OK },
                      .body = body,
                      .job = { .backend = backend, .lane = "orders", .kind = "order_in",
                               .record = "order:1" } };

    snprintf(t.hook.webhook_id, sizeof t.hook.webhook_id, "%s", body);
    assert_true(store_do(p->store, tell_change, &t, &p->err));
    return t.id;
}

static void assert_payload(struct place *p, int64_t id, const char *wanted)
{
    AUTO(db) db = store_reader(p->store, &p->err);
    size_t len = 0;
    AUTO_FREE char *text = jobs_payload(db, id, &len, &p->err);

    assert_string_equal(text, wanted);
}

static void what_was_sent_earlier_does_not_replace_what_was_sent_later(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1), id = tell(p, b, "{\"n\":1}", 1000);

    assert_int_equal(tell(p, b, "{\"n\":3}", 3000), id);
    assert_payload(p, id, "{\"n\":3}");
    assert_int_equal(tell(p, b, "{\"n\":2}", 2000), id);
    assert_payload(p, id, "{\"n\":3}");
    assert_int_equal(tell(p, b, "{\"n\":4}", 3000), id);
    assert_payload(p, id, "{\"n\":4}");
    assert_int_equal(tell(p, b, "{\"n\":5}", 0), id); /* nobody knows when: by arrival */
    assert_payload(p, id, "{\"n\":5}");
}

static void behind_a_running_job_a_second_waits(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1), first = add(p, b, "order_in", "order:1", 0), second, waits, blocks;
    AUTO(db) db = store_reader(p->store, &p->err);
    struct claim *c = claim(p, 10);
    struct job job;

    assert_int_equal(c->claim.count, 1);
    second = add(p, b, "order_in", "order:1", 0);
    assert_int_not_equal(second, first);
    assert_int_equal(add(p, b, "order_in", "order:1", 0), second);
    c = claim(p, 10);
    assert_int_equal(c->claim.count, 0);
    assert_true(c->wants[0].blocked);
    job = get(p, second);
    assert_true(jobs_neighbours(db, &job, &waits, &blocks, &p->err));
    assert_int_equal(waits, first);
    assert_int_equal(blocks, 0);
    end(p, first, STEP_DONE, NULL);
    c = claim(p, 10);
    assert_int_equal(c->claim.count, 1);
    assert_int_equal(c->rows[0].id, second);
}

static void a_newer_payload_frees_a_parked_job(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1), id = add(p, b, "order_in", "order:1", 0);
    struct err why = { 0 };
    AUTO(db) db = store_reader(p->store, &p->err);
    int64_t causes, open;

    claim(p, 10);
    err_set(&why, ERR_REFUSED, "Odoo says no to order 12");
    end(p, id, STEP_PARK, &why);
    assert_int_equal(get(p, id).state, JOB_PARKED);
    assert_true(problems_totals(db, &causes, &open, &p->err));
    assert_int_equal(open, 1);
    assert_int_equal(add(p, b, "order_in", "order:1", 0), id);
    assert_int_equal(get(p, id).state, JOB_READY);
    assert_int_equal(get(p, id).problem, 0);
    assert_true(problems_totals(db, &causes, &open, &p->err));
    assert_int_equal(open, 0);
}

struct map {
    int64_t backend, requeued;
    const char *kind, *key;
};

static bool map_change(struct db *db, void *ctx, struct err *err)
{
    struct map *m = ctx;

    return mappings_set(db, m->backend, m->kind, m->key, "12", "12", "ana", NULL, &m->requeued,
                        err);
}

/* Parked for a thing, and free again once it is mapped? */
static bool is_freed(struct place *p, const char *thing, const char *kind, const char *key)
{
    struct map map = { .backend = backend(p, 1), .kind = kind, .key = key };
    int64_t id = add(p, map.backend, "order_in", "order:1", 0);
    struct err why = { 0 };

    claim(p, 10);
    err_set(&why, ERR_MISSING, "nobody knows %s", thing);
    snprintf(why.thing, sizeof why.thing, "%s", thing);
    end(p, id, STEP_PARK, &why);
    assert_int_equal(get(p, id).state, JOB_PARKED);
    assert_true(store_do(p->store, map_change, &map, &p->err));
    wait_for_tasks(p);
    return map.requeued == 1 && get(p, id).state == JOB_READY;
}

static void a_mapped_tax_frees_what_waits_for_it(void **fixture)
{
    assert_true(is_freed(*fixture, "tax:8.1|CH|incl", "tax", "8.1|CH|incl"));
}

static void a_mapped_product_frees_what_waits_for_it(void **fixture)
{
    assert_true(is_freed(*fixture, "sku:TS-1", "product", "sku:TS-1"));
}

/* ---- what waits for products, whichever ---- */

static void any_answered_product_frees_what_waits_for_products(void **fixture)
{
    assert_true(is_freed(*fixture, PROBLEM_PRODUCTS, "product", "sku:TS-1"));
}

static bool comes_change(struct db *db, void *ctx, struct err *err)
{
    struct pair pair = { .backend = *(int64_t *)ctx, .kind = "variant", .shopify_id = 7,
                         .odoo_model = "product.product", .odoo_id = 8 };

    return pairs_put(db, &pair, NULL, NULL, 0, err);
}

/* It read before, and is parked after: without a second look it would wait for good. */
static void a_product_that_comes_meanwhile_is_not_waited_for(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1), before = add(p, b, "stock_in", "level@1:2", 0), after;
    struct err why = { .kind = ERR_MISSING, .text = "its product is not in Odoo",
                       .thing = PROBLEM_PRODUCTS };

    claim(p, 10);
    assert_true(store_do(p->store, comes_change, &b, &p->err));
    end(p, before, STEP_PARK, &why);
    assert_int_equal(get(p, before).state, JOB_READY);
    claim(p, 10);
    end(p, before, STEP_PARK, &why);
    assert_int_equal(get(p, before).state, JOB_PARKED);
    after = add(p, b, "stock_in", "level@1:3", 0);
    claim(p, 10);
    end(p, after, STEP_PARK, &why);
    assert_int_equal(get(p, after).state, JOB_PARKED);
}

struct items {
    int64_t backend, item;
};

static bool items_change(struct db *db, void *ctx, struct err *err)
{
    struct items *i = ctx;

    return problems_replay_items(db, i->backend, &i->item, 1, when_now(), err);
}

static void only_what_waits_for_that_product_goes_on(void **fixture)
{
    struct place *p = *fixture;
    struct items items = { .backend = backend(p, 1), .item = 22 };
    int64_t one = add(p, items.backend, "stock_in", "level@1:2", 0),
            two = add(p, items.backend, "stock_in", "level@1:22", 0),
            far = add(p, items.backend, "stock_in", "level@22:1", 0);
    struct err why = { .kind = ERR_MISSING, .text = "its product is not in Odoo",
                       .thing = PROBLEM_PRODUCTS };

    claim(p, 10);
    end(p, one, STEP_PARK, &why);
    end(p, two, STEP_PARK, &why);
    end(p, far, STEP_PARK, &why);
    assert_int_equal(get(p, one).problem, get(p, two).problem);
    assert_true(store_do(p->store, items_change, &items, &p->err));
    assert_int_equal(get(p, one).state, JOB_PARKED);
    assert_int_equal(get(p, two).state, JOB_READY);
    assert_int_equal(get(p, far).state, JOB_PARKED);
}

/* ---- claiming ---- */

static void claims_go_by_priority_then_time_then_id(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1);
    int64_t late = add(p, b, "order_in", "order:1", 5), soon = add(p, b, "order_in", "order:2", 0),
            next = add(p, b, "order_in", "order:3", 0);
    struct claim *c = claim(p, 2);

    assert_int_equal(c->claim.count, 2);
    assert_int_equal(c->rows[0].id, soon);
    assert_int_equal(c->rows[1].id, next);
    assert_true(c->wants[0].due <= when_now() && c->wants[0].due > 0);
    c = claim(p, 2);
    assert_int_equal(c->claim.count, 1);
    assert_int_equal(c->rows[0].id, late);
    assert_int_equal(c->rows[0].tries, 1);
    assert_int_equal(c->wants[0].due, 0);
}

static void two_kinds_of_one_record_are_not_claimed_together(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1);
    struct claim *c;

    add(p, b, "order_in", "order:1", 0);
    add(p, b, "fulfil_in", "order:1", 0);
    add(p, b, "poll", NULL, 0);
    add(p, b, "poll", NULL, 0);
    c = claim(p, 10);
    assert_int_equal(c->claim.count, 3);
    assert_true(c->wants[0].blocked);
    assert_int_equal(count(p, JOB_RUNNING), 3);
}

static bool hold_change(struct db *db, void *ctx, struct err *err)
{
    int64_t changed;

    (void)ctx;
    return lanes_hold(db, 0, "orders", "ana", "stock count", &changed, err);
}

static bool release_change(struct db *db, void *ctx, struct err *err)
{
    int64_t changed;

    (void)ctx;
    return lanes_release(db, 0, "orders", &changed, err);
}

static bool pause_change(struct db *db, void *ctx, struct err *err)
{
    bool *on = ctx;

    return backends_pause(db, 1, *on, "ana", err);
}

static void a_held_lane_and_a_paused_backend_give_nothing(void **fixture)
{
    struct place *p = *fixture;
    bool on = true;

    add(p, backend(p, 1), "order_in", "order:1", 0);
    assert_true(store_do(p->store, hold_change, NULL, &p->err));
    assert_int_equal(claim(p, 10)->claim.want_count, 0);
    assert_true(store_do(p->store, release_change, NULL, &p->err));
    assert_true(store_do(p->store, pause_change, &on, &p->err));
    assert_int_equal(claim(p, 10)->claim.count, 0);
    on = false;
    assert_true(store_do(p->store, pause_change, &on, &p->err));
    assert_int_equal(claim(p, 10)->claim.count, 1);
}

static void a_job_that_waits_is_not_claimed_before_its_time(void **fixture)
{
    struct place *p = *fixture;
    int64_t id = add(p, backend(p, 1), "order_in", "order:1", 0);
    struct err why = { 0 };
    struct job_attempt attempts[4];
    size_t n = 4;
    AUTO(db) db = store_reader(p->store, &p->err);
    struct claim *c = claim(p, 10);

    err_set(&why, ERR_BUSY, "POST /jsonrpc: 503");
    end(p, id, STEP_WAIT, &why);
    c = claim(p, 10);
    assert_int_equal(c->claim.count, 0);
    assert_true(c->wants[0].due > when_now());
    assert_int_equal(get(p, id).last_kind, ERR_BUSY);
    assert_true(jobs_attempts(db, id, attempts, &n, &p->err));
    assert_int_equal(n, 1);
    assert_string_equal(attempts[0].outcome, "waiting");
    assert_string_equal(attempts[0].text, "POST /jsonrpc: 503");
    job_attempt_clear(&attempts[0]);
}

static void only_a_running_job_can_be_ended(void **fixture)
{
    struct place *p = *fixture;
    int64_t id = add(p, backend(p, 1), "order_in", "order:1", 0);
    struct job_end e = { .id = id, .step = STEP_DONE, .now = when_now() };

    assert_false(store_do(p->store, end_change, &e, &p->err));
    assert_int_equal(p->err.kind, ERR_CONFLICT);
    assert_int_equal(get(p, id).state, JOB_READY);
}

/* ---- crashes ---- */

static void a_crash_gives_claimed_jobs_back(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1), in_hand = add(p, b, "order_in", "order:1", 0),
            waiting = add(p, b, "order_in", "order:2", 0), returned, parked;

    claim(p, 10);
    hands_take(store_hands(p->store), 0, &in_hand, 1);
    assert_true(place_again(p)); /* nothing was ended or dropped: as after a crash */
    store_recovered(p->store, &returned, &parked);
    assert_int_equal(returned, 2);
    assert_int_equal(parked, 0);
    assert_int_equal(get(p, in_hand).state, JOB_READY);
    assert_int_equal(get(p, in_hand).tries, 1);
    assert_int_equal(get(p, in_hand).crashes, 1);
    assert_int_equal(get(p, waiting).state, JOB_READY);
    assert_int_equal(get(p, waiting).tries, 0);
    assert_int_equal(get(p, waiting).crashes, 0);
    assert_int_equal(count(p, JOB_RUNNING), 0);
    assert_int_equal(count(p, JOB_READY), 2);
}

static void a_job_that_kills_its_worker_is_parked_after_three(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1), id = add(p, b, "order_in", "order:1", 0);
    struct problem problem;

    for (int i = 0; i < JOBS_CRASHES_MAX; i++) {
        assert_int_equal(claim(p, 10)->claim.count, 1);
        hands_take(store_hands(p->store), 3, &id, 1);
        assert_true(place_again(p));
    }
    assert_int_equal(get(p, id).state, JOB_PARKED);
    {
        AUTO(db) db = store_reader(p->store, &p->err);

        assert_true(problems_get(db, get(p, id).problem, when_now(), &problem, &p->err));
        assert_int_equal(problem.open, 1);
        assert_string_equal(problem.thing, "kind:order_in");
    }
}

/* ---- people ---- */

static void a_set_that_grew_is_left_alone(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1);
    struct jobs_bulk bulk = { .of = { .lane = "orders", .state = JOB_READY, .count = 1 },
                              .step = STEP_CANCEL, .now = when_now() };

    add(p, b, "order_in", "order:1", 0);
    add(p, b, "order_in", "order:2", 0);
    bulk.now = when_now();
    assert_true(store_do(p->store, bulk_change, &bulk, &p->err));
    assert_true(bulk.grew);
    assert_int_equal(bulk.count, 2);
    assert_int_equal(count(p, JOB_READY), 2);
    bulk.of.count = 2;
    assert_true(store_do(p->store, bulk_change, &bulk, &p->err));
    assert_false(bulk.grew);
    wait_for_tasks(p);
    assert_int_equal(count(p, JOB_READY), 0);
    assert_int_equal(count(p, JOB_CANCELLED), 2);
}

struct many {
    int64_t backend;
    int from, to;
};

static bool many_change(struct db *db, void *ctx, struct err *err)
{
    struct many *m = ctx;

    for (int i = m->from; i < m->to; i++) {
        char record[32];
        int64_t id;
        struct job_new job = { .backend = m->backend, .lane = "orders", .kind = "order_in",
                               .record = record };

        snprintf(record, sizeof record, "order:%d", i);
        if (!jobs_add(db, &job, &id, NULL, err))
            return false;
    }
    return true;
}

static void a_large_set_is_done_piece_by_piece_also_after_a_restart(void **fixture)
{
    struct place *p = *fixture;
    struct many m = { .backend = backend(p, 1), .from = 0, .to = 5000 };
    struct jobs_bulk bulk = { .of = { .lane = "orders", .state = JOB_READY, .count = 5000 },
                              .step = STEP_CANCEL };

    assert_true(store_do(p->store, many_change, &m, &p->err));
    bulk.now = when_now();
    assert_true(store_do(p->store, bulk_change, &bulk, &p->err));
    assert_int_equal(bulk.count, 5000);
    assert_true(place_again(p));
    wait_for_tasks(p);
    assert_int_equal(count(p, JOB_CANCELLED), 5000);
    assert_int_equal(count(p, JOB_READY), 0);
}

static void what_cannot_be_done_to_one_job_is_said(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1);
    int64_t ids[3] = { add(p, b, "order_in", "order:1", 0), 4711, 0 };
    struct jobs_bulk bulk = { .of = { .ids = ids, .id_count = 3, .state = -1, .count = -1 },
                              .step = STEP_REQUEUE, .now = when_now() };

    claim(p, 10);
    ids[2] = add(p, b, "order_in", "order:2", 0);
    bulk.step = STEP_SETTLE;
    assert_true(store_do(p->store, bulk_change, &bulk, &p->err));
    assert_int_equal(bulk.count, 1);
    assert_int_equal(bulk.refused_count, 2);
    assert_int_equal(bulk.refused[0].id, ids[0]);
    assert_non_null(strstr(bulk.refused[0].text, "running"));
    assert_int_equal(get(p, ids[2]).state, JOB_FINISHED);
}

static bool replay_change(struct db *db, void *ctx, struct err *err)
{
    int64_t *count = ctx;

    return problems_replay_thing(db, 1, "tax:8.1|CH|incl", when_now(), count, err);
}

static void equal_causes_are_one_problem_and_solving_it_replays_all(void **fixture)
{
    struct place *p = *fixture;
    int64_t b = backend(p, 1), replayed = 0, next;
    AUTO(db) db = store_reader(p->store, &p->err);
    struct problems_filter filter = { .state = -1 };
    struct problem rows[4];
    size_t n = 4;

    for (int i = 0; i < 30; i++) {
        char record[32];
        struct err why = { 0 };
        int64_t id;

        snprintf(record, sizeof record, "order:%d", 1000 + i);
        id = add(p, b, "order_in", record, 0);
        claim(p, 1);
        err_set(&why, ERR_MISSING, "order #%d: no tax mapping for \"8.1 %% CH\"", 1000 + i);
        err_about(&why, "tax", "8.1|CH|incl");
        end(p, id, STEP_PARK, &why);
    }
    assert_true(problems_list(db, &filter, when_now(), rows, &n, &next, &p->err));
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].open, 30);
    assert_int_equal(rows[0].count, 30);
    assert_int_equal(rows[0].spark[PROBLEM_SPARK - 1] + rows[0].spark[PROBLEM_SPARK - 2], 30);
    assert_string_equal(rows[0].cause, "order <id>: no tax mapping for <text>");
    assert_true(store_do(p->store, replay_change, &replayed, &p->err));
    wait_for_tasks(p);
    assert_int_equal(replayed, 30);
    assert_int_equal(count(p, JOB_READY), 30);
    assert_true(problems_get(db, rows[0].id, when_now(), &rows[0], &p->err));
    assert_int_equal(rows[0].open, 0);
    assert_int_equal(rows[0].state, PROBLEM_SOLVED);
}

/* ---- pages ---- */

static void pages_follow_each_other_newest_first_and_whole(void **fixture)
{
    static const struct jobs_filter filters[] = { { .state = -1 },
                                                  { .state = JOB_READY },
                                                  { .state = -1, .backend = 1 },
                                                  { .state = -1, .lane = "orders" } };
    struct place *p = *fixture;
    struct many m = { .backend = backend(p, 1), .from = 0, .to = 250 };
    AUTO(db) db = store_reader(p->store, &p->err);

    assert_true(store_do(p->store, many_change, &m, &p->err));
    for (size_t f = 0; f < sizeof filters / sizeof filters[0]; f++) {
        struct jobs_filter filter = filters[f];
        struct job rows[100];
        int64_t seen = 0, last = INT64_MAX;

        do {
            size_t n = 100;

            assert_true(jobs_list(db, &filter, rows, &n, &filter.after, &p->err));
            for (size_t i = 0; i < n; i++) {
                assert_true(rows[i].id < last);
                last = rows[i].id;
            }
            seen += (int64_t)n;
        } while (filter.after != 0);
        assert_int_equal(seen, 250);
    }
}

static bool trim_change(struct db *db, void *ctx, struct err *err)
{
    bool more;

    (void)ctx;
    return jobs_trim(db, when_now() + WHEN_DAY, 1000, &more, err);
}

static void old_ended_jobs_go_and_the_counts_go_with_them(void **fixture)
{
    struct place *p = *fixture;
    struct many m = { .backend = backend(p, 1), .from = 0, .to = 20 };
    struct claim *c;

    assert_true(store_do(p->store, many_change, &m, &p->err));
    c = claim(p, 15);
    assert_int_equal(c->claim.count, 15);
    for (size_t i = 0; i < c->claim.count; i++)
        end(p, c->rows[i].id, STEP_DONE, NULL);
    {
        struct jobs_bulk bulk = { .of = { .lane = "orders", .state = JOB_READY, .count = 5 },
                                  .step = STEP_CANCEL, .now = when_now() };

        assert_true(store_do(p->store, bulk_change, &bulk, &p->err));
        wait_for_tasks(p);
    }
    assert_true(store_do(p->store, trim_change, NULL, &p->err));
    assert_int_equal(count(p, JOB_FINISHED), 0);
    assert_int_equal(count(p, JOB_CANCELLED), 1); /* the newest stays: its id comes only once */
}

static void causes_lose_what_is_particular(void **fixture)
{
    static const char *const rows[][2] = {
        { "order #1042: no product for SKU TS-1", "order <id>: no product for SKU <id>" },
        { "partner 'Ana Müller' <ana@example.com> is archived",
          "partner <text> <<e-mail>> is archived" },
        { "POST /jsonrpc: 503 Service Unavailable", "POST /jsonrpc: <n> Service Unavailable" },
        { "total 12.50 differs from 12.49 by 0.01", "total <n> differs from <n> by <n>" },
        { "gid://shopify/Order/55123 is gone", "<id> is gone" },
        { "Odoo doesn't know  the field \"x_y\".", "Odoo doesn't know the field <text>." },
        { "", "" },
    };
    char to[ERR_TEXT_MAX];

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        problems_normalise(rows[i][0], to);
        assert_string_equal(to, rows[i][1]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_free)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(waiting_jobs_for_one_record_become_one),
        TEST(a_merged_job_takes_the_newest_payload),
        TEST(what_was_sent_earlier_does_not_replace_what_was_sent_later),
        TEST(behind_a_running_job_a_second_waits),
        TEST(a_newer_payload_frees_a_parked_job),
        TEST(a_mapped_tax_frees_what_waits_for_it),
        TEST(a_mapped_product_frees_what_waits_for_it),
        TEST(any_answered_product_frees_what_waits_for_products),
        TEST(a_product_that_comes_meanwhile_is_not_waited_for),
        TEST(only_what_waits_for_that_product_goes_on),
        TEST(claims_go_by_priority_then_time_then_id),
        TEST(two_kinds_of_one_record_are_not_claimed_together),
        TEST(a_held_lane_and_a_paused_backend_give_nothing),
        TEST(a_job_that_waits_is_not_claimed_before_its_time),
        TEST(only_a_running_job_can_be_ended),
        TEST(a_crash_gives_claimed_jobs_back),
        TEST(a_job_that_kills_its_worker_is_parked_after_three),
        TEST(a_set_that_grew_is_left_alone),
        TEST(a_large_set_is_done_piece_by_piece_also_after_a_restart),
        TEST(what_cannot_be_done_to_one_job_is_said),
        TEST(equal_causes_are_one_problem_and_solving_it_replays_all),
        TEST(pages_follow_each_other_newest_first_and_whole),
        TEST(old_ended_jobs_go_and_the_counts_go_with_them),
        cmocka_unit_test(causes_lose_what_is_particular),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
