/*
 * fake.h - a core that plays recorded pictures, for the console's tests.
 *
 * Speaks the protocol over a real Unix socket; answers each method with what
 * snapshots.json holds for it and remembers what it was asked. Pushes only when
 * told to, so that nothing depends on time. One thread: the test's own poll.
 */
#ifndef TESTS_CONSOLE_FAKE_H
#define TESTS_CONSOLE_FAKE_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>

#define FAKE_CLIENTS 4
#define FAKE_FDS     (FAKE_CLIENTS + 1)

struct fake {
    char path[108];
    int listening;
    struct {
        int fd;
        char *in;
        size_t len;
    } clients[FAKE_CLIENTS];
    json_t *shots;
    json_t *asked; /* array of {"method":..,"params":..}, in order */
    bool silent;   /* takes questions, answers nothing */
    unsigned seed;
};

bool fake_start(struct fake *f, const char *socket, const char *snapshots);
void fake_free(struct fake *f);
void fake_close(struct fake *f);  /* as if the core had died */
bool fake_listen(struct fake *f); /* and came back */
int fake_prepare(struct fake *f, struct pollfd *fds); /* FAKE_FDS at most; returns how many */
void fake_step(struct fake *f, const struct pollfd *fds, int count);
void fake_push(struct fake *f, const char *topic);
void fake_tick(struct fake *f); /* a second goes by: all queues move a little; nothing is pushed */
json_t *fake_shot(struct fake *f, const char *name); /* borrowed, may be changed */
/* How often a method was asked, and the parameters of the last time (borrowed, or NULL). */
int fake_asked(const struct fake *f, const char *method, const json_t **params);

#endif
