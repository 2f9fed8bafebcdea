/*
 * schedule_inside.h - what schedule.c, roads.c and batch.c share. Internal to core/queue.
 */
#ifndef QUEUE_SCHEDULE_INSIDE_H
#define QUEUE_SCHEDULE_INSIDE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "queue/lane.h"
#include "queue/pool.h"
#include "queue/schedule.h"

#define ROAD_WINDOW_MIN 64
#define KINDS_MAX 32 /* bits of jobs_want.shut */
#define SPARK_SLOTS 30
#define SPARK_SLOT_US (10 * WHEN_SECOND)

/* A job in the window: claimed, not begun. */
struct claimed {
    STAILQ_ENTRY(claimed) link;
    struct job job;
};

struct road { /* a lane of one backend, and its window */
    int64_t id, backend;
    char name[STORE_NAME_MAX];
    struct lane lane;
    STAILQ_HEAD(, claimed) window;
    int in_window;
    bool open;         /* the store says that it may run: not held, not paused */
    int64_t finished;
    int spark[SPARK_SLOTS];
    int64_t spark_slot; /* number of the newest slot */
};

struct schedule {
    struct store *store;
    struct schedule_config config;
    struct pool *pool;
    struct db *readers[POOL_THREADS_MAX];
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock;
    pthread_cond_t alarm;     /* for the scheduler's thread */
    pthread_cond_t quiet;     /* for schedule_stop */
    struct road roads[LANES_MAX]; /* lock */
    size_t road_count, next_road; /* lock */
    uint64_t wakes;               /* lock */
    bool started, held, stopping; /* lock */
    unsigned busy;                /* lock; workers with a batch */
    bool suspect;                 /* lock; a job that was in hand at a crash is in hand */
    unsigned ending;              /* lock; ends on their way to the disk */
    int in_window;                /* lock; all roads */
    STAILQ_HEAD(, ending) again;  /* lock; ends that found the disk full, to be sent again */
};

/* ---- roads.c: all under the lock ---- */
struct road *road_of(struct schedule *s, int64_t id);
struct road *road_add(struct schedule *s, const struct jobs_want *want); /* NULL: too many */
void road_spark(struct road *road, int finished);
void road_take_out(struct schedule *s, struct road *road, struct claimed *c); /* of its window */
/*
 * The first that waits and may start: the sides it needs are there. One that was in hand at a
 * crash waits for the one before it: they go alone, one at a time. NULL: none.
 */
const struct claimed *road_startable(const struct schedule *s, const struct road *road,
                                     int64_t now);
/* How many more to claim for it; shut: the kinds not to claim (jobs_want). */
int road_room(const struct schedule *s, const struct road *road, uint32_t *shut);
/* When the first lane that rests may go on, or an end is due again; else a minute from now. */
int64_t roads_rest(const struct schedule *s, int64_t now);
const struct job_kind *road_kind(const struct schedule *s, const char *name); /* NULL: none such */
unsigned road_needs(const struct job_kind *kind); /* ERR_SIDE_BITs; kind may be NULL */

/* One job's end on its way to the disk. */
struct ending {
    struct store_request request;
    struct schedule *schedule;
    struct batch_job job;
    bool second;   /* the change failed: the end alone */
    int64_t again; /* when_ticks: send it again then */
    STAILQ_ENTRY(ending) link;
};

struct ending *ending_new(struct schedule *s, const struct batch_job *job);
/* shut: ERR_SIDE_BITs of the sides whose breakers are not closed. */
void batch_settle(struct batch_job *job, struct db *db, unsigned shut);
int64_t batch_backoff_us(int tries);
void ending_free(struct ending *e);
void schedule_ended(struct schedule *s); /* an end is on disk; any thread */
/* An end that found no room on the disk: it is sent again, with its change, a second later. */
void schedule_end_again(struct schedule *s, struct ending *e);

#endif
