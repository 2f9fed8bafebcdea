#include "tui/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "control/proto.h"

#define RETRY_FIRST_MS 1000
#define RETRY_MOST_MS 30000

struct asked {
    json_int_t id; /* 0: free */
    link_done *done;
    void *ctx;
    int tag;
    int64_t at;
};

struct link {
    struct sockaddr_un address;
    const struct link_ops *ops;
    void *ctx;
    int fd;
    enum link_state state;
    struct str in, out;
    size_t sent; /* bytes of out already written */
    json_int_t last_id;
    struct asked asked[LINK_ASKED_MAX];
    char why[160];
    int retry_ms;
    int64_t retry_at; /* ticks */
};

struct link *link_new(const char *path, const struct link_ops *ops, void *ctx, struct err *err)
{
    struct link *l;

    if (strlen(path) >= sizeof l->address.sun_path) {
        err_set(err, ERR_INVALID, "the path of the core's socket is too long: %.200s", path);
        return NULL;
    }
    l = calloc(1, sizeof *l);
    if (l == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    l->address.sun_family = AF_UNIX;
    snprintf(l->address.sun_path, sizeof l->address.sun_path, "%s", path);
    l->ops = ops;
    l->ctx = ctx;
    l->fd = -1;
    l->retry_ms = RETRY_FIRST_MS;
    str_init(&l->in, PROTO_LINE_MAX);
    str_init(&l->out, 4 * PROTO_LINE_MAX);
    snprintf(l->why, sizeof l->why, "not connected yet");
    return l;
}

void link_free(struct link *l)
{
    if (l == NULL)
        return;
    if (l->fd >= 0)
        close(l->fd);
    str_clear(&l->in);
    str_clear(&l->out);
    free(l);
}

enum link_state link_state(const struct link *l)
{
    return l->state;
}

const char *link_why(const struct link *l)
{
    return l->why;
}

int64_t link_retry_in_ms(const struct link *l)
{
    int64_t ms = (l->retry_at - when_ticks()) / 1000;

    return l->state != LINK_DOWN || ms < 0 ? 0 : ms;
}

int link_owed(const struct link *l)
{
    int count = 0;

    for (int i = 0; i < LINK_ASKED_MAX; i++)
        count += l->asked[i].id != 0;
    return count;
}

int64_t link_silent_ms(const struct link *l)
{
    int64_t oldest = 0;

    for (int i = 0; i < LINK_ASKED_MAX; i++)
        if (l->asked[i].id != 0 && (oldest == 0 || l->asked[i].at < oldest))
            oldest = l->asked[i].at;
    return oldest == 0 ? 0 : (when_ticks() - oldest) / 1000;
}

void link_retry_now(struct link *l)
{
    l->retry_at = 0;
    l->retry_ms = RETRY_FIRST_MS;
}

static void refuse(const struct asked *asked, const char *why)
{
    struct link_answer answer = { .code = PROTO_INTERNAL };

    if (asked->done == NULL)
        return;
    err_set(&answer.err, ERR_BUSY, "%s", why);
    asked->done(asked->ctx, asked->tag, &answer);
}

static void go_down(struct link *l, const char *why)
{
    struct asked asked[LINK_ASKED_MAX];
    bool was = l->fd >= 0;

    if (was)
        close(l->fd);
    l->fd = -1;
    l->state = LINK_DOWN;
    str_reset(&l->in);
    str_reset(&l->out);
    l->sent = 0;
    str_copy(l->why, sizeof l->why, why);
    l->retry_at = when_ticks() + l->retry_ms * INT64_C(1000);
    l->retry_ms = l->retry_ms * 2 > RETRY_MOST_MS ? RETRY_MOST_MS : l->retry_ms * 2;
    memcpy(asked, l->asked, sizeof asked);
    memset(l->asked, 0, sizeof l->asked);
    for (int i = 0; i < LINK_ASKED_MAX; i++)
        if (asked[i].id != 0)
            refuse(&asked[i], l->why);
    if (l->ops != NULL)
        l->ops->down(l->ctx, l->why);
}

static void flush(struct link *l)
{
    while (l->sent < l->out.len) {
        ssize_t n = send(l->fd, l->out.data + l->sent, l->out.len - l->sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0) {
            go_down(l, "the core closed the connection");
            return;
        }
        l->sent += (size_t)n;
    }
    str_reset(&l->out);
    l->sent = 0;
}

static bool ask(struct link *l, const char *method, json_t *params, link_done *done, void *ctx,
    int tag)
{
    struct asked *slot = NULL;
    AUTO_FREE char *line = NULL;
    json_auto_t *request = NULL;

    if (params == NULL)
        params = json_object();
    for (int i = 0; i < LINK_ASKED_MAX && slot == NULL; i++)
        if (l->asked[i].id == 0)
            slot = &l->asked[i];
    request = json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id", ++l->last_id, "method",
        method, "params", params);
    line = request == NULL ? NULL : json_write(request);
    if (slot == NULL || l->fd < 0 || line == NULL)
        return false;
    *slot = (struct asked){ l->last_id, done, ctx, tag, when_ticks() };
    str_adds(&l->out, line);
    str_adds(&l->out, "\n");
    if (l->out.full) {
        go_down(l, "the core does not read what is sent");
        return false;
    }
    flush(l);
    return l->fd >= 0;
}

bool link_ask(struct link *l, const char *method, json_t *params, link_done *done, void *ctx,
    int tag)
{
    if (l->state == LINK_UP)
        return ask(l, method, params, done, ctx, tag);
    json_decref(params);
    return false;
}

void link_forget(struct link *l, const void *ctx)
{
    for (int i = 0; i < LINK_ASKED_MAX; i++)
        if (l->asked[i].ctx == ctx)
            l->asked[i].done = NULL; /* the answer finds nobody */
}

static void on_hello(void *ctx, int tag, const struct link_answer *answer)
{
    struct link *l = ctx;

    (void)tag;
    if (l->state != LINK_HELLO)
        return;
    if (answer->result == NULL) {
        char why[160];

        snprintf(why, sizeof why, "the core refused: %.120s", answer->err.text);
        go_down(l, why);
        l->retry_ms = RETRY_MOST_MS; /* it will not change its mind soon */
        return;
    }
    l->state = LINK_UP;
    l->retry_ms = RETRY_FIRST_MS;
    if (l->ops != NULL)
        l->ops->up(l->ctx, answer->result);
}

static void explain(struct link *l, int error)
{
    char why[160];

    if (error == ENOENT || error == ECONNREFUSED)
        snprintf(why, sizeof why, "no core is running here");
    else if (error == EACCES)
        snprintf(why, sizeof why, "this user may not use the core's socket");
    else
        snprintf(why, sizeof why, "core's socket: %s", strerrordesc_np(error));
    go_down(l, why);
}

/* Who we are, and where this person sits: for the audit log. */
static json_t *introduction(void)
{
    json_t *params = json_pack("{s:i, s:s}", "protocol", PROTO_VERSION, "client",
        "signalbox " SIGNALBOX_VERSION);
    const char *ssh = getenv("SSH_CONNECTION"), *tty = ttyname(STDIN_FILENO);

    if (ssh != NULL && *ssh != '\0')
        json_object_set_new(params, "origin", json_stringn(ssh, strcspn(ssh, " ")));
    if (tty != NULL)
        json_object_set_new(params, "tty", json_string(str_starts(tty, "/dev/") ? tty + 5 : tty));
    return params;
}

static void start(struct link *l)
{
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&l->address, sizeof l->address) != 0) {
        explain(l, errno);
        return;
    }
    l->state = LINK_HELLO;
    ask(l, "hello", introduction(), on_hello, l, 0);
}

static void take_answer(struct link *l, const json_t *message)
{
    json_int_t id = json_integer_value(json_object_get(message, "id"));
    const json_t *error = json_object_get(message, "error");
    struct link_answer answer = { .result = json_object_get(message, "result") };
    struct asked asked = { 0 };

    for (int i = 0; i < LINK_ASKED_MAX; i++)
        if (id != 0 && l->asked[i].id == id) {
            asked = l->asked[i];
            l->asked[i].id = 0;
        }
    if (error != NULL) {
        const char *kind = json_text_or(error, "data.kind", "refused");

        answer.result = NULL;
        answer.code = (int)json_int_or(error, "code", PROTO_INTERNAL);
        answer.data = json_object_get(error, "data");
        err_set(&answer.err, err_kind_of(kind) == ERR_NONE ? ERR_REFUSED : err_kind_of(kind), "%s",
            json_text_or(error, "message", "refused"));
    } else if (answer.result == NULL) {
        answer.code = PROTO_INTERNAL;
        err_set(&answer.err, ERR_BUG, "the core answered without a result");
    }
    if (asked.done != NULL)
        asked.done(asked.ctx, asked.tag, &answer);
}

static void take_line(struct link *l, const char *line, size_t len)
{
    json_auto_t *message = json_read(line, len, "the core's answer", NULL);
    const char *method = json_text(message, "method");

    if (message == NULL) {
        go_down(l, "the core sent something else than JSON");
        return;
    }
    if (method == NULL)
        take_answer(l, message);
    else if (strcmp(method, "event") == 0 && l->ops != NULL && l->state == LINK_UP)
        l->ops->event(l->ctx, json_text_or(message, "params.topic", ""),
            json_at(message, "params.data"));
}

/* Takes whole lines out of l->in; a callback may end the connection. */
static void take_lines(struct link *l)
{
    size_t done = 0;

    while (l->fd >= 0 && done < l->in.len) {
        char *end = memchr(l->in.data + done, '\n', l->in.len - done);
        size_t len;

        if (end == NULL)
            break;
        len = (size_t)(end - (l->in.data + done));
        if (len > 0)
            take_line(l, l->in.data + done, len);
        done += len + 1;
    }
    if (l->fd < 0 || done == 0)
        return;
    l->in.len -= done;
    memmove(l->in.data, l->in.data + done, l->in.len + 1);
}

static void receive(struct link *l)
{
    char bytes[16384];

    while (l->fd >= 0) {
        ssize_t n = recv(l->fd, bytes, sizeof bytes, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            go_down(l, "the core closed the connection");
            return;
        }
        if (!str_add(&l->in, bytes, (size_t)n)) {
            go_down(l, "the core sent a line without end");
            return;
        }
        take_lines(l);
        if ((size_t)n < sizeof bytes)
            return; /* poll says when there is more */
    }
}

int link_prepare(struct link *l, struct pollfd *fd)
{
    int64_t ms = (l->retry_at - when_ticks() + 999) / 1000;

    *fd = (struct pollfd){ .fd = l->fd, .events = POLLIN };
    if (l->fd >= 0 && l->out.len > l->sent)
        fd->events |= POLLOUT;
    if (l->state != LINK_DOWN)
        return -1;
    return ms < 0 ? 0 : (int)ms;
}

void link_step(struct link *l, const struct pollfd *fd)
{
    if (l->state == LINK_DOWN) {
        if (when_ticks() >= l->retry_at)
            start(l);
        return;
    }
    if (fd->fd != l->fd)
        return;
    if (fd->revents & POLLOUT)
        flush(l);
    if (l->fd >= 0 && (fd->revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        receive(l);
}

struct call {
    bool done;
    int code;
    json_t *result;
    struct err err;
};

static void on_call(void *ctx, int tag, const struct link_answer *answer)
{
    struct call *call = ctx;

    (void)tag;
    call->done = true;
    call->code = answer->code;
    call->err = answer->err;
    if (answer->result != NULL)
        call->result = json_deep_copy(answer->result);
}

/* Steps until *done or the deadline. */
static bool wait_for(struct link *l, const bool *done, int64_t deadline)
{
    struct pollfd fd;

    while (!*done && l->fd >= 0 && when_ticks() < deadline) {
        link_prepare(l, &fd);
        if (poll(&fd, 1, (int)((deadline - when_ticks()) / 1000 + 1)) < 0 && errno != EINTR)
            return false;
        link_step(l, &fd);
    }
    return *done;
}

json_t *link_call(struct link *l, const char *method, json_t *params, int timeout_ms, int *code,
    struct err *err)
{
    struct call call = { .code = PROTO_INTERNAL };
    struct pollfd fd;
    int64_t deadline = when_ticks() + timeout_ms * INT64_C(1000);

    if (l->state == LINK_DOWN)
        start(l);
    while (l->state == LINK_HELLO && when_ticks() < deadline) {
        link_prepare(l, &fd);
        if (poll(&fd, 1, 100) < 0 && errno != EINTR)
            break;
        link_step(l, &fd);
    }
    if (code != NULL)
        *code = PROTO_INTERNAL;
    if (l->state != LINK_UP) {
        json_decref(params);
        err_set(err, ERR_BUSY, "%s", l->state == LINK_HELLO ? "the core does not answer" : l->why);
        return NULL;
    }
    if (!ask(l, method, params, on_call, &call, 0) || !wait_for(l, &call.done, deadline)) {
        link_forget(l, &call);
        err_set(err, ERR_BUSY, "%s: no answer from the core", method);
        return NULL;
    }
    if (code != NULL)
        *code = call.code;
    if (call.result == NULL && err != NULL)
        *err = call.err;
    return call.result;
}
