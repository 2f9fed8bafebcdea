#include "tui/draw/caps.h"

#include <curses.h>
#include <stdio.h>
#include <term.h>
#include <unistd.h>

void caps_drop(void)
{
    if (cur_term != NULL)
        del_curterm(cur_term);
}

bool caps_load(const char *type)
{
    int found;

    caps_drop();
    return setupterm(type, STDOUT_FILENO, &found) == OK;
}

const char *caps_text(const char *name)
{
    char buf[16]; /* old curses takes names that are not constant */
    const char *text;

    snprintf(buf, sizeof buf, "%s", name);
    text = tigetstr(buf);
    return text == NULL || text == (char *)-1 ? "" : text;
}

int caps_number(const char *name)
{
    char buf[16];

    snprintf(buf, sizeof buf, "%s", name);
    return tigetnum(buf);
}
