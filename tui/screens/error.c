/* One cause: what it is, what can be done, its jobs, and what was said on the wire. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/widgets/pager.h"

enum { PROMPT_FIX = 1 };

#define FIXES_SHOWN 6

struct error {
    json_int_t id;
    json_t *row;
    struct table jobs;
    struct pager request, answer;
    bool fix_at_once; /* came here with f */
    long mapping_fix; /* its value is chosen on another screen meanwhile */
    struct rect at;
};

static void open_error(struct screen *s, const json_t *args)
{
    struct error *e = s->state;

    e->id = json_int_or(args, "id", 0);
    e->fix_at_once = json_flag(args, "fix");
    table_init(&e->jobs, common_job_columns, common_job_column_count, "id");
    e->jobs.marks_on = true;
    pager_init(&e->request, 0);
    pager_init(&e->answer, 0);
}

static void close_error(struct screen *s)
{
    struct error *e = s->state;

    json_decref(e->row);
    table_clear(&e->jobs);
    pager_free(&e->request);
    pager_free(&e->answer);
}

static void keep(const struct screen *s, json_t *args)
{
    (void)s;
    json_object_del(args, "fix"); /* it was asked for then, not when one comes back */
}

static void refresh(struct screen *s)
{
    struct error *e = s->state;

    screen_ask(s, "problems.get", json_pack("{s:I}", "id", e->id), 0);
}

static const json_t *fix_of(const struct error *e, long n)
{
    const json_t *fixes = json_at(e->row, "fixes");
    size_t i;
    json_t *fix;

    json_array_foreach(fixes, i, fix)
        if (json_int_or(fix, "n", 0) == n)
            return fix;
    return NULL;
}

/*
 * A fix shows its effect first; what it still has to know is asked in the same box, unless it was
 * chosen from a list before (value).
 */
static void confirm_fix(struct screen *s, const json_t *fix, const char *chosen)
{
    struct error *e = s->state;
    char title[200], count[24];
    const json_t *wants = json_at(fix, "params");
    long long open = (long long)json_int_or(e->row, "open", 0);
    struct dialog *d;
    const char *name;
    json_t *value;

    snprintf(title, sizeof title, "fix: %.150s", json_text_or(fix, "text", "?"));
    d = screen_confirm(s, 2, title, "Do it", "problems.fix",
        json_pack("{s:I, s:I}", "id", e->id, "n", json_int_or(fix, "n", 0)), "fixed");
    dialog_fact(d, "cause", "%s", json_text_or(e->row, "cause", "?"));
    dialog_fact(d, "effect", "%s", json_text_or(fix, "effect", "–"));
    dialog_fact(d, "jobs", "%lld run again", open);
    json_object_foreach((json_t *)(uintptr_t)wants, name, value) {
        if (strcmp(name, "value") == 0)
            form_add(&d->form, FIELD_TEXT, "params.value",
                json_is_string(value) ? json_string_value(value)
                    : chosen != NULL  ? "Odoo id"
                                      : "Value", chosen)->needed = true;
    }
    if (open > 1) {
        snprintf(count, sizeof count, "%lld", open);
        dialog_word(d, count, "Type the number of jobs to go on");
    }
}

/* A mapping is chosen from Odoo's own list first. */
static void start_fix(struct screen *s, const json_t *fix)
{
    struct error *e = s->state;
    const char *kind = common_text(fix, "params.kind"), *key = common_text(fix, "params.key");
    json_auto_t *args = NULL;

    if (strcmp(json_text_or(fix, "action", ""), "map") != 0 || kind == NULL || key == NULL) {
        confirm_fix(s, fix, NULL);
        return;
    }
    e->mapping_fix = (long)json_int_or(fix, "n", 0);
    args = json_pack("{s:I, s:s, s:s, s:s, s:b}", "backend", screen_backend(s), "kind", kind, "key", key,
        "title", key, "hand_back", 1);
    screen_open(s, &screen_choose, args);
}

static void choose_fix(struct screen *s)
{
    struct error *e = s->state;
    size_t n = json_len(e->row, "fixes");

    if (n == 0)
        screen_toast(s, ROLE_TOAST_WARN, "no fix is known for this; r and R run it again");
    else if (n == 1)
        start_fix(s, json_at(e->row, "fixes.0"));
    else
        screen_prompt(s, PROMPT_FIX, "fix number:", "1");
}

static void prompt(struct screen *s, int tag, const char *text)
{
    struct error *e = s->state;
    unsigned long long n;
    const json_t *fix;

    if (tag == COMMON_CHOSEN) {
        fix = fix_of(e, e->mapping_fix);
        if (fix != NULL)
            confirm_fix(s, fix, text);
        return;
    }
    if (tag != PROMPT_FIX || !str_number(text, 99, &n))
        return;
    fix = fix_of(e, (long)n);
    if (fix != NULL)
        start_fix(s, fix);
    else
        screen_toast(s, ROLE_TOAST_WARN, "there is no fix %llu", n);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct error *e = s->state;
    const json_t *request, *response;

    (void)tag;
    if (a->result == NULL)
        return;
    json_decref(e->row);
    e->row = json_deep_copy(a->result);
    table_rows(&e->jobs, json_incref(json_object_get(e->row, "jobs")));
    request = json_at(e->row, "sample.request");
    response = json_at(e->row, "sample.response");
    pager_clear(&e->request);
    pager_clear(&e->answer);
    if (request != NULL)
        pager_json(&e->request, ROLE_TEXT, request);
    if (response != NULL)
        pager_json(&e->answer, ROLE_TEXT, response);
    if (e->fix_at_once)
        choose_fix(s);
    e->fix_at_once = false;
}

static bool command(struct screen *s, enum command command)
{
    struct error *e = s->state;
    const json_t *job = table_current(&e->jobs);
    json_auto_t *ids = NULL, *args = NULL;

    if (e->row == NULL)
        return false;
    switch ((int)command) {
    case CMD_FIX: choose_fix(s); return true;
    case CMD_RAW:
        args = json_pack("{s:s, s:O}", "title", "raw", "value", e->row);
        screen_open(s, &screen_text, args);
        return true;
    case CMD_OPEN:
        if (job != NULL)
            common_open_id(s, &screen_job, json_int_or(job, "id", 0));
        return true;
    default: break;
    }
    if (common_problem_command(s, command, e->row))
        return true;
    ids = table_chosen(&e->jobs);
    return common_job_command(s, command, ids, json_text_or(job, "title", ""));
}

static void facts(const struct screen *s, struct canvas *c, struct rect in)
{
    const struct error *e = s->state;
    const json_t *r = e->row;
    char text[300], first[FMT_MAX], last[FMT_MAX];
    when now = screen_now(s);
    int y = in.y;

    y = common_fact(c, in, y, 8, "cause", ROLE_TEXT, json_text(r, "cause"));
    snprintf(text, sizeof text, "%s%s%s", json_text_or(r, "lane", "–"),
        common_text(r, "thing") != NULL ? " › " : "", json_text_or(r, "thing", ""));
    y = common_fact(c, in, y, 8, "where", ROLE_TEXT, text);
    snprintf(text, sizeof text, "first %s ago, last %s ago, %lld times, %lld jobs open",
        fmt_span(now - json_int_or(r, "first", 0), first),
        fmt_span(now - json_int_or(r, "last", 0), last), (long long)json_int_or(r, "count", 0),
        (long long)json_int_or(r, "open", 0));
    y = common_fact(c, in, y, 8, "seen", ROLE_TEXT, text);
    common_fact(c, in, y, 8, "advice", ROLE_TEXT, json_text(r, "advice"));
}

/* Text and effect of a fix do not fit into one line. */
static bool is_long(const json_t *fix, int width)
{
    return text_width(json_text_or(fix, "text", "?")) + text_width(json_text_or(fix, "effect", "")) + 5 >
        width;
}

static int fixes_height(const struct error *e, int width)
{
    const json_t *fixes = json_at(e->row, "fixes");
    size_t i;
    json_t *fix;
    int lines = 0;

    json_array_foreach(fixes, i, fix)
        if (i < FIXES_SHOWN)
            lines += is_long(fix, width) ? 2 : 1;
    return (lines < 1 ? 1 : lines) + 2;
}

static void draw_fixes(const struct error *e, struct canvas *c, struct rect r)
{
    struct rect in = canvas_box(c, r, "suggested fix", "the effect is shown first", false);
    const json_t *fixes = json_at(e->row, "fixes");
    size_t i;
    json_t *fix;
    int y = in.y;

    json_array_foreach(fixes, i, fix) {
        const char *effect = json_text_or(fix, "effect", "");
        bool both = !is_long(fix, in.w);

        if (y >= in.y + in.h)
            break;
        canvas_putf(c, y, in.x, 2, ROLE_KEY, "%lld", (long long)json_int_or(fix, "n", 0));
        canvas_put(c, y, in.x + 2, in.w - 2, ROLE_TEXT, json_text_or(fix, "text", "?"));
        if (both)
            canvas_right(c, y, in.x, in.w, ROLE_DIM, effect);
        else if (++y < in.y + in.h)
            canvas_put(c, y, in.x + 2, in.w - 2, ROLE_DIM, effect);
        y++;
    }
    if (json_array_size(fixes) == 0)
        canvas_put(c, y, in.x, in.w, ROLE_DIM, "none is known; r and R run the jobs again");
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct error *e = s->state;
    char title[200], note[64];
    int fixes = fixes_height(e, body.w - 4), y = body.y, wire = body.h >= 30 ? 10 : 0;
    const char *state = json_text_or(e->row, "state", "");
    struct rect in;

    snprintf(title, sizeof title, "%s", json_text_or(e->row, "cause", "error"));
    snprintf(note, sizeof note, "%s %s%s%s", common_state_sign(state), state,
        common_text(e->row, "assigned") != NULL ? " · " : "", json_text_or(e->row, "assigned", ""));
    in = canvas_box(c, (struct rect){ y, 0, 6, body.w }, title, e->row == NULL ? NULL : note, false);
    if (e->row == NULL) {
        screen_waiting(s, c, in, "the cause");
        return;
    }
    if (screen_zoomed(s)) {
        wire = 0;
        y = body.y;
    } else {
        facts(s, c, in);
        draw_fixes(e, c, (struct rect){ y + 6, 0, fixes, body.w });
        y += 6 + fixes;
    }
    snprintf(note, sizeof note, "%d of %lld", e->jobs.shown, (long long)json_int_or(e->row, "open", 0));
    in = canvas_box(c, (struct rect){ y, 0, body.y + body.h - wire - y, body.w }, "jobs", note, true);
    e->at = in;
    common_prepare(s, &e->jobs);
    table_draw(&e->jobs, c, in, true, true);
    if (wire == 0)
        return;
    y = body.y + body.h - wire;
    pager_draw(&e->request, c,
        canvas_box(c, (struct rect){ y, 0, wire, body.w / 2 }, "request", "v in full", false));
    pager_draw(&e->answer, c, canvas_box(c, (struct rect){ y, body.w / 2, wire, body.w - body.w / 2 },
        "answer", NULL, false));
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    const struct error *e = s->state;

    snprintf(buf, size, "%s", json_text_or(e->row, "cause", "error"));
}

static void click(struct screen *s, int y, int x)
{
    struct error *e = s->state;

    (void)x;
    table_click(&e->jobs, e->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct error *)s->state)->jobs;
}

static const json_t *record(struct screen *s)
{
    return ((struct error *)s->state)->row;
}

const struct screen_ops screen_error = {
    .name = "error",
    .scope = SCOPE_ERROR,
    .size = sizeof(struct error),
    .refresh_ms = 3000,
    .open = open_error,
    .close = close_error,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .prompt = prompt,
    .click = click,
    .view = view,
    .keep = keep,
    .crumb = crumb,
    .table = list,
    .record = record,
};
