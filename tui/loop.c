/* When the console draws, and what it waits for. */
#include <errno.h>

#include "tui/app_state.h"

#define KEY_FRAME_US  50000  /* at most 20 frames a second while keys come */
#define LATE_US       300000 /* data that waits for the next picture is drawn after that */
#define FIRST_US      150000 /* no empty frame before that */
#define BLOCKED_US    250000 /* looks again whether the terminal takes something */

void app_draw(struct app *a)
{
    struct canvas *c = term_canvas(a->term);

    canvas_erase(c);
    if (c->cols < 80 || c->rows < 24)
        frame_compact(a, c);
    else
        frame_draw(a, c);
    a->drawn = when_ticks();
    a->was_drawn = true;
    a->blocked = !term_show(a->term); /* a slow link: the newest picture goes out later */
    if (!a->blocked)
        a->dirty_keys = a->dirty_data = false;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* When the next frame is due, in ticks; 0: nothing to draw. */
static int64_t frame_due(const struct app *a)
{
    int64_t due = 0;

    if (a->blocked)
        return a->drawn + BLOCKED_US;
    if (a->shown == NULL && a->offline_since == 0 && !a->was_drawn)
        return a->begun + FIRST_US; /* the first picture is on its way */
    if (a->dirty_keys)
        due = a->drawn + KEY_FRAME_US;
    if (a->dirty_data)
        due = sooner(due, a->drawn + term_frame_ms(a->term) * INT64_C(1000) - 2 * KEY_FRAME_US);
    return due;
}

/* Moments that change the picture without any event. */
static int64_t clock_due(const struct app *a)
{
    int64_t due = 0;

    if (a->toast_until != 0 && a->toast_until != INT64_MAX)
        due = a->toast_until;
    if (a->options->frozen_clock || !a->was_drawn)
        return due;
    if (a->offline_since != 0)
        return sooner(due, a->drawn + 1000000);
    if (a->paused)
        return sooner(due, a->drawn + 10000000);
    return sooner(due, a->drawn + term_frame_ms(a->term) * INT64_C(1000) + LATE_US);
}

static int wait_ms(struct app *a, int term_ms, int link_ms)
{
    int64_t due = sooner(frame_due(a), clock_due(a));
    int64_t ms = due == 0 ? -1 : (due - when_ticks() + 999) / 1000;

    ms = ms < 0 && due != 0 ? 0 : ms;
    if (term_ms >= 0 && (ms < 0 || term_ms < ms))
        ms = term_ms;
    if (link_ms >= 0 && (ms < 0 || link_ms < ms))
        ms = link_ms;
    return (int)ms;
}

static void tick(struct app *a)
{
    int64_t now = when_ticks();
    int64_t due = clock_due(a);

    if (a->toast_until != 0 && now >= a->toast_until) {
        a->toast_until = 0;
        a->dirty_keys = true;
    }
    if (due != 0 && now >= due)
        a->dirty_keys = true;
}

void loop_run(struct app *a)
{
    struct pollfd fds[TERM_FDS + 1];
    struct input_event event;

    while (!a->ended) {
        int term_ms = term_prepare(a->term, fds);
        int link_ms = link_prepare(a->link, &fds[TERM_FDS]);

        if (poll(fds, TERM_FDS + 1, wait_ms(a, term_ms, link_ms)) < 0 && errno != EINTR)
            return;
        term_read(a->term, fds);
        while (!a->ended && term_next(a->term, &event))
            app_input(a, &event);
        if (a->ended)
            return;
        link_step(a->link, &fds[TERM_FDS]);
        tick(a);
        if (frame_due(a) != 0 && when_ticks() >= frame_due(a))
            app_draw(a);
    }
}
