#include "control/server.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "control/inside.h"
#include "store/settings.h"

#define TICK_US      1000000
#define LINES_A_TURN 64 /* requests of one client before the others have their turn */

enum { POLL_LISTENER, POLL_SIGNALS, POLL_BELL, POLL_FIXED };

/* ---- signals ---- */

static void our_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

bool control_block_signals(struct err *err)
{
    sigset_t set;
    int rc;

    our_signals(&set);
    rc = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (rc == 0 && signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        rc = errno;
    return rc == 0 || err_errno(err, ERR_BUG, rc, "block signals");
}

void server_read_roles(struct control *c)
{
    char viewer[SETTING_VALUE_MAX], operators[SETTING_VALUE_MAX], admin[SETTING_VALUE_MAX];
    struct err err = { .kind = ERR_NONE };

    if (!settings_get(c->db, SETTING_role_viewer, viewer, &err) ||
        !settings_get(c->db, SETTING_role_operator, operators, &err) ||
        !settings_get(c->db, SETTING_role_admin, admin, &err) ||
        !roles_read(&c->roles, viewer, operators, admin, &err))
        log_warn("roles: %s", err.text);
    for (size_t i = 0; i < c->client_count; i++) {
        struct client *client = c->clients[i];

        if (!roles_peer(&c->roles, client->fd, &client->peer, &err)) {
            request_refuse(client, PROTO_ROLE, err.text);
            client->closing = true;
        }
    }
}

static void take_signal(struct control *c)
{
    struct signalfd_siginfo info;

    if (read(c->signals, &info, sizeof info) != sizeof info)
        return;
    if (info.ssi_signo == SIGHUP) {
        log_note("told to read the settings anew");
        if (c->options.services.reload != NULL)
            c->options.services.reload(c->options.services.ctx);
        server_read_roles(c);
        return;
    }
    log_note("told to stop by signal %u", info.ssi_signo);
    c->stopping = true;
}

/* ---- the socket ---- */

static bool someone_answers(const struct sockaddr_un *address)
{
    int fd AUTO_CLOSE = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
}

/* The socket, and the way through the state directory to it; files there stay the core's own. */
static bool give_to_group(const char *path, const char *dir, const char *name, struct err *err)
{
    char buf[16384];
    struct group group, *found = NULL;
    struct stat st;

    if (name == NULL || name[0] == '\0')
        return true;
    getgrnam_r(name, &group, buf, sizeof buf, &found);
    if (found == NULL)
        return err_set(err, ERR_INVALID, "socket_group: there is no group \"%s\" here", name);
    return (chown(path, (uid_t)-1, found->gr_gid) == 0 && chown(dir, (uid_t)-1, found->gr_gid) == 0 &&
            stat(dir, &st) == 0 && chmod(dir, (st.st_mode & 07777) | S_IXGRP) == 0) ||
           err_errno(err, ERR_DENIED, errno, "give %s to group %s", path, name);
}

static bool open_socket(struct control *c, struct err *err)
{
    const char *path = c->address.sun_path;
    mode_t before;
    int rc;

    if (someone_answers(&c->address))
        return err_set(err, ERR_DENIED, "another core answers on %s", path);
    unlink(path);
    c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->listener < 0)
        return err_errno(err, ERR_BUSY, errno, "control socket");
    before = umask(0177); /* nobody else until the mode is set */
    rc = bind(c->listener, (const struct sockaddr *)&c->address, sizeof c->address);
    umask(before);
    if (rc != 0)
        return err_errno(err, ERR_DENIED, errno, "bind %s", path);
    c->bound = true;
    if (!give_to_group(path, c->options.state_dir, c->options.group, err))
        return false;
    if (chmod(path, 0660) != 0 || listen(c->listener, 64) != 0)
        return err_errno(err, ERR_DENIED, errno, "listen on %s", path);
    return true;
}

/* ---- life ---- */

static bool open_desk(struct control *c, struct desk_place *place, struct err *err)
{
    place->control = c;
    place->db = store_reader(c->options.store, err);
    if (place->db == NULL)
        return false;
    place->desk = desk_new(&request_desk_ops, place, c->bell, err);
    return place->desk != NULL;
}

static bool open_bells(struct control *c, struct err *err)
{
    sigset_t set;

    our_signals(&set);
    c->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    c->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return (c->signals >= 0 && c->bell >= 0) || err_errno(err, ERR_BUSY, errno, "control's bells");
}

struct control *control_new(const struct control_options *options, struct err *err)
{
    AUTO(control) c = calloc(1, sizeof *c);
    int len;

    if (c == NULL) {
        err_set(err, ERR_BUSY, "no memory for the control server");
        return NULL;
    }
    c->options = *options;
    c->listener = c->signals = c->bell = -1;
    c->started = when_now();
    c->address.sun_family = AF_UNIX;
    len = snprintf(c->address.sun_path, sizeof c->address.sun_path, "%s/%s", options->state_dir,
                   PROTO_SOCKET);
    if (len < 0 || (size_t)len >= sizeof c->address.sun_path ||
        !str_copy(c->state_dir, sizeof c->state_dir, options->state_dir)) {
        err_set(err, ERR_INVALID, "the path of the state directory is too long for a socket");
        return NULL;
    }
    c->db = store_reader(options->store, err);
    if (c->db == NULL || !open_bells(c, err) || !open_desk(c, &c->changes, err) ||
        !open_desk(c, &c->services, err))
        return NULL;
    server_read_roles(c);
    if (!open_socket(c, err))
        return NULL;
    return TAKE(c);
}

void control_free(struct control *c)
{
    if (c == NULL)
        return;
    if (c->listener >= 0)
        close(c->listener);
    if (c->bound)
        unlink(c->address.sun_path);
    desk_free(c->changes.desk);
    desk_free(c->services.desk);
    db_free(c->changes.db);
    db_free(c->services.db);
    while (c->client_count > 0)
        client_free(c->clients[--c->client_count]);
    feed_clear(c);
    if (c->signals >= 0)
        close(c->signals);
    if (c->bell >= 0)
        close(c->bell);
    db_free(c->db);
    free(c);
}

void control_stop(struct control *c)
{
    const uint64_t one = 1;

    c->stopping = true;
    if (write(c->bell, &one, sizeof one) < 0)
        return; /* it is ringing already */
}

/* ---- clients ---- */

static void accept_one(struct control *c, int fd)
{
    struct peer peer = { .uid = 0 };
    struct err err = { .kind = ERR_NONE };
    struct client *client;
    bool known = roles_peer(&c->roles, fd, &peer, &err);

    client = client_new(fd, ++c->next_serial, &peer);
    if (client == NULL)
        return;
    if (known && c->client_count < CONTROL_CLIENTS_MAX) {
        c->clients[c->client_count++] = client;
        return;
    }
    if (known)
        request_refuse(client, PROTO_REFUSED, "too many clients are connected");
    else {
        log_warn("control: %s", err.text);
        request_refuse(client, PROTO_ROLE, err.text);
    }
    client_write(client); /* a few bytes into a new socket: they fit */
    client_free(client);
}

static void accept_all(struct control *c)
{
    for (unsigned n = 0; n < 16; n++) {
        int fd = accept4(c->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0)
            return;
        accept_one(c, fd);
    }
}

/* The whole lines that are here; true: some are left for the next turn. */
static bool handle_lines(struct control *c, struct client *client)
{
    for (unsigned n = 0; n < LINES_A_TURN; n++) {
        size_t len;
        char *line;

        if (!client_wants_read(client))
            return false;
        line = frame_next(&client->in, &len);
        if (line == NULL)
            return false;
        request_line(c, client, line, len);
    }
    return true;
}

/* False: the client is to be closed. */
static bool serve(struct control *c, struct client *client, short events)
{
    if ((events & (POLLIN | POLLHUP)) != 0 && client_wants_read(client) && !client_read(client)) {
        if (!client->in.spoiled)
            return false; /* gone */
    }
    client->more = handle_lines(c, client);
    if (client->in.spoiled && !client->closing) {
        request_refuse(client, PROTO_PARSE, "a line is longer than a mebibyte");
        client->closing = true;
    }
    /* hung up: what it asked for is under way, but nobody waits for the answer */
    if ((events & (POLLERR | POLLHUP)) != 0 || !client_write(client))
        return false;
    return !(client->closing && !client_wants_write(client) && client->tasks == 0);
}

/* ---- the loop ---- */

static size_t fill_poll(const struct control *c, struct pollfd *fds)
{
    size_t n = POLL_FIXED;

    fds[POLL_LISTENER] = (struct pollfd){ .fd = c->listener, .events = POLLIN };
    fds[POLL_SIGNALS] = (struct pollfd){ .fd = c->signals, .events = POLLIN };
    fds[POLL_BELL] = (struct pollfd){ .fd = c->bell, .events = POLLIN };
    for (size_t i = 0; i < c->client_count; i++) {
        const struct client *client = c->clients[i];
        short events = 0;

        if (client_wants_read(client))
            events |= POLLIN;
        if (client_wants_write(client))
            events |= POLLOUT;
        fds[n++] = (struct pollfd){ .fd = client->fd, .events = events };
    }
    return n;
}

/* Milliseconds until the next thing is due. */
static int patience(const struct control *c)
{
    int64_t now = when_ticks(), due = c->next_tick;

    for (size_t i = 0; i < c->client_count; i++)
        if (c->clients[i]->more)
            return 0;
    if (feed_watched(c) && now + PROTO_PUSH_MS * 1000 < due)
        due = now + PROTO_PUSH_MS * 1000;
    return due <= now ? 0 : (int)((due - now + 999) / 1000);
}

static void serve_all(struct control *c, const struct pollfd *fds, size_t polled)
{
    size_t kept = 0;

    /* served without an event too: a desk's answer or a picture may wait */
    for (size_t i = 0; i < c->client_count; i++)
        c->clients[i]->gone =
            !serve(c, c->clients[i], i < polled ? fds[POLL_FIXED + i].revents : 0);
    for (size_t i = 0; i < c->client_count; i++) {
        if (c->clients[i]->gone)
            client_free(c->clients[i]);
        else
            c->clients[kept++] = c->clients[i];
    }
    c->client_count = kept;
}

static void one_second(struct control *c, int64_t ticks)
{
    if (ticks < c->next_tick)
        return;
    c->next_tick = ticks + TICK_US;
    if (c->options.services.tick != NULL)
        c->options.services.tick(c->options.services.ctx);
}

static void say_goodbye(struct control *c)
{
    /* what was asked before the end is answered, if it is finished by now */
    request_collect(c);
    for (size_t i = 0; i < c->client_count; i++)
        client_write(c->clients[i]);
}

bool control_run(struct control *c, struct err *err)
{
    struct pollfd fds[POLL_FIXED + CONTROL_CLIENTS_MAX];

    while (!c->stopping) {
        size_t n = fill_poll(c, fds), polled = n - POLL_FIXED;
        uint64_t rings;

        if (poll(fds, n, patience(c)) < 0) {
            if (errno == EINTR)
                continue;
            return err_errno(err, ERR_BUG, errno, "poll");
        }
        if (fds[POLL_SIGNALS].revents != 0)
            take_signal(c);
        if (fds[POLL_BELL].revents != 0 && read(c->bell, &rings, sizeof rings) > 0)
            request_collect(c);
        feed_tick(c, when_ticks());
        serve_all(c, fds, polled);
        one_second(c, when_ticks());
        if (fds[POLL_LISTENER].revents != 0)
            accept_all(c);
    }
    say_goodbye(c);
    return true;
}
