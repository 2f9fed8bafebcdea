#include "store/policies.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

static const struct policy_row rows[POLICY_COUNT] = {
#define POLICY(key, type, otherwise, min, max, choices, unit, title, help)                         \
    [POLICY_##key] = { #key, otherwise, choices, unit, title, help, VALUE_##type, min, max },
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

struct value_rule policies_rule(enum policy policy)
{
    const struct policy_row *row = &rows[policy];

    return (struct value_rule){ .key = row->key, .otherwise = row->otherwise,
                                .choices = row->choices, .type = row->type, .min = row->min,
                                .max = row->max };
}

bool policies_check(enum policy policy, const char *value, struct err *err)
{
    struct value_rule rule = policies_rule(policy);

    return values_check(&rule, value, err);
}

/* What counts instead of a value that cannot be read: nobody gets in who was not named. */
static const char *instead(enum policy policy)
{
    return policy == POLICY_allow_cidr ? "none" : rows[policy].otherwise;
}

bool policies_stored(struct db *db, int64_t backend, enum policy policy, char *value, bool *stored,
                     struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT value FROM policy WHERE backend = ?1 AND key = ?2", "it",
                        backend, rows[policy].key);
    int rc = db_row(db, q, err);

    if (rc == 1)
        col_text(q, 0, value, POLICY_VALUE_MAX);
    *stored = rc == 1;
    return rc >= 0;
}

bool policies_get(struct db *db, int64_t backend, enum policy policy, char *value, struct err *err)
{
    bool stored;

    if (!policies_stored(db, backend, policy, value, &stored, err))
        return false;
    if (!stored)
        str_copy(value, POLICY_VALUE_MAX, rows[policy].otherwise);
    else if (!policies_check(policy, value, NULL))
        str_copy(value, POLICY_VALUE_MAX, instead(policy));
    return true;
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
    struct value_rule rule = policies_rule(policy);

    if (!values_check(&rule, value, err))
        return false;
    db->touched |= DB_TOUCH_SETTINGS | DB_TOUCH_JOBS;
    return db_run(db, err,
                  "INSERT INTO policy (backend, key, value, changed) VALUES (?1, ?2, ?3, ?4)"
                  " ON CONFLICT DO UPDATE SET value = excluded.value, changed = excluded.changed",
                  "itti", backend, rows[policy].key, value, when_now()) &&
           values_note(db, backend, &rule, value, err);
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
        if (!policies_find(key, &policy))
            continue;
        col_text(q, 1, policies->text[policy], POLICY_VALUE_MAX);
        if (!policies_check(policy, policies->text[policy], NULL))
            str_copy(policies->text[policy], POLICY_VALUE_MAX, instead(policy));
    }
    for (unsigned p = 0; p < POLICY_COUNT; p++)
        policies->number[p] =
            rows[p].type == VALUE_INT ? strtoll(policies->text[p], NULL, 10) : 0;
    return rc == 0;
}
