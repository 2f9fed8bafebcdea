#include "webhook/stats.h"

#include <string.h>

#define FIRST_BUCKET_US 50.0
#define BUCKET_GROWTH   1.25

/* Empties the slots between the newest one and now. */
static void turn(struct stats *s, int64_t ticks)
{
    int64_t second = ticks / 1000000, minute = second / 60;

    if (second - s->second >= STATS_SECONDS)
        memset(s->seconds, 0, sizeof s->seconds);
    else
        while (s->second < second)
            s->seconds[++s->second % STATS_SECONDS] = 0;
    if (minute - s->minute >= STATS_MINUTES)
        memset(s->minutes, 0, sizeof s->minutes);
    else
        while (s->minute < minute) {
            s->minute++;
            memset(&s->minutes[s->minute % STATS_MINUTES], 0, sizeof s->minutes[0]);
        }
    s->second = second > s->second ? second : s->second;
    s->minute = minute > s->minute ? minute : s->minute;
}

static double bound(unsigned bucket)
{
    double us = FIRST_BUCKET_US;

    while (bucket-- > 0)
        us *= BUCKET_GROWTH;
    return us;
}

static unsigned bucket_of(int64_t took_us)
{
    double us = FIRST_BUCKET_US;
    unsigned bucket = 0;

    while (bucket < STATS_BUCKETS - 1 && (double)took_us > us) {
        us *= BUCKET_GROWTH;
        bucket++;
    }
    return bucket;
}

void stats_count(struct stats *s, enum verdict verdict, size_t bytes, int64_t took_us,
                 int64_t ticks)
{
    struct stats_minute *minute;

    turn(s, ticks);
    s->seconds[s->second % STATS_SECONDS]++;
    minute = &s->minutes[s->minute % STATS_MINUTES];
    minute->verdicts[verdict]++;
    minute->buckets[bucket_of(took_us)]++;
    s->totals[verdict]++;
    s->bytes += bytes;
}

void stats_seconds(struct stats *s, uint32_t seconds[STATS_SECONDS], int64_t ticks)
{
    turn(s, ticks);
    for (unsigned i = 0; i < STATS_SECONDS; i++)
        seconds[i] = s->seconds[(s->second + 1 + i) % STATS_SECONDS];
}

uint64_t stats_recent(struct stats *s, enum verdict verdict, int64_t ticks)
{
    uint64_t sum = 0;

    turn(s, ticks);
    for (unsigned m = 0; m < STATS_MINUTES; m++)
        sum += s->minutes[m].verdicts[verdict];
    return sum;
}

int64_t stats_quantile(struct stats *s, double share, int64_t ticks)
{
    uint64_t sums[STATS_BUCKETS] = { 0 }, all = 0, seen = 0;
    unsigned bucket;

    turn(s, ticks);
    for (unsigned m = 0; m < STATS_MINUTES; m++)
        for (unsigned b = 0; b < STATS_BUCKETS; b++) {
            sums[b] += s->minutes[m].buckets[b];
            all += s->minutes[m].buckets[b];
        }
    if (all == 0)
        return 0;
    for (bucket = 0; bucket < STATS_BUCKETS - 1; bucket++) {
        seen += sums[bucket];
        if ((double)seen >= share * (double)all)
            break;
    }
    return (int64_t)bound(bucket);
}
