/*
 * What was deleted in Odoo leaves no trace there but that its id is no more. So the ids we have
 * pairs of are looked up, a piece at a time; all of them once in a while.
 */
#include "jobs/odoo_poll.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/cursors.h"
#include "store/pairs.h"

#define PIECE      500
#define PIECE_EACH (20 * WHEN_SECOND)
#define ROUND_EACH (15 * WHEN_MINUTE) /* after the last one begins the next round */

/* "NEXT-TIME LAST-ID" */
static void read_place(const char *text, when *next, int64_t *last)
{
    *next = *last = 0;
    if (sscanf(text, "%" SCNd64 " %" SCNd64, next, last) != 2)
        *next = *last = 0;
}

/* Those whose pair does not say yet that they are gone. */
static bool keep_new(struct db *db, struct polled *p, int64_t backend, const json_t *gone,
                     struct err *err)
{
    const json_t *id;
    size_t i;

    p->gone = calloc(json_array_size(gone) + 1, sizeof *p->gone);
    if (p->gone == NULL)
        return err_set(err, ERR_BUSY, "no memory");
    json_array_foreach(gone, i, id) {
        struct pair pair;
        bool found;

        if (!pairs_by_odoo(db, backend, p->poll->model, json_integer_value(id), &pair, NULL, &found,
                           err))
            return false;
        if (found && (pair.flags & PAIR_GONE_ODOO) == 0)
            p->gone[p->gone_count++] = json_integer_value(id);
    }
    return true;
}

static bool look(struct workshop_place *place, struct db *db, struct polled *p, int64_t last,
                 struct err *err)
{
    int64_t ids[PIECE];
    size_t count = PIECE;
    json_auto_t *list = json_array(), *gone = NULL;
    bool end;

    if (!pairs_odoo_ids(db, place->site->id, p->poll->model, last, ids, &count, err))
        return false;
    end = count < PIECE;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_integer(ids[i]));
    if (count > 0 && (!changes_gone(place->site->odoo, place->http, p->poll->model, list,
                                    place->class, &gone, &place->odoo, err) ||
                      !keep_new(db, p, place->site->id, gone, err)))
        return false;
    snprintf(p->gone_at, sizeof p->gone_at, "%" PRId64 " %" PRId64,
             when_now() + (end ? ROUND_EACH : PIECE_EACH), end ? 0 : ids[count - 1]);
    return true;
}

bool poll_gone(struct workshop_place *place, struct db *db, struct polled *p, struct err *err)
{
    char name[STORE_NAME_MAX], text[CURSOR_VALUE_MAX];
    int64_t last;
    when next;

    if (strcmp(p->poll->about, "id") != 0)
        return true;
    snprintf(name, sizeof name, "odoo.%s.gone", p->poll->name);
    if (!cursors_get(db, place->site->id, name, text, err))
        return false;
    read_place(text, &next, &last);
    return next > when_now() || look(place, db, p, last, err);
}
