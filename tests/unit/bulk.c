/* Bulk operations against a shop of our own making: what it answers, and how its files come. */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "shopify/bulk_in.h"
#include "tests/sandbox/server.h"

#define GID    "gid://shopify/BulkOperation/720918"
#define SECRET "Signature=hush"
#define COST                                                                                       \
    ",\"extensions\":{\"cost\":{\"requestedQueryCost\":10,\"actualQueryCost\":10,"                 \
    "\"throttleStatus\":{\"maximumAvailable\":2000.0,\"currentlyAvailable\":1990,"                 \
    "\"restoreRate\":100.0}}}}"
#define REPLIES 8

struct world {
    char url[64]; /* of the server */
    /* GraphQL: by the operation's name; NULL data: the connection is dropped */
    struct {
        const char *name, *data;
    } replies[REPLIES];
    const char *status;           /* of BulkStatus: "COMPLETED" */
    const char *code;             /* its errorCode */
    const char *host;             /* instead of the server's own, in the address of the file */
    int64_t objects, roots, told; /* told: fileSize; -1: the file's own */
    /* the file */
    int file; /* -1: none */
    int64_t size;
    unsigned expired, broken, dropped,
        silly; /* so many requests from now: 403, half, closed, 500 */
    bool no_range, wrong_part, longer;
    /* seen */
    unsigned keys, asked, got; /* addresses given out, GraphQL requests, files asked for */
    bool token_sent;
    char ranges[512], last[70000];
};

static struct world world;
/* The test holds it but while it asks: then the world is the server's. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#define ASK(call)                                                                                  \
    __extension__({                                                                                \
        pthread_mutex_unlock(&lock);                                                               \
        bool good_ = (call);                                                                       \
        pthread_mutex_lock(&lock);                                                                 \
        good_;                                                                                     \
    })
static struct server *server;
static struct shop *shop;
static struct http *http;

static void reply_json(struct reply *reply, const char *data)
{
    AUTO_STR text;

    str_init(&text, 1 << 20);
    str_addf(&text, "{\"data\":%s" COST, data);
    reply_text(reply, 200, "OK", "application/json", text.data);
}

static void status_answer(struct world *w, struct reply *reply)
{
    AUTO_STR text;
    bool whole = strcmp(w->status, "COMPLETED") == 0;
    char url[160];

    w->keys++;
    snprintf(url, sizeof url, w->file < 0 ? "null" : "\"%s/bulk/%u.jsonl?" SECRET "\"",
             w->host != NULL ? w->host : w->url, w->keys);
    str_init(&text, 4096);
    str_addf(
        &text,
        "{\"bulkOperation\":{\"id\":\"" GID "\",\"status\":\"%s\",\"errorCode\":%s%s%s,"
        "\"createdAt\":\"2026-11-30T10:00:00Z\",\"completedAt\":null,\"objectCount\":\"%" PRId64
        "\",\"rootObjectCount\":\"%" PRId64 "\",\"fileSize\":\"%" PRId64
        "\",\"url\":%s,\"partialDataUrl\":%s}}",
        w->status, w->code != NULL ? "\"" : "", w->code != NULL ? w->code : "null",
        w->code != NULL ? "\"" : "", w->objects, w->roots, w->told >= 0 ? w->told : w->size,
        whole ? url : "null", whole ? "null" : url);
    reply_json(reply, text.data);
}

static void graphql_answer(struct world *w, const struct request *r, struct reply *reply)
{
    char name[80];

    w->asked++;
    str_copy(w->last, sizeof w->last, r->body);
    for (size_t i = 0; i < REPLIES && w->replies[i].name != NULL; i++) {
        snprintf(name, sizeof name, "\"operationName\":\"%s\"", w->replies[i].name);
        if (strstr(r->body, name) == NULL)
            continue;
        if (w->replies[i].data == NULL)
            reply->fate = REPLY_DROP;
        else
            reply_json(reply, w->replies[i].data);
        return;
    }
    if (strstr(r->body, "\"operationName\":\"BulkStatus\"") != NULL)
        status_answer(w, reply);
    else
        reply_text(reply, 500, "Odd", "text/plain", "");
}

static void part_answer(struct world *w, const struct request *r, struct reply *reply)
{
    const char *range = request_header(r, "Range");
    long long from = 0;
    size_t n = strlen(w->ranges);

    if (range != NULL)
        snprintf(w->ranges + n, sizeof w->ranges - n, "%s ", range);
    if (range != NULL && !w->no_range && sscanf(range, "bytes=%lld-", &from) == 1) {
        if (from >= w->size) {
            reply_text(reply, 416, "Range Not Satisfiable", NULL, "");
            return;
        }
        from += w->wrong_part;
        reply->status = 206;
        reply->reason = "Partial Content";
        str_addf(&reply->head, "Content-Range: bytes %lld-%lld/%lld\r\n", from,
                 (long long)w->size - 1, (long long)w->size + w->longer);
    }
    reply->type = "application/jsonl";
    reply->file = dup(w->file);
    reply->from = from;
    reply->len = w->size - from;
    if (w->broken > 0) {
        w->broken--;
        reply->fate = REPLY_BREAK;
    }
}

static void file_answer(struct world *w, const struct request *r, struct reply *reply)
{
    unsigned key = 0;

    w->got++;
    w->token_sent = w->token_sent || request_header(r, "X-Shopify-Access-Token") != NULL;
    sscanf(r->path, "/bulk/%u", &key);
    if (w->dropped > 0) {
        w->dropped--;
        reply->fate = REPLY_DROP;
    } else if (w->silly > 0) {
        w->silly--;
        reply_text(reply, 503, "Odd", "text/plain", "Signature=hush again");
    } else if (w->expired > 0 || key != w->keys || strcmp(r->query, SECRET) != 0) {
        w->expired -= w->expired > 0;
        reply_text(reply, 403, "Forbidden", "application/xml", "<Error>Signature=hush</Error>");
    } else {
        part_answer(w, r, reply);
    }
}

static void handle(void *ctx, const struct request *r, struct reply *reply)
{
    struct world *w = ctx;

    pthread_mutex_lock(&lock);
    if (strcmp(r->method, "GET") == 0)
        file_answer(w, r, reply);
    else
        graphql_answer(w, r, reply);
    pthread_mutex_unlock(&lock);
}

static int set_up(void **state)
{
    struct server_options options = { .workers = 4,
                                      .keep_alive = true,
                                      .read_ms = 5000,
                                      .idle_ms = 5000,
                                      .body_max = 1 << 20,
                                      .handle = handle,
                                      .ctx = &world };
    struct shop_settings settings = {
        .domain = "acme.myshopify.com", .url = world.url, .token = "shpat_1", .total_ms = 5000
    };
    struct err err = { .kind = ERR_NONE };

    (void)state;
    pthread_mutex_lock(&lock);
    world.file = -1;
    server = server_start(&options, &err);
    if (server == NULL)
        return 1;
    snprintf(world.url, sizeof world.url, "http://127.0.0.1:%u", server_port(server));
    shop = shop_new(&settings, &err);
    http = http_new(NULL, &err);
    return shop == NULL || http == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    pthread_mutex_unlock(&lock);
    http_free(http);
    shop_free(shop);
    server_free(server);
    if (world.file >= 0)
        close(world.file);
    return 0;
}

/* A new world with this file; NULL: none. */
static void begin(const char *text)
{
    char url[sizeof world.url];

    str_copy(url, sizeof url, world.url);
    if (world.file >= 0)
        close(world.file);
    memset(&world, 0, sizeof world);
    str_copy(world.url, sizeof world.url, url);
    world.status = "COMPLETED";
    world.objects = world.roots = 0;
    world.told = world.file = -1;
    if (text != NULL) {
        FILE *f = tmpfile();

        assert_non_null(f);
        fputs(text, f);
        fflush(f);
        world.file = dup(fileno(f));
        world.size = (int64_t)strlen(text);
        fclose(f);
        for (; *text != '\0'; text++)
            world.objects += *text == '\n';
    }
}

static void no_secret_in(const struct err *err)
{
    assert_null(strstr(err->text, "hush"));
    assert_null(strstr(err->text, "jsonl"));
}

/* ---- records ---- */

struct seen {
    int64_t records, faults, sum; /* sum: of the lines' numbers */
    int64_t enough;               /* after so many records of a call; 0: never */
    int64_t now;
    enum bulk_next next;
    size_t whole;   /* so many addresses each must have; 0: any number */
    long rss, most; /* pages in memory: at the beginning, at most */
    char words[256], gid[80];
};

static long rss(void)
{
    long all = 0, mine = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (f == NULL || fscanf(f, "%ld %ld", &all, &mine) != 2)
        mine = 0;
    if (f != NULL)
        fclose(f);
    return mine;
}

static enum bulk_next record(void *ctx, json_t *row, int64_t line, const struct bulk_cursor *after,
                             struct err *err)
{
    struct seen *s = ctx;

    assert_true(json_is_object(row) && (after->line >= line || after->id != 0));
    if (s->whole != 0)
        assert_int_equal(json_len(row, "addressesV2.nodes"), s->whole);
    if (s->enough != 0 && s->now + 1 >= s->enough && s->next == BULK_GIVE_UP) {
        s->now = 0;
        err_set(err, ERR_UNSURE, "Odoo did not answer");
        return BULK_GIVE_UP;
    }
    s->records++;
    s->now++;
    s->sum += line;
    if (s->records % 1000 == 0 && rss() > s->most)
        s->most = rss();
    if (s->enough == 0 || s->now < s->enough)
        return BULK_GO_ON;
    s->now = 0;
    return s->next;
}

static enum bulk_next fault(void *ctx, const struct err *what, const char *gid, int64_t line)
{
    struct seen *s = ctx;

    (void)line;
    no_secret_in(what);
    s->faults++;
    str_copy(s->words, sizeof s->words, what->text);
    str_copy(s->gid, sizeof s->gid, gid);
    return BULK_GO_ON;
}

static bool read_on(struct seen *seen, struct bulk_reading *reading, struct bulk_cursor *cursor,
                    struct err *err)
{
    AUTO_GRAPHQL_TRACE trace;
    bool good;

    graphql_trace_init(&trace);
    trace.keep = true;
    reading->kind = BULK_CUSTOMERS;
    reading->class = PACE_IMPORT;
    reading->record = record;
    reading->fault = fault;
    reading->ctx = seen;
    good = ASK(bulk_read(shop, http, GID, reading, cursor, &trace, err));
    assert_null(strstr(trace.request.data, "hush"));
    assert_null(strstr(trace.response.data, "hush"));
    if (!good)
        no_secret_in(err);
    assert_false(world.token_sent);
    return good;
}

#define C(id) "{\"id\":\"gid:\\/\\/shopify\\/Customer\\/" id "\"}\n"
#define A(id, under)                                                                               \
    "{\"id\":\"gid:\\/\\/shopify\\/MailingAddress\\/" id                                           \
    "?model_name=CustomerAddress\",\"__parentId\":\"gid:\\/\\/shopify\\/Customer\\/" under "\"}\n"
#define FIVE C("1") A("11", "1") C("2") C("3") A("31", "3") A("32", "3") C("4") C("5") A("51", "5")
#define SUM  (1 + 3 + 4 + 7 + 8) /* of the records' lines */

static void a_file_is_read_to_its_end_whatever_the_network_does(void **fixture)
{
    static const struct {
        unsigned expired, broken, dropped, silly;
        bool no_range;
        unsigned got; /* requests for the file */
    } rows[] = {
        { .got = 1 },
        { .broken = 1, .got = 2 },
        { .broken = 4, .got = 5 },
        { .broken = 2, .no_range = true, .got = 3 },
        { .dropped = 1, .got = 2 },
        { .dropped = 2, .broken = 1, .got = 4 },
        { .silly = 2, .got = 3 },
        { .expired = 1, .got = 2 },
        { .expired = 2, .broken = 1, .got = 4 },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bulk_cursor cursor = { .line = 0 };
        struct bulk_reading reading = { .partial = false };
        struct err err = { .kind = ERR_NONE };
        struct seen seen = { .records = 0 };

        begin(FIVE);
        world.roots = 5;
        world.expired = rows[i].expired;
        world.broken = rows[i].broken;
        world.dropped = rows[i].dropped;
        world.silly = rows[i].silly;
        world.no_range = rows[i].no_range;
        if (!read_on(&seen, &reading, &cursor, &err))
            fail_msg("%zu: %s", i, err.text);
        assert_true(reading.end);
        assert_int_equal(seen.records, 5);
        assert_int_equal(seen.sum, SUM);
        assert_int_equal(seen.faults, 0);
        assert_int_equal(world.got, rows[i].got);
        assert_int_equal(cursor.offset, world.size);
    }
}

static void what_cannot_be_read_says_what_to_do(void **fixture)
{
    static const struct {
        const char *status, *code, *text; /* text: of the file */
        unsigned expired, dropped, silly;
        int64_t objects, roots, told; /* 0: right ones */
        const char *host;
        bool wrong_part, longer, broken;
        enum err_kind kind;
        const char *words;
        int64_t records;
    } rows[] = {
        { "CREATED", .kind = ERR_BUSY, .words = "has not begun" },
        { "RUNNING", .kind = ERR_BUSY, .words = "still running" },
        { "CANCELING", .kind = ERR_BUSY, .words = "being cancelled" },
        { "CANCELED", .kind = ERR_CONFLICT, .words = "was cancelled" },
        { "EXPIRED", .kind = ERR_CONFLICT, .words = "older than seven days" },
        { "FAILED", "TIMEOUT", .kind = ERR_REFUSED, .words = "took too long" },
        { "FAILED", "INTERNAL_SERVER_ERROR", .kind = ERR_CONFLICT, .words = "failed inside" },
        { "FAILED", "ACCESS_DENIED", .kind = ERR_DENIED, .words = "lacks a scope" },
        { "FAILED", "SOMETHING_NEW", .kind = ERR_CONFLICT, .words = "does not say why" },
        { "FAILED", .kind = ERR_CONFLICT, .words = "failed" },
        { "DANCING", .kind = ERR_BUG, .words = "do not know" },
        { "COMPLETED", .objects = 9, .kind = ERR_CONFLICT, .words = "file is gone" },
        { "COMPLETED", .text = FIVE, .expired = 99, .kind = ERR_CONFLICT,
          .words = "cannot be had any more (403" },
        { "COMPLETED", .text = FIVE, .dropped = 99, .kind = ERR_BUSY, .words = "no answer" },
        { "COMPLETED", .text = FIVE, .silly = 99, .kind = ERR_BUSY, .words = "503" },
        { "COMPLETED", .text = FIVE, .told = 5000, .kind = ERR_CONFLICT,
          .words = "bytes of a bulk file", .records = 4 },
        { "COMPLETED", .text = FIVE, .told = 50, .kind = ERR_CONFLICT,
          .words = "bytes of a bulk file", .records = 4 },
        { "COMPLETED", .text = FIVE, .roots = 6, .kind = ERR_CONFLICT,
          .words = "after 5 of 6 records", .records = 4 },
        { "COMPLETED", .text = C("1") C("2") "{\"id\":\"gid", .kind = ERR_CONFLICT,
          .words = "in the middle of line 3", .records = 1 },
        { "COMPLETED", .text = FIVE, .host = "http://files.example", .kind = ERR_DENIED,
          .words = "use https" },
        { "COMPLETED", .text = FIVE, .host = "https://127.0.0.1:1", .kind = ERR_BUSY,
          .words = "nothing was sent" },
        { "COMPLETED", .text = FIVE, .broken = true, .wrong_part = true, .kind = ERR_BUG,
          .words = "another part", .records = 2 },
        { "COMPLETED", .text = FIVE, .broken = true, .longer = true, .kind = ERR_CONFLICT,
          .words = "not as long", .records = 2 },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bulk_cursor cursor = { .line = 0 };
        struct bulk_reading reading = { .partial = false };
        struct bulk_operation operation;
        struct err err = { .kind = ERR_NONE };
        struct seen seen = { .records = 0 };

        begin(rows[i].text);
        world.status = rows[i].status;
        world.code = rows[i].code;
        world.host = rows[i].host;
        world.expired = rows[i].expired;
        world.dropped = rows[i].dropped;
        world.silly = rows[i].silly;
        world.objects = rows[i].objects != 0 ? rows[i].objects : world.objects;
        world.roots = rows[i].roots;
        world.told = rows[i].told != 0 ? rows[i].told : -1;
        world.broken = rows[i].broken;
        world.wrong_part = rows[i].wrong_part;
        world.longer = rows[i].longer;
        assert_true(ASK(bulk_poll(shop, http, GID, PACE_IMPORT, &operation, NULL, &err)));
        assert_string_equal(bulk_state_name(operation.state),
                            strcmp(rows[i].status, "DANCING") == 0 ? "?" : rows[i].status);
        assert_int_equal(bulk_whole(&operation, &err), strcmp(rows[i].status, "COMPLETED") == 0);
        if (read_on(&seen, &reading, &cursor, &err))
            fail_msg("%zu was read", i);
        if (err.kind != rows[i].kind || strstr(err.text, rows[i].words) == NULL)
            fail_msg("%zu: %s: %s", i, err_name(err.kind), err.text);
        assert_false(reading.end);
        assert_int_equal(seen.records, rows[i].records);
        assert_int_equal(cursor.records, rows[i].records);
    }
}

static void an_operation_that_found_nothing_is_at_its_end(void **fixture)
{
    struct bulk_cursor cursor = { .line = 0 };
    struct bulk_reading reading = { .partial = false };
    struct err err = { .kind = ERR_NONE };
    struct seen seen = { .records = 0 };

    (void)fixture;
    begin(NULL);
    assert_true(read_on(&seen, &reading, &cursor, &err));
    assert_true(reading.end);
    assert_int_equal(seen.records, 0);
}

static void what_a_failed_operation_left_can_be_had(void **fixture)
{
    struct bulk_cursor cursor = { .line = 0 };
    struct bulk_reading reading = { .partial = true };
    struct err err = { .kind = ERR_NONE };
    struct seen seen = { .records = 0 };

    (void)fixture;
    begin(FIVE);
    world.status = "FAILED";
    world.code = "TIMEOUT";
    world.objects = world.roots = 100;
    assert_true(read_on(&seen, &reading, &cursor, &err));
    assert_true(reading.end);
    assert_int_equal(seen.records, 4); /* the last may lack children */
    assert_int_equal(seen.faults, 1);
    assert_string_equal(seen.gid, "gid://shopify/Customer/5");
    begin(NULL);
    world.status = "FAILED";
    assert_false(read_on(&seen, &reading, &cursor, &err));
    assert_int_equal(err.kind, ERR_CONFLICT);
    assert_non_null(strstr(err.text, "left nothing"));
}

/* Two records a call; or an err of the callback's at every other: each record comes once. */
static void reading_stops_and_goes_on(void **fixture)
{
    (void)fixture;
    for (int way = 0; way < 3; way++) {
        struct bulk_cursor cursor = { .line = 0 };
        struct bulk_reading reading = { .partial = false };
        struct err err = { .kind = ERR_NONE };
        struct seen seen = { .enough = 2, .next = way == 1 ? BULK_GIVE_UP : BULK_ENOUGH };
        unsigned calls = 0;

        begin(FIVE);
        world.roots = 5;
        world.no_range = way == 2;
        do {
            err.kind = ERR_NONE;
            if (!read_on(&seen, &reading, &cursor, &err)) {
                assert_int_equal(way, 1);
                assert_int_equal(err.kind, ERR_UNSURE);
                assert_string_equal(err.text, "Odoo did not answer");
            }
            assert_int_equal(cursor.records, seen.records);
        } while (!reading.end && ++calls < 20);
        assert_int_equal(seen.records, 5);
        assert_int_equal(seen.sum, SUM);
        assert_true(calls >= 2 && calls < 7);
        assert_non_null(strstr(world.ranges, "bytes="));
        /* at the end there is nothing more, and that is no err */
        seen.enough = 0;
        assert_true(read_on(&seen, &reading, &cursor, &err));
        assert_true(reading.end);
        assert_int_equal(seen.records, 5);
    }
}

#define MANY 100000

static void a_large_file_takes_no_more_memory_than_a_small_one(void **fixture)
{
    struct bulk_cursor cursor = { .line = 0 };
    struct bulk_reading reading = { .partial = false };
    struct err err = { .kind = ERR_NONE };
    struct seen seen = { .records = 0 };
    FILE *f = tmpfile();

    (void)fixture;
    begin(C("1"));
    assert_true(read_on(&seen, &reading, &cursor, &err)); /* whatever is allocated once */
    assert_non_null(f);
    for (int64_t i = 1; i <= MANY; i++) {
        fprintf(f,
                "{\"id\":\"gid:\\/\\/shopify\\/Customer\\/%" PRId64
                "\",\"firstName\":\"Ada %" PRId64 "\",\"note\":\"%0200d\"}\n",
                i, i, 0);
        for (int64_t k = 0; k < i % 3; k++)
            fprintf(f,
                    "{\"id\":\"gid:\\/\\/shopify\\/MailingAddress\\/%" PRId64 "%" PRId64
                    "?model_name=CustomerAddress\",\"address1\":\"Street %" PRId64
                    "\",\"__parentId\":\"gid:\\/\\/shopify\\/Customer\\/%" PRId64 "\"}\n",
                    i, k, k, i);
    }
    fflush(f);
    begin(NULL);
    world.file = dup(fileno(f));
    world.size = ftell(f);
    world.objects = 2 * MANY;
    world.roots = MANY;
    fclose(f);
    seen = (struct seen){ .rss = rss() };
    cursor = (struct bulk_cursor){ .line = 0 };
    if (!read_on(&seen, &reading, &cursor, &err))
        fail_msg("%s", err.text);
    assert_true(reading.end);
    assert_int_equal(seen.records, MANY);
    assert_int_equal(seen.faults, 0);
    print_message("# %d records, %" PRId64 " bytes: %ld KiB more in memory\n", MANY, world.size,
                  (seen.most - seen.rss) * (sysconf(_SC_PAGESIZE) / 1024));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they keep what is freed */
    assert_true((seen.most - seen.rss) * sysconf(_SC_PAGESIZE) < 4 * 1024 * 1024);
#endif
}

/* The lines of a file thrown about: children before and after their records. */
static FILE *thrown_about(int64_t records, int64_t *lines)
{
    int64_t count = 2 * records;
    uint32_t *order = malloc((size_t)count * sizeof *order);
    uint64_t random = 4711;
    FILE *f = tmpfile();

    assert_true(f != NULL && order != NULL);
    for (int64_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (int64_t i = count - 1; i > 0; i--) { /* any line anywhere */
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        int64_t k = (int64_t)((random >> 33) % (uint64_t)(i + 1));
        uint32_t kept = order[i];

        order[i] = order[k];
        order[k] = kept;
    }
    for (int64_t i = 0; i < count; i++)
        if (order[i] % 2 == 0)
            fprintf(f, "{\"id\":\"gid:\\/\\/shopify\\/Customer\\/%u\",\"note\":\"%0200d\"}\n",
                    order[i] / 2 + 1, 0);
        else
            fprintf(f,
                    "{\"id\":\"gid:\\/\\/shopify\\/MailingAddress\\/%u\",\"city\":\"Basel\","
                    "\"__parentId\":\"gid:\\/\\/shopify\\/Customer\\/%u\"}\n",
                    order[i], order[i] / 2 + 1);
    free(order);
    fflush(f);
    *lines = count;
    return f;
}

static void lines_in_any_order_are_put_in_order_on_disk(void **fixture)
{
    struct bulk_reading reading = { .spool = NULL };
    struct bulk_cursor cursor = { .line = 0 };
    struct err err = { .kind = ERR_NONE };
    struct seen seen = { .records = 0 };
    char dir[] = "/tmp/bulk-XXXXXX", path[64];
    int64_t lines = 0;
    FILE *f;

    (void)fixture;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/spool", dir);
    begin(C("1"));
    assert_true(read_on(&seen, &reading, &cursor, &err)); /* whatever is allocated once */
    f = thrown_about(MANY, &lines);
    begin(NULL);
    world.file = dup(fileno(f));
    world.size = ftell(f);
    fclose(f);
    world.objects = lines;
    world.roots = MANY;
    world.broken = 2;
    reading.spool = path;
    reading.fault = NULL;
    seen = (struct seen){ .rss = rss(), .enough = MANY / 4, .next = BULK_ENOUGH, .whole = 1 };
    cursor = (struct bulk_cursor){ .line = 0 };
    for (reading.end = false; !reading.end;)
        if (!read_on(&seen, &reading, &cursor, &err))
            fail_msg("%s", err.text);
    assert_int_equal(seen.records, MANY);
    assert_int_equal(seen.faults, 0);
    assert_int_equal(world.got, 3); /* fetched once, in three pieces; then from the disk */
    print_message("# %d records in any order, %" PRId64 " bytes: %ld KiB more in memory\n", MANY,
                  world.size, (seen.most - seen.rss) * (sysconf(_SC_PAGESIZE) / 1024));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true((seen.most - seen.rss) * sysconf(_SC_PAGESIZE) < 24 * 1024 * 1024);
#endif
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0); /* nothing else was left */
}

/* What is wrong with a file is found before anything of it is handed over, or by its reader. */
static void a_file_that_cannot_be_put_in_order_leaves_nothing(void **fixture)
{
    static const struct {
        const char *text;
        int64_t objects;
        bool partial;
        enum err_kind kind;
        const char *words;
        int64_t records, faults;
    } rows[] = {
        { A("11", "1") C("2") C("1") A("21", "2"), 4, false, ERR_NONE, "", 2, 0 },
        { A("11", "1") C("2") C("1") "{\"id\":", 4, false, ERR_CONFLICT, "in the middle of line 4",
          0, 0 },
        { A("11", "1") C("2") C("1"), 4, false, ERR_CONFLICT, "3 of 4 lines", 0, 0 },
        { A("11", "1") C("2") "nonsense\n" C("1") A("31", "3"), 5, false, ERR_NONE, "", 1, 3 },
        { C("1"), 1, true, ERR_INVALID, "only be read if it was grouped", 0, 0 },
        { NULL, 0, false, ERR_NONE, "", 0, 0 },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char dir[] = "/tmp/bulk-XXXXXX", path[64];
        struct bulk_reading reading = { .partial = rows[i].partial };
        struct bulk_cursor cursor = { .line = 0 };
        struct err err = { .kind = ERR_NONE };
        struct seen seen = { .records = 0 };

        assert_non_null(mkdtemp(dir));
        snprintf(path, sizeof path, "%s/spool", dir);
        reading.spool = path;
        begin(rows[i].text);
        world.objects = rows[i].objects;
        if (read_on(&seen, &reading, &cursor, &err) != (rows[i].kind == ERR_NONE) ||
            err.kind != rows[i].kind || strstr(err.text, rows[i].words) == NULL)
            fail_msg("%zu: %s: %s", i, err_name(err.kind), err.text);
        assert_int_equal(seen.records, rows[i].records);
        assert_int_equal(seen.faults, rows[i].faults);
        assert_int_equal(unlink(path) == 0, rows[i].kind == ERR_NONE);
        assert_int_equal(rmdir(dir), 0);
    }
}

/* ---- operations ---- */

#define PAYLOAD(operation, errors)                                                                 \
    "{\"bulkOperationRunQuery\":{\"bulkOperation\":" operation ",\"userErrors\":[" errors "]}}"
#define CREATED                   "{\"id\":\"" GID "\",\"status\":\"CREATED\",\"createdAt\":\"2026-11-30T10:00:00Z\"}"
#define USER_ERROR(code, message) "{\"field\":null,\"message\":\"" message "\",\"code\":" code "}"

static void an_operation_is_begun_or_it_is_said_why_not(void **fixture)
{
    static const struct {
        const char *run; /* NULL: the answer is lost */
        enum err_kind kind;
        const char *words;
    } rows[] = {
        { PAYLOAD(CREATED, ""), ERR_NONE, "" },
        { PAYLOAD("null", USER_ERROR("\"OPERATION_IN_PROGRESS\"", "already in progress: gid.")),
          ERR_BUSY, "as many" },
        { PAYLOAD("null", USER_ERROR("\"LIMIT_REACHED\"", "limit reached")), ERR_BUSY, "as many" },
        { PAYLOAD("null",
                  USER_ERROR("null",
                             "A bulk operation for this app and shop is already in progress: x")),
          ERR_BUSY, "as many" },
        { PAYLOAD("null", USER_ERROR("\"INVALID\"", "Bulk queries cannot contain that")),
          ERR_REFUSED, "cannot contain" },
        { PAYLOAD("null", USER_ERROR("\"INVALID\"", "Access denied for customers field")),
          ERR_DENIED, "Access denied" },
        { PAYLOAD("null", ""), ERR_BUG, "without an id" },
        { "{}", ERR_BUG, "" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bulk_filter filter = { .status = "open" };
        struct bulk_operation operation = { .id = "" };
        struct err err = { .kind = ERR_NONE };

        begin(NULL);
        world.replies[0].name = "BulkRunQuery";
        world.replies[0].data = rows[i].run;
        if (ASK(bulk_start(shop, http, BULK_ORDERS, &filter, PACE_IMPORT, &operation, NULL,
                           &err)) != (rows[i].kind == ERR_NONE) ||
            err.kind != rows[i].kind || strstr(err.text, rows[i].words) == NULL)
            fail_msg("%zu: %s: %s", i, err_name(err.kind), err.text);
        assert_int_equal(err.wait_ms > 0, rows[i].kind == ERR_BUSY);
        assert_non_null(
            strstr(world.last, "orders(query: \\\"status:open\\\", sortKey: CREATED_AT)"));
        assert_non_null(strstr(world.last, "\"group\":true"));
        if (rows[i].kind == ERR_NONE) {
            assert_string_equal(operation.id, GID);
            assert_int_equal(operation.state, BULK_CREATED);
            assert_false(bulk_over(&operation));
        }
    }
}

/* The list of operations with this status and moment, and the question as Shopify may lay it out. */
static char *listed(const char *status, const char *at, const struct bulk_filter *filter)
{
    json_auto_t *data = NULL;
    struct err err;
    AUTO_STR question, spread;

    str_init(&question, BULK_QUESTION_MAX);
    str_init(&spread, 2 * BULK_QUESTION_MAX);
    assert_true(bulk_question(BULK_ORDERS, filter, &question, &err));
    for (const char *p = question.data; *p != '\0'; p++)
        str_adds(&spread, *p == ' ' ? "\n  " : (char[]){ *p, '\0' });
    data = json_pack("{s:{s:[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s}]}}", "bulkOperations", "nodes",
                     "id", "gid://shopify/BulkOperation/1", "status", "RUNNING", "createdAt", at,
                     "query", "{ products { edges { node { id } } } }", "id", GID, "status", status,
                     "createdAt", at, "query", spread.data);
    return json_dumps(data, JSON_COMPACT);
}

static void a_lost_answer_is_looked_for(void **fixture)
{
    static const struct {
        const char *status;
        when ago; /* 0: the list cannot be had */
        bool other;
        enum err_kind kind;
    } rows[] = {
        { "RUNNING", WHEN_SECOND, false, ERR_NONE },   { "CREATED", WHEN_SECOND, false, ERR_NONE },
        { "COMPLETED", WHEN_SECOND, false, ERR_NONE }, { "FAILED", WHEN_SECOND, false, ERR_BUSY },
        { "CANCELING", WHEN_SECOND, false, ERR_BUSY }, { "RUNNING", WHEN_HOUR, false, ERR_BUSY },
        { "RUNNING", WHEN_SECOND, true, ERR_BUSY },    { "RUNNING", 0, false, ERR_UNSURE },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bulk_filter filter = { .status = "open" },
                           other = { .status = "open", .ungrouped = true };
        struct bulk_operation operation = { .id = "" };
        struct err err = { .kind = ERR_NONE };
        char at[WHEN_TEXT_MAX];
        AUTO_FREE char *list = listed(rows[i].status, when_iso(when_now() - rows[i].ago, at),
                                      rows[i].other ? &other : &filter);

        begin(NULL);
        world.replies[0].name = "BulkRunQuery"; /* dropped */
        world.replies[1].name = "BulkList";
        world.replies[1].data = rows[i].ago != 0 ? list : NULL;
        assert_int_equal(
            ASK(bulk_start(shop, http, BULK_ORDERS, &filter, PACE_IMPORT, &operation, NULL, &err)),
            rows[i].kind == ERR_NONE);
        assert_int_equal(err.kind, rows[i].kind);
        if (rows[i].kind == ERR_NONE)
            assert_string_equal(operation.id, GID);
    }
}

static void cancelling_what_is_over_is_fine(void **fixture)
{
    static const struct {
        const char *answer, *status; /* answer NULL: lost */
        bool good;
        enum err_kind kind;
    } rows[] = {
        { "{\"bulkOperationCancel\":{\"bulkOperation\":{\"id\":\"" GID
          "\",\"status\":\"CANCELING\"},\"userErrors\":[]}}",
          "CANCELING", true, ERR_NONE },
        { "{\"bulkOperationCancel\":{\"bulkOperation\":null,\"userErrors\":[{\"field\":null,"
          "\"message\":\"completed\"}]}}",
          "COMPLETED", true, ERR_NONE },
        { "{\"bulkOperationCancel\":{\"bulkOperation\":null,\"userErrors\":[{\"field\":null,"
          "\"message\":\"no\"}]}}",
          "RUNNING", false, ERR_REFUSED },
        { NULL, "CANCELED", true, ERR_NONE },
        { NULL, "RUNNING", false, ERR_UNSURE },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { .kind = ERR_NONE };

        begin(NULL);
        world.replies[0].name = "BulkCancel";
        world.replies[0].data = rows[i].answer;
        world.status = rows[i].status;
        assert_int_equal(ASK(bulk_cancel(shop, http, GID, PACE_IMPORT, NULL, &err)), rows[i].good);
        if (!rows[i].good)
            assert_int_equal(err.kind, rows[i].kind);
    }
}

static void an_unknown_operation_is_missing(void **fixture)
{
    struct bulk_cursor cursor = { .line = 0 };
    struct bulk_reading reading = { .partial = false };
    struct bulk_operation operation;
    struct err err = { .kind = ERR_NONE };
    struct seen seen = { .records = 0 };

    (void)fixture;
    begin(NULL);
    world.replies[0].name = "BulkStatus";
    world.replies[0].data = "{\"bulkOperation\":null}";
    assert_false(ASK(bulk_poll(shop, http, GID, PACE_IMPORT, &operation, NULL, &err)));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_false(read_on(&seen, &reading, &cursor, &err));
    assert_int_equal(err.kind, ERR_CONFLICT);
}

static void counts_say_how_exact_they_are(void **fixture)
{
    struct bulk_filter filter = { .financial = "paid" };
    struct bulk_count count;
    struct err err = { .kind = ERR_NONE };

    (void)fixture;
    begin(NULL);
    world.replies[0].name = "OrdersCount";
    world.replies[0].data = "{\"ordersCount\":{\"count\":12345,\"precision\":\"EXACT\"}}";
    world.replies[1].name = "VariantsCount";
    world.replies[1].data =
        "{\"productVariantsCount\":{\"count\":10000,\"precision\":\"AT_LEAST\"}}";
    world.replies[2].name = "CustomersCount";
    world.replies[2].data = "{\"customersCount\":null}";
    assert_true(ASK(bulk_count(shop, http, BULK_ORDERS, &filter, PACE_IMPORT, &count, NULL, &err)));
    assert_true(count.count == 12345 && count.exact);
    assert_non_null(strstr(world.last, "\"limit\":null"));
    assert_non_null(strstr(world.last, "\"query\":\"financial_status:paid\""));
    assert_true(ASK(bulk_count(shop, http, BULK_STOCK, NULL, PACE_IMPORT, &count, NULL, &err)));
    assert_true(count.count == 10000 && !count.exact);
    assert_false(ASK(bulk_count(shop, http, BULK_STOCK, &filter, PACE_IMPORT, &count, NULL, &err)));
    assert_int_equal(err.kind, ERR_INVALID);
    assert_false(
        ASK(bulk_count(shop, http, BULK_CUSTOMERS, NULL, PACE_IMPORT, &count, NULL, &err)));
    assert_int_equal(err.kind, ERR_BUG);
}

static void pages_that_do_not_come_by_id_are_not_believed(void **fixture)
{
    static const char *const pages[] = {
        "{\"inventoryItems\":{\"nodes\":[{\"id\":\"gid://shopify/InventoryItem/2\"},"
        "{\"id\":\"gid://shopify/InventoryItem/1\"}],\"pageInfo\":{\"hasNextPage\":false}}}",
        "{\"inventoryItems\":{\"nodes\":[{\"id\":\"gid://shopify/InventoryItem/2\"},"
        "{\"id\":\"gid://shopify/Product/3\"}],\"pageInfo\":{\"hasNextPage\":false}}}",
        "{\"inventoryItems\":null}",
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct bulk_reading reading = { .kind = BULK_STOCK,
                                        .class = PACE_IMPORT,
                                        .record = record };
        struct bulk_cursor cursor = { .line = 0 };
        struct err err = { .kind = ERR_NONE };
        struct seen seen = { .records = 0 };

        begin(NULL);
        world.replies[0].name = "StockPage";
        world.replies[0].data = pages[i];
        reading.ctx = &seen;
        assert_false(ASK(bulk_pages(shop, http, NULL, &reading, &cursor, NULL, &err)));
        assert_int_equal(err.kind, ERR_BUG);
        assert_int_equal(seen.records, i < 2);
        assert_int_equal(cursor.id, i < 2 ? 2 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_to_its_end_whatever_the_network_does),
        cmocka_unit_test(what_cannot_be_read_says_what_to_do),
        cmocka_unit_test(an_operation_that_found_nothing_is_at_its_end),
        cmocka_unit_test(what_a_failed_operation_left_can_be_had),
        cmocka_unit_test(reading_stops_and_goes_on),
        cmocka_unit_test(a_large_file_takes_no_more_memory_than_a_small_one),
        cmocka_unit_test(lines_in_any_order_are_put_in_order_on_disk),
        cmocka_unit_test(a_file_that_cannot_be_put_in_order_leaves_nothing),
        cmocka_unit_test(an_operation_is_begun_or_it_is_said_why_not),
        cmocka_unit_test(a_lost_answer_is_looked_for),
        cmocka_unit_test(cancelling_what_is_over_is_fine),
        cmocka_unit_test(an_unknown_operation_is_missing),
        cmocka_unit_test(counts_say_how_exact_they_are),
        cmocka_unit_test(pages_that_do_not_come_by_id_are_not_believed),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
