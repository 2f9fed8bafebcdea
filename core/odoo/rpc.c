#include "odoo/rpc.h"

#include <stdatomic.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/json.h"
#include "base/when.h"
#include "http/mask.h"
#include "odoo/faults.h"
#include "odoo/mask.h"

#define REQUEST_MAX (8 * 1024 * 1024) /* many proxies take less */
#define ANSWER_MAX  (32 * 1024 * 1024)
#define TRACE_MAX   MASK_TEXT_MAX

struct odoo {
    char *url, *endpoint, *db, *login;
    char *key; /* with quotes, as JSON */
    char *ca_file;
    unsigned connect_ms, total_ms;
    int64_t company;
    struct window *window;
    atomic_llong uid; /* 0: not signed in */
    atomic_uint stale;
    atomic_ullong id; /* of the last request */
};

/* ---- the thing itself ---- */

static char *json_quoted(const char *text)
{
    json_t *string = json_string(text);
    char *quoted = string != NULL ? json_dumps(string, JSON_ENCODE_ANY) : NULL;

    json_decref(string);
    return quoted;
}

static void wipe(char *text)
{
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}

static bool complete(const struct odoo_settings *s, struct err *err)
{
    if (s->url == NULL || *s->url == '\0')
        return err_set(err, ERR_INVALID, "the address of Odoo is missing");
    if (s->db == NULL || *s->db == '\0')
        return err_set(err, ERR_INVALID, "the name of Odoo's database is missing");
    if (s->login == NULL || *s->login == '\0')
        return err_set(err, ERR_INVALID, "the login for Odoo is missing");
    if (s->key == NULL || *s->key == '\0')
        return err_set(err, ERR_INVALID, "the API key for Odoo is missing");
    if (!utf8_valid(s->db, strlen(s->db)) || !utf8_valid(s->login, strlen(s->login)) ||
        !utf8_valid(s->key, strlen(s->key)))
        return err_set(err, ERR_INVALID, "database, login and key must be UTF-8");
    return http_url_check(s->url, err);
}

struct odoo *odoo_new(const struct odoo_settings *settings, struct err *err)
{
    AUTO(odoo) odoo = calloc(1, sizeof *odoo);
    size_t len;

    if (!complete(settings, err))
        return NULL;
    len = strlen(settings->url);
    while (len > 0 && settings->url[len - 1] == '/')
        len--;
    if (odoo == NULL ||
        (odoo->window =
             window_new(settings->ceiling != 0 ? settings->ceiling : ODOO_CEILING, err)) == NULL ||
        (odoo->url = strndup(settings->url, len)) == NULL ||
        asprintf(&odoo->endpoint, "%s/jsonrpc", odoo->url) < 0 ||
        (odoo->db = strdup(settings->db)) == NULL ||
        (odoo->login = strdup(settings->login)) == NULL ||
        (odoo->key = json_quoted(settings->key)) == NULL ||
        (settings->ca_file != NULL && (odoo->ca_file = strdup(settings->ca_file)) == NULL)) {
        err_set(err, ERR_BUSY, "no memory for an Odoo");
        return NULL;
    }
    odoo->connect_ms = settings->connect_ms;
    odoo->total_ms = settings->total_ms;
    odoo->company = settings->company;
    return TAKE(odoo);
}

void odoo_free(struct odoo *odoo)
{
    if (odoo == NULL)
        return;
    window_free(odoo->window);
    wipe(odoo->key);
    free(odoo->url);
    free(odoo->endpoint);
    free(odoo->db);
    free(odoo->login);
    free(odoo->ca_file);
    free(odoo);
}

void odoo_stop(struct odoo *odoo)
{
    window_stop(odoo->window);
}

const char *odoo_url(const struct odoo *odoo)
{
    return odoo->url;
}

const char *odoo_db(const struct odoo *odoo)
{
    return odoo->db;
}

int64_t odoo_company(const struct odoo *odoo)
{
    return odoo->company;
}

struct window *odoo_window(struct odoo *odoo)
{
    return odoo->window;
}

unsigned odoo_stale(const struct odoo *odoo)
{
    return atomic_load(&odoo->stale);
}

void odoo_trace_init(struct odoo_trace *trace)
{
    memset(trace, 0, sizeof *trace);
    trace->record = -1;
    str_init(&trace->request, TRACE_MAX);
    str_init(&trace->response, TRACE_MAX);
}

void odoo_trace_clear(struct odoo_trace *trace)
{
    str_clear(&trace->request);
    str_clear(&trace->response);
}

static void start_trace(struct odoo_trace *trace)
{
    if (trace == NULL)
        return;
    trace->status = 0;
    trace->fault[0] = '\0';
    trace->waited_us = trace->us = 0;
    trace->record = -1;
    str_reset(&trace->request);
    str_reset(&trace->response);
}

/* ---- answers ---- */

struct verdict {
    const char *model; /* whose call it was, for what may be shown */
    bool read, stale, denied, unknown_user;
};

static bool judge(const struct http_answer *answer, struct verdict *v, json_t **result,
                  struct odoo_trace *trace, struct err *err)
{
    json_auto_t *reply = NULL;
    json_t *error;

    if (trace != NULL)
        trace->status = answer->status;
    if (answer->status != 200)
        return faults_status(answer->status, v->read, http_retry_after_ms(answer), &answer->body,
                             err);
    reply = json_read(answer->body.data, answer->body.len, "Odoo's answer", NULL);
    if (!json_is_object(reply))
        return faults_status(answer->status, v->read, 0, NULL, err);
    error = json_object_get(reply, "error");
    if (error != NULL) {
        const char *name = json_text_or(error, "data.name", "");

        v->denied = strcmp(name, "odoo.exceptions.AccessDenied") == 0;
        v->unknown_user = strcmp(name, "odoo.exceptions.MissingError") == 0 &&
                          strstr(json_text_or(error, "data.message", ""), "res.users(") != NULL;
        if (trace != NULL) {
            str_copy(trace->fault, sizeof trace->fault, name);
            faults_judge(error, v->read, mask_is_people(v->model), &v->stale, err);
            if (err != NULL)
                str_adds(&trace->response, err->text);
            return false;
        }
        return faults_judge(error, v->read, mask_is_people(v->model), &v->stale, err);
    }
    /* None comes as an answer with neither result nor error */
    if (json_object_get(reply, "result") == NULL) {
        if (json_object_get(reply, "jsonrpc") == NULL)
            return faults_status(answer->status, v->read, 0, NULL, err);
        *result = json_null();
        return true;
    }
    *result = json_incref(json_object_get(reply, "result"));
    return true;
}

bool odoo_judge(const struct http_answer *answer, bool read, json_t **result,
                struct odoo_trace *trace, struct err *err)
{
    struct verdict v = { .model = "res.partner", .read = read };

    return judge(answer, &v, result, trace, err);
}

/* ---- one request on the wire ---- */

/* body holds the key: it is wiped here, whatever happens. */
static bool post(struct odoo *odoo, struct http *http, struct str *body, struct verdict *v,
                 json_t **result, struct odoo_trace *trace, struct err *err)
{
    AUTO_HTTP_ANSWER answer;
    struct http_request request = { .method = "POST",
                                    .url = odoo->endpoint,
                                    .headers = { { "Content-Type", "application/json" } },
                                    .body = body->data,
                                    .len = body->len,
                                    .ca_file = odoo->ca_file,
                                    .connect_ms = odoo->connect_ms,
                                    .total_ms = odoo->total_ms,
                                    .answer_max = ANSWER_MAX,
                                    .read = v->read };
    bool good;

    http_answer_init(&answer);
    if (body->full)
        good = err_set(err, ERR_REFUSED, "the call is larger than %d bytes", REQUEST_MAX);
    else {
        if (trace != NULL)
            trace->calls++;
        good = http_send(http, &request, &answer, err) && judge(&answer, v, result, trace, err);
        if (trace != NULL)
            trace->us += answer.us;
    }
    if (body->room > 0)
        OPENSSL_cleanse(body->data, body->len);
    return good;
}

static bool begin(struct odoo *odoo, struct str *body, const char *service, const char *method)
{
    return str_addf(body,
                    "{\"jsonrpc\":\"2.0\",\"method\":\"call\",\"id\":%llu,\"params\":"
                    "{\"service\":\"%s\",\"method\":\"%s\",\"args\":[",
                    (unsigned long long)(atomic_fetch_add(&odoo->id, 1) + 1), service, method);
}

static void add_quoted(struct str *body, const char *text)
{
    char *quoted = json_quoted(text);

    if (quoted == NULL || !str_adds(body, quoted))
        body->full = true;
    free(quoted);
}

static void add_json(struct str *body, const json_t *value, const char *otherwise)
{
    char *text = value != NULL
                     ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15))
                     : NULL;

    if (value != NULL && text == NULL)
        body->full = true;
    str_adds(body, text != NULL ? text : otherwise);
    free(text);
}

bool odoo_version(struct odoo *odoo, struct http *http, json_t **version, struct odoo_trace *trace,
                  struct err *err)
{
    struct verdict v = { .model = "", .read = true };
    AUTO_STR body;

    start_trace(trace);
    str_init(&body, REQUEST_MAX);
    begin(odoo, &body, "common", "version");
    str_adds(&body, "]}}");
    return post(odoo, http, &body, &v, version, trace, err) || err_from(err, ERR_SIDE_ODOO) ||
           err_within(err, "Odoo's version");
}

static bool sign_in(struct odoo *odoo, struct http *http, struct odoo_trace *trace, struct err *err)
{
    struct verdict v = { .model = "", .read = true };
    json_auto_t *uid = NULL;
    AUTO_STR body;

    str_init(&body, REQUEST_MAX);
    begin(odoo, &body, "common", "authenticate");
    add_quoted(&body, odoo->db);
    str_adds(&body, ",");
    add_quoted(&body, odoo->login);
    str_adds(&body, ",");
    str_adds(&body, odoo->key);
    str_adds(&body, ",{}]}}");
    if (!post(odoo, http, &body, &v, &uid, trace, err))
        return err_within(err, "sign in to Odoo");
    if (!json_is_integer(uid)) /* false, and no error */
        return err_set(err, ERR_DENIED,
                       "sign in to Odoo: database, login and key do not belong together, or the "
                       "key has expired");
    atomic_store(&odoo->uid, json_integer_value(uid));
    return true;
}

bool odoo_login(struct odoo *odoo, struct http *http, int64_t *uid, struct odoo_trace *trace,
                struct err *err)
{
    start_trace(trace);
    if (atomic_load(&odoo->uid) == 0 && !sign_in(odoo, http, trace, err))
        return err_from(err, ERR_SIDE_ODOO);
    *uid = atomic_load(&odoo->uid);
    return true;
}

/* ---- a call ---- */

static bool attempt(struct odoo *odoo, struct http *http, const struct odoo_request *r,
                    struct verdict *v, json_t **result, struct odoo_trace *trace, struct err *err)
{
    AUTO_STR body;

    str_init(&body, REQUEST_MAX);
    if (atomic_load(&odoo->uid) == 0 && !sign_in(odoo, http, trace, err))
        return false;
    begin(odoo, &body, "object", "execute_kw");
    add_quoted(&body, odoo->db);
    str_addf(&body, ",%lld,", (long long)atomic_load(&odoo->uid));
    str_adds(&body, odoo->key);
    str_addf(&body, ",\"%s\",\"%s\",", r->model, r->method);
    add_json(&body, r->args, "[]");
    str_adds(&body, ",");
    add_json(&body, r->kwargs, "{}");
    str_adds(&body, "]}}");
    return post(odoo, http, &body, v, result, trace, err);
}

/*
 * Each worker of Odoo remembers keys for itself, so one may refuse what the next one takes: once
 * more. A user id from before a restore of the database is unknown: sign in anew. Both say that
 * nothing was done.
 */
static bool call(struct odoo *odoo, struct http *http, const struct odoo_request *r,
                 json_t **result, struct odoo_trace *trace, struct err *err)
{
    struct verdict v = { .model = r->model, .read = r->read };
    bool good = attempt(odoo, http, r, &v, result, trace, err);

    if (!good && (v.denied || (v.unknown_user && strcmp(r->model, "res.users") != 0))) {
        if (v.unknown_user)
            atomic_store(&odoo->uid, 0);
        v.denied = v.unknown_user = false;
        if (trace != NULL)
            str_reset(&trace->response);
        good = attempt(odoo, http, r, &v, result, trace, err);
    }
    if (v.stale)
        atomic_fetch_add(&odoo->stale, 1);
    return good;
}

static void fill_trace(struct odoo_trace *trace, const struct odoo_request *r, const json_t *result,
                       bool good)
{
    if (trace == NULL || (good && !trace->keep))
        return;
    mask_call(&trace->request, r->model, r->method, r->args, r->kwargs);
    if (result != NULL)
        mask_answer(&trace->response, r->model, result);
}

bool odoo_call(struct odoo *odoo, struct http *http, const struct odoo_request *r, json_t **result,
               struct odoo_trace *trace, struct err *err)
{
    struct err mine = { 0 };
    struct window_seat seat;
    int64_t begun = when_ticks(), entered;
    json_auto_t *found = NULL;
    enum window_outcome outcome;
    bool good;

    start_trace(trace);
    if (!window_enter(odoo->window, r->class, r->wait_us != 0 ? r->wait_us : ODOO_WAIT_US, &seat,
                      err))
        return err_from(err, ERR_SIDE_ODOO) || err_within(err, "%s.%s", r->model, r->method);
    entered = when_ticks();
    good = call(odoo, http, r, &found, trace, &mine);
    if (good && r->judge != NULL)
        good = r->judge(found, trace, &mine);
    outcome = good || (mine.kind != ERR_BUSY && mine.kind != ERR_UNSURE) ? WINDOW_ANSWERED
                                                                         : WINDOW_TROUBLE;
    window_leave(odoo->window, &seat, outcome, window_kind(r->model, r->method, r->rows),
                 when_ticks() - entered);
    if (trace != NULL)
        trace->waited_us = entered - begun;
    fill_trace(trace, r, found, good);
    if (good) {
        *result = TAKE(found);
        return true;
    }
    if (err != NULL)
        *err = mine;
    return err_from(err, ERR_SIDE_ODOO) || err_within(err, "%s.%s", r->model, r->method);
}
