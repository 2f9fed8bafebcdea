/*
 * odoo_poll.h - looks for changes in Odoo, by the table of polls.def, which says how to add to it.
 *
 *     odoo_poll.c       the job: pages of changes, and what they become
 *     odoo_poll_gone.c  what was deleted in Odoo
 *
 * One job "odoo.poll" per group ("poll:stock"), in the lane "polls", goes on with itself. The
 * cursors move in the commit that adds the jobs. Mostly it looks back a few seconds, and every
 * POLL_WIDE_US as far as transactions may commit late (the policy odoo_overlap_s).
 */
#ifndef JOBS_ODOO_POLL_H
#define JOBS_ODOO_POLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/workshop.h"
#include "odoo/changes.h"
#include "store/changes.h"
#include "store/cursors.h"
#include "store/policies.h"

#define POLL_LANE    "polls"
#define POLL_KIND    "odoo.poll"
#define POLL_NEAR    (10 * WHEN_SECOND) /* how far a pass reaches back mostly */
#define POLL_WIDE_US (30 * WHEN_SECOND)
#define POLL_MOST    4000 /* changes taken in one commit */

struct poll_group {
    const char *name;
    enum policy on, every;
};

struct poll {
    const char *name, *group, *model, *domain, *fields, *about, *word, *kind, *lane;
    int priority;
};

const struct poll_group *poll_groups(size_t *count);
const struct poll *polls(size_t *count);

/* Inside a change: each group whose policy is not "off" has its job, once. */
bool polls_keep(struct db *db, int64_t backend, when now, struct err *err);
/* What a row of the table came to, in one run of its group. */
struct polled {
    const struct poll *poll;
    struct changes_cursor cursor;
    struct change *rows;  /* fresh ones, count of them */
    int64_t *about;       /* what each is about */
    char (*titles)[STORE_TITLE_MAX];
    size_t count;
    bool first; /* what is read was there when it began: seen, and nobody's business */
    bool again; /* read once more in this run */
    char gone_at[CURSOR_VALUE_MAX]; /* the cursor of odoo_poll_gone.c; "": as it is */
    int64_t *gone;                  /* Odoo's ids, gone_count of them */
    size_t gone_count;
};

/* Which of the records that have a pair were deleted: a piece of them, from time to time. */
bool poll_gone(struct workshop_place *place, struct db *db, struct polled *polled,
               struct err *err);

#endif
