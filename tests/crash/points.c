#include "tests/crash/points.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sandbox/rng.h"

#define POINTS_MAX 10000

static const char *const kinds[] = { "commit", "request" };

/* How many points of a kind an undisturbed run passes. */
static unsigned long counted(const char *kind, const char *file)
{
    FILE *f = fopen(file, "re");
    char found[32];
    unsigned long n, count = 0;

    while (f != NULL && fscanf(f, "%31s %lu", found, &n) == 2)
        if (strcmp(found, kind) == 0)
            count = n;
    if (f != NULL)
        fclose(f);
    return count < POINTS_MAX ? count : POINTS_MAX;
}

static unsigned long number(const char *variable, unsigned long otherwise)
{
    const char *text = getenv(variable);

    return text != NULL ? strtoul(text, NULL, 10) : otherwise;
}

int points_each(const char *file, unsigned long sample, points_die *die, void *ctx)
{
    unsigned long some = number("CRASH_ALL", 0) != 0 ? POINTS_MAX : number("CRASH_SAMPLE", sample);
    struct rng rng = { number("CRASH_SEED", 1) };
    int deaths = 0;

    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        unsigned long all = counted(kinds[k], file), count = some < all ? some : all;

        printf("# %lu points of the kind %s\n", all, kinds[k]);
        for (unsigned long n = 0; n < count; n++) {
            uint64_t at = count < all ? n * all / count + rng_below(&rng, all / count) : n;
            char die_at[64];

            snprintf(die_at, sizeof die_at, "%s:%" PRIu64, kinds[k], at + 1);
            deaths += die(ctx, die_at);
        }
    }
    return deaths;
}
