/* Both practice sides over the loopback: connections, mishaps, webhooks, the comparison. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/json.h"
#include "base/money.h"
#include "base/mutex.h"
#include "tests/sandbox/control.h"
#include "tests/sandbox/odoo/rpc.h"
#include "tests/sandbox/shop/view.h"

struct receiver {
    pthread_mutex_t lock;
    struct server *server;
    int refuse, count, bad; /* lock */
    char id[8][64], body[8][64];
};

struct net {
    struct shop *shop;
    struct hooks *hooks;
    struct faults *faults;
    struct stats *stats;
    struct control *control;
    struct practice_odoo *odoo;
    struct rpc_client *client;
    struct compare_odoo where;
    struct receiver receiver;
};

static void receive(void *ctx, const struct request *q, struct reply *reply)
{
    struct receiver *r = ctx;
    unsigned char mac[32];
    char signature[64];
    unsigned size = sizeof mac;
    const char *theirs = request_header(q, "x-shopify-hmac-sha256"), *id = request_header(q, "X-Shopify-Webhook-Id");
    bool refused;

    HMAC(EVP_sha256(), "secret", 6, (const unsigned char *)q->body, q->len, mac, &size);
    EVP_EncodeBlock((unsigned char *)signature, mac, 32);
    mutex_lock(&r->lock);
    r->bad += theirs == NULL || strcmp(theirs, signature) != 0;
    if (r->count < 8) {
        str_copy(r->id[r->count], sizeof r->id[0], id == NULL ? "" : id);
        str_copy(r->body[r->count], sizeof r->body[0], q->body);
    }
    r->count++;
    refused = r->refuse > 0 && r->refuse-- > 0;
    mutex_unlock(&r->lock);
    reply_text(reply, refused ? 500 : 200, refused ? "No" : "OK", "text/plain", "");
}

static int set_up(void **state)
{
    struct net *n = calloc(1, sizeof *n);
    struct shop_options shop = { .seed = 11, .products = 8, .customers = 10 };
    struct hooks_options hooks = { .secret = "secret", .domain = "practice-shop.myshopify.com", .gap_scale = 0.0001, .parallel = 4, .seed = 1 };
    struct odoo_options odoo = { .workers = 2, .seed = 11, .products = 8 };
    struct server_options receiver = { .workers = 4, .keep_alive = true, .read_ms = 5000, .idle_ms = 5000, .body_max = 1 << 22, .handle = receive };
    struct control_parts parts;
    struct err err;

    if (n == NULL)
        return 1;
    *state = n;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    mutex_init(&n->receiver.lock);
    receiver.ctx = &n->receiver;
    n->receiver.server = server_start(&receiver, &err);
    n->stats = stats_new();
    n->faults = faults_new();
    n->shop = shop_new(&shop, &err);
    n->hooks = hooks_new(&hooks, n->stats, &err);
    n->odoo = practice_odoo_start(&odoo, n->shop, n->faults, n->stats, &err);
    n->control = control_new(&err);
    if (n->odoo == NULL || n->receiver.server == NULL || n->control == NULL)
        return 1;
    snprintf(n->where.url, sizeof n->where.url, "http://127.0.0.1:%u", practice_odoo_port(n->odoo));
    str_copy(n->where.database, sizeof n->where.database, practice_odoo_database(n->odoo));
    str_copy(n->where.login, sizeof n->where.login, practice_odoo_login(n->odoo));
    str_copy(n->where.key, sizeof n->where.key, practice_odoo_key(n->odoo));
    parts = (struct control_parts){ .shop = n->shop, .hooks = n->hooks, .faults = n->faults,
                                    .stats = n->stats, .odoo = n->where };
    control_parts(n->control, &parts);
    control_servers(n->control, NULL, practice_odoo_server(n->odoo), NULL, &n->where);
    n->client = rpc_client_open(&n->where, &err);
    return n->client == NULL;
}

static int tear_down(void **state)
{
    struct net *n = *state;

    rpc_client_free(n->client);
    control_free(n->control);
    practice_odoo_free(n->odoo);
    hooks_free(n->hooks);
    shop_free(n->shop);
    faults_free(n->faults);
    stats_free(n->stats);
    server_free(n->receiver.server);
    pthread_mutex_destroy(&n->receiver.lock);
    free(n);
    return 0;
}

static json_t *tell(struct net *n, const char *wish)
{
    json_auto_t *json = json_loads(wish, 0, NULL);

    assert_non_null(json);
    return control_answer(n->control, json);
}

static void wish(struct net *n, const char *text)
{
    json_auto_t *answer = tell(n, text);

    if (!json_flag(answer, "ok"))
        fail_msg("%s: %s", text, json_text_or(answer, "error", "?"));
}

static json_int_t partners(struct net *n, const char *name)
{
    struct err err;
    json_auto_t *count = rpc_client_call(n->client, "res.partner", "search_count", json_pack("[[[s,s,s]]]", "name", "=", name),
                                         json_object(), &err);

    assert_non_null(count);
    return json_integer_value(count);
}

static bool partner_make(struct net *n, const char *name, struct err *err)
{
    json_auto_t *id = rpc_client_call(n->client, "res.partner", "create", json_pack("[{s:s}]", "name", name), json_object(), err);

    return id != NULL;
}

static void a_dropped_answer_leaves_what_was_done(void **state)
{
    struct net *n = *state;
    struct err err;

    wish(n, "{\"do\":\"fault\",\"side\":\"odoo\",\"kind\":\"drop_before\",\"method\":\"create\"}");
    assert_false(partner_make(n, "Before", &err));
    assert_int_equal(partners(n, "Before"), 0);
    wish(n, "{\"do\":\"fault\",\"side\":\"odoo\",\"kind\":\"drop_after\",\"model\":\"res.partner\",\"method\":\"create\"}");
    assert_false(partner_make(n, "After", &err));
    assert_int_equal(partners(n, "After"), 1);
    wish(n, "{\"do\":\"fault\",\"side\":\"odoo\",\"kind\":\"malformed\",\"method\":\"create\"}");
    assert_false(partner_make(n, "Half", &err));
    assert_int_equal(partners(n, "Half"), 1);
    assert_true(partner_make(n, "Whole", &err));
}

static void every_nth_call_fails_until_told_to_stop(void **state)
{
    struct net *n = *state;
    struct err err;
    int failed = 0;

    wish(n, "{\"do\":\"fault\",\"side\":\"odoo\",\"kind\":\"serialization\",\"every\":3,\"method\":\"create\"}");
    for (int i = 0; i < 9; i++)
        if (!partner_make(n, "Nth", &err)) {
            failed++;
            assert_non_null(strstr(err.text, "psycopg2.errors.SerializationFailure"));
        }
    assert_int_equal(failed, 3);
    wish(n, "{\"do\":\"no_faults\"}");
    assert_true(partner_make(n, "Nth", &err));
}

static void during_an_outage_nothing_listens(void **state)
{
    struct net *n = *state;
    struct err err;
    int tries = 0;

    wish(n, "{\"do\":\"fault\",\"side\":\"odoo\",\"kind\":\"outage\",\"seconds\":0.5}");
    assert_false(partner_make(n, "Out", &err));
    while (!partner_make(n, "Back", &err) && tries++ < 2000)
        usleep(10000);
    assert_int_equal(partners(n, "Back"), 1);
    assert_int_equal(partners(n, "Out"), 0);
}

/* Sends bytes as they are and reads to the end. */
static size_t raw(struct net *n, const char *bytes, size_t len, char *answer, size_t size)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(practice_odoo_port(n->odoo)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    size_t got = 0;
    ssize_t r;

    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    send(fd, bytes, len, MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    while (got + 1 < size && (r = recv(fd, answer + got, size - 1 - got, 0)) > 0)
        got += (size_t)r;
    answer[got] = '\0';
    close(fd);
    return got;
}

static void answers_are_http_1_0_and_close(void **state)
{
    static const char get[] = "GET /web/version HTTP/1.1\r\nHost: x\r\n\r\n";
    static const char post[] = "POST /jsonrpc HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}";
    char answer[4096];

    raw(*state, get, sizeof get - 1, answer, sizeof answer);
    assert_true(str_starts(answer, "HTTP/1.0 404 NOT FOUND\r\n"));
    assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
    raw(*state, post, sizeof post - 1, answer, sizeof answer);
    assert_true(str_starts(answer, "HTTP/1.0 400 BAD REQUEST\r\n"));
}

static void what_is_no_http_never_hurts(void **state)
{
    static const char *const junk[] = {
        "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "POST /jsonrpc HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "POST /jsonrpc HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "\x16\x03\x01\x02",
        "POST /jsonrpc HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /jsonrpc HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n{\"a\"",
        "POST /jsonrpc HTTP/1.1\r\nNoColon\r\n\r\n" };
    char answer[4096];
    struct err err;

    for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++)
        raw(*state, junk[i], strlen(junk[i]), answer, sizeof answer);
    assert_true(partner_make(*state, "Alive", &err));
}

static void subscribe(struct net *n)
{
    json_auto_t *input = json_pack("{s:o}", "uri", json_sprintf("http://127.0.0.1:%u/hook", server_port(n->receiver.server)));
    const char *problem;
    json_auto_t *view = NULL;

    hooks_clear(n->hooks);
    view = hooks_subscribe(n->hooks, "ORDERS_CREATE", input, "2026-10", &problem);
    assert_non_null(view);
    n->receiver.count = n->receiver.bad = n->receiver.refuse = 0;
}

static void a_refused_webhook_comes_again_as_it_was(void **state)
{
    struct net *n = *state;

    subscribe(n);
    n->receiver.refuse = 2;
    hooks_send(n->hooks, "orders/create", json_pack("{s:I}", "id", (json_int_t)INT64_C(820982911946154508)));
    assert_true(hooks_wait(n->hooks, 30000));
    assert_int_equal(n->receiver.count, 3);
    assert_int_equal(n->receiver.bad, 0);
    assert_string_equal(n->receiver.id[0], n->receiver.id[2]);
    assert_string_equal(n->receiver.body[0], "{\"id\":820982911946154508}");
    assert_string_equal(n->receiver.body[0], n->receiver.body[2]);
}

static void after_eight_failures_in_a_row_the_subscription_is_gone(void **state)
{
    struct net *n = *state;
    json_auto_t *left = NULL;

    subscribe(n);
    n->receiver.refuse = 1000;
    hooks_send(n->hooks, "orders/create", json_pack("{s:i}", "id", 1));
    assert_true(hooks_wait(n->hooks, 30000));
    left = hooks_list(n->hooks);
    assert_int_equal(json_array_size(left), 0);
    assert_int_equal(n->receiver.count, 9);
}

static void duplicates_have_one_id_and_bad_signatures_show(void **state)
{
    struct net *n = *state;

    subscribe(n);
    wish(n, "{\"do\":\"delivery\",\"duplicate\":100,\"bad_signatures\":1}");
    hooks_send(n->hooks, "orders/create", json_pack("{s:i}", "id", 2));
    assert_true(hooks_wait(n->hooks, 30000));
    assert_int_equal(n->receiver.count, 2);
    assert_int_equal(n->receiver.bad, 2);
    assert_string_equal(n->receiver.id[0], n->receiver.id[1]);
    wish(n, "{\"do\":\"delivery\"}");
}

static void a_sale_reaches_the_receiver_signed(void **state)
{
    struct net *n = *state;

    subscribe(n);
    wish(n, "{\"do\":\"sell\",\"orders\":5}");
    wish(n, "{\"do\":\"wait_delivered\",\"ms\":60000}");
    assert_int_equal(n->receiver.count, 5);
    assert_int_equal(n->receiver.bad, 0);
    hooks_clear(n->hooks);
}

/* ---- the comparison ---- */

static json_int_t find_one(struct net *n, const char *model, const char *field, const char *op, const char *value)
{
    struct err err;
    json_auto_t *ids = rpc_client_call(n->client, model, "search", json_pack("[[[s,s,s]]]", field, op, value),
                                       json_pack("{s:i,s:s}", "limit", 1, "order", "id"), &err);

    assert_non_null(ids);
    return json_integer_value(json_array_get(ids, 0));
}

static json_int_t address(struct net *n, const struct address *a, json_int_t parent, const char *type)
{
    struct err err;
    json_auto_t *id = rpc_client_call(
        n->client, "res.partner", "create",
        json_pack("[{s:I,s:s,s:s,s:s,s:s,s:s,s:I}]", "parent_id", parent, "type", type, "name", a->last, "street", a->address1,
                  "city", a->city, "zip", a->zip, "country_id", find_one(n, "res.country", "code", "=", a->country)),
        json_object(), &err);

    assert_non_null(id);
    return json_integer_value(id);
}

static json_t *tax_commands(struct net *n, const struct order *o, const struct tax_line *taxes, size_t count)
{
    json_t *ids = json_array();

    for (size_t i = 0; i < count; i++) {
        struct err err;
        json_auto_t *found = rpc_client_call(n->client, "account.tax", "search",
                                             json_pack("[[[s,s,f],[s,s,s]]]", "amount", "=", taxes[i].ppm / 1e4, "name",
                                                       o->taxes_included ? "like" : "not like", "incl"),
                                             json_object(), &err);

        assert_true(json_array_size(found) > 0);
        json_array_append(ids, json_array_get(found, 0));
    }
    return json_pack("[[i,i,o]]", 6, 0, ids);
}

/* What a good connector would make of a plain order without discounts. */
static json_int_t book(struct net *n, const struct order *o, const char *xmlid)
{
    const struct customer *c = shop_customer_at(n->shop, o->customer);
    struct err err;
    char date[WHEN_TEXT_MAX];
    json_auto_t *partner = rpc_client_call(n->client, "res.partner", "create",
                                           json_pack("[{s:s,s:s}]", "name", c->last, "email", c->email), json_object(), &err);
    json_int_t id = json_integer_value(partner);
    json_t *lines = json_array();
    json_auto_t *made = NULL, *ok = NULL;

    for (size_t i = 0; i < o->line_count; i++)
        json_array_append_new(lines,
                              json_pack("[i,i,{s:I,s:i,s:f,s:f,s:o}]", 0, 0, "product_id",
                                        find_one(n, "product.product", "default_code", "=", o->lines[i].sku), "product_uom_qty",
                                        o->lines[i].quantity, "price_unit", (double)o->lines[i].price / 100, "discount", 0.0,
                                        "tax_id", tax_commands(n, o, o->lines[i].taxes, o->lines[i].tax_count)));
    json_array_append_new(lines, json_pack("[i,i,{s:I,s:f,s:b,s:o}]", 0, 0, "product_id",
                                           find_one(n, "product.product", "default_code", "=", "Delivery_007"), "price_unit",
                                           (double)o->ships[0].price / 100, "is_delivery", 1, "tax_id",
                                           tax_commands(n, o, o->ships[0].taxes, o->ships[0].tax_count)));
    made = rpc_client_call(n->client, "sale.order", "load",
                           json_pack("[[s,s,s],[[s,s,s]]]", "id", "partner_id/.id", "client_order_ref", xmlid, "1", o->name),
                           json_pack("{s:{s:s,s:b}}", "context", "mode", "update", "noupdate", 1), &err);
    assert_true(json_int_or(made, "ids.0", 0) > 0);
    ok = rpc_client_call(n->client, "sale.order", "write",
                         json_pack("[[I],{s:I,s:I,s:I,s:s,s:o}]", json_int_or(made, "ids.0", 0), "partner_id", id,
                                   "partner_invoice_id", address(n, o->billing, id, "invoice"), "partner_shipping_id",
                                   address(n, o->shipping_to, id, "delivery"), "state", "sale", "order_line", lines),
                         json_object(), &err);
    if (ok == NULL)
        fail_msg("%s", err.text);
    json_decref(rpc_client_call(n->client, "sale.order", "write",
                                json_pack("[[I],{s:s}]", json_int_or(made, "ids.0", 0), "date_order", when_odoo(o->processed, date)),
                                json_object(), &err));
    return json_int_or(made, "ids.0", 0);
}

static struct order *plain_order(struct net *n)
{
    struct order *o;

    mutex_lock(&n->shop->lock);
    do
        o = shop_sell_held(n->shop, MIX_PLAIN);
    while (o->application_count > 0);
    mutex_unlock(&n->shop->lock);
    return o;
}

static void the_comparison_finds_what_is_missing_wrong_or_double(void **state)
{
    struct net *n = *state;
    const struct order *good = plain_order(n), *wrong = plain_order(n), *twice = plain_order(n);
    char xmlid[96];
    struct err err;
    json_auto_t *verdict = NULL, *again = NULL;
    json_int_t id, others;

    snprintf(xmlid, sizeof xmlid, "shopify_practice_shop.order_%" PRId64, good->id);
    book(n, good, xmlid);
    snprintf(xmlid, sizeof xmlid, "shopify_practice_shop.order_%" PRId64, wrong->id);
    id = book(n, wrong, xmlid);
    json_decref(rpc_client_call(n->client, "sale.order", "write",
                                json_pack("[[I],{s:[[i,i,{s:s,s:f,s:[[i,i,[]]]}]]}]", id, "order_line", 0, 0, "name", "Mistake",
                                          "price_unit", 1.0, "tax_id", 6, 0),
                                json_object(), &err));
    snprintf(xmlid, sizeof xmlid, "shopify_practice_shop.order_%" PRId64, twice->id);
    book(n, twice, xmlid);
    book(n, twice, "shopify_practice_shop.order_other");
    verdict = tell(n, "{\"do\":\"compare\"}");
    others = (json_int_t)n->shop->order_count - 3;
    assert_int_equal(json_int_or(verdict, "sent", 0), n->shop->order_count);
    assert_int_equal(json_int_or(verdict, "missing", 0), others);
    assert_int_equal(json_int_or(verdict, "duplicate", 0), 1);
    assert_int_equal(json_int_or(verdict, "unexplained", 0), 1);
    assert_int_equal(json_int_or(verdict, "confirmed", 0), 3);
    again = tell(n, "{\"do\":\"compare\",\"prefix\":\"SHOP-{number}\"}");
    assert_int_equal(json_int_or(again, "missing", 0), n->shop->order_count);
}

static void the_same_calls_take_equally_long_in_every_run(void **state)
{
    AUTO(latencies) one = latencies_new(7);
    AUTO(latencies) other = latencies_new(7);
    unsigned us[40], sum = 0;

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        us[i] = latencies_draw(one, "sale.order", "load", 20);
        sum += us[i] / 40;
        assert_true(i == 0 || us[i] != us[i - 1]);
    }
    assert_in_range(sum, 150000, 600000);
    for (unsigned i = 0; i < 40; i++) { /* whatever else is called in between */
        latencies_draw(other, "sale.order", "load", i + 21);
        latencies_draw(other, "res.partner", "search_read", 1);
        assert_int_equal(latencies_draw(other, "sale.order", "load", 20), us[i]);
    }
    latencies_rewind(one);
    assert_int_equal(latencies_draw(one, "sale.order", "load", 20), us[0]);
}

static void what_was_answered_is_taped_as_it_was(void **state)
{
    char path[] = "/tmp/signalbox-tape-XXXXXX";
    AUTO(tape) tape = tape_new();
    AUTO_STR answer = { 0 };
    struct tape_call call = { "sale.order", "web_read", 2, 10, 30, "{\"a\":1}", 7 };
    json_auto_t *line = NULL;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    str_init(&answer, 64);
    str_adds(&answer, "{\"result\": [1, 2]}");
    tape_add(tape, &call, &answer); /* not told to yet */
    assert_true(tape_to(tape, path, NULL));
    tape_add(tape, &call, &answer);
    assert_true(tape_to(tape, NULL, NULL));
    tape_add(tape, &call, &answer);
    line = json_load_file(path, 0, NULL); /* one line and no more */
    assert_non_null(line);
    assert_string_equal(json_text(line, "body"), "{\"a\":1}");
    assert_string_equal(json_text(line, "answer"), answer.data);
    assert_int_equal(json_int_or(line, "ended", 0), 30);
    assert_false(tape_to(tape, "/nowhere/tape", NULL));
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dropped_answer_leaves_what_was_done),
        cmocka_unit_test(every_nth_call_fails_until_told_to_stop),
        cmocka_unit_test(during_an_outage_nothing_listens),
        cmocka_unit_test(answers_are_http_1_0_and_close),
        cmocka_unit_test(the_same_calls_take_equally_long_in_every_run),
        cmocka_unit_test(what_was_answered_is_taped_as_it_was),
        cmocka_unit_test(what_is_no_http_never_hurts),
        cmocka_unit_test(a_refused_webhook_comes_again_as_it_was),
        cmocka_unit_test(after_eight_failures_in_a_row_the_subscription_is_gone),
        cmocka_unit_test(duplicates_have_one_id_and_bad_signatures_show),
        cmocka_unit_test(a_sale_reaches_the_receiver_signed),
        cmocka_unit_test(the_comparison_finds_what_is_missing_wrong_or_double),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
