/*
 * policies.h - per-backend choices; base/policies.def is the table of them.
 */
#ifndef STORE_POLICIES_H
#define STORE_POLICIES_H

#include "store/store.h"
#include "store/values.h"

#define POLICY_VALUE_MAX 513

enum policy {
#define POLICY(key, type, otherwise, min, max, choices, unit, title, help) POLICY_##key,
#include "base/policies.def"
#undef POLICY
    POLICY_COUNT
};

struct policy_row {
    const char *key, *otherwise, *choices, *unit, *title, *help; /* choices: "a|b" */
    enum value_type type;
    int64_t min, max;
};

const struct policy_row *policies_row(enum policy policy);
bool policies_find(const char *key, enum policy *policy);
struct value_rule policies_rule(enum policy policy);
/* INVALID names the policy and shows a right example. */
bool policies_check(enum policy policy, const char *value, struct err *err);

/*
 * The default when it was never set, or holds what it must not; but a list of allowed sources
 * that cannot be read allows none. value: POLICY_VALUE_MAX bytes.
 */
bool policies_get(struct db *db, int64_t backend, enum policy policy, char *value, struct err *err);
/* As it stands in the file, right or wrong; *stored false: untouched. */
bool policies_stored(struct db *db, int64_t backend, enum policy policy, char *value, bool *stored,
                     struct err *err);
bool policies_int(struct db *db, int64_t backend, enum policy policy, int64_t *value,
                  struct err *err);
bool policies_set(struct db *db, int64_t backend, enum policy policy, const char *value,
                  struct err *err);

/* All of one backend in one read: what the sync code gets. About 17 KiB. */
struct policies {
    char text[POLICY_COUNT][POLICY_VALUE_MAX];
    int64_t number[POLICY_COUNT]; /* INT rows */
};
bool policies_read(struct db *db, int64_t backend, struct policies *policies, struct err *err);

#endif
