#include "tests/sandbox/shop/api.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/str.h"
#include "tests/sandbox/data.h"
#include "tests/sandbox/graphql/cost.h"
#include "tests/sandbox/graphql/execute.h"
#include "tests/sandbox/graphql/validate.h"
#include "tests/sandbox/latency.h"
#include "tests/sandbox/shop/roots.h"

#define TOKENS_MAX 64
#define COST_MAX 1000
#define VERSION_OLDEST "2026-01"
#define VERSION_NEWEST "2026-10"

struct token {
    char text[48];
    int64_t until; /* when_ticks() */
};

struct api {
    struct shop *shop;
    struct hooks *hooks;
    struct faults *faults;
    struct stats *stats;
    struct schema *schema;
    struct server *server;
    struct api_options options;
    json_t *(*control)(void *ctx, const json_t *wish);
    void *control_ctx;
    pthread_mutex_t lock;
    struct token tokens[TOKENS_MAX]; /* lock; a ring */
    size_t token_count;
    struct bucket bucket; /* lock */
    struct rng rng;       /* lock */
};

/* ---- graphql ---- */

struct asking {
    struct api *api;
    const char *version;
    json_t *answer, *errors;
    int requested;
    char root[64];
};

static void cost_out(struct asking *q, int actual)
{
    struct api *a = q->api;
    double level;
    json_t *extensions = json_object_get(q->answer, "extensions");

    mutex_lock(&a->lock);
    level = bucket_level(&a->bucket);
    mutex_unlock(&a->lock);
    if (extensions == NULL) {
        extensions = json_object();
        json_object_set_new(q->answer, "extensions", extensions);
    }
    json_object_set_new(extensions, "cost",
                        json_pack("{s:i,s:o,s:{s:f,s:i,s:f}}", "requestedQueryCost", q->requested, "actualQueryCost",
                                  actual < 0 ? json_null() : json_integer(actual), "throttleStatus", "maximumAvailable",
                                  a->bucket.size, "currentlyAvailable", (int)level, "restoreRate", a->bucket.rate));
}

static void errors_out(struct asking *q)
{
    json_object_set(q->answer, "errors", q->errors);
}

static void one_error(struct asking *q, const char *code, json_t *message, json_t *more)
{
    json_t *extensions = more == NULL ? json_object() : more;

    json_object_set_new(extensions, "code", json_string(code));
    json_array_append_new(q->errors, json_pack("{s:o,s:o}", "message", message, "extensions", extensions));
    errors_out(q);
}

static const struct operation *operation_pick(const struct document *d, const char *name)
{
    if (name == NULL)
        return d->operation_count == 1 ? &d->operations[0] : NULL;
    for (size_t i = 0; i < d->operation_count; i++)
        if (d->operations[i].name != NULL && strcmp(d->operations[i].name, name) == 0)
            return &d->operations[i];
    return NULL;
}

/* Pays for the query. False: THROTTLED or too dear. */
static bool pay(struct asking *q, const struct mishap *m)
{
    struct api *a = q->api;
    bool paid;

    if (q->requested > COST_MAX) {
        one_error(q, "MAX_COST_EXCEEDED",
                  json_sprintf("Query cost is %d, which exceeds the single query max cost limit (%d).", q->requested, COST_MAX),
                  json_pack("{s:i,s:i,s:s}", "cost", q->requested, "maxCost", COST_MAX, "documentation",
                            "https://shopify.dev/api/usage/limits#rate-limits"));
        return false;
    }
    mutex_lock(&a->lock);
    paid = m->kind != MISHAP_LIMITED && bucket_take(&a->bucket, q->requested);
    mutex_unlock(&a->lock);
    if (paid)
        return true;
    stats_count(a->stats, "throttled", 1);
    one_error(q, "THROTTLED", json_string("Throttled"),
              json_pack("{s:s}", "documentation", "https://shopify.dev/api/usage/rate-limits"));
    cost_out(q, -1);
    return false;
}

static void carry_out(struct asking *q, const struct document *d, const struct operation *o, const json_t *variables)
{
    struct api *a = q->api;
    json_auto_t *warnings = json_array();
    struct roots roots = { .shop = a->shop, .hooks = a->hooks, .scopes = a->options.scopes, .version = q->version,
                           .warnings = warnings };
    struct resolver resolver = { &roots, roots_field, roots_node, roots_granted };
    struct execution e = { .schema = a->schema, .document = d, .resolver = &resolver, .variables = variables, .errors = q->errors };
    json_t *data;

    mutex_lock(&a->shop->lock);
    data = execute(&e, o);
    mutex_unlock(&a->shop->lock);
    json_object_set_new(q->answer, "data", data == NULL ? json_null() : data);
    if (json_array_size(q->errors) > 0)
        errors_out(q);
    if (e.cost < q->requested) {
        mutex_lock(&a->lock);
        bucket_give(&a->bucket, q->requested - e.cost);
        mutex_unlock(&a->lock);
    }
    cost_out(q, e.cost < q->requested ? e.cost : q->requested);
    if (json_array_size(warnings) > 0)
        json_object_set_new(json_object_get(q->answer, "extensions"), "search",
                            json_pack("[{s:O}]", "warnings", warnings));
}

static void ask(struct asking *q, const json_t *request, const struct mishap *m)
{
    const char *text = json_text(request, "query");
    struct syntax_error syntax;
    AUTO(document) d = NULL;
    const struct operation *o;
    json_auto_t *variables = NULL;

    if (text == NULL) {
        json_object_set_new(q->answer, "errors", json_pack("[{s:s}]", "message", "No query string was present"));
        return;
    }
    d = document_parse(text, strlen(text), &syntax);
    if (d == NULL) {
        json_array_append_new(q->errors, json_pack("{s:s,s:[{s:i,s:i}],s:{s:s}}", "message", syntax.text, "locations", "line",
                                                   syntax.at.line, "column", syntax.at.column, "extensions", "code", "PARSE_ERROR"));
        errors_out(q);
        return;
    }
    o = operation_pick(d, json_text(request, "operationName"));
    if (o == NULL) {
        json_object_set_new(q->answer, "errors", json_pack("[{s:s}]", "message", "An operation name is required"));
        return;
    }
    if (o->inner.count > 0 && o->inner.list[0].name != NULL)
        str_copy(q->root, sizeof q->root, o->inner.list[0].name);
    if (!validate(q->api->schema, d, o, q->errors)) {
        errors_out(q);
        return;
    }
    variables = variables_coerce(q->api->schema, o, json_object_get(request, "variables"), q->errors);
    if (variables == NULL) {
        errors_out(q);
        return;
    }
    q->requested = cost_requested(q->api->schema, d, o, variables);
    if (m->kind == MISHAP_INTERNAL) {
        one_error(q, "INTERNAL_SERVER_ERROR",
                  json_string("Internal error. Looks like something went wrong on our end.\nRequest ID: 00000000-practice"), NULL);
        return;
    }
    if (pay(q, m))
        carry_out(q, d, o, variables);
}

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
    server.ctx = a;
    a->server = server_start(&server, err);
    return a->server == NULL ? NULL : TAKE(a);
}

void api_free(struct api *a)
{
    if (a == NULL)
        return;
    server_free(a->server);
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
