/*
 * path - the order path against a practice Odoo that is as slow as the real one was.
 *
 * Saturated: a shop sells as fast as it can; then a bare client sends the very calls the core
 * sent (same batches, same bodies, as many at once) to the same Odoo, whose latencies start over.
 * At half that load: how long from the delivery's acknowledgement to the confirmed order on disk,
 * against what Odoo alone takes for the calls of such an order.
 *
 *   path [--orders N] [--seed N] [--latency none|measured] [--saturated]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "tests/bench/bare.h"
#include "tui/stage.h"

#define CUSTOMERS 20 /* all of them known after the warm-up: the steady state */
#define SETTLE_MS 600000
#define PAGE      500

struct wish {
    unsigned long long orders, seed;
    const char *latency;
    bool saturated; /* that alone */
};

struct path {
    struct stage *stage;
    const struct wish *wish;
    char tape[STAGE_PATH_MAX + 16];
    uint16_t port;
    unsigned together; /* the core's ceiling */
};

static bool parse(int argc, char **argv, struct wish *w)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--saturated") == 0) {
            w->saturated = true;
            continue;
        }
        if (i + 1 == argc)
            return false;
        if (strcmp(argv[i], "--latency") == 0)
            w->latency = argv[++i];
        else if (!str_number(argv[i + 1], 1000000,
                             strcmp(argv[i], "--orders") == 0 ? &w->orders : &w->seed))
            return false;
        else
            i++;
    }
    return w->orders >= 10;
}

static bool tell(struct path *p, json_t *order, struct err *err)
{
    json_t *answer = stage_sandbox(p->stage, order, err);

    json_decref(answer);
    return answer != NULL;
}

/* Sells, and waits until all is through. rate 0: as fast as it goes. */
static bool sell(struct path *p, unsigned long long orders, double rate, struct err *err)
{
    return tell(p, json_pack("{s:s, s:I, s:f, s:s}", "do", "sell", "orders", (json_int_t)orders,
                             "rate", rate, "mix", "plain"),
                err) &&
           tell(p, json_pack("{s:s, s:i}", "do", "wait_delivered", "ms", SETTLE_MS), err) &&
           stage_settle(p->stage, SETTLE_MS, err);
}

/* What the core called for those orders. */
static struct calls *taped(struct path *p, unsigned long long orders, double rate, struct err *err)
{
    struct calls *calls;

    if (!tell(p, json_pack("{s:s, s:s}", "do", "tape", "file", p->tape), err) ||
        !sell(p, orders, rate, err) || !tell(p, json_pack("{s:s}", "do", "tape"), err))
        return NULL;
    calls = calls_read(p->tape, err);
    unlink(p->tape);
    if (calls == NULL || calls->orders == orders)
        return calls;
    err_set(err, ERR_BUG, "%llu orders were sold, %zu loaded", orders, calls->orders);
    calls_free(calls);
    return NULL;
}

static struct done *core_done(const struct calls *calls, size_t *count)
{
    struct done *done = calloc(calls->count + 1, sizeof *done);

    *count = 0;
    for (size_t i = 0; done != NULL && i < calls->count; i++) {
        const struct chain *c = &calls->chains[i];

        if (c->orders > 0)
            done[(*count)++] = (struct done){ c->calls[0].began, c->calls[c->count - 1].ended,
                                              c->orders };
    }
    return done;
}

/* The same calls by the bare client; NULL: err. */
static struct done *bare_done(struct path *p, const struct calls *calls, size_t *count,
                              struct err *err)
{
    struct done *done = calloc(calls->count + 1, sizeof *done);

    if (done == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    if (tell(p, json_pack("{s:s}", "do", "tape"), err) && /* the latencies start over */
        bare_run(calls, p->port, p->together, done, count, err))
        return done;
    free(done);
    return NULL;
}

static double each(const struct calls *calls)
{
    size_t chains = 0;

    for (size_t i = 0; i < calls->count; i++)
        chains += calls->chains[i].orders > 0;
    return chains > 0 ? (double)calls->orders / (double)chains : 0;
}

/* How much of the time Odoo's workers had a call of ours in hand, between first and last call. */
static double busy(const struct calls *calls, unsigned workers)
{
    int64_t first = INT64_MAX, last = 0, sum = 0;

    for (size_t i = 0; i < calls->count; i++)
        for (size_t k = 0; k < calls->chains[i].count; k++) {
            const struct call *c = &calls->chains[i].calls[k];

            first = c->began < first ? c->began : first;
            last = c->ended > last ? c->ended : last;
            sum += c->ended - c->began;
        }
    return last > first ? (double)sum / (double)(last - first) / workers : 0;
}

static bool saturated(struct path *p, double *bare_rate, struct err *err)
{
    AUTO(calls) calls = taped(p, p->wish->orders, 0, err);
    AUTO_FREE struct done *ours = NULL, *bare = NULL;
    size_t ours_count, bare_count;
    double rate;

    if (calls == NULL)
        return false;
    ours = core_done(calls, &ours_count);
    bare = bare_done(p, calls, &bare_count, err);
    if (ours == NULL || bare == NULL)
        return false;
    rate = done_rate(ours, ours_count);
    *bare_rate = done_rate(bare, bare_count);
    printf("{\"saturated\":%zu,\"per_second\":%.1f,\"bare_client_per_second\":%.1f,"
           "\"orders_each_call\":%.1f,\"calls_per_order\":%.2f,\"at_once\":%u,\"busy\":%.2f,"
           "\"ratio\":%.3f,\"wanted\":0.95}\n",
           calls->orders, rate, *bare_rate, each(calls), (double)calls->sent / (double)calls->orders,
           p->together, busy(calls, p->together), rate / *bare_rate);
    fflush(stdout);
    return true;
}

/* From the delivery on disk (then it is answered) to the confirmed order's end on disk. */
static int64_t *waits(struct path *p, int64_t since, size_t want, size_t *count, struct err *err)
{
    int64_t *us = calloc(want + 1, sizeof *us);
    json_int_t after = 0;

    *count = 0;
    do {
        json_t *params = json_pack("{s:s, s:s, s:i}", "state", "finished", "lane", "orders",
                                   "limit", PAGE);
        const json_t *row;
        size_t i;

        if (after != 0)
            json_object_set_new(params, "after", json_sprintf("%" JSON_INTEGER_FORMAT, after));
        json_auto_t *page = stage_ask(p->stage, "jobs.list", params, err);

        if (page == NULL || us == NULL) {
            free(us);
            return NULL;
        }
        json_array_foreach(json_object_get(page, "rows"), i, row)
            if (json_int_or(row, "created", 0) >= since && *count < want)
                us[(*count)++] = json_int_or(row, "updated", 0) - json_int_or(row, "created", 0);
        after = json_is_string(json_at(page, "next")) ? strtoll(json_text(page, "next"), NULL, 10)
                                                      : json_int_or(page, "next", 0);
    } while (after != 0 && *count < want);
    return us;
}

static bool half(struct path *p, double rate, struct err *err)
{
    unsigned long long orders = p->wish->orders / 2;
    int64_t since = when_now();
    AUTO(calls) calls = taped(p, orders, rate, err);
    AUTO_FREE struct done *bare = NULL;
    AUTO_FREE int64_t *us = NULL;
    size_t bare_count, us_count;
    double ours, odoo;

    if (calls == NULL)
        return false;
    us = waits(p, since, orders, &us_count, err);
    bare = us != NULL ? bare_done(p, calls, &bare_count, err) : NULL;
    if (bare == NULL)
        return false;
    if (us_count != orders)
        return err_set(err, ERR_BUG, "%zu of %llu orders are finished", us_count, orders);
    ours = (double)calls_p95(us, us_count) / 1000;
    odoo = (double)done_p95(bare, bare_count) / 1000;
    printf("{\"half_load\":%zu,\"per_second\":%.1f,\"orders_each_call\":%.1f,\"p50_ms\":%.0f,"
           "\"p95_ms\":%.0f,\"odoo_p95_ms\":%.0f,\"ratio\":%.2f,\"at_most\":1.5}\n",
           calls->orders, rate, each(calls), (double)us[us_count / 2] / 1000, ours, odoo,
           ours / odoo);
    return true;
}

static bool look_around(struct path *p, struct err *err)
{
    json_auto_t *backends = stage_ask(p->stage, "backends.list", NULL, err);
    const char *url = json_text_or(backends, "rows.0.odoo_url", ""), *colon = strrchr(url, ':');
    unsigned long long port = 0;

    if (backends == NULL)
        return false;
    if (colon == NULL || !str_number(colon + 1, 65535, &port))
        return err_set(err, ERR_BUG, "where is Odoo? %s", url);
    p->port = (uint16_t)port;
    snprintf(p->tape, sizeof p->tape, "%s/tape", stage_state(p->stage));
    return true;
}

int main(int argc, char **argv)
{
    struct wish w = { .orders = 1600, .seed = 11, .latency = "measured" };
    struct err err = { 0 };
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .customers = CUSTOMERS };
    double rate = 0;
    bool good;

    if (!parse(argc, argv, &w)) {
        fprintf(stderr, "usage: path [--orders N] [--seed N] [--latency none|measured] [--saturated]\n");
        return 2;
    }
    options.seed = w.seed;
    options.latency = w.latency;
    AUTO(stage) stage = stage_new(&options, &err);
    struct path p = { .stage = stage, .wish = &w, .together = 4 /* policy odoo_ceiling */ };

    good = stage != NULL && look_around(&p, &err) && sell(&p, 10 * CUSTOMERS, 0, &err) &&
           saturated(&p, &rate, &err) && (w.saturated || half(&p, rate / 2, &err));
    if (!good)
        fprintf(stderr, "path: %s\n", err.text);
    return good ? 0 : 1;
}
