/*
 * settings.h - the core's own settings; settings.def is the table of them.
 */
#ifndef STORE_SETTINGS_H
#define STORE_SETTINGS_H

#include "store/store.h"
#include "store/values.h"

#define SETTING_VALUE_MAX 513

enum setting {
#define SETTING(key, type, otherwise, min, max, restart, unit, title, help) SETTING_##key,
#include "store/settings.def"
#undef SETTING
    SETTING_COUNT
};

struct setting_row {
    const char *key, *otherwise, *unit, *title, *help;
    enum value_type type;
    int64_t min, max; /* bytes for all but INT */
    bool restart;     /* takes effect at the next start */
};

const struct setting_row *settings_row(enum setting setting);
bool settings_find(const char *key, enum setting *setting);
struct value_rule settings_rule(enum setting setting);
/* The default when it was never set, or holds what it must not. value: SETTING_VALUE_MAX bytes. */
bool settings_get(struct db *db, enum setting setting, char *value, struct err *err);
/* As it stands in the file, right or wrong; *stored false: untouched. */
bool settings_stored(struct db *db, enum setting setting, char *value, bool *stored,
                     struct err *err);
bool settings_int(struct db *db, enum setting setting, int64_t *value, struct err *err);
/* INVALID names the setting and shows a right example. */
bool settings_set(struct db *db, enum setting setting, const char *value, struct err *err);

#endif
