/*
 * The records of an import for other programs: all of them, read page by page and written as they
 * come. JSON is one array, a record a line. CSV is quoted as RFC 4180 says; a text that a
 * spreadsheet would take for a formula gets an apostrophe in front.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tui/draw/text.h"
#include "tui/import_cli.h"
#include "tui/imports.h"

#define PAGE        200 /* records; halved while an answer is too long for the protocol */
#define CHANGES_MAX (64 << 10) /* bytes of a record's changes as one text */

static const char *const fields[] = { "id", "step", "record", "title", "verdict", "state",
    "odoo_model", "odoo_id", "made", "job", "error", "thing", "why" };
#define FIELDS (sizeof fields / sizeof fields[0])

struct export {
    const struct import_words *words;
    FILE *out;
    bool json;
    int page;
    long long count;
};

static bool is_formula(const char *text)
{
    static const char *const signs[] = { "=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠" };

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (str_starts(text, signs[i]))
            return true;
    return false;
}

static void put_cell(FILE *out, const char *text)
{
    size_t room = 3 * strlen(text) + 1; /* a control character becomes its picture: three bytes */
    AUTO_FREE char *clean = malloc(room);

    if (clean == NULL)
        return;
    text_clean(clean, room, text);
    fputc('"', out);
    if (is_formula(clean))
        fputc('\'', out);
    for (const char *at = clean; *at != '\0'; at++) {
        if (*at == '"')
            fputc('"', out);
        fputc(*at, out);
    }
    fputc('"', out);
}

/* "Sales Price: 29.95 → 31.5; Weight: 0.18 → 0.21" */
static void put_changes(FILE *out, const json_t *changes)
{
    AUTO_STR text = { 0 };
    char from[2000], to[2000];
    size_t i;
    json_t *change;

    str_init(&text, CHANGES_MAX);
    json_array_foreach(changes, i, change) {
        imports_value(json_at(change, "from"), from, sizeof from);
        imports_value(json_at(change, "to"), to, sizeof to);
        str_addf(&text, "%s%s: %s → %s", i > 0 ? "; " : "",
            json_text_or(change, "label", json_text_or(change, "field", "?")), from, to);
    }
    put_cell(out, text.data);
}

static void put_csv(struct export *e, const json_t *row)
{
    char number[64];

    for (size_t i = 0; i < FIELDS; i++) {
        const json_t *value = json_at(row, fields[i]);

        if (json_is_string(value))
            put_cell(e->out, json_string_value(value));
        else
            fputs(imports_value(value, number, sizeof number), e->out);
        fputc(',', e->out);
    }
    put_changes(e->out, json_at(row, "changes"));
    fputs("\r\n", e->out);
}

static void put_json(struct export *e, const json_t *row)
{
    char *line = json_write(row);

    fprintf(e->out, "%s%s", e->count > 0 ? ",\n" : "", line == NULL ? "{}" : line);
    free(line);
}

static json_t *params_of(const struct export *e, const char *step, json_t *after)
{
    const struct import_words *w = e->words;
    json_t *params = json_pack("{s:I, s:s, s:i}", "run", w->run, "step", step, "limit", e->page);

    if (w->verdict != NULL)
        json_object_set_new(params, "verdict", json_string(w->verdict));
    if (w->state != NULL)
        json_object_set_new(params, "state", json_string(w->state));
    if (w->made)
        json_object_set_new(params, "made", json_true());
    if (after != NULL)
        json_object_set(params, "after", after);
    return params;
}

static bool export_step(struct export *e, struct link *l, const char *step, struct err *err)
{
    json_auto_t *after = NULL;

    for (;;) {
        json_auto_t *page = link_call(l, "imports.items", params_of(e, step, after), IMPORT_WAIT_MS,
            NULL, err);
        size_t i;
        json_t *row;

        if (page == NULL && link_state(l) == LINK_UP && e->page > 1) {
            e->page /= 2;
            err_clear(err);
            continue;
        }
        if (page == NULL)
            return false;
        json_array_foreach(json_object_get(page, "rows"), i, row) {
            if (e->json)
                put_json(e, row);
            else
                put_csv(e, row);
            e->count++;
        }
        if (ferror(e->out))
            return err_set(err, ERR_BUSY, "the output can't be written");
        json_decref(after);
        after = json_incref(json_object_get(page, "next"));
        if (after == NULL || json_is_null(after))
            return true;
    }
}

enum cli_code import_export(struct link *l, const struct import_words *w, FILE *out, struct err *err)
{
    struct export e = { .words = w, .out = out, .page = PAGE,
        .json = w->format != NULL && strcmp(w->format, "json") == 0 };
    bool ok = true;

    if (e.json)
        fputs("[", out);
    for (size_t i = 0; !e.json && i < FIELDS; i++)
        fprintf(out, "%s,", fields[i]);
    if (!e.json)
        fputs("changes\r\n", out);
    for (size_t i = 0; ok && imports_steps[i] != NULL; i++)
        if (w->step == NULL || strcmp(w->step, imports_steps[i]) == 0)
            ok = export_step(&e, l, imports_steps[i], err);
    if (e.json && ok) /* an array that does not end is seen to be cut */
        fputs("]\n", out);
    return fflush(out) == 0 && ok ? CLI_DONE : CLI_REFUSED;
}
