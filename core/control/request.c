/* request.c - one line in, one answer out; slow ones by way of a desk. */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "control/inside.h"

#define ANSWER_MAX (PROTO_LINE_MAX - 1)

struct task {
    struct desk_task desk; /* first */
    uint64_t client;       /* its serial */
    json_t *id, *params;
    struct call call;
    struct peer peer;
    char origin[CLIENT_TEXT_MAX];
    bool done;
    struct err err;
};

/* ---- answers ---- */

static enum proto_code code_of(const struct call *call, const struct err *err)
{
    if (call->code != 0)
        return call->code;
    return err->kind == ERR_BUG ? PROTO_INTERNAL : PROTO_REFUSED;
}

static json_t *error_object(const json_t *id, enum proto_code code, const char *text, json_t *data)
{
    return json_pack("{s:s,s:O?,s:{s:i,s:o,s:o*}}", "jsonrpc", "2.0", "id", id, "error", "code",
                     (int)code, "message", json_str(text), "data", data);
}

static json_t *error_of(const json_t *id, const struct call *call, const struct err *err)
{
    json_t *data = call->data != NULL ? json_incref(call->data) : json_object();

    json_object_set_new(data, "kind", json_string(err_name(err->kind)));
    json_object_set_new(data, "thing", json_str(err->thing));
    return error_object(id, code_of(call, err), err->text, data);
}

void request_refuse(struct client *client, enum proto_code code, const char *text)
{
    client_say(client,
               error_object(NULL, code, text,
                            json_pack("{s:s,s:s}", "kind", err_name(ERR_INVALID), "thing", "")));
}

/* An answer that would break the client's line limit is an error instead. */
static bool too_long(const json_t *result)
{
    return json_dumpb(result, NULL, 0, JSON_COMPACT) > ANSWER_MAX - 256;
}

static void answer(struct client *client, const json_t *id, struct call *call, bool done,
                   struct err *err)
{
    if (done && too_long(call->result)) {
        done = err_set(err, ERR_REFUSED, "the answer is too long: ask for fewer rows");
        call->code = PROTO_REFUSED;
    }
    if (done)
        client_say(client,
                   json_pack("{s:s,s:O?,s:O}", "jsonrpc", "2.0", "id", id, "result", call->result));
    else
        client_say(client, error_of(id, call, err));
    json_decref(call->result);
    json_decref(call->data);
    call->result = call->data = NULL;
}

/* ---- by way of a desk ---- */

static void task_free(struct desk_task *desk)
{
    struct task *task = (struct task *)desk;

    json_decref(task->id);
    json_decref(task->params);
    json_decref(task->call.result);
    json_decref(task->call.data);
    free(task);
}

static void work(void *ctx, struct desk_task *desk)
{
    struct desk_place *place = ctx;
    struct task *task = (struct task *)desk;

    task->call.db = place->db;
    task->done = method_call(&task->call, &task->err);
}

const struct desk_ops request_desk_ops = { .work = work, .drop = task_free };

static struct client *client_by(const struct control *control, uint64_t serial)
{
    for (size_t i = 0; i < control->client_count; i++)
        if (control->clients[i]->serial == serial)
            return control->clients[i];
    return NULL;
}

static void collect_from(struct control *control, struct desk *desk)
{
    struct desk_task *finished;

    while ((finished = desk_collect(desk)) != NULL) {
        struct task *task = (struct task *)finished;
        struct client *client = client_by(control, task->client);

        if (task->done && task->call.stop)
            control_stop(control);
        if (task->done && task->call.method->run == m_settings_set)
            server_read_roles(control);
        if (client != NULL) { /* otherwise nobody waits for it any more */
            client->tasks--;
            answer(client, task->id, &task->call, task->done, &task->err);
        }
        task_free(finished);
    }
}

void request_collect(struct control *control)
{
    collect_from(control, control->changes.desk);
    collect_from(control, control->services.desk);
}

static void hand_over(struct control *control, struct client *client, const json_t *id,
                      const struct call *call, struct desk *desk)
{
    struct task *task = calloc(1, sizeof *task);
    struct call failed = *call;
    struct err err = { .kind = ERR_NONE };

    if (task != NULL) {
        task->client = client->serial;
        task->id = id != NULL ? json_incref((json_t *)(uintptr_t)id) : NULL;
        task->params = call->params != NULL ? json_incref((json_t *)(uintptr_t)call->params) : NULL;
        task->peer = client->peer;
        memcpy(task->origin, client->origin, sizeof task->origin);
        task->call = *call;
        task->call.params = task->params;
        task->call.peer = &task->peer;
        task->call.origin = task->origin;
        task->call.trend = NULL;
        task->call.clients = NULL;
        if (desk_put(desk, &task->desk)) {
            client->tasks++;
            return;
        }
        task_free(&task->desk);
    }
    (void)control;
    err_set(&err, ERR_BUSY, "too many requests are waiting: try again");
    answer(client, id, &failed, false, &err);
}

/* ---- the two that touch the client itself ---- */

static bool greet(struct client *client, struct call *call, struct err *err)
{
    const char *name = call_text(call, "client"), *origin = call_text(call, "origin");
    const char *tty = call_text(call, "tty");

    if (call_int(call, "protocol", -1) != PROTO_VERSION) {
        call->code = PROTO_VERSION_BAD;
        return err_set(err, ERR_REFUSED,
                       "this core speaks protocol %d, the client %lld: update the older of them",
                       PROTO_VERSION, (long long)call_int(call, "protocol", -1));
    }
    str_copy(client->name, sizeof client->name, name);
    /* said by the client, so it is shown as that: the user is what the kernel says */
    if (origin != NULL && origin[0] != '\0')
        snprintf(client->origin, sizeof client->origin, "ssh %.100s", origin);
    if (tty != NULL)
        str_copy(client->tty, sizeof client->tty, tty);
    client->greeted = true;
    return true;
}

static void watch(struct control *control, struct client *client, const struct call *call)
{
    static const char *const names[FEED_COUNT] = { "overview", "activity", "alerts" };
    const json_t *topics = json_at(call->params, "topics");

    client->topics = 0;
    for (size_t i = 0; i < json_array_size(topics); i++)
        for (unsigned f = 0; f < FEED_COUNT; f++)
            if (strcmp(names[f], json_string_value(json_array_get(topics, i))) == 0)
                client->topics |= 1u << f;
    for (unsigned f = 0; f < FEED_COUNT; f++)
        if ((client->topics & 1u << f) == 0) {
            picture_free(client->waiting[f]);
            client->waiting[f] = NULL;
        }
    feed_welcome(control, client);
}

/* ---- one request ---- */

static void run_here(struct control *control, struct client *client, const json_t *id,
                     struct call *call)
{
    struct err err = { .kind = ERR_NONE };
    bool is_watch = call->method->run == m_watch, done;

    call->clients = feed_clients(control);
    done = db_view_begin(call->db, &err) && method_call(call, &err);
    db_view_end(call->db);
    if (done && call->method->run == m_hello)
        done = greet(client, call, &err);
    json_decref(call->clients);
    answer(client, id, call, done, &err);
    if (done && is_watch)
        watch(control, client, call);
    if (!done && !client->greeted)
        client->closing = true;
}

static void dispatch(struct control *control, struct client *client, const json_t *request)
{
    const json_t *id = json_object_get(request, "id");
    const char *name = json_text(request, "method");
    const struct control_options *o = &control->options;
    struct call call = { .store = o->store,
                         .db = control->db,
                         .seal = o->seal,
                         .schedule = o->schedule,
                         .services = &o->services,
                         .method = method_find(name),
                         .peer = &client->peer,
                         .origin = client->origin,
                         .params = json_object_get(request, "params"),
                         .state_dir = control->state_dir,
                         .started = control->started,
                         .trend = &control->trend };
    struct err err = { .kind = ERR_NONE };
    enum method_place place;

    if (!client->greeted && strcmp(name, "hello") != 0) {
        call.code = PROTO_REQUEST;
        err_set(&err, ERR_REFUSED, "the first request is hello");
        answer(client, id, &call, false, &err);
        client->closing = true;
        return;
    }
    if (call.method == NULL) {
        call.code = PROTO_METHOD;
        err_set(&err, ERR_INVALID, "there is no method \"%.60s\"", name);
        answer(client, id, &call, false, &err);
        return;
    }
    place = method_place(call.method);
    if (place == METHOD_HERE)
        run_here(control, client, id, &call);
    else
        hand_over(control, client, id, &call,
                  place == METHOD_CHANGE ? control->changes.desk : control->services.desk);
}

static bool well_formed(const json_t *request)
{
    const json_t *id = json_object_get(request, "id");

    return json_is_object(request) && json_text(request, "method") != NULL &&
           strcmp(json_text_or(request, "jsonrpc", ""), "2.0") == 0 &&
           (json_is_integer(id) || json_is_string(id));
}

void request_line(struct control *control, struct client *client, char *line, size_t len)
{
    struct err err = { .kind = ERR_NONE };
    json_auto_t *request = NULL;

    if (len == 0)
        return;
    request = json_read(line, len, "request", &err);
    /* a request may hold a secret: its text is not left behind in the buffer */
    OPENSSL_cleanse(line, len);
    if (request == NULL)
        request_refuse(client, PROTO_PARSE, err.text);
    else if (!well_formed(request))
        request_refuse(client, PROTO_REQUEST,
                       "a request has jsonrpc \"2.0\", an id (number or text) and a method");
    else {
        dispatch(control, client, request);
        return;
    }
    if (!client->greeted)
        client->closing = true;
}
