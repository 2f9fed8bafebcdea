/* Queues: state, work and pace of each lane; below, the jobs of the one under the cursor. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"

enum { TAG_JOBS = 1 };

struct queues {
    struct table lanes, jobs;
    char of[64]; /* the lane whose jobs are shown */
    struct rect at;
};

static const struct column columns[] = {
    { "QUEUE", "lane", COLUMN_TEXT, 14, 20, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 6, 8, 1, NULL, common_lane_state },
    { "READY", "ready", COLUMN_COUNT, 6, 9, 1, NULL, NULL },
    { "RUN", "running", COLUMN_COUNT, 5, 8, 1, "RUN/MAX", common_run_max },
    { "WAIT", "waiting", COLUMN_COUNT, 5, 7, 1, NULL, NULL },
    { "PARK", "parked", COLUMN_COUNT, 4, 7, 1, "PARKED", NULL },
    { "ASK", "asking", COLUMN_COUNT, 4, 6, 3, NULL, NULL },
    { "NO FLOW", "noflow", COLUMN_COUNT, 7, 8, 3, NULL, NULL },
    { "/s", "rate", COLUMN_RATE, 5, 7, 1, "RATE/s", NULL },
    { "LAG", "lag_us", COLUMN_SPAN_US, 6, 8, 1, NULL, NULL },
    { "ETA", "eta_s", COLUMN_SPAN_S, 6, 8, 1, NULL, common_eta },
    { "5 MIN", "spark", COLUMN_SPARK, 5, 30, 1, "LAST 5 MIN", NULL },
};

static void open_queues(struct screen *s, const json_t *args)
{
    struct queues *q = s->state;

    (void)args;
    table_init(&q->lanes, columns, sizeof columns / sizeof columns[0], "lane");
    q->lanes.marks_on = true;
    table_init(&q->jobs, common_job_columns, common_job_column_count, "id");
    q->jobs.preview = true;
}

static void close_queues(struct screen *s)
{
    struct queues *q = s->state;

    table_clear(&q->lanes);
    table_clear(&q->jobs);
}

static const char *lane_of(const struct queues *q)
{
    return json_text_or(table_current(&q->lanes), "lane", "");
}

static void ask_jobs(struct screen *s)
{
    struct queues *q = s->state;
    json_t *params;

    if (lane_of(q)[0] == '\0')
        return;
    str_copy(q->of, sizeof q->of, lane_of(q));
    params = screen_params(s);
    json_object_set_new(params, "lane", json_string(q->of));
    json_object_set_new(params, "limit", json_integer(40));
    screen_ask(s, "jobs.list", params, TAG_JOBS);
}

static void topic(struct screen *s, const char *name, const json_t *data)
{
    struct queues *q = s->state;
    json_auto_t *lanes = NULL;
    json_t *mine, *lane;
    size_t i;

    if (strcmp(name, "overview") != 0)
        return;
    lanes = common_lanes(json_object_get(data, "lanes"));
    mine = json_array();
    json_array_foreach(lanes, i, lane)
        if (screen_backend(s) == 0 || json_int_or(lane, "backend", 0) == 0 ||
            json_int_or(lane, "backend", 0) == screen_backend(s))
            json_array_append(mine, lane);
    table_rows(&q->lanes, mine);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct queues *q = s->state;

    if (tag == TAG_JOBS && a->result != NULL)
        table_rows(&q->jobs, json_incref(json_object_get(a->result, "rows")));
}

static json_t *lane_params(struct screen *s, const json_t *lane)
{
    json_t *params = screen_params(s);

    json_object_set(params, "lane", json_object_get(lane, "lane"));
    return params;
}

static void hold(struct screen *s, const json_t *lane)
{
    bool held = strcmp(json_text_or(lane, "state", ""), "hold") == 0;
    const char *name = json_text_or(lane, "lane", "?");
    char text[120], title[160];
    struct dialog *d;

    if (held) {
        snprintf(text, sizeof text, "released %.60s · u undoes", name);
        screen_do(s, "lanes.release", lane_params(s, lane), text);
        return;
    }
    snprintf(title, sizeof title, "hold %.60s", name);
    snprintf(text, sizeof text, "held %.60s · u undoes", name);
    d = screen_confirm(s, 2, title, "Hold", "lanes.hold", lane_params(s, lane), text);
    dialog_fact(d, "effect", "nothing new starts; %lld running jobs finish",
        (long long)json_int_or(lane, "running", 0));
    dialog_fact(d, "undo", "H releases it");
    form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL)->needed = true;
}

static void change_max(struct screen *s, const json_t *lane, int step)
{
    int64_t max = json_int_or(lane, "max", 1) + step;
    json_t *params = lane_params(s, lane);
    char text[120];

    if (max < 1) {
        json_decref(params);
        screen_toast(s, ROLE_TOAST_WARN, "at least one; H holds the queue");
        return;
    }
    json_object_set_new(params, "max", json_integer(max));
    snprintf(text, sizeof text, "%.60s: %lld at once · u undoes", json_text_or(lane, "lane", "?"),
        (long long)max);
    screen_do(s, "lanes.max", params, text);
}

static void open_jobs(struct screen *s, const json_t *lane)
{
    json_auto_t *args = json_pack("{s:O, s:I}", "lane", json_object_get(lane, "lane"), "backend",
        json_int_or(lane, "backend", 0));

    screen_open(s, &screen_jobs, args);
}

static bool command(struct screen *s, enum command command)
{
    struct queues *q = s->state;
    const json_t *lane = table_current(&q->lanes);

    if (lane == NULL)
        return false;
    switch ((int)command) {
    case CMD_OPEN: open_jobs(s, lane); return true;
    case CMD_HOLD: hold(s, lane); return true;
    case CMD_MORE: change_max(s, lane, 1); return true;
    case CMD_LESS: change_max(s, lane, -1); return true;
    default: break;
    }
    if (!table_command(&q->lanes, command))
        return false;
    if (strcmp(lane_of(q), q->of) != 0)
        screen_refresh(s);
    return true;
}

static void draw_held(const struct queues *q, struct canvas *c, struct rect in)
{
    const json_t *lane = table_current(&q->lanes);
    char text[256];

    if (strcmp(json_text_or(lane, "state", ""), "hold") == 0)
        snprintf(text, sizeof text, "held by %s: %s", json_text_or(lane, "held_by", "?"),
            json_text_or(lane, "held_reason", "no reason given"));
    else if (table_marked(&q->lanes) > 0)
        snprintf(text, sizeof text, "%d marked · hold stops new starts, running jobs finish",
            table_marked(&q->lanes));
    else
        snprintf(text, sizeof text, "hold stops new starts, running jobs finish");
    canvas_put(c, in.y + in.h - 1, in.x, in.w, ROLE_DIM, text);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct queues *q = s->state;
    const json_t *o = screen_overview(s);
    char title[96], note[96], count[FMT_MAX];
    int rows = (int)json_array_size(q->lanes.rows);
    int top = rows + 4 > body.h * 3 / 5 ? body.h * 3 / 5 : rows + 4;
    struct rect in;

    top = top < 7 ? 7 : top;
    snprintf(title, sizeof title, "queues %d", rows);
    snprintf(note, sizeof note, "%s ready · %lld of %lld workers busy",
        fmt_count(json_int_or(o, "backlog", 0), count),
        (long long)json_int_or(o, "workers.busy", 0), (long long)json_int_or(o, "workers.total", 0));
    if (screen_zoomed(s))
        top = body.h;
    in = canvas_box(c, (struct rect){ body.y, 0, top, body.w }, title, note, true);
    q->at = (struct rect){ in.y, in.x, in.h - 1, in.w };
    common_prepare(s, &q->lanes);
    table_draw(&q->lanes, c, q->at, true, true);
    draw_held(q, c, in);
    if (top == body.h)
        return;
    snprintf(title, sizeof title, "jobs %s", q->of);
    in = canvas_box(c, (struct rect){ body.y + top, 0, body.h - top, body.w }, title,
        "↵ all of them", false);
    common_prepare(s, &q->jobs);
    if (q->jobs.shown > 0)
        table_draw(&q->jobs, c, in, false, true);
    else
        screen_empty(c, in, "No job here.", "jobs appear when webhooks or changes come in");
}

static void click(struct screen *s, int y, int x)
{
    struct queues *q = s->state;

    (void)x;
    if (table_click(&q->lanes, q->at, y) && strcmp(lane_of(q), q->of) != 0)
        screen_refresh(s);
}

static struct table *list(struct screen *s)
{
    return &((struct queues *)s->state)->lanes;
}

const struct screen_ops screen_queues = {
    .name = "queues",
    .scope = SCOPE_QUEUES,
    .tab = 2,
    .size = sizeof(struct queues),
    .refresh_ms = 2000,
    .open = open_queues,
    .close = close_queues,
    .refresh = ask_jobs,
    .answer = answer,
    .topic = topic,
    .command = command,
    .click = click,
    .view = view,
    .table = list,
};
