/*
 * bulk_gather.c - lines in any order, put in order on disk.
 *
 * Lines are dealt out to parts by the id of their record, so that a record and its children meet in
 * one part; a part fits into memory and is put in order there, records as the file had them; then
 * the parts are merged by the place of the record in the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/bulk_in.h"

#define PARTS_MAX  200                 /* files open at once */
#define PART_BYTES (4 * 1024 * 1024)   /* what a part should hold */
#define PART_MAX   (256 * 1024 * 1024) /* and must not exceed */
#define PATH_ROOM  1024

/* A line in a part, before its record's id and its text. */
struct mark {
    int64_t place;      /* in the file; of a merged group: of its record */
    uint32_t gid, text; /* bytes */
    uint32_t lines;     /* of the group that begins here; only where parts are in order */
    bool root;
};

struct gather {
    struct bulk_taker taker; /* first: what feed is given */
    struct bulk_split split;
    const char *path;
    FILE *parts[PARTS_MAX];
    unsigned count;
    int64_t place;
};

static FILE *scratch(const char *path, struct err *err)
{
    char name[PATH_ROOM];
    FILE *f = NULL;
    int fd;

    snprintf(name, sizeof name, "%.*s.XXXXXX", PATH_ROOM - 16, path);
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0) {
        unlink(name);
        f = fdopen(fd, "w+");
    }
    if (f == NULL)
        err_errno(err, ERR_BUSY, errno, "make a file beside %s", path);
    return f;
}

static void parts_close(FILE **parts, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (parts[i] != NULL)
            fclose(parts[i]);
}

static bool put(FILE *f, const struct mark *mark, const char *gid, const char *text)
{
    return fwrite(mark, sizeof *mark, 1, f) == 1 && fwrite(gid, 1, mark->gid, f) == mark->gid &&
           fwrite(text, 1, mark->text, f) == mark->text;
}

static bool disk(const struct gather *g, struct err *err)
{
    return err_errno(err, ERR_BUSY, errno, "put a bulk file in order beside %s", g->path);
}

/* ---- dealing out ---- */

static unsigned part_of(const struct gather *g, const char *gid)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *gid != '\0'; gid++)
        hash = (hash ^ (unsigned char)*gid) * UINT64_C(1099511628211);
    return (unsigned)(hash % g->count);
}

/* What is no line of a record stays one without an id: who reads it says so. */
static bool deal(void *ctx, const char *text, size_t len, struct err *err)
{
    struct gather *g = ctx;
    json_auto_t *row = text != NULL ? json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *parent = json_text(row, "__parentId");
    const char *gid = parent != NULL ? parent : json_text_or(row, "id", "");
    struct mark mark = { .place = g->place++,
                         .gid = (uint32_t)strlen(gid),
                         .text = text != NULL ? (uint32_t)len : 0,
                         .root = parent == NULL };

    return put(g->parts[part_of(g, gid)], &mark, gid, text != NULL ? text : "") || disk(g, err);
}

static bool feed(struct bulk_taker *taker, const char *data, size_t len, struct err *err)
{
    struct gather *g = (struct gather *)taker;

    return bulk_split_feed(&g->split, data, len, deal, g, err);
}

/* ---- one part in order ---- */

struct line {
    struct mark mark;
    const char *gid, *text;
    int64_t group; /* the place of its record */
};

/* By record; the record itself before its children; then as the file had them. */
static int by_record(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = memcmp(x->gid, y->gid, x->mark.gid < y->mark.gid ? x->mark.gid : y->mark.gid);

    if (order != 0)
        return order;
    if (x->mark.gid != y->mark.gid)
        return x->mark.gid < y->mark.gid ? -1 : 1;
    if (x->mark.root != y->mark.root)
        return x->mark.root ? -1 : 1;
    return (x->mark.place > y->mark.place) - (x->mark.place < y->mark.place);
}

/* By the place of the record, and within as by_record had them. */
static int by_place(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->mark.root != y->mark.root)
        return x->mark.root ? -1 : 1;
    return (x->mark.place > y->mark.place) - (x->mark.place < y->mark.place);
}

static bool same_record(const struct line *a, const struct line *b)
{
    return a->mark.gid == b->mark.gid && memcmp(a->gid, b->gid, a->mark.gid) == 0;
}

/* The lines of a part, which lie in text. Their number. */
static size_t find_lines(const char *text, size_t size, struct line *lines)
{
    size_t count = 0, at = 0;

    while (at + sizeof(struct mark) <= size) {
        struct line line;

        memcpy(&line.mark, text + at, sizeof line.mark);
        line.gid = text + at + sizeof line.mark;
        line.text = line.gid + line.mark.gid;
        line.group = line.mark.place;
        at += sizeof line.mark + line.mark.gid + line.mark.text;
        if (lines != NULL)
            lines[count] = line;
        count++;
    }
    return count;
}

static void order(struct line *lines, size_t count)
{
    qsort(lines, count, sizeof *lines, by_record);
    for (size_t i = 1; i < count; i++)
        if (same_record(&lines[i], &lines[i - 1]) && lines[i].mark.gid > 0)
            lines[i].group = lines[i - 1].group;
    qsort(lines, count, sizeof *lines, by_place);
}

static bool write_groups(FILE *f, const struct line *lines, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t n = i + 1;
        struct mark head = { .place = lines[i].group };

        while (n < count && lines[n].group == lines[i].group)
            n++;
        head.lines = (uint32_t)(n - i);
        if (fwrite(&head, sizeof head, 1, f) != 1)
            return false;
        for (; i < n; i++)
            if (!put(f, &(struct mark){ .text = lines[i].mark.text }, "", lines[i].text))
                return false;
    }
    return true;
}

/* The part becomes another file, in order. */
static bool put_in_order(struct gather *g, FILE **part, struct err *err)
{
    off_t size = ftello(*part);
    AUTO_FREE char *text = size >= 0 && size <= PART_MAX ? malloc((size_t)size + 1) : NULL;
    struct line *lines AUTO_FREE = NULL;
    FILE *ordered;
    size_t count;

    if (size > PART_MAX)
        return err_set(err, ERR_REFUSED,
                       "the bulk file is too large to be put in order: ask for"
                       " a shorter time");
    if (text == NULL)
        return err_set(err, ERR_BUSY, "no memory to put a bulk file in order");
    rewind(*part);
    if (fread(text, 1, (size_t)size, *part) != (size_t)size)
        return disk(g, err);
    count = find_lines(text, (size_t)size, NULL);
    lines = malloc((count + 1) * sizeof *lines);
    if (lines == NULL)
        return err_set(err, ERR_BUSY, "no memory to put a bulk file in order");
    find_lines(text, (size_t)size, lines);
    order(lines, count);
    if ((ordered = scratch(g->path, err)) == NULL)
        return false;
    fclose(*part);
    *part = ordered;
    if (!write_groups(ordered, lines, count) || fflush(ordered) != 0)
        return disk(g, err);
    rewind(ordered);
    return true;
}

/* ---- merging ---- */

/* The head of the next group; place -1: none is left. */
static bool next_head(struct gather *g, FILE *part, struct mark *head, struct err *err)
{
    if (fread(head, sizeof *head, 1, part) == 1)
        return true;
    head->place = -1;
    return !ferror(part) || disk(g, err);
}

static bool copy_line(FILE *part, FILE *to)
{
    struct mark mark;
    char piece[8192];

    if (fread(&mark, sizeof mark, 1, part) != 1)
        return false;
    while (mark.text > 0) {
        size_t n = fread(piece, 1, mark.text < sizeof piece ? mark.text : sizeof piece, part);

        if (n == 0 || fwrite(piece, 1, n, to) != n)
            return false;
        mark.text -= (uint32_t)n;
    }
    return fputc('\n', to) != EOF;
}

static bool merge(struct gather *g, FILE *to, struct err *err)
{
    struct mark heads[PARTS_MAX];

    for (unsigned i = 0; i < g->count; i++)
        if (!next_head(g, g->parts[i], &heads[i], err))
            return false;
    while (true) {
        unsigned first = g->count;

        for (unsigned i = 0; i < g->count; i++)
            if (heads[i].place >= 0 && (first == g->count || heads[i].place < heads[first].place))
                first = i;
        if (first == g->count)
            return true;
        for (; heads[first].lines > 0; heads[first].lines--)
            if (!copy_line(g->parts[first], to))
                return disk(g, err);
        if (!next_head(g, g->parts[first], &heads[first], err))
            return false;
    }
}

/* ---- the whole ---- */

/* All of it came: as many lines and records as Shopify says. */
static bool is_whole(struct gather *g, const struct bulk_operation *operation, struct err *err)
{
    json_auto_t *last = NULL;

    if (bulk_split_left(&g->split)) {
        last = json_loadb(g->split.rest.data, g->split.rest.len, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(last) ||
            (operation->objects >= 0 && g->place + 1 != operation->objects))
            return err_set(err, ERR_CONFLICT,
                           "the file ends in the middle of line %" PRId64
                           ": begin another operation",
                           g->place + 1);
        if (!bulk_split_end(&g->split, deal, g, err))
            return false;
    }
    if (g->place < operation->objects)
        return err_set(err, ERR_CONFLICT,
                       "the file has %" PRId64 " of %" PRId64 " lines: begin another operation",
                       g->place, operation->objects);
    return true;
}

static bool write_spool(struct gather *g, struct err *err)
{
    char name[PATH_ROOM];
    FILE *to;
    int fd;
    bool good;

    snprintf(name, sizeof name, "%.*s.new", PATH_ROOM - 8, g->path);
    fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    to = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (to == NULL)
        return disk(g, err);
    good = merge(g, to, err);
    if (good && (fflush(to) != 0 || fsync(fd) != 0))
        good = disk(g, err);
    if (fclose(to) != 0 && good)
        good = disk(g, err);
    if (good && rename(name, g->path) != 0)
        good = disk(g, err);
    if (!good)
        unlink(name);
    return good;
}

static bool gather(struct gather *g, struct shop *shop, struct http *http, const char *id,
                   enum pace_class class, struct graphql_trace *trace, struct err *err)
{
    struct bulk_operation operation;

    if (!bulk_poll(shop, http, id, class, &operation, trace, err))
        return false;
    g->count = 1 + (unsigned)(operation.bytes > 0 ? operation.bytes / PART_BYTES : 0);
    if (operation.bytes / PART_BYTES >= PARTS_MAX)
        g->count = PARTS_MAX;
    for (unsigned i = 0; i < g->count; i++)
        if ((g->parts[i] = scratch(g->path, err)) == NULL)
            return false;
    if (!bulk_fetch(shop, http, id, class, false, &g->taker, &operation, trace, err) ||
        !is_whole(g, &operation, err))
        return false;
    for (unsigned i = 0; i < g->count; i++)
        if (!put_in_order(g, &g->parts[i], err))
            return false;
    return write_spool(g, err);
}

bool bulk_gather(struct shop *shop, struct http *http, const char *id,
                 const struct bulk_reading *reading, struct graphql_trace *trace, struct err *err)
{
    struct gather g = { .taker = { .feed = feed }, .path = reading->spool };
    bool good;

    if (reading->partial)
        return err_set(err, ERR_INVALID,
                       "what a failed operation left can only be read if it was grouped");
    if (strlen(reading->spool) > PATH_ROOM - 16)
        return err_set(err, ERR_INVALID, "the path for a bulk file is too long");
    bulk_split_init(&g.split, 0);
    good = gather(&g, shop, http, id, reading->class, trace, err);
    bulk_split_clear(&g.split);
    parts_close(g.parts, g.count);
    return good;
}
