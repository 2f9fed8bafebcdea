#include "tui/draw/text.h"

#include <stdint.h>
#include <string.h>

#define BAD 0xFFFD

struct range {
    uint32_t from, to;
};

static bool in_ranges(const struct range *r, size_t count, uint32_t c)
{
    for (size_t i = 0; i < count; i++)
        if (c >= r[i].from && c <= r[i].to)
            return true;
    return false;
}
#define IN(table, c) in_ranges(table, sizeof(table) / sizeof(table)[0], c)

/* Characters without a picture that change how others look: dropped. */
static const struct range invisible[] = {
    { 0x00AD, 0x00AD }, { 0x034F, 0x034F }, { 0x061C, 0x061C }, { 0x115F, 0x1160 },
    { 0x17B4, 0x17B5 }, { 0x180B, 0x180F }, { 0x200B, 0x200C }, { 0x200E, 0x200F },
    { 0x202A, 0x202E }, { 0x2060, 0x206F }, { 0x3164, 0x3164 }, { 0xFE00, 0xFE0F },
    { 0xFEFF, 0xFEFF }, { 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFB }, { 0x1BCA0, 0x1BCA3 },
    { 0x1D173, 0x1D17A }, { 0x1F3FB, 0x1F3FF }, { 0xE0000, 0xE0FFF },
};

/* Scripts and symbols that terminals measure, join or order in different ways. */
static const struct range contested[] = {
    { 0x0590, 0x08FF },   /* right to left */
    { 0x0900, 0x109F },   /* Indic, Thai, Lao, Tibetan, Myanmar */
    { 0x1100, 0x11FF },   { 0x1780, 0x18AF },  { 0x1A00, 0x1CFF }, { 0x231A, 0x231B },
    { 0x23E9, 0x23F3 },   { 0x25FD, 0x25FE },  { 0x2600, 0x26FF }, { 0x2705, 0x270D },
    { 0x2728, 0x2728 },   { 0x274C, 0x274E },  { 0x2753, 0x2757 }, { 0x2795, 0x2797 },
    { 0x27B0, 0x27BF },   { 0x2B1B, 0x2B55 },  { 0x302A, 0x302F }, { 0x3099, 0x309A },
    { 0xA960, 0xA97F },   { 0xA8E0, 0xABFF },  { 0xD7B0, 0xF8FF }, { 0xFB1D, 0xFDFF },
    { 0xFE10, 0xFE2F },   { 0xFE70, 0xFEFE },  { 0x10000, 0x10FFFF },
};

/* What our own signs look like where only ASCII can be shown; one column each. */
static const struct {
    uint16_t sign;
    char plain;
} folds[] = {
    { 0x00B7, '.' }, { 0x00D7, 'x' }, { 0x0394, 'd' }, { 0x2013, '-' }, { 0x2014, '-' },
    { 0x2018, '\'' }, { 0x2019, '\'' }, { 0x201C, '"' }, { 0x201D, '"' }, { 0x2022, '*' },
    { 0x2026, '~' }, { 0x2039, '<' }, { 0x203A, '>' }, { 0x2190, '<' }, { 0x2191, '^' },
    { 0x2192, '>' }, { 0x2193, 'v' }, { 0x21B5, '<' }, { 0x21BB, '@' }, { 0x2212, '-' },
    { 0x222A, 'U' }, { 0x25CF, 'o' }, { 0x25CB, '.' }, { 0x25B2, '!' }, { 0x25B4, '^' },
    { 0x25B8, '>' }, { 0x25BC, 'v' }, { 0x25BE, 'v' }, { 0x2713, '*' }, { 0x2717, 'x' },
    { 0x2016, '|' }, { 0x2500, '-' }, { 0x2502, '|' }, { 0x2504, '.' }, { 0x00A0, ' ' },
};

static uint32_t folded(uint32_t c, enum fold fold)
{
    if (c < 0x80 || fold == FOLD_NONE)
        return c;
    for (size_t i = 0; i < sizeof folds / sizeof folds[0]; i++)
        if (folds[i].sign == c)
            return (unsigned char)folds[i].plain;
    return fold == FOLD_ALL ? '?' : c;
}

/* Strict: no overlong forms, no surrogates; a bad byte is one BAD. */
static uint32_t decode(struct text_iter *it)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    unsigned char lead = (unsigned char)*it->at;
    int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    uint32_t c;

    if (lead < 0x80)
        return (unsigned char)*it->at++;
    if (lead < 0xC2 || lead > 0xF4 || it->end - it->at <= more) {
        it->at++;
        return BAD;
    }
    c = lead & (0x3F >> more);
    for (int i = 1; i <= more; i++) {
        unsigned char next = (unsigned char)it->at[i];

        if ((next & 0xC0) != 0x80) {
            it->at++;
            return BAD;
        }
        c = c << 6 | (next & 0x3F);
    }
    if (c < least[more] || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF) {
        it->at++;
        return BAD;
    }
    it->at += more + 1;
    return c;
}

/* Makes the unseen seen; 0: drop it. */
static uint32_t tame(uint32_t c)
{
    if (c < 0x20)
        return 0x2400 + c;
    if (c == 0x7F)
        return 0x2421;
    if (c < 0x7F)
        return c;
    if (c >= 0x80 && c < 0xA0)
        return BAD;
    if (c == 0x2028 || c == 0x2029)
        return 0x240A;
    if (c >= 0x1F1E6 && c <= 0x1F1FF) /* flags become their letters */
        return 'A' + (c - 0x1F1E6);
    if (IN(invisible, c))
        return 0;
    return c;
}

void text_start(struct text_iter *it, const char *text, enum fold fold)
{
    it->at = text;
    it->end = text + strlen(text);
    it->fold = fold;
}

/* Adds the marks that follow a character; a joined emoji shows its first part only. */
static void take_marks(struct text_iter *it, struct text_cell *cell)
{
    int marks = 0;

    while (it->at < it->end && (unsigned char)*it->at >= 0x80) { /* ASCII has none */
        struct text_iter back = *it;
        uint32_t c = decode(it);

        if (c == 0x200D) { /* zero-width joiner: what it joins is not drawn */
            struct text_iter joined = *it;

            if (cell->ch[0] >= 0x2190 && it->at < it->end && decode(&joined) >= 0x2190)
                *it = joined;
            continue;
        }
        c = tame(c);
        if (c == 0)
            continue;
        if (c < 0x300 || wcwidth((wchar_t)c) != 0) {
            *it = back;
            return;
        }
        if (marks < TEXT_MARKS && it->fold != FOLD_ALL)
            cell->ch[++marks] = (wchar_t)c;
        cell->contested = it->fold != FOLD_ALL;
    }
}

bool text_next(struct text_iter *it, struct text_cell *cell)
{
    while (it->at < it->end) {
        uint32_t c = tame(decode(it));
        int width;

        if (c == 0 || c == 0x200D)
            continue;
        if (it->fold == FOLD_ALL && c >= 0x2400 && c <= 0x2421)
            c = '?';
        c = folded(c, it->fold);
        width = c >= 0x20 && c < 0x7F ? 1 : wcwidth((wchar_t)c);
        if (width == 0)
            continue; /* a mark with nothing to stand on */
        if (width < 0) {
            c = it->fold == FOLD_ALL ? '?' : BAD;
            width = 1;
        }
        memset(cell, 0, sizeof *cell);
        cell->ch[0] = (wchar_t)c;
        cell->width = width;
        cell->contested = c >= 0x590 && IN(contested, c);
        take_marks(it, cell);
        return true;
    }
    return false;
}

int text_width(const char *text)
{
    struct text_iter it;
    struct text_cell cell;
    int width = 0;

    text_start(&it, text, FOLD_NONE);
    while (text_next(&it, &cell))
        width += cell.width;
    return width;
}

size_t text_fit(const char *text, int cols, int *used)
{
    struct text_iter it;
    struct text_cell cell;
    const char *end = text;
    int width = 0;

    text_start(&it, text, FOLD_NONE);
    while (text_next(&it, &cell) && width + cell.width <= cols) {
        width += cell.width;
        end = it.at;
    }
    if (used != NULL)
        *used = width;
    return (size_t)(end - text);
}

size_t text_encode(char *to, wchar_t ch)
{
    uint32_t c = (uint32_t)ch;

    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3F));
    to[2] = (char)(0x80 | (c >> 6 & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

char *text_clean(char *to, size_t size, const char *from)
{
    struct text_iter it;
    struct text_cell cell;
    size_t len = 0;

    text_start(&it, from, FOLD_NONE);
    while (text_next(&it, &cell)) {
        char bytes[4 * (1 + TEXT_MARKS)];
        size_t n = 0;

        for (int i = 0; cell.ch[i] != 0; i++)
            n += text_encode(bytes + n, cell.ch[i]);
        if (len + n >= size)
            break;
        memcpy(to + len, bytes, n);
        len += n;
    }
    if (size > 0)
        to[len] = '\0';
    return to;
}
