/*
 * inside.h - the server's insides, shared by server.c (loop), request.c (one line in, one answer
 * out) and feed.c (pictures). All of it belongs to the main thread, but for the desks' ends.
 */
#ifndef CONTROL_INSIDE_H
#define CONTROL_INSIDE_H

#include <sys/un.h>

#include "control/client.h"
#include "control/desk.h"
#include "control/methods.h"
#include "control/roles.h"
#include "control/server.h"

/* What a desk works with: a reader of its own. */
struct desk_place {
    struct control *control;
    struct db *db;
    struct desk *desk;
};

struct feed_state {
    int64_t next; /* when_ticks of the next look */
    char *last;   /* what was pushed, without what always changes */
    struct picture *picture;
};

struct control {
    struct control_options options;
    char state_dir[256];
    struct sockaddr_un address;
    struct db *db;
    struct roles roles;
    when started;
    struct trend trend;
    int listener, signals, bell; /* bell: desks and control_stop ring it */
    bool bound;
    _Atomic bool stopping;
    struct client *clients[CONTROL_CLIENTS_MAX];
    size_t client_count;
    uint64_t next_serial;
    struct desk_place changes, services;
    struct feed_state feeds[FEED_COUNT];
    int64_t next_tick; /* when_ticks */
};

/* ---- server.c ---- */
void server_read_roles(struct control *control); /* anew, for those connected too */

/* ---- request.c ---- */
extern const struct desk_ops request_desk_ops;
void request_line(struct control *control, struct client *client, char *line, size_t len);
void request_collect(struct control *control); /* answers what the desks have finished */
void request_refuse(struct client *client, enum proto_code code, const char *text);

/* ---- feed.c ---- */
bool feed_watched(const struct control *control);
void feed_tick(struct control *control, int64_t ticks);
void feed_welcome(struct control *control, struct client *client); /* pictures at once */
void feed_clear(struct control *control);
json_t *feed_clients(const struct control *control); /* [{user,role}], each once */

#endif
