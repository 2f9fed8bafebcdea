#include "tui/draw/theme.h"

#include <string.h>

#define PLAIN LOOK_PLAIN
#define BOLD LOOK_BOLD
#define DIM LOOK_DIM
#define UNDER LOOK_UNDER
#define REV LOOK_REV

static const struct {
    short colour[4][2]; /* dark, light, colour-blind, 8 colours */
    unsigned char attrs[3];
} roles[] = {
#define ROLE(id, df, db, lf, lb, cf, cb, f8, b8, a256, a8, mono)                                   \
    { { { df, db }, { lf, lb }, { cf, cb }, { f8, b8 } }, { a256, a8, mono } },
#include "tui/draw/theme.def"
#undef ROLE
};

static const char *const names[] = { "dark", "light", "blind" };

struct look theme_look(enum theme theme, enum colours colours, enum role role)
{
    struct look look = { -1, -1, roles[role].attrs[2] };
    int set = colours == COLOURS_8 ? 3 : (int)theme;

    if (colours == COLOURS_NONE)
        return look;
    look.fg = roles[role].colour[set][0];
    look.bg = roles[role].colour[set][1];
    look.attrs = roles[role].attrs[colours == COLOURS_8 ? 1 : 0];
    return look;
}

const char *theme_name(enum theme theme)
{
    return names[theme];
}

bool theme_of(const char *name, enum theme *theme)
{
    for (int i = 0; i < THEME_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *theme = (enum theme)i;
            return true;
        }
    return false;
}

bool theme_colours(const char *option, const char *no_color, int terminal_has,
    enum colours *colours)
{
    enum colours can = terminal_has >= 256 ? COLOURS_256
        : terminal_has >= 8                ? COLOURS_8
                                           : COLOURS_NONE;

    if (option == NULL || strcmp(option, "auto") == 0)
        *colours = no_color != NULL && *no_color != '\0' ? COLOURS_NONE : can;
    else if (strcmp(option, "always") == 0)
        *colours = can == COLOURS_NONE ? COLOURS_8 : can;
    else if (strcmp(option, "256") == 0)
        *colours = COLOURS_256;
    else if (strcmp(option, "8") == 0)
        *colours = COLOURS_8;
    else if (strcmp(option, "never") == 0)
        *colours = COLOURS_NONE;
    else
        return false;
    return true;
}

char theme_letter(enum role role)
{
    /* in the order of theme.def */
    static const char letters[] = ".dftHFAkbnowe>OIWESPi@B123gsTUV";

    _Static_assert(sizeof letters - 1 == ROLE_COUNT, "one letter per role");
    return letters[role];
}
