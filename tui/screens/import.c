/* One import: its steps with verdicts and counts, its problems by cause, the records that matter. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/screens/import.h"

enum { TAG_RUN = 1, TAG_PROBLEMS, TAG_RECORDS, TAG_CAUSES };

#define PROBLEMS_EACH 3 /* looks */
#define RECORDS_SHOWN 40

static const struct column problem_columns[] = {
    { "N", "open", COLUMN_COUNT, 5, 6, 1, NULL, NULL },
    { "CAUSE", "cause", COLUMN_TEXT, 14, 0, 1, NULL, NULL },
    { "LAST", "last", COLUMN_AGE, 4, 8, 1, NULL, NULL },
    { "FIX", "fix", COLUMN_TEXT, 6, 12, 1, NULL, common_fix },
};

static const struct column cause_columns[] = {
    { "N", "count", COLUMN_COUNT, 6, 6, 1, NULL, NULL },
    { "CAUSE", "why", COLUMN_TEXT, 14, 0, 1, NULL, NULL },
    { "STEP", "step", COLUMN_TEXT, 6, 10, 1, NULL, NULL },
};

static void open_import(struct screen *s, const json_t *args)
{
    struct import *m = s->state;

    m->run = json_int_or(args, "id", 0);
    table_init(&m->steps, import_step_columns, import_step_column_count, "step");
    table_init(&m->problems, problem_columns, sizeof problem_columns / sizeof problem_columns[0],
        "id");
    table_init(&m->causes, cause_columns, sizeof cause_columns / sizeof cause_columns[0], "id");
    table_sort(&m->causes, 0, true);
    table_init(&m->records, import_item_columns, import_item_column_count, "id");
    imports_sum(NULL, &m->sum);
}

static void close_import(struct screen *s)
{
    struct import *m = s->state;

    json_decref(m->row);
    table_clear(&m->steps);
    table_clear(&m->problems);
    table_clear(&m->causes);
    table_clear(&m->records);
}

static void refresh(struct screen *s)
{
    struct import *m = s->state;

    screen_ask(s, "imports.get", json_pack("{s:I}", "run", m->run), TAG_RUN);
    if (m->looks++ % PROBLEMS_EACH == 0)
        screen_ask(s, "problems.list", json_object(), TAG_PROBLEMS);
}

/* Which records of a step a person wants to see first: those that need one. */
static void choose_records(struct import *m, const json_t *step)
{
    static const char *const states[] = { "moved", "parked" };
    static const char *const verdicts[] = { "refused", "changes", "new", "same" };
    char path[24];

    m->verdict = m->state = NULL;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        snprintf(path, sizeof path, "items.%s", states[i]);
        if (m->state == NULL && json_int_or(step, path, 0) > 0)
            m->state = states[i];
    }
    for (size_t i = 0; m->state == NULL && i < sizeof verdicts / sizeof verdicts[0]; i++) {
        snprintf(path, sizeof path, "verdicts.%s", verdicts[i]);
        if (m->verdict == NULL && json_int_or(step, path, 0) > 0)
            m->verdict = verdicts[i];
    }
}

static void ask_records(struct screen *s)
{
    struct import *m = s->state;
    const json_t *step = table_current(&m->steps);
    const char *verdict = m->verdict, *state = m->state;
    json_t *params;

    choose_records(m, step);
    if (verdict != m->verdict || state != m->state ||
        strcmp(m->of, json_text_or(step, "step", "")) != 0)
        table_rows(&m->records, NULL);
    str_copy(m->of, sizeof m->of, json_text_or(step, "step", ""));
    if (json_int_or(step, "read", 0) == 0)
        return;
    params = json_pack("{s:I, s:s, s:i}", "run", m->run, "step", m->of, "limit", RECORDS_SHOWN);
    if (m->verdict != NULL)
        json_object_set_new(params, "verdict", json_string(m->verdict));
    if (m->state != NULL)
        json_object_set_new(params, "state", json_string(m->state));
    screen_ask(s, "imports.items", params, TAG_RECORDS);
}

bool import_is_plan(const struct import *m)
{
    const char *state = json_text_or(m->row, "state", "");

    return strcmp(state, "planning") == 0 || strcmp(state, "planned") == 0;
}

struct table *import_problems(struct import *m)
{
    return import_is_plan(m) && m->causes.shown > 0 ? &m->causes : &m->problems;
}

/* Why records of the plan are refused: now and then, and at once when there are more or fewer. */
static void ask_causes(struct screen *s)
{
    struct import *m = s->state;
    bool moved = m->refused != m->sum.refused;

    if (!import_is_plan(m) || (!moved && (m->looks - 1) % PROBLEMS_EACH != 0) ||
        (m->sum.refused == 0 && m->causes.shown == 0))
        return;
    m->refused = m->sum.refused;
    screen_ask(s, "imports.causes", json_pack("{s:I}", "run", m->run), TAG_CAUSES);
}

/* Records that park have a cause at once. */
static void ask_problems(struct screen *s)
{
    struct import *m = s->state;

    if (m->parked == m->sum.parked)
        return;
    m->parked = m->sum.parked;
    screen_ask(s, "problems.list", json_object(), TAG_PROBLEMS);
}

/* Until somebody chooses a step, the cursor follows the one in hand. */
static void follow(struct import *m)
{
    if (!m->chosen && m->sum.step != NULL)
        table_select(&m->steps, json_text_or(m->sum.step, "step", ""));
}

static void take_run(struct screen *s, const json_t *result)
{
    struct import *m = s->state;

    json_decref(m->row);
    m->row = json_deep_copy(result);
    imports_sum(m->row, &m->sum);
    imports_pace(&m->pace, when_ticks(), &m->sum);
    table_rows(&m->steps, json_incref(json_object_get(m->row, "steps")));
    follow(m);
    ask_records(s);
    ask_causes(s);
    ask_problems(s);
}

/* A cause is what it is about: the cursor stays on it while its number changes. */
static void take_causes(struct import *m, const json_t *result)
{
    json_t *rows = json_deep_copy(json_at(result, "rows")), *row;
    size_t i;

    json_array_foreach(rows, i, row) {
        const char *thing = json_text_or(row, "thing", "");

        json_object_set_new(row, "id", json_sprintf("%s %.50s", json_text_or(row, "step", ""),
            thing[0] != '\0' ? thing : json_text_or(row, "why", "")));
    }
    table_rows(&m->causes, rows);
    if (m->pane == IMPORT_PANE_PROBLEMS)
        return;
    table_command(&m->causes, CMD_TOP); /* nobody chose one: the biggest is seen */
    m->causes.moved = 0;
}

static bool is_ours(const json_t *problem)
{
    static const char *const lanes[] = { "import", "stock", "runs" };
    const char *lane = json_text_or(problem, "lane", "");

    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++)
        if (strcmp(lanes[i], lane) == 0)
            return true;
    return false;
}

static void take_problems(struct import *m, const json_t *result)
{
    const json_t *rows = json_at(result, "rows");
    json_t *ours = json_array(), *row;
    size_t i;

    json_array_foreach(rows, i, row)
        if (is_ours(row))
            json_array_append(ours, row);
    m->problems.more = json_at(result, "next") != NULL; /* 3 shows them all */
    table_rows(&m->problems, ours);
    m->problems_known = true;
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct import *m = s->state;

    if (a->result == NULL)
        return;
    if (tag == TAG_RUN)
        take_run(s, a->result);
    else if (tag == TAG_PROBLEMS)
        take_problems(m, a->result);
    else if (tag == TAG_CAUSES)
        take_causes(m, a->result);
    else
        table_rows(&m->records, json_incref(json_object_get(a->result, "rows")));
}

static struct table *focused(struct screen *s)
{
    struct import *m = s->state;

    return m->pane == IMPORT_PANE_PROBLEMS ? import_problems(m)
        : m->pane == IMPORT_PANE_RECORDS   ? &m->records
                                           : &m->steps;
}

static void next_pane(struct screen *s, int step)
{
    struct import *m = s->state;

    do
        m->pane = (enum import_pane)(((int)m->pane + step + IMPORT_PANES) % IMPORT_PANES);
    while (m->pane != IMPORT_PANE_STEPS && focused(s)->shown == 0);
}

/* What a cause is about, as a mapping: "tax:19|DE|incl"; SKUs and titles stand for products. */
static bool mapping_of(const char *thing, char *kind, size_t size, const char **key)
{
    static const char *const kinds[] = { "tax", "carrier", "gateway", "state", "location", "metafield",
        "terms", "product_type" };
    static const char *const products[] = { "sku", "variant", "title" };
    const char *colon = strchr(thing, ':');

    if (colon == NULL)
        return false;
    snprintf(kind, size, "%.*s", (int)(colon - thing), thing);
    *key = colon + 1;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i], kind) == 0)
            return true;
    *key = thing;
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
        if (strcmp(products[i], kind) == 0)
            return str_copy(kind, size, "product");
    return false;
}

/* What can be mapped is, there and then; else the records that are refused. */
static void open_cause(struct screen *s, const json_t *cause)
{
    struct import *m = s->state;
    json_auto_t *args = NULL;
    const char *key;
    char kind[40];

    if (strcmp(json_text_or(cause, "error", ""), "missing") != 0 ||
        !mapping_of(json_text_or(cause, "thing", ""), kind, sizeof kind, &key)) {
        import_open_items(s, m->run, json_text_or(cause, "step", ""), "refused", "planned");
        return;
    }
    args = json_pack("{s:O, s:s, s:s, s:s}", "backend", json_object_get(m->row, "backend"), "kind", kind,
        "key", key, "title", key);
    screen_open(s, &screen_choose, args);
}

static void open_current(struct screen *s)
{
    struct import *m = s->state;
    const json_t *row = table_current(focused(s));

    if (row == NULL)
        return;
    if (focused(s) == &m->causes)
        open_cause(s, row);
    else if (m->pane == IMPORT_PANE_PROBLEMS)
        common_open_id(s, &screen_error, json_int_or(row, "id", 0));
    else if (m->pane == IMPORT_PANE_RECORDS)
        import_open_item(s, m->run, row);
    else
        import_open_items(s, m->run, json_text_or(row, "step", ""), NULL, NULL);
}

static bool command(struct screen *s, enum command command)
{
    struct import *m = s->state;

    switch ((int)command) {
    case CMD_OPEN: open_current(s); return true;
    case CMD_NEXT_PANE: next_pane(s, 1); return true;
    case CMD_PREV_PANE: next_pane(s, -1); return true;
    case CMD_LESS:
    case CMD_MORE: import_pace_by(s, m->row, m->sum.rate, command == CMD_MORE); return true;
    case CMD_USES:
        if (m->row != NULL)
            import_open_uses(s, m->row);
        return true;
    case CMD_CLINIC:
        if (m->row != NULL)
            import_open_clinic(s, m->run, json_int_or(m->row, "backend", 0));
        return true;
    case CMD_SKIP:
        import_skip_step(s, m->row, table_current(&m->steps));
        return true;
    default: break;
    }
    if (m->row != NULL && import_command(s, command, m->row))
        return true;
    if (!table_command(focused(s), command))
        return false;
    if (m->pane == IMPORT_PANE_STEPS) {
        m->chosen = true;
        if (strcmp(json_text_or(table_current(&m->steps), "step", ""), m->of) != 0)
            ask_records(s);
    }
    return true;
}

static bool within(struct rect r, int y, int x)
{
    return y >= r.y && y < r.y + r.h && x >= r.x && x < r.x + r.w;
}

static void click(struct screen *s, int y, int x)
{
    struct import *m = s->state;

    if (within(m->steps_at, y, x)) {
        m->pane = IMPORT_PANE_STEPS;
        m->chosen = table_click(&m->steps, m->steps_at, y) || m->chosen;
        ask_records(s);
    } else if (within(m->problems_at, y, x) && table_click(import_problems(m), m->problems_at, y)) {
        m->pane = IMPORT_PANE_PROBLEMS;
    } else if (within(m->records_at, y, x) && table_click(&m->records, m->records_at, y)) {
        m->pane = IMPORT_PANE_RECORDS;
    }
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    snprintf(buf, size, "%lld", (long long)((const struct import *)s->state)->run);
}

static const json_t *record(struct screen *s)
{
    struct import *m = s->state;
    const json_t *row = table_current(focused(s));

    return row != NULL ? row : m->row;
}

const struct screen_ops screen_import = {
    .name = "import",
    .scope = SCOPE_IMPORT,
    .size = sizeof(struct import),
    .refresh_ms = 1000,
    .open = open_import,
    .close = close_import,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = import_view,
    .crumb = crumb,
    .table = focused,
    .record = record,
};
