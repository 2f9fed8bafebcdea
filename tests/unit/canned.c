#include "tests/unit/canned.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define REQUEST_MAX (4 * 1024 * 1024)

struct canned {
    canned_answer *answer;
    void *ctx;
    int listener;
    pthread_t thread;
    atomic_bool stop;
    atomic_uint requests, connections;
    char url[64];
};

static bool wait_for(struct canned *c, int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    while (!atomic_load(&c->stop))
        if (poll(&p, 1, 20) > 0)
            return true;
    return false;
}

static size_t whole(const char *request, size_t len)
{
    const char *end = memmem(request, len, "\r\n\r\n", 4), *length;
    size_t body = 0;

    if (end == NULL)
        return SIZE_MAX;
    length = strcasestr(request, "\r\ncontent-length:");
    if (length != NULL && length < end)
        body = strtoul(length + 17, NULL, 10);
    return (size_t)(end - request) + 4 + body;
}

static bool read_request(struct canned *c, int fd, struct str *request)
{
    char buf[65536];

    str_reset(request);
    while (request->len < whole(request->data, request->len)) {
        ssize_t n;

        if (!wait_for(c, fd))
            return false;
        n = recv(fd, buf, sizeof buf, 0);
        if (n <= 0 || !str_add(request, buf, (size_t)n))
            return false;
    }
    return true;
}

static void send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        data += n;
        len -= (size_t)n;
    }
}

static void serve(struct canned *c, int fd)
{
    struct str request, reply;
    enum canned_end end = CANNED_KEEP;
    char rest;

    str_init(&request, REQUEST_MAX);
    str_init(&reply, REQUEST_MAX);
    while (end == CANNED_KEEP && read_request(c, fd, &request)) {
        unsigned n = atomic_load(&c->requests);

        str_reset(&reply);
        end = c->answer(c->ctx, n, request.data, &reply);
        atomic_store(&c->requests, n + 1);
        send_all(fd, reply.data, reply.len);
    }
    if (end == CANNED_RESET)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
    while (end == CANNED_HANG && wait_for(c, fd))
        if (recv(fd, &rest, 1, 0) <= 0)
            break;
    close(fd);
    str_clear(&request);
    str_clear(&reply);
}

static void *run(void *ctx)
{
    struct canned *c = ctx;

    while (wait_for(c, c->listener)) {
        int fd = accept(c->listener, NULL, NULL);

        atomic_fetch_add(&c->connections, 1);
        if (fd >= 0)
            serve(c, fd);
    }
    return NULL;
}

struct canned *canned_new(canned_answer *answer, void *ctx)
{
    struct canned *c = calloc(1, sizeof *c);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;

    if (c == NULL)
        abort();
    c->answer = answer;
    c->ctx = ctx;
    c->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->listener < 0 || bind(c->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(c->listener, 64) != 0 ||
        getsockname(c->listener, (struct sockaddr *)&at, &len) != 0 ||
        pthread_create(&c->thread, NULL, run, c) != 0)
        abort();
    snprintf(c->url, sizeof c->url, "http://127.0.0.1:%u", ntohs(at.sin_port));
    return c;
}

void canned_free(struct canned *c)
{
    if (c == NULL)
        return;
    atomic_store(&c->stop, true);
    pthread_join(c->thread, NULL);
    close(c->listener);
    free(c);
}

const char *canned_url(const struct canned *c)
{
    return c->url;
}

unsigned canned_requests(struct canned *c)
{
    return atomic_load(&c->requests);
}

unsigned canned_connections(struct canned *c)
{
    return atomic_load(&c->connections);
}

void canned_http(struct str *reply, int status, const char *type, const char *head,
                 const char *body)
{
    str_addf(reply, "HTTP/1.1 %d Whatever\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n",
             status, type, strlen(body), head);
    str_adds(reply, body);
}

const char *canned_body(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");

    return end != NULL ? end + 4 : "";
}
