/*
 * db.h - a connection and its prepared statements; for the files of core/store only.
 *
 * Statements are prepared once per connection and found by their text. Values are bound by a
 * string of types, one letter each:
 *   i  int64_t             z  int64_t, 0 is NULL
 *   d  int                 t  const char *, NULL is NULL
 *   e  const char *, "" and NULL are NULL
 *   b  const void *, size_t
 * Without statistics SQLite may take an index that has to be sorted through. Where a table is
 * large and two indexes would do, the statement names the right one (INDEXED BY).
 * Bound texts must live until the statement has run (or its block with AUTO_ASK has ended).
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>

#include "store/store.h"
#include "store/tally.h"

#define DB_STATEMENTS 1024 /* a power of two; far more than there are texts */

enum db_touch { DB_TOUCH_JOBS = 1, DB_TOUCH_SETTINGS = 2 };

struct db {
    sqlite3 *sql;
    sqlite3_stmt *cache[DB_STATEMENTS];
    struct tally tally; /* of the writer: figures of this transaction */
    unsigned touched;   /* of the writer: enum db_touch of this transaction */
    int64_t run;        /* of the writer: number of this run of the core */
    bool tasks;         /* of the writer: there are tasks to go on with */
    int views;          /* of a reader: db_view_begin within db_view_begin */
};

struct db *db_open(const char *path, bool writer, struct err *err);

/* Runs one statement without rows. */
bool db_run(struct db *db, struct err *err, const char *sql, const char *types, ...);
bool db_exec(struct db *db, const char *sql, struct err *err); /* several, unprepared */

/* A statement to step with db_row; NULL: err. Ends with its block. */
sqlite3_stmt *db_ask(struct db *db, struct err *err, const char *sql, const char *types, ...);
#define AUTO_ASK __attribute__((cleanup(db_ask_end))) sqlite3_stmt *
void db_ask_end(sqlite3_stmt **q);
/* 1: a row, 0: no more, -1: err. q NULL: -1 and err stays. */
int db_row(struct db *db, sqlite3_stmt *q, struct err *err);
/* One number of one row; *value untouched and *found (may be NULL) false without a row. */
bool db_number(struct db *db, int64_t *value, bool *found, struct err *err, const char *sql,
               const char *types, ...);

int64_t db_last_id(struct db *db);
int db_changes(struct db *db);
bool db_fail(struct db *db, int rc, struct err *err, const char *what); /* always false */

int64_t col_int(sqlite3_stmt *q, int i);
bool col_is_null(sqlite3_stmt *q, int i);
void col_text(sqlite3_stmt *q, int i, char *to, size_t size); /* cut at a character; NULL: "" */
/* For free(3); NULL: NULL, or no memory. */
char *col_dup(sqlite3_stmt *q, int i, size_t *len);

#endif
