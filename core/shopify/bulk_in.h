/* bulk_in.h - the inside of reading a whole shop, for core/shopify/bulk*.c and their tests. */
#ifndef SHOPIFY_BULK_IN_H
#define SHOPIFY_BULK_IN_H

#include "base/str.h"
#include "shopify/bulk.h"

#define BULK_SEARCH_MAX   2048
#define BULK_QUESTION_MAX 65535 /* Shopify's own limit */
#define BULK_URL_MAX      4096

/*
 * bulk_query.c: a filter in Shopify's words, "" for all; counted: in those of a count; after: only
 * records with a greater id, 0: all.
 */
bool bulk_search(enum bulk_kind kind, const struct bulk_filter *filter, bool counted, int64_t after,
                 struct str *search, struct err *err);
/* The text of an operation: the kind's document with the search in it and without fragments. */
bool bulk_question(enum bulk_kind kind, const struct bulk_filter *filter, struct str *question,
                   struct err *err);

/* bulk.c: bulk_poll with the address of the file, whole or partial; "" if there is none. */
bool bulk_look(struct shop *shop, struct http *http, const char *id, enum pace_class class,
               struct bulk_operation *operation, char url[BULK_URL_MAX],
               struct graphql_trace *trace, struct err *err);

struct bulk_row {
    const char *name, *question, *root, *type, *counted;
    enum graphql_operation page, count;
};
const struct bulk_row *bulk_row(enum bulk_kind kind);

/* bulk_split.c: text NULL: a line that is longer than BULK_LINE_MAX. False ends the feeding. */
typedef bool bulk_line(void *ctx, const char *text, size_t len, struct err *err);

struct bulk_split {
    struct str rest; /* of a line that is not whole yet */
    bool overlong;
    int64_t bytes, begins; /* fed, behind the line under way; where that one begins */
};

void bulk_split_init(struct bulk_split *split, int64_t bytes);
void bulk_split_clear(struct bulk_split *split);
bool bulk_split_feed(struct bulk_split *split, const char *data, size_t len, bulk_line *line,
                     void *ctx, struct err *err);
bool bulk_split_left(const struct bulk_split *split); /* something came after the last newline */
bool bulk_split_end(struct bulk_split *split, bulk_line *line, void *ctx, struct err *err);

/* bulk_fetch.c: the bytes of an operation's file, from taker->bytes on, however often it breaks. */
struct bulk_taker {
    bool (*feed)(struct bulk_taker *taker, const char *data, size_t len, struct err *err);
    int64_t bytes; /* had so far */
    bool enough;   /* set by feed when it returns false for no err */
};
bool bulk_fetch(struct shop *shop, struct http *http, const char *id, enum pace_class class,
                bool partial, struct bulk_taker *taker, struct bulk_operation *operation,
                struct graphql_trace *trace, struct err *err);

/* bulk_gather.c: makes reading->spool of a file whose lines come in any order. */
bool bulk_gather(struct shop *shop, struct http *http, const char *id,
                 const struct bulk_reading *reading, struct graphql_trace *trace, struct err *err);

/*
 * bulk_lines.c: lines in, records out. Whoever has bytes of a file, in pieces of any length, feeds
 * them; true: on with it. False: reading->record or fault had enough (stop) or err is set. Nothing
 * is held but the record under way and the line that is not whole yet.
 */
struct bulk_lines;

struct bulk_lines *bulk_lines_new(struct bulk_reading *reading, struct bulk_cursor *cursor,
                                  struct err *err);
void bulk_lines_free(struct bulk_lines *lines);
AUTO_DEFINE(bulk_lines)
bool bulk_lines_feed(struct bulk_lines *lines, const char *data, size_t len, struct err *err);
/*
 * The file is over. operation: how many lines and records Shopify says it has. With
 * reading->partial it may end anywhere, and its last record is a fault. True too when a callback
 * had enough; reading->end says whether there was more.
 */
bool bulk_lines_end(struct bulk_lines *lines, const struct bulk_operation *operation,
                    struct err *err);
bool bulk_lines_stopped(const struct bulk_lines *lines); /* a callback had enough */

/* Makes of a record with its lists what core/sync takes: of stock, the item within each level. */
void bulk_finish_record(enum bulk_kind kind, json_t *record);

#endif
