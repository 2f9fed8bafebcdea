#include "tui/widgets/chart.h"

#include <math.h>

#define BRAILLE 0x2800

/* Dots of the left and right half of a braille cell, by height from 0 to 4. */
static const int left[] = { 0, 0x40, 0x44, 0x46, 0x47 };
static const int right[] = { 0, 0x80, 0xA0, 0xB0, 0xB8 };
static const wchar_t blocks[] = L" \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";
static const wchar_t parts[] = L" \u258F\u258E\u258D\u258C\u258B\u258A\u2589\u2588";
static const wchar_t plain[] = L" .:|";

/* An empty cell is a blank in the chart's own role: no change of colour on the way. */
static void put(struct canvas *c, int y, int x, enum role role, wchar_t sign)
{
    canvas_sign(c, y, x, role, sign == BRAILLE ? ' ' : sign);
}

/* The next round number: small changes of the highest sample do not move the whole chart. */
static double round_up(double most)
{
    static const double steps[] = { 1, 1.5, 2, 3, 4, 5, 6, 8, 10 };
    double unit = 1;

    if (most <= 0)
        return 0;
    while (unit * 10 < most)
        unit *= 10;
    while (unit > most)
        unit /= 10;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i] * unit >= most)
            return steps[i] * unit;
    return 10 * unit;
}

static void fill(struct canvas *c, int y, int x, int width, double share, enum role role, bool ground)
{
    bool ascii = c->glyphs == GLYPHS_ASCII;
    int eighths;

    share = share < 0 || isnan(share) ? 0 : share > 1 ? 1 : share;
    eighths = (int)lround(share * width * 8);
    if (share > 0 && eighths == 0)
        eighths = 1;
    for (int i = 0; i < width; i++, eighths -= 8) {
        int part = eighths < 0 ? 0 : eighths > 8 ? 8 : eighths;

        if (ascii)
            canvas_sign(c, y, x + i, part >= 4 || !ground ? role : ROLE_GROUND,
                part >= 4 ? '#' : ground ? '.' : ' ');
        else if (part == 0)
            canvas_sign(c, y, x + i, ground ? ROLE_GROUND : role, ground ? 0x2591 : ' ');
        else
            canvas_sign(c, y, x + i, role, parts[part]);
    }
}

void gauge_draw(struct canvas *c, int y, int x, int width, double value, double maximum)
{
    double share = maximum > 0 ? value / maximum : 0;

    fill(c, y, x, width, share,
        share < 0.6 ? ROLE_GAUGE1 : share < 0.85 ? ROLE_GAUGE2 : ROLE_GAUGE3, true);
}

void progress_draw(struct canvas *c, int y, int x, int width, double value, double maximum)
{
    fill(c, y, x, width, maximum > 0 ? value / maximum : 0, ROLE_GAUGE1, true);
}

void bar_draw(struct canvas *c, int y, int x, int width, double value, double maximum)
{
    fill(c, y, x, width, maximum > 0 ? value / maximum : 0, ROLE_SPARK, false);
}

/* Samples laid out over places, of which the last is the newest. */
struct series {
    const json_t *samples;
    int places;
    bool stretch; /* all samples over all places, else one sample a place */
};

static double sample(const struct series *series, int i)
{
    long have = (long)json_array_size(series->samples);
    long at = series->stretch ? i * have / series->places : have - series->places + i;
    double v = at < 0 ? 0 : json_number_value(json_array_get(series->samples, (size_t)at));

    return v > 0 ? v : 0;
}

static double highest(const struct series *series)
{
    double most = 0;

    for (int i = 0; i < series->places; i++) {
        double v = sample(series, i);

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

static void column(struct canvas *c, struct rect r, int x, const struct series *series, double top,
    enum role role)
{
    bool braille = c->glyphs == GLYPHS_BRAILLE;
    int per_line = braille ? 4 : c->glyphs == GLYPHS_BLOCK ? 8 : 3;
    int a = level(sample(series, braille ? 2 * x : x), top, r.h * per_line);
    int b = braille ? level(sample(series, 2 * x + 1), top, r.h * per_line) : 0;

    for (int line = 0; line < r.h; line++) {
        int y = r.y + r.h - 1 - line;
        int n = part_of(a, line, per_line);

        if (braille)
            put(c, y, r.x + x, role, BRAILLE + left[n] + right[part_of(b, line, per_line)]);
        else
            put(c, y, r.x + x, role, c->glyphs == GLYPHS_BLOCK ? blocks[n] : plain[n]);
    }
}

static double draw(struct canvas *c, struct rect r, const json_t *samples, double top, bool stretch,
    enum role role)
{
    struct series series = { samples, c->glyphs == GLYPHS_BRAILLE ? 2 * r.w : r.w, stretch };
    double scale = top > 0 ? top : round_up(highest(&series));

    for (int x = 0; x < r.w; x++)
        column(c, r, x, &series, scale, role);
    return scale;
}

double chart_draw(struct canvas *c, struct rect r, const json_t *samples, double top)
{
    return draw(c, r, samples, top, true, ROLE_SPARK);
}

void spark_draw(struct canvas *c, int y, int x, int width, const json_t *samples, enum role role)
{
    draw(c, (struct rect){ y, x, 1, width }, samples, 0, false, role);
}
