/* How a product's job ends, and what is written down with it: levels, their timeline, what may be
 * oversold. */
#include "jobs/stock_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "store/alerts.h"
#include "store/history.h"
#include "store/metrics.h"
#include "store/risks.h"

/* One level, free of the case, which is gone when the change runs. */
struct end_level {
    struct pair pair;
    char record[STORE_RECORD_MAX];
    char text[HISTORY_TEXT_MAX];
    char sku[PAIR_KEY_MAX];
    bool set, risky;
    struct risk risk;
};

struct end {
    int64_t backend, job, product, variant;
    char record[STORE_RECORD_MAX];
    char what[24], text[HISTORY_TEXT_MAX]; /* of the product itself; "": nothing to say */
    bool gone_odoo, gone_shopify, dropped; /* dropped: something is at risk no more */
    int64_t odoo_calls;
    struct end_level *levels;
    size_t count;
};

static void end_free(void *ctx)
{
    struct end *end = ctx;

    free(end->levels);
    free(end);
}

/* ---- the change ---- */

static bool write_level(struct db *db, struct end *end, struct end_level *l, struct err *err)
{
    const char *keys[1] = { l->sku };
    struct pair was = { 0 };
    bool found = false;

    if (!pairs_by_shopify(db, end->backend, l->pair.kind, l->pair.shopify_id, &was, NULL, &found,
                          err))
        return false;
    if (!(l->risky ? risks_put(db, &l->risk, err)
                   : risks_drop(db, end->backend, l->pair.shopify_id, l->risk.location,
                                &end->dropped, err)))
        return false;
    if (!l->set && found && strcmp(was.state, l->pair.state) == 0)
        return true;
    if (found) {
        struct pair now = was;

        str_copy(now.state, sizeof now.state, l->pair.state);
        now.shopify_at = l->pair.shopify_at > was.shopify_at ? l->pair.shopify_at : was.shopify_at;
        now.odoo_at = l->pair.odoo_at;
        if (l->set)
            str_copy(now.shopify_print, sizeof now.shopify_print, l->pair.shopify_print);
        str_copy(now.odoo_print, sizeof now.odoo_print, l->pair.odoo_print);
        if (!pairs_put(db, &now, NULL, NULL, -1, err))
            return false;
    } else if (!pairs_put(db, &l->pair, NULL, keys, l->sku[0] != '\0', err))
        return false;
    return history_add_once(db, end->backend, l->record, l->pair.state, end->job, l->text, err);
}

static bool flag_variant(struct db *db, const struct end *end, struct err *err)
{
    struct pair pair;
    bool found = false;

    if (!end->gone_odoo && !end->gone_shopify)
        return true;
    if (!pairs_by_shopify(db, end->backend, "variant", end->variant, &pair, NULL, &found, err))
        return false;
    if (!found)
        return true;
    pair.flags |= (end->gone_odoo ? PAIR_GONE_ODOO : 0u) |
                  (end->gone_shopify ? PAIR_GONE_SHOPIFY : 0u);
    return pairs_put(db, &pair, NULL, NULL, -1, err);
}

/* The dashboard says so as long as something may be oversold. */
static bool tell_risks(struct db *db, const struct end *end, struct err *err)
{
    char text[ALERT_TEXT_MAX];
    struct risk worst;
    size_t count = 1;
    int64_t total;

    if (!risks_list(db, end->backend, &worst, &count, &total, err))
        return false;
    if (count == 0)
        return alerts_end(db, end->backend, "oversell", when_now(), err);
    snprintf(text, sizeof text,
             "%" PRId64 " may be oversold (signalbox stock risks): %.80s, %" PRId64
             " offered, %" PRId64 " free in Odoo",
             total, worst.title, worst.offered, worst.free - worst.unseen);
    return alerts_raise(db, end->backend, "oversell", ALERT_WARN, text, when_now(), err);
}

static bool any_risky(const struct end *end)
{
    for (size_t i = 0; i < end->count; i++)
        if (end->levels[i].risky)
            return true;
    return false;
}

static bool end_change(struct db *db, void *ctx, struct err *err)
{
    struct end *end = ctx;
    int64_t set = 0;
    when now = when_now();

    for (size_t i = 0; i < end->count; i++) {
        if (!write_level(db, end, &end->levels[i], err))
            return false;
        set += end->levels[i].set;
    }
    if (end->count == 0 && !risks_drop_product(db, end->backend, end->product, &end->dropped, err))
        return false;
    if (end->text[0] != '\0' &&
        !history_add_once(db, end->backend, end->record, end->what, end->job, end->text, err))
        return false;
    if (set > 0 && !metrics_add(db, end->backend, "levels.offered", now, set, err))
        return false;
    if (end->odoo_calls > 0 &&
        !metrics_add(db, end->backend, "odoo.calls", now, end->odoo_calls, err))
        return false;
    return flag_variant(db, end, err) &&
           ((!end->dropped && !any_risky(end)) || tell_risks(db, end, err));
}

/* ---- filling it ---- */

static const char *state_of(const struct out_level *l)
{
    switch (l->fate) {
    case OUT_SAME:
    case OUT_SET: return "offered";
    case OUT_LEFT: return "left";
    case OUT_BAD: return "refused";
    case OUT_OPEN: break;
    }
    return "differs";
}

static void words_of(const struct out_level *l, char text[HISTORY_TEXT_MAX])
{
    const struct offer *o = &l->offer;
    AUTO_STR s;

    str_init(&s, HISTORY_TEXT_MAX - 1);
    if (l->fate == OUT_LEFT)
        str_adds(&s, l->words);
    else if (l->fate == OUT_BAD)
        str_adds(&s, l->why.text);
    else {
        str_addf(&s, l->fate == OUT_OPEN ? "%" PRId64 " offered, %" PRId64 " is right: "
                                         : "%" PRId64 " offered before, %" PRId64 " now: ",
                 l->first, o->same ? o->from : o->want);
        str_addf(&s, "%" PRId64 " free in Odoo", o->free);
        if (o->unseen > 0)
            str_addf(&s, ", %" PRId64 " in orders it has not yet", o->unseen);
        if (o->kept > 0)
            str_addf(&s, ", %" PRId64 " kept back", o->kept);
    }
    str_copy(text, HISTORY_TEXT_MAX, s.data);
}

static void fill_risk(struct end_level *to, const struct out_flow *flow, const struct out_level *l)
{
    struct risk *risk = &to->risk;

    *risk = (struct risk){ .backend = flow->place->site->id, .item = l->item,
                           .location = l->location, .product = l->of->product,
                           .offered = l->offer.from, .free = l->offer.free,
                           .unseen = l->offer.unseen };
    str_copy(risk->title, sizeof risk->title, to->pair.title);
    to->risky = l->risky && l->fate != OUT_SET && l->fate != OUT_LEFT;
    str_copy(risk->why, sizeof risk->why,
             l->fate == OUT_BAD ? l->why.text
             : !flow->write     ? "stock to the shop is only watched (policy stock_out)"
             : l->fate == OUT_OPEN ? "it changes while it is set"
                                   : "it is offered as it should be, but for what is kept back");
}

static void fill_level(struct end_level *to, const struct out_flow *flow,
                       const struct out_level *l)
{
    const char *where = json_text_or(l->level, "location", "?");
    struct pair *pair = &to->pair;

    *to = (struct end_level){ .set = l->fate == OUT_SET };
    pair->backend = flow->place->site->id;
    snprintf(pair->kind, sizeof pair->kind, "level@%" PRId64, l->location);
    pair->shopify_id = l->item;
    pair->shopify_at = json_int_or(l->level, "updated_at", 0);
    pair->odoo_at = when_now();
    snprintf(pair->odoo_print, sizeof pair->odoo_print, OUT_PRINT_PRODUCT "%" PRId64,
             l->of->product);
    snprintf(pair->shopify_print, sizeof pair->shopify_print, OUT_PRINT_OFFERED "%" PRId64,
             l->fate == OUT_SET && !l->offer.same ? l->offer.want : l->offer.from);
    snprintf(pair->title, sizeof pair->title, "%.70s at %.80s", l->of->title, where);
    str_copy(pair->state, sizeof pair->state, state_of(l));
    snprintf(to->record, sizeof to->record, "level@%" PRId64 ":%" PRId64, l->location, l->item);
    str_copy(to->sku, sizeof to->sku, json_text_or(l->level, "sku", ""));
    words_of(l, to->text);
    fill_risk(to, flow, l);
}

static struct end *end_of(const struct out_flow *flow, const struct out_case *c)
{
    struct end *end = calloc(1, sizeof *end);

    if (end == NULL)
        return NULL;
    end->levels = calloc(c->count + 1, sizeof *end->levels);
    if (end->levels == NULL)
        return (free(end), NULL);
    end->backend = flow->place->site->id;
    end->job = c->job->job.id;
    end->product = c->product;
    end->variant = c->variant;
    str_copy(end->record, sizeof end->record, c->job->job.record);
    end->gone_shopify = c->gone;
    end->gone_odoo = c->variant != 0 && c->row == NULL && c->ended && c->why.kind == ERR_NONE;
    str_copy(end->what, sizeof end->what, c->why.kind != ERR_NONE ? err_name(c->why.kind) : "left");
    str_copy(end->text, sizeof end->text, c->why.kind != ERR_NONE ? c->why.text : c->words);
    for (size_t i = 0; !c->ended && i < c->count; i++)
        if (c->levels[i].level != NULL)
            fill_level(&end->levels[end->count++], flow, &c->levels[i]);
    return end;
}

/* ---- how it ends ---- */

/* The first level that was refused; NULL: none. */
static const struct out_level *refused(const struct out_case *c)
{
    EACH_OUT_LEVEL(c, l)
        if (l->fate == OUT_BAD)
            return l;
    return NULL;
}

static bool all_told(const struct out_flow *flow, const struct out_case *c)
{
    EACH_OUT_LEVEL(c, l)
        if (l->fate == OUT_OPEN && flow->write)
            return false;
    return true;
}

static void refusal_of(const struct out_case *c, const struct out_level *l, struct err *err)
{
    char key[64];

    *err = l->why;
    err_within(err, "%.60s at %.60s", c->title[0] != '\0' ? c->title : "it",
               json_text_or(l->level, "location", "a location"));
    snprintf(key, sizeof key, "%" PRId64 "@%" PRId64, l->item, l->location);
    err_about(err, "level", key);
}

void stock_out_end(struct out_flow *flow, struct out_case *c, const struct err *failed)
{
    const struct out_level *bad = c->ended ? NULL : refused(c);
    struct err err = { 0 };
    struct end *end;

    if (c->ended && c->why.kind != ERR_NONE)
        batch_failed(c->job, &c->why);
    else if (!c->ended && failed->kind != ERR_NONE && (!c->looked || !all_told(flow, c))) {
        batch_failed(c->job, failed);
        batch_talk(c->job, flow->place->shopify.request.data, flow->place->shopify.response.data,
                   flow->place->shopify.request_id);
        return; /* nothing is known of it: what was written down stays */
    } else if (bad != NULL) {
        refusal_of(c, bad, &err);
        batch_failed(c->job, &err);
    } else if (!c->ended && !all_told(flow, c))
        batch_again(c->job, when_now() + WHEN_SECOND); /* buyers are quicker just now */
    else
        batch_done(c->job);
    end = end_of(flow, c);
    if (end == NULL)
        return;
    if (c == flow->cases)
        end->odoo_calls = flow->place->odoo.calls;
    batch_change(c->job, end_change, end, end_free);
}
