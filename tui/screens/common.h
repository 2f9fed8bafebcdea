/*
 * common.h - what several screens share: columns of queues, jobs and errors, roles of states.
 */
#ifndef TUI_SCREENS_COMMON_H
#define TUI_SCREENS_COMMON_H

#include "base/json.h"
#include "tui/screen.h"

/* A state's role: run ok, hold warn, parked err ... for queues, jobs, errors and webhooks. */
enum role common_state_role(const char *state);
const char *common_state_sign(const char *state); /* ● ▲ ✗ ‖ ○ */

void common_lane_state(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role);
void common_run_max(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role);
void common_eta(const struct table *t, const json_t *row, char *buf, size_t size, enum role *role);
void common_job_state(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role);
void common_record(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role);
void common_tries(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role);
void common_due(const struct table *t, const json_t *row, char *buf, size_t size, enum role *role);
void common_problem_state(const struct table *t, const json_t *row, char *buf, size_t size,
    enum role *role);
void common_fix(const struct table *t, const json_t *row, char *buf, size_t size, enum role *role);

extern const struct column common_job_columns[];
extern const int common_job_column_count;

/* Text that says something: NULL for "" too. */
const char *common_text(const json_t *value, const char *path);

/* The queues with those first that a shop lives on: orders, stock. New array. */
json_t *common_lanes(const json_t *lanes);

/* Gives the table the clock and the time format of the screen. */
void common_prepare(const struct screen *s, struct table *t);

/* Draws a labelled value in one line; returns the next line. */
int common_fact(struct canvas *c, struct rect in, int y, int label_width, const char *label,
    enum role role, const char *text);

/*
 * Actions on jobs, shared by the jobs list, a job and an error group. ids is borrowed. One job asks
 * at level 1, several at level 2.
 */
bool common_job_command(struct screen *s, enum command command, json_t *ids, const char *title);
/* What the prompts of the above are answered with (their tags are above 900). */
bool common_job_prompt(struct screen *s, int tag, const char *text, json_t *ids);

bool common_problem_command(struct screen *s, enum command command, const json_t *problem);

/* The tag of ops->prompt with the value that was chosen on the screen choose ("hand_back"). */
#define COMMON_CHOSEN 1000

/* Opens the screen of one record by its integer id: {"id": N}. */
void common_open_id(struct screen *s, const struct screen_ops *ops, json_int_t id);

#endif
