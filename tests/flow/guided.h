/*
 * guided.h - what a test says to a guided import on a stage, and how it waits for it. Each takes
 * the params and args it is given; what it returns is the caller's.
 */
#ifndef TESTS_FLOW_GUIDED_H
#define TESTS_FLOW_GUIDED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "tui/stage.h"

/* A line of TAP; good is returned. */
bool guided_check(bool good, const char *what, const struct err *err);
int guided_end(void); /* the plan, and main's exit code */
/* False, with what was seen in the words. */
bool guided_fails(struct err *err, const json_t *seen, const char *what);

bool guided_tell(struct stage *stage, const char *method, json_t *params, struct err *err);
bool guided_practice(struct stage *stage, json_t *order, struct err *err); /* to the sandbox */

/* The practice Odoo, without the core. */
json_t *guided_odoo(struct stage *stage, const char *model, const char *method, json_t *args,
                    struct err *err);
int64_t guided_count(struct stage *stage, const char *model, json_t *domain, struct err *err);
json_t *guided_field_of(struct stage *stage, const char *model, int64_t id, const char *field,
                        struct err *err);

json_t *guided_look(struct stage *stage, int64_t run, struct err *err);
const json_t *guided_step_of(const json_t *run, const char *name);
int64_t guided_number(const json_t *run, const char *step, const char *path);

typedef bool guided_wanted(const json_t *run);
guided_wanted guided_is_planned, guided_is_done;
/* A run that pauses by itself is no run that goes on: NULL. */
json_t *guided_wait_for(struct stage *stage, int64_t run, guided_wanted *is, struct err *err);
bool guided_wait_until(struct stage *stage, int64_t run, guided_wanted *is, struct err *err);

bool guided_plan(struct stage *stage, int64_t *run, struct err *err);
bool guided_apply(struct stage *stage, int64_t run, struct err *err); /* waits for nobody */
/* One of the shop's two places is the warehouse; the other stays unmapped. */
bool guided_map_place(struct stage *stage, struct err *err);

/* All records of a step, those of one state if it is given. */
json_t *guided_items(struct stage *stage, int64_t run, const char *step, const char *state,
                     struct err *err);
/* The one of that record: kind ("order:") and id. */
json_t *guided_item(struct stage *stage, int64_t run, const char *step, const char *kind,
                    int64_t id, struct err *err);

#endif
