/*
 * auto.h - things that end with their block.
 *
 *     AUTO(store) s = store_open(...);    store_free(s) runs when s leaves its block
 *     return TAKE(s);                     handed on: s is NULL now and nothing is freed
 */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#include <stdlib.h>
#include <unistd.h>

/* In the header of a thing that has thing_free(struct thing *), which takes NULL. */
#define AUTO_DEFINE(thing)                                                                         \
    static inline void thing##_auto(struct thing **p)                                              \
    {                                                                                              \
        thing##_free(*p);                                                                          \
    }
#define AUTO(thing) __attribute__((cleanup(thing##_auto))) struct thing *

#define TAKE(p)                                                                                    \
    __extension__({                                                                                \
        __typeof__(p) take_ = (p);                                                                 \
        (p) = NULL;                                                                                \
        take_;                                                                                     \
    })

static inline void auto_free(void *p)
{
    free(*(void **)p);
}
#define AUTO_FREE __attribute__((cleanup(auto_free)))

static inline void auto_close(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define AUTO_CLOSE __attribute__((cleanup(auto_close)))

#endif
