/*
 * client.h - one console or command at the other end of the socket: what it sent, what it is
 * owed, what it watches.
 *
 * Main thread only. Nothing here waits: what does not fit into the socket is kept, up to
 * CLIENT_OUT_MAX bytes of answers; of pushed pictures only the newest per topic is kept.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "control/frame.h"
#include "control/roles.h"

#define CLIENT_OUT_MAX   (8u << 20) /* bytes of answers waiting; more: the client is cut off */
#define CLIENT_OUT_HIGH  (1u << 20) /* above it nothing more is read from the client */
#define CLIENT_TASKS_MAX 32         /* requests in the hands of a desk */
#define CLIENT_TEXT_MAX  128

enum feed { FEED_OVERVIEW, FEED_ACTIVITY, FEED_ALERTS, FEED_COUNT };

/* A pushed picture as a line, shared by all who get it. */
struct picture {
    unsigned refs;
    size_t len;
    char line[];
};

struct picture *picture_new(const char *topic, const json_t *data); /* NULL without memory */
void picture_free(struct picture *picture);                         /* gives up one reference */

struct client {
    int fd;
    uint64_t serial;
    struct peer peer;
    char name[CLIENT_TEXT_MAX];   /* "signalbox 0.1.0" */
    char origin[CLIENT_TEXT_MAX]; /* the address an SSH session came from, or "local" */
    char tty[CLIENT_TEXT_MAX];
    bool greeted, closing;
    bool more; /* whole lines wait for the next turn */
    bool gone; /* to be freed at the end of the turn */
    unsigned tasks;
    unsigned topics; /* bits of enum feed */
    struct frame in;
    struct str out;
    size_t sent; /* bytes of out that are gone */
    struct picture *waiting[FEED_COUNT];
};

struct client *client_new(int fd, uint64_t serial, const struct peer *peer); /* takes fd */
void client_free(struct client *client);

bool client_read(struct client *client);  /* false: gone, or spoiled */
bool client_write(struct client *client); /* sends what the socket takes; false: gone */
bool client_wants_read(const struct client *client);
bool client_wants_write(const struct client *client);

/* One object as a line. Takes the reference. */
void client_say(struct client *client, json_t *object);
void client_push(struct client *client, enum feed feed, struct picture *picture);

#endif
