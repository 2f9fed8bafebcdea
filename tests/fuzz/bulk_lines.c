/*
 * bulk_lines.c - the file of a bulk operation. The first byte says in how large pieces the rest
 * arrives, the second after how many records a reader has enough and comes again at the cursor:
 * the records must be the same whatever they say.
 */
#include "base/json.h"
#include "shopify/bulk_in.h"
#include "tests/fuzz/fuzz.h"

#define CALLS_MAX 100000

struct seen {
    uint64_t print; /* of all records, in their order */
    unsigned records, enough, now;
    struct bulk_cursor last;
};

static enum bulk_next record(void *ctx, json_t *row, int64_t line, const struct bulk_cursor *after,
                             struct err *err)
{
    struct seen *s = ctx;
    char *text = json_dumps(row, JSON_COMPACT);

    (void)err;
    FUZZ_CHECK(text != NULL && after->line >= line && after->records > s->last.records);
    FUZZ_CHECK(after->offset > s->last.offset && after->line > s->last.line);
    s->last = *after;
    s->records++;
    for (const char *p = text; *p != '\0'; p++)
        s->print = (s->print ^ (unsigned char)*p) * UINT64_C(1099511628211);
    free(text);
    if (s->enough == 0 || ++s->now < s->enough)
        return BULK_GO_ON;
    s->now = 0;
    return BULK_ENOUGH;
}

static enum bulk_next fault(void *ctx, const struct err *what, const char *gid, int64_t line)
{
    (void)ctx;
    FUZZ_CHECK(what->kind != ERR_NONE && what->text[0] != '\0' && gid != NULL && line > 0);
    return BULK_GO_ON;
}

static void read_all(const char *data, size_t size, enum bulk_kind kind, size_t piece,
                     struct seen *seen)
{
    struct bulk_reading reading = { .kind = kind, .record = record, .fault = fault, .ctx = seen };
    const struct bulk_operation untold = { .objects = -1, .roots = -1 };
    struct bulk_cursor cursor = { .line = 0 };
    bool on = true;

    for (unsigned calls = 0; on && !reading.end; calls++) {
        struct err err = { .kind = ERR_NONE };
        struct bulk_lines *lines = bulk_lines_new(&reading, &cursor, &err);

        FUZZ_CHECK(lines != NULL && calls < CALLS_MAX && (size_t)cursor.offset <= size);
        for (size_t i = (size_t)cursor.offset; i < size && on; i += piece)
            on = bulk_lines_feed(lines, data + i, size - i < piece ? size - i : piece, &err);
        if (on) {
            on = bulk_lines_end(lines, &untold, &err);
            FUZZ_CHECK(on || err.kind == ERR_CONFLICT);
        } else {
            FUZZ_CHECK(bulk_lines_stopped(lines));
            on = true;
        }
        bulk_lines_free(lines);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole = { .enough = 0 }, parts = { .enough = 0 };
    enum bulk_kind kind;
    char *text;

    if (size < 3)
        return 0;
    kind = (enum bulk_kind)(data[2] % BULK_KIND_COUNT);
    parts.enough = 1 + data[1] % 4u;
    text = fuzz_text(data + 3, size - 3);
    read_all(text, size - 3, kind, size, &whole);
    read_all(text, size - 3, kind, 1 + data[0] % 64u, &parts);
    FUZZ_CHECK(whole.records == parts.records && whole.print == parts.print);
    FUZZ_CHECK(whole.last.offset == parts.last.offset && whole.last.records == parts.last.records);
    free(text);
    return 0;
}
