/*
 * audit.h - who changed what, from where and why; each entry hashes the one before it.
 *
 * Written in the same change as what it tells of. Values are masked by the caller: a secret
 * shows as its fingerprint.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/store.h"

#define AUDIT_VALUE_MAX 1024
#define AUDIT_HASH 32

struct audit_entry {
    int64_t id;
    when at;
    char user[STORE_NAME_MAX];
    int64_t uid;
    char what[STORE_NAME_MAX];      /* the method: mappings.set */
    char object[STORE_TITLE_MAX];   /* "backend 1 tax 8.1|CH|incl" */
    char before[AUDIT_VALUE_MAX], after[AUDIT_VALUE_MAX];
    char reason[STORE_TITLE_MAX * 2];
    char origin[STORE_TITLE_MAX];   /* "ssh 10.0.0.5", "pid 4711" */
    bool undo;                      /* can be taken back and was not yet */
};

/* Texts too long are cut. undo: the inverse as JSON {"method":...,"params":{...}}; NULL: none. */
bool audit_add(struct db *db, const struct audit_entry *entry, const char *undo, int64_t *id,
               struct err *err);

struct audit_filter {
    const char *user, *what, *object; /* NULL: all; what may be a prefix ("jobs.") */
    int64_t after;                    /* 0: the newest */
};
/*
 * Newest first. *count: room in, rows out; *next 0 at the end. Several conditions may give a short
 * page with a next: a page looks at a limited number of entries.
 */
bool audit_list(struct db *db, const struct audit_filter *filter, struct audit_entry *rows,
                size_t *count, int64_t *next, struct err *err);
bool audit_get(struct db *db, int64_t id, struct audit_entry *entry, struct err *err);
/* The inverse for free(3), and notes that it was taken; REFUSED: none, or taken already. */
char *audit_undo(struct db *db, int64_t id, struct err *err);
/* Walks the chain. *broken: the first entry that was changed, removed or put in; 0: whole. */
bool audit_verify(struct db *db, int64_t *entries, int64_t *broken, struct err *err);

#endif
