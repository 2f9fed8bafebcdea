/* One job: what it does, why it exists, every attempt with request and answer, what comes next. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/widgets/pager.h"

struct job {
    json_int_t id;
    json_t *row;
    int attempt; /* from the newest, 0 */
    bool on_answer; /* the pane with the focus; both scroll together */
    struct pager request, answer;
};

static void open_job(struct screen *s, const json_t *args)
{
    struct job *j = s->state;

    j->id = json_int_or(args, "id", 0);
    pager_init(&j->request, 0);
    pager_init(&j->answer, 0);
}

static void close_job(struct screen *s)
{
    struct job *j = s->state;

    json_decref(j->row);
    pager_free(&j->request);
    pager_free(&j->answer);
}

static void refresh(struct screen *s)
{
    struct job *j = s->state;

    screen_ask(s, "jobs.get", json_pack("{s:I}", "id", j->id), 0);
}

static const json_t *attempt_of(const struct job *j)
{
    const json_t *attempts = json_at(j->row, "attempts");
    int n = (int)json_array_size(attempts);

    return n == 0 ? NULL : json_array_get(attempts, (size_t)(n - 1 - j->attempt % n));
}

static void make_texts(struct job *j)
{
    const json_t *a = attempt_of(j);
    const json_t *request = json_at(a, "request"), *response = json_at(a, "response");

    pager_clear(&j->request);
    pager_clear(&j->answer);
    if (request != NULL)
        pager_json(&j->request, ROLE_TEXT, request);
    else
        pager_add(&j->request, NULL, ROLE_DIM, "nothing was sent");
    if (response != NULL)
        pager_json(&j->answer, ROLE_TEXT, response);
    else
        pager_add(&j->answer, NULL, ROLE_DIM, request != NULL ? "no answer yet" : "nothing to answer");
    if (common_text(a, "text") != NULL)
        pager_addf(&j->answer, NULL, ROLE_WARN, "%s: %s", json_text_or(a, "kind", "said"),
            json_text(a, "text"));
    if (common_text(a, "request_id") != NULL)
        pager_addf(&j->answer, NULL, ROLE_DIM, "request id %s", json_text(a, "request_id"));
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct job *j = s->state;

    (void)tag;
    if (a->result == NULL)
        return;
    json_decref(j->row);
    j->row = json_deep_copy(a->result);
    make_texts(j);
}

static void open_raw(struct screen *s)
{
    struct job *j = s->state;
    json_auto_t *args = json_pack("{s:s, s:O}", "title", "raw", "value", j->row);

    screen_open(s, &screen_text, args);
}

/* A record is written kind:id; what has no id is searched for. */
static void open_record(struct screen *s)
{
    struct job *j = s->state;
    const char *record = json_text_or(j->row, "record", ""), *colon = strchr(record, ':');
    json_auto_t *args = NULL;

    if (*record == '\0') {
        screen_toast(s, ROLE_TOAST_WARN, "this job belongs to no record");
        return;
    }
    if (colon == NULL || colon == record) {
        args = json_pack("{s:s}", "q", record);
        screen_open(s, &screen_records, args);
        return;
    }
    args = json_pack("{s:s%, s:s, s:I}", "kind", record, (size_t)(colon - record), "id", colon + 1,
        "backend", json_int_or(j->row, "backend", 0));
    screen_open(s, &screen_timeline, args);
}

static bool command(struct screen *s, enum command command)
{
    struct job *j = s->state;
    json_auto_t *ids = json_pack("[I]", j->id);
    int n = (int)json_len(j->row, "attempts");

    if (j->row == NULL)
        return false;
    if (common_job_command(s, command, ids, json_text_or(j->row, "title", "")))
        return true;
    switch ((int)command) {
    case CMD_RAW: open_raw(s); return true;
    case CMD_RECORD: open_record(s); return true;
    case CMD_CAUSE:
        if (json_int_or(j->row, "problem", 0) != 0)
            common_open_id(s, &screen_error, json_int_or(j->row, "problem", 0));
        else
            screen_toast(s, ROLE_TOAST_WARN, "this job belongs to no cause");
        return true;
    case CMD_NEXT:
    case CMD_PREV:
        j->attempt = n == 0 ? 0 : (j->attempt + (command == CMD_NEXT ? 1 : n - 1)) % n;
        make_texts(j);
        return true;
    case CMD_NEXT_PANE:
    case CMD_PREV_PANE: j->on_answer = !j->on_answer; return true;
    default: break;
    }
    return pager_command(&j->request, command) && (pager_command(&j->answer, command), true);
}

static void facts(const struct screen *s, struct canvas *c, struct rect in)
{
    const struct job *j = s->state;
    char text[512], both[2 * FMT_MAX], span[FMT_MAX];
    const json_t *r = j->row;
    int y = in.y;

    y = common_fact(c, in, y, 10, "does", ROLE_TEXT, json_text(r, "does"));
    if (json_at(r, "trigger.webhook") != NULL)
        snprintf(text, sizeof text, "webhook %lld %s",
            (long long)json_int_or(r, "trigger.webhook", 0), json_text_or(r, "trigger.topic", ""));
    else
        snprintf(text, sizeof text, "%s", json_text_or(r, "trigger.topic", "–"));
    y = common_fact(c, in, y, 10, "trigger", ROLE_TEXT, text);
    y = common_fact(c, in, y, 10, "key", ROLE_TEXT, json_text(r, "key"));
    if (in.w >= 90)
        fmt_both(json_int_or(r, "created", 0), both);
    else
        fmt_clock(json_int_or(r, "created", 0), FMT_LOCAL, both);
    snprintf(text, sizeof text, "%s ago, %s   priority %lld   try %lld of %lld",
        fmt_span(screen_now(s) - json_int_or(r, "created", 0), span), both, (long long)json_int_or(r, "priority", 0),
        (long long)json_int_or(r, "tries", 0), (long long)json_int_or(r, "tries_max", 0));
    y = common_fact(c, in, y, 10, "created", ROLE_TEXT, text);
    snprintf(text, sizeof text, "%s   blocks: %s", json_text_or(r, "waits_for", "nothing"),
        json_text_or(r, "blocks", "nothing"));
    y = common_fact(c, in, y, 10, "waits for", ROLE_TEXT, text);
    y = common_fact(c, in, y, 10, "next", ROLE_INFO, json_text(r, "next_step"));
}

/* new ── ✗14:27:56 ── ✗14:28:41 ┄ ○14:32:15: each attempt as a sign with its time. */
static void timeline(const struct screen *s, struct canvas *c, struct rect in, int y)
{
    const struct job *j = s->state;
    const json_t *attempts = json_at(j->row, "attempts");
    size_t n = json_array_size(attempts), i = n > 6 ? n - 6 : 0;
    enum fmt_time mode = screen_time(s) == FMT_UTC ? FMT_UTC : FMT_LOCAL;
    char clock[FMT_MAX];
    int x = in.x + 11, end = in.x + in.w;
    int64_t due = json_int_or(j->row, "due", 0);

    canvas_put(c, y, in.x, 10, ROLE_DIM, "timeline");
    x += canvas_putf(c, y, x, end - x, ROLE_OK, "●%s new",
        fmt_clock(json_int_or(j->row, "created", 0), mode, clock));
    for (; i < n; i++) {
        const json_t *a = json_array_get(attempts, i);
        const char *outcome = json_text_or(a, "outcome", "?");
        bool fine = strcmp(outcome, "done") == 0 || strcmp(outcome, "finished") == 0 ||
            strcmp(outcome, "ok") == 0;

        x += canvas_put(c, y, x, end - x, ROLE_DIM, "──");
        x += canvas_putf(c, y, x, end - x, fine ? ROLE_OK : ROLE_ERR, "%s%s", fine ? "✓" : "✗",
            fmt_clock(json_int_or(a, "started", 0), mode, clock));
    }
    if (strcmp(json_text_or(j->row, "state", ""), "waiting") == 0 && due > 0) {
        x += canvas_put(c, y, x, end - x, ROLE_DIM, "┄┄");
        canvas_putf(c, y, x, end - x, ROLE_WARN, "○%s", fmt_clock(due, mode, clock));
    }
}

static void state_note(const struct screen *s, char *buf, size_t size)
{
    const struct job *j = s->state;
    const char *state = json_text_or(j->row, "state", "");
    int64_t left = json_int_or(j->row, "due", 0) - screen_now(s);
    char span[FMT_MAX];

    if (strcmp(state, "waiting") == 0 && left > 0)
        snprintf(buf, size, "%s again in %s", common_state_sign(state), fmt_span(left, span));
    else
        snprintf(buf, size, "%s %s", common_state_sign(state), state);
}

/* Request and answer of the attempt, side by side; zoomed: the one with the focus. */
static void draw_wire(struct screen *s, struct canvas *c, struct rect r)
{
    struct job *j = s->state;
    const json_t *a = attempt_of(j);
    int n = (int)json_len(j->row, "attempts"), half = r.w / 2;
    bool zoomed = screen_zoomed(s);
    struct rect left = { r.y, r.x, r.h, half }, right = { r.y, r.x + half, r.h, r.w - half };
    char note[80], took[FMT_MAX];

    snprintf(note, sizeof note, "%d of %d", n == 0 ? 0 : n - j->attempt % n, n);
    if (!zoomed || !j->on_answer)
        pager_draw(&j->request, c, canvas_box(c, zoomed ? r : left, "request", note, !j->on_answer));
    snprintf(note, sizeof note, "%s · %s", json_text_or(a, "outcome", "–"),
        fmt_ms(a == NULL ? -1 : (json_int_or(a, "ended", 0) - json_int_or(a, "started", 0)) / 1000,
            took));
    if (!zoomed || j->on_answer)
        pager_draw(&j->answer, c, canvas_box(c, zoomed ? r : right, "answer", note, j->on_answer));
    canvas_cursor(c, r.y + 1, zoomed ? 1 : j->on_answer ? half + 1 : 1);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct job *j = s->state;
    char title[200], note[80];
    struct rect in;
    int top = screen_zoomed(s) && j->row != NULL ? 0 : 9;

    snprintf(title, sizeof title, "job %lld %s", (long long)j->id, json_text_or(j->row, "title", ""));
    state_note(s, note, sizeof note);
    in = canvas_box(c, (struct rect){ body.y, 0, top, body.w }, title, j->row == NULL ? NULL : note,
        false);
    if (j->row == NULL) {
        screen_waiting(s, c, in, "the job");
        return;
    }
    if (top > 0) {
        facts(s, c, in);
        timeline(s, c, in, in.y + 6);
    }
    draw_wire(s, c, (struct rect){ body.y + top, 0, body.h - top, body.w });
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    const struct job *j = s->state;

    snprintf(buf, size, "job %lld", (long long)j->id);
}

static const json_t *record(struct screen *s)
{
    return ((struct job *)s->state)->row;
}

const struct screen_ops screen_job = {
    .name = "job",
    .scope = SCOPE_JOB,
    .size = sizeof(struct job),
    .refresh_ms = 2000,
    .open = open_job,
    .close = close_job,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .view = view,
    .crumb = crumb,
    .record = record,
};
