#include "shopify/graphql.h"

#include <string.h>

#include "base/assets.h"
#include "base/json.h"
#include "base/mutex.h"
#include "base/when.h"
#include "http/mask.h"
#include "shopify/shop_in.h"

#define ANSWER_MAX   (32 * 1024 * 1024)
#define THROTTLED_US (2 * WHEN_SECOND)  /* when it does not say how long */
#define SECURITY_US  (60 * WHEN_SECOND) /* after a 430 */
#define ERR_READ     ERR_KIND_COUNT     /* BUSY for a read, UNSURE for a mutation */

static const struct {
    const char *name, *document;
    bool read;
    double cost;
} operations[GRAPHQL_OPERATION_COUNT] = {
#define OPERATION(id, asset, name, read, cost) [GRAPHQL_##id] = { name, asset_##asset, read, cost },
#include "shopify/operations.def"
#undef OPERATION
};

struct row {
    const char *key, *words;
    enum err_kind kind;
};

#define MESSAGE(part, kind, words)
#define STATUS(from, to, kind, words)
static const struct row codes[] = {
#define CODE(code, kind, words) { code, words, ERR_##kind },
#include "shopify/errors.def"
#undef CODE
#undef MESSAGE
};
#define CODE(code, kind, words)
static const struct row messages[] = {
#define MESSAGE(part, kind, words) { part, words, ERR_##kind },
#include "shopify/errors.def"
#undef MESSAGE
#undef STATUS
};
#define MESSAGE(part, kind, words)
static const struct {
    long from, to;
    enum err_kind kind;
    const char *words;
} statuses[] = {
#define STATUS(from, to, kind, words) { from, to, ERR_##kind, words },
#include "shopify/errors.def"
};
#undef CODE
#undef MESSAGE
#undef STATUS

static const char *const hidden[] = {
#define MASK(key) key,
#include "shopify/mask.def"
#undef MASK
    NULL
};

const char *graphql_operation_name(enum graphql_operation operation)
{
    return operation < GRAPHQL_OPERATION_COUNT ? operations[operation].name : "?";
}

/* ---- traces and ids ---- */

void graphql_trace_init(struct graphql_trace *trace)
{
    memset(trace, 0, sizeof *trace);
    str_init(&trace->request, MASK_TEXT_MAX);
    str_init(&trace->response, MASK_TEXT_MAX);
}

void graphql_trace_clear(struct graphql_trace *trace)
{
    str_clear(&trace->request);
    str_clear(&trace->response);
}

static void start_trace(struct graphql_trace *trace)
{
    trace->request_id[0] = trace->api_version[0] = '\0';
    trace->served_at = 0;
    trace->status = 0;
    trace->requested = trace->actual = -1;
    trace->waited_us = trace->us = 0;
    str_reset(&trace->request);
    str_reset(&trace->response);
}

static void note_answer(struct graphql_trace *trace, const struct http_answer *answer)
{
    const char *text;

    trace->status = answer->status;
    if ((text = http_answer_header(answer, "x-request-id")) != NULL)
        str_copy(trace->request_id, sizeof trace->request_id, text);
    if ((text = http_answer_header(answer, "x-shopify-api-version")) != NULL)
        str_copy(trace->api_version, sizeof trace->api_version, text);
    trace->served_at = http_answer_date(answer);
}

char *graphql_gid(char *buf, const char *type, int64_t id)
{
    snprintf(buf, GRAPHQL_GID_MAX, "gid://shopify/%s/%lld", type, (long long)id);
    return buf;
}

bool graphql_gid_id(const char *gid, const char *type, int64_t *id)
{
    size_t n = strlen(type);
    unsigned long long number;
    char digits[24];

    if (gid == NULL || !str_starts(gid, "gid://shopify/"))
        return false;
    gid += strlen("gid://shopify/");
    if (strncmp(gid, type, n) != 0 || gid[n] != '/')
        return false;
    gid += n + 1;
    n = strcspn(gid, "?"); /* some have a query part */
    if (n == 0 || n >= sizeof digits)
        return false;
    memcpy(digits, gid, n);
    digits[n] = '\0';
    if (!str_number(digits, INT64_MAX, &number))
        return false;
    *id = (int64_t)number;
    return true;
}

/* ---- verdicts ---- */

struct verdict {
    bool read, throttled, unauthorized;
    int64_t wait_us;          /* how long to send nothing; 0: not told */
    double requested, actual; /* -1: not told */
    struct pace_status status;
};

static enum err_kind settled(enum err_kind kind, bool read)
{
    return kind == ERR_READ ? (read ? ERR_BUSY : ERR_UNSURE) : kind;
}

static void read_cost(const json_t *reply, struct verdict *v)
{
    const json_t *cost = json_at(reply, "extensions.cost");

    v->requested = json_real_or(cost, "requestedQueryCost", -1);
    v->actual = json_real_or(cost, "actualQueryCost", -1);
    v->status.maximum = json_real_or(cost, "throttleStatus.maximumAvailable", 0);
    v->status.available = json_real_or(cost, "throttleStatus.currentlyAvailable", 0);
    v->status.restore = json_real_or(cost, "throttleStatus.restoreRate", 0);
}

static void limit(struct verdict *v, unsigned retry_ms, struct err *err)
{
    double lack = v->requested - v->status.available;

    v->throttled = true;
    if (retry_ms > 0)
        v->wait_us = (int64_t)retry_ms * 1000;
    else if (v->status.restore > 0 && lack > 0)
        v->wait_us = (int64_t)(lack / v->status.restore * (double)WHEN_SECOND);
    else if (v->wait_us == 0)
        v->wait_us = THROTTLED_US;
    if (err != NULL)
        err->wait_ms = (unsigned)(v->wait_us / 1000 + 1);
}

static const struct row *row_of(const char *code, const char *message)
{
    const struct row *row = codes;

    if (*code == '\0')
        for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
            if (strstr(message, messages[i].key) != NULL)
                return &messages[i];
    while (strcmp(row->key, code) != 0 && strcmp(row->key, "*") != 0)
        row++;
    return row;
}

/* "`read_orders` access scope.": which; otherwise where in the document. */
static void name_denied(const json_t *first, struct err *err)
{
    const char *access = json_text_or(first, "extensions.requiredAccess", "");
    const char *begin = strchr(access, '`'), *end = begin != NULL ? strchr(begin + 1, '`') : NULL;
    const json_t *step;
    char path[ERR_THING_MAX] = "";
    size_t i, n = 0;

    if (end != NULL) {
        snprintf(path, sizeof path, "%.*s", (int)(end - begin - 1), begin + 1);
        err_about(err, "scope", path);
        return;
    }
    json_array_foreach(json_at(first, "path"), i, step) if (json_is_string(step) && n < sizeof path)
        n += (size_t)snprintf(path + n, sizeof path - n, "%s%s", n > 0 ? "." : "",
                              json_string_value(step));
    if (n > 0)
        err_about(err, "field", path);
}

static bool judge_error(const json_t *first, struct verdict *v, struct err *err)
{
    const char *code = json_text_or(first, "extensions.code", "");
    const char *message = json_text_or(first, "message", "");
    const struct row *row = row_of(code, message);
    enum err_kind kind = settled(row->kind, v->read);
    char words[MASK_WORDS_MAX] = "";

    /* of a wrong value only the place is said: the message can quote the value */
    if (strcmp(code, "INVALID_VARIABLE") == 0)
        mask_words(json_text_or(first, "extensions.problems.0.path.1", ""), false, words);
    else if (kind == ERR_BUG || kind == ERR_DENIED)
        mask_words(message, false, words);
    err_set(err, kind, "%s%s%s%s%s", row->words, *code != '\0' ? ", " : "", code,
            *words != '\0' ? ": " : "", words);
    if (kind == ERR_LIMITED)
        limit(v, 0, err);
    if (kind == ERR_DENIED)
        name_denied(first, err);
    return false;
}

static bool judge_status(const struct http_answer *answer, struct verdict *v, struct err *err)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (answer->status < statuses[i].from || answer->status > statuses[i].to)
            continue;
        err_set(err, settled(statuses[i].kind, v->read), "%s (%s)", statuses[i].words,
                http_status_words(answer->status));
        if (statuses[i].kind != ERR_LIMITED)
            return false;
        if (answer->status == 430)
            v->wait_us = SECURITY_US;
        limit(v, http_retry_after_ms(answer), err);
        return false;
    }
    return err_set(err, settled(ERR_READ, v->read), "an odd answer");
}

static bool judge(const struct http_answer *answer, struct verdict *v, json_t **data,
                  json_t **reply, struct err *err)
{
    json_t *errors, *found;

    v->requested = v->actual = -1;
    v->unauthorized = answer->status == 401;
    *reply = json_read(answer->body.data, answer->body.len, "the answer", NULL);
    read_cost(*reply, v);
    errors = json_object_get(*reply, "errors");
    /* a list of objects with codes; on 401, 402, 404... it may be a text or an object */
    if (json_array_size(errors) > 0 && json_is_object(json_array_get(errors, 0)) &&
        (answer->status == 200 || json_text(json_array_get(errors, 0), "extensions.code") != NULL))
        return judge_error(json_array_get(errors, 0), v, err);
    found = json_object_get(*reply, "data");
    if (answer->status != 200 || !json_is_object(found) ||
        (errors != NULL && !json_is_null(errors)))
        return judge_status(answer, v, err);
    *data = json_incref(found);
    return true;
}

bool graphql_judge(const struct http_answer *answer, bool read, json_t **data,
                   struct graphql_trace *trace, struct err *err)
{
    struct verdict v = { .read = read };
    json_auto_t *reply = NULL;
    bool good;

    if (trace != NULL)
        note_answer(trace, answer);
    good = judge(answer, &v, data, &reply, err);
    if (trace != NULL) {
        trace->requested = v.requested;
        trace->actual = v.actual;
    }
    return good;
}

bool graphql_user_errors(const json_t *data, const char *field, struct err *err)
{
    static const char *const lists[] = { "userErrors", "orderCancelUserErrors", "mediaUserErrors",
                                         "customerUserErrors", "bulkOperationUserErrors" };
    const json_t *payload = json_object_get(data, field), *first = NULL, *step;
    char words[MASK_WORDS_MAX], place[96] = "";
    size_t i, n = 0;

    for (i = 0; i < sizeof lists / sizeof lists[0] && first == NULL; i++)
        first = json_array_get(json_object_get(payload, lists[i]), 0);
    if (first == NULL)
        return json_is_object(payload) ||
               err_set(err, ERR_BUG, "%s: the answer holds no such result", field);
    json_array_foreach(json_object_get(first, "field"), i,
                       step) if (json_is_string(step) && n < sizeof place) n +=
        (size_t)snprintf(place + n, sizeof place - n, "%s%s", n > 0 ? "." : "",
                         json_string_value(step));
    mask_words(json_text_or(first, "message", "no reason given"), false, words);
    err_set(err, ERR_REFUSED, "%s: %s%s%s%s%s", field, json_text_or(first, "code", ""),
            json_text(first, "code") != NULL ? " " : "", place, n > 0 ? ": " : "", words);
    if (n > 0)
        err_about(err, "field", place);
    return false;
}

/* ---- one call ---- */

static double reserve_for(struct shop *shop, enum graphql_operation operation)
{
    double cost;

    mutex_lock(&shop->lock);
    cost = shop->costs[operation];
    mutex_unlock(&shop->lock);
    return cost > 0 ? cost : operations[operation].cost;
}

static void settle(struct shop *shop, const struct graphql_request *r, struct pace_ticket *ticket,
                   const struct verdict *v, const struct http_answer *answer)
{
    double actual = v->actual;

    if (v->requested > 0) {
        mutex_lock(&shop->lock);
        shop->costs[r->operation] = v->requested;
        mutex_unlock(&shop->lock);
    }
    if (v->throttled) {
        pace_throttled(shop->pace, ticket, v->wait_us, &v->status);
        return;
    }
    if (actual < 0 && (answer->status == 0 || answer->status >= 400 || v->requested >= 0))
        actual = 0; /* refused before it ran, or never arrived; the next answer puts us right */
    pace_settle(shop->pace, ticket, actual, &v->status);
}

static char *body_of(const struct graphql_request *r)
{
    json_auto_t *empty = json_object();
    json_auto_t *body = json_pack("{s:s, s:s, s:O}", "query", operations[r->operation].document,
                                  "operationName", operations[r->operation].name, "variables",
                                  r->variables != NULL ? r->variables : empty);

    return body != NULL ? json_write(body) : NULL;
}

struct sending {
    struct shop *shop;
    struct http *http;
    const struct graphql_request *request;
    const char *body;
    struct graphql_trace *trace;
    char token[TOKEN_MAX];
};

/* One attempt with one token. *reply: all that came, for the trace. */
static bool attempt(struct sending *s, struct verdict *v, json_t **data, json_t **reply,
                    struct err *err)
{
    struct http_request request = { .method = "POST",
                                    .url = s->shop->endpoint,
                                    .headers = { { "Content-Type", "application/json" },
                                                 { "Accept", "application/json" },
                                                 { "X-Shopify-Access-Token", s->token } },
                                    .body = s->body,
                                    .len = strlen(s->body),
                                    .ca_file = s->shop->ca_file,
                                    .connect_ms = s->shop->connect_ms,
                                    .total_ms = s->shop->total_ms,
                                    .answer_max = ANSWER_MAX,
                                    .read = v->read };
    const struct graphql_request *r = s->request;
    struct pace_ticket ticket;
    AUTO_HTTP_ANSWER answer;
    int64_t begun = when_ticks();
    bool good;

    http_answer_init(&answer);
    if (!pace_reserve(s->shop->pace, r->class, reserve_for(s->shop, r->operation),
                      r->wait_us != 0 ? r->wait_us : GRAPHQL_WAIT_US, &ticket, err))
        return false;
    s->trace->waited_us += when_ticks() - begun;
    v->requested = v->actual = -1;
    good = http_send(s->http, &request, &answer, err);
    if (good) {
        note_answer(s->trace, &answer);
        good = judge(&answer, v, data, reply, err);
    }
    s->trace->us += answer.us;
    s->trace->requested = v->requested;
    s->trace->actual = v->actual;
    settle(s->shop, r, &ticket, v, &answer);
    return good;
}

static bool send_signed(struct sending *s, json_t **data, json_t **reply, struct err *err)
{
    struct verdict v = { .read = operations[s->request->operation].read };
    bool good;

    if (!token_get(s->shop->token, s->http, s->token, err))
        return false;
    good = attempt(s, &v, data, reply, err);
    /* 401: nothing was done; a token that lives a day may have ended early */
    if (!good && v.unauthorized && token_refused(s->shop->token, s->token)) {
        json_decref(*reply);
        *reply = NULL;
        v = (struct verdict){ .read = v.read };
        if (!token_get(s->shop->token, s->http, s->token, err))
            return false;
        good = attempt(s, &v, data, reply, err);
    }
    return good;
}

bool graphql_call(struct shop *shop, struct http *http, const struct graphql_request *request,
                  json_t **data, struct graphql_trace *trace, struct err *err)
{
    AUTO_GRAPHQL_TRACE own;
    AUTO_FREE char *body = body_of(request);
    struct sending s = { shop, http, request, body, trace != NULL ? trace : &own, { 0 } };
    json_auto_t *reply = NULL;
    bool good;

    graphql_trace_init(&own);
    start_trace(s.trace);
    if (body == NULL)
        return err_set(err, ERR_BUSY, "%s: no memory for a request",
                       graphql_operation_name(request->operation));
    good = send_signed(&s, data, &reply, err);
    token_wipe(s.token);
    if (trace != NULL && (!good || trace->keep)) {
        str_addf(&trace->request, "{\"operation\":\"%s\",\"variables\":",
                 graphql_operation_name(request->operation));
        mask_json(&trace->request, request->variables, hidden);
        str_adds(&trace->request, "}");
        if (reply != NULL)
            mask_json(&trace->response, reply, hidden);
    }
    return good || err_from(err, ERR_SIDE_SHOPIFY) ||
           err_within(err, "%s", graphql_operation_name(request->operation));
}
