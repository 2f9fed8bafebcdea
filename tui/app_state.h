/*
 * app_state.h - the inside of the console, for the files right under tui/ only.
 */
#ifndef TUI_APP_STATE_H
#define TUI_APP_STATE_H

#include "tui/app.h"
#include "tui/screen.h"
#include "tui/widgets/edit.h"

#define STACK_MAX    12
#define MESSAGES_MAX 200
#define HISTORY_MAX  50
#define TOAST_MS     4000

enum overlay { OVERLAY_NONE, OVERLAY_HELP, OVERLAY_COMMAND, OVERLAY_FILTER, OVERLAY_PROMPT,
    OVERLAY_CONFIRM };

/* What a confirmed dialog sends. */
struct action {
    char method[48];
    json_t *params;
    char done[160];
    struct screen *owner;
};

struct app {
    const struct app_options *options;
    struct term *term;
    struct link *link;
    struct screen *stack[STACK_MAX]; /* stack[0] is a tab */
    int depth;
    bool ended;
    int exit_code;

    json_t *hello, *overview, *shown; /* shown: the overview on the screen, old while paused */
    json_t *activity, *alerts;
    when core_now;
    int64_t core_now_at; /* ticks when it came */
    json_int_t backend;
    enum fmt_time time;
    enum theme theme;
    bool watching_activity;
    int tab_at[10]; /* columns where the tabs begin, for clicks */
    bool zoomed; /* the focused pane alone fills the screen */

    bool paused, was_up;
    when paused_at;
    int missed;
    when offline_since;

    enum overlay overlay;
    struct edit edit; /* filter, prompt, command line, search in help */
    char prompt_label[96];
    int prompt_tag;
    struct dialog dialog;
    struct action action;
    int overlay_at;
    json_t *history; /* command lines, newest last */
    int history_at;

    char toast[256];
    enum role toast_role;
    int64_t toast_until; /* ticks; 0: none, INT64_MAX: until a key */
    json_t *messages;

    bool dirty_keys, dirty_data; /* something to draw: at once, or with the next frame */
    int64_t drawn;               /* ticks of the last frame */
    int64_t begun;               /* ticks of the start */
    bool was_drawn;              /* there was a frame */
    bool blocked;                /* the terminal took nothing */
    int ctrl_c;
};

/* app.c */
struct screen *app_top(const struct app *a);
void app_push(struct app *a, const struct screen_ops *ops, const json_t *args);
void app_pop(struct app *a);
void app_tab(struct app *a, int tab);
void app_tab_with(struct app *a, int tab, const json_t *args);
void app_command(struct app *a, enum command command);
when app_now(const struct app *a);
void app_toast(struct app *a, enum role role, const char *text);
void app_quit(struct app *a);
const json_t *app_backend_row(const struct app *a);
void app_input(struct app *a, const struct input_event *e);

/* loop.c */
void loop_run(struct app *a);
void app_draw(struct app *a);

/* place.c */
void place_restore(struct app *a); /* where this operator was; at least the dashboard */
void place_remember(struct app *a);
bool place_save_view(struct app *a, const char *name);
bool place_open_view(struct app *a, const char *name);

/* frame.c */
void frame_draw(struct app *a, struct canvas *c);
void frame_compact(struct app *a, struct canvas *c);

/* overlay.c */
void overlay_open(struct app *a, enum overlay overlay);
void overlay_close(struct app *a);
bool overlay_key(struct app *a, int key); /* false: no overlay, or not its key */
void overlay_paste(struct app *a, const char *text);
void overlay_draw(struct app *a, struct canvas *c);

/* palette.c */
void palette_run(struct app *a, const char *line);
void palette_draw(struct app *a, struct canvas *c);
void palette_complete(struct app *a);

/* services.c */
bool services_refuses(struct app *a, const char *method); /* read-only, and said so */
void services_send(struct app *a, struct screen *owner, const char *method, json_t *params,
    const char *done);
void services_confirmed(struct app *a);
void services_undo(struct app *a);
void services_copy(struct app *a, bool all);

#endif
