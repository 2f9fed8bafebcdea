#include "tui/widgets/edit.h"

#include <string.h>

#include "tui/draw/input.h"

enum { CTRL_A = 1, CTRL_E = 5, CTRL_K = 11, CTRL_U = 21, CTRL_W = 23 };

void edit_clear(struct edit *e)
{
    explicit_bzero(e->text, sizeof e->text);
    e->len = e->at = 0;
}

static void insert(struct edit *e, const char *bytes, size_t n)
{
    if (e->len + n >= sizeof e->text)
        return;
    memmove(e->text + e->at + n, e->text + e->at, e->len - e->at + 1);
    memcpy(e->text + e->at, bytes, n);
    e->len += n;
    e->at += n;
}

void edit_paste(struct edit *e, const char *text)
{
    char clean[EDIT_MAX];

    text_clean(clean, sizeof clean, text); /* line ends become pictures: drop those at the end */
    for (size_t n = strlen(clean); n >= 3; n -= 3) {
        if (memcmp(clean + n - 3, "\u240A", 3) != 0 && memcmp(clean + n - 3, "\u240D", 3) != 0)
            break;
        clean[n - 3] = '\0';
    }
    insert(e, clean, strlen(clean));
}

void edit_set(struct edit *e, const char *text)
{
    edit_clear(e);
    edit_paste(e, text);
}

static bool is_inside(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static size_t before(const struct edit *e, size_t at)
{
    do
        at -= at > 0;
    while (at > 0 && is_inside(e->text[at]));
    return at;
}

static size_t after(const struct edit *e, size_t at)
{
    do
        at += at < e->len;
    while (at < e->len && is_inside(e->text[at]));
    return at;
}

static void cut(struct edit *e, size_t from, size_t to)
{
    memmove(e->text + from, e->text + to, e->len - to + 1);
    e->len -= to - from;
    e->at = from;
}

static size_t word_start(const struct edit *e)
{
    size_t at = e->at;

    while (at > 0 && e->text[at - 1] == ' ')
        at--;
    while (at > 0 && e->text[at - 1] != ' ')
        at--;
    return at;
}

static bool move_key(struct edit *e, int key)
{
    switch (key) {
    case KEYCODE_LEFT:
        e->at = before(e, e->at);
        return true;
    case KEYCODE_RIGHT:
        e->at = after(e, e->at);
        return true;
    case KEYCODE_HOME:
    case CTRL_A:
        e->at = 0;
        return true;
    case KEYCODE_END:
    case CTRL_E:
        e->at = e->len;
        return true;
    default:
        return false;
    }
}

bool edit_key(struct edit *e, int key)
{
    char bytes[4];

    if (move_key(e, key))
        return true;
    switch (key) {
    case KEYCODE_BACKSPACE:
        cut(e, before(e, e->at), e->at);
        return true;
    case KEYCODE_DELETE:
        cut(e, e->at, after(e, e->at));
        return true;
    case CTRL_U:
        cut(e, 0, e->at);
        return true;
    case CTRL_K:
        cut(e, e->at, e->len);
        return true;
    case CTRL_W:
        cut(e, word_start(e), e->at);
        return true;
    case KEYCODE_SPACE:
        insert(e, " ", 1);
        return true;
    default:
        if (key < ' ' || key > 0x10FFFF || (key >= 0x7F && key < 0xA0))
            return false;
        insert(e, bytes, text_encode(bytes, (wchar_t)key));
        return true;
    }
}

void edit_draw(const struct edit *e, struct canvas *c, int y, int x, int width, bool focused)
{
    enum role role = focused ? ROLE_FIELD_ON : ROLE_FIELD;
    char shown[EDIT_MAX * 3 + 1] = "";
    int cursor = 0;
    size_t n = 0, from = 0;

    for (size_t i = 0; i < e->len; i++) {
        if (i == e->at)
            cursor = (int)n;
        if (!e->hidden)
            shown[n++] = e->text[i];
        else if (!is_inside(e->text[i])) {
            memcpy(shown + n, "\u2022", 3);
            n += 3;
        }
    }
    if (e->at == e->len)
        cursor = (int)n;
    shown[n] = '\0';
    canvas_fill(c, (struct rect){ y, x, 1, width }, role);
    for (;;) { /* drop characters at the left until the cursor fits */
        char keep = shown[cursor];
        int column;

        shown[cursor] = '\0';
        column = text_width(shown + from);
        shown[cursor] = keep;
        if (column < width || from >= (size_t)cursor) {
            canvas_raw(c, y, x, width, role, shown + from);
            if (focused)
                canvas_cursor(c, y, x + column);
            return;
        }
        do
            from++;
        while (is_inside(shown[from]));
    }
}
