#include "tests/sandbox/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mutex.h"
#include "base/when.h"

struct worker {
    struct server *server;
    pthread_t thread;
    int fd; /* lock; -1: none */
};

struct server {
    struct server_options options;
    uint16_t port;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int listener;       /* lock */
    int64_t down_until; /* lock */
    bool stopping;      /* lock */
    unsigned count;
    struct worker workers[];
};

struct connection {
    struct server *server;
    int fd;
    char head[SERVER_HEAD_MAX + 1];
    size_t have; /* bytes in head, beyond the last request's too */
    char *body;
    bool close;
};

const char *request_header(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

void reply_text(struct reply *reply, int status, const char *reason, const char *type,
                const char *body)
{
    reply->status = status;
    reply->reason = reason;
    reply->type = type;
    str_reset(&reply->body);
    str_adds(&reply->body, body);
}

static int listen_on(uint16_t port, unsigned backlog, uint16_t *chosen, struct err *err)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        err_errno(err, ERR_BUSY, errno, "socket");
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, (int)backlog) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        err_errno(err, ERR_BUSY, errno, "listen on port %u", port);
        close(fd);
        return -1;
    }
    *chosen = ntohs(address.sin_port);
    return fd;
}

static unsigned backlog_of(const struct server *s)
{
    return s->options.keep_alive ? 256 : 8 * s->options.workers;
}

/* The listener to accept on, waiting out an outage; -1 when the server stops. */
static int listener_get(struct server *s)
{
    int fd;

    mutex_lock(&s->lock);
    while (!s->stopping && (s->listener < 0 || when_ticks() < s->down_until)) {
        if (when_ticks() < s->down_until) {
            cond_wait_until(&s->wake, &s->lock, s->down_until);
            continue;
        }
        s->listener = listen_on(s->port, backlog_of(s), &s->port, NULL);
        if (s->listener < 0)
            cond_wait_until(&s->wake, &s->lock, when_ticks() + 20000);
    }
    fd = s->stopping ? -1 : s->listener;
    mutex_unlock(&s->lock);
    return fd;
}

void server_outage(struct server *s, int64_t until)
{
    mutex_lock(&s->lock);
    s->down_until = until;
    if (s->listener >= 0) {
        shutdown(s->listener, SHUT_RDWR);
        close(s->listener);
        s->listener = -1;
    }
    pthread_cond_broadcast(&s->wake);
    mutex_unlock(&s->lock);
}

/* Reads what is there, at most room bytes. 0: closed or too late. */
static size_t take(int fd, char *to, size_t room, unsigned wait_ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    ssize_t got;

    if (poll(&p, 1, (int)wait_ms) != 1)
        return 0;
    got = recv(fd, to, room, 0);
    return got > 0 ? (size_t)got : 0;
}

static bool put(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* Splits the head in place. False: not HTTP. */
static bool head_parse(char *head, struct request *r, bool *http10)
{
    char *line = head, *save = NULL, *word;

    word = strtok_r(line, "\n", &save);
    if (word == NULL)
        return false;
    line = word;
    r->method = line;
    word = strchr(line, ' ');
    if (word == NULL)
        return false;
    *word++ = '\0';
    r->path = word;
    word = strchr(word, ' ');
    if (word == NULL || strncmp(word + 1, "HTTP/1.", 7) != 0)
        return false;
    *word = '\0';
    *http10 = word[8] == '0';
    r->query = "";
    word = strchr(r->path, '?');
    if (word != NULL) {
        *word = '\0';
        r->query = word + 1;
    }
    while ((line = strtok_r(NULL, "\n", &save)) != NULL) {
        char *end = line + strlen(line);

        while (end > line && (end[-1] == '\r' || end[-1] == ' '))
            *--end = '\0';
        if (*line == '\0')
            continue;
        word = strchr(line, ':');
        if (word == NULL || r->header_count == SERVER_HEADERS_MAX)
            return false;
        *word++ = '\0';
        word += strspn(word, " \t");
        r->headers[r->header_count++] = (struct server_header){ line, word };
    }
    return true;
}

/* Waits for the whole head; its length, or 0. */
static size_t head_wait(struct connection *c, unsigned first_ms)
{
    unsigned wait = first_ms;

    while (true) {
        char *end = c->have > 0 ? memmem(c->head, c->have, "\r\n\r\n", 4) : NULL;
        size_t got;

        if (end != NULL)
            return (size_t)(end - c->head) + 4;
        if (c->have == SERVER_HEAD_MAX)
            return 0;
        got = take(c->fd, c->head + c->have, SERVER_HEAD_MAX - c->have, wait);
        if (got == 0)
            return 0;
        c->have += got;
        wait = c->server->options.read_ms;
    }
}

/* One byte source over what was read with the head and what still comes. */
struct source {
    struct connection *c;
    size_t at, end;
    char buffer[16384];
    size_t buffer_at, buffer_len;
};

static int source_byte(struct source *s)
{
    if (s->at < s->end)
        return (unsigned char)s->c->head[s->at++];
    if (s->buffer_at == s->buffer_len) {
        s->buffer_len = take(s->c->fd, s->buffer, sizeof s->buffer, s->c->server->options.read_ms);
        s->buffer_at = 0;
        if (s->buffer_len == 0)
            return -1;
    }
    return (unsigned char)s->buffer[s->buffer_at++];
}

static bool chunk_size(struct source *s, size_t *size)
{
    char text[20];
    size_t len = 0;
    int c;

    while ((c = source_byte(s)) != '\n') {
        if (c < 0 || len == sizeof text - 1)
            return false;
        text[len++] = (char)c;
    }
    text[len] = '\0';
    *size = strtoul(text, NULL, 16);
    return len > 0 && strchr("0123456789abcdefABCDEF", text[0]) != NULL;
}

static bool body_chunked(struct source *s, struct str *body)
{
    size_t size;

    while (chunk_size(s, &size)) {
        if (size == 0)
            return source_byte(s) >= 0 && source_byte(s) >= 0;
        if (size > body->limit - body->len)
            return false;
        for (size_t i = 0; i < size; i++) {
            int c = source_byte(s);
            char byte = (char)c;

            if (c < 0 || !str_add(body, &byte, 1))
                return false;
        }
        if (source_byte(s) < 0 || source_byte(s) < 0)
            return false;
    }
    return false;
}

enum body_state { BODY_OK, BODY_SLOW, BODY_BAD, BODY_BIG };

static enum body_state body_read(struct connection *c, struct request *r, size_t head_len)
{
    const char *length = request_header(r, "Content-Length");
    const char *coding = request_header(r, "Transfer-Encoding");
    const char *expect = request_header(r, "Expect");
    struct source source = { .c = c, .at = head_len, .end = c->have };
    unsigned long long want = 0;
    size_t have = c->have - head_len;

    if (expect != NULL && strcasecmp(expect, "100-continue") == 0)
        put(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    if (coding != NULL) {
        AUTO_STR body = { 0 };
        bool good;

        str_init(&body, c->server->options.body_max);
        good = strcasecmp(coding, "chunked") == 0 && body_chunked(&source, &body);
        c->close = true;
        c->have = head_len;
        r->len = body.len;
        r->body = c->body = str_take(&body);
        return good && c->body != NULL ? BODY_OK : BODY_BAD;
    }
    if (length != NULL && !str_number(length, SIZE_MAX, &want))
        return BODY_BAD;
    if (want > c->server->options.body_max)
        return BODY_BIG;
    c->body = malloc((size_t)want + 1);
    if (c->body == NULL)
        return BODY_BIG;
    if (have > want)
        have = (size_t)want;
    memcpy(c->body, c->head + head_len, have);
    memmove(c->head + head_len, c->head + head_len + have, c->have - head_len - have);
    c->have -= have;
    while (have < want) {
        size_t got = take(c->fd, c->body + have, (size_t)want - have, c->server->options.read_ms);

        if (got == 0)
            break;
        have += got;
    }
    c->body[have] = '\0';
    r->body = c->body;
    r->len = have;
    return have == want ? BODY_OK : BODY_SLOW;
}

static const char *http_date(char *to, size_t size)
{
    time_t now = (time_t)(when_now() / WHEN_SECOND);
    struct tm tm;

    gmtime_r(&now, &tm);
    if (strftime(to, size, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
        to[0] = '\0';
    return to;
}

/* Until the other end closes, the time is over or the server stops (which shuts the socket). */
static void hang(struct connection *c, unsigned ms)
{
    int64_t until = when_ticks() + (int64_t)ms * 1000;
    char byte;

    while (when_ticks() < until) {
        struct pollfd p = { .fd = c->fd, .events = POLLIN | POLLRDHUP };

        if (poll(&p, 1, 100) == 1 && recv(c->fd, &byte, 1, MSG_PEEK) <= 0)
            return;
        if (p.revents != 0)
            poll(NULL, 0, 20);
    }
}

static bool put_file(int fd, const struct reply *reply)
{
    off_t at = (off_t)reply->from;
    int64_t left = reply->fate == REPLY_BREAK ? reply->len / 2 : reply->len;

    while (left > 0) {
        ssize_t sent = sendfile(fd, reply->file, &at, left > (1 << 20) ? (size_t)1 << 20 : (size_t)left);

        if (sent <= 0)
            return false;
        left -= sent;
    }
    return true;
}

static bool answer(struct connection *c, struct reply *reply)
{
    AUTO_STR out = { 0 };
    char date[64];
    size_t body = reply->fate == REPLY_BREAK ? reply->body.len / 2 : reply->body.len, length = reply->body.len;

    if (reply->fate == REPLY_DROP)
        return false;
    if (reply->fate == REPLY_HANG) {
        hang(c, reply->hang_ms);
        return false;
    }
    if (reply->file >= 0)
        length = (size_t)reply->len;
    str_init(&out, reply->body.len + SERVER_HEAD_MAX);
    str_addf(&out, "HTTP/1.%c %d %s\r\n", c->server->options.keep_alive ? '1' : '0', reply->status,
             reply->reason);
    if (c->server->options.software != NULL)
        str_addf(&out, "Server: %s\r\n", c->server->options.software);
    str_addf(&out, "Date: %s\r\n", http_date(date, sizeof date));
    if (reply->type != NULL)
        str_addf(&out, "Content-Type: %s\r\n", reply->type);
    str_addf(&out, "Content-Length: %zu\r\n", length);
    str_add(&out, reply->head.data, reply->head.len);
    str_addf(&out, "Connection: %s\r\n\r\n", c->close ? "close" : "keep-alive");
    if (reply->file >= 0)
        return put(c->fd, out.data, out.len) && put_file(c->fd, reply) && reply->fate == REPLY_SEND;
    str_add(&out, reply->body.data, body);
    return put(c->fd, out.data, out.len) && reply->fate == REPLY_SEND;
}

static void refuse(struct connection *c, enum body_state state)
{
    struct reply reply = { .file = -1 };

    str_init(&reply.head, 64);
    str_init(&reply.body, 512);
    c->close = true;
    if (state == BODY_BIG)
        reply_text(&reply, 413, "REQUEST ENTITY TOO LARGE", "text/html; charset=utf-8",
                   "<!doctype html>\n<title>413 Request Entity Too Large</title>\n");
    else
        reply_text(&reply, 400, "BAD REQUEST", "text/html; charset=utf-8",
                   "<!doctype html>\n<title>400 Bad Request</title>\n");
    answer(c, &reply);
    str_clear(&reply.head);
    str_clear(&reply.body);
}

/* One request on an open connection. False: close it. */
static bool serve_one(struct connection *c, unsigned first_ms)
{
    struct server *s = c->server;
    struct request r = { 0 };
    struct reply reply = { .status = 200, .reason = "OK", .file = -1 };
    size_t head_len = head_wait(c, first_ms);
    bool http10 = false, good;
    enum body_state state;
    const char *wish;

    if (head_len == 0)
        return false;
    c->head[head_len - 1] = '\0';
    if (memchr(c->head, '\0', head_len - 1) != NULL || !head_parse(c->head, &r, &http10)) {
        refuse(c, BODY_BAD);
        return false;
    }
    wish = request_header(&r, "Connection");
    c->close = !s->options.keep_alive || http10 || (wish != NULL && strcasecmp(wish, "close") == 0);
    state = body_read(c, &r, head_len);
    if (state == BODY_BAD || state == BODY_BIG) {
        refuse(c, state);
        return false;
    }
    r.slow = state == BODY_SLOW;
    str_init(&reply.head, 4096);
    str_init(&reply.body, (size_t)1 << 30);
    s->options.handle(s->options.ctx, &r, &reply);
    good = answer(c, &reply) && !c->close && !r.slow;
    if (reply.file >= 0)
        close(reply.file);
    str_clear(&reply.head);
    str_clear(&reply.body);
    c->have -= head_len;
    memmove(c->head, c->head + head_len, c->have);
    return good;
}

static bool worker_hold(struct worker *w, int fd)
{
    bool ok;

    mutex_lock(&w->server->lock);
    ok = !w->server->stopping || fd < 0;
    w->fd = ok ? fd : -1;
    mutex_unlock(&w->server->lock);
    return ok;
}

static void serve(struct worker *w, struct connection *c)
{
    unsigned first = w->server->options.read_ms;
    int yes = 1;

    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    c->have = 0;
    c->close = false;
    while (serve_one(c, first)) {
        free(c->body);
        c->body = NULL;
        first = w->server->options.idle_ms;
    }
    free(c->body);
    c->body = NULL;
    shutdown(c->fd, SHUT_WR);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    AUTO_FREE struct connection *c = calloc(1, sizeof *c);
    int listener;

    if (c == NULL)
        return NULL;
    c->server = w->server;
    while ((listener = listener_get(w->server)) >= 0) {
        c->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (c->fd < 0)
            continue;
        if (worker_hold(w, c->fd))
            serve(w, c);
        worker_hold(w, -1);
        close(c->fd);
    }
    return NULL;
}

struct server *server_start(const struct server_options *options, struct err *err)
{
    unsigned workers = options->workers;
    struct server *s;

    if (workers == 0 || workers > SERVER_WORKERS_MAX) {
        err_set(err, ERR_INVALID, "%u workers: 1 to %d are possible", workers, SERVER_WORKERS_MAX);
        return NULL;
    }
    s = calloc(1, sizeof *s + workers * sizeof s->workers[0]);
    if (s == NULL) {
        err_set(err, ERR_BUSY, "no memory for a server");
        return NULL;
    }
    s->options = *options;
    mutex_init(&s->lock);
    cond_init(&s->wake);
    s->listener = listen_on(options->port, backlog_of(s), &s->port, err);
    while (s->listener >= 0 && s->count < workers) {
        struct worker *w = &s->workers[s->count];

        *w = (struct worker){ .server = s, .fd = -1 };
        if (pthread_create(&w->thread, NULL, work, w) != 0) {
            err_set(err, ERR_BUSY, "start worker %u", s->count);
            break;
        }
        s->count++;
    }
    if (s->count < workers) {
        server_free(s);
        return NULL;
    }
    return s;
}

uint16_t server_port(const struct server *s)
{
    return s->port;
}

void server_free(struct server *s)
{
    if (s == NULL)
        return;
    mutex_lock(&s->lock);
    s->stopping = true;
    if (s->listener >= 0)
        shutdown(s->listener, SHUT_RDWR);
    for (unsigned i = 0; i < s->count; i++)
        if (s->workers[i].fd >= 0)
            shutdown(s->workers[i].fd, SHUT_RDWR);
    pthread_cond_broadcast(&s->wake);
    mutex_unlock(&s->lock);
    for (unsigned i = 0; i < s->count; i++)
        pthread_join(s->workers[i].thread, NULL);
    if (s->listener >= 0)
        close(s->listener);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->wake);
    free(s);
}
