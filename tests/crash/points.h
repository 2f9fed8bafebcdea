/*
 * points.h - at which points a core dies: the n-th commit, the n-th request, all or a sample of them.
 *
 *   CRASH_ALL=1        every n
 *   CRASH_SAMPLE=4     so many of each kind, else what the test says
 *   CRASH_SEED=7       draws another sample
 */
#ifndef TESTS_CRASH_POINTS_H
#define TESTS_CRASH_POINTS_H

/* Dies at "commit:3"; how often the core did. */
typedef int points_die(void *ctx, const char *at);

/* file: the counts of an undisturbed run (SIGNALBOX_COUNT_FILE). sample: of each kind, one of each
 * stretch. All deaths. */
int points_each(const char *file, unsigned long sample, points_die *die, void *ctx);

#endif
