#include "tests/unit/unit.h"

#include <string.h>

#include "base/json.h"
#include "http/mask.h"
#include "odoo/check.h"
#include "odoo/faults.h"
#include "odoo/mask.h"
#include "odoo/records.h"
#include "odoo/reference.h"
#include "tests/unit/canned.h"
#include "tests/unit/threads.h"

#define KEY "feedfacefeedfacefeedfacefeedfacefeedface"

/* An Odoo that signs everybody in as 6 and answers calls with what the test gives it. */
struct canned_odoo {
    const char *replies[8]; /* bodies for calls, in turn; the last one stays */
    int status;             /* of calls; 0: 200 */
    const char *type, *head;
    const char *uid; /* the answer to authenticate */
    enum canned_end end;
    atomic_uint calls, logins;
    char last[4096]; /* the last call's body; read after the call */
};

static enum canned_end odoo_answer(void *ctx, unsigned n, const char *request, struct str *reply)
{
    struct canned_odoo *o = ctx;
    const char *body = canned_body(request);
    unsigned call;

    (void)n;
    if (strstr(body, "\"authenticate\"") != NULL) {
        atomic_fetch_add(&o->logins, 1);
        canned_http(reply, 200, "application/json", "Connection: close\r\n",
                    o->uid != NULL ? o->uid : "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": 6}");
        return CANNED_CLOSE;
    }
    call = atomic_fetch_add(&o->calls, 1);
    str_copy(o->last, sizeof o->last, body);
    while (call > 0 && (call >= 8 || o->replies[call] == NULL))
        call--;
    if (o->replies[call] != NULL)
        canned_http(reply, o->status != 0 ? o->status : 200,
                    o->type != NULL ? o->type : "application/json",
                    o->head != NULL ? o->head : "Connection: close\r\n", o->replies[call]);
    return o->end;
}

static struct odoo *odoo_at(const char *url)
{
    struct odoo_settings settings = { .url = url, .db = "shop\"db", .login = "bot", .key = KEY };

    return odoo_new(&settings, NULL);
}

struct bench {
    struct canned *server;
    struct odoo *odoo;
    struct http *http;
};

static struct bench bench_new(struct canned_odoo *o)
{
    struct bench b = { .server = canned_new(odoo_answer, o) };

    b.odoo = odoo_at(canned_url(b.server));
    b.http = http_new(NULL, NULL);
    return b;
}

static void bench_free(struct bench *b)
{
    odoo_free(b->odoo);
    http_free(b->http);
    canned_free(b->server);
}
#define BENCH __attribute__((cleanup(bench_free))) struct bench

static bool write_one(struct bench *b, json_t **result, struct odoo_trace *trace, struct err *err)
{
    json_auto_t *args = json_pack("[[i],{s:s,s:f}]", 7, "email", "ada@example.com", "price", 1.1);
    struct odoo_request request = { .model = "res.partner", .method = "write", .args = args };

    return odoo_call(b->odoo, b->http, &request, result, trace, err);
}

static void a_call_is_what_odoo_wants_and_its_result_comes_back(void **fixture)
{
    struct canned_odoo o = { .replies = { "{\"jsonrpc\": \"2.0\", \"id\": 2, \"result\": true}",
                                          "{\"jsonrpc\": \"2.0\", \"id\": 3}" } };
    BENCH b = bench_new(&o);
    AUTO_ODOO_TRACE trace;
    json_t *result = NULL;
    struct err err = { 0 };
    struct window_snapshot s;

    (void)fixture;
    odoo_trace_init(&trace);
    assert_true(write_one(&b, &result, &trace, &err));
    assert_true(json_is_true(result));
    assert_non_null(strstr(o.last, "\"args\":[\"shop\\\"db\",6,\"" KEY
                                   "\",\"res.partner\",\"write\",[[7],{\"email\":\"ada@example."
                                   "com\",\"price\":1.1}],{}]}}"));
    assert_int_equal(trace.calls, 2);
    assert_int_equal(trace.status, 200);
    assert_int_equal(trace.request.len, 0);            /* nothing is kept of what went well */
    assert_true(write_one(&b, &result, &trace, &err)); /* None: neither result nor error */
    assert_true(json_is_null(result));
    assert_int_equal(atomic_load(&o.logins), 1);
    window_look(odoo_window(b.odoo), &s);
    assert_int_equal(s.calls_all, 2);
    assert_int_equal(s.trouble_all, 0);
}

static void what_is_no_answer_of_odoos_is_told_apart(void **fixture)
{
    static const struct {
        int status;
        const char *type, *head, *body;
        enum err_kind write, read;
    } rows[] = {
        { 200, "text/html", NULL, "<html>please log in</html>", ERR_UNSURE, ERR_BUSY },
        { 200, "application/json", NULL, "{\"jsonrpc\": \"2.0\", \"resu", ERR_UNSURE, ERR_BUSY },
        { 200, "application/json", NULL, "[]", ERR_UNSURE, ERR_BUSY },
        { 200, "application/json", NULL, "{}", ERR_UNSURE, ERR_BUSY },
        { 200, "application/json", NULL, "", ERR_UNSURE, ERR_BUSY },
        { 302, "text/html", "Location: https://x.example/\r\n", "", ERR_DENIED, ERR_DENIED },
        { 400, "text/html", NULL, "Invalid JSON data", ERR_BUG, ERR_BUG },
        { 401, "text/html", NULL, "who are you", ERR_DENIED, ERR_DENIED },
        { 404, "text/html", NULL, "<html>not here</html>", ERR_DENIED, ERR_DENIED },
        { 413, "text/html", NULL, "<html>too large</html>", ERR_REFUSED, ERR_REFUSED },
        { 429, "text/html", "Retry-After: 3\r\n", "slow down", ERR_LIMITED, ERR_LIMITED },
        { 500, "text/html", NULL, "<html>oops</html>", ERR_UNSURE, ERR_BUSY },
        { 502, "text/html", NULL, "<html>bad gateway</html>", ERR_UNSURE, ERR_BUSY },
        { 503, "text/html", NULL, "<html>from behind the proxy</html>", ERR_UNSURE, ERR_BUSY },
        { 503, "text/plain", NULL, "upstream connect error or disconnect/reset before headers",
          ERR_UNSURE, ERR_BUSY },
        { 503, "text/html", "Retry-After: 3\r\n", "<html>maintenance</html>", ERR_BUSY, ERR_BUSY },
        { 503, "text/html", NULL,
          "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this "
          "request.\n</body></html>\n",
          ERR_BUSY, ERR_BUSY },
        { 503, "text/html", NULL,
          "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n"
          "<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n<hr>",
          ERR_BUSY, ERR_BUSY },
        { 502, "text/html", "Retry-After: 3\r\n", "<html>bad gateway</html>", ERR_UNSURE, ERR_BUSY },
        { 504, "text/html", NULL, "<html>time-out</html>", ERR_UNSURE, ERR_BUSY },
        { 600, "text/html", NULL, "", ERR_UNSURE, ERR_BUSY },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct canned_odoo o = { .replies = { rows[i].body },
                                 .status = rows[i].status,
                                 .type = rows[i].type,
                                 .head = rows[i].head };
        BENCH b = bench_new(&o);
        struct odoo_request read = { .model = "res.partner", .method = "read", .read = true };
        AUTO_ODOO_TRACE trace;
        json_t *result = NULL;
        struct err err = { 0 };

        odoo_trace_init(&trace);
        assert_false(write_one(&b, &result, &trace, &err));
        assert_int_equal(err.kind, rows[i].write);
        assert_int_equal(trace.status, rows[i].status);
        assert_int_equal(atomic_load(&o.calls), 1);
        assert_null(strstr(err.text, "html"));
        if (rows[i].status == 429)
            assert_int_equal(err.wait_ms, 3000);
        assert_null(strstr(trace.request.data, "ada@example.com"));
        assert_null(strstr(trace.request.data, KEY));
        assert_non_null(strstr(trace.request.data, "\"call\":\"res.partner.write\""));
        assert_false(odoo_call(b.odoo, b.http, &read, &result, &trace, &err));
        assert_int_equal(err.kind, rows[i].read);
        assert_null(result);
    }
}

static void a_lost_answer_leaves_a_write_unsure(void **fixture)
{
    static const enum canned_end ends[] = { CANNED_CLOSE, CANNED_RESET };

    (void)fixture;
    for (size_t i = 0; i < 2; i++) {
        struct canned_odoo o = { .end = ends[i] };
        BENCH b = bench_new(&o);
        json_t *result = NULL;
        struct err err = { 0 };
        struct window_snapshot s;

        assert_false(write_one(&b, &result, NULL, &err));
        assert_int_equal(err.kind, ERR_UNSURE);
        assert_int_equal(atomic_load(&o.calls), 1);
        window_look(odoo_window(b.odoo), &s);
        assert_int_equal(s.trouble_all, 1);
        assert_int_equal(s.limit, 1);
    }
}

#define FAULT_REPLY(name, message)                                                                 \
    "{\"jsonrpc\": \"2.0\", \"id\": 9, \"error\": {\"code\": 200, \"message\": \"Odoo Server "     \
    "Error\", \"data\": {\"name\": \"" name "\", \"debug\": \"Traceback " KEY                      \
    "\", \"message\": \"" message "\", \"arguments\": [], \"context\": {}}}}"

static void every_fault_has_its_kind(void **fixture)
{
    static const struct {
        const char *name, *message;
        enum err_kind write, read;
        bool stale;
    } rows[] = {
        { "odoo.exceptions.AccessDenied", "Access Denied", ERR_DENIED, ERR_DENIED, false },
        { "odoo.exceptions.AccessError", "You are not allowed", ERR_DENIED, ERR_DENIED, false },
        { "odoo.exceptions.MissingError", "gone\n(Record: sale.order(7,), User: 6)", ERR_MISSING,
          ERR_MISSING, true },
        { "odoo.exceptions.ValidationError", "Barcode taken", ERR_REFUSED, ERR_REFUSED, false },
        { "odoo.exceptions.ValidationError",
          "in use\nModel: Contact (res.partner)\nConstraint: sale_order_partner_id_fkey",
          ERR_MISSING, ERR_MISSING, true },
        { "odoo.exceptions.UserError", "Some orders are not", ERR_REFUSED, ERR_REFUSED, false },
        { "odoo.exceptions.UserError", "Object x doesn't exist", ERR_BUG, ERR_BUG, true },
        { "odoo.exceptions.RedirectWarning", "No journal", ERR_MISSING, ERR_MISSING, false },
        { "odoo.http.SessionExpiredException", "", ERR_DENIED, ERR_DENIED, false },
        { "builtins.ValueError", "Invalid field 'x'", ERR_BUG, ERR_BUG, true },
        { "builtins.AttributeError", "no method", ERR_BUG, ERR_BUG, true },
        { "builtins.TypeError", "arity", ERR_BUG, ERR_BUG, false },
        { "builtins.KeyError", "'x'", ERR_BUG, ERR_BUG, false },
        { "builtins.MemoryError", "", ERR_BUSY, ERR_BUSY, false },
        { "psycopg2.errors.SerializationFailure", "concurrent", ERR_BUSY, ERR_BUSY, false },
        { "psycopg2.errors.DeadlockDetected", "deadlock", ERR_BUSY, ERR_BUSY, false },
        { "psycopg2.errors.LockNotAvailable", "lock", ERR_BUSY, ERR_BUSY, false },
        { "psycopg2.errors.QueryCanceled", "timeout", ERR_BUSY, ERR_BUSY, false },
        { "psycopg2.errors.NumericValueOutOfRange", "integer", ERR_BUG, ERR_BUG, false },
        { "psycopg2.errors.UndefinedColumn", "column", ERR_BUG, ERR_BUG, true },
        { "psycopg2.errors.DiskFull", "no space", ERR_BUG, ERR_BUG, false },
        { "psycopg2.OperationalError", "could not connect", ERR_BUSY, ERR_BUSY, false },
        { "psycopg2.OperationalError", "database 'x' does not exist", ERR_DENIED, ERR_DENIED,
          false },
        { "psycopg2.OperationalError", "server closed the connection unexpectedly", ERR_UNSURE,
          ERR_BUSY, false },
        { "psycopg2.pool.PoolError", "exhausted", ERR_BUSY, ERR_BUSY, false },
        { "werkzeug.exceptions.ClientDisconnected", "", ERR_BUSY, ERR_BUSY, false },
        { "werkzeug.exceptions.NotFound", "", ERR_DENIED, ERR_DENIED, false },
        { "odoo.addons.some.thing.Odd", "whatever", ERR_BUG, ERR_BUG, false },
        { "", "", ERR_BUG, ERR_BUG, false },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_auto_t *error = json_pack("{s:i, s:{s:s, s:s}}", "code", 200, "data", "name",
                                       rows[i].name, "message", rows[i].message);
        struct err err = { 0 };
        bool stale = false;

        assert_false(faults_judge(error, false, false, &stale, &err));
        assert_int_equal(err.kind, rows[i].write);
        assert_int_equal(stale, rows[i].stale);
        assert_true(strlen(err.text) > 5);
        assert_false(faults_judge(error, true, false, &stale, &err));
        assert_int_equal(err.kind, rows[i].read);
    }
}

static void a_gone_record_is_named(void **fixture)
{
    struct canned_odoo o = { .replies = { FAULT_REPLY("odoo.exceptions.MissingError",
                                                      "Record does not exist.\\n(Record: "
                                                      "product.product(7,), User: 6)") } };
    BENCH b = bench_new(&o);
    json_t *result = NULL;
    AUTO_ODOO_TRACE trace;
    struct err err = { 0 };

    (void)fixture;
    odoo_trace_init(&trace);
    assert_false(write_one(&b, &result, &trace, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_string_equal(err.thing, "odoo:product.product 7");
    assert_string_equal(trace.fault, "odoo.exceptions.MissingError");
    assert_null(strstr(trace.response.data, KEY)); /* tracebacks are not kept */
    assert_int_equal(odoo_stale(b.odoo), 1);
}

static void access_denied_is_tried_once_more(void **fixture)
{
    struct canned_odoo o = { .replies = { FAULT_REPLY("odoo.exceptions.AccessDenied", "Access "
                                                                                      "Denied"),
                                          "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": 5}" } };
    struct canned_odoo never = { .replies = { FAULT_REPLY("odoo.exceptions.AccessDenied", "No") } };
    json_auto_t *result = NULL;
    struct err err = { 0 };

    (void)fixture;
    {
        BENCH b = bench_new(&o);

        assert_true(write_one(&b, &result, NULL, &err));
        assert_int_equal(json_integer_value(result), 5);
        assert_int_equal(atomic_load(&o.calls), 2);
    }
    {
        BENCH b = bench_new(&never);

        json_decref(result);
        result = NULL;
        assert_false(write_one(&b, &result, NULL, &err));
        assert_int_equal(err.kind, ERR_DENIED);
        assert_int_equal(atomic_load(&never.calls), 2);
    }
}

static void an_unknown_user_signs_in_anew(void **fixture)
{
    struct canned_odoo o = { .replies = { FAULT_REPLY("odoo.exceptions.MissingError",
                                                      "gone\\n(Record: res.users(6,), User: 6)"),
                                          "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": 5}" } };
    BENCH b = bench_new(&o);
    json_auto_t *result = NULL;
    struct err err = { 0 };

    (void)fixture;
    assert_true(write_one(&b, &result, NULL, &err));
    assert_int_equal(atomic_load(&o.logins), 2);
}

static void a_wrong_login_is_said_in_words(void **fixture)
{
    struct canned_odoo o = { .uid = "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": false}" };
    BENCH b = bench_new(&o);
    json_t *result = NULL;
    struct err err = { 0 };

    (void)fixture;
    assert_false(write_one(&b, &result, NULL, &err));
    assert_int_equal(err.kind, ERR_DENIED);
    assert_non_null(strstr(err.text, "do not belong together"));
    assert_null(strstr(err.text, KEY));
    assert_int_equal(atomic_load(&o.calls), 0);
}

static void settings_that_cannot_work_are_refused(void **fixture)
{
    static const struct {
        struct odoo_settings settings;
        const char *word;
    } rows[] = {
        { { .url = NULL, .db = "d", .login = "l", .key = "k" }, "address" },
        { { .url = "https://o.example", .db = "", .login = "l", .key = "k" }, "database" },
        { { .url = "https://o.example", .db = "d", .login = NULL, .key = "k" }, "login" },
        { { .url = "https://o.example", .db = "d", .login = "l", .key = "" }, "key" },
        { { .url = "http://o.example", .db = "d", .login = "l", .key = "k" }, "https" },
        { { .url = "https://o.example", .db = "d", .login = "l", .key = "\xff" }, "UTF-8" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { 0 };

        assert_null(odoo_new(&rows[i].settings, &err));
        assert_non_null(strstr(err.text, rows[i].word));
    }
}

static void load_results_are_judged(void **fixture)
{
    static const struct {
        const char *result;
        enum err_kind kind;
        const char *word, *thing;
    } rows[] = {
        { "{\"ids\":[3,4],\"messages\":[],\"nextrow\":0}", ERR_NONE, "", "" },
        { "{\"ids\":false,\"messages\":[{\"type\":\"error\",\"message\":\"could not serialize "
          "access due to concurrent update\\n\",\"record\":0}]}",
          ERR_BUSY, "others", "" },
        { "{\"ids\":false,\"messages\":[{\"record\":1,\"field\":\"partner_id\",\"message\":\"No "
          "matching record\",\"moreinfo\":{\"name\":\"Possible Values\"}}]}",
          ERR_MISSING, "record 2, partner_id", "field:partner_id" },
        { "{\"ids\":false,\"messages\":[{\"record\":0,\"field\":\"date_order\",\"message\":\"bad "
          "datetime\",\"moreinfo\":\"Use the format\"}]}",
          ERR_REFUSED, "record 1, date_order: bad datetime", "field:date_order" },
        { "{\"ids\":false,\"messages\":[]}", ERR_REFUSED, "no reason", "" },
        { "{\"ids\":false}", ERR_REFUSED, "no reason", "" },
        { "7", ERR_BUG, "without ids", "" },
        { "null", ERR_BUG, "without ids", "" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_auto_t *result = json_read(rows[i].result, strlen(rows[i].result), "row", NULL);
        json_auto_t *ids = NULL;
        struct err err = { 0 };

        assert_int_equal(records_load_result(result, &ids, &err), rows[i].kind == ERR_NONE);
        assert_int_equal(err.kind, rows[i].kind);
        assert_non_null(strstr(err.text, rows[i].word));
        assert_string_equal(err.thing, rows[i].thing);
        assert_int_equal(json_array_size(ids), rows[i].kind == ERR_NONE ? 2 : 0);
    }
}

static void a_lost_race_counts_as_trouble_and_names_its_record(void **fixture)
{
    struct canned_odoo o = {
        .replies = { "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"ids\":false,\"messages\":[{"
                     "\"message\":\"could not serialize access due to concurrent update\\n\","
                     "\"record\":4}]}}",
                     "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"ids\":[9],\"messages\":[]}}" }
    };
    BENCH b = bench_new(&o);
    json_auto_t *fields = json_pack("[s,s]", "id", "email"), *ids = NULL;
    json_auto_t *rows = json_pack("[[s,s]]", "shopify_a.customer_1", "ada@example.com");
    AUTO_ODOO_TRACE trace;
    struct err err = { 0 };
    struct window_snapshot s;

    (void)fixture;
    odoo_trace_init(&trace);
    assert_false(records_load_once(b.odoo, b.http, "res.partner", fields, rows, NULL, PACE_ORDERS,
                                   &ids, &trace, &err));
    assert_int_equal(err.kind, ERR_BUSY);
    assert_int_equal(trace.record, 4);
    window_look(odoo_window(b.odoo), &s);
    assert_int_equal(s.trouble_all, 1);
    assert_non_null(strstr(trace.request.data, "shopify_a.customer_1"));
    assert_null(strstr(trace.request.data, "ada@"));
    assert_true(records_load_once(b.odoo, b.http, "res.partner", fields, rows, NULL, PACE_ORDERS,
                                  &ids, &trace, &err));
    assert_int_equal(json_int_or(ids, "0", 0), 9);
    assert_non_null(strstr(o.last, "\"tracking_disable\":true"));
    assert_non_null(strstr(o.last, "\"mode\":\"update\",\"noupdate\":true"));
    assert_null(strstr(o.last, "\"tz\""));
}

static void words_of_odoo_lose_what_is_somebodys(void **fixture)
{
    static const struct {
        const char *message, *open, *people;
    } rows[] = {
        { "Some orders are not in a state requiring confirmation.", NULL, NULL },
        { "first line\nKey (email)=(ada@example.com) already exists.", "first line", "first line" },
        { "mail ada.l+x@example.com twice", "mail *** twice", "mail *** twice" },
        { "call +41 44 668 18 00 now", "call +***now", "call +***now" },
        { "order S00012 of 2026", NULL, NULL },
        { "The VAT [CHE-1] of 'Ada' is wrong", NULL, "The VAT *** of *** is wrong" },
        { "Invalid model 'res.partner'", NULL, NULL },
        { "\n\n  after blanks", "after blanks", "after blanks" },
        { "", NULL, NULL },
    };
    char words[MASK_WORDS_MAX];
    char long_text[1000];

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *open = rows[i].open != NULL ? rows[i].open : rows[i].message;
        const char *people = rows[i].people != NULL ? rows[i].people : rows[i].message;

        assert_string_equal(mask_words(rows[i].message, false, words), open);
        assert_string_equal(mask_words(rows[i].message, true, words), people);
    }
    memset(long_text, 0xc3, sizeof long_text); /* not even UTF-8 */
    long_text[sizeof long_text - 1] = '\0';
    assert_true(strlen(mask_words(long_text, true, words)) < sizeof words);
}

static void external_ids_are_as_odoo_takes_them(void **fixture)
{
    char buf[RECORDS_XMLID_MAX];

    (void)fixture;
    assert_string_equal(records_xmlid(buf, "shopify_Acme-2", "order", INT64_C(820982911946154508)),
                        "shopify_acme_2.order_820982911946154508");
}

/* ---- the reference ---- */

static void add_rows(struct str *to, unsigned count)
{
    str_adds(to, "[");
    for (unsigned i = 0; i < count; i++)
        str_addf(to, "%s{\"id\":%u,\"name\":\"tag\"}", i > 0 ? "," : "", i + 1);
    str_adds(to, "]");
}

static enum canned_end reference_answer(void *ctx, unsigned n, const char *request,
                                        struct str *reply)
{
    struct canned_odoo *o = ctx;
    const char *body = canned_body(request);
    const char *result = "[]";
    AUTO_STR rows;

    (void)n;
    str_init(&rows, 1 << 20);
    atomic_fetch_add(&o->calls, 1);
    if (strstr(body, "\"authenticate\"") != NULL)
        result = "6";
    else if (o->status != 0) {
        canned_http(reply, o->status, "text/html", "", "down");
        return CANNED_CLOSE;
    } else if (strstr(body, "\"fields_get\"") != NULL)
        result = "{\"price_unit\":{\"digits\":[16,3]},\"discount\":{\"digits\":[16,2]}}";
    else if (strstr(body, "\"res.users\"") != NULL)
        result = "[{\"id\":6,\"company_id\":1}]";
    else if (strstr(body, "\"res.company\"") != NULL)
        result = "[{\"id\":1,\"name\":\"Acme\",\"currency_id\":[1,\"USD\"],"
                 "\"account_fiscal_country_id\":[233,\"United States\"],"
                 "\"tax_calculation_rounding_method\":\"round_per_line\"}]";
    else if (strstr(body, "\"res.partner.category\"") != NULL) { /* one more than a page */
        add_rows(&rows, strstr(body, "\"offset\":0") != NULL ? RECORDS_LIMIT : 1);
        result = rows.data;
    } else if (strstr(body, "\"res.currency\"") != NULL)
        result = "[{\"id\":1,\"name\":\"USD\",\"decimal_places\":2,\"rounding\":0.01}]";
    else if (strstr(body, "\"crm.tag\"") != NULL) {
        canned_http(reply, 200, "application/json", "",
                    FAULT_REPLY("odoo.exceptions.UserError", "Object crm.tag doesn't exist"));
        return CANNED_CLOSE;
    }
    str_addf(reply,
             "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
             "{\"jsonrpc\":\"2.0\",\"result\":%s}",
             strlen(result) + 27, result);
    return CANNED_CLOSE;
}

static void the_reference_is_read_once_and_again_when_told(void **fixture)
{
    struct canned_odoo o = { 0 };
    AUTO(canned) server = canned_new(reference_answer, &o);
    AUTO(odoo) odoo = odoo_at(canned_url(server));
    AUTO(http) http = http_new(NULL, NULL);
    AUTO(odoo_reference) cache = odoo_reference_new(odoo, NULL);
    json_t *first, *second;
    struct err err = { 0 };
    int64_t version = 0;
    unsigned calls;

    (void)fixture;
    assert_null(odoo_reference_peek(cache));
    first = odoo_reference_get(cache, http, NULL, &err);
    assert_non_null(first);
    assert_string_equal(json_text_or(first, "company.currency.1", ""), "USD");
    assert_int_equal(json_int_or(first, "digits.price", 0), 3);
    assert_int_equal(json_int_or(first, "currencies.0.digits", 0), 2);
    assert_int_equal(json_int_or(first, "version", 0), 1);
    assert_int_equal(json_len(first, "categories"), RECORDS_LIMIT + 1);
    assert_true(json_is_array(json_object_get(first, "tags"))); /* no such module: none */
    calls = atomic_load(&o.calls);
    second = odoo_reference_get(cache, http, NULL, &err);
    /* the missing crm.tag is a fault that proves us old, but not again and again */
    json_decref(second);
    second = odoo_reference_get(cache, http, NULL, &err);
    assert_true(atomic_load(&o.calls) <= 2 * calls);
    json_decref(second);

    calls = atomic_load(&o.calls);
    odoo_reference_forget(cache, "taxes");
    second = odoo_reference_get(cache, http, NULL, &err);
    assert_int_equal(atomic_load(&o.calls), calls + 1);
    assert_true(odoo_reference_version(cache, http, &version, NULL, &err));
    assert_int_equal(json_int_or(second, "version", 0), version);
    assert_int_equal(json_int_or(first, "version", 0), 1); /* a picture never changes */
    json_decref(second);
    json_decref(first);
}

static void an_older_reference_serves_while_odoo_is_down(void **fixture)
{
    struct canned_odoo o = { 0 };
    AUTO(canned) server = canned_new(reference_answer, &o);
    AUTO(odoo) odoo = odoo_at(canned_url(server));
    AUTO(http) http = http_new(NULL, NULL);
    AUTO(odoo_reference) cache = odoo_reference_new(odoo, NULL);
    json_t *first, *second;
    struct err err = { 0 };

    (void)fixture;
    first = odoo_reference_get(cache, http, NULL, &err);
    assert_non_null(first);
    o.status = 503;
    odoo_reference_forget(cache, NULL);
    second = odoo_reference_get(cache, http, NULL, &err);
    assert_true(json_equal(second, first));
    json_decref(second);
    json_decref(first);
    {
        AUTO(odoo_reference) empty = odoo_reference_new(odoo, NULL);

        assert_null(odoo_reference_get(empty, http, NULL, &err));
        assert_int_equal(err.kind, ERR_BUSY);
    }
}

struct reader {
    struct odoo_reference *cache;
    json_t *picture;
};

static void read_reference(void *item)
{
    struct reader *r = item;
    AUTO(http) http = http_new(NULL, NULL);

    r->picture = odoo_reference_get(r->cache, http, NULL, NULL);
    json_decref(json_incref(json_object_get(r->picture, "company")));
}

static void many_threads_read_the_reference_once(void **fixture)
{
    struct canned_odoo o = { 0 };
    AUTO(canned) server = canned_new(reference_answer, &o);
    AUTO(odoo) odoo = odoo_at(canned_url(server));
    AUTO(odoo_reference) cache = odoo_reference_new(odoo, NULL);
    struct reader readers[8];

    (void)fixture;
    for (unsigned i = 0; i < 8; i++)
        readers[i] = (struct reader){ .cache = cache };
    threads_run(read_reference, readers, sizeof readers[0], 8);
    for (unsigned i = 0; i < 8; i++) {
        assert_non_null(readers[i].picture);
        json_decref(readers[i].picture);
    }
    assert_true(atomic_load(&o.calls) <= 2 * 20); /* once, and once for the doubt about crm.tag */
}

/* ---- the check ---- */

struct check_world {
    const char *series, *missing_model, *denied_right, *zone;
};

static enum canned_end check_answer(void *ctx, unsigned n, const char *request, struct str *reply)
{
    const struct check_world *w = ctx;
    const char *body = canned_body(request), *result = "true";
    char text[256];

    (void)n;
    if (strstr(body, "\"version\"") != NULL) {
        snprintf(text, sizeof text, "{\"server_version\":\"%s-1\",\"server_serie\":\"%s\"}",
                 w->series, w->series);
        result = text;
    } else if (strstr(body, "\"authenticate\"") != NULL)
        result = "6";
    else if (strstr(body, "\"fields_get\"") != NULL)
        result =
            w->missing_model != NULL && strstr(body, w->missing_model) != NULL
                ? "{}"
                : "{\"id\":{},\"picking_ids\":{},\"carrier_id\":{},\"sale_order_template_id\":{}}";
    else if (strstr(body, "\"check_access_rights\"") != NULL)
        result =
            w->denied_right != NULL && strstr(body, w->denied_right) != NULL ? "false" : "true";
    else if (strstr(body, "\"tz\"") != NULL) {
        snprintf(text, sizeof text, "[{\"id\":6,\"tz\":%s,\"company_id\":1,\"company_ids\":[1]}]",
                 w->zone);
        result = text;
    } else
        result = "[{\"id\":6}]";
    str_addf(reply,
             "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
             "{\"jsonrpc\":\"2.0\",\"result\":%s}",
             strlen(result) + 27, result);
    return CANNED_CLOSE;
}

static void the_check_says_in_words_what_is_wrong(void **fixture)
{
    static const struct {
        struct check_world world;
        enum step_state worst;
        const char *step, *word;
    } rows[] = {
        { { "18.0", NULL, NULL, "false" }, STEP_OK, "rights", "all that is needed" },
        { { "17.0", NULL, NULL, "false" }, STEP_FAIL, "server", "this is Odoo 17.0" },
        { { "18.0", "sale_order_template_id", NULL, "false" },
          STEP_FAIL,
          "modules",
          "sale_management" },
        { { "18.0", NULL, "\"stock.picking\",\"check_access_rights\",[],{\"operation\":\"write\"",
            "false" },
          STEP_FAIL,
          "rights",
          "change transfers" },
        { { "18.0", NULL, NULL, "\"Europe/Zurich\"" }, STEP_WARN, "zone", "Europe/Zurich" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct check_world world = rows[i].world;
        AUTO(canned) server = canned_new(check_answer, &world);
        AUTO(odoo) odoo = odoo_at(canned_url(server));
        AUTO(http) http = http_new(NULL, NULL);
        struct steps steps = { 0 };
        bool found = false;

        odoo_check(odoo, http, &steps);
        for (unsigned s = 0; s < steps.count; s++)
            if (strcmp(steps.rows[s].name, rows[i].step) == 0)
                found = strstr(steps.rows[s].text, rows[i].word) != NULL;
        assert_true(found);
        if (rows[i].worst != STEP_OK) /* a slow machine may warn about speed */
            assert_int_equal(steps_worst(&steps), rows[i].worst);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_what_odoo_wants_and_its_result_comes_back),
        cmocka_unit_test(what_is_no_answer_of_odoos_is_told_apart),
        cmocka_unit_test(a_lost_answer_leaves_a_write_unsure),
        cmocka_unit_test(every_fault_has_its_kind),
        cmocka_unit_test(a_gone_record_is_named),
        cmocka_unit_test(access_denied_is_tried_once_more),
        cmocka_unit_test(an_unknown_user_signs_in_anew),
        cmocka_unit_test(a_wrong_login_is_said_in_words),
        cmocka_unit_test(settings_that_cannot_work_are_refused),
        cmocka_unit_test(load_results_are_judged),
        cmocka_unit_test(a_lost_race_counts_as_trouble_and_names_its_record),
        cmocka_unit_test(words_of_odoo_lose_what_is_somebodys),
        cmocka_unit_test(external_ids_are_as_odoo_takes_them),
        cmocka_unit_test(the_reference_is_read_once_and_again_when_told),
        cmocka_unit_test(an_older_reference_serves_while_odoo_is_down),
        cmocka_unit_test(many_threads_read_the_reference_once),
        cmocka_unit_test(the_check_says_in_words_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
