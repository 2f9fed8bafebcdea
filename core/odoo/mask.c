#include "odoo/mask.h"

#include <string.h>

#include "http/mask.h"

#define ROWS_SHOWN 20

static const char *const everywhere[] = {
#define MASK(where, name) MASK_##where(name)
#define MASK_ALL(name)    name,
#define MASK_PEOPLE(name)
#include "odoo/mask.def"
#undef MASK_ALL
#undef MASK_PEOPLE
    NULL
};

static const char *const people[] = {
#define MASK_ALL(name)    name,
#define MASK_PEOPLE(name) name,
#include "odoo/mask.def"
#undef MASK_ALL
#undef MASK_PEOPLE
#undef MASK
    NULL
};

bool mask_is_people(const char *model)
{
    return strcmp(model, "res.partner") == 0 || strcmp(model, "res.users") == 0;
}

static const char *const *keys_of(const char *model)
{
    return mask_is_people(model) ? people : everywhere;
}

/* Does this column of load hold something private: "email", "partner_id/.id" (an id: no). */
static bool column_hides(const char *column, const char *const *keys)
{
    size_t n;
    char name[64];

    while (column != NULL && *column != '\0') {
        n = strcspn(column, "/");
        if (n < sizeof name) {
            memcpy(name, column, n);
            name[n] = '\0';
            if (strcmp(column + n, "/.id") != 0 && strcmp(column + n, "/id") != 0 &&
                mask_hides(name, keys))
                return true;
        }
        column += column[n] == '/' ? n + 1 : n;
    }
    return false;
}

/* load has its names in one list and its values in others. */
static json_t *masked_rows(const json_t *fields, const json_t *rows, const char *const *keys)
{
    json_t *shown = json_array();
    size_t r, c;
    json_t *row, *cell;

    json_array_foreach(rows, r, row)
    {
        json_t *copy = json_array();

        if (r == ROWS_SHOWN)
            break;
        json_array_foreach(row, c, cell)
        {
            bool hide = column_hides(json_string_value(json_array_get(fields, c)), keys) &&
                        json_is_string(cell) && *json_string_value(cell) != '\0';

            if (hide)
                json_array_append_new(copy, json_string("***"));
            else
                json_array_append(copy, cell);
        }
        json_array_append_new(shown, copy);
    }
    return shown;
}

void mask_call(struct str *to, const char *model, const char *method, const json_t *args,
               const json_t *kwargs)
{
    const char *const *keys = keys_of(model);

    str_addf(to, "{\"call\":\"%s.%s\",\"args\":", model, method);
    if (strcmp(method, "load") == 0 && json_array_size(args) == 2) {
        json_t *rows = masked_rows(json_array_get(args, 0), json_array_get(args, 1), keys);

        str_adds(to, "[");
        mask_json(to, json_array_get(args, 0), NULL);
        str_adds(to, ",");
        mask_json(to, rows, NULL);
        str_adds(to, "]");
        json_decref(rows);
    } else if (args != NULL)
        mask_json(to, args, keys);
    else
        str_adds(to, "[]");
    str_adds(to, ",\"kwargs\":");
    if (kwargs != NULL)
        mask_json(to, kwargs, keys);
    else
        str_adds(to, "{}");
    str_adds(to, "}");
}

void mask_answer(struct str *to, const char *model, const json_t *answer)
{
    mask_json(to, answer, keys_of(model));
}
