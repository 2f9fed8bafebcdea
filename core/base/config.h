/*
 * config.h - the core's own few lines of configuration: "key = value", # starts a comment.
 *
 * An unknown key, a line without "=" or a file over 64 KiB is an error that names the line.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"

#define CONFIG_VALUE_MAX 512

struct config {
#define CONFIG(key, otherwise, help) char key[CONFIG_VALUE_MAX];
#include "base/config.def"
#undef CONFIG
};

void config_defaults(struct config *config);
bool config_set(struct config *config, const char *key, const char *value, struct err *err);
bool config_read(struct config *config, const char *path, struct err *err);
bool config_environment(struct config *config, struct err *err); /* SIGNALBOX_STATE_DIR, ... */

/* The rows of config.def, for help; NULL after the last. */
const char *config_key(unsigned n, const char **otherwise, const char **help);

#endif
