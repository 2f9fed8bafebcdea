#include "tui/demo.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "tui/demo_import.h"
#include "tui/stage.h"

#define ORDERS_MAX 1000000
#define EARLIER    60  /* orders of earlier years that a batch brings in first */
#define EMPTY      200 /* the same where a person does it */
#define UNSAID     UINT64_MAX
#define SETTLE_MS  600000
#define LIVE_RATE  2 /* orders a second while a person watches */

struct wish {
    bool batch, json, empty;
    unsigned long long orders, earlier, seed, rate;
    const char *latency, *mix;
    const char *odoo_url, *odoo_db, *odoo_login, *odoo_key_file; /* a real one; NULL: practice */
    int products;
};

static atomic_bool ending; /* a signal came: the practice is being removed */

static void ending_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
}

static int complain(const char *what, const struct err *err)
{
    fprintf(stderr, "signalbox demo: %s%s%s\n", what, what[0] != '\0' ? ": " : "", err->text);
    return 1;
}

static bool number(const char *name, const char *text, unsigned long long max,
                   unsigned long long *to, struct err *err)
{
    return str_number(text, max, to) ||
           err_set(err, ERR_INVALID, "%s: a number up to %llu", name, max);
}

static bool parse(int count, const char *const *words, struct wish *w, struct err *err)
{
    for (int i = 0; i < count; i++) {
        const char *word = words[i], *value = i + 1 < count ? words[i + 1] : NULL;

        if (strcmp(word, "--batch") == 0) {
            w->batch = true;
            continue;
        }
        if (strcmp(word, "--empty") == 0) {
            w->empty = true;
            continue;
        }
        if (value == NULL)
            return err_set(err, ERR_INVALID, "%.60s: unknown, or without its value", word);
        i++;
        if (strcmp(word, "--orders") == 0) {
            if (!number(word, value, ORDERS_MAX, &w->orders, err))
                return false;
        } else if (strcmp(word, "--earlier") == 0) {
            if (!number(word, value, 100000, &w->earlier, err))
                return false;
        } else if (strcmp(word, "--seed") == 0) {
            if (!number(word, value, INT64_MAX, &w->seed, err))
                return false;
        } else if (strcmp(word, "--rate") == 0) {
            if (!number(word, value, 100000, &w->rate, err))
                return false;
        } else if (strcmp(word, "--latency") == 0) {
            if (strcmp(value, "none") != 0 && strcmp(value, "measured") != 0)
                return err_set(err, ERR_INVALID, "--latency: none or measured");
            w->latency = value;
        } else if (strcmp(word, "--odoo-url") == 0) {
            w->odoo_url = value;
        } else if (strcmp(word, "--odoo-db") == 0) {
            w->odoo_db = value;
        } else if (strcmp(word, "--odoo-login") == 0) {
            w->odoo_login = value;
        } else if (strcmp(word, "--odoo-key-file") == 0) {
            w->odoo_key_file = value;
        } else if (strcmp(word, "--products") == 0) {
            unsigned long long n;

            if (!number(word, value, 100000, &n, err))
                return false;
            w->products = (int)n;
        } else if (strcmp(word, "--mix") == 0) {
            if (strcmp(value, "plain") != 0 && strcmp(value, "all") != 0)
                return err_set(err, ERR_INVALID, "--mix: plain or all");
            w->mix = value;
        } else
            return err_set(err, ERR_INVALID, "%.60s: no such option", word);
    }
    if (w->odoo_url != NULL &&
        (w->odoo_db == NULL || w->odoo_login == NULL || w->odoo_key_file == NULL))
        return err_set(err, ERR_INVALID, "--odoo-url also needs --odoo-db, --odoo-login and"
                       " --odoo-key-file");
    return true;
}

/* The first line of a file; its end is cut off. */
static bool read_key(const char *path, char key[256], struct err *err)
{
    FILE *file = fopen(path, "re");
    bool ok;

    if (file == NULL)
        return err_errno(err, ERR_DENIED, errno, "%s", path);
    ok = fgets(key, 256, file) != NULL;
    fclose(file);
    if (!ok)
        return err_set(err, ERR_INVALID, "%s: empty", path);
    key[strcspn(key, "\r\n")] = '\0';
    return true;
}

/* ---- batch ---- */

/* A call of ours that the other side did not understand is no hold: nobody can decide it. */
static void note_mistake(const json_t *row, json_t *mistakes)
{
    if (strcmp(json_text_or(row, "last_kind", ""), err_name(ERR_BUG)) == 0)
        json_array_append_new(mistakes, json_pack("{s:O, s:s, s:O}", "order",
                                                  json_object_get(row, "record"), "what",
                                                  "our mistake", "odoo",
                                                  json_object_get(row, "last_text")));
}

/* The orders that the core holds, by Shopify's id. */
static json_t *held_orders(struct stage *stage, json_t *mistakes, struct err *err)
{
    json_t *held = json_array();
    json_int_t after = 0;

    do {
        json_t *params = json_pack("{s:s, s:s, s:i}", "state", "parked", "lane", "orders", "limit",
                                   500);
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
            const char *record = json_text_or(row, "record", "");
            unsigned long long id;

            note_mistake(row, mistakes);
            if (str_starts(record, "order:") && str_number(record + 6, INT64_MAX, &id))
                json_array_append_new(held, json_integer((json_int_t)id));
        }
        after = json_is_string(json_at(page, "next"))
                    ? strtoll(json_text(page, "next"), NULL, 10)
                    : json_int_or(page, "next", 0);
    } while (after != 0);
    return held;
}

static json_t *compare(struct stage *stage, struct err *err)
{
    json_auto_t *mistakes = json_array();
    json_t *held = held_orders(stage, mistakes, err), *compared;

    if (held == NULL)
        return NULL;
    compared = stage_sandbox(stage, json_pack("{s:s, s:o}", "do", "compare", "held", held), err);
    if (compared != NULL && json_array_size(mistakes) > 0) {
        json_object_set_new(compared, "unexplained",
                            json_integer((json_int_t)json_array_size(mistakes) +
                                         json_int_or(compared, "unexplained", 0)));
        json_array_extend(json_object_get(compared, "differences"), mistakes);
    }
    return compared;
}

static void tell(const json_t *compared, const json_t *latency, double seconds)
{
    int64_t sent = json_int_or(compared, "sent", 0) + json_int_or(compared, "skipped", 0);

    printf("  sent        %6" PRId64 " orders in %.1f s\n", sent, seconds);
    printf("  confirmed   %6" PRId64 "\n", json_int_or(compared, "confirmed", 0));
    printf("  held        %6" PRId64 "   a person must look; each has its cause\n",
           json_int_or(compared, "held", 0));
    printf("  quotations  %6" PRId64 ", cancelled %" PRId64 ", skipped %" PRId64 " (test orders)\n",
           json_int_or(compared, "quotation", 0), json_int_or(compared, "cancelled", 0),
           json_int_or(compared, "skipped", 0));
    printf("  missing     %6" PRId64 "\n", json_int_or(compared, "missing", 0));
    printf("  duplicate   %6" PRId64 "\n", json_int_or(compared, "duplicate", 0));
    printf("  unexplained %6" PRId64 "\n", json_int_or(compared, "unexplained", 0));
    printf("  acknowledged to confirmed: p50 %.0f ms, p95 %.0f ms, p99 %.0f ms\n",
           json_real_or(latency, "orders.p50_ms", 0), json_real_or(latency, "orders.p95_ms", 0),
           json_real_or(latency, "orders.p99_ms", 0));
    printf("  Odoo calls for each order: %.2f\n",
           json_real_or(latency, "odoo_calls_per_order", 0));
}

static void differences(const json_t *compared)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(compared, "differences"), i, row) {
        char *text = json_write(row);

        if (i < 20 && text != NULL)
            fprintf(stderr, "  differs: %s\n", text);
        free(text);
    }
}

static void print_json(const json_t *compared, const json_t *latency, json_t *import)
{
    json_auto_t *line = json_pack(
        "{s:{s:I, s:I, s:I, s:I, s:I, s:I}, s:{s:f, s:f, s:f}, s:f, s:{s:I, s:I, s:I}}", "orders",
        "sent",
        (json_int_t)(json_int_or(compared, "sent", 0) + json_int_or(compared, "skipped", 0)),
        "confirmed",
        (json_int_t)json_int_or(compared, "confirmed", 0), "held",
        (json_int_t)json_int_or(compared, "held", 0), "missing",
        (json_int_t)json_int_or(compared, "missing", 0), "duplicate",
        (json_int_t)json_int_or(compared, "duplicate", 0), "unexplained",
        (json_int_t)json_int_or(compared, "unexplained", 0), "latency_ms", "p50",
        json_real_or(latency, "orders.p50_ms", 0), "p95", json_real_or(latency, "orders.p95_ms", 0),
        "p99", json_real_or(latency, "orders.p99_ms", 0), "odoo_calls_per_order",
        json_real_or(latency, "odoo_calls_per_order", 0), "neither", "quotation",
        (json_int_t)json_int_or(compared, "quotation", 0), "cancelled",
        (json_int_t)json_int_or(compared, "cancelled", 0), "skipped",
        (json_int_t)json_int_or(compared, "skipped", 0));
    char *text;

    if (import != NULL)
        json_object_set(line, "import", import);
    text = json_write(line);
    puts(text != NULL ? text : "{}");
    free(text);
}

/* Calls to Odoo before the first sale are the import's. */
static void leave_out(json_t *latency, const json_t *before)
{
    int64_t orders = json_int_or(latency, "orders.count", 0);
    int64_t calls = json_int_or(latency, "odoo_calls", 0) - json_int_or(before, "odoo_calls", 0);

    if (latency != NULL && orders > 0)
        json_object_set_new(latency, "odoo_calls_per_order",
                            json_real((double)calls / (double)orders));
}

static bool is_good(const json_t *compared, const json_t *import, const struct wish *w)
{
    return json_int_or(compared, "missing", -1) == 0 &&
           json_int_or(compared, "duplicate", -1) == 0 &&
           json_int_or(compared, "unexplained", -1) == 0 &&
           json_int_or(compared, "sent", 0) + json_int_or(compared, "skipped", 0) ==
               (int64_t)w->orders &&
           (import == NULL || demo_import_whole(import));
}

static json_t *sell_all(struct stage *stage, const struct wish *w, struct err *err)
{
    json_auto_t *sold = stage_sandbox(
        stage, json_pack("{s:s, s:I, s:I, s:s}", "do", "sell", "orders", (json_int_t)w->orders,
                         "rate", (json_int_t)w->rate, "mix", w->mix),
        err);
    json_auto_t *delivered =
        sold != NULL ? stage_sandbox(stage, json_pack("{s:s}", "do", "wait_delivered"), err) : NULL;

    return delivered != NULL && stage_settle(stage, SETTLE_MS, err) ? TAKE(delivered) : NULL;
}

static int batch(struct stage *stage, const struct wish *w)
{
    struct err err = { 0 };
    json_auto_t *import = w->earlier > 0 ? demo_import(stage, &err) : NULL;
    json_auto_t *before =
        err.kind == ERR_NONE ? stage_ask(stage, "metrics.latency", NULL, &err) : NULL;
    int64_t began = when_ticks();
    json_auto_t *sold = before != NULL ? sell_all(stage, w, &err) : NULL;
    double seconds = (double)(when_ticks() - began) / 1e6;
    json_auto_t *compared = sold != NULL ? compare(stage, &err) : NULL;
    json_auto_t *latency =
        compared != NULL ? stage_ask(stage, "metrics.latency", NULL, &err) : NULL;
    bool good;

    while (atomic_load(&ending)) /* what failed now was ended: the other thread speaks */
        pause();
    if (latency == NULL)
        return complain("", &err);
    leave_out(latency, before);
    good = is_good(compared, import, w);
    if (!good)
        differences(compared);
    if (w->json) {
        print_json(compared, latency, import);
    } else {
        if (import != NULL)
            demo_import_tell(import);
        tell(compared, latency, seconds);
    }
    return good ? 0 : 1;
}

/* ^C, or a supervisor that loses patience: nothing of the practice stays behind. */
static void *wait_for_signal(void *arg)
{
    sigset_t set;
    int number = 0;

    ending_signals(&set);
    if (sigwait(&set, &number) != 0)
        return NULL;
    atomic_store(&ending, true);
    stage_abandon(arg);
    fprintf(stderr, "signalbox demo: ended by signal %d, everything is removed\n", number);
    _exit(128 + number);
}

static int guarded_batch(struct stage *stage, const struct wish *w)
{
    pthread_t thread;
    int code = pthread_create(&thread, NULL, wait_for_signal, stage);

    if (code == 0)
        pthread_detach(thread);
    return batch(stage, w);
}

/* ---- live ---- */

struct seller {
    struct stage *stage;
    unsigned long long rate;
    const char *mix;
    bool empty; /* until Odoo knows the shop's products, nothing is sold */
    atomic_bool stop;
};

static void wait_for_import(const struct seller *s)
{
    bool done = false;

    while (!done && !atomic_load(&s->stop)) {
        struct err err = { 0 };
        json_auto_t *runs = stage_ask(s->stage, "imports.list",
                                      json_pack("{s:I, s:i}", "backend",
                                                (json_int_t)stage_backend(s->stage), "limit", 1),
                                      &err);

        done = strcmp(json_text_or(runs, "rows.0.state", ""), "done") == 0;
        if (!done)
            usleep(300000);
    }
}

/* Sells a little at a time; the only user of the sandbox's pipe while the console runs. */
static void *sell(void *arg)
{
    struct seller *s = arg;
    struct err err = { 0 };

    if (s->empty)
        wait_for_import(s);
    while (!atomic_load(&s->stop)) {
        json_t *sold = stage_sandbox(
            s->stage, json_pack("{s:s, s:I, s:i, s:s}", "do", "sell", "orders",
                                (json_int_t)s->rate, "rate", 0, "mix", s->mix),
            &err);

        json_decref(sold);
        if (sold == NULL)
            break;
        for (int i = 0; i < 10 && !atomic_load(&s->stop); i++)
            usleep(100000);
    }
    return NULL;
}

static int live(struct stage *stage, const struct wish *w, struct app_options *app)
{
    struct seller seller = { .stage = stage, .rate = w->rate > 0 ? w->rate : LIVE_RATE,
                             .mix = w->mix, .empty = w->empty };
    struct err err = { 0 };
    sigset_t all, before;
    pthread_t thread;
    int code;

    sigfillset(&all); /* signals are for the console: ^Z must stop this thread, not that one */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    code = pthread_create(&thread, NULL, sell, &seller);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0) {
        err_errno(&err, ERR_BUSY, code, "start selling");
        return complain("", &err);
    }
    app->socket = stage_socket(stage);
    code = app_run(app, &err);
    atomic_store(&seller.stop, true);
    pthread_join(thread, NULL);
    return err.kind == ERR_NONE ? code : complain("", &err);
}

/* A real Odoo's taxes seldom belong to all the countries that the practice shop sells to. */
static const char *const real_policies[] = { "tax_match=rate", NULL };

int demo_run(int count, const char *const *words, bool json, struct app_options *app)
{
    struct wish w = { .orders = 200, .earlier = UNSAID, .seed = 1, .latency = "none", .mix = "all", .json = json };
    struct err err = { 0 };
    struct stage_options options = { .workers = 8 };
    char key[256];

    if (!parse(count, words, &w, &err))
        return complain("", &err) + 1;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || json)
        w.batch = true;
    if (w.earlier == UNSAID) /* a given Odoo has what it has */
        w.earlier = w.batch ? (w.odoo_url == NULL ? EARLIER : 0) : w.empty ? EMPTY : 0;
    options.orders = (int)w.earlier;
    options.tidy = w.batch && w.earlier > 0 && w.odoo_url == NULL;
    options.seed = w.seed;
    options.latency = w.latency;
    options.products = w.products;
    if (w.odoo_url != NULL) {
        if (!read_key(w.odoo_key_file, key, &err))
            return complain("", &err);
        options.policies = real_policies;
        options.odoo = (struct stage_odoo){ w.odoo_url, w.odoo_db, w.odoo_login, key };
    }
    if (!w.batch && !term_check(&err))
        return complain("", &err) + 1;
    if (!json && w.batch)
        printf("A practice shop sells %llu orders (seed %llu) into %s Odoo 18.\n", w.orders,
               w.seed, w.odoo_url != NULL ? "the given" : "a practice");
    if (w.batch) {
        sigset_t set;

        ending_signals(&set);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
    }
    signal(SIGPIPE, SIG_IGN); /* a child that ended is said in words */
    AUTO(stage) stage = stage_new(&options, &err);

    if (stage == NULL)
        return complain("start", &err);
    return w.batch ? guarded_batch(stage, &w) : live(stage, &w, app);
}
