/*
 * stand.h - a state directory of its own for a test: store, key, one backend with its secrets.
 */
#ifndef TESTS_UNIT_STAND_H
#define TESTS_UNIT_STAND_H

#include "base/seal.h"
#include "store/settings.h"
#include "store/store.h"

#define STAND_SHOP   "acme-eu.myshopify.com"
#define STAND_SECRET "hush-hush-for-tests"

struct stand {
    char dir[64];
    struct store *store;
    struct seal *seal;
    struct db *db; /* the test's own reader */
    int64_t backend;
};

void stand_open(struct stand *stand);  /* asserts that it worked */
void stand_close(struct stand *stand); /* removes the directory too */
void stand_setting(struct stand *stand, enum setting setting, const char *value);
void stand_secret(struct stand *stand, const char *name, const char *value);
void stand_policy(struct stand *stand, const char *key, const char *value);

#endif
