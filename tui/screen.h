/*
 * screen.h - what a screen is, and what the console does for it.
 *
 * A screen keeps state, changes it when an answer, a topic or a command comes
 * (and then nothing is drawn), and draws that state when asked (and then nothing
 * changes but places of scrolling). All on the console's one thread.
 *
 * Pointers into snapshots live until the next call into the screen.
 */
#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/when.h"
#include "tui/draw/canvas.h"
#include "tui/fmt.h"
#include "tui/keys.h"
#include "tui/link.h"
#include "tui/widgets/dialog.h"
#include "tui/widgets/table.h"

struct app;
struct screen;

struct screen_ops {
    const char *name;    /* as typed after : */
    enum scope scope;    /* its keys */
    int tab;             /* 1 ... 10; 0: it is opened from another screen */
    size_t size;         /* of its state; zeroed before open */
    unsigned refresh_ms; /* asks again after that; 0: never by itself */
    bool activity;       /* wants the topic activity too */
    bool passing;        /* not a place to come back to in the next run */

    void (*open)(struct screen *s, const json_t *args);
    void (*close)(struct screen *s);
    void (*refresh)(struct screen *s);
    void (*answer)(struct screen *s, int tag, const struct link_answer *answer);
    void (*topic)(struct screen *s, const char *topic, const json_t *data);
    bool (*command)(struct screen *s, enum command command); /* false: not mine */
    bool (*key)(struct screen *s, int key); /* before the key table; for fields */
    void (*paste)(struct screen *s, const char *text);
    void (*click)(struct screen *s, int y, int x);
    void (*prompt)(struct screen *s, int tag, const char *text); /* answer to screen_prompt */
    void (*view)(struct screen *s, struct canvas *c, struct rect body);
    /* Puts its switches into args, from which open takes them again. */
    void (*keep)(const struct screen *s, json_t *args);
    void (*crumb)(const struct screen *s, char *buf, size_t size);
    void (*note)(const struct screen *s, char *buf, size_t size);
    struct table *(*table)(struct screen *s); /* the list with the cursor; NULL: none now */
    const json_t *(*record)(struct screen *s); /* what y and Y copy; NULL: the list's row */
};

struct screen {
    const struct screen_ops *ops;
    struct app *app;
    void *state;
    json_t *args;   /* what it was opened with */
    int64_t asked;  /* ticks of the last refresh */
    int64_t wanted; /* ticks of the last one the operator caused */
    struct err err; /* of the last answer that failed: shown instead of nothing */
};

/* Opens another screen on top (args may be NULL, borrowed), or goes back. */
void screen_open(struct screen *s, const struct screen_ops *ops, const json_t *args);
void screen_back(struct screen *s);
struct screen *screen_below(const struct screen *s); /* it was opened from; NULL: none */
/* Asks the core; ops->answer gets it. Takes params. */
void screen_ask(struct screen *s, const char *method, json_t *params, int tag);
void screen_refresh(struct screen *s);
/* Does something and says so: done, and how many if the answer counts. Takes params. */
void screen_do(struct screen *s, const char *method, json_t *params, const char *done);

/*
 * Asks the operator first. Fill the dialog (dialog.h) that is returned; yes sends method with
 * params and the fields of the form: "reason" as text, "until" as a moment, "x:int" as a number,
 * "x.y" inside the object x. Takes params.
 */
struct dialog *screen_confirm(struct screen *s, int level, const char *title, const char *button,
    const char *method, json_t *params, const char *done);
/* One line to type; ops->prompt gets it with tag. */
void screen_prompt(struct screen *s, int tag, const char *label, const char *text);

void screen_toast(struct screen *s, enum role role, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void screen_copy(struct screen *s, const char *text, const char *what);

const json_t *screen_overview(const struct screen *s); /* the newest, or NULL */
const json_t *screen_hello(const struct screen *s);
when screen_now(const struct screen *s); /* the core's clock */
enum fmt_time screen_time(const struct screen *s);
json_int_t screen_backend(const struct screen *s);         /* 0: none yet */
const json_t *screen_backend_row(const struct screen *s);  /* of the overview, or NULL */
bool screen_may(const struct screen *s, const char *role); /* "operator", "admin" */
bool screen_is_wide(const struct screen *s); /* from 110 columns: a third pane */
bool screen_zoomed(const struct screen *s); /* draw the pane with the focus alone */
/* Looks of this console, kept for the next one. */
void screen_theme(struct screen *s, enum theme theme);
enum theme screen_theme_now(const struct screen *s);
void screen_glyphs(struct screen *s, enum glyphs glyphs);
enum glyphs screen_glyphs_now(const struct screen *s);
bool screen_glyphs_asked(const struct screen *s); /* the operator said it for this kind of terminal */
bool screen_glyphs_free(const struct screen *s);  /* false: this terminal shows nothing but ASCII */
/* {"backend": N} if there are several, else {} */
json_t *screen_params(const struct screen *s);

/* The middle of an empty pane: why it is empty, and what to press. */
void screen_empty(struct canvas *c, struct rect in, const char *why, const char *what);
/* An answer is on its way: says so once it takes long enough to be noticed. */
void screen_waiting(const struct screen *s, struct canvas *c, struct rect in, const char *what);
/* Draws the error of a pane that could not be filled. */
void screen_trouble(const struct screen *s, struct canvas *c, struct rect in);

extern const struct screen_ops screen_dashboard, screen_queues, screen_jobs, screen_job,
    screen_errors, screen_error, screen_webhooks, screen_webhook, screen_subscriptions,
    screen_records, screen_timeline, screen_mappings, screen_choose, screen_setup, screen_wizard,
    screen_audit, screen_imports, screen_import, screen_import_plan, screen_import_items,
    screen_import_item, screen_import_uses, screen_import_clinic, screen_conflicts, screen_conflict,
    screen_conflict_rules, screen_text;

#endif
