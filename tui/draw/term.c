#include "tui/draw/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "base/str.h"
#include "base/when.h"
#include "tui/draw/anchor.h"
#include "tui/draw/caps.h"
#include "tui/draw/copy.h"
#include "tui/draw/restore.h"

#define ESC_WAIT_MS 25     /* an ESC with nothing behind it is the key */
#define RESIZE_WAIT_MS 50  /* sizes come in storms */
#define PASTE_WAIT_MS 2000 /* a paste whose end got lost */
#define PROBE_EVERY_MS 15000
#define PROBE_ANSWER_MS 2000
#define SLOW_MS 500
#define FRAME_MAX (16 << 20) /* bytes of the largest screen, each cell in another colour */

enum probe { PROBE_OFF, PROBE_IDLE, PROBE_ASKED };

struct term {
    SCREEN *screen;
    FILE *out;  /* curses' way to the terminal */
    int frame;  /* a file in memory that takes its place while a frame is made; -1: none */
    struct canvas now, shown;
    struct input in;
    struct termios modes; /* as we found them */
    int signals;          /* restore.h's pipe */
    bool full;            /* send everything next time */
    bool modern;          /* knows the private modes of xterm */
    bool sync;            /* synchronized output: the terminal said yes */
    bool focus_lost, mouse, gone, resized, changed;
    int ended_by; /* signal, 0: none */
    int64_t resize_due, bytes_at, probe_due, probe_sent; /* ticks; 0: none */
    enum probe probe;
    int delay_ms, good_probes;
    bool slow; /* until three good answers in a row */
    enum theme theme;
    enum colours colours;
};

static void put_raw(const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes, len);

        if (n < 0 && errno != EINTR)
            return; /* the terminal is gone: poll will say so */
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
}

static void puts_raw(const char *bytes)
{
    put_raw(bytes, strlen(bytes));
}

/*
 * Curses writes each piece of a frame by itself, forty and more of them, and each is a packet
 * on a remote terminal. So they are gathered in memory, and the frame goes out in one.
 */
static void gather(struct term *t, struct str *frame)
{
    if (t->frame >= 0 && lseek(t->frame, 0, SEEK_SET) == 0 &&
        dup3(t->frame, fileno(t->out), O_CLOEXEC) >= 0)
        return;
    if (t->frame >= 0)
        close(t->frame);
    t->frame = -1;
    put_raw(frame->data, frame->len); /* piece by piece, then */
    str_reset(frame);
}

static void gathered(struct term *t, struct str *frame)
{
    char bytes[4096];
    off_t end = t->frame >= 0 ? lseek(t->frame, 0, SEEK_CUR) : 0;

    if (t->frame < 0)
        return;
    dup3(STDOUT_FILENO, fileno(t->out), O_CLOEXEC);
    for (off_t at = 0; at < end;) {
        size_t want = end - at < (off_t)sizeof bytes ? (size_t)(end - at) : sizeof bytes;
        ssize_t n = pread(t->frame, bytes, want, at);

        if (n <= 0)
            return;
        str_add(frame, bytes, (size_t)n);
        at += n;
    }
}

static bool utf8_locale(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool type_is(const char *type, const char *const *starts)
{
    for (; *starts != NULL; starts++)
        if (str_starts(type, *starts))
            return true;
    return false;
}

static bool is_modern(const char *type)
{
    static const char *const starts[] = { "xterm", "tmux", "screen", "rxvt", "foot", "kitty",
        "alacritty", "wezterm", "st-", "konsole", "gnome", "vte", "contour", "ghostty", NULL };

    return type_is(type, starts);
}

/* Which signs and lines this terminal shows. */
static void choose_glyphs(struct canvas *c, const char *type, const char *wish)
{
    static const char *const plain[] = { "linux", "vt", "ansi", "cons", "sun", NULL };
    bool utf8 = utf8_locale(), simple = type_is(type, plain);
    bool own_lines = *caps_text("acsc") != '\0' && !str_starts(type, "ansi");

    c->glyphs = GLYPHS_BRAILLE;
    c->lines = LINES_UTF8;
    c->fold = FOLD_NONE;
    if (wish != NULL && strcmp(wish, "block") == 0)
        c->glyphs = GLYPHS_BLOCK;
    if (!utf8 || (simple && wish == NULL)) {
        c->glyphs = GLYPHS_ASCII;
        c->lines = own_lines ? LINES_TERMINAL : LINES_ASCII;
        c->fold = utf8 && str_starts(type, "linux") ? FOLD_SIGNS : FOLD_ALL;
    } else if (wish != NULL && strcmp(wish, "ascii") == 0) {
        c->glyphs = GLYPHS_ASCII;
        c->lines = LINES_ASCII;
        c->fold = FOLD_SIGNS;
    }
}

static bool check_terminal(const char *type, struct err *err)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(err, ERR_INVALID, "no terminal here; try --lines, or a command with --json");
    if (type == NULL || *type == '\0')
        return err_set(err, ERR_INVALID,
            "TERM is not set; set it, or try --lines or a command with --json");
    if (!caps_load(type))
        return err_set(err, ERR_INVALID,
            "terminal type %.40s is not known here; try TERM=xterm or --lines or --json", type);
    if (*caps_text("cup") == '\0')
        return err_set(err, ERR_INVALID,
            "terminal type %.40s cannot place its cursor; try --lines, or a command with --json",
            type);
    return true;
}

bool term_check(struct err *err)
{
    return check_terminal(getenv("TERM"), err);
}

/* Everything that may be on, off again; safe to send twice. */
static void restore_bytes(const struct term *t, struct str *out)
{
    if (t->modern)
        str_adds(out, "\033[?2026l\033[?1006l\033[?1000l\033[?1004l\033[?2004l");
    str_adds(out, caps_text("sgr0"));
    str_adds(out, caps_text("op"));
    str_adds(out, caps_text("cnorm"));
    str_adds(out, caps_text("rmcup"));
    str_adds(out, "\r");
}

static void modes_on(struct term *t)
{
    if (!t->modern)
        return;
    puts_raw("\033[?2004h\033[?1004h");
    if (t->mouse)
        puts_raw("\033[?1000h\033[?1006h");
}

static void modes_off(struct term *t)
{
    if (t->modern)
        puts_raw("\033[?1006l\033[?1000l\033[?1004l\033[?2004l");
}

static attr_t attrs_of(struct look look)
{
    attr_t attrs = A_NORMAL;

    if (look.attrs & LOOK_BOLD)
        attrs |= A_BOLD;
    if (look.attrs & LOOK_DIM)
        attrs |= A_DIM;
    if (look.attrs & LOOK_UNDER)
        attrs |= A_UNDERLINE;
    if (look.attrs & LOOK_REV)
        attrs |= A_REVERSE;
    return attrs;
}

static void load_theme(struct term *t)
{
    if (t->colours == COLOURS_NONE)
        return;
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct look look = theme_look(t->theme, t->colours, (enum role)role);

        init_pair((short)(role + 1), look.fg, look.bg);
    }
}

static bool start_curses(struct term *t, const char *type)
{
    bool few = caps_number("colors") < 256;
    char wide[64];
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

    caps_drop();
    t->out = fd < 0 ? NULL : fdopen(fd, "w");
    if (t->out == NULL)
        return false;
    t->frame = memfd_create("frame", MFD_CLOEXEC);
    if (t->colours == COLOURS_256 && few) { /* asked for by --color */
        snprintf(wide, sizeof wide, "%.40s-256color", type);
        t->screen = newterm(wide, t->out, stdin);
    }
    if (t->screen == NULL)
        t->screen = newterm(type, t->out, stdin);
    if (t->screen == NULL)
        return false;
    typeahead(-1); /* keys wait for 50 ms at most; half a frame helps nobody */
    raw();
    noecho();
    nonl();
    keypad(stdscr, FALSE);
    nodelay(stdscr, TRUE);
    scrollok(stdscr, FALSE);
    idlok(stdscr, TRUE);
    if (t->colours != COLOURS_NONE && has_colors()) {
        start_color();
        use_default_colors();
        if (COLORS < 256 && t->colours == COLOURS_256)
            t->colours = COLOURS_8;
    } else {
        t->colours = COLOURS_NONE;
    }
    load_theme(t);
    return true;
}

static void ask_once(struct term *t, bool quiet)
{
    t->delay_ms = -1;
    if (!t->modern || quiet)
        return;
    puts_raw("\033[?2026$p\033[5n");
    t->probe = PROBE_ASKED;
    t->probe_sent = when_ticks();
}

struct term *term_open(const struct term_options *options, struct err *err)
{
    const char *type = getenv("TERM");
    struct term *t;
    AUTO_STR bytes = { 0 };

    str_init(&bytes, 256);
    if (!check_terminal(type, err))
        return NULL;
    t = calloc(1, sizeof *t);
    if (t == NULL || !canvas_init(&t->now, 0, 0) || !canvas_init(&t->shown, 0, 0)) {
        free(t);
        err_set(err, ERR_BUSY, "no memory for a screen");
        return NULL;
    }
    t->modern = is_modern(type);
    t->mouse = options->mouse;
    t->theme = options->theme;
    t->full = true;
    if (!theme_colours(options->color, getenv("NO_COLOR"), caps_number("colors"), &t->colours)) {
        free(t);
        err_set(err, ERR_INVALID, "--color is one of auto, always, 256, 8, never");
        return NULL;
    }
    choose_glyphs(&t->now, type, options->glyphs);
    tcgetattr(STDIN_FILENO, &t->modes);
    restore_bytes(t, &bytes);
    t->signals = restore_arm(bytes.data, bytes.len, &t->modes); /* before newterm: it keeps ours */
    if (t->signals < 0 || !start_curses(t, type)) {
        restore_disarm();
        if (t->out != NULL)
            fclose(t->out);
        free(t);
        err_set(err, ERR_INVALID, "terminal type %.40s cannot be used", type);
        return NULL;
    }
    input_init(&t->in);
    t->resized = true;
    t->resize_due = 1;
    modes_on(t);
    ask_once(t, options->quiet);
    return t;
}

void term_free(struct term *t)
{
    if (t == NULL)
        return;
    modes_off(t);
    endwin();
    tcsetattr(STDIN_FILENO, TCSANOW, &t->modes);
    restore_disarm();
    delscreen(t->screen);
    fclose(t->out);
    if (t->frame >= 0)
        close(t->frame);
    canvas_clear(&t->now);
    canvas_clear(&t->shown);
    free(t);
}

static void take_size(struct term *t)
{
    struct winsize size;
    struct canvas now = t->now;
    int rows = 24, cols = 80;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        rows = size.ws_row;
        cols = size.ws_col;
    }
    resizeterm(rows, cols);
    canvas_clear(&t->now);
    canvas_clear(&t->shown);
    if (!canvas_init(&t->now, rows, cols) || !canvas_init(&t->shown, rows, cols))
        return; /* an empty canvas: nothing is drawn until the next size */
    t->now.glyphs = now.glyphs;
    t->now.lines = now.lines;
    t->now.fold = now.fold;
    t->full = true;
}

struct canvas *term_canvas(struct term *t)
{
    if (t->now.cells == NULL || t->now.rows == 0)
        take_size(t);
    return &t->now;
}

/* A frame's line as the terminal draws it itself. */
static const cchar_t *terminal_line(wchar_t ch)
{
    switch (ch) {
    case 0x250C: return WACS_ULCORNER;
    case 0x2510: return WACS_URCORNER;
    case 0x2514: return WACS_LLCORNER;
    case 0x2518: return WACS_LRCORNER;
    case 0x2500: return WACS_HLINE;
    case 0x2502: return WACS_VLINE;
    default: return NULL;
    }
}

static void put_cell(struct term *t, int y, int x, const struct cell *cell)
{
    enum role role = (enum role)cell->role;
    attr_t attrs = attrs_of(theme_look(t->theme, t->colours, role));
    short pair = t->colours == COLOURS_NONE ? 0 : (short)(role + 1);
    const cchar_t *line = t->now.lines == LINES_TERMINAL ? terminal_line(cell->ch[0]) : NULL;
    wchar_t text[2 + TEXT_MARKS] = L" ";
    cchar_t out;

    if (line != NULL) {
        wattr_set(stdscr, attrs, pair, NULL);
        mvadd_wch(y, x, line);
        return;
    }
    if (!cell->contested)
        wmemcpy(text, cell->ch, 1 + TEXT_MARKS);
    setcchar(&out, text, attrs, pair, NULL);
    wattr_set(stdscr, A_NORMAL, 0, NULL);
    mvadd_wch(y, x, &out);
    if (cell->contested && cell->width == 2)
        mvadd_wch(y, x + 1, &out); /* blanks for curses: anchor.h draws what belongs there */
}

static void put_row(struct term *t, int y, int from, int to)
{
    if (from == 0 && to == t->now.cols - 1) { /* no half of a wide character stays */
        wattr_set(stdscr, A_NORMAL, 0, NULL);
        wmove(stdscr, y, 0);
        wclrtoeol(stdscr);
    }
    for (int x = from; x <= to; x++) {
        const struct cell *cell = canvas_at(&t->now, y, x);

        if (cell->width > 0)
            put_cell(t, y, x, cell);
    }
}

/* Hands the rows that differ to curses; anchored: those it must not draw alone. */
static bool put_rows(struct term *t, struct str *anchored)
{
    bool any = t->full;

    for (int y = 0; y < t->now.rows; y++) {
        int from = 0, to = t->now.cols - 1;

        if (!t->full && !canvas_row_differs(&t->now, &t->shown, y, &from, &to))
            continue;
        any = true;
        put_row(t, y, from, to);
        if (!t->full && canvas_row_contested(&t->shown, y))
            wredrawln(stdscr, y, 1);
        if (canvas_row_contested(&t->now, y))
            anchor_row(&t->now, y, t->theme, t->colours, anchored);
    }
    return any;
}

static bool writable(void)
{
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

    return poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0;
}

bool term_show(struct term *t)
{
    struct canvas *now = term_canvas(t);
    bool moved = now->cursor_y != t->shown.cursor_y || now->cursor_x != t->shown.cursor_x;
    bool any;
    AUTO_STR anchored = { 0 }, frame = { 0 };

    str_init(&anchored, 256 * 1024);
    str_init(&frame, FRAME_MAX);
    if (!writable())
        return false;
    if (now->rows == 0 || now->cols == 0)
        return true;
    any = put_rows(t, &anchored);
    if (!any && !moved)
        return true;
    if (t->full)
        clearok(curscr, TRUE);
    wmove(stdscr, now->cursor_y, now->cursor_x);
    wnoutrefresh(stdscr);
    if (t->sync)
        str_adds(&frame, "\033[?2026h");
    gather(t, &frame);
    doupdate();
    gathered(t, &frame);
    if (anchored.len > 0) {
        anchor_cursor(now->cursor_y, now->cursor_x, &anchored);
        str_add(&frame, anchored.data, anchored.len);
    }
    if (t->sync)
        str_adds(&frame, "\033[?2026l");
    put_raw(frame.data, frame.len);
    memcpy(t->shown.cells, now->cells, (size_t)(now->rows * now->cols) * sizeof *now->cells);
    t->shown.cursor_y = now->cursor_y;
    t->shown.cursor_x = now->cursor_x;
    t->full = false;
    return true;
}

void term_redraw(struct term *t)
{
    t->full = true;
}

static int until(int64_t due, int best)
{
    int64_t ms;

    if (due == 0)
        return best;
    ms = (due - when_ticks() + 999) / 1000;
    ms = ms < 0 ? 0 : ms;
    return best < 0 || ms < best ? (int)ms : best;
}

int term_prepare(struct term *t, struct pollfd *fds)
{
    int ms = -1;

    fds[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
    fds[1] = (struct pollfd){ .fd = t->signals, .events = POLLIN };
    if (input_waiting(&t->in))
        ms = until(t->bytes_at + ESC_WAIT_MS * 1000, ms);
    if (t->in.pasting)
        ms = until(t->bytes_at + PASTE_WAIT_MS * 1000, ms);
    ms = until(t->resize_due, ms);
    if (t->probe == PROBE_ASKED)
        ms = until(t->probe_sent + PROBE_ANSWER_MS * 1000, ms);
    else if (t->probe == PROBE_IDLE && !t->focus_lost)
        ms = until(t->probe_due, ms);
    return ms;
}

/* After a stop: the modes and the screen are whatever the shell left. */
static void take_back(struct term *t)
{
    raw();
    noecho();
    nonl();
    refresh(); /* curses takes the terminal again */
    modes_on(t);
    t->full = true;
    t->resize_due = 1;
}

static void read_signals(struct term *t)
{
    char numbers[64];
    ssize_t n = read(t->signals, numbers, sizeof numbers);

    for (ssize_t i = 0; i < n; i++) {
        if (numbers[i] == SIGWINCH) {
            t->resize_due = when_ticks() + RESIZE_WAIT_MS * 1000;
        } else if (numbers[i] == SIGCONT) { /* somebody stopped us without asking */
            take_back(t);
        } else if (numbers[i] == SIGTSTP) {
            term_suspend(t);
            return;
        } else {
            t->ended_by = numbers[i];
        }
    }
}

static void probe_step(struct term *t)
{
    int64_t now = when_ticks();

    if (t->probe == PROBE_ASKED && now - t->probe_sent > PROBE_ANSWER_MS * 1000) {
        t->probe = t->delay_ms < 0 ? PROBE_OFF : PROBE_IDLE; /* no answer ever: never ask again */
        t->delay_ms = t->delay_ms < 0 ? -1 : PROBE_ANSWER_MS;
        t->good_probes = 0;
        t->slow = t->delay_ms >= 0;
        t->probe_due = now + PROBE_EVERY_MS * 1000;
    } else if (t->probe == PROBE_IDLE && now >= t->probe_due && !t->focus_lost && writable()) {
        puts_raw("\033[5n");
        t->probe = PROBE_ASKED;
        t->probe_sent = now;
    }
}

static void probe_answer(struct term *t)
{
    if (t->probe != PROBE_ASKED)
        return; /* late: the question was given up */
    t->delay_ms = (int)((when_ticks() - t->probe_sent) / 1000);
    t->good_probes = t->delay_ms < SLOW_MS ? t->good_probes + 1 : 0;
    t->slow = t->good_probes == 0 || (t->slow && t->good_probes < 3);
    t->probe = PROBE_IDLE;
    t->probe_due = when_ticks() + PROBE_EVERY_MS * 1000;
}

void term_read(struct term *t, const struct pollfd *fds)
{
    char bytes[256];

    if (fds[1].revents != 0)
        read_signals(t);
    if ((fds[0].revents & POLLIN) != 0 && t->in.len < sizeof t->in.pending) {
        ssize_t n = read(STDIN_FILENO, bytes, sizeof t->in.pending - t->in.len);

        if (n > 0) {
            input_feed(&t->in, bytes, (size_t)n);
            t->bytes_at = when_ticks();
        } else if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
            t->gone = true;
        }
    } else if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
        t->gone = true;
    }
    probe_step(t);
}

/* Events that do not come from bytes. */
static bool own_event(struct term *t, struct input_event *event)
{
    *event = (struct input_event){ .kind = INPUT_NONE };
    if (t->gone)
        event->kind = INPUT_GONE;
    else if (t->ended_by != 0)
        *event = (struct input_event){ .kind = INPUT_SIGNAL, .key = t->ended_by };
    else if (t->resize_due != 0 && when_ticks() >= t->resize_due)
        event->kind = INPUT_RESIZE;
    if (event->kind == INPUT_RESIZE) {
        t->resize_due = 0;
        take_size(t);
    }
    return event->kind != INPUT_NONE;
}

bool term_next(struct term *t, struct input_event *event)
{
    if (own_event(t, event))
        return true;
    if (t->in.pasting && when_ticks() - t->bytes_at > PASTE_WAIT_MS * 1000)
        input_init(&t->in);
    while (input_next(&t->in, when_ticks() - t->bytes_at >= ESC_WAIT_MS * 1000, event)) {
        switch ((int)event->kind) {
        case INPUT_STATUS:
            probe_answer(t);
            continue;
        case INPUT_MODE:
            if (event->key == 2026)
                t->sync = event->y == 1 || event->y == 2;
            continue;
        case INPUT_FOCUS_IN:
        case INPUT_FOCUS_OUT:
            t->focus_lost = event->kind == INPUT_FOCUS_OUT;
            break;
        default:
            break;
        }
        return true;
    }
    return false;
}

const char *term_pasted(const struct term *t)
{
    return input_pasted(&t->in);
}

void term_suspend(struct term *t)
{
    char numbers[64];

    modes_off(t);
    endwin();
    tcsetattr(STDIN_FILENO, TCSANOW, &t->modes);
    restore_stop();
    while (read(t->signals, numbers, sizeof numbers) > 0)
        continue;
    take_back(t);
}

void term_theme(struct term *t, enum theme theme)
{
    t->theme = theme;
    load_theme(t);
    t->full = true;
}

void term_glyphs(struct term *t, enum glyphs glyphs)
{
    choose_glyphs(&t->now, getenv("TERM"), canvas_glyphs_name(glyphs));
    t->full = true;
}

void term_mouse(struct term *t, bool on)
{
    t->mouse = on;
    if (t->modern)
        puts_raw(on ? "\033[?1000h\033[?1006h" : "\033[?1006l\033[?1000l");
}

bool term_copy(struct term *t, const char *text)
{
    AUTO_STR out = { 0 };

    str_init(&out, COPY_BYTES_MAX);
    if (!t->modern || !copy_sequence(text, &out))
        return false;
    put_raw(out.data, out.len);
    return true;
}

bool term_ascii(const struct term *t)
{
    return t->now.fold != FOLD_NONE;
}

int term_delay_ms(const struct term *t)
{
    return t->delay_ms;
}

int term_frame_ms(const struct term *t)
{
    if (t->focus_lost)
        return 5000;
    return t->slow ? 2000 : 1000;
}
