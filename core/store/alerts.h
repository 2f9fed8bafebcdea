/*
 * alerts.h - what needs a look now. An alert is open from the first sign to alerts_end.
 */
#ifndef STORE_ALERTS_H
#define STORE_ALERTS_H

#include "store/store.h"

#define ALERT_TEXT_MAX 256
#define ALERT_SEEN_MAX 256

enum alert_level { ALERT_INFO, ALERT_WARN, ALERT_ERR };
const char *alert_level_name(enum alert_level level); /* info, warn, err */

struct alert {
    int64_t id, backend; /* backend 0: the core */
    when at, last;
    int64_t count;
    char kind[STORE_NAME_MAX]; /* signature, unknown_shop, burst, silence, outage ... */
    enum alert_level level;
    char text[ALERT_TEXT_MAX];
    char seen_by[ALERT_SEEN_MAX]; /* users, comma-separated */
};

/* One open alert per (backend, kind): raised again it counts up and takes the new text. */
bool alerts_raise(struct db *db, int64_t backend, const char *kind, enum alert_level level,
                  const char *text, when now, struct err *err);
bool alerts_end(struct db *db, int64_t backend, const char *kind, when now, struct err *err);
/* Those of all backends whose kind begins so. */
bool alerts_end_all(struct db *db, const char *prefix, when now, struct err *err);
bool alerts_seen(struct db *db, int64_t id, const char *user, struct err *err);
/* Open ones, worst and newest first. *count: room in, rows out. */
bool alerts_list(struct db *db, struct alert *rows, size_t *count, struct err *err);

#endif
