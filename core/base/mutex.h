/*
 * mutex.h - error-checking locks: a misused lock ends the program on the spot.
 *
 * Every lock is a leaf: none is held while another module is called.
 */
#ifndef BASE_MUTEX_H
#define BASE_MUTEX_H

#include <pthread.h>
#include <stdint.h>

void mutex_init(pthread_mutex_t *lock);
void mutex_lock(pthread_mutex_t *lock);
void mutex_unlock(pthread_mutex_t *lock);
/* Conditions on the monotonic clock. */
void cond_init(pthread_cond_t *cond);
void cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock);
/* Waits at most until that when_ticks(); a time-out is no error, look at your state. */
void cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t ticks);

#endif
