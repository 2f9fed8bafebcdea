#include "tests/sandbox/shop/api.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/str.h"
#include "tests/sandbox/data.h"
#include "tests/sandbox/latency.h"
#include "tests/sandbox/shop/api_inside.h"
#include "tests/sandbox/shop/image.h"

json_t *api_graphql(struct api *a, const json_t *request)
{
    struct asking q = { .api = a, .version = VERSION_NEWEST };
    struct mishap none = { .kind = MISHAP_NONE };

    q.answer = json_object();
    q.errors = json_array();
    ask(&q, request, &none);
    json_decref(q.errors);
    return q.answer;
}

/* ---- tokens ---- */

static bool token_good(struct api *a, const char *text)
{
    bool good = text != NULL && strcmp(text, a->shop->token) == 0;

    mutex_lock(&a->lock);
    for (size_t i = 0; text != NULL && i < a->token_count && i < TOKENS_MAX && !good; i++)
        good = strcmp(a->tokens[i].text, text) == 0 && when_ticks() < a->tokens[i].until;
    mutex_unlock(&a->lock);
    return good;
}

static void token_make(struct api *a, char *text, size_t size)
{
    struct token *t;

    mutex_lock(&a->lock);
    t = &a->tokens[a->token_count++ % TOKENS_MAX];
    snprintf(t->text, sizeof t->text, "shpca_%016llx%016llx", (unsigned long long)rng_next(&a->rng),
             (unsigned long long)rng_next(&a->rng));
    t->until = when_ticks() + (int64_t)a->options.token_life_s * 1000000;
    str_copy(text, size, t->text);
    mutex_unlock(&a->lock);
}

static void unescape(char *text)
{
    char *to = text;

    for (; *text != '\0'; text++) {
        char hex[3] = { 0 };

        if (*text == '%' && text[1] != '\0' && text[2] != '\0') {
            memcpy(hex, text + 1, 2);
            *to++ = (char)strtol(hex, NULL, 16);
            text += 2;
        } else {
            *to++ = *text == '+' ? ' ' : *text;
        }
    }
    *to = '\0';
}

static json_t *form_read(const struct request *r)
{
    const char *type = request_header(r, "Content-Type");
    AUTO_FREE char *text = strndup(r->body == NULL ? "" : r->body, r->len);
    json_t *form;
    char *save = NULL;

    if (type != NULL && strncasecmp(type, "application/json", 16) == 0) {
        form = json_loadb(text, strlen(text), 0, NULL);
        return form == NULL ? json_object() : form;
    }
    form = json_object();
    for (char *part = strtok_r(text, "&", &save); part != NULL; part = strtok_r(NULL, "&", &save)) {
        char *value = strchr(part, '=');

        if (value == NULL)
            continue;
        *value++ = '\0';
        unescape(value);
        json_object_set_new(form, part, json_string(value));
    }
    return form;
}

static void reply_json(struct reply *reply, int status, const char *reason, json_t *body)
{
    AUTO_FREE char *text = json_dumps(body, JSON_COMPACT);

    json_decref(body);
    reply_text(reply, status, reason, "application/json; charset=utf-8", text == NULL ? "{}" : text);
}

static void token_answer(struct api *a, const struct request *r, struct reply *reply)
{
    json_auto_t *form = form_read(r);
    char token[48];

    if (strcmp(json_text_or(form, "grant_type", ""), "client_credentials") != 0) {
        reply_json(reply, 400, "Bad Request", json_pack("{s:s,s:s}", "error", "invalid_request", "error_description",
                                                        "The grant_type is not supported"));
    } else if (strcmp(json_text_or(form, "client_id", ""), a->shop->client_id) != 0) {
        reply_json(reply, 400, "Bad Request",
                   json_pack("{s:s,s:s}", "error", "shop_not_permitted", "error_description",
                             "Client credentials cannot be performed on this shop."));
    } else if (strcmp(json_text_or(form, "client_secret", ""), a->shop->client_secret) != 0) {
        reply_json(reply, 400, "Bad Request", json_pack("{s:s,s:s}", "error", "invalid_client", "error_description",
                                                        "Client authentication failed"));
    } else {
        token_make(a, token, sizeof token);
        reply_json(reply, 200, "OK", json_pack("{s:s,s:s,s:i}", "access_token", token, "scope", a->options.scopes, "expires_in",
                                               (int)a->options.token_life_s - 1));
    }
}

/* ---- over HTTP ---- */

/* What a version asked for becomes: dead ones fall forward to the oldest that lives. NULL: none such. */
static const char *version_of(const char *asked)
{
    static const char *const live[] = { VERSION_OLDEST, "2026-04", "2026-07", VERSION_NEWEST, "unstable" };

    for (size_t i = 0; i < sizeof live / sizeof live[0]; i++)
        if (strcmp(live[i], asked) == 0)
            return live[i];
    if (strlen(asked) == 7 && asked[4] == '-' && strcmp(asked, VERSION_OLDEST) < 0)
        return VERSION_OLDEST;
    return NULL;
}

static void request_id(struct api *a, struct reply *reply)
{
    mutex_lock(&a->lock);
    str_addf(&reply->head, "X-Request-Id: %016llx-%llu\r\n", (unsigned long long)rng_next(&a->rng),
             (unsigned long long)(when_now() / WHEN_SECOND));
    mutex_unlock(&a->lock);
}

static bool before(const struct mishap *m, struct reply *reply)
{
    if (m->kind == MISHAP_SLOW)
        latency_sleep(m->ms * 1000);
    else if (m->kind == MISHAP_DROP_BEFORE)
        reply->fate = REPLY_DROP;
    else if (m->kind == MISHAP_BROKEN)
        reply_text(reply, 503, "Service Unavailable", "text/html", "<html><body><h1>503 Service Unavailable</h1></body></html>");
    else if (m->kind == MISHAP_HTML)
        reply_text(reply, 200, "OK", "text/html; charset=utf-8", "<!DOCTYPE html><html><head><title>Shopify</title></head></html>");
    else if (m->kind == MISHAP_DENIED)
        reply_text(reply, 401, "Unauthorized", "application/json; charset=utf-8",
                   "{\"errors\":\"[API] Invalid API key or access token (unrecognized login or wrong password)\"}");
    else if (m->kind == MISHAP_TIMEOUT_BEFORE) {
        reply->fate = REPLY_HANG;
        reply->hang_ms = m->ms;
    } else {
        return false;
    }
    return m->kind != MISHAP_SLOW;
}

static void after(const struct mishap *m, struct reply *reply)
{
    if (m->kind == MISHAP_DROP_AFTER)
        reply->fate = REPLY_DROP;
    if (m->kind == MISHAP_MALFORMED)
        reply->fate = REPLY_BREAK;
    if (m->kind == MISHAP_TIMEOUT_AFTER) {
        reply->fate = REPLY_HANG;
        reply->hang_ms = m->ms;
    }
}

/* The first root field of a document, near enough to name it in the counts. */
static void root_name(const json_t *request, char *to, size_t size)
{
    const char *text = json_text_or(request, "query", ""), *brace = strchr(text, '{');
    size_t len;

    if (brace == NULL)
        brace = "";
    brace += strspn(brace, "{ \n\t\r");
    len = strspn(brace, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    str_copy(to, len + 1 < size ? len + 1 : size, brace);
}

static void graphql_answer(struct api *a, const struct request *r, const char *version, struct reply *reply)
{
    struct asking q = { .api = a, .version = version };
    json_auto_t *request = NULL;
    struct mishap m;
    char root[64];

    str_addf(&reply->head, "X-Shopify-API-Version: %s\r\n", version);
    request_id(a, reply);
    if (!token_good(a, request_header(r, "X-Shopify-Access-Token"))) {
        reply_text(reply, 401, "Unauthorized", "application/json; charset=utf-8",
                   "{\"errors\":\"[API] Invalid API key or access token (unrecognized login or wrong password)\"}");
        return;
    }
    request = json_loadb(r->body == NULL ? "" : r->body, r->len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(request)) {
        reply_text(reply, 400, "Bad Request", "application/json; charset=utf-8", "{\"errors\":{\"query\":\"Required parameter missing or invalid\"}}");
        return;
    }
    root_name(request, root, sizeof root);
    stats_enter(a->stats, "shop");
    m = faults_next(a->faults, SIDE_SHOP, "graphql", root);
    if (!before(&m, reply)) {
        q.answer = json_object();
        q.errors = json_array();
        ask(&q, request, &m);
        json_decref(q.errors);
        record_shop(a->options.record, request, q.answer);
        reply_json(reply, 200, "OK", q.answer);
        after(&m, reply);
    } else {
        record_shop(a->options.record, request, NULL);
    }
    stats_leave(a->stats, "shop", root);
}

/* "/images/12/0.png" */
static void image_answer(struct api *a, const struct request *r, struct reply *reply)
{
    size_t product, nth;
    int read = 0;
    uint64_t salt = 0;
    bool there = false;

    if (sscanf(r->path, "/images/%zu/%zu.png%n", &product, &nth, &read) == 2 && r->path[read] == '\0') {
        mutex_lock(&a->shop->lock);
        if (product < a->shop->product_count) {
            const struct product *p = shop_product_at(a->shop, product);

            there = !p->deleted && nth < p->images;
            salt = p->salt >> (nth * 3);
        }
        mutex_unlock(&a->shop->lock);
    }
    if (!there) {
        reply_text(reply, 404, "Not Found", "text/plain", "");
        return;
    }
    reply->type = "image/png";
    image_png(salt, &reply->body);
}

/* What a bulk operation left; "Range: bytes=N-" goes on where a reader was interrupted. */
static void file_answer(struct api *a, const struct request *r, struct reply *reply)
{
    const char *range = request_header(r, "Range");
    struct mishap m = faults_next(a->faults, SIDE_SHOP, "bulk", "download");
    long long from = 0;
    int64_t size = 0;
    int read = 0;

    if (before(&m, reply))
        return;
    if (faults_ask(a->faults, SIDE_SHOP, MISHAP_EXPIRED, "bulk", "download", NULL))
        bulks_expire(a->bulks, r->path);
    reply->file = bulks_open(a->bulks, r->path, &size);
    if (reply->file < 0) {
        reply_text(reply, 403, "Forbidden", "application/xml; charset=UTF-8",
                   "<?xml version='1.0' encoding='UTF-8'?><Error><Code>ExpiredToken</Code><Message>Invalid argument."
                   "</Message></Error>");
        return;
    }
    if (range != NULL && sscanf(range, "bytes=%lld-%n", &from, &read) == 1 && read > 0 && from >= size) {
        close(reply->file);
        reply->file = -1;
        reply_text(reply, 416, "Requested range not satisfiable", "application/xml; charset=UTF-8",
                   "<?xml version='1.0' encoding='UTF-8'?><Error><Code>InvalidRange</Code></Error>");
        return;
    }
    if (range != NULL && read > 0 && from > 0) {
        reply->status = 206;
        reply->reason = "Partial Content";
        str_addf(&reply->head, "Content-Range: bytes %lld-%lld/%lld\r\n", from, (long long)size - 1, (long long)size);
    } else {
        from = 0;
    }
    reply->type = "application/jsonl";
    str_adds(&reply->head, "Accept-Ranges: bytes\r\n");
    reply->from = from;
    reply->len = size - from;
    after(&m, reply);
}

static void control_answer(struct api *a, const struct request *r, struct reply *reply)
{
    json_auto_t *wish = json_loadb(r->body == NULL ? "" : r->body, r->len, 0, NULL);

    if (!json_is_object(wish) || a->control == NULL) {
        reply_json(reply, 400, "Bad Request", json_pack("{s:b,s:s}", "ok", 0, "error", "not a JSON object"));
        return;
    }
    reply_json(reply, 200, "OK", a->control(a->control_ctx, wish));
}

static void handle(void *ctx, const struct request *r, struct reply *reply)
{
    struct api *a = ctx;
    char asked[16] = "";
    const char *version;
    int read = 0;

    if (strcmp(r->path, "/sandbox/health") == 0) {
        reply_text(reply, 200, "OK", "text/plain", "ok\n");
        return;
    }
    if (strcmp(r->method, "GET") == 0 && str_starts(r->path, "/bulk/")) {
        file_answer(a, r, reply);
        return;
    }
    if (strcmp(r->method, "GET") == 0 && str_starts(r->path, "/images/")) {
        image_answer(a, r, reply);
        return;
    }
    if (strcmp(r->method, "POST") != 0) {
        reply_json(reply, 406, "Not Acceptable", json_pack("{s:s}", "errors", "Not Acceptable"));
        return;
    }
    if (strcmp(r->path, "/sandbox/control") == 0) {
        control_answer(a, r, reply);
        return;
    }
    if (strcmp(r->path, "/admin/oauth/access_token") == 0) {
        struct mishap m = faults_next(a->faults, SIDE_SHOP, "token", "access_token");

        request_id(a, reply);
        if (!before(&m, reply))
            token_answer(a, r, reply);
        after(&m, reply);
        return;
    }
    if (sscanf(r->path, "/admin/api/%15[^/]/graphql.json%n", asked, &read) == 1 && read > 0 && r->path[read] == '\0' &&
        (version = version_of(asked)) != NULL) {
        graphql_answer(a, r, version, reply);
        return;
    }
    reply_json(reply, 404, "Not Found", json_pack("{s:s}", "errors", "Not Found"));
}

struct api *api_start(const struct api_options *options, struct shop *shop, struct hooks *hooks, struct faults *faults,
                      struct stats *stats, json_t *(*control)(void *ctx, const json_t *wish), void *ctx, struct err *err)
{
    AUTO(api) a = calloc(1, sizeof *a);
    struct server_options server = { .port = options->port, .workers = 64, .keep_alive = true, .read_ms = 10000, .idle_ms = 30000,
                                     .body_max = (size_t)16 << 20, .handle = handle };

    if (a == NULL)
        return NULL;
    mutex_init(&a->lock);
    a->options = *options;
    a->shop = shop;
    a->hooks = hooks;
    a->faults = faults;
    a->stats = stats;
    a->control = control;
    a->control_ctx = ctx;
    a->rng.state = shop->seed + 7;
    bucket_init(&a->bucket, options->bucket, options->rate);
    a->schema = schema_load(data_shopify_schema, err);
    if (a->schema == NULL)
        return NULL;
    a->bulks = bulks_new(a->schema, shop, hooks, faults);
    if (a->bulks == NULL) {
        err_set(err, ERR_BUSY, "no memory for bulk operations");
        return NULL;
    }
    server.ctx = a;
    a->server = server_start(&server, err);
    if (a->server == NULL)
        return NULL;
    mutex_lock(&shop->lock);
    snprintf(shop->url, sizeof shop->url, "http://127.0.0.1:%u", server_port(a->server));
    mutex_unlock(&shop->lock);
    return TAKE(a);
}

void api_free(struct api *a)
{
    if (a == NULL)
        return;
    server_free(a->server);
    bulks_free(a->bulks);
    schema_free(a->schema);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

uint16_t api_port(const struct api *a)
{
    return server_port(a->server);
}

struct server *api_server(struct api *a)
{
    return a->server;
}

struct bulks *api_bulks(struct api *a)
{
    return a->bulks;
}
