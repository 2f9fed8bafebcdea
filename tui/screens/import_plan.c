/* What a new import shall bring in: steps, dates, states, hours. It is planned, never begun here. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "tui/draw/input.h"
#include "tui/screens/common.h"
#include "tui/screens/import.h"

enum { TAG_CHECKS = 1, TAG_COUNTS, TAG_PLAN };

/* Columns of the grid, beside the step's name. */
#define AT_ON      14
#define AT_FROM    21
#define AT_TO      33
#define AT_STATUS  45
#define AT_SHOPIFY 61
#define AT_ODOO    69
#define COUNT_COLS 7
#define DAY_WIDTH  11
#define WIDE_FIELD 40

struct plan {
    json_int_t backend;
    json_t *checks, *counts; /* what the core found; NULL: not yet */
    char scope[600];         /* for which it was asked to count, as text */
    char zone[64];           /* the shop's; "": not known yet */
    struct form form;
    bool busy;
    char said[300];
};

/* The fields of a step; NULL: it has none of the kind. */
static const struct {
    const char *step, *title, *on, *from, *to, *status;
} rows[] = {
    { "customers", "Customers", "customers.on", "customers.created_from", "customers.created_to",
        NULL },
    { "products", "Products", "products.on", "products.created_from", "products.created_to",
        "products.status" },
    { "stock", "Opening stock", "stock.on", NULL, NULL, NULL },
    { "orders", "Orders", "orders.on", "orders.created_from", "orders.created_to", "orders.status" },
    { "verify", "Verify", "verify.on", NULL, NULL, NULL },
};
#define ROWS (int)(sizeof rows / sizeof rows[0])

static json_t *choices(const char *const *pairs)
{
    json_t *list = json_array();

    for (; pairs[0] != NULL; pairs += 2)
        json_array_append_new(list, json_pack("{s:s, s:s}", "value", pairs[0], "label", pairs[1]));
    return list;
}

static void add_row(struct form *f, int i)
{
    static const char *const yes_no[] = { "yes", "yes", "no", "no", NULL };
    static const char *const products[] = { "", "all", "active", "active", "active,draft",
        "active, draft", "archived", "archived", NULL };
    static const char *const orders[] = { "", "all", "open", "open", "closed", "closed",
        "open,closed", "not cancelled", NULL };

    form_choices(form_add(f, FIELD_CHOICE, rows[i].on, rows[i].title, NULL), choices(yes_no), "yes");
    if (rows[i].from != NULL)
        form_add(f, FIELD_TEXT, rows[i].from, "from", NULL);
    if (rows[i].to != NULL)
        form_add(f, FIELD_TEXT, rows[i].to, "to", NULL);
    if (rows[i].status != NULL)
        form_choices(form_add(f, FIELD_CHOICE, rows[i].status, "status", NULL),
            choices(strcmp(rows[i].step, "orders") == 0 ? orders : products), "");
}

static void open_plan(struct screen *s, const json_t *args)
{
    struct plan *p = s->state;

    p->backend = json_int_or(args, "backend", screen_backend(s));
    for (int i = 0; i < ROWS; i++)
        add_row(&p->form, i);
    form_add(&p->form, FIELD_TEXT, "hours", "Hours", NULL);
    form_add(&p->form, FIELD_TEXT, "reason", "Reason", NULL);
    form_add(&p->form, FIELD_BUTTON, "plan", "Plan it", NULL);
    form_add(&p->form, FIELD_BUTTON, "leave", "Leave", NULL);
}

static void close_plan(struct screen *s)
{
    struct plan *p = s->state;

    form_clear(&p->form);
    json_decref(p->checks);
    json_decref(p->counts);
}

/* ---- what was filled in ---- */

static bool is_day(const char *text)
{
    int year, month, day, end = 0;

    return sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) == 3 && end == 10 &&
        (text[10] == '\0' || text[10] == 'T') && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Adds a field to the scope of a step; false: it is no day, and the cursor stands on it. */
static bool take(struct plan *p, json_t *scope, const char *step, const char *name, bool day)
{
    const char *value = name == NULL ? "" : form_value(&p->form, name);
    json_t *of = json_object_get(scope, step);

    if (*value == '\0')
        return true;
    if (day && !is_day(value)) {
        snprintf(p->said, sizeof p->said, "%.40s is no day: 2026-01-31, or leave it empty", value);
        p->form.at = (int)(form_field(&p->form, name) - p->form.fields);
        return false;
    }
    if (of == NULL) {
        of = json_object();
        json_object_set_new(scope, step, of);
    }
    json_object_set_new(of, strchr(name, '.') + 1, json_string(value));
    return true;
}

/* Fills steps and scope; false: said what is wrong. */
static bool take_form(struct plan *p, json_t *steps, json_t *scope)
{
    for (int i = 0; i < ROWS; i++) {
        if (strcmp(form_value(&p->form, rows[i].on), "yes") != 0)
            continue;
        json_array_append_new(steps, json_string(rows[i].step));
        if (!take(p, scope, rows[i].step, rows[i].from, true) ||
            !take(p, scope, rows[i].step, rows[i].to, true) ||
            !take(p, scope, rows[i].step, rows[i].status, false))
            return false;
    }
    return true;
}

/* New parameters for imports.plan; NULL: said what is wrong. */
static json_t *params_of(struct plan *p)
{
    json_auto_t *scope = json_object(), *steps = json_array();
    json_t *params;

    if (!take_form(p, steps, scope))
        return NULL;
    if (json_array_size(steps) == 0) {
        snprintf(p->said, sizeof p->said, "there is nothing to import: every step is off");
        return NULL;
    }
    params = json_pack("{s:I}", "backend", p->backend);
    if (json_array_size(steps) < (size_t)ROWS)
        json_object_set(params, "steps", steps);
    if (json_object_size(scope) > 0)
        json_object_set(params, "scope", scope);
    if (form_value(&p->form, "hours")[0] != '\0')
        json_object_set_new(params, "hours", json_string(form_value(&p->form, "hours")));
    if (form_value(&p->form, "reason")[0] != '\0')
        json_object_set_new(params, "reason", json_string(form_value(&p->form, "reason")));
    return params;
}

/* How much both sides have within what is filled in: asked when that changed. */
static void ask_counts(struct screen *s)
{
    struct plan *p = s->state;
    json_auto_t *scope = json_object(), *steps = json_array();
    int at = p->form.at;
    AUTO_FREE char *text = NULL;

    if (!take_form(p, steps, scope)) { /* half a day is typed: it is said when it matters */
        p->form.at = at;
        p->said[0] = '\0';
        return;
    }
    text = json_write(scope);
    if (text == NULL || strcmp(text, p->scope) == 0)
        return;
    str_copy(p->scope, sizeof p->scope, text);
    screen_ask(s, "imports.counts", json_pack("{s:I, s:O}", "backend", p->backend, "scope", scope),
        TAG_COUNTS);
}

static void refresh(struct screen *s)
{
    struct plan *p = s->state;

    screen_ask(s, "imports.checks", json_pack("{s:I}", "backend", p->backend), TAG_CHECKS);
    ask_counts(s);
}

static void send_plan(struct screen *s)
{
    struct plan *p = s->state;
    json_t *params;

    p->said[0] = '\0';
    if (!screen_may(s, "operator")) {
        snprintf(p->said, sizeof p->said, "your role may look but not do this");
        return;
    }
    params = params_of(p);
    if (params == NULL)
        return;
    p->busy = true;
    screen_ask(s, "imports.plan", params, TAG_PLAN);
}

/* ---- the screen ---- */

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct plan *p = s->state;
    struct screen *below = screen_below(s);
    json_int_t run = json_int_or(a->result, "run", 0);

    if (tag == TAG_CHECKS || tag == TAG_COUNTS) {
        json_t **place = tag == TAG_CHECKS ? &p->checks : &p->counts;

        json_decref(*place);
        *place = json_deep_copy(json_at(a->result, tag == TAG_CHECKS ? "checks" : "rows"));
        if (tag == TAG_COUNTS)
            str_copy(p->zone, sizeof p->zone, json_text_or(a->result, "zone", ""));
        return;
    }
    p->busy = false;
    if (a->result == NULL) {
        str_copy(p->said, sizeof p->said, a->err.text);
        return;
    }
    screen_toast(s, ROLE_TOAST_OK, "import %lld is being planned", (long long)run);
    screen_back(s); /* s is gone now */
    if (below != NULL)
        common_open_id(below, &screen_import, run);
}

static bool key(struct screen *s, int key)
{
    struct plan *p = s->state;
    enum form_event event;

    if (p->busy)
        return key != KEYCODE_ESC && key != 3 && key != 26 && key != 12;
    event = form_key(&p->form, key);
    if (event == FORM_CHANGED)
        p->said[0] = '\0';
    if (event == FORM_USED)
        ask_counts(s);
    if (event == FORM_PRESSED && strcmp(p->form.fields[p->form.at].name, "plan") == 0)
        send_plan(s);
    else if (event == FORM_PRESSED)
        screen_back(s);
    /* letters typed beside a field must not pause, leave or jump away; ? still helps */
    return event != FORM_NOTHING || (key > ' ' && key < KEYCODE_FIRST && key != '?' && key != 127);
}

static void paste(struct screen *s, const char *text)
{
    form_paste(&((struct plan *)s->state)->form, text);
}

static bool command(struct screen *s, enum command command)
{
    (void)s;
    return command == CMD_OPEN || command == CMD_NEXT_PANE || command == CMD_PREV_PANE;
}

static void draw_cell(struct plan *p, struct canvas *c, int y, int x, int width, const char *name)
{
    const struct field *field = name == NULL ? NULL : form_field(&p->form, name);

    if (field != NULL)
        form_draw_value(field, c, y, x, width, field == &p->form.fields[p->form.at]);
}

static void draw_count(struct canvas *c, int y, int x, const json_t *row, const char *name)
{
    char text[FMT_MAX + 2], count[FMT_MAX];
    const json_t *value = json_at(row, name);

    snprintf(text, sizeof text, "%s%s", fmt_short(json_integer_value(value), count),
        strcmp(name, "shopify") == 0 && json_is_false(json_object_get(row, "exact")) ? "+" : "");
    canvas_right(c, y, x, COUNT_COLS, ROLE_TEXT, json_is_integer(value) ? text : "–");
}

static void draw_counts(const struct plan *p, struct canvas *c, struct rect in, int y, const char *step)
{
    size_t i;
    json_t *row;

    json_array_foreach(p->counts, i, row)
        if (strcmp(json_text_or(row, "step", ""), step) == 0) {
            draw_count(c, y, in.x + AT_SHOPIFY, row, "shopify");
            draw_count(c, y, in.x + AT_ODOO, row, "odoo");
        }
}

static void draw_grid(struct plan *p, struct canvas *c, struct rect in, int y)
{
    canvas_put(c, y, in.x, AT_ON, ROLE_HEAD, "STEP");
    canvas_put(c, y, in.x + AT_ON, AT_FROM - AT_ON, ROLE_HEAD, "IMPORT");
    canvas_put(c, y, in.x + AT_FROM, AT_TO - AT_FROM, ROLE_HEAD, "FROM");
    canvas_put(c, y, in.x + AT_TO, AT_STATUS - AT_TO, ROLE_HEAD, "UNTIL");
    canvas_put(c, y, in.x + AT_STATUS, 12, ROLE_HEAD, "STATUS");
    canvas_right(c, y, in.x + AT_SHOPIFY, COUNT_COLS, ROLE_HEAD, "SHOPIFY");
    canvas_right(c, y, in.x + AT_ODOO, COUNT_COLS, ROLE_HEAD, "ODOO");
    for (int i = 0; i < ROWS; i++) {
        bool on = strcmp(form_value(&p->form, rows[i].on), "yes") == 0;

        canvas_put(c, ++y, in.x, AT_ON - 1, on ? ROLE_TEXT : ROLE_FAINT, rows[i].title);
        draw_cell(p, c, y, in.x + AT_ON, 6, rows[i].on);
        draw_cell(p, c, y, in.x + AT_FROM, DAY_WIDTH, rows[i].from);
        draw_cell(p, c, y, in.x + AT_TO, DAY_WIDTH, rows[i].to);
        draw_cell(p, c, y, in.x + AT_STATUS, 15, rows[i].status);
        if (on)
            draw_counts(p, c, in, y, rows[i].step);
    }
}

/* What is not right, the worst first, and how much is; as many lines as there are. */
static void draw_checks(const struct plan *p, struct canvas *c, struct rect in)
{
    static const char *const states[] = { "fail", "warn" };
    int y = in.y, fine = (int)json_array_size(p->checks), hidden = 0;
    size_t i;
    json_t *row;

    for (size_t k = 0; k < sizeof states / sizeof states[0]; k++)
        json_array_foreach(p->checks, i, row) {
            if (strcmp(json_text_or(row, "state", ""), states[k]) != 0)
                continue;
            fine--;
            if (y < in.y + in.h - 1)
                canvas_putf(c, y++, in.x, in.w, common_state_role(states[k]), "%s %s",
                    common_state_sign(states[k]), json_text_or(row, "text", "?"));
            else
                hidden++;
        }
    if (p->checks == NULL)
        canvas_put(c, y, in.x, in.w, ROLE_DIM, "looking at both sides …");
    else if (hidden > 0)
        canvas_putf(c, y, in.x, in.w, ROLE_WARN, "▲ %d more are not well: signalbox import checks %lld",
            hidden, (long long)p->backend);
    else if (y < in.y + in.h)
        canvas_putf(c, y, in.x, in.w, ROLE_OK, "✓ %d checks are well", fine);
}

static void draw_buttons(struct plan *p, struct canvas *c, struct rect in, int y)
{
    static const char *const names[] = { "plan", "leave" };
    int x = in.x;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct field *field = form_field(&p->form, names[i]);

        x += form_draw_value(field, c, y, x, in.w, field == &p->form.fields[p->form.at]);
    }
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct plan *p = s->state;
    struct rect in;
    char title[120], text[400];
    int y;

    snprintf(title, sizeof title, "plan an import of %s",
        json_text_or(screen_backend_row(s), "name", "the shop"));
    in = canvas_box(c, body, title, p->busy ? "asking …" : "tab moves · esc leaves", true);
    y = in.y;
    draw_grid(p, c, in, y);
    y += ROWS + 2;
    canvas_put(c, y, in.x, AT_ON - 1, ROLE_DIM, "Hours");
    draw_cell(p, c, y, in.x + AT_ON, DAY_WIDTH, "hours");
    canvas_put(c, y++, in.x + AT_ON + DAY_WIDTH + 2, in.w - AT_ON - DAY_WIDTH - 2, ROLE_DIM,
        "22-6: only then, the core's clock; empty: always");
    canvas_put(c, y, in.x, AT_ON - 1, ROLE_DIM, "Reason");
    draw_cell(p, c, y++, in.x + AT_ON, WIDE_FIELD, "reason");
    draw_buttons(p, c, in, y + 1);
    y += 3;
    if (p->said[0] != '\0')
        y += canvas_wrap(c, (struct rect){ y, in.x, 2, in.w }, ROLE_ERR, p->said);
    draw_checks(p, c, (struct rect){ y, in.x, in.y + in.h - 2 - y, in.w });
    snprintf(text, sizeof text, "Days begin at midnight by the shop's clock%s%s; until is not included. "
        "Nothing is written before you have seen the plan and said apply.",
        p->zone[0] != '\0' ? ", " : "", p->zone);
    canvas_wrap(c, (struct rect){ in.y + in.h - 2, in.x, 2, in.w }, ROLE_DIM, text);
}

const struct screen_ops screen_import_plan = {
    .name = "import-plan",
    .scope = SCOPE_PLAN,
    .size = sizeof(struct plan),
    .open = open_plan,
    .close = close_plan,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .key = key,
    .paste = paste,
    .view = view,
    .passing = true,
};
