#include "tui/keys.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tui/draw/input.h"

const struct key keys[] = {
#define SCOPE(id, title, list)
#define KEY(scope, command, keys, footer, help)                                                    \
    { SCOPE_##scope, CMD_##command, #command, keys, footer, help },
#include "tui/keys.def"
#undef SCOPE
#undef KEY
};
const size_t keys_count = sizeof keys / sizeof keys[0];

static const struct {
    const char *name, *title;
    bool list;
} scopes[] = {
#define SCOPE(id, title, list) { #id, title, list },
#define KEY(...)
#include "tui/keys.def"
#undef SCOPE
#undef KEY
};

bool keys_acts(enum command command)
{
    static const enum command acts[] = { CMD_UNDO, CMD_HOLD, CMD_MORE, CMD_LESS, CMD_RETRY,
        CMD_CANCEL_JOB, CMD_DONE, CMD_PRIORITY, CMD_SNOOZE, CMD_FIX, CMD_REPLAY, CMD_IGNORE, CMD_ASSIGN,
        CMD_BLOCK, CMD_ENSURE, CMD_REMOVE, CMD_SYNC, CMD_ACCEPT, CMD_UNSET, CMD_REFRESH, CMD_ROTATE,
        CMD_PAUSE_SHOP, CMD_UNDO_THIS, CMD_ALERT_SEEN, CMD_PLAN, CMD_APPLY, CMD_PAUSE_RUN,
        CMD_STOP_RUN, CMD_HOURS, CMD_GO_ON, CMD_SKIP, CMD_SKIP_ALL,
        CMD_UNDO_RUN, CMD_REHEARSE, CMD_CREATE, CMD_LINK };

    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (acts[i] == command)
            return true;
    return false;
}

const char *keys_title(enum scope scope)
{
    return scopes[scope].title;
}

bool keys_is_list(enum scope scope)
{
    return scopes[scope].list;
}

bool keys_applies(enum scope screen, enum scope row)
{
    return row == screen || row == SCOPE_ANY || (row == SCOPE_LIST && scopes[screen].list);
}

int keys_nth(const struct key *row, int n)
{
    const char *at = row->keys;
    char name[16];
    size_t len;

    for (; n > 0; n--) {
        at = strchr(at, ' ');
        if (at == NULL)
            return KEYCODE_NONE;
        at++;
    }
    len = strcspn(at, " ");
    if (len == 0 || len >= sizeof name)
        return KEYCODE_NONE;
    memcpy(name, at, len);
    name[len] = '\0';
    return keycode_of(name);
}

char *keys_label(const struct key *row, bool ascii, char *buf, size_t size)
{
    size_t len = 0;
    char name[16];

    buf[0] = '\0';
    for (int n = 0, key; (key = keys_nth(row, n)) != KEYCODE_NONE && len < size; n++)
        len += (size_t)snprintf(buf + len, size - len, "%s%s", n > 0 ? " " : "",
            keycode_label(key, ascii, name));
    return buf;
}

char *keys_word(const char *name, char *buf, size_t size)
{
    size_t i;

    for (i = 0; name[i] != '\0' && i + 1 < size; i++)
        buf[i] = (char)(name[i] == '_' ? '-' : tolower((unsigned char)name[i]));
    buf[i] = '\0';
    return buf;
}

const char *keys_scope_name(enum scope scope)
{
    return scopes[scope].name;
}
