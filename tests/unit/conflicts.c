/* The rows of conflicts: one question a record, answers bound to versions, several operators. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/backends.h"
#include "store/conflicts.h"
#include "store/jobs.h"
#include "store/pairs.h"
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

/* That it fails, with those words. */
#define REFUSES(condition, words)                                                                  \
    do {                                                                                           \
        struct err *was = err, said = { 0 };                                                       \
        err = &said;                                                                               \
        bool went = (condition);                                                                   \
        err = was;                                                                                 \
        if (went || strstr(said.text, words) == NULL)                                              \
            return err_set(err, ERR_BUG, "line %d: %s", __LINE__, said.text);                      \
    } while (0)

static const char *const one_name[] = { "email" };
static const char *const two_names[] = { "email", "phone" };

static bool backend(struct db *db, int64_t *id, struct err *err)
{
    struct backend b = { .name = "one", .shop = "one", .odoo_url = "https://o.example.com",
                         .odoo_db = "d", .odoo_login = "l" };

    return backends_add(db, &b, id, err);
}

static bool add_job(struct db *db, int64_t backend, const char *kind, const char *record,
                    int64_t *job, struct err *err)
{
    struct job_new new = { .backend = backend, .lane = "catalogue", .kind = kind,
                           .record = record, .payload = "", .payload_len = 0 };

    return jobs_add(db, &new, job, NULL, err);
}

/* Takes the job, asks with it. version: one letter is enough. */
static bool ask(struct db *db, int64_t backend, int64_t job, const char *record, const char *version,
                int count, struct conflict *c, struct err *err)
{
    struct job rows[4];
    struct jobs_want wants[8] = { 0 };
    struct jobs_claim claim = { .now = when_now(), .wants = wants, .like = 4, .rows = rows,
                                .count = 4 };
    struct job_end end = { .id = job, .step = STEP_ASK, .now = when_now() };

    memset(c, 0, sizeof *c);
    c->backend = backend;
    c->pair = 7;
    c->job = job;
    c->count = count;
    c->shopify_at = WHEN_DAY;
    c->odoo_at = 2 * WHEN_DAY;
    c->fields = (char *)(uintptr_t)"[{\"field\":\"email\"}]";
    str_copy(c->kind, sizeof c->kind, "customer");
    str_copy(c->record, sizeof c->record, record);
    str_copy(c->title, sizeof c->title, "Ada");
    str_copy(c->job_kind, sizeof c->job_kind, "customer.in");
    str_copy(c->lane, sizeof c->lane, "catalogue");
    str_copy(c->version, sizeof c->version, version);
    return jobs_claim(db, &claim, err) &&
           conflicts_ask(db, c, count == 1 ? one_name : two_names, err) &&
           jobs_end(db, &end, err);
}

static bool begin(struct db *db, int64_t *b, int64_t *job, struct conflict *c, struct err *err)
{
    return backend(db, b, err) && add_job(db, *b, "customer.in", "customer:1", job, err) &&
           ask(db, *b, *job, "customer:1", "v1", 1, c, err);
}

static bool state_is(struct db *db, int64_t id, enum conflict_state state, struct err *err)
{
    struct conflict c = { 0 };
    bool good = conflicts_get(db, id, &c, err);

    conflict_clear(&c);
    return good && c.state == state;
}

static bool job_is(struct db *db, int64_t id, enum job_state state, struct err *err)
{
    struct job job;

    return jobs_get(db, id, &job, err) && job.state == state;
}

static bool one_question(struct db *db, void *ctx, struct err *err)
{
    struct conflict c, live;
    int64_t b, job, first;
    bool found;

    (void)ctx;
    HOLDS(begin(db, &b, &job, &c, err));
    first = c.id;
    HOLDS(job_is(db, job, JOB_ASKING, err));
    HOLDS(conflicts_skip(db, first, when_now() + WHEN_DAY, "ann", when_now(), err));
    HOLDS(add_job(db, b, "customer.in", "customer:1", &job, err)); /* merged: it looks again */
    HOLDS(job_is(db, job, JOB_READY, err));
    HOLDS(ask(db, b, job, "customer:1", "v1", 1, &c, err));
    HOLDS(c.id == first);
    HOLDS(conflicts_live(db, b, "customer:1", &live, &found, err) && found);
    conflict_clear(&live);
    HOLDS(live.moved == 0 && live.skipped != 0); /* nothing moved: still put off */
    HOLDS(add_job(db, b, "customer.in", "customer:1", &job, err));
    HOLDS(ask(db, b, job, "customer:1", "v2", 2, &c, err));
    HOLDS(conflicts_live(db, b, "customer:1", &live, &found, err) && found);
    conflict_clear(&live);
    HOLDS(c.id == first && live.moved == 1 && live.skipped == 0 && live.count == 2);
    HOLDS(live.asked == live.updated || live.asked < live.updated);
    return true;
}

static void a_record_is_one_question_however_often_it_moves(void **fixture)
{
    inside(*fixture, one_question);
}

static bool answering(struct db *db, void *ctx, struct err *err)
{
    static const char odoo[] = "{\"email\":{\"take\":\"odoo\"}}";
    struct conflict c;
    int64_t b, job, id;
    when now = when_now();

    (void)ctx;
    HOLDS(begin(db, &b, &job, &c, err));
    id = c.id;
    REFUSES(conflicts_answer(db, id, "v0", odoo, "Odoo's E-mail", "ann", now, err),
            "moved since you looked");
    HOLDS(conflicts_answer(db, id, "v1", odoo, "Odoo's E-mail", "ann", now, err));
    HOLDS(job_is(db, job, JOB_READY, err));
    REFUSES(conflicts_answer(db, id, "v1", odoo, "Shopify's E-mail", "bob", now + 3 * WHEN_SECOND,
                             err),
            "ann has decided it 3 s ago: Odoo's E-mail");
    REFUSES(conflicts_skip(db, id, now + WHEN_DAY, "bob", now, err), "ann has decided it");
    /* asked anew for another version: the answer is for the old one and falls */
    HOLDS(ask(db, b, job, "customer:1", "v2", 1, &c, err));
    HOLDS(state_is(db, id, CONFLICT_OPEN, err) && job_is(db, job, JOB_ASKING, err));
    REFUSES(conflicts_answer(db, id, "v1", odoo, "Odoo's E-mail", "ann", now, err),
            "moved since you looked");
    return true;
}

static void an_answer_is_for_one_version_and_given_once(void **fixture)
{
    inside(*fixture, answering);
}

static bool racing(struct db *db, void *ctx, struct err *err)
{
    static const char odoo[] = "{\"email\":{\"take\":\"odoo\"}}";
    struct conflict c, seen;
    int64_t b, job, other, id;
    when now = when_now();
    bool found;

    (void)ctx;
    HOLDS(begin(db, &b, &job, &c, err));
    id = c.id;
    /* a job is at work and has read the open question; a person answers it meanwhile */
    HOLDS(conflicts_live(db, b, "customer:1", &seen, &found, err) && found);
    conflict_clear(&seen);
    HOLDS(conflicts_answer(db, id, "v1", odoo, "Odoo's E-mail", "ann", now, err));
    HOLDS(conflicts_end(db, &seen, CONFLICT_OVERTAKEN, job, "a rule", err));
    HOLDS(state_is(db, id, CONFLICT_ANSWERED, err));
    /* the same version asked once more: what was said stands */
    HOLDS(ask(db, b, job, "customer:1", "v1", 1, &c, err));
    HOLDS(state_is(db, id, CONFLICT_ANSWERED, err));
    /* the one that carries it out is another kind of job: the asker is settled with it */
    HOLDS(add_job(db, b, "customer.seen", "customer:1", &other, err));
    HOLDS(conflicts_live(db, b, "customer:1", &seen, &found, err) && found);
    conflict_clear(&seen);
    HOLDS(conflicts_end(db, &seen, CONFLICT_DECIDED, other, "", err));
    HOLDS(state_is(db, id, CONFLICT_DECIDED, err) && job_is(db, job, JOB_FINISHED, err));
    return true;
}

static void what_is_said_while_a_job_works_is_not_lost(void **fixture)
{
    inside(*fixture, racing);
}

static bool undoing(struct db *db, void *ctx, struct err *err)
{
    static const char odoo[] = "{\"email\":{\"take\":\"odoo\"}}";
    struct conflict c, seen;
    int64_t b, job, id;
    when now = when_now();
    bool found;

    (void)ctx;
    HOLDS(begin(db, &b, &job, &c, err));
    id = c.id;
    REFUSES(conflicts_undo(db, id, "ann", now, err), "nothing is chosen yet");
    HOLDS(conflicts_answer(db, id, "v1", odoo, "Odoo's E-mail", "ann", now, err));
    REFUSES(conflicts_undo(db, id, "ann", now + 61 * WHEN_SECOND, err), "more than a minute");
    HOLDS(conflicts_live(db, b, "customer:1", &seen, &found, err) && found);
    conflict_clear(&seen);
    HOLDS(conflicts_undo(db, id, "ann", now + WHEN_SECOND, err));
    /* the job that carried it out was quicker: what it did is to be put back all the same */
    HOLDS(conflicts_end(db, &seen, CONFLICT_DECIDED, job, "", err));
    HOLDS(state_is(db, id, CONFLICT_UNDOING, err));
    REFUSES(conflicts_undo(db, id, "bob", now, err), "is being taken back");
    HOLDS(ask(db, b, job, "customer:1", "v1", 1, &c, err));
    HOLDS(state_is(db, id, CONFLICT_OPEN, err));
    /* decided, and the record is asked about again: the older answer stays */
    HOLDS(conflicts_answer(db, id, "v1", odoo, "Odoo's E-mail", "ann", now, err));
    HOLDS(conflicts_live(db, b, "customer:1", &seen, &found, err) && found);
    conflict_clear(&seen);
    HOLDS(conflicts_end(db, &seen, CONFLICT_DECIDED, job, "", err));
    HOLDS(ask(db, b, job, "customer:1", "v3", 1, &c, err));
    HOLDS(c.id != id);
    REFUSES(conflicts_undo(db, id, "ann", now, err), "asked about once more");
    return true;
}

static void a_choice_is_taken_back_within_a_minute(void **fixture)
{
    inside(*fixture, undoing);
}

static bool page(struct db *db, const struct conflicts_filter *f, struct conflict *rows,
                 size_t *count, char *next, struct err *err)
{
    *count = 4;
    return conflicts_list(db, f, when_now(), rows, count, next, err);
}

static bool listing(struct db *db, void *ctx, struct err *err)
{
    struct conflicts_filter f = { .state = -1 };
    struct conflict rows[4], c;
    struct conflict_kind kinds[8];
    char next[CONFLICT_NEXT_MAX];
    size_t count, seen = 0, kind_count = 8;
    int64_t b, job;

    (void)ctx;
    HOLDS(backend(db, &b, err));
    for (int i = 0; i < 10; i++) {
        char record[32];

        snprintf(record, sizeof record, "customer:%d", i);
        HOLDS(add_job(db, b, "customer.in", record, &job, err));
        HOLDS(ask(db, b, job, record, "v1", 1 + i % 2, &c, err));
        if (i == 3)
            HOLDS(conflicts_skip(db, c.id, when_now() + WHEN_DAY, "ann", when_now(), err));
    }
    do {
        HOLDS(page(db, &f, rows, &count, next, err));
        seen += count;
        f.after = next[0] != '\0' ? next : NULL;
    } while (next[0] != '\0');
    HOLDS(seen == 9);
    f = (struct conflicts_filter){ .state = -2 };
    HOLDS(page(db, &f, rows, &count, next, err) && count == 1);
    HOLDS(strcmp(rows[0].record, "customer:3") == 0);
    f = (struct conflicts_filter){ .state = -1, .kind = "product" };
    HOLDS(page(db, &f, rows, &count, next, err) && count == 0 && next[0] == '\0');
    f = (struct conflicts_filter){ .state = -1, .after = "nonsense" };
    REFUSES(page(db, &f, rows, &count, next, err), "no place");
    HOLDS(conflicts_kinds(db, when_now(), kinds, &kind_count, err) && kind_count == 1);
    HOLDS(kinds[0].open == 9 && kinds[0].skipped == 1 && kinds[0].oldest != 0);
    return true;
}

static void the_list_is_by_kind_and_age(void **fixture)
{
    inside(*fixture, listing);
}

static bool ruling(struct db *db, void *ctx, struct err *err)
{
    struct conflict_effect e;
    struct conflict c;
    int64_t b, job, after = 0, count;
    char rule[CONFLICT_RULE_MAX];
    bool found;

    (void)ctx;
    HOLDS(backend(db, &b, err));
    for (int i = 0; i < 6; i++) {
        char record[32];

        snprintf(record, sizeof record, "customer:%d", i);
        HOLDS(add_job(db, b, "customer.in", record, &job, err));
        HOLDS(ask(db, b, job, record, "v1", 1 + i % 2, &c, err));
    }
    HOLDS(conflicts_answer(db, c.id, "v1", "{\"email\":{\"take\":\"odoo\"}}", "", "ann", when_now(),
                           err));
    HOLDS(conflicts_live(db, b, "customer:5", &c, &found, err) && found);
    conflict_clear(&c);
    HOLDS(conflicts_end(db, &c, CONFLICT_DECIDED, job, "", err));
    HOLDS(conflicts_effect(db, b, "customer", "email", "odoo", when_now(), &e, err));
    HOLDS(e.open == 5 && e.wholly == 3 && e.partly == 2 && e.decided == 1 && e.alike == 1);
    HOLDS(conflicts_effect(db, b, "customer", "email", "newest", when_now(), &e, err));
    HOLDS(e.wholly == 3 && e.alike == 1); /* Odoo's is the newer one in all of them */
    HOLDS(conflicts_effect(db, b, "customer", "phone", "shopify", when_now(), &e, err));
    HOLDS(e.open == 2 && e.wholly == 0 && e.partly == 2);
    HOLDS(conflicts_effect(db, b, "customer", "email", "ask", when_now(), &e, err));
    HOLDS(e.open == 5 && e.wholly == 0 && e.partly == 0);
    HOLDS(conflicts_rule_get(db, b, "customer", "email", rule, &found, err) && !found);
    HOLDS(conflicts_rule_set(db, b, "customer", "email", "odoo", err));
    HOLDS(conflicts_rule_get(db, b, "customer", "email", rule, &found, err) && found);
    HOLDS(strcmp(rule, "odoo") == 0);
    HOLDS(conflicts_rerun(db, b, "customer", "email", &after, &count, err));
    HOLDS(count == 5 && after == 0);
    HOLDS(conflicts_rule_set(db, b, "customer", "email", NULL, err));
    HOLDS(conflicts_rule_get(db, b, "customer", "email", rule, &found, err) && !found);
    return true;
}

static void a_rule_says_what_it_would_do(void **fixture)
{
    inside(*fixture, ruling);
}

static bool forgetting(struct db *db, void *ctx, struct err *err)
{
    struct conflict c, live;
    int64_t b, job;
    bool found, more = true;

    (void)ctx;
    HOLDS(begin(db, &b, &job, &c, err));
    HOLDS(conflicts_forget(db, 7, err));
    HOLDS(conflicts_live(db, b, "customer:1", &live, &found, err) && !found);
    HOLDS(conflicts_get(db, c.id, &live, err));
    HOLDS(strcmp(live.title, "customer:1") == 0 && strcmp(live.fields, "[]") == 0);
    conflict_clear(&live);
    HOLDS(conflicts_trim(db, when_now() + WHEN_DAY, 10, &more, err) && !more);
    REFUSES(conflicts_get(db, c.id, &live, err), "there is no conflict");
    return true;
}

static void values_are_erased_on_request_and_rows_after_a_while(void **fixture)
{
    inside(*fixture, forgetting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_free)
        TEST(a_record_is_one_question_however_often_it_moves),
        TEST(an_answer_is_for_one_version_and_given_once),
        TEST(what_is_said_while_a_job_works_is_not_lost),
        TEST(a_choice_is_taken_back_within_a_minute),
        TEST(the_list_is_by_kind_and_age),
        TEST(a_rule_says_what_it_would_do),
        TEST(values_are_erased_on_request_and_rows_after_a_while),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
