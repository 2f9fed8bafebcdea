#include "tui/screens/common.h"

#include <stdio.h>
#include <string.h>

const char *common_text(const json_t *value, const char *path)
{
    const char *text = json_text(value, path);

    return text == NULL || *text == '\0' ? NULL : text;
}

static const struct {
    const char *state, *sign;
    enum role role;
} states[] = {
    { "run", "●", ROLE_OK },        { "running", "●", ROLE_OK },  { "idle", "○", ROLE_DIM },
    { "hold", "‖", ROLE_WARN },     { "paused", "‖", ROLE_WARN }, { "breaker", "✗", ROLE_ERR },
    { "ready", "○", ROLE_TEXT },    { "waiting", "▲", ROLE_WARN }, { "parked", "✗", ROLE_ERR },
    { "asking", "▲", ROLE_INFO },   { "noflow", "○", ROLE_DIM },  { "finished", "✓", ROLE_OK },
    { "cancelled", "○", ROLE_DIM }, { "new", "▲", ROLE_WARN },    { "known", "●", ROLE_INFO },
    { "muted", "○", ROLE_DIM },     { "solved", "✓", ROLE_OK },   { "ok", "✓", ROLE_OK },
    { "dup", "○", ROLE_DIM },       { "late", "▲", ROLE_WARN },   { "rej", "✗", ROLE_ERR },
    { "warn", "▲", ROLE_WARN },     { "fail", "✗", ROLE_ERR },    { "err", "✗", ROLE_ERR },
    { "missing", "✗", ROLE_ERR },   { "other", "▲", ROLE_WARN },  { "slow", "▲", ROLE_WARN },
    { "down", "✗", ROLE_ERR },      { "denied", "✗", ROLE_ERR },  { "unknown", "○", ROLE_DIM },
    { "info", "●", ROLE_INFO },
};

static int find(const char *state)
{
    for (int i = 0; i < (int)(sizeof states / sizeof states[0]); i++)
        if (strcmp(states[i].state, state) == 0)
            return i;
    return -1;
}

enum role common_state_role(const char *state)
{
    int i = find(state);

    return i < 0 ? ROLE_TEXT : states[i].role;
}

const char *common_state_sign(const char *state)
{
    int i = find(state);

    return i < 0 ? "○" : states[i].sign;
}

static void state_cell(const json_t *row, char *buf, size_t size, enum role *role)
{
    const char *state = json_text_or(row, "state", "?");

    *role = common_state_role(state);
    snprintf(buf, size, "%s", state);
}

void common_lane_state(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    state_cell(row, buf, size, role);
}

void common_job_state(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    state_cell(row, buf, size, role);
}

void common_problem_state(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    state_cell(row, buf, size, role);
}

void common_run_max(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    (void)role;
    snprintf(buf, size, "%lld/%lld", (long long)json_int_or(row, "running", 0),
        (long long)json_int_or(row, "max", 0));
}

void common_eta(const struct table *t, const json_t *row, char *buf, size_t size, enum role *role)
{
    double eta = json_real_or(row, "eta_s", -1);
    char span[FMT_MAX];

    (void)t;
    if (strcmp(json_text_or(row, "state", ""), "hold") == 0) {
        *role = ROLE_WARN;
        snprintf(buf, size, "held");
    } else {
        snprintf(buf, size, "%s", fmt_span(eta > 0 ? (int64_t)(eta * 1e6) : -1, span));
    }
}

void common_tries(const struct table *t, const json_t *row, char *buf, size_t size, enum role *role)
{
    int64_t tries = json_int_or(row, "tries", 0), most = json_int_or(row, "tries_max", 0);

    (void)t;
    *role = most > 0 && tries >= most ? ROLE_ERR : ROLE_TEXT;
    snprintf(buf, size, "%lld/%lld", (long long)tries, (long long)most);
}

void common_due(const struct table *t, const json_t *row, char *buf, size_t size, enum role *role)
{
    const char *state = json_text_or(row, "state", "");
    int64_t due = json_int_or(row, "due", 0);
    char span[FMT_MAX];

    (void)role;
    if (strcmp(state, "running") == 0)
        snprintf(buf, size, "now");
    else if (strcmp(state, "ready") == 0)
        snprintf(buf, size, "next");
    else if (due == 0 || (strcmp(state, "waiting") != 0))
        snprintf(buf, size, "–");
    else
        snprintf(buf, size, "%s", fmt_span(due > t->now ? due - t->now : 0, span));
}

void common_fix(const struct table *t, const json_t *row, char *buf, size_t size, enum role *role)
{
    (void)t;
    *role = ROLE_INFO;
    snprintf(buf, size, "%s", json_text_or(row, "fix", "–"));
}

static void last_result(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *kind = json_text(row, "last_kind"), *text = json_text(row, "last_text");

    (void)t;
    if (kind != NULL && *kind == '\0')
        kind = NULL;
    if (text != NULL && *text == '\0')
        text = NULL;
    *role = kind == NULL ? ROLE_DIM : ROLE_TEXT;
    if (kind == NULL && text == NULL)
        snprintf(buf, size, "–");
    else
        snprintf(buf, size, "%s%s%s", kind == NULL ? "" : kind, kind != NULL && text != NULL ? ": " : "",
            text == NULL ? "" : text);
}

static int lane_rank(const json_t *lane)
{
    const char *name = json_text_or(lane, "lane", "");

    return str_starts(name, "orders") ? 0
        : str_starts(name, "stock")   ? 1
        : strcmp(name, "import") == 0 ? 3
        : strcmp(name, "upkeep") == 0 ? 4
                                      : 2;
}

json_t *common_lanes(const json_t *lanes)
{
    json_t *sorted = json_array(), *lane;
    size_t i;

    for (int rank = 0; rank <= 4; rank++)
        json_array_foreach(lanes, i, lane)
            if (lane_rank(lane) == rank)
                json_array_append(sorted, lane);
    return sorted;
}

/* A job whose record has no name is known by its kind and id. */
void common_record(const struct table *t, const json_t *row, char *buf, size_t size, enum role *role)
{
    const char *title = common_text(row, "title"), *record = common_text(row, "record");

    (void)t;
    *role = title == NULL ? ROLE_DIM : ROLE_TEXT;
    snprintf(buf, size, "%s", title != NULL ? title : record != NULL ? record : "–");
}

const struct column common_job_columns[] = {
    { "ID", "id", COLUMN_TEXT, 6, 8, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 7, 8, 1, NULL, common_job_state },
    { "RECORD", "title", COLUMN_TEXT, 18, 34, 1, NULL, common_record },
    { "SHOP", "backend", COLUMN_SHOP, 7, 14, 1, NULL, NULL },
    { "KIND", "kind", COLUMN_TEXT, 12, 16, 3, NULL, NULL },
    { "TRY", "tries", COLUMN_COUNT, 4, 5, 1, NULL, common_tries },
    { "AGE", "created", COLUMN_AGE, 5, 8, 1, NULL, NULL },
    { "DUE", "due", COLUMN_COUNT, 5, 5, 1, NULL, common_due },
    { "LAST RESULT", "last_text", COLUMN_TEXT, 12, 0, 1, NULL, last_result },
};
const int common_job_column_count = sizeof common_job_columns / sizeof common_job_columns[0];

void common_prepare(const struct screen *s, struct table *t)
{
    table_shops(t, json_at(screen_overview(s), "backends"));
    t->now = screen_now(s);
    t->time = screen_time(s);
}

int common_fact(struct canvas *c, struct rect in, int y, int label_width, const char *label,
    enum role role, const char *text)
{
    if (y >= in.y + in.h)
        return y;
    canvas_put(c, y, in.x, label_width, ROLE_DIM, label);
    canvas_put(c, y, in.x + label_width + 1, in.w - label_width - 1, role,
        text == NULL || *text == '\0' ? "–" : text);
    return y + 1;
}

void common_open_id(struct screen *s, const struct screen_ops *ops, json_int_t id)
{
    json_auto_t *args = json_pack("{s:I}", "id", id);

    screen_open(s, ops, args);
}

/* {"selector":{"ids":[...],"count":n}} */
static json_t *selector_of(json_t *ids)
{
    return json_pack("{s:{s:O, s:I}}", "selector", "ids", ids, "count",
        (json_int_t)json_array_size(ids));
}

static struct dialog *ask_jobs(struct screen *s, json_t *ids, const char *verb, const char *method,
    const char *done, const char *title, int least_level)
{
    size_t n = json_array_size(ids);
    char text[200], button[48], count[24];
    struct dialog *d;
    int level = n > 1 ? 2 : least_level;

    if (n == 1)
        snprintf(text, sizeof text, "%s job %lld %.80s?", verb,
            (long long)json_integer_value(json_array_get(ids, 0)), title);
    else
        snprintf(text, sizeof text, "%s %zu jobs", verb, n);
    snprintf(button, sizeof button, "%c%s %zu", verb[0] - 'a' + 'A', verb + 1, n);
    d = screen_confirm(s, level, text, button, method, selector_of(ids), done);
    if (n > 1) {
        snprintf(count, sizeof count, "%zu", n);
        dialog_fact(d, "what", "the %zu marked jobs, and no others", n);
        dialog_word(d, count, "Type the number of jobs to go on");
    }
    return d;
}

bool common_job_command(struct screen *s, enum command command, json_t *ids, const char *title)
{
    struct dialog *d;
    struct field *field;

    if (json_array_size(ids) == 0)
        return false;
    switch ((int)command) {
    case CMD_RETRY:
        d = ask_jobs(s, ids, "retry", "jobs.requeue", "queued again", title, 1);
        dialog_fact(d, "undo", "not possible once a job has run");
        return true;
    case CMD_CANCEL_JOB:
        d = ask_jobs(s, ids, "cancel", "jobs.cancel", "cancelled", title, 1);
        dialog_fact(d, "effect", "these jobs never run; the records stay as they are");
        return true;
    case CMD_DONE:
        d = ask_jobs(s, ids, "settle", "jobs.done", "counted as done", title, 2);
        dialog_fact(d, "effect", "counts as done: it was settled by hand");
        form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL)->needed = true;
        return true;
    case CMD_PRIORITY:
        d = ask_jobs(s, ids, "prioritise", "jobs.priority", "priority changed", title, 2);
        field = form_add(&d->form, FIELD_CHOICE, "priority:int", "Priority", NULL);
        form_choices(field, json_pack("[{s:s,s:s},{s:s,s:s},{s:s,s:s},{s:s,s:s},{s:s,s:s},{s:s,s:s}]",
            "value", "0", "label", "0 first", "value", "1", "label", "1", "value", "2", "label", "2",
            "value", "3", "label", "3", "value", "4", "label", "4", "value", "5", "label", "5 last"),
            "0");
        return true;
    case CMD_SNOOZE:
        d = ask_jobs(s, ids, "snooze", "jobs.snooze", "snoozed", title, 2);
        form_add(&d->form, FIELD_TEXT, "until", "Until (2h, 3d, a day)", "1h")->needed = true;
        return true;
    default:
        return false;
    }
}

static void mute(struct screen *s, const json_t *p, const char *until, bool quick)
{
    char title[200];
    struct dialog *d;
    struct field *field;

    snprintf(title, sizeof title, "mute: %.100s", json_text_or(p, "cause", "?"));
    d = screen_confirm(s, 2, title, quick ? "Snooze" : "Mute", "problems.mute",
        json_pack("{s:I}", "id", json_int_or(p, "id", 0)), "muted · u undoes");
    dialog_fact(d, "effect", "its jobs stay parked, the alarm is quiet until then");
    field = form_add(&d->form, FIELD_TEXT, "reason", "Reason", quick ? "snoozed" : "");
    field->needed = true;
    field = form_add(&d->form, FIELD_TEXT, "until", "Until (2h, 3d, a day)", until);
    field->needed = true;
}

static void replay(struct screen *s, const json_t *p)
{
    long long open = (long long)json_int_or(p, "open", 0);
    char title[200], button[48], count[24];
    struct dialog *d;

    if (open == 0) {
        screen_toast(s, ROLE_TOAST_WARN, "no job of this cause waits any more");
        return;
    }
    snprintf(title, sizeof title, "retry %lld jobs", open);
    snprintf(button, sizeof button, "Retry %lld", open);
    snprintf(count, sizeof count, "%lld", open);
    d = screen_confirm(s, 2, title, button, "problems.replay",
        json_pack("{s:I, s:I}", "id", json_int_or(p, "id", 0), "count", (json_int_t)open),
        "queued again");
    dialog_fact(d, "cause", "%s", json_text_or(p, "cause", "?"));
    dialog_fact(d, "pace", "as the limits of both sides allow");
    dialog_fact(d, "undo", "not possible once a job has run");
    dialog_word(d, count, "Type the number of jobs to go on");
}

bool common_problem_command(struct screen *s, enum command command, const json_t *p)
{
    const char *user = json_text_or(screen_hello(s), "user", "");
    bool mine = strcmp(json_text_or(p, "assigned", ""), user) == 0;

    if (p == NULL)
        return false;
    switch ((int)command) {
    case CMD_REPLAY: replay(s, p); return true;
    case CMD_IGNORE: mute(s, p, "7d", false); return true;
    case CMD_SNOOZE: mute(s, p, "1h", true); return true;
    case CMD_ASSIGN:
        screen_do(s, "problems.assign", json_pack("{s:I, s:s}", "id", json_int_or(p, "id", 0),
            "user", mine ? "" : user), mine ? "given back · u undoes" : "yours now · u undoes");
        return true;
    default: return false;
    }
}
