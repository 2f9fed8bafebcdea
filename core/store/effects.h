/*
 * effects.h - what we are about to do on the other side, written down before we do it.
 *
 * After an unknown outcome (time-out, crash) the other side is searched by the mark before
 * anything is created again. A mark is unique per backend and does not depend on the job, so
 * a second job for the same record finds it.
 */
#ifndef STORE_EFFECTS_H
#define STORE_EFFECTS_H

#include "store/store.h"

#define EFFECT_MARK_MAX 128

enum effect_state { EFFECT_NONE, EFFECT_SENT, EFFECT_KNOWN };

struct effect {
    enum effect_state state; /* NONE: never intended */
    char mark[EFFECT_MARK_MAX];
    char step[STORE_NAME_MAX];
    int64_t job, odoo_id; /* odoo_id: what KNOWN made, if it is one */
    char result[256];     /* short JSON or an id as text; "" */
    when intended, known;
};

/*
 * Before sending: notes the intent; *was is the state it had: NONE go on, SENT look first,
 * KNOWN it is done. Commit before you send.
 */
bool effects_intend(struct db *db, int64_t backend, int64_t job, const char *step,
                    const char *mark, enum effect_state *was, struct err *err);
bool effects_known(struct db *db, int64_t backend, const char *mark, int64_t odoo_id,
                   const char *result, struct err *err);
/* It surely did not happen: the next one need not look. */
bool effects_undone(struct db *db, int64_t backend, const char *mark, struct err *err);
bool effects_get(struct db *db, int64_t backend, const char *mark, struct effect *effect,
                 struct err *err);

#endif
