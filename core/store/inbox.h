/*
 * inbox.h - every delivery the receiver got, refused ones too, raw as it came.
 */
#ifndef STORE_INBOX_H
#define STORE_INBOX_H

#include "store/store.h"

#define INBOX_OBJECT_MAX 96
#define INBOX_SOURCE_MAX 64
#define INBOX_REASON_MAX 64

enum inbox_verdict { INBOX_OK, INBOX_DUP, INBOX_LATE, INBOX_REJ, INBOX_VERDICT_COUNT };
const char *inbox_verdict_name(enum inbox_verdict verdict); /* ok, dup, late, rej */
bool inbox_verdict_of(const char *name, enum inbox_verdict *verdict);

struct hook {
    int64_t id;
    int64_t backend; /* 0: unknown shop */
    char topic[STORE_NAME_MAX];
    char object[INBOX_OBJECT_MAX]; /* what people search for: order name or the record's id */
    char shop[STORE_TITLE_MAX];    /* as the header said */
    char webhook_id[STORE_NAME_MAX];
    char event_id[STORE_NAME_MAX];
    when triggered_at, received;
    char source[INBOX_SOURCE_MAX];
    enum inbox_verdict verdict;
    char reason[INBOX_REASON_MAX]; /* of rej: one word, "signature", "shop", "too_large" ... */
    int64_t bytes, us; /* size of the body as it came; handling until the commit was asked for */
    int64_t job;       /* 0: none */
};

/*
 * Writes one delivery down. An accepted one whose (backend, topic, webhook_id) is known is
 * written as DUP without its body, with the first one's job, and *duplicate is true: nothing
 * else is to be done. webhook_id "": never a duplicate. headers: JSON [[name,value]...], body
 * raw; both are copied; either may be NULL. Fills hook->id, verdict, job.
 */
bool inbox_add(struct db *db, struct hook *hook, const char *headers, const void *body, size_t len,
               bool *duplicate, struct err *err);
bool inbox_job(struct db *db, int64_t id, int64_t job, struct err *err);
bool inbox_object(struct db *db, int64_t id, const char *object, struct err *err);
bool inbox_verdict(struct db *db, int64_t id, enum inbox_verdict verdict, const char *reason,
                   struct err *err);

/* headers and body (may be NULL) are for free(3); body NULL after it was trimmed. */
bool inbox_get(struct db *db, int64_t id, struct hook *hook, char **headers, char **body,
               size_t *len, struct err *err);

struct inbox_filter {
    int64_t backend;              /* 0: all */
    const char *topic, *source, *object; /* NULL: all; exact */
    int verdict;                  /* -1: all */
    int64_t after;                /* the next of the last page; 0: the newest */
};
/*
 * Newest first. *count: room in, rows out; *next 0 at the end. A rare value may give a short
 * page with a next: a page looks at a limited number of rows.
 */
bool inbox_list(struct db *db, const struct inbox_filter *filter, struct hook *rows, size_t *count,
                int64_t *next, struct err *err);
/*
 * The ids of accepted deliveries since a moment (and of a topic), oldest first; after: the last
 * one of the call before, 0 at first.
 */
bool inbox_since(struct db *db, when since, const char *topic, int64_t after, int64_t *ids,
                 size_t *count, struct err *err);
bool inbox_newest(struct db *db, int64_t backend, when *received, struct err *err); /* accepted; 0 */

/* Counters of the minutes [from, to) by verdict; they are also metrics "inbox.ok" ... */
bool inbox_counts(struct db *db, when from, when to, int64_t counts[INBOX_VERDICT_COUNT],
                  struct err *err);

/*
 * Frees at most limit bodies: of rejected deliveries received before rejected, of others
 * before others unless their job has not ended. *more: there is more to free.
 */
bool inbox_trim(struct db *db, when rejected, when others, int limit, bool *more, struct err *err);

/* Source addresses an operator shut out. */
struct block {
    char source[INBOX_SOURCE_MAX];
    when until;
    char by[STORE_NAME_MAX];
};
bool blocks_set(struct db *db, const char *source, when until, const char *by, struct err *err);
bool blocks_list(struct db *db, when now, struct block *rows, size_t *count, struct err *err);

#endif
