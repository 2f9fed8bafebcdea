#include "control/params.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

struct param {
    char name[32];
    char type[16]; /* text, int, bool, list, object */
    bool needed;
};

/* The next parameter of a spec; false at its end. The specs are ours: they fit. */
static bool next_param(const char **spec, struct param *param)
{
    const char *at = *spec + strspn(*spec, " ");
    size_t len = strcspn(at, " "), name;
    const char *colon;

    if (len == 0)
        return false;
    *spec = at + len;
    param->needed = at[len - 1] != '?';
    if (!param->needed)
        len--;
    colon = memchr(at, ':', len);
    name = colon != NULL ? (size_t)(colon - at) : len;
    snprintf(param->name, sizeof param->name, "%.*s", (int)name, at);
    if (colon != NULL)
        snprintf(param->type, sizeof param->type, "%.*s", (int)(len - name - 1), colon + 1);
    else
        snprintf(param->type, sizeof param->type, "text");
    return true;
}

static bool fits(const json_t *value, const struct param *param, struct err *err)
{
    bool good;

    if (strcmp(param->type, "int") == 0)
        good = json_is_integer(value);
    else if (strcmp(param->type, "bool") == 0)
        good = json_is_boolean(value);
    else if (strcmp(param->type, "list") == 0)
        good = json_is_array(value);
    else if (strcmp(param->type, "object") == 0)
        good = json_is_object(value);
    else
        good = json_is_string(value);
    if (!good)
        return err_set(err, ERR_INVALID, "%s must be %s %s", param->name,
                       strchr("aeiou", param->type[0]) != NULL ? "an" : "a", param->type);
    if (json_string_length(value) > PARAMS_TEXT_MAX)
        return err_set(err, ERR_INVALID, "%s is longer than %d bytes", param->name,
                       PARAMS_TEXT_MAX);
    if (json_array_size(value) > PARAMS_LIST_MAX)
        return err_set(err, ERR_INVALID, "%s has more than %d items", param->name, PARAMS_LIST_MAX);
    return true;
}

static bool known(const char *spec, const char *name)
{
    struct param param;

    while (next_param(&spec, &param))
        if (strcmp(param.name, name) == 0)
            return true;
    return false;
}

bool params_check(const json_t *params, const char *spec, struct err *err)
{
    const char *at = spec, *name;
    struct param param;
    json_t *value, *each = (json_t *)(uintptr_t)params; /* jansson's iterators are not const */

    if (params != NULL && !json_is_null(params) && !json_is_object(params))
        return err_set(err, ERR_INVALID, "the parameters must be an object");
    while (next_param(&at, &param)) {
        value = json_object_get(params, param.name);
        if (value == NULL || json_is_null(value)) {
            if (param.needed)
                return err_set(err, ERR_INVALID, "%s is missing", param.name);
        } else if (!fits(value, &param, err)) {
            return false;
        }
    }
    for (void *it = json_object_iter(each); it != NULL; it = json_object_iter_next(each, it)) {
        name = json_object_iter_key(it);
        if (!known(spec, name))
            return err_set(err, ERR_INVALID, "there is no parameter \"%.60s\"", name);
    }
    return true;
}

json_t *params_describe(const char *spec)
{
    json_t *rows = json_array();
    struct param param;

    while (next_param(&spec, &param))
        json_array_append_new(rows, json_pack("{s:s,s:s,s:b}", "name", param.name, "type",
                                              param.type, "needed", param.needed));
    return rows;
}
