/*
 * import.h - what the screens of a guided import share: the page of a run and its parts, columns
 * of steps and records, and what can be done.
 *
 *     imports.c       the runs, newest first           import_items.c  the records of a step
 *     import.c        one run: steps, problems, records import_item.c  one record with its diff
 *     import_view.c   how that looks                   import_plan.c   what to import: a form
 *     import_uses.c   what its records use of what is mapped
 *     import_clinic.c products that it can't tell apart
 *     import_steer.c  apply, pause, stop, leave out ... as all of them ask for it
 */
#ifndef TUI_SCREENS_IMPORT_H
#define TUI_SCREENS_IMPORT_H

#include "tui/imports.h"
#include "tui/screen.h"

enum import_pane { IMPORT_PANE_STEPS, IMPORT_PANE_PROBLEMS, IMPORT_PANE_RECORDS, IMPORT_PANES };

struct import {
    json_int_t run;
    json_t *row; /* imports.get; NULL: not there yet */
    struct imports_sum sum;
    struct imports_pace pace;
    struct table steps, problems, causes, records; /* causes: why records of the plan are refused */
    struct rect steps_at, problems_at, records_at;
    enum import_pane pane;
    char of[24];                /* whose records are shown */
    const char *verdict, *state; /* and which of them; NULL: any */
    bool chosen;                /* the operator moved the cursor to a step himself */
    bool problems_known;
    int looks;                  /* of refresh */
    int64_t parked, refused;    /* when problems and causes were asked for last */
};

/* What the pane of problems shows: those of jobs, or before there are any, of the plan. */
struct table *import_problems(struct import *m);
bool import_is_plan(const struct import *m);

void import_view(struct screen *s, struct canvas *c, struct rect body);

/* Sign and words of what a run does, in one line. */
void import_words(struct canvas *c, struct rect in, const json_t *run);
/* The table of steps with a line about the one under the cursor. */
void import_draw_steps(struct screen *s, struct canvas *c, struct rect r, struct table *steps,
    bool focused);

/* What would change in a record of imports.items, beside the list of records; NULL: no record. */
void import_draw_changes(struct canvas *c, struct rect r, const json_t *item);

/* Cells of lists of runs and of records. */
void import_state_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role);
void import_what_cell(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role);

extern const struct column import_step_columns[], import_item_columns[], import_clinic_columns[];
extern const int import_step_column_count, import_item_column_count, import_clinic_column_count;

/* What can be done with a run (imports.get, or a row of imports.list); false: not such a command. */
bool import_command(struct screen *s, enum command command, const json_t *run);
/* Half as fast as now, or twice as fast and at last without a limit; rate: records a second. */
void import_pace_by(struct screen *s, const json_t *run, double rate, bool faster);
/* Leaves the step out, or takes it in again. */
void import_skip_step(struct screen *s, const json_t *run, const json_t *step);
/* Accepts or skips single records; ids is borrowed. */
void import_answer(struct screen *s, json_int_t run, json_t *ids, bool accept);

/* {"run":N,"step":"..."} and more: opens the records of a step, or one of them. */
void import_open_items(struct screen *s, json_int_t run, const char *step, const char *verdict,
    const char *state);
void import_open_uses(struct screen *s, const json_t *run);
void import_open_clinic(struct screen *s, json_int_t run, json_int_t backend);
void import_open_item(struct screen *s, json_int_t run, const json_t *item);

#endif
