#include "tui/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json.h"
#include "base/when.h"

#define YES true
#define NO false
const struct verb verbs[] = {
#define METHOD(name, function, role, audited, params, help)                                        \
    { name, PROTO_##role, audited, params, help },
#include "control/methods.def"
#undef METHOD
};
#undef YES
#undef NO
const size_t verbs_count = sizeof verbs / sizeof verbs[0];

/* Words people use, what the protocol calls it, and what they mean without a second word. */
static const struct {
    const char *word, *noun, *verb, *verb_with_word;
} nouns[] = {
    { "job", "jobs", "list", "get" },
    { "jobs", "jobs", "list", "get" },
    { "queue", "lanes", "list", NULL },
    { "queues", "lanes", "list", NULL },
    { "lane", "lanes", "list", NULL },
    { "lanes", "lanes", "list", NULL },
    { "error", "problems", "list", "get" },
    { "errors", "problems", "list", "get" },
    { "problem", "problems", "list", "get" },
    { "problems", "problems", "list", "get" },
    { "webhook", "webhooks", "list", "get" },
    { "webhooks", "webhooks", "list", "get" },
    { "subscription", "subscriptions", "list", "list" },
    { "subscriptions", "subscriptions", "list", "list" },
    { "record", "records", "search", "search" },
    { "records", "records", "search", "search" },
    { "mapping", "mappings", "kinds", "kinds" },
    { "mappings", "mappings", "kinds", "kinds" },
    { "backend", "backends", "list", "get" },
    { "backends", "backends", "list", "get" },
    { "check", "backends", "check", "check" },
    { "reference", "reference", "refresh", "refresh" },
    { "secret", "secrets", "set", "set" },
    { "secrets", "secrets", "set", "set" },
    { "config", "settings", "list", NULL },
    { "setting", "settings", "list", NULL },
    { "settings", "settings", "list", NULL },
    { "conflict", "conflicts", "list", "show" },
    { "conflicts", "conflicts", "list", "show" },
    { "import", "imports", "list", "get" },
    { "imports", "imports", "list", "get" },
    { "stock", "stock", "risks", NULL },
    { "audit", "audit", "list", NULL },
    { "alert", "alerts", "list", NULL },
    { "alerts", "alerts", "list", NULL },
    { "metric", "metrics", "latency", NULL },
    { "metrics", "metrics", "latency", NULL },
    { "backup", "core", "backup", "backup" },
    { "core", "core", "stop", NULL },
};

const char *verb_alias(size_t i, const char **noun)
{
    if (i >= sizeof nouns / sizeof nouns[0])
        return NULL;
    if (noun != NULL)
        *noun = nouns[i].noun;
    return nouns[i].word;
}

const struct verb *verb_of(const char *method)
{
    for (size_t i = 0; i < verbs_count; i++)
        if (strcmp(verbs[i].method, method) == 0)
            return &verbs[i];
    return NULL;
}

bool verb_param(const char **at, struct verb_param *param)
{
    size_t len, name;

    *at += strspn(*at, " ");
    len = strcspn(*at, " ");
    if (len == 0)
        return false;
    param->optional = (*at)[len - 1] == '?';
    name = strcspn(*at, ":? ");
    snprintf(param->name, sizeof param->name, "%.*s", (int)name, *at);
    if ((*at)[name] == ':')
        snprintf(param->type, sizeof param->type, "%.*s",
            (int)(len - name - 1 - (param->optional ? 1 : 0)), *at + name + 1);
    else
        snprintf(param->type, sizeof param->type, "text");
    *at += len;
    return true;
}

bool verb_changes(const struct verb *verb)
{
    return verb->audited || strcmp(verb->method, "alerts.seen") == 0;
}

bool verb_is_secret(const struct verb *verb, const char *param)
{
    return strcmp(verb->method, "secrets.set") == 0 && strcmp(param, "value") == 0;
}

bool verb_moment(const char *text, int64_t now, int64_t *at)
{
    static const struct {
        char unit;
        int64_t us;
    } units[] = { { 's', WHEN_SECOND }, { 'm', WHEN_MINUTE }, { 'h', WHEN_HOUR },
        { 'd', WHEN_DAY }, { 'w', 7 * WHEN_DAY } };
    char *end, day[32];
    long n = strtol(text, &end, 10);

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (end != text && *end == units[i].unit && end[1] == '\0' && n > 0 && n < 10000) {
            *at = now + n * units[i].us;
            return true;
        }
    snprintf(day, sizeof day, "%.20s%s", text, strlen(text) == 10 ? "T00:00:00Z" : "");
    return when_parse_iso(day, at);
}

static bool find_param(const struct verb *verb, const char *name, struct verb_param *param)
{
    const char *at = verb->params;

    while (verb_param(&at, param))
        if (strcmp(param->name, name) == 0)
            return true;
    return false;
}

static json_t *list_of(const char *text)
{
    json_t *list = json_array();
    AUTO_FREE char *copy = strdup(text);
    char *save, *word;

    for (word = strtok_r(copy, ",", &save); word != NULL; word = strtok_r(NULL, ",", &save)) {
        unsigned long long n;

        json_array_append_new(list, str_number(word, INT64_MAX, &n)
                ? json_integer((json_int_t)n)
                : json_string(word));
    }
    return list;
}

static bool set_value(json_t *params, const struct verb_param *param, const char *text,
    struct err *err)
{
    int64_t at;
    unsigned long long n;

    if (strcmp(param->type, "int") == 0) {
        bool moment = strcmp(param->name, "until") == 0 || strcmp(param->name, "since") == 0;

        if (str_number(text, INT64_MAX, &n))
            at = (int64_t)n;
        else if (moment && verb_moment(text, when_now(), &at))
            at += 0;
        else
            return err_set(err, ERR_INVALID, "%s: %.60s is not %s", param->name, text,
                moment ? "a moment (2h, 3d, 2026-12-01)" : "a number");
        json_object_set_new(params, param->name, json_integer(at));
    } else if (strcmp(param->type, "list") == 0) {
        json_object_set_new(params, param->name, list_of(text));
    } else if (strcmp(param->type, "bool") == 0) {
        json_object_set_new(params, param->name,
            json_boolean(strcmp(text, "no") != 0 && strcmp(text, "false") != 0));
    } else if (strcmp(param->type, "object") == 0) {
        json_t *value = json_read(text, strlen(text), param->name, err);

        if (value == NULL)
            return false;
        json_object_set_new(params, param->name, value);
    } else if (json_object_set_new(params, param->name, json_string(text)) != 0) {
        return err_set(err, ERR_INVALID, "%s: not UTF-8", param->name);
    }
    return true;
}

/* deep: "orders.status" is the status of the object orders. */
static bool set_inside(json_t *object, char *key, bool deep, const char *value)
{
    char *dot = deep ? strchr(key, '.') : NULL;

    if (dot != NULL) {
        json_t *inner;

        *dot = '\0';
        inner = json_object_get(object, key);
        if (!json_is_object(inner)) {
            inner = json_object();
            json_object_set_new(object, key, inner);
        }
        object = inner;
        key = dot + 1;
    }
    return json_object_set_new(object, key, json_string(value)) == 0;
}

/* --set key=value goes into the method's one object. */
static bool set_pair(const struct verb *verb, json_t *params, const char *text, struct err *err)
{
    const char *equals = strchr(text, '=');
    struct verb_param param;
    const char *at = verb->params;
    json_t *object;
    char key[64];

    while (verb_param(&at, &param))
        if (strcmp(param.type, "object") == 0 && equals != NULL) {
            object = json_object_get(params, param.name);
            if (object == NULL) {
                object = json_object();
                json_object_set_new(params, param.name, object);
            }
            snprintf(key, sizeof key, "%.*s", (int)(equals - text), text);
            return set_inside(object, key, strcmp(param.name, "scope") == 0 ||
                strcmp(param.name, "answers") == 0, equals + 1);
        }
    return err_set(err, ERR_INVALID, "--set wants key=value, and a command with values to set");
}

/* --ids, --problem, --lane, --state, --count: the parts of a selector. */
static bool set_selector(json_t *params, const char *name, const char *text, struct err *err)
{
    static const struct verb_param parts[] = { { "ids", "list", true }, { "problem", "int", true },
        { "lane", "text", true }, { "state", "text", true }, { "backend", "int", true },
        { "count", "int", true } };
    json_t *selector = json_object_get(params, "selector");

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strcmp(parts[i].name, name) != 0)
            continue;
        if (selector == NULL) {
            selector = json_object();
            json_object_set_new(params, "selector", selector);
        }
        return set_value(selector, &parts[i], text, err);
    }
    return err_set(err, ERR_INVALID, "no such option: --%.40s", name);
}

static bool set_option(const struct verb *verb, json_t *params, const char *name, const char *text,
    struct err *err)
{
    struct verb_param param;

    if (strcmp(name, "set") == 0)
        return set_pair(verb, params, text, err);
    if (find_param(verb, name, &param)) {
        if (verb_is_secret(verb, name))
            return err_set(err, ERR_INVALID,
                "a secret is never an argument: use --file PATH or standard input");
        return set_value(params, &param, text, err);
    }
    if (find_param(verb, "selector", &param))
        return set_selector(params, name, text, err);
    return err_set(err, ERR_INVALID, "%s has no option --%.40s", verb->method, name);
}

/* A word without a name: the first needed parameter that has no value yet. */
static bool set_next(const struct verb *verb, json_t *params, const char *text, struct err *err)
{
    const char *at = verb->params;
    struct verb_param param;

    while (verb_param(&at, &param)) {
        if (param.optional || json_object_get(params, param.name) != NULL ||
            verb_is_secret(verb, param.name))
            continue;
        if (strcmp(param.name, "selector") == 0)
            return set_selector(params, "ids", text, err);
        return set_value(params, &param, text, err);
    }
    if (strcmp(verb->method, "secrets.set") == 0) /* it may be the secret itself */
        return err_set(err, ERR_INVALID,
            "a secret is never an argument: use --file PATH or standard input");
    return err_set(err, ERR_INVALID, "%s: one word too many: %.60s", verb->method, text);
}

static bool read_words(const struct verb *verb, int count, const char *const *words,
    json_t *params, struct err *err)
{
    for (int i = 0; i < count; i++) {
        const char *equals = strchr(words[i], '=');
        struct verb_param param;
        char name[64];

        if (!str_starts(words[i], "--")) {
            if (!set_next(verb, params, words[i], err))
                return false;
            continue;
        }
        snprintf(name, sizeof name, "%.*s",
            equals == NULL ? 60 : (int)(equals - words[i] - 2 > 60 ? 60 : equals - words[i] - 2),
            words[i] + 2);
        if (equals == NULL && find_param(verb, name, &param) && strcmp(param.type, "bool") == 0)
            equals = "=yes";
        if (equals == NULL && i + 1 == count)
            return err_set(err, ERR_INVALID, "--%.40s wants a value", name);
        if (!set_option(verb, params, name, equals != NULL ? equals + 1 : words[++i], err))
            return false;
    }
    return true;
}

/* Jobs named by their ids are as many as the ids. */
static void count_ids(json_t *params)
{
    json_t *selector = json_object_get(params, "selector");
    size_t n = json_array_size(json_object_get(selector, "ids"));

    if (n > 0 && json_object_get(selector, "count") == NULL)
        json_object_set_new(selector, "count", json_integer((json_int_t)n));
}

static bool check_needed(const struct verb *verb, const json_t *params, struct err *err)
{
    const char *at = verb->params;
    struct verb_param param;

    while (verb_param(&at, &param))
        if (!param.optional && json_object_get(params, param.name) == NULL &&
            !verb_is_secret(verb, param.name))
            return err_set(err, ERR_INVALID, "%s: %s is needed", verb->method, param.name);
    return true;
}

static const struct verb *two_words(const char *noun, const char *verb)
{
    char method[64];

    snprintf(method, sizeof method, "%.30s.%.30s", noun, verb);
    return verb_of(method);
}

/* Which verb the first words name; *used: how many of them. */
static const struct verb *find_verb(int count, const char *const *words, int *used)
{
    const struct verb *verb;
    bool more = count > 1 && !str_starts(words[1], "--");

    *used = 1;
    for (size_t i = 0; i < sizeof nouns / sizeof nouns[0]; i++) {
        if (strcmp(nouns[i].word, words[0]) != 0)
            continue;
        if (more && (verb = two_words(nouns[i].noun, words[1])) != NULL) {
            *used = 2;
            return verb;
        }
        if (more && strcmp(words[1], "retry") == 0 && strcmp(nouns[i].noun, "jobs") == 0) {
            *used = 2;
            return verb_of("jobs.requeue");
        }
        if (more && nouns[i].verb_with_word == NULL)
            return NULL;
        return two_words(nouns[i].noun, more ? nouns[i].verb_with_word : nouns[i].verb);
    }
    return strcmp(words[0], "hello") == 0 || strcmp(words[0], "watch") == 0 ? NULL
                                                                            : verb_of(words[0]);
}

const struct verb *verb_parse(int count, const char *const *words, json_t **params, struct err *err)
{
    json_auto_t *read = json_object();
    const struct verb *verb;
    int used;

    if (count == 0) {
        err_set(err, ERR_INVALID, "no command");
        return NULL;
    }
    verb = find_verb(count, words, &used);
    if (verb == NULL) {
        err_set(err, ERR_INVALID, "no such command: %.40s %.40s", words[0],
            count > 1 ? words[1] : "");
        return NULL;
    }
    if (!read_words(verb, count - used, words + used, read, err))
        return NULL;
    count_ids(read);
    if (!check_needed(verb, read, err))
        return NULL;
    *params = json_incref(read);
    return verb;
}

void verb_usage(const struct verb *verb, struct str *out)
{
    const char *dot = strchr(verb->method, '.');
    const char *at = verb->params;
    struct verb_param param;

    str_addf(out, "%.*s%s%s", dot == NULL ? 60 : (int)(dot - verb->method), verb->method,
        dot == NULL ? "" : " ", dot == NULL ? "" : dot + 1);
    while (verb_param(&at, &param)) {
        if (verb_is_secret(verb, param.name))
            str_adds(out, " [--file PATH]");
        else if (strcmp(param.name, "selector") == 0)
            str_adds(out, " ID,... | --problem N | --lane NAME --state NAME --count N");
        else if (strcmp(param.type, "object") == 0)
            str_adds(out, param.optional ? " [--set KEY=VALUE]" : " --set KEY=VALUE");
        else if (param.optional)
            str_addf(out, " [--%s %s]", param.name, strcmp(param.type, "int") == 0 ? "N" : "TEXT");
        else
            str_addf(out, " <%s>", param.name);
    }
}
