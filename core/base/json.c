#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

json_t *json_read(const char *text, size_t len, const char *what, struct err *err)
{
    json_error_t error;
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

    /* jansson's text can quote the input, which may be personal: the place is enough */
    if (value == NULL)
        err_set(err, ERR_INVALID, "%s: no valid JSON at line %d, column %d", what, error.line,
                error.column);
    return value;
}

char *json_write(const json_t *value)
{
    return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}

const json_t *json_at(const json_t *value, const char *path)
{
    char key[64];

    while (value != NULL && *path != '\0') {
        size_t n = strcspn(path, ".");
        unsigned long long index;

        if (n >= sizeof key)
            return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        path += path[n] == '.' ? n + 1 : n;
        if (json_is_array(value))
            value = str_number(key, SIZE_MAX, &index) ? json_array_get(value, index) : NULL;
        else
            value = json_object_get(value, key);
    }
    return json_is_null(value) ? NULL : value;
}

const char *json_text(const json_t *value, const char *path)
{
    return json_string_value(json_at(value, path));
}

const char *json_text_or(const json_t *value, const char *path, const char *otherwise)
{
    const char *text = json_text(value, path);

    return text != NULL ? text : otherwise;
}

bool json_int(const json_t *value, const char *path, int64_t *number)
{
    const json_t *found = json_at(value, path);

    if (!json_is_integer(found))
        return false;
    *number = json_integer_value(found);
    return true;
}

int64_t json_int_or(const json_t *value, const char *path, int64_t otherwise)
{
    json_int(value, path, &otherwise);
    return otherwise;
}

double json_real_or(const json_t *value, const char *path, double otherwise)
{
    const json_t *found = json_at(value, path);

    return json_is_number(found) ? json_number_value(found) : otherwise;
}

bool json_flag(const json_t *value, const char *path)
{
    return json_is_true(json_at(value, path));
}

size_t json_len(const json_t *value, const char *path)
{
    return json_array_size(json_at(value, path));
}
