/*
 * server.h - the core's side of the control socket, and the loop of the main thread.
 *
 * control_run is the main thread: it polls the socket, its clients, the signals (TERM, INT: end;
 * HUP: read anew) and two bells. Where a method runs is one simple rule: what only reads runs on
 * the main thread with its own read-only connection; what changes something (audited) runs on
 * the change desk, one after another, each waiting for its commit there; what talks to Shopify
 * or Odoo runs on the service desk. So neither a slow disk nor a slow Odoo stops a console.
 *
 * Limits: CONTROL_CLIENTS_MAX clients, lines of PROTO_LINE_MAX, CLIENT_TASKS_MAX requests per
 * client in hand; a client that does not read its answers is cut off, one that does not read its
 * pictures gets only the newest.
 */
#ifndef CONTROL_SERVER_H
#define CONTROL_SERVER_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"
#include "control/services.h"

#define CONTROL_CLIENTS_MAX 128

struct schedule;
struct seal;
struct store;

struct control_options {
    const char *state_dir; /* the socket is made in it; must exist */
    const char *group;     /* that may connect to the socket; NULL or "": the core's own */
    struct store *store;
    const struct seal *seal;   /* seals secrets; NULL: secrets.set says that there is no key */
    struct schedule *schedule; /* for the lanes' live figures; NULL: none run */
    struct control_services services;
};

struct control;

/*
 * Before the first thread is made: blocks the signals that control_run takes, so that no other
 * thread gets them.
 */
bool control_block_signals(struct err *err);

/* Binds the socket (mode 0660); a stale one is replaced, a live one is an error. */
struct control *control_new(const struct control_options *options, struct err *err);
void control_free(struct control *control); /* closes all, removes the socket */
AUTO_DEFINE(control)

/* Until control_stop or a signal to end; false: the loop itself failed. */
bool control_run(struct control *control, struct err *err);
void control_stop(struct control *control); /* any thread */

#endif
