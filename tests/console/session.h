/*
 * session.h - the real console on a terminal of our own, with a fake core behind it, or a real one.
 *
 * The program runs on a pty; what it writes goes into libvterm, whose cells the
 * tests read. Nothing sleeps and looks: every wait is for something to be seen,
 * with a limit that only a hanging program reaches.
 */
#ifndef TESTS_CONSOLE_SESSION_H
#define TESTS_CONSOLE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#include <vterm.h>

#include "base/str.h"
#include "tests/console/fake.h"

#define SESSION_WAIT_MS 30000
#define SESSION_ENV_MAX 8

struct session {
    struct fake fake;
    char dir[64];
    pid_t pid;
    int pty;
    bool own_dir;
    int64_t begun; /* when_ticks() before the program started */
    bool ended;    /* the program is gone; status is valid */
    int status;
    int rows, cols;
    VTerm *vt;
    VTermScreen *screen;
    bool altscreen;
    struct str raw; /* everything it wrote */
    char program[300];
    bool keep_dir; /* session_end leaves it to another session */
};

struct session_options {
    int rows, cols;
    const char *term;   /* NULL: xterm-256color; "": unset */
    const char *locale; /* NULL: C.UTF-8 */
    const char *env[SESSION_ENV_MAX]; /* "NAME=value" */
    const char *args[8];
    const char *state; /* of a real core that runs; NULL: the fake one */
    bool no_core;  /* the fake core does not listen */
    bool in_shell; /* under a job-control parent of its own, for ^Z */
    bool mute;     /* the terminal answers no question */
    const char *dir; /* of a session that ended and kept it; NULL: a new one */
};

/* Starts; the first frame need not be there yet. Exits the test program on trouble of its own. */
void session_start(struct session *s, const struct session_options *o);
void session_end(struct session *s); /* kills what still runs, cleans up */

void session_keys(struct session *s, const char *keys);
void session_bytes(struct session *s, const char *bytes, size_t len);
void session_resize(struct session *s, int rows, int cols);
void session_push(struct session *s); /* the overview, and waits for nothing */
/* One turn of the poll: at most ms. false: nothing came. */
bool session_pump(struct session *s, int ms);
/* Until the screen shows the text; false after SESSION_WAIT_MS. */
bool session_sees(struct session *s, const char *text);
bool session_misses(struct session *s, const char *text); /* until it is gone */
bool session_asked(struct session *s, const char *method, int times); /* until it was asked so often */
/* The last call of a method had these parameters, as sorted text. */
bool session_asked_with(struct session *s, const char *method, const char *wanted);
void session_looks_again(struct session *s); /* a second goes by */
bool session_ends(struct session *s); /* until the program is gone */
bool session_row_sees(struct session *s, int y, const char *text);
/* Nothing was written for ms. */
void session_quiet(struct session *s, int ms);

/* The screen as text, lines without trailing blanks; with roles a second part. */
void session_picture(struct session *s, bool roles, struct str *out);
void session_row(struct session *s, int y, struct str *out);
bool session_is(struct session *s, const char *picture, bool roles);      /* now */
bool session_becomes(struct session *s, const char *picture, bool roles); /* until it is that */
/* A number of /proc/PID/FILE: behind "KEY:", or with key NULL the first there. -1: none. */
long session_proc(struct session *s, const char *file, const char *key);
long session_number(struct session *s, const char *proc_status_key);

/* TAP */
void ok_if(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void show_picture(struct session *s); /* as comments, after a failure */
int tap_done(void);
const char *tests_source(void); /* where the tests' files lie */

#endif
