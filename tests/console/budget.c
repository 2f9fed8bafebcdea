/*
 * budget - what the console costs: bytes, wake-ups, memory. Limits from the design, none of them a
 * time. With --figures the numbers are printed.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "tests/console/session.h"

static bool figures;

static void within(long got, long limit, const char *what)
{
    if (figures)
        printf("# %s: %ld of %ld\n", what, got, limit);
    ok_if(got <= limit, "%s: %ld is at most %ld", what, got, limit);
}

/* Bytes that one key costs, the frame after it included. */
static long cost(struct session *s, const char *key)
{
    size_t before = s->raw.len;

    session_keys(s, key);
    while (s->raw.len == before && !s->ended)
        session_pump(s, 50);
    session_quiet(s, 150);
    return (long)(s->raw.len - before);
}

static void first_frame_and_keys(void)
{
    struct session_options o = { .rows = 36, .cols = 120 };
    struct session s;
    long worst = 0, total = 0;

    session_start(&s, &o);
    session_sees(&s, "LIVE");
    session_sees(&s, "customers");
    session_quiet(&s, 300);
    within((long)s.raw.len, 9000, "first frames, bytes");
    session_keys(&s, "2");
    session_sees(&s, "jobs orders");
    session_keys(&s, "\r");
    session_sees(&s, "marked of 100");
    session_quiet(&s, 300);
    for (int i = 0; i < 20; i++) {
        long bytes = cost(&s, "j");

        worst = bytes > worst ? bytes : worst;
        total += bytes;
    }
    within(total / 20, 300, "a move of the cursor, bytes on average");
    within(worst, 340, "a move of the cursor, bytes at most (names of contested width)");
    worst = cost(&s, "\033[6~");
    within(worst, 4200, "a page, bytes");
    worst = 0;
    for (int i = 0; i < 5; i++) { /* at the lower edge: one line of scrolling */
        long bytes = cost(&s, "j");

        worst = bytes > worst ? bytes : worst;
    }
    within(worst, 700, "a line of scrolling, bytes at most");
    session_end(&s);
}

static void resizing(void)
{
    struct session_options o = { .rows = 24, .cols = 80 };
    struct session s;
    size_t before;

    session_start(&s, &o);
    session_sees(&s, "customers");
    session_quiet(&s, 300);
    before = s.raw.len;
    for (int i = 0; i < 10; i++) /* a storm: one frame */
        session_resize(&s, 30 + i, 110 + i);
    session_resize(&s, 36, 120);
    session_sees(&s, "Mappings");
    session_quiet(&s, 300);
    within((long)(s.raw.len - before), 2 * 9000, "a storm of 11 sizes, bytes");
    session_end(&s);
}

/* Ten seconds of a busy shop, a picture each second. */
static void idle(void)
{
    struct session_options o = { .rows = 36, .cols = 120 };
    struct session s;
    int64_t begun, next;
    size_t before;
    long woken, seconds = 10;

    session_start(&s, &o);
    session_sees(&s, "LIVE");
    session_sees(&s, "customers");
    session_quiet(&s, 500);
    before = s.raw.len;
    woken = session_number(&s, "voluntary_ctxt_switches");
    begun = next = when_ticks();
    for (int i = 0; i < seconds; i++) {
        next += WHEN_SECOND;
        while (when_ticks() < next)
            session_pump(&s, (int)((next - when_ticks()) / 1000) + 1);
        fake_tick(&s.fake);
        session_push(&s);
    }
    session_quiet(&s, 200);
    seconds = (long)((when_ticks() - begun) / WHEN_SECOND);
    within((long)(s.raw.len - before) / seconds, 500, "idle with 8 busy queues, bytes a second");
    within((session_number(&s, "voluntary_ctxt_switches") - woken) / seconds, 3, "wake-ups a second");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* which take their own */
    within(session_number(&s, "VmRSS"), 8192, "memory, kB resident");
#endif
    session_keys(&s, "p");
    session_sees(&s, "PAUSED");
    session_quiet(&s, 300);
    before = s.raw.len;
    for (int i = 0; i < 3; i++) {
        fake_tick(&s.fake);
        session_push(&s);
        session_quiet(&s, 100);
    }
    within((long)(s.raw.len - before), 0, "paused, bytes");
    session_end(&s);
}

int main(int argc, char **argv)
{
    figures = argc > 1 && strcmp(argv[1], "--figures") == 0;
    setlocale(LC_ALL, "C.UTF-8");
    first_frame_and_keys();
    resizing();
    idle();
    return tap_done();
}
