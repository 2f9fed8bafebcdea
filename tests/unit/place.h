/* place.h - a state directory of its own for a test, gone at the end. */
#ifndef TESTS_PLACE_H
#define TESTS_PLACE_H

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/store.h"

struct place {
    char dir[PATH_MAX - 64];
    struct store *store;
    struct err err;
};

static inline int place_new(void **fixture)
{
    const char *tmp = getenv("TMPDIR");
    struct place *p = calloc(1, sizeof *p);

    if (p == NULL)
        return -1;
    snprintf(p->dir, sizeof p->dir, "%s/signalbox-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(p->dir) == NULL)
        return -1;
    *fixture = p;
    return 0;
}

static inline int place_open(void **fixture)
{
    struct place *p;

    if (place_new(fixture) != 0)
        return -1;
    p = *fixture;
    p->store = store_open(p->dir, &p->err);
    return p->store != NULL ? 0 : -1;
}

static inline bool place_again(struct place *p)
{
    store_free(p->store);
    p->store = store_open(p->dir, &p->err);
    return p->store != NULL;
}

static inline int place_free(void **fixture)
{
    struct place *p = *fixture;
    DIR *dir;
    struct dirent *e;

    store_free(p->store);
    dir = opendir(p->dir);
    while (dir != NULL && (e = readdir(dir)) != NULL)
        unlinkat(dirfd(dir), e->d_name, 0);
    if (dir != NULL)
        closedir(dir);
    rmdir(p->dir);
    free(p);
    return 0;
}

#endif
