#include "tests/bench/calls.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define BODY_MAX (8 << 20)
#define MARK     "\\u0001" /* as jansson writes the character; no other text holds it */

void calls_free(struct calls *calls)
{
    if (calls == NULL)
        return;
    for (size_t i = 0; i < calls->count; i++)
        for (size_t k = 0; k < calls->chains[i].count; k++)
            free(calls->chains[i].calls[k].body);
    free(calls->chains);
    free(calls);
}

/* ---- where ids belong ---- */

/* \1n0012: the id of the 18th order as a number; \1s0012: as a text. */
static json_t *mark(char kind, size_t n)
{
    char text[16];

    snprintf(text, sizeof text, "\1%c%04zu", kind, n);
    return json_string(text);
}

static size_t place_of(const struct chain *chain, int64_t id)
{
    size_t n = 0;

    while (n < chain->orders && chain->ids[n] != id)
        n++;
    return n;
}

bool call_write(const struct call *call, const int64_t *ids, size_t count, struct str *to)
{
    const char *at = call->body, *next;

    str_reset(to);
    while ((next = strstr(at, "\"" MARK)) != NULL) {
        const char *kind = next + strlen("\"" MARK);
        size_t n = (size_t)strtoul(kind + 1, NULL, 10);

        if (n >= count)
            return false;
        str_add(to, at, (size_t)(next - at));
        str_addf(to, *kind == 's' ? "\"%" PRId64 "\"" : "%" PRId64, ids[n]);
        at = kind + strlen("n0000\"");
    }
    str_add(to, at, call->len - (size_t)(at - call->body));
    return !to->full;
}

size_t call_ids(const char *answer, int64_t ids[CALLS_ORDERS_MAX])
{
    const char *at = strstr(answer, "\"ids\": [");
    size_t n = 0;
    char *end;

    if (at == NULL)
        return 0;
    for (at += strlen("\"ids\": ["); n < CALLS_ORDERS_MAX; at = end + 2) {
        ids[n] = strtoll(at, &end, 10);
        if (end == at)
            break;
        n++;
        if (*end != ',')
            break;
    }
    return n;
}

/* ---- one line of the tape ---- */

struct line {
    json_t *all, *body, *args; /* args: of the model's method */
    const char *model, *method;
};

static bool starts_chain(const struct line *l)
{
    return strcmp(l->model, "sale.order") == 0 && strcmp(l->method, "load") == 0 &&
           strcmp(json_text_or(l->args, "0.0", ""), "id") == 0;
}

/* An order is known by its external id; another one makes another order. */
static void rename_all(json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row) {
        const char *was = json_text_or(row, "0", "");
        char name[256];

        if (was[0] == '\0')
            continue;
        snprintf(name, sizeof name, "again_%.240s", was);
        json_array_set_new(row, 0, json_string(name));
    }
}

/* The order that this call is about, or 0. */
static int64_t first_id(const struct line *l)
{
    const char *text;

    if (strcmp(l->model, "sale.order") != 0)
        return 0;
    if (strcmp(l->method, "load") != 0)
        return json_int_or(l->args, "0.0", 0);
    text = json_text(l->args, "1.0.0"); /* fields [".id", ...] */
    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

static bool put_marks(const struct line *l, const struct chain *chain)
{
    bool load = strcmp(l->method, "load") == 0;
    json_t *list = json_array_get(l->args, load ? 1 : 0), *item;
    size_t i;

    json_array_foreach(list, i, item) {
        int64_t id = load ? strtoll(json_text_or(item, "0", "0"), NULL, 10)
                          : json_integer_value(item);
        size_t n = place_of(chain, id);

        if (n == chain->orders)
            return false;
        if (load)
            json_array_set_new(item, 0, mark('s', n));
        else
            json_array_set_new(list, i, mark('n', n));
    }
    return true;
}

static struct chain *chain_add(struct calls *calls)
{
    if (calls->count == calls->room) {
        size_t room = calls->room != 0 ? 2 * calls->room : 256;
        struct chain *more = realloc(calls->chains, room * sizeof *more);

        if (more == NULL)
            return NULL;
        calls->chains = more;
        calls->room = room;
    }
    memset(&calls->chains[calls->count], 0, sizeof calls->chains[0]);
    return &calls->chains[calls->count++];
}

static struct chain *chain_of(struct calls *calls, int64_t id)
{
    for (size_t i = calls->count; id != 0 && i > 0; i--)
        if (place_of(&calls->chains[i - 1], id) < calls->chains[i - 1].orders)
            return &calls->chains[i - 1];
    return NULL;
}

static bool add(struct calls *calls, struct line *l, struct err *err)
{
    struct chain *chain = starts_chain(l) ? NULL : chain_of(calls, first_id(l));
    struct call *call;

    if (chain == NULL) {
        chain = chain_add(calls);
        if (chain == NULL)
            return err_set(err, ERR_BUSY, "no memory");
        if (starts_chain(l)) {
            chain->orders = call_ids(json_text_or(l->all, "answer", ""), chain->ids);
            if (chain->orders == 0)
                return err_set(err, ERR_BUG, "a load of orders was refused: %.200s",
                               json_text_or(l->all, "answer", ""));
            calls->orders += chain->orders;
            rename_all(json_array_get(l->args, 1));
        }
    } else if (!put_marks(l, chain))
        return err_set(err, ERR_BUG, "a call about orders of several loads");
    if (chain->count == CALLS_CHAIN_MAX)
        return err_set(err, ERR_BUG, "more than %d calls for the same orders", CALLS_CHAIN_MAX);
    call = &chain->calls[chain->count];
    call->began = json_int_or(l->all, "began", 0);
    call->ended = json_int_or(l->all, "ended", 0);
    call->body = json_dumps(l->body, JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (call->body == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    call->len = strlen(call->body);
    chain->count++;
    calls->sent++;
    return true;
}

static bool take_line(struct calls *calls, const char *text, size_t len, struct err *err)
{
    struct line l = { .all = json_loadb(text, len, 0, NULL) };
    json_auto_t *all = l.all, *body = NULL;
    const char *sent = json_text_or(all, "body", "");

    l.model = json_text_or(all, "model", "");
    l.method = json_text_or(all, "method", "");
    body = l.body = json_loads(sent, 0, NULL);
    l.args = json_array_get(json_object_get(json_object_get(body, "params"), "args"), 5);
    if (!json_is_array(l.args))
        return err_set(err, ERR_BUG, "the tape holds what is no call of a method");
    return add(calls, &l, err);
}

static int by_beginning(const void *a, const void *b)
{
    const struct chain *x = a, *y = b;

    return (x->calls[0].began > y->calls[0].began) - (x->calls[0].began < y->calls[0].began);
}

struct calls *calls_read(const char *path, struct err *err)
{
    AUTO(calls) calls = calloc(1, sizeof *calls);
    AUTO_FREE char *line = NULL;
    FILE *file = fopen(path, "re");
    size_t room = 0;
    ssize_t len;
    bool ok = calls != NULL;

    if (file == NULL) {
        err_errno(err, ERR_MISSING, errno, "%s", path);
        return NULL;
    }
    while (ok && (len = getline(&line, &room, file)) > 0)
        ok = take_line(calls, line, (size_t)len, err);
    fclose(file);
    if (!ok)
        return NULL;
    qsort(calls->chains, calls->count, sizeof calls->chains[0], by_beginning);
    return TAKE(calls);
}

/* ---- figures ---- */

/* Orders done by that time; one under way counts by the part of its time that is over. */
static double done_at(const struct done *done, size_t count, int64_t at)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        if (at >= done[i].ended)
            sum += (double)done[i].orders;
        else if (at > done[i].began)
            sum += (double)done[i].orders * (double)(at - done[i].began) /
                   (double)(done[i].ended - done[i].began);
    return sum;
}

static int64_t when_done(const struct done *done, size_t count, double orders)
{
    int64_t low = INT64_MAX, high = 0;

    for (size_t i = 0; i < count; i++) {
        low = done[i].began < low ? done[i].began : low;
        high = done[i].ended > high ? done[i].ended : high;
    }
    while (low < high) {
        int64_t mid = low + (high - low) / 2;

        if (done_at(done, count, mid) < orders)
            low = mid + 1;
        else
            high = mid;
    }
    return high;
}

double done_rate(const struct done *done, size_t count)
{
    double all = done_at(done, count, INT64_MAX);
    int64_t from = when_done(done, count, 0.1 * all), to = when_done(done, count, 0.9 * all);

    return to > from ? 0.8 * all * 1e6 / (double)(to - from) : 0;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int64_t calls_p95(int64_t *us, size_t count)
{
    qsort(us, count, sizeof us[0], by_size);
    return count > 0 ? us[(count - 1) * 95 / 100] : 0;
}

int64_t done_p95(const struct done *done, size_t count)
{
    size_t all = 0, n = 0;
    AUTO_FREE int64_t *us = NULL;

    for (size_t i = 0; i < count; i++)
        all += done[i].orders;
    us = calloc(all + 1, sizeof *us);
    for (size_t i = 0; us != NULL && i < count; i++)
        for (size_t k = 0; k < done[i].orders; k++)
            us[n++] = done[i].ended - done[i].began;
    return us != NULL ? calls_p95(us, n) : 0;
}
