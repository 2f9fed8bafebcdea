/*
 * live - what the console costs with a real core behind it: orders come in, all is live, 120x36.
 *
 * Bytes, frames, wake-ups and memory are tests. With --figures it measures times as well, for
 * longer, and prints a row for each goal: {"console":"idle bytes a second","is":...,"at_most":...}.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "tests/console/session.h"
#include "tui/stage.h"

#define ROWS  36
#define COLS  120
#define RATE  5 /* orders a second */
#define FRAME "\033[?2026h" /* begins a picture, once the terminal said that it knows this */

static bool figures;

/* A goal: a test, or a row of the bench. */
static void goal(const char *what, double is, double most)
{
    if (figures)
        printf("{\"console\":\"%s\",\"is\":%.*f,\"at_most\":%g}\n", what, is < 10 ? 2 : 0, is, most);
    else
        ok_if(is <= most, "%s: %.2f is at most %g", what, is, most);
    fflush(stdout);
}

/* A goal that depends on how busy this machine is: for the bench alone. */
static void timed_goal(const char *what, double is, double most)
{
    if (figures)
        goal(what, is, most);
}

static void start(struct session *s, struct stage *stage)
{
    struct session_options o = { .rows = ROWS, .cols = COLS, .state = stage_state(stage) };

    session_start(s, &o);
}

static long frames(const struct session *s, size_t from)
{
    const char *at = s->raw.data + from;
    long n = 0;

    while ((at = strstr(at, FRAME)) != NULL) {
        n++;
        at += strlen(FRAME);
    }
    return n;
}

/* Everything the program still wants to say about what was done, but not the next second. */
static void settle(struct session *s)
{
    session_quiet(s, 120);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double part(double *values, int count, double which)
{
    qsort(values, (size_t)count, sizeof values[0], by_size);
    return values[(int)((count - 1) * which)];
}

/* How long this machine takes to start anything at all, for comparison. */
static void start_nothing(void)
{
    double ms[5];

    for (int i = 0; i < 5; i++) {
        int64_t begun = when_ticks();
        pid_t pid = fork();

        if (pid == 0) {
            execl("/bin/true", "true", NULL);
            _exit(127);
        }
        waitpid(pid, NULL, 0);
        ms[i] = (double)(when_ticks() - begun) / 1000;
    }
    printf("{\"console\":\"exec to end of /bin/true, ms, best of 5\",\"is\":%.1f}\n", part(ms, 5, 0));
}

/* From exec to the picture with live data in it; and its bytes. */
static void first_frame(struct stage *stage)
{
    double ms[5], bytes[5];

    for (int i = 0; i < 5; i++) {
        struct session s;

        start(&s, stage);
        if (!session_sees(&s, "LIVE"))
            ok_if(false, "the dashboard of a real core");
        ms[i] = (double)(when_ticks() - s.begun) / 1000;
        settle(&s);
        bytes[i] = (double)s.raw.len;
        session_end(&s);
    }
    timed_goal("exec to first frame, ms, best of 5", part(ms, 5, 0), 50);
    goal("first frame, bytes", part(bytes, 5, 0.5), 9000);
}

static void idle(struct session *s, int seconds)
{
    int64_t until = when_ticks() + seconds * WHEN_SECOND;
    long cpu = session_proc(s, "schedstat", NULL);
    long woken = session_number(s, "voluntary_ctxt_switches");
    size_t before = s->raw.len;

    while (when_ticks() < until)
        session_pump(s, (int)((until - when_ticks()) / 1000) + 1);
    goal("idle, bytes a second", (double)(s->raw.len - before) / seconds,
         figures ? 500 : 650); /* five seconds may hold longer lines than twenty */
    goal("idle, wake-ups a second",
         (double)(session_number(s, "voluntary_ctxt_switches") - woken) / seconds, 3);
    timed_goal("idle, CPU in percent",
               (double)(session_proc(s, "schedstat", NULL) - cpu) / 1e7 / seconds, 0.1);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* which take their own */
    goal("memory, MB resident", (double)session_number(s, "VmRSS") / 1024, 8);
    goal("memory, MB proportional", (double)session_proc(s, "smaps_rollup", "Pss") / 1024, 4);
#endif
}

/* Bytes that a key costs, and microseconds until the first of them. */
static double press(struct session *s, const char *key, double *ms)
{
    size_t before = s->raw.len;
    int64_t begun = when_ticks();

    session_keys(s, key);
    while (s->raw.len == before && !s->ended)
        session_pump(s, 50);
    if (ms != NULL)
        *ms = (double)(when_ticks() - begun) / 1000;
    settle(s);
    return (double)(s->raw.len - before);
}

static void moves(struct session *s)
{
    double bytes[25], ms[25], total = 0;
    int count = figures ? 25 : 10;

    session_keys(s, "2");
    session_sees(s, "jobs import");
    session_keys(s, "j\r"); /* the queues by name: the orders come after the imports */
    session_sees(s, "jobs orders");
    session_sees(s, "of 100 read");
    session_keys(s, "p"); /* what a second brings is not the cursor's */
    session_sees(s, "PAUSED");
    settle(s);
    for (int i = 0; i < count; i++) {
        bytes[i] = press(s, "j", &ms[i]);
        total += bytes[i];
    }
    goal("cursor move, bytes", total / count, 300);
    goal("cursor move, bytes at most", part(bytes, count, 1), 340);
    timed_goal("cursor move, first byte, p95 ms", part(ms, count, 0.95), 16);
    goal("page, bytes", press(s, "\033[6~", NULL), 4200);
}

static void resizing(struct session *s)
{
    size_t before;

    session_bytes(s, "\033[?2026;2$y", 11); /* the terminal knows pictures */
    press(s, "j", NULL);
    before = s->raw.len;
    for (int i = 0; i < 10; i++)
        session_resize(s, 30 + i % 5, 110 + i);
    session_resize(s, ROWS, COLS + 1);
    while (frames(s, before) == 0 && !s->ended)
        session_pump(s, 50);
    session_quiet(s, 300);
    goal("resize storm, frames", (double)frames(s, before), 1);
    goal("resize, bytes", (double)(s->raw.len - before), 9000);
}

static bool sell(struct stage *stage, int orders, double rate, struct err *err)
{
    json_t *sold = stage_sandbox(stage, json_pack("{s:s, s:i, s:f, s:s}", "do", "sell", "orders",
                                                  orders, "rate", rate, "mix", "all"),
                                 err);

    json_decref(sold);
    return sold != NULL;
}

static bool wait_sold(struct stage *stage, struct err *err)
{
    json_t *done = stage_sandbox(stage, json_pack("{s:s}", "do", "wait_delivered"), err);

    json_decref(done);
    return done != NULL && stage_settle(stage, 120000, err);
}

int main(int argc, char **argv)
{
    struct stage_options options = { .programs = getenv("TESTS_BUILDDIR"), .seed = 4 };
    struct err err = { 0 };
    struct session s;

    figures = argc > 1 && strcmp(argv[1], "--figures") == 0;
    setlocale(LC_ALL, "C.UTF-8");
    AUTO(stage) stage = stage_new(&options, &err);

    if (stage == NULL || !sell(stage, 150, 0, &err) || !wait_sold(stage, &err) ||
        !sell(stage, 100000, RATE, &err)) {
        printf("Bail out! %s\n", err.text);
        return 99;
    }
    if (figures)
        start_nothing();
    first_frame(stage);
    start(&s, stage);
    session_sees(&s, "LIVE");
    session_quiet(&s, 200);
    idle(&s, figures ? 20 : 5);
    moves(&s);
    resizing(&s);
    session_end(&s);
    return figures ? 0 : tap_done();
}
