/* Products that can't be told apart: what the rehearsal asks, and what people answer. */
#include "jobs/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "store/clinic.h"
#include "store/mappings.h"
#include "store/problems.h"

#define REPLAY_MOST 256 /* variants with one SKU */

/* ---- what is asked ---- */

static bool note_variant(struct db *db, int64_t run, int64_t item, const json_t *row,
                         struct err *err)
{
    struct clinic_variant v = { .item = item, .product = json_int_or(row, "product", 0),
                                .variant = json_int_or(row, "variant", 0) };
    const json_t *proposals = json_object_get(row, "proposals");
    enum clinic_kind kind;
    char *text;
    bool ok;

    str_copy(v.sku, sizeof v.sku, json_text_or(row, "sku", ""));
    str_copy(v.title, sizeof v.title, json_text_or(row, "title", ""));
    str_copy(v.price, sizeof v.price, json_text_or(row, "price", ""));
    if (!clinic_seen(db, run, &v, err))
        return false;
    if (!clinic_kind_of(json_text_or(row, "kind", ""), &kind))
        return clinic_settled(db, run, v.variant, err);
    text = proposals != NULL ? json_write(proposals) : NULL;
    ok = clinic_ask(db, run, &v, kind, text, err);
    free(text);
    return ok;
}

bool import_note_variants(struct db *db, int64_t run, int64_t item, const json_t *asks,
                          struct err *err)
{
    const json_t *row;
    size_t i;

    json_array_foreach(asks, i, row)
        if (!note_variant(db, run, item, row, err))
            return false;
    return true;
}

/* ---- answers ---- */

enum answer { ANSWER_CREATE, ANSWER_SKIP, ANSWER_LINK };

static bool answer_of(const struct import_steer *s, enum answer *answer, struct err *err)
{
    static const char *const words[] = { "create", "skip", "link" };
    const char *word = json_text_or(s->params, "answer", "");

    for (int i = 0; i < 3; i++)
        if (strcmp(words[i], word) == 0)
            return (*answer = (enum answer)i, true);
    return err_set(err, ERR_INVALID, "answer: create, skip or link");
}

/* The product it is linked to: the one that was named, else the only proposal there is. */
static bool link_of(const struct import_steer *s, const struct clinic_row *row, int64_t *product,
                    char label[STORE_TITLE_MAX], struct err *err)
{
    json_auto_t *list = row->proposals != NULL ? json_loads(row->proposals, 0, NULL) : NULL;
    int64_t named = json_int_or(s->params, "product", 0);
    const json_t *proposal;
    size_t i;

    *product = named;
    label[0] = '\0';
    if (named == 0 && json_array_size(list) != 1)
        return err_set(err, ERR_CONFLICT, "variant %lld (%.60s) has %zu proposals: name the product",
                       (long long)row->variant.variant, row->variant.title, json_array_size(list));
    json_array_foreach(list, i, proposal)
        if (named == 0 || json_int_or(proposal, "product_id", 0) == named) {
            *product = json_int_or(proposal, "product_id", 0);
            str_copy(label, STORE_TITLE_MAX, json_text_or(proposal, "label", ""));
        }
    return *product > 0 || err_set(err, ERR_INVALID, "product: an id of Odoo's");
}

static bool map(struct import_steer *s, const char *key, const char *value, const char *label,
                struct err *err)
{
    int64_t requeued;

    return mappings_set(s->db, s->run.backend, "product", key, value, label, s->by, NULL, &requeued,
                        err);
}

/* Jobs of all that have the SKU, parked for want of an answer: one of them may free the others. */
static bool replay(struct import_steer *s, const char *sku, struct err *err)
{
    struct clinic_variant of = { .variant = 0 }, *rows AUTO_FREE = calloc(REPLAY_MOST, sizeof *rows);
    size_t count = REPLAY_MOST;

    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    str_copy(of.sku, sizeof of.sku, sku);
    if (!clinic_others(s->db, s->run.id, &of, rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        char thing[ERR_THING_MAX];
        int64_t requeued;

        snprintf(thing, sizeof thing, "variant:%lld", (long long)rows[i].variant);
        if (!problems_replay_thing(s->db, s->run.backend, thing, when_now(), &requeued, err))
            return false;
    }
    return true;
}

/* "variant:ID" */
static bool answer_variant(struct import_steer *s, enum answer answer, const char *key,
                           struct err *err)
{
    char value[32], label[STORE_TITLE_MAX] = "";
    struct clinic_row row = { .id = 0 };
    unsigned long long id;
    int64_t product;
    bool ok, any;

    if (!str_number(key + strlen("variant:"), INT64_MAX, &id))
        return err_set(err, ERR_INVALID, "keys: %.60s is no variant", key);
    if (!clinic_get(s->db, &s->run, (int64_t)id, &row, err))
        return false;
    ok = answer != ANSWER_LINK || link_of(s, &row, &product, label, err);
    if (ok && answer == ANSWER_LINK)
        snprintf(value, sizeof value, "%lld", (long long)product);
    else
        str_copy(value, sizeof value, answer == ANSWER_CREATE ? "create" : "skip");
    ok = ok && map(s, key, value, label, err) && replay(s, row.variant.sku, err) &&
         clinic_doubt(s->db, s->run.id, row.variant.variant, row.variant.sku, &any, err);
    clinic_rows_clear(&row, 1);
    return ok;
}

/* "sku:X": of all that have it; they can't all be one product. */
static bool answer_sku(struct import_steer *s, enum answer answer, const char *key,
                       struct err *err)
{
    bool any = false;

    if (answer == ANSWER_LINK)
        return err_set(err, ERR_INVALID, "%.80s: a product is linked to a variant, not to a SKU",
                       key);
    if (!clinic_doubt(s->db, s->run.id, 0, key + strlen("sku:"), &any, err))
        return false;
    if (!any)
        return err_set(err, ERR_MISSING, "no variant of this import has the SKU %.80s",
                       key + strlen("sku:"));
    return map(s, key, answer == ANSWER_CREATE ? "create" : "skip", "", err) &&
           replay(s, key + strlen("sku:"), err);
}

bool import_clinic_answer(struct import_steer *s, struct err *err)
{
    const json_t *keys = json_at(s->params, "keys"), *row;
    enum answer answer = ANSWER_SKIP;
    size_t i;

    if (!answer_of(s, &answer, err))
        return false;
    if (json_array_size(keys) == 0)
        return err_set(err, ERR_INVALID, "keys: variant:ID or sku:SKU, at least one");
    if (json_array_size(keys) > 1 && json_int_or(s->params, "product", 0) != 0)
        return err_set(err, ERR_INVALID, "product: it is linked to one variant only");
    json_array_foreach(keys, i, row) {
        const char *key = json_is_string(row) ? json_string_value(row) : "";

        if (str_starts(key, "variant:") ? !answer_variant(s, answer, key, err) :
            str_starts(key, "sku:")     ? !answer_sku(s, answer, key, err) :
                                          !err_set(err, ERR_INVALID, "keys: variant:ID or sku:SKU"))
            return false;
    }
    /* what their products made impossible may be possible now */
    if (s->run.state != IMPORT_RUN_PLANNED && s->run.state != IMPORT_RUN_PLANNING)
        return true;
    return import_doubt(s, IMPORT_STOCK, IMPORT_VERDICT_REFUSED, err) && import_rejudge(s, err);
}
