#include "tests/sandbox/tape.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mutex.h"

struct tape {
    pthread_mutex_t lock;
    FILE *file; /* lock */
    atomic_bool on;
};

struct tape *tape_new(void)
{
    struct tape *t = calloc(1, sizeof *t);

    if (t != NULL)
        mutex_init(&t->lock);
    return t;
}

void tape_free(struct tape *t)
{
    if (t == NULL)
        return;
    if (t->file != NULL)
        fclose(t->file);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

bool tape_to(struct tape *t, const char *path, struct err *err)
{
    FILE *file = path != NULL ? fopen(path, "we") : NULL, *before;

    if (path != NULL && file == NULL)
        return err_errno(err, ERR_DENIED, errno, "record to %s", path);
    mutex_lock(&t->lock);
    before = t->file;
    t->file = file;
    atomic_store(&t->on, file != NULL);
    mutex_unlock(&t->lock);
    if (before != NULL && fclose(before) != 0)
        return err_errno(err, ERR_BUSY, errno, "record");
    return true;
}

void tape_add(struct tape *t, const struct tape_call *call, const struct str *answer)
{
    json_auto_t *line = NULL;
    AUTO_FREE char *text = NULL;

    if (!atomic_load(&t->on))
        return;
    line = json_pack("{s:s,s:s,s:I,s:I,s:I,s:s%,s:s%}", "model", call->model, "method",
                     call->method, "records", (json_int_t)call->records, "began",
                     (json_int_t)call->began, "ended", (json_int_t)call->ended, "body", call->body,
                     call->len, "answer", answer->data, answer->len);
    text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;
    if (text == NULL)
        return;
    mutex_lock(&t->lock);
    if (t->file != NULL)
        fprintf(t->file, "%s\n", text);
    mutex_unlock(&t->lock);
}
