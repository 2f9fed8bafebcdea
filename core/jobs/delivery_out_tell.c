#include "jobs/delivery_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/fulfilments.h"
#include "store/effects.h"
#include "store/history.h"
#include "store/mappings.h"
#include "store/metrics.h"
#include "sync/delivery.h"

/* One delivery on its way, and what its changes write down. */
struct telling {
    struct delivery_case *c;
    const json_t *picking;
    const char *name, *number;
    char mark[EFFECT_MARK_MAX];
    int64_t after;       /* fulfilments above it may be ours; -1: no intent is open */
    int64_t fulfilment;  /* what came of it; 0: none */
    const char *state;   /* of the pair */
    char text[HISTORY_TEXT_MAX];
    struct findings findings;
};

/* ---- what is written down ---- */

static bool intend(struct db *db, void *ctx, struct err *err)
{
    const struct telling *t = ctx;
    char step[STORE_NAME_MAX];
    enum effect_state was;

    snprintf(step, sizeof step, "after:%" PRId64, t->after);
    return effects_intend(db, t->c->batch->backend, t->c->job->job.id, step, t->mark, &was, err);
}

static bool undo(struct db *db, void *ctx, struct err *err)
{
    const struct telling *t = ctx;

    return effects_undone(db, t->c->batch->backend, t->mark, err);
}

/* Carriers that have no name in the shop, so that a person can give them one. */
static bool note_carriers(struct db *db, const struct telling *t, const char *record,
                          struct err *err)
{
    for (size_t i = 0; i < t->findings.count; i++) {
        const struct finding *f = &t->findings.list[i];
        const char *key = strchr(f->thing, ':');

        if (key != NULL && !mappings_need(db, t->c->batch->backend, "tracking", key + 1, key + 1, err))
            return false;
        if (!history_add(db, t->c->batch->backend, record, finding_level_name(f->level),
                         t->c->job->job.id, NULL, f->text, err))
            return false;
    }
    return true;
}

/* In one commit: whose fulfilment it is, and that nothing is under way. */
static bool settle(struct db *db, void *ctx, struct err *err)
{
    const struct telling *t = ctx;
    int64_t backend = t->c->batch->backend, id = json_int_or(t->picking, "id", 0);
    struct pair pair = { .backend = backend, .kind = "fulfillment", .odoo_model = "stock.picking",
                         .shopify_id = t->fulfilment, .odoo_id = id, .odoo_at = when_now() };
    char record[STORE_RECORD_MAX], result[32];
    struct effect effect;

    snprintf(pair.title, sizeof pair.title, "%.60s of %.60s", t->name, t->c->order.title);
    str_copy(pair.state, sizeof pair.state, t->state);
    snprintf(record, sizeof record, "order:%" PRId64, t->c->order.shopify_id);
    snprintf(result, sizeof result, "%" PRId64, t->fulfilment);
    if (!effects_get(db, backend, t->mark, &effect, err))
        return false;
    if (effect.state != EFFECT_NONE && !effects_known(db, backend, t->mark, id, result, err))
        return false;
    return pairs_put(db, &pair, NULL, NULL, 0, err) && note_carriers(db, t, record, err) &&
           history_add(db, backend, record, t->state, t->c->job->job.id, NULL, t->text, err) &&
           metrics_add(db, backend, "deliveries.told", when_now(), 1, err);
}

/* ---- telling ---- */

static bool end(struct telling *t, const char *state, int64_t fulfilment, struct err *err)
{
    char key[32];

    t->state = state;
    t->fulfilment = fulfilment;
    snprintf(key, sizeof key, "%" PRId64, fulfilment);
    json_object_set_new(t->c->taken, key, json_true());
    return store_do(t->c->batch->store, settle, t, err);
}

static bool create(struct telling *t, const json_t *order, json_t *items, int64_t pieces,
                   int64_t wanted, struct err *err)
{
    struct workshop_place *place = t->c->place;
    const char *carrier = json_text_or(t->picking, "carrier_id.1", "");
    bool notify = strcmp(place->site->policies.text[POLICY_delivery_notify], "on") == 0;
    struct err why = { 0 };
    json_auto_t *tracking =
        delivery_tracking(carrier, t->number, place->picture->reference, &t->findings, &why);
    json_auto_t *input = json_pack("{sO sb sO*}", "lineItemsByFulfillmentOrder", items,
                                   "notifyCustomer", notify, "trackingInfo", tracking);
    int64_t id = 0;

    if (why.kind != ERR_NONE)
        return (*err = why, false);
    if (t->after < 0)
        t->after = delivery_newest(order);
    if (!store_do(t->c->batch->store, intend, t, err))
        return false;
    workshop_count(place->workshop, 0, 1);
    if (!fulfilments_create(place->site->shop, place->http, input, place->class, &id,
                            &place->shopify, &why)) {
        *err = why;
        if (why.kind != ERR_UNSURE && !store_do(t->c->batch->store, undo, t, &why))
            *err = why;
        return false;
    }
    snprintf(t->text, sizeof t->text, "%.60s: %" PRId64 "%s pieces told to the shop as sent%s%.60s%s",
             t->name, pieces, pieces < wanted ? " of more" : "",
             tracking != NULL ? ", by " : ", without tracking",
             json_text_or(tracking, "company", ""), notify ? ", the customer is notified" : "");
    if (pieces < wanted)
        snprintf(t->text, sizeof t->text,
                 "%.60s: %" PRId64 " of %" PRId64 " pieces told to the shop as sent: it has no more to send",
                 t->name, pieces, wanted);
    return end(t, "fulfilled", id, err);
}

/* What an intent that is open was written down after; -1: none is. */
static bool read_intent(struct telling *t, struct err *err)
{
    struct effect effect;

    snprintf(t->mark, sizeof t->mark, "fulfil@%" PRId64, json_int_or(t->picking, "id", 0));
    if (!effects_get(t->c->batch->db, t->c->batch->backend, t->mark, &effect, err))
        return false;
    t->after = effect.state == EFFECT_SENT && str_starts(effect.step, "after:")
                   ? strtoll(effect.step + strlen("after:"), NULL, 10)
                   : -1;
    return true;
}

static bool plan(struct telling *t, const json_t *order, const json_t *wanted, bool *wait,
                 struct err *err)
{
    json_auto_t *places = NULL, *items = NULL;
    int64_t pieces = 0;

    if (!delivery_out_places(t->c, t->picking, order, &places, err))
        return false;
    switch (delivery_plan(order, wanted, places, &items, &pieces, err)) {
    case DELIVERY_SEND:
        return create(t, order, items, pieces, delivery_pieces(wanted), err);
    case DELIVERY_NOTHING:
        snprintf(t->text, sizeof t->text, "%.60s: the shop has nothing left to send of it", t->name);
        return end(t, "left", 0, err);
    case DELIVERY_WAIT:
        *wait = true;
        break;
    case DELIVERY_REFUSED:
        break;
    }
    return false;
}

bool delivery_out_tell(struct delivery_case *c, const json_t *picking, bool *wait, struct err *err)
{
    struct workshop_place *place = c->place;
    struct telling t = { .c = c, .picking = picking, .name = json_text_or(picking, "name", "?"),
                         .number = json_text_or(picking, "carrier_tracking_ref", "") };
    json_auto_t *moves = NULL, *wanted = NULL, *order = NULL;
    int64_t found;

    findings_init(&t.findings);
    if (!read_intent(&t, err) || !delivery_out_moves(c, picking, &moves, err))
        return false;
    wanted = delivery_wanted(moves, c->lines, err);
    if (wanted == NULL)
        return false;
    if (delivery_pieces(wanted) == 0) {
        snprintf(t.text, sizeof t.text, "%.60s: nothing of the shop's is in it", t.name);
        return end(&t, "left", 0, err);
    }
    workshop_count(place->workshop, 0, 1);
    if (!fulfilments_look(place->site->shop, place->http, c->order.shopify_id, place->class, &order,
                          &place->shopify, err))
        return false;
    found = delivery_find(order, wanted, c->taken, t.number, t.after);
    if (found == 0)
        return plan(&t, order, wanted, wait, err);
    snprintf(t.text, sizeof t.text, "%.60s: the shop has it as sent", t.name);
    return end(&t, t.after >= 0 ? "fulfilled" : "found", found, err);
}
