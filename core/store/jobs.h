/*
 * jobs.h - jobs as rows. Which states there are and how one leads to another stands in
 * queue/state.def; what a job does is none of the store's business.
 *
 * A record is "kind:id" ("order:5512345678"). Of one backend's record one job runs at a time;
 * waiting jobs of the same backend, kind and record are merged into one.
 */
#ifndef STORE_JOBS_H
#define STORE_JOBS_H

#include "queue/state.h"
#include "store/lanes.h"
#include "store/store.h"

#define JOBS_CLAIM_MAX 512
/*
 * A job that was in hand at so many crashes is parked. A run that comes to an end makes it as good
 * as new; and while one that was in hand before is in hand, the others are not counted with it.
 */
#define JOBS_CRASHES_MAX 3
#define JOBS_TEXT_MAX 16384      /* of a request or an answer kept with an attempt */
#define JOBS_PAYLOAD_MAX (8 << 20)
#define JOBS_BULK_IDS_MAX 1000
#define JOBS_TRIES_MAX 1000

/* The id in a record that begins with word ("order:"); 0: it does not, or no id follows. */
int64_t jobs_record_id(const char *record, const char *word);

struct job {
    int64_t id, backend, lane_id;
    char lane[STORE_NAME_MAX];
    char kind[STORE_NAME_MAX];
    char record[STORE_RECORD_MAX]; /* "": none, never merged, never waits for another */
    char title[STORE_TITLE_MAX];
    enum job_state state;
    int priority;                  /* 0 first, 5 last */
    int tries, crashes;
    when created, due, updated;
    when started;                  /* of the present or last run */
    int64_t inbox;                 /* the newest delivery it stands for; 0: none */
    int64_t problem;               /* 0: none */
    enum err_kind last_kind;
    char last_text[ERR_TEXT_MAX];
};

struct job_new {
    int64_t backend;
    const char *lane, *kind;
    const char *record; /* NULL or "": none */
    const char *title;  /* NULL: the record */
    int priority;
    when due;           /* 0: now */
    int64_t inbox;      /* payload is that delivery's body, unless payload is given */
    const void *payload;
    size_t payload_len;
    bool noflow;        /* nothing can work on it yet */
};

/*
 * Adds a job, or merges: a ready, waiting, asking, parked or noflow job of the same backend, kind and
 * record takes the payload of the new one (unless that was sent earlier than the delivery it
 * stands for), the better priority, and (unless noflow) becomes ready when the new one is due. Behind a running one a second waits. *merged may be NULL.
 */
bool jobs_add(struct db *db, const struct job_new *job, int64_t *id, bool *merged,
              struct err *err);

/*
 * Open jobs of that kind whose records begin so are due now; behind one that runs another waits. For
 * those that go on with themselves.
 */
bool jobs_hurry(struct db *db, int64_t backend, const char *kind, const char *records,
                struct err *err);

/* What a claimer wants of a lane. */
struct jobs_want {
    int64_t lane;
    int count;
    when due;     /* out: when the next job not taken is due; 0: none waits */
    uint32_t shut; /* of the claim's kinds: by bit, those not to take now */
    bool blocked; /* out: some are due but wait for a record that runs, or are not to be taken */
    char name[STORE_NAME_MAX]; /* out */
    int64_t backend;           /* out */
    int max;                   /* out */
};
/*
 * Claims what is due at now: by priority, then due time, then id; leaves out lanes that are
 * held or paused and records that are running. run: the number of this run of the core.
 * rows: room for *count. wants are those of the caller; lanes unknown to it get like.count.
 */
struct jobs_claim {
    when now;
    struct jobs_want *wants; /* room for LANES_MAX */
    size_t want_count;       /* in: known lanes; out: all lanes that may run */
    int like;                /* for lanes not in wants */
    const char *const *kinds; /* names, for the bits of shut; at most 32 */
    size_t kind_count;
    struct job *rows;
    size_t count;            /* in: room; out: claimed */
};
bool jobs_claim(struct db *db, struct jobs_claim *claim, struct err *err);

/* An attempt: what was sent and what came back, masked by the caller. */
struct job_attempt {
    int n;
    when started, ended;
    char outcome[16]; /* finished, waiting, parked, asking, noflow, cancelled, crashed */
    enum err_kind kind;
    char text[ERR_TEXT_MAX];
    char request_id[STORE_NAME_MAX];
    char *request, *response; /* cut to JOBS_TEXT_MAX; NULL: none; for free(3) */
};

/* How a running job ends. step: DONE, WAIT, PARK, ASK, HOLD (no flow), CANCEL, RELEASE. */
struct job_end {
    int64_t id;
    enum job_step step;
    when now;
    when until;     /* WAIT: not before */
    bool free_try;  /* the try does not count: limited, denied, outage */
    const struct err *err;     /* WAIT, PARK: why; PARK groups it into a problem */
    const char *request, *response, *request_id; /* may be NULL */
};
bool jobs_end(struct db *db, const struct job_end *end, struct err *err);

/*
 * A job that works long got on, and what it did is in this commit: deaths of the core before are
 * not counted with later ones. Only one that dies without getting on is parked.
 */
bool jobs_got_on(struct db *db, int64_t id, struct err *err);

bool jobs_get(struct db *db, int64_t id, struct job *job, struct err *err); /* MISSING: none such */
/* Text for free(3) with a NUL after len bytes; MISSING after it was trimmed. */
char *jobs_payload(struct db *db, int64_t id, size_t *len, struct err *err);
/* The last *count attempts, oldest first; the texts are for free(3): job_attempt_clear. */
bool jobs_attempts(struct db *db, int64_t id, struct job_attempt *rows, size_t *count,
                   struct err *err);
void job_attempt_clear(struct job_attempt *attempt);
/* The job of the same record that runs or comes before this one; 0: none. And the one behind. */
bool jobs_neighbours(struct db *db, const struct job *job, int64_t *waits_for, int64_t *blocks,
                     struct err *err);

struct jobs_filter {
    int64_t backend;    /* 0: all */
    const char *lane;   /* NULL: all */
    int state;          /* -1: all */
    const char *record; /* NULL: all */
    int64_t problem;    /* 0: all */
    int64_t after;      /* the next of the last page; 0: the newest */
};
/*
 * Newest first. *count: room in, rows out (at most STORE_PAGE_MAX); *next 0 at the end. A record
 * or a problem with other conditions may give a short page with a next: a page looks at a limited
 * number of rows.
 */
bool jobs_list(struct db *db, const struct jobs_filter *filter, struct job *rows, size_t *count,
               int64_t *next, struct err *err);

/* ---- what people do with jobs ---- */

/* A frozen set: ids, or all jobs of a problem, or of a lane and/or backend in one state. */
struct jobs_selector {
    const int64_t *ids; /* at most JOBS_BULK_IDS_MAX */
    size_t id_count;
    int64_t problem; /* parked jobs with this cause */
    int64_t backend; /* 0: all */
    const char *lane;
    int state;       /* -1: none; needed without ids and problem */
    int64_t count;   /* what the person saw; -1: not asked */
};

struct jobs_refused {
    int64_t id;
    char text[96];
};

struct jobs_bulk {
    struct jobs_selector of;
    enum job_step step; /* REQUEUE, CANCEL, SETTLE, SNOOZE, ANSWER; with repriority: ignored */
    bool repriority;
    int priority;
    when until;         /* SNOOZE */
    when now;
    /* out */
    bool grew;          /* the set is no longer the one that was shown: nothing was done */
    int64_t count;      /* jobs it is (or will be) done to; with grew: how many there are now */
    struct jobs_refused refused[20];
    size_t refused_count;
};
/*
 * Does it to the first JOBS_BULK_IDS_MAX jobs in this change and writes down the rest as a task
 * that the writer goes on with, a piece per commit, also after a restart. Jobs that changed
 * after now are left alone.
 */
bool jobs_bulk(struct db *db, struct jobs_bulk *bulk, struct err *err);
/* How many jobs the unfinished tasks still have before them. */
bool jobs_bulk_left(struct db *db, int64_t *left, struct err *err);

/* Deletes at most limit ended jobs (with attempts) that ended before; their problems stay. */
bool jobs_trim(struct db *db, when before, int limit, bool *more, struct err *err);

#endif
