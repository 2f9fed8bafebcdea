#include "jobs/remember.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/when.h"

struct remembered {
    char kind[STORE_NAME_MAX];
    char model[STORE_NAME_MAX];
    int64_t shopify_id, odoo_id;
    char key[PAIR_KEY_MAX], other[PAIR_KEY_MAX];
};

void remember_init(struct remember *r, int64_t backend)
{
    *r = (struct remember){ .backend = backend };
}

void remember_clear(struct remember *r)
{
    free(r->list);
    remember_init(r, r->backend);
}

void remember_add(struct remember *r, const char *kind, int64_t shopify_id, const char *odoo_model,
                  int64_t odoo_id, const char *key, const char *other_key)
{
    struct remembered *one;

    if (r->count == r->room) {
        size_t room = r->room > 0 ? r->room * 2 : 32;
        struct remembered *list =
            room <= REMEMBER_MAX ? realloc(r->list, room * sizeof *list) : NULL;

        if (list == NULL) {
            r->full = true;
            return;
        }
        r->list = list;
        r->room = room;
    }
    one = &r->list[r->count++];
    *one = (struct remembered){ .shopify_id = shopify_id, .odoo_id = odoo_id };
    str_copy(one->kind, sizeof one->kind, kind);
    str_copy(one->model, sizeof one->model, odoo_model);
    str_copy(one->key, sizeof one->key, key != NULL ? key : "");
    str_copy(one->other, sizeof one->other, other_key != NULL ? other_key : "");
}

static bool write_all(struct db *db, void *ctx, struct err *err)
{
    const struct remember *r = ctx;

    for (size_t i = 0; i < r->count; i++) {
        const struct remembered *one = &r->list[i];
        const char *keys[2];
        int count = 0;
        struct pair pair = { .backend = r->backend, .shopify_id = one->shopify_id,
                             .odoo_id = one->odoo_id };

        str_copy(pair.kind, sizeof pair.kind, one->kind);
        str_copy(pair.odoo_model, sizeof pair.odoo_model, one->model);
        if (one->key[0] != '\0')
            keys[count++] = one->key;
        if (one->other[0] != '\0')
            keys[count++] = one->other;
        if (!pairs_put(db, &pair, NULL, keys, count, err))
            return err_within(err, "remember %s", one->kind);
    }
    return true;
}

bool remember_write(struct remember *r, struct store *store, struct err *err)
{
    return r->count == 0 || store_do(store, write_all, r, err);
}
