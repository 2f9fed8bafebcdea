/*
 * settings.h - the core's own settings; settings.def is the table of them.
 */
#ifndef STORE_SETTINGS_H
#define STORE_SETTINGS_H

#include "store/store.h"

#define SETTING_VALUE_MAX 513

enum setting {
#define SETTING(key, type, otherwise, min, max, restart, unit, title, help) SETTING_##key,
#include "store/settings.def"
#undef SETTING
    SETTING_COUNT
};

enum setting_type { SETTING_TEXT, SETTING_INT };

struct setting_row {
    const char *key, *otherwise, *unit, *title, *help;
    enum setting_type type;
    int64_t min, max; /* bytes for TEXT */
    bool restart;     /* takes effect at the next start */
};

const struct setting_row *settings_row(enum setting setting);
bool settings_find(const char *key, enum setting *setting);
bool settings_get(struct db *db, enum setting setting, char *value, struct err *err);
bool settings_int(struct db *db, enum setting setting, int64_t *value, struct err *err);
bool settings_set(struct db *db, enum setting setting, const char *value, struct err *err);

#endif
