#include "tui/answers.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/str.h"

#define LINE_SIZE 4096

const struct answer answers[] = {
#define ANSWER(step, kind, name, label, hint, needed)                                              \
    { ANSWERS_##step, ANSWER_##kind, #name, label, hint, needed },
#include "tui/answers.def"
#undef ANSWER
};
const size_t answers_count = sizeof answers / sizeof answers[0];

static void add_call(json_t *calls, const char *method, json_t *params)
{
    json_array_append_new(calls, json_pack("{s:s, s:o}", "method", method, "params", params));
}

/* The fields of one kind that have an answer; new object. */
static json_t *fields_of(const json_t *values, enum answers_step first, enum answers_step last,
    enum answer_kind kind)
{
    json_t *fields = json_object();

    for (size_t i = 0; i < answers_count; i++)
        if (answers[i].kind == kind && answers[i].step >= first && answers[i].step <= last &&
            json_text(values, answers[i].name) != NULL)
            json_object_set(fields, answers[i].name, json_object_get(values, answers[i].name));
    return fields;
}

json_t *answers_calls(const json_t *values, enum answers_step first, enum answers_step last,
    json_int_t backend)
{
    json_t *calls = json_array(), *pair = fields_of(values, first, last, ANSWER_PAIR);
    json_t *policies = fields_of(values, first, last, ANSWER_POLICY);
    json_auto_t *secrets = fields_of(values, first, last, ANSWER_SECRET);
    const char *name;
    json_t *value;

    if (backend == 0)
        add_call(calls, "backends.add", pair);
    else if (json_object_size(pair) > 0)
        add_call(calls, "backends.edit", json_pack("{s:I, s:o}", "backend", backend, "values", pair));
    else
        json_decref(pair);
    json_object_foreach(secrets, name, value)
        if (json_string_value(value)[0] != '\0')
            add_call(calls, "secrets.set", json_pack("{s:I, s:s, s:s}", "backend", backend, "name",
                name, "value", json_string_value(value)));
    if (json_object_size(policies) > 0)
        add_call(calls, "backends.edit",
            json_pack("{s:I, s:o}", "backend", backend, "values", policies));
    else
        json_decref(policies);
    if (strcmp(json_text_or(values, "subscribe", ""), "yes") == 0)
        add_call(calls, "subscriptions.ensure", json_pack("{s:I}", "backend", backend));
    return calls;
}

void answers_know(json_t *calls, json_int_t backend)
{
    size_t i;
    json_t *call;

    json_array_foreach(calls, i, call) {
        json_t *params = json_object_get(call, "params");

        if (json_object_get(params, "backend") != NULL)
            json_object_set_new(params, "backend", json_integer(backend));
    }
}

static void wipe_text(const json_t *value)
{
    if (json_is_string(value)) /* jansson frees a text without wiping it */
        explicit_bzero((char *)(uintptr_t)json_string_value(value), json_string_length(value));
}

void answers_wipe(json_t *values)
{
    size_t i;
    json_t *call;

    for (i = 0; i < answers_count; i++)
        if (answers[i].kind == ANSWER_SECRET) {
            wipe_text(json_object_get(values, answers[i].name));
            json_object_del(values, answers[i].name);
        }
    json_array_foreach(values, i, call)
        if (strcmp(json_text_or(call, "method", ""), "secrets.set") == 0)
            wipe_text(json_at(call, "params.value"));
}

/* ---- a file ---- */

static const struct answer *find_answer(const char *name)
{
    for (size_t i = 0; i < answers_count; i++)
        if (strcmp(answers[i].name, name) == 0)
            return &answers[i];
    return NULL;
}

static char *trim(char *text)
{
    size_t len;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
        text[--len] = '\0';
    return text;
}

/* The first line of a file with nothing but a secret. */
static bool read_secret(json_t *values, const char *name, const char *path, struct err *err)
{
    FILE *in = fopen(path, "re");
    char line[LINE_SIZE];
    bool good;

    if (in == NULL)
        return err_set(err, ERR_INVALID, "%.200s cannot be read", path);
    good = fgets(line, sizeof line, in) != NULL && *trim(line) != '\0' &&
        json_object_set_new(values, name, json_string(trim(line))) == 0;
    fclose(in);
    explicit_bzero(line, sizeof line);
    return good || err_set(err, ERR_INVALID, "%.200s holds no secret", path);
}

static bool take(json_t *values, const char *name, const char *value, bool private, struct err *err)
{
    const struct answer *answer = find_answer(name);
    char secret[64];

    if (strcmp(name, "subscribe") == 0) {
        if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
            return err_set(err, ERR_INVALID, "subscribe: yes or no");
        json_object_set_new(values, name, json_string(value));
        return true;
    }
    if (answer == NULL && str_ends(name, "_file") && strlen(name) < sizeof secret) {
        snprintf(secret, sizeof secret, "%.*s", (int)(strlen(name) - strlen("_file")), name);
        answer = find_answer(secret);
        if (answer != NULL && answer->kind == ANSWER_SECRET)
            return read_secret(values, answer->name, value, err);
        answer = NULL;
    }
    if (answer == NULL)
        return err_set(err, ERR_INVALID, "there is no answer %.60s", name);
    if (answer->kind == ANSWER_SECRET && !private)
        return err_set(err, ERR_DENIED, "%s stands in a file that others may read: chmod 600 it, or "
            "use %s_file", name, name);
    if (json_object_get(values, name) != NULL)
        return err_set(err, ERR_INVALID, "%s is answered twice", name);
    return json_object_set_new(values, name, json_string(value)) == 0 ||
        err_set(err, ERR_INVALID, "%s: not UTF-8", name);
}

static bool take_line(json_t *values, char *line, bool private, struct err *err)
{
    char *name = trim(line), *equals = strchr(name, '=');

    if (*name == '\0' || *name == '#')
        return true;
    if (equals == NULL)
        return err_set(err, ERR_INVALID, "a line is: name = value");
    *equals = '\0';
    return take(values, trim(name), trim(equals + 1), private, err);
}

static bool all_needed(const json_t *values, const char *path, struct err *err)
{
    for (size_t i = 0; i < answers_count; i++)
        if (answers[i].needed && json_text_or(values, answers[i].name, "")[0] == '\0')
            return err_set(err, ERR_INVALID, "%.200s: %s is needed", path, answers[i].name);
    return true;
}

json_t *answers_read(const char *path, struct err *err)
{
    FILE *in = fopen(path, "re");
    json_t *values = json_object();
    char line[LINE_SIZE];
    struct stat info;
    int number = 0;
    bool good = in != NULL && fstat(fileno(in), &info) == 0, private = good;

    if (!good)
        err_set(err, ERR_INVALID, "%.200s cannot be read", path);
    private = good && (info.st_mode & (S_IRGRP | S_IROTH)) == 0;
    while (good && fgets(line, sizeof line, in) != NULL) {
        struct err inner = { 0 };

        number++;
        good = take_line(values, line, private, &inner) ||
            err_set(err, inner.kind, "%.200s:%d: %s", path, number, inner.text);
    }
    explicit_bzero(line, sizeof line);
    if (in != NULL)
        fclose(in);
    if (good && all_needed(values, path, err))
        return values;
    answers_wipe(values);
    json_decref(values);
    return NULL;
}
