#include "tests/sandbox/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mutex.h"

struct record {
    pthread_mutex_t lock;
    FILE *file; /* lock */
};

struct record *record_open(const char *path, struct err *err)
{
    AUTO(record) r = calloc(1, sizeof *r);
    int fd;

    if (r == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    mutex_init(&r->lock);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    r->file = fd < 0 ? NULL : fdopen(fd, "a");
    if (r->file == NULL) {
        err_errno(err, ERR_INVALID, errno, "write the record %s", path);
        return NULL;
    }
    return TAKE(r);
}

void record_free(struct record *r)
{
    if (r == NULL)
        return;
    if (r->file != NULL)
        fclose(r->file);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* Takes line. */
static void put(struct record *r, json_t *line)
{
    mutex_lock(&r->lock);
    json_dumpf(line, r->file, JSON_COMPACT);
    fputc('\n', r->file);
    fflush(r->file);
    mutex_unlock(&r->lock);
    json_decref(line);
}

void record_shop(struct record *r, const json_t *request, const json_t *answer)
{
    static const char *const parts[] = { "query", "variables", "operationName" };
    json_t *line;

    if (r == NULL)
        return;
    line = json_object();
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (json_object_get(request, parts[i]) != NULL)
            json_object_set(line, parts[i], json_object_get(request, parts[i]));
    if (answer != NULL)
        json_object_set_new(line, "answer", json_deep_copy(answer));
    put(r, line);
}

void record_odoo(struct record *r, const json_t *body)
{
    json_t *copy, *params, *args;

    if (r == NULL)
        return;
    copy = json_deep_copy(body);
    params = json_object_get(copy, "params");
    args = json_object_get(params, "args");
    if (json_is_array(args) && json_array_size(args) > 2) /* [database, who, secret, ...] */
        json_array_set_new(args, 2, json_string("left out"));
    else if (args != NULL && !json_is_array(args))
        json_object_del(params, "args"); /* who knows what is in it */
    put(r, json_pack("{s:o}", "odoo", copy));
}
