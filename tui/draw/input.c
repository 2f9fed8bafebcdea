#include "tui/draw/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define ESC '\033'

static const struct {
    const char *name, *label, *plain;
} codes[] = {
#define KEYCODE(id, name, label, plain) { name, label, plain },
#include "tui/draw/keycode.def"
#undef KEYCODE
};

static const char *one_char(int key, char *buf)
{
    if (key >= 1 && key <= 26) {
        snprintf(buf, 16, "ctrl-%c", 'a' + key - 1);
        return buf;
    }
    buf[0] = (char)(key > ' ' && key < 127 ? key : '?');
    buf[1] = '\0';
    return buf;
}

const char *keycode_name(int key, char *buf)
{
    if (key > KEYCODE_FIRST && key < KEYCODE_END_OF_LIST)
        return codes[key - KEYCODE_FIRST - 1].name;
    return one_char(key, buf);
}

const char *keycode_label(int key, bool ascii, char *buf)
{
    if (key > KEYCODE_FIRST && key < KEYCODE_END_OF_LIST)
        return ascii ? codes[key - KEYCODE_FIRST - 1].plain : codes[key - KEYCODE_FIRST - 1].label;
    return one_char(key, buf);
}

int keycode_of(const char *name)
{
    if (name[0] != '\0' && name[1] == '\0')
        return name[0] > ' ' && name[0] < 127 ? name[0] : KEYCODE_NONE;
    if (strncmp(name, "ctrl-", 5) == 0 && name[5] >= 'a' && name[5] <= 'z' && name[6] == '\0')
        return name[5] - 'a' + 1;
    for (int i = 0; i < (int)(sizeof codes / sizeof codes[0]); i++)
        if (strcmp(codes[i].name, name) == 0)
            return KEYCODE_FIRST + 1 + i;
    return KEYCODE_NONE;
}

void input_init(struct input *in)
{
    memset(in, 0, sizeof *in);
}

size_t input_feed(struct input *in, const char *bytes, size_t len)
{
    size_t room = sizeof in->pending - in->len;
    size_t n = len < room ? len : room;

    memcpy(in->pending + in->len, bytes, n);
    in->len += n;
    return n;
}

bool input_waiting(const struct input *in)
{
    return in->len > 0 && !in->pasting;
}

const char *input_pasted(const struct input *in)
{
    return in->paste;
}

static void drop(struct input *in, size_t n)
{
    in->len -= n;
    memmove(in->pending, in->pending + n, in->len);
}

static bool key_event(struct input_event *event, int key)
{
    *event = (struct input_event){ .kind = INPUT_KEY, .key = key };
    return true;
}

/* The last byte of ESC [ and ESC O sequences that are keys. */
static int final_key(char last)
{
    switch (last) {
    case 'A': return KEYCODE_UP;
    case 'B': return KEYCODE_DOWN;
    case 'C': return KEYCODE_RIGHT;
    case 'D': return KEYCODE_LEFT;
    case 'F': return KEYCODE_END;
    case 'H': return KEYCODE_HOME;
    case 'M': return KEYCODE_ENTER; /* the keypad's */
    case 'Z': return KEYCODE_BACKTAB;
    default: return KEYCODE_NONE;
    }
}

static int tilde_key(long number)
{
    switch (number) {
    case 1:
    case 7: return KEYCODE_HOME;
    case 2: return KEYCODE_INSERT;
    case 3: return KEYCODE_DELETE;
    case 4:
    case 8: return KEYCODE_END;
    case 5: return KEYCODE_PAGE_UP;
    case 6: return KEYCODE_PAGE_DOWN;
    default: return KEYCODE_NONE;
    }
}

/* ESC [ < button ; x ; y M|m */
static bool mouse(const char *params, char last, struct input_event *event)
{
    char *end;
    long button = strtol(params + 1, &end, 10);
    long x = *end == ';' ? strtol(end + 1, &end, 10) : 0;
    long y = *end == ';' ? strtol(end + 1, &end, 10) : 0;

    if (x < 1 || y < 1 || x > 9999 || y > 9999 || last != 'M')
        return false;
    *event = (struct input_event){ .y = (int)y - 1, .x = (int)x - 1 };
    if (button == 0)
        event->kind = INPUT_CLICK;
    else if (button == 64 || button == 65)
        event->kind = INPUT_WHEEL;
    event->key = button == 64 ? KEYCODE_UP : KEYCODE_DOWN;
    return event->kind != INPUT_NONE;
}

/* What a whole control sequence means; false: nothing to us. */
static bool meaning(struct input *in, const char *params, char last, struct input_event *event)
{
    char *end;
    long number = strtol(params, &end, 10);

    if (last == '~' && number == 200) {
        in->pasting = true;
        in->paste_len = 0;
        return false;
    }
    if (last == '~' && tilde_key(number) != KEYCODE_NONE)
        return key_event(event, tilde_key(number));
    if (params[0] == '<')
        return mouse(params, last, event);
    if (params[0] == '?' && last == 'y') {
        number = strtol(params + 1, &end, 10);
        *event = (struct input_event){ .kind = INPUT_MODE, .key = (int)number };
        event->y = *end == ';' ? (int)strtol(end + 1, NULL, 10) : 0;
        return true;
    }
    if (last == 'n' && strcmp(params, "0") == 0)
        *event = (struct input_event){ .kind = INPUT_STATUS };
    else if (last == 'I' && params[0] == '\0')
        *event = (struct input_event){ .kind = INPUT_FOCUS_IN };
    else if (last == 'O' && params[0] == '\0')
        *event = (struct input_event){ .kind = INPUT_FOCUS_OUT };
    else if (final_key(last) != KEYCODE_NONE && last != 'M')
        return key_event(event, final_key(last));
    else
        return false;
    return true;
}

enum parsed { PARSED_EVENT, PARSED_NOTHING, PARSED_MORE };

/* ESC [ parameters final; the Linux console's F keys are ESC [ [ letter. */
static enum parsed csi(struct input *in, struct input_event *event)
{
    char params[64];
    size_t n = 0, at = 2;

    if (in->len > 2 && in->pending[2] == '[') {
        if (in->len < 4)
            return PARSED_MORE;
        drop(in, 4);
        return PARSED_NOTHING;
    }
    for (; at < in->len; at++) {
        char c = in->pending[at];

        if (c >= 0x20 && c <= 0x3F) {
            if (n < sizeof params - 1)
                params[n++] = c;
            continue;
        }
        params[n] = '\0';
        if (c == 'M' && n == 0) { /* an old mouse report: three bytes follow */
            if (in->len < 6)
                return PARSED_MORE;
            drop(in, 6);
            return PARSED_NOTHING;
        }
        drop(in, c == ESC ? at : at + 1); /* broken off by another sequence */
        return c >= 0x40 && c <= 0x7E && meaning(in, params, c, event) ? PARSED_EVENT
                                                                       : PARSED_NOTHING;
    }
    if (in->len < sizeof in->pending)
        return PARSED_MORE;
    in->len = 0; /* longer than any sequence */
    return PARSED_NOTHING;
}

/* Strings (OSC, DCS, APC, PM, SOS) up to their end: answers we never asked for. */
static enum parsed string(struct input *in)
{
    for (size_t i = 2; i < in->len; i++) {
        if (in->pending[i] == '\a') {
            drop(in, i + 1);
            return PARSED_NOTHING;
        }
        if (in->pending[i] == ESC && i + 1 < in->len) {
            drop(in, in->pending[i + 1] == '\\' ? i + 2 : i);
            return PARSED_NOTHING;
        }
    }
    if (in->len < sizeof in->pending)
        return PARSED_MORE;
    in->len = 2; /* keep its beginning, go on swallowing */
    return PARSED_MORE;
}

static enum parsed escape(struct input *in, bool idle, struct input_event *event)
{
    enum parsed p = PARSED_MORE;

    if (in->len == 1) {
        if (!idle)
            return PARSED_MORE;
        drop(in, 1);
        key_event(event, KEYCODE_ESC);
        return PARSED_EVENT;
    }
    switch (in->pending[1]) {
    case '[':
        p = csi(in, event);
        break;
    case 'O':
        if (in->len < 3)
            break;
        p = final_key(in->pending[2]) != KEYCODE_NONE &&
                key_event(event, final_key(in->pending[2]))
            ? PARSED_EVENT
            : PARSED_NOTHING;
        drop(in, 3);
        break;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
        p = string(in);
        break;
    default: /* esc, and then another key */
        drop(in, 1);
        key_event(event, KEYCODE_ESC);
        return PARSED_EVENT;
    }
    if (p == PARSED_MORE && idle) { /* it will not be finished any more */
        in->len = 0;
        return PARSED_NOTHING;
    }
    return p;
}

static void paste_add(struct input *in, char c)
{
    if (in->paste_len < INPUT_PASTE_MAX)
        in->paste[in->paste_len++] = c;
}

/* Pasted bytes up to ESC [ 201 ~ */
static enum parsed paste(struct input *in, struct input_event *event)
{
    static const char closing[] = "\033[201~";

    while (in->len > 0) {
        size_t n = in->len < 6 ? in->len : 6;

        if (memcmp(in->pending, closing, n) == 0) {
            if (n < 6)
                return PARSED_MORE;
            drop(in, 6);
            in->pasting = false;
            in->paste[in->paste_len] = '\0';
            utf8_cut(in->paste, in->paste_len);
            *event = (struct input_event){ .kind = INPUT_PASTE };
            return PARSED_EVENT;
        }
        paste_add(in, in->pending[0]);
        drop(in, 1);
    }
    return PARSED_MORE;
}

static enum parsed character(struct input *in, bool idle, struct input_event *event)
{
    unsigned char lead = (unsigned char)in->pending[0];
    size_t len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
    wchar_t c = len == 1 ? lead : lead & (0x3F >> (len - 1));

    for (size_t i = 1; i < len; i++) {
        if (i >= in->len && !idle)
            return PARSED_MORE;
        if (i >= in->len || ((unsigned char)in->pending[i] & 0xC0) != 0x80) {
            drop(in, i); /* broken UTF-8 */
            return PARSED_NOTHING;
        }
        c = c << 6 | ((unsigned char)in->pending[i] & 0x3F);
    }
    drop(in, len);
    if (len == 1 && (lead >= 0x80 || lead == 0 || (lead > 26 && lead < 32)))
        return PARSED_NOTHING;
    switch (c) {
    case '\r':
    case '\n': c = KEYCODE_ENTER; break;
    case '\t': c = KEYCODE_TAB; break;
    case 0x08:
    case 0x7F: c = KEYCODE_BACKSPACE; break;
    case ' ': c = KEYCODE_SPACE; break;
    default: break;
    }
    key_event(event, (int)c);
    return PARSED_EVENT;
}

bool input_next(struct input *in, bool idle, struct input_event *event)
{
    while (in->len > 0) {
        enum parsed p = in->pasting ? paste(in, event)
            : in->pending[0] == ESC ? escape(in, idle, event)
                                    : character(in, idle, event);

        if (p == PARSED_EVENT)
            return true;
        if (p == PARSED_MORE)
            return false;
    }
    return false;
}
