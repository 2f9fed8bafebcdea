#include "queue/lane.h"

#include <string.h>

#include "base/str.h"

#define EACH_SIDE(side) for (unsigned side = 0; side < ERR_SIDE_COUNT; side++)

void lane_init(struct lane *lane, int max)
{
    *lane = (struct lane){ .max = max };
}

static bool is_open(const struct breaker *b, int64_t ticks)
{
    return ticks >= b->until && (b->state == BREAKER_CLOSED || !b->probed);
}

bool lane_is_open(const struct lane *lane, unsigned needs, int64_t ticks)
{
    needs |= ERR_SIDE_BIT(ERR_SIDE_NONE);
    EACH_SIDE(s)
        if ((needs & ERR_SIDE_BIT(s)) != 0 && !is_open(&lane->sides[s], ticks))
            return false;
    return true;
}

bool lane_may_start(const struct lane *lane, unsigned needs, int64_t ticks, bool ahead)
{
    int max = lane->max > 1 && ahead ? lane->max + 1 : lane->max;

    return lane->running < max && lane_is_open(lane, needs, ticks);
}

void lane_start(struct lane *lane, unsigned uses, int64_t ticks, struct lane_trip *trip)
{
    *trip = (struct lane_trip){ 0 };
    uses |= ERR_SIDE_BIT(ERR_SIDE_NONE);
    EACH_SIDE(s) {
        struct breaker *b = &lane->sides[s];

        if ((uses & ERR_SIDE_BIT(s)) == 0)
            continue;
        if (!is_open(b, ticks))
            trip->shut |= ERR_SIDE_BIT(s);
        else if (b->state != BREAKER_CLOSED) {
            b->state = BREAKER_PROBING;
            b->probed = true;
            trip->probes |= ERR_SIDE_BIT(s);
        }
    }
    lane->running++;
}

static bool other_side(enum err_kind kind)
{
    return kind == ERR_BUSY || kind == ERR_UNSURE || kind == ERR_DENIED;
}

static void open_breaker(struct breaker *b, const struct err *err, int64_t ticks)
{
    int64_t pause = b->pause_ms == 0 ? LANE_PAUSE_MIN_MS : b->pause_ms * 2;

    b->pause_ms = pause < LANE_PAUSE_MAX_MS ? pause : LANE_PAUSE_MAX_MS;
    b->until = ticks + b->pause_ms * 1000;
    b->state = BREAKER_OPEN;
    str_copy(b->why, sizeof b->why, err->text);
}

static void limit(struct breaker *b, const struct err *err, int64_t ticks)
{
    int64_t until = ticks + (err->wait_ms > 0 ? err->wait_ms : 1000) * INT64_C(1000);

    if (until > b->until)
        b->until = until;
}

/* True: this opened it. Of one that is not closed the probe decides, not what began before. */
static bool settle(struct breaker *b, bool probe, bool answered, const struct err *err,
                   int64_t ticks)
{
    bool closed = b->state == BREAKER_CLOSED;

    if (probe)
        b->probed = false;
    if (err->kind == ERR_LIMITED) {
        limit(b, err, ticks);
        return false;
    }
    if (!other_side(err->kind)) {
        if (answered && closed)
            b->troubles = 0;
        else if (answered && probe)
            *b = (struct breaker){ .state = BREAKER_CLOSED };
        return false;
    }
    b->troubles++;
    if ((!closed && !probe) ||
        (closed && err->kind != ERR_DENIED && b->troubles < LANE_TROUBLES))
        return false;
    open_breaker(b, err, ticks);
    return closed;
}

unsigned lane_end(struct lane *lane, const struct lane_trip *trip,
                  const struct err errs[ERR_SIDE_COUNT], int64_t ticks)
{
    unsigned opened = 0;

    lane->running--;
    EACH_SIDE(s) {
        unsigned bit = ERR_SIDE_BIT(s);

        if ((trip->shut & bit) == 0 && settle(&lane->sides[s], (trip->probes & bit) != 0,
                                              (trip->answered & bit) != 0, &errs[s], ticks))
            opened |= bit;
    }
    return opened;
}

unsigned lane_shut(const struct lane *lane)
{
    unsigned shut = 0;

    EACH_SIDE(s)
        if (lane->sides[s].state != BREAKER_CLOSED)
            shut |= ERR_SIDE_BIT(s);
    return shut;
}

int64_t lane_rest(const struct lane *lane, unsigned sides, int64_t ticks)
{
    int64_t first = 0;

    EACH_SIDE(s) {
        int64_t until = lane->sides[s].until;

        if ((sides & ERR_SIDE_BIT(s)) != 0 && until > ticks && (first == 0 || until < first))
            first = until;
    }
    return first;
}

void lane_close(struct lane *lane)
{
    EACH_SIDE(s)
        lane->sides[s] = (struct breaker){ .state = BREAKER_CLOSED };
}
