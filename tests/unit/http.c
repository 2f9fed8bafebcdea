#include "tests/unit/unit.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/http.h"
#include "http/mask.h"
#include "tests/unit/canned.h"

static struct http_request post(const char *url, const char *body)
{
    return (struct http_request){ .method = "POST",
                                  .url = url,
                                  .headers = { { "Content-Type", "application/json" },
                                               { "X-Token", "t-1" } },
                                  .body = body,
                                  .len = strlen(body) };
}

/* What happened to the request, and what the err must say for a write and for a read. */
struct ending {
    const char *bytes;
    enum canned_end end;
    atomic_bool arrived;
};

static enum canned_end as_given(void *ctx, unsigned n, const char *request, struct str *reply)
{
    struct ending *ending = ctx;

    (void)n;
    (void)request;
    str_adds(reply, ending->bytes);
    atomic_store(&ending->arrived, true);
    return ending->end;
}

#ifdef CRASH_POINTS
/* Must come first: the point reads its environment once in a process. */
static void dying_after_a_request_is_after_it_was_sent(void **fixture)
{
    struct ending fine = { "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", CANNED_CLOSE, false };
    char url[128] = "";
    int status = 0, address[2];

    (void)fixture;
    assert_int_equal(pipe(address), 0);
    /* Before the server's thread: a child of two threads may not allocate. */
    pid_t child = fork();

    if (child == 0) {
        if (read(address[0], url, sizeof url) != sizeof url)
            _exit(1);
        setenv("SIGNALBOX_DIE_AT", "request:2", 1);

        struct http *http = http_new(NULL, NULL);
        struct http_request request = post(url, "{}");
        struct http_answer answer;

        http_answer_init(&answer);
        for (int i = 0; i < 3; i++)
            http_send(http, &request, &answer, NULL);
        _exit(0);
    }

    AUTO(canned) server = canned_new(as_given, &fine);

    snprintf(url, sizeof url, "%s", canned_url(server));
    assert_int_equal(write(address[1], url, sizeof url), sizeof url);
    close(address[0]);
    close(address[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 100);
    assert_int_equal(canned_requests(server), 2);
}
#endif

static enum canned_end echo(void *ctx, unsigned n, const char *request, struct str *reply)
{
    (void)ctx;
    (void)n;
    canned_http(reply, 200, "text/plain", "X-Request-Id: abc\r\nx-twice: 1\r\nX-Twice:  2 \r\n",
                request);
    return CANNED_KEEP;
}

static void a_request_comes_over_as_it_was_given(void **fixture)
{
    AUTO(canned) server = canned_new(echo, NULL);
    AUTO(http) http = http_new(NULL, NULL);
    AUTO_HTTP_ANSWER answer;
    struct http_request request = post(canned_url(server), "{\"a\":1}");
    struct err err = { 0 };

    (void)fixture;
    http_answer_init(&answer);
    assert_true(http_send(http, &request, &answer, &err));
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body.data, "POST / HTTP/1.1\r\n"));
    assert_non_null(strstr(answer.body.data, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(answer.body.data, "X-Token: t-1\r\n"));
    assert_non_null(strstr(answer.body.data, "User-Agent: signalbox/" SIGNALBOX_VERSION "\r\n"));
    assert_null(strstr(answer.body.data, "Expect:"));
    assert_string_equal(canned_body(answer.body.data), "{\"a\":1}");
    assert_string_equal(http_answer_header(&answer, "x-request-ID"), "abc");
    assert_string_equal(http_answer_header(&answer, "X-Twice"), "2");
    assert_null(http_answer_header(&answer, "X-Thrice"));
    assert_true(answer.us > 0);

    request = (struct http_request){ .method = "GET", .url = canned_url(server), .read = true };
    assert_true(http_send(http, &request, &answer, &err));
    assert_non_null(strstr(answer.body.data, "GET / HTTP/1.1\r\n"));
    assert_int_equal(canned_connections(server), 1); /* it offered to stay */
}

static enum canned_end say_close(void *ctx, unsigned n, const char *request, struct str *reply)
{
    (void)ctx;
    (void)n;
    (void)request;
    str_adds(reply, "HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
    return CANNED_HANG; /* until we close: a client that keeps it would block the next one */
}

static void no_connection_is_kept_to_a_server_that_wants_to_close(void **fixture)
{
    AUTO(canned) server = canned_new(say_close, NULL);
    AUTO(http) http = http_new(NULL, NULL);
    AUTO_HTTP_ANSWER answer;
    struct http_request request = post(canned_url(server), "{}");

    (void)fixture;
    http_answer_init(&answer);
    for (int i = 0; i < 3; i++)
        assert_true(http_send(http, &request, &answer, NULL));
    assert_int_equal(canned_connections(server), 3);
    assert_int_equal(canned_requests(server), 3);
}

static void a_lost_answer_is_unsure_for_a_write_and_busy_for_a_read(void **fixture)
{
    struct ending rows[] = {
        { "", CANNED_CLOSE, false },
        { "", CANNED_RESET, false },
        { "", CANNED_HANG, false },
        { "HTTP/1.1 200 OK\r\nContent-Le", CANNED_CLOSE, false },
        { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"cut\":", CANNED_CLOSE, false },
        { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"cut\":", CANNED_RESET, false },
        { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"slow\":", CANNED_HANG, false },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"cut\":", CANNED_CLOSE,
          false },
        { "this is not HTTP at all\r\n\r\n", CANNED_CLOSE, false },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO(canned) server = canned_new(as_given, &rows[i]);
        /* those that hang are given up as soon as they have arrived */
        AUTO(http) http = http_new(rows[i].end == CANNED_HANG ? &rows[i].arrived : NULL, NULL);
        AUTO_HTTP_ANSWER answer;
        struct http_request request = post(canned_url(server), "{}");
        struct err err = { 0 };

        http_answer_init(&answer);
        assert_false(http_send(http, &request, &answer, &err));
        assert_int_equal(err.kind, ERR_UNSURE);
        assert_int_equal(canned_requests(server), 1); /* never by itself a second time */
        request.read = true;
        atomic_store(&rows[i].arrived, false);
        assert_false(http_send(http, &request, &answer, &err));
        assert_int_equal(err.kind, ERR_BUSY);
    }
}

static enum canned_end first_only(void *ctx, unsigned n, const char *request, struct str *reply)
{
    (void)ctx;
    (void)request;
    if (n == 1)
        return CANNED_CLOSE; /* took the request on the kept connection and died */
    canned_http(reply, 200, "text/plain", "", "ok");
    return CANNED_KEEP;
}

static void a_write_on_a_connection_that_dies_is_not_sent_twice(void **fixture)
{
    struct http_request request = { 0 };
    struct err err = { 0 };

    (void)fixture;
    for (int read = 0; read < 2; read++) {
        AUTO(canned) server = canned_new(first_only, NULL);
        AUTO(http) http = http_new(NULL, NULL);
        AUTO_HTTP_ANSWER answer;

        http_answer_init(&answer);
        request = post(canned_url(server), "{}");
        request.read = read == 1;
        assert_true(http_send(http, &request, &answer, &err));
        assert_int_equal(http_send(http, &request, &answer, &err), read == 1);
        assert_int_equal(canned_requests(server), read == 1 ? 3 : 2);
        if (read == 0)
            assert_int_equal(err.kind, ERR_UNSURE);
    }
}

static void where_nobody_listens_nothing_happened(void **fixture)
{
    AUTO(http) http = http_new(NULL, NULL);
    AUTO_HTTP_ANSWER answer;
    struct http_request request = post("http://127.0.0.1:1/x", "{}");
    struct err err = { 0 };

    (void)fixture;
    http_answer_init(&answer);
    assert_false(http_send(http, &request, &answer, &err));
    assert_int_equal(err.kind, ERR_BUSY);
    request.url = "https://nowhere.invalid/";
    assert_false(http_send(http, &request, &answer, &err));
    assert_int_equal(err.kind, ERR_BUSY);
}

static enum canned_end never_tls(void *ctx, unsigned n, const char *request, struct str *reply)
{
    (void)ctx;
    (void)n;
    (void)request;
    (void)reply;
    return CANNED_CLOSE;
}

static void a_server_without_tls_gets_nothing(void **fixture)
{
    AUTO(canned) server = canned_new(never_tls, NULL);
    AUTO(http) http = http_new(NULL, NULL);
    AUTO_HTTP_ANSWER answer;
    struct err err = { 0 };
    char url[80];
    struct http_request request;

    (void)fixture;
    http_answer_init(&answer);
    snprintf(url, sizeof url, "https%s", canned_url(server) + 4);
    request = post(url, "{}");
    request.total_ms = 200; /* the server waits for an end of a head that never comes */
    assert_false(http_send(http, &request, &answer, &err));
    assert_int_equal(err.kind, ERR_BUSY);
    assert_int_equal(canned_requests(server), 0);
}

static void addresses_that_could_leak_are_refused(void **fixture)
{
    static const struct {
        const char *url;
        enum err_kind kind; /* ERR_NONE: it may be used */
    } rows[] = {
        { "https://acme.myshopify.com", ERR_NONE },
        { "https://[2001:db8::1]:8443/x", ERR_NONE },
        { "http://127.0.0.1:8069", ERR_NONE },
        { "http://127.9.9.9", ERR_NONE },
        { "http://localhost:80/", ERR_NONE },
        { "http://[::1]:8069", ERR_NONE },
        { "http://10.0.0.1", ERR_DENIED },
        { "http://odoo.example", ERR_DENIED },
        { "http://localhost.example", ERR_DENIED },
        { "http://127.0.0.1.example", ERR_DENIED },
        { "http://[::2]/", ERR_DENIED },
        { "https://user:secret@odoo.example", ERR_DENIED },
        { "https://user@odoo.example", ERR_DENIED },
        { "file:///etc/passwd", ERR_INVALID },
        { "ftp://odoo.example", ERR_DENIED },
        { "odoo.example", ERR_INVALID },
        { "https://", ERR_INVALID },
        { "", ERR_INVALID },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { 0 };

        assert_int_equal(http_url_check(rows[i].url, &err), rows[i].kind == ERR_NONE);
        assert_int_equal(err.kind, rows[i].kind);
        assert_null(strstr(err.text, "secret"));
    }
}

static enum canned_end redirect(void *ctx, unsigned n, const char *request, struct str *reply)
{
    (void)ctx;
    (void)n;
    (void)request;
    canned_http(reply, 302, "text/html", "Location: https://elsewhere.example/\r\n", "gone");
    return CANNED_CLOSE;
}

static void a_redirect_is_an_answer(void **fixture)
{
    AUTO(canned) server = canned_new(redirect, NULL);
    AUTO(http) http = http_new(NULL, NULL);
    AUTO_HTTP_ANSWER answer;
    struct http_request request = post(canned_url(server), "{}");

    (void)fixture;
    http_answer_init(&answer);
    assert_true(http_send(http, &request, &answer, NULL));
    assert_int_equal(answer.status, 302);
    assert_int_equal(canned_requests(server), 1);
}

static enum canned_end much(void *ctx, unsigned n, const char *request, struct str *reply)
{
    (void)ctx;
    (void)n;
    (void)request;
    str_adds(reply, "HTTP/1.1 200 OK\r\n\r\n");
    for (int i = 0; i < 3000; i++)
        str_adds(reply, "0123456789");
    return CANNED_CLOSE;
}

static void an_answer_beyond_the_limit_is_not_taken(void **fixture)
{
    AUTO(canned) server = canned_new(much, NULL);
    AUTO(http) http = http_new(NULL, NULL);
    AUTO_HTTP_ANSWER answer;
    struct http_request request = post(canned_url(server), "{}");
    struct err err = { 0 };

    (void)fixture;
    http_answer_init(&answer);
    request.answer_max = 30000;
    assert_true(http_send(http, &request, &answer, &err));
    assert_int_equal(answer.body.len, 30000);
    request.answer_max = 29999;
    assert_false(http_send(http, &request, &answer, &err));
    assert_int_equal(err.kind, ERR_UNSURE);
    request.read = true;
    assert_false(http_send(http, &request, &answer, &err));
    assert_int_equal(err.kind, ERR_BUG);
}

/* ---- bodies that go elsewhere ---- */

struct sunk {
    struct http_answer *answer;
    int64_t bytes, enough, broken; /* enough, broken: after so many bytes; 0: never */
    unsigned pieces;
    bool told; /* status and head were there at the first piece */
};

static enum http_sink sink(void *ctx, const char *data, size_t len, struct err *err)
{
    struct sunk *s = ctx;

    if (s->pieces++ == 0)
        s->told = s->answer->status == 200 && http_answer_header(s->answer, "x-kind") != NULL;
    for (size_t i = 0; i < len; i++)
        assert_int_equal(data[i], '0' + (s->bytes + (int64_t)i) % 10);
    s->bytes += (int64_t)len;
    if (s->enough > 0 && s->bytes >= s->enough)
        return HTTP_ENOUGH;
    if (s->broken > 0 && s->bytes >= s->broken) {
        err_set(err, ERR_CONFLICT, "the sink says no");
        return HTTP_FAIL;
    }
    return HTTP_MORE;
}

struct file {
    int status;
    size_t len, told; /* what comes, and what its head says */
    enum canned_end end;
};

static enum canned_end a_file(void *ctx, unsigned n, const char *request, struct str *reply)
{
    const struct file *f = ctx;

    (void)n;
    assert_null(strstr(request, "X-Shopify-Access-Token"));
    str_addf(reply, "HTTP/1.1 %d OK\r\nX-Kind: lines\r\nContent-Length: %zu\r\n\r\n", f->status,
             f->told);
    for (size_t i = 0; i < f->len; i++)
        str_add(reply, &"0123456789"[i % 10], 1);
    return f->end;
}

static void a_sink_gets_the_body_and_the_answer_does_not(void **fixture)
{
    static const struct {
        struct file file;
        struct sunk sunk;   /* its wishes */
        int64_t max, bytes; /* bytes: that came at least */
        bool good;
        enum err_kind kind;
        const char *words;
    } rows[] = {
        { { 200, 300000, 300000, CANNED_CLOSE }, { 0 }, 300000, 300000, true, ERR_NONE, "" },
        { { 200, 300000, 300000, CANNED_CLOSE }, { 0 }, 299999, 1, false, ERR_BUG, "299999" },
        { { 200, 300000, 300000, CANNED_CLOSE },
          { .enough = 50000 },
          300000,
          50000,
          true,
          ERR_NONE,
          "" },
        { { 200, 300000, 300000, CANNED_CLOSE },
          { .broken = 50000 },
          300000,
          50000,
          false,
          ERR_CONFLICT,
          "the sink says no" },
        { { 200, 1000, 2000, CANNED_CLOSE }, { 0 }, 300000, 1000, false, ERR_BUSY, "no answer" },
        { { 200, 1000, 2000, CANNED_RESET }, { 0 }, 300000, 0, false, ERR_BUSY, "no answer" },
        { { 403, 1000, 1000, CANNED_CLOSE }, { 0 }, 300000, 0, true, ERR_NONE, "" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct file file = rows[i].file;
        AUTO(canned) server = canned_new(a_file, &file);
        AUTO(http) http = http_new(NULL, NULL);
        AUTO_HTTP_ANSWER answer;
        struct sunk s = rows[i].sunk;
        struct http_request request = { .method = "GET",
                                        .url = canned_url(server),
                                        .read = true,
                                        .sink = sink,
                                        .sink_ctx = &s,
                                        .sink_max = rows[i].max };
        struct err err = { 0 };

        http_answer_init(&answer);
        s.answer = &answer;
        assert_int_equal(http_send(http, &request, &answer, &err), rows[i].good);
        assert_int_equal(err.kind, rows[i].kind);
        assert_non_null(strstr(err.text, rows[i].words));
        assert_true(s.bytes >= rows[i].bytes && s.bytes <= rows[i].max);
        assert_true(s.pieces == 0 || s.told);
        assert_int_equal(answer.body.len, rows[i].file.status == 403 ? 1000 : 0);
        if (rows[i].good)
            assert_int_equal(answer.status, rows[i].file.status);
    }
}

static void a_file_that_does_not_move_is_given_up(void **fixture)
{
    struct file file = { 200, 1000, 2000, CANNED_HANG };
    AUTO(canned) server = canned_new(a_file, &file);
    AUTO(http) http = http_new(NULL, NULL);
    AUTO_HTTP_ANSWER answer;
    struct sunk s = { .answer = &answer };
    struct http_request request = { .method = "GET",
                                    .url = canned_url(server),
                                    .read = true,
                                    .total_ms = 1000,
                                    .sink = sink,
                                    .sink_ctx = &s,
                                    .sink_max = 2000 };
    struct err err = { 0 };

    (void)fixture;
    http_answer_init(&answer);
    assert_false(http_send(http, &request, &answer, &err));
    assert_int_equal(err.kind, ERR_BUSY);
    assert_int_equal(s.bytes, 1000);
}

/* A pre-signed address is a key: whatever goes wrong, no sentence holds it. */
static void no_err_quotes_what_follows_the_host(void **fixture)
{
    static const char *const urls[] = {
        "https://nowhere.invalid/f?Signature=hush",
        "http://127.0.0.1:1/f?Signature=hush",
        "http://files.example/f?Signature=hush",
        "ftp://127.0.0.1/f?Signature=hush",
        "https:///f?Signature=hush",
        "https://127.0.0.1:99999/f?Signature=hush",
        "https://127.0.0.1:1/f?Signature=hush",
        "https://a b/f?Signature=hush",
        "https://user:hush@files.example/f",
        "https://files.example/\x01f?Signature=hush",
    };
    AUTO(http) http = http_new(NULL, NULL);

    (void)fixture;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        AUTO_HTTP_ANSWER answer;
        struct sunk s = { .answer = &answer };
        struct http_request request = { .method = "GET",
                                        .url = urls[i],
                                        .read = true,
                                        .sink = sink,
                                        .sink_ctx = &s,
                                        .sink_max = 10 };
        struct err err = { 0 };

        http_answer_init(&answer);
        assert_false(http_send(http, &request, &answer, &err));
        assert_true(err.text[0] != '\0');
        assert_null(strstr(err.text, "hush"));
        assert_null(strstr(err.text, "Signature"));
    }
}

static void a_header_with_a_line_break_is_not_sent(void **fixture)
{
    AUTO(canned) server = canned_new(echo, NULL);
    AUTO(http) http = http_new(NULL, NULL);
    AUTO_HTTP_ANSWER answer;
    struct http_request request = post(canned_url(server), "{}");
    struct err err = { 0 };

    (void)fixture;
    http_answer_init(&answer);
    request.headers[1].value = "t-1\r\nX-Evil: yes";
    assert_false(http_send(http, &request, &answer, &err));
    assert_int_equal(err.kind, ERR_INVALID);
    assert_null(strstr(err.text, "t-1"));
    assert_int_equal(canned_requests(server), 0);
}

static void shutting_down_ends_a_request_that_hangs(void **fixture)
{
    struct ending hang = { "", CANNED_HANG, false };
    AUTO(canned) server = canned_new(as_given, &hang);
    atomic_bool stop = true;
    AUTO(http) http = http_new(&stop, NULL);
    AUTO_HTTP_ANSWER answer;
    struct http_request request = post(canned_url(server), "{}");
    struct err err = { 0 };

    (void)fixture;
    http_answer_init(&answer);
    assert_false(http_send(http, &request, &answer, &err));
    assert_true(err.kind == ERR_BUSY || err.kind == ERR_UNSURE);
}

static void retry_after_is_read_in_seconds(void **fixture)
{
    static const struct {
        const char *text;
        unsigned ms;
    } rows[] = { { "2", 2000 }, { "2.5", 2500 },
                 { "0", 0 },    { "-1", 0 },
                 { "soon", 0 }, { "1e9", 0 },
                 { "nan", 0 },  { "Wed, 21 Oct 2026 07:28:00 GMT", 0 } };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_HTTP_ANSWER answer;

        http_answer_init(&answer);
        str_add(&answer.head, "retry-after", sizeof "retry-after");
        str_add(&answer.head, rows[i].text, strlen(rows[i].text) + 1);
        assert_int_equal(http_retry_after_ms(&answer), rows[i].ms);
    }
}

static void masks_keep_the_shape_and_hide_the_person(void **fixture)
{
    static const char *const hidden[] = { "customer", "email", NULL };
    json_t *value =
        json_pack("{s:s, s:{s:s, s:s, s:i, s:[s]}, s:s, s:s, s:n}", "name", "#1001", "customer",
                  "id", "gid://shopify/Customer/7", "firstName", "Ada", "orders", 3, "tags", "vip",
                  "email", "a@b.example", "access_token", "shpat_1", "note");
    struct str text;

    (void)fixture;
    str_init(&text, 4096);
    mask_json(&text, value, hidden);
    assert_string_equal(text.data, "{\"name\":\"#1001\",\"customer\":{\"id\":\"gid://shopify/"
                                   "Customer/7\",\"firstName\":\"***\",\"orders\":3,\"tags\":"
                                   "[\"***\"]},\"email\":\"***\",\"access_token\":\"***\","
                                   "\"note\":null}");
    str_clear(&text);
    str_init(&text, 20);
    mask_json(&text, value, hidden);
    assert_true(text.len <= 20);
    str_clear(&text);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef CRASH_POINTS
        cmocka_unit_test(dying_after_a_request_is_after_it_was_sent),
#endif
        cmocka_unit_test(a_request_comes_over_as_it_was_given),
        cmocka_unit_test(no_connection_is_kept_to_a_server_that_wants_to_close),
        cmocka_unit_test(a_lost_answer_is_unsure_for_a_write_and_busy_for_a_read),
        cmocka_unit_test(a_write_on_a_connection_that_dies_is_not_sent_twice),
        cmocka_unit_test(where_nobody_listens_nothing_happened),
        cmocka_unit_test(a_server_without_tls_gets_nothing),
        cmocka_unit_test(addresses_that_could_leak_are_refused),
        cmocka_unit_test(a_redirect_is_an_answer),
        cmocka_unit_test(an_answer_beyond_the_limit_is_not_taken),
        cmocka_unit_test(a_sink_gets_the_body_and_the_answer_does_not),
        cmocka_unit_test(a_file_that_does_not_move_is_given_up),
        cmocka_unit_test(no_err_quotes_what_follows_the_host),
        cmocka_unit_test(a_header_with_a_line_break_is_not_sent),
        cmocka_unit_test(shutting_down_ends_a_request_that_hangs),
        cmocka_unit_test(retry_after_is_read_in_seconds),
        cmocka_unit_test(masks_keep_the_shape_and_hide_the_person),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
