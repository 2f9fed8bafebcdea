/* bulk_read.c - the records of an operation: from its file as it comes, or put in order first. */
#include "shopify/bulk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "shopify/bulk_in.h"

/* ---- cursors ---- */

char *bulk_cursor_text(const struct bulk_cursor *cursor, char text[BULK_CURSOR_MAX])
{
    snprintf(text, BULK_CURSOR_MAX, "%" PRId64 ":%" PRId64 ":%" PRId64 ":%" PRId64, cursor->records,
             cursor->line, cursor->offset, cursor->id);
    return text;
}

bool bulk_cursor_read(const char *text, struct bulk_cursor *cursor)
{
    struct bulk_cursor read = { .records = 0 };
    int64_t *const parts[] = { &read.records, &read.line, &read.offset, &read.id };

    for (size_t i = 0; *text != '\0' || i > 0; i++) {
        size_t n = strcspn(text, ":");
        unsigned long long number;
        char part[24];

        if (n >= sizeof part || (text[n] == '\0') != (i == 3))
            return false;
        memcpy(part, text, n);
        part[n] = '\0';
        if (!str_number(part, INT64_MAX, &number))
            return false;
        *parts[i] = (int64_t)number;
        if (i == 3)
            break;
        text += n + 1;
    }
    *cursor = read;
    return true;
}

/* ---- records ---- */

struct stream {
    struct bulk_taker taker; /* first: what feed is given */
    struct bulk_lines *lines;
};

static bool feed(struct bulk_taker *taker, const char *data, size_t len, struct err *err)
{
    struct stream *s = (struct stream *)taker;
    bool on = bulk_lines_feed(s->lines, data, len, err);

    taker->enough = bulk_lines_stopped(s->lines);
    return on;
}

/* As they come: the lines of a record follow each other. */
static bool read_stream(struct shop *shop, struct http *http, const char *id,
                        struct bulk_reading *reading, struct bulk_cursor *cursor,
                        struct graphql_trace *trace, struct err *err)
{
    AUTO(bulk_lines) lines = bulk_lines_new(reading, cursor, err);
    struct stream s = { .taker = { .feed = feed, .bytes = cursor->offset }, .lines = lines };
    struct bulk_operation operation;

    if (lines == NULL || !bulk_fetch(shop, http, id, reading->class, reading->partial, &s.taker,
                                     &operation, trace, err))
        return false;
    return s.taker.enough || bulk_lines_end(lines, &operation, err);
}

static bool read_file(FILE *f, struct bulk_reading *reading, struct bulk_cursor *cursor,
                      struct err *err)
{
    const struct bulk_operation untold = { .objects = -1, .roots = -1 };
    AUTO(bulk_lines) lines = bulk_lines_new(reading, cursor, err);
    char piece[65536];
    size_t n;

    if (lines == NULL)
        return false;
    if (fseeko(f, (off_t)cursor->offset, SEEK_SET) != 0)
        return err_errno(err, ERR_BUSY, errno, "go on in %s", reading->spool);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        if (!bulk_lines_feed(lines, piece, n, err))
            return bulk_lines_stopped(lines);
    if (ferror(f))
        return err_errno(err, ERR_BUSY, errno, "read %s", reading->spool);
    return bulk_lines_end(lines, &untold, err);
}

/* From the disk, where the lines are in order. */
static bool read_spool(struct shop *shop, struct http *http, const char *id,
                       struct bulk_reading *reading, struct bulk_cursor *cursor,
                       struct graphql_trace *trace, struct err *err)
{
    FILE *f = fopen(reading->spool, "re");
    bool good;

    if (f == NULL && errno == ENOENT) {
        if (!bulk_gather(shop, http, id, reading, trace, err))
            return false;
        f = fopen(reading->spool, "re");
    }
    if (f == NULL)
        return err_errno(err, ERR_BUSY, errno, "open %s", reading->spool);
    good = read_file(f, reading, cursor, err);
    fclose(f);
    return good;
}

bool bulk_read(struct shop *shop, struct http *http, const char *id, struct bulk_reading *reading,
               struct bulk_cursor *cursor, struct graphql_trace *trace, struct err *err)
{
    struct err own = { .kind = ERR_NONE };
    bool good;

    reading->records = reading->faults = 0;
    reading->end = false;
    good = (reading->spool == NULL ? read_stream : read_spool)(shop, http, id, reading, cursor,
                                                               trace, &own);
    if (!good && err != NULL)
        *err = own;
    return good;
}
