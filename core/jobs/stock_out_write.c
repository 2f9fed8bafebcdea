#include "jobs/stock_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/effects.h"

#define ROUNDS_MAX 16 /* sendings of one list: each takes bad rows out, or halves it */

struct sending {
    struct out_flow *flow;
    struct out_level **levels;
    size_t count;
    const char *key;
};

void stock_out_mark(const struct out_level *l, char mark[EFFECT_MARK_MAX])
{
    snprintf(mark, EFFECT_MARK_MAX, "offer@%" PRId64 ":%" PRId64, l->location, l->item);
}

/* ---- intents ---- */

/* From now on these levels are on their way under this key, and under no other. */
static bool intend(struct db *db, void *ctx, struct err *err)
{
    const struct sending *s = ctx;
    int64_t backend = s->flow->place->site->id;

    for (size_t i = 0; i < s->count; i++) {
        const struct batch_job *job = s->levels[i]->of->job;
        enum effect_state was;
        char mark[EFFECT_MARK_MAX];

        stock_out_mark(s->levels[i], mark);
        if (!effects_undone(db, backend, mark, err) ||
            !effects_intend(db, backend, job->job.id, s->key, mark, &was, err))
            return false;
    }
    return true;
}

/* What became of them is known. */
static bool settle(struct db *db, void *ctx, struct err *err)
{
    const struct sending *s = ctx;
    char mark[EFFECT_MARK_MAX];

    for (size_t i = 0; i < s->count; i++) {
        stock_out_mark(s->levels[i], mark);
        if (!effects_undone(db, s->flow->place->site->id, mark, err))
            return false;
        s->levels[i]->key[0] = '\0';
    }
    return true;
}

/* ---- one sending ---- */

static void fill_row(struct level_row *row, const struct out_level *l)
{
    *row = (struct level_row){ .item = l->item, .location = l->location, .from = l->offer.from,
                               .to = l->offer.same ? l->offer.from : l->offer.want };
}

/* Takes out of the list what was refused. The new count. */
static size_t take_out(struct out_level **levels, const struct level_row *rows, size_t count)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++) {
        struct out_level *l = levels[i];

        if (rows[i].refusal == LEVEL_TAKEN) {
            levels[left++] = l;
        } else if (rows[i].refusal == LEVEL_STALE) {
            l->of->looked = false;
        } else {
            l->fate = OUT_BAD;
            l->why = rows[i].why;
        }
    }
    return left;
}

static bool send_some(struct out_flow *flow, struct out_level **levels, size_t count,
                      const char *key, unsigned rounds, struct err *err);

/* The whole is refused, and no row of it is named. */
static bool halve(struct out_flow *flow, struct out_level **levels, size_t count, unsigned rounds,
                  const struct err *why, struct err *err)
{
    if (count > 1)
        return send_some(flow, levels, count / 2, "", rounds + 1, err) &&
               send_some(flow, levels + count / 2, count - count / 2, "", rounds + 1, err);
    levels[0]->fate = OUT_BAD;
    levels[0]->why = *why;
    return true;
}

/* The outcome of a sending. False: a side is busy, or it is not known: the intents stay. */
static bool end_sending(struct sending *s, enum levels_outcome outcome, unsigned rounds,
                        struct level_row *rows, const struct err *why, struct err *err)
{
    struct out_level **levels = s->levels;
    size_t count = s->count, left;

    if (outcome == LEVELS_FAILED && why->kind == ERR_UNSURE) {
        for (size_t i = 0; i < count; i++)
            str_copy(levels[i]->key, sizeof levels[i]->key, s->key);
        *err = *why;
        return false;
    }
    if (!store_do(s->flow->store, settle, s, err))
        return false;
    switch (outcome) {
    case LEVELS_SET:
        for (size_t i = 0; i < count; i++)
            levels[i]->fate = OUT_SET;
        return true;
    case LEVELS_SPENT:
        for (size_t i = 0; i < count; i++)
            levels[i]->of->looked = false;
        return true;
    case LEVELS_REFUSED:
        left = take_out(levels, rows, count);
        if (rounds == ROUNDS_MAX) /* others write faster than we do: read all of it again */
            for (size_t i = 0; i < left; i++)
                levels[i]->of->looked = false;
        else if (left < count)
            return send_some(s->flow, levels, left, "", rounds + 1, err);
        else
            return halve(s->flow, levels, count, rounds, why, err);
        return true;
    case LEVELS_FAILED:
        break;
    }
    *err = *why;
    return false;
}

/* At most LEVELS_MAX. key: "" for a new one. levels: is rearranged. */
static bool send_some(struct out_flow *flow, struct out_level **levels, size_t count,
                      const char *key, unsigned rounds, struct err *err)
{
    struct workshop_place *place = flow->place;
    struct level_row *rows AUTO_FREE = calloc(count + 1, sizeof *rows);
    char own[LEVELS_KEY_MAX], about[48];
    struct sending s = { flow, levels, count, own };
    struct err why = { 0 };
    enum levels_outcome outcome;

    if (count == 0)
        return true;
    if (rows == NULL)
        return err_set(err, ERR_BUSY, "no memory to set stock");
    levels_key(own);
    if (key[0] != '\0')
        str_copy(own, sizeof own, key);
    for (size_t i = 0; i < count; i++)
        fill_row(&rows[i], levels[i]);
    if (!store_do(flow->store, intend, &s, err))
        return false;
    snprintf(about, sizeof about, "Job/%" PRId64, levels[0]->of->job->job.id);
    workshop_count(place->workshop, 0, 1);
    outcome = levels_set(place->site->shop, place->http, rows, count, own, about, place->class,
                         &place->shopify, &why);
    return end_sending(&s, outcome, rounds, rows, &why, err);
}

/* ---- all that is open ---- */

/* By key: those that go under the same one stand together, those without one at the end. */
static int by_key(const void *a, const void *b)
{
    const struct out_level *const *x = a, *const *y = b;

    return -strcmp((*x)->key, (*y)->key);
}

static struct out_level **list_open(struct out_flow *flow, size_t *count)
{
    struct out_level **list;
    size_t room = 1;

    *count = 0;
    EACH_OUT(flow, c)
        room += c->count;
    list = calloc(room, sizeof(struct out_level *));
    if (list == NULL)
        return NULL;
    EACH_OUT(flow, c)
        EACH_OUT_LEVEL(c, l)
            if (l->fate == OUT_OPEN)
                list[(*count)++] = l;
    qsort(list, *count, sizeof(struct out_level *), by_key);
    return list;
}

static bool send_all(struct out_flow *flow, struct out_level **list, size_t count, struct err *err)
{
    for (size_t from = 0, n = 0; from < count; from += n) {
        char key[LEVELS_KEY_MAX];

        str_copy(key, sizeof key, list[from]->key);
        for (n = 1; from + n < count && n < LEVELS_MAX && strcmp(list[from + n]->key, key) == 0;)
            n++;
        if (!send_some(flow, list + from, n, key, 0, err))
            return false;
    }
    return true;
}

bool stock_out_write(struct out_flow *flow, struct err *err)
{
    for (unsigned tries = 0; tries < OUT_TRIES; tries++) {
        struct out_level **list AUTO_FREE = NULL;
        size_t count;

        if (tries > 0 && !stock_out_look(flow, err))
            return false;
        list = list_open(flow, &count);
        if (list == NULL)
            return err_set(err, ERR_BUSY, "no memory to set stock");
        if (count == 0)
            return true;
        if (!send_all(flow, list, count, err))
            return false;
    }
    return true;
}
