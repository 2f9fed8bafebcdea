#include "tui/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/json.h"
#include "base/str.h"
#include "tui/draw/text.h"
#include "tui/import_cli.h"
#include "tui/link.h"
#include "tui/show.h"
#include "tui/start.h"
#include "tui/verbs.h"

#define SECRET_MAX 4096
#define WAIT_MS 120000 /* checks of both sides and fixes of many jobs take their time */
#define WORDS_MAX 64

/* Takes "--file PATH" out of the words; only commands with a secret have it. */
static int take_file(int count, const char *const *words, const char **kept, const char **file)
{
    int n = 0;

    *file = NULL;
    for (int i = 0; i < count && n < WORDS_MAX; i++) {
        if (strcmp(words[i], "--file") == 0 && i + 1 < count)
            *file = words[++i];
        else if (str_starts(words[i], "--file="))
            *file = words[i] + strlen("--file=");
        else
            kept[n++] = words[i];
    }
    return n;
}

static void echo(bool on)
{
    struct termios modes;

    if (tcgetattr(STDIN_FILENO, &modes) != 0)
        return;
    if (on)
        modes.c_lflag |= ECHO;
    else
        modes.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &modes);
}

/* The first line of a file, or of standard input; at a terminal it is not shown. */
static bool read_secret(const char *path, char *buf, size_t size, struct err *err)
{
    FILE *in = path == NULL ? stdin : fopen(path, "re");
    bool typed = path == NULL && isatty(STDIN_FILENO), got, whole;

    if (in == NULL)
        return err_set(err, ERR_INVALID, "cannot read %.200s", path);
    if (typed) {
        fputs("value (not shown): ", stderr);
        echo(false);
    }
    got = fgets(buf, (int)size, in) != NULL;
    whole = !got || strchr(buf, '\n') != NULL || feof(in);
    if (typed) {
        echo(true);
        fputs("\n", stderr);
    }
    if (path != NULL)
        fclose(in);
    if (!whole)
        return err_set(err, ERR_INVALID, "the secret is longer than %zu bytes", size - 2);
    if (got)
        buf[strcspn(buf, "\r\n")] = '\0';
    if (!got || buf[0] == '\0')
        return err_set(err, ERR_INVALID, "the secret is empty");
    return true;
}

static bool add_secret(const struct verb *verb, json_t *params, const char *file, struct err *err)
{
    const char *at = verb->params;
    struct verb_param param;
    char value[SECRET_MAX];
    bool ok = true;

    while (verb_param(&at, &param)) {
        if (!verb_is_secret(verb, param.name))
            continue;
        ok = read_secret(file, value, sizeof value, err);
        if (ok && json_object_set_new(params, param.name, json_string(value)) != 0)
            ok = err_set(err, ERR_INVALID, "the secret is not UTF-8 text");
        explicit_bzero(value, sizeof value);
    }
    return ok;
}

static enum cli_code complain(const struct err *err, enum cli_code code, bool json)
{
    char text[ERR_TEXT_MAX];

    if (json) {
        json_auto_t *object = json_pack("{s:{s:s, s:s}}", "error", "kind", err_name(err->kind),
            "text", err->text);
        char *line = json_write(object);

        printf("%s\n", line == NULL ? "{}" : line);
        free(line);
    }
    fprintf(stderr, "signalbox: %s\n", text_clean(text, sizeof text, err->text));
    return code;
}

static void print_json(const json_t *result)
{
    char *line = json_write(result);

    printf("%s\n", line == NULL ? "{}" : line);
    free(line);
}

/* A check with a failed step, or jobs of which none could be helped: a script must see it. */
static bool went_well(const char *method, const json_t *result)
{
    const char *const sides[] = { "shopify", "odoo", "checks" };
    const json_t *step;
    size_t i;

    if (strcmp(method, "backends.check") == 0 || strcmp(method, "imports.checks") == 0)
        for (size_t k = 0; k < sizeof sides / sizeof sides[0]; k++)
            json_array_foreach(json_object_get(result, sides[k]), i, step)
                if (strcmp(json_text_or(step, "state", ""), "fail") == 0)
                    return false;
    return json_len(result, "refused") == 0 || json_int_or(result, "count", 0) > 0;
}

static enum cli_code call(const struct verb *verb, json_t *params, const char *socket, bool json)
{
    struct err err = { 0 };
    AUTO(link) l = link_new(socket, NULL, NULL, &err);
    json_auto_t *result = NULL;

    if (l == NULL) {
        json_decref(params);
        return complain(&err, CLI_NO_CORE, json);
    }
    result = link_call(l, verb->method, params, WAIT_MS, NULL, &err);
    if (result == NULL && link_state(l) != LINK_UP) {
        start_advise(socket, &err);
        return complain(&err, CLI_NO_CORE, json);
    }
    if (result == NULL)
        return complain(&err, CLI_REFUSED, json);
    if (json)
        print_json(result);
    else
        show_result(stdout, verb->method, result, when_now());
    return fflush(stdout) == 0 && went_well(verb->method, result) ? CLI_DONE : CLI_REFUSED;
}

enum cli_code cli_run(int count, const char *const *words, const char *socket, bool json,
    bool read_only)
{
    const char *kept[WORDS_MAX], *file;
    struct err err = { 0 };
    json_t *params = NULL;
    const struct verb *verb;

    if (import_cli_is(count, words))
        return import_cli_run(count, words, socket, json);
    count = take_file(count, words, kept, &file);
    verb = verb_parse(count, kept, &params, &err);
    if (verb == NULL)
        return complain(&err, CLI_WORDS, json);
    if (read_only && verb_changes(verb)) {
        json_decref(params);
        err_set(&err, ERR_DENIED, "read-only: %s would change something", verb->method);
        return complain(&err, CLI_REFUSED, json);
    }
    if (!add_secret(verb, params, file, &err)) {
        json_decref(params);
        return complain(&err, CLI_WORDS, json);
    }
    return call(verb, params, socket, json);
}

void cli_help(void)
{
    for (size_t i = 0; i < verbs_count; i++) {
        AUTO_STR usage = { 0 };

        if (strcmp(verbs[i].method, "hello") == 0 || strcmp(verbs[i].method, "watch") == 0)
            continue;
        str_init(&usage, 1000);
        verb_usage(&verbs[i], &usage);
        printf("  %s\n      %s\n", usage.data, verbs[i].help);
    }
}
