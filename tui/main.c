/* signalbox: the console, and one command at a time for scripts. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "tui/app.h"
#include "tui/cli.h"
#include "tui/completion.h"
#include "tui/demo.h"
#include "tui/keymap.h"
#include "tui/lines.h"
#include "tui/memory.h"
#include "tui/setup.h"
#include "tui/start.h"

#define WORDS_MAX 64

struct options {
    const char *state, *color, *glyphs, *theme, *keys;
    bool read_only;
    bool json, lines, mouse, wizard, no_start, test_clock, quiet, help, version;
    const char *words[WORDS_MAX];
    int count;
};

static void usage(void)
{
    puts("signalbox [options]              the console; starts the core if none runs\n"
         "signalbox [options] command ...  one call, for scripts\n"
         "signalbox setup                  the set-up, step by step\n"
         "signalbox setup --answers FILE [--check]   the same from a file\n"
         "signalbox import [status] [RUN]  the newest import, or that one\n"
         "signalbox import follow [RUN]    a bar until it ends, pauses or waits for a person\n"
         "signalbox import export [RUN] [--step S] [--verdict V] [--format csv|json]\n"
         "                                 its records with what changes, to standard output\n"
         "signalbox demo [--orders N] [--seed S] [--rate R] [--latency none|measured]\n"
         "               [--mix plain|all] [--earlier N] [--batch] [--empty]\n"
         "                                 practice sales, gone when it ends\n"
         "\n"
         "  --state DIR       where the core lives; with a / in it after a command\n"
         "                    (else SIGNALBOX_STATE, /var/lib/signalbox,\n"
         "                    ~/.local/state/signalbox)\n"
         "  --json            answers as one line of JSON\n"
         "  --lines           no full screen: changes as sentences, commands as lines\n"
         "  --read-only       change nothing, whatever is typed; starts no core\n"
         "  --no-start        do not start a core\n"
         "  --color WHEN      auto, always, 256, 8, never (auto obeys NO_COLOR)\n"
         "  --theme NAME      dark, light, blind (else SIGNALBOX_THEME)\n"
         "  --glyphs NAME     braille, block, ascii (else SIGNALBOX_GLYPHS)\n"
         "  --keys FILE       your own keys (else ~/.config/signalbox/keys); \"signalbox keys\"\n"
         "                    prints all of them in the form of that file\n"
         "  completion        (a command) words for bash; make install puts them in place\n"
         "  --mouse           clicks and wheel; takes text selection away\n"
         "  --version, --help\n"
         "\n"
         "commands:");
    cli_help();
    puts("\nexit codes: 0 done, 1 refused, 2 wrong words, 3 no core answers");
}

/* An option with a value; *i moves over it. false: not this option. */
static bool valued(int argc, char **argv, int *i, const char *name, const char **value)
{
    size_t len = strlen(name);

    if (strncmp(argv[*i], name, len) != 0)
        return false;
    if (argv[*i][len] == '=') {
        *value = argv[*i] + len + 1;
        return true;
    }
    if (argv[*i][len] != '\0' || *i + 1 >= argc)
        return false;
    *value = argv[++*i];
    return true;
}

/* After a command, --state is the command's own (jobs --state parked) unless it names a path. */
static bool is_dir(int argc, char **argv, int i, int words)
{
    const char *value = strchr(argv[i], '=') != NULL ? strchr(argv[i], '=') + 1
        : i + 1 < argc                               ? argv[i + 1]
                                                     : "";

    return words == 0 || strchr(value, '/') != NULL || strcmp(value, ".") == 0;
}

/* Our own options may stand anywhere; every other word is the command's. */
static bool parse(int argc, char **argv, struct options *o)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = { { "--json", &o->json }, { "--lines", &o->lines }, { "--mouse", &o->mouse },
        { "--no-start", &o->no_start }, { "--read-only", &o->read_only }, { "--test-clock", &o->test_clock },
        { "--quiet-terminal", &o->quiet }, { "--help", &o->help }, { "-h", &o->help },
        { "--version", &o->version } };

    for (int i = 1; i < argc; i++) {
        bool mine = (is_dir(argc, argv, i, o->count) && valued(argc, argv, &i, "--state", &o->state)) ||
            valued(argc, argv, &i, "--color", &o->color) ||
            valued(argc, argv, &i, "--theme", &o->theme) ||
            valued(argc, argv, &i, "--keys", &o->keys) ||
            valued(argc, argv, &i, "--glyphs", &o->glyphs);

        for (size_t f = 0; !mine && f < sizeof flags / sizeof flags[0]; f++)
            if (strcmp(argv[i], flags[f].name) == 0)
                mine = *flags[f].flag = true;
        if (mine)
            continue;
        if (o->count == WORDS_MAX)
            return false;
        o->words[o->count++] = argv[i];
    }
    return true;
}

static int complain(const struct err *err, int code)
{
    fprintf(stderr, "signalbox: %s\n", err->text);
    return code;
}

/* The terminal as the options, the environment and the last run want it; false: complained. */
static bool terminal(const struct options *o, const struct memory *m, struct app_options *app)
{
    struct err err = { 0 };
    const char *theme = o->theme != NULL ? o->theme : getenv("SIGNALBOX_THEME");
    const char *glyphs = o->glyphs != NULL ? o->glyphs : getenv("SIGNALBOX_GLYPHS");

    if (theme == NULL || *theme == '\0')
        theme = memory_text(m, "theme");
    if (glyphs == NULL)
        glyphs = memory_glyphs(m);
    app->term = (struct term_options){ .color = o->color, .mouse = o->mouse, .quiet = o->quiet,
        .glyphs = glyphs };
    if (theme == NULL || *theme == '\0' || theme_of(theme, &app->term.theme))
        return true;
    err_set(&err, ERR_INVALID, "no theme %.40s: dark, light or blind", theme);
    complain(&err, CLI_WORDS);
    return false;
}

static struct keymap *load_keys(const struct options *o, struct err *err)
{
    AUTO(keymap) keymap = keymap_new(err);
    char place[512];

    if (keymap == NULL)
        return NULL;
    if (o->keys != NULL ? keymap_load(keymap, o->keys, true, err)
                        : !keymap_place(place, sizeof place) ||
                keymap_load(keymap, place, false, err))
        return TAKE(keymap);
    return NULL;
}

static int print_keys(const struct options *o)
{
    struct err err = { 0 };
    AUTO(keymap) keymap = load_keys(o, &err);

    if (keymap == NULL)
        return complain(&err, CLI_WORDS);
    keymap_print(keymap, stdout);
    return fflush(stdout) == 0 ? CLI_DONE : CLI_REFUSED;
}

static int demo(const struct options *o)
{
    struct err err = { 0 };
    AUTO(keymap) keymap = load_keys(o, &err);
    AUTO(memory) memory = memory_open(false, &(struct err){ 0 }); /* a demo leaves nothing behind */
    struct app_options app = { .keymap = keymap, .memory = memory, .young = true };

    if (keymap == NULL)
        return complain(&err, CLI_WORDS);
    return terminal(o, memory, &app) ? demo_run(o->count - 1, o->words + 1, o->json, &app) : CLI_WORDS;
}

static int console(const struct options *o, const char *dir, const char *socket)
{
    struct err err = { 0 }, lost = { 0 };
    AUTO(keymap) keymap = load_keys(o, &err);
    AUTO(memory) memory = memory_open(true, &lost);
    struct app_options app = { .socket = socket, .frozen_clock = o->test_clock,
        .wizard = o->wizard, .read_only = o->read_only, .keymap = keymap, .memory = memory,
        .complaint = lost.kind != ERR_NONE ? lost.text : NULL };
    int code;

    if (keymap == NULL)
        return complain(&err, CLI_WORDS);
    if (!terminal(o, memory, &app))
        return CLI_WORDS;
    if (!o->lines && !term_check(&err)) /* before a core is started for nothing */
        return complain(&err, CLI_WORDS);
    if (!o->no_start && !start_is_running(socket) && !start_core(dir, socket, &err))
        return complain(&err, CLI_NO_CORE);
    if (o->lines)
        return lines_run(socket, o->read_only);
    code = app_run(&app, &err);
    if (err.kind != ERR_NONE)
        return complain(&err, code);
    if (!memory_save(memory, &err)) /* the console has done its work: that is only a pity */
        complain(&err, code);
    return code;
}

static int setup(const struct options *o, const char *dir, const char *socket)
{
    struct err err = { 0 };

    if (!o->no_start && !start_is_running(socket) && !start_core(dir, socket, &err))
        return complain(&err, CLI_NO_CORE);
    return setup_run(o->count - 1, o->words + 1, socket, o->json);
}

int main(int argc, char **argv)
{
    struct options o = { 0 };
    struct err err = { 0 };
    char dir[512], socket[512];

    setlocale(LC_CTYPE, ""); /* characters; numbers and sentences are ours */
    if (!parse(argc, argv, &o)) {
        err_set(&err, ERR_INVALID, "too many words");
        return complain(&err, CLI_WORDS);
    }
    o.no_start = o.no_start || o.read_only;
    if (o.version) {
        puts("signalbox " SIGNALBOX_VERSION);
        return 0;
    }
    if (o.help) {
        usage();
        return 0;
    }
    if (!start_state_dir(o.state, dir, sizeof dir, &err) ||
        !start_socket(dir, socket, sizeof socket, &err))
        return complain(&err, CLI_WORDS);
    if (o.read_only && o.count > 0 && (strcmp(o.words[0], "setup") == 0 || strcmp(o.words[0], "demo") == 0)) {
        err_set(&err, ERR_INVALID, "--read-only: %s changes things", o.words[0]);
        return complain(&err, CLI_WORDS);
    }
    if (o.count > 1 && strcmp(o.words[0], "setup") == 0)
        return setup(&o, dir, socket);
    if (o.count == 1 && strcmp(o.words[0], "setup") == 0) {
        o.wizard = true;
        o.count = 0;
    }
    if (o.count > 0 && strcmp(o.words[0], "demo") == 0)
        return demo(&o);
    if (o.count == 1 && strcmp(o.words[0], "keys") == 0)
        return print_keys(&o);
    if (o.count == 1 && strcmp(o.words[0], "completion") == 0) {
        completion_print(stdout);
        return fflush(stdout) == 0 ? CLI_DONE : CLI_REFUSED;
    }
    if (o.count > 0)
        return (int)cli_run(o.count, o.words, socket, o.json, o.read_only);
    return console(&o, dir, socket);
}
