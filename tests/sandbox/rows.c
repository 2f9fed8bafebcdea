#include "tests/sandbox/rows.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define EXTERNAL_A_CALL 1000

void rows_put(json_t *map, json_int_t id, json_t *row, bool list)
{
    char key[24];
    json_t *there;

    snprintf(key, sizeof key, "%lld", (long long)id);
    if (!list) {
        json_object_set(map, key, row);
        return;
    }
    there = json_object_get(map, key);
    if (there == NULL) {
        there = json_array();
        json_object_set_new(map, key, there);
    }
    json_array_append(there, row);
}

const json_t *rows_get(const json_t *map, json_int_t id)
{
    char key[24];

    snprintf(key, sizeof key, "%lld", (long long)id);
    return json_object_get(map, key);
}

json_int_t row_link(const json_t *row, const char *field)
{
    const json_t *v = json_object_get(row, field);

    return json_is_array(v) ? json_integer_value(json_array_get(v, 0)) : 0;
}

const char *row_link_name(const json_t *row, const char *field)
{
    const char *name = json_string_value(json_array_get(json_object_get(row, field), 1));

    return name == NULL ? "" : name;
}

bool rows_map(struct rpc_client *c, const char *model, json_t *domain, const char *fields,
              const char *by, json_t *map, struct err *err)
{
    json_auto_t *rows = rpc_client_all(c, model, domain, fields, err);
    json_t *row;
    size_t i;

    if (rows == NULL)
        return false;
    json_array_foreach(rows, i, row)
        rows_put(map, by == NULL ? json_int_or(row, "id", 0) : row_link(row, by), row, by != NULL);
    return true;
}

static bool external_of(struct rpc_client *c, const char *model, json_t *ids, json_t *to,
                        struct err *err)
{
    json_auto_t *named =
        rpc_client_call(c, model, "get_external_id", json_pack("[O]", ids), json_object(), err);
    json_t *name;
    const char *id;

    if (named == NULL)
        return false;
    json_object_foreach(named, id, name)
        if (json_string_length(name) > 0)
            json_object_set_new(to, json_string_value(name), json_integer(strtoll(id, NULL, 10)));
    json_array_clear(ids);
    return true;
}

json_t *rows_external(struct rpc_client *c, const char *model, const json_t *map, struct err *err)
{
    json_auto_t *ids = json_array();
    json_t *external = json_object(), *row;
    const char *id;
    bool good = true;

    json_object_foreach((json_t *)(uintptr_t)map, id, row) {
        json_array_append(ids, json_object_get(row, "id"));
        if (good && json_array_size(ids) == EXTERNAL_A_CALL)
            good = external_of(c, model, ids, external, err);
    }
    if (good && json_array_size(ids) > 0)
        good = external_of(c, model, ids, external, err);
    if (good)
        return external;
    json_decref(external);
    return NULL;
}

void rows_shop_key(const char *domain, char *to, size_t size)
{
    size_t len = 8;

    memcpy(to, "shopify_", 8);
    for (; *domain != '\0' && *domain != '.' && len + 1 < size; domain++)
        to[len++] = isalnum((unsigned char)*domain) ? (char)tolower((unsigned char)*domain) : '_';
    to[len] = '\0';
}
