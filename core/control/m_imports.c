/* m_imports.c - the guided import: runs with their steps, the plan's records, what people say. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/mask.h"
#include "control/methods.h"
#include "control/rows.h"
#include "store/clinic.h"
#include "store/imports.h"

#define CAUSES_MAX 30 /* of a step */

/* ---- rows ---- */

static json_t *run_row(const struct import_run *run)
{
    return json_pack("{s:I, s:I, s:s, s:b, s:o, s:I, s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:I}", "id",
                     (json_int_t)run->id, "backend", (json_int_t)run->backend, "state",
                     import_run_state_name(run->state), "paused", (int)run->paused, "hours",
                     json_str(run->hours), "pace", (json_int_t)run->pace, "by", json_str(run->by),
                     "why", json_str(run->why),
                     "error", run->error != ERR_NONE ? err_name(run->error) : "", "carry_on",
                     json_str(run->carry), "created", (json_int_t)run->created, "planned",
                     (json_int_t)run->planned, "updated", (json_int_t)run->updated, "ended",
                     (json_int_t)run->ended);
}

/* Records per second while it worked, and how long the rest takes; null: not known. */
static void pace_of(const struct import_step *step, json_t *row)
{
    int64_t ended = step->items[IMPORT_ITEM_DONE] + step->items[IMPORT_ITEM_PARKED];
    int64_t left = step->read - ended - step->items[IMPORT_ITEM_SKIPPED] -
                   step->items[IMPORT_ITEM_MOVED];
    double rate = step->worked > WHEN_SECOND && ended > 0 ?
                      (double)ended * WHEN_SECOND / (double)step->worked :
                      0;

    json_object_set_new(row, "rate", rate > 0 ? json_real(rate) : json_null());
    json_object_set_new(row, "left", json_integer(left));
    json_object_set_new(row, "eta_s", rate > 0 && step->state == IMPORT_STEP_APPLYING ?
                                          json_integer((json_int_t)((double)left / rate)) :
                                          json_null());
}

static json_t *number_or_null(int64_t number)
{
    return number < 0 ? json_null() : json_integer(number);
}

static json_t *step_row(const struct import_step *step)
{
    json_t *scope = step->scope[0] != '\0' ? json_loads(step->scope, 0, NULL) : json_object();
    json_t *row = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:{s:I, s:I, s:I, s:I},"
        " s:{s:I, s:I, s:I, s:I, s:I}, s:b, s:o, s:o, s:I, s:I, s:I}",
        "step", import_step_name(step->step), "title", import_step_title(step->step), "state",
        import_step_state_name(step->state), "scope", scope != NULL ? scope : json_object(),
        "shopify", number_or_null(step->shopify), "odoo", number_or_null(step->odoo), "read",
        (json_int_t)step->read, "judged", (json_int_t)step->judged, "verdicts", "new",
        (json_int_t)step->verdicts[IMPORT_VERDICT_NEW], "same",
        (json_int_t)step->verdicts[IMPORT_VERDICT_SAME], "changes",
        (json_int_t)step->verdicts[IMPORT_VERDICT_CHANGES], "refused",
        (json_int_t)step->verdicts[IMPORT_VERDICT_REFUSED], "items", "queued",
        (json_int_t)step->items[IMPORT_ITEM_QUEUED], "done",
        (json_int_t)step->items[IMPORT_ITEM_DONE], "parked",
        (json_int_t)step->items[IMPORT_ITEM_PARKED], "skipped",
        (json_int_t)step->items[IMPORT_ITEM_SKIPPED], "moved",
        (json_int_t)step->items[IMPORT_ITEM_MOVED], "paged", (int)step->paged, "note",
        json_str(step->note), "forced", json_str(step->forced), "started",
        (json_int_t)step->started, "ended", (json_int_t)step->ended, "worked_us",
        (json_int_t)step->worked);

    if (row != NULL)
        pace_of(step, row);
    if (row != NULL && step->result[0] != '\0')
        json_object_set_new(row, "result", json_loads(step->result, 0, NULL));
    return row;
}

/* Personal: a customer's name and fields. Who only looks sees that there is one. */
static json_t *item_row(const struct call *call, const struct import_item *item)
{
    bool personal = item->step == IMPORT_CUSTOMERS && call->peer->role < PROTO_OPERATOR;
    json_t *changes = NULL;

    if (item->changes != NULL)
        changes = personal ? mask_text(item->changes, strlen(item->changes), IMPORT_CHANGES_MAX,
                                       false) :
                             json_loads(item->changes, 0, NULL);
    return json_pack("{s:I, s:s, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:b}", "id",
                     (json_int_t)item->id, "step", import_step_name(item->step), "record",
                     json_str(item->record), "title", json_str(personal ? MASK_SIGN : item->title),
                     "state", import_item_state_name(item->state), "verdict",
                     import_verdict_name(item->verdict), "odoo_model", json_str(item->model),
                     "odoo_id", json_id_or_null(item->odoo), "changes",
                     changes != NULL ? changes : json_array(), "error",
                     item->why.kind != ERR_NONE ? err_name(item->why.kind) : "", "why",
                     json_str(item->why.text), "thing", json_str(item->why.thing), "job",
                     json_id_or_null(item->job), "made", (int)item->made);
}

/* ---- looking ---- */

bool m_imports_list(struct call *call, struct err *err)
{
    size_t count = call_limit(call);
    struct import_run *rows AUTO_FREE = calloc(count, sizeof *rows);
    int64_t after, next = 0;
    json_t *list;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory for the imports");
    if (!call_after(call, &after, err) ||
        !imports_list(call->db, call_int(call, "backend", 0), after, rows, &count, &next, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, run_row(&rows[i]));
    call->result = json_pack("{s:o, s:o}", "rows", list, "next", json_next(next));
    return true;
}

bool m_imports_get(struct call *call, struct err *err)
{
    struct import_step steps[IMPORT_STEP_COUNT];
    size_t count = IMPORT_STEP_COUNT;
    struct import_run run;
    json_t *list;

    if (!imports_get(call->db, call_int(call, "run", 0), &run, err) ||
        !imports_steps(call->db, run.id, steps, &count, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, step_row(&steps[i]));
    call->result = run_row(&run);
    json_object_set_new(call->result, "steps", list);
    return true;
}

static bool filter_of(struct call *call, struct imports_filter *filter, struct err *err)
{
    const char *step = call_text(call, "step"), *word;
    enum import_verdict verdict;
    enum import_item_state state;

    *filter = (struct imports_filter){ .run = call_int(call, "run", 0), .verdict = -1,
                                       .state = -1 };
    if (!import_step_of(step, &filter->step))
        return err_set(err, ERR_INVALID, "step: %.40s is no step of an import", step);
    word = call_text(call, "verdict");
    if (word != NULL && !import_verdict_of(word, &verdict))
        return err_set(err, ERR_INVALID, "verdict: new, same, changes or refused");
    if (word != NULL)
        filter->verdict = (int)verdict;
    word = call_text(call, "state");
    if (word != NULL && !import_item_state_of(word, &state))
        return err_set(err, ERR_INVALID, "state: planned, queued, done, parked, skipped or moved");
    if (word != NULL)
        filter->state = (int)state;
    filter->made = json_flag(call->params, "made");
    return call_after(call, &filter->after, err);
}

bool m_imports_items(struct call *call, struct err *err)
{
    size_t count = call_limit(call);
    struct import_item *rows AUTO_FREE = calloc(count, sizeof *rows);
    struct imports_filter filter;
    int64_t next = 0;
    json_t *list;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory for the records");
    if (!filter_of(call, &filter, err) ||
        !imports_items(call->db, &filter, rows, &count, &next, err))
        return false;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, item_row(call, &rows[i]));
    import_items_clear(rows, count);
    call->result = json_pack("{s:o, s:o}", "rows", list, "next", json_next(next));
    return true;
}

/* "kind 0 key", behind which the next page begins. */
static bool use_place(const char *after, struct import_use_place *place)
{
    const char *key = after != NULL ? strchr(after, ' ') : NULL;

    if (after == NULL)
        return true;
    if (key == NULL || (key[1] != '0' && key[1] != '1') || key[2] != ' ' ||
        key - after >= (ptrdiff_t)sizeof place->kind)
        return false;
    str_copy(place->kind, (size_t)(key - after) + 1, after);
    place->mapped = key[1] == '1';
    return str_copy(place->key, sizeof place->key, key + 3);
}

static json_t *use_row(const struct import_use *use)
{
    const struct mapping *m = &use->mapping;
    const char *label = use->mapped && !m->mapped ? "as it is" : m->label;

    return json_pack("{s:o, s:o, s:o, s:I, s:b, s:o, s:o, s:b}", "kind", json_str(use->kind),
                     "key", json_str(use->key), "title", json_str(use->title), "uses",
                     (json_int_t)use->uses, "mapped", (int)use->mapped, "value",
                     m->mapped ? json_str(m->value) : json_null(), "label",
                     json_str(label), "automatic",
                     (int)(use->mapped && (!m->mapped || m->automatic)));
}

bool m_imports_causes(struct call *call, struct err *err)
{
    struct import_cause *rows AUTO_FREE = calloc(CAUSES_MAX, sizeof *rows);
    json_t *list = json_array();
    bool ok = rows != NULL || err_set(err, ERR_BUSY, "no memory for the causes");

    for (unsigned step = 0; ok && step < IMPORT_STEP_COUNT; step++) {
        size_t count = CAUSES_MAX;

        ok = imports_causes(call->db, call_int(call, "run", 0), (enum import_step_id)step, rows,
                            &count, err);
        for (size_t i = 0; ok && i < count; i++)
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:o, s:o, s:I}", "step",
                                import_step_name(rows[i].step), "error",
                                rows[i].kind != ERR_NONE ? err_name(rows[i].kind) : "", "thing",
                                json_str(rows[i].thing), "why", json_str(rows[i].why), "count",
                                (json_int_t)rows[i].count));
    }
    if (ok)
        call->result = json_pack("{s:O}", "rows", list);
    json_decref(list);
    return ok;
}

bool m_imports_uses(struct call *call, struct err *err)
{
    size_t count = call_limit(call), room = count;
    struct import_use *rows AUTO_FREE = calloc(count, sizeof *rows);
    struct import_use_place after = { .mapped = false };
    struct import_step steps[IMPORT_STEP_COUNT];
    size_t step_count = IMPORT_STEP_COUNT;
    struct import_run run;
    int64_t read = 0, judged = 0;
    json_t *list, *next = json_null();

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory for the mappings");
    if (!use_place(call_text(call, "after"), &after))
        return err_set(err, ERR_INVALID, "after: the \"next\" of the page before");
    if (!imports_get(call->db, call_int(call, "run", 0), &run, err) ||
        !imports_steps(call->db, run.id, steps, &step_count, err) ||
        !imports_uses(call->db, &run, call_text(call, "kind"), &after, rows, &count, err))
        return false;
    for (size_t i = 0; i < step_count; i++) {
        read += steps[i].read;
        judged += steps[i].judged;
    }
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, use_row(&rows[i]));
    if (count == room)
        next = json_sprintf("%s %d %s", rows[count - 1].kind, rows[count - 1].mapped,
                            rows[count - 1].key);
    call->result = json_pack("{s:o, s:o, s:b, s:I, s:I}", "rows", list, "next", next, "waiting",
                             run.state == IMPORT_RUN_PLANNING, "read", (json_int_t)read, "judged",
                             (json_int_t)judged);
    return true;
}

/* ---- before it ---- */

bool m_imports_checks(struct call *call, struct err *err)
{
    const struct control_services *services = call->services;

    if (services->import_checks == NULL)
        return call_no_service(call, err);
    call->result = services->import_checks(services->ctx, call_int(call, "backend", 0), err);
    return call->result != NULL;
}

bool m_imports_counts(struct call *call, struct err *err)
{
    const struct control_services *services = call->services;

    if (services->import_counts == NULL)
        return call_no_service(call, err);
    call->result = services->import_counts(services->ctx, call_int(call, "backend", 0),
                                           json_object_get(call->params, "scope"), err);
    return call->result != NULL;
}

/* ---- the clinic ---- */

#define OTHERS_MAX 6

static json_t *others_of(struct call *call, int64_t run, const struct clinic_variant *of,
                         struct err *err)
{
    struct clinic_variant rows[OTHERS_MAX];
    size_t count = OTHERS_MAX;
    json_t *list;

    if (!clinic_others(call->db, run, of, rows, &count, err))
        return NULL;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:I, s:I, s:o, s:s}", "variant",
                                              (json_int_t)rows[i].variant, "product",
                                              (json_int_t)rows[i].product, "title",
                                              json_str(rows[i].title), "price", rows[i].price));
    return list;
}

static json_t *clinic_row(struct call *call, int64_t run, const struct clinic_row *row,
                          struct err *err)
{
    const struct clinic_variant *v = &row->variant;
    json_t *proposals = row->proposals != NULL ? json_loads(row->proposals, 0, NULL) : NULL;
    json_t *others = others_of(call, run, v, err);

    if (others == NULL) {
        json_decref(proposals);
        return NULL;
    }
    return json_pack("{s:o, s:s, s:I, s:I, s:I, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "key",
                     json_sprintf("variant:%" PRId64, v->variant), "kind",
                     clinic_kind_name(row->kind), "variant", (json_int_t)v->variant, "product",
                     (json_int_t)v->product, "item", (json_int_t)v->item, "sku", json_str(v->sku),
                     "title", json_str(v->title), "price", v->price, "others", others, "proposals",
                     proposals != NULL ? proposals : json_array(), "answer",
                     row->answer[0] != '\0' ? json_str(row->answer) : json_null(), "label",
                     json_str(row->label));
}

static json_t *clinic_totals(const int64_t counts[CLINIC_KINDS])
{
    json_t *totals = json_object();

    for (int kind = 0; kind < CLINIC_KINDS; kind++)
        json_object_set_new(totals, clinic_kind_name((enum clinic_kind)kind),
                            json_integer(counts[kind]));
    return totals;
}

static bool clinic_page(struct call *call, const struct import_run *run, struct clinic_row *rows,
                        json_t *list, int64_t *next, struct err *err)
{
    size_t count = call_limit(call);
    const char *word = call_text(call, "kind");
    enum clinic_kind kind = CLINIC_KINDS;
    const json_t *answered = json_object_get(call->params, "answered");
    int64_t after;
    bool ok = true;

    if (word != NULL && !clinic_kind_of(word, &kind))
        return err_set(err, ERR_INVALID,
                       "kind: duplicate_shopify, duplicate_odoo, question or missing");
    if (!call_after(call, &after, err) ||
        !clinic_list(call->db, run, word != NULL ? (int)kind : -1,
                     json_is_boolean(answered) ? json_is_true(answered) : -1, after, rows, &count,
                     next, err))
        return false;
    for (size_t i = 0; ok && i < count; i++) {
        json_t *row = clinic_row(call, run->id, &rows[i], err);

        ok = row != NULL && json_array_append_new(list, row) == 0;
    }
    clinic_rows_clear(rows, count);
    return ok;
}

bool m_imports_clinic(struct call *call, struct err *err)
{
    struct clinic_row *rows AUTO_FREE = calloc(call_limit(call), sizeof *rows);
    json_auto_t *list = json_array();
    int64_t counts[CLINIC_KINDS], open[CLINIC_KINDS], next = 0;
    struct import_run run;

    if (rows == NULL || list == NULL)
        return err_set(err, ERR_BUSY, "no memory for the questions");
    if (!imports_get(call->db, call_int(call, "run", 0), &run, err) ||
        !clinic_counts(call->db, &run, counts, open, err) ||
        !clinic_page(call, &run, rows, list, &next, err))
        return false;
    call->result = json_pack("{s:O, s:o, s:o, s:o}", "rows", list, "counts", clinic_totals(counts),
                             "open", clinic_totals(open), "next", json_next(next));
    return true;
}

/* ---- steering ---- */

struct steer {
    struct call *call;
    struct call_note *note;
    const char *what;
    json_t *result;
};

static bool steer_change(struct db *db, void *ctx, struct err *err)
{
    struct steer *s = ctx;
    const struct control_services *services = s->call->services;

    if (!services->import(services->ctx, db, s->what, s->call->params, s->call->peer->user,
                          &s->result, err))
        return false;
    snprintf(s->note->object, sizeof s->note->object, "import %" PRId64,
             json_int_or(s->result, "run", 0));
    str_copy(s->note->after, sizeof s->note->after, s->what);
    return true;
}

static bool steer(struct call *call, const char *what, struct err *err)
{
    struct call_note note = { .object = "import" };
    struct steer s = { .call = call, .note = &note, .what = what };

    if (call->services->import == NULL)
        return call_no_service(call, err);
    if (!call_change(call, steer_change, &s, &note, err)) {
        json_decref(s.result);
        return false;
    }
    call_changed(call, CONTROL_LANE, 0);
    call->result = s.result;
    return true;
}

#define STEER(word)                                                                                \
    bool m_imports_##word(struct call *call, struct err *err)                                      \
    {                                                                                              \
        return steer(call, #word, err);                                                            \
    }
STEER(plan)
STEER(apply)
STEER(pause)
STEER(resume)
STEER(stop)
STEER(hours)
STEER(pace)
STEER(skip)
STEER(unskip)
STEER(go_on)
STEER(answer)
STEER(rehearse)
STEER(repair)
STEER(clinic_answer)
STEER(undo)
