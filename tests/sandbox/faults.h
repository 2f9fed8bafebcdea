/*
 * faults.h - mishaps on request: the next n, every nth, or all for some seconds; on one side, for
 * all calls or those of one model and method. Any thread may call.
 */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"

enum mishap_kind {
    MISHAP_NONE,
#define MISHAP(id, name, what) MISHAP_##id,
#include "tests/sandbox/faults.def"
#undef MISHAP
    MISHAP_COUNT
};

enum mishap_side { SIDE_SHOP, SIDE_ODOO, SIDE_COUNT };

struct faults;

struct mishap {
    enum mishap_kind kind;
    unsigned ms; /* slow, timeout_*: how long; outage: what is left */
    unsigned row; /* garbled: which, from 1; 0: the sandbox's own choice */
};

struct faults *faults_new(void);
void faults_free(struct faults *f); /* NULL is fine */
AUTO_DEFINE(faults)
/* {"side":"odoo","kind":"drop_after","count":2 | "every":3 | "seconds":1.5,"model":..,"method":..,"ms":..,"row":..} */
bool faults_add(struct faults *f, const json_t *wish, struct err *err);
void faults_reset(struct faults *f);
/* What is to happen to this call. model: Odoo's, or "graphql"; method: Odoo's, or the root field. */
struct mishap faults_next(struct faults *f, enum mishap_side side, const char *model, const char *method);
/* Whether that one mishap is to happen, which faults_next never gives: those of bulk operations. */
bool faults_ask(struct faults *f, enum mishap_side side, enum mishap_kind kind, const char *model, const char *method,
                struct mishap *hit);
/* The end of an outage of a side, as when_ticks(); 0: none. */
int64_t faults_outage(struct faults *f, enum mishap_side side);
unsigned long faults_happened(struct faults *f, enum mishap_side side);

#endif
