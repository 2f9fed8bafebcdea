#include "control/select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/params.h"
#include "control/proto.h"

void select_clear(struct selection *selection)
{
    free(selection->ids);
    selection->ids = NULL;
}

static bool read_ids(struct selection *selection, const json_t *ids, struct err *err)
{
    size_t count = json_array_size(ids);

    if (count == 0 || count > JOBS_BULK_IDS_MAX)
        return err_set(err, ERR_INVALID, "ids must hold 1 to %d jobs", JOBS_BULK_IDS_MAX);
    selection->ids = calloc(count, sizeof *selection->ids);
    if (selection->ids == NULL)
        return err_set(err, ERR_BUSY, "no memory for the set of jobs");
    for (size_t i = 0; i < count; i++) {
        const json_t *id = json_array_get(ids, i);

        if (!json_is_integer(id) || json_integer_value(id) <= 0) {
            select_clear(selection);
            return err_set(err, ERR_INVALID, "ids must be whole numbers");
        }
        selection->ids[i] = json_integer_value(id);
    }
    selection->of.ids = selection->ids;
    selection->of.id_count = count;
    return true;
}

bool select_read(struct selection *selection, const json_t *selector, struct err *err)
{
    const json_t *ids = json_at(selector, "ids");
    const char *state = json_text(selector, "state"), *lane = json_text(selector, "lane");
    enum job_state wanted;

    *selection = (struct selection){ .of = { .state = -1 } };
    if (!params_check(selector, "ids:list? problem:int? lane? state? backend:int? count:int?", err))
        return err_within(err, "selector");
    selection->of.count = json_int_or(selector, "count", -1);
    if (ids != NULL)
        return read_ids(selection, ids, err);
    selection->of.problem = json_int_or(selector, "problem", 0);
    selection->of.backend = json_int_or(selector, "backend", 0);
    if (selection->of.problem != 0)
        return true;
    if (state == NULL)
        return err_set(err, ERR_INVALID, "selector: name ids, a problem, or a state");
    if (!job_state_of(state, &wanted))
        return err_set(err, ERR_INVALID, "selector: there is no state \"%.40s\"", state);
    selection->of.state = (int)wanted;
    if (lane != NULL) {
        str_copy(selection->lane, sizeof selection->lane, lane);
        selection->of.lane = selection->lane;
    }
    return true;
}

void select_words(const struct selection *selection, char *to, size_t size)
{
    const struct jobs_selector *of = &selection->of;

    if (of->id_count == 1)
        snprintf(to, size, "job %lld", (long long)of->ids[0]);
    else if (of->id_count > 1)
        snprintf(to, size, "%zu jobs from %lld", of->id_count, (long long)of->ids[0]);
    else if (of->problem != 0)
        snprintf(to, size, "jobs of problem %lld", (long long)of->problem);
    else
        snprintf(to, size, "%s jobs%s%s", job_state_name((enum job_state)of->state),
                 of->lane != NULL ? " of lane " : "", of->lane != NULL ? of->lane : "");
}

struct bulk_change {
    struct jobs_bulk *bulk;
    struct call_note *note;
};

static bool run(struct db *db, void *ctx, struct err *err)
{
    struct bulk_change *c = ctx;

    c->bulk->now = when_now();
    if (!jobs_bulk(db, c->bulk, err))
        return false;
    if (c->bulk->grew) /* nothing was done: then there is nothing to audit either */
        return err_set(err, ERR_CONFLICT, "the set has %lld jobs now: look again",
                       (long long)c->bulk->count);
    snprintf(c->note->before, sizeof c->note->before, "%lld jobs", (long long)c->bulk->count);
    return true;
}

bool select_act(struct call *call, struct jobs_bulk *bulk, struct call_note *note, struct err *err)
{
    struct bulk_change c = { .bulk = bulk, .note = note };
    json_t *refused;

    if (!call_change(call, run, &c, note, err)) {
        if (bulk->grew) {
            call->code = PROTO_GREW;
            call->data = json_pack("{s:I}", "count", (json_int_t)bulk->count);
        }
        return false;
    }
    call_changed(call, CONTROL_LANE, 0);
    refused = json_array();
    for (size_t i = 0; i < bulk->refused_count; i++)
        json_array_append_new(refused, json_pack("{s:I,s:o}", "id", (json_int_t)bulk->refused[i].id,
                                                 "text", json_str(bulk->refused[i].text)));
    call->result = json_pack("{s:I,s:o}", "count", (json_int_t)bulk->count, "refused", refused);
    return true;
}
