/*
 * import - the guided import of a whole shop into a practice Odoo that is as slow as the real one
 * was: how long it takes beside what that Odoo alone needs to write the same records.
 *
 *     import [--records N]                N customers, N products, N orders (1000)
 *            [--latency none|measured]
 *            [--tape FILE]                keep Odoo's tape
 *            [--live SECONDS]             live orders too, two a second: from received to confirmed,
 *                                         beside stock and orders of the import, and alone; their
 *                                         calls are among all figures, so take ratios without
 *
 * What Odoo needs is the sum of the times it worked on the calls that wrote (the practice Odoo
 * tapes them), shared by as many workers as it lends us; opening stock is written by one, since
 * adjustments of one place collide. Nothing but these calls without a gap between them would take
 * that long: looking for what is there, reading the shop, judging and verifying are all our own.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "tui/stage.h"

#define TOGETHER 4 /* policy odoo_ceiling, and the practice Odoo's workers */
#define LOOK_US  (200 * 1000)
#define SEED     7

/* The steps that write, and the models of Odoo that each writes to: its own, and what begins so. */
static const struct share {
    const char *step, *models[3];
    int together;
} shares[] = {
    { "customers", { "res.partner", "res.company" }, TOGETHER },
    { "products", { "product.", "ir.attachment", "uom." }, TOGETHER },
    { "stock", { "stock." }, 1 },
    { "orders", { "sale.", "mail.", "account." }, TOGETHER },
};
#define SHARES (sizeof shares / sizeof shares[0])

struct figures {
    int64_t busy_us[SHARES], reads_us, calls;
    double ours_s[SHARES], plan_s, all_s;
    long high_kib;
    int live_s; /* live orders for so many seconds beside stock and orders; 0: none */
    double beside_ms, alone_ms;
    int64_t beside_count, alone_count;
};

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

/* ---- memory ---- */

static long status_kib(const char *pid, const char *key)
{
    char path[64], line[160];
    long kib = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%.20s/status", pid);
    file = fopen(path, "re");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (str_starts(line, key))
            kib = strtol(line + strlen(key), NULL, 10);
    fclose(file);
    return kib;
}

static bool is_core(const char *pid)
{
    char path[64], name[32] = "";
    FILE *file;

    snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    if (fgets(name, sizeof name, file) == NULL)
        name[0] = '\0';
    fclose(file);
    return strcmp(name, "signalboxd\n") == 0;
}

/* The most that the core, a child of this process, ever had in memory. */
static long core_high_kib(void)
{
    DIR *dir = opendir("/proc");
    const struct dirent *entry;
    long high = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            status_kib(entry->d_name, "PPid:") == (long)getpid() && is_core(entry->d_name))
            high = status_kib(entry->d_name, "VmHWM:");
    if (dir != NULL)
        closedir(dir);
    return high;
}

/* ---- what Odoo worked ---- */

/* A load of external ids alone looks for records. */
static bool looks(const json_t *call)
{
    json_auto_t *body = json_loads(json_text_or(call, "body", ""), 0, NULL);
    const json_t *fields = json_array_get(json_at(body, "params.args.5"), 0);

    return json_array_size(fields) == 1 && strcmp(json_text_or(fields, "0", ""), "id") == 0;
}

static bool writes(const json_t *call, const char *method)
{
    static const char *const names[] = { "load", "create", "write", "unlink", "web_save" };

    if (strcmp(method, "load") == 0 && looks(call))
        return false;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(method, names[i]) == 0)
            return true;
    return str_starts(method, "action_") || str_starts(method, "message_post");
}

static bool is_of(const struct share *share, const char *model)
{
    for (size_t i = 0; i < sizeof share->models / sizeof share->models[0]; i++)
        if (share->models[i] != NULL && str_starts(model, share->models[i]))
            return true;
    return false;
}

static void count_call(struct figures *f, const json_t *call)
{
    const char *model = json_text_or(call, "model", ""), *method = json_text_or(call, "method", "");
    int64_t us = json_int_or(call, "ended", 0) - json_int_or(call, "began", 0);

    f->calls++;
    if (!writes(call, method)) {
        f->reads_us += us;
        return;
    }
    for (size_t i = 0; i < SHARES; i++)
        if (is_of(&shares[i], model))
            f->busy_us[i] += us;
}

static bool read_tape(const char *path, struct figures *f, struct err *err)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    if (file == NULL)
        return err_set(err, ERR_BUG, "there is no tape");
    while ((len = getline(&line, &room, file)) > 0) {
        json_t *call = json_loadb(line, (size_t)len, 0, NULL);

        count_call(f, call);
        json_decref(call);
    }
    free(line);
    fclose(file);
    return f->calls > 0 || err_set(err, ERR_BUG, "nothing is on the tape");
}

/* ---- the import ---- */

static const json_t *step_of(const json_t *run, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, row)
        if (strcmp(json_text_or(row, "step", ""), name) == 0)
            return row;
    return NULL;
}

static json_t *wait_for(struct stage *stage, int64_t run, const char *state, struct err *err)
{
    for (;;) {
        json_t *now = ask(stage, "imports.get", json_pack("{s:I}", "run", (json_int_t)run), err);

        if (now == NULL || strcmp(json_text_or(now, "state", ""), state) == 0)
            return now;
        if (json_flag(now, "paused")) {
            err_set(err, ERR_BUG, "it paused: %s", json_text_or(now, "why", ""));
            json_decref(now);
            return NULL;
        }
        json_decref(now);
        usleep(LOOK_US);
    }
}

/* Both places of the shop are one of Odoo's, or the stock would wait for a person. */
static bool map_places(struct stage *stage, struct err *err)
{
    json_auto_t *choices = ask(stage, "mappings.choices",
                               json_pack("{s:I, s:s}", "backend", (json_int_t)stage_backend(stage),
                                         "kind", "location"),
                               err);
    static const char *const places[] = { "Practice Warehouse", "Corner Store" };
    const char *value = json_text(choices, "rows.0.value");

    for (size_t i = 0; value != NULL && i < sizeof places / sizeof places[0]; i++)
        if (!tell(stage, "mappings.set",
                  json_pack("{s:I, s:s, s:s, s:s}", "backend", (json_int_t)stage_backend(stage),
                            "kind", "location", "key", places[i], "value", i == 0 ? value : "none"),
                  err))
            return false;
    return value != NULL || err_set(err, ERR_BUG, "Odoo has no place for stock");
}

/* ---- live orders beside it ---- */

#define LIVE_RATE 2.0 /* a second */

/* Live orders of so many seconds, from the moment that products are in Odoo. */
static bool sell(struct stage *stage, int seconds, struct err *err)
{
    json_auto_t *sold = stage_sandbox(stage,
                                      json_pack("{s:s, s:i, s:f}", "do", "sell", "orders",
                                                (int)(seconds * LIVE_RATE), "rate", LIVE_RATE),
                                      err);

    return sold != NULL;
}

static bool sell_when_products_are_in(struct stage *stage, int64_t run, int seconds, struct err *err)
{
    for (;;) {
        json_auto_t *now = ask(stage, "imports.get", json_pack("{s:I}", "run", (json_int_t)run), err);

        if (now == NULL)
            return false;
        if (strcmp(json_text_or(step_of(now, "products"), "state", ""), "done") == 0)
            return sell(stage, seconds, err);
        usleep(LOOK_US);
    }
}

/* From received to confirmed, of the orders of these minutes. */
static bool live_latency(struct stage *stage, when since, double *p95_ms, int64_t *count,
                         struct err *err)
{
    json_auto_t *seen = ask(stage, "metrics.latency", json_pack("{s:I}", "since", (json_int_t)since),
                            err);

    *p95_ms = json_real_or(json_object_get(seen, "orders"), "p95_ms", 0);
    *count = json_int_or(seen, "orders.count", 0);
    return seen != NULL;
}

/* The same orders with nothing beside them, in minutes of their own. */
static bool sell_alone(struct stage *stage, struct figures *f, struct err *err)
{
    when since;

    usleep((useconds_t)(WHEN_MINUTE - when_now() % WHEN_MINUTE));
    since = when_now();
    if (!sell(stage, f->live_s, err))
        return false;
    sleep((unsigned)f->live_s + 5);
    return live_latency(stage, since, &f->alone_ms, &f->alone_count, err);
}

static bool bring(struct stage *stage, struct figures *f, json_t **done, struct err *err)
{
    when begun = when_ticks(), begun_live = 0;
    json_auto_t *asked = map_places(stage, err) ?
                             ask(stage, "imports.plan",
                                 json_pack("{s:I}", "backend", (json_int_t)stage_backend(stage)),
                                 err) :
                             NULL;
    int64_t run = json_int_or(asked, "run", 0);
    json_auto_t *planned = asked != NULL ? wait_for(stage, run, "planned", err) : NULL;

    f->plan_s = (double)(when_ticks() - begun) / 1e6;
    if (planned == NULL || !tell(stage, "imports.apply",
                                 json_pack("{s:I, s:s}", "run", (json_int_t)run, "carry_on",
                                           "a benchmark"),
                                 err))
        return false;
    if (f->live_s > 0) {
        begun_live = when_now();
        if (!sell_when_products_are_in(stage, run, f->live_s, err))
            return false;
    }
    *done = wait_for(stage, run, "done", err);
    f->all_s = (double)(when_ticks() - begun) / 1e6;
    f->high_kib = core_high_kib();
    for (size_t i = 0; *done != NULL && i < SHARES; i++) {
        const json_t *step = step_of(*done, shares[i].step);

        f->ours_s[i] = (double)(json_int_or(step, "ended", 0) - json_int_or(step, "started", 0)) / 1e6;
    }
    if (*done == NULL || f->live_s == 0)
        return *done != NULL;
    return live_latency(stage, begun_live, &f->beside_ms, &f->beside_count, err) &&
           sell_alone(stage, f, err);
}

static int64_t shop_calls(struct stage *stage, struct err *err)
{
    json_auto_t *stats = stage_sandbox(stage, json_pack("{s:s}", "do", "stats"), err);
    int64_t calls = 0;
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(json_object_get(stats, "shop"), "by_call"), name, value)
        calls += json_is_integer(value) ? json_integer_value(value) : json_int_or(value, "count", 0);
    return calls;
}

static void print_live(const struct figures *f)
{
    printf("{\"live_p95_ms_beside\":%.0f,\"orders\":%lld,\"live_p95_ms_alone\":%.0f,"
           "\"orders_alone\":%lld}\n",
           f->beside_ms, (long long)f->beside_count, f->alone_ms, (long long)f->alone_count);
}

static void print(const struct figures *f, const json_t *done, int64_t calls)
{
    double ours = 0, odoo = 0, products = (double)json_int_or(step_of(done, "products"), "read", 1);

    for (size_t i = 0; i < SHARES; i++) {
        const json_t *step = step_of(done, shares[i].step);
        double alone = (double)f->busy_us[i] / 1e6 / shares[i].together;

        ours += f->ours_s[i];
        odoo += alone;
        printf("{\"step\":\"%s\",\"records\":%lld,\"parked\":%lld,\"seconds\":%.1f,"
               "\"odoo_alone\":%.1f,\"ratio\":%.2f}\n",
               shares[i].step, (long long)json_int_or(step, "read", 0),
               (long long)json_int_or(step, "items.parked", 0), f->ours_s[i], alone,
               alone > 0 ? f->ours_s[i] / alone : 0);
    }
    printf("{\"written_seconds\":%.1f,\"odoo_alone\":%.1f,\"ratio\":%.2f,\"at_most\":1.15}\n", ours,
           odoo, odoo > 0 ? ours / odoo : 0);
    printf("{\"all_seconds\":%.1f,\"planned_seconds\":%.1f,\"verified_seconds\":%.1f,\"ratio\":%.2f,"
           "\"odoo_calls\":%lld,\"odoo_reading\":%.1f}\n",
           f->all_s, f->plan_s, f->all_s - f->plan_s - ours, odoo > 0 ? f->all_s / odoo : 0,
           (long long)f->calls, (double)f->reads_us / 1e6);
    printf("{\"shopify_calls_per_product\":%.4f,\"at_most\":0.05,\"core_mib\":%.1f,\"at_most\":64}\n",
           (double)calls / products, (double)f->high_kib / 1024);
}

int main(int argc, char **argv)
{
    unsigned long long records = 1000, live = 0;
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = SEED,
                                     .latency = "measured" };
    struct figures f = { 0 };
    struct err err = { 0 };
    char tape[STAGE_PATH_MAX + 16];
    json_auto_t *done = NULL;
    const char *keep = NULL;
    int64_t calls = 0;
    bool good = true;

    for (int i = 1; i + 1 < argc && good; i += 2)
        if (strcmp(argv[i], "--latency") == 0)
            options.latency = argv[i + 1];
        else if (strcmp(argv[i], "--tape") == 0)
            keep = argv[i + 1];
        else if (strcmp(argv[i], "--live") == 0)
            good = str_number(argv[i + 1], 3600, &live);
        else
            good = strcmp(argv[i], "--records") == 0 && str_number(argv[i + 1], 200000, &records);
    if (!good || argc % 2 == 0 || records == 0) {
        fprintf(stderr, "usage: import [--records N] [--latency none|measured] [--tape FILE]"
                        " [--live SECONDS]\n");
        return 2;
    }
    f.live_s = (int)live;
    options.customers = options.products = options.orders = (int)records;
    AUTO(stage) stage = stage_new(&options, &err);

    good = stage != NULL;
    if (good) {
        if (keep != NULL)
            snprintf(tape, sizeof tape, "%.*s", (int)sizeof tape - 1, keep);
        else
            snprintf(tape, sizeof tape, "%s/tape", stage_state(stage));
        json_decref(stage_sandbox(stage, json_pack("{s:s}", "do", "reset_stats"), &err));
        json_decref(stage_sandbox(stage, json_pack("{s:s, s:s}", "do", "tape", "file", tape), &err));
        good = err.kind == ERR_NONE && bring(stage, &f, &done, &err);
        calls = good ? shop_calls(stage, &err) : 0;
        json_decref(stage_sandbox(stage, json_pack("{s:s}", "do", "tape"), &err));
        good = good && read_tape(tape, &f, &err);
    }
    if (good)
        print(&f, done, calls);
    if (good && live > 0)
        print_live(&f);
    else
        fprintf(stderr, "import: %s\n", err.text);
    return good ? 0 : 1;
}
