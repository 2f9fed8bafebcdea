/*
 * terminal - the console and the terminal it runs on: which ones it takes, what it never sends,
 * sizes, any bytes as keys, and every way to end.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "tests/console/session.h"

static const struct session_options usual = { .rows = 24, .cols = 80 };

static bool starts(struct session *s, const struct session_options *o)
{
    session_start(s, o);
    return session_sees(s, "LIVE") && session_sees(s, "acme-eu") && session_sees(s, "customers");
}

static bool wrote(const struct session *s, const char *bytes)
{
    return memmem(s->raw.data, s->raw.len, bytes, strlen(bytes)) != NULL;
}

static void terminals_that_can_draw(void)
{
    static const char *const types[] = { "xterm-256color", "xterm", "screen", "screen-256color",
        "tmux-256color", "linux", "vt100", "vt220", "ansi", "rxvt-unicode-256color" };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct session s;
        struct session_options o = usual;
        bool simple = strcmp(types[i], "linux") == 0 || types[i][0] == 'v' ||
            strcmp(types[i], "ansi") == 0;

        o.term = types[i];
        ok_if(starts(&s, &o), "%s shows the dashboard", types[i]);
        if (simple)
            ok_if(!wrote(&s, "\u28FF") && !wrote(&s, "\u28C0"), "%s gets no braille", types[i]);
        session_keys(&s, "\033OB\033[B2");
        ok_if(session_sees(&s, "hold stops new starts"), "%s: both arrow forms are no escape", types[i]);
        session_end(&s);
    }
}

static void terminals_that_cannot(void)
{
    static const char *const types[] = { "dumb", "", "no-such-terminal" };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct session s;
        struct session_options o = usual;
        size_t lines = 0;

        o.term = types[i];
        session_start(&s, &o);
        ok_if(session_ends(&s) && WIFEXITED(s.status) && WEXITSTATUS(s.status) == 2,
            "TERM=%s ends with 2", types[i]);
        session_quiet(&s, 20);
        for (size_t c = 0; c < s.raw.len; c++)
            lines += s.raw.data[c] == '\n';
        ok_if(lines == 1 && !wrote(&s, "\033") && wrote(&s, "--lines"),
            "TERM=%s says one line and no escape byte", types[i]);
        session_end(&s);
    }
}

static const char hostile[] =
    "X\033]52;c;aGk=\a\033[2J\033[31m\u202Eevil\u2066\u200B\uFEFF\302\23331m\302\205\033Pq\033\\"
    "\033_x\033\\\U0001F468\u200D\U0001F469\u200D\U0001F467\U0001F44D\U0001F3FD"
    "e\u0301\u0301\u0301\u0301\u0301\u0301 a\u0E33\u0E49 \u0645\u062D\u0645\u062F\r\n\tq";

static void poison(json_t *value)
{
    const char *key;
    json_t *one;
    size_t i;

    json_array_foreach(value, i, one)
        poison(one);
    if (!json_is_object(value))
        return;
    json_object_foreach(value, key, one) {
        static const char *const texts[] = { "title", "cause", "text", "last_text", "object", "source",
            "label", "shop", "name", "held_reason", "topic", "user", "word", "reason", "does", "key",
            "uri", "thing", "fix", "assigned", "by", "before", "after", "help", "value" };

        poison(one);
        for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
            if (strcmp(texts[t], key) == 0 && json_is_string(one))
                json_string_set(one, hostile);
    }
}

/* Everything an attacker could write into a name must not be in the stream. */
static bool stream_is_clean(const struct session *s)
{
    static const char *const never[] = { "\033]", "\033P", "\033_", "\033^", "\033X", "\a",
        "\u202E", "\u2066", "\u200B", "\u200D", "\uFEFF", "\302\233", "\302\205", "\033[2J\033[31m",
        "\U0001F3FD" };

    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (wrote(s, never[i])) {
            printf("# the stream holds forbidden sequence %zu\n", i);
            return false;
        }
    return true;
}

/* Each full-width box must end in its border at the last column of every line. */
static bool borders_hold(struct session *s)
{
    struct str row;
    bool fine = true;

    str_init(&row, 10000);
    for (int y = 2; y < s->rows - 2; y++) {
        VTermScreenCell cell;
        VTermPos last = { .row = y, .col = s->cols - 1 };

        memset(&cell, 0, sizeof cell);
        vterm_screen_get_cell(s->screen, last, &cell);
        if (cell.chars[0] != 0x2502 && cell.chars[0] != 0x256E && cell.chars[0] != 0x256F) {
            session_row(s, y, &row);
            printf("# line %d has no border: %s\n", y, row.data);
            fine = false;
        }
    }
    str_clear(&row);
    return fine;
}

static bool is_framed(struct session *s)
{
    for (int i = 0; i < 200; i++) {
        bool quiet = !session_pump(s, 20);

        if (quiet && borders_hold(s))
            return true;
    }
    return false;
}

static void hostile_text_stays_text(void)
{
    static const char *const tours[] = { "", "2", "2\rj\r", "3", "3\r", "4", "4\r", "5s#1\r",
        "5s#1\r\r", "6", "6\t\r", "7", "8", "8\r" };

    for (size_t i = 0; i < sizeof tours / sizeof tours[0]; i++) {
        struct session s;
        const char *name;
        json_t *shot;

        session_start(&s, &usual);
        json_object_foreach(s.fake.shots, name, shot)
            if (strcmp(name, "hello") != 0)
                poison(shot);
        session_sees(&s, "LIVE");
        for (const char *key = tours[i]; *key != '\0'; key++) {
            session_bytes(&s, key, 1);
            session_quiet(&s, 80);
        }
        ok_if(is_framed(&s), "hostile names leave the frame whole after \"%s\"",
            tours[i][0] == '\0' ? "start" : tours[i][strlen(tours[i]) - 1] == '\r' ? "a detail" : tours[i]);
        ok_if(stream_is_clean(&s), "and send nothing but text");
        session_end(&s);
    }
}

/* Data that waits for its frame may come between: then once more, but a wrong cell stays wrong. */
static bool redraw_is_equal(struct session *s)
{
    struct str before;
    bool same = false;

    str_init(&before, 1 << 20);
    for (int tries = 0; tries < 5 && !same && !s->ended; tries++) {
        size_t sent;

        session_quiet(s, 1200);
        session_picture(s, true, &before);
        sent = s->raw.len;
        session_keys(s, "\014");
        while (s->raw.len < sent + 1000 && !s->ended)
            session_pump(s, 50);
        session_quiet(s, 200);
        same = session_is(s, before.data, true);
    }
    if (!same)
        session_becomes(s, before.data, true); /* shows it */
    str_clear(&before);
    return same;
}

static void a_redraw_changes_nothing(void)
{
    static const char *const tours[] = { "j", "2j ", "3jj", "2\rjjjj", "4jj", "6", "7j" };

    for (size_t i = 0; i < sizeof tours / sizeof tours[0]; i++) {
        struct session s;

        starts(&s, &usual);
        for (const char *key = tours[i]; *key != '\0'; key++) {
            session_bytes(&s, key, 1);
            session_quiet(&s, 80);
        }
        for (int t = 0; t < 5; t++) {
            fake_tick(&s.fake);
            session_push(&s);
            session_keys(&s, t % 2 == 0 ? "j" : "k");
            session_quiet(&s, 60);
        }
        ok_if(redraw_is_equal(&s), "ctrl-l after %s: the same screen", tours[i]);
        session_end(&s);
    }
}

static void coming_back_leaves_nothing_behind(void)
{
    struct session s;
    struct str before;

    str_init(&before, 1 << 20);
    starts(&s, &usual);
    session_quiet(&s, 200);
    session_picture(&s, true, &before);
    for (const char *tab = "23456789"; *tab != '\0'; tab++) {
        session_bytes(&s, tab, 1);
        session_quiet(&s, 80);
    }
    session_keys(&s, "?");
    session_sees(&s, "type to search");
    session_keys(&s, "\033");
    session_misses(&s, "type to search");
    session_keys(&s, "1");
    ok_if(session_becomes(&s, before.data, true), "through all screens and back: the same screen");
    session_end(&s);
    str_clear(&before);
}

static void any_size_is_survived(void)
{
    struct session s;
    struct str before;
    unsigned seed = 11;

    str_init(&before, 1 << 20);
    starts(&s, &usual);
    session_quiet(&s, 200);
    session_picture(&s, true, &before);
    for (int i = 0; i < 300 && !s.ended; i++) {
        seed = seed * 1103515245u + 12345u;
        session_resize(&s, 1 + (int)(seed >> 16) % 80, 2 + (int)(seed >> 8) % 250);
        session_bytes(&s, &"jk2\t?\033:3\033"[i % 9], 1);
        session_pump(&s, i % 3 == 0 ? 60 : 1);
    }
    ok_if(!s.ended, "300 sizes between 1x2 and 80x251");
    session_resize(&s, 9, 24);
    ok_if(session_sees(&s, "needs 80x24"), "a small screen says what it needs");
    session_resize(&s, 24, 80);
    session_keys(&s, "\033");
    session_quiet(&s, 100);
    session_keys(&s, "\033");
    session_quiet(&s, 100);
    session_keys(&s, "\033\033");
    session_quiet(&s, 100);
    session_keys(&s, "21");
    session_sees(&s, "peak guard");
    session_keys(&s, "g");
    ok_if(session_becomes(&s, before.data, true), "and back at the first size: the same screen");
    session_resize(&s, 3, 10);
    session_quiet(&s, 200);
    session_keys(&s, "q");
    ok_if(session_ends(&s), "q works on a tiny screen");
    session_end(&s);
    str_clear(&before);
}

static void any_bytes_are_survived(void)
{
    static const char *const broken[] = { "\033[", "\033O", "\033[200~", "\033[999999999999999999m",
        "\033]0;x", "\033[<0;5;5M", "\033[?2026;1$y", "\xff\xfe", "\xf0\x9f", "\033[201~", "\033[0n" };
    struct session s;
    unsigned seed = 5;

    starts(&s, &usual);
    for (int i = 0; i < 6000 && !s.ended; i++) {
        char byte;

        seed = seed * 1103515245u + 12345u;
        byte = (char)(seed >> 16);
        if (byte == 'q' || byte == 3 || byte == 26) /* ends and stops are tested elsewhere */
            byte = 'j';
        if (seed % 37 == 0)
            session_keys(&s, broken[(seed >> 8) % (sizeof broken / sizeof broken[0])]);
        session_bytes(&s, &byte, 1);
        if (i % 40 == 0)
            session_pump(&s, 5);
    }
    session_keys(&s, "\033[201~");
    ok_if(!s.ended, "6,000 random bytes and broken sequences");
    for (int i = 0; i < 12 && !s.ended; i++) {
        session_keys(&s, "\033");
        session_quiet(&s, 60);
    }
    session_keys(&s, "2");
    ok_if(session_sees(&s, "QUEUE"), "and it goes on afterwards");
    session_end(&s);
}

static void pasted_text_presses_nothing(void)
{
    struct session s;

    starts(&s, &usual);
    session_keys(&s, "2");
    session_sees(&s, "jobs orders");
    session_keys(&s, "\033[200~Hq\rRy8\033[201~");
    session_keys(&s, ":");
    ok_if(session_sees(&s, "tab completes"), "after a paste the next key works");
    ok_if(fake_asked(&s.fake, "lanes.hold", NULL) == 0 && !s.ended, "and the paste pressed no key");
    session_keys(&s, "\033[200~find #10479\r\n\033[201~");
    ok_if(session_sees(&s, ":find #10479"), "into a field it is text");
    session_end(&s);
}

/* The modes of the terminal as a shell would find them. */
static bool given_back(struct session *s)
{
    static const char *const on[] = { "\033[?2004h", "\033[?1004h", "\033[?1049h", "\033[?1000h",
        "\033[?2026h" };
    static const char *const off[] = { "\033[?2004l", "\033[?1004l", "\033[?1049l", "\033[?1000l",
        "\033[?2026l" };
    struct termios modes;
    bool fine = true;

    session_quiet(s, 50);
    for (size_t i = 0; i < sizeof on / sizeof on[0]; i++) {
        const char *last_on = NULL, *at = s->raw.data, *end = s->raw.data + s->raw.len;

        while ((at = memmem(at, (size_t)(end - at), on[i], strlen(on[i]))) != NULL)
            last_on = at++;
        if (last_on != NULL && memmem(last_on, (size_t)(end - last_on), off[i], strlen(off[i])) == NULL) {
            printf("# mode %zu is left on\n", i);
            fine = false;
        }
    }
    if (s->altscreen) {
        printf("# the alternate screen is left on\n");
        fine = false;
    }
    if (tcgetattr(s->pty, &modes) == 0 && (modes.c_lflag & (ICANON | ECHO | ISIG)) != (ICANON | ECHO | ISIG)) {
        printf("# the terminal is left raw\n");
        fine = false;
    }
    return fine;
}

static void ends_well(const char *how, int signal_number, int code)
{
    struct session s;

    starts(&s, &usual);
    if (signal_number == 0)
        session_keys(&s, "q");
    else
        kill(s.pid, signal_number);
    ok_if(session_ends(&s), "%s ends it", how);
    if (code >= 0)
        ok_if(WIFEXITED(s.status) && WEXITSTATUS(s.status) == code, "%s: exit code %d", how, code);
    else
        ok_if((WIFSIGNALED(s.status) && WTERMSIG(s.status) == signal_number) ||
            (WIFEXITED(s.status) && WEXITSTATUS(s.status) != 0), "%s: it dies of it", how);
    ok_if(given_back(&s), "%s: the terminal is as it was", how);
    session_end(&s);
}

static void a_vanished_terminal_ends_it(void)
{
    struct session s;

    starts(&s, &usual);
    close(s.pty);
    s.pty = -1;
    waitpid(s.pid, &s.status, 0);
    s.ended = true;
    ok_if(true, "when the terminal vanishes it ends");
    session_end(&s);
}

static void it_stops_and_comes_back(void)
{
    struct session_options o = usual;
    struct session s;
    struct str before;

    str_init(&before, 1 << 20);
    o.in_shell = true;
    starts(&s, &o);
    session_quiet(&s, 200);
    session_picture(&s, true, &before);
    for (int i = 0; i < 3; i++) {
        char stop[24];

        snprintf(stop, sizeof stop, "[stopped %d]", i + 1);
        session_keys(&s, "\032");
        ok_if(session_sees(&s, stop), "ctrl-z stops it, time %d", i + 1);
        ok_if(!s.altscreen, "and gives the screen back");
        session_keys(&s, "fg\r");
        ok_if(session_becomes(&s, before.data, true), "fg: the same screen");
    }
    kill(-tcgetpgrp(s.pty), SIGSTOP); /* which nobody can prepare for */
    ok_if(session_sees(&s, "[stopped 4]"), "SIGSTOP stops it");
    session_keys(&s, "fg\r");
    ok_if(session_becomes(&s, before.data, true), "fg: the same screen again");
    session_keys(&s, "2");
    ok_if(session_sees(&s, "jobs orders"), "and keys work");
    session_end(&s);
    str_clear(&before);
}

static void questions_are_asked_once(void)
{
    struct session s;

    starts(&s, &usual);
    ok_if(wrote(&s, "\033[5n"), "the delay is asked for");
    ok_if(wrote(&s, "\033[?2026$p"), "so is synchronized output");
    session_keys(&s, "\033[?2026;2$y");
    session_quiet(&s, 100);
    session_keys(&s, "j");
    session_quiet(&s, 100);
    ok_if(wrote(&s, "\033[?2026h"), "a terminal that says yes gets whole frames");
    session_end(&s);
}

static void every_end_is_clean(void)
{
    ends_well("q", 0, 0);
    ends_well("SIGTERM", SIGTERM, 128 + SIGTERM);
    ends_well("SIGHUP", SIGHUP, 128 + SIGHUP);
    ends_well("SIGSEGV", SIGSEGV, -1);
    ends_well("SIGABRT", SIGABRT, -1);
    a_vanished_terminal_ends_it();
}

static const struct {
    const char *name;
    void (*run)(void);
} parts[] = {
    { "draw", terminals_that_can_draw },
    { "refuse", terminals_that_cannot },
    { "hostile", hostile_text_stays_text },
    { "redraw", a_redraw_changes_nothing },
    { "back", coming_back_leaves_nothing_behind },
    { "size", any_size_is_survived },
    { "bytes", any_bytes_are_survived },
    { "paste", pasted_text_presses_nothing },
    { "ends", every_end_is_clean },
    { "stop", it_stops_and_comes_back },
    { "questions", questions_are_asked_once },
};

/* All parts, or the one that is named. */
int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (argc < 2 || strcmp(argv[1], parts[i].name) == 0)
            parts[i].run();
    return tap_done();
}
