/*
 * One batch of a backend writes at a time, while the next one reads.
 *
 * Quantities are written in three steps: the counted quantities of many quants (a load of those
 * that are there, one of new ones), then one call applies them all. New ones are read back in
 * between: Odoo loses the value of a create that it has to repeat, and tells nobody. When stock
 * moved since it was looked at, Odoo applies none of them and answers with a question; then all is
 * looked at again.
 */
#include "jobs/stock.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/load.h"
#include "odoo/records.h"
#include "store/effects.h"

#define CALL_MOST  100 /* quants in one call: the measured best */
#define ROUNDS_MAX 3
#define CLOSE      0.005 /* Odoo rounds quantities to two decimals unless told otherwise */

/* One quant to write. */
struct set {
    struct stock_case *c;
    int64_t quant; /* 0: to be made */
    double count;
    bool made, lost;
};

static bool to_write(const struct stock_case *c)
{
    return !c->plan.same && !c->set;
}

/* ---- intents ---- */

static void mark_of(const struct stock_case *c, char mark[EFFECT_MARK_MAX])
{
    snprintf(mark, EFFECT_MARK_MAX, "stock:%" PRId64 ":%" PRId64, c->job->job.id, c->plan.on_hand);
}

struct intents {
    struct stock_flow *flow;
    const char *token;
    bool anew; /* what was sent before is not there */
};

/* A step is "TOKEN#COUNT": how many quants were written under that name. */
static void take_step(struct stock_case *c, const char *step)
{
    const char *count = strchr(step, '#');
    unsigned long long n = 0;

    str_copy(c->token, sizeof c->token, "");
    if (count == NULL || !str_number(count + 1, LEVEL_WRITES_MAX, &n) ||
        count - step >= STOCK_TOKEN_MAX)
        return;
    str_copy(c->token, (size_t)(count - step) + 1, step);
    c->sent = n;
}

static bool intend(struct db *db, void *ctx, struct err *err)
{
    struct intents *in = ctx;
    int64_t backend = in->flow->place->site->id;

    EACH_LEVEL(in->flow, c) {
        enum effect_state was;
        struct effect effect;
        char mark[EFFECT_MARK_MAX], step[STORE_NAME_MAX];

        if (!to_write(c))
            continue;
        mark_of(c, mark);
        snprintf(step, sizeof step, "%s#%zu", in->token, c->plan.count);
        if (in->anew && c->token[0] != '\0' && !effects_undone(db, backend, mark, err))
            return false;
        if (!effects_intend(db, backend, c->job->job.id, step, mark, &was, err) ||
            !effects_get(db, backend, mark, &effect, err))
            return false;
        c->set = was == EFFECT_KNOWN;
        take_step(c, was == EFFECT_SENT ? effect.step : "");
    }
    return true;
}

static bool know(struct db *db, void *ctx, struct err *err)
{
    struct intents *in = ctx;

    EACH_LEVEL(in->flow, c) {
        char mark[EFFECT_MARK_MAX];

        mark_of(c, mark);
        if (c->set && !effects_known(db, in->flow->place->site->id, mark, c->quant, "", err))
            return false;
    }
    return true;
}

/* ---- what a run that died has done ---- */

/* Adjustments whose name holds one of the tokens. */
static bool search_moves(struct stock_flow *flow, json_t **rows, struct err *err)
{
    json_auto_t *domain = json_array(), *products = json_array(), *tokens = json_object();
    json_auto_t *fields =
        json_pack("[ssss]", "product_id", "reference", "location_id", "location_dest_id");
    struct records_query query = { .model = "stock.move", .domain = domain, .fields = fields,
                                   .class = flow->place->class };
    const char *token;
    json_t *value;

    EACH_LEVEL(flow, c) {
        if (c->token[0] == '\0')
            continue;
        json_object_set_new(tokens, c->token, json_true());
        json_array_append_new(products, json_integer(c->product));
    }
    json_object_foreach(tokens, token, value) {
        if (json_array_size(domain) > 0)
            json_array_insert_new(domain, 0, json_string("|"));
        json_array_append_new(domain, json_pack("[sss]", "reference", "like", token));
    }
    json_array_append_new(domain, json_pack("[ssO]", "product_id", "in", products));
    json_array_append_new(domain, json_pack("[ssb]", "is_inventory", "=", 1));
    return records_search(flow->place->site->odoo, flow->place->http, &query, rows,
                          &flow->place->odoo, err) ||
           err_within(err, "look whether stock was set");
}

/* The place itself, or one below that has the product. */
static bool is_there(const struct stock_case *c, int64_t location)
{
    const json_t *quant;
    size_t i;

    json_array_foreach(c->quants, i, quant)
        if (json_int_or(quant, "location_id.0", 0) == location)
            return true;
    return location == c->place;
}

/* How many of the adjustments are this level's, by the run that may have died. */
static size_t moves_of(const struct stock_case *c, const json_t *rows)
{
    const json_t *row;
    size_t i, count = 0;

    json_array_foreach(rows, i, row)
        if (json_int_or(row, "product_id.0", 0) == c->product &&
            strstr(json_text_or(row, "reference", ""), c->token) != NULL &&
            (is_there(c, json_int_or(row, "location_id.0", 0)) ||
             is_there(c, json_int_or(row, "location_dest_id.0", 0))))
            count++;
    return count;
}

static bool find_lost(struct stock_flow *flow, bool *some, struct err *err)
{
    json_auto_t *rows = NULL;

    *some = false;
    EACH_LEVEL(flow, c) *some = *some || c->token[0] != '\0';
    if (!*some)
        return true;
    if (!search_moves(flow, &rows, err))
        return false;
    *some = false;
    EACH_LEVEL(flow, c) {
        if (c->token[0] == '\0')
            continue;
        c->set = moves_of(c, rows) >= c->sent; /* fewer: it died on the way, it is written anew */
        if (c->set)
            findings_add(&c->findings, FINDING_NOTE, ERR_UNSURE, "",
                         "it was set before the answer was lost, and has moved since");
        *some = *some || !c->set;
    }
    return true;
}

/* A name for this run's adjustments in Odoo, and what each is about on our disk. */
static bool intend_all(struct stock_flow *flow, char token[STOCK_TOKEN_MAX], struct err *err)
{
    struct intents in = { .flow = flow, .token = token };
    bool some;

    snprintf(token, STOCK_TOKEN_MAX, "%" PRIx64 "-%" PRIx64, (uint64_t)flow->cases[0].job->job.id,
             (uint64_t)when_now());
    if (!store_do(flow->store, intend, &in, err) || !find_lost(flow, &some, err))
        return false;
    in.anew = true;
    return !some || store_do(flow->store, intend, &in, err);
}

/* ---- the calls ---- */

static json_t *number_text(double number)
{
    return json_sprintf("%.15g", number);
}

/* The rows of those that are there, or of new ones. */
static json_t *rows_of(const struct set *sets, size_t count, bool made)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < count; i++) {
        const struct set *s = &sets[i];

        if (s->made == made && !made)
            json_array_append_new(rows, json_pack("[oo]", json_sprintf("%" PRId64, s->quant),
                                                  number_text(s->count)));
        else if (s->made == made)
            json_array_append_new(rows,
                                  json_pack("[ooo]", json_sprintf("%" PRId64, s->c->product),
                                            json_sprintf("%" PRId64, s->c->place),
                                            number_text(s->count)));
    }
    return rows;
}

static bool load(struct stock_flow *flow, struct set *sets, size_t count, bool made,
                 struct err *err)
{
    struct workshop_place *place = flow->place;
    json_auto_t *rows = rows_of(sets, count, made), *ids = NULL;
    json_auto_t *mode = json_pack("{sb}", "inventory_mode", 1);
    json_auto_t *fields =
        made ? json_pack("[sss]", "product_id/.id", "location_id/.id", "inventory_quantity")
             : json_pack("[ss]", ".id", "inventory_quantity");
    size_t n = 0;

    if (json_array_size(rows) == 0)
        return true;
    if (!records_load(place->site->odoo, place->http, "stock.quant", fields, rows, mode,
                      place->class, &ids, &place->odoo, err))
        return err_within(err, "count stock");
    if (json_array_size(ids) != json_array_size(rows))
        return err_set(err, ERR_BUG, "count stock: %zu quants sent, %zu came back",
                       json_array_size(rows), json_array_size(ids));
    for (size_t i = 0; i < count; i++)
        if (sets[i].made == made)
            sets[i].quant = json_integer_value(json_array_get(ids, n++));
    return true;
}

/* Whether Odoo kept what new ones were told. */
static bool read_back(struct stock_flow *flow, struct set *sets, size_t count, struct err *err)
{
    struct workshop_place *place = flow->place;
    json_auto_t *fields = json_pack("[sss]", "id", "inventory_quantity", "inventory_quantity_set");
    json_auto_t *ids = json_array(), *rows = NULL;
    const json_t *row;
    size_t k;

    for (size_t i = 0; i < count; i++)
        if (sets[i].made)
            json_array_append_new(ids, json_integer(sets[i].quant));
    if (json_array_size(ids) == 0)
        return true;
    if (!records_read(place->site->odoo, place->http, "stock.quant", ids, fields, place->class,
                      &rows, &place->odoo, err))
        return err_within(err, "read what was counted");
    for (size_t i = 0; i < count; i++) {
        sets[i].lost = sets[i].made;
        json_array_foreach(rows, k, row)
            if (json_int_or(row, "id", 0) == sets[i].quant &&
                json_flag(row, "inventory_quantity_set") &&
                fabs(json_real_or(row, "inventory_quantity", 0) - sets[i].count) < CLOSE)
                sets[i].lost = false;
    }
    return true;
}

/* *done false: Odoo has a question, and none was applied. */
static bool apply(struct stock_flow *flow, const struct set *sets, size_t count, const char *token,
                  bool *done, struct err *err)
{
    struct workshop_place *place = flow->place;
    json_auto_t *ids = json_array(), *result = NULL;
    json_auto_t *name =
        json_pack("{so}", "inventory_name", json_sprintf("Shopify opening stock %s", token));

    for (size_t i = 0; i < count; i++)
        if (!sets[i].lost)
            json_array_append_new(ids, json_integer(sets[i].quant));
    *done = true;
    if (json_array_size(ids) == 0)
        return true;
    if (!records_do(place->site->odoo, place->http, "stock.quant", "action_apply_inventory", ids,
                    NULL, name, place->class, &result, &place->odoo, err))
        return err_within(err, "set stock");
    *done = !json_is_object(result);
    return true;
}

/* ---- many at once ---- */

static bool set_some(struct stock_flow *flow, struct set *sets, size_t count, const char *token,
                     struct err *err);

/* Odoo may have put a quant to another one since: then its level is looked at again. */
static bool gone(struct stock_flow *flow, const struct set *set, bool *is, struct err *err)
{
    struct workshop_place *place = flow->place;
    json_auto_t *ids = json_pack("[I]", (json_int_t)set->quant), *fields = json_pack("[s]", "id");
    json_auto_t *rows = NULL;

    *is = false;
    if (set->quant == 0)
        return true;
    if (!records_read(place->site->odoo, place->http, "stock.quant", ids, fields, place->class,
                      &rows, &place->odoo, err))
        return err_within(err, "look for a quant");
    *is = json_array_size(rows) == 0;
    return true;
}

/* Odoo refuses: which one is it? */
static bool blame(struct stock_flow *flow, struct set *sets, size_t count, const char *token,
                  const struct err *why, struct err *err)
{
    if (!load_blames_record(why)) {
        *err = *why;
        return false;
    }
    if (count == 1) {
        bool moved;

        if (!gone(flow, sets, &moved, err))
            return false;
        if (!moved && !sets->c->ended)
            stock_failed(flow, sets->c, why);
        return true;
    }
    return set_some(flow, sets, count / 2, token, err) &&
           set_some(flow, sets + count / 2, count - count / 2, token, err);
}

static bool set_some(struct stock_flow *flow, struct set *sets, size_t count, const char *token,
                     struct err *err)
{
    struct err why = { 0 };
    bool done;

    for (size_t i = 0; i < count; i++)
        if (sets[i].made)
            sets[i].quant = 0;
    if (!load(flow, sets, count, false, &why) || !load(flow, sets, count, true, &why) ||
        !read_back(flow, sets, count, &why) || !apply(flow, sets, count, token, &done, &why))
        return blame(flow, sets, count, token, &why, err);
    for (size_t i = 0; done && i < count; i++) {
        struct stock_case *c = sets[i].c;

        if (sets[i].lost)
            continue;
        c->quant = sets[i].quant;
        c->set = ++c->applied == c->plan.count;
    }
    return true;
}

static bool set_all(struct stock_flow *flow, const char *token, struct err *err)
{
    struct set *sets = calloc(flow->count * LEVEL_WRITES_MAX, sizeof *sets);
    size_t count = 0;
    bool ok = true;

    if (sets == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    EACH_LEVEL(flow, c)
        for (size_t i = 0; to_write(c) && i < c->plan.count; i++)
            sets[count++] = (struct set){ .c = c, .quant = c->plan.writes[i].quant,
                                          .count = c->plan.writes[i].count,
                                          .made = c->plan.writes[i].quant == 0 };
    for (size_t from = 0; ok && from < count; from += CALL_MOST)
        ok = set_some(flow, sets + from, count - from < CALL_MOST ? count - from : CALL_MOST, token,
                      err);
    free(sets);
    return ok;
}

/* Those still to be written are looked at anew before they are tried again. False: none. */
static bool some_left(struct stock_flow *flow)
{
    bool some = false;

    EACH_LEVEL(flow, c)
        if (to_write(c)) {
            c->looked = false;
            some = true;
        }
    return some;
}

/* In rounds: until all is set, or it can't be told what is there. */
static bool set_rounds(struct stock_flow *flow, const char *token, struct err *err)
{
    bool ok = true;

    site_stock_turn(flow->place->site);
    for (int round = 0; ok && round < ROUNDS_MAX && some_left(flow); round++)
        ok = (round == 0 || stock_look(flow, err)) && set_all(flow, token, err);
    site_stock_done(flow->place->site);
    return ok;
}

bool stock_write(struct stock_flow *flow, struct err *err)
{
    struct intents in = { .flow = flow };
    char token[STOCK_TOKEN_MAX];

    if (!some_left(flow))
        return true;
    if (!intend_all(flow, token, err) || !set_rounds(flow, token, err))
        return false;
    EACH_LEVEL(flow, c) {
        struct err why = { 0 };

        if (!to_write(c))
            continue;
        err_set(&why, ERR_BUSY, "stock moves in Odoo while it is set");
        stock_failed(flow, c, &why);
    }
    return store_do(flow->store, know, &in, err);
}
