/*
 * load.c - signed orders against a webhook receiver, as fast as it answers: every connection sends
 * the next order when the last one is answered. One thread, epoll. Which deliveries were answered
 * 200 is written to a file, so that a test can kill the receiver and look for each of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/when.h"
#include "tests/bench/load_order.h"

#define CONNECTIONS_MAX 4096
#define HEAD_MAX        1024
#define ANSWER_MAX      4096
#define LATENCIES_MAX   (64u << 20)
#define LAST_ANSWERS    (30 * WHEN_SECOND) /* how long the answers under way are waited for */

struct conn {
    int fd; /* -1: closed */
    uint64_t number;
    int64_t started;
    struct iovec parts[3]; /* head, shared start, end */
    size_t sent, in;
    bool waiting; /* an order is on its way */
    char head[HEAD_MAX], end[ORDER_END_MAX], answer[ANSWER_MAX + 1];
};

struct load {
    const char *host, *port, *path, *shop, *topic, *run, *acked_file, *secret;
    char url[512], run_own[32];
    unsigned connections;
    double seconds, warmup;
    size_t size;
    struct order_maker *maker;
    struct addrinfo *to;
    struct conn *conns;
    FILE *acked;
    uint32_t *latencies; /* microseconds, of the measured time only */
    size_t latency_count, latency_room;
    uint64_t next, answered, refused, broken;
    int64_t begin, measure, end;
    int epoll;
    bool gone; /* the receiver does not take connections any more */
};

static const char usage[] =
    "usage: load [OPTIONS] http://HOST:PORT/PATH\n"
    "Sends signed orders and prints requests per second and latencies as one line of JSON.\n"
    "The secret is read from the environment: SIGNALBOX_LOAD_SECRET.\n"
    "  --connections N   keep-alive connections (256)\n"
    "  --seconds S       how long it measures (10)\n"
    "  --warmup S        how long it sends before that (1)\n"
    "  --size BYTES      of each body (10240)\n"
    "  --shop DOMAIN     X-Shopify-Shop-Domain (bench.myshopify.com)\n"
    "  --topic TOPIC     X-Shopify-Topic (orders/create)\n"
    "  --run NAME        webhook ids are NAME-1, NAME-2, ... (random)\n"
    "  --acked FILE      webhook ids that were answered 200, one a line\n"
    "A receiver that goes away ends the run early; that is no failure.\n";

static bool conn_open(struct load *l, struct conn *c)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
    int one = 1;

    c->fd = socket(l->to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return false;
    if (connect(c->fd, l->to->ai_addr, l->to->ai_addrlen) != 0 ||
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
        fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) {
        close(c->fd);
        c->fd = -1;
        return false;
    }
    return true;
}

static void conn_close(struct conn *c)
{
    close(c->fd);
    c->fd = -1;
    c->waiting = false;
}

static void watch(struct load *l, struct conn *c, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = c };

    epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &event);
}

/* False: the connection is dead. */
static bool conn_write(struct load *l, struct conn *c)
{
    size_t all = c->parts[0].iov_len + c->parts[1].iov_len + c->parts[2].iov_len;
    bool held = c->sent > 0;

    while (c->sent < all) {
        struct iovec left[3];
        int count = 0;
        size_t skip = c->sent;
        ssize_t n;

        for (int i = 0; i < 3; i++) {
            if (skip >= c->parts[i].iov_len) {
                skip -= c->parts[i].iov_len;
                continue;
            }
            left[count].iov_base = (char *)c->parts[i].iov_base + skip;
            left[count++].iov_len = c->parts[i].iov_len - skip;
            skip = 0;
        }
        n = sendmsg(c->fd, &(struct msghdr){ .msg_iov = left, .msg_iovlen = (size_t)count },
                    MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            watch(l, c, EPOLLIN | EPOLLOUT);
            return true;
        }
        if (n < 0)
            return false;
        c->sent += (size_t)n;
    }
    if (held)
        watch(l, c, EPOLLIN);
    return true;
}

static bool conn_start(struct load *l, struct conn *c)
{
    char sign[ORDER_SIGN_MAX];
    size_t start_len, end_len;
    const char *start = order_start(l->maker, &start_len);
    int n;

    c->number = ++l->next;
    if (!order_end(l->maker, UINT64_C(6000000000000) + c->number, c->end, &end_len, sign))
        return false;
    n = snprintf(c->head, sizeof c->head,
                 "POST %s HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: application/json\r\n"
                 "Content-Length: %zu\r\nX-Shopify-Topic: %s\r\nX-Shopify-Hmac-Sha256: %s\r\n"
                 "X-Shopify-Shop-Domain: %s\r\nX-Shopify-API-Version: 2026-10\r\n"
                 "X-Shopify-Webhook-Id: %s-%llu\r\nX-Shopify-Event-Id: %s-e%llu\r\n"
                 "X-Shopify-Triggered-At: 2026-11-27T17:01:01.000000Z\r\n\r\n",
                 l->path, l->host, l->port, start_len + end_len, l->topic, sign, l->shop, l->run,
                 (unsigned long long)c->number, l->run, (unsigned long long)c->number);
    if (n < 0 || (size_t)n >= sizeof c->head)
        return false;
    c->parts[0] = (struct iovec){ c->head, (size_t)n };
    c->parts[1] = (struct iovec){ (void *)(uintptr_t)start, start_len };
    c->parts[2] = (struct iovec){ c->end, end_len };
    c->sent = c->in = 0;
    c->waiting = true;
    c->started = when_ticks();
    return conn_write(l, c);
}

/* Opens again what broke, unless nobody listens any more. */
static void conn_again(struct load *l, struct conn *c)
{
    conn_close(c);
    if (when_ticks() >= l->end || l->gone)
        return;
    if (!conn_open(l, c) || !conn_start(l, c)) {
        l->gone = true;
        if (c->fd >= 0)
            conn_close(c);
    }
}

static void remember(struct load *l, const struct conn *c, int status)
{
    int64_t now = when_ticks();

    if (status == 200 && l->acked != NULL)
        fprintf(l->acked, "%s-%llu\n", l->run, (unsigned long long)c->number);
    if (now < l->measure || now >= l->end)
        return;
    if (status != 200) {
        l->refused++;
        return;
    }
    l->answered++;
    if (l->latency_count == l->latency_room && l->latency_room < LATENCIES_MAX) {
        size_t room = l->latency_room == 0 ? 1 << 16 : l->latency_room * 2;
        uint32_t *more = realloc(l->latencies, room * sizeof *more);

        if (more == NULL)
            return;
        l->latencies = more;
        l->latency_room = room;
    }
    if (l->latency_count < l->latency_room)
        l->latencies[l->latency_count++] = (uint32_t)(now - c->started);
}

/* The status once the answer is complete, 0 before, -1 when it is not HTTP. */
static int answer_status(struct conn *c)
{
    const char *body, *length;
    size_t have, want;

    c->answer[c->in] = '\0';
    body = strstr(c->answer, "\r\n\r\n");
    if (body == NULL)
        return c->in == ANSWER_MAX ? -1 : 0;
    body += 4;
    have = c->in - (size_t)(body - c->answer);
    length = strcasestr(c->answer, "\r\ncontent-length:");
    want = length == NULL || length > body ? 0 : strtoul(length + 17, NULL, 10);
    if (strcasestr(c->answer, "\r\ntransfer-encoding:") != NULL &&
        strstr(body, "0\r\n\r\n") == NULL)
        return 0;
    if (have < want)
        return c->in == ANSWER_MAX ? -1 : 0;
    return strncmp(c->answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(c->answer + 9, NULL, 10) : -1;
}

static void conn_read(struct load *l, struct conn *c)
{
    ssize_t n = recv(c->fd, c->answer + c->in, ANSWER_MAX - c->in, 0);
    int status;

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        l->broken += c->waiting;
        conn_again(l, c);
        return;
    }
    c->in += (size_t)n;
    status = answer_status(c);
    if (status == 0)
        return;
    if (status > 0)
        remember(l, c, status);
    c->waiting = false;
    if (when_ticks() >= l->end)
        return;
    if (status < 0 || strcasestr(c->answer, "\r\nconnection: close") != NULL || !conn_start(l, c))
        conn_again(l, c);
}

static bool anything_under_way(const struct load *l)
{
    for (unsigned i = 0; i < l->connections; i++)
        if (l->conns[i].fd >= 0 && l->conns[i].waiting)
            return true;
    return false;
}

static bool run(struct load *l)
{
    struct epoll_event events[256];
    int64_t now = l->begin = when_ticks();

    l->measure = now + (int64_t)(l->warmup * (double)WHEN_SECOND);
    l->end = l->measure + (int64_t)(l->seconds * (double)WHEN_SECOND);
    for (unsigned i = 0; i < l->connections; i++)
        if (!conn_open(l, &l->conns[i]) || !conn_start(l, &l->conns[i])) {
            fprintf(stderr, "load: connection %u to %s: %s\n", i + 1, l->url,
                    strerrordesc_np(errno));
            return false;
        }
    while (!l->gone && (now < l->end || anything_under_way(l)) && now < l->end + LAST_ANSWERS) {
        int n = epoll_wait(l->epoll, events, 256, 100);

        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;

            if (c->fd < 0)
                continue;
            if ((events[i].events & EPOLLOUT) != 0 && !conn_write(l, c))
                conn_again(l, c);
            else if ((events[i].events & ~(uint32_t)EPOLLOUT) != 0)
                conn_read(l, c);
        }
        now = when_ticks();
    }
    return true;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static double percentile(const struct load *l, double share)
{
    size_t at = (size_t)((double)l->latency_count * share);

    return l->latency_count == 0 ? 0 : l->latencies[at < l->latency_count ? at : at - 1] / 1000.0;
}

static void report(struct load *l)
{
    int64_t until = when_ticks() < l->end ? when_ticks() : l->end;
    double seconds = (double)(until - l->measure) / (double)WHEN_SECOND;

    if (l->latency_count > 0)
        qsort(l->latencies, l->latency_count, sizeof l->latencies[0], by_size);
    printf("{\"answered\":%llu,\"refused\":%llu,\"broken\":%llu,\"gone\":%s,\"seconds\":%.2f,"
           "\"per_second\":%.0f,\"ms\":{\"p50\":%.2f,\"p99\":%.2f,\"max\":%.2f}}\n",
           (unsigned long long)l->answered, (unsigned long long)l->refused,
           (unsigned long long)l->broken, l->gone ? "true" : "false", seconds > 0 ? seconds : 0.0,
           seconds > 0 ? (double)l->answered / seconds : 0.0, percentile(l, 0.5),
           percentile(l, 0.99), percentile(l, 1.0));
}

/* http://HOST:PORT/PATH, cut in place. */
static bool take_url(struct load *l, const char *url)
{
    char *port, *slash;

    if (!str_starts(url, "http://") || !str_copy(l->url, sizeof l->url, url + 7))
        return false;
    slash = strchr(l->url, '/');
    port = strchr(l->url, ':');
    if (slash == NULL || port == NULL || port > slash)
        return false;
    l->path = url + 7 + (slash - l->url);
    *port++ = '\0';
    *slash = '\0';
    l->host = l->url;
    l->port = port;
    return true;
}

static bool take_number(const char *text, double least, double most, double *number)
{
    char *end;

    *number = strtod(text, &end);
    return end != text && *end == '\0' && *number >= least && *number <= most;
}

static bool take_options(struct load *l, int argc, char **argv)
{
    static const struct option options[] = { { "connections", required_argument, NULL, 'c' },
                                             { "seconds", required_argument, NULL, 's' },
                                             { "warmup", required_argument, NULL, 'w' },
                                             { "size", required_argument, NULL, 'b' },
                                             { "shop", required_argument, NULL, 'd' },
                                             { "topic", required_argument, NULL, 't' },
                                             { "run", required_argument, NULL, 'r' },
                                             { "acked", required_argument, NULL, 'a' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    double connections = 256, size = 10240;
    bool fine = true;
    int c;

    while (fine && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            fine = take_number(optarg, 1, CONNECTIONS_MAX, &connections);
            break;
        case 's':
            fine = take_number(optarg, 0.1, 86400, &l->seconds);
            break;
        case 'w':
            fine = take_number(optarg, 0, 3600, &l->warmup);
            break;
        case 'b':
            fine = take_number(optarg, 4096, 1 << 20, &size);
            break;
        case 'd':
            l->shop = optarg;
            break;
        case 't':
            l->topic = optarg;
            break;
        case 'r':
            l->run = optarg;
            break;
        case 'a':
            l->acked_file = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            fine = false;
        }
    }
    l->connections = (unsigned)connections;
    l->size = (size_t)size;
    l->secret = getenv("SIGNALBOX_LOAD_SECRET");
    return fine && optind == argc - 1 && take_url(l, argv[optind]) && l->secret != NULL;
}

static bool prepare(struct load *l)
{
    struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };

    if (getaddrinfo(l->host, l->port, &hints, &l->to) != 0) {
        fprintf(stderr, "load: no such address\n");
        return false;
    }
    if (l->acked_file != NULL && (l->acked = fopen(l->acked_file, "we")) == NULL) {
        fprintf(stderr, "load: %s: %s\n", l->acked_file, strerrordesc_np(errno));
        return false;
    }
    l->maker = order_maker_new(l->secret, l->size);
    l->conns = calloc(l->connections, sizeof l->conns[0]);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->maker != NULL && l->conns != NULL && l->epoll >= 0)
        return true;
    fprintf(stderr, "load: no memory for %u connections\n", l->connections);
    return false;
}

int main(int argc, char **argv)
{
    struct load l = {
        .shop = "bench.myshopify.com", .topic = "orders/create", .seconds = 10, .warmup = 1
    };
    bool done;

    snprintf(l.run_own, sizeof l.run_own, "b%llx%x", (unsigned long long)when_now(),
             (unsigned)getpid() & 0xfff);
    l.run = l.run_own;
    if (!take_options(&l, argc, argv)) {
        fputs(usage, stderr);
        return 2;
    }
    done = prepare(&l) && run(&l);
    if (done)
        report(&l);
    for (unsigned i = 0; l.conns != NULL && i < l.connections; i++)
        if (l.conns[i].fd > 0)
            close(l.conns[i].fd);
    if (l.acked != NULL && fclose(l.acked) != 0)
        done = false;
    if (l.to != NULL)
        freeaddrinfo(l.to);
    order_maker_free(l.maker);
    free(l.conns);
    free(l.latencies);
    return done ? 0 : 1;
}
