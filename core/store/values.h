/*
 * values.h - what the value of a setting or a policy must look like, and what becomes of one
 * that does not: it is refused where it is set, and one that stands in the file all the same
 * (an older program, a hand with sqlite3) is never used. Then the default counts, or what is
 * safer, and an alert says so until the value is set again.
 */
#ifndef STORE_VALUES_H
#define STORE_VALUES_H

#include "store/store.h"

enum value_type {
    VALUE_TEXT,     /* min to max bytes, no control characters */
    VALUE_INT,      /* min to max */
    VALUE_CHOICE,   /* one of choices "a|b" */
    VALUE_ADDRESS,  /* host:port to listen on */
    VALUE_NETWORKS, /* list of addresses and CIDR ranges, or "none" */
    VALUE_GROUP,    /* name of a Unix group */
    VALUE_FILE,     /* absolute path */
    VALUE_URL,      /* https, or http on this machine */
    VALUE_VERSION   /* Shopify's YYYY-MM */
};

struct value_rule {
    const char *key, *otherwise, *choices;
    enum value_type type;
    int64_t min, max;
};

/* Its form alone, the same everywhere. INVALID names the key and shows a right example. */
bool values_check(const struct value_rule *rule, const char *value, struct err *err);
/* Does this machine have what the value names: the group, the file? INVALID says what lacks. */
bool values_found(const struct value_rule *rule, const char *value, struct err *err);

/*
 * Looks at all that is stored and raises an alert for each that is not used or names what this
 * machine lacks; ends those of values that are right again. Inside a change, at start.
 */
bool values_review(struct db *db, struct err *err);
/* The same for one that was just set. backend 0: a setting. */
bool values_note(struct db *db, int64_t backend, const struct value_rule *rule, const char *value,
                 struct err *err);

#endif
