#include "tests/console/fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "control/proto.h"
#include "tui/verbs.h"

bool fake_listen(struct fake *f)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    str_copy(address.sun_path, sizeof address.sun_path, f->path);
    unlink(f->path);
    f->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return f->listening >= 0 &&
        bind(f->listening, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(f->listening, FAKE_CLIENTS) == 0;
}

bool fake_start(struct fake *f, const char *socket_path, const char *snapshots)
{
    json_error_t error;

    memset(f, 0, sizeof *f);
    for (int i = 0; i < FAKE_CLIENTS; i++)
        f->clients[i].fd = -1;
    f->listening = -1;
    f->seed = 7;
    str_copy(f->path, sizeof f->path, socket_path);
    f->asked = json_array();
    f->shots = json_load_file(snapshots, 0, &error);
    if (f->shots == NULL)
        fprintf(stderr, "%s: %s\n", snapshots, error.text);
    return f->shots != NULL && fake_listen(f);
}

static void drop(struct fake *f, int i)
{
    if (f->clients[i].fd >= 0)
        close(f->clients[i].fd);
    free(f->clients[i].in);
    f->clients[i].fd = -1;
    f->clients[i].in = NULL;
    f->clients[i].len = 0;
}

void fake_close(struct fake *f)
{
    for (int i = 0; i < FAKE_CLIENTS; i++)
        drop(f, i);
    if (f->listening >= 0)
        close(f->listening);
    f->listening = -1;
    unlink(f->path);
}

void fake_free(struct fake *f)
{
    fake_close(f);
    json_decref(f->shots);
    json_decref(f->asked);
}

json_t *fake_shot(struct fake *f, const char *name)
{
    return json_object_get(f->shots, name);
}

int fake_asked(const struct fake *f, const char *method, const json_t **params)
{
    size_t i;
    json_t *one;
    int count = 0;

    json_array_foreach(f->asked, i, one)
        if (strcmp(json_text_or(one, "method", ""), method) == 0) {
            count++;
            if (params != NULL)
                *params = json_object_get(one, "params");
        }
    return count;
}

static void send_line(struct fake *f, int i, json_t *message)
{
    char *line = json_dumps(message, JSON_COMPACT);
    size_t len = line == NULL ? 0 : strlen(line), sent = 0;

    if (line == NULL)
        return;
    line[len++] = '\n';
    while (sent < len && f->clients[i].fd >= 0) {
        ssize_t n = send(f->clients[i].fd, line + sent, len - sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EAGAIN) {
            struct pollfd fd = { .fd = f->clients[i].fd, .events = POLLOUT };

            if (poll(&fd, 1, 1000) > 0)
                continue;
        }
        if (n < 0 && errno != EINTR)
            break;
        sent += n > 0 ? (size_t)n : 0;
    }
    free(line);
}

void fake_push(struct fake *f, const char *topic)
{
    json_auto_t *message = json_pack("{s:s, s:s, s:{s:s, s:O}}", "jsonrpc", "2.0", "method",
        "event", "params", "topic", topic, "data", fake_shot(f, topic));

    for (int i = 0; i < FAKE_CLIENTS; i++)
        if (f->clients[i].fd >= 0)
            send_line(f, i, message);
}

static json_t *result_of(struct fake *f, const char *method, const json_t *params)
{
    char key[64];
    json_t *shot;

    if (json_object_get(params, "after") != NULL) {
        snprintf(key, sizeof key, "%.50s after", method);
        shot = fake_shot(f, key);
        if (shot != NULL)
            return shot;
    }
    return fake_shot(f, method);
}

static bool is_type(const json_t *value, const char *type)
{
    return strcmp(type, "int") == 0      ? json_is_integer(value)
        : strcmp(type, "bool") == 0      ? json_is_boolean(value)
        : strcmp(type, "list") == 0      ? json_is_array(value)
        : strcmp(type, "object") == 0    ? json_is_object(value)
                                         : json_is_string(value);
}

/* The core takes no parameter that the method has not, none of another type, and misses none. */
static bool is_valid(const char *method, const json_t *params, char *why, size_t size)
{
    const struct verb *verb = verb_of(method);
    const char *at = verb == NULL ? "" : verb->params;
    struct verb_param param;
    size_t known = 0;

    while (verb_param(&at, &param)) {
        const json_t *value = json_object_get(params, param.name);

        known += value != NULL;
        if (value != NULL ? is_type(value, param.type) : param.optional)
            continue;
        snprintf(why, size, "%.40s: %s must be a %s", method, param.name, param.type);
        return false;
    }
    snprintf(why, size, "%.40s: a parameter that it has not", method);
    return verb == NULL || known == json_object_size(params);
}

static void answer(struct fake *f, int i, const char *line, size_t len)
{
    json_auto_t *request = json_loadb(line, len, 0, NULL), *reply = NULL;
    const char *method = json_text_or(request, "method", "");
    json_t *params = json_object_get(request, "params"), *result, *kept;
    char why[120];

    if (request == NULL)
        return;
    kept = json_deep_copy(request);
    json_array_append_new(f->asked, kept);
    if (f->silent)
        return;
    result = result_of(f, method, params);
    if (!is_valid(method, params, why, sizeof why))
        reply = json_pack("{s:s, s:O, s:{s:i, s:s}}", "jsonrpc", "2.0", "id",
            json_object_get(request, "id"), "error", "code", PROTO_PARAMS, "message", why);
    else if (json_is_object(json_object_get(result, "error")))
        reply = json_pack("{s:s, s:O, s:O}", "jsonrpc", "2.0", "id", json_object_get(request, "id"),
            "error", json_object_get(result, "error"));
    else if (result != NULL)
        reply = json_pack("{s:s, s:O, s:O}", "jsonrpc", "2.0", "id", json_object_get(request, "id"),
            "result", result);
    else
        reply = json_pack("{s:s, s:O, s:{s:i, s:s}}", "jsonrpc", "2.0", "id",
            json_object_get(request, "id"), "error", "code", PROTO_METHOD, "message", "no such method");
    send_line(f, i, reply);
    if (strcmp(method, "watch") == 0) {
        fake_push(f, "alerts");
        fake_push(f, "activity");
        fake_push(f, "overview");
    }
}

static void take(struct fake *f, int i)
{
    char *end;

    f->clients[i].in = f->clients[i].in == NULL ? malloc(PROTO_LINE_MAX) : f->clients[i].in;
    if (f->clients[i].in == NULL)
        return;
    ssize_t n = recv(f->clients[i].fd, f->clients[i].in + f->clients[i].len,
        PROTO_LINE_MAX - f->clients[i].len, 0);
    if (n <= 0) {
        drop(f, i);
        return;
    }
    f->clients[i].len += (size_t)n;
    while (f->clients[i].in != NULL &&
        (end = memchr(f->clients[i].in, '\n', f->clients[i].len)) != NULL) {
        size_t len = (size_t)(end - f->clients[i].in);

        answer(f, i, f->clients[i].in, len);
        if (f->clients[i].in == NULL)
            return;
        f->clients[i].len -= len + 1;
        memmove(f->clients[i].in, end + 1, f->clients[i].len);
    }
}

int fake_prepare(struct fake *f, struct pollfd *fds)
{
    fds[0] = (struct pollfd){ .fd = f->listening, .events = POLLIN };
    for (int i = 0; i < FAKE_CLIENTS; i++)
        fds[i + 1] = (struct pollfd){ .fd = f->clients[i].fd, .events = POLLIN };
    return FAKE_FDS;
}

void fake_step(struct fake *f, const struct pollfd *fds, int count)
{
    for (int i = 1; i < count; i++)
        if (fds[i].revents != 0 && f->clients[i - 1].fd == fds[i].fd)
            take(f, i - 1);
    if (count > 0 && fds[0].revents != 0 && fds[0].fd == f->listening && f->listening >= 0) {
        int fd = accept4(f->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        for (int i = 0; i < FAKE_CLIENTS && fd >= 0; i++)
            if (f->clients[i].fd < 0) {
                f->clients[i].fd = fd;
                return;
            }
        if (fd >= 0)
            close(fd);
    }
}

static int roll(struct fake *f, int sides)
{
    f->seed = f->seed * 1103515245u + 12345u;
    return (int)(f->seed >> 16 & 0x7FFF) % sides;
}

static void wobble(struct fake *f, json_t *object, const char *key, int by)
{
    json_t *value = json_object_get(object, key);
    int64_t n = json_integer_value(value) + roll(f, 2 * by + 1) - by;

    if (json_is_integer(value))
        json_integer_set(value, n < 0 ? 0 : n);
}

void fake_tick(struct fake *f)
{
    json_t *o = fake_shot(f, "overview"), *lane, *minutes;
    size_t i;
    int64_t now = json_int_or(o, "now", 0) + WHEN_SECOND;

    json_object_set_new(o, "now", json_integer(now));
    wobble(f, o, "backlog", 9);
    wobble(f, json_object_get(o, "workers"), "busy", 2);
    minutes = json_object_get(json_object_get(o, "orders"), "minutes");
    json_integer_set(json_array_get(minutes, 59), json_integer_value(json_array_get(minutes, 59)) + 2);
    json_array_foreach(json_object_get(o, "lanes"), i, lane) {
        json_t *spark = json_object_get(lane, "spark");

        if (json_int_or(lane, "ready", 0) == 0)
            continue;
        wobble(f, lane, "ready", 7);
        json_object_set_new(lane, "rate", json_real(json_real_or(lane, "rate", 0) + roll(f, 2) * 0.1));
        json_object_set_new(lane, "lag_us",
            json_integer(json_int_or(lane, "lag_us", 0) + roll(f, 3) * 100000));
        json_integer_set(json_array_get(spark, 29), json_integer_value(json_array_get(spark, 29)) + roll(f, 3));
        if (now / WHEN_SECOND % 10 == 0) {
            json_array_append_new(spark, json_integer(0));
            json_array_remove(spark, 0);
        }
    }
}
