/* The SKU clinic: products that an import can't tell apart, answered one by one or in bulk. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/screens/import.h"

enum { TAG_PAGE = 1, TAG_MORE, TAG_LINK };

#define PAGE   200
#define DETAIL 6 /* lines below the list */

/* What is open, of all kinds or of one; and, at the end, what has its answer. */
static const char *const kinds[] = { "", "duplicate_shopify", "duplicate_odoo", "question", "missing",
    "answered" };
static const char *const words[] = { "open", "shop ×2", "Odoo ×2", "unclear", "no SKU", "answered" };
#define KINDS (int)(sizeof kinds / sizeof kinds[0])
#define ANSWERED (KINDS - 1)

struct clinic {
    struct table list;
    json_int_t run, backend;
    json_int_t counts[KINDS]; /* open ones; those with an answer at the end */
    char next[40];
    int kind;
    bool asked_more, loaded;
    struct rect at;
};

static int kind_at(const char *name)
{
    for (int i = 1; i < KINDS; i++)
        if (strcmp(kinds[i], name) == 0)
            return i;
    return 0;
}

static void kind_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    (void)t;
    *role = ROLE_WARN;
    snprintf(buf, size, "%s", words[kind_at(json_text_or(row, "kind", ""))]);
}

static void proposal_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    size_t n = json_array_size(json_object_get(row, "proposals"));

    (void)t;
    *role = n == 0 ? ROLE_DIM : ROLE_INFO;
    if (n == 0)
        snprintf(buf, size, "–");
    else if (n > 1)
        snprintf(buf, size, "%zu products, by %s", n, json_text_or(row, "proposals.0.by", "?"));
    else
        snprintf(buf, size, "%s?", json_text_or(row, "proposals.0.label", "?"));
}

static void answer_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role)
{
    const char *said = json_text_or(row, "answer", ""), *label = json_text_or(row, "label", "");

    (void)t;
    *role = said[0] == '\0' ? ROLE_WARN : ROLE_OK;
    if (said[0] == '\0')
        snprintf(buf, size, "–");
    else if (strcmp(said, "create") == 0)
        snprintf(buf, size, "new");
    else if (strcmp(said, "skip") == 0)
        snprintf(buf, size, "left out");
    else
        snprintf(buf, size, "is %s", label[0] != '\0' ? label : said);
}

const struct column import_clinic_columns[] = {
    { "WHAT", "kind", COLUMN_TEXT, 7, 8, 1, NULL, kind_cell },
    { "SKU", "sku", COLUMN_TEXT, 8, 16, 1, NULL, NULL },
    { "SHOPIFY", "title", COLUMN_TEXT, 14, 0, 1, NULL, NULL },
    { "PRICE", "price", COLUMN_TEXT, 6, 9, 2, NULL, NULL },
    { "PROPOSAL", "proposals", COLUMN_TEXT, 12, 0, 1, NULL, proposal_cell },
    { "ANSWER", "answer", COLUMN_TEXT, 8, 22, 1, NULL, answer_cell },
};
const int import_clinic_column_count =
    sizeof import_clinic_columns / sizeof import_clinic_columns[0];

static void open_clinic(struct screen *s, const json_t *args)
{
    struct clinic *m = s->state;

    table_init(&m->list, import_clinic_columns, import_clinic_column_count, "key");
    m->list.marks_on = true;
    m->run = json_int_or(args, "run", 0);
    m->backend = json_int_or(args, "backend", 0);
    m->kind = kind_at(json_text_or(args, "kind", ""));
}

static void close_clinic(struct screen *s)
{
    table_clear(&((struct clinic *)s->state)->list);
}

static void ask(struct screen *s, const char *after, int tag)
{
    struct clinic *m = s->state;

    screen_ask(s, "imports.clinic", json_pack("{s:I, s:i, s:b, s:s*, s:s*}", "run", m->run, "limit",
        PAGE, "answered", m->kind == ANSWERED, "after", after, "kind",
        m->kind > 0 && m->kind != ANSWERED ? kinds[m->kind] : NULL), tag);
}

/* The first page anew; who has read further keeps what is read. */
static void refresh(struct screen *s)
{
    struct clinic *m = s->state;

    if (json_array_size(m->list.rows) <= PAGE)
        ask(s, NULL, TAG_PAGE);
}

static void more(struct screen *s)
{
    struct clinic *m = s->state;

    if (m->next[0] == '\0' || m->asked_more ||
        (!table_wants_more(&m->list) && m->list.filter[0] == '\0'))
        return;
    m->asked_more = true;
    ask(s, m->next, TAG_MORE);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct clinic *m = s->state;
    json_t *rows = json_object_get(a->result, "rows");

    m->asked_more = false;
    if (a->result == NULL)
        return;
    m->counts[ANSWERED] = 0;
    for (int i = 1; i < ANSWERED; i++) {
        m->counts[i] = json_int_or(json_at(a->result, "open"), kinds[i], 0);
        m->counts[ANSWERED] += json_int_or(json_at(a->result, "counts"), kinds[i], 0) - m->counts[i];
    }
    str_copy(m->next, sizeof m->next, json_text_or(a->result, "next", ""));
    m->list.more = m->next[0] != '\0';
    if (tag == TAG_PAGE)
        table_rows(&m->list, json_incref(rows));
    else
        table_append(&m->list, json_incref(rows));
    m->loaded = true;
    more(s);
}

/* ---- answers ---- */

static void say(struct screen *s, const char *word, const char *button, const char *done)
{
    struct clinic *m = s->state;
    json_auto_t *chosen = table_chosen(&m->list);
    size_t n = json_array_size(chosen);
    json_t *params;
    struct dialog *d;
    char title[80], count[24];

    if (n == 0)
        return;
    params = json_pack("{s:I, s:O, s:s}", "run", m->run, "keys", chosen, "answer", word);
    if (n == 1) {
        screen_do(s, "imports.clinic_answer", params, done);
        return;
    }
    snprintf(title, sizeof title, "%s %zu variants", button, n);
    snprintf(count, sizeof count, "%zu", n);
    d = screen_confirm(s, 2, title, button, "imports.clinic_answer", params, done);
    dialog_fact(d, "what", "the %zu marked variants, and no others", n);
    dialog_fact(d, "effect", "kept as mappings of products; their records are judged again at once");
    form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL);
    dialog_word(d, count, "Type the number of variants to go on");
}

static void prompt(struct screen *s, int tag, const char *text)
{
    struct clinic *m = s->state;
    const json_t *row = table_current(&m->list);
    unsigned long long id;

    if (tag != TAG_LINK || row == NULL)
        return;
    if (!str_number(text, INT32_MAX, &id) || id == 0) {
        screen_toast(s, ROLE_TOAST_WARN, "a product's id is a number");
        return;
    }
    screen_do(s, "imports.clinic_answer", json_pack("{s:I, s:[O], s:s, s:I}", "run", m->run, "keys",
        json_object_get(row, "key"), "answer", "link", "product", (json_int_t)id), "linked");
}

static void open_record(struct screen *s, const json_t *row)
{
    json_auto_t *item = json_pack("{s:I, s:s}", "id", json_int_or(row, "item", 0), "step", "products");

    import_open_item(s, ((struct clinic *)s->state)->run, item);
}

static bool act(struct screen *s, enum command command, const json_t *row)
{
    switch ((int)command) {
    case CMD_OPEN: open_record(s, row); return true;
    case CMD_ACCEPT: say(s, "link", "Link", "linked with what was proposed"); return true;
    case CMD_CREATE: say(s, "create", "Make new", "it will be made new"); return true;
    case CMD_SKIP: say(s, "skip", "Leave out", "left out"); return true;
    case CMD_LINK: screen_prompt(s, TAG_LINK, "Odoo product id", ""); return true;
    default: return false;
    }
}

static bool command(struct screen *s, enum command command)
{
    struct clinic *m = s->state;
    const json_t *row = table_current(&m->list);

    if (command == CMD_STATE) {
        m->kind = (m->kind + 1) % KINDS;
        m->loaded = m->asked_more = false;
        json_object_clear(m->list.marks);
        table_rows(&m->list, NULL);
        screen_refresh(s);
        return true;
    }
    if (command == CMD_REHEARSE) {
        screen_do(s, "imports.rehearse", json_pack("{s:I}", "run", m->run),
            "what was refused is judged again");
        return true;
    }
    if (row != NULL && act(s, command, row))
        return true;
    if (!table_command(&m->list, command))
        return false;
    more(s);
    return true;
}

/* ---- looks ---- */

static void draw_detail(struct canvas *c, struct rect r, const json_t *row)
{
    struct rect in = canvas_box(c, r, json_text_or(row, "title", "variant"),
        "a link · c new · x leave out", false);
    const json_t *one;
    int y = in.y;
    size_t i;

    json_array_foreach(json_object_get(row, "others"), i, one) {
        char text[300];

        snprintf(text, sizeof text, "%.200s, %.20s", json_text_or(one, "title", ""),
            json_text_or(one, "price", ""));
        if (y < in.y + in.h)
            y = common_fact(c, in, y, 9, i == 0 ? "also of" : "", ROLE_TEXT, text);
    }
    json_array_foreach(json_object_get(row, "proposals"), i, one) {
        char text[300];

        snprintf(text, sizeof text, "%lld %.180s, by %.20s",
            (long long)json_int_or(one, "product_id", 0), json_text_or(one, "label", ""),
            json_text_or(one, "by", ""));
        if (y < in.y + in.h)
            y = common_fact(c, in, y, 9, i == 0 ? "in Odoo" : "", ROLE_INFO, text);
    }
    if (y == in.y)
        canvas_put(c, y, in.x, in.w, ROLE_DIM, "Odoo has nothing like it: left alone, it is made new");
}

static void counts_note(const struct clinic *m, char *buf, size_t size)
{
    size_t len = 0;

    buf[0] = '\0';
    for (int i = 1; i < KINDS; i++) {
        char count[FMT_MAX];

        if (len < size && m->counts[i] > 0 && (m->kind == 0 || m->kind == i))
            len += (size_t)snprintf(buf + len, size - len, "%s%s %s", len > 0 ? " · " : "",
                fmt_count(m->counts[i], count), words[i]);
    }
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct clinic *m = s->state;
    int low = screen_zoomed(s) ? 0 : DETAIL;
    const json_t *row = table_current(&m->list);
    char title[80], note[200];
    struct rect in;

    snprintf(title, sizeof title, "clinic · %s", words[m->kind]);
    counts_note(m, note, sizeof note);
    in = canvas_box(c, (struct rect){ body.y, body.x, body.h - low, body.w }, title, note, true);
    m->at = in;
    common_prepare(s, &m->list);
    if (low > 0)
        draw_detail(c, (struct rect){ body.y + body.h - low, body.x, low, body.w }, row);
    if (m->list.shown > 0)
        table_draw(&m->list, c, in, true, true);
    else if (s->err.kind != ERR_NONE)
        screen_trouble(s, c, in);
    else if (!m->loaded)
        screen_waiting(s, c, in, "questions");
    else if (m->list.filter[0] != '\0')
        screen_empty(c, in, "No variant matches.", "esc clears the filter");
    else
        screen_empty(c, in, m->kind == ANSWERED        ? "Nothing is answered yet."
                : m->kind > 0                 ? "Nothing of this kind is open."
                : m->counts[ANSWERED] > 0 ? "Every question has its answer."
                                          : "Every product can be told apart.", "b another kind");
}

static void keep(const struct screen *s, json_t *args)
{
    json_object_set_new(args, "kind", json_string(kinds[((const struct clinic *)s->state)->kind]));
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    (void)s;
    snprintf(buf, size, "clinic");
}

static void note(const struct screen *s, char *buf, size_t size)
{
    const struct clinic *m = s->state;

    snprintf(buf, size, "%d read%s", (int)json_array_size(m->list.rows), m->list.more ? ", more" : "");
}

static void click(struct screen *s, int y, int x)
{
    struct clinic *m = s->state;

    (void)x;
    table_click(&m->list, m->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct clinic *)s->state)->list;
}

const struct screen_ops screen_import_clinic = {
    .name = "import-clinic",
    .scope = SCOPE_CLINIC,
    .size = sizeof(struct clinic),
    .refresh_ms = 3000,
    .open = open_clinic,
    .close = close_clinic,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .prompt = prompt,
    .click = click,
    .view = view,
    .keep = keep,
    .crumb = crumb,
    .note = note,
    .table = list,
};

/* ---- the way here ---- */

void import_open_clinic(struct screen *s, json_int_t run, json_int_t backend)
{
    json_auto_t *args = json_pack("{s:I, s:I}", "run", run, "backend", backend);

    screen_open(s, &screen_import_clinic, args);
}
