#include "sync/findings.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

void findings_init(struct findings *f)
{
    f->count = 0;
    f->dropped = 0;
}

static bool same(const struct finding *a, const struct finding *b)
{
    return a->level == b->level && strcmp(a->thing, b->thing) == 0 && strcmp(a->text, b->text) == 0;
}

/* Where a worse finding may go in a full list: the last of the mildest; SIZE_MAX if none is. */
static size_t mildest(const struct findings *f, enum finding_level than)
{
    size_t place = SIZE_MAX;

    for (size_t i = 0; i < f->count; i++) {
        enum finding_level level = f->list[i].level;

        if (level < than && (place == SIZE_MAX || level <= f->list[place].level))
            place = i;
    }
    return place;
}

void findings_add(struct findings *f, enum finding_level level, enum err_kind kind,
                  const char *thing, const char *fmt, ...)
{
    struct finding new = { .level = level, .kind = kind };
    size_t place;
    va_list ap;
    int n;

    if (f == NULL)
        return;
    va_start(ap, fmt);
    n = vsnprintf(new.text, sizeof new.text, fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof new.text)
        utf8_cut(new.text, sizeof new.text - 1);
    str_copy(new.thing, sizeof new.thing, thing != NULL ? thing : "");
    for (size_t i = 0; i < f->count; i++)
        if (same(&f->list[i], &new))
            return;
    if (f->count < FINDINGS_MAX) {
        f->list[f->count++] = new;
        return;
    }
    f->dropped++;
    place = mildest(f, level);
    if (place != SIZE_MAX)
        f->list[place] = new;
}

const struct finding *findings_worst(const struct findings *f)
{
    const struct finding *worst = NULL;

    for (size_t i = 0; i < f->count; i++)
        if (worst == NULL || f->list[i].level > worst->level)
            worst = &f->list[i];
    return worst;
}

bool findings_stop(const struct findings *f)
{
    const struct finding *worst = findings_worst(f);

    return worst != NULL && worst->level >= FINDING_HOLD;
}

bool findings_err(const struct findings *f, struct err *err)
{
    const struct finding *worst = findings_worst(f);
    char kind[32];
    const char *colon;

    if (worst == NULL || worst->level < FINDING_HOLD)
        return true;
    err_set(err, worst->kind, "%s", worst->text);
    colon = strchr(worst->thing, ':');
    if (colon != NULL && (size_t)(colon - worst->thing) < sizeof kind) {
        memcpy(kind, worst->thing, (size_t)(colon - worst->thing));
        kind[colon - worst->thing] = '\0';
        err_about(err, kind, colon + 1);
    }
    return false;
}

const char *finding_level_name(enum finding_level level)
{
    static const char *const names[] = { "note", "flag", "hold", "missing", "refuse" };

    return level < FINDING_LEVELS ? names[level] : "?";
}

json_t *findings_json(const struct findings *f)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < f->count; i++) {
        const struct finding *x = &f->list[i];

        if (json_array_append_new(
                list, json_pack("{ssssssss}", "level", finding_level_name(x->level), "kind",
                                err_name(x->kind), "thing", x->thing, "text", x->text)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}
