/*
 * imports.h - a guided import in words and numbers, for the screens, the commands and the bar.
 *
 * A run is the core's answer to imports.get; a row of imports.list has no steps, so its counts
 * are 0. Pure.
 */
#ifndef TUI_IMPORTS_H
#define TUI_IMPORTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/draw/theme.h"

#define IMPORTS_WORDS_MAX 400

struct imports_sum {
    const json_t *step;   /* the one in hand, or NULL */
    int64_t total, ended; /* records, and those that this phase is through with */
    int64_t done, same, parked, moved, skipped, queued;
    int64_t made, changes, refused; /* of the plan */
    double rate;          /* per second of the step in hand; 0: not known */
    int64_t left_s;       /* until that step is through; -1: not known, or not for long enough */
};

void imports_sum(const json_t *run, struct imports_sum *sum);

/* planning, planned, applying ..., or paused. */
const char *imports_state(const json_t *run);
bool imports_is_open(const json_t *run); /* something can still become of it */
/* The run, a step, a verdict or a record's state as a sign and a role. */
enum role imports_role(const char *word);
const char *imports_sign(const char *word);
/* What goes on, or what it waits for and who can help; buf: IMPORTS_WORDS_MAX. Returns buf. */
char *imports_words(const json_t *run, char *buf, enum role *role);
/* "done 18,402 · same 13,360 · parked 3": only what there is. Returns buf. */
char *imports_counts(const struct imports_sum *sum, char *buf, size_t size);
/* "3.3/s · about 5m10 left", or "". Returns buf. */
char *imports_speed(const struct imports_sum *sum, char *buf, size_t size);
/* 0 ... 100; below 100 until the last record is through. */
int imports_percent(const struct imports_sum *sum);

/* The steps that bring records in, and verify: names in their order; NULL behind the last. */
extern const char *const imports_steps[];
int imports_step_at(const char *name); /* -1: no such step */
/* "customers": the row of a run's steps, or NULL. */
const json_t *imports_step(const json_t *run, const char *name);

/* A value of a change as text: a number, yes, a list. Returns buf. */
char *imports_value(const json_t *value, char *buf, size_t size);

/*
 * The speed of what the core does not clock (the rehearsal), seen from here: a sample at each look,
 * the newest IMPORTS_SAMPLES of them.
 */
#define IMPORTS_SAMPLES 40
struct imports_pace {
    int64_t at[IMPORTS_SAMPLES], ended[IMPORTS_SAMPLES]; /* ticks; a ring */
    int count, next;
};
/* Takes a look at ticks, and fills rate and left_s of a sum that has none. */
void imports_pace(struct imports_pace *pace, int64_t ticks, struct imports_sum *sum);

#endif
