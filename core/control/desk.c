#include "control/desk.h"

#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "base/mutex.h"

struct row { /* first in, first out */
    struct desk_task *first, *last;
};

struct desk {
    const struct desk_ops *ops;
    void *ctx;
    int bell;
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct row todo, done; /* lock */
    unsigned count;        /* lock */
    bool stopping;         /* lock */
};

static void row_add(struct row *row, struct desk_task *task)
{
    task->next = NULL;
    if (row->last != NULL)
        row->last->next = task;
    else
        row->first = task;
    row->last = task;
}

static struct desk_task *row_take(struct row *row)
{
    struct desk_task *task = row->first;

    if (task != NULL) {
        row->first = task->next;
        if (row->first == NULL)
            row->last = NULL;
    }
    return task;
}

static void ring(int bell)
{
    const uint64_t one = 1;

    if (write(bell, &one, sizeof one) < 0)
        return; /* it is ringing already */
}

static void *desk_main(void *arg)
{
    struct desk *desk = arg;

    mutex_lock(&desk->lock);
    while (!desk->stopping) {
        struct desk_task *task = row_take(&desk->todo);

        if (task == NULL) {
            cond_wait(&desk->wake, &desk->lock);
            continue;
        }
        mutex_unlock(&desk->lock);
        desk->ops->work(desk->ctx, task);
        mutex_lock(&desk->lock);
        row_add(&desk->done, task);
        ring(desk->bell);
    }
    mutex_unlock(&desk->lock);
    return NULL;
}

struct desk *desk_new(const struct desk_ops *ops, void *ctx, int bell, struct err *err)
{
    struct desk *desk = calloc(1, sizeof *desk);
    int rc;

    if (desk == NULL) {
        err_set(err, ERR_BUSY, "no memory for a desk");
        return NULL;
    }
    desk->ops = ops;
    desk->ctx = ctx;
    desk->bell = bell;
    mutex_init(&desk->lock);
    cond_init(&desk->wake);
    rc = pthread_create(&desk->thread, NULL, desk_main, desk);
    if (rc != 0) {
        err_errno(err, ERR_BUSY, rc, "start a desk");
        desk_free(desk);
        return NULL;
    }
    desk->running = true;
    return desk;
}

void desk_free(struct desk *desk)
{
    struct desk_task *task;

    if (desk == NULL)
        return;
    if (desk->running) {
        mutex_lock(&desk->lock);
        desk->stopping = true;
        pthread_cond_signal(&desk->wake);
        mutex_unlock(&desk->lock);
        pthread_join(desk->thread, NULL);
    }
    while ((task = row_take(&desk->todo)) != NULL || (task = row_take(&desk->done)) != NULL)
        desk->ops->drop(task);
    pthread_cond_destroy(&desk->wake);
    pthread_mutex_destroy(&desk->lock);
    free(desk);
}

bool desk_put(struct desk *desk, struct desk_task *task)
{
    bool room;

    mutex_lock(&desk->lock);
    room = desk->count < DESK_TASKS_MAX;
    if (room) {
        desk->count++;
        row_add(&desk->todo, task);
        pthread_cond_signal(&desk->wake);
    }
    mutex_unlock(&desk->lock);
    return room;
}

struct desk_task *desk_collect(struct desk *desk)
{
    struct desk_task *task;

    mutex_lock(&desk->lock);
    task = row_take(&desk->done);
    if (task != NULL)
        desk->count--;
    mutex_unlock(&desk->lock);
    return task;
}
