/*
 * import - the crash matrix of the guided import: the core dies at the n-th commit, or after the
 * n-th request it sent, anywhere from the first question to the last proof, and is started again;
 * what is in Odoo in the end is the same as without a death, nothing missing and nothing twice.
 *
 *   CRASH_ALL=1             every n; else a sample of CRASH_SAMPLE (4) of each kind
 *   CRASH_SEED=7            draws another sample
 *   CRASH_AT=request:17     only this death
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "tests/crash/points.h"
#include "tui/stage.h"

#define WAIT_US    (INT64_C(300) * 1000 * 1000)

static const char *const models[] = { "res.partner", "product.template", "product.product",
                                      "stock.quant", "sale.order", "sale.order.line",
                                      "stock.picking" };
#define MODELS (sizeof models / sizeof models[0])

static int tests, failures;

static void result(bool good, const char *what, const struct err *err)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
    if (!good)
        printf("# %s\n", err->text);
    failures += !good;
    fflush(stdout);
}

/* ---- steering a core that may die ---- */

/* Starts it anew if it died as it was told to. False: it ended otherwise. */
static bool keep_alive(struct stage *stage, int *deaths, struct err *err)
{
    int code = 0;

    if (!stage_core_ended(stage, &code))
        return true;
    ++*deaths;
    return (code == 100 || err_set(err, ERR_BUG, "the core ended with %d", code)) &&
           stage_core_start(stage, NULL, NULL, err);
}

/* A question; NULL without err: the core died over it. Takes params. */
static json_t *ask(struct stage *stage, const char *method, json_t *params, int *deaths,
                   struct err *err)
{
    struct err why = { 0 };
    json_t *answer = stage_ask(stage, method, params, &why);

    if (answer != NULL)
        return answer;
    for (int i = 0; i < 200 && !stage_core_ended(stage, NULL); i++)
        usleep(10000); /* dying takes a moment */
    if (!stage_core_ended(stage, NULL))
        return (*err = why, err_within(err, "%s", method), NULL);
    keep_alive(stage, deaths, err);
    return NULL;
}

static bool map_places(struct stage *stage, struct err *err)
{
    static const char *const places[][2] = { { "Practice Warehouse", "1" }, { "Corner Store", "none" } };

    for (size_t i = 0; i < 2; i++) {
        json_t *answer = stage_ask(stage, "mappings.set",
                                   json_pack("{s:I, s:s, s:s, s:s}", "backend",
                                             (json_int_t)stage_backend(stage), "kind", "location",
                                             "key", places[i][0], "value", places[i][1]),
                                   err);

        json_decref(answer);
        if (answer == NULL)
            return false;
    }
    return true;
}

/* The newest run, or JSON null. NULL: as ask. */
static json_t *newest(struct stage *stage, int *deaths, struct err *err)
{
    json_auto_t *list = ask(stage, "imports.list", json_pack("{s:i}", "limit", 1), deaths, err);

    if (list == NULL)
        return NULL;
    return json_len(list, "rows") > 0 ? json_deep_copy(json_at(list, "rows.0")) : json_null();
}

/* What comes next: plan, apply, wait. *done: it is through. False: err. */
static bool steer(struct stage *stage, int *deaths, bool *done, struct err *err)
{
    json_auto_t *run = newest(stage, deaths, err), *answer = NULL;
    const char *state = json_text_or(run, "state", "");
    int64_t id = json_int_or(run, "id", 0);

    if (run == NULL)
        return err->kind == ERR_NONE;
    *done = strcmp(state, "done") == 0;
    if (json_flag(run, "paused"))
        return err_set(err, ERR_BUG, "the import paused: %.300s", json_text_or(run, "why", ""));
    if (id == 0)
        answer = ask(stage, "imports.plan",
                     json_pack("{s:I}", "backend", (json_int_t)stage_backend(stage)), deaths, err);
    else if (strcmp(state, "planned") == 0)
        answer = ask(stage, "imports.apply",
                     json_pack("{s:I, s:s}", "run", (json_int_t)id, "carry_on", "a test"), deaths,
                     err);
    else
        usleep(20000);
    return err->kind == ERR_NONE && keep_alive(stage, deaths, err);
}

static bool bring_all(struct stage *stage, int *deaths, struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;
    bool done = false;

    while (!done && when_ticks() < until)
        if (!steer(stage, deaths, &done, err))
            return false;
    return done || err_set(err, ERR_BUSY, "the import does not come to its end");
}

/* ---- what is there in the end ---- */

static bool count_all(struct stage *stage, int64_t counts[MODELS], struct err *err)
{
    for (size_t i = 0; i < MODELS; i++) {
        json_auto_t *answer = stage_sandbox(stage,
                                            json_pack("{s:s, s:s, s:s, s:[[]]}", "do", "odoo",
                                                      "model", models[i], "method", "search_count",
                                                      "args"),
                                            err);

        if (answer == NULL)
            return false;
        counts[i] = json_int_or(answer, "result", -1);
    }
    return true;
}

static bool same(const int64_t want[MODELS], const int64_t have[MODELS], struct err *err)
{
    for (size_t i = 0; i < MODELS; i++)
        if (want[i] != have[i])
            return err_set(err, ERR_BUG, "%" PRId64 " of %s instead of %" PRId64, have[i], models[i],
                           want[i]);
    return true;
}

/* No job waits for a person that did not do so without a death. */
static int64_t parked(struct stage *stage, struct err *err)
{
    json_auto_t *lanes = stage_ask(stage, "lanes.list", NULL, err);
    const json_t *row;
    int64_t n = 0;
    size_t i;

    json_array_foreach(json_object_get(lanes, "rows"), i, row) n += json_int_or(row, "parked", 0);
    return lanes != NULL ? n : -1;
}

/* ---- one import, with a death or without ---- */

struct end {
    int64_t counts[MODELS], parked;
    int deaths;
};

static bool run(const char *die_at, const char *count_file, struct end *end, struct err *err)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 3, .workers = 4,
                                     .customers = 14, .products = 9, .orders = 14 };
    AUTO(stage) stage = stage_new(&options, err);

    memset(end, 0, sizeof *end);
    if (stage == NULL || !map_places(stage, err) || !stage_core_stop(stage, false, NULL, err))
        return false;
    if (!stage_core_start(stage, die_at, count_file, err)) {
        if (!stage_core_ended(stage, NULL))
            return false;
        memset(err, 0, sizeof *err); /* it came not even so far */
        end->deaths++;
        if (!stage_core_start(stage, NULL, NULL, err))
            return false;
    }
    if (!bring_all(stage, &end->deaths, err))
        return false;
    end->parked = parked(stage, err);
    return end->parked >= 0 && count_all(stage, end->counts, err) &&
           (count_file == NULL || stage_core_stop(stage, false, NULL, err));
}

static int die(void *ctx, const char *die_at)
{
    const struct end *calm = ctx;
    struct err err = { 0 };
    struct end end;
    char what[96];
    bool good = run(die_at, NULL, &end, &err) && same(calm->counts, end.counts, &err) &&
                (end.parked == calm->parked ||
                 err_set(&err, ERR_BUG, "%" PRId64 " are parked instead of %" PRId64, end.parked,
                         calm->parked));

    snprintf(what, sizeof what, "the core dies at %s", die_at);
    result(good, what, &err);
    return end.deaths;
}

int main(void)
{
    char file[] = "/tmp/signalbox-points-XXXXXX";
    struct err err = { 0 };
    struct end calm;
    int fd = mkstemp(file), deaths = 0;
    bool good;

    if (fd < 0)
        return 99;
    close(fd);
    good = run(NULL, file, &calm, &err);
    result(good, "an import without a death comes to its end", &err);
    if (good && getenv("CRASH_AT") != NULL)
        deaths = die(&calm, getenv("CRASH_AT"));
    else if (good)
        deaths = points_each(file, 4, die, &calm);
    if (good)
        result(deaths > 0, "the core did die", &err);
    unlink(file);
    printf("# %d deaths\n1..%d\n", deaths, tests);
    return failures > 0;
}
