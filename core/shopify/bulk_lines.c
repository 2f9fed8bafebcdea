/* bulk_lines.c - lines of a bulk file put together to records, one at a time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "shopify/bulk_in.h"

static const struct list {
    enum bulk_kind kind;
    const char *name, *type;
} lists[] = {
#define BULK_LIST(kind, name, type) { BULK_##kind, name, type },
#include "shopify/bulk.def"
};
#define LIST_COUNT (sizeof lists / sizeof lists[0])

struct bulk_lines {
    struct bulk_reading *reading;
    struct bulk_cursor *cursor;
    struct bulk_split split;
    bool stopped;
    bool unused;    /* stopped before this line */
    bool weary;     /* a callback had enough; the record under way is still handed over */
    int64_t number; /* of the line under way, from 1 */
    /* the record under way */
    json_t *record;
    char gid[GRAPHQL_GID_MAX];
    int64_t line, children, size;
    struct err why; /* it cannot be handed over; kind NONE: it can */
    int64_t doubt;  /* a bad line after it: its child, or a record of its own? 0: none */
    int64_t lost;   /* such lines */
    char orphaned[GRAPHQL_GID_MAX]; /* the parent last missed: said once */
};

struct bulk_lines *bulk_lines_new(struct bulk_reading *reading, struct bulk_cursor *cursor,
                                  struct err *err)
{
    struct bulk_lines *l = calloc(1, sizeof *l);

    if (l == NULL) {
        err_set(err, ERR_BUSY, "no memory for a bulk file");
        return NULL;
    }
    l->reading = reading;
    l->cursor = cursor;
    l->number = cursor->line + 1;
    bulk_split_init(&l->split, cursor->offset);
    return l;
}

void bulk_lines_free(struct bulk_lines *l)
{
    if (l == NULL)
        return;
    json_decref(l->record);
    bulk_split_clear(&l->split);
    free(l);
}

bool bulk_lines_stopped(const struct bulk_lines *l)
{
    return l->stopped;
}

/* ---- what goes out ---- */

/* True: on with it. */
static bool heed(struct bulk_lines *l, enum bulk_next next)
{
    l->stopped = next == BULK_ENOUGH;
    return next == BULK_GO_ON;
}

static bool fault(struct bulk_lines *l, const struct err *what, const char *gid, int64_t line,
                  struct err *err)
{
    struct bulk_reading *r = l->reading;
    enum bulk_next next;

    r->faults++;
    if (r->fault == NULL) {
        if (err != NULL)
            *err = *what;
        return false;
    }
    next = r->fault(r->ctx, what, gid, line);
    if (next == BULK_GIVE_UP && err != NULL)
        *err = *what;
    if (next == BULK_ENOUGH && l->record != NULL) {
        l->weary = true;
        return true;
    }
    return heed(l, next);
}

static bool line_fault(struct bulk_lines *l, const char *what, struct err *err)
{
    struct err why = { .kind = ERR_NONE };

    err_set(&why, ERR_INVALID, "line %" PRId64 " of the file %s", l->number, what);
    return fault(l, &why, "", l->number, err);
}

static void spoil(struct bulk_lines *l, const char *what)
{
    if (l->why.kind != ERR_NONE)
        return;
    err_set(&l->why, ERR_INVALID, "%s %s", bulk_row(l->reading->kind)->type, what);
    err_about(&l->why, "shopify", l->gid);
}

/* The record under way is whole: the line under way begins another one, or is beyond the end. */
static bool hand_over(struct bulk_lines *l, struct err *err)
{
    struct bulk_reading *r = l->reading;
    struct bulk_cursor after = { .records = l->cursor->records + 1 + l->lost,
                                 .line = l->number - 1,
                                 .offset = l->split.begins };
    json_auto_t *record = l->record;
    enum bulk_next next = BULK_GO_ON;
    bool on;

    l->record = NULL;
    if (record == NULL)
        return true;
    if (l->doubt != 0)
        spoil(l, "may lack a line that cannot be read");
    if (l->why.kind != ERR_NONE) {
        on = fault(l, &l->why, l->gid, l->line, err);
    } else {
        bulk_finish_record(r->kind, record);
        next = r->record(r->ctx, record, l->line, &after, err);
        on = heed(l, next);
        r->records += next != BULK_GIVE_UP;
    }
    if (!on && !l->stopped)
        return false;
    *l->cursor = after;
    l->lost = 0;
    l->stopped = l->stopped || l->weary;
    return !l->stopped;
}

/* ---- records ---- */

void bulk_finish_record(enum bulk_kind kind, json_t *record)
{
    static const char *const parts[] = { "id", "sku", "tracked", "variants" };
    json_auto_t *item = NULL;
    json_t *level;
    size_t i;

    if (kind != BULK_STOCK)
        return;
    item = json_object();
    for (i = 0; i < sizeof parts / sizeof parts[0]; i++)
        json_object_set(item, parts[i], json_object_get(record, parts[i]));
    json_array_foreach(json_object_get(json_object_get(record, "inventoryLevels"), "nodes"), i,
                       level) json_object_set(level, "item", item);
}

/* "Order" of gid://shopify/Order/1?x=2, to be compared; where there is no id, the type itself. */
static bool is_type(const json_t *row, const char *type)
{
    static const char scheme[] = "gid://shopify/";
    const char *gid = json_text(row, "id");
    size_t n = strlen(type);

    if (gid == NULL)
        return strcmp(json_text_or(row, "__typename", ""), type) == 0;
    return str_starts(gid, scheme) && strncmp(gid + strlen(scheme), type, n) == 0 &&
           gid[strlen(scheme) + n] == '/';
}

static bool begin(struct bulk_lines *l, json_t *row, size_t len, struct err *err)
{
    const struct bulk_row *kind = bulk_row(l->reading->kind);

    if (!is_type(row, kind->type) || json_text(row, "id") == NULL ||
        !str_copy(l->gid, sizeof l->gid, json_text(row, "id"))) {
        l->gid[0] = '\0';
        l->lost++;
        json_decref(row);
        return line_fault(l, "is no record of this kind", err);
    }
    for (size_t i = 0; i < LIST_COUNT; i++)
        if (lists[i].kind == l->reading->kind && json_object_get(row, lists[i].name) == NULL)
            json_object_set_new(row, lists[i].name, json_pack("{s:[]}", "nodes"));
    l->record = row;
    l->line = l->number;
    l->children = 0;
    l->size = (int64_t)len;
    l->why = (struct err){ .kind = ERR_NONE };
    return true;
}

static bool orphan(struct bulk_lines *l, const char *parent, struct err *err)
{
    struct err why = { .kind = ERR_NONE };

    l->doubt = 0; /* the bad line was this one's parent */
    if (strcmp(l->orphaned, parent) == 0)
        return true;
    str_copy(l->orphaned, sizeof l->orphaned, parent);
    err_set(&why, ERR_INVALID,
            "line %" PRId64 " of the file belongs to a record that is not before it", l->number);
    err_about(&why, "shopify", parent);
    return fault(l, &why, l->orphaned, l->number, err);
}

static void adopt(struct bulk_lines *l, json_t *row, size_t len)
{
    const struct list *list = lists;

    if (l->doubt != 0)
        spoil(l, "lacks a line that cannot be read");
    if (++l->children > BULK_CHILDREN_MAX)
        spoil(l, "has more lines below it than are taken");
    l->size += (int64_t)len;
    if (l->size > BULK_RECORD_MAX)
        spoil(l, "is larger than is taken");
    while (list < lists + LIST_COUNT &&
           (list->kind != l->reading->kind || !is_type(row, list->type)))
        list++;
    if (list == lists + LIST_COUNT)
        spoil(l, "has a line of an unknown kind below it");
    if (l->why.kind != ERR_NONE)
        return;
    json_object_del(row, "__parentId");
    json_array_append(json_object_get(json_object_get(l->record, list->name), "nodes"), row);
}

/* ---- lines ---- */

static bool bad_line(struct bulk_lines *l, const char *what, struct err *err)
{
    l->lost++;
    l->doubt = l->number;
    return line_fault(l, what, err);
}

static bool take_line(struct bulk_lines *l, const char *text, size_t len, struct err *err)
{
    json_auto_t *row = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    const char *parent = json_text(row, "__parentId");

    if (!json_is_object(row))
        return bad_line(l, "is no JSON object", err);
    if (parent == NULL) {
        if (!hand_over(l, err)) {
            l->unused = true;
            return false;
        }
        l->doubt = 0;
        return begin(l, json_incref(row), len, err);
    }
    if (l->record == NULL || strcmp(parent, l->gid) != 0)
        return orphan(l, parent, err);
    adopt(l, row, len);
    return true;
}

/* text NULL: it was too long to be kept. */
static bool end_line(void *ctx, const char *text, size_t len, struct err *err)
{
    struct bulk_lines *l = ctx;
    bool on =
        text != NULL ? take_line(l, text, len, err) : bad_line(l, "is longer than 16 MiB", err);

    if ((on || l->stopped) && l->record == NULL && !l->unused) { /* nothing waits: behind it */
        *l->cursor = (struct bulk_cursor){ .records = l->cursor->records + l->lost,
                                           .line = l->number,
                                           .offset = l->split.bytes };
        l->lost = 0;
    }
    l->number++;
    return on;
}

bool bulk_lines_feed(struct bulk_lines *l, const char *data, size_t len, struct err *err)
{
    return bulk_split_feed(&l->split, data, len, end_line, l, err);
}

/* ---- the end ---- */

/* Is what came after the last newline a whole line all the same? */
static bool is_cut(const struct bulk_lines *l, int64_t objects)
{
    json_auto_t *row = NULL;

    if (!bulk_split_left(&l->split))
        return false;
    row = json_loadb(l->split.rest.data, l->split.rest.len, JSON_REJECT_DUPLICATES, NULL);
    return l->split.overlong || !json_is_object(row) || (objects >= 0 && l->number != objects);
}

bool bulk_lines_end(struct bulk_lines *l, const struct bulk_operation *operation, struct err *err)
{
    bool partial = l->reading->partial;
    bool cut = is_cut(l, partial ? -1 : operation->objects);
    int64_t roots = partial ? -1 : operation->roots, had;

    if (cut && !partial)
        return err_set(err, ERR_CONFLICT,
                       "the file ends in the middle of line %" PRId64 ": begin another operation",
                       l->number);
    if (!cut && !bulk_split_end(&l->split, end_line, l, err))
        return l->stopped; /* before that line: there is more */
    had = l->cursor->records + (l->record != NULL) + l->lost;
    if (had < roots)
        return err_set(err, ERR_CONFLICT,
                       "the file ends after %" PRId64 " of %" PRId64
                       " records: begin another operation",
                       had, roots);
    if (l->record != NULL && (partial || l->number - 1 < operation->objects))
        spoil(l, "may lack lines: the file ends before its time");
    if (!hand_over(l, err) && !l->stopped)
        return false;
    l->reading->end = true;
    return true;
}
