/* bulk.c - the operations: running, failing, cancelled, and the files they leave. */
#include "tests/sandbox/shop/bulk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/str.h"
#include "tests/sandbox/graphql/validate.h"
#include "tests/sandbox/latency.h"
#include "tests/sandbox/shop/bulk_query.h"
#include "tests/sandbox/shop/list.h"
#include "tests/sandbox/shop/roots.h"
#include "tests/sandbox/shop/view.h"

#define BULKS_MAX 256
#define MIXED     400 /* rows that are held back so that they come in any order */

struct bulk {
    struct bulks *all;
    int64_t id;
    char token[40], *query;
    const char *scopes;
    bool grouped, started, expires;
    unsigned garbled; /* which row of the file is, from 1; 0: none */
    pthread_t thread;
    FILE *file;
    struct document *document;
    struct rng rng;
    char *held[MIXED]; /* rows not written yet, as text: they lie around for long */
    size_t held_count;
    int64_t fail_after, cut; /* -1: none */
    int64_t written;
    const char *fail_code;
    unsigned delay_ms;
    /* all->lock */
    const char *status, *error;
    int64_t rows, roots, size;
    when created, completed;
    bool cancelled, gone;
};

struct bulks {
    pthread_mutex_t lock;
    const struct schema *schema;
    struct shop *shop;
    struct hooks *hooks;
    struct faults *faults;
    struct rng rng;              /* lock */
    struct bulk *list[BULKS_MAX]; /* lock */
    size_t count;
    int64_t fail_after, cut;
    char fail_code[40];
    unsigned delay_ms;
    atomic_bool stopping;
};

struct bulks *bulks_new(const struct schema *schema, struct shop *shop, struct hooks *hooks, struct faults *faults)
{
    struct bulks *b = calloc(1, sizeof *b);

    if (b == NULL)
        return NULL;
    mutex_init(&b->lock);
    b->schema = schema;
    b->shop = shop;
    b->hooks = hooks;
    b->faults = faults;
    b->rng.state = shop->seed + 4711;
    b->fail_after = b->cut = -1;
    return b;
}

/* ---- rows into the file ---- */

static char *row_text(json_t *row)
{
    char *text = json_dumps(row, JSON_COMPACT | JSON_ESCAPE_SLASH);

    json_decref(row);
    return text;
}

#define GARBLED_ROW 4

static void write_row(struct bulk *k, char *text)
{
    if (text != NULL && k->garbled != 0 && ++k->written == k->garbled)
        text[strlen(text) / 2] = '\0';
    if (text != NULL)
        fputs(text, k->file);
    fputc('\n', k->file);
    free(text);
}

/* Rows wait in a crowd that lets a random one go: a child may come long before its parent. */
static void mix(struct bulk *k, char *row)
{
    size_t at;

    if (k->held_count < MIXED) {
        k->held[k->held_count++] = row;
        return;
    }
    at = rng_below(&k->rng, MIXED);
    write_row(k, k->held[at]);
    k->held[at] = row;
}

static void flush_mixed(struct bulk *k)
{
    while (k->held_count > 0) {
        size_t at = rng_below(&k->rng, k->held_count);

        write_row(k, k->held[at]);
        k->held[at] = k->held[--k->held_count];
    }
}

static bool take_row(void *ctx, json_t *row)
{
    struct bulk *k = ctx;
    bool on;

    mutex_lock(&k->all->lock);
    k->rows++;
    on = !k->cancelled && (k->fail_after < 0 || k->rows <= k->fail_after);
    mutex_unlock(&k->all->lock);
    if (!on) {
        json_decref(row);
        return false;
    }
    mix(k, row_text(row));
    return true;
}

/* Rows of one root come children first; they are kept by their parent until it is there. */
static bool take_grouped(void *ctx, json_t *row)
{
    json_t *group = ctx;
    const char *parent = json_text_or(row, "__parentId", "");

    if (json_object_get(group, parent) == NULL)
        json_object_set_new(group, parent, json_array());
    json_array_append_new(json_object_get(group, parent), row);
    return true;
}

/* What lies below a parent, each with its own children after it. */
static bool write_group(struct bulk *k, json_t *group, const char *parent)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(group, parent), i, row) {
        const char *id = json_text(row, "id");
        bool on;

        mutex_lock(&k->all->lock);
        k->rows++;
        on = !k->cancelled && (k->fail_after < 0 || k->rows <= k->fail_after);
        mutex_unlock(&k->all->lock);
        if (!on)
            return false;
        write_row(k, row_text(json_incref(row)));
        if (id != NULL && !write_group(k, group, id))
            return false;
    }
    return true;
}

/* ---- running ---- */

static bool run_root(struct bulk *k, struct execution *e, const struct schema_field *f, const struct selection *s, json_t *gid)
{
    json_auto_t *group = json_object(), *row = gid;
    bool on;

    e->sink = k->grouped ? take_grouped : take_row;
    e->sink_ctx = k->grouped ? (void *)group : k;
    mutex_lock(&k->all->shop->lock);
    on = execute_row(e, f, s, row) && !e->stopped;
    mutex_unlock(&k->all->shop->lock);
    if (json_array_size(e->errors) > 0) { /* a field that may not be read ends it */
        k->fail_code = strcmp(json_text_or(e->errors, "0.extensions.code", ""), "ACCESS_DENIED") == 0 ? "ACCESS_DENIED" :
                                                                                                       "INTERNAL_SERVER_ERROR";
        return false;
    }
    return on && (!k->grouped || write_group(k, group, ""));
}

static void count_root(struct bulk *k)
{
    mutex_lock(&k->all->lock);
    k->roots++;
    mutex_unlock(&k->all->lock);
    if (k->delay_ms > 0)
        latency_sleep(k->delay_ms * 1000);
}

/* A short connection: locations. */
static bool run_list(struct bulk *k, struct execution *e, const struct schema_field *f, const struct selection *s,
                     const json_t *args)
{
    struct shop *shop = k->all->shop;
    json_auto_t *rows = NULL;
    bool done = false, on = true;
    json_t *row;
    size_t i;

    mutex_lock(&shop->lock);
    rows = e->resolver->field(e->resolver->ctx, e, schema_type(e->schema, "QueryRoot"), f->name, NULL, args, &done);
    mutex_unlock(&shop->lock);
    json_array_foreach(rows, i, row) {
        on = on && run_root(k, e, f, s, json_incref(row));
        if (on)
            count_root(k);
    }
    return on;
}

/* False: cancelled or to fail. */
static bool run_rows(struct bulk *k, struct execution *e, const struct schema_field *f, const struct selection *s,
                     const json_t *args)
{
    struct shop *shop = k->all->shop;
    const struct roots *r = e->resolver->ctx;
    struct walk w;
    enum rows rows;
    bool on = true, more = true;

    if (!walk_rows(f->name, &rows))
        return run_list(k, e, f, s, args);
    mutex_lock(&shop->lock);
    walk_start(&w, shop, rows, false, args, roots_granted((void *)(uintptr_t)r, "read_all_orders"), r->warnings);
    mutex_unlock(&shop->lock);
    while (on && more && !atomic_load(&k->all->stopping)) {
        struct row row;
        json_t *gid = NULL;

        mutex_lock(&shop->lock);
        more = walk_next(&w, &row);
        if (more)
            gid = row_gid(&w, &row);
        mutex_unlock(&shop->lock);
        if (!more)
            break;
        on = run_root(k, e, f, s, gid);
        if (on)
            count_root(k);
    }
    walk_clear(&w);
    return on && !atomic_load(&k->all->stopping);
}

static bool run_query(struct bulk *k)
{
    json_auto_t *errors = json_array(), *path = json_array(), *none = json_object(), *warnings = json_array();
    struct roots roots = { .shop = k->all->shop, .hooks = k->all->hooks, .bulks = k->all, .scopes = k->scopes,
                           .version = "2026-10", .warnings = warnings };
    struct resolver resolver = { &roots, roots_field, roots_node, roots_granted };
    struct execution e = { .schema = k->all->schema, .document = k->document, .resolver = &resolver, .variables = none,
                           .errors = errors, .path = path };
    const struct operation *o = &k->document->operations[0];
    const struct schema_type *root = schema_type(k->all->schema, "QueryRoot");
    bool on = true;

    for (size_t i = 0; i < o->inner.count && on; i++) {
        const struct schema_field *f = schema_field(root, o->inner.list[i].name);
        json_auto_t *args = arguments_resolve(f, &o->inner.list[i].args, none);

        on = run_rows(k, &e, f, &o->inner.list[i], args);
    }
    flush_mixed(k);
    return on;
}

static void finish_file(struct bulk *k)
{
    struct stat st;

    fflush(k->file);
    if (fstat(fileno(k->file), &st) != 0)
        st.st_size = 0;
    if (k->cut > 0 && k->cut < st.st_size && ftruncate(fileno(k->file), st.st_size - k->cut) == 0)
        st.st_size -= k->cut;
    k->size = st.st_size;
}

static void tell(struct bulk *k)
{
    static const struct {
        const char *status, *said;
    } words[] = { { "COMPLETED", "completed" }, { "FAILED", "failed" }, { "CANCELED", "canceled" } };
    const char *said = "completed";

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].status, k->status) == 0)
            said = words[i].said;
    hooks_send(k->all->hooks, "bulk_operations/finish",
               json_pack("{s:o,s:o,s:o,s:o,s:s,s:s}", "admin_graphql_api_id", view_gid("BulkOperation", k->id), "completed_at",
                         payload_moment(k->completed), "created_at", payload_moment(k->created), "error_code",
                         k->error == NULL ? json_null() : json_string(k->fail_code), "status", said, "type", "query"));
}

static void *run(void *arg)
{
    struct bulk *k = arg;
    bool good;

    mutex_lock(&k->all->lock);
    if (strcmp(k->status, "CREATED") == 0)
        k->status = "RUNNING";
    mutex_unlock(&k->all->lock);
    good = run_query(k);
    mutex_lock(&k->all->lock);
    finish_file(k);
    k->status = k->cancelled ? "CANCELED" : good ? "COMPLETED" : "FAILED";
    k->error = good || k->cancelled ? NULL : k->fail_code;
    k->rows -= !good && k->rows > 0; /* the one that was too many */
    k->completed = when_now();
    k->gone = k->expires;
    mutex_unlock(&k->all->lock);
    if (!atomic_load(&k->all->stopping))
        tell(k);
    return NULL;
}

/* ---- what can be asked ---- */

static json_t *refused(const char *code, json_t *message)
{
    return json_pack("{s:n,s:[{s:s,s:n,s:o,s:s}]}", "bulkOperation", "userErrors", "__typename", "BulkOperationUserError",
                     "field", "message", message, "code", code);
}

static bool running(const struct bulk *k)
{
    return k->completed == 0;
}

/* How many run; names them. */
static size_t under_way_held(struct bulks *b, struct str *names)
{
    size_t count = 0;

    for (size_t i = 0; i < b->count; i++)
        if (running(b->list[i]))
            str_addf(names, "%sgid://shopify/BulkOperation/%" PRId64, count++ > 0 ? ", " : "", b->list[i]->id);
    return count;
}

static struct bulk *find_held(struct bulks *b, int64_t id)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->list[i]->id == id)
            return b->list[i];
    return NULL;
}

static json_t *view_held(struct bulks *b, const struct bulk *k)
{
    json_t *v = json_object();
    bool file = k->completed != 0 && k->size > 0 && !k->gone;
    json_t *url = !file ? json_null() :
                          json_sprintf("%s/bulk/%" PRId64 "-%s.jsonl", b->shop->url, k->id, k->token);
    bool whole = strcmp(k->status, "COMPLETED") == 0;

    json_object_set_new(v, "__typename", json_string("BulkOperation"));
    json_object_set_new(v, "id", view_gid("BulkOperation", k->id));
    json_object_set_new(v, "status", json_string(k->gone ? "EXPIRED" : k->status));
    json_object_set_new(v, "type", json_string("QUERY"));
    json_object_set_new(v, "errorCode", view_maybe(k->error));
    json_object_set_new(v, "query", json_string(k->query));
    json_object_set_new(v, "createdAt", view_moment(k->created));
    json_object_set_new(v, "completedAt", view_moment(k->completed));
    json_object_set_new(v, "objectCount", json_sprintf("%" PRId64, k->rows));
    json_object_set_new(v, "rootObjectCount", json_sprintf("%" PRId64, k->roots));
    json_object_set_new(v, "fileSize", k->completed == 0 ? json_null() : json_sprintf("%" PRId64, k->size));
    json_object_set(v, "url", whole ? url : json_null());
    json_object_set(v, "partialDataUrl", whole ? json_null() : url);
    json_decref(url);
    return v;
}

static void bulk_free(struct bulk *k)
{
    if (k == NULL)
        return;
    if (k->file != NULL)
        fclose(k->file);
    for (size_t i = 0; i < k->held_count; i++)
        free(k->held[i]);
    document_free(k->document);
    free(k->query);
    free(k);
}

static struct bulk *bulk_new(struct bulks *b, const char *query, bool grouped, const char *scopes)
{
    struct bulk *k = calloc(1, sizeof *k);

    if (k == NULL)
        return NULL;
    k->all = b;
    k->query = strdup(query);
    k->scopes = scopes;
    k->grouped = grouped;
    k->status = "CREATED";
    k->file = tmpfile();
    if (k->query != NULL && k->file != NULL)
        return k;
    bulk_free(k);
    return NULL;
}

/* The oldest that is over makes room. */
static void room_held(struct bulks *b)
{
    for (size_t i = 0; b->count == BULKS_MAX && i < b->count; i++)
        if (!running(b->list[i])) {
            pthread_join(b->list[i]->thread, NULL);
            bulk_free(b->list[i]);
            memmove(&b->list[i], &b->list[i + 1], (--b->count - i) * sizeof b->list[0]);
        }
}

#define FAILS_AFTER 25 /* rows */
#define CUT_BYTES   9

/* model: "bulk", or "bulk.orders" for those of one kind. */
static bool hit(struct bulks *b, const struct bulk *k, enum mishap_kind kind, struct mishap *m)
{
    char model[64];

    snprintf(model, sizeof model, "bulk.%.50s", k->document->operations[0].inner.list[0].name);
    return faults_ask(b->faults, SIDE_SHOP, kind, "bulk", "run", m) ||
           faults_ask(b->faults, SIDE_SHOP, kind, model, "run", m);
}

static void mishaps(struct bulks *b, struct bulk *k)
{
    struct mishap m;

    if (hit(b, k, MISHAP_BULK_FAILED, NULL))
        k->fail_after = FAILS_AFTER;
    k->expires = hit(b, k, MISHAP_BULK_EXPIRED, NULL);
    if (hit(b, k, MISHAP_CUT, NULL))
        k->cut = CUT_BYTES;
    if (hit(b, k, MISHAP_BULK_SLOW, &m))
        k->delay_ms = m.ms;
    if (hit(b, k, MISHAP_GARBLED, &m))
        k->garbled = m.row != 0 ? m.row : GARBLED_ROW;
}

static json_t *start_held(struct bulks *b, struct bulk *k)
{
    json_t *view;

    k->id = INT64_C(7400000000000001) + (int64_t)(rng_below(&b->rng, 1000) + 1) + (b->count > 0 ? b->list[b->count - 1]->id - INT64_C(7400000000000001) : 0);
    snprintf(k->token, sizeof k->token, "%016llx", (unsigned long long)rng_next(&b->rng));
    k->rng.state = rng_next(&b->rng);
    k->created = when_now();
    k->fail_after = b->fail_after;
    k->cut = b->cut;
    k->delay_ms = b->delay_ms;
    mishaps(b, k);
    k->fail_code = strcmp(b->fail_code, "TIMEOUT") == 0         ? "TIMEOUT" :
                   strcmp(b->fail_code, "ACCESS_DENIED") == 0 ? "ACCESS_DENIED" :
                                                                  "INTERNAL_SERVER_ERROR";
    b->fail_after = b->cut = -1;
    if (pthread_create(&k->thread, NULL, run, k) != 0)
        return NULL;
    b->list[b->count++] = k;
    view = view_held(b, k);
    return json_pack("{s:o,s:[]}", "bulkOperation", view, "userErrors");
}

json_t *bulks_run(struct bulks *b, const char *query, bool grouped, const char *scopes)
{
    AUTO_STR names = { 0 };
    char problem[512];
    struct bulk *k = NULL;
    struct document *d;
    json_t *payload = NULL;

    if (strlen(query) > BULK_QUERY_MAX)
        return refused("INVALID", json_sprintf("Query is too long (maximum is %d bytes)", BULK_QUERY_MAX));
    d = bulk_query_read(b->schema, query, problem, sizeof problem);
    if (d == NULL)
        return refused("INVALID", json_string(problem));
    str_init(&names, 4096);
    mutex_lock(&b->lock);
    if (under_way_held(b, &names) >= BULKS_AT_ONCE) {
        payload = refused("OPERATION_IN_PROGRESS",
                          json_sprintf("A bulk query operation for this app and shop is already in progress: %s.", names.data));
    } else {
        room_held(b);
        k = bulk_new(b, query, grouped, scopes);
        if (k != NULL) {
            k->document = d;
            payload = start_held(b, k);
        }
    }
    mutex_unlock(&b->lock);
    if (payload != NULL && k != NULL)
        return payload;
    if (k != NULL)
        bulk_free(k);
    else
        document_free(d);
    return payload != NULL ? payload : refused("LIMIT_REACHED", json_string("Too many bulk operations"));
}

json_t *bulks_cancel(struct bulks *b, int64_t id)
{
    struct bulk *k;
    json_t *payload;

    mutex_lock(&b->lock);
    k = find_held(b, id);
    if (k == NULL) {
        payload = json_pack("{s:n,s:[{s:[s],s:s}]}", "bulkOperation", "userErrors", "field", "id", "message",
                            "Bulk operation does not exist");
    } else if (!running(k)) {
        payload = json_pack("{s:o,s:[{s:n,s:s}]}", "bulkOperation", view_held(b, k), "userErrors", "field", "message",
                            "A bulk operation cannot be canceled when it is completed");
    } else {
        k->cancelled = true;
        k->status = "CANCELING";
        payload = json_pack("{s:o,s:[]}", "bulkOperation", view_held(b, k), "userErrors");
    }
    mutex_unlock(&b->lock);
    return payload;
}

json_t *bulks_view(struct bulks *b, int64_t id)
{
    const struct bulk *k;
    json_t *view;

    mutex_lock(&b->lock);
    k = find_held(b, id);
    view = k == NULL ? NULL : view_held(b, k);
    mutex_unlock(&b->lock);
    return view;
}

json_t *bulks_current(struct bulks *b)
{
    json_t *view;

    mutex_lock(&b->lock);
    view = b->count == 0 ? NULL : view_held(b, b->list[b->count - 1]);
    mutex_unlock(&b->lock);
    return view;
}

json_t *bulks_list(struct bulks *b, const json_t *args)
{
    const char *query = json_text_or(args, "query", "");
    json_t *list = json_array();

    mutex_lock(&b->lock);
    for (size_t i = b->count; i-- > 0;) {
        json_t *view = view_held(b, b->list[i]);
        char lower[32] = "";

        for (size_t n = 0; n + 1 < sizeof lower && b->list[i]->status[n] != '\0'; n++)
            lower[n] = (char)(b->list[i]->status[n] | 0x20);
        if (!str_starts(query, "status:") || strcasecmp(query + 7, lower) == 0)
            json_array_append(list, view);
        json_decref(view);
    }
    mutex_unlock(&b->lock);
    return list;
}

int bulks_open(struct bulks *b, const char *path, int64_t *size)
{
    int64_t id = 0;
    char token[40];
    int read = 0, fd = -1;
    const struct bulk *k;

    if (sscanf(path, "/bulk/%" SCNd64 "-%39[0-9a-f].jsonl%n", &id, token, &read) != 2 || path[read] != '\0')
        return -1;
    mutex_lock(&b->lock);
    k = find_held(b, id);
    if (k != NULL && strcmp(k->token, token) == 0 && k->completed != 0 && !k->gone) {
        fd = dup(fileno(k->file));
        *size = k->size;
    }
    mutex_unlock(&b->lock);
    return fd;
}

void bulks_expire(struct bulks *b, const char *path)
{
    int64_t id = 0;
    struct bulk *k;

    mutex_lock(&b->lock);
    k = sscanf(path, "/bulk/%" SCNd64, &id) == 1 ? find_held(b, id) : NULL;
    if (k != NULL)
        snprintf(k->token, sizeof k->token, "%016llx", (unsigned long long)rng_next(&b->rng));
    mutex_unlock(&b->lock);
}

void bulks_wish(struct bulks *b, const json_t *wish)
{
    mutex_lock(&b->lock);
    b->delay_ms = (unsigned)json_int_or(wish, "delay_ms", b->delay_ms);
    b->fail_after = json_int_or(wish, "fail_after", b->fail_after);
    b->cut = json_int_or(wish, "cut", b->cut);
    str_copy(b->fail_code, sizeof b->fail_code, json_text_or(wish, "code", b->fail_code));
    for (size_t i = 0; json_flag(wish, "expire") && i < b->count; i++)
        b->list[i]->gone = !running(b->list[i]);
    mutex_unlock(&b->lock);
}

void bulks_free(struct bulks *b)
{
    if (b == NULL)
        return;
    atomic_store(&b->stopping, true);
    for (size_t i = 0; i < b->count; i++) {
        pthread_join(b->list[i]->thread, NULL);
        bulk_free(b->list[i]);
    }
    pthread_mutex_destroy(&b->lock);
    free(b);
}
