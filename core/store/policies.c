#include "store/policies.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

static const struct policy_row rows[POLICY_COUNT] = {
#define POLICY(key, type, otherwise, min, max, choices, unit, title, help)                         \
    [POLICY_##key] = { #key, otherwise, choices, unit, title, help, POLICY_##type, min, max },
#include "base/policies.def"
#undef POLICY
};

const struct policy_row *policies_row(enum policy policy)
{
    return &rows[policy];
}

bool policies_find(const char *key, enum policy *policy)
{
    for (unsigned p = 0; p < POLICY_COUNT; p++) {
        if (strcmp(rows[p].key, key) != 0)
            continue;
        *policy = (enum policy)p;
        return true;
    }
    return false;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t n = strlen(value);

    for (const char *at = choices; *at != '\0';) {
        size_t len = strcspn(at, "|");

        if (len == n && strncmp(at, value, n) == 0)
            return true;
        at += len + (at[len] == '|');
    }
    return false;
}

bool policies_check(enum policy policy, const char *value, struct err *err)
{
    const struct policy_row *row = &rows[policy];
    unsigned long long number;

    switch (row->type) {
    case POLICY_INT:
        if (!str_number(value, (unsigned long long)row->max, &number) ||
            number < (unsigned long long)row->min)
            return err_set(err, ERR_INVALID, "%s: a number from %" PRId64 " to %" PRId64,
                           row->title, row->min, row->max);
        return true;
    case POLICY_CHOICE:
        return is_choice(row->choices, value) ||
               err_set(err, ERR_INVALID, "%s: one of %s", row->title, row->choices);
    case POLICY_TEXT:
        if (strlen(value) > (size_t)row->max || strlen(value) < (size_t)row->min ||
            !utf8_valid(value, strlen(value)))
            return err_set(err, ERR_INVALID, "%s: %" PRId64 " to %" PRId64 " bytes of text",
                           row->title, row->min, row->max);
        for (const char *p = value; *p != '\0'; p++)
            if ((unsigned char)*p < 0x20 || *p == 0x7f)
                return err_set(err, ERR_INVALID, "%s: no control characters", row->title);
        return true;
    }
    return err_set(err, ERR_BUG, "a policy of unknown type");
}

bool policies_get(struct db *db, int64_t backend, enum policy policy, char *value, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT value FROM policy WHERE backend = ?1 AND key = ?2", "it",
                        backend, rows[policy].key);
    int rc = db_row(db, q, err);

    if (rc == 1)
        col_text(q, 0, value, POLICY_VALUE_MAX);
    if (rc == 0)
        str_copy(value, POLICY_VALUE_MAX, rows[policy].otherwise);
    return rc >= 0;
}

bool policies_int(struct db *db, int64_t backend, enum policy policy, int64_t *value,
                  struct err *err)
{
    char text[POLICY_VALUE_MAX];

    if (!policies_get(db, backend, policy, text, err))
        return false;
    *value = strtoll(text, NULL, 10);
    return true;
}

bool policies_set(struct db *db, int64_t backend, enum policy policy, const char *value,
                  struct err *err)
{
    if (!policies_check(policy, value, err))
        return false;
    db->touched |= DB_TOUCH_SETTINGS | DB_TOUCH_JOBS;
    return db_run(db, err,
                  "INSERT INTO policy (backend, key, value, changed) VALUES (?1, ?2, ?3, ?4)"
                  " ON CONFLICT DO UPDATE SET value = excluded.value, changed = excluded.changed",
                  "itti", backend, rows[policy].key, value, when_now());
}

bool policies_read(struct db *db, int64_t backend, struct policies *policies, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT key, value FROM policy WHERE backend = ?1", "i", backend);
    int rc;

    for (unsigned p = 0; p < POLICY_COUNT; p++)
        str_copy(policies->text[p], POLICY_VALUE_MAX, rows[p].otherwise);
    while ((rc = db_row(db, q, err)) == 1) {
        char key[STORE_NAME_MAX];
        enum policy policy;

        col_text(q, 0, key, sizeof key);
        if (policies_find(key, &policy))
            col_text(q, 1, policies->text[policy], POLICY_VALUE_MAX);
    }
    for (unsigned p = 0; p < POLICY_COUNT; p++)
        policies->number[p] =
            rows[p].type == POLICY_INT ? strtoll(policies->text[p], NULL, 10) : 0;
    return rc == 0;
}
