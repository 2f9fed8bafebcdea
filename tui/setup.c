#include "tui/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tui/answers.h"
#include "tui/cli.h"
#include "tui/link.h"
#include "tui/show.h"
#include "tui/start.h"

#define WAIT_MS 120000

static int complain(const struct err *err, int code)
{
    fprintf(stderr, "signalbox setup: ");
    show_line(stderr, err->text);
    return code;
}

static bool parse(int count, const char *const *words, const char **file, bool *check, struct err *err)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(words[i], "--check") == 0)
            *check = true;
        else if (str_starts(words[i], "--answers="))
            *file = words[i] + strlen("--answers=");
        else if (strcmp(words[i], "--answers") == 0 && i + 1 < count)
            *file = words[++i];
        else
            return err_set(err, ERR_INVALID, "%.60s: setup takes --answers FILE and --check", words[i]);
    }
    return *file != NULL || err_set(err, ERR_INVALID, "--answers FILE is needed");
}

/* The pair that has this name already; 0: none. -1: err. */
static json_int_t find_pair(struct link *l, const char *name, struct err *err)
{
    json_auto_t *list = link_call(l, "backends.list", NULL, WAIT_MS, NULL, err);
    size_t i;
    json_t *row;

    if (list == NULL)
        return -1;
    json_array_foreach(json_object_get(list, "rows"), i, row)
        if (strcmp(json_text_or(row, "name", ""), name) == 0)
            return json_int_or(row, "id", 0);
    return 0;
}

static bool make_calls(struct link *l, json_t *calls, json_int_t *backend, struct err *err)
{
    size_t i;
    json_t *call;

    json_array_foreach(calls, i, call) {
        const char *method = json_text_or(call, "method", "");
        json_auto_t *answer = link_call(l, method, json_incref(json_object_get(call, "params")),
            WAIT_MS, NULL, err);

        if (answer == NULL)
            return err_within(err, "%s%s%s", method,
                json_text(call, "params.name") != NULL ? " " : "",
                json_text_or(call, "params.name", ""));
        if (*backend == 0)
            answers_know(calls, *backend = json_int_or(answer, "id", 0));
    }
    return true;
}

static bool all_fine(const json_t *result)
{
    static const char *const sides[] = { "shopify", "odoo" };
    size_t i;
    json_t *step;

    for (size_t side = 0; side < 2; side++)
        json_array_foreach(json_object_get(result, sides[side]), i, step)
            if (strcmp(json_text_or(step, "state", ""), "fail") == 0)
                return false;
    return true;
}

static int finish(struct link *l, json_int_t backend, const char *name, bool check, bool json)
{
    struct err err = { 0 };
    json_auto_t *result = NULL;
    bool good = true;

    if (check) {
        result = link_call(l, "backends.check", json_pack("{s:I}", "backend", backend), WAIT_MS, NULL,
            &err);
        if (result == NULL)
            return complain(&err, CLI_REFUSED);
        good = all_fine(result);
    }
    if (json) {
        json_auto_t *out = json_pack("{s:I, s:s, s:O?}", "backend", backend, "name", name, "check",
            result);
        char *line = json_write(out);

        printf("%s\n", line == NULL ? "{}" : line);
        free(line);
    } else {
        printf("backend %lld is set up\n", (long long)backend);
        if (check)
            show_result(stdout, "backends.check", result, when_now());
    }
    return good && fflush(stdout) == 0 ? CLI_DONE : CLI_REFUSED;
}

int setup_run(int count, const char *const *words, const char *socket, bool json)
{
    struct err err = { 0 };
    const char *file = NULL;
    bool check = false, good;
    json_auto_t *values = NULL, *calls = NULL;
    json_int_t backend;

    if (!parse(count, words, &file, &check, &err) || (values = answers_read(file, &err)) == NULL)
        return complain(&err, CLI_WORDS);
    AUTO(link) l = link_new(socket, NULL, NULL, &err);

    backend = l == NULL ? -1 : find_pair(l, json_text_or(values, "name", ""), &err);
    if (backend < 0) {
        answers_wipe(values);
        if (l != NULL && link_state(l) == LINK_UP)
            return complain(&err, CLI_REFUSED);
        start_advise(socket, &err);
        return complain(&err, CLI_NO_CORE);
    }
    calls = answers_calls(values, ANSWERS_SHOPIFY, ANSWERS_WEBHOOKS, backend);
    good = make_calls(l, calls, &backend, &err);
    answers_wipe(calls);
    answers_wipe(values);
    return good ? finish(l, backend, json_text_or(values, "name", ""), check, json)
                : complain(&err, CLI_REFUSED);
}
