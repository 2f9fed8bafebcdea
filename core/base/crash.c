#include "base/crash.h"

#ifdef CRASH_POINTS

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The one hook of the tests into a running core: read once, then only counted. */
static const char *const names[CRASH_KIND_COUNT] = { "commit", "request" };
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_ulong counts[CRASH_KIND_COUNT];
static unsigned long die_at[CRASH_KIND_COUNT]; /* 0: never */

static void write_counts(void)
{
    const char *path = getenv("SIGNALBOX_COUNT_FILE");
    FILE *f = path != NULL ? fopen(path, "we") : NULL;

    if (f == NULL)
        return;
    for (unsigned k = 0; k < CRASH_KIND_COUNT; k++)
        fprintf(f, "%s %lu\n", names[k], (unsigned long)counts[k]);
    fclose(f);
}

static void read_environment(void)
{
    const char *at = getenv("SIGNALBOX_DIE_AT");

    for (unsigned k = 0; at != NULL && k < CRASH_KIND_COUNT; k++) {
        size_t n = strlen(names[k]);

        if (strncmp(at, names[k], n) == 0 && at[n] == ':')
            die_at[k] = strtoul(at + n + 1, NULL, 10);
    }
    if (getenv("SIGNALBOX_COUNT_FILE") != NULL)
        atexit(write_counts);
}

void crash_point(enum crash_kind kind)
{
    pthread_once(&once, read_environment);
    if (atomic_fetch_add(&counts[kind], 1) + 1 == die_at[kind])
        syscall(SYS_exit_group, 100); /* as a power cut: no library has a say, sanitizers neither */
}

#endif
