#include "store/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

#define NO false
#define YES true

static const struct setting_row rows[SETTING_COUNT] = {
#define SETTING(key, type, otherwise, min, max, restart, unit, title, help)                        \
    [SETTING_##key] = { #key, otherwise, unit, title, help, SETTING_##type, min, max, restart },
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

bool settings_get(struct db *db, enum setting setting, char *value, struct err *err)
{
    AUTO_ASK q = db_ask(db, err, "SELECT value FROM setting WHERE key = ?1", "t",
                        rows[setting].key);
    int rc = db_row(db, q, err);

    if (rc == 1)
        col_text(q, 0, value, SETTING_VALUE_MAX);
    if (rc == 0)
        str_copy(value, SETTING_VALUE_MAX, rows[setting].otherwise);
    return rc >= 0;
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
    const struct setting_row *row = &rows[setting];
    unsigned long long number;

    if (row->type == SETTING_INT && (!str_number(value, (unsigned long long)row->max, &number) ||
                                     number < (unsigned long long)row->min))
        return err_set(err, ERR_INVALID, "%s: a number from %" PRId64 " to %" PRId64, row->title,
                       row->min, row->max);
    if (row->type == SETTING_TEXT &&
        (strlen(value) > (size_t)row->max || !utf8_valid(value, strlen(value))))
        return err_set(err, ERR_INVALID, "%s: at most %" PRId64 " bytes of text", row->title,
                       row->max);
    db->touched |= DB_TOUCH_SETTINGS;
    return db_run(db, err,
                  "INSERT INTO setting (key, value, changed) VALUES (?1, ?2, ?3)"
                  " ON CONFLICT DO UPDATE SET value = excluded.value, changed = excluded.changed",
                  "tti", row->key, value, when_now());
}
