#include "base/config.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define FILE_MAX 65536

static const struct {
    const char *key, *otherwise, *help;
    size_t offset;
} rows[] = {
#define CONFIG(key, otherwise, help) { #key, otherwise, help, offsetof(struct config, key) },
#include "base/config.def"
#undef CONFIG
};
#define ROWS (sizeof rows / sizeof rows[0])

void config_defaults(struct config *config)
{
    for (size_t i = 0; i < ROWS; i++)
        str_copy((char *)config + rows[i].offset, CONFIG_VALUE_MAX, rows[i].otherwise);
}

bool config_set(struct config *config, const char *key, const char *value, struct err *err)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].key, key) != 0)
            continue;
        if (strlen(value) >= CONFIG_VALUE_MAX)
            return err_set(err, ERR_INVALID, "%s: longer than %d bytes", key, CONFIG_VALUE_MAX - 1);
        str_copy((char *)config + rows[i].offset, CONFIG_VALUE_MAX, value);
        return true;
    }
    return err_set(err, ERR_INVALID, "unknown key \"%.64s\"", key);
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *text)
{
    size_t n;

    while (isspace((unsigned char)*text))
        text++;
    for (n = strlen(text); n > 0 && isspace((unsigned char)text[n - 1]); n--)
        text[n - 1] = '\0';
    return text;
}

static bool read_line(struct config *config, char *line, struct err *err)
{
    char *value;

    line[strcspn(line, "#")] = '\0';
    line = trim(line);
    if (*line == '\0')
        return true;
    value = strchr(line, '=');
    if (value == NULL)
        return err_set(err, ERR_INVALID, "no \"=\" in it");
    *value++ = '\0';
    return config_set(config, trim(line), trim(value), err);
}

bool config_read(struct config *config, const char *path, struct err *err)
{
    AUTO_FREE char *text = NULL;
    FILE *f = fopen(path, "re");
    size_t len = 0;
    unsigned number = 0;

    if (f == NULL)
        return err_errno(err, ERR_DENIED, errno, "read %s", path);
    text = malloc(FILE_MAX + 1);
    if (text != NULL)
        len = fread(text, 1, FILE_MAX + 1, f);
    fclose(f);
    if (text == NULL)
        return err_set(err, ERR_BUSY, "read %s: no memory", path);
    if (len > FILE_MAX)
        return err_set(err, ERR_INVALID, "%s: larger than %d bytes", path, FILE_MAX);
    text[len] = '\0';
    for (char *line = text, *end; line != NULL; line = end) {
        end = strchr(line, '\n');
        if (end != NULL)
            *end++ = '\0';
        number++;
        if (!read_line(config, line, err))
            return err_within(err, "%s, line %u", path, number);
    }
    return true;
}

bool config_environment(struct config *config, struct err *err)
{
    for (size_t i = 0; i < ROWS; i++) {
        char name[64];
        const char *value;

        snprintf(name, sizeof name, "SIGNALBOX_%s", rows[i].key);
        for (char *p = name; *p != '\0'; p++)
            *p = (char)toupper((unsigned char)*p);
        value = getenv(name);
        if (value != NULL && !config_set(config, rows[i].key, value, err))
            return err_within(err, "environment %s", name);
    }
    return true;
}

const char *config_key(unsigned n, const char **otherwise, const char **help)
{
    if (n >= ROWS)
        return NULL;
    *otherwise = rows[n].otherwise;
    *help = rows[n].help;
    return rows[n].key;
}
