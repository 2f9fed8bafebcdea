/* Webhooks: what the receiver got, newest first, and how it is doing. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/widgets/chart.h"

enum { TAG_FIRST = 1, TAG_MORE, TAG_STATS };

static const char *const verdicts[] = { "", "ok", "dup", "late", "rej" };
#define VERDICTS (int)(sizeof verdicts / sizeof verdicts[0])

struct webhooks {
    struct table list;
    json_t *stats;
    char topic[80], next[256];
    int verdict;
    bool follow, asked_more, loaded;
    bool deep; /* more than the newest page was read */
    struct rect at;
};

static void verdict_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    snprintf(buf, size, "%s", json_text_or(row, "verdict", "?"));
    *role = common_state_role(buf);
}

static void job_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    int64_t job = json_int_or(row, "job", 0);

    (void)t;
    if (job != 0) {
        snprintf(buf, size, "→%lld", (long long)job);
    } else {
        *role = ROLE_DIM;
        snprintf(buf, size, "%s", json_text_or(row, "reason", "–"));
    }
}

static const struct column columns[] = {
    { "TIME", "at", COLUMN_CLOCK, 8, 8, 1, NULL, NULL },
    { "TOPIC", "topic", COLUMN_TEXT, 18, 28, 1, NULL, NULL },
    { "OBJECT", "object", COLUMN_TEXT, 8, 18, 1, NULL, NULL },
    { "ST", "verdict", COLUMN_TEXT, 4, 5, 1, NULL, verdict_cell },
    { "JOB", "job", COLUMN_TEXT, 10, 24, 1, NULL, job_cell },
    { "ms", "ms", COLUMN_MS, 6, 7, 1, NULL, NULL },
    { "BYTES", "bytes", COLUMN_BYTES, 8, 9, 2, NULL, NULL },
    { "FROM", "source", COLUMN_TEXT, 11, 20, 1, NULL, NULL },
    { "ID", "webhook_id", COLUMN_TEXT, 9, 0, 3, NULL, NULL },
};

static void open_webhooks(struct screen *s, const json_t *args)
{
    struct webhooks *w = s->state;

    table_init(&w->list, columns, sizeof columns / sizeof columns[0], "id");
    w->list.marks_on = true;
    w->follow = args == NULL || json_at(args, "follow") == NULL || json_flag(args, "follow");
    str_copy(w->topic, sizeof w->topic, json_text_or(args, "topic", ""));
    for (int i = 0; i < VERDICTS; i++)
        if (strcmp(verdicts[i], json_text_or(args, "verdict", "")) == 0)
            w->verdict = i;
}

static void close_webhooks(struct screen *s)
{
    struct webhooks *w = s->state;

    table_clear(&w->list);
    json_decref(w->stats);
}

static json_t *params_of(struct screen *s)
{
    struct webhooks *w = s->state;
    json_t *params = screen_params(s);

    if (w->topic[0] != '\0')
        json_object_set_new(params, "topic", json_string(w->topic));
    if (w->verdict > 0)
        json_object_set_new(params, "verdict", json_string(verdicts[w->verdict]));
    return params;
}

static void refresh(struct screen *s)
{
    struct webhooks *w = s->state;

    if (w->follow || !w->loaded)
        screen_ask(s, "webhooks.list", params_of(s), TAG_FIRST);
    screen_ask(s, "webhooks.stats", NULL, TAG_STATS);
}

static void more(struct screen *s)
{
    struct webhooks *w = s->state;
    json_t *params;

    if (!table_wants_more(&w->list) || w->asked_more)
        return;
    w->asked_more = true;
    params = params_of(s);
    json_object_set_new(params, "after", json_string(w->next));
    screen_ask(s, "webhooks.list", params, TAG_MORE);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct webhooks *w = s->state;
    json_t *rows = json_object_get(a->result, "rows");
    const json_t *next = json_at(a->result, "next");
    bool deeper;

    if (tag == TAG_MORE)
        w->asked_more = false;
    if (a->result == NULL)
        return;
    if (tag == TAG_STATS) {
        json_decref(w->stats);
        w->stats = json_deep_copy(a->result);
        return;
    }
    deeper = tag == TAG_FIRST && w->deep && next != NULL;
    w->deep = tag == TAG_MORE || deeper;
    if (deeper)
        table_newest(&w->list, json_incref(rows));
    else if (tag == TAG_FIRST)
        table_rows(&w->list, json_incref(rows));
    else
        table_append(&w->list, json_incref(rows));
    if (tag == TAG_FIRST && w->follow) {
        w->list.moved = 0;
        table_command(&w->list, CMD_TOP);
    }
    w->loaded = true;
    if (deeper)
        return;
    w->next[0] = '\0';
    if (json_is_string(next))
        str_copy(w->next, sizeof w->next, json_string_value(next));
    else if (json_is_integer(next))
        snprintf(w->next, sizeof w->next, "%lld", (long long)json_integer_value(next));
    w->list.more = w->next[0] != '\0';
    if (w->list.filter[0] != '\0')
        more(s); /* a filter looks through all pages, not only the first */
}

static void load_anew(struct screen *s)
{
    struct webhooks *w = s->state;

    w->loaded = w->deep = false;
    table_rows(&w->list, NULL);
    screen_refresh(s);
}

static void replay(struct screen *s)
{
    struct webhooks *w = s->state;
    json_t *ids = table_chosen(&w->list);
    size_t n = json_array_size(ids);
    char title[160], button[48], count[24];
    struct dialog *d;

    if (n == 0) {
        json_decref(ids);
        return;
    }
    snprintf(title, sizeof title, n == 1 ? "handle delivery %lld again?" : "handle %lld deliveries again",
        n == 1 ? (long long)json_integer_value(json_array_get(ids, 0)) : (long long)n);
    snprintf(button, sizeof button, "Replay %zu", n);
    snprintf(count, sizeof count, "%zu", n);
    d = screen_confirm(s, n == 1 ? 1 : 2, title, button, "webhooks.replay",
        json_pack("{s:o, s:I}", "ids", ids, "count", (json_int_t)n), "handled again");
    dialog_fact(d, "effect", "what both sides hold already stays; rejected ones are never handled");
    if (n > 1)
        dialog_word(d, count, "Type the number of deliveries to go on");
}

static void block(struct screen *s)
{
    struct webhooks *w = s->state;
    const char *source = json_text(table_current(&w->list), "source");
    struct dialog *d;
    char title[160];

    if (source == NULL)
        return;
    snprintf(title, sizeof title, "block %.80s", source);
    d = screen_confirm(s, 2, title, "Block", "webhooks.block",
        json_pack("{s:s}", "source", source), "blocked · u undoes");
    dialog_fact(d, "effect", "every request from this address is refused until then");
    form_add(&d->form, FIELD_TEXT, "until", "Until (2h, 3d, a day)", "1d")->needed = true;
    form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL);
}

static bool command(struct screen *s, enum command command)
{
    struct webhooks *w = s->state;
    const json_t *row = table_current(&w->list);

    switch ((int)command) {
    case CMD_OPEN:
        if (row != NULL)
            common_open_id(s, &screen_webhook, json_int_or(row, "id", 0));
        return true;
    case CMD_FOLLOW:
        w->follow = !w->follow;
        screen_refresh(s);
        return true;
    case CMD_TOPIC:
        str_copy(w->topic, sizeof w->topic, w->topic[0] != '\0' ? "" : json_text_or(row, "topic", ""));
        load_anew(s);
        return true;
    case CMD_STATE:
        w->verdict = (w->verdict + 1) % VERDICTS;
        load_anew(s);
        return true;
    case CMD_REPLAY: replay(s); return true;
    case CMD_BLOCK: block(s); return true;
    case CMD_SUBS: screen_open(s, &screen_subscriptions, NULL); return true;
    default: break;
    }
    if (!table_command(&w->list, command))
        return false;
    w->follow = command == CMD_TOP; /* moving away stops following, g starts it again */
    more(s);
    return true;
}

static void intake(const struct screen *s, struct canvas *c, struct rect r)
{
    const struct webhooks *w = s->state;
    const json_t *t = w->stats;
    char note[64], text[200], a[FMT_MAX], b[FMT_MAX], d[FMT_MAX], e[FMT_MAX];
    size_t n = json_len(t, "per_s");
    struct rect in;
    int chart = r.w / 2 - 8;
    double rate = 0;
    int64_t rejected = json_int_or(t, "rej", 0);

    for (size_t i = n > 11 ? n - 11 : 0; i + 1 < n; i++) /* ten whole seconds, this one is not over */
        rate += json_number_value(json_array_get(json_at(t, "per_s"), i)) / 10;
    snprintf(note, sizeof note, "%.1f/s · 1 min", rate);
    in = canvas_box(c, r, "intake", note, false);
    chart_draw(c, (struct rect){ in.y, in.x, 2, chart }, json_at(t, "per_s"), 0);
    snprintf(text, sizeof text, "ok %s  dup %s  late %s  ", fmt_count(json_int_or(t, "ok", 0), a),
        fmt_count(json_int_or(t, "dup", 0), b), fmt_count(json_int_or(t, "late", 0), d));
    n = (size_t)canvas_put(c, in.y, in.x + chart + 2, in.w - chart - 2, ROLE_TEXT, text);
    canvas_putf(c, in.y, in.x + chart + 2 + (int)n, in.w - chart - 2 - (int)n,
        rejected > 0 ? ROLE_WARN : ROLE_TEXT, "rejected %s%s", fmt_count(rejected, e),
        rejected > 0 ? " ▲" : "");
    snprintf(text, sizeof text, "accept p50 %s  p95 %s   oldest unhandled %s",
        fmt_ms((int64_t)json_real_or(t, "p50_ms", -1), a),
        fmt_ms((int64_t)json_real_or(t, "p95_ms", -1), b),
        fmt_span(json_int_or(t, "oldest_us", 0), d));
    canvas_put(c, in.y + 1, in.x + chart + 2, in.w - chart - 2, ROLE_TEXT, text);
    if (t == NULL)
        return;
    if (json_text(t, "listening") == NULL) {
        canvas_put(c, in.y + 2, in.x, in.w, ROLE_WARN,
            "▲ no receiver runs: the setting receiver_address is empty");
        return;
    }
    snprintf(text, sizeof text, "listening on %s%s%s", json_text(t, "listening"),
        json_len(t, "blocked") > 0 ? " · blocked: " : "", json_text_or(t, "blocked.0.source", ""));
    canvas_put(c, in.y + 2, in.x, in.w, ROLE_DIM, text);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct webhooks *w = s->state;
    char title[160], note[96], foot[200];
    const json_t *row = table_current(&w->list);
    struct rect in;
    int head = 5;

    if (screen_zoomed(s))
        head = 0;
    else
        intake(s, c, (struct rect){ body.y, 0, head, body.w });
    snprintf(title, sizeof title, "log%s%s%s%s", w->topic[0] != '\0' ? " · " : "", w->topic,
        w->verdict > 0 ? " · " : "", verdicts[w->verdict]);
    snprintf(note, sizeof note, "%s", w->follow ? "follow ▼" : "F follows the newest");
    in = canvas_box(c, (struct rect){ body.y + head, 0, body.h - head, body.w }, title, note, true);
    w->at = (struct rect){ in.y, in.x, in.h - 1, in.w };
    common_prepare(s, &w->list);
    if (w->list.shown == 0 && w->loaded) {
        screen_empty(c, in, w->list.filter[0] != '\0' || w->topic[0] != '\0' || w->verdict > 0
                ? "Nothing has arrived that matches."
                : "Nothing has arrived yet.",
            w->list.filter[0] != '\0' ? "esc clears the filter"
                                      : "T all topics · b all verdicts · c what Shopify will send");
        return;
    }
    if (!w->loaded)
        screen_waiting(s, c, in, "deliveries");
    table_draw(&w->list, c, w->at, true, true);
    if (strcmp(json_text_or(row, "verdict", ""), "rej") == 0)
        snprintf(foot, sizeof foot, "rejected: %s · kept for review, never processed",
            json_text_or(row, "reason", "?"));
    else if (table_marked(&w->list) > 0)
        snprintf(foot, sizeof foot, "%d marked of %d read", table_marked(&w->list), w->list.shown);
    else
        snprintf(foot, sizeof foot,
            "ok accepted  dup seen before  late older than what we hold  rej refused");
    canvas_put(c, in.y + in.h - 1, in.x, in.w, ROLE_DIM, foot);
}

static void keep(const struct screen *s, json_t *args)
{
    const struct webhooks *w = s->state;

    json_object_set_new(args, "follow", json_boolean(w->follow));
    json_object_set_new(args, "topic", json_string(w->topic));
    json_object_set_new(args, "verdict", json_string(verdicts[w->verdict]));
}

static void click(struct screen *s, int y, int x)
{
    struct webhooks *w = s->state;

    (void)x;
    if (table_click(&w->list, w->at, y))
        w->follow = false;
}

static struct table *list(struct screen *s)
{
    return &((struct webhooks *)s->state)->list;
}

const struct screen_ops screen_webhooks = {
    .name = "webhooks",
    .scope = SCOPE_HOOKS,
    .tab = 4,
    .size = sizeof(struct webhooks),
    .refresh_ms = 1000,
    .open = open_webhooks,
    .close = close_webhooks,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .keep = keep,
    .table = list,
};
