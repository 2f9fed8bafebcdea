#include "tests/sandbox/shop/names.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "tests/sandbox/data.h"
#include "tests/sandbox/shop/shop.h"

#define NAMES_MAX 64

struct names {
    char kind, list[NAMES_MAX][64];
    size_t count;
};

static struct names all[] = { { .kind = 'f' }, { .kind = 'l' }, { .kind = 's' },
                              { .kind = 'g' }, { .kind = 'm' }, { .kind = 't' } };
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_all(void)
{
    const char *text = data_people;
    char line[128];

    while (data_line(&text, line, sizeof line))
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
            if (all[i].kind == line[0] && all[i].count < NAMES_MAX)
                str_copy(all[i].list[all[i].count++], sizeof all[i].list[0], line + 2);
}

static const struct names *names_of(char kind)
{
    pthread_once(&once, read_all);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].kind == kind)
            return &all[i];
    return &all[0];
}

const char *names_pick(struct rng *r, char kind)
{
    const struct names *n = names_of(kind);

    return n->list[rng_below(r, n->count)];
}

/* "US CA 94105 San Francisco", "GB - SW1A 1AA|London" */
void names_town(struct rng *r, struct town *town)
{
    const char *line = names_pick(r, 't'), *bar = strchr(line, '|'), *rest;
    int read = 0;

    *town = (struct town){ 0 };
    if (sscanf(line, "%3s %7s %n", town->country, town->province, &read) != 2)
        return;
    if (strcmp(town->province, "-") == 0)
        town->province[0] = '\0';
    rest = line + read;
    if (bar == NULL)
        bar = strchr(rest, ' ');
    str_copy(town->zip, (size_t)(bar - rest) + 1, rest);
    str_copy(town->name, sizeof town->name, bar + 1);
}

static const char *place_find(const char *start, char *to, size_t size)
{
    const char *text = data_odoo_places;
    char line[128];
    size_t len = strlen(start);

    while (data_line(&text, line, sizeof line))
        if (strncmp(line, start, len) == 0) {
            str_copy(to, size, line + len);
            return to;
        }
    return NULL;
}

const char *country_name(const char *code)
{
    static _Thread_local char found[96];
    char start[32];
    const char *rest;

    snprintf(start, sizeof start, "country %s ", code);
    rest = place_find(start, found, sizeof found);
    for (int skip = 0; rest != NULL && skip < 2; skip++) {
        rest = strchr(rest, ' ');
        rest = rest == NULL ? NULL : rest + 1;
    }
    return rest == NULL ? code : rest;
}

const char *province_name(const char *country, const char *code)
{
    static _Thread_local char found[96];
    char start[32];

    snprintf(start, sizeof start, "state %s %s ", country, code);
    return place_find(start, found, sizeof found) == NULL ? code : found;
}
