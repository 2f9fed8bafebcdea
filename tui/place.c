/* Where the operator is, as JSON: for the next run after a lost line, and for saved views. */
#include <string.h>

#include "base/json.h"
#include "tui/app_state.h"

#define MARKS_KEPT 1000
#define ARGS_KEPT  4096 /* bytes of JSON; a screen opened with more is not a place */

static const struct screen_ops *const places[] = { &screen_dashboard, &screen_queues, &screen_jobs,
    &screen_job, &screen_errors, &screen_error, &screen_webhooks, &screen_webhook,
    &screen_subscriptions, &screen_records, &screen_timeline, &screen_mappings, &screen_setup,
    &screen_audit, &screen_imports, &screen_import, &screen_import_items, &screen_import_item,
    &screen_import_uses, &screen_import_clinic, &screen_conflicts, &screen_conflict,
    &screen_conflict_rules };

static const struct screen_ops *find_ops(const char *name)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strcmp(places[i]->name, name) == 0)
            return places[i];
    return NULL;
}

static struct table *table_of(struct screen *s)
{
    return s->ops->table == NULL ? NULL : s->ops->table(s);
}

static void keep_table(const struct table *t, json_t *place)
{
    if (t->filter[0] != '\0')
        json_object_set_new(place, "filter", json_string(t->filter));
    if (t->sort >= 0) {
        json_object_set_new(place, "sort", json_string(t->columns[t->sort].path));
        json_object_set_new(place, "descending", json_boolean(t->descending));
    }
    if (t->at_id[0] != '\0')
        json_object_set_new(place, "at", json_string(t->at_id));
    if (json_object_size(t->marks) > 0 && json_object_size(t->marks) <= MARKS_KEPT)
        json_object_set(place, "marks", t->marks);
}

/* NULL: not a place to come back to. */
static json_t *place_of(struct screen *s)
{
    char *text;
    json_t *args, *place;
    bool fits;

    if (s->ops->passing)
        return NULL;
    args = json_deep_copy(s->args);
    if (s->ops->keep != NULL)
        s->ops->keep(s, args);
    text = json_write(args);
    fits = text != NULL && strlen(text) <= ARGS_KEPT;
    free(text);
    if (!fits) {
        json_decref(args);
        return NULL;
    }
    place = json_pack("{s:s, s:o}", "screen", s->ops->name, "args", args);
    if (table_of(s) != NULL)
        keep_table(table_of(s), place);
    return place;
}

static int column_of(const struct table *t, const char *path)
{
    for (int i = 0; path != NULL && i < t->column_count; i++)
        if (t->columns[i].path != NULL && strcmp(t->columns[i].path, path) == 0)
            return i;
    return -1;
}

/* The rows are not there yet: the table finds its cursor when they come. */
static void put_back(struct screen *s, const json_t *place)
{
    struct table *t = table_of(s);
    const char *id;
    json_t *value;

    if (t == NULL)
        return;
    str_copy(t->filter, sizeof t->filter, json_text_or(place, "filter", ""));
    str_copy(t->wanted, sizeof t->wanted, json_text_or(place, "at", ""));
    t->sort = column_of(t, json_text(place, "sort"));
    t->descending = json_flag(place, "descending");
    json_object_foreach(json_object_get(place, "marks"), id, value)
        if (strlen(id) < sizeof t->at_id && t->marks_on)
            json_object_set_new(t->marks, id, json_true());
}

static bool open_place(struct app *a, const json_t *place)
{
    const struct screen_ops *ops = find_ops(json_text_or(place, "screen", ""));

    if (ops == NULL || (a->depth == 0) != (ops->tab > 0))
        return false;
    app_push(a, ops, json_at(place, "args"));
    put_back(app_top(a), place);
    return true;
}

void place_restore(struct app *a)
{
    const json_t *saved = memory_core(a->options->memory, a->options->socket);
    const json_t *screens = json_object_get(saved, "screens");
    int64_t time = json_int_or(saved, "time", 0);
    size_t i;
    json_t *place;

    json_decref(a->history);
    a->history = json_deep_copy(memory_get(a->options->memory, "history"));
    if (!json_is_array(a->history)) {
        json_decref(a->history);
        a->history = json_array();
    }
    a->time = time > 0 && time < FMT_TIME_COUNT ? (enum fmt_time)time : FMT_RELATIVE;
    a->backend = json_int_or(saved, "backend", 0);
    json_array_foreach(screens, i, place)
        if (!open_place(a, place))
            break;
    if (a->depth == 0) {
        json_auto_t *args = a->options->young ? json_pack("{s:s}", "range", "5m") : NULL;

        app_push(a, &screen_dashboard, args);
    }
}

void place_remember(struct app *a)
{
    struct memory *m = a->options->memory;
    json_t *screens = json_array(), *place;

    for (int i = 0; i < a->depth && (place = place_of(a->stack[i])) != NULL; i++)
        json_array_append_new(screens, place);
    memory_set_core(m, a->options->socket, json_pack("{s:o, s:i, s:I}", "screens", screens, "time",
        (int)a->time, "backend", a->backend));
    memory_set(m, "history", json_incref(a->history));
}

bool place_save_view(struct app *a, const char *name)
{
    json_t *place = place_of(app_top(a));

    if (place == NULL) {
        app_toast(a, ROLE_TOAST_WARN, "this screen cannot be a view");
        return false;
    }
    json_object_del(place, "marks");
    json_object_del(place, "at");
    if (memory_set_view(a->options->memory, name, place))
        return true;
    app_toast(a, ROLE_TOAST_WARN, "that are too many views: view drop NAME makes room");
    return false;
}

bool place_open_view(struct app *a, const char *name)
{
    const json_t *view = memory_view(a->options->memory, name);
    const struct screen_ops *ops = find_ops(json_text_or(view, "screen", ""));

    if (ops == NULL)
        return false;
    if (ops->tab > 0)
        app_tab_with(a, ops->tab, json_at(view, "args"));
    else
        app_push(a, ops, json_at(view, "args"));
    put_back(app_top(a), view);
    return true;
}
