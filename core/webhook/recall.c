#include "webhook/recall.h"

#include <string.h>

#include "base/auto.h"
#include "base/json.h"
#include "store/cursors.h"
#include "store/inbox.h"

static bool resume(struct pattern *p, int64_t backend, struct db *db, int64_t ticks,
                   struct err *err)
{
    char value[CURSOR_VALUE_MAX];
    json_auto_t *kept = NULL;
    struct pattern_learned learned;
    when newest;

    if (!cursors_get(db, backend, RECALL_CURSOR, value, err))
        return false;
    kept = value[0] != '\0' ? json_read(value, strlen(value), "what is usual", NULL) : NULL;
    learned = (struct pattern_learned){
        .count = (uint64_t)json_int_or(kept, "deliveries", 0),
        .gap = json_int_or(kept, "gap_us", 0),
        .silent = json_int_or(kept, "silent_us", 0),
        .usual = json_real_or(kept, "a_minute", 0),
        .minutes = (unsigned)json_int_or(kept, "minutes", 0),
    };
    if (learned.count == 0)
        return true;
    /* the last run may have ended before it wrote this down */
    if (!inbox_newest(db, backend, &newest, err))
        return false;
    if (newest > json_int_or(kept, "saved", 0))
        learned.silent = 0;
    pattern_resume(p, backend, ticks, &learned);
    return true;
}

bool recall_begin(struct pattern *p, const struct shops *shops, struct db *db, int64_t ticks,
                  struct err *err)
{
    for (size_t i = 0; i < shops->count; i++)
        if (!resume(p, shops->rows[i].backend, db, ticks, err))
            return false;
    return true;
}

void recall_take(const struct pattern *p, const struct shops *shops, int64_t ticks,
                 struct recall_note *note)
{
    note->count = 0;
    for (size_t i = 0; i < shops->count && note->count < BACKENDS_MAX; i++)
        if (pattern_learned(p, shops->rows[i].backend, ticks, &note->rows[note->count].learned))
            note->rows[note->count++].backend = shops->rows[i].backend;
}

bool recall_change(struct db *db, void *ctx, struct err *err)
{
    const struct recall_note *note = ctx;

    for (size_t i = 0; i < note->count; i++) {
        const struct pattern_learned *l = &note->rows[i].learned;
        json_auto_t *kept = json_pack("{sI, sI, sI, sf, si, sI}", "deliveries",
                                      (json_int_t)l->count, "gap_us", (json_int_t)l->gap,
                                      "silent_us", (json_int_t)l->silent, "a_minute", l->usual,
                                      "minutes", (int)l->minutes, "saved",
                                      (json_int_t)when_now());
        AUTO_FREE char *text = kept != NULL ? json_write(kept) : NULL;

        if (text == NULL)
            return err_set(err, ERR_BUSY, "no memory");
        if (!cursors_set(db, note->rows[i].backend, RECALL_CURSOR, text, err))
            return false;
    }
    return true;
}
