/* The jobs of a queue, of a state, of a cause: a list that is read page by page. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/common.h"

enum { TAG_FIRST = 1, TAG_MORE };

static const char *const states[] = { "", "ready", "running", "waiting", "parked", "asking",
    "noflow", "finished", "cancelled" };
#define STATES (int)(sizeof states / sizeof states[0])

struct jobs {
    struct table list;
    char lane[64], next[256];
    json_int_t backend;
    int state;
    json_t *counts;
    bool asked_more, loaded;
    bool deep; /* more than the newest page was read */
    struct rect at;
};

static void open_jobs(struct screen *s, const json_t *args)
{
    struct jobs *j = s->state;

    table_init(&j->list, common_job_columns, common_job_column_count, "id");
    j->list.marks_on = true;
    str_copy(j->lane, sizeof j->lane, json_text_or(args, "lane", ""));
    j->backend = json_int_or(args, "backend", 0);
    for (int i = 0; i < STATES; i++)
        if (strcmp(states[i], json_text_or(args, "state", "")) == 0)
            j->state = i;
}

static void close_jobs(struct screen *s)
{
    struct jobs *j = s->state;

    table_clear(&j->list);
    json_decref(j->counts);
}

static json_t *params_of(const struct jobs *j)
{
    json_t *params = json_object();

    if (j->lane[0] != '\0')
        json_object_set_new(params, "lane", json_string(j->lane));
    if (j->backend != 0)
        json_object_set_new(params, "backend", json_integer(j->backend));
    if (states[j->state][0] != '\0')
        json_object_set_new(params, "state", json_string(states[j->state]));
    return params;
}

static void refresh(struct screen *s)
{
    struct jobs *j = s->state;
    json_t *params = params_of(j);

    json_object_set_new(params, "limit", json_integer(100));
    screen_ask(s, "jobs.list", params, TAG_FIRST);
}

static void more(struct screen *s)
{
    struct jobs *j = s->state;
    json_t *params;

    if (!table_wants_more(&j->list) || j->asked_more || j->next[0] == '\0')
        return;
    j->asked_more = true;
    params = params_of(j);
    json_object_set_new(params, "after", json_string(j->next));
    json_object_set_new(params, "limit", json_integer(200));
    screen_ask(s, "jobs.list", params, TAG_MORE);
}

static void take_next(struct jobs *j, const json_t *result)
{
    const json_t *next = json_at(result, "next");

    j->next[0] = '\0';
    if (json_is_string(next))
        str_copy(j->next, sizeof j->next, json_string_value(next));
    else if (json_is_integer(next))
        snprintf(j->next, sizeof j->next, "%lld", (long long)json_integer_value(next));
    j->list.more = j->next[0] != '\0';
}

static void answer(struct screen *s, int tag, const struct link_answer *a)
{
    struct jobs *j = s->state;
    json_t *rows = json_object_get(a->result, "rows");
    bool deeper;

    if (tag == TAG_MORE)
        j->asked_more = false;
    if (a->result == NULL)
        return;
    deeper = tag == TAG_FIRST && j->deep && json_at(a->result, "next") != NULL;
    j->deep = tag == TAG_MORE || deeper;
    if (deeper)
        table_newest(&j->list, json_incref(rows));
    else if (tag == TAG_FIRST)
        table_rows(&j->list, json_incref(rows));
    else
        table_append(&j->list, json_incref(rows));
    if (json_at(a->result, "counts") != NULL) {
        json_decref(j->counts);
        j->counts = json_incref(json_object_get(a->result, "counts"));
    }
    j->loaded = true;
    if (!deeper)
        take_next(j, a->result);
    if (j->list.filter[0] != '\0')
        more(s); /* a filter looks through all pages, not only the first */
}

static bool command(struct screen *s, enum command command)
{
    struct jobs *j = s->state;
    const json_t *row = table_current(&j->list);
    json_auto_t *ids = NULL;

    if (command == CMD_STATE) {
        j->state = (j->state + 1) % STATES;
        j->loaded = j->deep = false;
        json_object_clear(j->list.marks);
        table_rows(&j->list, NULL);
        screen_refresh(s);
        return true;
    }
    if (command == CMD_OPEN && row != NULL) {
        common_open_id(s, &screen_job, json_int_or(row, "id", 0));
        return true;
    }
    ids = table_chosen(&j->list);
    if (common_job_command(s, command, ids, json_text_or(row, "title", "")))
        return true;
    if (!table_command(&j->list, command))
        return false;
    more(s);
    return true;
}

/* The queue's own counts are in the picture of all; those of the list are of all queues. */
static const json_t *counts_of(const struct screen *s)
{
    const struct jobs *j = s->state;
    const json_t *lanes = json_at(screen_overview(s), "lanes");
    size_t i;
    json_t *lane;

    if (j->lane[0] == '\0')
        return j->counts;
    json_array_foreach(lanes, i, lane)
        if (strcmp(json_text_or(lane, "lane", ""), j->lane) == 0 &&
            (j->backend == 0 || json_int_or(lane, "backend", 0) == j->backend))
            return lane;
    return NULL;
}

static void counts_note(const struct screen *s, char *buf, size_t size)
{
    static const char *const shown[] = { "ready", "running", "waiting", "parked", "asking" };
    const json_t *counts = counts_of(s);
    size_t len = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        int64_t n = json_int_or(counts, shown[i], 0);
        char count[FMT_MAX];

        if (n > 0 && len < size)
            len += (size_t)snprintf(buf + len, size - len, "%s%s %s", len > 0 ? " · " : "",
                fmt_count(n, count), shown[i]);
    }
}

static void nothing(const struct jobs *j, struct canvas *c, struct rect in)
{
    char why[200], count[FMT_MAX];

    if (j->list.filter[0] != '\0') {
        snprintf(why, sizeof why, "No job matches  %.80s  among the %s%s.", j->list.filter,
            fmt_count((int64_t)json_array_size(j->list.rows), count),
            j->list.more ? " newest" : " that are here");
        screen_empty(c, in, why, "esc clears the filter · b shows another state");
    } else {
        snprintf(why, sizeof why, "No %s%sjob%s%.60s.", states[j->state],
            states[j->state][0] != '\0' ? " " : "", j->lane[0] != '\0' ? " in queue " : "", j->lane);
        screen_empty(c, in, why, "b shows another state · esc goes back");
    }
}

static void view(struct screen *s, struct canvas *c, struct rect body)
{
    struct jobs *j = s->state;
    char title[160], note[160], foot[160];
    struct rect in;

    snprintf(title, sizeof title, "jobs %s%s%s", j->lane, states[j->state][0] != '\0' ? " · " : "",
        states[j->state]);
    counts_note(s, note, sizeof note);
    in = canvas_box(c, body, title, note, true);
    common_prepare(s, &j->list);
    j->at = (struct rect){ in.y, in.x, in.h - 1, in.w };
    if (s->err.kind != ERR_NONE && j->list.shown == 0) {
        screen_trouble(s, c, in);
        return;
    }
    if (j->list.shown == 0 && j->loaded) {
        nothing(j, c, in);
        return;
    }
    if (!j->loaded) {
        screen_waiting(s, c, in, "jobs");
        return;
    }
    table_draw(&j->list, c, j->at, true, true);
    snprintf(foot, sizeof foot, "%d marked of %d read%s", table_marked(&j->list),
        (int)json_array_size(j->list.rows), j->list.more ? ", there are more" : "");
    canvas_put(c, in.y + in.h - 1, in.x, in.w, ROLE_DIM, foot);
}

static void crumb(const struct screen *s, char *buf, size_t size)
{
    const struct jobs *j = s->state;

    snprintf(buf, size, "%s", j->lane[0] != '\0' ? j->lane : "all jobs");
}

static void keep(const struct screen *s, json_t *args)
{
    json_object_set_new(args, "state", json_string(states[((const struct jobs *)s->state)->state]));
}

static void click(struct screen *s, int y, int x)
{
    struct jobs *j = s->state;

    (void)x;
    table_click(&j->list, j->at, y);
}

static struct table *list(struct screen *s)
{
    return &((struct jobs *)s->state)->list;
}

const struct screen_ops screen_jobs = {
    .name = "jobs",
    .scope = SCOPE_JOBS,
    .size = sizeof(struct jobs),
    .refresh_ms = 2000,
    .open = open_jobs,
    .close = close_jobs,
    .refresh = refresh,
    .answer = answer,
    .command = command,
    .click = click,
    .view = view,
    .keep = keep,
    .crumb = crumb,
    .table = list,
};
