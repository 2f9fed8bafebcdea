#include "sync/sheet.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void sheet_begin(struct sheet *s)
{
    *s = (struct sheet){ .fields = json_array(), .rows = json_pack("[[]]") };
}

void sheet_clear(struct sheet *s)
{
    json_decref(s->fields);
    json_decref(s->rows);
    *s = (struct sheet){ .row = 0 };
}

static size_t column(const struct sheet *s, const char *field)
{
    const json_t *name;
    size_t i;

    json_array_foreach(s->fields, i, name) if (strcmp(json_string_value(name), field) == 0) return i;
    return json_array_size(s->fields);
}

void sheet_text(struct sheet *s, const char *field, const char *text)
{
    size_t at = column(s, field);
    json_t *row = json_array_get(s->rows, s->row);

    if (at < json_array_size(s->fields)) {
        json_array_set_new(row, at, json_string(text != NULL ? text : ""));
        return;
    }
    json_array_append_new(s->fields, json_string(field));
    json_array_append_new(row, json_string(text != NULL ? text : ""));
}

void sheet_id(struct sheet *s, const char *field, int64_t id)
{
    char text[32] = "";

    if (id != 0)
        snprintf(text, sizeof text, "%" PRId64, id);
    sheet_text(s, field, text);
}

void sheet_more(struct sheet *s)
{
    json_t *row = json_array();

    for (size_t i = 0; i < json_array_size(s->fields); i++)
        json_array_append_new(row, json_string(""));
    json_array_append_new(s->rows, row);
    s->row++;
}

json_t *sheet_plan(struct sheet *s, const char *model, const char *xmlid)
{
    json_t *plan = json_pack("{sssss{sssbsb}soso}", "model", model, "xmlid", xmlid, "context",
                             "mode", "update", "noupdate", 1, "tracking_disable", 1, "fields",
                             s->fields, "rows", s->rows);

    *s = (struct sheet){ .row = 0 };
    return plan;
}
