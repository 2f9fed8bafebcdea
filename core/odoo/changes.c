#include "odoo/changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "odoo/records.h"

#define WRITTEN "write_date"

bool changes_cursor_read(const char *text, struct changes_cursor *c)
{
    *c = (struct changes_cursor){ 0 };
    if (sscanf(text, "1 %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %u",
               &c->at, &c->top, &c->wide, &c->from, &c->known, &c->id, &c->pages) == 7)
        return true;
    *c = (struct changes_cursor){ 0 };
    return false;
}

void changes_cursor_write(const struct changes_cursor *c, char text[CHANGES_TEXT_MAX])
{
    snprintf(text, CHANGES_TEXT_MAX,
             "1 %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %u", c->at,
             c->top, c->wide, c->from, c->known, c->id, c->pages);
}

static when written(const json_t *row)
{
    const char *text = json_text(row, WRITTEN);
    when at = 0;

    return text != NULL && when_parse_odoo(text, &at) ? at : 0;
}

bool changes_begin(struct odoo *odoo, struct http *http, const struct changes_query *query,
                   struct changes_cursor *c, struct odoo_trace *trace, struct err *err)
{
    json_auto_t *fields = json_pack("[s]", WRITTEN), *rows = NULL;
    struct records_query newest = { .model = query->model, .domain = query->domain,
                                    .fields = fields, .order = WRITTEN " desc, id desc", .limit = 1,
                                    .archived = true, .class = query->class };

    if (!records_search(odoo, http, &newest, &rows, trace, err))
        return err_within(err, "look for the newest %s", query->model);
    *c = (struct changes_cursor){ .at = written(json_array_get(rows, 0)), .wide = CHANGES_NEVER };
    c->top = c->at;
    return true;
}

/* The query's domain, and: written then or later, and not read yet. */
static json_t *domain_of(const struct changes_query *query, const struct changes_cursor *c)
{
    json_t *domain = query->domain != NULL ? json_copy(query->domain) : json_array();
    char from[WHEN_TEXT_MAX];

    json_array_append_new(domain, json_pack("[sss]", WRITTEN, ">=", when_odoo(c->from, from)));
    if (c->id > 0)
        json_array_append_new(domain, json_pack("[ssI]", "id", ">", (json_int_t)c->id));
    return domain;
}

static void begin_pass(struct changes_cursor *c, when overlap)
{
    c->from = c->at > overlap ? c->at - overlap : 1; /* 1: of ever */
    c->known = c->top;
    c->id = 0;
    c->pages = 0;
}

static void end_pass(struct changes_cursor *c)
{
    c->at = c->pages > 1 ? c->known : c->top;
    c->from = c->known = 0;
    c->id = 0;
    c->pages = 0;
}

bool changes_page(struct odoo *odoo, struct http *http, const struct changes_query *query,
                  when overlap, struct changes_cursor *c, json_t **rows, bool *more,
                  struct odoo_trace *trace, struct err *err)
{
    json_auto_t *fields = json_copy(query->fields), *domain = NULL;
    struct records_query page = { .model = query->model, .limit = CHANGES_PAGE, .archived = true,
                                  .class = query->class };
    const json_t *row;
    size_t i;

    if (c->from == 0)
        begin_pass(c, overlap);
    json_array_append_new(fields, json_string(WRITTEN));
    page.fields = fields;
    page.domain = domain = domain_of(query, c);
    if (!records_search(odoo, http, &page, rows, trace, err))
        return err_within(err, "look for changes of %s", query->model);
    c->pages++;
    json_array_foreach(*rows, i, row) {
        when at = written(row);

        if (at > c->top)
            c->top = at;
        c->id = json_int_or(row, "id", c->id);
    }
    *more = json_array_size(*rows) == CHANGES_PAGE;
    if (!*more)
        end_pass(c);
    return true;
}

void changes_print(const json_t *row, char print[CHANGES_PRINT_MAX])
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    char *text = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);

    for (const char *p = text; p != NULL && *p != '\0'; p++)
        hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
    free(text);
    snprintf(print, CHANGES_PRINT_MAX, "%016" PRIx64, hash);
}

bool changes_gone(struct odoo *odoo, struct http *http, const char *model, json_t *ids,
                  enum pace_class class, json_t **gone, struct odoo_trace *trace, struct err *err)
{
    json_auto_t *fields = json_pack("[s]", "id"), *rows = NULL;
    json_auto_t *domain = json_pack("[[ssO]]", "id", "in", ids);
    struct records_query query = { .model = model, .domain = domain, .fields = fields,
                                   .archived = true, .class = class };
    const json_t *id;
    size_t i;

    if (json_array_size(ids) > RECORDS_LIMIT)
        return err_set(err, ERR_BUG, "more than %d ids at once", RECORDS_LIMIT);
    if (!records_search(odoo, http, &query, &rows, trace, err))
        return err_within(err, "look which %s are left", model);
    *gone = json_array();
    json_array_foreach(ids, i, id) if (records_row(rows, json_integer_value(id)) == NULL)
        json_array_append(*gone, (json_t *)(uintptr_t)id);
    return true;
}
