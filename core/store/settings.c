#include "store/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

#define NO false
#define YES true

static const struct setting_row rows[SETTING_COUNT] = {
#define SETTING(key, type, otherwise, min, max, restart, unit, title, help)                        \
    [SETTING_##key] = { #key, otherwise, unit, title, help, VALUE_##type, min, max, restart },
#include "store/settings.def"
#undef SETTING
};

const struct setting_row *settings_row(enum setting setting)
{
    return &rows[setting];
}

bool settings_find(const char *key, enum setting *setting)
{
    for (unsigned s = 0; s < SETTING_COUNT; s++) {
        if (strcmp(rows[s].key, key) != 0)
            continue;
        *setting = (enum setting)s;
        return true;
    }
    return false;
}

struct value_rule settings_rule(enum setting setting)
{
    const struct setting_row *row = &rows[setting];

    return (struct value_rule){ .key = row->key, .otherwise = row->otherwise, .choices = "",
                                .type = row->type, .min = row->min, .max = row->max };
}

bool settings_stored(struct db *db, enum setting setting, char *value, bool *stored,
                     struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT value FROM setting WHERE key = ?1", "t",
                        rows[setting].key);
    int rc = db_row(db, q, err);

    if (rc == 1)
        col_text(q, 0, value, SETTING_VALUE_MAX);
    *stored = rc == 1;
    return rc >= 0;
}

bool settings_get(struct db *db, enum setting setting, char *value, struct err *err)
{
    struct value_rule rule = settings_rule(setting);
    bool stored;

    if (!settings_stored(db, setting, value, &stored, err))
        return false;
    if (!stored || !values_check(&rule, value, NULL))
        str_copy(value, SETTING_VALUE_MAX, rows[setting].otherwise);
    return true;
}

bool settings_int(struct db *db, enum setting setting, int64_t *value, struct err *err)
{
    char text[SETTING_VALUE_MAX];

    if (!settings_get(db, setting, text, err))
        return false;
    *value = strtoll(text, NULL, 10);
    return true;
}

bool settings_set(struct db *db, enum setting setting, const char *value, struct err *err)
{
    struct value_rule rule = settings_rule(setting);

    if (!values_check(&rule, value, err) ||
        (rule.type == VALUE_GROUP && !values_found(&rule, value, err)))
        return false;
    db->touched |= DB_TOUCH_SETTINGS;
    return db_run(db, err,
                  "INSERT INTO setting (key, value, changed) VALUES (?1, ?2, ?3)"
                  " ON CONFLICT DO UPDATE SET value = excluded.value, changed = excluded.changed",
                  "tti", rule.key, value, when_now()) &&
           values_note(db, 0, &rule, value, err);
}
