/*
 * limit.c - what is possible: an epoll loop that reads a POST and checks its signature, and one
 * thread that writes all waiting deliveries in one commit (SQLite, WAL, synchronous=FULL) before
 * they are answered. No guard, no limits by source, no jobs: the least a receiver must do.
 *
 *     SIGNALBOX_LOAD_SECRET=... limit DATABASE      prints "listening PORT"; ends on SIGTERM
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX (64 * 1024)
#define EVENTS      256

struct conn {
    int fd;
    bool busy;         /* in the writer's hands, who may still read it */
    bool gone;         /* its client left meanwhile, or sent more than it should */
    bool stored;       /* the writer's verdict */
    size_t in;         /* bytes of the request so far */
    size_t body, size; /* where the body starts, how long it is; 0 before the head is complete */
    char id[128], topic[64], shop[128];
    struct conn *next; /* in one of the two lists below */
    char request[REQUEST_MAX + 1];
};

struct limit {
    const char *secret;
    int epoll, listener, wake;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct conn *waiting, **waiting_end; /* to be written */
    struct conn *done;                   /* committed, to be answered */
    bool ending;
    sqlite3 *db;
    sqlite3_stmt *insert;
};

static volatile sig_atomic_t ended;

static void on_term(int sig)
{
    (void)sig;
    ended = 1;
}

static bool exec(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool open_database(struct limit *l, const char *path)
{
    return sqlite3_open_v2(path, &l->db,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                           NULL) == SQLITE_OK &&
           exec(l->db, "PRAGMA journal_mode=WAL") && exec(l->db, "PRAGMA synchronous=FULL") &&
           exec(l->db, "CREATE TABLE IF NOT EXISTS inbox (webhook_id TEXT PRIMARY KEY,"
                       " topic TEXT NOT NULL, shop TEXT NOT NULL, body TEXT NOT NULL) STRICT") &&
           sqlite3_prepare_v3(l->db, "INSERT OR IGNORE INTO inbox VALUES (?, ?, ?, ?)", -1,
                              SQLITE_PREPARE_PERSISTENT, &l->insert, NULL) == SQLITE_OK;
}

static bool insert(struct limit *l, const struct conn *c)
{
    bool done;

    sqlite3_bind_text(l->insert, 1, c->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(l->insert, 2, c->topic, -1, SQLITE_STATIC);
    sqlite3_bind_text(l->insert, 3, c->shop, -1, SQLITE_STATIC);
    sqlite3_bind_text(l->insert, 4, c->request + c->body, (int)c->size, SQLITE_STATIC);
    done = sqlite3_step(l->insert) == SQLITE_DONE;
    sqlite3_reset(l->insert);
    return done;
}

/* Everything that waits goes into one commit. */
static void *writer(void *arg)
{
    struct limit *l = arg;

    pthread_mutex_lock(&l->lock);
    while (!l->ending || l->waiting != NULL) {
        struct conn *batch = l->waiting, *last = NULL;
        bool stored;

        if (batch == NULL) {
            pthread_cond_wait(&l->more, &l->lock);
            continue;
        }
        l->waiting = NULL;
        l->waiting_end = &l->waiting;
        pthread_mutex_unlock(&l->lock);
        stored = exec(l->db, "BEGIN IMMEDIATE");
        for (struct conn *c = batch; c != NULL; c = c->next) {
            stored = stored && insert(l, c);
            last = c;
        }
        stored = stored && exec(l->db, "COMMIT");
        if (!stored)
            exec(l->db, "ROLLBACK");
        for (struct conn *c = batch; c != NULL; c = c->next)
            c->stored = stored;
        pthread_mutex_lock(&l->lock);
        last->next = l->done;
        l->done = batch;
        eventfd_write(l->wake, 1);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* The value of a header, or "". */
static void header(const struct conn *c, const char *name, char *to, size_t size)
{
    const char *at = strcasestr(c->request, name);
    size_t n;

    to[0] = '\0';
    if (at == NULL || at >= c->request + c->body)
        return;
    at += strlen(name);
    at += strspn(at, " ");
    n = strcspn(at, "\r\n");
    if (n < size) {
        memcpy(to, at, n);
        to[n] = '\0';
    }
}

static bool signature_holds(const struct limit *l, const struct conn *c)
{
    char given[64], own[64];
    unsigned char sum[32];
    unsigned len = 0;

    header(c, "\r\nx-shopify-hmac-sha256:", given, sizeof given);
    HMAC(EVP_sha256(), l->secret, (int)strlen(l->secret),
         (const unsigned char *)c->request + c->body, c->size, sum, &len);
    EVP_EncodeBlock((unsigned char *)own, sum, (int)len);
    return strlen(given) == strlen(own) && CRYPTO_memcmp(given, own, strlen(own)) == 0;
}

static void drop(struct conn *c)
{
    close(c->fd);
    free(c);
}

static void answer(struct conn *c, const char *status)
{
    char text[128];
    int n = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", status);

    c->in = c->body = c->size = 0;
    if (send(c->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
        shutdown(c->fd, SHUT_RDWR); /* epoll brings the end */
}

static void accepted(struct limit *l)
{
    int fd, one = 1;

    while ((fd = accept4(l->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct conn *c = calloc(1, sizeof *c);
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (c == NULL || epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
            free(c);
            close(fd);
            continue;
        }
        c->fd = fd;
    }
}

/* Head and body complete? Then to the writer. A client that pipelines is not served. */
static void readable(struct limit *l, struct conn *c)
{
    char length[16];
    ssize_t n;

    if (c->busy) {
        c->gone = true;
        epoll_ctl(l->epoll, EPOLL_CTL_DEL, c->fd, NULL);
        return;
    }
    n = recv(c->fd, c->request + c->in, REQUEST_MAX - c->in, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        drop(c);
        return;
    }
    c->in += (size_t)n;
    c->request[c->in] = '\0';
    if (c->body == 0) {
        const char *end = strstr(c->request, "\r\n\r\n");

        if (end == NULL)
            return;
        c->body = (size_t)(end - c->request) + 4;
        header(c, "\r\ncontent-length:", length, sizeof length);
        c->size = strtoul(length, NULL, 10);
        header(c, "\r\nx-shopify-webhook-id:", c->id, sizeof c->id);
        header(c, "\r\nx-shopify-topic:", c->topic, sizeof c->topic);
        header(c, "\r\nx-shopify-shop-domain:", c->shop, sizeof c->shop);
    }
    if (c->body + c->size > REQUEST_MAX) {
        drop(c);
        return;
    }
    if (c->in < c->body + c->size)
        return;
    if (c->id[0] == '\0' || !signature_holds(l, c)) {
        answer(c, "401 Unauthorized");
        return;
    }
    c->next = NULL;
    c->busy = true;
    pthread_mutex_lock(&l->lock);
    *l->waiting_end = c;
    l->waiting_end = &c->next;
    pthread_cond_signal(&l->more);
    pthread_mutex_unlock(&l->lock);
}

static void committed(struct limit *l)
{
    eventfd_t count;
    struct conn *c;

    eventfd_read(l->wake, &count);
    pthread_mutex_lock(&l->lock);
    c = l->done;
    l->done = NULL;
    pthread_mutex_unlock(&l->lock);
    while (c != NULL) {
        struct conn *next = c->next;

        c->busy = false;
        if (c->gone)
            drop(c);
        else
            answer(c, c->stored ? "200 OK" : "503 Service Unavailable");
        c = next;
    }
}

static bool open_sockets(struct limit *l)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct epoll_event listen_event = { .events = EPOLLIN, .data.ptr = &l->listener };
    struct epoll_event wake_event = { .events = EPOLLIN, .data.ptr = &l->wake };
    socklen_t len = sizeof at;

    l->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (l->listener < 0 || l->epoll < 0 || l->wake < 0 ||
        bind(l->listener, (struct sockaddr *)&at, len) != 0 || listen(l->listener, 1024) != 0 ||
        getsockname(l->listener, (struct sockaddr *)&at, &len) != 0 ||
        epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->listener, &listen_event) != 0 ||
        epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->wake, &wake_event) != 0)
        return false;
    printf("listening %u\n", ntohs(at.sin_port));
    return fflush(stdout) == 0;
}

static void loop(struct limit *l)
{
    struct epoll_event events[EVENTS];

    while (!ended) {
        int n = epoll_wait(l->epoll, events, EVENTS, 500);

        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &l->listener)
                accepted(l);
            else if (events[i].data.ptr == &l->wake)
                committed(l);
            else
                readable(l, events[i].data.ptr);
        }
    }
}

int main(int argc, char **argv)
{
    struct limit l = { .secret = getenv("SIGNALBOX_LOAD_SECRET"),
                       .lock = PTHREAD_MUTEX_INITIALIZER,
                       .more = PTHREAD_COND_INITIALIZER };
    pthread_t thread;

    if (argc != 2 || argv[1][0] == '-' || l.secret == NULL) {
        fputs("usage: SIGNALBOX_LOAD_SECRET=... limit DATABASE\n", stderr);
        return 2;
    }
    l.waiting_end = &l.waiting;
    signal(SIGTERM, on_term);
    signal(SIGINT, on_term);
    if (!open_database(&l, argv[1]) || !open_sockets(&l) ||
        pthread_create(&thread, NULL, writer, &l) != 0) {
        fprintf(stderr, "limit: cannot start: %s\n", l.db ? sqlite3_errmsg(l.db) : "no memory");
        return 1;
    }
    loop(&l);
    pthread_mutex_lock(&l.lock);
    l.ending = true;
    pthread_cond_signal(&l.more);
    pthread_mutex_unlock(&l.lock);
    pthread_join(thread, NULL);
    sqlite3_finalize(l.insert);
    sqlite3_close(l.db);
    return 0;
}
