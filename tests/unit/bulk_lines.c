/* What is asked in bulk, and what is made of the lines that come; nothing here has a network. */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "shopify/bulk_in.h"

/* ---- questions ---- */

#define NOVEMBER INT64_C(1793491200000000) /* 2026-11-01T00:00:00Z */

static void filters_become_searches_in_shopifys_words(void **fixture)
{
    static const struct {
        enum bulk_kind kind;
        struct bulk_filter filter;
        bool counted;
        int64_t after;
        const char *search; /* NULL: refused */
    } rows[] = {
        { BULK_CUSTOMERS, { .status = NULL }, false, 0, "" },
        { BULK_CUSTOMERS, { .status = "" }, false, 7, "id:>=8" },
        { BULK_CUSTOMERS,
          { .created = { NOVEMBER, 0 } },
          false,
          0,
          "customer_date:>='2026-11-01T00:00:00Z'" },
        { BULK_CUSTOMERS,
          { .created = { NOVEMBER, 0 } },
          true,
          0,
          "created_at:>='2026-11-01T00:00:00Z'" },
        { BULK_ORDERS,
          { .updated = { NOVEMBER, NOVEMBER + WHEN_DAY } },
          false,
          0,
          "updated_at:>='2026-11-01T00:00:00Z' updated_at:<'2026-11-02T00:00:00Z'" },
        { BULK_ORDERS,
          { .processed = { 0, NOVEMBER + 1 } },
          false,
          5,
          "processed_at:<'2026-11-01T00:00:01Z' id:>=6" },
        { BULK_ORDERS, { .status = "open" }, false, 0, "status:open" },
        { BULK_ORDERS,
          { .created = { NOVEMBER, 0 },
            .financial = "paid,partially_refunded",
            .fulfilment = "fulfilled" },
          true,
          0,
          "created_at:>='2026-11-01T00:00:00Z' (financial_status:paid OR"
          " financial_status:partially_refunded) fulfillment_status:fulfilled" },
        { BULK_PRODUCTS,
          { .status = NULL },
          false,
          0,
          "(status:active OR status:archived OR status:draft OR status:unlisted)" },
        { BULK_PRODUCTS, { .status = "draft" }, true, 0, "status:draft" },
        { BULK_STOCK,
          { .updated = { NOVEMBER, 0 } },
          false,
          0,
          "updated_at:>='2026-11-01T00:00:00Z'" },
        { BULK_STOCK, { .updated = { NOVEMBER, 0 } }, true, 0, NULL },
        { BULK_LOCATIONS, { .updated = { NOVEMBER, 0 } }, false, 0, NULL },
        { BULK_CUSTOMERS, { .status = "open" }, false, 0, NULL },
        { BULK_CUSTOMERS, { .processed = { NOVEMBER, 0 } }, false, 0, NULL },
        { BULK_PRODUCTS, { .financial = "paid" }, false, 0, NULL },
        { BULK_ORDERS, { .created = { NOVEMBER, NOVEMBER } }, false, 0, NULL },
        { BULK_ORDERS, { .created = { NOVEMBER, NOVEMBER - 1 } }, false, 0, NULL },
        { BULK_ORDERS, { .created = { -1, 0 } }, false, 0, NULL },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { .kind = ERR_NONE };
        AUTO_STR search;

        str_init(&search, BULK_SEARCH_MAX);
        assert_int_equal(bulk_search(rows[i].kind, &rows[i].filter, rows[i].counted, rows[i].after,
                                     &search, &err),
                         rows[i].search != NULL);
        if (rows[i].search != NULL)
            assert_string_equal(search.data, rows[i].search);
        else
            assert_int_equal(err.kind, ERR_INVALID);
    }
}

static void no_word_of_a_filter_can_say_more_than_it_should(void **fixture)
{
    static const char *const evil[] = {
        "open OR status:any",
        "open)",
        "(open",
        "open\"){edges{node{id}}}#",
        "open'",
        "OPEN",
        "a,,b",
        ",open",
        "open,",
        " open",
        "open\nclosed",
        "\xc3\xa4",
        "*",
        "a:b",
        "-open",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a",
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof evil / sizeof evil[0]; i++) {
        struct bulk_filter filters[] = { { .status = evil[i] },
                                         { .financial = evil[i] },
                                         { .fulfilment = evil[i] } };

        for (size_t f = 0; f < 3; f++) {
            struct err err = { .kind = ERR_NONE };
            AUTO_STR question;

            str_init(&question, BULK_QUESTION_MAX);
            assert_false(bulk_question(BULK_ORDERS, &filters[f], &question, &err));
            assert_int_equal(err.kind, ERR_INVALID);
        }
    }
}

static void a_question_has_neither_variables_nor_fragments(void **fixture)
{
    (void)fixture;
    for (unsigned k = 0; k < BULK_KIND_COUNT; k++)
        for (unsigned filtered = 0; filtered < 2; filtered++) {
            struct bulk_filter filter = { .status =
                                              k == BULK_ORDERS && filtered ? "open,closed" : NULL };
            struct err err = { .kind = ERR_NONE };
            AUTO_STR question;

            str_init(&question, BULK_QUESTION_MAX);
            if (!bulk_question((enum bulk_kind)k, &filter, &question, &err))
                fail_msg("%s: %s", bulk_kind_name((enum bulk_kind)k), err.text);
            assert_true(str_starts(question.data, "query Bulk"));
            assert_null(strchr(question.data, '$'));
            assert_null(strchr(question.data, '#'));
            assert_null(strchr(question.data, '\n'));
            assert_null(strstr(question.data, "fragment"));
            assert_non_null(strstr(question.data, " edges { node { "));
            for (const char *p = question.data; (p = strstr(p, "...")) != NULL; p++)
                assert_true(str_starts(p, "... on "));
            if (k == BULK_ORDERS)
                assert_int_equal(strstr(question.data, "orders(sortKey: CREATED_AT)") == NULL,
                                 filtered);
            if (k == BULK_ORDERS && filtered)
                assert_non_null(strstr(question.data,
                                       "orders(query: \"(status:open OR status:closed)\", "
                                       "sortKey: CREATED_AT)"));
            if (k == BULK_CUSTOMERS)
                assert_non_null(strstr(question.data, "{ customers { edges"));
        }
}

/* ---- lines ---- */

/* What was handed over, as text; and how the callbacks answer. */
struct seen {
    struct str records, faults; /* "ID:lines,lines;" and "LINE GID words;" */
    enum bulk_next next, next_fault;
    unsigned after; /* so many records: ENOUGH or GIVE_UP by next; 0: never */
    unsigned count;
};

static enum bulk_next record(void *ctx, json_t *row, int64_t line, const struct bulk_cursor *after,
                             struct err *err)
{
    struct seen *s = ctx;

    s->count++;
    if (s->after != 0 && s->count >= s->after && s->next == BULK_GIVE_UP) {
        err_set(err, ERR_BUSY, "Odoo sleeps");
        return BULK_GIVE_UP;
    }
    assert_true(after->line >= line);
    assert_null(json_object_get(row, "__parentId"));
    str_addf(&s->records, "%s@%" PRId64 ":%zu,%zu;",
             strrchr(json_text_or(row, "id", "/?"), '/') + 1, line,
             json_len(row, "addressesV2.nodes"), json_len(row, "metafields.nodes"));
    return s->after != 0 && s->count >= s->after ? s->next : BULK_GO_ON;
}

static enum bulk_next fault(void *ctx, const struct err *what, const char *gid, int64_t line)
{
    struct seen *s = ctx;

    assert_int_equal(what->kind, ERR_INVALID);
    str_addf(&s->faults, "%" PRId64 " %s %s;", line, *gid != '\0' ? strrchr(gid, '/') + 1 : "-",
             what->text);
    return s->next_fault;
}

static void seen_init(struct seen *s)
{
    *s = (struct seen){ .next = BULK_GO_ON, .next_fault = BULK_GO_ON };
    str_init(&s->records, 65536);
    str_init(&s->faults, 65536);
}

static void seen_clear(struct seen *s)
{
    str_clear(&s->records);
    str_clear(&s->faults);
}

#define C(id) "{\"id\":\"gid:\\/\\/shopify\\/Customer\\/" id "\"}\n"
#define A(id, under)                                                                               \
    "{\"id\":\"gid:\\/\\/shopify\\/MailingAddress\\/" id                                           \
    "?model_name=CustomerAddress\",\"__parentId\":\"gid:\\/\\/shopify\\/Customer\\/" under "\"}\n"
#define M(id, under)                                                                               \
    "{\"id\":\"gid:\\/\\/shopify\\/Metafield\\/" id                                                \
    "\",\"__parentId\":\"gid:\\/\\/shopify\\/Customer\\/" under "\"}\n"

/* Feeds the text in pieces of that many bytes. */
static bool feed(struct bulk_reading *reading, struct bulk_cursor *cursor, const char *text,
                 size_t piece, const struct bulk_operation *operation, struct err *err)
{
    AUTO(bulk_lines) lines = bulk_lines_new(reading, cursor, err);
    size_t len = strlen(text), begin = (size_t)cursor->offset;

    assert_non_null(lines);
    for (size_t i = begin; i < len; i += piece)
        if (!bulk_lines_feed(lines, text + i, len - i < piece ? len - i : piece, err))
            return bulk_lines_stopped(lines);
    return bulk_lines_end(lines, operation, err);
}

static const struct bulk_operation untold = { .objects = -1, .roots = -1 };

static void children_are_put_into_their_records(void **fixture)
{
    static const char text[] =
        C("1") A("11", "1") M("12", "1") A("13", "1") C("2") C("3") M("31", "3");

    (void)fixture;
    for (size_t piece = 1; piece < sizeof text; piece += piece < 80 ? 1 : 17) {
        struct bulk_operation operation = { .objects = 7, .roots = 3 };
        struct bulk_cursor cursor = { .line = 0 };
        struct err err = { .kind = ERR_NONE };
        struct bulk_reading reading = { .kind = BULK_CUSTOMERS, .record = record, .fault = fault };
        struct seen seen;

        seen_init(&seen);
        reading.ctx = &seen;
        assert_true(feed(&reading, &cursor, text, piece, &operation, &err));
        assert_string_equal(seen.records.data, "1@1:2,1;2@5:0,0;3@6:0,1;");
        assert_string_equal(seen.faults.data, "");
        assert_int_equal(cursor.line, 7);
        assert_int_equal(cursor.records, 3);
        assert_int_equal(cursor.offset, sizeof text - 1);
        assert_int_equal(reading.records, 3);
        assert_true(reading.end);
        seen_clear(&seen);
    }
}

static void what_is_wrong_with_a_file_is_said_and_the_rest_goes_on(void **fixture)
{
    static const struct {
        const char *text;
        int64_t objects, roots;
        const char *records, *faults; /* faults: parts of what is said, parted by | */
        enum err_kind kind;           /* of the whole */
    } rows[] = {
        /* a line that is no JSON: alone between two records, it may be a child of the first */
        { C("1") "nonsense\n" C("2"), 3, 3, "2@3:0,0;",
          "2 - line 2 of the file is no JSON object|1 1 Customer may lack a line", ERR_NONE },
        /* its children tell that it was a record of its own */
        { C("1") "{\"id\":\"gid\n" A("21", "2") A("22", "2") C("3"), 5, 3, "1@1:0,0;3@5:0,0;",
          "2 - line 2 of the file is no JSON object|3 2 line 3 of the file belongs to a record "
          "that is not"
          " before it",
          ERR_NONE },
        /* more children of the first: it was one of them */
        { C("1") A("11", "1") "[1]\n" A("12", "1") C("2"), 5, 2, "2@5:0,0;",
          "3 - line 3 of the file is no JSON object|1 1 Customer lacks a line", ERR_NONE },
        { "\n" C("1"), -1, -1, "1@2:0,0;", "1 - line 1 of the file is no JSON object", ERR_NONE },
        { "{\"id\":1,\"id\":2}\n" C("1"), -1, -1, "1@2:0,0;", "1 - line 1 of the file is no JSON",
          ERR_NONE },
        { "\xff\xfe\n" C("1"), -1, -1, "1@2:0,0;", "1 - line 1 of the file is no JSON", ERR_NONE },
        /* parents that are not there */
        { A("11", "1") A("12", "1") C("2"), -1, -1, "2@3:0,0;", "1 1 line 1 of the file belongs",
          ERR_NONE },
        { C("1") C("2") A("11", "1"), -1, -1, "1@1:0,0;2@2:0,0;", "3 1 line 3 of the file belongs",
          ERR_NONE },
        /* things that do not belong there */
        { "{\"id\":\"gid://shopify/Order/1\"}\n" C("1"), -1, -1, "1@2:0,0;",
          "1 - line 1 of the file is no record", ERR_NONE },
        { "{\"name\":\"x\"}\n" C("1"), -1, -1, "1@2:0,0;", "1 - line 1 of the file is no record",
          ERR_NONE },
        { C("1") "{\"id\":\"gid://shopify/Order/1\",\"__parentId\":\"gid://shopify/Customer/"
                 "1\"}\n" C("2"),
          -1, -1, "2@3:0,0;", "1 1 Customer has a line of an unknown kind", ERR_NONE },
        /* the file ends too early */
        { C("1") C("2") "{\"id\":\"gid:\\/\\/sho", 3, 3, "1@1:0,0;", "", ERR_CONFLICT },
        { C("1") C("2"), 3, 3, "1@1:0,0;", "", ERR_CONFLICT },
        { C("1") C("2"), 3, 2, "1@1:0,0;", "2 2 Customer may lack lines: the file ends", ERR_NONE },
        { C("1") "{\"id\":\"gid:\\/\\/shopify\\/Customer\\/2\"}", 2, 2, "1@1:0,0;2@2:0,0;", "",
          ERR_NONE },
        { C("1") "{\"id\":\"gid:\\/\\/shopify\\/Customer\\/2\"}", 3, 3, "", "", ERR_CONFLICT },
        { "", 0, 0, "", "", ERR_NONE },
        { "", 2, 2, "", "", ERR_CONFLICT },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t piece = 1; piece < 1000; piece += piece < 20 ? 1 : 111) {
            struct bulk_operation operation = { .objects = rows[i].objects,
                                                .roots = rows[i].roots };
            struct bulk_cursor cursor = { .line = 0 };
            struct err err = { .kind = ERR_NONE };
            struct bulk_reading reading = { .kind = BULK_CUSTOMERS,
                                            .record = record,
                                            .fault = fault };
            AUTO_FREE char *faults = strdup(rows[i].faults);
            struct seen seen;
            int64_t count = 0;
            char *save = NULL;

            seen_init(&seen);
            reading.ctx = &seen;
            assert_int_equal(feed(&reading, &cursor, rows[i].text, piece, &operation, &err),
                             rows[i].kind == ERR_NONE);
            assert_int_equal(err.kind, rows[i].kind);
            assert_string_equal(seen.records.data, rows[i].records);
            for (char *part = strtok_r(faults, "|", &save); part != NULL;
                 part = strtok_r(NULL, "|", &save)) {
                if (strstr(seen.faults.data, part) == NULL)
                    fail_msg("%zu: \"%s\" not in \"%s\"", i, part, seen.faults.data);
                count++;
            }
            assert_int_equal(reading.faults, count);
            assert_null(strstr(seen.faults.data, "nonsense"));
            seen_clear(&seen);
        }
}

static void without_anybody_to_tell_the_first_fault_ends_it(void **fixture)
{
    static const char text[] = C("1") C("2") "nonsense\n" C("3");
    struct bulk_reading reading = { .kind = BULK_CUSTOMERS, .record = record };
    struct bulk_cursor cursor = { .line = 0 };
    struct err err = { .kind = ERR_NONE };
    struct seen seen;

    (void)fixture;
    seen_init(&seen);
    reading.ctx = &seen;
    assert_false(feed(&reading, &cursor, text, 7, &untold, &err));
    assert_int_equal(err.kind, ERR_INVALID);
    assert_non_null(strstr(err.text, "line 3 of the file is no JSON"));
    assert_string_equal(seen.records.data, "1@1:0,0;");
    assert_int_equal(cursor.line, 1); /* before 2, which was not handed over */
    assert_false(reading.end);
    seen_clear(&seen);
}

/* Stopped after each record in turn, and gone on with: the same as in one go. */
static void reading_goes_on_at_the_cursor(void **fixture)
{
    static const char text[] = C("1") A("11", "1") C("2") "nonsense\n" M("41", "4") C("5")
        A("51", "5") "{\"id\":\"gid://shopify/Order/1\"}\n" C("6") M("61", "6") M("62", "6")
            C("7") "no\n" C("8");
    static const char whole[] = "1@1:1,0;2@3:0,0;5@6:1,0;6@9:0,2;8@14:0,0;";
    struct bulk_operation operation = { .objects = 14, .roots = 9 };

    (void)fixture;
    for (int way = 0; way < 4; way++) { /* 3: the last line has no end */
        AUTO_FREE char *file = strndup(text, sizeof text - 1 - (way == 3));
        struct bulk_reading reading = { .kind = BULK_CUSTOMERS, .record = record, .fault = fault };
        struct bulk_cursor cursor = { .line = 0 }, again;
        char kept[BULK_CURSOR_MAX];
        struct seen seen;
        unsigned calls = 0;

        seen_init(&seen);
        seen.next = way == 1 ? BULK_GIVE_UP : BULK_ENOUGH;
        seen.next_fault = way == 2 ? BULK_ENOUGH : BULK_GO_ON;
        reading.ctx = &seen;
        for (reading.end = false; !reading.end; calls++) {
            struct err err = { .kind = ERR_NONE };

            assert_true(calls < 40);
            seen.count = 0;
            seen.after =
                way == 1 ? 1 + calls % 2 : way == 0 || way == 3; /* given up at every other call */
            if (!feed(&reading, &cursor, file, 5, &operation, &err)) {
                assert_int_equal(way, 1);
                assert_string_equal(err.text, "Odoo sleeps");
            }
            assert_true(bulk_cursor_read(bulk_cursor_text(&cursor, kept), &again));
            assert_memory_equal(&again, &cursor, sizeof cursor);
        }
        assert_string_equal(seen.records.data, whole);
        assert_int_equal(cursor.line, 14);
        assert_int_equal(cursor.records, 9);
        assert_true(calls > 2);
        seen_clear(&seen);
    }
}

static void what_ends_nothing_is_partial(void **fixture)
{
    static const char text[] = C("1") A("11", "1") C("2") "{\"id\":\"gid:\\/\\/sho";
    struct bulk_reading reading = {
        .kind = BULK_CUSTOMERS, .partial = true, .record = record, .fault = fault
    };
    struct bulk_operation operation = { .objects = 900, .roots = 300 };
    struct bulk_cursor cursor = { .line = 0 };
    struct err err = { .kind = ERR_NONE };
    struct seen seen;

    (void)fixture;
    seen_init(&seen);
    reading.ctx = &seen;
    assert_true(feed(&reading, &cursor, text, 10, &operation, &err));
    assert_true(reading.end);
    assert_string_equal(seen.records.data, "1@1:1,0;");
    assert_non_null(strstr(seen.faults.data, "3 2 Customer may lack lines"));
    seen_clear(&seen);
}

/* A stream that is never in memory as a whole: text, then a line of so many bytes, then more. */
static bool feed_long(struct bulk_reading *reading, size_t bytes, const char *under,
                      const char *rest, struct err *err)
{
    struct bulk_cursor cursor = { .line = 0 };
    AUTO(bulk_lines) lines = bulk_lines_new(reading, &cursor, err);
    char piece[4096], head[256];
    int n = snprintf(head, sizeof head, "%s{\"id\":\"gid://shopify/Metafield/9\",%s\"value\":\"",
                     C("1"), under);

    memset(piece, 'x', sizeof piece);
    if (!bulk_lines_feed(lines, head, (size_t)n, err))
        return false;
    for (size_t left = bytes; left > 0; left -= left < sizeof piece ? left : sizeof piece)
        if (!bulk_lines_feed(lines, piece, left < sizeof piece ? left : sizeof piece, err))
            return false;
    return bulk_lines_feed(lines, "\"}\n", 3, err) &&
           bulk_lines_feed(lines, rest, strlen(rest), err) && bulk_lines_end(lines, &untold, err);
}

static void lines_and_records_have_their_limits(void **fixture)
{
    static const char under[] = "\"__parentId\":\"gid://shopify/Customer/1\",";
    struct bulk_reading reading = { .kind = BULK_CUSTOMERS, .record = record, .fault = fault };
    struct err err = { .kind = ERR_NONE };
    struct str many;
    struct seen seen;

    (void)fixture;
    seen_init(&seen);
    reading.ctx = &seen;
    assert_true(feed_long(&reading, BULK_LINE_MAX - 1000, under, C("2"), &err));
    assert_string_equal(seen.records.data, "1@1:0,1;2@3:0,0;");
    str_reset(&seen.records);
    assert_true(feed_long(&reading, BULK_LINE_MAX, under, M("12", "1") C("2"), &err));
    assert_string_equal(seen.records.data, "2@4:0,0;");
    assert_non_null(strstr(seen.faults.data, "2 - line 2 of the file is longer than 16 MiB"));
    assert_non_null(strstr(seen.faults.data, "1 1 Customer lacks a line"));
    seen_clear(&seen);

    for (int64_t children = BULK_CHILDREN_MAX; children <= BULK_CHILDREN_MAX + 1; children++) {
        struct bulk_cursor cursor = { .line = 0 };

        seen_init(&seen);
        str_init(&many, 4 * 1024 * 1024);
        str_adds(&many, C("1"));
        for (int64_t i = 0; i < children; i++)
            str_adds(&many, A("11", "1"));
        str_adds(&many, C("2"));
        assert_false(many.full);
        assert_true(feed(&reading, &cursor, many.data, 4096, &untold, &err));
        assert_string_equal(seen.records.data, children > BULK_CHILDREN_MAX
                                                   ? "2@10003:0,0;"
                                                   : "1@1:10000,0;2@10002:0,0;");
        assert_int_equal(strstr(seen.faults.data, "more lines below it") != NULL,
                         children > BULK_CHILDREN_MAX);
        str_clear(&many);
        seen_clear(&seen);
    }
}

/* ---- shapes ---- */

static json_t *only;

static enum bulk_next keep(void *ctx, json_t *row, int64_t line, const struct bulk_cursor *after,
                           struct err *err)
{
    (void)ctx;
    (void)line;
    (void)after;
    (void)err;
    json_decref(only);
    only = json_incref(row);
    return BULK_GO_ON;
}

static void every_kind_has_its_lists(void **fixture)
{
    static const struct {
        enum bulk_kind kind;
        const char *text, *want;
    } rows[] = {
        { BULK_CUSTOMERS, C("1"),
          "{\"id\":\"gid://shopify/Customer/"
          "1\",\"addressesV2\":{\"nodes\":[]},\"metafields\":{\"nodes\":[]}}" },
        { BULK_PRODUCTS,
          "{\"id\":\"gid://shopify/Product/1\"}\n"
          "{\"id\":\"gid://shopify/ProductVariant/2\",\"sku\":\"A\",\"__parentId\":\"gid://shopify/"
          "Product/1\"}\n"
          "{\"id\":\"gid://shopify/MediaImage/3\",\"__parentId\":\"gid://shopify/Product/1\"}\n"
          "{\"id\":\"gid://shopify/Video/4\",\"__parentId\":\"gid://shopify/Product/1\"}\n",
          "{\"id\":\"gid://shopify/Product/1\",\"variants\":{\"nodes\":[{\"id\":\"gid://shopify/"
          "ProductVariant/2\","
          "\"sku\":\"A\"}]},\"media\":{\"nodes\":[{\"id\":\"gid://shopify/MediaImage/3\"},"
          "{\"id\":\"gid://shopify/Video/4\"}]},\"metafields\":{\"nodes\":[]}}" },
        { BULK_STOCK,
          "{\"id\":\"gid://shopify/InventoryItem/1\",\"sku\":\"A\",\"tracked\":true}\n"
          "{\"id\":\"gid://shopify/InventoryLevel/5?inventory_item_id=1\",\"__parentId\":\"gid://"
          "shopify/InventoryItem/1\"}\n"
          "{\"id\":\"gid://shopify/ProductVariant/2\",\"__parentId\":\"gid://shopify/InventoryItem/"
          "1\"}\n",
          "{\"id\":\"gid://shopify/InventoryItem/1\",\"sku\":\"A\",\"tracked\":true,"
          "\"variants\":{\"nodes\":[{\"id\":\"gid://shopify/ProductVariant/2\"}]},"
          "\"inventoryLevels\":{\"nodes\":[{\"id\":\"gid://shopify/InventoryLevel/"
          "5?inventory_item_id=1\","
          "\"item\":{\"id\":\"gid://shopify/InventoryItem/1\",\"sku\":\"A\",\"tracked\":true,"
          "\"variants\":{\"nodes\":[{\"id\":\"gid://shopify/ProductVariant/2\"}]}}}]}}" },
        { BULK_ORDERS,
          "{\"id\":\"gid://shopify/Order/1\"}\n"
          "{\"id\":\"gid://shopify/LineItem/2\",\"__parentId\":\"gid://shopify/Order/1\"}\n"
          "{\"__typename\":\"DiscountCodeApplication\",\"index\":0,\"__parentId\":\"gid://shopify/"
          "Order/1\"}\n"
          "{\"id\":\"gid://shopify/ShippingLine/3\",\"__parentId\":\"gid://shopify/Order/1\"}\n",
          "{\"id\":\"gid://shopify/Order/1\",\"lineItems\":{\"nodes\":[{\"id\":\"gid://shopify/"
          "LineItem/2\"}]},"
          "\"shippingLines\":{\"nodes\":[{\"id\":\"gid://shopify/ShippingLine/3\"}]},"
          "\"discountApplications\":{\"nodes\":[{\"__typename\":\"DiscountCodeApplication\","
          "\"index\":0}]}}" },
        { BULK_LOCATIONS, "{\"id\":\"gid://shopify/Location/1\"}\n",
          "{\"id\":\"gid://shopify/Location/1\"}" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bulk_reading reading = { .kind = rows[i].kind, .record = keep };
        struct bulk_cursor cursor = { .line = 0 };
        json_auto_t *want = json_loads(rows[i].want, 0, NULL);
        struct err err = { .kind = ERR_NONE };

        assert_non_null(want);
        assert_true(feed(&reading, &cursor, rows[i].text, 11, &untold, &err));
        assert_true(json_equal(only, want));
        json_decref(only);
        only = NULL;
    }
}

static void a_cursors_text_is_read_strictly(void **fixture)
{
    static const char *const bad[] = { "1",
                                       "1:2:3",
                                       "1:2:3:4:5",
                                       "a:2:3:4",
                                       "-1:2:3:4",
                                       "1:2:3:",
                                       " 1:2:3:4",
                                       "1:2:3:4 ",
                                       ":::",
                                       "1::3:4",
                                       "99999999999999999999:1:1:1" };
    struct bulk_cursor cursor = { .line = 5 };

    (void)fixture;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(bulk_cursor_read(bad[i], &cursor));
        assert_int_equal(cursor.line, 5);
    }
    assert_true(bulk_cursor_read("1:2:3:9223372036854775807", &cursor));
    assert_true(cursor.records == 1 && cursor.line == 2 && cursor.offset == 3 &&
                cursor.id == INT64_MAX);
    assert_true(bulk_cursor_read("", &cursor));
    assert_true(cursor.records == 0 && cursor.line == 0 && cursor.offset == 0 && cursor.id == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_become_searches_in_shopifys_words),
        cmocka_unit_test(no_word_of_a_filter_can_say_more_than_it_should),
        cmocka_unit_test(a_question_has_neither_variables_nor_fragments),
        cmocka_unit_test(children_are_put_into_their_records),
        cmocka_unit_test(what_is_wrong_with_a_file_is_said_and_the_rest_goes_on),
        cmocka_unit_test(without_anybody_to_tell_the_first_fault_ends_it),
        cmocka_unit_test(reading_goes_on_at_the_cursor),
        cmocka_unit_test(what_ends_nothing_is_partial),
        cmocka_unit_test(lines_and_records_have_their_limits),
        cmocka_unit_test(every_kind_has_its_lists),
        cmocka_unit_test(a_cursors_text_is_read_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
