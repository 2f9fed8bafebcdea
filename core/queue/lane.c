#include "queue/lane.h"

#include <string.h>

#include "base/str.h"

void lane_init(struct lane *lane, int max)
{
    *lane = (struct lane){ .max = max };
}

bool lane_may_start(struct lane *lane, int64_t ticks, bool ahead)
{
    int max = lane->max > 1 && ahead ? lane->max + 1 : lane->max;

    if (lane->running >= max || ticks < lane->until)
        return false;
    switch (lane->breaker) {
    case LANE_CLOSED:
        return true;
    case LANE_OPEN:
        lane->breaker = LANE_PROBING;
        return lane->running == 0;
    case LANE_PROBING:
        return lane->running == 0;
    }
    return false;
}

void lane_start(struct lane *lane)
{
    lane->running++;
}

static bool other_side(enum err_kind kind)
{
    return kind == ERR_BUSY || kind == ERR_UNSURE || kind == ERR_DENIED;
}

static void open_breaker(struct lane *lane, const struct err *err, int64_t ticks)
{
    int64_t pause = lane->pause_ms == 0 ? LANE_PAUSE_MIN_MS : lane->pause_ms * 2;

    lane->pause_ms = pause < LANE_PAUSE_MAX_MS ? pause : LANE_PAUSE_MAX_MS;
    lane->until = ticks + lane->pause_ms * 1000;
    lane->breaker = LANE_OPEN;
    str_copy(lane->why, sizeof lane->why, err->text);
}

bool lane_end(struct lane *lane, const struct err *err, int64_t ticks)
{
    bool closed = lane->breaker == LANE_CLOSED;

    lane->running--;
    if (err == NULL || !other_side(err->kind)) {
        if (err != NULL && err->kind == ERR_LIMITED) {
            int64_t until = ticks + (err->wait_ms > 0 ? err->wait_ms : 1000) * INT64_C(1000);

            if (until > lane->until)
                lane->until = until;
            return false;
        }
        if (lane->breaker == LANE_OPEN) /* one that began before it opened: the probe decides */
            return false;
        lane_close(lane);
        return false;
    }
    lane->troubles++;
    if (lane->breaker == LANE_OPEN)
        return false;
    if (closed && err->kind != ERR_DENIED && lane->troubles < LANE_TROUBLES)
        return false;
    open_breaker(lane, err, ticks);
    return closed;
}

void lane_close(struct lane *lane)
{
    lane->breaker = LANE_CLOSED;
    lane->troubles = 0;
    lane->pause_ms = 0;
    lane->until = 0;
    lane->why[0] = '\0';
}
