/* The records of a step of an import: what is planned for each, and what became of it. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"
#include "tui/screens/import.h"

enum { TAG_PAGE = 1, TAG_MORE, TAG_RUN };

#define PAGE     100 /* records; halved while an answer is too long for the protocol */
#define RUN_EACH 3 /* looks */

static const char *const verdicts[] = { "", "new", "same", "changes", "refused" };
static const char *const states[] = { "", "planned", "queued", "done", "parked", "moved", "skipped",
    "undone", "kept" };
#define VERDICTS (int)(sizeof verdicts / sizeof verdicts[0])
#define STATES   (int)(sizeof states / sizeof states[0])

struct items {
    struct table list;
    json_t *row; /* imports.get, for the counts */
    json_int_t run, after; /* after: of the page that was asked for last */
    char step[24];
    int verdict, state, looks, page;
    bool asked_more, loaded;
    struct rect at;
};

static int index_of(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return 0;
}

static void open_items(struct screen *s, const json_t *args)
{
    struct items *m = s->state;

    table_init(&m->list, import_item_columns, import_item_column_count, "id");
    m->list.marks_on = true;
    m->page = PAGE;
    m->run = json_int_or(args, "run", 0);
    str_copy(m->step, sizeof m->step, json_text_or(args, "step", ""));
    m->verdict = index_of(verdicts, VERDICTS, json_text_or(args, "verdict", ""));
    m->state = index_of(states, STATES, json_text_or(args, "state", ""));
}

static void close_items(struct screen *s)
{
    struct items *m = s->state;

    table_clear(&m->list);
    json_decref(m->row);
}

static json_t *params_of(const struct items *m, json_int_t after)
{
    json_t *params = json_pack("{s:I, s:s, s:i}", "run", m->run, "step", m->step, "limit",
        m->page);

    if (m->verdict > 0)
        json_object_set_new(params, "verdict", json_string(verdicts[m->verdict]));
    if (m->state > 0)
        json_object_set_new(params, "state", json_string(states[m->state]));
    if (after > 0)
        json_object_set_new(params, "after", json_sprintf("%lld", (long long)after));
    return params;
}

static json_int_t id_of(const json_t *row)
{
    return json_int_or(row, "id", 0);
}

/* The page that is on the screen, anew: records come in the order of their ids. */
static void refresh(struct screen *s)
{
    struct items *m = s->state;
    bool deep = m->list.sort < 0 && m->list.top > 0;

    m->after = deep ? id_of(table_row(&m->list, m->list.top - 1)) : 0;
    screen_ask(s, "imports.items", params_of(m, m->after), TAG_PAGE);
    if (m->looks++ % RUN_EACH == 0)
        screen_ask(s, "imports.get", json_pack("{s:I}", "run", m->run), TAG_RUN);
}

static void more(struct screen *s)
{
    struct items *m = s->state;
    size_t count = json_array_size(m->list.rows);

    if (!table_wants_more(&m->list) || m->asked_more || count == 0)
        return;
    m->asked_more = true;
    screen_ask(s, "imports.items", params_of(m, id_of(json_array_get(m->list.rows, count - 1))),
        TAG_MORE);
}

/* A page in the place of what was known between its first and its last record. */
static void put_page(struct items *m, const json_t *rows, bool last)
{
    size_t count = json_array_size(rows), i;
    json_int_t to = last || count == 0 ? INT64_MAX : id_of(json_array_get(rows, count - 1));
    json_t *all = json_array(), *row;
    bool beyond = false;

    json_array_foreach(m->list.rows, i, row)
        if (id_of(row) <= m->after)
            json_array_append(all, row);
    json_array_foreach(rows, i, row)
        json_array_append(all, row);
    json_array_foreach(m->list.rows, i, row)
        if (id_of(row) > to) {
            json_array_append(all, row);
            beyond = true;
        }
    if (!beyond)
        m->list.more = !last;
    table_rows(&m->list, all);
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct items *m = s->state;
    const json_t *rows = json_at(a->result, "rows");
    bool last = json_at(a->result, "next") == NULL;

    if (tag == TAG_MORE)
        m->asked_more = false;
    if (a->result == NULL && tag != TAG_RUN && a->err.kind == ERR_REFUSED && m->page > 1) {
        m->page /= 2;
        refresh(s);
    }
    if (a->result == NULL)
        return;
    if (tag == TAG_RUN) {
        json_decref(m->row);
        m->row = json_deep_copy(a->result);
        return;
    }
    if (tag == TAG_PAGE) {
        put_page(m, rows, last);
    } else {
        m->list.more = !last;
        table_append(&m->list, json_incref((json_t *)(uintptr_t)rows));
    }
    m->loaded = true;
    if (m->list.filter[0] != '\0')
        more(s); /* a filter looks through all pages, not only the first */
}

static void load_anew(struct screen *s)
{
    struct items *m = s->state;

    m->loaded = m->asked_more = false;
    json_object_clear(m->list.marks);
    table_rows(&m->list, NULL);
    screen_refresh(s);
}

static void skip_all(struct screen *s)
{
    struct items *m = s->state;
    const json_t *step = imports_step(m->row, m->step);
    char path[40], title[80], count[24];
    struct dialog *d;
    long long n;

    if (m->verdict == 0) {
        screen_toast(s, ROLE_TOAST_WARN, "b chooses the verdict first");
        return;
    }
    snprintf(path, sizeof path, "verdicts.%s", verdicts[m->verdict]);
    n = (long long)json_int_or(step, path, 0);
    snprintf(title, sizeof title, "leave out all %s %s", m->step,
        verdicts[m->verdict][0] == 'n' ? "that are new" : verdicts[m->verdict]);
    snprintf(count, sizeof count, "%lld", n);
    d = screen_confirm(s, 2, title, "Leave out", "imports.skip", json_pack("{s:I, s:s, s:s}", "run",
        m->run, "step", m->step, "verdict", verdicts[m->verdict]), "left out");
    dialog_fact(d, "what", "%lld records of this verdict that have not begun", n);
    dialog_fact(d, "undo", "signalbox import unskip %lld %s --verdict %s", (long long)m->run, m->step,
        verdicts[m->verdict]);
    form_add(&d->form, FIELD_TEXT, "reason", "Reason", NULL);
    dialog_word(d, count, "Type the number of records to go on");
}

static bool act(struct screen *s, enum command command, const json_t *row)
{
    struct items *m = s->state;
    json_auto_t *ids = NULL;

    switch ((int)command) {
    case CMD_OPEN: import_open_item(s, m->run, row); return true;
    case CMD_JOB:
        if (json_int_or(row, "job", 0) != 0)
            common_open_id(s, &screen_job, json_int_or(row, "job", 0));
        else
            screen_toast(s, ROLE_TOAST_WARN, "it has no job yet");
        return true;
    case CMD_REHEARSE:
        ids = table_chosen(&m->list);
        if (strcmp(m->step, "verify") == 0)
            screen_do(s, "imports.repair", json_pack("{s:I, s:O}", "run", m->run, "ids", ids),
                "brought in once more, then compared again");
        else
            screen_toast(s, ROLE_TOAST_WARN, "only what the verification found is repaired here");
        return true;
    case CMD_ACCEPT:
    case CMD_SKIP:
        ids = table_chosen(&m->list);
        import_answer(s, m->run, ids, command == CMD_ACCEPT);
        return true;
    default: return false;
    }
}

static bool command(struct screen *s, enum command command)
{
    struct items *m = s->state;
    const json_t *row = table_current(&m->list);

    if (command == CMD_STATE || command == CMD_ITEM_STATE) {
        if (command == CMD_STATE)
            m->verdict = (m->verdict + 1) % VERDICTS;
        else
            m->state = (m->state + 1) % STATES;
        load_anew(s);
        return true;
    }
    if (command == CMD_SKIP_ALL) {
        skip_all(s);
        return true;
    }
    if (row != NULL && act(s, command, row))
        return true;
    if (!table_command(&m->list, command))
        return false;
    more(s);
    return true;
}

static void nothing(const struct items *m, struct canvas *c, struct rect in)
{
    char why[200];

    if (m->list.filter[0] != '\0')
        snprintf(why, sizeof why, "No record matches  %.80s  among those that are read.",
            m->list.filter);
    else
        snprintf(why, sizeof why, "No record of %s%s%s%s%s.", m->step,
            m->verdict > 0 ? ", verdict " : "", verdicts[m->verdict],
            m->state > 0 ? ", state " : "", states[m->state]);
    screen_empty(c, in, why, m->list.filter[0] != '\0' ? "esc clears the filter"
                                                       : "b another verdict · s another state");
}

/* How many there are of each verdict, or of the one that is shown. */
static void counts_note(const struct items *m, char *buf, size_t size)
{
    const json_t *step = imports_step(m->row, m->step);
    size_t len = 0;

    buf[0] = '\0';
    for (int i = 1; i < VERDICTS; i++) {
        char path[40], count[FMT_MAX];

        snprintf(path, sizeof path, "verdicts.%s", verdicts[i]);
        if (len < size && (m->verdict == 0 || m->verdict == i) && json_int_or(step, path, 0) > 0)
            len += (size_t)snprintf(buf + len, size - len, "%s%s %s", len > 0 ? " · " : "",
                fmt_count(json_int_or(step, path, 0), count), verdicts[i]);
    }
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct items *m = s->state;
    char title[120], note[160], text[400];
    struct rect in;
    enum role role;

    snprintf(title, sizeof title, "%s%s%s%s%s", m->step, m->verdict > 0 ? " · " : "",
        verdicts[m->verdict], m->state > 0 ? " · " : "", states[m->state]);
    counts_note(m, note, sizeof note);
    if (screen_is_wide(s) && !screen_zoomed(s)) {
        int right = body.w >= 160 ? body.w * 40 / 100 : 40;

        body.w -= right;
        import_draw_changes(c, (struct rect){ body.y, body.w, body.h, right },
            table_current(&m->list));
    }
    in = canvas_box(c, body, title, note, true);
    m->at = (struct rect){ in.y, in.x, in.h - 1, in.w };
    common_prepare(s, &m->list);
    if (m->list.shown == 0) {
        if (s->err.kind != ERR_NONE)
            screen_trouble(s, c, in);
        else if (m->loaded)
            nothing(m, c, in);
        else
            screen_waiting(s, c, in, "records");
        return;
    }
    table_draw(&m->list, c, m->at, true, true);
    if (table_marked(&m->list) > 0) {
        snprintf(text, sizeof text, "%d marked of %d read", table_marked(&m->list), m->list.shown);
        role = ROLE_DIM;
    } else {
        role = table_cell(&m->list, table_current(&m->list), 4, text, sizeof text); /* in full */
    }
    canvas_put(c, in.y + in.h - 1, in.x, in.w, role, text);
}

static void keep(const struct screen *s, json_t *args)
{
    const struct items *m = s->state;

    json_object_set_new(args, "verdict", json_string(verdicts[m->verdict]));
    json_object_set_new(args, "state", json_string(states[m->state]));
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    snprintf(buf, size, "%s", ((const struct items *)s->state)->step);
}

static void note(const struct screen *s, char *buf, size_t size)
{
    const struct items *m = s->state;

    snprintf(buf, size, "%d read%s", (int)json_array_size(m->list.rows), m->list.more ? ", more" : "");
}

static void click(struct screen *s, int y, int x)
{
    struct items *m = s->state;

    (void)x;
    table_click(&m->list, m->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct items *)s->state)->list;
}

const struct screen_ops screen_import_items = {
    .name = "import-records",
    .scope = SCOPE_ITEMS,
    .size = sizeof(struct items),
    .refresh_ms = 2000,
    .open = open_items,
    .close = close_items,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .keep = keep,
    .crumb = crumb,
    .note = note,
    .table = list,
};
