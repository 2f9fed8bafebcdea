/* The set-up as it is drawn: the path, the step's fields, and why it is asked. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/screens/wizard.h"
#include "tui/widgets/chart.h"

#define WHY_LINES 6

static const char *const titles[] = { "Terminal", "Shopify", "Odoo", "Check", "Policies", "Webhooks",
    "Done" };

static const char *const why[STEPS] = {
    "Which of the lines above is drawn whole, without boxes or question marks? No program can ask "
    "a terminal which signs its font has. You see the choice at once, and this kind of terminal "
    "keeps it.",
    "The client id and secret come from the app in Shopify's Dev Dashboard. The core trades them "
    "for tokens that live a day. The secret is sealed at once: never shown again, never logged, "
    "never sent to a console. Headless? signalbox setup --answers FILE asks the same.",
    "Give signalbox an Odoo user of its own with sales and stock rights, and an API key "
    "(preferences, account security). The key is sealed at once. https is needed unless Odoo runs "
    "on this machine.",
    "Each line is something that was really tried, on both sides. What fails says what to change: "
    "Back leads there, Test again tries it anew.",
    "Only what an order cannot do without. All other policies are on the set-up screen, each with "
    "its default and what it does.",
    "The address must be reachable from the internet: a reverse proxy or a tunnel that leads to "
    "the receiver. Subscribe creates what is missing in Shopify; it is checked every hour.",
    "Orders flow from now on. 1 shows them, 3 shows what needs a person, 7 changes what was "
    "answered here. 9 brings in what the shop has already: customers, products, stock, orders.",
};

static bool failed(const json_t *check)
{
    static const char *const sides[] = { "shopify", "odoo" };
    size_t i;
    json_t *step;

    for (size_t side = 0; side < 2; side++)
        json_array_foreach(json_object_get(check, sides[side]), i, step)
            if (strcmp(json_text_or(step, "state", ""), "fail") == 0)
                return true;
    return check == NULL;
}

static void draw_path(const struct wizard *w, struct canvas *c, int y)
{
    int x = 1;

    for (int i = 0; i < STEPS; i++) {
        bool here = i == (int)w->step, past = i < (int)w->step;
        bool bad = past && i == STEP_CHECK && failed(w->check);

        x += canvas_putf(c, y, x, c->cols - x,
            here       ? ROLE_ACCENT
                : bad  ? ROLE_WARN
                : past ? ROLE_OK
                       : ROLE_DIM,
            "%s%s %s%s", here ? " " : "", bad ? "▲" : past ? "✓" : here ? "▸" : "○", titles[i],
            here ? " " : "");
        if (i + 1 < STEPS)
            x += canvas_put(c, y, x, 3, ROLE_FAINT, " ─ ");
    }
}

static bool is_fine(const json_t *step)
{
    return strcmp(json_text_or(step, "state", "?"), "ok") == 0;
}

/* One step in a line of its own; what is wrong is said in full, what is well in a line. */
static int draw_step(struct canvas *c, struct rect in, int y, const json_t *step)
{
    const char *state = json_text_or(step, "state", "?");
    struct rect rest = { y, in.x + 21, in.y + in.h - 2 - y, in.w - 21 };

    if (rest.h <= 0)
        return y;
    if (is_fine(step))
        rest.h = 1;
    canvas_putf(c, y, in.x + 2, 18, common_state_role(state), "%s %s", common_state_sign(state),
        json_text_or(step, "step", "?"));
    return y + canvas_wrap(c, rest, ROLE_TEXT, json_text_or(step, "text", "–"));
}

/* Where not all lines fit: what went well in a row of words, the rest in lines below. */
static int draw_short(struct canvas *c, struct rect in, int y, const char *side, const json_t *steps)
{
    int x = in.x + 9;
    size_t i;
    json_t *step;

    canvas_put(c, y, in.x, 9, ROLE_HEAD, side);
    json_array_foreach(steps, i, step) {
        const char *name = json_text_or(step, "step", "?");

        if (!is_fine(step))
            continue;
        if (x + text_width(name) + 2 > in.x + in.w) {
            x = in.x + 9;
            y++;
        }
        x += canvas_putf(c, y, x, in.x + in.w - x, ROLE_OK, "✓ %s", name) + 2;
    }
    y++;
    json_array_foreach(steps, i, step)
        if (!is_fine(step))
            y = draw_step(c, in, y, step);
    return y;
}

static int draw_steps(struct canvas *c, struct rect in, int y, const json_t *check)
{
    static const struct {
        const char *title, *key;
    } sides[] = { { "Shopify", "shopify" }, { "Odoo", "odoo" } };
    bool all = (int)(json_len(check, "shopify") + json_len(check, "odoo")) + 5 <= in.h;
    size_t i;
    json_t *step;

    for (size_t side = 0; side < 2; side++) {
        const json_t *steps = json_at(check, sides[side].key);

        if (!all) {
            y = draw_short(c, in, y, sides[side].title, steps);
            continue;
        }
        canvas_put(c, y++, in.x, in.w, ROLE_HEAD, sides[side].title);
        json_array_foreach(steps, i, step)
            y = draw_step(c, in, y, step);
    }
    return y + 1;
}

/* The same lines in each kind of signs, so that one can see which the font has. */
static int draw_samples(struct canvas *c, struct rect in, int y)
{
    static const char *const signs[] = { "╭──╮ ● ▲ ✗ ✓ ▸ ▾", "╭──╮ ● ▲ ✗ ✓ ▸ ▾", "+--+ o ! x * > v" };
    json_auto_t *samples = json_array();
    enum glyphs now = c->glyphs;
    enum fold fold = c->fold;

    for (int i = 0; i < 48; i++)
        json_array_append_new(samples, json_integer(1 + (i * 7 % 24 < 12 ? i * 7 % 24 : 24 - i * 7 % 24)));
    for (int g = c->fold == FOLD_ALL ? GLYPHS_ASCII : GLYPHS_BRAILLE; g <= GLYPHS_ASCII; g++) {
        bool on = g == (int)now;

        if (y >= in.y + in.h)
            break;
        c->glyphs = (enum glyphs)g;
        c->fold = fold == FOLD_ALL ? FOLD_ALL : g == GLYPHS_ASCII ? FOLD_SIGNS : FOLD_NONE;
        canvas_putf(c, y, in.x, 12, on ? ROLE_TITLE : ROLE_DIM, "%s %s", on ? "▸" : " ",
            canvas_glyphs_name((enum glyphs)g));
        spark_draw(c, y, in.x + 17, 24, samples, ROLE_SPARK);
        gauge_draw(c, y, in.x + 43, 12, 7.4, 12);
        canvas_put(c, y++, in.x + 57, in.w - 57, ROLE_TEXT, signs[g]);
    }
    c->glyphs = now;
    c->fold = fold;
    return y;
}

/* The last step: what is set up now. */
static int draw_done(const struct wizard *w, struct canvas *c, struct rect in, int y)
{
    const char *url = json_text_or(w->backend, "webhook_url", "");
    char text[600];

    y = common_fact(c, in, y, 16, "Name", ROLE_TITLE, json_text(w->backend, "name"));
    y = common_fact(c, in, y, 16, "Shop", ROLE_TEXT, json_text(w->backend, "shop"));
    snprintf(text, sizeof text, "%.200s, database %.100s", json_text_or(w->backend, "odoo_url", "–"),
        json_text_or(w->backend, "odoo_db", "–"));
    y = common_fact(c, in, y, 16, "Odoo", ROLE_TEXT, text);
    y = common_fact(c, in, y, 16, "Order reference", ROLE_TEXT, json_text(w->backend, "order_prefix"));
    y = common_fact(c, in, y, 16, "Webhooks to", url[0] != '\0' ? ROLE_TEXT : ROLE_WARN,
        url[0] != '\0' ? url : "nowhere yet: no order arrives before Shopify knows where to send");
    if (failed(w->check))
        y = common_fact(c, in, y, 16, "Check", ROLE_WARN, "▲ something failed there: Back shows it");
    return y;
}

static void draw_receiver(const struct wizard *w, struct canvas *c, struct rect in, int y)
{
    const char *address = json_text(w->status, "receiver.address");
    char text[200];

    if (w->status == NULL || y >= in.y + in.h)
        return;
    if (address == NULL || *address == '\0')
        snprintf(text, sizeof text, "no receiver runs: the setting receiver_address is empty");
    else
        snprintf(text, sizeof text, "The receiver listens on %s; the address ends in /shopify/webhook",
            address);
    canvas_put(c, y, in.x, in.w, ROLE_DIM, text);
}

void wizard_view(struct screen *s, struct canvas *c, struct rect body)
{
    struct wizard *w = s->state;
    char title[80];
    struct rect in;
    int y;

    draw_path(w, c, body.y);
    snprintf(title, sizeof title, "%d %s", (int)w->step + 1, titles[w->step]);
    in = canvas_box(c, (struct rect){ body.y + 2, 0, body.h - 2 - WHY_LINES, body.w }, title,
        w->busy ? "working …" : "tab moves · ↵ goes on · esc leaves", true);
    y = in.y;
    if (w->step == STEP_TERMINAL)
        y = draw_samples(c, in, y + 1);
    if (w->step == STEP_CHECK && w->check != NULL)
        y = draw_steps(c, in, y, w->check);
    else
        y++;
    if (w->step == STEP_DONE)
        y = draw_done(w, c, in, y) + 1;
    y += form_draw(&w->form, c, (struct rect){ y, in.x, in.y + in.h - y, in.w }, 16, true) + 1;
    if (w->said[0] != '\0')
        y += canvas_wrap(c, (struct rect){ y < in.y + in.h ? y : in.y + in.h - 1, in.x,
            in.y + in.h - y > 1 ? in.y + in.h - y : 1, in.w }, w->said_role, w->said);
    if (w->step == STEP_WEBHOOKS)
        draw_receiver(w, c, in, y + 1);
    in = canvas_box(c, (struct rect){ body.y + body.h - WHY_LINES, 0, WHY_LINES, body.w },
        "why this is asked", NULL, false);
    canvas_wrap(c, in, ROLE_DIM, why[w->step]);
}
