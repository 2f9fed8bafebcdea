#include "tui/widgets/marks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

struct word {
    size_t at, len;
};

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Letters and digits that stand together are a word; anything else is one by itself. */
static size_t words_of(const char *text, size_t len, struct word *words)
{
    size_t count = 0;

    for (size_t at = 0; at < len && count < MARKS_WORDS_MAX; count++) {
        size_t n = 1;

        while (in_word(text[at]) && at + n < len && in_word(text[at + n]))
            n++;
        words[count] = (struct word){ at, n };
        at += n;
    }
    return count;
}

static bool same(const char *a, struct word x, const char *b, struct word y)
{
    return x.len == y.len && memcmp(a + x.at, b + y.at, x.len) == 0;
}

static bool tail_byte(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Without words: all between the common beginning and the common end. */
static void by_ends(const char *base, size_t m, const char *text, size_t n, bool *changed)
{
    size_t from = 0, to = 0;

    while (from < m && from < n && base[from] == text[from])
        from++;
    while (from > 0 && from < n && tail_byte(text[from]))
        from--;
    while (to < m - from && to < n - from && base[m - 1 - to] == text[n - 1 - to])
        to++;
    while (to > 0 && tail_byte(text[n - to]))
        to--;
    memset(changed + from, true, n - to - from);
}

/* The longest common run of words stays, the rest is marked. */
static bool by_words(const char *base, size_t m, const char *text, size_t n, bool *changed)
{
    struct word *a = calloc(2 * MARKS_WORDS_MAX, sizeof *a), *b = a + MARKS_WORDS_MAX;
    size_t x = a != NULL ? words_of(base, m, a) : 0, y = a != NULL ? words_of(text, n, b) : 0;
    unsigned short(*best)[MARKS_WORDS_MAX + 1] = calloc(MARKS_WORDS_MAX + 1, sizeof *best);
    bool whole = a != NULL && best != NULL && x < MARKS_WORDS_MAX && y < MARKS_WORDS_MAX;

    for (size_t i = x; whole && i-- > 0;)
        for (size_t k = y; k-- > 0;)
            best[i][k] = same(base, a[i], text, b[k])    ? (unsigned short)(best[i + 1][k + 1] + 1)
                : best[i + 1][k] > best[i][k + 1] ? best[i + 1][k]
                                                  : best[i][k + 1];
    for (size_t i = 0, k = 0; whole && k < y;) {
        if (i < x && same(base, a[i], text, b[k])) {
            i++;
            k++;
        } else if (i < x && best[i + 1][k] >= best[i][k + 1]) {
            i++;
        } else {
            memset(changed + b[k].at, true, b[k].len);
            k++;
        }
    }
    free(best);
    free(a);
    return whole;
}

void marks_find(const char *base, const char *text, bool *changed)
{
    size_t n = strnlen(text, MARKS_TEXT_MAX), m;

    memset(changed, 0, MARKS_TEXT_MAX);
    if (base == NULL)
        return;
    m = strnlen(base, MARKS_TEXT_MAX);
    if (!by_words(base, m, text, n, changed))
        by_ends(base, m, text, n, changed);
}

/* How many bytes go on this line: up to a line break, or to the last blank that fits. */
static size_t line_of(const char *text, int width, bool *broken)
{
    size_t line = strcspn(text, "\n"), fits, cut;
    char copy[MARKS_TEXT_MAX + 1];
    int used;

    *broken = text[line] == '\n';
    if (line > MARKS_TEXT_MAX)
        line = MARKS_TEXT_MAX;
    memcpy(copy, text, line);
    copy[line] = '\0';
    fits = text_fit(copy, width, &used);
    if (fits >= line)
        return line;
    *broken = false;
    for (cut = fits; cut > 0 && copy[cut] != ' '; cut--)
        ;
    return cut > fits / 2 ? cut + 1 : fits > 0 ? fits : 1;
}

static void draw_line(struct canvas *c, int y, struct rect r, enum role role, enum role mark,
    const char *text, size_t len, const bool *changed)
{
    int x = r.x;

    for (size_t at = 0; at < len;) {
        char part[MARKS_TEXT_MAX + 1];
        size_t n = 1;

        while (at + n < len && changed[at + n] == changed[at])
            n++;
        memcpy(part, text + at, n);
        part[n] = '\0';
        x += canvas_raw(c, y, x, r.x + r.w - x, changed[at] ? mark : role, part);
        at += n;
    }
}

int marks_draw(struct canvas *c, struct rect r, enum role role, enum role mark, const char *base,
    const char *text)
{
    bool *changed AUTO_FREE = calloc(MARKS_TEXT_MAX, sizeof *changed);
    size_t len = strnlen(text, MARKS_TEXT_MAX), at = 0;
    int lines = 0;

    if (changed == NULL)
        return 0;
    marks_find(base, text, changed);
    while (at < len && lines < r.h) {
        bool broken;
        size_t n = line_of(text + at, r.w, &broken);

        draw_line(c, r.y + lines++, r, role, mark, text + at, at + n < len ? n : len - at,
            changed + at);
        at += n + broken;
    }
    if (at < len && lines > 0)
        canvas_sign(c, r.y + lines - 1, r.x + r.w - 1, ROLE_DIM, L'…');
    return lines;
}
