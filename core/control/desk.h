/*
 * desk.h - a thread that does slow things one after another for the main loop.
 *
 * The main thread hands a task over and goes on; the desk works on it and puts it on the way
 * back, rings the bell (an eventfd of the main loop), and the main thread collects it. A task
 * belongs to whoever holds it. The queue is bounded.
 */
#ifndef CONTROL_DESK_H
#define CONTROL_DESK_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"

#define DESK_TASKS_MAX 256 /* waiting, in hand and on the way back together */

struct desk_task {
    struct desk_task *next; /* the desk's own */
};

struct desk_ops {
    void (*work)(void *ctx, struct desk_task *task); /* on the desk's thread, may be slow */
    void (*drop)(struct desk_task *task);            /* frees one that nobody will collect */
};

struct desk;

/* bell: an eventfd, rung after each task. ops and ctx must outlive the desk. */
struct desk *desk_new(const struct desk_ops *ops, void *ctx, int bell, struct err *err);
/* Finishes the task in hand, drops the rest, joins the thread. */
void desk_free(struct desk *desk);
AUTO_DEFINE(desk)

bool desk_put(struct desk *desk, struct desk_task *task); /* false: full, the task stays yours */
struct desk_task *desk_collect(struct desk *desk);        /* a finished one, or NULL */

#endif
