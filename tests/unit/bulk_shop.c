/* A believable practice shop is read in bulk, in pages and by id: each gives the same records. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/bulk.h"
#include "shopify/reads.h"
#include "sync/customer.h"
#include "sync/level.h"

#define CUSTOMERS "60"
#define PRODUCTS  "70"
#define ORDERS    "80"
#define PATIENCE  600 /* looks, BULK_LOOK_US apart */
#define LOOK_US   50000

static struct {
    pid_t pid;
    int to, from;
    struct shop *shop;
    struct http *http;
} practice;

static void must(bool good, const struct err *err)
{
    if (!good)
        fail_msg("%s: %s", err_name(err->kind), err->text);
}

/* ---- the practice shop, a program of its own ---- */

static json_t *read_answer(void)
{
    static char text[1 << 16];
    struct err err = { .kind = ERR_NONE };
    size_t len = 0;
    json_t *answer;

    while (len == 0 || text[len - 1] != '\n') {
        ssize_t n = read(practice.from, text + len, sizeof text - len);

        assert_true(n > 0);
        len += (size_t)n;
    }
    answer = json_read(text, len, "the sandbox's answer", &err);
    must(answer != NULL, &err);
    return answer;
}

static void tell(const char *order)
{
    json_auto_t *answer = NULL;

    dprintf(practice.to, "%s\n", order);
    answer = read_answer();
    if (!json_flag(answer, "ok"))
        fail_msg("%s", json_text_or(answer, "error", "the sandbox refuses"));
}

static int set_up(void **state)
{
    char program[512];
    struct err err = { .kind = ERR_NONE };
    int in[2], out[2];

    (void)state;
    snprintf(program, sizeof program, "%s/signalbox-sandbox", getenv("TESTS_BUILDDIR"));
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || (practice.pid = fork()) < 0)
        return 1;
    if (practice.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execl(program, program, "serve", "--no-odoo", "--customers", CUSTOMERS, "--products",
              PRODUCTS, "--orders", ORDERS, "--shop", "believable", "--odd", "--seed", "4",
              "--bucket", "100000", "--restore", "100000", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    practice.to = in[1];
    practice.from = out[0];

    json_auto_t *ready = read_answer();
    struct shop_settings settings = { .domain = json_text(ready, "shop.domain"),
                                      .url = json_text(ready, "shop.url"),
                                      .token = json_text(ready, "shop.token") };

    practice.shop = shop_new(&settings, &err);
    practice.http = http_new(NULL, &err);
    return practice.shop == NULL || practice.http == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    http_free(practice.http);
    shop_free(practice.shop);
    close(practice.to);
    close(practice.from);
    return waitpid(practice.pid, NULL, 0) != practice.pid;
}

/* ---- reading ---- */

struct all {
    json_t *by_id; /* gid: record */
    int64_t records, last;
    bool sorted;
    unsigned faults;
    char words[256], gid[96];
};

static enum bulk_next record(void *ctx, json_t *row, int64_t line, const struct bulk_cursor *after,
                             struct err *err)
{
    struct all *all = ctx;
    const char *gid = json_text_or(row, "id", "?"), *slash = strrchr(gid, '/');
    int64_t id = slash != NULL ? strtoll(slash + 1, NULL, 10) : 0;

    (void)line;
    (void)after;
    (void)err;
    assert_null(json_object_get(all->by_id, gid)); /* each once */
    json_object_set(all->by_id, gid, row);
    all->records++;
    all->sorted = all->sorted && id > all->last;
    all->last = id;
    return BULK_GO_ON;
}

static enum bulk_next fault(void *ctx, const struct err *what, const char *gid, int64_t line)
{
    struct all *all = ctx;

    (void)line;
    all->faults++;
    str_copy(all->words, sizeof all->words, what->text);
    if (*gid != '\0')
        str_copy(all->gid, sizeof all->gid, gid);
    return BULK_GO_ON;
}

static struct all all_new(void)
{
    return (struct all){ .by_id = json_object(), .sorted = true };
}

static void start(enum bulk_kind kind, const struct bulk_filter *filter,
                  struct bulk_operation *operation)
{
    struct err err = { .kind = ERR_NONE };

    must(bulk_start(practice.shop, practice.http, kind, filter, PACE_IMPORT, operation, NULL, &err),
         &err);
    for (int i = 0; !bulk_over(operation); i++) {
        assert_true(i < PATIENCE);
        usleep(LOOK_US);
        must(bulk_poll(practice.shop, practice.http, operation->id, PACE_IMPORT, operation, NULL,
                       &err),
             &err);
    }
}

static bool read_file(enum bulk_kind kind, const char *id, struct all *all, bool partial,
                      struct err *err)
{
    struct bulk_reading reading = { .kind = kind,
                                    .class = PACE_IMPORT,
                                    .partial = partial,
                                    .record = record,
                                    .fault = fault,
                                    .ctx = all };
    struct bulk_cursor cursor = { .line = 0 };
    bool good = bulk_read(practice.shop, practice.http, id, &reading, &cursor, NULL, err);

    assert_int_equal(reading.records, all->records);
    assert_int_equal(reading.end, good);
    return good;
}

static struct all in_bulk(enum bulk_kind kind, const struct bulk_filter *filter)
{
    struct err err = { .kind = ERR_NONE };
    struct bulk_operation operation;
    struct all all = all_new();

    start(kind, filter, &operation);
    must(bulk_whole(&operation, &err), &err);
    must(read_file(kind, operation.id, &all, false, &err), &err);
    assert_int_equal(all.records, operation.roots);
    assert_int_equal(all.faults, 0);
    return all;
}

static struct all in_pages(enum bulk_kind kind, const struct bulk_filter *filter)
{
    struct err err = { .kind = ERR_NONE };
    struct all all = all_new();
    struct bulk_reading reading = {
        .kind = kind, .class = PACE_IMPORT, .record = record, .fault = fault, .ctx = &all
    };
    struct bulk_cursor cursor = { .line = 0 };

    must(bulk_pages(practice.shop, practice.http, filter, &reading, &cursor, NULL, &err), &err);
    assert_true(reading.end && all.sorted);
    assert_int_equal(all.faults, 0);
    assert_int_equal(cursor.records, all.records);
    return all;
}

/* What a page says of itself is no part of a record. */
static void bare(json_t *value)
{
    const char *key;
    json_t *inner;
    size_t i;

    json_object_del(value, "pageInfo");
    json_object_foreach(value, key, inner) bare(inner);
    json_array_foreach(value, i, inner) bare(inner);
}

static void same(const char *what, const json_t *one, const json_t *other)
{
    AUTO_FREE char *a = NULL, *b = NULL;

    bare((json_t *)(uintptr_t)one);
    bare((json_t *)(uintptr_t)other);
    if (json_equal(one, other))
        return;
    a = json_dumps(one, JSON_SORT_KEYS | JSON_COMPACT);
    b = json_dumps(other, JSON_SORT_KEYS | JSON_COMPACT);
    for (size_t i = 0; a != NULL && b != NULL && a[i] != '\0'; i++)
        if (a[i] != b[i])
            fail_msg("%s differs at ...%.80s | %.80s", what, a + (i > 30 ? i - 30 : 0),
                     b + (i > 30 ? i - 30 : 0));
    fail_msg("%s differs: %s | %s", what, a != NULL ? a : "nothing", b != NULL ? b : "nothing");
}

typedef bool fetch_one(struct shop *shop, struct http *http, int64_t id, enum pace_class class,
                       json_t **record, struct graphql_trace *trace, struct err *err);

static void file_pages_and_ids_agree(void **fixture)
{
    static const struct {
        enum bulk_kind kind;
        const char *type;
        fetch_one *fetch;
        int64_t least;
    } rows[] = {
        { BULK_CUSTOMERS, "Customer", customers_fetch, 50 },
        { BULK_PRODUCTS, "Product", products_fetch, 50 },
        { BULK_ORDERS, "Order", orders_fetch, 70 },
        { BULK_STOCK, "InventoryItem", NULL, 100 },
        { BULK_LOCATIONS, "Location", NULL, 2 },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { .kind = ERR_NONE };
        struct all bulk = in_bulk(rows[i].kind, NULL), pages = in_pages(rows[i].kind, NULL);
        struct bulk_count count;
        const char *gid;
        json_t *row;

        assert_true(bulk.records >= rows[i].least);
        assert_int_equal(pages.records, bulk.records);
        must(bulk_count(practice.shop, practice.http, rows[i].kind, NULL, PACE_IMPORT, &count, NULL,
                        &err),
             &err);
        assert_true(count.exact);
        if (rows[i].kind != BULK_LOCATIONS) /* inactive ones are not counted */
            assert_int_equal(count.count, bulk.records);
        json_object_foreach(bulk.by_id, gid, row)
        {
            json_auto_t *one = NULL;
            int64_t id;

            same(gid, row, json_object_get(pages.by_id, gid));
            if (rows[i].fetch == NULL)
                continue;
            assert_true(graphql_gid_id(gid, rows[i].type, &id));
            must(rows[i].fetch(practice.shop, practice.http, id, PACE_IMPORT, &one, NULL, &err),
                 &err);
            same(gid, row, one);
        }
        json_decref(bulk.by_id);
        json_decref(pages.by_id);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lists by their text, as nothing says in which order children come that are not grouped. */
static void sorted(json_t *value)
{
    json_t *nodes = json_object_get(value, "nodes"), *inner;
    size_t count = json_array_size(nodes), i;
    char **texts = calloc(count + 1, sizeof *texts);
    const char *key;

    json_object_foreach(value, key, inner) sorted(inner);
    json_array_foreach(value, i, inner) sorted(inner);
    assert_non_null(texts);
    for (i = 0; i < count; i++)
        texts[i] = json_dumps(json_array_get(nodes, i), JSON_SORT_KEYS);
    qsort(texts, count, sizeof *texts, by_text);
    for (i = 0; i < count; i++) {
        json_array_set_new(nodes, i, json_loads(texts[i], 0, NULL));
        free(texts[i]);
    }
    free(texts);
}

static void ungrouped_lines_give_the_same_records(void **fixture)
{
    static const enum bulk_kind kinds[] = { BULK_CUSTOMERS, BULK_PRODUCTS, BULK_STOCK,
                                            BULK_ORDERS };
    const struct bulk_filter loose = { .ungrouped = true };
    char dir[] = "/tmp/bulk-XXXXXX", path[64];

    (void)fixture;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/spool", dir);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct err err = { .kind = ERR_NONE };
        struct all grouped = in_bulk(kinds[i], NULL), all = all_new();
        struct bulk_reading reading = {
            .kind = kinds[i], .class = PACE_IMPORT, .spool = path, .record = record, .ctx = &all
        };
        struct bulk_cursor cursor = { .line = 0 };
        struct bulk_operation operation;
        const char *gid;
        json_t *row;

        start(kinds[i], &loose, &operation);
        must(bulk_read(practice.shop, practice.http, operation.id, &reading, &cursor, NULL, &err),
             &err);
        assert_true(reading.end);
        assert_int_equal(all.records, grouped.records);
        json_object_foreach(grouped.by_id, gid, row)
        {
            json_t *other = json_object_get(all.by_id, gid);

            sorted(row);
            sorted(other);
            same(gid, row, other);
        }
        assert_int_equal(unlink(path), 0);
        json_decref(grouped.by_id);
        json_decref(all.by_id);
    }
    assert_int_equal(rmdir(dir), 0);
}

static void the_mapping_takes_what_comes(void **fixture)
{
    struct all stock = in_bulk(BULK_STOCK, NULL), customers = in_bulk(BULK_CUSTOMERS, NULL);
    size_t levels = 0, placed = 0, housed = 0;
    const char *gid;
    json_t *row;

    (void)fixture;
    json_object_foreach(stock.by_id, gid, row)
    {
        const json_t *node;
        size_t i;

        json_array_foreach(json_at(row, "inventoryLevels.nodes"), i, node)
        {
            struct err err = { .kind = ERR_NONE };
            struct findings f;
            json_auto_t *level = NULL;

            findings_init(&f);
            level = level_from_shopify(node, &f, &err);
            must(level != NULL, &err);
            levels++;
            placed += json_at(level, "available") != NULL && json_len(level, "variants") == 1 &&
                      json_at(level, "location") != NULL;
        }
    }
    assert_true(levels > 100);
    assert_int_equal(placed, levels);
    json_object_foreach(customers.by_id, gid, row)
    {
        struct err err = { .kind = ERR_NONE };
        struct findings f;
        json_auto_t *customer = NULL;

        findings_init(&f);
        customer = customer_from_shopify(row, &f, &err);
        must(customer != NULL, &err);
        housed += json_len(customer, "addresses") > 0;
    }
    assert_true(housed > 30);
    json_decref(stock.by_id);
    json_decref(customers.by_id);
}

static void filters_are_understood(void **fixture)
{
    static const struct {
        enum bulk_kind kind;
        struct bulk_filter filter;
        const char *key, *words; /* of each record: one of these */
    } rows[] = {
        { BULK_ORDERS,
          { .financial = "refunded,partially_refunded" },
          "displayFinancialStatus",
          "REFUNDED PARTIALLY_REFUNDED" },
        { BULK_ORDERS,
          { .financial = "paid", .status = "closed" },
          "displayFinancialStatus",
          "PAID" },
        { BULK_PRODUCTS, { .status = "draft,archived" }, "status", "DRAFT ARCHIVED" },
        { BULK_PRODUCTS, { .status = "active" }, "status", "ACTIVE" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { .kind = ERR_NONE };
        struct all bulk = in_bulk(rows[i].kind, &rows[i].filter),
                   pages = in_pages(rows[i].kind, &rows[i].filter);
        struct bulk_count count;
        const char *gid;
        json_t *row;

        must(bulk_count(practice.shop, practice.http, rows[i].kind, &rows[i].filter, PACE_IMPORT,
                        &count, NULL, &err),
             &err);
        assert_true(bulk.records > 0 && bulk.records < strtol(ORDERS, NULL, 10));
        assert_int_equal(count.count, bulk.records);
        assert_int_equal(pages.records, bulk.records);
        json_object_foreach(bulk.by_id, gid, row)
            assert_non_null(strstr(rows[i].words, json_text_or(row, rows[i].key, "?")));
        json_decref(bulk.by_id);
        json_decref(pages.by_id);
    }
}

/* Halves of a time: together everything, and nothing twice. */
static void times_cut_a_shop_in_two(void **fixture)
{
    static const enum bulk_kind kinds[] = { BULK_ORDERS, BULK_PRODUCTS, BULK_CUSTOMERS };

    (void)fixture;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        when middle =
            (when_now() / WHEN_DAY - 400) * WHEN_DAY; /* a day's beginning: customers know days */
        struct bulk_filter before = { .created = { 0, middle } },
                           after = { .created = { middle, 0 } };
        struct all all = in_bulk(kinds[i], NULL), one = in_bulk(kinds[i], &before),
                   two = in_bulk(kinds[i], &after);
        const char *gid;
        json_t *row;

        assert_int_equal(one.records + two.records, all.records);
        assert_true(one.records > 0 && two.records > 0);
        json_object_foreach(one.by_id, gid, row) assert_null(json_object_get(two.by_id, gid));
        json_decref(all.by_id);
        json_decref(one.by_id);
        json_decref(two.by_id);
    }
}

static void mishaps_are_survived_or_said(void **fixture)
{
    static const struct {
        const char *fault;
        enum err_kind kind;
        const char *words;
        bool all;        /* every record comes */
        unsigned faults; /* records left out and lines not read, at least */
    } rows[] = {
        { "{\"do\":\"fault\",\"side\":\"shop\",\"kind\":\"expired\"}", ERR_NONE, "", true, 0 },
        { "{\"do\":\"fault\",\"side\":\"shop\",\"kind\":\"malformed\",\"model\":\"bulk\",\"count\":"
          "3}",
          ERR_NONE, "", true, 0 },
        { "{\"do\":\"fault\",\"side\":\"shop\",\"kind\":\"drop_after\",\"model\":\"bulk\","
          "\"count\":2}",
          ERR_NONE, "", true, 0 },
        { "{\"do\":\"fault\",\"side\":\"shop\",\"kind\":\"5xx\",\"model\":\"bulk\",\"count\":2}",
          ERR_NONE, "", true, 0 },
        { "{\"do\":\"fault\",\"side\":\"shop\",\"kind\":\"expired\",\"count\":9}", ERR_CONFLICT,
          "cannot be had any more", false, 0 },
        { "{\"do\":\"fault\",\"side\":\"shop\",\"kind\":\"cut\"}", ERR_CONFLICT,
          "in the middle of line", false, 0 },
        { "{\"do\":\"fault\",\"side\":\"shop\",\"kind\":\"garbled\"}", ERR_NONE, "", false, 1 },
        { "{\"do\":\"fault\",\"side\":\"shop\",\"kind\":\"bulk_failed\"}", ERR_CONFLICT,
          "failed inside", false, 0 },
    };
    struct all whole = in_bulk(BULK_CUSTOMERS, NULL);

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { .kind = ERR_NONE };
        struct bulk_operation operation;
        struct all all = all_new();
        bool good;

        tell(rows[i].fault);
        start(BULK_CUSTOMERS, NULL, &operation);
        good = read_file(BULK_CUSTOMERS, operation.id, &all, false, &err);
        tell("{\"do\":\"no_faults\"}");
        if (good != (rows[i].kind == ERR_NONE) || err.kind != rows[i].kind ||
            strstr(err.text, rows[i].words) == NULL)
            fail_msg("%s: %s: %s", rows[i].fault, err_name(err.kind), err.text);
        if (rows[i].all)
            assert_int_equal(all.records, whole.records);
        else
            assert_true(all.records < whole.records);
        assert_true(all.faults >= rows[i].faults && (rows[i].faults > 0 || all.faults == 0));
        json_decref(all.by_id);
    }
    json_decref(whole.by_id);
}

static void a_failure_leaves_what_came_before_it(void **fixture)
{
    struct err err = { .kind = ERR_NONE };
    struct bulk_operation operation;
    struct all all = all_new(), whole = in_bulk(BULK_CUSTOMERS, NULL);
    const char *gid;
    json_t *row;

    (void)fixture;
    tell("{\"do\":\"fault\",\"side\":\"shop\",\"kind\":\"bulk_failed\"}");
    start(BULK_CUSTOMERS, NULL, &operation);
    assert_int_equal(operation.state, BULK_FAILED);
    assert_true(operation.partial && !operation.file);
    must(read_file(BULK_CUSTOMERS, operation.id, &all, true, &err), &err);
    assert_true(all.records > 0 && all.records < whole.records);
    assert_int_equal(all.faults, 1);
    assert_string_not_equal(all.gid, "");
    json_object_foreach(all.by_id, gid, row) same(gid, row, json_object_get(whole.by_id, gid));
    json_decref(all.by_id);
    json_decref(whole.by_id);
}

static void five_run_and_a_sixth_is_told_to_wait(void **fixture)
{
    struct bulk_operation running[5], sixth, found;
    struct bulk_filter filters[5] = { { .status = NULL },
                                      { .status = "open" },
                                      { .status = "closed" },
                                      { .status = "cancelled" },
                                      { .financial = "paid" } };
    struct err err = { .kind = ERR_NONE };

    (void)fixture;
    tell("{\"do\":\"fault\",\"side\":\"shop\",\"kind\":\"bulk_slow\",\"ms\":300,\"count\":5}");
    for (size_t i = 0; i < 5; i++)
        must(bulk_start(practice.shop, practice.http, BULK_ORDERS, &filters[i], PACE_IMPORT,
                        &running[i], NULL, &err),
             &err);
    assert_false(bulk_start(practice.shop, practice.http, BULK_CUSTOMERS, NULL, PACE_IMPORT, &sixth,
                            NULL, &err));
    assert_int_equal(err.kind, ERR_BUSY);
    assert_true(err.wait_ms > 0);
    must(bulk_find(practice.shop, practice.http, BULK_ORDERS, &filters[3], when_now() - WHEN_MINUTE,
                   PACE_IMPORT, &found, NULL, &err),
         &err);
    assert_string_equal(found.id, running[3].id);
    assert_false(bulk_find(practice.shop, practice.http, BULK_STOCK, NULL, when_now(), PACE_IMPORT,
                           &found, NULL, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    for (size_t i = 0; i < 5; i++)
        must(bulk_cancel(practice.shop, practice.http, running[i].id, PACE_IMPORT, NULL, &err),
             &err);
    for (size_t i = 0; i < 5; i++) {
        for (int n = 0; n < PATIENCE && !bulk_over(&running[i]); n++) {
            usleep(LOOK_US);
            must(bulk_poll(practice.shop, practice.http, running[i].id, PACE_IMPORT, &running[i],
                           NULL, &err),
                 &err);
        }
        assert_int_equal(running[i].state, BULK_CANCELED);
        must(bulk_cancel(practice.shop, practice.http, running[i].id, PACE_IMPORT, NULL, &err),
             &err); /* over: fine */
    }
    tell("{\"do\":\"no_faults\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_pages_and_ids_agree),
        cmocka_unit_test(ungrouped_lines_give_the_same_records),
        cmocka_unit_test(the_mapping_takes_what_comes),
        cmocka_unit_test(filters_are_understood),
        cmocka_unit_test(times_cut_a_shop_in_two),
        cmocka_unit_test(mishaps_are_survived_or_said),
        cmocka_unit_test(a_failure_leaves_what_came_before_it),
        cmocka_unit_test(five_run_and_a_sixth_is_told_to_wait),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
