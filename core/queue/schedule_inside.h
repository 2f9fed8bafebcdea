/*
 * schedule_inside.h - what schedule.c and batch.c share. Internal to core/queue.
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
    unsigned ending;              /* lock; ends on their way to the disk */
    int in_window;                /* lock; all roads */
    STAILQ_HEAD(, ending) again;  /* lock; ends that found the disk full, to be sent again */
};

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
void batch_settle(struct batch_job *job, struct db *db, bool breaker);
int64_t batch_backoff_us(int tries);
void ending_free(struct ending *e);
void schedule_ended(struct schedule *s); /* an end is on disk; any thread */
/* An end that found no room on the disk: it is sent again, with its change, a second later. */
void schedule_end_again(struct schedule *s, struct ending *e);

#endif
