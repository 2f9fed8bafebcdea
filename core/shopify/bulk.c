/* bulk.c - operations: begun, looked at, cancelled, found again; and counts. */
#include "shopify/bulk.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "shopify/bulk_in.h"

#define BUSY_MS  30000             /* when all of an app's operations are taken */
#define SKEW     (2 * WHEN_MINUTE) /* between Shopify's clock and ours */
#define RUN_ROOT "bulkOperationRunQuery"

static const struct {
    const char *name, *words;
    bool over;
    enum err_kind kind;
} states[BULK_STATE_COUNT] = {
#define BULK_STATE(id, name, over, kind, words) [BULK_##id] = { name, words, over, ERR_##kind },
#include "shopify/bulk.def"
};

static const struct {
    const char *code, *words;
    enum err_kind kind;
} codes[] = {
#define BULK_CODE(code, kind, words) { code, words, ERR_##kind },
#include "shopify/bulk.def"
};

const char *bulk_state_name(enum bulk_state state)
{
    return states[state < BULK_STATE_COUNT ? state : BULK_UNKNOWN].name;
}

bool bulk_over(const struct bulk_operation *operation)
{
    return states[operation->state].over;
}

bool bulk_whole(const struct bulk_operation *operation, struct err *err)
{
    size_t row = 0;

    if (operation->state == BULK_COMPLETED)
        return true;
    if (operation->state != BULK_FAILED || operation->code[0] == '\0')
        return err_set(err, states[operation->state].kind, "the bulk operation %s",
                       states[operation->state].words);
    while (strcmp(codes[row].code, operation->code) != 0 && strcmp(codes[row].code, "*") != 0)
        row++;
    return err_set(err, codes[row].kind, "the bulk operation %s", codes[row].words);
}

/* ---- answers ---- */

/* Shopify writes these numbers as text. */
static int64_t number(const json_t *node, const char *key)
{
    const char *text = json_text(node, key);
    unsigned long long value;

    return text != NULL && str_number(text, INT64_MAX, &value) ? (int64_t)value : -1;
}

static when moment(const json_t *node, const char *key)
{
    const char *text = json_text(node, key);
    when at;

    return text != NULL && when_parse_iso(text, &at) ? at : 0;
}

static enum bulk_state state_of(const char *name)
{
    unsigned s = BULK_STATE_COUNT - 1;

    while (s > BULK_UNKNOWN && strcmp(states[s].name, name) != 0)
        s--;
    return (enum bulk_state)s;
}

static bool read_operation(const json_t *node, struct bulk_operation *operation, struct err *err)
{
    const char *id = json_text_or(node, "id", "");
    struct bulk_operation o = { .state = state_of(json_text_or(node, "status", "")),
                                .objects = number(node, "objectCount"),
                                .roots = number(node, "rootObjectCount"),
                                .bytes = number(node, "fileSize"),
                                .created = moment(node, "createdAt"),
                                .completed = moment(node, "completedAt"),
                                .file = json_text(node, "url") != NULL,
                                .partial = json_text(node, "partialDataUrl") != NULL };

    if (*id == '\0' || !str_copy(o.id, sizeof o.id, id))
        return err_set(err, ERR_BUG, "a bulk operation without an id");
    str_copy(o.code, sizeof o.code, json_text_or(node, "errorCode", ""));
    *operation = o;
    return true;
}

static bool call(struct shop *shop, struct http *http, enum graphql_operation operation,
                 const json_t *variables, enum pace_class class, json_t **data,
                 struct graphql_trace *trace, struct err *err)
{
    struct graphql_request request = { .operation = operation,
                                       .variables = variables,
                                       .class = class };

    return graphql_call(shop, http, &request, data, trace, err);
}

/* ---- begin ---- */

/* What a refusal means: all are taken, a right is missing, or it cannot be had in bulk. */
static bool refused(const json_t *data, struct err *err)
{
    const json_t *first = json_at(data, RUN_ROOT ".userErrors.0");
    const char *code = json_text_or(first, "code", "");
    const char *message = json_text_or(first, "message", "");

    if (strcmp(code, "OPERATION_IN_PROGRESS") == 0 || strcmp(code, "LIMIT_REACHED") == 0 ||
        strstr(message, "already in progress") != NULL) {
        err_set(err, ERR_BUSY, "as many bulk operations as Shopify allows are under way");
        err->wait_ms = BUSY_MS;
    } else if (strcasestr(message, "access denied") != NULL) {
        graphql_user_errors(data, RUN_ROOT, err);
        err->kind = ERR_DENIED;
    } else {
        graphql_user_errors(data, RUN_ROOT, err);
    }
    return false;
}

static bool start(struct shop *shop, struct http *http, const char *question, bool group,
                  enum pace_class class, struct bulk_operation *operation,
                  struct graphql_trace *trace, struct err *err)
{
    json_auto_t *variables = json_pack("{s:s,s:b}", "query", question, "group", group);
    json_auto_t *data = NULL;

    if (!call(shop, http, GRAPHQL_BULK_RUN, variables, class, &data, trace, err))
        return false;
    if (json_len(data, RUN_ROOT ".userErrors") > 0)
        return refused(data, err);
    return read_operation(json_at(data, RUN_ROOT ".bulkOperation"), operation, err);
}

bool bulk_start(struct shop *shop, struct http *http, enum bulk_kind kind,
                const struct bulk_filter *filter, enum pace_class class,
                struct bulk_operation *operation, struct graphql_trace *trace, struct err *err)
{
    when since = when_now() - SKEW;
    struct err first = { .kind = ERR_NONE }, second = { .kind = ERR_NONE };
    AUTO_STR question;

    str_init(&question, BULK_QUESTION_MAX);
    if (!bulk_question(kind, filter, &question, err))
        return false;
    if (start(shop, http, question.data, filter == NULL || !filter->ungrouped, class, operation,
              trace, &first))
        return true;
    if (first.kind == ERR_UNSURE) {
        if (bulk_find(shop, http, kind, filter, since, class, operation, trace, &second))
            return true;
        if (second.kind == ERR_MISSING) /* looked, and none was begun */
            first.kind = ERR_BUSY;
    }
    if (err != NULL)
        *err = first;
    return err_within(err, "reading all %s", bulk_kind_name(kind));
}

/* ---- find again ---- */

/* Shopify may lay a question out anew. */
static bool same_question(const char *a, const char *b)
{
    while (true) {
        while (isspace((unsigned char)*a))
            a++;
        while (isspace((unsigned char)*b))
            b++;
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
        a++;
        b++;
    }
}

static bool of_use(enum bulk_state state)
{
    return state == BULK_CREATED || state == BULK_RUNNING || state == BULK_COMPLETED;
}

bool bulk_find(struct shop *shop, struct http *http, enum bulk_kind kind,
               const struct bulk_filter *filter, when since, enum pace_class class,
               struct bulk_operation *operation, struct graphql_trace *trace, struct err *err)
{
    char at[WHEN_TEXT_MAX], query[128];
    json_auto_t *variables = NULL, *data = NULL;
    const json_t *node;
    AUTO_STR question;
    size_t i;

    str_init(&question, BULK_QUESTION_MAX);
    if (!bulk_question(kind, filter, &question, err))
        return false;
    snprintf(query, sizeof query, "operation_type:query created_at:>='%s'", when_iso(since, at));
    variables = json_pack("{s:s}", "query", query);
    if (!call(shop, http, GRAPHQL_BULK_LIST, variables, class, &data, trace, err))
        return false;
    json_array_foreach(json_at(data, "bulkOperations.nodes"), i, node)
    {
        struct bulk_operation found;

        if (!same_question(json_text_or(node, "query", ""), question.data))
            continue;
        if (!read_operation(node, &found, err))
            return false;
        if (!of_use(found.state) || (found.created != 0 && found.created < since))
            continue;
        *operation = found;
        return true;
    }
    return err_set(err, ERR_MISSING, "no bulk operation for %s was begun", bulk_kind_name(kind));
}

/* ---- look, cancel ---- */

bool bulk_look(struct shop *shop, struct http *http, const char *id, enum pace_class class,
               struct bulk_operation *operation, char url[BULK_URL_MAX],
               struct graphql_trace *trace, struct err *err)
{
    json_auto_t *variables = json_pack("{s:s}", "id", id);
    json_auto_t *data = NULL;
    const json_t *node;
    const char *address;

    if (!call(shop, http, GRAPHQL_BULK_STATUS, variables, class, &data, trace, err))
        return false;
    node = json_at(data, "bulkOperation");
    if (node == NULL) {
        err_set(err, ERR_MISSING, "Shopify knows no such bulk operation");
        err_about(err, "shopify", id);
        return false;
    }
    address = json_text(node, "url") != NULL ? json_text(node, "url")
                                             : json_text_or(node, "partialDataUrl", "");
    if (!str_copy(url, BULK_URL_MAX, address))
        return err_set(err, ERR_BUG, "the address of a bulk file is longer than %d bytes",
                       BULK_URL_MAX);
    return read_operation(node, operation, err);
}

bool bulk_poll(struct shop *shop, struct http *http, const char *id, enum pace_class class,
               struct bulk_operation *operation, struct graphql_trace *trace, struct err *err)
{
    char url[BULK_URL_MAX];
    bool good = bulk_look(shop, http, id, class, operation, url, trace, err);

    explicit_bzero(url, sizeof url);
    return good;
}

bool bulk_cancel(struct shop *shop, struct http *http, const char *id, enum pace_class class,
                 struct graphql_trace *trace, struct err *err)
{
    json_auto_t *variables = json_pack("{s:s}", "id", id);
    json_auto_t *data = NULL;
    struct bulk_operation now;
    struct err why = { .kind = ERR_NONE };

    if (call(shop, http, GRAPHQL_BULK_CANCEL, variables, class, &data, trace, &why) &&
        graphql_user_errors(data, "bulkOperationCancel", &why))
        return true;
    /* over already, or the answer was lost: how it is counts */
    if (why.kind != ERR_DENIED && bulk_poll(shop, http, id, class, &now, trace, err)) {
        if (bulk_over(&now) || now.state == BULK_CANCELING)
            return true;
    } else if (why.kind == ERR_REFUSED) {
        return false; /* err: there is no such operation */
    }
    if (err != NULL)
        *err = why;
    return false;
}

/* ---- counts ---- */

bool bulk_count(struct shop *shop, struct http *http, enum bulk_kind kind,
                const struct bulk_filter *filter, enum pace_class class, struct bulk_count *count,
                struct graphql_trace *trace, struct err *err)
{
    const struct bulk_row *row = bulk_row(kind);
    json_auto_t *variables = json_pack("{s:n}", "limit"), *data = NULL;
    const json_t *found;
    AUTO_STR search;
    int64_t n;

    str_init(&search, BULK_SEARCH_MAX);
    if (!bulk_search(kind, filter, true, 0, &search, err))
        return false;
    if (search.len > 0)
        json_object_set_new(variables, "query", json_string(search.data));
    if (!call(shop, http, row->count, variables, class, &data, trace, err))
        return false;
    found = json_at(data, row->counted);
    if (!json_int(found, "count", &n) || n < 0)
        return err_set(err, ERR_BUG, "the count of %s holds no number", row->name);
    count->count = n;
    count->exact = strcmp(json_text_or(found, "precision", ""), "EXACT") == 0;
    return true;
}
