#include "tests/sandbox/odoo/rpc.h"

#include <string.h>

#include "base/json.h"
#include "base/mutex.h"
#include "tests/sandbox/data.h"
#include "tests/sandbox/odoo/convert.h"
#include "tests/sandbox/odoo/methods.h"
#include "tests/sandbox/odoo/seed.h"

#define BODY_MAX ((size_t)128 << 20)

struct practice_odoo {
    struct odoo *odoo;
    struct server *server;
    struct faults *faults;
    struct stats *stats;
    struct latencies *latencies; /* NULL: answers at once */
    struct tape *tape;           /* may be NULL */
    struct record *record;       /* may be NULL */
};

/* One request taken apart. */
struct rpc {
    json_t *body;
    const json_t *params, *args;
    const char *service, *method, *model, *name; /* name: of the model's method */
    size_t records;
    bool repeated; /* as if the server had to repeat its transaction */
    unsigned late_ms; /* it began so long ago */
};

struct odoo *odoo_new(uint64_t seed, struct err *err)
{
    AUTO(odoo) o = calloc(1, sizeof *o);

    if (o == NULL)
        return NULL;
    mutex_init(&o->lock);
    if (!base_load_models(o, data_odoo_fields, err))
        return NULL;
    behaviours_attach(o);
    if (!seed_company(o, seed, err))
        return NULL;
    return TAKE(o);
}

void odoo_free(struct odoo *o)
{
    if (o == NULL)
        return;
    base_clear(o);
    free(o->key);
    free(o->database);
    free(o->login);
    free(o->password);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

/* ---- services ---- */

static const char *text_arg(const json_t *args, size_t i)
{
    const char *text = json_string_value(json_array_get(args, i));

    return text == NULL ? "" : text;
}

static bool database_check(struct call *c, const json_t *args)
{
    if (strcmp(text_arg(args, 0), c->odoo->database) == 0)
        return true;
    return fault(c, "psycopg2.OperationalError",
                 "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  database \"%s\" does not exist\n",
                 text_arg(args, 0));
}

static bool secret_right(const struct odoo *o, const char *secret)
{
    return strcmp(secret, o->key) == 0 || (o->password != NULL && strcmp(secret, o->password) == 0);
}

static bool authenticate(struct call *c, const json_t *args, bool login, struct str *out)
{
    if (!login && json_array_size(args) < 4)
        return fault(c, FAULT_TYPE, "exp_authenticate() missing %zu required positional argument%s: 'user_agent_env'",
                     4 - json_array_size(args), json_array_size(args) == 3 ? "" : "s");
    if (!database_check(c, args))
        return false;
    if (strcmp(text_arg(args, 1), c->odoo->login) == 0 && secret_right(c->odoo, text_arg(args, 2)))
        str_addf(out, "%d", c->odoo->uid);
    else
        str_adds(out, "false");
    return true;
}

static bool common(struct call *c, const struct rpc *r, struct str *out)
{
    if (strcmp(r->method, "version") == 0)
        str_adds(out, "{\"server_version\": \"18.0-20250506\", \"server_version_info\": [18, 0, 0, \"final\", 0, \"\"], "
                      "\"server_serie\": \"18.0\", \"protocol_version\": 1}");
    else if (strcmp(r->method, "authenticate") == 0)
        return authenticate(c, r->args, false, out);
    else if (strcmp(r->method, "login") == 0)
        return authenticate(c, r->args, true, out);
    else
        return fault(c, "builtins.Exception", "Method not found: %s", r->method);
    return true;
}

static bool database(struct call *c, const struct rpc *r, struct str *out)
{
    if (strcmp(r->method, "list") == 0)
        str_addf(out, "[\"%s\"]", c->odoo->database);
    else if (strcmp(r->method, "server_version") == 0)
        str_adds(out, "\"18.0-20250506\"");
    else if (strcmp(r->method, "db_exist") == 0)
        str_adds(out, strcmp(text_arg(r->args, 0), c->odoo->database) == 0 ? "true" : "false");
    else
        return fault(c, "odoo.exceptions.AccessDenied", "Access Denied");
    return true;
}

static bool who_check(struct call *c, const json_t *args)
{
    const json_t *uid = json_array_get(args, 1);
    long number = json_is_string(uid) ? strtol(json_string_value(uid), NULL, 10) : (long)json_integer_value(uid);

    if (!database_check(c, args))
        return false;
    if (number == 0)
        return fault(c, "odoo.exceptions.AccessDenied", "Access Denied");
    c->uid = number > INT32_MAX || number < 0 ? INT32_MAX : (int)number;
    if (record_get(model_find(c->odoo, "res.users"), c->uid) == NULL)
        return fault(c, FAULT_MISSING, "Record does not exist or has been deleted.\n(Record: res.users(%d,), User: %d)", c->uid,
                     c->uid);
    if (c->uid != c->odoo->uid || !secret_right(c->odoo, text_arg(args, 2)))
        return fault(c, "odoo.exceptions.AccessDenied", "Access Denied");
    return true;
}

static bool object(struct call *c, const struct rpc *r, struct str *out)
{
    bool kw = strcmp(r->method, "execute_kw") == 0;
    json_auto_t *rest = json_array(), *none = json_object();
    const json_t *args = json_array_get(r->args, 5), *kwargs = json_array_get(r->args, 6), *context;

    if (!kw && strcmp(r->method, "execute") != 0) {
        if (!who_check(c, r->args))
            return false;
        return fault(c, "builtins.NameError", "Method not available %s", r->method);
    }
    if (json_array_size(r->args) < 3)
        return fault(c, FAULT_TYPE, "list indices must be integers or slices, not str");
    if (!who_check(c, r->args))
        return false;
    if (json_array_size(r->args) < (kw ? 6U : 5U))
        return fault(c, FAULT_TYPE, "%s() missing %d required positional argument%s: %s", r->method,
                     (int)((kw ? 6U : 5U) - json_array_size(r->args)), json_array_size(r->args) + 1 == (kw ? 6U : 5U) ? "" : "s",
                     "'args'");
    if (!kw) {
        for (size_t i = 5; i < json_array_size(r->args); i++)
            json_array_append(rest, json_array_get(r->args, i));
        args = rest;
        kwargs = NULL;
    }
    if (!json_is_object(kwargs))
        kwargs = none;
    if (!json_is_array(args))
        return fault(c, FAULT_TYPE, "can only concatenate list (not \"%s\") to list", json_is_object(args) ? "dict" : "str");
    context = json_object_get(kwargs, "context");
    c->context = json_is_object(context) ? context : none;
    if (!methods_call(c, r->model, r->name, args, kwargs, out))
        return c->fault_name == NULL && fault(c, FAULT_USER, "?");
    c->context = NULL;
    return true;
}

static bool dispatch(struct call *c, const struct rpc *r, struct str *out)
{
    if (strcmp(r->service, "common") == 0)
        return common(c, r, out);
    if (strcmp(r->service, "object") == 0)
        return object(c, r, out);
    if (strcmp(r->service, "db") == 0)
        return database(c, r, out);
    return fault(c, "builtins.KeyError", "%s", r->service);
}

/* ---- envelope ---- */

static size_t records_of(const struct rpc *r)
{
    const json_t *args = json_array_get(r->args, 5), *first = json_array_get(args, 0);

    if (strcmp(r->name, "load") == 0) {
        const json_t *rows = json_array_get(args, 1);
        size_t count = 0, i;
        json_t *row;

        json_array_foreach(rows, i, row)
            count += json_string_length(json_array_get(row, 0)) > 0;
        return count;
    }
    return json_is_array(first) && (strcmp(r->name, "search_read") != 0) ? json_array_size(first) : 1;
}

/* NULL body: not JSON; false: the plain text that is answered with 400. */
static bool rpc_read(struct rpc *r, const char *body, size_t len, const char **refusal)
{
    *r = (struct rpc){ .service = "", .method = "", .model = "", .name = "" };
    r->body = json_loadb(body, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    *refusal = r->body == NULL ? "Invalid JSON data" : "Invalid JSON-RPC data";
    if (!json_is_object(r->body))
        return false;
    r->params = json_object_get(r->body, "params");
    r->args = json_object_get(r->params, "args");
    r->service = json_text_or(r->params, "service", "");
    r->method = json_text_or(r->params, "method", "");
    if (strcmp(r->service, "object") == 0) {
        r->model = text_arg(r->args, 3);
        r->name = text_arg(r->args, 4);
        r->records = records_of(r);
    } else {
        r->model = r->service;
        r->name = r->method;
        r->records = 1;
    }
    return true;
}

static bool params_check(struct call *c, const struct rpc *r)
{
    static const char *const names[] = { "service", "method", "args" };
    AUTO_STR missing = { 0 };
    size_t count = 0, seen = 0;

    str_init(&missing, 256);
    for (size_t i = 0; i < 3; i++)
        count += json_object_get(r->params, names[i]) == NULL;
    for (size_t i = 0; i < 3; i++)
        if (json_object_get(r->params, names[i]) == NULL)
            str_addf(&missing, "%s'%s'", seen++ == 0 ? "" : seen < count ? ", " : count > 2 ? ", and " : " and ", names[i]);
    if (count == 0)
        return true;
    return fault(c, FAULT_TYPE, "RPC.jsonrpc() missing %zu required positional argument%s: %s", count, count == 1 ? "" : "s",
                 missing.data);
}

static void envelope_open(const struct rpc *r, struct str *out)
{
    const json_t *id = json_object_get(r->body, "id");

    str_reset(out);
    str_adds(out, "{\"jsonrpc\": \"2.0\", \"id\": ");
    py_json(out, id == NULL ? json_null() : id);
}

static void error_out(const struct call *c, const struct rpc *r, struct str *out)
{
    const char *dot = strncmp(c->fault_name, "builtins.", 9) == 0 ? c->fault_name + 9 : c->fault_name;
    AUTO_STR debug = { 0 };

    envelope_open(r, out);
    str_init(&debug, 1 << 20);
    str_addf(&debug, "Traceback (most recent call last):\n  File \"odoo/http.py\", in _transactioning\n%s: %s", dot, c->fault_text);
    str_adds(out, ", \"error\": {\"code\": 200, \"message\": \"Odoo Server Error\", \"data\": {\"name\": ");
    py_text(out, c->fault_name);
    str_adds(out, ", \"debug\": ");
    py_text(out, debug.data);
    str_adds(out, ", \"message\": ");
    py_text(out, c->fault_text);
    str_adds(out, ", \"arguments\": [");
    py_text(out, c->fault_text);
    str_adds(out, "], \"context\": {}}}}");
}

/* Runs a request that was taken apart. True: a result; false: an error object. */
static bool run(struct odoo *o, const struct rpc *r, int64_t began, struct str *out)
{
    struct call c = { .odoo = o, .began = began, .repeated = r->repeated };
    AUTO_STR result = { 0 };
    bool ok;

    str_init(&result, (size_t)1 << 30);
    mutex_lock(&o->lock);
    c.now = (o->clock != 0 ? o->clock : when_now()) - r->late_ms * (WHEN_SECOND / 1000);
    ok = params_check(&c, r) && dispatch(&c, r, &result);
    if (ok)
        base_commit(o);
    else
        base_rollback(o, 0);
    mutex_unlock(&o->lock);
    if (!ok && c.fault_text != NULL) {
        error_out(&c, r, out);
    } else {
        envelope_open(r, out);
        if (result.len > 0)
            str_adds(out, ", \"result\": ");
        str_add(out, result.data, result.len);
        str_adds(out, "}");
    }
    fault_clear(&c);
    return ok;
}

int rpc_answer(struct odoo *o, const char *body, size_t len, struct str *out)
{
    struct rpc r;
    const char *refusal;
    bool fine = rpc_read(&r, body, len, &refusal);

    str_reset(out);
    if (fine)
        run(o, &r, o->commits, out);
    else
        str_adds(out, refusal);
    json_decref(r.body);
    return fine ? 200 : 400;
}

/* ---- over HTTP ---- */

static const char bad_request[] = "<!doctype html>\n<html lang=en>\n<title>400 Bad Request</title>\n<h1>Bad Request</h1>\n"
                                  "<p>Request inferred type is compatible with [&#39;http&#39;] but &#39;/jsonrpc&#39; is "
                                  "type=&#39;json&#39;.</p>\n";
static const char not_found[] = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The "
                                "requested URL was not found on the server. If you entered the URL manually please check "
                                "your spelling and try again.</p>\n";

static bool typed_json(const struct request *q)
{
    const char *type = request_header(q, "Content-Type");
    size_t len = type == NULL ? 0 : strcspn(type, "; ");

    return (len == 16 && strncasecmp(type, "application/json", len) == 0) ||
           (len == 20 && strncasecmp(type, "application/json-rpc", len) == 0);
}

static void disconnected(struct reply *reply)
{
    reply_text(reply, 200, "OK", "application/json; charset=utf-8",
               "{\"jsonrpc\": \"2.0\", \"id\": null, \"error\": {\"code\": 200, \"message\": \"Odoo Server Error\", \"data\": "
               "{\"name\": \"werkzeug.exceptions.ClientDisconnected\", \"debug\": \"\", \"message\": \"400 Bad Request: The "
               "browser (or proxy) sent a request that this server could not understand.\", \"arguments\": [null], "
               "\"context\": {}}}}");
}

static bool before(const struct mishap *m, struct reply *reply)
{
    if (m->kind == MISHAP_SLOW)
        latency_sleep(m->ms * 1000);
    else if (m->kind == MISHAP_DROP_BEFORE)
        reply->fate = REPLY_DROP;
    else if (m->kind == MISHAP_BROKEN)
        reply_text(reply, 503, "SERVICE UNAVAILABLE", "text/html", "<html><body><h1>503 Service Unavailable</h1></body></html>");
    else if (m->kind == MISHAP_HTML)
        reply_text(reply, 200, "OK", "text/html; charset=utf-8", "<!DOCTYPE html><html><head><title>Login</title></head></html>");
    else if (m->kind == MISHAP_TIMEOUT_BEFORE) {
        reply->fate = REPLY_HANG;
        reply->hang_ms = m->ms;
    } else if (m->kind == MISHAP_LIMITED) {
        str_adds(&reply->head, "Retry-After: 1\r\n");
        reply_text(reply, 429, "TOO MANY REQUESTS", "text/html", "<html><body><h1>429 Too Many Requests</h1></body></html>");
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

/* Errors that an Odoo in trouble answers with, nothing being done. */
static bool in_trouble(const struct mishap *m, const struct rpc *r, struct str *out)
{
    static const char lost[] = "could not serialize access due to concurrent update\n";
    struct call c = { 0 };

    if (m->kind == MISHAP_SERIALIZATION && strcmp(r->name, "load") == 0) {
        envelope_open(r, out);
        str_adds(out, ", \"result\": {\"ids\": false, \"messages\": [{\"rows\": {\"from\": 0, \"to\": 0}, \"record\": 0, \"type\": "
                      "\"error\", \"message\": ");
        py_text(out, lost);
        str_adds(out, "}], \"nextrow\": 0}}");
        return true;
    }
    if (m->kind == MISHAP_SERIALIZATION)
        fault(&c, "psycopg2.errors.SerializationFailure", "%s", lost);
    else if (m->kind == MISHAP_DENIED)
        fault(&c, "odoo.exceptions.AccessDenied", "Access Denied");
    else if (m->kind == MISHAP_INTERNAL)
        fault(&c, "builtins.RuntimeError", "something in another module broke");
    else
        return false;
    error_out(&c, r, out);
    fault_clear(&c);
    return true;
}

/* What latency.def calls this call. */
static const char *slow_name(const struct rpc *r)
{
    const json_t *fields = json_array_get(json_array_get(r->args, 5), 0);

    if (strcmp(r->name, "load") != 0)
        return r->name;
    if (strcmp(text_arg(fields, 0), ".id") == 0)
        return "load .id";
    return json_array_size(fields) == 1 && strcmp(text_arg(fields, 0), "id") == 0 ? "load id" : r->name;
}

static void answer(struct practice_odoo *p, struct rpc *r, struct reply *reply)
{
    struct mishap m = faults_next(p->faults, SIDE_ODOO, r->model, r->name);
    int64_t began = p->odoo->commits;
    bool good;

    if (before(&m, reply))
        return;
    r->repeated = m.kind == MISHAP_REPEATED;
    r->late_ms = m.kind == MISHAP_LATE ? m.ms : 0;
    if (p->latencies != NULL)
        latency_sleep(latencies_draw(p->latencies, r->model, slow_name(r), r->records));
    reply->type = "application/json; charset=utf-8";
    good = !in_trouble(&m, r, &reply->body) && run(p->odoo, r, began, &reply->body);
    if (good)
        str_adds(&reply->head, "X-Content-Type-Options: nosniff\r\n");
    after(&m, reply);
}

static void handle(void *ctx, const struct request *q, struct reply *reply)
{
    struct practice_odoo *p = ctx;
    struct rpc r;
    const char *refusal;
    char call[160];
    int64_t began = when_ticks();

    if (strcmp(q->path, "/web/health") == 0) {
        reply_text(reply, 200, "OK", "application/json; charset=utf-8", "{\"status\": \"pass\"}");
        return;
    }
    if (strcmp(q->path, "/jsonrpc") != 0 && strcmp(q->path, "/jsonrpc/") != 0) {
        reply_text(reply, 404, "NOT FOUND", "text/html; charset=utf-8", not_found);
        return;
    }
    if (!typed_json(q)) {
        reply_text(reply, 400, "BAD REQUEST", "text/html; charset=utf-8", bad_request);
        return;
    }
    if (q->slow) {
        disconnected(reply);
        return;
    }
    if (!rpc_read(&r, q->body, q->len, &refusal)) {
        str_adds(&reply->head, "X-Content-Type-Options: nosniff\r\n");
        reply_text(reply, 400, "BAD REQUEST", "text/html; charset=utf-8", refusal);
        json_decref(r.body);
        return;
    }
    snprintf(call, sizeof call, "%.90s.%.60s", r.model, r.name);
    record_odoo(p->record, r.body);
    stats_enter(p->stats, "odoo");
    answer(p, &r, reply);
    stats_leave(p->stats, "odoo", call);
    if (p->tape != NULL)
        tape_add(p->tape,
                   &(struct tape_call){ r.model, r.name, r.records, began, when_ticks(), q->body, q->len },
                   &reply->body);
    json_decref(r.body);
}

struct practice_odoo *practice_odoo_start(const struct odoo_options *options, struct shop *shop, struct faults *faults,
                                          struct stats *stats, struct err *err)
{
    AUTO(practice_odoo) p = calloc(1, sizeof *p);
    struct server_options server = { .port = options->port, .workers = options->workers, .read_ms = 2000, .idle_ms = 2000,
                                     .body_max = BODY_MAX, .software = "Werkzeug/2.2.2 Python/3.11.2", .handle = handle };

    if (p == NULL)
        return NULL;
    p->latencies = options->latencies;
    p->tape = options->tape;
    p->record = options->record;
    p->faults = faults;
    p->stats = stats;
    p->odoo = odoo_new(options->seed, err);
    if (p->odoo == NULL || (shop != NULL && !seed_practice(p->odoo, shop, options->products, err)))
        return NULL;
    server.ctx = p;
    p->server = server_start(&server, err);
    return p->server == NULL ? NULL : TAKE(p);
}

void practice_odoo_free(struct practice_odoo *p)
{
    if (p == NULL)
        return;
    server_free(p->server);
    odoo_free(p->odoo);
    free(p);
}

uint16_t practice_odoo_port(const struct practice_odoo *p)
{
    return server_port(p->server);
}

struct server *practice_odoo_server(struct practice_odoo *p)
{
    return p->server;
}

const char *practice_odoo_database(const struct practice_odoo *p)
{
    return p->odoo->database;
}

const char *practice_odoo_login(const struct practice_odoo *p)
{
    return p->odoo->login;
}

const char *practice_odoo_key(const struct practice_odoo *p)
{
    return p->odoo->key;
}
