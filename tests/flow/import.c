/*
 * import - the guided import end to end, steered as people do, over the control socket: planned
 * without a write, applied step by step, solved on the way, killed and gone on with, done again.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "tests/sandbox/rng.h"
#include "tui/stage.h"

#define CUSTOMERS 60
#define PRODUCTS  40
#define ORDERS    60
#define KILLS     2 /* a job that is in hand at three deaths is parked, as it should be */
#define WAIT_US   (INT64_C(240) * 1000 * 1000)

static int tests, failures;

static bool check(bool good, const char *what, const struct err *err)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
    if (!good)
        printf("# %s\n", err->text);
    failures += !good;
    fflush(stdout);
    return good;
}

/* ---- words to the core and to the practice sides ---- */

static json_t *ask(struct stage *stage, const char *method, json_t *params, struct err *err)
{
    json_t *answer = stage_ask(stage, method, params, err);

    if (answer == NULL)
        err_within(err, "%s", method);
    return answer;
}

static bool tell(struct stage *stage, const char *method, json_t *params, struct err *err)
{
    json_t *answer = ask(stage, method, params, err);

    json_decref(answer);
    return answer != NULL;
}

static json_t *look(struct stage *stage, int64_t run, struct err *err)
{
    return ask(stage, "imports.get", json_pack("{s:I}", "run", (json_int_t)run), err);
}

static const json_t *step_of(const json_t *run, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, row)
        if (strcmp(json_text_or(row, "step", ""), name) == 0)
            return row;
    return NULL;
}

static int64_t number(const json_t *run, const char *step, const char *path)
{
    return json_int_or(step_of(run, step), path, -1);
}

static bool fails(struct err *err, const json_t *run, const char *what)
{
    AUTO_FREE char *text = json_write(run);

    return err_set(err, ERR_BUG, "%s: %.400s", what, text != NULL ? text : "");
}

/* How many records of a model the practice Odoo has. */
static int64_t count(struct stage *stage, const char *model, struct err *err)
{
    json_auto_t *answer = stage_sandbox(stage,
                                        json_pack("{s:s, s:s, s:s, s:[[]]}", "do", "odoo", "model",
                                                  model, "method", "search_count", "args"),
                                        err);

    return answer != NULL ? json_int_or(answer, "result", -1) : -1;
}

/* ---- waiting ---- */

typedef bool wanted(const json_t *run);

static bool is_planned(const json_t *run)
{
    return strcmp(json_text_or(run, "state", ""), "planned") == 0;
}

static bool is_done(const json_t *run)
{
    return strcmp(json_text_or(run, "state", ""), "done") == 0;
}

static bool stock_waits(const json_t *run)
{
    return strstr(json_text_or(step_of(run, "stock"), "note", ""), "wait for a person") != NULL;
}

static json_t *wait_for(struct stage *stage, int64_t run, wanted *is, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;

    for (;;) {
        json_t *now = look(stage, run, err);

        if (now == NULL || is(now))
            return now;
        if (json_flag(now, "paused") || when_ticks() > until) {
            fails(err, now, json_flag(now, "paused") ? "it paused" : "it does not come to that");
            json_decref(now);
            return NULL;
        }
        json_decref(now);
        usleep(50 * 1000);
    }
}

static bool plan(struct stage *stage, int64_t *run, struct err *err)
{
    json_auto_t *begun = ask(stage, "imports.plan",
                             json_pack("{s:I}", "backend", (json_int_t)stage_backend(stage)), err);

    *run = json_int_or(begun, "run", 0);
    return begun != NULL;
}

/* ---- what an operator does about stock: one place is the warehouse, the other waits ---- */

static bool map_places(struct stage *stage, struct err *err)
{
    json_auto_t *choices = ask(stage, "mappings.choices",
                               json_pack("{s:I, s:s}", "backend", (json_int_t)stage_backend(stage),
                                         "kind", "location"),
                               err);
    json_auto_t *rows = ask(stage, "mappings.list",
                            json_pack("{s:I, s:s}", "backend", (json_int_t)stage_backend(stage),
                                      "kind", "location"),
                            err);
    const char *value = json_text(choices, "rows.0.value");

    if (choices == NULL || rows == NULL)
        return false;
    if (value == NULL || json_len(rows, "rows") == 0)
        return err_set(err, ERR_BUG, "there is nothing to map");
    return tell(stage, "mappings.set",
                json_pack("{s:I, s:s, s:s, s:s}", "backend", (json_int_t)stage_backend(stage),
                          "kind", "location", "key", json_text_or(rows, "rows.0.key", ""), "value",
                          value),
                err);
}

/* ---- one import, without haste ---- */

/* Calls that write, by what the practice Odoo counted. */
static bool wrote(const json_t *stats)
{
    static const char *const writes[] = { ".load", ".create", ".write", ".web_save", ".unlink",
                                          ".action_" };
    const char *call;
    json_t *value;

    json_object_foreach(json_object_get(json_object_get(stats, "odoo"), "by_call"), call, value)
        for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++)
            if (strstr(call, writes[i]) != NULL)
                return true;
    return false;
}

static bool planned_right(const json_t *run, struct err *err)
{
    static const char *const steps[] = { "customers", "products", "stock", "orders" };

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const json_t *s = step_of(run, steps[i]);

        if (json_int_or(s, "judged", -1) != json_int_or(s, "read", -2) ||
            json_int_or(s, "verdicts.new", 0) + json_int_or(s, "verdicts.same", 0) +
                    json_int_or(s, "verdicts.changes", 0) +
                    json_int_or(s, "verdicts.refused", 0) !=
                json_int_or(s, "read", -2))
            return fails(err, s, "not every record has its verdict");
    }
    return number(run, "customers", "read") == CUSTOMERS &&
                   number(run, "products", "read") == PRODUCTS &&
                   number(run, "orders", "read") == ORDERS &&
                   number(run, "customers", "shopify") == CUSTOMERS &&
                   number(run, "customers", "verdicts.new") > CUSTOMERS / 2 ?
               true :
               fails(err, run, "not all that Shopify has was read");
}

/* What an operator looks at first: nothing fails, unmapped places are named, counts are right. */
static bool ready_in_words(struct stage *stage, struct err *err)
{
    json_auto_t *checks = ask(stage, "imports.checks",
                              json_pack("{s:I}", "backend", (json_int_t)stage_backend(stage)), err);
    json_auto_t *counts = ask(stage, "imports.counts",
                              json_pack("{s:I, s:{s:{s:s}}}", "backend",
                                        (json_int_t)stage_backend(stage), "scope", "orders",
                                        "created_from", "2100-01-01"),
                              err);
    bool places = false;
    const json_t *row;
    size_t i;

    if (checks == NULL || counts == NULL)
        return false;
    json_array_foreach(json_object_get(checks, "checks"), i, row) {
        if (strcmp(json_text_or(row, "state", ""), "fail") == 0)
            return fails(err, row, "a check fails");
        places = places || (strcmp(json_text_or(row, "step", ""), "locations") == 0 &&
                            strcmp(json_text_or(row, "state", ""), "warn") == 0);
    }
    if (!places || json_int_or(counts, "rows.0.shopify", -1) != CUSTOMERS ||
        json_int_or(counts, "rows.1.shopify", -1) != PRODUCTS ||
        json_int_or(counts, "rows.3.shopify", -1) != 0 ||
        strcmp(json_text_or(counts, "zone", ""), "America/New_York") != 0)
        return fails(err, counts, "the counts are not the shop's");
    return true;
}

static bool plan_without_a_write(struct stage *stage, int64_t *run, struct err *err)
{
    json_auto_t *stats = NULL, *before = NULL, *now = NULL;

    before = stage_sandbox(stage, json_pack("{s:s}", "do", "reset_stats"), err);
    if (before == NULL || !plan(stage, run, err))
        return false;
    now = wait_for(stage, *run, is_planned, err);
    stats = now != NULL ? stage_sandbox(stage, json_pack("{s:s}", "do", "stats"), err) : NULL;
    if (stats == NULL)
        return false;
    return planned_right(now, err) && (!wrote(stats) || fails(err, stats, "it wrote"));
}

static bool solve_stock(struct stage *stage, int64_t run, struct err *err)
{
    json_auto_t *now = NULL;

    if (!tell(stage, "imports.apply", json_pack("{s:I}", "run", (json_int_t)run), err))
        return false;
    now = wait_for(stage, run, stock_waits, err);
    return now != NULL && number(now, "orders", "items.done") == 0 && map_places(stage, err);
}

/* Every record has its end, whatever it is. */
static bool ended(const json_t *run, struct err *err)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, row)
        if (json_int_or(row, "left", -1) != 0 || json_int_or(row, "items.queued", -1) != 0)
            return fails(err, row, "records are left");
    return true;
}

static bool let_go_on(struct stage *stage, int64_t run, struct err *err)
{
    static const char *const steps[] = { "customers", "products", "stock", "orders", "verify" };

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (!tell(stage, "imports.go_on",
                  json_pack("{s:I, s:s, s:s}", "run", (json_int_t)run, "step", steps[i], "reason",
                            "the parked ones can wait"),
                  err))
            return false;
    return true;
}

static bool bring_to_the_end(struct stage *stage, int64_t run, struct err *err)
{
    json_auto_t *done = let_go_on(stage, run, err) ? wait_for(stage, run, is_done, err) : NULL;

    return done != NULL && ended(done, err);
}

struct counts {
    int64_t partners, products, templates, orders, quants;
};

static bool counts_of(struct stage *stage, struct counts *c, struct err *err)
{
    c->partners = count(stage, "res.partner", err);
    c->products = count(stage, "product.product", err);
    c->templates = count(stage, "product.template", err);
    c->orders = count(stage, "sale.order", err);
    c->quants = count(stage, "stock.quant", err);
    return err->kind == ERR_NONE;
}

static bool same_counts(const struct counts *a, const struct counts *b, struct err *err)
{
    return memcmp(a, b, sizeof *a) == 0 ||
           err_set(err, ERR_BUG,
                   "partners %lld %lld, products %lld %lld, templates %lld %lld, orders %lld %lld,"
                   " quants %lld %lld",
                   (long long)a->partners, (long long)b->partners, (long long)a->products,
                   (long long)b->products, (long long)a->templates, (long long)b->templates,
                   (long long)a->orders, (long long)b->orders, (long long)a->quants,
                   (long long)b->quants);
}

/* Again, from the start: all of it is there. */
static bool once_more(struct stage *stage, const struct counts *before, struct err *err)
{
    json_auto_t *planned = NULL;
    struct counts now;
    int64_t run;

    if (!plan(stage, &run, err))
        return false;
    planned = wait_for(stage, run, is_planned, err);
    if (planned == NULL)
        return false;
    if (number(planned, "customers", "verdicts.new") != 0 ||
        number(planned, "orders", "verdicts.new") > number(planned, "orders", "verdicts.same"))
        return fails(err, planned, "what is there would be made again");
    return tell(stage, "imports.apply",
                json_pack("{s:I, s:s}", "run", (json_int_t)run, "carry_on", "a repeat"), err) &&
           bring_to_the_end(stage, run, err) && counts_of(stage, &now, err) &&
           same_counts(before, &now, err);
}

static int64_t calls_that(const json_t *stats, const char *method)
{
    const char *call;
    int64_t sum = 0;
    json_t *value;

    json_object_foreach(json_object_get(json_object_get(stats, "odoo"), "by_call"), call, value)
        if (strstr(call, method) != NULL)
            sum += json_is_integer(value) ? json_integer_value(value) :
                                            json_int_or(value, "count", 0);
    return sum;
}

static bool is_undone(const json_t *run)
{
    return strcmp(json_text_or(run, "state", ""), "undone") == 0;
}

/* What the run made goes; what was there before, and the counts of stock, stay. */
static bool take_back(struct stage *stage, int64_t run, const struct counts *before,
                      struct err *err)
{
    json_auto_t *end = NULL, *kept = NULL;
    struct counts now;
    json_auto_t *stats = stage_sandbox(stage, json_pack("{s:s}", "do", "reset_stats"), err);

    json_decref(stats);
    stats = NULL;
    if (!tell(stage, "imports.undo", json_pack("{s:I}", "run", (json_int_t)run), err))
        return false;
    end = wait_for(stage, run, is_undone, err);
    if (end == NULL || !counts_of(stage, &now, err))
        return false;
    kept = ask(stage, "imports.items",
               json_pack("{s:I, s:s, s:s}", "run", (json_int_t)run, "step", "orders", "state",
                         "kept"),
               err);
    if (kept == NULL || json_len(kept, "rows") > 0 || now.orders != 0)
        return fails(err, kept, "orders are left");
    stats = stage_sandbox(stage, json_pack("{s:s}", "do", "stats"), err);
    if (calls_that(stats, "unlink") + calls_that(stats, "action_archive") >
        (CUSTOMERS + PRODUCTS + ORDERS) / 8)
        return fails(err, json_object_get(stats, "odoo"), "a call for each record");
    return (now.partners < before->partners - CUSTOMERS / 2 && now.templates < before->templates) ||
           err_set(err, ERR_BUG, "%lld partners and %lld products are left",
                   (long long)now.partners, (long long)now.templates);
}

/* As many as that in a minute, and what that is may change while it goes on; now the plan above. */
static bool at_a_pace(struct stage *stage, int64_t run, struct err *err)
{
    int64_t begun = when_ticks();
    json_auto_t *slow = NULL, *done = NULL;
    double most;

    if (!tell(stage, "imports.pace", json_pack("{s:I, s:i}", "run", (json_int_t)run, "pace", 300),
              err) ||
        !tell(stage, "imports.apply",
              json_pack("{s:I, s:s}", "run", (json_int_t)run, "carry_on", "a test"), err))
        return false;
    usleep(1200 * 1000);
    slow = look(stage, run, err);
    /* five a second, and what gathers in two seconds */
    most = (double)(when_ticks() - begun) / 1e6 * 5 + 10 + 1;
    if (slow == NULL || json_int_or(slow, "pace", -1) != 300 ||
        number(slow, "customers", "items.done") + number(slow, "customers", "items.queued") < 1 ||
        (double)(number(slow, "customers", "items.done") +
                 number(slow, "customers", "items.queued")) > most)
        return fails(err, slow, "not at the pace");
    if (!tell(stage, "imports.pace", json_pack("{s:I, s:i}", "run", (json_int_t)run, "pace", 0),
              err))
        return false;
    done = wait_for(stage, run, is_done, err);
    return done != NULL;
}

/* Which zone that is stays with the step; instants need none. */
static bool days_of_the_shop(struct stage *stage, int64_t *kept, struct err *err)
{
    json_auto_t *begun = ask(
        stage, "imports.plan",
        json_pack("{s:I, s:[ss], s:{s:{s:s}, s:{s:s}}}", "backend",
                  (json_int_t)stage_backend(stage), "steps", "customers", "orders", "scope",
                  "customers", "created_from", "2025-03-09T00:00:00Z", "orders", "created_from",
                  "2025-03-09"),
        err);
    int64_t run = json_int_or(begun, "run", 0);
    json_auto_t *planned = begun != NULL ? wait_for(stage, run, is_planned, err) : NULL;
    const json_t *orders = json_object_get(step_of(planned, "orders"), "scope");

    if (planned == NULL)
        return false;
    *kept = run;
    if (strcmp(json_text_or(orders, "zone", ""), "America/New_York") != 0 ||
        strcmp(json_text_or(orders, "created_from", ""), "2025-03-09") != 0 ||
        json_at(json_object_get(step_of(planned, "customers"), "scope"), "zone") != NULL)
        return fails(err, planned, "the step does not say in which zone its days are");
    return (number(planned, "orders", "read") > 0 && number(planned, "orders", "read") < ORDERS) ||
           fails(err, planned, "not a part of the orders was read");
}

static bool calmly(struct counts *counts)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 11,
                                     .customers = CUSTOMERS, .products = PRODUCTS,
                                     .orders = ORDERS };
    struct err err = { 0 };
    AUTO(stage) stage = stage_new(&options, &err);
    int64_t run = 0;

    return check(stage != NULL, "the practice sides and the core are up", &err) &&
           check(ready_in_words(stage, &err), "checks and counts say what is there", &err) &&
           check(plan_without_a_write(stage, &run, &err), "the plan knows all and writes nothing",
                 &err) &&
           check(solve_stock(stage, run, &err),
                 "a step waits for what is parked, and one mapping solves it", &err) &&
           check(bring_to_the_end(stage, run, &err), "the rest goes on when a person says so",
                 &err) &&
           check(counts_of(stage, counts, &err) && counts->orders > 0 && counts->quants > 0,
                 "what was planned is in Odoo", &err) &&
           check(once_more(stage, counts, &err), "a second import makes nothing twice", &err) &&
           check(take_back(stage, run, counts, &err), "what it made can be taken back", &err) &&
           check(days_of_the_shop(stage, &run, &err), "days are the shop's", &err) &&
           check(at_a_pace(stage, run, &err), "it goes no faster than it may", &err);
}

/* ---- the same, killed on the way ---- */

static bool is_past_planning(const json_t *run)
{
    return strcmp(json_text_or(run, "state", ""), "planning") != 0;
}

/* Kills the core at some moment of the phase, again and again, until the phase is over. */
static bool killed_until(struct stage *stage, int64_t run, wanted *is, struct rng *rng, int kills,
                         struct err *err)
{
    for (int i = 0; i < kills; i++) {
        json_auto_t *now = NULL;

        usleep((useconds_t)(20000 + rng_below(rng, 250000)));
        now = look(stage, run, err);
        if (now == NULL)
            return false;
        if (is(now))
            return true;
        if (!stage_core_stop(stage, true, NULL, err) || !stage_core_start(stage, NULL, NULL, err))
            return false;
    }
    json_auto_t *end = wait_for(stage, run, is, err);

    return end != NULL;
}

static bool amid_deaths(const struct counts *wanted_counts, uint64_t seed)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 11,
                                     .customers = CUSTOMERS, .products = PRODUCTS,
                                     .orders = ORDERS };
    struct err err = { 0 };
    AUTO(stage) stage = stage_new(&options, &err);
    struct counts now;
    struct rng rng;
    int64_t run = 0;

    rng.state = seed;
    return check(stage != NULL && plan(stage, &run, &err) &&
                     killed_until(stage, run, is_past_planning, &rng, KILLS, &err),
                 "a plan killed again and again comes to its end", &err) &&
           check(tell(stage, "imports.apply", json_pack("{s:I}", "run", (json_int_t)run), &err) &&
                     killed_until(stage, run, stock_waits, &rng, KILLS, &err) &&
                     map_places(stage, &err) && let_go_on(stage, run, &err) &&
                     killed_until(stage, run, is_done, &rng, KILLS, &err),
                 "an import killed again and again comes to its end", &err) &&
           check(counts_of(stage, &now, &err) && same_counts(wanted_counts, &now, &err),
                 "nothing is missing and nothing twice", &err);
}

int main(void)
{
    struct counts counts = { 0 };

    if (calmly(&counts))
        for (uint64_t seed = 1; seed <= 3; seed++)
            amid_deaths(&counts, seed);
    printf("1..%d\n", tests);
    return failures > 0;
}
