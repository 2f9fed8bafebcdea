/*
 * crash.h - points at which a test lets the program die, to prove that it comes back right.
 *
 * SIGNALBOX_DIE_AT=commit:7 ends the process at once (_exit(100)) after the seventh commit,
 * request:7 after the seventh request was sent and before its answer was read. With
 * SIGNALBOX_COUNT_FILE=path the totals are written there at exit ("commit 120\nrequest 34\n"),
 * so that a test knows how far n goes. Built with --disable-crash-points all this is nothing.
 * Any thread may call.
 */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

enum crash_kind { CRASH_COMMIT, CRASH_REQUEST, CRASH_KIND_COUNT };

#ifdef CRASH_POINTS
void crash_point(enum crash_kind kind);
#else
static inline void crash_point(enum crash_kind kind)
{
    (void)kind;
}
#endif

#endif
