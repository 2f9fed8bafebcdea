#include "tui/show.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tui/draw/text.h"
#include "tui/imports.h"
#include "tui/screens/common.h"
#include "tui/screens/import.h"
#include "tui/widgets/table.h"

#define CELL_MAX 200

static const struct column lanes[] = {
    { "QUEUE", "lane", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "READY", "ready", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "RUN/MAX", "running", COLUMN_COUNT, 0, 0, 1, NULL, common_run_max },
    { "WAIT", "waiting", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "PARKED", "parked", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "ASK", "asking", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "RATE/s", "rate", COLUMN_RATE, 0, 0, 1, NULL, NULL },
    { "LAG", "lag_us", COLUMN_SPAN_US, 0, 0, 1, NULL, NULL },
    { "ETA", "eta_s", COLUMN_SPAN_S, 0, 0, 1, NULL, common_eta },
};
static const struct column jobs[] = {
    { "ID", "id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "QUEUE", "lane", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "RECORD", "title", COLUMN_TEXT, 0, 0, 1, NULL, common_record },
    { "TRY", "tries", COLUMN_COUNT, 0, 0, 1, NULL, common_tries },
    { "AGE", "created", COLUMN_AGE, 0, 0, 1, NULL, NULL },
    { "LAST RESULT", "last_text", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column problems[] = {
    { "ID", "id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "OPEN", "open", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "CAUSE", "cause", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "QUEUE", "lane", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "LAST", "last", COLUMN_AGE, 0, 0, 1, NULL, NULL },
    { "FIX", "fix", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column webhooks[] = {
    { "ID", "id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "TIME", "at", COLUMN_CLOCK, 0, 0, 1, NULL, NULL },
    { "TOPIC", "topic", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "OBJECT", "object", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "VERDICT", "verdict", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "REASON", "reason", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "JOB", "job", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "FROM", "source", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column subscriptions[] = {
    { "STATE", "state", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "TOPIC", "topic", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "ADDRESS", "uri", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column records[] = {
    { "KIND", "kind", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "ID", "id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "RECORD", "title", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "SHOPIFY", "shopify_id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "MODEL", "odoo_model", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "ODOO", "odoo_id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column kinds[] = {
    { "KIND", "kind", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "WHAT", "title", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "OPEN", "open", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "ALL", "all", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
};
static const struct column mappings[] = {
    { "KEY", "key", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "SHOPIFY", "title", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "VALUE", "value", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "ODOO", "label", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "USED", "uses", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "WAITING", "waiting", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
};
static const struct column backends[] = {
    { "ID", "id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "NAME", "name", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "SHOP", "shop", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "ODOO", "odoo_url", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "DATABASE", "odoo_db", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column settings[] = {
    { "KEY", "key", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "VALUE", "value", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "DEFAULT", "default", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "UNIT", "unit", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "WHAT IT DOES", "help", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column audit[] = {
    { "ID", "id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "TIME", "at", COLUMN_AGE, 0, 0, 1, NULL, NULL },
    { "WHO", "user", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "WHAT", "what", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "OBJECT", "object", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "REASON", "reason", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "FROM", "origin", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column alerts[] = {
    { "ID", "id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "AGE", "at", COLUMN_AGE, 0, 0, 1, NULL, NULL },
    { "LEVEL", "level", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "TEXT", "text", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};

static const struct column choices[] = {
    { "VALUE", "value", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "ODOO", "label", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column events[] = {
    { "TIME", "at", COLUMN_AGE, 0, 0, 1, NULL, NULL },
    { "WHAT", "what", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "JOB", "job", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "BY", "by", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "TEXT", "text", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column imports[] = {
    { "RUN", "id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 0, 0, 1, NULL, import_state_cell },
    { "BEGAN", "created", COLUMN_AGE, 0, 0, 1, NULL, NULL },
    { "PLANNED", "planned", COLUMN_AGE, 0, 0, 1, NULL, NULL },
    { "ENDED", "ended", COLUMN_AGE, 0, 0, 1, NULL, NULL },
    { "BY", "by", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "HOURS", "hours", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "WHY", "why", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column items[] = {
    { "ID", "id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "RECORD", "title", COLUMN_TEXT, 0, 0, 1, NULL, common_record },
    { "SHOPIFY", "record", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "VERDICT", "verdict", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "ODOO", "odoo_id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "JOB", "job", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "WHAT", "why", COLUMN_TEXT, 0, 0, 1, NULL, import_what_cell },
};
static const struct column causes[] = {
    { "STEP", "step", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "RECORDS", "count", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "THING", "thing", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "CAUSE", "why", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column uses[] = {
    { "KIND", "kind", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "KEY", "key", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "SHOPIFY", "title", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "USES", "uses", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "VALUE", "value", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "ODOO", "label", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column steps[] = {
    { "STATE", "state", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "STEP", "step", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "WHAT WAS FOUND", "text", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};

static const struct column amounts[] = {
    { "STEP", "step", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "SHOPIFY", "shopify", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "ODOO", "odoo", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "NOTE", "note", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};

static void version_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    (void)role;
    snprintf(buf, size, "%.12s", json_text_or(row, "version", ""));
}

static const struct column conflicts[] = {
    { "ID", "id", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "KIND", "kind", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "RECORD", "title", COLUMN_TEXT, 0, 0, 1, NULL, common_record },
    { "FIELDS", "count", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "AGE", "asked", COLUMN_AGE, 0, 0, 1, NULL, NULL },
    { "VERSION", "version", COLUMN_TEXT, 0, 0, 1, NULL, version_cell },
    { "BY", "by", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "CHOSEN", "summary", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column versions[] = {
    { "FIELD", "field", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "WHAT", "label", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "AGREED", "agreed", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "SHOPIFY", "shopify", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "ODOO", "odoo", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
};
static const struct column waiting[] = {
    { "KIND", "kind", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "OPEN", "open", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "PUT OFF", "skipped", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
    { "OLDEST", "oldest", COLUMN_AGE, 0, 0, 1, NULL, NULL },
};
static const struct column rules[] = {
    { "KIND", "kind", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "FIELD", "field", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "WHAT", "label", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "RULE", "rule", COLUMN_TEXT, 0, 0, 1, NULL, NULL },
    { "OPEN", "open", COLUMN_COUNT, 0, 0, 1, NULL, NULL },
};

static const struct list {
    const char *method, *rows;
    const struct column *columns;
    int count;
} lists[] = {
#define ROWS(method, rows, columns) { method, rows, columns, sizeof columns / sizeof columns[0] }
#define LIST(method, columns) ROWS(method, "rows", columns)
    LIST("lanes.list", lanes),
    LIST("jobs.list", jobs),
    LIST("problems.list", problems),
    LIST("webhooks.list", webhooks),
    LIST("subscriptions.list", subscriptions),
    LIST("records.search", records),
    LIST("mappings.kinds", kinds),
    LIST("mappings.list", mappings),
    LIST("backends.list", backends),
    LIST("settings.list", settings),
    LIST("audit.list", audit),
    LIST("alerts.list", alerts),
    LIST("mappings.choices", choices),
    LIST("conflicts.list", conflicts),
    LIST("conflicts.kinds", waiting),
    LIST("conflicts.rules", rules),
    LIST("imports.list", imports),
    LIST("imports.items", items),
    LIST("imports.uses", uses),
    LIST("imports.causes", causes),
    LIST("imports.counts", amounts),
    ROWS("imports.checks", "checks", steps),
    ROWS("records.timeline", "events", events),
    ROWS("backends.check", "shopify", steps), /* and the other side below it */
    ROWS("backends.check", "odoo", steps),
#undef LIST
#undef ROWS
};

void show_line(FILE *out, const char *text)
{
    char clean[4096];

    fprintf(out, "%s\n", text_clean(clean, sizeof clean, text));
}

static bool to_the_right(const struct column *column)
{
    return column->kind != COLUMN_TEXT && column->kind != COLUMN_CLOCK;
}

static void cell(struct table *t, const json_t *row, int column, char *buf)
{
    char raw[CELL_MAX];

    table_cell(t, row, column, raw, sizeof raw);
    text_clean(buf, CELL_MAX, raw);
}

static void pad(FILE *out, const char *text, int width, bool right, bool last)
{
    int blanks = width - text_width(text);

    if (right)
        fprintf(out, "%*s%s", blanks > 0 ? blanks : 0, "", text);
    else
        fprintf(out, "%s%*s", text, blanks > 0 && !last ? blanks : 0, "");
    fputs(last ? "\n" : "  ", out);
}

static void show_list(FILE *out, const struct list *list, const json_t *rows, when now)
{
    struct table t;
    int widths[TABLE_COLUMNS_MAX];
    char text[CELL_MAX];

    table_init(&t, list->columns, list->count, "id");
    t.now = now;
    table_rows(&t, json_incref((json_t *)(uintptr_t)rows));
    for (int i = 0; i < list->count; i++) {
        widths[i] = text_width(list->columns[i].title);
        for (int r = 0; r < t.shown; r++) {
            cell(&t, table_row(&t, r), i, text);
            widths[i] = text_width(text) > widths[i] ? text_width(text) : widths[i];
        }
    }
    for (int i = 0; i < list->count; i++)
        pad(out, list->columns[i].title, widths[i], to_the_right(&list->columns[i]),
            i == list->count - 1);
    for (int r = 0; r < t.shown; r++)
        for (int i = 0; i < list->count; i++) {
            cell(&t, table_row(&t, r), i, text);
            pad(out, text, widths[i], to_the_right(&list->columns[i]), i == list->count - 1);
        }
    if (t.shown == 0)
        fputs("(nothing)\n", out);
    table_clear(&t);
}

static bool is_moment(const char *name, const json_t *value)
{
    static const char *const names[] = { "at", "now", "started", "ended", "created", "updated", "changed",
        "due", "asked", "answered", "undo_until", "shopify_at", "odoo_at", "first", "last", "until", "since", "held_since", "last_used", "checked" };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(dot == NULL ? name : dot + 1, names[i]) == 0)
            return json_is_integer(value) && json_integer_value(value) > WHEN_DAY * 365;
    return false;
}

/* name.inner: value, one line each; arrays of simple values on one line. */
static void show_value(FILE *out, const char *name, const json_t *value, int depth)
{
    char inner[200], clean[4096];
    const char *key;
    json_t *one;
    size_t i;

    if (json_is_object(value) && depth < 6) {
        json_object_foreach((json_t *)(uintptr_t)value, key, one) {
            snprintf(inner, sizeof inner, "%s%s%s", name, *name != '\0' ? "." : "", key);
            show_value(out, inner, one, depth + 1);
        }
        return;
    }
    if (json_is_array(value) && depth < 6 && json_array_size(value) > 0 &&
        !json_is_number(json_array_get(value, 0))) {
        json_array_foreach(value, i, one) {
            snprintf(inner, sizeof inner, "%s.%zu", name, i);
            show_value(out, inner, one, depth + 1);
        }
        return;
    }
    text_clean(inner, sizeof inner, name);
    if (is_moment(name, value)) {
        fprintf(out, "%s: %s\n", inner, fmt_both(json_integer_value(value), clean));
    } else if (json_is_string(value)) {
        fprintf(out, "%s: %s\n", inner, text_clean(clean, sizeof clean, json_string_value(value)));
    } else {
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));

        fprintf(out, "%s: %s\n", inner, text == NULL ? "?" : text);
        free(text);
    }
}

/* A run in words, then its steps. */
static void show_import(FILE *out, const json_t *run, when now)
{
    const struct list list = { "imports.get", "steps", import_step_columns, import_step_column_count };
    char words[IMPORTS_WORDS_MAX], counts[200], speed[80], line[IMPORTS_WORDS_MAX + 64];
    char ended[FMT_MAX], total[FMT_MAX];
    struct imports_sum sum;
    enum role role;

    imports_sum(run, &sum);
    snprintf(line, sizeof line, "import %lld: %s", (long long)json_int_or(run, "id", 0),
        imports_words(run, words, &role));
    show_line(out, line);
    snprintf(line, sizeof line, "%d %%, %s of %s%s%s%s%s", imports_percent(&sum),
        fmt_count(sum.ended, ended), fmt_count(sum.total, total),
        imports_counts(&sum, counts, sizeof counts)[0] != '\0' ? " · " : "", counts,
        imports_speed(&sum, speed, sizeof speed)[0] != '\0' ? " · " : "", speed);
    show_line(out, line);
    fputs("\n", out);
    show_list(out, &list, json_object_get(run, "steps"), now);
}

/* What it is about in words, and where there are some the three versions. */
static void show_conflict(FILE *out, const json_t *c, when now)
{
    const struct list list = { "conflicts.show", "fields", versions,
        sizeof versions / sizeof versions[0] };
    char line[1200], asked[FMT_MAX];

    snprintf(line, sizeof line, "conflict %lld: %.100s (%.60s), %.20s, asked %s ago, version %.12s",
        (long long)json_int_or(c, "id", 0), json_text_or(c, "title", "?"),
        json_text_or(c, "record", "?"), json_text_or(c, "state", "?"),
        fmt_span(now - json_int_or(c, "asked", now), asked), json_text_or(c, "version", ""));
    show_line(out, line);
    if (json_text_or(c, "summary", "")[0] != '\0') {
        snprintf(line, sizeof line, "%.60s took %.512s", json_text_or(c, "by", "?"),
            json_text_or(c, "summary", ""));
        show_line(out, line);
    }
    if (strcmp(json_text_or(c, "state", ""), "undoing") == 0)
        show_line(out, "it is taken back: what was written is put back, and it is asked again");
    else if (json_text_or(c, "why", "")[0] != '\0')
        show_line(out, json_text(c, "why"));
    if (json_object_get(c, "fields") == NULL)
        return;
    fputs("\n", out);
    show_list(out, &list, json_object_get(c, "fields"), now);
}

void show_result(FILE *out, const char *method, const json_t *result, when now)
{
    bool listed = false;

    if (strcmp(method, "imports.get") == 0) {
        show_import(out, result, now);
        return;
    }
    if (strcmp(method, "conflicts.show") == 0 || strcmp(method, "conflicts.resolve") == 0 ||
        strcmp(method, "conflicts.skip") == 0 || strcmp(method, "conflicts.undo") == 0) {
        show_conflict(out, result, now);
        return;
    }
    if (strcmp(method, "imports.clinic") == 0) {
        const struct list clinic = { method, "rows", import_clinic_columns,
            import_clinic_column_count };

        show_list(out, &clinic, json_object_get(result, "rows"), now);
        listed = true;
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (strcmp(lists[i].method, method) != 0)
            continue;
        if (strcmp(lists[i].rows, "rows") != 0 && strcmp(method, "backends.check") == 0)
            fprintf(out, "%s%s\n", listed ? "\n" : "", lists[i].rows);
        show_list(out, &lists[i], json_object_get(result, lists[i].rows), now);
        listed = true;
    }
    if (listed && json_at(result, "next") != NULL)
        fputs("(there are more: --limit N, or --after with the next of --json)\n", out);
    if (listed)
        return;
    if (json_object_size(result) == 0)
        fputs("done\n", out);
    else
        show_value(out, "", result, 0);
}
