#include "store/effects.h"

#include <string.h>

#include "store/db.h"

bool effects_get(struct db *db, int64_t backend, const char *mark, struct effect *effect,
                 struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT mark, job, step, state, odoo_id, result, intended, known"
                        " FROM effect WHERE backend = ?1 AND mark = ?2",
                        "it", backend, mark);
    int rc = db_row(db, q, err);

    if (rc < 0)
        return false;
    memset(effect, 0, sizeof *effect);
    if (rc == 0)
        return true;
    col_text(q, 0, effect->mark, sizeof effect->mark);
    effect->job = col_int(q, 1);
    col_text(q, 2, effect->step, sizeof effect->step);
    effect->state = (enum effect_state)col_int(q, 3);
    effect->odoo_id = col_int(q, 4);
    col_text(q, 5, effect->result, sizeof effect->result);
    effect->intended = col_int(q, 6);
    effect->known = col_int(q, 7);
    return true;
}

bool effects_intend(struct db *db, int64_t backend, int64_t job, const char *step,
                    const char *mark, enum effect_state *was, struct err *err)
{
    struct effect effect;

    if (*mark == '\0' || strlen(mark) >= EFFECT_MARK_MAX)
        return err_set(err, ERR_BUG, "a mark has 1 to %d bytes", EFFECT_MARK_MAX - 1);
    if (!effects_get(db, backend, mark, &effect, err))
        return false;
    *was = effect.state;
    if (effect.state != EFFECT_NONE)
        return true;
    return db_run(db, err,
                  "INSERT INTO effect (backend, mark, job, step, state, intended)"
                  " VALUES (?1, ?2, ?3, ?4, 1, ?5)",
                  "ititi", backend, mark, job, step, when_now());
}

bool effects_known(struct db *db, int64_t backend, const char *mark, int64_t odoo_id,
                   const char *result, struct err *err)
{
    if (!db_run(db, err,
                "UPDATE effect SET state = 2, odoo_id = ?3, result = ?4, known = ?5"
                " WHERE backend = ?1 AND mark = ?2",
                "itiei", backend, mark, odoo_id, result, when_now()))
        return false;
    return db_changes(db) == 1 || err_set(err, ERR_BUG, "an outcome without an intent: %s", mark);
}

bool effects_undone(struct db *db, int64_t backend, const char *mark, struct err *err)
{
    return db_run(db, err, "DELETE FROM effect WHERE backend = ?1 AND mark = ?2 AND state = 1",
                  "it", backend, mark);
}
