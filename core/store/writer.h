/*
 * writer.h - the thread that owns the writing connection and commits in groups.
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/db.h"
#include "store/store.h"

struct writer;

/* Takes the connection over; path: of the file, for the thread that empties the log. */
struct writer *writer_new(struct db **db, const char *path, struct err *err);
void writer_free(struct writer *w);                         /* writes what is queued first */
AUTO_DEFINE(writer)
bool writer_do(struct writer *w, store_change *change, void *ctx, struct err *err);
void writer_send(struct writer *w, struct store_request *request);
void writer_on(struct writer *w, enum db_touch what, void (*call)(void *ctx), void *ctx);
void writer_stats(struct writer *w, struct store_stats *stats);

#endif
