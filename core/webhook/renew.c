/*
 * The receiver's certificate is renewed while it runs: a second daemon of libmicrohttpd's takes the
 * listening socket over with the new one, the first ends what it has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mutex.h"
#include "store/alerts.h"
#include "webhook/inside.h"

#define LOOK_US (5 * WHEN_SECOND)    /* between two looks at the files */
#define END_US  (2 * WHEN_MINUTE)    /* for the connections of the old certificate */
#define ALERT_KIND "certificate"

/* What the library refuses before it is a request, it tells here and nowhere else. */
__attribute__((format(printf, 2, 0))) static void mhd_log(void *cls, const char *fmt, va_list ap)
{
    struct receiver *r = cls;
    char line[256];
    bool told;

    vsnprintf(line, sizeof line, fmt, ap);
    line[strcspn(line, "\r\n")] = '\0';
    mutex_lock(&r->lock);
    told = rate_bucket_take(&r->library.bucket, r->library.limit, when_ticks());
    mutex_unlock(&r->lock);
    if (told)
        log_note("receiver: %s", line);
}

unsigned stage_of(const struct receiver *r, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON);

    /* one that just starts has no place in the table yet, and is the other one */
    return info != NULL && info->daemon == r->stages[r->stage].daemon ? r->stage : 1 - r->stage;
}

bool stage_start(struct receiver *r, int listener, struct pair *pair, struct err *err)
{
    /*
     * Not epoll: with suspended connections that are kept alive, libmicrohttpd 0.9.75 forgets some
     * in its edge-triggered set, and in the end all (seen with 256: whole requests unread in the
     * sockets, the thread asleep). poll is level-triggered and as fast here.
     */
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, pair->cert },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, pair->key },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
    unsigned next = 1 - r->stage;
    struct MHD_Daemon *daemon;

    if (r->tls)
        flags |= MHD_USE_TLS;
    daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, intake_handle, r, MHD_OPTION_EXTERNAL_LOGGER, mhd_log, r,
        MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED, intake_completed, r,
        MHD_OPTION_CONNECTION_LIMIT, r->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        r->connections_per_source, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)RECEIVER_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)RECEIVER_IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_ARRAY, r->tls ? tls : none, MHD_OPTION_END);
    if (daemon == NULL) { /* the library may have closed the socket, or not: it is left alone */
        pair_clear(pair);
        return err_set(err, ERR_INVALID, "the receiver does not start on %s%s", r->address,
                       r->tls ? ": the library does not take certificate and key" : "");
    }
    mutex_lock(&r->lock);
    r->stages[next] = (struct stage){ .daemon = daemon, .pair = *pair,
                                      .sending = r->stages[next].sending };
    r->stage = next;
    mutex_unlock(&r->lock);
    return true;
}

void stage_stop(struct receiver *r, unsigned stage)
{
    struct stage *s = &r->stages[stage];

    if (s->daemon == NULL)
        return;
    MHD_stop_daemon(s->daemon);
    mutex_lock(&r->lock);
    s->daemon = NULL;
    mutex_unlock(&r->lock);
    pair_clear(&s->pair);
}

/* ---- what is told of it ---- */

struct note {
    struct store_request request;
    char text[ALERT_TEXT_MAX]; /* "": all is well */
};

static bool note_change(struct db *db, void *ctx, struct err *err)
{
    const struct note *note = ctx;

    if (note->text[0] == '\0')
        return alerts_end(db, 0, ALERT_KIND, when_now(), err);
    return alerts_raise(db, 0, ALERT_KIND, ALERT_ERR, note->text, when_now(), err);
}

static void noted(struct store_request *request)
{
    free(request->ctx);
}

static void tell(struct receiver *r, const struct err *why)
{
    struct note *note = calloc(1, sizeof *note);

    r->pair_bad = why != NULL;
    if (why != NULL)
        log_warn("receiver: the renewed certificate is not taken, the old one stays: %s", why->text);
    else
        log_note("receiver: renewed its certificate");
    if (note == NULL)
        return;
    if (why != NULL)
        snprintf(note->text, sizeof note->text,
                 "the renewed certificate is not taken, the old one stays: %.180s", why->text);
    note->request = (struct store_request){ .change = note_change, .done = noted, .ctx = note };
    store_send(r->store, &note->request);
}

/* ---- renewing ---- */

/* A second descriptor of the socket that the stage in use listens on; -1: err. */
static int same_socket(struct receiver *r, struct err *err)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(r->stages[r->stage].daemon, MHD_DAEMON_INFO_LISTEN_FD);
    int fd = info != NULL ? fcntl(info->listen_fd, F_DUPFD_CLOEXEC, 0) : -1;

    if (fd < 0)
        err_errno(err, ERR_BUSY, errno, "take the listening socket over");
    return fd;
}

static bool renew(struct receiver *r, int64_t ticks, bool *same, struct err *err)
{
    struct stage *old = &r->stages[r->stage];
    struct pair pair;
    int fd;

    if (!pair_read(&pair, r->cert_file, r->key_file, err))
        return false;
    *same = pair_is(&pair, &old->pair);
    if (*same) {
        pair_clear(&pair);
        return true;
    }
    fd = same_socket(r, err);
    if (fd < 0) {
        pair_clear(&pair);
        return false;
    }
    if (!stage_start(r, fd, &pair, err))
        return false;
    fd = MHD_quiesce_daemon(old->daemon);
    if (fd >= 0)
        close(fd); /* the new one has its own */
    mutex_lock(&r->lock);
    old->until = ticks + END_US;
    mutex_unlock(&r->lock);
    return true;
}

/* The one before takes no more, and goes when the last of its deliveries is answered. */
static void end_old(struct receiver *r, int64_t ticks)
{
    struct stage *old = &r->stages[1 - r->stage];
    bool free_of_work;

    if (old->daemon == NULL || ticks < old->until)
        return;
    mutex_lock(&r->lock);
    old->shut = true;
    free_of_work = old->sending == 0;
    mutex_unlock(&r->lock);
    if (free_of_work)
        stage_stop(r, 1 - r->stage);
}

/* What is wrong only once may be a pair in the middle of being written. */
static void refuse(struct receiver *r, uint64_t sign, const struct err *why)
{
    if (sign == r->pair_seen) {
        r->pair_sign = sign;
        tell(r, why);
    }
    r->pair_seen = sign;
}

void renew_tick(struct receiver *r, int64_t ticks)
{
    struct err why = { 0 };
    bool same = false, due;
    uint64_t sign;

    end_old(r, ticks);
    mutex_lock(&r->lock);
    due = ticks >= r->pair_at;
    if (due)
        r->pair_at = ticks + LOOK_US;
    mutex_unlock(&r->lock);
    if (!r->tls || !due || r->stages[1 - r->stage].daemon != NULL)
        return;
    sign = pair_sign(r->cert_file, r->key_file);
    if (sign == r->pair_sign)
        return;
    if (!renew(r, ticks, &same, &why)) {
        refuse(r, sign, &why);
        return;
    }
    r->pair_sign = sign;
    if (!same || r->pair_bad)
        tell(r, NULL);
}
