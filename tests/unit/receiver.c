/* receiver.c - the real receiver on a real socket, with a real store behind it. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/webhook.h"
#include "store/alerts.h"
#include "store/cursors.h"
#include "store/inbox.h"
#include "store/jobs.h"
#include "store/secrets.h"
#include "tests/unit/stand.h"
#include "webhook/metrics.h"
#include "webhook/recall.h"
#include "webhook/receiver.h"

#define ANSWER_MS 20000 /* no test waits so long unless something is broken */

static const struct route routes[] = {
    { "orders/create", "order_in", "orders", "order", "id", "name", 0, false },
    { "orders/edited", "order_in", "orders", "order", "order_edit.order_id", NULL, 0, false },
};

struct fixture {
    struct stand stand;
    struct receiver *receiver;
};

static void start(struct fixture *f)
{
    struct receiver_options options = { .address = "127.0.0.1:0",
                                        .connections = 300,
                                        .routes = routes,
                                        .route_count = sizeof routes / sizeof routes[0],
                                        .store = f->stand.store,
                                        .seal = f->stand.seal };
    struct err err = { .kind = ERR_NONE };

    f->receiver = receiver_new(&options, f->stand.db, &err);
    if (f->receiver == NULL)
        fail_msg("%s", err.text);
}

static int open_all(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    stand_open(&f->stand);
    stand_setting(&f->stand, SETTING_rate_per_source, "0");
    stand_setting(&f->stand, SETTING_rate_total, "0");
    start(f);
    *state = f;
    return 0;
}

static int close_all(void **state)
{
    struct fixture *f = *state;

    receiver_free(f->receiver);
    stand_close(&f->stand);
    free(f);
    return 0;
}

static void reload(struct fixture *f)
{
    struct err err = { .kind = ERR_NONE };

    if (!receiver_reload(f->receiver, f->stand.db, &err))
        fail_msg("%s", err.text);
}

/* ---- raw HTTP ---- */

static int dial(unsigned port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Sends what the other side takes: it may close while we still talk. */
static void say(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        at += n;
        len -= (size_t)n;
    }
}

/* One answer: its status, 0 if the connection was closed without one. body may be NULL. */
static unsigned hear(int fd, struct str *body)
{
    char buf[65536];
    size_t len = 0;
    unsigned status = 0, length = 0;
    char *end = NULL, *field;

    for (;;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ssize_t n;

        buf[len] = '\0';
        end = strstr(buf, "\r\n\r\n");
        if (end != NULL) {
            assert_int_equal(sscanf(buf, "HTTP/1.%*c %u", &status), 1);
            field = strcasestr(buf, "\r\nContent-Length:");
            if (field != NULL)
                sscanf(field + 17, "%u", &length);
            if (status == 100) { /* go on: not the answer yet */
                memmove(buf, end + 4, len - (size_t)(end + 4 - buf));
                len -= (size_t)(end + 4 - buf);
                continue;
            }
            if (len >= (size_t)(end + 4 - buf) + length)
                break;
        }
        assert_int_equal(poll(&p, 1, ANSWER_MS), 1);
        n = recv(fd, buf + len, sizeof buf - 1 - len, 0);
        if (n <= 0)
            return 0;
        len += (size_t)n;
    }
    if (body != NULL)
        str_add(body, end + 4, length);
    return status;
}

static unsigned ask(struct fixture *f, const void *data, size_t len)
{
    int fd = dial(receiver_port(f->receiver));
    unsigned status;

    say(fd, data, len);
    status = hear(fd, NULL);
    close(fd);
    return status;
}

struct order {
    const char *topic, *shop, *id, *secret, *signature, *extra, *type, *body;
};

/* A whole delivery as Shopify sends it, with what the test wants otherwise. */
static void write_order(struct str *out, const struct order *o)
{
    const char *body = o->body != NULL ? o->body : "{\"id\":5512345,\"name\":\"#1042\"}";
    char signature[WEBHOOK_SIGNATURE_MAX];

    webhook_sign(body, strlen(body), o->secret != NULL ? o->secret : STAND_SECRET, signature);
    str_addf(out,
             "POST /shopify/webhook HTTP/1.1\r\nHost: hooks.example.com\r\n"
             "Content-Type: %s\r\nContent-Length: %zu\r\nX-Shopify-Topic: %s\r\n"
             "X-Shopify-Shop-Domain: %s\r\nX-Shopify-Webhook-Id: %s\r\n"
             "X-Shopify-Hmac-Sha256: %s\r\n%s\r\n%s",
             o->type != NULL ? o->type : "application/json", strlen(body),
             o->topic != NULL ? o->topic : "orders/create", o->shop != NULL ? o->shop : STAND_SHOP,
             o->id != NULL ? o->id : "wh-1", o->signature != NULL ? o->signature : signature,
             o->extra != NULL ? o->extra : "", body);
}

static unsigned deliver(struct fixture *f, const struct order *o)
{
    AUTO_STR out;

    str_init(&out, 16 << 20);
    write_order(&out, o);
    assert_false(out.full);
    return ask(f, out.data, out.len);
}

/* ---- what is in the store ---- */

static size_t inbox(struct fixture *f, int verdict, struct hook *rows, size_t room)
{
    struct inbox_filter filter = { .verdict = verdict };
    struct err err = { .kind = ERR_NONE };
    size_t count = room;
    int64_t next;

    if (!inbox_list(f->stand.db, &filter, rows, &count, &next, &err))
        fail_msg("%s", err.text);
    return count;
}

static size_t accepted(struct fixture *f)
{
    struct hook *rows = calloc(500, sizeof *rows);
    size_t count = inbox(f, INBOX_OK, rows, 500);

    free(rows);
    return count;
}

/* Refused ones are written without waiting: one more commit behind them, and they are there. */
static bool nothing(struct db *db, void *ctx, struct err *err)
{
    (void)db;
    (void)ctx;
    (void)err;
    return true;
}

static size_t refused(struct fixture *f, struct hook *rows, size_t room)
{
    struct err err = { .kind = ERR_NONE };

    assert_true(store_do(f->stand.store, nothing, NULL, &err));
    return inbox(f, INBOX_REJ, rows, room);
}

/* ---- the tests ---- */

static void an_order_is_on_disk_with_its_job_before_it_is_answered(void **state)
{
    struct fixture *f = *state;
    struct hook hook;
    struct job job;
    struct err err = { .kind = ERR_NONE };
    char *body = NULL, *headers = NULL;
    size_t len;

    assert_int_equal(
        deliver(f, &(struct order){ .id = "wh-a", .extra = "X-Shopify-Event-Id: ev-1\r\n" }), 200);
    assert_int_equal(inbox(f, -1, &hook, 1), 1);
    assert_int_equal(hook.verdict, INBOX_OK);
    assert_int_equal(hook.backend, f->stand.backend);
    assert_string_equal(hook.topic, "orders/create");
    assert_string_equal(hook.object, "#1042");
    assert_string_equal(hook.webhook_id, "wh-a");
    assert_string_equal(hook.event_id, "ev-1");
    assert_string_equal(hook.source, "127.0.0.1");
    assert_true(jobs_get(f->stand.db, hook.job, &job, &err));
    assert_string_equal(job.kind, "order_in");
    assert_string_equal(job.lane, "orders");
    assert_string_equal(job.record, "order:5512345");
    assert_string_equal(job.title, "#1042");
    assert_int_equal(job.state, JOB_READY);
    assert_int_equal(job.inbox, hook.id);
    assert_true(inbox_get(f->stand.db, hook.id, &hook, &headers, &body, &len, &err));
    assert_int_equal(len, 29);
    assert_memory_equal(body, "{\"id\":5512345,\"name\":\"#1042\"}", 29);
    assert_non_null(strstr(headers, "[\"X-Shopify-Topic\",\"orders/create\"]"));
    free(body);
    free(headers);
}

static void a_repeat_is_answered_200_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct hook rows[4];
    struct jobs_filter filter = { .state = -1 };
    struct job jobs[4];
    struct err err = { .kind = ERR_NONE };
    size_t count = 4;
    int64_t next;

    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(deliver(f, &(struct order){ .id = "wh-dup" }), 200);
    assert_int_equal(inbox(f, INBOX_OK, rows, 4), 1);
    assert_int_equal(inbox(f, INBOX_DUP, rows, 4), 2);
    assert_true(jobs_list(f->stand.db, &filter, jobs, &count, &next, &err));
    assert_int_equal(count, 1);
    /* the same id under another topic is another delivery */
    assert_int_equal(deliver(f, &(struct order){ .id = "wh-dup", .topic = "orders/edited" }), 200);
    assert_int_equal(inbox(f, INBOX_OK, rows, 4), 2);
}

static void only_the_two_secrets_sign(void **state)
{
    struct fixture *f = *state;
    struct hook hook;
    static const char *bad[] = { "", "AAAA", "not base64 at all",
                                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };

    assert_int_equal(deliver(f, &(struct order){ .secret = "wrong", .id = "h-0" }), 401);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(deliver(f, &(struct order){ .signature = bad[i], .id = "h-1" }), 401);
    assert_int_equal(accepted(f), 0);
    assert_int_equal(deliver(f, &(struct order){ .id = "h-2" }), 200);

    /* rotation: old and new are good for a while, then the old one goes */
    stand_secret(&f->stand, SECRET_WEBHOOK, "brand-new-secret");
    assert_int_equal(deliver(f, &(struct order){ .secret = "brand-new-secret", .id = "h-3" }), 401);
    reload(f);
    assert_int_equal(deliver(f, &(struct order){ .secret = "brand-new-secret", .id = "h-4" }), 200);
    assert_int_equal(deliver(f, &(struct order){ .id = "h-5" }), 200);
    stand_secret(&f->stand, SECRET_WEBHOOK, "newer-still");
    reload(f);
    assert_int_equal(deliver(f, &(struct order){ .id = "h-6" }), 401);
    assert_int_equal(refused(f, &hook, 1), 1);
    assert_string_equal(hook.reason, "signature");
    assert_int_equal(hook.job, 0);
}

static void one_changed_byte_breaks_the_signature(void **state)
{
    struct fixture *f = *state;
    AUTO_STR out;

    str_init(&out, 4096);
    write_order(&out, &(struct order){ .id = "c-1" });
    out.data[out.len - 3] ^= 1;
    assert_int_equal(ask(f, out.data, out.len), 401);
    assert_int_equal(accepted(f), 0);
}

static void what_nobody_asked_for_is_refused_with_the_right_status(void **state)
{
    struct fixture *f = *state;
    static const struct {
        struct order order;
        unsigned status;
        const char *reason;
    } rows[] = {
        { { .shop = "other.myshopify.com" }, 401, "unknown-shop" },
        { { .topic = "carts/create" }, 404, "topic" },
        { { .type = "text/plain" }, 415, "type" },
        { { .type = "application/jsonx" }, 415, "type" },
        { { .id = "" }, 400, "no-id" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hook hook;

        assert_int_equal(deliver(f, &rows[i].order), rows[i].status);
        assert_int_equal(refused(f, &hook, 1), 1);
        assert_string_equal(hook.reason, rows[i].reason);
        assert_string_equal(hook.source, "127.0.0.1");
    }
    assert_int_equal(accepted(f), 0);
    assert_int_equal(deliver(f, &(struct order){ .type = "application/json; charset=utf-8" }), 200);
}

/* ---- Odoo's hints ---- */

static unsigned hint(struct fixture *f, const char *method, const char *secret)
{
    AUTO_STR text;

    str_init(&text, 4096);
    str_addf(&text,
             "%s /odoo/hint/%s HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
             "Content-Length: 13\r\n\r\n{\"_id\": 4711}",
             method, secret);
    return ask(f, text.data, text.len);
}

struct looking {
    int64_t backend, id;
};

/* A look that is due in an hour. */
static bool look_later(struct db *db, void *ctx, struct err *err)
{
    struct looking *l = ctx;
    struct job_new job = { .backend = l->backend, .lane = "polls", .kind = "odoo.poll",
                           .record = "poll:stock", .priority = 1, .due = when_now() + WHEN_HOUR,
                           .payload = "" };

    return jobs_add(db, &job, &l->id, NULL, err);
}

static void a_hint_of_odoo_makes_the_next_look_come_sooner_and_nothing_else(void **state)
{
    struct fixture *f = *state;
    struct looking l = { .backend = f->stand.backend };
    struct err err = { .kind = ERR_NONE };
    struct hook hook;
    struct job job;

    assert_true(store_do(f->stand.store, look_later, &l, &err));
    assert_int_equal(hint(f, "POST", "no-secret-is-set"), 404);
    stand_secret(&f->stand, SECRET_ODOO_HINT, "a-long-word-for-hints");
    reload(f);
    assert_int_equal(hint(f, "POST", ""), 404);
    assert_int_equal(hint(f, "POST", "a-long-word-for-hint"), 404);
    assert_int_equal(refused(f, &hook, 1), 1);
    assert_string_equal(hook.reason, "path"); /* as anybody who knows no address */
    assert_true(jobs_get(f->stand.db, l.id, &job, &err));
    assert_true(job.due > when_now());
    assert_int_equal(hint(f, "GET", "a-long-word-for-hints"), 404);
    assert_int_equal(hint(f, "POST", "a-long-word-for-hints"), 200);
    for (int i = 0; i < 5000 && job.due > when_now(); i++) {
        usleep(1000);
        assert_true(jobs_get(f->stand.db, l.id, &job, &err));
    }
    assert_true(job.due <= when_now());
    assert_int_equal(job.state, JOB_READY);
    assert_int_equal(hint(f, "POST", "a-long-word-for-hints"), 200);
    assert_int_equal(accepted(f), 0); /* it is no delivery */
}

static void a_topic_without_a_flow_is_kept_and_visible(void **state)
{
    struct fixture *f = *state;
    struct hook hook;
    struct job job;
    struct err err = { .kind = ERR_NONE };

    assert_int_equal(
        deliver(f, &(struct order){ .topic = "products/update", .body = "{\"id\":7}" }), 200);
    assert_int_equal(inbox(f, INBOX_OK, &hook, 1), 1);
    assert_true(jobs_get(f->stand.db, hook.job, &job, &err));
    assert_int_equal(job.state, JOB_NOFLOW);
    assert_string_equal(job.record, "product:7");
    assert_string_equal(job.kind, "products/update");
}

static void a_signed_body_that_is_no_json_is_kept_for_a_job_to_name(void **state)
{
    struct fixture *f = *state;
    static const char *bodies[] = { "not json", "{}", "[1]", "{\"id\":12345678901234567890}",
                                    "{\"id\":null}" };
    struct hook hook;
    struct job job;
    struct err err = { .kind = ERR_NONE };

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char id[8];

        snprintf(id, sizeof id, "b-%zu", i);
        assert_int_equal(deliver(f, &(struct order){ .body = bodies[i], .id = id }), 200);
        assert_int_equal(inbox(f, INBOX_OK, &hook, 1), 1);
        assert_true(jobs_get(f->stand.db, hook.job, &job, &err));
        assert_string_equal(job.record, "");
        assert_int_equal(job.state, JOB_READY);
    }
    assert_int_equal(accepted(f), sizeof bodies / sizeof bodies[0]);
}

#define HEAD "POST /shopify/webhook HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define JSON "Content-Type: application/json\r\n"
#define WHO                                                                                        \
    "X-Shopify-Topic: orders/create\r\nX-Shopify-Shop-Domain: " STAND_SHOP                         \
    "\r\nX-Shopify-Webhook-Id: odd\r\nX-Shopify-Hmac-Sha256: AAAA\r\n"
#define SMUGGLED "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"

/* status2: another good answer; 0 stands for: closed without a word. */
static const struct odd {
    const char *name, *bytes;
    unsigned status, status2;
} odd[] = {
    { "length beside an encoding",
      HEAD HOST JSON WHO
      "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
      400, 400 },
    { "encoding beside a length",
      HEAD HOST JSON WHO
      "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n" SMUGGLED,
      400, 400 },
    { "two lengths", HEAD HOST JSON WHO "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400,
      400 },
    { "the same length twice",
      HEAD HOST JSON WHO "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400, 400 },
    { "a list of lengths", HEAD HOST JSON WHO "Content-Length: 2, 2\r\n\r\n{}", 400, 400 },
    { "a plus before the length", HEAD HOST JSON WHO "Content-Length: +2\r\n\r\n{}", 400, 400 },
    { "a minus before the length", HEAD HOST JSON WHO "Content-Length: -2\r\n\r\n{}", 400, 400 },
    { "a hexadecimal length", HEAD HOST JSON WHO "Content-Length: 0x2\r\n\r\n{}", 400, 400 },
    { "no number as length", HEAD HOST JSON WHO "Content-Length: two\r\n\r\n{}", 400, 400 },
    { "an empty length", HEAD HOST JSON WHO "Content-Length: \r\n\r\n{}", 400, 400 },
    { "a length of 2^64 + 5", HEAD HOST JSON WHO "Content-Length: 18446744073709551621\r\n\r\n{}",
      413, 400 },
    { "a blank before the colon", HEAD HOST JSON WHO "Content-Length : 2\r\n\r\n{}", 400, 400 },
    { "a blank in a name", HEAD HOST JSON WHO "X Y: 1\r\nContent-Length: 2\r\n\r\n{}", 400, 400 },
    { "a name with brackets", HEAD HOST JSON WHO "X[1]: 1\r\nContent-Length: 2\r\n\r\n{}", 400,
      400 },
    { "no host", HEAD JSON WHO "Content-Length: 2\r\n\r\n{}", 400, 400 },
    { "two hosts", HEAD HOST "Host: b\r\n" JSON WHO "Content-Length: 2\r\n\r\n{}", 400, 400 },
    { "chunks", HEAD HOST JSON WHO "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 411,
      411 },
    { "bad hex in a chunk", HEAD HOST JSON WHO "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
      411, 400 },
    { "no length", HEAD HOST JSON WHO "\r\n", 411, 411 },
    { "no content type", HEAD HOST WHO "Content-Length: 2\r\n\r\n{}", 415, 415 },
    { "GET", "GET /shopify/webhook HTTP/1.1\r\n" HOST "\r\n", 405, 405 },
    { "PUT", "PUT /shopify/webhook HTTP/1.1\r\n" HOST JSON WHO "Content-Length: 2\r\n\r\n{}", 405,
      405 },
    { "an unknown method", "BREW /shopify/webhook HTTP/1.1\r\n" HOST "\r\n", 405, 405 },
    { "another address", "POST /admin HTTP/1.1\r\n" HOST JSON WHO "Content-Length: 2\r\n\r\n{}",
      404, 404 },
    { "dots in the address",
      "POST /shopify/../shopify/webhook HTTP/1.1\r\n" HOST JSON WHO "Content-Length: 2\r\n\r\n{}",
      404, 404 },
    { "HTTP/2 by its first line", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, 400 },
    { "HTTP/3.7", "POST /shopify/webhook HTTP/3.7\r\n" HOST "\r\n", 505, 400 },
    { "no version", "POST /shopify/webhook\r\n\r\n", 400, 0 },
    { "two signatures",
      HEAD HOST JSON WHO "X-Shopify-Hmac-Sha256: BBBB\r\nContent-Length: 2\r\n\r\n{}", 400, 400 },
    { "two shops", HEAD HOST JSON WHO "X-Shopify-Shop-Domain: b\r\nContent-Length: 2\r\n\r\n{}",
      400, 400 },
    { "a control character in a value",
      HEAD HOST JSON WHO "X-A: a\x01"
                         "b\r\nContent-Length: 2\r\n\r\n{}",
      400, 400 },
    { "nothing but noise", "\x16\x03\x01\x02\x01\xfc\x03\x03\r\n\r\n", 400, 0 },
};

static void odd_requests_are_refused_and_smuggle_nothing(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        int fd = dial(receiver_port(f->receiver));
        unsigned status, second;

        say(fd, odd[i].bytes, strlen(odd[i].bytes));
        shutdown(fd, SHUT_WR);
        status = hear(fd, NULL);
        if (status != odd[i].status && status != odd[i].status2)
            fail_msg("%s: %u", odd[i].name, status);
        second = hear(fd, NULL);
        if (second != 0)
            fail_msg("%s: a second answer %u", odd[i].name, second);
        close(fd);
    }
    assert_int_equal(accepted(f), 0);
    assert_int_equal(deliver(f, &(struct order){ .id = "after-all-that" }), 200);
}

static void too_many_and_too_long_headers_are_refused(void **state)
{
    struct fixture *f = *state;
    AUTO_STR out;

    str_init(&out, 1 << 20);
    str_adds(&out, HEAD HOST JSON WHO);
    for (unsigned i = 0; i < 150; i++)
        str_addf(&out, "X-%u: 1\r\n", i);
    str_adds(&out, "Content-Length: 2\r\n\r\n{}");
    assert_int_equal(ask(f, out.data, out.len), 400);
    str_reset(&out);
    str_adds(&out, HEAD HOST JSON WHO);
    for (unsigned i = 0; i < 2000; i++)
        str_addf(&out, "X-%u: 11111111111111111111111111111111\r\n", i);
    str_adds(&out, "Content-Length: 2\r\n\r\n{}");
    assert_int_equal(ask(f, out.data, out.len), 431);
    assert_int_equal(accepted(f), 0);
}

static void a_body_is_taken_up_to_the_limit_and_not_a_byte_more(void **state)
{
    struct fixture *f = *state;
    size_t limit = 4 << 20;
    char *body = malloc(limit + 2);

    assert_non_null(body);
    memset(body, ' ', limit + 1);
    memcpy(body, "{\"id\":9}", 8);
    body[limit] = '\0';
    assert_int_equal(deliver(f, &(struct order){ .body = body, .id = "big" }), 200);
    body[limit] = ' ';
    body[limit + 1] = '\0';
    assert_int_equal(deliver(f, &(struct order){ .body = body, .id = "bigger" }), 413);
    assert_int_equal(accepted(f), 1);
    free(body);
}

static void a_body_that_comes_in_drops_is_put_together(void **state)
{
    struct fixture *f = *state;
    AUTO_STR out;
    int fd = dial(receiver_port(f->receiver));

    str_init(&out, 4096);
    write_order(&out, &(struct order){ .id = "drops" });
    for (size_t i = 0; i < out.len; i += 7) {
        say(fd, out.data + i, out.len - i < 7 ? out.len - i : 7);
        usleep(200);
    }
    assert_int_equal(hear(fd, NULL), 200);
    /* and the connection is still good for another */
    out.len = 0;
    write_order(&out, &(struct order){ .id = "another" });
    say(fd, out.data, out.len);
    assert_int_equal(hear(fd, NULL), 200);
    close(fd);
    assert_int_equal(accepted(f), 2);
}

/* Anybody may announce 4 MiB: only what comes takes room from the others. */
static void a_body_that_is_only_announced_takes_no_room(void **state)
{
    struct fixture *f = *state;
    int fds[40];
    AUTO_STR out;

    str_init(&out, 4096);
    str_adds(&out, "POST /shopify/webhook HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                   "Content-Length: 4194304\r\nX-Shopify-Topic: orders/create\r\n"
                   "X-Shopify-Shop-Domain: " STAND_SHOP "\r\nX-Shopify-Webhook-Id: slow\r\n"
                   "X-Shopify-Hmac-Sha256: x\r\n\r\n{");
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        fds[i] = dial(receiver_port(f->receiver));
        say(fds[i], out.data, out.len);
    }
    assert_int_equal(deliver(f, &(struct order){ .id = "genuine" }), 200);
    assert_int_equal(accepted(f), 1);
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        close(fds[i]);
}

static void a_body_cut_off_is_told_of(void **state)
{
    struct fixture *f = *state;
    struct hook rows[8];
    size_t count = 0;
    AUTO_STR out;
    int fd = dial(receiver_port(f->receiver));

    str_init(&out, 4096);
    write_order(&out, &(struct order){ .id = "cut" });
    say(fd, out.data, out.len - 3);
    close(fd);
    for (int i = 0; count == 0 && i < 1000; i++) {
        usleep(10000);
        count = inbox(f, INBOX_REJ, rows, 8);
    }
    assert_int_equal(count, 1);
    assert_string_equal(rows[0].reason, "cut-off");
    assert_string_equal(rows[0].source, "127.0.0.1");
    assert_int_equal(accepted(f), 0);
}

static void a_sender_that_hangs_up_half_way_leaves_no_job(void **state)
{
    struct fixture *f = *state;
    AUTO_STR out;

    str_init(&out, 4096);
    write_order(&out, &(struct order){ .id = "half" });
    for (size_t n = 1; n < out.len; n += 23) {
        int fd = dial(receiver_port(f->receiver));

        say(fd, out.data, n);
        close(fd);
    }
    assert_int_equal(ask(f, out.data, out.len), 200);
    assert_int_equal(accepted(f), 1);
}

static void a_source_that_sends_too_fast_waits(void **state)
{
    struct fixture *f = *state;
    unsigned good = 0, late = 0;

    stand_setting(&f->stand, SETTING_rate_per_source, "1");
    reload(f);
    for (unsigned i = 0; i < 10; i++) {
        char id[8];
        unsigned status;

        snprintf(id, sizeof id, "r-%u", i);
        status = deliver(f, &(struct order){ .id = id });
        good += status == 200;
        late += status == 429;
    }
    assert_int_equal(good + late, 10);
    assert_true(good >= 2 && late >= 1);
}

static void a_blocked_source_and_one_not_on_the_list_stay_out(void **state)
{
    struct fixture *f = *state;
    struct hook hook;

    stand_setting(&f->stand, SETTING_trusted_proxies, "127.0.0.1");
    stand_policy(&f->stand, "allow_cidr", "203.0.113.0/24");
    reload(f);
    assert_int_equal(
        deliver(f, &(struct order){ .id = "s-1", .extra = "X-Forwarded-For: 203.0.113.7\r\n" }),
        200);
    assert_int_equal(
        deliver(f, &(struct order){ .id = "s-2", .extra = "X-Forwarded-For: 198.51.100.1\r\n" }),
        403);
    assert_int_equal(refused(f, &hook, 1), 1);
    assert_string_equal(hook.source, "198.51.100.1");
    assert_int_equal(
        deliver(f, &(struct order){ .id = "s-3",
                                    .extra = "X-Forwarded-For: 203.0.113.7, 198.51.100.1\r\n" }),
        403);
    /* without a trusted proxy the header is nothing but words */
    stand_setting(&f->stand, SETTING_trusted_proxies, "");
    reload(f);
    assert_int_equal(
        deliver(f, &(struct order){ .id = "s-4", .extra = "X-Forwarded-For: 203.0.113.7\r\n" }),
        403);
}

static bool block(struct db *db, void *ctx, struct err *err)
{
    (void)ctx;
    return blocks_set(db, "127.0.0.1", when_now() + WHEN_HOUR, "ana", err);
}

static bool unblock(struct db *db, void *ctx, struct err *err)
{
    (void)ctx;
    return blocks_set(db, "127.0.0.1", 0, "ana", err);
}

static void an_operator_can_shut_a_source_out_and_let_it_in_again(void **state)
{
    struct fixture *f = *state;
    struct err err = { .kind = ERR_NONE };

    assert_true(store_do(f->stand.store, block, NULL, &err));
    reload(f);
    assert_int_equal(deliver(f, &(struct order){ .id = "o-1" }), 403);
    assert_true(store_do(f->stand.store, unblock, NULL, &err));
    reload(f);
    assert_int_equal(deliver(f, &(struct order){ .id = "o-1" }), 200);
}

static bool has_alert(struct fixture *f, const char *kind)
{
    struct err err = { .kind = ERR_NONE };
    struct alert rows[20];
    size_t count = 20;
    bool found = false;

    assert_true(store_do(f->stand.store, nothing, NULL, &err));
    assert_true(alerts_list(f->stand.db, rows, &count, &err));
    for (size_t i = 0; i < count; i++)
        found = found || strcmp(rows[i].kind, kind) == 0;
    return found;
}

static void five_bad_signatures_and_an_unknown_shop_raise_alerts(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(deliver(f, &(struct order){ .secret = "guess" }), 401);
    assert_false(has_alert(f, "signature"));
    assert_int_equal(deliver(f, &(struct order){ .secret = "guess" }), 401);
    assert_true(has_alert(f, "signature"));
    assert_false(has_alert(f, "unknown_shop"));
    assert_int_equal(deliver(f, &(struct order){ .shop = "evil.myshopify.com" }), 401);
    assert_true(has_alert(f, "unknown_shop"));
}

static void a_flood_of_refused_requests_does_not_fill_the_disk(void **state)
{
    struct fixture *f = *state;
    struct hook *rows = calloc(500, sizeof *rows);

    assert_non_null(rows);
    for (unsigned i = 0; i < 300; i++)
        assert_int_equal(deliver(f, &(struct order){ .secret = "guess" }), 401);
    assert_in_range(refused(f, rows, 500), 50, 299);
    free(rows);
}

/* A full disk: no file of this process may grow. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static unsigned get(unsigned port, const char *path, struct str *body)
{
    AUTO_STR out;
    int fd = dial(port);
    unsigned status;

    str_init(&out, 4096);
    str_addf(&out, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    say(fd, out.data, out.len);
    status = hear(fd, body);
    close(fd);
    return status;
}

static void what_cannot_be_written_is_answered_503_and_comes_again(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(get(receiver_port(f->receiver), "/healthz", NULL), 200);
    signal(SIGXFSZ, SIG_IGN);
    limit_files(1024);
    assert_int_equal(deliver(f, &(struct order){ .id = "full" }), 503);
    assert_int_equal(get(receiver_port(f->receiver), "/healthz", NULL), 503);
    limit_files(RLIM_INFINITY);
    assert_int_equal(deliver(f, &(struct order){ .id = "full" }), 200);
    assert_int_equal(get(receiver_port(f->receiver), "/healthz", NULL), 200);
    assert_int_equal(accepted(f), 1);
}

static void figures_tell_what_happened(void **state)
{
    struct fixture *f = *state;
    json_auto_t *stats = NULL;
    AUTO_STR text;

    deliver(f, &(struct order){ .id = "f-1" });
    deliver(f, &(struct order){ .id = "f-1" });
    deliver(f, &(struct order){ .secret = "guess" });
    stats = receiver_stats(f->receiver);
    assert_int_equal(json_int_or(stats, "ok", -1), 1);
    assert_int_equal(json_int_or(stats, "dup", -1), 1);
    assert_int_equal(json_int_or(stats, "rej", -1), 1);
    assert_int_equal(json_int_or(stats, "rejected.signature", -1), 1);
    assert_int_equal(json_len(stats, "per_s"), 60);
    assert_true(json_flag(stats, "listening"));
    assert_true(json_real_or(stats, "p95_ms", 0) > 0);
    assert_string_equal(json_text_or(stats, "sources.0.source", ""), "127.0.0.1");
    str_init(&text, 1 << 20);
    receiver_metrics(f->receiver, &text);
    assert_non_null(strstr(text.data, "signalbox_webhooks_total{verdict=\"ok\"} 1\n"));
    assert_non_null(strstr(text.data, "signalbox_webhooks_total{verdict=\"signature\"} 1\n"));
}

static void fill(void *ctx, struct str *out)
{
    receiver_metrics(ctx, out);
}

static void metrics_live_on_a_port_of_their_own(void **state)
{
    struct fixture *f = *state;
    struct err err = { .kind = ERR_NONE };
    struct metrics_server *server = metrics_server_new("127.0.0.1:0", fill, f->receiver, &err);
    AUTO_STR body;

    assert_non_null(server);
    str_init(&body, 1 << 20);
    assert_int_equal(get(metrics_server_port(server), "/metrics", &body), 200);
    assert_non_null(strstr(body.data, "# TYPE signalbox_webhooks_total counter"));
    assert_int_equal(get(metrics_server_port(server), "/", NULL), 404);
    assert_int_equal(get(receiver_port(f->receiver), "/metrics", NULL), 404);
    metrics_server_free(server);
}

static void an_address_in_use_is_named(void **state)
{
    struct fixture *f = *state;
    struct receiver_options options = { .connections = 10,
                                        .store = f->stand.store,
                                        .seal = f->stand.seal };
    struct err err = { .kind = ERR_NONE };
    char address[32];

    snprintf(address, sizeof address, "127.0.0.1:%u", receiver_port(f->receiver));
    options.address = address;
    assert_null(receiver_new(&options, f->stand.db, &err));
    assert_non_null(strstr(err.text, address));
    options.address = "nonsense";
    assert_null(receiver_new(&options, f->stand.db, &err));
    assert_int_equal(err.kind, ERR_INVALID);
    options.address = "127.0.0.1:0";
    options.tls_cert = "/nonexistent/cert.pem";
    options.tls_key = "/nonexistent/key.pem";
    assert_null(receiver_new(&options, f->stand.db, &err));
    assert_non_null(strstr(err.text, "/nonexistent/cert.pem"));
}

/* ---- many at once ---- */

#define SENDERS 16
#define EACH    60

struct sender {
    pthread_t thread;
    struct fixture *fixture;
    unsigned number, good;
    int fd;
};

static void *send_many(void *ctx)
{
    struct sender *s = ctx;

    for (unsigned i = 0; i < EACH; i++) {
        AUTO_STR out;
        char id[24];

        str_init(&out, 4096);
        snprintf(id, sizeof id, "m-%u-%u", s->number, i);
        write_order(&out, &(struct order){ .id = id });
        say(s->fd, out.data, out.len);
        s->good += hear(s->fd, NULL) == 200;
    }
    close(s->fd);
    return NULL;
}

static void many_senders_are_all_served(void **state)
{
    struct fixture *f = *state;
    struct sender senders[SENDERS];
    struct hook *rows = calloc(500, sizeof *rows);
    struct inbox_filter filter = { .verdict = INBOX_OK };
    struct err err = { .kind = ERR_NONE };
    size_t all = 0, count;
    int64_t next;

    assert_non_null(rows);
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){ .fixture = f, .number = i };
        senders[i].fd = dial(receiver_port(f->receiver));
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_many, &senders[i]), 0);
    }
    for (unsigned i = 0; i < SENDERS; i++) {
        pthread_join(senders[i].thread, NULL);
        assert_int_equal(senders[i].good, EACH);
    }
    do {
        count = 500;
        assert_true(inbox_list(f->stand.db, &filter, rows, &count, &next, &err));
        filter.after = next;
        all += count;
    } while (filter.after != 0);
    assert_int_equal(all, SENDERS * EACH);
    free(rows);
}

static void stopping_in_the_middle_loses_nothing_that_was_answered(void **state)
{
    struct fixture *f = *state;
    struct sender senders[4];
    unsigned good = 0;
    size_t all = 0;

    for (unsigned i = 0; i < 4; i++) {
        senders[i] = (struct sender){ .fixture = f, .number = i };
        senders[i].fd = dial(receiver_port(f->receiver));
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_many, &senders[i]), 0);
    }
    while (accepted(f) < 10)
        usleep(1000);
    receiver_free(f->receiver);
    f->receiver = NULL;
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(senders[i].thread, NULL);
        good += senders[i].good;
    }
    all = accepted(f);
    assert_true(all >= good && good >= 1);
}

/* As if the last run had heard nothing for so long. */
static bool age_change(struct db *db, void *ctx, struct err *err)
{
    const struct stand *stand = ctx;
    char value[CURSOR_VALUE_MAX];
    json_auto_t *kept = NULL;
    char *text;
    bool ok;

    if (!cursors_get(db, stand->backend, RECALL_CURSOR, value, err))
        return false;
    kept = json_read(value, strlen(value), "what is usual", err);
    if (json_int_or(kept, "deliveries", 0) != 25)
        return err_set(err, ERR_BUG, "not kept: %s", value);
    json_object_set_new(kept, "silent_us", json_integer(5 * WHEN_HOUR));
    text = json_write(kept);
    ok = cursors_set(db, stand->backend, RECALL_CURSOR, text, err);
    free(text);
    return ok;
}

static bool silence_told(struct fixture *f)
{
    struct alert rows[8];
    size_t count = 8;
    struct err err = { .kind = ERR_NONE };

    assert_true(store_do(f->stand.store, nothing, NULL, &err));
    assert_true(alerts_list(f->stand.db, rows, &count, &err));
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].kind, "silence") == 0)
            return true;
    return false;
}

static void restart(struct fixture *f)
{
    receiver_free(f->receiver);
    start(f);
}

static void silence_goes_on_over_a_restart_and_ends_with_a_delivery(void **state)
{
    struct fixture *f = *state;
    struct err err = { .kind = ERR_NONE };
    char id[32];

    for (int i = 0; i < 25; i++) {
        snprintf(id, sizeof id, "wh-%d", i);
        assert_int_equal(deliver(f, &(struct order){ .id = id }), 200);
    }
    restart(f);
    receiver_tick(f->receiver);
    assert_false(silence_told(f));

    receiver_free(f->receiver);
    if (!store_do(f->stand.store, age_change, &f->stand, &err))
        fail_msg("%s", err.text);
    start(f);
    receiver_tick(f->receiver);
    assert_true(silence_told(f));
    restart(f); /* it is still silent */
    assert_true(silence_told(f));
    receiver_tick(f->receiver);
    assert_true(silence_told(f));
    assert_int_equal(deliver(f, &(struct order){ .id = "wh-last" }), 200);
    assert_false(silence_told(f));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
    const struct CMUnitTest tests[] = {
        TEST(an_order_is_on_disk_with_its_job_before_it_is_answered),
        TEST(a_repeat_is_answered_200_and_changes_nothing),
        TEST(only_the_two_secrets_sign),
        TEST(one_changed_byte_breaks_the_signature),
        TEST(what_nobody_asked_for_is_refused_with_the_right_status),
        TEST(a_hint_of_odoo_makes_the_next_look_come_sooner_and_nothing_else),
        TEST(a_topic_without_a_flow_is_kept_and_visible),
        TEST(a_signed_body_that_is_no_json_is_kept_for_a_job_to_name),
        TEST(odd_requests_are_refused_and_smuggle_nothing),
        TEST(too_many_and_too_long_headers_are_refused),
        TEST(a_body_is_taken_up_to_the_limit_and_not_a_byte_more),
        TEST(a_body_that_comes_in_drops_is_put_together),
        TEST(a_sender_that_hangs_up_half_way_leaves_no_job),
        TEST(a_body_that_is_only_announced_takes_no_room),
        TEST(a_body_cut_off_is_told_of),
        TEST(a_source_that_sends_too_fast_waits),
        TEST(a_blocked_source_and_one_not_on_the_list_stay_out),
        TEST(an_operator_can_shut_a_source_out_and_let_it_in_again),
        TEST(five_bad_signatures_and_an_unknown_shop_raise_alerts),
        TEST(a_flood_of_refused_requests_does_not_fill_the_disk),
        TEST(what_cannot_be_written_is_answered_503_and_comes_again),
        TEST(figures_tell_what_happened),
        TEST(metrics_live_on_a_port_of_their_own),
        TEST(an_address_in_use_is_named),
        TEST(many_senders_are_all_served),
        TEST(stopping_in_the_middle_loses_nothing_that_was_answered),
        TEST(silence_goes_on_over_a_restart_and_ends_with_a_delivery),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
