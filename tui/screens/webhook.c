/* One delivery: its headers, its body as text, what was made of it. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/widgets/pager.h"

struct webhook {
    json_int_t id;
    json_t *row;
    struct pager headers, body;
    bool on_headers; /* the pane with the focus */
};

static void open_webhook(struct screen *s, const json_t *args)
{
    struct webhook *w = s->state;

    w->id = json_int_or(args, "id", 0);
    pager_init(&w->headers, 0);
    pager_init(&w->body, 0);
}

static void close_webhook(struct screen *s)
{
    struct webhook *w = s->state;

    json_decref(w->row);
    pager_free(&w->headers);
    pager_free(&w->body);
}

static void refresh(struct screen *s)
{
    struct webhook *w = s->state;

    if (w->row == NULL) /* a delivery never changes */
        screen_ask(s, "webhooks.get", json_pack("{s:I}", "id", w->id), 0);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct webhook *w = s->state;
    size_t i;
    json_t *pair;

    (void)tag;
    if (a->result == NULL)
        return;
    json_decref(w->row);
    w->row = json_deep_copy(a->result);
    pager_clear(&w->headers);
    pager_clear(&w->body);
    json_array_foreach(json_object_get(w->row, "headers"), i, pair)
        pager_addf(&w->headers, NULL, ROLE_TEXT, "%s: %s", json_text_or(pair, "0", "?"),
            json_text_or(pair, "1", ""));
    pager_json(&w->body, ROLE_TEXT, json_object_get(w->row, "body"));
}

static bool command(struct screen *s, enum command command)
{
    struct webhook *w = s->state;
    struct dialog *d;
    char title[160];
    json_auto_t *args = NULL;

    if (w->row == NULL)
        return false;
    switch ((int)command) {
    case CMD_JOB:
        if (json_int_or(w->row, "job", 0) != 0)
            common_open_id(s, &screen_job, json_int_or(w->row, "job", 0));
        else
            screen_toast(s, ROLE_TOAST_WARN, "no job was made of it: %s",
                json_text_or(w->row, "reason", "–"));
        return true;
    case CMD_REPLAY:
        snprintf(title, sizeof title, "handle delivery %lld again?", (long long)w->id);
        screen_confirm(s, 1, title, "Replay", "webhooks.replay",
            json_pack("{s:[I], s:i}", "ids", w->id, "count", 1), "handled again");
        return true;
    case CMD_BLOCK:
        snprintf(title, sizeof title, "block %.80s", json_text_or(w->row, "source", "?"));
        d = screen_confirm(s, 2, title, "Block", "webhooks.block",
            json_pack("{s:s}", "source", json_text_or(w->row, "source", "")), "blocked · u undoes");
        dialog_fact(d, "effect", "every request from this address is refused until then");
        form_add(&d->form, FIELD_TEXT, "until", "Until (2h, 3d, a day)", "1d")->needed = true;
        return true;
    case CMD_RAW:
        args = json_pack("{s:s, s:O}", "title", "raw", "value", w->row);
        screen_open(s, &screen_text, args);
        return true;
    case CMD_WRAP:
        pager_command(&w->headers, command);
        return pager_command(&w->body, command);
    case CMD_NEXT_PANE:
    case CMD_PREV_PANE: w->on_headers = !w->on_headers; return true;
    default:
        return pager_command(w->on_headers ? &w->headers : &w->body, command);
    }
}

static void draw_zoomed(struct webhook *w, struct canvas *c, struct rect body)
{
    if (w->on_headers)
        pager_draw(&w->headers, c, canvas_box(c, body, "headers", NULL, true));
    else
        pager_draw(&w->body, c, canvas_box(c, body, "body as text, control bytes shown", NULL, true));
    canvas_cursor(c, body.y + 1, 0);
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct webhook *w = s->state;
    char title[160], note[96], text[300], both[2 * FMT_MAX], size[FMT_MAX], took[FMT_MAX];
    const json_t *r = w->row;
    const char *verdict = json_text_or(r, "verdict", "");
    struct rect in;
    int y, left = body.w >= 110 ? body.w / 2 : body.w, head = 7, headers;

    snprintf(title, sizeof title, "%s%s%s", json_text_or(r, "topic", "webhook"),
        json_text(r, "object") != NULL ? " " : "", json_text_or(r, "object", ""));
    snprintf(note, sizeof note, "%s %s", common_state_sign(verdict), verdict);
    if (r != NULL && screen_zoomed(s)) {
        draw_zoomed(w, c, body);
        return;
    }
    in = canvas_box(c, (struct rect){ body.y, 0, head, body.w }, title, r == NULL ? NULL : note, false);
    canvas_cursor(c, body.y + 1, 1);
    if (r == NULL) {
        screen_waiting(s, c, in, "the delivery");
        return;
    }
    y = common_fact(c, in, in.y, 10, "arrived", ROLE_TEXT, fmt_both(json_int_or(r, "at", 0), both));
    snprintf(text, sizeof text, "%s from %s, %s in %s", json_text_or(r, "shop", "unknown shop"),
        json_text_or(r, "source", "?"), fmt_bytes(json_int_or(r, "bytes", 0), size),
        fmt_took(json_real_or(r, "ms", 0), took));
    y = common_fact(c, in, y, 10, "sent by", ROLE_TEXT, text);
    y = common_fact(c, in, y, 10, "id", ROLE_TEXT, json_text(r, "webhook_id"));
    y = common_fact(c, in, y, 10, "verdict", common_state_role(verdict),
        json_text_or(r, "verdict_text", json_text_or(r, "reason", "–")));
    if (json_int_or(r, "job", 0) != 0)
        snprintf(text, sizeof text, "%lld · e opens it", (long long)json_int_or(r, "job", 0));
    common_fact(c, in, y, 10, "job", ROLE_TEXT, json_int_or(r, "job", 0) != 0 ? text : "none");
    headers = left < body.w ? body.h - head : 6;
    pager_draw(&w->headers, c, canvas_box(c, (struct rect){ body.y + head, 0, headers, left },
        "headers", NULL, w->on_headers));
    y = left < body.w ? body.y + head : body.y + head + headers;
    pager_draw(&w->body, c,
        canvas_box(c, (struct rect){ y, left < body.w ? left : 0, body.y + body.h - y,
            left < body.w ? body.w - left : body.w }, "body as text, control bytes shown", NULL,
            !w->on_headers));
    canvas_cursor(c, w->on_headers ? body.y + head + 1 : y + 1, !w->on_headers && left < body.w ? left + 1 : 1);
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    snprintf(buf, size, "delivery %lld", (long long)((const struct webhook *)s->state)->id);
}

static const json_t *record(struct screen *s)
{
    return ((struct webhook *)s->state)->row;
}

const struct screen_ops screen_webhook = {
    .name = "webhook",
    .scope = SCOPE_HOOK,
    .size = sizeof(struct webhook),
    .open = open_webhook,
    .close = close_webhook,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .view = view,
    .crumb = crumb,
    .record = record,
};
