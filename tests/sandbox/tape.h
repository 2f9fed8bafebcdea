/*
 * tape.h - the calls that the practice Odoo answered, kept in a file for who wants to send them
 * again: one JSON object a line {"model","method","records","began","ended","body","answer"}, times
 * in when_ticks(), in the order in which they were answered. Any thread may call.
 */
#ifndef SANDBOX_TAPE_H
#define SANDBOX_TAPE_H

#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

struct tape;

struct tape_call {
    const char *model, *method;
    size_t records;
    int64_t began, ended;
    const char *body;
    size_t len;
};

struct tape *tape_new(void); /* keeps nothing yet; NULL: no memory */
void tape_free(struct tape *t);
AUTO_DEFINE(tape)
/* Into this file from now on, which is written anew; path NULL: no more. False: see err. */
bool tape_to(struct tape *t, const char *path, struct err *err);
void tape_add(struct tape *t, const struct tape_call *call, const struct str *answer);

#endif
