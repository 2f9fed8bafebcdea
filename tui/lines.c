#include "tui/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "tui/fmt.h"
#include "tui/link.h"
#include "tui/show.h"
#include "tui/verbs.h"

#define WORDS_MAX 32
#define LANES_MAX 64
#define FIRST_EVENTS 5
#define LAST_ANSWERS_MS 10000 /* after the end of input */

struct lines {
    struct link *link;
    bool ended, read_only;
    char input[1024];
    size_t len;
    json_t *hello;
    json_int_t causes, open; /* as said last; -1: never said */
    char sides[160];
    json_t *lanes; /* lane -> state, as said last */
    int64_t newest; /* of the activity */
};

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
    char text[2048];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    show_line(stdout, text);
    fflush(stdout);
}

static void on_up(void *ctx, const json_t *hello)
{
    struct lines *l = ctx;

    json_decref(l->hello);
    l->hello = json_deep_copy(hello);
    say("Connected to core %s as %s, role %s. Type help for the commands.",
        json_text_or(hello, "core", "?"), json_text_or(hello, "user", "?"),
        json_text_or(hello, "role", "?"));
    if (json_flag(hello, "setup_needed"))
        say("No shop is connected yet. backend add <name> <shop> <odoo_url> <odoo_db> <odoo_login>");
    link_ask(l->link, "watch", json_pack("{s:[s,s,s]}", "topics", "overview", "activity", "alerts"),
        NULL, l, 0);
}

static void on_down(void *ctx, const char *why)
{
    struct lines *l = ctx;

    say("Core not reachable: %s. Trying again in %lld seconds.", why,
        (long long)(link_retry_in_ms(l->link) + 999) / 1000);
}

static const char *side_words(const json_t *backend, const char *path)
{
    static const struct {
        const char *state, *words;
    } states[] = { { "ok", "is well" }, { "slow", "is slow" }, { "down", "does not answer" },
        { "denied", "refuses our key" }, { "paused", "is paused" } };
    const char *state = json_text_or(backend, path, "");

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(states[i].state, state) == 0)
            return states[i].words;
    return "was not asked yet";
}

static void tell_sides(struct lines *l, const json_t *data)
{
    const json_t *b = json_at(data, "backends.0");
    char now[160];

    if (b == NULL)
        return;
    snprintf(now, sizeof now, "Shopify %s, Odoo %s.", side_words(b, "shopify.state"),
        side_words(b, "odoo_side.state"));
    if (strcmp(now, l->sides) != 0)
        say("%s", now);
    str_copy(l->sides, sizeof l->sides, now);
}

static void tell_lanes(struct lines *l, const json_t *data)
{
    const json_t *lanes = json_at(data, "lanes");
    size_t i;
    json_t *lane;

    json_array_foreach(lanes, i, lane) {
        const char *name = json_text_or(lane, "lane", "?"), *state = json_text_or(lane, "state", "?");
        const char *before = json_string_value(json_object_get(l->lanes, name));
        bool quiet = strcmp(state, "run") == 0 || strcmp(state, "idle") == 0;

        if (strcmp(before == NULL ? "" : before, state) != 0 && !(quiet && before == NULL) &&
            json_object_size(l->lanes) < LANES_MAX)
            say("Queue %s is now %s%s%s.", name, state, json_text(lane, "held_by") ? ", by " : "",
                json_text_or(lane, "held_by", ""));
        json_object_set_new(l->lanes, name, json_string(quiet ? "run" : state));
    }
}

static void tell_problems(struct lines *l, const json_t *data)
{
    json_int_t causes = json_int_or(data, "problems.causes", 0);
    json_int_t open = json_int_or(data, "problems.open", 0);

    if (causes == l->causes && open == l->open)
        return;
    l->causes = causes;
    l->open = open;
    if (causes == 0)
        say("No open error.");
    else
        say("%lld open errors of %lld causes.", (long long)open, (long long)causes);
}

static void tell_activity(struct lines *l, const json_t *data)
{
    const json_t *rows = json_at(data, "rows");
    int64_t newest = l->newest;

    for (size_t i = json_array_size(rows); i-- > 0;) { /* oldest first */
        const json_t *row = json_array_get(rows, i);
        int64_t at = json_int_or(row, "at", 0);
        char clock[FMT_MAX];

        if (at <= l->newest)
            continue;
        if (l->newest > 0 || i < FIRST_EVENTS) /* not all of the past at once, it is read aloud */
            say("%s %s%s%s", fmt_clock(at, FMT_LOCAL, clock), json_text_or(row, "by", ""),
                json_text_or(row, "by", "")[0] != '\0' ? ": " : "", json_text_or(row, "text", ""));
        newest = at > newest ? at : newest;
    }
    l->newest = newest;
}

static void on_event(void *ctx, const char *topic, const json_t *data)
{
    struct lines *l = ctx;
    size_t i;
    json_t *row;

    if (strcmp(topic, "overview") == 0) {
        tell_sides(l, data);
        tell_lanes(l, data);
        tell_problems(l, data);
    } else if (strcmp(topic, "activity") == 0) {
        tell_activity(l, data);
    } else if (strcmp(topic, "alerts") == 0) {
        json_array_foreach(json_object_get(data, "rows"), i, row)
            say("Alert, %s: %s", json_text_or(row, "level", "?"), json_text_or(row, "text", "?"));
    }
}

static const struct link_ops ops = { on_up, on_down, on_event };

/* tag: which verb was asked */
static void on_answer(void *ctx, int tag, const struct link_answer *answer)
{
    (void)ctx;
    if (answer->result == NULL)
        say("Not done: %s", answer->err.text);
    else
        show_result(stdout, verbs[tag].method, answer->result, when_now());
    fflush(stdout);
}

static void help(void)
{
    say("status, errors, jobs, queues, webhooks, open <error>, retry <error>, quit,");
    say("and every command that signalbox --help lists.");
}

/* Short words for the two things done most. */
static int translate(int count, const char **words)
{
    static const char *const open[] = { "errors", "get" }, *const retry[] = { "errors", "replay" };

    if (count < 2 || (strcmp(words[0], "open") != 0 && strcmp(words[0], "retry") != 0))
        return count;
    memmove(words + 2, words + 1, (size_t)(count - 1) * sizeof *words);
    memcpy(words, strcmp(words[0], "open") == 0 ? open : retry, sizeof open);
    return count + 1;
}

static void run(struct lines *l, char *line)
{
    const char *words[WORDS_MAX + 1];
    struct err err = { 0 };
    json_t *params = NULL;
    char *save, *word;
    const struct verb *verb;
    int count = 0;

    for (word = strtok_r(line, " \r", &save); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \r", &save))
        words[count++] = word;
    if (count == 0)
        return;
    if (strcmp(words[0], "quit") == 0 || strcmp(words[0], "q") == 0) {
        l->ended = true;
        return;
    }
    if (strcmp(words[0], "help") == 0) {
        help();
        return;
    }
    count = translate(count, words);
    verb = verb_parse(count, words, &params, &err);
    if (verb == NULL) {
        say("%s", err.text);
    } else if (strcmp(verb->method, "secrets.set") == 0) {
        json_decref(params);
        say("Secrets are set by a command of its own: signalbox secret set, which does not show them.");
    } else if (l->read_only && verb_changes(verb)) {
        json_decref(params);
        say("Not done: read-only.");
    } else if (!link_ask(l->link, verb->method, params, on_answer, l, (int)(verb - verbs))) {
        say("Not done: the core is not reachable.");
    }
}

static void read_input(struct lines *l)
{
    ssize_t n = read(STDIN_FILENO, l->input + l->len, sizeof l->input - 1 - l->len);
    char *end;

    if (n <= 0) {
        l->ended = n == 0 || errno != EINTR;
        return;
    }
    l->len += (size_t)n;
    l->input[l->len] = '\0';
    while ((end = strchr(l->input, '\n')) != NULL) {
        *end = '\0';
        run(l, l->input);
        l->len -= (size_t)(end + 1 - l->input);
        memmove(l->input, end + 1, l->len + 1);
    }
    if (l->len == sizeof l->input - 1)
        l->len = 0; /* a line without end */
}

/* What was asked before the end of input is still answered. */
static bool owed(const struct lines *l)
{
    return link_state(l->link) == LINK_HELLO || link_owed(l->link) > 0;
}

int lines_run(const char *socket, bool read_only)
{
    struct lines l = { .causes = -1, .open = -1, .read_only = read_only };
    struct err err = { 0 };
    struct pollfd fds[2];

    l.link = link_new(socket, &ops, &l, &err);
    l.lanes = json_object();
    if (l.link == NULL) {
        say("%s", err.text);
        json_decref(l.lanes);
        return 2;
    }
    while (!l.ended || owed(&l)) {
        int ms = link_prepare(l.link, &fds[0]);

        enum link_state state = link_state(l.link);

        /* what is typed waits until the core can be asked; an end of input is seen at once */
        fds[1] = (struct pollfd){ .fd = l.ended || state == LINK_HELLO ? -1 : STDIN_FILENO,
            .events = state == LINK_UP ? POLLIN : 0 };
        if (poll(fds, 2, l.ended && ms < 0 ? LAST_ANSWERS_MS : ms) == 0 && l.ended)
            break;
        link_step(l.link, &fds[0]);
        if (link_state(l.link) == LINK_UP && fds[1].revents != 0 && !l.ended)
            read_input(&l);
        else if (link_state(l.link) == LINK_DOWN && (fds[1].revents & (POLLHUP | POLLERR)) != 0)
            break;
    }
    link_free(l.link);
    json_decref(l.lanes);
    json_decref(l.hello);
    return 0;
}
