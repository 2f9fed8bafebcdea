/*
 * stage.h - a practice shop, a practice (or given) Odoo and a core between them, as children of
 * this process: for the demo and for the flow tests.
 *
 * The sandbox is talked to over its standard input and output, one JSON object a line; the core
 * over its control socket, like every client does. Everything ends with the stage. One thread.
 */
#ifndef TUI_STAGE_H
#define TUI_STAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "tui/link.h"

#define STAGE_PATH_MAX 512

struct stage_odoo { /* a real one, instead of the practice Odoo */
    const char *url, *db, *login, *key; /* url NULL: practice */
};

struct stage_options {
    const char *programs;    /* folder of signalboxd and signalbox-sandbox */
    const char *state;       /* state directory; NULL: a new one under TMPDIR, removed at the end */
    const char *sandbox_log; /* where the children's standard errors go; NULL: state/log */
    uint64_t seed;
    const char *latency;     /* of the practice Odoo: "none", "measured" */
    int customers, products; /* 0: the sandbox's own choice */
    int orders;              /* of earlier years; above 0 the shop is a believable one, its Odoo empty */
    bool tidy;               /* all of it is in order, for a clean proof */
    bool odd;                /* the first records are what should not happen */
    int workers;             /* of the core; 0: its setting */
    struct stage_odoo odoo;
    const char *const *policies; /* "key=value", ended by NULL; may be NULL */
};

struct stage;

/* Starts the sandbox and the core and introduces them: backend, secrets, subscriptions. */
struct stage *stage_new(const struct stage_options *options, struct err *err);
void stage_free(struct stage *stage);
AUTO_DEFINE(stage)
/* From another thread, just before the process ends: the children and the directory go away. */
void stage_abandon(struct stage *stage);

/* One order to the sandbox: {"do":"sell",...}; takes it. The answer, or NULL and err. */
json_t *stage_sandbox(struct stage *stage, json_t *order, struct err *err);
/* One question to the core; takes params. */
json_t *stage_ask(struct stage *stage, const char *method, json_t *params, struct err *err);

/* Starts the core anew after it ended; die_at (may be NULL): SIGNALBOX_DIE_AT for it. */
bool stage_core_start(struct stage *stage, const char *die_at, const char *count_file,
                      struct err *err);
/* Ends it in order (or with SIGKILL) and waits; *code: its exit code, 128 + signal. */
bool stage_core_stop(struct stage *stage, bool kill, int *code, struct err *err);
bool stage_core_ended(struct stage *stage, int *code); /* by itself? does not wait */

/* Waits until no order's job is ready, running or waiting; false: err says what is left. */
bool stage_settle(struct stage *stage, int timeout_ms, struct err *err);

const char *stage_socket(const struct stage *stage);
const char *stage_state(const struct stage *stage);
int64_t stage_backend(const struct stage *stage);
/* The programs beside this one, or in PATH's place of the installation. */
bool stage_programs(char path[STAGE_PATH_MAX], struct err *err);

#endif
