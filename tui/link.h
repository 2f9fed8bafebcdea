/*
 * link.h - the one client of the core: console, scripted commands and tests use it.
 *
 * Either driven by poll (link_prepare, link_step), which never blocks, keeps the
 * connection up by itself and calls back; or link_call, which blocks until one
 * answer is there. One thread. Answers and events are borrowed by the callbacks.
 */
#ifndef TUI_LINK_H
#define TUI_LINK_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/when.h"

#define LINK_ASKED_MAX 64 /* questions without an answer */

struct link;

struct link_answer {
    const json_t *result; /* NULL: refused */
    int code;             /* enum proto_code; 0 with a result */
    const json_t *data;   /* of the error, or NULL */
    struct err err;
};

/* ctx is the asker's; forgotten askers are never called. */
typedef void link_done(void *ctx, int tag, const struct link_answer *answer);

struct link_ops {
    void (*up)(void *ctx, const json_t *hello);
    void (*down)(void *ctx, const char *why); /* once for each time it goes down */
    void (*event)(void *ctx, const char *topic, const json_t *data);
};

enum link_state { LINK_DOWN, LINK_HELLO, LINK_UP };

/* path is copied; ops and ctx must outlive the link. Nothing is connected yet. */
struct link *link_new(const char *path, const struct link_ops *ops, void *ctx, struct err *err);
void link_free(struct link *l);
AUTO_DEFINE(link)

enum link_state link_state(const struct link *l);
const char *link_why(const struct link *l); /* why it is down, in words */
int64_t link_retry_in_ms(const struct link *l);
int link_owed(const struct link *l);          /* questions without an answer */
int64_t link_silent_ms(const struct link *l); /* an answer is owed for so long; 0: none is */
void link_retry_now(struct link *l);

/* Fills one pollfd (fd -1 while down); returns the longest wait in ms, -1: any. */
int link_prepare(struct link *l, struct pollfd *fd);
void link_step(struct link *l, const struct pollfd *fd);

/* Takes params (may be NULL). false: not connected, or too many questions; done is not called. */
bool link_ask(struct link *l, const char *method, json_t *params, link_done *done, void *ctx,
    int tag);
void link_forget(struct link *l, const void *ctx);

/* Connects if need be, asks, waits. New reference, or NULL and err; *code (may be NULL) tells more. */
json_t *link_call(struct link *l, const char *method, json_t *params, int timeout_ms, int *code,
    struct err *err);

#endif
