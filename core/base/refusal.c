#include "base/refusal.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    int code;
} rows[REFUSAL_COUNT] = {
    [REFUSAL_NONE] = { "", 1 },
#define REFUSAL(id, word, code) [REFUSAL_##id] = { word, code },
#include "base/refusal.def"
#undef REFUSAL
};

bool refusal_set(struct err *err, enum refusal why)
{
    if (err != NULL && refusal_of(err) == REFUSAL_NONE)
        err_about(err, "start", rows[why].word);
    return false;
}

enum refusal refusal_of(const struct err *err)
{
    char thing[ERR_THING_MAX];

    for (unsigned r = REFUSAL_NONE + 1; r < REFUSAL_COUNT; r++) {
        snprintf(thing, sizeof thing, "start:%s", rows[r].word);
        if (strcmp(err->thing, thing) == 0)
            return (enum refusal)r;
    }
    return REFUSAL_NONE;
}

int refusal_code(const struct err *err)
{
    return rows[refusal_of(err)].code;
}
