/* Dashboard: are orders flowing, who is blocked, are the limits near? In five seconds. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/widgets/chart.h"

enum pane { PANE_QUEUES, PANE_ERRORS, PANE_ORDERS, PANE_ACTIVITY, PANES };
enum range { RANGE_5M, RANGE_60M, RANGE_24H, RANGES };
enum { TAG_DAY = 1, TAG_SEEN, TAG_IMPORTS };

#define DAY_MINUTES 1440
#define DAY_STEP    15
#define DAY_ASK_US  (30 * WHEN_SECOND) /* the last bar of a day grows slowly */
#define IMPORTS_US  (60 * WHEN_SECOND)

struct dashboard {
    struct table lanes, problems;
    json_t *activity;
    json_t *day; /* orders per 15 minutes, oldest first; NULL: not asked yet */
    int64_t day_asked;
    json_int_t imports_of; /* the shop whose imports were asked for */
    int64_t imports_asked;
    bool offer; /* that shop never had an import */
    enum pane pane;
    enum range range;
    struct rect lanes_at, problems_at;
};

static const char *const range_names[RANGES] = { "5m", "60m", "24h" };

static void cause_count(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    *role = ROLE_WARN;
    fmt_short(json_int_or(row, "open", 0), buf);
    (void)size;
}

static const struct column lane_columns[] = {
    { "QUEUE", "lane", COLUMN_TEXT, 15, 20, 1, NULL, NULL },
    { "STATE", "state", COLUMN_TEXT, 6, 8, 1, NULL, common_lane_state },
    { "READY", "ready", COLUMN_COUNT, 5, 8, 1, NULL, NULL },
    { "RUN", "running", COLUMN_COUNT, 4, 5, 1, NULL, NULL },
    { "WAIT", "waiting", COLUMN_COUNT, 5, 6, 1, NULL, NULL },
    { "PARK", "parked", COLUMN_COUNT, 4, 6, 1, "PARKED", NULL },
    { "ASK", "asking", COLUMN_COUNT, 4, 6, 3, NULL, NULL },
    { "/s", "rate", COLUMN_RATE, 5, 7, 1, "RATE/s", NULL },
    { "LAG", "lag_us", COLUMN_SPAN_US, 6, 8, 1, NULL, NULL },
    { "ETA", "eta_s", COLUMN_SPAN_S, 6, 7, 1, NULL, common_eta },
    { "5 MIN", "spark", COLUMN_SPARK, 7, 30, 1, "LAST 5 MIN", NULL },
};

static const struct column problem_columns[] = {
    { "N", "open", COLUMN_COUNT, 4, 6, 1, NULL, cause_count },
    { "CAUSE", "cause", COLUMN_TEXT, 12, 0, 1, NULL, NULL },
    { "1 H", "spark", COLUMN_SPARK, 6, 12, 1, NULL, NULL },
    { "LAST", "last", COLUMN_AGE, 4, 8, 1, NULL, NULL },
};

static void open_dashboard(struct screen *s, const json_t *args)
{
    struct dashboard *d = s->state;
    int64_t pane = json_int_or(args, "pane", 0);

    d->pane = pane > 0 && pane < PANES ? (enum pane)pane : PANE_QUEUES;
    d->range = RANGE_60M;
    for (int i = 0; i < RANGES; i++)
        if (strcmp(range_names[i], json_text_or(args, "range", "")) == 0)
            d->range = (enum range)i;
    table_init(&d->lanes, lane_columns, sizeof lane_columns / sizeof lane_columns[0], "lane");
    table_init(&d->problems, problem_columns, sizeof problem_columns / sizeof problem_columns[0],
        "id");
}

static void close_dashboard(struct screen *s)
{
    struct dashboard *d = s->state;

    table_clear(&d->lanes);
    table_clear(&d->problems);
    json_decref(d->activity);
    json_decref(d->day);
}

static void keep(const struct screen *s, json_t *args)
{
    const struct dashboard *d = s->state;

    json_object_set_new(args, "pane", json_integer(d->pane));
    json_object_set_new(args, "range", json_string(range_names[d->range]));
}

static void ask_day(struct screen *s)
{
    struct dashboard *d = s->state;

    if (d->range != RANGE_24H || (d->day_asked != 0 && when_ticks() - d->day_asked < DAY_ASK_US))
        return;
    d->day_asked = when_ticks();
    screen_ask(s, "metrics.series", json_pack("{s:s, s:i, s:i}", "name", "orders.confirmed", "minutes",
        DAY_MINUTES, "step", DAY_STEP), TAG_DAY);
}

/* Has this shop ever had an import? */
static void ask_imports(struct screen *s)
{
    struct dashboard *d = s->state;
    json_int_t backend = screen_backend(s);

    if (backend == 0 || (backend == d->imports_of && when_ticks() - d->imports_asked < IMPORTS_US))
        return;
    d->offer = d->offer && backend == d->imports_of;
    d->imports_of = backend;
    d->imports_asked = when_ticks();
    screen_ask(s, "imports.list", json_pack("{s:I, s:i}", "backend", backend, "limit", 1), TAG_IMPORTS);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct dashboard *d = s->state;

    if (tag == TAG_IMPORTS)
        d->offer = a->result != NULL && json_len(a->result, "rows") == 0;
    if (tag != TAG_DAY || a->result == NULL)
        return;
    json_decref(d->day);
    d->day = json_deep_copy(json_at(a->result, "values"));
}

static void topic(struct screen *s, const char *name, const json_t *data)
{
    struct dashboard *d = s->state;

    if (strcmp(name, "overview") == 0) {
        table_rows(&d->lanes, common_lanes(json_object_get(data, "lanes")));
        table_rows(&d->problems, json_incref(json_object_get(json_object_get(data, "problems"), "top")));
    } else if (strcmp(name, "activity") == 0) {
        json_decref(d->activity);
        d->activity = json_incref(json_object_get(data, "rows"));
    }
    ask_day(s);
    ask_imports(s);
}

static void note(const struct screen *s, char *buf, size_t size)
{
    if (((const struct dashboard *)s->state)->offer)
        snprintf(buf, size, "nothing imported yet: 9 to begin");
}

static struct table *focused(struct screen *s)
{
    struct dashboard *d = s->state;

    return d->pane == PANE_QUEUES ? &d->lanes : d->pane == PANE_ERRORS ? &d->problems : NULL;
}

/* The panels that can have the focus; the activity is on wide screens only. */
static enum pane next_pane(const struct screen *s, enum pane pane, int step)
{
    do
        pane = (enum pane)(((int)pane + step + PANES) % PANES);
    while (pane == PANE_ACTIVITY && !screen_is_wide(s));
    return pane;
}

static void change_range(struct screen *s, int step)
{
    struct dashboard *d = s->state;
    int range = (int)d->range + step;

    if (range < 0 || range >= RANGES) {
        screen_toast(s, ROLE_TOAST_WARN, step < 0 ? "5 minutes are the shortest range"
                                                  : "24 hours are the longest range");
        return;
    }
    d->range = (enum range)range;
    ask_day(s);
}

static void open_current(struct screen *s)
{
    struct dashboard *d = s->state;
    const json_t *row = focused(s) == NULL ? NULL : table_current(focused(s));
    json_auto_t *args = NULL;

    if (d->pane == PANE_ORDERS || d->pane == PANE_ACTIVITY)
        screen_open(s, &screen_jobs, NULL);
    if (row == NULL)
        return;
    if (d->pane == PANE_ERRORS) {
        common_open_id(s, &screen_error, json_int_or(row, "id", 0));
        return;
    }
    args = json_pack("{s:s, s:I}", "lane", json_text_or(row, "lane", ""), "backend",
        json_int_or(row, "backend", 0));
    screen_open(s, &screen_jobs, args);
}

static void see_alerts(struct screen *s)
{
    const json_t *rows = json_at(screen_overview(s), "alerts");
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
        screen_ask(s, "alerts.seen", json_pack("{s:I}", "id", json_int_or(row, "id", 0)), TAG_SEEN);
    screen_toast(s, ROLE_TOAST_OK, "alerts seen");
}

static bool command(struct screen *s, enum command command)
{
    struct dashboard *d = s->state;

    switch ((int)command) {
    case CMD_OPEN: open_current(s); return true;
    case CMD_NEXT_PANE: d->pane = next_pane(s, d->pane, 1); return true;
    case CMD_PREV_PANE: d->pane = next_pane(s, d->pane, -1); return true;
    case CMD_SHORTER: change_range(s, -1); return true;
    case CMD_LONGER: change_range(s, 1); return true;
    case CMD_ALERT_SEEN: see_alerts(s); return true;
    default: return false;
    }
}

/* What the curve shows; new reference. The last five minutes come from the orders' own queue. */
static json_t *orders_of(const struct screen *s)
{
    const struct dashboard *d = s->state;
    const json_t *o = screen_overview(s), *lanes = json_at(o, "lanes");
    size_t i;
    json_t *lane;

    if (d->range == RANGE_24H)
        return json_incref(d->day);
    if (d->range == RANGE_60M)
        return json_incref((json_t *)(uintptr_t)json_at(o, "orders.minutes"));
    json_array_foreach(lanes, i, lane)
        if (strcmp(json_text_or(lane, "lane", ""), "orders") == 0)
            return json_incref(json_object_get(lane, "spark"));
    return NULL;
}

static void orders_note(const struct screen *s, char *buf, size_t size, bool wide)
{
    const struct dashboard *d = s->state;
    const json_t *o = screen_overview(s);
    double avg = json_real_or(o, "orders.avg", 0);
    char average[48];
    size_t len = 0;

    if (d->range != RANGE_60M) { /* the other figures are of the hour */
        snprintf(buf, size, "%s · now %lld/min", range_names[d->range],
            (long long)json_real_or(o, "orders.now", 0));
        return;
    }
    if (wide)
        len = (size_t)snprintf(buf, size, "%s · ", range_names[d->range]);
    snprintf(average, sizeof average, avg < 10 ? " · avg %.1f" : " · avg %.0f", avg);
    snprintf(buf + len, size - len, "now %lld%s · peak %lld",
        (long long)json_real_or(o, "orders.now", 0), wide ? average : "",
        (long long)json_real_or(o, "orders.peak", 0));
}

static void draw_orders(const struct screen *s, struct canvas *c, struct rect r)
{
    static const char *const titles[RANGES] = { "orders/10 s", "orders/min", "orders/15 min" };
    static const char *const begins[RANGES] = { "-5m", "-60m", "-24h" };
    static const char *const middles[RANGES] = { "-2½m", "-30m", "-12h" };
    const struct dashboard *d = s->state;
    json_auto_t *values = orders_of(s);
    char note[120];
    struct rect in, plot;
    double top;
    int axis = r.w >= 70 ? 6 : 0;

    orders_note(s, note, sizeof note, r.w >= 60);
    in = canvas_box(c, r, titles[d->range], note, d->pane == PANE_ORDERS);
    plot = (struct rect){ in.y, in.x + axis, in.h - 1, in.w - axis };
    top = chart_draw(c, plot, values, 0);
    canvas_put(c, in.y + in.h - 1, plot.x, 6, ROLE_FAINT, begins[d->range]);
    canvas_put(c, in.y + in.h - 1, plot.x + plot.w / 2 - 2, 5, ROLE_FAINT, middles[d->range]);
    canvas_right(c, in.y + in.h - 1, plot.x + plot.w - 5, 5, ROLE_FAINT, "now");
    if (axis > 0 && top > 0) {
        snprintf(note, sizeof note, "%.0f", top);
        canvas_right(c, in.y, in.x, axis - 1, ROLE_FAINT, note);
        canvas_right(c, in.y + in.h - 2, in.x, axis - 1, ROLE_FAINT, "0");
    }
    if (d->pane == PANE_ORDERS)
        canvas_cursor(c, in.y, in.x);
}

static int draw_limit(struct canvas *c, struct rect in, int y, const char *label, double used,
    double most, const char *text)
{
    int label_width = in.w >= 34 ? 15 : 8, text_cols = 10;
    int bar = in.w - label_width - text_cols - 2;

    if (y >= in.y + in.h)
        return y;
    canvas_put(c, y, in.x, label_width, ROLE_TEXT, label);
    gauge_draw(c, y, in.x + label_width + 1, bar, used, most);
    canvas_right(c, y, in.x + in.w - text_cols, text_cols, ROLE_TEXT, text);
    return y + 1;
}

static void draw_budgets(const struct screen *s, struct canvas *c, struct rect in, int y)
{
    const json_t *budget = json_at(screen_overview(s), "budget");
    size_t i;
    json_t *row;
    char text[40];

    json_array_foreach(budget, i, row) {
        double pct = json_real_or(row, "used_pct", 0);

        snprintf(text, sizeof text, "%.0f%%", pct);
        y = draw_limit(c, in, y, json_text_or(row, "workload", "?"), pct, 100, text);
    }
}

static void draw_limits(const struct screen *s, struct canvas *c, struct rect r)
{
    const json_t *o = screen_overview(s), *b = screen_backend_row(s);
    struct rect in = canvas_box(c, r, "limits", "used", false);
    double most = json_real_or(b, "shopify.maximum", 0);
    double used = most - json_real_or(b, "shopify.available", most);
    double slots = json_real_or(b, "odoo_side.ceiling", 0);
    double calls = json_real_or(b, "odoo_side.in_flight", 0);
    int64_t throttled = json_int_or(b, "shopify.throttled_5m", 0);
    bool wide = in.w >= 34;
    char text[64];
    int y = in.y;

    snprintf(text, sizeof text, "%.0f/%.0f", used, most);
    y = draw_limit(c, in, y, wide ? "Shopify GraphQL" : "GraphQL", used, most, text);
    snprintf(text, sizeof text, "%.0f/%.0f", calls, slots);
    y = draw_limit(c, in, y, wide ? "Odoo RPC slots" : "Odoo rpc", calls, slots, text);
    snprintf(text, sizeof text, "%lld/%lld", (long long)json_int_or(o, "workers.busy", 0),
        (long long)json_int_or(o, "workers.total", 0));
    y = draw_limit(c, in, y, "Workers", json_real_or(o, "workers.busy", 0),
        json_real_or(o, "workers.total", 0), text);
    if (y < in.y + in.h) {
        snprintf(text, sizeof text, "%lld in 5m", (long long)throttled);
        canvas_put(c, y, in.x, 16, ROLE_TEXT, "throttled");
        canvas_right(c, y++, in.x + 10, in.w - 10, throttled > 0 ? ROLE_WARN : ROLE_DIM, text);
    }
    draw_budgets(s, c, in, y);
}

static void draw_lanes(struct screen *s, struct canvas *c, struct rect r)
{
    struct dashboard *d = s->state;
    const json_t *o = screen_overview(s);
    char note[96], count[FMT_MAX], span[FMT_MAX];
    double drain = json_real_or(o, "drain_s", -1);
    struct rect in;

    fmt_count(json_int_or(o, "backlog", 0), count);
    if (drain >= 0)
        snprintf(note, sizeof note, "backlog %s · drained in %s", count,
            fmt_span((int64_t)(drain * 1e6), span));
    else
        snprintf(note, sizeof note, "backlog %s", count);
    in = canvas_box(c, r, "queues", note, d->pane == PANE_QUEUES);
    d->lanes_at = in;
    common_prepare(s, &d->lanes);
    table_draw(&d->lanes, c, in, d->pane == PANE_QUEUES, true);
    if (o != NULL && d->lanes.shown == 0)
        screen_empty(c, in, "No shop is connected yet.", "7 opens the set-up, w goes step by step");
}

static void draw_problems(struct screen *s, struct canvas *c, struct rect r)
{
    struct dashboard *d = s->state;
    const json_t *o = screen_overview(s);
    char title[64], note[64];
    struct rect in;

    snprintf(title, sizeof title, "errors %lld causes",
        (long long)json_int_or(o, "problems.causes", 0));
    snprintf(note, sizeof note, "%lld open", (long long)json_int_or(o, "problems.open", 0));
    in = canvas_box(c, r, title, note, d->pane == PANE_ERRORS);
    d->problems_at = in;
    common_prepare(s, &d->problems);
    table_draw(&d->problems, c, in, d->pane == PANE_ERRORS, false);
    if (o != NULL && d->problems.shown == 0)
        canvas_put(c, in.y, in.x, in.w, ROLE_OK, "✓ nothing is wrong");
    if (d->pane == PANE_ERRORS && d->problems.shown == 0)
        canvas_cursor(c, in.y, in.x);
}

static int draw_alerts(const struct screen *s, struct canvas *c, struct rect in, int y)
{
    const json_t *alerts = json_at(screen_overview(s), "alerts");
    size_t i;
    json_t *row;

    json_array_foreach(alerts, i, row) {
        const char *level = json_text_or(row, "level", "info");

        if (y >= in.y + in.h)
            break;
        canvas_putf(c, y++, in.x, in.w, common_state_role(level), "%s %s", common_state_sign(level),
            json_text_or(row, "text", "?"));
    }
    return y;
}

static void draw_guard(const struct screen *s, struct canvas *c, struct rect r)
{
    const json_t *o = screen_overview(s);
    struct rect in = canvas_box(c, r, "peak guard", NULL, false);
    char p50[FMT_MAX], p95[FMT_MAX], text[96];
    int y = in.y;
    int64_t bad = json_int_or(o, "webhooks.bad_5m", 0);

    fmt_ms((int64_t)json_real_or(o, "latency.p50_ms", -1), p50);
    fmt_ms((int64_t)json_real_or(o, "latency.p95_ms", -1), p95);
    snprintf(text, sizeof text, "p50 %s  p95 %s", p50, p95);
    canvas_put(c, y, in.x, in.w, ROLE_TEXT, "order→Odoo");
    canvas_right(c, y++, in.x + 11, in.w - 11, ROLE_TEXT, text);
    fmt_span(json_int_or(o, "webhooks.oldest_us", -1), p50);
    canvas_put(c, y, in.x, in.w, ROLE_TEXT, "oldest waiting");
    canvas_right(c, y++, in.x + 15, in.w - 15, ROLE_TEXT, p50);
    snprintf(text, sizeof text, "%.0f/s  bad %lld  dup %lld",
        json_real_or(o, "webhooks.per_s", 0), (long long)bad,
        (long long)json_int_or(o, "webhooks.dup_5m", 0));
    canvas_put(c, y, in.x, in.w, ROLE_TEXT, "webhooks");
    canvas_right(c, y++, in.x + 9, in.w - 9, bad > 0 ? ROLE_WARN : ROLE_TEXT, text);
    y = draw_alerts(s, c, in, y);
    if (y < in.y + in.h && json_len(o, "alerts") == 0)
        canvas_put(c, y, in.x, in.w, ROLE_OK, "✓ no alert");
}

/* Wide screens: how long orders take, as bars, and then the guard's lines. */
static void draw_latency(const struct screen *s, struct canvas *c, struct rect r)
{
    const json_t *o = screen_overview(s), *buckets = json_at(o, "latency.buckets");
    struct rect in = canvas_box(c, r, "order → Odoo latency", NULL, false);
    char le[FMT_MAX], text[96], p50[FMT_MAX], p95[FMT_MAX], p99[FMT_MAX];
    double most = 0;
    size_t i;
    json_t *row;
    int y = in.y;

    json_array_foreach(buckets, i, row)
        most = json_real_or(row, "count", 0) > most ? json_real_or(row, "count", 0) : most;
    json_array_foreach(buckets, i, row) {
        if (y >= in.y + in.h - 3)
            break;
        if (json_at(row, "le_ms") != NULL)
            snprintf(text, sizeof text, "≤%s", fmt_ms((int64_t)json_real_or(row, "le_ms", 0), le));
        else
            snprintf(text, sizeof text, "more");
        canvas_put(c, y, in.x, 7, ROLE_TEXT, text);
        bar_draw(c, y, in.x + 8, in.w - 16, json_real_or(row, "count", 0), most);
        canvas_right(c, y++, in.x + in.w - 7, 7, ROLE_TEXT,
            fmt_short((int64_t)json_real_or(row, "count", 0), text));
    }
    snprintf(text, sizeof text, "p50 %s p95 %s p99 %s",
        fmt_ms((int64_t)json_real_or(o, "latency.p50_ms", -1), p50),
        fmt_ms((int64_t)json_real_or(o, "latency.p95_ms", -1), p95),
        fmt_ms((int64_t)json_real_or(o, "latency.p99_ms", -1), p99));
    canvas_put(c, y++, in.x, in.w, ROLE_TEXT, text);
    snprintf(text, sizeof text, "webhooks %.0f/s  bad %lld  dup %lld",
        json_real_or(o, "webhooks.per_s", 0), (long long)json_int_or(o, "webhooks.bad_5m", 0),
        (long long)json_int_or(o, "webhooks.dup_5m", 0));
    canvas_put(c, y++, in.x, in.w, ROLE_TEXT, text);
    draw_alerts(s, c, in, y);
}

static void draw_activity(const struct screen *s, struct canvas *c, struct rect r)
{
    const struct dashboard *d = s->state;
    struct rect in = canvas_box(c, r, "activity", NULL, d->pane == PANE_ACTIVITY);
    char clock[FMT_MAX];
    size_t i;
    json_t *row;

    if (d->pane == PANE_ACTIVITY)
        canvas_cursor(c, in.y, in.x);
    if (json_array_size(d->activity) == 0)
        canvas_put(c, in.y, in.x, in.w, ROLE_DIM, "nothing yet");
    json_array_foreach(d->activity, i, row) {
        const char *level = json_text_or(row, "level", "info");
        int y = in.y + (int)i;

        if (y >= in.y + in.h)
            break;
        canvas_put(c, y, in.x, 8, ROLE_TEXT,
            fmt_clock(json_int_or(row, "at", 0),
                screen_time(s) == FMT_UTC ? FMT_UTC : FMT_LOCAL, clock));
        canvas_putf(c, y, in.x + 9, in.w - 9,
            strcmp(level, "info") == 0 ? ROLE_TEXT : common_state_role(level), "%s%s%s",
            json_text_or(row, "by", ""), json_text_or(row, "by", "")[0] != '\0' ? " " : "",
            json_text_or(row, "text", "?"));
    }
}

static void draw_pane(struct screen *s, struct canvas *c, struct rect r)
{
    const struct dashboard *d = s->state;

    switch (d->pane) {
    case PANE_QUEUES: draw_lanes(s, c, r); break;
    case PANE_ERRORS: draw_problems(s, c, r); break;
    case PANE_ORDERS: draw_orders(s, c, r); break;
    case PANE_ACTIVITY:
    case PANES: draw_activity(s, c, r); break;
    }
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    bool tall = body.h >= 30, wide = body.w >= 110;
    int top = tall ? 11 : 6, bottom = tall ? 11 : 6;
    int right = wide ? 42 : 34, third = wide ? body.w * 33 / 120 : 34;
    int y = body.y + body.h - bottom;

    if (screen_zoomed(s)) {
        draw_pane(s, c, body);
        return;
    }
    draw_orders(s, c, (struct rect){ body.y, 0, top, body.w - right });
    draw_limits(s, c, (struct rect){ body.y, body.w - right, top, right });
    draw_lanes(s, c, (struct rect){ body.y + top, 0, body.h - top - bottom, body.w });
    if (!wide) {
        draw_problems(s, c, (struct rect){ y, 0, bottom, body.w - third });
        draw_guard(s, c, (struct rect){ y, body.w - third, bottom, third });
        return;
    }
    draw_problems(s, c, (struct rect){ y, 0, bottom, body.w - 2 * third });
    draw_latency(s, c, (struct rect){ y, body.w - 2 * third, bottom, third });
    draw_activity(s, c, (struct rect){ y, body.w - third, bottom, third });
}

static void click(struct screen *s, int y, int x)
{
    struct dashboard *d = s->state;

    if (y >= d->lanes_at.y && y < d->lanes_at.y + d->lanes_at.h) {
        d->pane = PANE_QUEUES;
        table_click(&d->lanes, d->lanes_at, y);
    } else if (y >= d->problems_at.y && x < d->problems_at.x + d->problems_at.w) {
        d->pane = PANE_ERRORS;
        table_click(&d->problems, d->problems_at, y);
    }
}

const struct screen_ops screen_dashboard = {
    .name = "dash",
    .scope = SCOPE_DASH,
    .tab = 1,
    .size = sizeof(struct dashboard),
    .activity = true,
    .open = open_dashboard,
    .close = close_dashboard,
    .answer = answer,
    .topic = topic,
    .command = command,
    .click = click,
    .view = view,
    .keep = keep,
    .note = note,
    .table = focused,
};
