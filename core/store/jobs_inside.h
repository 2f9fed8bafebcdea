/*
 * jobs_inside.h - what jobs.c, bulk.c, claim.c and problems.c share; for core/store only.
 */
#ifndef STORE_JOBS_INSIDE_H
#define STORE_JOBS_INSIDE_H

#include "store/db.h"
#include "store/jobs.h"

/* The columns of a job in the order jobs_row reads them; the table is "job", its lane "lane". */
#define JOB_COLUMNS                                                                                \
    "job.id, job.backend, job.lane, lane.name, job.kind, job.record, job.title, job.state,"         \
    " job.priority, job.tries, job.crashes, job.created, job.due, job.updated, job.started,"       \
    " job.inbox, job.problem, job.last_kind, job.last_text"
void jobs_row(sqlite3_stmt *q, struct job *job);

/* Counts a job out of one state of its lane and into another; -1: not in any. */
bool jobs_count(struct db *db, int64_t lane, int from, int to, struct err *err);

/* One attempt on record; state -1: crashed. number counts from 1. */
bool jobs_attempt(struct db *db, int64_t id, int64_t number, when started, when ended, int state,
                  const struct err *why, const struct job_end *talk, struct err *err);

/* A parked job and its cause; and a job that is parked no more (0: it had none). */
bool problems_hit(struct db *db, const struct job *job, const struct err *cause, when now,
                  int64_t *problem, struct err *err);
bool problems_leave(struct db *db, int64_t problem, struct err *err);

/* After a crash: gives running jobs back; those in hand count it, and are parked at the last. */
bool jobs_recover(struct db *db, const int64_t *in_hand, size_t count, when now,
                  int64_t *returned, int64_t *parked, struct err *err);

#endif
