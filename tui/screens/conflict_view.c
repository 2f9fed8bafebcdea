/* One conflict on the screen: three columns, and the field under the cursor uncut. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/conflict.h"
#include "tui/widgets/marks.h"

#define HEAD   4
#define DETAIL 9

static void draw_head(const struct screen *s, struct canvas *c, struct rect in)
{
    const struct view_conflict *m = s->state;
    char text[600], shop[FMT_MAX], odoo[FMT_MAX];
    enum fmt_time time = screen_time(s);
    when now = screen_now(s);
    enum role role;

    snprintf(text, sizeof text, "moved in Shopify %s, in Odoo %s · %s %lld",
        fmt_when(json_int_or(m->row, "shopify_at", 0), now, time, shop),
        fmt_when(json_int_or(m->row, "odoo_at", 0), now, time, odoo),
        json_text_or(m->row, "odoo_model", "?"), (long long)json_int_or(m->row, "odoo_id", 0));
    canvas_put(c, in.y, in.x, in.w, ROLE_DIM, text);
    conflict_state_words(s, m->row, text, sizeof text, &role);
    if (text[0] == '\0' && conflict_undecided(m) == 0)
        snprintf(text, sizeof text, "all is chosen: ↵ writes it to both sides");
    else if (text[0] == '\0')
        snprintf(text, sizeof text, "%d open · n goes to the next", conflict_undecided(m));
    canvas_put(c, in.y + 1, in.x, in.w, role, text);
}

static int draw_version(struct canvas *c, struct rect in, int y, const char *label, enum role role,
    const json_t *value, const char *base, int most)
{
    char text[8000];
    int lines;

    if (y >= in.y + in.h)
        return y;
    canvas_put(c, y, in.x, 8, ROLE_DIM, label);
    conflict_value(value, text, sizeof text);
    if (text[0] == '\0') {
        canvas_put(c, y, in.x + 9, in.w - 9, ROLE_DIM, "– empty –");
        return y + 1;
    }
    most = most < 1 ? 1 : most < in.y + in.h - y ? most : in.y + in.h - y;
    lines = marks_draw(c, (struct rect){ y, in.x + 9, most, in.w - 9 }, role, ROLE_ACCENT, base, text);
    return y + (lines > 0 ? lines : 1);
}

static void draw_rule(struct canvas *c, struct rect in, int y, const json_t *field)
{
    const char *rule = conflict_rule_words(json_text(field, "rule"));
    char text[200];

    snprintf(text, sizeof text, "%s · A makes a rule of it", rule != NULL ? rule : "none: a person is asked");
    if (y < in.y + in.h)
        common_fact(c, in, y, 8, "rule", ROLE_INFO, text);
}

/* The field under the cursor, uncut: what changed against the agreed value is marked. */
static void draw_detail(const struct view_conflict *m, struct canvas *c, struct rect r)
{
    const json_t *field = table_current(&m->fields), *pick = field != NULL ? conflict_pick(m, field) : NULL;
    const char *side = field != NULL ? conflict_side(m, field) : NULL;
    struct rect in = canvas_box(c, r, json_text_or(field, "label", "field"),
        "changed against agreed: marked", false);
    const json_t *agreed = json_at(field, "agreed");
    char base[8000];
    int last = in.y + in.h - 2, y; /* what is taken and the rule stand below */

    if (field == NULL)
        return;
    conflict_value(agreed, base, sizeof base);
    y = draw_version(c, in, in.y, "agreed", ROLE_DIM, agreed, NULL, (in.h - 2) / 3);
    y = draw_version(c, in, y, "Shopify", ROLE_SHOP, json_at(field, "shopify"),
        base[0] != '\0' ? base : NULL, (last - y) / 2);
    y = draw_version(c, in, y, "Odoo", ROLE_ODOO, json_at(field, "odoo"),
        base[0] != '\0' ? base : NULL, last - y);
    if (json_is_object(pick))
        y = draw_version(c, in, y, "take", ROLE_OK, json_object_get(pick, "value"), NULL, 1);
    else if (!conflict_is_same(field) && y < in.y + in.h)
        y = common_fact(c, in, y, 8, "take", side != NULL ? ROLE_OK : ROLE_WARN, conflict_side_words(side));
    if (!conflict_is_same(field))
        draw_rule(c, in, y, field);
}

void conflict_view(struct screen *s, struct canvas *c, struct rect body)
{
    struct view_conflict *m = s->state;
    bool zoomed = screen_zoomed(s);
    int head = zoomed ? 0 : HEAD, low = zoomed ? 0 : screen_is_wide(s) ? DETAIL + 5 : DETAIL;
    char note[96];
    struct rect in;

    if (m->row == NULL) {
        in = canvas_box(c, body, "conflict", NULL, false);
        if (s->err.kind != ERR_NONE)
            screen_trouble(s, c, in);
        else
            screen_waiting(s, c, in, "the conflict");
        return;
    }
    snprintf(note, sizeof note, "%s · conflict %lld", json_text_or(m->row, "kind", "?"), (long long)m->id);
    if (head > 0)
        draw_head(s, c, canvas_box(c, (struct rect){ body.y, 0, head, body.w },
            json_text_or(m->row, "title", "record"), note, false));
    snprintf(note, sizeof note, "%d alike%s", (int)json_object_size(json_at(m->row, "same")),
        m->all ? "" : ": . shows them");
    in = canvas_box(c, (struct rect){ body.y + head, 0, body.h - head - low, body.w }, "fields", note, true);
    m->at = in;
    common_prepare(s, &m->fields);
    table_draw(&m->fields, c, in, true, true);
    if (low > 0)
        draw_detail(m, c, (struct rect){ body.y + body.h - low, 0, low, body.w });
}
