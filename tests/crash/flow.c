/*
 * flow - the crash matrix of "order in": the core dies at the n-th commit, and after the n-th
 * request was sent, and is started again; then the shop and the Odoo are compared. Nothing may be
 * missing, doubled or unexplained, whatever n is.
 *
 * CRASH_STEP=7 takes every seventh n only.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "tui/stage.h"

#define ORDERS 4
#define SETTLE_MS 120000

static int tests;

static void result(bool good, const char *what, long n, const struct err *err)
{
    printf("%s %d - %s %ld\n", good ? "ok" : "not ok", ++tests, what, n);
    if (!good && err->text[0] != '\0')
        printf("# %s\n", err->text);
    fflush(stdout);
}

static bool sell(struct stage *stage, struct err *err)
{
    json_t *sold = stage_sandbox(stage, json_pack("{s:s, s:i, s:s}", "do", "sell", "orders", ORDERS,
                                                  "mix", "plain"),
                                 err);

    json_decref(sold);
    return sold != NULL;
}

/* Delivered, worked off, and equal on both sides. */
static bool equal(struct stage *stage, struct err *err)
{
    json_auto_t *delivered =
        stage_sandbox(stage, json_pack("{s:s}", "do", "wait_delivered"), err);
    json_auto_t *compared = NULL;

    if (delivered == NULL || !stage_settle(stage, SETTLE_MS, err))
        return false;
    compared = stage_sandbox(stage, json_pack("{s:s, s:[]}", "do", "compare", "held"), err);
    if (compared == NULL)
        return false;
    if (json_int_or(compared, "missing", -1) == 0 && json_int_or(compared, "duplicate", -1) == 0 &&
        json_int_or(compared, "unexplained", -1) == 0 &&
        json_int_or(compared, "confirmed", 0) == ORDERS)
        return true;
    return err_set(err, ERR_BUG, "confirmed %lld, missing %lld, duplicate %lld, unexplained %lld",
                   (long long)json_int_or(compared, "confirmed", -1),
                   (long long)json_int_or(compared, "missing", -1),
                   (long long)json_int_or(compared, "duplicate", -1),
                   (long long)json_int_or(compared, "unexplained", -1));
}

/* One story; die_at NULL: without a death. *died: the core ended by itself on the way. */
static bool story(const char *die_at, const char *count_file, bool *died, struct err *err)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 5, .workers = 4 };
    AUTO(stage) stage = stage_new(&options, err);
    int code = 0;

    *died = false;
    if (stage == NULL || !stage_core_stop(stage, false, NULL, err))
        return false;
    if (!stage_core_start(stage, die_at, count_file, err)) {
        *died = stage_core_ended(stage, &code) && code == 100; /* it came not even so far */
        err_clear(err);
        if (!*died || !stage_core_start(stage, NULL, NULL, err))
            return false;
        return sell(stage, err) && equal(stage, err);
    }
    if (!sell(stage, err))
        return false;
    for (int i = 0; i < 400; i++) { /* it dies, or the work is done without it coming so far */
        struct err ignored = { 0 };

        if (stage_core_ended(stage, &code)) {
            *died = true;
            break;
        }
        if (i > 20 && stage_settle(stage, 10, &ignored))
            break;
        usleep(20000);
    }
    if (*died && code != 100)
        return err_set(err, ERR_BUG, "the core ended with %d", code);
    if (*died && !stage_core_start(stage, NULL, NULL, err))
        return false;
    if (!equal(stage, err))
        return false;
    return stage_core_stop(stage, false, NULL, err);
}

/* How many points of a kind an undisturbed story passes. */
static long points(const char *kind, const char *file)
{
    FILE *f = fopen(file, "r");
    char name[32];
    long n, found = 0;

    while (f != NULL && fscanf(f, "%31s %ld", name, &n) == 2)
        if (strcmp(name, kind) == 0)
            found = n;
    if (f != NULL)
        fclose(f);
    return found;
}

int main(void)
{
    static const char *const kinds[] = { "commit", "request" };
    const char *step_text = getenv("CRASH_STEP");
    long step = step_text != NULL ? strtol(step_text, NULL, 10) : 1, totals[2];
    char file[] = "/tmp/signalbox-count-XXXXXX", die_at[64];
    struct err err = { 0 };
    int fd = mkstemp(file), deaths = 0;
    bool died;

    if (fd < 0 || step < 1)
        return 99;
    close(fd);
    signal(SIGPIPE, SIG_IGN);
    result(story(NULL, file, &died, &err), "without a death", 0, &err);
    for (int k = 0; k < 2; k++) {
        totals[k] = points(kinds[k], file);
        printf("# %s points: %ld\n", kinds[k], totals[k]);
    }
    unlink(file);
    for (int k = 0; k < 2; k++)
        for (long n = 1; n <= totals[k]; n += step) {
            bool good;

            err_clear(&err);
            snprintf(die_at, sizeof die_at, "%s:%ld", kinds[k], n);
            good = story(die_at, NULL, &died, &err);
            result(good, kinds[k], n, &err);
            deaths += died;
        }
    err_set(&err, ERR_BUG, "%d deaths", deaths);
    result(totals[0] > 0 && totals[1] > 0 && deaths > 0, "the core died at such points", deaths,
           &err);
    printf("1..%d\n", tests);
    return 0;
}
