/* What is empty in Odoo's own products and the shop knows: filled, and nothing else. */
#include "jobs/product.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "jobs/load.h"
#include "sync/sheet.h"

/* One row of ".id" and the given texts. Takes nothing. */
static json_t *plan(const char *model, const char *id, const json_t *texts)
{
    char name[96];
    const char *field;
    json_t *text;
    struct sheet s;

    snprintf(name, sizeof name, "%.60s,%.30s", model, id);
    sheet_begin(&s);
    sheet_text(&s, ".id", id);
    json_object_foreach((json_t *)(uintptr_t)texts, field, text)
        sheet_text(&s, field, json_string_value(text));
    return sheet_plan(&s, model, name);
}

/* A load that writes takes no create-once context. */
static void add(json_t *plans, json_t *one)
{
    json_object_set_new(one, "context", json_object());
    json_array_append_new(plans, one);
}

static void plan_case(const struct product_case *c, json_t *plans)
{
    const json_t *template = json_object_get(c->compared, "template");
    char id[PRODUCT_KEY_MAX];
    const char *product;
    json_t *texts;

    if (json_object_size(template) > 0)
        add(plans, plan("product.template", product_id_text(c->templates[0], id), template));
    json_object_foreach(json_object_get(c->compared, "variants"), product, texts)
        add(plans, plan("product.product", product, texts));
}

static bool refusal(const struct product_case *c, const json_t *refused, struct err *why)
{
    json_auto_t *mine = json_array();
    const json_t *one;
    size_t i;

    plan_case(c, mine);
    json_array_foreach(mine, i, one)
        if (load_refused(refused, json_text_or(one, "xmlid", ""), why))
            return true;
    return false;
}

bool product_fill(struct product_flow *flow, struct err *err)
{
    json_auto_t *plans = json_array(), *refused = json_object();

    EACH_PRODUCT(flow, c) if (c->compared != NULL) plan_case(c, plans);
    if (!load_write(flow->place, plans, PRODUCT_LOAD_MOST, refused, err))
        return err_within(err, "fill what is empty");
    EACH_PRODUCT(flow, c) {
        struct err why = { 0 };

        if (c->compared == NULL)
            continue;
        if (json_object_size(refused) > 0 && refusal(c, refused, &why)) {
            err_within(&why, "fill what is empty");
            product_failed(flow, c, &why);
            continue;
        }
        if (json_len(c->compared, "changes") > 0)
            c->filled = true;
    }
    return true;
}
