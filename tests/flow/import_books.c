/*
 * import_books - the guided import of a believable shop into the practice Odoo, or with
 * SIGNALBOX_TEST_REAL into the one that SIGNALBOX_ODOO_URL, _DB, _LOGIN and _KEY_FILE name; then
 * the shop's books are compared with it record by record, and how fast each step was is told.
 *
 * CUSTOMERS (60), PRODUCTS (40), ORDERS (60) of earlier years, SEED (23): how large the shop is.
 * FIGURES: a file for what the steps took, which odoo-best.mjs reads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "tui/stage.h"

#define WAIT_US (INT64_C(3600) * 1000 * 1000) /* only a broken program waits that long */

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

static int wanted(const char *name, int otherwise)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? (int)strtol(value, NULL, 10) : otherwise;
}

static bool real_odoo(struct stage_odoo *odoo, char key[256])
{
    const char *path = getenv("SIGNALBOX_ODOO_KEY_FILE");
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    bool good = file != NULL && fgets(key, 256, file) != NULL;

    if (file != NULL)
        fclose(file);
    key[strcspn(key, "\r\n")] = '\0';
    *odoo = (struct stage_odoo){ getenv("SIGNALBOX_ODOO_URL"), getenv("SIGNALBOX_ODOO_DB"),
                                 getenv("SIGNALBOX_ODOO_LOGIN"), key };
    return good;
}

/* ---- steering ---- */

static json_t *look(struct stage *stage, int64_t run, struct err *err)
{
    return stage_ask(stage, "imports.get", json_pack("{s:I}", "run", (json_int_t)run), err);
}

/* The value of the choice with that label; NULL: there is none. */
static const char *choice(const json_t *choices, const char *label)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(choices, "rows"), i, row)
        if (strstr(json_text_or(row, "label", ""), label) != NULL)
            return json_text(row, "value");
    return NULL;
}

/* The shop's first place is the warehouse; another is Odoo's of that name, or none. */
static bool map_places(struct stage *stage, struct err *err)
{
    json_int_t backend = (json_int_t)stage_backend(stage);
    json_auto_t *both = stage_ask(stage, "backends.choices", json_pack("{s:I}", "backend", backend),
                                  err);
    json_auto_t *choices = stage_ask(
        stage, "mappings.choices", json_pack("{s:I, s:s}", "backend", backend, "kind", "location"),
        err);
    const json_t *row;
    size_t i;

    if (json_len(both, "locations") == 0 || json_len(choices, "rows") == 0)
        return err_within(err, "there is no place to map");
    json_array_foreach(json_object_get(both, "locations"), i, row) {
        const char *name = json_text_or(row, "label", ""), *same = choice(choices, name);
        const char *value = i == 0 ? json_text(choices, "rows.0.value") : same;
        json_auto_t *done = stage_ask(stage, "mappings.set",
                                      json_pack("{s:I, s:s, s:s, s:s}", "backend", backend, "kind",
                                                "location", "key", name, "value",
                                                value != NULL ? value : "none"),
                                      err);

        if (done == NULL)
            return false;
        printf("# place: %s is %s\n", name, value != NULL ? value : "none of Odoo's");
    }
    return true;
}

static void tell_steps(const json_t *run)
{
    const json_t *step;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, step) {
        int64_t started = json_int_or(step, "started", 0), ended = json_int_or(step, "ended", 0);
        double seconds = (double)(ended - started) / 1e6;
        int64_t read = json_int_or(step, "read", 0);

        printf("# %s: %lld read, %lld done, %lld parked, %.1f s, %.1f/s. %s\n",
               json_text_or(step, "step", "?"), (long long)read,
               (long long)json_int_or(step, "items.done", 0),
               (long long)json_int_or(step, "items.parked", 0), seconds,
               seconds > 0 ? (double)read / seconds : 0, json_text_or(step, "note", ""));
    }
}

/* What verify compared, all steps together. */
static int64_t compared(const json_t *step)
{
    int64_t all = 0;
    const char *name;
    json_t *part;

    json_object_foreach(json_object_get(step, "result"), name, part)
        all += json_int_or(part, "compared", 0);
    return all;
}

/* {run,steps:[{step,read,done,parked,started,ended}],plan_seconds,verify_seconds,compared,findings} */
static bool keep_figures(const json_t *run, const char *path, struct err *err)
{
    json_auto_t *all = json_pack(
        "{s:O, s:f, s:[]}", "run", json_object_get(run, "id"), "plan_seconds",
        (double)(json_int_or(run, "planned", 0) - json_int_or(run, "created", 0)) / 1e6, "steps");
    const json_t *step;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, step) {
        int64_t started = json_int_or(step, "started", 0), ended = json_int_or(step, "ended", 0);

        json_array_append_new(
            json_object_get(all, "steps"),
            json_pack("{s:O, s:O, s:I, s:I, s:I, s:I}", "step", json_object_get(step, "step"), "read",
                      json_object_get(step, "read"), "done", json_int_or(step, "items.done", 0),
                      "parked", json_int_or(step, "items.parked", 0), "started",
                      (json_int_t)started, "ended", (json_int_t)ended));
        if (strcmp(json_text_or(step, "step", ""), "verify") != 0)
            continue;
        json_object_set_new(all, "verify_seconds", json_real((double)(ended - started) / 1e6));
        json_object_set_new(all, "compared", json_integer(compared(step)));
        json_object_set_new(all, "findings", json_integer(json_int_or(step, "items.parked", 0)));
    }
    return json_dump_file(all, path, 0) == 0 || err_set(err, ERR_BUG, "%.200s can't be written", path);
}

/* The step that waits for a person; NULL: none does. */
static const char *waiting(const json_t *run)
{
    const json_t *step;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, step)
        if (strcmp(json_text_or(step, "state", ""), "applying") == 0 && !json_flag(step, "forced") &&
            strstr(json_text_or(step, "note", ""), "wait for a person") != NULL)
            return json_text(step, "step");
    return NULL;
}

/* A person looks: what waits can wait. */
static bool attend(struct stage *stage, int64_t run, const char *step, struct err *err)
{
    json_auto_t *done = stage_ask(stage, "imports.go_on",
                                  json_pack("{s:I, s:s, s:s}", "run", (json_int_t)run, "step", step,
                                            "reason", "what is parked can wait"),
                                  err);

    return done != NULL;
}

/* Until it is in that state; false: it paused, or it takes for ever. */
static bool comes_to(struct stage *stage, int64_t run, const char *state, json_t **last,
                     struct err *err)
{
    int64_t until = when_ticks() + WAIT_US;

    for (;;) {
        json_auto_t *now = look(stage, run, err);
        const char *step = waiting(now);

        if (now == NULL)
            return false;
        if (strcmp(json_text_or(now, "state", ""), state) == 0) {
            *last = json_incref(now);
            return true;
        }
        if (json_flag(now, "paused") || when_ticks() > until)
            return err_set(err, ERR_BUG, "not %s: %.200s", state,
                           json_text_or(now, "error", "it paused"));
        if (step != NULL && !attend(stage, run, step, err))
            return false;
        usleep(100 * 1000);
    }
}

/* Whatever that Odoo is like: nothing fails, and its language is fine. */
static bool ready(struct stage *stage, struct err *err)
{
    json_auto_t *checks = stage_ask(stage, "imports.checks",
                                    json_pack("{s:I}", "backend", (json_int_t)stage_backend(stage)),
                                    err);
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(checks, "checks"), i, row) {
        const char *state = json_text_or(row, "state", "fail"), *step = json_text_or(row, "step", "");

        if (strcmp(state, "fail") == 0 ||
            (strcmp(step, "language") == 0 && strcmp(state, "ok") != 0))
            return err_set(err, ERR_BUG, "%s: %.200s", step, json_text_or(row, "text", "?"));
    }
    return checks != NULL;
}

static bool import(struct stage *stage, int64_t *run, struct err *err)
{
    json_auto_t *begun = map_places(stage, err) ?
                             stage_ask(stage, "imports.plan",
                                       json_pack("{s:I}", "backend",
                                                 (json_int_t)stage_backend(stage)),
                                       err) :
                             NULL;
    json_auto_t *planned = NULL, *applied = NULL, *done = NULL;

    *run = json_int_or(begun, "run", 0);
    if (begun == NULL || !comes_to(stage, *run, "planned", &planned, err))
        return false;
    applied = stage_ask(stage, "imports.apply", json_pack("{s:I}", "run", (json_int_t)*run), err);
    if (applied == NULL || !comes_to(stage, *run, "done", &done, err))
        return false;
    tell_steps(done);
    return getenv("FIGURES") == NULL || keep_figures(done, getenv("FIGURES"), err);
}

/* ---- what a person must decide about ---- */

/* Ids of the parked jobs of a kind of record; our own mistakes are none of them. */
static json_t *held_of(struct stage *stage, const char *record, struct err *err)
{
    json_t *held = json_array();
    json_int_t after = 0;
    size_t len = strlen(record);

    do {
        json_t *params = json_pack("{s:s, s:i}", "state", "parked", "limit", 500);
        const json_t *row;
        size_t i;

        if (after != 0)
            json_object_set_new(params, "after", json_sprintf("%" JSON_INTEGER_FORMAT, after));
        json_auto_t *page = stage_ask(stage, "jobs.list", params, err);

        if (page == NULL) {
            json_decref(held);
            return NULL;
        }
        json_array_foreach(json_object_get(page, "rows"), i, row) {
            const char *name = json_text_or(row, "record", "");
            unsigned long long id;

            if (str_starts(name, record) && name[len] == ':' &&
                str_number(name + len + 1, INT64_MAX, &id) &&
                strcmp(json_text_or(row, "last_kind", ""), err_name(ERR_BUG)) != 0)
                json_array_append_new(held, json_integer((json_int_t)id));
        }
        after = json_is_string(json_at(page, "next")) ?
                    strtoll(json_text(page, "next"), NULL, 10) :
                    json_int_or(page, "next", 0);
    } while (after != 0);
    return held;
}

/* ---- comparing ---- */

static bool is_whole(struct stage *stage, const char *what, const char *record, struct err *err)
{
    json_t *held = held_of(stage, record, err);
    json_auto_t *all = NULL;
    const json_t *row;
    size_t i;

    if (held == NULL)
        return false;
    all = stage_sandbox(stage, json_pack("{s:s, s:s, s:o}", "do", "compare", "what", what, "held",
                                         held),
                        err);
    if (all == NULL)
        return false;
    json_array_foreach(json_object_get(all, "differences"), i, row) {
        AUTO_FREE char *text = json_write(row);

        if (i < 20)
            printf("# differs: %s\n", text != NULL ? text : "?");
    }
    if (json_int_or(all, "missing", -1) == 0 && json_int_or(all, "duplicate", -1) == 0 &&
        json_int_or(all, "unexplained", -1) == 0 && json_int_or(all, "strangers", -1) == 0)
        return true;
    return err_set(err, ERR_BUG, "of %lld %s %lld are missing, %lld double, %lld differ",
                   (long long)json_int_or(all, "sent", 0), what,
                   (long long)json_int_or(all, "missing", 0),
                   (long long)json_int_or(all, "duplicate", 0),
                   (long long)json_int_or(all, "unexplained", 0));
}

/* ---- what waits, and what the import's own proof found ---- */

static const struct reason {
    const char *step, *words;
} reasons[] = {
    { "products", "products of the shop have the SKU" }, /* and so their stock and their orders: */
    { "stock", "its product is not in Odoo" },
    { "orders", "no product in Odoo has this SKU" },
    { "orders", "choose one" }, /* the practice Odoo has some taxes twice */
    { "orders", "do not add up to its total" }, /* money went back beside the pieces */
    { "verify", "that it keeps for orders" }, /* those orders wait */
};

static bool is_known(const char *step, const char *why)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(reasons[i].step, step) == 0 && strstr(why, reasons[i].words) != NULL)
            return true;
    return false;
}

static json_t *parked(struct stage *stage, int64_t run, const char *step, const char *after,
                      struct err *err)
{
    json_t *params = json_pack("{s:I, s:s, s:s, s:i}", "run", (json_int_t)run, "step", step, "state",
                               "parked", "limit", 200);

    if (after != NULL)
        json_object_set_new(params, "after", json_string(after));
    return stage_ask(stage, "imports.items", params, err);
}

/* Nothing waits but what a person must decide. */
static bool waits_well(struct stage *stage, int64_t run, const char *step, struct err *err)
{
    json_auto_t *page = parked(stage, run, step, NULL, err);
    int strange = 0;
    const json_t *row;
    size_t i;

    while (page != NULL) {
        const char *next = json_text(page, "next");
        json_t *more = NULL;

        json_array_foreach(json_object_get(page, "rows"), i, row) {
            const char *why = json_text_or(row, "why", "");

            if (!is_known(step, why) && strange++ < 20)
                printf("# waits: %s: %s\n", json_text_or(row, "record", ""), why);
        }
        if (next == NULL)
            return strange == 0 || err_set(err, ERR_BUG, "%d of %s wait for no good reason", strange,
                                           step);
        more = parked(stage, run, step, next, err);
        json_decref(page);
        page = more;
    }
    return false;
}

static void waiting_records(struct stage *stage, int64_t run, struct err *err)
{
    static const char *const steps[] = { "customers", "products", "stock", "orders", "verify" };

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        char what[80];

        snprintf(what, sizeof what, "of %s only what a person must decide waits", steps[i]);
        check(waits_well(stage, run, steps[i], err), what, err);
    }
}

int main(void)
{
    static const char *const policies[] = { "product_types=create", "tax_match=rate",
                                             "order_prefix=MOVED-{number}", NULL };
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"),
                                     .seed = (uint64_t)wanted("SEED", 23),
                                     .customers = wanted("CUSTOMERS", 60),
                                     .products = wanted("PRODUCTS", 40),
                                     .orders = wanted("ORDERS", 60),
                                     .policies = policies };
    struct err err = { 0 };
    char key[256] = "";
    int64_t run = 0;

    if (getenv("SIGNALBOX_TEST_REAL") != NULL && !real_odoo(&options.odoo, key))
        return 99;
    AUTO(stage) stage = stage_new(&options, &err);

    if (check(stage != NULL, "both sides and the core are up", &err) &&
        check(ready(stage, &err), "both sides are ready for it", &err) &&
        check(import(stage, &run, &err), "the import comes to its end", &err)) {
        check(is_whole(stage, "customers", "customer", &err), "all customers are in Odoo", &err);
        check(is_whole(stage, "products", "product", &err), "all products are in Odoo", &err);
        waiting_records(stage, run, &err);
    }
    printf("1..%d\n", tests);
    return failures > 0;
}
