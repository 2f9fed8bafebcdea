/*
 * Which Odoo products the variants of a batch are. Known ones are looked at by id first, so that
 * what was deleted there is found anew; the others by SKU and barcode, all in few calls.
 */
#include "jobs/product.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "odoo/records.h"
#include "store/clinic.h"
#include "sync/order_to_odoo.h"
#include "sync/product_match.h"

#define CHUNK 800 /* values in one question; the answer has at most RECORDS_LIMIT rows */

static const struct reference *reference(struct product_flow *flow)
{
    return flow->place->picture->reference;
}

/* ---- asking Odoo ---- */

static bool search(struct product_flow *flow, const char *model, json_t *domain, json_t *fields,
                   json_t *rows, struct err *err)
{
    struct records_query query = { .model = model, .domain = domain, .fields = fields,
                                   .archived = true, .class = flow->place->class };
    size_t got = RECORDS_LIMIT;

    while (got == RECORDS_LIMIT) {
        json_auto_t *page = NULL;

        if (!records_search(flow->place->site->odoo, flow->place->http, &query, &page,
                            &flow->place->odoo, err))
            return err_within(err, "look for products");
        got = json_array_size(page);
        query.offset += got;
        json_array_extend(rows, page);
    }
    return true;
}

static json_t *product_fields(void)
{
    return json_pack("[sssss]", "id", "default_code", "barcode", "active", "product_tmpl_id");
}

/* Rows whose field is among the values, in pieces. */
static bool search_in(struct product_flow *flow, const char *field, const json_t *values,
                      json_t *rows, struct err *err)
{
    for (size_t from = 0; from < json_array_size(values); from += CHUNK) {
        json_auto_t *piece = json_array(), *fields = product_fields(), *domain = NULL;

        for (size_t i = from; i < from + CHUNK && i < json_array_size(values); i++)
            json_array_append(piece, json_array_get(values, i));
        domain = json_pack("[[ssO]]", field, "in", piece);
        if (!search(flow, "product.product", domain, fields, rows, err))
            return false;
    }
    return true;
}

static bool search_codes(struct product_flow *flow, const json_t *codes, json_t *rows,
                         struct err *err)
{
    for (size_t from = 0; from < json_array_size(codes); from += CHUNK) {
        json_auto_t *piece = json_array(), *fields = product_fields(), *domain = NULL;

        for (size_t i = from; i < from + CHUNK && i < json_array_size(codes); i++)
            json_array_append(piece, json_array_get(codes, i));
        domain = json_pack("[s[ssO][ssO]]", "|", "default_code", "in", piece, "barcode", "in",
                           piece);
        if (!search(flow, "product.product", domain, fields, rows, err))
            return false;
    }
    return true;
}

/* ---- what is known ---- */

/* From our own memory: the product's pair and those of its variants. */
static bool remembered(struct product_flow *flow, struct product_case *c, json_t *ids,
                       struct err *err)
{
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(c->product, "variants"), i, v)
    {
        int64_t id = json_int_or(v, "id", 0);
        char key[PRODUCT_KEY_MAX];
        struct pair pair;
        bool found;

        if (!pairs_by_shopify(flow->db, flow->backend, "variant", id, &pair, NULL, &found, err))
            return false;
        if (!found || pair.odoo_id == 0)
            continue;
        json_object_set_new(c->before, product_id_text(id, key), json_integer(pair.odoo_id));
        json_array_append_new(ids, json_integer(pair.odoo_id));
    }
    return true;
}

/* Ids that people gave as answers are looked at too: their template must be known. */
static void answered(struct product_flow *flow, struct product_case *c, json_t *ids)
{
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(c->product, "variants"), i, v)
    {
        const char *value = product_answer(v, reference(flow));
        unsigned long long id;

        if (value != NULL && str_number(value, INT32_MAX, &id))
            json_array_append_new(ids, json_integer((json_int_t)id));
    }
}

/* What is no longer in Odoo is no longer known. */
static void drop_gone(struct product_case *c, const json_t *found)
{
    json_t *id;
    const char *key;
    void *next;

    json_object_foreach_safe(c->before, next, key, id)
        if (product_template_of(found, json_integer_value(id)) == 0)
            json_object_del(c->before, key);
}

static bool look_at_known(struct product_flow *flow, json_t *rows, struct err *err)
{
    json_auto_t *ids = json_array(), *found = NULL;

    EACH_PRODUCT(flow, c) {
        if (!remembered(flow, c, ids, err))
            return false;
        answered(flow, c, ids);
    }
    if (!search_in(flow, "id", ids, rows, err))
        return false;
    found = product_found(rows);
    EACH_PRODUCT(flow, c) drop_gone(c, found);
    return true;
}

/* ---- SKU and barcode ---- */

static bool look_by_code(struct product_flow *flow, json_t *rows, struct err *err)
{
    json_auto_t *codes = json_array(), *asked = json_object();
    const json_t *v;
    size_t i;

    EACH_PRODUCT(flow, c) json_array_foreach(json_object_get(c->product, "variants"), i, v) {
        static const char *const fields[] = { "sku", "barcode" };
        char key[PRODUCT_KEY_MAX];

        if (json_object_get(c->before, product_id_text(json_int_or(v, "id", 0), key)) != NULL)
            continue;
        for (size_t n = 0; n < sizeof fields / sizeof fields[0]; n++) {
            const char *code = json_text(v, fields[n]);

            if (code == NULL || json_object_get(asked, code) != NULL)
                continue;
            json_object_set_new(asked, code, json_true());
            json_array_append_new(codes, json_string(code));
        }
    }
    return search_codes(flow, codes, rows, err);
}

/* Each row once: by id and by code the same product may come twice. */
static json_t *once(const json_t *rows)
{
    json_auto_t *ids = json_object();
    json_t *list = json_array(), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        char id[PRODUCT_KEY_MAX];

        product_id_text(json_int_or(row, "id", 0), id);
        if (json_object_get(ids, id) == NULL)
            json_array_append(list, row);
        json_object_set_new(ids, id, json_true());
    }
    return list;
}

/* {"PRODUCT ID": variant id}: those that another variant of the shop is paired with. */
static bool read_taken(struct product_flow *flow, const json_t *rows, json_t *taken,
                       struct err *err)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        char id[PRODUCT_KEY_MAX];
        struct pair pair;
        bool found;

        if (!pairs_by_odoo(flow->db, flow->backend, "product.product", json_int_or(row, "id", 0),
                           &pair, NULL, &found, err))
            return false;
        if (found && pair.shopify_id != 0 && strcmp(pair.kind, "variant") == 0)
            json_object_set_new(taken, product_id_text(pair.odoo_id, id),
                                json_integer(pair.shopify_id));
    }
    return true;
}

/* The external ids of the templates of rows, as far as no variant is paired with them. */
static bool read_named(struct product_flow *flow, const json_t *rows, const json_t *taken,
                       struct err *err)
{
    json_auto_t *ids = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        char id[PRODUCT_KEY_MAX];
        json_int_t product = json_int_or(row, "id", 0);

        if (json_object_get(taken, product_id_text(product, id)) == NULL)
            json_array_append_new(ids, json_integer(product_template_of(flow->found, product)));
    }
    return product_name_templates(flow, ids, err);
}

/* The product of the shop that an external id of ours says; 0: it says none. */
static int64_t maker_of(struct product_flow *flow, const char *xmlid)
{
    char own[RECORDS_XMLID_MAX];
    unsigned long long id;
    size_t len;

    if (!plan_xmlid(own, sizeof own, flow->place->site->key, "product", "0"))
        return 0;
    len = strlen(own) - 1;
    return strncmp(xmlid, own, len) == 0 && str_number(xmlid + len, INT64_MAX, &id) ? (int64_t)id :
                                                                                      0;
}

/* {"PRODUCT ID": product of the shop}: what runs made whose end is not written down (yet). */
static json_t *makers_of(struct product_flow *flow, const json_t *rows)
{
    json_t *makers = json_object();
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        char id[PRODUCT_KEY_MAX], template[PRODUCT_KEY_MAX];
        json_int_t product = json_int_or(row, "id", 0);
        int64_t maker;

        product_id_text(product_template_of(flow->found, product), template);
        maker = maker_of(flow, json_text_or(flow->named, template, ""));
        if (maker != 0)
            json_object_set_new(makers, product_id_text(product, id), json_integer(maker));
    }
    return makers;
}

/* What is not this product's to take: paired with a variant, or made for another product. */
static json_t *taken_from(const struct product_case *c, const json_t *taken, const json_t *makers)
{
    json_t *all = json_object_size(makers) > 0 ? json_copy((json_t *)(uintptr_t)taken) :
                                                 json_incref((json_t *)(uintptr_t)taken);
    json_t *maker;
    const char *id;

    json_object_foreach((json_t *)(uintptr_t)makers, id, maker)
        if (json_integer_value(maker) != c->id)
            json_object_set(all, id, maker);
    return all;
}

/* ---- deciding ---- */

static void add_template(struct product_case *c, int64_t id)
{
    for (size_t i = 0; i < c->template_count; i++)
        if (c->templates[i] == id)
            return;
    if (id != 0 && c->template_count < PRODUCT_TEMPLATE_MAX)
        c->templates[c->template_count++] = id;
}

static void take_templates(struct product_flow *flow, struct product_case *c)
{
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(c->product, "variants"), i, v)
    {
        char key[PRODUCT_KEY_MAX];

        product_id_text(json_int_or(v, "id", 0), key);
        add_template(c, product_template_of(
                            flow->found, json_integer_value(json_object_get(c->links, key))));
    }
}

/* An SKU that another new product of this batch brings too; NULL: none. */
static const char *shared_sku(struct product_case *c, json_t *skus)
{
    const char *shared = NULL;
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(c->product, "variants"), i, v)
    {
        const char *sku = json_text(v, "sku");
        int64_t owner = json_integer_value(json_object_get(skus, sku != NULL ? sku : ""));

        if (sku == NULL || c->create)
            continue;
        if (owner != 0 && owner != c->id)
            shared = sku;
        else
            json_object_set_new(skus, sku, json_integer(c->id));
    }
    return shared;
}

/* It waits for the other one, which then is a product in Odoo to be asked about. */
static void refuse_shared(struct product_flow *flow, struct product_case *c, const char *sku)
{
    struct err err = { 0 };

    c->again = true;
    err_set(&err, ERR_MISSING, "another product of the shop has the SKU %.80s too: link or create it",
            sku);
    product_sku_key(err.thing, sku);
    product_failed(flow, c, &err);
}

/*
 * While an import is open: a variant, neither known nor answered, whose SKU another product of the
 * shop has too. Which of them Odoo's product is, or whether both are new, is not ours to guess.
 * *which: NULL: none.
 */
static bool find_shared(struct product_flow *flow, const struct product_case *c,
                        const json_t **which, struct err *err)
{
    const json_t *v;
    size_t i;

    *which = NULL;
    json_array_foreach(json_object_get(c->product, "variants"), i, v) {
        char key[TEXT_KEY_MAX];
        const char *sku = json_text(v, "sku");
        bool shared = false;

        if (sku == NULL || product_answer(v, reference(flow)) != NULL ||
            json_object_get(c->before, product_id_text(json_int_or(v, "id", 0), key)) != NULL)
            continue;
        product_sku_key(key, sku);
        if (!clinic_shared(flow->db, flow->backend, c->id, key + strlen("sku:"), &shared, err))
            return false;
        if (shared) {
            *which = v;
            return true;
        }
    }
    return true;
}

static bool ask_about_shared(struct product_flow *flow, struct err *err)
{
    EACH_PRODUCT(flow, c) {
        char id[PRODUCT_KEY_MAX];
        struct err why = { 0 };
        const json_t *v;

        if (!find_shared(flow, c, &v, err))
            return false;
        if (v == NULL)
            continue;
        err_set(&why, ERR_MISSING,
                "several products of the shop have the SKU %.80s: say of each what it is",
                json_text_or(v, "sku", ""));
        err_about(&why, "variant", product_id_text(json_int_or(v, "id", 0), id));
        product_failed(flow, c, &why);
    }
    return true;
}

static void decide(struct product_flow *flow, struct product_case *c, const json_t *paired,
                   const json_t *makers, json_t *skus)
{
    json_auto_t *taken = taken_from(c, paired, makers);
    struct product_around around = { .pairs = c->before, .found = flow->found, .taken = taken,
                                     .barcodes = flow->barcodes };
    json_auto_t *links = product_links(c->product, reference(flow), &around, &c->findings);
    const char *answer = json_text_or(links, "answer", ""), *shared;
    struct err err = { 0 };

    if (links == NULL)
        err_set(&err, ERR_BUSY, "no memory");
    if (links == NULL || (strcmp(answer, "skip") != 0 && !findings_err(&c->findings, &err))) {
        product_failed(flow, c, &err);
        return;
    }
    c->links = json_incref(json_object_get(links, "links"));
    c->skip = json_incref(json_object_get(links, "skip"));
    c->create = strcmp(answer, "create") == 0;
    if (strcmp(answer, "skip") == 0) {
        product_done(flow, c, "skipped", "left out, as was answered");
        return;
    }
    take_templates(flow, c);
    shared = c->template_count == 0 ? shared_sku(c, skus) : NULL;
    if (shared != NULL)
        refuse_shared(flow, c, shared);
}

/* ---- products that nothing but their name could tell ---- */

static bool nameless(const struct product_case *c)
{
    const json_t *v;
    size_t i;

    if (c->template_count > 0 || c->create || c->pair.odoo_id != 0)
        return false;
    json_array_foreach(json_object_get(c->product, "variants"), i, v)
        if (json_text(v, "sku") != NULL || json_text(v, "barcode") != NULL)
            return false;
    return true;
}

static void ask_about(struct product_flow *flow, struct product_case *c, const json_t *rows)
{
    const char *title = json_text_or(c->product, "title", "");
    char id[PRODUCT_KEY_MAX];
    struct err err = { 0 };
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        if (strcmp(json_text_or(row, "name", ""), title) != 0)
            continue;
        err_set(&err, ERR_MISSING,
                "no SKU, no barcode, and Odoo has a product of that name (%lld): link or create it",
                (long long)json_int_or(row, "id", 0));
        err_about(&err, "variant",
                  product_id_text(json_int_or(c->product, "variants.0.id", 0), id));
        product_failed(flow, c, &err);
        return;
    }
}

/*
 * Without SKU and barcode a product of the same name may be the same: a question, never a link.
 * What an earlier run made of it is no question: it has our external id.
 */
static bool ask_about_names(struct product_flow *flow, struct err *err)
{
    json_auto_t *names = json_array(), *rows = json_array(), *domain = NULL, *fields = NULL;
    json_auto_t *ids = json_array(), *named = NULL;
    json_t *row, *strangers;
    size_t i;

    EACH_PRODUCT(flow, c) if (nameless(c))
        json_array_append(names, json_object_get(c->product, "title"));
    if (json_array_size(names) == 0)
        return true;
    domain = json_pack("[[ssO]]", "name", "in", names);
    fields = json_pack("[ss]", "id", "name");
    if (!search(flow, "product.template", domain, fields, rows, err))
        return false;
    json_array_foreach(rows, i, row) json_array_append(ids, json_object_get(row, "id"));
    if (json_array_size(ids) == 0)
        return true;
    if (!records_do(flow->place->site->odoo, flow->place->http, "product.template",
                    "get_external_id", ids, NULL, NULL, flow->place->class, &named,
                    &flow->place->odoo, err))
        return err_within(err, "look for products");
    EACH_PRODUCT(flow, c) {
        char id[PRODUCT_KEY_MAX], xmlid[RECORDS_XMLID_MAX];

        if (!nameless(c) || !plan_xmlid(xmlid, sizeof xmlid, flow->place->site->key, "product",
                                        product_id_text(c->id, id)))
            continue;
        strangers = json_array();
        json_array_foreach(rows, i, row)
        {
            product_id_text(json_int_or(row, "id", 0), id);
            if (strcmp(json_text_or(named, id, ""), xmlid) != 0)
                json_array_append(strangers, row);
        }
        ask_about(flow, c, strangers);
        json_decref(strangers);
    }
    return true;
}

bool product_find(struct product_flow *flow, struct err *err)
{
    json_auto_t *all = json_array(), *rows = NULL, *taken = json_object(), *skus = json_object();
    json_auto_t *makers = NULL;

    if (!look_at_known(flow, all, err) || !look_by_code(flow, all, err))
        return false;
    rows = once(all);
    if (!read_taken(flow, rows, taken, err))
        return false;
    json_decref(flow->found);
    flow->found = product_found(rows);
    if (!read_named(flow, rows, taken, err))
        return false;
    makers = makers_of(flow, rows);
    if (!ask_about_shared(flow, err))
        return false;
    EACH_PRODUCT(flow, c) decide(flow, c, taken, makers, skus);
    return ask_about_names(flow, err);
}
