#include "webhook/rate.h"

#include <stdlib.h>
#include <string.h>

#define SETS (RATE_SOURCES_MAX / RATE_WAYS)

struct rate {
    struct rate_limit per_source, in_all;
    struct rate_bucket common;
    uint64_t salt;
    struct rate_source entries[SETS][RATE_WAYS];
};

struct rate *rate_new(struct rate_limit per_source, struct rate_limit in_all, struct err *err)
{
    struct rate *rate = calloc(1, sizeof *rate);

    if (rate == NULL) {
        err_set(err, ERR_BUSY, "no memory for the table of sources");
        return NULL;
    }
    rate->per_source = per_source;
    rate->in_all = in_all;
    /* so that nobody can choose addresses that fall on one another: where we are in memory */
    rate->salt = (uint64_t)(uintptr_t)rate * UINT64_C(0x9e3779b97f4a7c15);
    return rate;
}

void rate_free(struct rate *rate)
{
    free(rate);
}

void rate_limits(struct rate *rate, struct rate_limit per_source, struct rate_limit in_all)
{
    rate->per_source = per_source;
    rate->in_all = in_all;
}

/* What counts as one sender: an IPv4 address, an IPv6 /64. */
static struct source sender_of(const struct source *source)
{
    struct source sender = *source;
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

    if (memcmp(sender.bytes, mapped, sizeof mapped) != 0)
        memset(sender.bytes + 8, 0, 8);
    return sender;
}

static size_t set_of(const struct rate *rate, const struct source *sender)
{
    uint64_t half[2], mixed;

    memcpy(half, sender->bytes, sizeof half);
    mixed = (half[0] ^ rate->salt) * UINT64_C(0xff51afd7ed558ccd);
    mixed = (mixed ^ (mixed >> 33) ^ half[1]) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (mixed ^ (mixed >> 33)) % SETS;
}

struct rate_source *rate_source(struct rate *rate, const struct source *source, int64_t ticks)
{
    struct source sender = sender_of(source);
    struct rate_source *set = rate->entries[set_of(rate, &sender)], *oldest = set;

    for (unsigned i = 0; i < RATE_WAYS; i++) {
        if (set[i].used && source_equal(&set[i].source, &sender)) {
            set[i].seen = ticks;
            return &set[i];
        }
        if (!set[i].used || (oldest->used && set[i].seen < oldest->seen))
            oldest = &set[i];
    }
    *oldest = (struct rate_source){ .source = sender, .used = true, .seen = ticks };
    return oldest;
}

/* Generic cell rate: a request is early when the bucket would need more than a burst to refill. */
bool rate_bucket_take(struct rate_bucket *bucket, struct rate_limit limit, int64_t ticks)
{
    int64_t each, from;

    if (limit.per_s == 0)
        return true;
    each = 1000000 / limit.per_s > 0 ? 1000000 / limit.per_s : 1;
    from = bucket->full_at > ticks ? bucket->full_at : ticks;
    if (from - ticks > each * (int64_t)(limit.burst > 0 ? limit.burst - 1 : 0))
        return false;
    bucket->full_at = from + each;
    return true;
}

bool rate_take(struct rate *rate, struct rate_source *entry, int64_t ticks)
{
    return rate_bucket_take(&entry->bucket, rate->per_source, ticks) &&
           rate_bucket_take(&rate->common, rate->in_all, ticks);
}

bool rate_bad(struct rate_source *entry, unsigned limit, int64_t ticks)
{
    if (entry->bad_count == 0 || ticks - entry->bad_since > RATE_BAD_WINDOW_US) {
        entry->bad_since = ticks;
        entry->bad_count = 0;
        entry->bad_alerted = false;
    }
    entry->bad_count++;
    if (entry->bad_alerted || entry->bad_count < limit)
        return false;
    entry->bad_alerted = true;
    return true;
}

size_t rate_top(const struct rate *rate, struct rate_source *top, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < RATE_SOURCES_MAX; i++) {
        const struct rate_source *entry = &rate->entries[0][0] + i;
        size_t at;

        if (!entry->used)
            continue;
        for (at = count; at > 0; at--)
            if (top[at - 1].ok + top[at - 1].rejected >= entry->ok + entry->rejected)
                break;
        if (at >= max)
            continue;
        if (count < max)
            count++;
        memmove(top + at + 1, top + at, (count - at - 1) * sizeof *top);
        top[at] = *entry;
    }
    return count;
}
