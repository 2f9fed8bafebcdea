#include "http/minutes.h"

#include <string.h>

#include "base/when.h"

void minutes_add(struct minutes *t, int64_t now, double value)
{
    int64_t second = now / WHEN_SECOND;

    if (second - t->second >= TALLY_SECONDS) {
        memset(t->slots, 0, sizeof t->slots);
        t->second = second;
    }
    while (t->second < second)
        t->slots[++t->second % TALLY_SECONDS] = 0;
    if (t->second - second < TALLY_SECONDS)
        t->slots[second % TALLY_SECONDS] += (float)value;
}

double minutes_sum(const struct minutes *t, int64_t now, unsigned seconds)
{
    int64_t last = now / WHEN_SECOND;
    double sum = 0;

    for (int64_t s = last; s > last - seconds && s > last - TALLY_SECONDS && s >= 0; s--)
        if (s <= t->second && s > t->second - TALLY_SECONDS)
            sum += (double)t->slots[s % TALLY_SECONDS];
    return sum;
}
