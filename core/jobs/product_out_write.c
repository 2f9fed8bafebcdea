#include "jobs/product_out.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "shopify/variants.h"
#include "sync/goods.h"

static const struct reference *reference(const struct goods_flow *flow)
{
    return flow->place->picture->reference;
}

/* ---- the shop ---- */

/* Nothing of the record is written; what was agreed stays agreed. */
static void take_back(struct goods_case *c)
{
    json_decref(c->merge);
    c->merge = json_incref(c->held);
}

static void refused(struct goods_case *c, const struct err *why)
{
    if (c->ask.live.id != 0) {
        take_back(c);
        ask_refused(&c->ask, why->text);
        return;
    }
    goods_fail(c, why);
    err_within(&c->why, "%.60s", c->name[0] != '\0' ? c->name : "the variant");
}

/* Does it go, and with that product? */
static bool goes(const struct goods_case *c, int64_t product)
{
    return !c->ended && c->input != NULL && !c->told && c->shop_product == product;
}

static bool send_product(struct goods_flow *flow, int64_t product, struct err *err)
{
    struct workshop_place *place = flow->place;
    struct variant_row *rows AUTO_FREE = calloc(VARIANTS_MOST, sizeof *rows);
    struct goods_case *of[VARIANTS_MOST];
    struct err why = { 0 };
    size_t count = 0;
    bool ok;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    EACH_GOODS(flow, c)
        if (goes(c, product) && count < VARIANTS_MOST) {
            of[count] = c;
            rows[count++].input = c->input;
        }
    workshop_count(place->workshop, 0, 1);
    ok = variants_update(place->site->shop, place->http, product, rows, count, place->class,
                         &place->shopify, &why);
    if (!ok && why.kind != ERR_REFUSED && why.kind != ERR_MISSING) {
        *err = why;
        return err_within(err, "write variants at Shopify");
    }
    for (size_t i = 0; i < count; i++) {
        of[i]->told = true;
        if (!ok || rows[i].why.kind != ERR_NONE)
            refused(of[i], ok ? &rows[i].why : &why);
    }
    return true;
}

static bool tell_all(struct goods_flow *flow, struct err *err)
{
    EACH_GOODS(flow, c) {
        const json_t *fields = json_object_get(c->merge, "to_shopify");

        c->watched = !flow->write;
        if (flow->write && json_object_size(fields) > 0)
            c->input = goods_input(fields, c->pair.shopify_id, reference(flow));
    }
    EACH_GOODS(flow, c)
        if (goes(c, c->shop_product) && !send_product(flow, c->shop_product, err))
            return false;
    return true;
}

/* ---- Odoo ---- */

static bool tell_odoo(struct goods_flow *flow, struct goods_case *c, struct err *err)
{
    struct workshop_place *place = flow->place;
    json_auto_t *values = goods_values(json_object_get(c->merge, "to_odoo"), reference(flow));
    json_auto_t *ids = json_pack("[I]", (json_int_t)c->product);
    struct err why = { 0 };

    if (json_object_size(values) == 0 || c->watched)
        return true;
    if (records_write(place->site->odoo, place->http, "product.product", ids, values, NULL,
                      place->class, &place->odoo, &why))
        return true;
    if (why.kind == ERR_BUSY || why.kind == ERR_LIMITED || why.kind == ERR_UNSURE)
        return (*err = why, err_within(err, "write products in Odoo"));
    goods_fail(c, &why);
    return true;
}

bool product_out_write(struct goods_flow *flow, struct err *err)
{
    if (!tell_all(flow, err))
        return false;
    if (!flow->write)
        return true;
    EACH_GOODS(flow, c)
        if (!tell_odoo(flow, c, err))
            return false;
    return true;
}
