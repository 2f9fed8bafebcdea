#include "tests/sandbox/rpc_client.h"

#include <curl/curl.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

#define ANSWER_MAX ((size_t)256 << 20)
#define PAGE 1000

struct rpc_client {
    CURL *curl;
    struct compare_odoo where;
    json_int_t uid;
    struct str answer;
};

static size_t take(char *data, size_t size, size_t count, void *ctx)
{
    struct rpc_client *c = ctx;

    return str_add(&c->answer, data, size * count) ? size * count : 0;
}

static json_t *post(struct rpc_client *c, json_t *body, struct err *err)
{
    AUTO_FREE char *text = json_dumps(body, JSON_COMPACT);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    json_auto_t *answer = NULL;
    json_t *result;
    CURLcode rc;

    headers = curl_slist_append(headers, "Expect:");
    json_decref(body);
    str_reset(&c->answer);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, text);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    rc = curl_easy_perform(c->curl);
    curl_slist_free_all(headers);
    if (rc != CURLE_OK) {
        err_set(err, ERR_BUSY, "ask Odoo: %s", curl_easy_strerror(rc));
        return NULL;
    }
    answer = json_loadb(c->answer.data, c->answer.len, 0, NULL);
    if (json_at(answer, "error") != NULL) {
        err_set(err, ERR_REFUSED, "Odoo: %s: %s", json_text_or(answer, "error.data.name", "?"),
                json_text_or(answer, "error.data.message", "?"));
        return NULL;
    }
    result = json_object_get(answer, "result");
    if (!json_is_object(answer)) {
        err_set(err, ERR_BUG, "Odoo answered no JSON");
        return NULL;
    }
    return result == NULL ? json_null() : json_incref(result);
}

json_t *rpc_client_call(struct rpc_client *c, const char *model, const char *method, json_t *args, json_t *kwargs,
                        struct err *err)
{
    return post(c,
                json_pack("{s:s,s:s,s:i,s:{s:s,s:s,s:[s,I,s,s,s,o,o]}}", "jsonrpc", "2.0", "method", "call", "id", 1, "params",
                          "service", "object", "method", "execute_kw", "args", c->where.database, c->uid, c->where.key, model,
                          method, args, kwargs),
                err);
}

json_t *rpc_client_all(struct rpc_client *c, const char *model, json_t *domain, const char *fields, struct err *err)
{
    json_t *all = json_array(), *names = json_array();
    json_auto_t *keep = names, *base = domain;

    for (const char *p = fields; *p != '\0'; p += strcspn(p, " "), p += strspn(p, " "))
        json_array_append_new(names, json_stringn(p, strcspn(p, " ")));
    for (json_int_t last = 0;;) {
        json_t *where = json_deep_copy(base), *page;

        json_array_append_new(where, json_pack("[s,s,I]", "id", ">", last));
        page = rpc_client_call(c, model, "search_read", json_pack("[o]", where),
                               json_pack("{s:O,s:i,s:s,s:{s:b}}", "fields", names, "limit", PAGE, "order", "id", "context",
                                         "active_test", 0),
                               err);
        if (page == NULL) {
            json_decref(all);
            (void)keep;
            return NULL;
        }
        json_array_extend(all, page);
        if (json_array_size(page) < PAGE) {
            json_decref(page);
            return all;
        }
        last = json_int_or(json_array_get(page, PAGE - 1), "id", 0);
        json_decref(page);
    }
}

struct rpc_client *rpc_client_open(const struct compare_odoo *where, struct err *err)
{
    AUTO(rpc_client) c = calloc(1, sizeof *c);
    char url[300];
    json_auto_t *uid = NULL;

    if (c == NULL)
        return NULL;
    c->where = *where;
    str_init(&c->answer, ANSWER_MAX);
    c->curl = curl_easy_init();
    snprintf(url, sizeof url, "%s%sjsonrpc", where->url, str_ends(where->url, "/") ? "" : "/");
    curl_easy_setopt(c->curl, CURLOPT_URL, url);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT, 120L);
    curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
    uid = post(c,
               json_pack("{s:s,s:s,s:i,s:{s:s,s:s,s:[s,s,s,{}]}}", "jsonrpc", "2.0", "method", "call", "id", 1, "params",
                         "service", "common", "method", "authenticate", "args", where->database, where->login, where->key),
               err);
    if (uid == NULL)
        return NULL;
    c->uid = json_integer_value(uid);
    if (c->uid > 0)
        return TAKE(c);
    err_set(err, ERR_DENIED, "Odoo does not know this login and key");
    return NULL;
}

void rpc_client_free(struct rpc_client *c)
{
    if (c == NULL)
        return;
    curl_easy_cleanup(c->curl);
    str_clear(&c->answer);
    free(c);
}
