#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/screens/import.h"
#include "tui/widgets/chart.h"

#define HEAD_LINES  5
#define PACE_LINES  6
#define STEPS_LINES 9 /* five steps, head, a line about one of them, frame */

/* ---- cells ---- */

void import_state_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *state = imports_state(row);

    (void)t;
    *role = imports_role(state);
    snprintf(buf, size, "%s %s", imports_sign(state), state);
}

static void word_cell(const json_t *row, const char *path, char *buf, size_t size, enum role *role)
{
    const char *word = json_text_or(row, path, "?");

    *role = imports_role(word);
    snprintf(buf, size, "%s", word);
}

static void state_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    word_cell(row, "state", buf, size, role);
}

static void verdict_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    word_cell(row, "verdict", buf, size, role);
}

static void count_cell(const json_t *row, const char *path, enum role some, char *buf,
    enum role *role)
{
    int64_t n = json_int_or(row, path, 0);

    *role = n > 0 ? some : ROLE_DIM;
    fmt_short(n, buf);
}

static void refused_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    (void)size;
    count_cell(row, "verdicts.refused", ROLE_WARN, buf, role);
}

static void parked_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    (void)size;
    count_cell(row, "items.parked", ROLE_ERR, buf, role);
}

const struct column import_step_columns[] = {
    { "STEP", "step", COLUMN_TEXT, 9, 12, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 8, 10, 1, NULL, state_cell },
    { "SHOPIFY", "shopify", COLUMN_COUNT, 7, 9, 1, NULL, NULL },
    { "ODOO", "odoo", COLUMN_COUNT, 6, 9, 1, NULL, NULL },
    { "READ", "read", COLUMN_COUNT, 6, 9, 4, NULL, NULL },
    { "NEW", "verdicts.new", COLUMN_COUNT, 6, 9, 1, NULL, NULL },
    { "SAME", "verdicts.same", COLUMN_COUNT, 6, 9, 1, NULL, NULL },
    { "CHANGE", "verdicts.changes", COLUMN_COUNT, 6, 9, 1, NULL, NULL },
    { "REFUSED", "verdicts.refused", COLUMN_COUNT, 7, 9, 1, NULL, refused_cell },
    { "DONE", "items.done", COLUMN_COUNT, 6, 9, 1, NULL, NULL },
    { "PARK", "items.parked", COLUMN_COUNT, 5, 7, 1, NULL, parked_cell },
    { "MOVED", "items.moved", COLUMN_COUNT, 5, 7, 4, NULL, NULL },
    { "SKIPPED", "items.skipped", COLUMN_COUNT, 7, 9, 4, NULL, NULL },
};
const int import_step_column_count = sizeof import_step_columns / sizeof import_step_columns[0];

/* "Price 12.90 → 13.90, Weight": as much as fits. */
static void list_changes(const json_t *changes, char *buf, size_t size)
{
    size_t i, len = 0;
    json_t *change;

    json_array_foreach(changes, i, change) {
        char from[80], to[80];

        if (len >= size)
            return;
        imports_value(json_at(change, "from"), from, sizeof from);
        imports_value(json_at(change, "to"), to, sizeof to);
        len += (size_t)snprintf(buf + len, size - len, "%s%.60s %s%s→ %s", i > 0 ? ", " : "",
            json_text_or(change, "label", json_text_or(change, "field", "?")), from,
            from[0] != '\0' ? " " : "", to);
    }
}

void import_what_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *why = common_text(row, "why"), *verdict = json_text_or(row, "verdict", "");

    (void)t;
    *role = ROLE_DIM;
    snprintf(buf, size, "–");
    if (why != NULL) {
        *role = strcmp(json_text_or(row, "state", ""), "parked") == 0 ? ROLE_ERR
            : strcmp(verdict, "refused") == 0                        ? ROLE_WARN
                                                                     : ROLE_TEXT;
        snprintf(buf, size, "%s", why);
    } else if (json_len(row, "changes") > 0) {
        *role = ROLE_TEXT;
        list_changes(json_at(row, "changes"), buf, size);
    } else if (strcmp(verdict, "new") == 0) {
        snprintf(buf, size, json_flag(row, "made") ? "made" : "would be made");
    } else if (strcmp(verdict, "same") == 0) {
        snprintf(buf, size, "is there as it is");
    }
}

static void odoo_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    int64_t id = json_int_or(row, "odoo_id", 0);

    (void)t;
    *role = id != 0 ? ROLE_ODOO : ROLE_DIM;
    if (id != 0)
        snprintf(buf, size, "%lld", (long long)id);
    else
        snprintf(buf, size, "–");
}

const struct column import_item_columns[] = {
    { "RECORD", "title", COLUMN_TEXT, 14, 32, 1, NULL, common_record },
    { "VERDICT", "verdict", COLUMN_TEXT, 7, 9, 1, NULL, verdict_cell },
    { "STATE", "state", COLUMN_TEXT, 7, 9, 1, NULL, state_cell },
    { "ODOO", "odoo_id", COLUMN_TEXT, 5, 9, 1, NULL, odoo_cell },
    { "WHAT", "why", COLUMN_TEXT, 20, 0, 1, NULL, import_what_cell },
    { "SHOPIFY", "record", COLUMN_TEXT, 14, 24, 4, NULL, NULL },
    { "JOB", "job", COLUMN_TEXT, 6, 9, 4, NULL, NULL },
};
const int import_item_column_count = sizeof import_item_columns / sizeof import_item_columns[0];

/* ---- parts ---- */

void import_words(struct canvas *c, struct rect in, const json_t *run)
{
    char words[IMPORTS_WORDS_MAX];
    enum role role;

    imports_words(run, words, &role);
    canvas_putf(c, in.y, in.x, in.w, role, "%s %s", imports_sign(imports_state(run)), words);
}

static void scope_words(const json_t *scope, char *buf, size_t size)
{
    size_t len = 0;
    const char *key;
    json_t *value;

    buf[0] = '\0';
    json_object_foreach((json_t *)(uintptr_t)scope, key, value)
        if (json_is_string(value) && json_string_value(value)[0] != '\0' && len < size) {
            char words[40];

            len += (size_t)snprintf(buf + len, size - len, "%s%s %s", len > 0 ? ", " : "only ",
                keys_word(key, words, sizeof words), json_string_value(value));
            for (char *at = buf; *at != '\0'; at++)
                *at = *at == '_' ? ' ' : *at;
        }
}

/* What else is to be said of a step: its note, its scope, who let it begin. */
static void about_step(const json_t *step, char *buf, size_t size)
{
    const char *note = common_text(step, "note"), *forced = common_text(step, "forced");
    char scope[200];
    size_t len;

    scope_words(json_at(step, "scope"), scope, sizeof scope);
    len = (size_t)snprintf(buf, size, "%s: %s", json_text_or(step, "step", "?"),
        note != NULL              ? note
            : scope[0] != '\0'    ? scope
            : json_flag(step, "paged") ? "all of it, read page by page"
                                  : "all of it");
    if (note != NULL && scope[0] != '\0' && len < size)
        len += (size_t)snprintf(buf + len, size - len, " · %s", scope);
    if (forced != NULL && len < size)
        snprintf(buf + len, size - len, " · went on: %s", forced);
}

void import_draw_steps(struct screen *s, struct canvas *c, struct rect r, struct table *steps,
    bool focused)
{
    const json_t *step = table_current(steps);
    struct rect in = canvas_box(c, r, "steps", NULL, focused);
    char text[400];

    common_prepare(s, steps);
    table_draw(steps, c, (struct rect){ in.y, in.x, in.h - 1, in.w }, focused, true);
    if (step == NULL)
        return;
    about_step(step, text, sizeof text);
    canvas_put(c, in.y + in.h - 1, in.x, in.w, ROLE_DIM, text);
}

static int draw_change(struct canvas *c, struct rect in, int y, const json_t *change)
{
    char from[400], to[400], text[820];
    struct rect rest = { y + 1, in.x + 2, in.y + in.h - y - 1, in.w - 2 };

    canvas_put(c, y, in.x, in.w, ROLE_TITLE,
        json_text_or(change, "label", json_text_or(change, "field", "?")));
    imports_value(json_at(change, "from"), from, sizeof from);
    imports_value(json_at(change, "to"), to, sizeof to);
    snprintf(text, sizeof text, "%s → %s", from[0] != '\0' ? from : "–", to[0] != '\0' ? to : "–");
    return y + 1 + (rest.h > 0 ? canvas_wrap(c, rest, ROLE_TEXT, text) : 0);
}

void import_draw_changes(struct canvas *c, struct rect r, const json_t *item)
{
    const json_t *changes = json_at(item, "changes");
    struct rect in = canvas_box(c, r, item == NULL                    ? "changes"
            : common_text(item, "title") != NULL ? json_text(item, "title")
                                                 : json_text_or(item, "record", "record"),
        json_array_size(changes) > 0 ? "Odoo has → becomes" : NULL, false);
    size_t i;
    json_t *change;
    int y = in.y;

    if (item == NULL)
        return;
    if (common_text(item, "why") != NULL)
        y += canvas_wrap(c, in, imports_role(json_text_or(item, "verdict", "")),
            json_text(item, "why")) + 1;
    json_array_foreach(changes, i, change)
        if (y < in.y + in.h)
            y = draw_change(c, in, y, change);
    if (json_array_size(changes) == 0 && y < in.y + in.h)
        canvas_put(c, y, in.x, in.w, ROLE_DIM, "no field of it is known to change");
}

static void head_note(const struct screen *s, char *buf, size_t size)
{
    const struct import *m = s->state;
    const char *hours = json_text_or(m->row, "hours", "");
    char age[FMT_MAX], pace[40] = "";
    int64_t ended = json_int_or(m->row, "ended", 0);

    if (json_int_or(m->row, "pace", 0) > 0)
        snprintf(pace, sizeof pace, " · at most %lld/min", (long long)json_int_or(m->row, "pace", 0));
    snprintf(buf, size, "by %.40s · %s %s ago%s%.16s%s", json_text_or(m->row, "by", "?"),
        ended != 0 ? "ended" : "began",
        fmt_span(screen_now(s) - (ended != 0 ? ended : json_int_or(m->row, "created", 0)), age),
        hours[0] != '\0' ? " · only " : "", hours, pace);
}

static void draw_bar(const struct imports_sum *sum, struct canvas *c, struct rect in, int y)
{
    char ended[FMT_MAX], total[FMT_MAX], text[120];
    int width;

    snprintf(text, sizeof text, "%3d %%  %s of %s", imports_percent(sum),
        fmt_count(sum->ended, ended), fmt_count(sum->total, total));
    width = in.w - text_width(text) - 2;
    if (width > 4)
        progress_draw(c, y, in.x, width, (double)sum->ended, (double)sum->total);
    canvas_right(c, y, in.x, in.w, ROLE_TEXT, text);
}

static void draw_head(const struct screen *s, struct canvas *c, struct rect r)
{
    const struct import *m = s->state;
    char title[60], note[120], text[200];
    struct rect in;
    int end;

    snprintf(title, sizeof title, "import %lld", (long long)m->run);
    head_note(s, note, sizeof note);
    in = canvas_box(c, r, title, note, false);
    import_words(c, in, m->row);
    draw_bar(&m->sum, c, in, in.y + 1);
    end = in.x + in.w;
    imports_speed(&m->sum, text, sizeof text);
    if (text[0] != '\0')
        end = canvas_right(c, in.y + 2, in.x, in.w, ROLE_TEXT, text) - 2;
    canvas_put(c, in.y + 2, in.x, end - in.x, m->sum.parked > 0 ? ROLE_WARN : ROLE_DIM,
        imports_counts(&m->sum, text, sizeof text));
}

static void draw_problems(struct screen *s, struct canvas *c, struct rect r)
{
    struct import *m = s->state;
    struct table *t = import_problems(m);
    bool on = m->pane == IMPORT_PANE_PROBLEMS, plan = t == &m->causes;
    char title[60];
    struct rect in;

    snprintf(title, sizeof title, "%s %d%s %s", plan ? "refused" : "problems", t->shown,
        t->more ? "+" : "",
        t->shown == 1 ? "cause" : "causes");
    in = canvas_box(c, r, title, t->shown == 0 ? NULL : plan ? "↵ map or look" : "↵ solve", on);
    m->problems_at = in;
    common_prepare(s, t);
    if (t->shown > 0)
        table_draw(t, c, in, on, in.h > 3);
    else if (m->problems_known)
        canvas_put(c, in.y, in.x, in.w, ROLE_OK, "✓ none");
}

static int draw_limit(struct canvas *c, struct rect in, int y, const char *label, double used,
    double most, const char *text)
{
    canvas_put(c, y, in.x, 16, ROLE_TEXT, label);
    gauge_draw(c, y, in.x + 16, in.w - 26, used, most);
    canvas_right(c, y, in.x + in.w - 9, 9, ROLE_TEXT, text);
    return y + 1;
}

/* What the import leaves to everything else: limits, and how long live orders take meanwhile. */
static void draw_pace(const struct screen *s, struct canvas *c, struct rect r)
{
    const json_t *o = screen_overview(s), *b = screen_backend_row(s), *budget = json_at(o, "budget");
    struct rect in = canvas_box(c, r, "pace", "live orders go first", false);
    double used = json_real_or(b, "shopify.used_pct", 0), calls, slots, share = 0;
    char text[60], p95[FMT_MAX];
    int64_t latency;
    size_t i;
    json_t *row;
    int y = in.y;

    snprintf(text, sizeof text, "%.0f%%", used);
    y = draw_limit(c, in, y, "Shopify GraphQL", used, 100, text);
    calls = json_real_or(b, "odoo_side.in_flight", 0);
    slots = json_real_or(b, "odoo_side.ceiling", 0);
    snprintf(text, sizeof text, "%.0f/%.0f", calls, slots);
    y = draw_limit(c, in, y, "Odoo RPC slots", calls, slots, text);
    json_array_foreach(budget, i, row)
        if (strcmp(json_text_or(row, "workload", ""), "import") == 0)
            share = json_real_or(row, "used_pct", 0);
    snprintf(text, sizeof text, "%.0f%%", share);
    y = draw_limit(c, in, y, "import's share", share, 100, text);
    latency = (int64_t)json_real_or(o, "latency.p95_ms", 0);
    fmt_ms(latency > 0 ? latency : -1, p95);
    snprintf(text, sizeof text, "p95 %s", p95);
    canvas_put(c, y, in.x, in.w, ROLE_TEXT, "live order → Odoo");
    canvas_right(c, y, in.x + 18, in.w - 18, ROLE_TEXT, text);
}

static void draw_records(struct screen *s, struct canvas *c, struct rect r)
{
    struct import *m = s->state;
    bool on = m->pane == IMPORT_PANE_RECORDS;
    const char *which = m->state != NULL ? m->state : m->verdict;
    char title[80];
    struct rect in;

    snprintf(title, sizeof title, "%s%s%s", m->of[0] != '\0' ? m->of : "records",
        which != NULL ? " · " : "", which != NULL ? which : "");
    in = canvas_box(c, r, title, "↵ on the step: all of them", on);
    m->records_at = in;
    common_prepare(s, &m->records);
    if (m->records.shown > 0)
        table_draw(&m->records, c, in, on, in.h > 3);
    else
        canvas_put(c, in.y, in.x, in.w, ROLE_DIM, "no record is read yet");
}

static void draw_pane(struct screen *s, struct canvas *c, struct rect r)
{
    struct import *m = s->state;

    if (m->pane == IMPORT_PANE_PROBLEMS)
        draw_problems(s, c, r);
    else if (m->pane == IMPORT_PANE_RECORDS)
        draw_records(s, c, r);
    else
        import_draw_steps(s, c, r, &m->steps, true);
}

static void draw_steps(struct screen *s, struct canvas *c, struct rect r)
{
    struct import *m = s->state;

    m->steps_at = (struct rect){ r.y + 1, r.x + 2, r.h - 3, r.w - 4 };
    import_draw_steps(s, c, r, &m->steps, m->pane == IMPORT_PANE_STEPS);
}

/* The pane of problems is beside the bar; on a narrow screen below, in turn with the records. */
void import_view(struct screen *s, struct canvas *c, struct rect body)
{
    struct import *m = s->state;
    int y = body.y + HEAD_LINES, rest = body.h - HEAD_LINES - STEPS_LINES;
    int left = body.w >= 160 ? body.w * 60 / 100 : body.w >= 110 ? 79 : body.w;

    if (m->row == NULL) {
        screen_waiting(s, c, canvas_box(c, body, "import", NULL, true), "the import");
        return;
    }
    if (screen_zoomed(s)) {
        draw_pane(s, c, body);
        return;
    }
    draw_head(s, c, (struct rect){ body.y, 0, HEAD_LINES, left });
    draw_steps(s, c, (struct rect){ y, 0, STEPS_LINES, left });
    if (left < body.w) {
        draw_problems(s, c, (struct rect){ body.y, left, y + STEPS_LINES - PACE_LINES - body.y,
            body.w - left });
        draw_pace(s, c, (struct rect){ y + STEPS_LINES - PACE_LINES, left, PACE_LINES,
            body.w - left });
    }
    y += STEPS_LINES;
    if (body.w >= 160) {
        draw_records(s, c, (struct rect){ y, 0, rest, left });
        import_draw_changes(c, (struct rect){ y, left, rest, body.w - left },
            table_current(&m->records));
        return;
    }
    if (left < body.w || m->pane == IMPORT_PANE_RECORDS ||
        (import_problems(m)->shown == 0 && m->pane != IMPORT_PANE_PROBLEMS))
        draw_records(s, c, (struct rect){ y, 0, rest, body.w });
    else
        draw_problems(s, c, (struct rect){ y, 0, rest, body.w });
}
