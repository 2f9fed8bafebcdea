#include "tui/widgets/pager.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

void pager_init(struct pager *p, int label_width)
{
    memset(p, 0, sizeof *p);
    p->label_width = label_width;
    p->wrap = true;
    p->height = 1;
}

void pager_clear(struct pager *p)
{
    for (int i = 0; i < p->count; i++) {
        free(p->lines[i].label);
        free(p->lines[i].text);
    }
    p->count = 0;
}

void pager_free(struct pager *p)
{
    pager_clear(p);
    free(p->lines);
    memset(p, 0, sizeof *p);
}

static void add_line(struct pager *p, const char *label, enum role role, const char *text, size_t len)
{
    struct pager_line *line;

    if (p->count == p->room) {
        int room = p->room == 0 ? 32 : p->room * 2;
        struct pager_line *lines = realloc(p->lines, (size_t)room * sizeof *lines);

        if (lines == NULL)
            return;
        p->lines = lines;
        p->room = room;
    }
    if (p->count == PAGER_LINES_MAX - 1) {
        text = "… the rest is left out";
        len = strlen(text);
    }
    if (p->count >= PAGER_LINES_MAX)
        return;
    line = &p->lines[p->count++];
    line->label = label == NULL ? NULL : strdup(label);
    line->text = strndup(text, len);
    line->role = role;
}

void pager_add(struct pager *p, const char *label, enum role role, const char *text)
{
    text = text == NULL ? "–" : text;
    do {
        size_t len = strcspn(text, "\n");

        add_line(p, label, role, text, len);
        label = NULL;
        text += len;
    } while (*text++ == '\n' && *text != '\0');
}

void pager_addf(struct pager *p, const char *label, enum role role, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    pager_add(p, label, role, text);
}

void pager_json(struct pager *p, enum role role, const json_t *value)
{
    const char *text = json_string_value(value);
    json_t *parsed = NULL;
    char *pretty;

    if (text != NULL && (*text == '{' || *text == '['))
        parsed = json_read(text, strlen(text), "text", NULL);
    if (text != NULL && parsed == NULL) {
        pager_add(p, NULL, role, text);
        return;
    }
    pretty = json_dumps(parsed != NULL ? parsed : value,
        JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
    pager_add(p, NULL, role, pretty);
    free(pretty);
    json_decref(parsed);
}

bool pager_command(struct pager *p, enum command command)
{
    int page = p->height > 1 ? p->height - 1 : 1;

    switch ((int)command) {
    case CMD_DOWN: p->top++; break;
    case CMD_UP: p->top--; break;
    case CMD_TOP: p->top = 0; break;
    case CMD_BOTTOM: p->top = p->drawn; break;
    case CMD_HALF_DOWN: p->top += (page + 1) / 2; break;
    case CMD_HALF_UP: p->top -= (page + 1) / 2; break;
    case CMD_PAGE_DOWN: p->top += page; break;
    case CMD_PAGE_UP: p->top -= page; break;
    case CMD_WRAP: p->wrap = !p->wrap; break;
    default: return false;
    }
    if (p->top > p->drawn - p->height)
        p->top = p->drawn - p->height;
    if (p->top < 0)
        p->top = 0;
    return true;
}

/* The bytes of text for one screen line of cols columns; breaks at a blank where it can. */
static size_t line_part(const char *text, int cols, bool wrap)
{
    size_t fit = text_fit(text, cols, NULL);
    size_t at = fit;

    if (text[fit] == '\0' || !wrap)
        return text[fit] == '\0' ? fit : strlen(text);
    while (at > 0 && text[at] != ' ' && text[at - 1] != ' ')
        at--;
    if (at > fit / 2)
        return at;
    return fit > 0 ? fit : strlen(text);
}

/* Draws one line of the text over as many screen lines as it needs. */
static void draw_line(struct pager *p, struct canvas *c, struct rect r, const struct pager_line *line)
{
    const char *text = line->text == NULL ? "" : line->text;
    int indent = p->label_width > 0 ? p->label_width + 1 : 0;
    bool first = true;

    do {
        size_t len = line_part(text, r.w - indent, p->wrap);
        int y = r.y + p->drawn - p->top;

        if (y >= r.y && y < r.y + r.h) {
            char *part = strndup(text, len);

            if (first && line->label != NULL)
                canvas_put(c, y, r.x, p->label_width, ROLE_DIM, line->label);
            if (part != NULL)
                canvas_put(c, y, r.x + indent, r.w - indent, line->role, part);
            free(part);
        }
        p->drawn++;
        text += len;
        text += *text == ' ' && len > 0;
        first = false;
    } while (*text != '\0');
}

void pager_draw(struct pager *p, struct canvas *c, struct rect r)
{
    p->height = r.h;
    p->drawn = 0;
    for (int i = 0; i < p->count; i++)
        draw_line(p, c, r, &p->lines[i]);
    if (p->top > 0 && p->top > p->drawn - p->height) {
        p->top = p->drawn > p->height ? p->drawn - p->height : 0;
        canvas_fill(c, r, ROLE_TEXT);
        p->drawn = 0;
        for (int i = 0; i < p->count; i++)
            draw_line(p, c, r, &p->lines[i]);
    }
    if (p->drawn > p->top + r.h && r.h > 1)
        canvas_put(c, r.y + r.h - 1, r.x + r.w - 1, 1, ROLE_DIM, "↓");
}
