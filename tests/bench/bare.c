#include "tests/bench/bare.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/when.h"

#define ANSWER_MAX (32 << 20)

struct bare {
    const struct calls *calls;
    struct done *done; /* one for each chain, by its number */
    uint16_t port;
    atomic_size_t next;
    atomic_bool broken;
    pthread_mutex_t lock;
    struct err err; /* lock; the first trouble */
};

static int dial(uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool put(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* One request on its own connection, as Odoo wants it; the whole answer. */
static bool talk(uint16_t port, const struct str *body, struct str *answer)
{
    AUTO_CLOSE int fd = dial(port);
    char bytes[16384];
    AUTO_STR head;
    ssize_t n;

    str_init(&head, 512);
    str_addf(&head,
             "POST /jsonrpc HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\nConnection: close\r\n\r\n",
             port, body->len);
    if (fd < 0 || !put(fd, head.data, head.len) || !put(fd, body->data, body->len))
        return false;
    str_reset(answer);
    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
        str_add(answer, bytes, (size_t)n);
    return n == 0 && !answer->full && strstr(answer->data, "\"result\"") != NULL;
}

static void trouble(struct bare *b, size_t n, size_t call, const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");

    pthread_mutex_lock(&b->lock);
    if (!atomic_exchange(&b->broken, true))
        err_set(&b->err, ERR_BUG, "call %zu of chain %zu: %.200s", call + 1, n + 1,
                body != NULL ? body + 4 : "no answer");
    pthread_mutex_unlock(&b->lock);
}

static void *client(void *arg)
{
    struct bare *b = arg;
    int64_t ids[CALLS_ORDERS_MAX];
    AUTO_STR body, answer;
    size_t n;

    str_init(&body, ANSWER_MAX);
    str_init(&answer, ANSWER_MAX);
    while (!atomic_load(&b->broken) && (n = atomic_fetch_add(&b->next, 1)) < b->calls->count) {
        const struct chain *chain = &b->calls->chains[n];
        struct done *done = &b->done[n];
        size_t known = 0;

        done->began = when_ticks();
        for (size_t i = 0; i < chain->count; i++) {
            if (!call_write(&chain->calls[i], ids, known, &body) || !talk(b->port, &body, &answer)) {
                trouble(b, n, i, answer.data);
                return NULL;
            }
            if (i == 0 && chain->orders > 0)
                known = call_ids(answer.data, ids);
        }
        done->ended = when_ticks();
        done->orders = known;
    }
    return NULL;
}

bool bare_run(const struct calls *calls, uint16_t port, unsigned together, struct done *done,
              size_t *count, struct err *err)
{
    struct bare b = { .calls = calls, .done = done, .port = port };
    pthread_t threads[BARE_TOGETHER_MAX];
    unsigned started = 0;

    memset(done, 0, calls->count * sizeof done[0]);
    pthread_mutex_init(&b.lock, NULL);
    while (started < together && started < BARE_TOGETHER_MAX &&
           pthread_create(&threads[started], NULL, client, &b) == 0)
        started++;
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&b.lock);
    if (started < together)
        return err_set(err, ERR_BUSY, "only %u of %u threads started", started, together);
    if (atomic_load(&b.broken)) {
        *err = b.err;
        return false;
    }
    *count = 0;
    for (size_t i = 0; i < calls->count; i++)
        if (done[i].orders > 0)
            done[(*count)++] = done[i];
    return true;
}
