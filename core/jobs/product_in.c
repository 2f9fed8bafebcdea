#include "jobs/product.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/reads.h"
#include "store/jobs.h"
#include "sync/product_from_shopify.h"

void product_case_clear(struct product_case *c)
{
    json_decref(c->product);
    json_decref(c->options);
    json_decref(c->agreed);
    json_decref(c->before);
    json_decref(c->links);
    json_decref(c->skip);
    json_decref(c->seen);
    json_decref(c->compared);
    json_decref(c->lines);
    json_decref(c->image);
}

/* ---- reading ---- */

/* Is this payload the product itself, or only a hint that something happened to it? */
static bool whole(const json_t *node)
{
    return json_is_array(json_at(node, "variants.nodes"));
}

static bool read_pair(struct product_flow *flow, struct product_case *c, struct err *err)
{
    char *agreed = NULL;
    bool found = false;

    if (!pairs_by_shopify(flow->db, flow->backend, "product", c->id, &c->pair, &agreed, &found,
                          err))
        return false;
    if (!found)
        memset(&c->pair, 0, sizeof c->pair);
    if (agreed != NULL)
        c->agreed = json_read(agreed, strlen(agreed), "what was agreed", err);
    free(agreed);
    return agreed == NULL || c->agreed != NULL;
}

bool product_take(struct product_flow *flow, struct product_case *c, const json_t *node)
{
    struct err err = { 0 };

    c->product = product_from_shopify(node, flow->place->picture->reference, &c->findings, &err);
    if (c->product == NULL)
        return (product_failed(flow, c, &err), false);
    c->id = json_int_or(c->product, "id", 0);
    c->options = product_options(c->product);
    c->before = json_object();
    if (!read_pair(flow, c, &err))
        return (product_failed(flow, c, &err), false);
    if (c->options == NULL || c->before == NULL) {
        err_set(&err, ERR_BUSY, "no memory");
        return (product_failed(flow, c, &err), false);
    }
    if (c->job != NULL && c->pair.odoo_id != 0 &&
        json_int_or(c->product, "updated_at", 0) < c->pair.shopify_at) {
        product_done(flow, c, "older", "older than what is known: nothing changed");
        return false;
    }
    return true;
}

/* As the import put it together; else read anew. NULL with err. */
static json_t *read_node(struct product_flow *flow, struct product_case *c, struct err *err)
{
    struct workshop_place *place = flow->place;
    struct err gone = { 0 };
    size_t len = 0;
    char *text = jobs_payload(flow->db, c->job->job.id, &len, &gone);
    json_t *node = NULL;
    struct shop *shop;
    bool ok;

    if (text == NULL && gone.kind != ERR_MISSING)
        return (*err = gone, NULL);
    if (text != NULL && len > 0)
        node = json_read(text, len, "product", err);
    if (text != NULL && len > 0 && node == NULL) {
        free(text);
        return NULL;
    }
    free(text);
    if (whole(node))
        return node;
    json_decref(node);
    node = NULL;
    shop = workshop_shop(place, err);
    if (shop == NULL)
        return NULL;
    ok = products_fetch(shop, place->http, c->id, place->class, &node, &place->shopify, err);
    workshop_asked(place, ok, err);
    if (!ok) {
        batch_talk(c->job, place->shopify.request.data, place->shopify.response.data,
                   place->shopify.request_id);
        err_within(err, "read the product from Shopify");
    }
    workshop_count(place->workshop, 0, 1);
    return node;
}

static void read_case(struct product_flow *flow, struct product_case *c)
{
    struct err err = { 0 };
    json_t *node;

    findings_init(&c->findings);
    c->id = jobs_record_id(c->job->job.record, "product:");
    if (c->id == 0) {
        err_set(&err, ERR_INVALID, "the job names no product");
        product_failed(flow, c, &err);
        return;
    }
    node = read_node(flow, c, &err);
    if (node == NULL)
        product_failed(flow, c, &err);
    else
        product_take(flow, c, node);
    json_decref(node);
}

/* ---- the flow ---- */

static bool flow_begin(struct product_flow *flow, struct workshop_place *place, struct db *db,
                       int64_t backend, size_t count, struct err *err)
{
    *flow = (struct product_flow){ .place = place, .db = db, .backend = backend };
    flow->cases = calloc(count > 0 ? count : 1, sizeof *flow->cases);
    flow->barcodes = json_object();
    flow->named = json_object();
    flow->words = json_pack("{s{}s{}s{}s{}s{}}", "attributes", "values", "tags", "categories",
                            "pricelists");
    if (flow->cases == NULL || flow->barcodes == NULL || flow->named == NULL || flow->words == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    flow->count = count;
    return true;
}

static void flow_end(struct product_flow *flow)
{
    for (size_t i = 0; i < flow->count; i++)
        product_case_clear(&flow->cases[i]);
    free(flow->cases);
    json_decref(flow->found);
    json_decref(flow->named);
    json_decref(flow->barcodes);
    json_decref(flow->words);
    json_decref(flow->fields);
}

static void say_made(struct product_flow *flow, struct product_case *c)
{
    size_t variants = json_object_size(c->links);

    product_done(flow, c, "created", "made in Odoo: product %" PRId64 ", %zu variant%s",
                 c->templates[0], variants, variants == 1 ? "" : "s");
}

/* "Barcode of TS-1, Weight of TS-1" */
static void changed_words(const struct product_case *c, char *to, size_t size)
{
    const json_t *row;
    AUTO_STR words;
    size_t i;

    str_init(&words, size - 1);
    json_array_foreach(json_object_get(c->compared, "changes"), i, row)
        if (!str_addf(&words, "%s%s", i > 0 ? ", " : "", json_text_or(row, "label", "?")))
            break;
    if (product_is_short(c))
        str_addf(&words, "%snew variants", words.len > 0 ? ", " : "");
    str_copy(to, size, words.data);
}

static void close_all(struct product_flow *flow)
{
    EACH_PRODUCT(flow, c) {
        bool linked = c->pair.odoo_id == 0 && !c->ours;
        char words[160];

        if (c->made) {
            say_made(flow, c);
            continue;
        }
        changed_words(c, words, sizeof words);
        if (c->filled)
            product_done(flow, c, linked ? "linked" : "filled",
                         "%s product %" PRId64 " of Odoo, filled: %s",
                         linked ? "linked with" : "is", c->templates[0], words);
        else if (linked)
            product_done(flow, c, "linked", "linked with product %" PRId64 " of Odoo",
                         c->templates[0]);
        else
            product_done(flow, c, "same", "nothing to change");
    }
}

/* Which fields there are is asked (once a day) only when a metafield is mapped to one. */
static bool know_fields(struct product_flow *flow, struct err *err)
{
    struct workshop_place *place = flow->place;

    if (json_object_size(reference_mappings(place->picture->reference, "metafield")) == 0)
        return true;
    flow->fields = odoo_reference_fields(place->site->cache, place->http, "product.template",
                                         &place->odoo, err);
    return flow->fields != NULL || err_within(err, "read the fields of products");
}

static void run(struct product_flow *flow)
{
    struct err err = { 0 };

    if (know_fields(flow, &err) && product_find(flow, &err) && product_look(flow, &err) && product_words(flow, &err) &&
        product_make(flow, &err) && product_fill(flow, &err) && product_images(flow, &err)) {
        close_all(flow);
        return;
    }
    EACH_PRODUCT(flow, c) product_failed(flow, c, &err);
}

void product_in_run(void *workshop, struct batch *batch)
{
    struct workshop_place place;
    struct product_flow flow;
    struct err err = { 0 };

    if (!workshop_enter(&place, workshop, batch, true))
        return;
    if (!flow_begin(&flow, &place, batch->db, batch->backend, batch->count, &err)) {
        for (size_t i = 0; i < batch->count; i++)
            batch_failed(&batch->jobs[i], &err);
    } else {
        flow.store = batch->store;
        for (size_t i = 0; i < flow.count; i++) {
            flow.cases[i].job = &batch->jobs[i];
            read_case(&flow, &flow.cases[i]);
        }
        run(&flow);
        product_count(&flow);
    }
    flow_end(&flow);
    workshop_leave(&place);
}

/* The same of one that Shopify tells of: in a lane that waits while an import is open. */
void product_seen_run(void *workshop, struct batch *batch)
{
    product_in_run(workshop, batch);
}

/* ---- the rehearsal ---- */

/* Variants that would be made on a product of ours are a change too. */
static json_t *changes_of(const struct product_case *c)
{
    json_t *changes = json_deep_copy(json_object_get(c->compared, "changes"));
    size_t count = json_object_size(json_object_get(c->compared, "missing"));

    if (product_is_short(c))
        json_array_append_new(changes, json_pack("{sssssnso}", "field", "variants", "label",
                                                 "Variants", "from", "to",
                                                 json_sprintf("%zu more", count)));
    if (json_array_size(changes) == 0) {
        json_decref(changes);
        return NULL;
    }
    return changes;
}

static void verdict(const struct product_flow *flow, const struct product_case *c,
                    struct rehearsed *out)
{
    out->shopify_id = c->id;
    str_copy(out->title, sizeof out->title, json_text_or(c->product, "title", ""));
    str_copy(out->model, sizeof out->model, "product.template");
    out->uses = product_uses(flow, c);
    if (c->ended) {
        out->verdict = REHEARSE_REFUSED;
        out->why = c->why;
        if (c->why.kind == ERR_NONE)
            err_set(&out->why, ERR_REFUSED, "left out, as was answered");
        return;
    }
    out->verdict = REHEARSE_NEW;
    if (c->template_count == 0)
        return;
    out->odoo_id = c->templates[0];
    out->changes = changes_of(c);
    out->verdict = out->changes != NULL ? REHEARSE_CHANGES : REHEARSE_SAME;
}

bool product_rehearse(struct workshop_place *place, struct db *db, json_t *const *records,
                      struct rehearsed *out, size_t count, struct err *err)
{
    struct product_flow flow;
    json_auto_t *lookalikes = NULL;
    bool good = flow_begin(&flow, place, db, place->site->id, count, err);

    for (size_t i = 0; good && i < count; i++) {
        findings_init(&flow.cases[i].findings);
        product_take(&flow, &flow.cases[i], records[i]);
        good = flow.cases[i].why.kind != ERR_BUSY;
        if (!good)
            *err = flow.cases[i].why;
    }
    good = good && know_fields(&flow, err) && product_find(&flow, err) &&
           product_look(&flow, err) && product_lookalikes(&flow, &lookalikes, err);
    for (size_t i = 0; good && i < count; i++) {
        memset(&out[i], 0, sizeof out[i]);
        verdict(&flow, &flow.cases[i], &out[i]);
        out[i].asks = product_asks(&flow, &flow.cases[i], lookalikes);
    }
    flow_end(&flow);
    return good;
}
