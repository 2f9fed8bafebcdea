#include "tests/unit/unit.h"

#include <string.h>

#include "base/json.h"
#include "shopify/check.h"
#include "shopify/graphql.h"
#include "shopify/reads.h"
#include "shopify/subscriptions.h"
#include "shopify/webhook.h"
#include "tests/unit/canned.h"
#include "tests/unit/threads.h"

#define SECRET "shpss_feedface"

/* ---- webhooks ---- */

static void a_signature_fits_its_body_and_secret_only(void **fixture)
{
    static const char right[] = "iKqz7ejTrflNJquQ07r9SiCDBww7zOnAFO4EpEOEfAs=";
    char text[WEBHOOK_SIGNATURE_MAX];

    (void)fixture;
    webhook_sign("hello", 5, "secret", text);
    assert_string_equal(text, right);
    assert_true(webhook_verify("hello", 5, right, "secret", NULL));
    assert_true(webhook_verify("hello", 5, right, "new", "secret")); /* rotation under way */
    assert_false(webhook_verify("hello", 5, right, "new", ""));
    assert_false(webhook_verify("hello", 5, right, "new", NULL));
    assert_false(webhook_verify("hellp", 5, right, "secret", NULL));
    assert_false(webhook_verify("hello", 4, right, "secret", NULL));
    assert_false(webhook_verify("hello", 5, "", "secret", NULL));
    assert_false(
        webhook_verify("hello", 5, "iKqz7ejTrflNJquQ07r9SiCDBww7zOnAFO4EpEOEfAs", "secret", NULL));
    assert_false(webhook_verify("hello", 5, right, "", NULL)); /* no secret is no key */
    for (size_t i = 0; i < sizeof right - 1; i++) {
        memcpy(text, right, sizeof right);
        text[i] ^= 1;
        assert_false(webhook_verify("hello", 5, text, "secret", "other"));
    }
    assert_false(webhook_verify(
        "hello", 5, "iKqz7ejTrflNJquQ07r9SiCDBww7zOnAFO4EpEOEfAs=iKqz7ejTrflNJquQ07r9Si", "secret",
        NULL));
}

static void topics_go_both_ways(void **fixture)
{
    (void)fixture;
    for (unsigned t = 1; t < TOPIC_COUNT; t++) {
        const char *graphql = topic_graphql((enum topic)t);

        assert_int_equal(topic_of(topic_name((enum topic)t)), t);
        assert_int_equal(graphql != NULL, topic_by_api((enum topic)t));
        if (graphql != NULL)
            assert_int_equal(topic_of_graphql(graphql), t);
    }
    assert_int_equal(topic_of("orders/unheard_of"), TOPIC_NONE);
    assert_int_equal(topic_of(""), TOPIC_NONE);
    assert_int_equal(topic_of("?"), TOPIC_NONE);
    assert_int_equal(topic_of_graphql("SHOP_REDACT"), TOPIC_NONE);
    assert_true(topic_has_flow(TOPIC_ORDERS_CREATE));
    assert_false(topic_has_flow(TOPIC_PRODUCTS_DELETE));
    assert_string_equal(topic_class_name(topic_class(TOPIC_SHOP_REDACT)), "privacy");
    assert_string_equal(topic_name(TOPIC_NONE), "?");
}

/* ---- shops ---- */

static void a_shops_address_is_understood_in_any_spelling(void **fixture)
{
    static const struct {
        const char *spelling, *domain; /* NULL: refused */
    } rows[] = {
        { "acme", "acme.myshopify.com" },
        { " Acme.MyShopify.com ", "acme.myshopify.com" },
        { "https://acme.myshopify.com/", "acme.myshopify.com" },
        { "https://acme.myshopify.com/admin/orders?x=1", "acme.myshopify.com" },
        { "http://acme-2.myshopify.com:443", "acme-2.myshopify.com" },
        { "https://admin.shopify.com/store/acme/orders", "acme.myshopify.com" },
        { "admin.shopify.com/store/acme", "acme.myshopify.com" },
        { "www.acme.com", NULL },
        { "acme.myshopify.com.evil.example", NULL },
        { "evil.example/acme.myshopify.com", NULL },
        { "acme_x", NULL },
        { "-acme", NULL },
        { "", NULL },
        { "https://", NULL },
        { "a\xc3\xa4", NULL },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "aa"
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "aa",
          NULL },
    };
    char domain[SHOP_DOMAIN_MAX];

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { 0 };

        assert_int_equal(shop_domain_from(rows[i].spelling, domain, &err), rows[i].domain != NULL);
        if (rows[i].domain != NULL)
            assert_string_equal(domain, rows[i].domain);
        else
            assert_int_equal(err.kind, ERR_INVALID);
    }
}

static void settings_that_cannot_work_are_refused(void **fixture)
{
    static const struct {
        struct shop_settings settings;
        const char *word;
    } rows[] = {
        { { .domain = "acme.com", .token = "t" }, "domain" },
        { { .domain = NULL, .token = "t" }, "domain" },
        { { .domain = "a.myshopify.com" }, "missing" },
        { { .domain = "a.myshopify.com", .client_id = "c" }, "missing" },
        { { .domain = "a.myshopify.com", .client_id = "c", .client_secret = "s", .token = "t" },
          "not both" },
        { { .domain = "a.myshopify.com", .token = "t", .url = "http://shop.example" }, "https" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { 0 };

        assert_null(shop_new(&rows[i].settings, &err));
        assert_non_null(strstr(err.text, rows[i].word));
    }
}

/* ---- a canned shop ---- */

struct world {
    /* what calls get, in turn; the last one stays */
    const char *replies[6];
    int status;
    const char *head;
    enum canned_end end;
    const char *token_reply; /* NULL: a good one */
    int token_status;
    bool old_token_bad;       /* token-1 gets 401 */
    unsigned long long there; /* subscribed topics, by bit */
    enum topic lose;          /* the answer to creating this is lost, once */
    atomic_uint calls, tokens;
    char last[8192]; /* the last GraphQL request as it came */
    char ids[256];
};

#define COST                                                                                       \
    "\"extensions\":{\"cost\":{\"requestedQueryCost\":200,\"actualQueryCost\":40.0,"               \
    "\"throttleStatus\":{\"maximumAvailable\":2000.0,\"currentlyAvailable\":1800,"                 \
    "\"restoreRate\":100.0}}}"

static enum canned_end give_token(struct world *w, struct str *reply)
{
    char text[128];
    unsigned n = atomic_fetch_add(&w->tokens, 1) + 1;

    snprintf(text, sizeof text,
             "{\"access_token\":\"token-%u\",\"scope\":\"read_orders\",\"expires_in\":86399}", n);
    canned_http(reply, w->token_status != 0 ? w->token_status : 200, "application/json",
                "Connection: close\r\n", w->token_reply != NULL ? w->token_reply : text);
    return CANNED_CLOSE;
}

static void list_subscriptions(const struct world *w, struct str *reply)
{
    AUTO_STR body;
    const char *comma = "";

    str_init(&body, 65536);
    str_adds(&body, "{\"data\":{\"webhookSubscriptions\":{\"nodes\":[");
    for (unsigned t = 1; t < TOPIC_COUNT; t++)
        if (w->there >> t & 1) {
            str_addf(&body,
                     "%s{\"id\":\"gid://shopify/WebhookSubscription/%u\",\"topic\":\"%s\","
                     "\"uri\":\"https://hook.example/\",\"format\":\"JSON\"}",
                     comma, t, topic_graphql((enum topic)t));
            comma = ",";
        }
    str_adds(&body, "],\"pageInfo\":{\"hasNextPage\":false}}}," COST "}");
    canned_http(reply, 200, "application/json", "Connection: close\r\n", body.data);
}

static enum canned_end subscription_answer(struct world *w, const char *body, struct str *reply)
{
    const char *p = strstr(body, "\"topic\":\"");
    char name[64] = "";
    enum topic topic;

    if (strstr(body, "\"operationName\":\"WebhookList\"") != NULL) {
        list_subscriptions(w, reply);
        return CANNED_CLOSE;
    }
    if (strstr(body, "\"operationName\":\"WebhookDelete\"") != NULL) {
        p = strstr(body, "WebhookSubscription/");
        w->there &= ~(1ull << strtoul(p + strlen("WebhookSubscription/"), NULL, 10));
        canned_http(
            reply, 200, "application/json", "Connection: close\r\n",
            "{\"data\":{\"webhookSubscriptionDelete\":{\"deletedWebhookSubscriptionId\":\"x\","
            "\"userErrors\":[]}}," COST "}");
        return CANNED_CLOSE;
    }
    snprintf(name, sizeof name, "%.*s", (int)strcspn(p + 9, "\""), p + 9);
    topic = topic_of_graphql(name);
    w->there |= 1ull << topic;
    if (w->lose == topic) {
        w->lose = TOPIC_NONE;
        return CANNED_CLOSE;
    }
    canned_http(reply, 200, "application/json", "Connection: close\r\n",
                "{\"data\":{\"webhookSubscriptionCreate\":{\"webhookSubscription\":{\"id\":\"x\"},"
                "\"userErrors\":[]}}," COST "}");
    return CANNED_CLOSE;
}

static enum canned_end world_answer(void *ctx, unsigned n, const char *request, struct str *reply)
{
    struct world *w = ctx;
    unsigned call;

    (void)n;
    if (str_starts(request, "POST /admin/oauth/access_token "))
        return give_token(w, reply);
    call = atomic_fetch_add(&w->calls, 1);
    str_copy(w->last, sizeof w->last, request);
    if (w->old_token_bad && strstr(request, "X-Shopify-Access-Token: token-1\r\n") != NULL) {
        canned_http(reply, 401, "application/json", "Connection: close\r\n",
                    "{\"errors\":\"[API] Invalid API key or access token\"}");
        return CANNED_CLOSE;
    }
    if (w->replies[0] == NULL && w->end == CANNED_CLOSE)
        return subscription_answer(w, canned_body(request), reply);
    while (call > 0 && (call >= 6 || w->replies[call] == NULL))
        call--;
    if (w->replies[call] != NULL)
        canned_http(reply, w->status != 0 ? w->status : 200, "application/json",
                    w->head != NULL ? w->head
                                    : "X-Request-Id: req-7\r\nX-Shopify-API-Version: 2026-10\r\n"
                                      "Connection: close\r\n",
                    w->replies[call]);
    return w->end;
}

struct bench {
    struct canned *server;
    struct shop *shop;
    struct http *http;
};

static struct bench bench_new(struct world *w, const char *permanent)
{
    struct bench b = { .server = canned_new(world_answer, w), .http = http_new(NULL, NULL) };
    struct shop_settings settings = { .domain = "acme.myshopify.com",
                                      .url = canned_url(b.server),
                                      .token = permanent,
                                      .client_id = permanent == NULL ? "client" : NULL,
                                      .client_secret = SECRET };

    b.shop = shop_new(&settings, NULL);
    return b;
}

static void bench_free(struct bench *b)
{
    shop_free(b->shop);
    http_free(b->http);
    canned_free(b->server);
}
#define BENCH __attribute__((cleanup(bench_free))) struct bench

static bool ask_shop(struct bench *b, json_t **data, struct graphql_trace *trace, struct err *err)
{
    struct graphql_request request = { .operation = GRAPHQL_SHOP_INFO, .class = PACE_ORDERS };

    return graphql_call(b->shop, b->http, &request, data, trace, err);
}

static bool change_shop(struct bench *b, json_t **data, struct graphql_trace *trace,
                        struct err *err)
{
    json_auto_t *variables =
        json_pack("{s:s, s:{s:s}}", "topic", "ORDERS_CREATE", "sub", "email", "ada@example.com");
    struct graphql_request request = { .operation = GRAPHQL_WEBHOOK_CREATE,
                                       .variables = variables,
                                       .class = PACE_ORDERS };

    return graphql_call(b->shop, b->http, &request, data, trace, err);
}

static void a_call_is_signed_paid_for_and_remembered(void **fixture)
{
    struct world w = { .replies = { "{\"data\":{\"shop\":{\"name\":\"Acme\"}}," COST "}" } };
    BENCH b = bench_new(&w, NULL);
    AUTO_GRAPHQL_TRACE trace;
    json_auto_t *data = NULL, *sent = NULL;
    struct pace_snapshot s;
    struct err err = { 0 };

    (void)fixture;
    graphql_trace_init(&trace);
    assert_true(ask_shop(&b, &data, &trace, &err));
    assert_string_equal(json_text_or(data, "shop.name", ""), "Acme");
    assert_true(str_starts(w.last, "POST /admin/api/2026-10/graphql.json HTTP/1.1\r\n"));
    assert_non_null(strstr(w.last, "X-Shopify-Access-Token: token-1\r\n"));
    sent = json_read(canned_body(w.last), strlen(canned_body(w.last)), "sent", NULL);
    assert_string_equal(json_text_or(sent, "operationName", ""), "ShopInfo");
    assert_non_null(strstr(json_text_or(sent, "query", ""), "query ShopInfo"));
    assert_true(json_is_object(json_object_get(sent, "variables")));
    assert_string_equal(trace.request_id, "req-7");
    assert_string_equal(trace.api_version, "2026-10");
    assert_true(trace.requested == 200 && trace.actual == 40 && trace.status == 200);
    assert_int_equal(trace.request.len, 0);
    pace_look(shop_pace(b.shop), &s);
    assert_true(s.maximum == 2000 && s.restore == 100 && s.reserved == 0);
    assert_true(s.available >= 1600 && s.available <= 2000);
    assert_true(s.used_60s[PACE_ORDERS] == 40);
}

static struct http_answer answer_of(int status, const char *body)
{
    struct http_answer answer;

    http_answer_init(&answer);
    answer.status = status;
    str_adds(&answer.body, body);
    return answer;
}

#define ERROR(code) "{\"errors\":[{\"message\":\"words\",\"extensions\":{\"code\":\"" code "\"}}]}"

static void every_shape_of_failure_has_its_kind(void **fixture)
{
    static const struct {
        int status;
        const char *body;
        enum err_kind write, read;
    } rows[] = {
        { 200, "{\"data\":{\"shop\":{}}}", ERR_NONE, ERR_NONE },
        { 200, "{\"data\":{\"shop\":{}},\"errors\":null}", ERR_NONE, ERR_NONE },
        { 200, "{\"data\":{\"shop\":{}},\"errors\":[]}", ERR_UNSURE, ERR_BUSY },
        { 200, ERROR("THROTTLED"), ERR_LIMITED, ERR_LIMITED },
        { 429, ERROR("THROTTLED"), ERR_LIMITED, ERR_LIMITED },
        { 200, "{\"errors\":[{\"message\":\"Throttled\"}]}", ERR_LIMITED, ERR_LIMITED },
        { 200, ERROR("MAX_COST_EXCEEDED"), ERR_BUG, ERR_BUG },
        { 200,
          "{\"data\":{\"order\":null},\"errors\":[{\"message\":\"Access denied for order "
          "field.\",\"path\":[\"order\"],\"extensions\":{\"code\":\"ACCESS_DENIED\"}}]}",
          ERR_DENIED, ERR_DENIED },
        { 200,
          "{\"data\":{\"customer\":null},\"errors\":[{\"message\":\"This app is not approved to "
          "access the Customer object.\",\"path\":[\"customer\"]}]}",
          ERR_DENIED, ERR_DENIED },
        { 200, ERROR("INTERNAL_SERVER_ERROR"), ERR_UNSURE, ERR_BUSY },
        { 500, ERROR("INTERNAL_SERVER_ERROR"), ERR_UNSURE, ERR_BUSY },
        { 200, ERROR("undefinedField"), ERR_BUG, ERR_BUG },
        { 200, ERROR("missingRequiredArguments"), ERR_BUG, ERR_BUG },
        { 200, ERROR("argumentLiteralsIncompatible"), ERR_BUG, ERR_BUG },
        { 200, ERROR("selectionMismatch"), ERR_BUG, ERR_BUG },
        { 200, ERROR("INVALID_VARIABLE"), ERR_BUG, ERR_BUG },
        { 200, ERROR("PARSE_ERROR"), ERR_BUG, ERR_BUG },
        { 200, ERROR("BAD_REQUEST"), ERR_BUG, ERR_BUG },
        { 200, ERROR("INVALID_FIELD_ARGUMENTS"), ERR_BUG, ERR_BUG },
        { 200, ERROR("MAX_INPUT_SIZE_EXCEEDED"), ERR_BUG, ERR_BUG },
        { 200, "{\"errors\":[{\"message\":\"no code at all\"}]}", ERR_BUG, ERR_BUG },
        { 200, ERROR("RESOURCE_NOT_FOUND"), ERR_MISSING, ERR_MISSING },
        { 200, ERROR("NOT_FOUND"), ERR_MISSING, ERR_MISSING },
        { 200, ERROR("OPERATION_IN_PROGRESS"), ERR_BUSY, ERR_BUSY },
        { 200, ERROR("IDEMPOTENCY_CONCURRENT_REQUEST"), ERR_BUSY, ERR_BUSY },
        { 200, ERROR("IDEMPOTENCY_KEY_PARAMETER_MISMATCH"), ERR_CONFLICT, ERR_CONFLICT },
        { 200, ERROR("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"), ERR_CONFLICT, ERR_CONFLICT },
        { 403, ERROR("SHOP_INACTIVE"), ERR_DENIED, ERR_DENIED },
        { 401, "{\"errors\":\"[API] Invalid API key or access token\"}", ERR_DENIED, ERR_DENIED },
        { 401, "{\"errors\":{\"base\":[\"no\"]}}", ERR_DENIED, ERR_DENIED },
        { 401, "{\"errors\":[\"no\"]}", ERR_DENIED, ERR_DENIED },
        { 402, "{\"errors\":\"Unavailable Shop\"}", ERR_DENIED, ERR_DENIED },
        { 403, "", ERR_DENIED, ERR_DENIED },
        { 404, "{\"errors\":\"Not Found\"}", ERR_DENIED, ERR_DENIED },
        { 423, "", ERR_DENIED, ERR_DENIED },
        { 301, "", ERR_DENIED, ERR_DENIED },
        { 400, "bad", ERR_BUG, ERR_BUG },
        { 406, "", ERR_BUG, ERR_BUG },
        { 422, "{\"errors\":{}}", ERR_BUG, ERR_BUG },
        { 429, "slow down", ERR_LIMITED, ERR_LIMITED },
        { 430, "", ERR_LIMITED, ERR_LIMITED },
        { 500, "<html>oops</html>", ERR_UNSURE, ERR_BUSY },
        { 502, "<html>bad gateway</html>", ERR_UNSURE, ERR_BUSY },
        { 503, "", ERR_UNSURE, ERR_BUSY },
        { 504, "", ERR_UNSURE, ERR_BUSY },
        { 520, "", ERR_UNSURE, ERR_BUSY },
        { 200, "<html>maintenance</html>", ERR_UNSURE, ERR_BUSY },
        { 200, "{\"data\":{\"cut", ERR_UNSURE, ERR_BUSY },
        { 200, "{\"data\":null}", ERR_UNSURE, ERR_BUSY },
        { 200, "{\"data\":[]}", ERR_UNSURE, ERR_BUSY },
        { 200, "{}", ERR_UNSURE, ERR_BUSY },
        { 200, "[]", ERR_UNSURE, ERR_BUSY },
        { 200, "", ERR_UNSURE, ERR_BUSY },
        { 200, "{\"errors\":[7]}", ERR_UNSURE, ERR_BUSY },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_answer answer = answer_of(rows[i].status, rows[i].body);
        struct err err = { 0 };

        for (int read = 0; read < 2; read++) {
            json_t *data = NULL;
            enum err_kind kind = read == 1 ? rows[i].read : rows[i].write;

            assert_int_equal(graphql_judge(&answer, read == 1, &data, NULL, &err),
                             kind == ERR_NONE);
            assert_int_equal(err.kind, kind);
            assert_int_equal(data != NULL, kind == ERR_NONE);
            assert_int_equal(err.wait_ms > 0, kind == ERR_LIMITED);
            assert_null(strstr(err.text, "<html"));
            json_decref(data);
        }
        http_answer_clear(&answer);
    }
}

static void a_denial_names_the_scope_or_the_field(void **fixture)
{
    static const struct {
        const char *body, *thing;
    } rows[] = {
        { "{\"errors\":[{\"message\":\"Access "
          "denied\",\"path\":[\"customer\"],\"extensions\":{\"code\":"
          "\"ACCESS_DENIED\",\"requiredAccess\":\"`read_customers` access scope.\"}}]}",
          "scope:read_customers" },
        { "{\"errors\":[{\"message\":\"Access "
          "denied\",\"path\":[\"order\",\"customer\",0,\"email\"],"
          "\"extensions\":{\"code\":\"ACCESS_DENIED\"}}]}",
          "field:order.customer.email" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_answer answer = answer_of(200, rows[i].body);
        json_t *data = NULL;
        struct err err = { 0 };

        assert_false(graphql_judge(&answer, true, &data, NULL, &err));
        assert_string_equal(err.thing, rows[i].thing);
        http_answer_clear(&answer);
    }
}

static void a_wrong_value_is_not_quoted(void **fixture)
{
    struct http_answer answer = answer_of(
        200, "{\"errors\":[{\"message\":\"Variable $input was provided invalid value ada\","
             "\"extensions\":{\"code\":\"INVALID_VARIABLE\",\"value\":\"ada\",\"problems\":[{"
             "\"path\":[\"input\",\"email\"],\"explanation\":\"ada\"}]}}]}");
    json_t *data = NULL;
    struct err err = { 0 };

    (void)fixture;
    assert_false(graphql_judge(&answer, true, &data, NULL, &err));
    assert_null(strstr(err.text, "ada"));
    assert_non_null(strstr(err.text, "email"));
    http_answer_clear(&answer);
}

static void a_throttled_shop_is_left_alone_as_long_as_the_points_need(void **fixture)
{
    struct world
        w = { .replies = {
                  "{\"errors\":[{\"message\":\"Throttled\",\"extensions\":{\"code\":\"THROTTLED\"}}"
                  "],"
                  "\"extensions\":{\"cost\":{\"requestedQueryCost\":600,\"actualQueryCost\":null,"
                  "\"throttleStatus\":{\"maximumAvailable\":1000,\"currentlyAvailable\":100,"
                  "\"restoreRate\":50}}}}" } };
    BENCH b = bench_new(&w, "shpat_1");
    json_t *data = NULL;
    struct pace_snapshot s;
    struct err err = { 0 };

    (void)fixture;
    assert_false(ask_shop(&b, &data, NULL, &err));
    assert_int_equal(err.kind, ERR_LIMITED);
    assert_in_range(err.wait_ms, 10000, 10001); /* (600 - 100) / 50 s */
    pace_look(shop_pace(b.shop), &s);
    assert_int_equal(s.throttled_5m, 1);
    assert_true(s.blocked_us > 0 && s.maximum == 1000 && s.reserved == 0);
}

static void a_lost_answer_leaves_a_change_unsure(void **fixture)
{
    struct world w = { .end = CANNED_RESET };
    BENCH b = bench_new(&w, "shpat_1");
    AUTO_GRAPHQL_TRACE trace;
    json_t *data = NULL;
    struct err err = { 0 };

    (void)fixture;
    graphql_trace_init(&trace);
    assert_false(change_shop(&b, &data, &trace, &err));
    assert_int_equal(err.kind, ERR_UNSURE);
    assert_int_equal(atomic_load(&w.calls), 1);
    assert_non_null(strstr(trace.request.data, "\"operation\":\"WebhookCreate\""));
    assert_null(strstr(trace.request.data, "ada@"));
    assert_false(ask_shop(&b, &data, NULL, &err));
    assert_int_equal(err.kind, ERR_BUSY);
}

/* ---- tokens ---- */

struct caller {
    struct shop *shop;
    bool good;
};

static void call_once(void *item)
{
    struct caller *c = item;
    struct graphql_request request = { .operation = GRAPHQL_SHOP_INFO, .class = PACE_ORDERS };
    AUTO(http) http = http_new(NULL, NULL);
    json_auto_t *data = NULL;

    c->good = graphql_call(c->shop, http, &request, &data, NULL, NULL);
}

static void many_threads_ask_for_one_token(void **fixture)
{
    struct world w = { .replies = { "{\"data\":{\"shop\":{}}," COST "}" } };
    BENCH b = bench_new(&w, NULL);
    struct caller callers[8];

    (void)fixture;
    for (unsigned i = 0; i < 8; i++)
        callers[i] = (struct caller){ .shop = b.shop };
    threads_run(call_once, callers, sizeof callers[0], 8);
    for (unsigned i = 0; i < 8; i++)
        assert_true(callers[i].good);
    assert_int_equal(atomic_load(&w.tokens), 1);
}

static void a_token_is_renewed_at_four_fifths_of_its_life(void **fixture)
{
    static const when start = 1700000000 * WHEN_SECOND;
    struct world w = { .replies = { "{\"data\":{\"shop\":{}}," COST "}" } };
    json_t *data = NULL;
    struct err err = { 0 };

    (void)fixture;
    when_set_for_tests(start);
    {
        BENCH b = bench_new(&w, NULL);

        assert_true(ask_shop(&b, &data, NULL, &err));
        json_decref(data);
        when_set_for_tests(start + 69000 * WHEN_SECOND);
        assert_true(ask_shop(&b, &data, NULL, &err));
        json_decref(data);
        assert_int_equal(atomic_load(&w.tokens), 1);
        when_set_for_tests(start + 69200 * WHEN_SECOND); /* 86399 * 0.8 = 69119 */
        assert_true(ask_shop(&b, &data, NULL, &err));
        json_decref(data);
        assert_int_equal(atomic_load(&w.tokens), 2);
        assert_non_null(strstr(w.last, "X-Shopify-Access-Token: token-2\r\n"));
        w.token_status = 503; /* while it lives, a failed renewal does no harm */
        when_set_for_tests(start + 150000 * WHEN_SECOND);
        assert_true(ask_shop(&b, &data, NULL, &err));
        json_decref(data);
        assert_int_equal(atomic_load(&w.tokens), 3);
        when_set_for_tests(start + 200000 * WHEN_SECOND);
        assert_false(ask_shop(&b, &data, NULL, &err));
        assert_int_equal(err.kind, ERR_BUSY);
    }
    when_set_for_tests(0);
}

static void a_refused_token_is_renewed_once(void **fixture)
{
    struct world w = { .replies = { "{\"data\":{\"shop\":{}}," COST "}" }, .old_token_bad = true };
    struct world never = { .replies = { "{\"errors\":\"no\"}" }, .status = 401 };
    json_auto_t *data = NULL;
    struct err err = { 0 };

    (void)fixture;
    {
        BENCH b = bench_new(&w, NULL);

        assert_true(ask_shop(&b, &data, NULL, &err));
        assert_int_equal(atomic_load(&w.tokens), 2);
        assert_int_equal(atomic_load(&w.calls), 2);
    }
    json_decref(data);
    data = NULL;
    {
        BENCH b = bench_new(&never, NULL);

        assert_false(ask_shop(&b, &data, NULL, &err));
        assert_int_equal(err.kind, ERR_DENIED);
        assert_int_equal(atomic_load(&never.calls), 2);
    }
    atomic_store(&never.calls, 0);
    {
        BENCH b = bench_new(&never, "shpat_1"); /* there is no other one */

        assert_false(ask_shop(&b, &data, NULL, &err));
        assert_int_equal(err.kind, ERR_DENIED);
        assert_int_equal(atomic_load(&never.calls), 1);
    }
}

static void a_refused_client_is_said_in_words(void **fixture)
{
    static const struct {
        int status;
        const char *reply;
        enum err_kind kind;
        const char *word;
    } rows[] = {
        { 400, "{\"error\":\"invalid_client\"}", ERR_DENIED, "secret is wrong" },
        { 400, "{\"error\":\"shop_not_permitted\"}", ERR_DENIED, "organisation" },
        { 400, "{\"error\":\"application_cannot_be_found\"}", ERR_DENIED, "no app" },
        { 401, "{\"error\":\"something_new " SECRET "\"}", ERR_DENIED, "refuses" },
        { 404, "<html>no shop</html>", ERR_DENIED, "404" },
        { 429, "", ERR_LIMITED, "429" },
        { 500, "<html>", ERR_BUSY, "500" },
        { 200, "<html>", ERR_BUSY, "200" },
        { 200, "{\"access_token\":\"\"}", ERR_BUG, "longer" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w = { .token_status = rows[i].status, .token_reply = rows[i].reply };
        BENCH b = bench_new(&w, NULL);
        json_t *data = NULL;
        struct err err = { 0 };

        assert_false(ask_shop(&b, &data, NULL, &err));
        assert_int_equal(err.kind, rows[i].kind);
        assert_non_null(strstr(err.text, rows[i].word));
        assert_null(strstr(err.text, SECRET));
        assert_int_equal(atomic_load(&w.calls), 0);
    }
}

/* ---- reads ---- */

static void user_errors_are_refusals(void **fixture)
{
    static const struct {
        const char *data;
        enum err_kind kind;
        const char *word, *thing;
    } rows[] = {
        { "{\"x\":{\"userErrors\":[]}}", ERR_NONE, "", "" },
        { "{\"x\":{\"userErrors\":[{\"field\":[\"input\",\"quantities\",\"0\"],\"message\":\"Too "
          "much\","
          "\"code\":\"INVALID\"}]}}",
          ERR_REFUSED, "x: INVALID input.quantities.0: Too much", "field:input.quantities.0" },
        { "{\"x\":{\"userErrors\":[{\"field\":null,\"message\":\"ada@example.com is taken\"}]}}",
          ERR_REFUSED, "x: *** is taken", "" },
        { "{\"x\":{\"orderCancelUserErrors\":[{\"message\":\"no\",\"code\":\"NOT\"}]}}",
          ERR_REFUSED, "x: NOT no", "" },
        { "{\"x\":null}", ERR_BUG, "no such result", "" },
        { "{}", ERR_BUG, "no such result", "" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_auto_t *data = json_read(rows[i].data, strlen(rows[i].data), "row", NULL);
        struct err err = { 0 };

        assert_int_equal(graphql_user_errors(data, "x", &err), rows[i].kind == ERR_NONE);
        assert_int_equal(err.kind, rows[i].kind);
        assert_non_null(strstr(err.text, rows[i].word));
        assert_string_equal(err.thing, rows[i].thing);
    }
}

static void gids_are_read_strictly(void **fixture)
{
    char buf[GRAPHQL_GID_MAX];
    int64_t id = -1;

    (void)fixture;
    graphql_gid(buf, "Order", INT64_C(820982911946154508));
    assert_string_equal(buf, "gid://shopify/Order/820982911946154508");
    assert_true(graphql_gid_id(buf, "Order", &id));
    assert_true(id == INT64_C(820982911946154508));
    assert_true(graphql_gid_id("gid://shopify/InventoryLevel/7?inventory_item_id=9",
                               "InventoryLevel", &id));
    assert_int_equal(id, 7);
    assert_false(graphql_gid_id(buf, "OrderX", &id));
    assert_false(graphql_gid_id("gid://shopify/OrderLine/7", "Order", &id));
    assert_false(graphql_gid_id("gid://shopify/Order/99999999999999999999", "Order", &id));
    assert_false(graphql_gid_id("gid://shopify/Order/", "Order", &id));
    assert_false(graphql_gid_id("gid://shopify/Order/-7", "Order", &id));
    assert_false(graphql_gid_id(NULL, "Order", &id));
    assert_int_equal(id, 7);
}

#define ORDER(updated, more, nodes)                                                                \
    "{\"data\":{\"order\":{\"id\":\"gid://shopify/Order/7\",\"updatedAt\":\"" updated "\","        \
    "\"lineItems\":{\"nodes\":[" nodes "],\"pageInfo\":{\"hasNextPage\":" more                     \
    ",\"endCursor\":\"cur\"}}}}," COST "}"

static void a_long_order_is_read_to_its_end(void **fixture)
{
    struct world w = { .replies = { ORDER("1", "true", "{\"id\":1},{\"id\":2}"),
                                    ORDER("1", "true", "{\"id\":3}"),
                                    ORDER("1", "false", "{\"id\":4}") } };
    BENCH b = bench_new(&w, "shpat_1");
    json_auto_t *order = NULL;
    struct err err = { 0 };

    (void)fixture;
    assert_true(orders_fetch(b.shop, b.http, 7, PACE_ORDERS, &order, NULL, &err));
    assert_int_equal(json_len(order, "lineItems.nodes"), 4);
    assert_int_equal(json_int_or(order, "lineItems.nodes.3.id", 0), 4);
    assert_int_equal(atomic_load(&w.calls), 3);
    assert_non_null(strstr(w.last, "\"after\":\"cur\""));
}

static void an_order_that_moves_between_its_pages_is_read_again(void **fixture)
{
    struct world w = { .replies = {
                           ORDER("1", "true", "{\"id\":1}"), ORDER("2", "false", "{\"id\":2}"),
                           ORDER("2", "true", "{\"id\":1}"), ORDER("2", "false", "{\"id\":2}") } };
    struct world always = { .replies = { ORDER("1", "true", ""), ORDER("2", "true", ""),
                                         ORDER("3", "true", ""), ORDER("4", "true", ""),
                                         ORDER("5", "true", ""), ORDER("6", "true", "") } };
    json_auto_t *order = NULL;
    struct err err = { 0 };

    (void)fixture;
    {
        BENCH b = bench_new(&w, "shpat_1");

        assert_true(orders_fetch(b.shop, b.http, 7, PACE_ORDERS, &order, NULL, &err));
        assert_int_equal(json_len(order, "lineItems.nodes"), 2);
        assert_string_equal(json_text_or(order, "updatedAt", ""), "2");
    }
    {
        BENCH b = bench_new(&always, "shpat_1");
        json_t *none = NULL;

        assert_false(orders_fetch(b.shop, b.http, 7, PACE_ORDERS, &none, NULL, &err));
        assert_int_equal(err.kind, ERR_CONFLICT);
    }
}

static void an_order_that_is_gone_is_missing(void **fixture)
{
    struct world w = { .replies = { "{\"data\":{\"order\":null}," COST "}" } };
    BENCH b = bench_new(&w, "shpat_1");
    json_t *order = NULL;
    struct err err = { 0 };

    (void)fixture;
    assert_false(orders_fetch(b.shop, b.http, 7, PACE_ORDERS, &order, NULL, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_string_equal(err.thing, "shopify:gid://shopify/Order/7");
}

static void variants_are_found_by_their_exact_sku(void **fixture)
{
    struct world w = { .replies = { "{\"data\":{\"productVariants\":{\"nodes\":[{\"id\":1,\"sku\":"
                                    "\"it's-1\"},{\"id\":2,"
                                    "\"sku\":\"IT'S-1\"}],\"pageInfo\":{\"hasNextPage\":true,"
                                    "\"endCursor\":\"cur\"}}}," COST "}",
                                    "{\"data\":{\"productVariants\":{\"nodes\":[{\"id\":3,\"sku\":"
                                    "\"it's-1\"},{\"id\":4,"
                                    "\"sku\":null}],\"pageInfo\":{\"hasNextPage\":false}}}," COST
                                    "}" } };
    BENCH b = bench_new(&w, "shpat_1");
    json_auto_t *variants = NULL;
    struct err err = { 0 };

    (void)fixture;
    assert_true(variants_by_sku(b.shop, b.http, "it's-1", PACE_ORDERS, &variants, NULL, &err));
    assert_int_equal(json_array_size(variants), 2); /* duplicates are legal */
    assert_int_equal(json_int_or(variants, "1.id", 0), 3);
    assert_non_null(strstr(w.last, "\"query\":\"sku:'it\\\\'s-1'\""));
}

static void the_sweep_asks_for_a_span_oldest_change_first(void **fixture)
{
    struct world w = { .replies = {
                           "{\"data\":{\"orders\":{\"nodes\":[],\"pageInfo\":{\"hasNextPage\":"
                           "false}}}," COST "}" } };
    BENCH b = bench_new(&w, "shpat_1");
    json_auto_t *page = NULL;
    struct err err = { 0 };
    when from = 0, to = 0;

    (void)fixture;
    assert_true(when_parse_iso("2026-11-01T00:00:00Z", &from));
    assert_true(when_parse_iso("2026-11-01T01:00:00Z", &to));
    assert_true(orders_page(b.shop, b.http, from, to, NULL, PACE_RECONCILE, &page, NULL, &err));
    assert_non_null(strstr(w.last, "updated_at:>='2026-11-01T00:00:00Z' "
                                   "updated_at:<'2026-11-01T01:00:00Z'"));
    assert_non_null(strstr(w.last, "sortKey: UPDATED_AT"));
}

/* ---- subscriptions ---- */

static void subscriptions_are_made_once_and_found_again(void **fixture)
{
    struct world w = { .there = 1ull << TOPIC_ORDERS_CREATE, .lose = TOPIC_ORDERS_PAID };
    BENCH b = bench_new(&w, "shpat_1");
    struct subscriptions found;
    struct err err = { 0 };
    unsigned by_api = 0;

    (void)fixture;
    for (unsigned t = 1; t < TOPIC_COUNT; t++)
        by_api += topic_by_api((enum topic)t);
    assert_true(subscriptions_list(b.shop, b.http, "https://hook.example/", &found, NULL, &err));
    assert_int_equal(found.count, TOPIC_COUNT - 1);
    assert_int_equal(found.ok, 1);
    assert_int_equal(found.missing, by_api - 1);
    /* the lost answer is no harm: it is there when we look again */
    assert_true(
        subscriptions_ensure(b.shop, b.http, "https://hook.example/", NULL, &found, NULL, &err));
    assert_int_equal(found.ok, by_api);
    assert_int_equal(found.missing, 0);
    assert_int_equal(found.created, by_api - 2);
    assert_string_equal(subscription_state_name(found.rows[TOPIC_SHOP_REDACT - 1].state), "app");
    assert_true(
        subscriptions_ensure(b.shop, b.http, "https://hook.example/", NULL, &found, NULL, &err));
    assert_int_equal(found.created, 0);
    /* seen from a new address they all belong to another one */
    assert_true(subscriptions_list(b.shop, b.http, "https://new.example/", &found, NULL, &err));
    assert_int_equal(found.missing, by_api);
    assert_string_equal(subscription_state_name(found.rows[0].state), "other");
    assert_true(subscriptions_remove(b.shop, b.http, "https://hook.example/", &found, NULL, &err));
    assert_int_equal(found.removed, by_api);
    assert_int_equal(found.ok, 0);
    assert_true(w.there == 0);
}

/* ---- the check ---- */

#define INFO(domain, scopes, version)                                                              \
    "{\"data\":{\"shop\":{\"name\":\"Acme\",\"myshopifyDomain\":\"" domain                         \
    "\",\"currencyCode\":\"USD\",\"ianaTimezone\":\"America/"                                      \
    "New_York\"},\"currentAppInstallation\":{"                                                     \
    "\"accessScopes\":[" scopes "]},\"publicApiVersions\":[{\"handle\":\"" version                 \
    "\",\"supported\":true}]}," COST "}"
#define SCOPES                                                                                     \
    "{\"handle\":\"write_orders\"},{\"handle\":\"read_customers\"},{\"handle\":\"write_"           \
    "products\"},"                                                                                 \
    "{\"handle\":\"read_locations\"},{\"handle\":\"write_inventory\"}"

static void the_check_says_in_words_what_is_wrong(void **fixture)
{
    static const struct {
        const char *reply, *head;
        int status;
        enum step_state worst;
        const char *step, *word;
    } rows[] = {
        { INFO("acme.myshopify.com", SCOPES, "2026-10"), NULL, 200, STEP_WARN, "scopes",
          "read_all_orders" },
        { INFO("other.myshopify.com", SCOPES, "2026-10"), NULL, 200, STEP_FAIL, "shop",
          "belongs to other" },
        { INFO("acme.myshopify.com", "{\"handle\":\"read_orders\"}", "2026-10"), NULL, 200,
          STEP_FAIL, "scopes", "lacks read_customers, read_products, read_locations" },
        { INFO("acme.myshopify.com", SCOPES, "2026-10"),
          "X-Shopify-API-Version: 2027-01\r\nConnection: close\r\n", 200, STEP_FAIL, "version",
          "2027-01 answered" },
        { INFO("acme.myshopify.com", SCOPES, "2026-07"), NULL, 200, STEP_WARN, "version",
          "not among" },
        { INFO("acme.myshopify.com", SCOPES, "2026-10"),
          "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\nConnection: close\r\n", 200, STEP_WARN, "clock",
          "ahead of" },
        { "{\"errors\":\"Invalid\"}", NULL, 401, STEP_FAIL, "shop", "token" },
        { "", NULL, 404, STEP_FAIL, "shop", "no such shop" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w = { .replies = { rows[i].reply },
                           .head = rows[i].head,
                           .status = rows[i].status };
        BENCH b = bench_new(&w, "shpat_1");
        json_auto_t *info = NULL;
        struct steps steps = { 0 };
        bool found = false;

        shopify_check(b.shop, b.http, &steps, &info);
        for (unsigned s = 0; s < steps.count; s++)
            if (strcmp(steps.rows[s].name, rows[i].step) == 0 &&
                strstr(steps.rows[s].text, rows[i].word) != NULL)
                found = true;
        assert_true(found);
        assert_int_equal(steps_worst(&steps), rows[i].worst);
        assert_int_equal(info != NULL, steps.count > 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_fits_its_body_and_secret_only),
        cmocka_unit_test(topics_go_both_ways),
        cmocka_unit_test(a_shops_address_is_understood_in_any_spelling),
        cmocka_unit_test(settings_that_cannot_work_are_refused),
        cmocka_unit_test(a_call_is_signed_paid_for_and_remembered),
        cmocka_unit_test(every_shape_of_failure_has_its_kind),
        cmocka_unit_test(a_denial_names_the_scope_or_the_field),
        cmocka_unit_test(a_wrong_value_is_not_quoted),
        cmocka_unit_test(a_throttled_shop_is_left_alone_as_long_as_the_points_need),
        cmocka_unit_test(a_lost_answer_leaves_a_change_unsure),
        cmocka_unit_test(many_threads_ask_for_one_token),
        cmocka_unit_test(a_token_is_renewed_at_four_fifths_of_its_life),
        cmocka_unit_test(a_refused_token_is_renewed_once),
        cmocka_unit_test(a_refused_client_is_said_in_words),
        cmocka_unit_test(user_errors_are_refusals),
        cmocka_unit_test(gids_are_read_strictly),
        cmocka_unit_test(a_long_order_is_read_to_its_end),
        cmocka_unit_test(an_order_that_moves_between_its_pages_is_read_again),
        cmocka_unit_test(an_order_that_is_gone_is_missing),
        cmocka_unit_test(variants_are_found_by_their_exact_sku),
        cmocka_unit_test(the_sweep_asks_for_a_span_oldest_change_first),
        cmocka_unit_test(subscriptions_are_made_once_and_found_again),
        cmocka_unit_test(the_check_says_in_words_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
