/*
 * flow - the crash matrix of "order in": in each story the core dies at the n-th commit, or after
 * the n-th request it sent, and is started again; then the shop and the Odoo are compared. Nothing
 * may be missing, doubled or unexplained, and every order is in the state it should be in, whatever
 * n is. Then all orders are told of once more, which must change nothing.
 *
 *   CRASH_ALL=1         every n of every story; else a sample of CRASH_SAMPLE (2) of each kind
 *   CRASH_SEED=7        draws another sample
 *   CRASH_STORY=edited  only this story; with CRASH_AT=request:17 only this death
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "tests/crash/points.h"
#include "tui/stage.h"

#define SETTLE_MS 300000

/* What is done before the core may die, and while it may; what must be there in the end. */
struct story {
    const char *name;
    bool (*before)(struct stage *stage, struct err *err);
    bool (*act)(struct stage *stage, struct err *err);
    int confirmed, quotation, cancelled;
};

/* ---- what stories are made of ---- */

static bool tell(struct stage *stage, json_t *wish, struct err *err)
{
    json_t *answer = stage_sandbox(stage, wish, err);

    json_decref(answer);
    return answer != NULL;
}

static int orders(struct stage *stage, struct err *err)
{
    json_auto_t *answer = stage_sandbox(stage, json_pack("{s:s}", "do", "orders"), err);

    return answer != NULL ? (int)json_len(answer, "orders") : -1;
}

/* Sells and waits until it is sold, not until it is delivered. */
static bool sell(struct stage *stage, int count, const char *financial, struct err *err)
{
    return tell(stage, json_pack("{s:s, s:i, s:s, s:s}", "do", "sell", "orders", count, "mix",
                                 "plain", "financial", financial),
                err) &&
           tell(stage, json_pack("{s:s, s:i}", "do", "wait_sold", "ms", SETTLE_MS), err);
}

static const char *name(int index, char buf[16])
{
    snprintf(buf, 16, "#%d", 1001 + index);
    return buf;
}

static bool event(struct stage *stage, int index, const char *topic, struct err *err)
{
    char buf[16];

    return tell(stage, json_pack("{s:s, s:s, s:s}", "do", "order_event", "name", name(index, buf),
                                 "topic", topic),
                err);
}

static bool edit(struct stage *stage, int index, int line, int quantity, struct err *err)
{
    char buf[16];

    return tell(stage, json_pack("{s:s, s:s, s:i, s:i}", "do", "edit", "name", name(index, buf),
                                 "line", line, "quantity", quantity),
                err);
}

static bool add(struct stage *stage, int index, int variant, struct err *err)
{
    char buf[16];

    return tell(stage, json_pack("{s:s, s:s, s:i, s:i}", "do", "edit", "name", name(index, buf),
                                 "variant", variant, "quantity", 2),
                err);
}

static bool deliveries(struct stage *stage, bool hold, struct err *err)
{
    return tell(stage, json_pack("{s:s, s:b, s:b}", "do", "delivery", "hold", hold, "patient", 1),
                err);
}

/* ---- the stories ---- */

static bool nothing(struct stage *stage, struct err *err)
{
    (void)stage;
    (void)err;
    return true;
}

static bool sell_four(struct stage *stage, struct err *err)
{
    return sell(stage, 4, "paid", err);
}

static bool two_pending(struct stage *stage, struct err *err)
{
    return sell(stage, 2, "pending", err);
}

static bool pay_both(struct stage *stage, struct err *err)
{
    return event(stage, 0, "orders/paid", err) && event(stage, 1, "orders/paid", err);
}

static bool one_of_each(struct stage *stage, struct err *err)
{
    return sell(stage, 1, "pending", err) && sell(stage, 1, "paid", err);
}

static bool cancel_both(struct stage *stage, struct err *err)
{
    return event(stage, 0, "orders/cancelled", err) && event(stage, 1, "orders/cancelled", err);
}

static bool rewrite_both(struct stage *stage, struct err *err)
{
    for (int i = 0; i < 2; i++) {
        char buf[16];

        if (!tell(stage,
                  json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "order_event", "name",
                            name(i, buf), "note", "Another bell", "tags", "urgent, vip",
                            "address1", "9 Lake Road"),
                  err))
            return false;
    }
    return true;
}

/* Three that were confirmed, the third with two lines; one that was not. */
static bool four_to_edit(struct stage *stage, struct err *err)
{
    return sell(stage, 3, "paid", err) && sell(stage, 1, "pending", err) && add(stage, 2, 3, err);
}

static bool edit_four(struct stage *stage, struct err *err)
{
    return edit(stage, 0, 0, 7, err) && add(stage, 1, 5, err) && edit(stage, 2, 0, 0, err) &&
           edit(stage, 3, 0, 5, err);
}

static bool two_paid(struct stage *stage, struct err *err)
{
    return sell(stage, 2, "paid", err) && edit(stage, 0, 0, 3, err) && add(stage, 1, 4, err);
}

/* One piece of three, and a whole line, before anything is shipped. */
static bool refund_both(struct stage *stage, struct err *err)
{
    char buf[16];

    return tell(stage, json_pack("{s:s, s:s, s:i, s:i}", "do", "refund", "name", name(0, buf),
                                 "line", 0, "quantity", 1),
                err) &&
           edit(stage, 1, 0, 1, err) &&
           tell(stage, json_pack("{s:s, s:s, s:i, s:i}", "do", "refund", "name", name(1, buf),
                                 "line", 0, "quantity", 1),
                err);
}

/* All that can happen to an order happens before the core hears of it, in disorder and twice. */
static bool burst(struct stage *stage, struct err *err)
{
    return tell(stage, json_pack("{s:s, s:b, s:b, s:i, s:i, s:i}", "do", "delivery", "hold", 1,
                                 "patient", 1, "duplicate", 30, "delayed", 50, "delay_ms", 100),
                err) &&
           sell(stage, 3, "paid", err) && sell(stage, 2, "pending", err) &&
           edit(stage, 0, 0, 6, err) && add(stage, 1, 5, err) && add(stage, 0, 3, err) &&
           event(stage, 2, "orders/cancelled", err) && event(stage, 3, "orders/paid", err) &&
           edit(stage, 0, 0, 2, err) && event(stage, 4, "orders/cancelled", err) &&
           deliveries(stage, false, err);
}

static const struct story stories[] = {
    { "new", nothing, sell_four, 4, 0, 0 },
    { "paid", two_pending, pay_both, 2, 0, 0 },
    { "updated", one_of_each, rewrite_both, 1, 1, 0 },
    { "cancelled", one_of_each, cancel_both, 0, 0, 2 },
    { "edited", four_to_edit, edit_four, 3, 1, 0 },
    { "refunded", two_paid, refund_both, 2, 0, 0 },
    { "burst", nothing, burst, 3, 0, 2 },
};

/* ---- is all as it should be? ---- */

static bool settled(struct stage *stage, struct err *err)
{
    return tell(stage, json_pack("{s:s, s:i}", "do", "wait_delivered", "ms", SETTLE_MS), err) &&
           stage_settle(stage, SETTLE_MS, err);
}

/* Nothing waits for a person; err says what does. */
static bool none_parked(struct stage *stage, struct err *err)
{
    json_auto_t *page = stage_ask(stage, "jobs.list",
                                  json_pack("{s:s, s:s, s:i}", "state", "parked", "lane", "orders",
                                            "limit", 5),
                                  err);
    const json_t *row = json_at(page, "rows.0");
    AUTO_FREE char *text = row != NULL ? json_write(row) : NULL;

    if (page == NULL)
        return false;
    return row == NULL || err_set(err, ERR_BUG, "parked: %.900s", text != NULL ? text : "");
}

static bool right(const struct story *story, struct stage *stage, struct err *err)
{
    static const char *const none[] = { "missing", "duplicate", "unexplained", "held" };
    json_auto_t *compared = NULL;
    AUTO_FREE char *text = NULL;
    bool good = true;

    if (!settled(stage, err) || !none_parked(stage, err))
        return false;
    compared = stage_sandbox(stage, json_pack("{s:s, s:[]}", "do", "compare", "held"), err);
    if (compared == NULL)
        return false;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        good = good && json_int_or(compared, none[i], -1) == 0;
    if (good && json_int_or(compared, "confirmed", -1) == story->confirmed &&
        json_int_or(compared, "quotation", -1) == story->quotation &&
        json_int_or(compared, "cancelled", -1) == story->cancelled)
        return true;
    text = json_write(compared);
    return err_set(err, ERR_BUG, "%.900s", text != NULL ? text : "");
}

/* Told once more of every order: no change, on either side. */
static bool again(const struct story *story, struct stage *stage, struct err *err)
{
    int count = orders(stage, err);

    for (int i = 0; i < count; i++)
        if (!event(stage, i, "orders/updated", err))
            return false;
    return count > 0 && (right(story, stage, err) || err_within(err, "told once more"));
}

/* ---- a run ---- */

/* Until the core is through with everything, or dead. False: neither. */
static bool live_on(struct stage *stage, bool *died, struct err *err)
{
    int64_t until = when_ticks() + SETTLE_MS * INT64_C(1000);
    struct err busy = { 0 };
    int code = 0;

    while (when_ticks() < until) {
        if (stage_core_ended(stage, &code)) {
            *died = true;
            return code == 100 || err_set(err, ERR_BUG, "the core ended with %d", code);
        }
        err_clear(&busy);
        if (tell(stage, json_pack("{s:s, s:i}", "do", "wait_delivered", "ms", 50), &busy) &&
            stage_settle(stage, 50, &busy))
            return true;
    }
    *err = busy;
    return err_within(err, "the core neither ends nor dies");
}

/* Ends it, if it still runs; at its very end it may still die as it was told to. */
static bool stop(struct stage *stage, bool *died, struct err *err)
{
    int code = 0;

    if (*died)
        return true;
    if (!stage_core_stop(stage, false, &code, err))
        return false;
    *died = code == 100;
    return code == 0 || code == 100 || err_set(err, ERR_BUG, "the core ended with %d", code);
}

static bool act(const struct story *story, struct stage *stage, const char *die_at,
                const char *count_file, bool *died, struct err *err)
{
    int code = 0;

    if (!stage_core_stop(stage, false, NULL, err))
        return false;
    if (!stage_core_start(stage, die_at, count_file, err)) {
        if (!stage_core_ended(stage, &code) || code != 100)
            return false;
        err_clear(err); /* it came not even so far */
        *died = true;
    }
    return story->act(stage, err) && live_on(stage, died, err);
}

/* One story; die_at NULL: without a death. *died: the core ended by itself on the way. */
static bool run(const struct story *story, const char *die_at, const char *count_file, bool *died,
                struct err *err)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 5, .workers = 4 };
    AUTO(stage) stage = stage_new(&options, err);

    *died = false;
    if (stage == NULL || !deliveries(stage, false, err) || !story->before(stage, err) || !settled(stage, err) ||
        !act(story, stage, die_at, count_file, died, err) ||
        !deliveries(stage, true, err) || /* nobody is there to take them */
        !stop(stage, died, err) || !stage_core_start(stage, NULL, NULL, err) ||
        !deliveries(stage, false, err))
        return false;
    return right(story, stage, err) && again(story, stage, err) &&
           stage_core_stop(stage, false, NULL, err);
}

/* ---- all of it ---- */

struct matrix {
    int tests, failed, deaths;
    const struct story *story;
};

static void result(struct matrix *m, bool good, const char *what, const struct err *err)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++m->tests, what);
    if (!good)
        printf("# %s\n", err->text);
    m->failed += !good;
    fflush(stdout);
}

static int die(void *ctx, const char *die_at)
{
    struct matrix *m = ctx;
    const struct story *story = m->story;
    struct err err = { 0 };
    char what[96];
    bool died, good = run(story, die_at, NULL, &died, &err);

    snprintf(what, sizeof what, "%s: the core dies at %s", story->name, die_at);
    result(m, good, what, &err);
    return died;
}

static void tell_story(struct matrix *m, const struct story *story, const char *file)
{
    struct err err = { 0 };
    const char *at = getenv("CRASH_AT");
    char what[96];
    bool died, good;

    m->story = story;
    if (at != NULL) {
        m->deaths += die(m, at);
        return;
    }
    good = run(story, NULL, file, &died, &err);
    snprintf(what, sizeof what, "%s: without a death", story->name);
    result(m, good && !died, what, &err);
    if (good)
        m->deaths += points_each(file, 2, die, m);
}

int main(void)
{
    struct matrix m = { 0 };
    const char *only = getenv("CRASH_STORY");
    char file[] = "/tmp/signalbox-count-XXXXXX";
    struct err none = { 0 };
    int fd = mkstemp(file);

    if (fd < 0)
        return 99;
    close(fd);
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        if (only == NULL || strcmp(only, stories[i].name) == 0)
            tell_story(&m, &stories[i], file);
    unlink(file);
    printf("# %d deaths\n", m.deaths);
    result(&m, m.deaths > 0, "the core died at such points", &none);
    printf("1..%d\n", m.tests);
    return m.failed != 0;
}
