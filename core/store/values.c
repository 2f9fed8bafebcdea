#include "store/values.h"

#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "base/source.h"
#include "base/str.h"
#include "store/alerts.h"
#include "store/backends.h"
#include "store/db.h"
#include "store/policies.h"
#include "store/settings.h"

#define GROUP_RECORD_MAX (64 * 1024) /* a group with all its members */
#define SHOWN 60                     /* bytes of a wrong value that are repeated */

/* ---- forms ---- */

static bool plain(const char *value)
{
    for (const char *p = value; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return utf8_valid(value, strlen(value));
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

static bool is_address(const char *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    const char *colon = strrchr(value, ':');
    unsigned long long port;
    struct source six;
    size_t len;

    if (colon == NULL || !str_number(colon + 1, 65535, &port))
        return false;
    len = (size_t)(colon - value);
    if (len >= 2 && value[0] == '[' && colon[-1] == ']')
        return source_parse(value + 1, len - 2, &six);
    return strspn(value, letters) == len;
}

static bool is_networks(const char *value)
{
    struct source_list list;

    return source_list_read(&list, value, NULL);
}

static bool is_group(const char *value)
{
    return value[0] != '-' && strpbrk(value, " \t/:,") == NULL;
}

static bool is_url(const char *value)
{
    char url[URL_MAX_LEN];

    return strstr(value, "://") != NULL && backends_odoo_url(value, url, NULL);
}

/* Shopify's versions come in January, April, July and October. */
static bool is_version(const char *value)
{
    static const char digits[] = "0123456789";
    const char *month = value + 5;

    if (strcmp(value, "unstable") == 0)
        return true;
    return strlen(value) == 7 && value[4] == '-' && strspn(value, digits) == 4 &&
           (strcmp(month, "01") == 0 || strcmp(month, "04") == 0 || strcmp(month, "07") == 0 ||
            strcmp(month, "10") == 0);
}

static bool is_file(const char *value)
{
    return value[0] == '/';
}

static const struct {
    bool (*right)(const char *value);
    const char *what, *example;
} forms[] = {
    [VALUE_ADDRESS] = { is_address, "an address with a port", "127.0.0.1:8480 or [::1]:8480" },
    [VALUE_NETWORKS] = { is_networks, "a list of addresses and networks",
                         "10.0.0.0/8, 192.0.2.7, 2001:db8::/32" },
    [VALUE_GROUP] = { is_group, "the name of a Unix group", "signalbox-ops" },
    [VALUE_FILE] = { is_file, "a file with its whole path", "/etc/signalbox/ca.pem" },
    [VALUE_URL] = { is_url, "an https address", "https://hooks.example.com/webhooks" },
    [VALUE_VERSION] = { is_version, "a version of Shopify's API", "2026-10" },
};

static bool check_form(const struct value_rule *rule, const char *value, struct err *err)
{
    const size_t len = strlen(value);

    if (len == 0 && rule->min == 0)
        return true;
    if (len > (size_t)rule->max)
        return err_set(err, ERR_INVALID, "%s: at most %" PRId64 " bytes, e.g. %s", rule->key,
                       rule->max, forms[rule->type].example);
    return (plain(value) && forms[rule->type].right(value)) ||
           err_set(err, ERR_INVALID, "%s: \"%.*s\" is not %s, e.g. %s", rule->key, SHOWN, value,
                   forms[rule->type].what, forms[rule->type].example);
}

bool values_check(const struct value_rule *rule, const char *value, struct err *err)
{
    const size_t len = strlen(value);
    unsigned long long number;

    switch (rule->type) {
    case VALUE_INT:
        return (str_number(value, (unsigned long long)rule->max, &number) &&
                number >= (unsigned long long)rule->min) ||
               err_set(err, ERR_INVALID, "%s: a number from %" PRId64 " to %" PRId64 ", e.g. %s",
                       rule->key, rule->min, rule->max, rule->otherwise);
    case VALUE_CHOICE:
        return is_choice(rule->choices, value) ||
               err_set(err, ERR_INVALID, "%s: one of %s", rule->key, rule->choices);
    case VALUE_TEXT:
        return (len >= (size_t)rule->min && len <= (size_t)rule->max && plain(value)) ||
               err_set(err, ERR_INVALID,
                       "%s: %" PRId64 " to %" PRId64 " bytes of text in one line%s%s", rule->key,
                       rule->min, rule->max, rule->otherwise[0] != '\0' ? ", e.g. " : "",
                       rule->otherwise);
    case VALUE_ADDRESS:
    case VALUE_NETWORKS:
    case VALUE_GROUP:
    case VALUE_FILE:
    case VALUE_URL:
    case VALUE_VERSION:
        return check_form(rule, value, err);
    }
    return err_set(err, ERR_BUG, "%s: a value of unknown type", rule->key);
}

/* ---- what this machine has ---- */

static bool group_here(const char *name)
{
    char *buf AUTO_FREE = malloc(GROUP_RECORD_MAX);
    struct group group, *found = NULL;

    if (buf != NULL)
        getgrnam_r(name, &group, buf, GROUP_RECORD_MAX, &found);
    return found != NULL;
}

static bool file_here(const char *path)
{
    int fd AUTO_CLOSE = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

bool values_found(const struct value_rule *rule, const char *value, struct err *err)
{
    if (value[0] == '\0')
        return true;
    if (rule->type == VALUE_GROUP && !group_here(value))
        return err_set(err, ERR_INVALID,
                       "%s: there is no group \"%.*s\" on this machine: make it first (groupadd), "
                       "or name one that exists, e.g. adm",
                       rule->key, SHOWN, value);
    if (rule->type == VALUE_FILE && !file_here(value))
        return err_set(err, ERR_INVALID,
                       "%s: the core cannot read %.120s: is it there, and may its user read it?",
                       rule->key, value);
    return true;
}

/* ---- alerts ---- */

static void alert_kind(char kind[STORE_NAME_MAX], int64_t backend, const struct value_rule *rule)
{
    snprintf(kind, STORE_NAME_MAX, "%s.%.40s", backend == 0 ? "setting" : "policy", rule->key);
}

bool values_note(struct db *db, int64_t backend, const struct value_rule *rule, const char *value,
                 struct err *err)
{
    char kind[STORE_NAME_MAX], text[ALERT_TEXT_MAX];
    struct err why = { .kind = ERR_NONE };

    alert_kind(kind, backend, rule);
    if (!values_check(rule, value, &why)) {
        snprintf(text, sizeof text, "%.150s. It is not used; %s.", why.text,
                 rule->type == VALUE_NETWORKS && backend != 0 ? "all webhooks are refused"
                                                              : "the default is in its place");
        return alerts_raise(db, backend, kind, ALERT_ERR, text, when_now(), err);
    }
    if (!values_found(rule, value, &why))
        return alerts_raise(db, backend, kind, ALERT_WARN, why.text, when_now(), err);
    return alerts_end(db, backend, kind, when_now(), err);
}

static bool review_settings(struct db *db, struct err *err)
{
    for (unsigned s = 0; s < SETTING_COUNT; s++) {
        struct value_rule rule = settings_rule((enum setting)s);
        char value[SETTING_VALUE_MAX];
        bool stored = false;

        if (!settings_stored(db, (enum setting)s, value, &stored, err) ||
            (stored && !values_note(db, 0, &rule, value, err)))
            return false;
    }
    return true;
}

static bool review_policies(struct db *db, int64_t backend, struct err *err)
{
    for (unsigned p = 0; p < POLICY_COUNT; p++) {
        struct value_rule rule = policies_rule((enum policy)p);
        char value[POLICY_VALUE_MAX];
        bool stored = false;

        if (!policies_stored(db, backend, (enum policy)p, value, &stored, err) ||
            (stored && !values_note(db, backend, &rule, value, err)))
            return false;
    }
    return true;
}

bool values_review(struct db *db, struct err *err)
{
    struct backend *backends AUTO_FREE = calloc(BACKENDS_MAX, sizeof *backends);
    size_t count = BACKENDS_MAX;

    if (backends == NULL)
        return err_set(err, ERR_BUSY, "no memory to read the backends");
    if (!review_settings(db, err) || !backends_list(db, backends, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!review_policies(db, backends[i].id, err))
            return false;
    return true;
}
