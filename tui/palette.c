/* The command line: screens, switches, and the words of signalbox in a shell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json.h"
#include "tui/app_state.h"
#include "tui/verbs.h"

#define SHOWN_MAX 8
#define WORDS_MAX 24

static const struct {
    const char *words, *more, *help; /* more: what must be typed behind them */
} own[] = {
    { "dash", "", "go to the dashboard" },
    { "queues", "", "go to the queues" },
    { "errors", "", "go to the errors" },
    { "webhooks", "", "go to the webhooks" },
    { "records", "", "go to the records" },
    { "mappings", "", "go to the mappings" },
    { "setup", "", "go to the set-up" },
    { "audit", "", "go to the audit log" },
    { "import", "", "go to the imports" },
    { "find ", "VALUE", "find a record: order name, e-mail, SKU, id" },
    { "job ", "ID", "open the job with this id" },
    { "webhook ", "ID", "open the delivery with this id" },
    { "messages", "", "what was said at the bottom" },
    { "view save ", "NAME", "keep this screen with its filter and order under a name" },
    { "view ", "NAME", "go to a kept view; view drop forgets one" },
    { "theme dark", "", "colours for a dark background" },
    { "theme light", "", "colours for a light background" },
    { "theme blind", "", "colours for the colour-blind" },
    { "mouse on", "", "clicks and wheel; takes text selection away" },
    { "mouse off", "", "text selection by the terminal" },
    { "dump-screen ", "FILE", "write the screen as text into this file" },
    { "wizard", "", "the set-up step by step" },
    { "quit", "", "quit the console; the core goes on" },
};
#define OWN (int)(sizeof own / sizeof own[0])

/* The n-th line that begins as the text does; *total: how many there are. */
static bool candidate(const struct app *a, const char *text, int n, char *words, size_t size,
    const char **help, int *total)
{
    bool found = false;
    int count = 0;
    size_t len = strlen(text);
    const char *name;
    json_t *view;

    for (int i = 0; i < OWN; i++)
        if (strncmp(own[i].words, text, len) == 0 && count++ == n) {
            snprintf(words, size, own[i].more[0] != '\0' ? "%s<%s>" : "%s%s", own[i].words, own[i].more);
            *help = own[i].help;
            found = true;
        }
    json_object_foreach((json_t *)(uintptr_t)memory_views(a->options->memory), name, view) {
        char line[100];

        snprintf(line, sizeof line, "view %.80s", name);
        if (strncmp(line, text, len) == 0 && count++ == n) {
            snprintf(words, size, "%s", line);
            *help = "a kept view";
            found = true;
        }
    }
    for (size_t i = 0; i < verbs_count; i++) {
        AUTO_STR usage = { 0 };

        str_init(&usage, 400);
        verb_usage(&verbs[i], &usage);
        if (strcmp(verbs[i].method, "hello") == 0 || strcmp(verbs[i].method, "watch") == 0 ||
            strncmp(usage.data, text, len < strcspn(usage.data, "[<") ? len
                                                                     : strcspn(usage.data, "[<")) != 0)
            continue;
        if (count++ == n) {
            snprintf(words, size, "%s", usage.data);
            *help = verbs[i].help;
            found = true;
        }
    }
    *total = count;
    return found;
}

void palette_complete(struct app *a)
{
    char words[400];
    const char *help;
    int total;

    if (candidate(a, a->edit.text, 0, words, sizeof words, &help, &total)) {
        words[strcspn(words, "[<")] = '\0';
        if (strlen(words) > a->edit.len)
            edit_set(&a->edit, words);
    }
}

void palette_draw(struct app *a, struct canvas *c)
{
    int width = c->cols >= 110 ? 96 : c->cols - 8, total = 0, left = 20;
    char words[400];
    const char *help = "";
    struct rect in = canvas_box(c,
        (struct rect){ 3, (c->cols - width) / 2, SHOWN_MAX + 6, width }, "command",
        "tab completes · ↑ history", true);

    canvas_put(c, in.y, in.x, 1, ROLE_KEY, ":");
    for (int i = 0; i < SHOWN_MAX && candidate(a, a->edit.text, i, words, sizeof words, &help, &total); i++)
        left = text_width(words) > left ? text_width(words) : left;
    left = left > in.w * 3 / 5 - 2 ? in.w * 3 / 5 - 2 : left;
    for (int i = 0; i < SHOWN_MAX; i++) {
        if (!candidate(a, a->edit.text, i, words, sizeof words, &help, &total))
            break;
        canvas_put(c, in.y + 2 + i, in.x, left, ROLE_TEXT, words);
        canvas_put(c, in.y + 2 + i, in.x + left + 2, in.w - left - 2, ROLE_DIM, help);
    }
    if (total > SHOWN_MAX)
        canvas_putf(c, in.y + 2 + SHOWN_MAX, in.x, in.w, ROLE_DIM, "and %d more", total - SHOWN_MAX);
    canvas_put(c, in.y + 3 + SHOWN_MAX, in.x, in.w, ROLE_FAINT,
        "the same words work in a shell after: signalbox");
    edit_draw(&a->edit, c, in.y, in.x + 1, in.w - 1, true);
}

static void dump_screen(struct app *a, const char *path)
{
    const struct canvas *c = term_canvas(a->term);
    FILE *file = fopen(path, "wex");
    AUTO_STR out = { 0 };

    str_init(&out, 1 << 20);
    if (file == NULL) {
        app_toast(a, ROLE_TOAST_ERR, "cannot write there (an existing file is not overwritten)");
        return;
    }
    app_draw(a);
    for (int y = 0; y < c->rows; y++) {
        canvas_row_text(c, y, &out);
        str_adds(&out, "\n");
    }
    fputs(out.data, file);
    app_toast(a, fclose(file) == 0 ? ROLE_TOAST_OK : ROLE_TOAST_ERR, "screen written");
}

static bool go_to(struct app *a, const char *word)
{
    static const char *const names[] = { "dash", "queues", "errors", "webhooks", "records",
        "mappings", "setup", "audit", "import" };

    for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
        if (strcmp(names[i], word) == 0) {
            app_tab(a, i + 1);
            return true;
        }
    return false;
}

static void open_with(struct app *a, const struct screen_ops *ops, const char *key, const char *text)
{
    unsigned long long n;
    json_auto_t *args = str_number(text, INT64_MAX, &n)
        ? json_pack("{s:I}", key, (json_int_t)n)
        : json_pack("{s:s}", key, text);

    app_push(a, ops, args);
}

static void list_views(struct app *a)
{
    json_auto_t *lines = json_array();
    const json_t *views = memory_views(a->options->memory);
    json_auto_t *args = json_pack("{s:s, s:O}", "title", "views", "value", lines);
    const char *name;
    json_t *view;

    json_object_foreach((json_t *)(uintptr_t)views, name, view)
        json_array_append_new(lines, json_sprintf("%-20s %s  %s", name,
            json_text_or(view, "screen", "?"), json_text_or(view, "filter", "")));
    if (json_array_size(lines) == 0)
        app_toast(a, ROLE_TOAST_WARN, "no view is kept yet: view save NAME keeps this screen");
    else
        app_push(a, &screen_text, args);
}

/* view, view NAME, view save NAME, view drop NAME */
static bool run_view(struct app *a, int count, const char *const *words)
{
    bool save = count == 3 && strcmp(words[1], "save") == 0;
    struct err err = { 0 };
    char text[120];

    if (count == 1) {
        list_views(a);
        return true;
    }
    if (count == 2) {
        snprintf(text, sizeof text, "there is no view %.60s", words[1]);
        if (!place_open_view(a, words[1]))
            app_toast(a, ROLE_TOAST_WARN, text);
        return true;
    }
    if (count != 3 || (!save && strcmp(words[1], "drop") != 0))
        return false;
    if (save && !place_save_view(a, words[2]))
        return true;
    if (!save && !memory_set_view(a->options->memory, words[2], NULL))
        return true;
    if (!memory_save(a->options->memory, &err)) {
        app_toast(a, ROLE_TOAST_ERR, err.text);
        return true;
    }
    snprintf(text, sizeof text, save ? "kept: view %.60s shows it again" : "view %.60s is forgotten",
        words[2]);
    app_toast(a, ROLE_TOAST_OK, text);
    return true;
}

static void show_messages(struct app *a)
{
    json_auto_t *args = json_pack("{s:s, s:O}", "title", "messages", "value", a->messages);

    app_push(a, &screen_text, args);
}

static bool run_own(struct app *a, int count, const char *const *words)
{
    enum theme theme;

    if (count == 1 && go_to(a, words[0]))
        return true;
    if (strcmp(words[0], "view") == 0)
        return run_view(a, count, words);
    if (strcmp(words[0], "quit") == 0 || strcmp(words[0], "q") == 0) {
        app_quit(a);
    } else if (strcmp(words[0], "messages") == 0) {
        show_messages(a);
    } else if (strcmp(words[0], "wizard") == 0) {
        app_command(a, CMD_WIZARD);
        if (!a->options->read_only && app_top(a)->ops != &screen_wizard)
            app_push(a, &screen_wizard, NULL);
    } else if (count == 2 && strcmp(words[0], "job") == 0) {
        open_with(a, &screen_job, "id", words[1]);
    } else if (count == 2 && strcmp(words[0], "webhook") == 0) {
        open_with(a, &screen_webhook, "id", words[1]);
    } else if (count == 2 && strcmp(words[0], "find") == 0) {
        app_tab(a, 5);
        app_top(a)->ops->prompt(app_top(a), 0, words[1]);
    } else if (count == 2 && strcmp(words[0], "theme") == 0 && theme_of(words[1], &theme)) {
        screen_theme(app_top(a), theme);
    } else if (count == 2 && strcmp(words[0], "mouse") == 0) {
        term_mouse(a->term, strcmp(words[1], "on") == 0);
        app_toast(a, ROLE_TOAST_OK, strcmp(words[1], "on") == 0
                ? "mouse on; hold shift to select text" : "mouse off");
    } else if (count == 2 && strcmp(words[0], "dump-screen") == 0) {
        dump_screen(a, words[1]);
    } else {
        return false;
    }
    return true;
}

static void on_result(void *ctx, int tag, const struct link_answer *answer)
{
    struct app *a = ctx;
    char text[256];

    (void)tag;
    if (answer->result == NULL) {
        snprintf(text, sizeof text, "not done: %.200s", answer->err.text);
        app_toast(a, ROLE_TOAST_ERR, text);
        return;
    }
    if (json_object_size(answer->result) <= 2 && json_len(answer->result, "rows") == 0) {
        char *line = json_write(answer->result);

        snprintf(text, sizeof text, "done %.200s", line == NULL ? "" : line);
        free(line);
        app_toast(a, ROLE_TOAST_OK, text);
        return;
    }
    json_auto_t *args = json_pack("{s:s, s:O}", "title", "answer", "value", answer->result);
    app_push(a, &screen_text, args);
}

static void run_verb(struct app *a, int count, const char *const *words)
{
    struct err err = { 0 };
    json_t *params = NULL;
    const struct verb *verb = verb_parse(count, words, &params, &err);
    char text[200];

    if (verb == NULL) {
        app_toast(a, ROLE_TOAST_ERR, err.text);
    } else if (strcmp(verb->method, "secrets.set") == 0) {
        json_decref(params);
        app_toast(a, ROLE_TOAST_WARN, "secrets are put in on the set-up screen: 7, then X");
    } else if (services_refuses(a, verb->method)) {
        json_decref(params);
    } else if (verb->audited) {
        snprintf(text, sizeof text, "%s: %s?", verb->method, verb->help);
        screen_confirm(app_top(a), 1, text, "Do it", verb->method, params, "done");
    } else if (!link_ask(a->link, verb->method, params, on_result, a, 0)) {
        app_toast(a, ROLE_TOAST_ERR, "the core is not reachable");
    }
}

void palette_run(struct app *a, const char *line)
{
    char copy[EDIT_MAX];
    const char *words[WORDS_MAX];
    char *save, *word;
    int count = 0;

    str_copy(copy, sizeof copy, line);
    for (word = strtok_r(copy, " ", &save); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " ", &save))
        words[count++] = word;
    if (count > 0 && !run_own(a, count, words))
        run_verb(a, count, words);
}
