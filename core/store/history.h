/*
 * history.h - each record's timeline: every hop, in words.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "store/store.h"

#define HISTORY_TEXT_MAX 512

struct history_event {
    int64_t id, backend;
    char record[STORE_RECORD_MAX]; /* "order:5512345" */
    when at;
    char what[STORE_NAME_MAX]; /* received, created, confirmed, held, parked ... */
    char text[HISTORY_TEXT_MAX];
    int64_t job;               /* 0: none */
    char by[STORE_NAME_MAX];   /* a user; "": the core */
};

/* text is cut; no secret, no personal data. by may be NULL. */
bool history_add(struct db *db, int64_t backend, const char *record, const char *what,
                 int64_t job, const char *by, const char *text, struct err *err);
/* The same, unless that is the last thing the timeline says. */
bool history_add_once(struct db *db, int64_t backend, const char *record, const char *what,
                      int64_t job, const char *text, struct err *err);
/* Newest first. after: 0 or the last next. *count: room in, rows out. */
bool history_list(struct db *db, int64_t backend, const char *record, int64_t after,
                  struct history_event *rows, size_t *count, int64_t *next, struct err *err);
bool history_trim(struct db *db, when before, int limit, bool *more, struct err *err);

/* What happens now, for the dashboard: the newest lines are kept, older ones fall away. */
struct activity {
    int64_t id;
    when at;
    int level; /* LOG_... of base/log.h */
    char text[HISTORY_TEXT_MAX];
    char by[STORE_NAME_MAX];
    int64_t job;
};
bool activity_add(struct db *db, int level, const char *by, int64_t job, const char *text,
                  struct err *err);
bool activity_list(struct db *db, struct activity *rows, size_t *count, struct err *err);

#endif
