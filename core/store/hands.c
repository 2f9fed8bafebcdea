#include "store/hands.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <sys/mman.h>

#include "base/refusal.h"

struct slot {
    _Atomic int64_t count; /* written last when taken, first when dropped */
    int64_t ids[HANDS_JOBS_MAX];
};

struct hands {
    struct slot *slots; /* HANDS_SLOTS, mapped */
    int64_t left[HANDS_SLOTS * HANDS_JOBS_MAX];
    size_t left_count;
};

#define BYTES (HANDS_SLOTS * sizeof(struct slot))

struct hands *hands_open(const char *dir, struct err *err)
{
    AUTO(hands) hands = calloc(1, sizeof *hands);
    char path[PATH_MAX];

    if (hands == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    snprintf(path, sizeof path, "%s/hands", dir);
    AUTO_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        err_errno(err, ERR_DENIED, errno, "open %s (start as the user it belongs to)", path);
        refusal_set(err, REFUSAL_RIGHTS);
        return NULL;
    }
    /* real blocks, so that a full disk is an error here and not a signal later */
    int rc = posix_fallocate(fd, 0, (off_t)BYTES);
    if (rc != 0) {
        err_errno(err, ERR_BUSY, rc, "can't write %s, make room on its disk", path);
        refusal_set(err, REFUSAL_ROOM);
        return NULL;
    }
    hands->slots = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (hands->slots == MAP_FAILED) {
        hands->slots = NULL;
        err_errno(err, ERR_BUSY, errno, "map %s", path);
        return NULL;
    }
    for (unsigned s = 0; s < HANDS_SLOTS; s++) {
        int64_t count = hands->slots[s].count;

        for (int64_t i = 0; i < count && i < HANDS_JOBS_MAX; i++)
            hands->left[hands->left_count++] = hands->slots[s].ids[i];
    }
    return TAKE(hands);
}

void hands_free(struct hands *hands)
{
    if (hands == NULL)
        return;
    if (hands->slots != NULL)
        munmap(hands->slots, BYTES);
    free(hands);
}

void hands_take(struct hands *hands, unsigned slot, const int64_t *ids, size_t count)
{
    struct slot *s = &hands->slots[slot % HANDS_SLOTS];

    if (count > HANDS_JOBS_MAX)
        count = HANDS_JOBS_MAX;
    memcpy(s->ids, ids, count * sizeof ids[0]);
    s->count = (int64_t)count;
}

void hands_drop(struct hands *hands, unsigned slot)
{
    hands->slots[slot % HANDS_SLOTS].count = 0;
}

const int64_t *hands_left(const struct hands *hands, size_t *count)
{
    *count = hands->left_count;
    return hands->left;
}

void hands_forget(struct hands *hands)
{
    for (unsigned s = 0; s < HANDS_SLOTS; s++)
        hands->slots[s].count = 0;
    hands->left_count = 0;
}
