/* The frame of every screen: who and where, tabs, breadcrumb and state, keys. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "tui/app_state.h"
#include "tui/draw/input.h"

/* tight: on 80 columns beside the tenth, which is only there while something waits for a choice. */
static const struct {
    const char *narrow, *wide, *tight;
} tabs[] = { { "Dash", "Dash", "Dash" }, { "Queues", "Queues", "Queue" },
    { "Errors", "Errors", "Errs" }, { "Hooks", "Webhooks", "Hook" },
    { "Records", "Records", "Recs" }, { "Maps", "Mappings", "Maps" },
    { "Setup", "Setup", "Setup" }, { "Audit", "Audit", "Audit" }, { "Import", "Import", "Imp" },
    { "Asks", "Conflicts", "Asks" } };
#define TAB_ERRORS 2
#define TAB_CONFLICTS 9
#define CRUMB_MAX 36 /* columns of one screen in the line of those one came through */
#define TABS (int)(sizeof tabs / sizeof tabs[0])

/* A side's state as a sign and a role. */
static const char *state_sign(const char *state, enum role *role)
{
    *role = ROLE_BAR;
    if (strcmp(state, "ok") == 0) {
        *role = ROLE_BAR_OK;
        return "●";
    }
    if (strcmp(state, "slow") == 0) {
        *role = ROLE_BAR_WARN;
        return "▲";
    }
    if (strcmp(state, "paused") == 0) {
        *role = ROLE_BAR_WARN;
        return "‖";
    }
    if (strcmp(state, "down") == 0 || strcmp(state, "denied") == 0) {
        *role = ROLE_BAR_ERR;
        return "✗";
    }
    return "○";
}

static int draw_side(struct canvas *c, int x, const char *letter, const json_t *side,
    const char *value)
{
    enum role role;
    const char *state = json_text_or(side, "state", "unknown");
    const char *sign = state_sign(state, &role);
    bool fine = role == ROLE_BAR_OK;

    if (strcmp(state, "unknown") == 0) /* nothing was said to it yet */
        state = "–";
    x += canvas_put(c, 0, x, 2, ROLE_BAR, letter);
    x += canvas_put(c, 0, x, 1, role, sign);
    canvas_putf(c, 0, x + 1, 7, role == ROLE_BAR_OK ? ROLE_BAR : role, "%s", fine ? value : state);
    return x + 8;
}

static int draw_sides(const struct app *a, struct canvas *c, int x)
{
    const json_t *row = app_backend_row(a);
    char value[FMT_MAX], ms[FMT_MAX];

    snprintf(value, sizeof value, "%lld%%", (long long)json_real_or(row, "shopify.used_pct", 0));
    x = draw_side(c, x, "S", json_at(row, "shopify"), value);
    fmt_ms((int64_t)json_real_or(row, "odoo_side.p95_ms", -1), ms);
    return draw_side(c, x, "O", json_at(row, "odoo_side"), ms);
}

static int unseen_alerts(const struct app *a)
{
    const char *user = json_text_or(a->hello, "user", "");
    const json_t *rows = json_at(a->alerts, "rows") != NULL ? json_at(a->alerts, "rows")
                                                            : json_at(a->shown, "alerts");
    size_t i, j;
    json_t *alert, *seen;
    int count = 0;

    json_array_foreach(rows, i, alert) {
        bool mine = false;

        json_array_foreach(json_object_get(alert, "seen_by"), j, seen)
            mine = mine || strcmp(json_string_value(seen) == NULL ? "" : json_string_value(seen),
                               user) == 0;
        count += !mine && strcmp(json_text_or(alert, "level", ""), "info") != 0;
    }
    return count;
}

static int held_lanes(const struct app *a)
{
    const json_t *lanes = json_at(a->shown, "lanes");
    size_t i;
    json_t *lane;
    int held = 0;

    json_array_foreach(lanes, i, lane)
        held += strcmp(json_text_or(lane, "state", ""), "hold") == 0;
    return held;
}

static void list_operators(const struct app *a, char *buf, size_t size)
{
    const json_t *clients = json_at(a->shown, "clients");
    const char *me = json_text_or(a->hello, "user", "");
    size_t i, len = 0;
    json_t *one;

    len = (size_t)snprintf(buf, size, "ops");
    json_array_foreach(clients, i, one) {
        const char *user = json_text_or(one, "user", "?");

        if (len < size && i < 5)
            len += (size_t)snprintf(buf + len, size - len, " %.12s%s", user,
                strcmp(user, me) == 0 ? "*" : "");
    }
}

/* "acme-eu · acme-eu.myshopify.com", without the end that all shops share if that is too long. */
static void short_name(const json_t *row, char *buf, size_t size, int room)
{
    const char *shop = json_text_or(row, "shop", "?");

    snprintf(buf, size, "%s · %s", json_text_or(row, "name", "?"), shop);
    if (text_width(buf) > room && str_ends(shop, ".myshopify.com"))
        snprintf(buf, size, "%s · %.*s", json_text_or(row, "name", "?"),
            (int)(strlen(shop) - strlen(".myshopify.com")), shop);
}

static int draw_name(const struct app *a, struct canvas *c)
{
    const json_t *row = app_backend_row(a);
    bool wide = c->cols >= 110;
    int x = 1 + canvas_put(c, 0, 1, 12, ROLE_BAR_NAME, "signalbox") + 2;
    int room = c->cols >= 140 ? 64 : wide ? 36 : 12, used;
    const char *odoo = json_text_or(row, "odoo", "?");
    char text[200];

    odoo = strstr(odoo, "://") != NULL ? strstr(odoo, "://") + 3 : odoo;
    if (c->cols >= 140 && row != NULL)
        snprintf(text, sizeof text, "%s · %s → %s", json_text_or(row, "name", "?"),
            json_text_or(row, "shop", "?"), odoo);
    else if (wide && row != NULL)
        short_name(row, text, sizeof text, room);
    else
        snprintf(text, sizeof text, "%s", json_text_or(row, "name", "no shop yet"));
    used = canvas_put(c, 0, x, room, ROLE_BAR, text);
    return x + (wide ? used : room) + 2; /* a narrow header keeps its places when the shop changes */
}

/* How long orders take to Odoo; below 0 while none went there. */
static int64_t lag_ms(const struct app *a)
{
    int64_t ms = (int64_t)json_real_or(a->shown, "latency.p95_ms", -1);

    return ms == 0 ? -1 : ms;
}

static void draw_header(const struct app *a, struct canvas *c)
{
    char text[128], span[FMT_MAX], zone[FMT_MAX];
    int clock, x, end, held = held_lanes(a), alerts = unseen_alerts(a);

    canvas_fill(c, (struct rect){ 0, 0, 1, c->cols }, ROLE_BAR);
    fmt_clock(app_now(a), a->time == FMT_UTC ? FMT_UTC : FMT_LOCAL, span);
    snprintf(text, sizeof text, "%s %s", span,
        a->time == FMT_UTC ? "UTC" : fmt_zone(app_now(a), zone));
    clock = canvas_right(c, 0, c->cols - 16, 15, ROLE_BAR, text);
    x = draw_name(a, c);
    if (app_backend_row(a) != NULL)
        x = draw_sides(a, c, x);
    if (a->shown == NULL)
        return;
    fmt_ms(lag_ms(a), span);
    end = clock - 1;
    x += 1 + canvas_putf(c, 0, x, end - x, ROLE_BAR, c->cols >= 110 ? "lag p95 %-6s" : "lag %-5s", span);
    if (alerts > 0 && x + 4 < end)
        x += 1 + canvas_putf(c, 0, x, end - x, ROLE_BAR_ERR, "▲%d", alerts);
    if (held > 0 && x + 7 < end)
        x += 1 + canvas_putf(c, 0, x, end - x, ROLE_BAR_WARN, "held %d", held);
    list_operators(a, text, sizeof text);
    if (x + text_width(text) >= end)
        snprintf(text, sizeof text, "ops %d", (int)json_len(a->shown, "clients"));
    if (x + text_width(text) < end)
        canvas_put(c, 0, x, end - x, ROLE_BAR, text);
}

static int active_tab(const struct app *a)
{
    return a->stack[0]->ops->tab;
}

/* How many wait behind a tab: 0 for those that count nothing. */
static int64_t waiting(const struct app *a, int tab)
{
    return tab == TAB_ERRORS ? json_int_or(a->shown, "problems.causes", 0)
        : tab == TAB_CONFLICTS ? json_int_or(a->shown, "conflicts.open", 0)
                               : 0;
}

static void draw_tabs(struct app *a, struct canvas *c)
{
    int x = 1, active = active_tab(a);
    bool ten = waiting(a, TAB_CONFLICTS) > 0 || active == TAB_CONFLICTS + 1;

    for (int i = 0; i < TABS; i++) {
        char label[40], text[80];
        int64_t count = waiting(a, i);
        bool on = i + 1 == active;

        a->tab_at[i] = x - 1;
        if (i == TAB_CONFLICTS && !ten)
            continue;
        snprintf(label, sizeof label, "%s", c->cols >= 110 ? tabs[i].wide
                : ten && c->cols < 90 ? tabs[i].tight : tabs[i].narrow);
        snprintf(text, sizeof text, "%s", label);
        if (count > 0)
            snprintf(text, sizeof text, "%s·%lld", label, (long long)count);
        if (on)
            canvas_paint(c, (struct rect){ 1, x - 1, 1, text_width(text) + 4 }, ROLE_ACCENT);
        x += canvas_putf(c, 1, x, c->cols - x, on ? ROLE_ACCENT : ROLE_KEY, "%d", (i + 1) % 10) + 1;
        x += canvas_put(c, 1, x, c->cols - x, on ? ROLE_ACCENT : count > 0 ? ROLE_WARN : ROLE_TEXT,
                 text) + (c->cols >= 90 ? 2 : 1);
    }
}

static void draw_crumbs(const struct app *a, struct canvas *c, int y, int room)
{
    int x = 1;

    if (a->zoomed)
        x += canvas_put(c, y, x, room - x, ROLE_KEY, "z") +
            canvas_put(c, y, x + 2, room - x - 2, ROLE_DIM, "shows all again") + 4;
    for (int i = 0; i < a->depth; i++) {
        const struct screen *s = a->stack[i];
        char text[128];

        snprintf(text, sizeof text, "%s", keys_title(s->ops->scope));
        if (s->ops->crumb != NULL)
            s->ops->crumb(s, text, sizeof text);
        if (i > 0)
            x += canvas_put(c, y, x, room - x, ROLE_DIM, " › ");
        x += canvas_put(c, y, x, room - x < CRUMB_MAX ? room - x : CRUMB_MAX,
            i == a->depth - 1 ? ROLE_TITLE : ROLE_DIM, text);
    }
}

/* LIVE, PAUSED, OFFLINE or BUSY, in words. */
static enum role live_text(const struct app *a, char *buf, size_t size)
{
    char span[FMT_MAX];
    int64_t silent = link_silent_ms(a->link);

    if (a->offline_since != 0) {
        snprintf(buf, size, "OFFLINE · data %s old · actions are off",
            fmt_span(app_now(a) - a->offline_since, span));
        return ROLE_ERR;
    }
    if (link_state(a->link) != LINK_UP) {
        snprintf(buf, size, "connecting");
        return ROLE_DIM;
    }
    if (silent > 2000) {
        snprintf(buf, size, "core busy for %s", fmt_ms(silent, span));
        return ROLE_WARN;
    }
    if (a->paused) {
        snprintf(buf, size, "PAUSED ‖ %s old, +%d", fmt_span((app_now(a) - a->paused_at) /
                 (10 * WHEN_SECOND) * (10 * WHEN_SECOND), span), a->missed / 10 * 10);
        return ROLE_WARN;
    }
    snprintf(buf, size, "LIVE ▸ %ds", term_frame_ms(a->term) / 1000);
    return ROLE_OK;
}

static void draw_status(struct app *a, struct canvas *c, int y)
{
    struct screen *top = app_top(a);
    struct table *t = top->ops->table != NULL ? top->ops->table(top) : NULL;
    char live[96], note[200] = "", more[100] = "";
    int end = c->cols - 1, delay = term_delay_ms(a->term);
    enum role role = live_text(a, live, sizeof live);

    end = canvas_right(c, y, c->cols / 3, c->cols - c->cols / 3 - 1, role, live) - 2;
    if (t != NULL)
        table_note(t, note, sizeof note);
    if (top->ops->note != NULL)
        top->ops->note(top, more, sizeof more);
    if (more[0] != '\0')
        snprintf(note + strlen(note), sizeof note - strlen(note), "%s%s", note[0] != '\0' ? " · " : "",
            more);
    if (delay > 300)
        snprintf(note + strlen(note), sizeof note - strlen(note), "%slink %d ms",
            note[0] != '\0' ? " · " : "", delay);
    if (note[0] != '\0' && end > c->cols / 3)
        end = canvas_right(c, y, c->cols / 3, end - c->cols / 3, ROLE_DIM, note) - 2;
    if (a->toast_until != 0) {
        canvas_fill(c, (struct rect){ y, 0, 1, text_width(a->toast) + 2 < end ? text_width(a->toast) + 2
                                                                             : end }, a->toast_role);
        canvas_put(c, y, 1, end - 2, a->toast_role, a->toast);
    } else {
        draw_crumbs(a, c, y, end);
    }
}

static bool in_footer(enum scope scope, const struct key *row)
{
    return row->scope == scope && row->footer[0] != '\0';
}

static int draw_hint(struct canvas *c, int y, int x, int room, const struct key *row, bool off)
{
    char name[16];
    int key = keys_nth(row, 0);
    const char *label = keycode_label(key, c->fold != FOLD_NONE, name);

    if (key == KEYCODE_NONE)
        return 0;
    if (text_width(label) + 1 + text_width(row->footer) + 2 > room)
        return 0;
    x += canvas_put(c, y, x, room, off ? ROLE_FAINT : ROLE_KEY, label) + 1;
    canvas_put(c, y, x, room, off ? ROLE_FAINT : ROLE_DIM, row->footer);
    return text_width(label) + 1 + text_width(row->footer) + 2;
}

static void draw_footer(const struct app *a, struct canvas *c)
{
    enum scope scope = app_top(a)->ops->scope;
    int x = 1, y = c->rows - 1, end = c->cols - (a->options->read_only ? 18 : 7);
    const enum scope order[] = { scope, SCOPE_LIST };
    struct screen *top = app_top(a);
    bool list = top->ops->table != NULL && top->ops->table(top) != NULL;
    bool off = a->offline_since != 0 || (a->hello != NULL && !screen_may(top, "operator"));

    for (int pass = 0; pass < (keys_is_list(scope) ? 2 : 1); pass++)
        for (size_t i = 0; i < keymap_count(a->options->keymap); i++) {
            const struct key *row = keymap_row(a->options->keymap, i);

            if (in_footer(order[pass], row) && (row->command != CMD_FILTER || list))
                x += draw_hint(c, y, x, end - x, row, off && keys_acts(row->command));
        }
    if (a->options->read_only)
        canvas_put(c, y, c->cols - 18, 9, ROLE_WARN, "read-only");
    canvas_put(c, y, c->cols - 7, 1, ROLE_KEY, "?");
    canvas_put(c, y, c->cols - 5, 4, ROLE_DIM, "help");
}

static void draw_offline(const struct app *a, struct canvas *c)
{
    char span[FMT_MAX], clock[FMT_MAX], text[200];
    int64_t retry = (link_retry_in_ms(a->link) + 999) / 1000;

    canvas_paint(c, (struct rect){ 2, 0, c->rows - 4, c->cols }, ROLE_DIM);
    canvas_fill(c, (struct rect){ 2, 0, 1, c->cols }, ROLE_TOAST_ERR);
    fmt_span(app_now(a) - a->offline_since, span);
    fmt_clock(a->offline_since, FMT_LOCAL, clock);
    snprintf(text, sizeof text, "Core not reachable for %s: %s. Data from %s. Retry in %llds", span,
        link_why(a->link), clock, (long long)retry);
    if (text_width(text) > c->cols - 20) /* the reason gives way to what one can do */
        snprintf(text, sizeof text, "Core not reachable for %s. Data from %s. Retry in %llds", span, clock,
            (long long)retry);
    canvas_put(c, 2, 2, c->cols - 20, ROLE_TOAST_ERR, text);
    canvas_right(c, 2, c->cols - 17, 15, ROLE_TOAST_ERR, "r now  q quit");
}

/* The pane with the focus and nothing around it. */
static void draw_zoomed(struct app *a, struct canvas *c)
{
    struct screen *top = app_top(a);

    c->bare = true;
    top->ops->view(top, c, (struct rect){ 0, 0, c->rows - 1, c->cols });
    c->bare = false;
    draw_status(a, c, c->rows - 1);
    overlay_draw(a, c);
}

void frame_draw(struct app *a, struct canvas *c)
{
    struct screen *top = app_top(a);
    struct rect body = { 2, 0, c->rows - 4, c->cols };

    if (a->zoomed && a->offline_since == 0) {
        draw_zoomed(a, c);
        return;
    }
    draw_header(a, c);
    draw_tabs(a, c);
    top->ops->view(top, c, body);
    draw_status(a, c, c->rows - 2);
    draw_footer(a, c);
    if (a->offline_since != 0)
        draw_offline(a, c);
    overlay_draw(a, c);
}

/* Below 80x24: the vital numbers, as many lines as there are. */
void frame_compact(struct app *a, struct canvas *c)
{
    char lines[9][64], span[FMT_MAX], clock[FMT_MAX];
    int n = 0;

    snprintf(lines[n++], 64, "signalbox  %s  %.5s", a->offline_since != 0 ? "OFFLINE" : "OK",
        fmt_clock(app_now(a), FMT_LOCAL, clock));
    snprintf(lines[n++], 64, "orders %lld/min", (long long)json_int_or(a->shown, "orders.now", 0));
    fmt_ms(lag_ms(a), span);
    snprintf(lines[n++], 64, "lag %s  queue %lld", span,
        (long long)json_int_or(a->shown, "backlog", 0));
    snprintf(lines[n++], 64, "errors %lld (%lld)", (long long)json_int_or(a->shown, "problems.open", 0),
        (long long)json_int_or(a->shown, "problems.causes", 0));
    snprintf(lines[n++], 64, "limit %lld%%",
        (long long)json_real_or(app_backend_row(a), "shopify.used_pct", 0));
    lines[n++][0] = '\0';
    snprintf(lines[n++], 64, "needs 80x24");
    snprintf(lines[n++], 64, "now %dx%d", c->cols, c->rows);
    snprintf(lines[n++], 64, "q quit");
    for (int i = 0; i < n && i < c->rows; i++)
        canvas_put(c, i, 0, c->cols, i == 0 ? ROLE_TITLE : ROLE_TEXT, lines[i]);
    canvas_cursor(c, 0, 0);
}
