/*
 * checkpoint.h - moves what was committed from the log home into the file, beside the writer.
 *
 * A thread with a connection of its own does it as soon as the log has grown by a piece: commits
 * go on meanwhile. Only the writer can begin the log anew, when all of it is home; under load it
 * never is. So the writer moves the last bit itself once the log is long and little is left; and
 * whatever is left, should the thread ever fall that far behind.
 */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include "store/db.h"

#define CHECKPOINT_PIECE 1000 /* pages: 4 MiB */
#define CHECKPOINT_LONG  8192 /* the log begins anew as soon as it can be done quickly */
#define CHECKPOINT_MOST  65536 /* 256 MiB: or at any cost */

struct checkpoint;

struct checkpoint *checkpoint_new(const char *path, struct err *err);
void checkpoint_free(struct checkpoint *c); /* before the writer's connection; NULL is fine */
AUTO_DEFINE(checkpoint)
/* The writer's thread, after a commit that left so many pages in the log; db: its connection. */
void checkpoint_grown(struct checkpoint *c, struct db *db, int pages);

#endif
