/* The rehearsal of a step: each row held against Odoo as it is now; nothing is written there. */
#include "jobs/import.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "store/jobs.h"
#include "store/mappings.h"

/* What a plan says, in 64 hex digits: another print later means that a side has moved. */
static void print_of(const struct import_item *item, char print[65])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const char *verdict = import_verdict_name(item->verdict);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char odoo[24];

    snprintf(odoo, sizeof odoo, "%lld", item->odoo > 0 ? (long long)item->odoo : 0LL);
    if (ctx == NULL || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) ||
        !EVP_DigestUpdate(ctx, verdict, strlen(verdict) + 1) ||
        !EVP_DigestUpdate(ctx, odoo, strlen(odoo) + 1) ||
        (item->changes != NULL && !EVP_DigestUpdate(ctx, item->changes, strlen(item->changes))) ||
        !EVP_DigestFinal_ex(ctx, digest, &len))
        len = 0;
    EVP_MD_CTX_free(ctx);
    print[0] = '\0';
    if (len == 32)
        hex_encode(print, digest, len);
}

static enum import_verdict verdict_of(enum rehearse_verdict verdict)
{
    switch (verdict) {
    case REHEARSE_NEW:
        return IMPORT_VERDICT_NEW;
    case REHEARSE_SAME:
        return IMPORT_VERDICT_SAME;
    case REHEARSE_CHANGES:
        return IMPORT_VERDICT_CHANGES;
    case REHEARSE_REFUSED:
        break;
    }
    return IMPORT_VERDICT_REFUSED;
}

static void fill(struct import_item *item, struct rehearsed *from)
{
    char *changes = from->changes != NULL ? json_write(from->changes) : NULL;

    free(item->changes);
    item->changes = NULL;
    if (changes != NULL && strlen(changes) < IMPORT_CHANGES_MAX)
        item->changes = TAKE(changes);
    free(changes);
    item->verdict = verdict_of(from->verdict);
    item->odoo = from->odoo_id;
    item->why = from->why;
    str_copy(item->title, sizeof item->title, from->title);
    str_copy(item->model, sizeof item->model, from->model);
    print_of(item, item->print);
    json_decref(from->changes);
}

static void broken(struct import_item *item, const struct err *why)
{
    item->verdict = IMPORT_VERDICT_REFUSED;
    item->why = *why;
    print_of(item, item->print);
}

static void hand_over(json_t *list, json_t **to)
{
    if (to != NULL)
        *to = list;
    else
        json_decref(list);
}

bool import_look(struct import_work *work, struct import_item *items, json_t **uses, json_t **asks,
                 size_t count, struct err *err)
{
    const struct import_kind *kind = import_kind(work->step->step);
    struct rehearsed *out AUTO_FREE = calloc(count + 1, sizeof *out);
    json_t **records AUTO_FREE = calloc(count + 1, sizeof(json_t *));
    struct import_item **of AUTO_FREE = calloc(count + 1, sizeof *of);
    size_t n = 0;
    bool ok;

    if (out == NULL || records == NULL || of == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    for (size_t i = 0; i < count; i++) {
        struct err why = { 0 };

        if (items[i].body == NULL) {
            err_set(&why, ERR_MISSING, "its line is not whole: the job will read it alone");
            broken(&items[i], &why);
            continue;
        }
        records[n] = json_read(items[i].body, items[i].body_len, "the record", &why);
        if (records[n] == NULL)
            broken(&items[i], &why);
        else
            of[n++] = &items[i];
    }
    ok = n == 0 || kind->rehearse(&work->place, work->db, records, out, n, err);
    for (size_t i = 0; i < n; i++) {
        if (ok)
            fill(of[i], &out[i]);
        else
            json_decref(out[i].changes);
        hand_over(out[i].uses, ok && uses != NULL ? &uses[of[i] - items] : NULL);
        hand_over(out[i].asks, ok && asks != NULL ? &asks[of[i] - items] : NULL);
        json_decref(records[i]);
    }
    return ok && import_plans(work, items, count, err);
}

struct judged {
    struct import_work *work;
    struct import_item *items;
    json_t **uses, **asks; /* of each */
    size_t count;
};

/* One that is lacking gets its row, so that it can be mapped before anything is applied. */
static bool note_use(struct db *db, const struct import_run *run, const json_t *use, int64_t times,
                     struct err *err)
{
    const char *kind = json_text_or(use, "kind", ""), *key = json_text_or(use, "key", "");
    const char *title = json_text_or(use, "title", key), *value = json_text(use, "value");
    bool lacking = json_flag(use, "lacking");

    if (strcmp(kind, "product") == 0)
        return true; /* the clinic asks about these, with more to go by */
    if (lacking && !mappings_need(db, run->backend, kind, key, title, err))
        return false;
    if (value != NULL && !mappings_auto(db, run->backend, kind, key, title, value,
                                        json_text_or(use, "label", ""), err))
        return false;
    return imports_use(db, run->id, kind, key, title, lacking, times, err);
}

/* A record that is looked at again is not counted again. */
static bool note_uses(struct db *db, const struct judged *j, size_t i, struct err *err)
{
    const json_t *use;
    bool never;
    size_t n;

    if (json_array_size(j->uses[i]) == 0)
        return true;
    if (!imports_never_judged(db, j->items[i].id, &never, err))
        return false;
    json_array_foreach(j->uses[i], n, use)
        if (!note_use(db, &j->work->run, use, never, err))
            return false;
    return true;
}

/* What later steps may rely on: the customers and variants that this one will make. */
static bool note_plans(struct db *db, const struct judged *j, const struct import_item *item,
                       struct err *err)
{
    json_auto_t *body = NULL;
    const json_t *variant;
    const char *id;
    size_t i;

    if (item->step != IMPORT_PRODUCTS || item->verdict != IMPORT_VERDICT_NEW || item->body == NULL)
        return true;
    body = json_loadb(item->body, item->body_len, 0, NULL);
    json_array_foreach(json_object_get(json_object_get(body, "variants"), "nodes"), i, variant) {
        id = json_text(variant, "id");
        if (id != NULL && !imports_use(db, j->work->run.id, "plan.variant", id, "", false, 1, err))
            return false;
    }
    return true;
}

static bool judge_change(struct db *db, void *ctx, struct err *err)
{
    struct judged *j = ctx;

    for (size_t i = 0; i < j->count; i++)
        if (!note_plans(db, j, &j->items[i], err) || !note_uses(db, j, i, err))
            return false;
    if (!imports_judge(db, j->items, j->count, err))
        return false;
    for (size_t i = 0; i < j->count; i++)
        if (!import_note_variants(db, j->work->run.id, j->items[i].id, j->asks[i], err))
            return false;
    return jobs_got_on(db, j->work->job, err);
}

/* Will this run make the variant whose stock that is? */
static bool planned_variant(struct import_work *work, const struct import_item *item, bool *found,
                            struct err *err)
{
    json_auto_t *body = json_loadb(item->body, item->body_len, 0, NULL);
    const json_t *nodes = json_at(body, "item.variants.nodes"), *node;
    size_t i;

    json_array_foreach(nodes, i, node) {
        const char *id = json_text(node, "id");

        if (id != NULL && !*found &&
            !imports_used(work->db, work->run.id, "plan.variant", id, found, err))
            return false;
    }
    return true;
}

/* A product that Odoo lacks is no refusal when this run will make it: the steps come in order. */
bool import_plans(struct import_work *work, struct import_item *items, size_t count,
                  struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct import_item *item = &items[i];
        bool found = false;

        if (item->step != IMPORT_STOCK || item->verdict != IMPORT_VERDICT_REFUSED ||
            item->why.kind != ERR_MISSING || item->body == NULL ||
            strncmp(item->why.thing, "location:", strlen("location:")) == 0)
            continue;
        if (!planned_variant(work, item, &found, err))
            return false;
        if (!found)
            continue;
        err_clear(&item->why);
        str_copy(item->why.text, sizeof item->why.text, "after its product is made");
        item->verdict = IMPORT_VERDICT_NEW;
        print_of(item, item->print);
    }
    return true;
}

bool import_judge(struct import_work *work, when *again, struct err *err)
{
    const struct import_kind *kind = import_kind(work->step->step);
    struct import_item *items AUTO_FREE = calloc(kind->look, sizeof *items);
    json_t **uses AUTO_FREE = calloc(kind->look, sizeof(json_t *));
    json_t **asks AUTO_FREE = calloc(kind->look, sizeof(json_t *));
    struct imports_filter filter = { .run = work->run.id, .step = work->step->step,
                                     .verdict = IMPORT_VERDICT_UNKNOWN, .state = -1,
                                     .bodies = true };
    int64_t next;

    (void)again;
    if (items == NULL || uses == NULL || asks == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    if (work->step->step == IMPORT_STOCK && !import_read_alone(work, err))
        return err->kind == ERR_NONE;
    while (!import_time_is_up(work)) {
        size_t count = kind->look;
        struct judged judged = { work, items, uses, asks, 0 };
        bool ok;

        if (!imports_items(work->db, &filter, items, &count, &next, err))
            return false;
        judged.count = count;
        if (count == 0) {
            work->step->state = IMPORT_STEP_PLANNED;
            work->step->ended = when_now();
            return import_keep(work, err);
        }
        ok = import_look(work, items, uses, asks, count, err) &&
             store_do(work->store, judge_change, &judged, err);
        import_items_clear(items, count);
        for (size_t i = 0; i < count; i++) {
            json_decref(uses[i]);
            json_decref(asks[i]);
            uses[i] = asks[i] = NULL;
        }
        if (!ok)
            return err_within(err, "rehearse %s", import_step_name(work->step->step));
    }
    return true;
}
