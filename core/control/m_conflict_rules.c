/* m_conflict_rules.c - who wins a field that both sides changed, and what saying so would do. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/methods.h"
#include "control/proto.h"
#include "store/conflicts.h"

/* The fields of which a rule can be said: {kind, field, label, owner}. NULL: err. */
static json_t *owned(struct call *call, struct err *err)
{
    if (call->services->owned == NULL) {
        call_no_service(call, err);
        return NULL;
    }
    return call->services->owned(call->services->ctx);
}

bool m_conflicts_rules(struct call *call, struct err *err)
{
    json_auto_t *rows = owned(call, err);
    int64_t backend = call_int(call, "backend", 0);
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *kind = json_text_or(row, "kind", ""), *field = json_text_or(row, "field", "");
        struct conflict_effect effect;
        char rule[CONFLICT_RULE_MAX];
        bool found;

        if (!conflicts_rule_get(call->db, backend, kind, field, rule, &found, err) ||
            !conflicts_effect(call->db, backend, kind, field, "ask", when_now(), &effect, err))
            return false;
        json_object_set_new(row, "rule",
                            found ? json_string(rule) : json_incref(json_object_get(row, "owner")));
        json_object_set_new(row, "set", json_boolean(found));
        json_object_set_new(row, "open", json_integer(effect.open));
    }
    call->result = rows != NULL ? json_pack("{s:O}", "rows", rows) : NULL;
    return call->result != NULL;
}

/* Kind, field and rule of the parameters are ones that there are. */
static bool check_rule(struct call *call, struct err *err)
{
    static const char *const rules[] = { "shopify", "odoo", "newest", "ask" };
    json_auto_t *rows = owned(call, err);
    const char *rule = call_text(call, "rule");
    const json_t *row;
    size_t i;
    bool found = false;

    if (rows == NULL)
        return false;
    json_array_foreach(rows, i, row)
        found = found || (strcmp(json_text_or(row, "kind", ""), call_text(call, "kind")) == 0 &&
                          strcmp(json_text_or(row, "field", ""), call_text(call, "field")) == 0);
    if (!found)
        return err_set(err, ERR_INVALID, "there are no rules for %.40s %.40s",
                       call_text(call, "kind"), call_text(call, "field"));
    for (i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i], rule) == 0)
            return true;
    return err_set(err, ERR_INVALID, "a rule is shopify, odoo, newest or ask");
}

static json_t *effect_json(const struct conflict_effect *e)
{
    return json_pack("{s:I,s:I,s:I,s:I,s:I}", "open", (json_int_t)e->open, "wholly",
                     (json_int_t)e->wholly, "partly", (json_int_t)e->partly, "decided",
                     (json_int_t)e->decided, "alike", (json_int_t)e->alike);
}

bool m_conflicts_effect(struct call *call, struct err *err)
{
    struct conflict_effect effect;

    if (!check_rule(call, err) ||
        !conflicts_effect(call->db, call_int(call, "backend", 0), call_text(call, "kind"),
                          call_text(call, "field"), call_text(call, "rule"), when_now(), &effect,
                          err))
        return false;
    call->result = effect_json(&effect);
    return true;
}

struct rule_change {
    struct call *call;
    struct call_note *note;
    int64_t backend, wanted, after, count, all;
    const char *kind, *field, *rule;
    struct conflict_effect effect;
};

static bool rerun(struct db *db, void *ctx, struct err *err)
{
    struct rule_change *c = ctx;

    if (!conflicts_rerun(db, c->backend, c->kind, c->field, &c->after, &c->count, err))
        return false;
    c->all += c->count;
    return true;
}

static bool set_rule(struct db *db, void *ctx, struct err *err)
{
    struct rule_change *c = ctx;
    char before[CONFLICT_RULE_MAX] = "ask";
    bool found;

    if (!conflicts_effect(db, c->backend, c->kind, c->field, c->rule, when_now(), &c->effect, err))
        return false;
    if (c->wanted >= 0 && c->wanted != c->effect.wholly) {
        c->call->code = PROTO_GREW;
        return err_set(err, ERR_CONFLICT, "it would decide %lld open conflicts now: look again",
                       (long long)c->effect.wholly);
    }
    if (!conflicts_rule_get(db, c->backend, c->kind, c->field, before, &found, err) ||
        !conflicts_rule_set(db, c->backend, c->kind, c->field, c->rule, err))
        return false;
    str_copy(c->note->before, sizeof c->note->before, before);
    snprintf(c->note->after, sizeof c->note->after, "%s, decides %lld open conflicts", c->rule,
             (long long)c->effect.wholly);
    c->note->undo = json_pack("{s:s,s:{s:I,s:s,s:s,s:s}}", "method", "conflicts.rule", "params",
                              "backend", (json_int_t)c->backend, "kind", c->kind, "field", c->field,
                              "rule", before);
    return strcmp(c->rule, "ask") == 0 || rerun(db, c, err);
}

bool m_conflicts_rule(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct rule_change c = { .call = call,
                             .note = &note,
                             .backend = call_int(call, "backend", 0),
                             .wanted = call_int(call, "count", -1),
                             .kind = call_text(call, "kind"),
                             .field = call_text(call, "field"),
                             .rule = call_text(call, "rule") };
    bool good;

    if (!check_rule(call, err))
        return false;
    snprintf(note.object, sizeof note.object, "backend %lld rule %s %s", (long long)c.backend, c.kind,
             c.field);
    good = call_change(call, set_rule, &c, &note, err);
    if (!good && call->code == PROTO_GREW)
        call->data = json_pack("{s:I}", "count", (json_int_t)c.effect.wholly);
    while (good && c.after != 0) /* the rest, a piece per commit */
        good = store_do(call->store, rerun, &c, err);
    if (!good)
        return false;
    call_changed(call, CONTROL_LANE, c.backend);
    call->result = effect_json(&c.effect);
    json_object_set_new(call->result, "requeued", json_integer(c.all));
    return true;
}
