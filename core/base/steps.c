#include "base/steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

bool steps_add(struct steps *steps, const char *name, enum step_state state, const char *fmt, ...)
{
    struct step *row;
    va_list ap;

    if (steps->count >= STEPS_MAX)
        return state != STEP_FAIL;
    row = &steps->rows[steps->count++];
    row->name = name;
    row->state = state;
    va_start(ap, fmt);
    vsnprintf(row->text, sizeof row->text, fmt, ap);
    va_end(ap);
    for (char *p = row->text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    utf8_cut(row->text, strlen(row->text));
    return state != STEP_FAIL;
}

enum step_state steps_worst(const struct steps *steps)
{
    enum step_state worst = STEP_OK;

    for (unsigned i = 0; i < steps->count; i++)
        if (steps->rows[i].state > worst)
            worst = steps->rows[i].state;
    return worst;
}

const char *step_state_name(enum step_state state)
{
    static const char *const names[] = { "ok", "warn", "fail" };

    return state <= STEP_FAIL ? names[state] : "?";
}
