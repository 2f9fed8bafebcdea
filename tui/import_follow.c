/* An import until it ends, pauses or waits for a person: a bar on a terminal, else lines. */
#include <langinfo.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "tui/draw/text.h"
#include "tui/fmt.h"
#include "tui/import_cli.h"
#include "tui/imports.h"

#define LOOK_MS    1000
#define LOST_LOOKS 30 /* a core that restarts is waited for */
#define QUIET_US   (60 * WHEN_SECOND) /* without a terminal something is said at least so often */
#define BAR_MOST   40
#define LINE_MAX   1024

struct follow {
    bool terminal, json, utf8;
    char said[IMPORTS_WORDS_MAX], bar[4096]; /* last */
    int tenth;                    /* of the way, when something was said last */
    int64_t said_at;
    json_t *last; /* the run as it was told last, for JSON */
    struct imports_pace pace;
};

static int columns(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static void add_bar(const struct follow *f, struct str *line, int width, int percent)
{
    int full = percent * width / 100;

    for (int i = 0; i < width; i++)
        str_adds(line, i < full ? f->utf8 ? "█" : "#" : f->utf8 ? "░" : ".");
}

/* "products ████░░░░  21 %  20,235 of 94,166  5.4/s · about 3m19 left · parked 3" in cols columns. */
static void bar_line(const struct follow *f, const struct imports_sum *sum, int cols, struct str *line)
{
    char ended[FMT_MAX], total[FMT_MAX], speed[80], text[300], left[LINE_MAX];
    int width, used, percent = imports_percent(sum);

    imports_speed(sum, speed, sizeof speed);
    snprintf(text, sizeof text, "%3d %%  %s of %s%s%s", percent, fmt_count(sum->ended, ended),
        fmt_count(sum->total, total), speed[0] != '\0' ? "  " : "", speed);
    if (sum->parked > 0)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%sparked %s",
            f->utf8 ? " · " : "  ", fmt_count(sum->parked, ended));
    snprintf(left, sizeof left, "%.40s", json_text_or(sum->step, "step", ""));
    width = cols - 1 - text_width(left) - text_width(text) - 4;
    width = width > BAR_MOST ? BAR_MOST : width;
    str_addf(line, "%s%s", left, left[0] != '\0' ? " " : "");
    if (width >= 6)
        add_bar(f, line, width, percent);
    str_addf(line, " %.*s", (int)text_fit(text, cols - 2, &used), text);
}

/* Other signs than ASCII where the terminal has no others. */
static void put_text(const struct follow *f, const char *text)
{
    struct text_iter it;
    struct text_cell cell;
    char bytes[8];

    text_start(&it, text, f->utf8 ? FOLD_NONE : FOLD_ALL);
    while (text_next(&it, &cell))
        for (int i = 0; cell.ch[i] != 0; i++)
            fwrite(bytes, 1, text_encode(bytes, cell.ch[i]), stdout);
}

static void say_on_terminal(struct follow *f, const struct imports_sum *sum, const char *words)
{
    AUTO_STR line = { 0 };

    str_init(&line, sizeof f->bar - 1);
    if (strcmp(words, f->said) != 0) {
        fputs("\r\033[K", stdout);
        put_text(f, words);
        fputs("\n", stdout);
    }
    bar_line(f, sum, columns(), &line);
    if (strcmp(words, f->said) == 0 && strcmp(line.data, f->bar) == 0)
        return;
    fputs("\r\033[K", stdout);
    put_text(f, line.data);
    str_copy(f->bar, sizeof f->bar, line.data);
}

static void say_a_line(struct follow *f, const struct imports_sum *sum, const char *words)
{
    char counts[200], clock[FMT_MAX], text[LINE_MAX];
    int tenth = imports_percent(sum) / 10;
    int64_t now = when_ticks();

    if (strcmp(words, f->said) == 0 && tenth == f->tenth && now - f->said_at < QUIET_US)
        return;
    imports_counts(sum, counts, sizeof counts);
    snprintf(text, sizeof text, "%s  %3d %%  %s%s%s", fmt_clock(when_now(), FMT_LOCAL, clock),
        imports_percent(sum), words, counts[0] != '\0' ? " · " : "", counts);
    put_text(f, text);
    fputs("\n", stdout);
    f->tenth = tenth;
    f->said_at = now;
}

static void say_json(struct follow *f, const json_t *run)
{
    char *line;

    if (f->last != NULL && json_equal(f->last, run))
        return;
    line = json_write(run);
    printf("%s\n", line == NULL ? "{}" : line);
    free(line);
    json_decref(f->last);
    f->last = json_deep_copy(run);
}

static void say(struct follow *f, const json_t *run)
{
    char words[IMPORTS_WORDS_MAX];
    struct imports_sum sum;
    enum role role;

    if (f->json) {
        say_json(f, run);
        return;
    }
    imports_sum(run, &sum);
    imports_pace(&f->pace, when_ticks(), &sum);
    imports_words(run, words, &role);
    if (f->terminal)
        say_on_terminal(f, &sum, words);
    else
        say_a_line(f, &sum, words);
    str_copy(f->said, sizeof f->said, words);
}

/* Nothing more happens by itself; *code: how it stands then. */
static bool is_over(const json_t *run, enum cli_code *code)
{
    static const struct {
        const char *state;
        enum cli_code code;
    } ends[] = { { "done", CLI_DONE }, { "planned", CLI_DONE }, { "undone", CLI_DONE },
        { "paused", CLI_REFUSED }, { "stopped", CLI_REFUSED } };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (strcmp(imports_state(run), ends[i].state) == 0) {
            *code = ends[i].code;
            return true;
        }
    return false;
}

static enum cli_code follow(struct follow *f, struct link *l, json_int_t id, struct err *err)
{
    enum cli_code code = CLI_DONE;
    int lost = 0;

    for (;;) {
        json_auto_t *run = link_call(l, "imports.get", json_pack("{s:I}", "run", id), IMPORT_WAIT_MS,
            NULL, err);

        if (run == NULL && (link_state(l) == LINK_UP || f->said[0] == '\0' || ++lost > LOST_LOOKS))
            return CLI_REFUSED;
        if (run != NULL) {
            lost = 0;
            err_clear(err);
            say(f, run);
            if (is_over(run, &code))
                return code;
        }
        if (fflush(stdout) != 0) {
            err_set(err, ERR_BUSY, "the output can't be written");
            return CLI_REFUSED;
        }
        poll(NULL, 0, LOOK_MS);
    }
}

enum cli_code import_follow(struct link *l, json_int_t run, bool json, struct err *err)
{
    const char *type = getenv("TERM");
    struct follow f = { .json = json, .tenth = -1,
        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .terminal = !json && isatty(STDOUT_FILENO) && type != NULL && strcmp(type, "dumb") != 0 };
    enum cli_code code = follow(&f, l, run, err);

    if (f.terminal && f.said[0] != '\0')
        fputs("\n", stdout);
    json_decref(f.last);
    fflush(stdout);
    return code;
}
