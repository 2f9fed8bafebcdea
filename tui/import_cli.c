#include "tui/import_cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tui/draw/text.h"
#include "tui/imports.h"
#include "tui/show.h"

#define ASKED_PAGE 500
#define ASKED_MOST 20000 /* rows; what is behind them is told by next */

static const char *const verbs_of_more[] = { "status", "follow", "export" };

static bool is_one(const char *word)
{
    for (size_t i = 0; i < sizeof verbs_of_more / sizeof verbs_of_more[0]; i++)
        if (strcmp(verbs_of_more[i], word) == 0)
            return true;
    return false;
}

/* Lists that "import WORD" alone shows of the newest run, whole. NULL: it is none. */
static const char *asked_of(const char *word)
{
    return strcmp(word, "uses") == 0     ? "imports.uses"
        : strcmp(word, "clinic") == 0 ? "imports.clinic"
                                      : NULL;
}

bool import_cli_is(int count, const char *const *words)
{
    bool one = count > 0 && strcmp(words[0], "import") == 0;

    if (!one && (count == 0 || strcmp(words[0], "imports") != 0))
        return false;
    if (count == 1 || str_starts(words[1], "--"))
        return one;
    if (count == 2 && asked_of(words[1]) != NULL)
        return true;
    return is_one(words[1]);
}

static bool take_option(struct import_words *w, const char *name, const char *value, struct err *err)
{
    unsigned long long n;
    const struct {
        const char *name;
        const char **text;
        json_int_t *number;
    } options[] = { { "run", NULL, &w->run }, { "backend", NULL, &w->backend },
        { "step", &w->step, NULL }, { "verdict", &w->verdict, NULL }, { "state", &w->state, NULL },
        { "format", &w->format, NULL } };

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strcmp(options[i].name, name) != 0)
            continue;
        if (value == NULL)
            return err_set(err, ERR_INVALID, "--%.40s wants a value", name);
        if (options[i].text != NULL) {
            *options[i].text = value;
            return true;
        }
        if (!str_number(value, INT64_MAX, &n))
            return err_set(err, ERR_INVALID, "%s: %.60s is not a number", name, value);
        *options[i].number = (json_int_t)n;
        return true;
    }
    return err_set(err, ERR_INVALID, "an import has no option --%.40s", name);
}

static bool take_words(int count, const char *const *words, struct import_words *w, struct err *err)
{
    for (int i = 0; i < count; i++) {
        const char *equals = strchr(words[i], '=');
        char name[48];

        if (!str_starts(words[i], "--")) {
            if (!take_option(w, "run", words[i], err))
                return false;
            continue;
        }
        str_copy(name, sizeof name, words[i] + 2);
        name[strcspn(name, "=")] = '\0';
        if (strcmp(name, "made") == 0 && equals == NULL)
            w->made = true;
        else if (!take_option(w, name, equals != NULL ? equals + 1 : i + 1 < count ? words[++i] : NULL,
                     err))
            return false;
    }
    return true;
}

static bool check_words(const struct import_words *w, struct err *err)
{
    if (w->format != NULL && strcmp(w->format, "csv") != 0 && strcmp(w->format, "json") != 0)
        return err_set(err, ERR_INVALID, "format: csv or json");
    if (w->step != NULL && imports_step_at(w->step) < 0)
        return err_set(err, ERR_INVALID, "%.40s is no step of an import", w->step);
    return true;
}

/* The run that is meant; 0: err says why there is none. */
static json_int_t find_run(struct link *l, const struct import_words *w, struct err *err)
{
    json_t *params = json_pack("{s:i}", "limit", 1);
    json_auto_t *result = NULL;
    json_int_t run;

    if (w->run != 0) {
        json_decref(params);
        return w->run;
    }
    if (w->backend != 0)
        json_object_set_new(params, "backend", json_integer(w->backend));
    result = link_call(l, "imports.list", params, IMPORT_WAIT_MS, NULL, err);
    if (result == NULL)
        return 0;
    run = json_int_or(result, "rows.0.id", 0);
    if (run == 0)
        err_set(err, ERR_MISSING, "there is no import yet: signalbox import plan BACKEND begins one");
    return run;
}

static enum cli_code status(struct link *l, json_int_t run, bool json, struct err *err)
{
    json_auto_t *result = link_call(l, "imports.get", json_pack("{s:I}", "run", run), IMPORT_WAIT_MS,
        NULL, err);
    char *line;

    if (result == NULL)
        return CLI_REFUSED;
    if (json) {
        line = json_write(result);
        printf("%s\n", line == NULL ? "{}" : line);
        free(line);
    } else {
        show_result(stdout, "imports.get", result, when_now());
    }
    return fflush(stdout) == 0 ? CLI_DONE : CLI_REFUSED;
}

static void print(const char *method, const json_t *result, bool json)
{
    AUTO_FREE char *line = json ? json_write(result) : NULL;

    if (json)
        printf("%s\n", line == NULL ? "{}" : line);
    else
        show_result(stdout, method, result, when_now());
}

/* All pages as one list. */
static enum cli_code asked(struct link *l, const char *method, json_int_t run, bool json,
    struct err *err)
{
    json_auto_t *all = json_array(), *result = NULL;
    const char *after = NULL;

    do {
        json_t *page = link_call(l, method, json_pack("{s:I, s:i, s:s*}", "run", run, "limit",
            ASKED_PAGE, "after", after), IMPORT_WAIT_MS, NULL, err);

        json_decref(result);
        result = page;
        if (page == NULL)
            return CLI_REFUSED;
        json_array_extend(all, json_object_get(page, "rows"));
        after = json_text(page, "next");
    } while (after != NULL && json_array_size(all) < ASKED_MOST);
    json_object_set(result, "rows", all);
    print(method, result, json);
    return fflush(stdout) == 0 ? CLI_DONE : CLI_REFUSED;
}

static enum cli_code run_word(struct link *l, const char *word, struct import_words *w, bool json,
    struct err *err)
{
    w->run = find_run(l, w, err);
    if (w->run == 0)
        return CLI_REFUSED;
    if (asked_of(word) != NULL)
        return asked(l, asked_of(word), w->run, json, err);
    if (strcmp(word, "follow") == 0)
        return import_follow(l, w->run, json, err);
    if (strcmp(word, "export") == 0)
        return import_export(l, w, stdout, err);
    return status(l, w->run, json, err);
}

static void complain(const struct err *err, bool json)
{
    char text[ERR_TEXT_MAX];
    char *line;

    if (json) {
        json_auto_t *object = json_pack("{s:{s:s, s:s}}", "error", "kind", err_name(err->kind),
            "text", err->text);

        line = json_write(object);
        printf("%s\n", line == NULL ? "{}" : line);
        free(line);
    }
    fprintf(stderr, "signalbox: %s\n", text_clean(text, sizeof text, err->text));
}

enum cli_code import_cli_run(int count, const char *const *words, const char *socket, bool json)
{
    bool named = count > 1 && (is_one(words[1]) || asked_of(words[1]) != NULL);
    const char *word = named ? words[1] : "status";
    struct import_words w = { 0 };
    struct err err = { 0 };
    AUTO(link) l = NULL;
    enum cli_code code;

    if (!take_words(count - (named ? 2 : 1), words + (named ? 2 : 1), &w, &err)) {
        complain(&err, json);
        return CLI_WORDS;
    }
    if (json && w.format == NULL)
        w.format = "json";
    if (!check_words(&w, &err)) {
        complain(&err, json);
        return CLI_WORDS;
    }
    l = link_new(socket, NULL, NULL, &err);
    code = l == NULL ? CLI_NO_CORE : run_word(l, word, &w, json, &err);
    if (err.kind != ERR_NONE)
        complain(&err, json);
    return code == CLI_REFUSED && err.kind != ERR_NONE && link_state(l) != LINK_UP ? CLI_NO_CORE : code;
}
