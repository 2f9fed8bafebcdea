#include "tests/console/session.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "tui/draw/text.h"
#include "tui/draw/theme.h"

#define RAW_MAX (64u << 20)

static int count, failed;

void ok_if(bool good, const char *fmt, ...)
{
    va_list args;

    count++;
    failed += !good;
    printf("%sok %d - ", good ? "" : "not ", count);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    puts("");
    fflush(stdout);
}

int tap_done(void)
{
    printf("1..%d\n", count);
    return failed > 0;
}

const char *tests_source(void)
{
    const char *dir = getenv("TESTS_SRCDIR");

    return dir != NULL ? dir : PACKAGE_TREE;
}

static void die(const char *what)
{
    printf("Bail out! %s: %s\n", what, strerrordesc_np(errno));
    exit(99);
}

static int on_property(VTermProp prop, VTermValue *value, void *user)
{
    struct session *s = user;

    if (prop == VTERM_PROP_ALTSCREEN)
        s->altscreen = value->boolean != 0;
    return 1;
}

static const VTermScreenCallbacks callbacks = { .settermprop = on_property };

/*
 * For ^Z: a parent that waits for its child in the foreground and starts it again after a stop. Both
 * give the child the terminal, so that it never finds itself in the background; each stop has its
 * number, so that nobody takes an earlier one for it and types "fg" too early; and the modes are
 * the parent's own while the child is stopped, as in every shell.
 */
static int shell(const char *program, char *const *argv)
{
    int status, stops = 0;
    struct termios modes;
    char line[32];
    pid_t child;

    tcgetattr(STDIN_FILENO, &modes);
    signal(SIGTTOU, SIG_IGN);
    child = fork();
    if (child == 0) {
        setpgid(0, 0);
        tcsetpgrp(STDIN_FILENO, getpgrp());
        signal(SIGTTOU, SIG_DFL);
        execv(program, argv);
        _exit(127);
    }
    setpgid(child, child);
    tcsetpgrp(STDIN_FILENO, child);
    while (waitpid(child, &status, WUNTRACED) == child) {
        if (!WIFSTOPPED(status))
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        tcsetpgrp(STDIN_FILENO, getpgrp());
        tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
        printf("[stopped %d]\r\n", ++stops);
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL) /* "fg" */
            return 99;
        tcsetpgrp(STDIN_FILENO, child);
        kill(-child, SIGCONT);
    }
    return 98;
}

static void set_environment(const struct session *s, const struct session_options *o)
{
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    setenv("LC_ALL", o->locale == NULL ? "C.UTF-8" : o->locale, 1);
    unsetenv("NO_COLOR");
    unsetenv("TMUX");
    unsetenv("STY");
    unsetenv("SSH_CONNECTION");
    unsetenv("SIGNALBOX_GLYPHS");
    unsetenv("SIGNALBOX_THEME");
    setenv("XDG_STATE_HOME", s->dir, 1); /* what the tester's own console remembers is not ours */
    setenv("XDG_CONFIG_HOME", s->dir, 1);
    if (o->term != NULL && *o->term == '\0')
        unsetenv("TERM");
    else
        setenv("TERM", o->term == NULL ? "xterm-256color" : o->term, 1);
    for (int i = 0; i < SESSION_ENV_MAX && o->env[i] != NULL; i++)
        putenv(strdup(o->env[i]));
}

static void run_program(struct session *s, const struct session_options *o)
{
    char *argv[16] = { s->program, strdup("--state"),
        o->state != NULL ? strdup(o->state) : s->dir, strdup("--no-start") };
    int n = 4;

    if (o->state == NULL)
        argv[n++] = strdup("--test-clock");
    for (int i = 0; i < 8 && o->args[i] != NULL; i++)
        argv[n++] = strdup(o->args[i]);
    argv[n] = NULL;
    set_environment(s, o);
    if (o->in_shell)
        _exit(shell(s->program, argv));
    execv(s->program, argv);
    _exit(127);
}

static void start_fake(struct session *s, const struct session_options *o)
{
    char socket[128], shots[400];

    if (o->state != NULL) { /* nothing listens: a real core has its own socket */
        s->fake.listening = -1;
        for (int i = 0; i < FAKE_CLIENTS; i++)
            s->fake.clients[i].fd = -1;
        return;
    }
    str_copy(s->dir, sizeof s->dir, o->dir != NULL ? o->dir : "/tmp/signalbox-console-XXXXXX");
    if (o->dir == NULL && mkdtemp(s->dir) == NULL)
        die("mkdtemp");
    s->own_dir = true;
    snprintf(socket, sizeof socket, "%s/control.sock", s->dir);
    snprintf(shots, sizeof shots, "%s/tests/console/snapshots.json", tests_source());
    if (!fake_start(&s->fake, socket, shots))
        die("fake core");
    if (o->no_core)
        fake_close(&s->fake);
}

void session_start(struct session *s, const struct session_options *o)
{
    struct winsize size = { .ws_row = (unsigned short)o->rows, .ws_col = (unsigned short)o->cols };
    const char *build = getenv("TESTS_BUILDDIR");

    memset(s, 0, sizeof *s);
    str_init(&s->raw, RAW_MAX);
    s->rows = o->rows;
    s->cols = o->cols;
    snprintf(s->program, sizeof s->program, "%s/signalbox", build == NULL ? "." : build);
    start_fake(s, o);
    s->vt = vterm_new(o->rows, o->cols);
    vterm_set_utf8(s->vt, o->locale == NULL || strstr(o->locale, "UTF-8") != NULL);
    s->screen = vterm_obtain_screen(s->vt);
    vterm_screen_enable_altscreen(s->screen, 1);
    vterm_screen_set_callbacks(s->screen, &callbacks, s);
    vterm_screen_reset(s->screen, 1);
    s->begun = when_ticks();
    s->pid = forkpty(&s->pty, NULL, NULL, &size);
    if (s->pid < 0)
        die("forkpty");
    if (s->pid == 0)
        run_program(s, o);
    fcntl(s->pty, F_SETFD, FD_CLOEXEC);
    fcntl(s->pty, F_SETFL, O_NONBLOCK);
    if (o->mute)
        vterm_output_set_callback(s->vt, NULL, NULL);
}

static void reap(struct session *s, bool wait)
{
    if (!s->ended && waitpid(s->pid, &s->status, wait ? 0 : WNOHANG) == s->pid)
        s->ended = true;
}

void session_end(struct session *s)
{
    static const char *const left[] = { "core.log", "signalbox/console.json",
        "signalbox/console.json.bad", "signalbox/keys", "signalbox", "" };
    char path[128];

    if (!s->ended) {
        kill(s->pid, SIGKILL);
        kill(-s->pid, SIGKILL);
        reap(s, true);
    }
    if (s->pty >= 0)
        close(s->pty);
    fake_free(&s->fake);
    vterm_free(s->vt);
    str_clear(&s->raw);
    for (size_t i = 0; !s->keep_dir && i < sizeof left / sizeof left[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", s->dir, left[i]);
        remove(path);
    }
}

static bool take_output(struct session *s)
{
    char bytes[16384];
    ssize_t n = read(s->pty, bytes, sizeof bytes);

    if (n <= 0)
        return false;
    str_add(&s->raw, bytes, (size_t)n);
    vterm_input_write(s->vt, bytes, (size_t)n);
    if (vterm_output_get_buffer_current(s->vt) > 0) { /* the terminal's answers */
        size_t len = vterm_output_read(s->vt, bytes, sizeof bytes);

        session_bytes(s, bytes, len);
    }
    return true;
}

bool session_pump(struct session *s, int ms)
{
    struct pollfd fds[FAKE_FDS + 1];
    int n = fake_prepare(&s->fake, fds + 1);
    bool any = false;

    fds[0] = (struct pollfd){ .fd = s->ended ? -1 : s->pty, .events = POLLIN };
    if (poll(fds, (nfds_t)n + 1, ms) <= 0)
        return false;
    if (fds[0].revents & POLLIN)
        any = take_output(s);
    if ((fds[0].revents & (POLLHUP | POLLERR)) != 0 && !any)
        reap(s, true);
    for (int i = 0; i <= n; i++)
        any = any || (i > 0 && fds[i].revents != 0);
    fake_step(&s->fake, fds + 1, n);
    return any;
}

void session_bytes(struct session *s, const char *bytes, size_t len)
{
    size_t sent = 0;

    while (sent < len) {
        ssize_t n = write(s->pty, bytes + sent, len - sent);

        if (n > 0)
            sent += (size_t)n;
        else if (errno != EAGAIN && errno != EINTR)
            return; /* it is gone; the test will see that */
        else
            session_pump(s, 10);
    }
}

void session_keys(struct session *s, const char *keys)
{
    session_bytes(s, keys, strlen(keys));
}

void session_resize(struct session *s, int rows, int cols)
{
    struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };

    vterm_set_size(s->vt, rows, cols);
    s->rows = rows;
    s->cols = cols;
    ioctl(s->pty, TIOCSWINSZ, &size);
}

void session_push(struct session *s)
{
    fake_push(&s->fake, "overview");
}

static void add_cell(const VTermScreenCell *cell, struct str *out)
{
    if (cell->chars[0] == 0)
        str_adds(out, " ");
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i] != 0; i++) {
        char bytes[4];

        str_add(out, bytes, text_encode(bytes, (wchar_t)cell->chars[i]));
    }
}

static int colour(const VTermColor *c, bool fg)
{
    if (fg ? VTERM_COLOR_IS_DEFAULT_FG(c) : VTERM_COLOR_IS_DEFAULT_BG(c))
        return -1;
    return VTERM_COLOR_IS_INDEXED(c) ? c->indexed.idx : -2;
}

/* The role a cell looks like, as a letter; the first of those that look alike. */
static char role_letter(const VTermScreenCell *cell)
{
    static const enum colours tables[] = { COLOURS_256, COLOURS_8, COLOURS_NONE };
    int fg = colour(&cell->fg, true), bg = colour(&cell->bg, false);

    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (int role = 0; role < ROLE_COUNT; role++) {
            struct look look = theme_look(THEME_DARK, tables[t], (enum role)role);

            if (look.fg == fg && look.bg == bg &&
                ((look.attrs & LOOK_BOLD) != 0) == (cell->attrs.bold != 0) &&
                ((look.attrs & LOOK_UNDER) != 0) == (cell->attrs.underline != 0) &&
                ((look.attrs & LOOK_REV) != 0) == (cell->attrs.reverse != 0))
                return theme_letter((enum role)role);
        }
    return '?';
}

static void trim(struct str *out, size_t start, char blank)
{
    while (out->len > start && out->data[out->len - 1] == blank)
        out->len--;
    out->data[out->len] = '\0';
}

static void add_row(struct session *s, int y, bool roles, struct str *out)
{
    size_t start = out->len;

    for (int x = 0; x < s->cols;) {
        VTermScreenCell cell;
        VTermPos pos = { .row = y, .col = x };
        int width;

        memset(&cell, 0, sizeof cell);
        vterm_screen_get_cell(s->screen, pos, &cell);
        width = cell.width > 1 ? 2 : 1;
        if (!roles) {
            add_cell(&cell, out);
        } else {
            char letter = role_letter(&cell);

            for (int i = 0; i < width; i++)
                str_add(out, &letter, 1);
        }
        x += width;
    }
    trim(out, start, roles ? '.' : ' ');
    str_adds(out, "\n");
}

void session_row(struct session *s, int y, struct str *out)
{
    str_reset(out);
    add_row(s, y, false, out);
    out->data[--out->len] = '\0';
}

void session_picture(struct session *s, bool roles, struct str *out)
{
    VTermPos cursor;

    str_reset(out);
    for (int y = 0; y < s->rows; y++)
        add_row(s, y, false, out);
    if (!roles)
        return;
    str_adds(out, "-- roles\n");
    for (int y = 0; y < s->rows; y++)
        add_row(s, y, true, out);
    vterm_state_get_cursorpos(vterm_obtain_state(s->vt), &cursor);
    str_addf(out, "-- cursor %d %d\n", cursor.row, cursor.col);
}

void show_picture(struct session *s)
{
    struct str picture;
    char *save, *line;

    str_init(&picture, 1 << 20);
    session_picture(s, false, &picture);
    for (line = strtok_r(picture.data, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
        printf("# %s\n", line);
    str_clear(&picture);
}

typedef bool condition(struct session *s, const void *arg, int number);

static bool until(struct session *s, condition *fine, const void *arg, int number)
{
    int64_t deadline = when_ticks() + SESSION_WAIT_MS * INT64_C(1000);

    do {
        if (fine(s, arg, number))
            return true;
        if (s->ended && fine != NULL && !session_pump(s, 0))
            return fine(s, arg, number);
        session_pump(s, 50);
    } while (when_ticks() < deadline);
    show_picture(s);
    return false;
}

static bool sees(struct session *s, const void *text, int number)
{
    struct str picture;
    bool found;

    str_init(&picture, 1 << 20);
    if (number >= 0)
        session_row(s, number, &picture);
    else
        session_picture(s, false, &picture);
    found = strstr(picture.data, text) != NULL;
    str_clear(&picture);
    return found;
}

static bool misses(struct session *s, const void *text, int number)
{
    return !sees(s, text, number);
}

static bool asked(struct session *s, const void *method, int number)
{
    return fake_asked(&s->fake, method, NULL) >= number;
}

static bool ends(struct session *s, const void *arg, int number)
{
    (void)arg;
    (void)number;
    return s->ended;
}

static bool is_picture(struct session *s, const void *wanted, int roles)
{
    struct str picture;
    bool same;

    str_init(&picture, 1 << 20);
    session_picture(s, roles != 0, &picture);
    same = strcmp(picture.data, wanted) == 0;
    str_clear(&picture);
    return same;
}

bool session_sees(struct session *s, const char *text)
{
    return until(s, sees, text, -1);
}

bool session_row_sees(struct session *s, int y, const char *text)
{
    return until(s, sees, text, y);
}

bool session_misses(struct session *s, const char *text)
{
    return until(s, misses, text, -1);
}

bool session_asked(struct session *s, const char *method, int times)
{
    return until(s, asked, method, times);
}

bool session_ends(struct session *s)
{
    return until(s, ends, NULL, 0);
}

bool session_is(struct session *s, const char *picture, bool roles)
{
    return is_picture(s, picture, roles);
}

bool session_becomes(struct session *s, const char *picture, bool roles)
{
    return until(s, is_picture, picture, roles);
}

void session_quiet(struct session *s, int ms)
{
    while (session_pump(s, ms))
        continue;
}

long session_proc(struct session *s, const char *file, const char *key)
{
    char path[64], line[256];
    long number = -1;
    FILE *in;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)s->pid, file);
    in = fopen(path, "re");
    while (in != NULL && number < 0 && fgets(line, sizeof line, in) != NULL)
        if (key == NULL || (str_starts(line, key) && line[strlen(key)] == ':'))
            number = strtol(key == NULL ? line : line + strlen(key) + 1, NULL, 10);
    if (in != NULL)
        fclose(in);
    return number;
}

long session_number(struct session *s, const char *key)
{
    return session_proc(s, "status", key);
}

bool session_asked_with(struct session *s, const char *method, const char *wanted)
{
    const json_t *p = NULL;
    char *text;
    bool same;

    session_asked(s, method, 1);
    fake_asked(&s->fake, method, &p);
    text = p == NULL ? NULL : json_dumps(p, JSON_COMPACT | JSON_SORT_KEYS);
    same = text != NULL && strcmp(text, wanted) == 0;
    if (!same)
        printf("# asked %s\n", text == NULL ? "nothing" : text);
    free(text);
    return same;
}

void session_looks_again(struct session *s)
{
    for (int i = 0; i < 3; i++) {
        fake_tick(&s->fake);
        session_push(s);
        session_quiet(s, 1000);
    }
}
