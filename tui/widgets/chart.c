#include "tui/widgets/chart.h"

#include <math.h>

#define BRAILLE 0x2800

/* Dots of the left and right half of a braille cell, by height from 0 to 4. */
static const int left[] = { 0, 0x40, 0x44, 0x46, 0x47 };
static const int right[] = { 0, 0x80, 0xA0, 0xB0, 0xB8 };
static const wchar_t blocks[] = L" \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";
static const wchar_t parts[] = L" \u258F\u258E\u258D\u258C\u258B\u258A\u2589\u2588";
static const wchar_t plain[] = L" .:|";

static void put(struct canvas *c, int y, int x, enum role role, wchar_t sign)
{
    canvas_sign(c, y, x, sign == ' ' || sign == BRAILLE ? ROLE_TEXT : role,
        sign == BRAILLE ? ' ' : sign);
}

void gauge_draw(struct canvas *c, int y, int x, int width, double value, double maximum)
{
    double share = maximum > 0 ? value / maximum : 0;
    enum role role = share < 0.6 ? ROLE_GAUGE1 : share < 0.85 ? ROLE_GAUGE2 : ROLE_GAUGE3;
    bool ascii = c->glyphs == GLYPHS_ASCII;
    int eighths;

    share = share < 0 || isnan(share) ? 0 : share > 1 ? 1 : share;
    eighths = (int)lround(share * width * 8);
    if (share > 0 && eighths == 0)
        eighths = 1;
    for (int i = 0; i < width; i++, eighths -= 8) {
        int part = eighths < 0 ? 0 : eighths > 8 ? 8 : eighths;

        if (ascii)
            canvas_sign(c, y, x + i, part >= 4 ? role : ROLE_GROUND, part >= 4 ? '#' : '.');
        else if (part == 0)
            canvas_sign(c, y, x + i, ROLE_GROUND, 0x2591);
        else
            canvas_sign(c, y, x + i, role, parts[part]);
    }
}

/* The sample at place i of `places` places, of which the last is the newest. */
static double sample(const json_t *samples, int i, int places)
{
    long have = (long)json_array_size(samples);
    long at = have - places + i;
    double v = at < 0 ? 0 : json_number_value(json_array_get(samples, (size_t)at));

    return v > 0 ? v : 0;
}

static double highest(const json_t *samples, int places)
{
    double most = 0;

    for (int i = 0; i < places; i++) {
        double v = sample(samples, i, places);

        most = v > most ? v : most;
    }
    return most;
}

/* How many of `steps` steps a value fills; something is never nothing. */
static int level(double v, double top, int steps)
{
    int n = top > 0 ? (int)lround(v / top * steps) : 0;

    if (v > 0 && n == 0)
        n = 1;
    return n > steps ? steps : n;
}

static int part_of(int filled, int line, int per_line) /* line 0 is the lowest */
{
    int n = filled - line * per_line;

    return n < 0 ? 0 : n > per_line ? per_line : n;
}

static void column(struct canvas *c, struct rect r, int x, const json_t *samples, double top,
    int places, enum role role)
{
    bool braille = c->glyphs == GLYPHS_BRAILLE;
    int per_line = braille ? 4 : c->glyphs == GLYPHS_BLOCK ? 8 : 3;
    int a = level(sample(samples, braille ? 2 * x : x, places), top, r.h * per_line);
    int b = braille ? level(sample(samples, 2 * x + 1, places), top, r.h * per_line) : 0;

    for (int line = 0; line < r.h; line++) {
        int y = r.y + r.h - 1 - line;
        int n = part_of(a, line, per_line);

        if (braille)
            put(c, y, r.x + x, role, BRAILLE + left[n] + right[part_of(b, line, per_line)]);
        else
            put(c, y, r.x + x, role, c->glyphs == GLYPHS_BLOCK ? blocks[n] : plain[n]);
    }
}

double chart_draw(struct canvas *c, struct rect r, const json_t *samples, double top)
{
    int places = c->glyphs == GLYPHS_BRAILLE ? 2 * r.w : r.w;
    double scale = top > 0 ? top : highest(samples, places);

    for (int x = 0; x < r.w; x++)
        column(c, r, x, samples, scale, places, ROLE_SPARK);
    return scale;
}

void spark_draw(struct canvas *c, int y, int x, int width, const json_t *samples, enum role role)
{
    struct rect r = { y, x, 1, width };
    int places = c->glyphs == GLYPHS_BRAILLE ? 2 * width : width;
    double top = highest(samples, places);

    for (int i = 0; i < width; i++)
        column(c, r, i, samples, top, places, role);
}
