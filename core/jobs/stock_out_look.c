#include "jobs/stock_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/stock.h"
#include "odoo/records.h"

#define LEVELS_OF_ONE 2000 /* places of one item */
#define KEY_LIVES     (23 * WHEN_HOUR)

static void clear_levels(struct out_case *c)
{
    EACH_OUT_LEVEL(c, l)
        json_decref(l->level);
    free(c->levels);
    c->levels = NULL;
    c->count = 0;
}

void out_case_clear(struct out_case *c)
{
    clear_levels(c);
    json_decref(c->node);
}

static void leave(struct out_case *c, const char *words)
{
    c->ended = true;
    str_copy(c->words, sizeof c->words, words);
}

/* ---- which products ---- */

static bool know_variant(struct out_flow *flow, struct out_case *c, struct err *err)
{
    struct pair pairs[2];
    size_t count = 2;
    char variant[32];

    if (!pairs_of_odoo(flow->db, flow->place->site->id, "variant", "product.product", c->product,
                       pairs, &count, err))
        return false;
    if (count == 0) {
        leave(c, "no variant of the shop is linked to it: left alone");
        return true;
    }
    c->variant = pairs[0].shopify_id;
    if (pairs[0].title[0] != '\0')
        str_copy(c->title, sizeof c->title, pairs[0].title);
    if (count < 2)
        return true;
    c->ended = true;
    err_set(&c->why, ERR_REFUSED,
            "variants %" PRId64 " and %" PRId64
            " of Shopify are one product in Odoo: each would offer all of it",
            pairs[0].shopify_id, pairs[1].shopify_id);
    snprintf(variant, sizeof variant, "%" PRId64, pairs[1].shopify_id);
    err_about(&c->why, "variant", variant);
    return true;
}

bool stock_out_find(struct out_flow *flow, struct err *err)
{
    json_auto_t *ids = json_array(), *fields = level_product_fields(flow->fields);

    EACH_OUT(flow, c)
        if (!know_variant(flow, c, err))
            return false;
    EACH_OUT(flow, c)
        json_array_append_new(ids, json_integer(c->product));
    if (json_array_size(ids) == 0)
        return true;
    if (!records_read(flow->place->site->odoo, flow->place->http, "product.product", ids, fields,
                      flow->place->class, &flow->rows, &flow->place->odoo, err))
        return err_within(err, "read products");
    EACH_OUT(flow, c) {
        char words[LEVEL_WORDS_MAX];

        c->row = records_row(flow->rows, c->product);
        if (c->row == NULL)
            leave(c, "deleted in Odoo: what the shop offers is left as it is");
        else if (level_stocked(c->row, words) == LEVEL_LEAVE)
            leave(c, words);
        else if (json_text(c->row, "default_code") != NULL)
            str_copy(c->title, sizeof c->title, json_text(c->row, "default_code"));
    }
    return true;
}

/* ---- what the shop offers ---- */

static bool read_shop(struct out_flow *flow, struct err *err)
{
    struct workshop_place *place = flow->place;
    int64_t ids[LEVELS_MAX];
    json_auto_t *nodes = NULL;
    size_t count = 0, i = 0;

    EACH_OUT(flow, c)
        if (!c->looked && count < LEVELS_MAX)
            ids[count++] = c->variant;
    if (count == 0)
        return true;
    workshop_count(place->workshop, 0, 1);
    if (!levels_of_variants(place->site->shop, place->http, ids, count, place->class, &nodes,
                            &place->shopify, err))
        return err_within(err, "read stock from Shopify");
    EACH_OUT(flow, c) {
        if (c->looked || i == count)
            continue;
        json_decref(c->node);
        c->node = json_incref(json_array_get(nodes, i++));
    }
    return true;
}

/* The level as level_from_shopify wants it: with its item inside. */
static json_t *level_node(const json_t *variant, const json_t *level)
{
    const json_t *item = json_object_get(variant, "inventoryItem");
    json_t *node = json_copy((json_t *)(uintptr_t)level);

    json_object_set_new(node, "item",
                        json_pack("{sOsO*sOs{s[{sO}]}}", "id", json_object_get(item, "id"), "sku",
                                  json_object_get(variant, "sku"), "tracked",
                                  json_object_get(item, "tracked"), "variants", "nodes", "id",
                                  json_object_get(variant, "id")));
    return node;
}

/* What was there before of the same place: a look again changes no end. */
static const struct out_level *level_before(const struct out_level *list, size_t count,
                                            int64_t location)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].location == location)
            return &list[i];
    return NULL;
}

/* A sending whose outcome is not known: its key, as long as Shopify keeps it. */
static bool read_intent(struct out_flow *flow, struct out_level *l, struct err *err)
{
    char mark[EFFECT_MARK_MAX];
    struct effect effect;

    stock_out_mark(l, mark);
    if (flow->store == NULL)
        return true;
    if (!effects_get(flow->db, flow->place->site->id, mark, &effect, err))
        return false;
    if (effect.state == EFFECT_SENT && when_now() - effect.intended < KEY_LIVES)
        str_copy(l->key, sizeof l->key, effect.step);
    return true;
}

static void fill_level(struct out_flow *flow, struct out_case *c, struct out_level *l,
                       const json_t *node)
{
    json_auto_t *whole = level_node(c->node, node);
    struct findings findings;

    findings_init(&findings);
    *l = (struct out_level){ .of = c };
    l->level = level_from_shopify(whole, &findings, &l->why);
    if (l->level == NULL) {
        l->fate = OUT_BAD;
        return;
    }
    l->item = json_int_or(l->level, "item_id", 0);
    l->location = json_int_or(l->level, "location_id", 0);
    if (offer_place(l->level, flow->place->picture->reference, &l->place, l->words) == LEVEL_LEAVE)
        l->fate = OUT_LEFT;
}

static bool take_levels(struct out_flow *flow, struct out_case *c, struct err *err)
{
    const json_t *nodes = json_at(c->node, "inventoryItem.inventoryLevels.nodes"), *node;
    struct out_level *old = c->levels;
    size_t before = c->count, count = json_array_size(nodes), i;
    bool ok = true;

    c->levels = calloc(count + 1, sizeof *c->levels);
    c->count = 0;
    if (c->levels == NULL) {
        c->levels = old;
        c->count = before;
        return err_set(err, ERR_BUSY, "no memory for levels");
    }
    json_array_foreach(nodes, i, node) {
        struct out_level *l = &c->levels[c->count];
        const struct out_level *was;

        if (i == LEVELS_OF_ONE)
            break;
        fill_level(flow, c, l, node);
        was = level_before(old, before, l->location);
        c->count++;
        ok = ok && read_intent(flow, l, err);
        l->first = was != NULL ? was->first : json_int_or(l->level, "available", 0);
        if (was != NULL && was->fate != OUT_OPEN)
            l->fate = was->fate;
        if (was != NULL && was->fate == OUT_BAD)
            l->why = was->why;
        if (was != NULL && was->fate == OUT_SET)
            l->offer = was->offer;
    }
    for (i = 0; i < before; i++)
        json_decref(old[i].level);
    free(old);
    return ok;
}

static bool open_levels(struct out_flow *flow, struct err *err)
{
    EACH_OUT(flow, c) {
        if (c->looked)
            continue;
        if (!json_is_object(c->node)) {
            c->gone = true;
            leave(c, "the variant was deleted in Shopify: left alone");
        } else if (!json_flag(c->node, "inventoryItem.tracked"))
            leave(c, "Shopify does not track its quantity: left alone");
        else if (!take_levels(flow, c, err))
            return false;
    }
    return true;
}

/* ---- what Odoo has ---- */

static bool is_open(const struct out_level *l)
{
    return l->fate == OUT_OPEN && !l->of->looked;
}

static double free_of(const json_t *quants, int64_t product)
{
    const json_t *quant;
    double sum = 0;
    size_t i;

    json_array_foreach(quants, i, quant)
        if (json_int_or(quant, "product_id.0", 0) == product)
            sum += json_real_or(quant, "quantity", 0) - json_real_or(quant, "reserved_quantity", 0);
    return sum;
}

static void plan(struct out_flow *flow, struct out_level *l, const json_t *quants,
                 const json_t *seen)
{
    int64_t safety = flow->place->site->policies.number[POLICY_stock_safety];

    offer_plan(l->level, free_of(quants, l->of->product), stock_out_unseen(l->of, l->level, seen),
               safety, &l->offer);
    l->risky = l->offer.risk;
    /* one that may be under way under a key is sent again, so that the key is spent */
    if (l->offer.same && (l->key[0] == '\0' || l->offer.from < 0))
        l->fate = OUT_SAME;
}

/* All open levels of that place. */
static bool look_at(struct out_flow *flow, int64_t at, const json_t *seen, struct err *err)
{
    json_auto_t *products = json_array(), *quants = json_array();

    EACH_OUT(flow, c)
        EACH_OUT_LEVEL(c, l)
            if (is_open(l) && l->place == at)
                json_array_append_new(products, json_integer(c->product));
    if (!stock_quants(flow->place, at, products, quants, err))
        return false;
    EACH_OUT(flow, c)
        EACH_OUT_LEVEL(c, l)
            if (is_open(l) && l->place == at) {
                plan(flow, l, quants, seen);
                l->place = -at; /* looked at */
            }
    return true;
}

static bool read_places(struct out_flow *flow, const json_t *seen, struct err *err)
{
    EACH_OUT(flow, c)
        EACH_OUT_LEVEL(c, l)
            if (is_open(l) && l->place > 0 && !look_at(flow, l->place, seen, err))
                return false;
    EACH_OUT(flow, c) {
        EACH_OUT_LEVEL(c, l)
            l->place = l->place < 0 ? -l->place : l->place;
        c->looks += !c->looked;
        c->looked = true;
    }
    return true;
}

bool stock_out_look(struct out_flow *flow, struct err *err)
{
    json_auto_t *seen = json_object();

    return read_shop(flow, err) && open_levels(flow, err) && stock_out_seen(flow, seen, err) &&
           read_places(flow, seen, err);
}
