/*
 * bulk.h - a whole shop read: customers, products, stock, orders, places, as the records that
 * core/sync takes, one by one, in memory that stays flat however large the shop is.
 *
 * Two ways, one shape. Shopify runs a query for us and leaves a file of JSON lines (bulk_start,
 * bulk_poll, bulk_read); where it will not, the same records come in pages (bulk_pages). Either
 * way a record is the node of the ..._by_id document: lists are {"nodes": [...]}, all of them
 * there, empty or not. Of stock, a record is an InventoryItem {id, sku, tracked, variants,
 * inventoryLevels}; each of its inventoryLevels.nodes holds that item once more as "item", so that
 * it is what level_from_shopify takes.
 *
 * Operations are asked for grouped: the lines of a record's children follow its own, before the
 * next record's. So no more than one record is in memory, and between two records reading can
 * stop, be killed, and go on later at the cursor. A child that comes before its parent, or after
 * another record began, is a fault.
 *
 * Grouping takes Shopify time, for a large shop perhaps too much (REFUSED, "took too long"). The
 * same question ungrouped (filter.ungrouped) gives lines in any order; with reading.spool they are
 * first put in order on disk, a few megabytes at a time in memory, and read from there.
 *
 * Reading again is harmless: what a record means is for the caller to compare.
 *
 * What the kind of an err asks for:
 *   BUSY, LIMITED   the same call later, with the same cursor
 *   CONFLICT        this operation will give no more (it failed inside, was cancelled, its file is
 *                   gone): begin another one from the start
 *   REFUSED         Shopify does not run it in bulk, or not in time: a narrower filter, or pages
 *   DENIED          a scope or an approval is missing; err.thing names it where it is known
 *   UNSURE          bulk_start alone: perhaps one was started; ask again with bulk_find
 *   INVALID         the file is not what it must be; the words name the line
 *   BUG             an answer that cannot be
 * No err and no trace ever holds the address of a file: who has it has the file.
 *
 * A worker thread calls these with its own http handle; a shop may be shared.
 */
#ifndef SHOPIFY_BULK_H
#define SHOPIFY_BULK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/when.h"
#include "shopify/graphql.h"

#define BULK_LINE_MAX     (16 * 1024 * 1024) /* bytes of a line */
#define BULK_RECORD_MAX   (32 * 1024 * 1024) /* bytes of a record's lines together */
#define BULK_CHILDREN_MAX 10000              /* lines below one record */
#define BULK_FILE_MAX     (INT64_C(1) << 40) /* bytes of a file */
#define BULK_POLL_MS      2000               /* not more often */
#define BULK_CURSOR_MAX   96                 /* bytes of a cursor's text, NUL included */

enum bulk_kind {
#define BULK(id, ...) BULK_##id,
#include "shopify/bulk.def"
    BULK_KIND_COUNT
};

const char *bulk_kind_name(enum bulk_kind kind); /* "customers" */

/* ---- which ---- */

/*
 * All zero: everything. Ranges are [from, to), 0: open. Shopify compares the times of customers by
 * day, so a few more may come than were asked for. Words are Shopify's own, lower case, several
 * parted by commas (any of them): status of orders (open, closed, cancelled, not_closed) and of
 * products (active, archived, draft, unlisted); financial and fulfilment of orders alone. What a
 * kind cannot be filtered by is err INVALID, never ignored.
 */
struct bulk_range {
    when from, to;
};
struct bulk_filter {
    struct bulk_range created, updated, processed; /* processed: orders */
    const char *status, *financial, *fulfilment;   /* borrowed; NULL or "": any */
    bool ungrouped; /* of an operation: its lines may come in any order */
};

struct bulk_count {
    int64_t count;
    bool exact; /* false: there are at least that many */
};
/* Of stock: the variants, as items are not counted. */
bool bulk_count(struct shop *shop, struct http *http, enum bulk_kind kind,
                const struct bulk_filter *filter, enum pace_class class, struct bulk_count *count,
                struct graphql_trace *trace, struct err *err);

/* ---- an operation ---- */

enum bulk_state {
#define BULK_STATE(id, ...) BULK_##id,
#include "shopify/bulk.def"
    BULK_STATE_COUNT
};

struct bulk_operation {
    char id[GRAPHQL_GID_MAX]; /* opaque; keep it: all else can be asked for again */
    enum bulk_state state;
    char code[40];                 /* of a failure: "TIMEOUT"; "" if none */
    int64_t objects, roots, bytes; /* lines and records so far, size of the file; -1: not told */
    when created, completed;       /* 0: not yet */
    bool file, partial;            /* there is a file; there is one of what came before it failed */
};

const char *bulk_state_name(enum bulk_state state); /* "RUNNING" */
bool bulk_over(const struct bulk_operation *operation);
/* True: it ended well, all of it can be read. False: err says why not, by kind as above. */
bool bulk_whole(const struct bulk_operation *operation, struct err *err);

/*
 * Starts one. Shopify runs five of an app at once; when all are taken: BUSY. When the answer was
 * lost, the operation is looked for; UNSURE only if that failed too.
 */
bool bulk_start(struct shop *shop, struct http *http, enum bulk_kind kind,
                const struct bulk_filter *filter, enum pace_class class,
                struct bulk_operation *operation, struct graphql_trace *trace, struct err *err);
/*
 * The newest operation with exactly this question that was made since and did not fail, running or
 * over; MISSING: none. For who was killed between bulk_start and keeping its id.
 */
bool bulk_find(struct shop *shop, struct http *http, enum bulk_kind kind,
               const struct bulk_filter *filter, when since, enum pace_class class,
               struct bulk_operation *operation, struct graphql_trace *trace, struct err *err);
/* How it is doing; MISSING: Shopify knows none of that id. */
bool bulk_poll(struct shop *shop, struct http *http, const char *id, enum pace_class class,
               struct bulk_operation *operation, struct graphql_trace *trace, struct err *err);
/* Asks it to stop; one that is over already is fine. */
bool bulk_cancel(struct shop *shop, struct http *http, const char *id, enum pace_class class,
                 struct graphql_trace *trace, struct err *err);

/* ---- records ---- */

/* Where to go on: at the first line (or page) that was not handed over whole. All zero: at the
 * beginning. Belongs to one operation, or to one filter read in pages. */
struct bulk_cursor {
    int64_t records;      /* before it, those left out included */
    int64_t line, offset; /* of the file: lines, bytes before it */
    int64_t id;           /* pages: the last record before it */
};
char *bulk_cursor_text(const struct bulk_cursor *cursor, char text[BULK_CURSOR_MAX]);
bool bulk_cursor_read(const char *text, struct bulk_cursor *cursor); /* "" is the beginning */

enum bulk_next {
    BULK_GO_ON,
    BULK_ENOUGH, /* this record was taken; the next call goes on after it */
    BULK_GIVE_UP /* err was set by the callback; the next call begins with this record again */
};

struct bulk_reading {
    enum bulk_kind kind;
    enum pace_class class;
    bool partial; /* bulk_read: of an operation that failed, take what there is */
    /*
     * bulk_read: a path of the caller's for lines in any order. They are put in order there (0600;
     * for that while the disk holds three times the file), once; later calls read it again, and
     * ask nothing of Shopify. The caller removes it. NULL: the lines are grouped.
     */
    const char *spool;
    /*
     * record: borrowed, json_incref to keep. line: its own in the file, from 1; in pages the how
     * manyeth it is. after: the cursor behind it. It may take its time: the file waits, and is
     * asked for anew from the cursor when the connection did not.
     */
    enum bulk_next (*record)(void *ctx, json_t *record, int64_t line,
                             const struct bulk_cursor *after, struct err *err);
    /*
     * A line that cannot be used, or a record that lacks one of its lines (gid: which; "" if it
     * cannot be known): that one is left out, the rest goes on. Such a record can be had by its
     * id. NULL: the first fault ends the reading.
     */
    enum bulk_next (*fault)(void *ctx, const struct err *fault, const char *gid, int64_t line);
    void *ctx;
    /* out: of this call */
    int64_t records, faults;
    bool end; /* there is nothing after the cursor */
};

/*
 * Reads the file of an operation from the cursor on, which moves with every record; true with end
 * not set: the callback had enough. A dropped connection is taken up again; an address that has
 * expired is asked for anew.
 */
bool bulk_read(struct shop *shop, struct http *http, const char *id, struct bulk_reading *reading,
               struct bulk_cursor *cursor, struct graphql_trace *trace, struct err *err);
/* The same records page by page, in the order of their ids. */
bool bulk_pages(struct shop *shop, struct http *http, const struct bulk_filter *filter,
                struct bulk_reading *reading, struct bulk_cursor *cursor,
                struct graphql_trace *trace, struct err *err);
/* One record by its id, in the same shape; MISSING: the shop has none. Not of locations. */
bool bulk_one(struct shop *shop, struct http *http, enum bulk_kind kind, int64_t id,
              enum pace_class class, json_t **record, struct graphql_trace *trace, struct err *err);

#endif
