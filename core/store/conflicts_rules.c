/* Rules: who wins a field that both sides changed, and what one would do to what is open. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "store/conflicts_inside.h"

#define PREFIX      "owner."
#define KEY_MAX     160
#define HISTORY_MAX 1000 /* conflicts that ended last, of which answers of a week are looked at */

static bool key_of(const char *kind, const char *field, char key[KEY_MAX], struct err *err)
{
    return (size_t)snprintf(key, KEY_MAX, PREFIX "%s.%s", kind, field) < KEY_MAX ||
           err_set(err, ERR_INVALID, "the name of the field is too long");
}

bool conflicts_rule_get(struct db *db, int64_t backend, const char *kind, const char *field,
                        char rule[CONFLICT_RULE_MAX], bool *found, struct err *err)
{
    char key[KEY_MAX];

    if (!key_of(kind, field, key, err))
        return false;
    AUTO_ASK q = db_ask(db, err, "SELECT value FROM policy WHERE backend = ?1 AND key = ?2", "it",
                        backend, key);
    int rc = db_row(db, q, err);

    *found = rc == 1;
    if (rc == 1)
        col_text(q, 0, rule, CONFLICT_RULE_MAX);
    return rc >= 0;
}

bool conflicts_rule_set(struct db *db, int64_t backend, const char *kind, const char *field,
                        const char *rule, struct err *err)
{
    char key[KEY_MAX];

    if (!key_of(kind, field, key, err))
        return false;
    db->touched |= DB_TOUCH_SETTINGS;
    if (rule == NULL)
        return db_run(db, err, "DELETE FROM policy WHERE backend = ?1 AND key = ?2", "it", backend,
                      key);
    return db_run(db, err,
                  "INSERT INTO policy (backend, key, value, changed) VALUES (?1, ?2, ?3, ?4)"
                  " ON CONFLICT DO UPDATE SET value = excluded.value, changed = excluded.changed",
                  "itti", backend, key, rule, when_now());
}

bool conflicts_rules(struct db *db, int64_t backend,
                     void (*each)(void *ctx, const char *key, const char *rule), void *ctx,
                     struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT key, value FROM policy WHERE backend = ?1 AND key >= '" PREFIX "'"
                        " AND key < 'owner/'",
                        "i", backend);
    int rc;

    while ((rc = db_row(db, q, err)) == 1) {
        char key[KEY_MAX], rule[CONFLICT_RULE_MAX];

        col_text(q, 0, key, sizeof key);
        col_text(q, 1, rule, sizeof rule);
        each(ctx, key, rule);
    }
    return rc == 0;
}

/* ---- what a rule would do ---- */

/* Which side a rule takes; NULL: none, a person is asked. */
static const char *side_of(const char *rule, when shopify_at, when odoo_at)
{
    if (strcmp(rule, "newest") == 0)
        return shopify_at == 0 || odoo_at == 0 || shopify_at == odoo_at ? NULL :
               shopify_at > odoo_at                                     ? "shopify" :
                                                                          "odoo";
    return strcmp(rule, "ask") == 0 ? NULL : rule;
}

static bool effect_now(struct db *db, int64_t backend, const char *kind, const char *field,
                       const char *rule, struct conflict_effect *effect, struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT c.count, c.shopify_at, c.odoo_at FROM conflict_field f"
                        " CROSS JOIN conflict c ON c.id = f.conflict WHERE f.kind = ?1 AND"
                        " f.field = ?2 AND f.backend = ?3 AND f.live = 1 AND c.state = 0"
                        " LIMIT ?4",
                        "ttid", kind, field, backend, CONFLICT_COUNT_MAX);
    int rc;

    while ((rc = db_row(db, q, err)) == 1) {
        bool decided = side_of(rule, col_int(q, 1), col_int(q, 2)) != NULL;

        effect->open++;
        effect->wholly += decided && col_int(q, 0) == 1;
        effect->partly += decided && col_int(q, 0) > 1;
    }
    return rc == 0;
}

static bool effect_then(struct db *db, int64_t backend, const char *kind, const char *field,
                        const char *rule, when since, struct conflict_effect *effect,
                        struct err *err)
{
    AUTO_ASK q = db_ask(db, err,
                        "SELECT c.shopify_at, c.odoo_at, c.answer FROM (SELECT conflict FROM"
                        " conflict_field WHERE kind = ?1 AND field = ?2 AND backend = ?3 AND"
                        " live = 0 ORDER BY conflict DESC LIMIT ?5) f CROSS JOIN conflict c ON"
                        " c.id = f.conflict WHERE c.state = 3 AND c.answered >= ?4",
                        "ttiid", kind, field, backend, since, HISTORY_MAX);
    int rc;

    while ((rc = db_row(db, q, err)) == 1) {
        const char *side = side_of(rule, col_int(q, 0), col_int(q, 1));
        char *text AUTO_FREE = col_dup(q, 2, NULL);
        json_auto_t *answer =
            text != NULL ? json_read(text, strlen(text), "an answer", NULL) : NULL;
        const char *take = json_text(json_object_get(answer, field), "take");

        effect->decided++;
        effect->alike += side != NULL && take != NULL && strcmp(side, take) == 0;
    }
    return rc == 0;
}

bool conflicts_effect(struct db *db, int64_t backend, const char *kind, const char *field,
                      const char *rule, when now, struct conflict_effect *effect, struct err *err)
{
    *effect = (struct conflict_effect){ .open = 0 };
    return effect_now(db, backend, kind, field, rule, effect, err) &&
           effect_then(db, backend, kind, field, rule, now - 7 * WHEN_DAY, effect, err);
}

bool conflicts_rerun(struct db *db, int64_t backend, const char *kind, const char *field,
                     int64_t *after, int64_t *count, struct err *err)
{
    int64_t ids[CONFLICT_RULE_PIECE];
    size_t n = 0;
    int rc = 0;

    *count = 0;
    {
        AUTO_ASK q = db_ask(db, err,
                            "SELECT f.conflict FROM conflict_field f CROSS JOIN conflict c ON"
                            " c.id = f.conflict WHERE f.kind = ?1 AND f.field = ?2 AND"
                            " f.backend = ?3 AND f.live = 1 AND f.conflict > ?4 AND c.state = 0"
                            " ORDER BY f.conflict LIMIT ?5",
                            "ttiid", kind, field, backend, *after, CONFLICT_RULE_PIECE);

        while (n < CONFLICT_RULE_PIECE && (rc = db_row(db, q, err)) == 1)
            ids[n++] = col_int(q, 0);
    }
    if (rc < 0)
        return false;
    *after = n == CONFLICT_RULE_PIECE ? ids[n - 1] : 0;
    for (size_t i = 0; i < n; i++) {
        struct conflict c = { 0 };
        bool good = conflicts_get(db, ids[i], &c, err) && conflicts_wake(db, &c, err);

        conflict_clear(&c);
        if (!good)
            return false;
        ++*count;
    }
    return true;
}
