#include "jobs/product_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "jobs/closing.h"
#include "jobs/product.h"
#include "store/history.h"
#include "sync/goods.h"

/* ---- templates ---- */

struct fan {
    int64_t backend;
    json_t *variants;
};

static void fan_free(void *ctx)
{
    struct fan *fan = ctx;

    json_decref(fan->variants);
    free(fan);
}

static bool fan_change(struct db *db, void *ctx, struct err *err)
{
    const struct fan *fan = ctx;
    const json_t *id;
    size_t i;

    json_array_foreach(fan->variants, i, id)
        if (!product_out_add(db, fan->backend, json_integer_value(id), err))
            return false;
    return true;
}

static void end_template(struct goods_flow *flow, struct goods_case *c)
{
    struct fan *fan = calloc(1, sizeof *fan);
    struct err err = { 0 };

    if (fan == NULL) {
        err_set(&err, ERR_BUSY, "no memory");
        batch_failed(c->job, &err);
        return;
    }
    fan->backend = flow->place->site->id;
    fan->variants = json_deep_copy(c->variants); /* the writer's own */
    batch_done(c->job);
    batch_change(c->job, fan_change, fan, fan_free);
}

/* ---- variants ---- */

/* The pair of a variant that is gone in the shop says so. */
static void flag_gone(struct goods_case *c, struct closing *closing)
{
    struct pair pair = c->pair;

    if (!c->gone || (pair.flags & PAIR_GONE_SHOPIFY) != 0)
        return;
    pair.flags |= PAIR_GONE_SHOPIFY;
    closing_pair(closing, &pair, NULL);
}

static void remember(struct goods_case *c, struct closing *closing)
{
    json_t *agreed = json_object_get(c->merge, "agreed");
    json_t *apart = json_object_get(c->merge, "apart");
    json_auto_t *held = json_pack("{sO?sO?}", "agreed", agreed, "apart", apart);
    struct pair pair = c->pair;

    pair.odoo_at = c->odoo_at > pair.odoo_at ? c->odoo_at : pair.odoo_at;
    pair.flags &= ~(unsigned)PAIR_GONE_SHOPIFY;
    closing_pair(closing, &pair, held != NULL ? json_write(held) : NULL);
    closing_key(closing, json_text(c->shop, "sku"));
    closing_key(closing, json_text(c->shop, "barcode"));
    closing_key(closing, json_text(agreed, "sku"));
    closing_key(closing, json_text(agreed, "barcode"));
}

static void event_of(struct goods_flow *flow, struct goods_case *c, const char *list,
                     const json_t *from, const char *what, const char *begin,
                     struct closing *closing)
{
    char words[160], text[FINDING_TEXT_MAX];
    const json_t *fields = json_object_get(c->merge, list);

    if (json_object_size(fields) == 0)
        return;
    goods_words(fields, from, flow->place->picture->reference, words, sizeof words);
    snprintf(text, sizeof text, "%s%s", begin, words);
    closing_event(closing, what, text);
}

/* Every field that both hold alike, for the screen that asks about the rest. */
static json_t *same_of(const struct goods_case *c)
{
    json_t *same = json_object(), *value;
    const char *field;

    json_object_foreach(c->shop, field, value)
        if (!json_is_null(value) && json_equal(value, json_object_get(c->odoo, field)))
            json_object_set(same, kind_field(kind_of("variant"), field)->label, value);
    return same;
}

static void end_merged(struct goods_flow *flow, struct goods_case *c, struct closing *closing)
{
    json_auto_t *same = same_of(c);
    struct ask_about about = { .kind = kind_of("variant"), .title = c->name, .pair = c->pair.id,
                               .shopify_at = c->shopify_at, .odoo_at = c->odoo_at, .same = same };

    if (c->watched) {
        event_of(flow, c, "to_shopify", c->shop, "differs", "would be written to the shop: ",
                 closing);
        event_of(flow, c, "to_odoo", c->odoo, "differs", "would be written to Odoo: ", closing);
        batch_done(c->job);
        return;
    }
    closing_findings(closing, &c->findings);
    event_of(flow, c, "to_shopify", c->shop, "published", "written to the shop: ", closing);
    event_of(flow, c, "to_odoo", c->odoo, "filled", "written to Odoo: ", closing);
    remember(c, closing);
    if (json_object_size(json_object_get(c->merge, "to_shopify")) > 0)
        closing_counter(closing, "products.out");
    ask_close(&c->ask, &about, c->job, closing);
}

static bool passes(const struct err *err)
{
    return err->kind == ERR_BUSY || err->kind == ERR_LIMITED || err->kind == ERR_UNSURE;
}

void product_out_end(struct goods_flow *flow, struct goods_case *c, const struct err *failed)
{
    const struct err *why = c->ended ? &c->why : failed;
    struct closing *closing;

    if (c->variants != NULL) {
        end_template(flow, c);
        return;
    }
    if (why->kind != ERR_NONE) {
        batch_failed(c->job, why);
        batch_talk(c->job, flow->place->shopify.request.data, flow->place->shopify.response.data,
                   flow->place->shopify.request_id);
    }
    if (passes(why))
        return; /* it goes on by itself: the attempt says enough */
    closing = closing_new(flow->place->site->id, c->job);
    if (c == flow->cases)
        closing_calls(closing, flow->place->odoo.calls);
    if (why->kind != ERR_NONE) {
        closing_event(closing, err_name(why->kind), why->text);
    } else if (c->ended) {
        batch_done(c->job);
        closing_event(closing, "left", c->words);
        flag_gone(c, closing);
    } else {
        end_merged(flow, c, closing);
    }
    closing_send(c->job, closing);
}
