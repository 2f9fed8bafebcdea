/*
 * tally.h - figures that are added up in memory during a transaction and written once before
 * its commit: jobs by lane and state, figures by the minute, sparks of problems. A change that
 * fails takes its own additions with it.
 */
#ifndef STORE_TALLY_H
#define STORE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TALLY_NAME_MAX 48
#define TALLY_MAX 65536 /* rows in one transaction */

struct db;

enum tally_kind { TALLY_LANE, TALLY_METRIC, TALLY_LATENCY, TALLY_SPARK };

struct tally_row {
    enum tally_kind kind;
    int64_t a, b, c; /* lane, state | backend, minute, bucket | problem, slot */
    char name[TALLY_NAME_MAX];
    int64_t n;
};

struct tally {
    struct tally_row *rows;
    size_t count, room, mark; /* rows from mark on belong to the change that runs */
};

bool tally_add(struct tally *tally, enum tally_kind kind, const char *name, int64_t a, int64_t b,
               int64_t c, int64_t n, struct err *err);
/* What this transaction adds to one figure and no reader can see yet. */
int64_t tally_sum(const struct tally *tally, enum tally_kind kind, int64_t a, int64_t b);
bool tally_write(struct db *db, struct err *err);
void tally_undo(struct tally *tally); /* drops what was added since the mark */
void tally_keep(struct tally *tally); /* the change is through: sets the mark */
void tally_empty(struct tally *tally);
void tally_clear(struct tally *tally);

#endif
