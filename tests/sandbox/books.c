#include "tests/sandbox/books.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/sandbox/compare.h"
#include "tests/sandbox/rows.h"

bool books_open(struct books *b, struct shop *shop, const struct compare_odoo *odoo,
                const json_t *wish, struct err *err)
{
    json_t *id;
    size_t i;

    *b = (struct books){ .shop = shop };
    if (odoo->url[0] == '\0')
        return err_set(err, ERR_INVALID, "there is no Odoo to compare with");
    b->client = rpc_client_open(odoo, err);
    if (b->client == NULL)
        return false;
    rows_shop_key(json_text_or(wish, "shop", shop->domain), b->key, sizeof b->key);
    b->held = json_object();
    b->known = json_object();
    b->differences = json_array();
    json_array_foreach(json_object_get(wish, "held"), i, id)
        rows_put(b->held, json_integer_value(id), id, false);
    return true;
}

json_t *books_close(struct books *b, bool good)
{
    json_t *verdict = NULL;

    if (good)
        verdict = json_pack("{sIsIsIsIsIsIsIsIsO}", "sent", b->sent, "held", b->held_count, "found",
                            b->found, "missing", b->missing, "duplicate", b->duplicate,
                            "unexplained", b->unexplained, "strangers", b->strangers, "parts",
                            b->parts, "differences", b->differences);
    rpc_client_free(b->client);
    json_decref(b->held);
    json_decref(b->known);
    json_decref(b->differences);
    return verdict;
}

bool books_next(struct books *b, const char *kind, int64_t id, bool gone)
{
    bool held = rows_get(b->held, id) != NULL;

    snprintf(b->record, sizeof b->record, "%s:%" PRId64, kind, id);
    json_object_set_new(b->known, strchr(b->record, ':') + 1, json_true());
    b->bad = false;
    b->sent += !gone;
    b->held_count += held && !gone;
    return !gone && !held;
}

void books_missing(struct books *b)
{
    b->missing++;
    books_differ(b, "missing", json_true(), json_null());
}

void books_done(struct books *b)
{
    b->found++;
    b->unexplained += b->bad;
}

void books_differ(struct books *b, const char *what, json_t *shop, json_t *odoo)
{
    json_auto_t *row = json_pack("{sssssoso}", "record", b->record, "what", what, "shop", shop,
                                 "odoo", odoo);

    b->bad = true;
    if (json_array_size(b->differences) < COMPARE_DIFFERENCES_MAX)
        json_array_append(b->differences, row);
}

void books_text(struct books *b, const char *what, const char *shop, const char *odoo)
{
    shop = shop != NULL ? shop : "";
    odoo = odoo != NULL ? odoo : "";
    if (strcmp(shop, odoo) != 0)
        books_differ(b, what, json_string(shop), json_string(odoo));
}

void books_flag(struct books *b, const char *what, bool shop, bool odoo)
{
    if (shop != odoo)
        books_differ(b, what, json_boolean(shop), json_boolean(odoo));
}

void books_number(struct books *b, const char *what, double shop, double odoo, double slack)
{
    if (!(fabs(shop - odoo) <= slack))
        books_differ(b, what, json_real(shop), json_real(odoo));
}

void books_tags(struct books *b, const char *names, const json_t *ids, const json_t *map)
{
    json_auto_t *wanted = json_object(), *got = json_object();
    json_t *id;
    size_t i;

    for (const char *p = names != NULL ? names : ""; *p != '\0'; p += strspn(p, ", ")) {
        size_t len = strcspn(p, ",");

        json_object_setn_new(wanted, p, len, json_true());
        p += len;
    }
    json_array_foreach(ids, i, id)
        json_object_set_new(got, json_text_or(rows_get(map, json_integer_value(id)), "name", "?"),
                            json_true());
    if (!json_equal(wanted, got))
        books_differ(b, "tags", json_incref(wanted), json_incref(got));
}

void books_strangers(struct books *b, const json_t *external, const char *type)
{
    char prefix[128];
    json_t *id;
    const char *name;

    snprintf(prefix, sizeof prefix, "%s.%s_", b->key, type);
    json_object_foreach((json_t *)(uintptr_t)external, name, id) {
        const char *rest = name + strlen(prefix);

        if (str_starts(name, prefix) && strspn(rest, "0123456789") == strlen(rest))
            b->strangers += json_object_get(b->known, rest) == NULL;
    }
}
