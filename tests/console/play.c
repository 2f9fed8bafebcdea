/* The fake core as a program, to look at the console by hand: play SOCKET SNAPSHOTS */
#include <stdio.h>

#include "base/when.h"
#include "tests/console/fake.h"

int main(int argc, char **argv)
{
    struct fake f;
    struct pollfd fds[FAKE_FDS];
    int64_t next = 0;

    if (argc != 3 || !fake_start(&f, argv[1], argv[2])) {
        fprintf(stderr, "usage: play SOCKET SNAPSHOTS\n");
        return 2;
    }
    for (;;) {
        int n = fake_prepare(&f, fds);

        poll(fds, (nfds_t)n, next > when_ticks() ? (int)((next - when_ticks()) / 1000) + 1 : 0);
        fake_step(&f, fds, n);
        if (when_ticks() < next)
            continue;
        next = when_ticks() + WHEN_SECOND;
        fake_tick(&f);
        fake_push(&f, "overview");
    }
}
