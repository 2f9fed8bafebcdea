/* m_secrets.c - secrets go in, fingerprints come out; and the core's own settings. */
#include <openssl/crypto.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "control/methods.h"
#include "store/secrets.h"
#include "store/settings.h"

#define SECRETS_MAX 32

/* ---- secrets ---- */

struct secret_change {
    struct call *call;
    struct call_note *note;
    int64_t backend;
    const char *name, *value;
    size_t len;
};

static bool fingerprint_before(struct db *db, const struct secret_change *c, struct err *err)
{
    struct secret_row rows[SECRETS_MAX];
    size_t count = SECRETS_MAX;

    if (!secrets_list(db, c->backend, rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (rows[i].set && strcmp(rows[i].name, c->name) == 0)
            str_copy(c->note->before, sizeof c->note->before, rows[i].fingerprint);
    return true;
}

static bool seal_it(struct db *db, void *ctx, struct err *err)
{
    struct secret_change *c = ctx;

    if (!fingerprint_before(db, c, err))
        return false;
    seal_fingerprint(c->call->seal, c->value, c->len, c->note->after);
    return secrets_set(db, c->call->seal, c->backend, c->name, c->value, c->len, err);
}

static bool forget(struct db *db, void *ctx, struct err *err)
{
    struct secret_change *c = ctx;

    return fingerprint_before(db, c, err) && secrets_clear(db, c->backend, c->name, err);
}

static bool change(struct call *call, struct secret_change *c, store_change *how, struct err *err)
{
    struct call_note note = { .object = "" };

    c->call = call;
    c->note = &note;
    c->backend = call_int(call, "backend", 0);
    c->name = call_text(call, "name");
    if (!secrets_known(c->name))
        return err_set(err, ERR_INVALID, "there is no secret \"%.40s\"", c->name);
    snprintf(note.object, sizeof note.object, "backend %lld secret %s", (long long)c->backend,
             c->name);
    if (!call_change(call, how, c, &note, err))
        return false;
    call_changed(call, CONTROL_SECRET, c->backend);
    call->result = json_pack("{s:s}", "fingerprint", how == seal_it ? note.after : "");
    return true;
}

bool m_secrets_set(struct call *call, struct err *err)
{
    struct secret_change c = { .value = call_text(call, "value") };
    union {
        const char *text;
        char *wipe;
    } value = { .text = c.value };
    size_t all = strlen(c.value);
    bool good;

    c.len = all;
    while (c.len > 0 && strchr("\r\n", c.value[c.len - 1]) != NULL)
        c.len--; /* files and pipes end with one */
    if (c.len == 0)
        good = err_set(err, ERR_INVALID, "value is empty: to forget it, use secrets.clear");
    else if (c.len > SEAL_PLAIN_MAX)
        good = err_set(err, ERR_INVALID, "value is longer than %d bytes", SEAL_PLAIN_MAX);
    else if (call->seal == NULL)
        good = err_set(err, ERR_DENIED, "this core has no key to seal secrets with");
    else
        good = change(call, &c, seal_it, err);
    OPENSSL_cleanse(value.wipe, all); /* the request's own copy */
    return good;
}

bool m_secrets_clear(struct call *call, struct err *err)
{
    struct secret_change c = { .value = NULL };

    return change(call, &c, forget, err);
}

/* ---- settings ---- */

bool m_settings_list(struct call *call, struct err *err)
{
    json_auto_t *list = json_array();

    for (unsigned s = 0; s < SETTING_COUNT; s++) {
        const struct setting_row *row = settings_row((enum setting)s);
        char value[SETTING_VALUE_MAX];

        if (!settings_get(call->db, (enum setting)s, value, err))
            return false;
        json_array_append_new(
            list, json_pack("{s:s,s:s,s:o,s:s,s:s,s:I,s:I,s:s,s:b}", "key", row->key, "title",
                            row->title, "value", json_str(value), "default", row->otherwise, "unit",
                            row->unit, "min", (json_int_t)row->min, "max", (json_int_t)row->max,
                            "help", row->help, "restart", (int)row->restart));
    }
    call->result = json_pack("{s:O}", "rows", list);
    return true;
}

struct setting_change {
    struct call_note *note;
    enum setting setting;
    const char *value;
};

static bool set(struct db *db, void *ctx, struct err *err)
{
    struct setting_change *c = ctx;
    char before[SETTING_VALUE_MAX];

    if (!settings_get(db, c->setting, before, err) || !settings_set(db, c->setting, c->value, err))
        return false;
    str_copy(c->note->before, sizeof c->note->before, before);
    str_copy(c->note->after, sizeof c->note->after, c->value);
    c->note->undo = json_pack("{s:s,s:{s:s,s:o}}", "method", "settings.set", "params", "key",
                              settings_row(c->setting)->key, "value", json_str(before));
    return true;
}

bool m_settings_set(struct call *call, struct err *err)
{
    struct call_note note = { .object = "" };
    struct setting_change c = { .note = &note, .value = call_text(call, "value") };
    const char *key = call_text(call, "key");
    struct err lacking = { .kind = ERR_NONE };
    struct value_rule rule;

    if (!settings_find(key, &c.setting))
        return err_set(err, ERR_INVALID, "there is no setting \"%.40s\"", key);
    snprintf(note.object, sizeof note.object, "setting %s", key);
    if (!call_change(call, set, &c, &note, err))
        return false;
    call_changed(call, CONTROL_SETTING, 0);
    call->result = json_pack("{s:b}", "restart", (int)settings_row(c.setting)->restart);
    rule = settings_rule(c.setting);
    if (!values_found(&rule, c.value, &lacking))
        json_object_set_new(call->result, "warning", json_string(lacking.text));
    return true;
}
