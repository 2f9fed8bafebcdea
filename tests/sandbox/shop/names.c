#include "tests/sandbox/shop/names.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
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

/* ---- countries and their provinces ---- */

struct place {
    char key[16], name[80]; /* "US", "US CA" */
};

static struct {
    struct place *list;
    size_t count;
} places;
static pthread_once_t places_once = PTHREAD_ONCE_INIT;

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct place *)a)->key, ((const struct place *)b)->key);
}

/* "country US 233 USD United States", "state US CA California" */
static void places_read(void)
{
    const char *text = data_odoo_places;
    char line[128];

    places.list = calloc(4096, sizeof *places.list);
    if (places.list == NULL)
        abort();
    while (data_line(&text, line, sizeof line) && places.count < 4096) {
        struct place *p = &places.list[places.count];
        char country[8], code[8];
        int read = 0;

        if (sscanf(line, "country %7s %*s %*s %n", country, &read) == 1 && read > 0)
            str_copy(p->key, sizeof p->key, country);
        else if (sscanf(line, "state %7s %7s %n", country, code, &read) == 2 && read > 0)
            snprintf(p->key, sizeof p->key, "%s %s", country, code);
        else
            continue;
        str_copy(p->name, sizeof p->name, line + read);
        places.count++;
    }
    qsort(places.list, places.count, sizeof *places.list, by_key);
}

static const char *place_name(const char *key)
{
    struct place wanted;
    const struct place *found;

    pthread_once(&places_once, places_read);
    str_copy(wanted.key, sizeof wanted.key, key);
    found = bsearch(&wanted, places.list, places.count, sizeof *places.list, by_key);
    return found == NULL ? NULL : found->name;
}

const char *country_name(const char *code)
{
    const char *name = place_name(code);

    return name == NULL ? code : name;
}

const char *province_name(const char *country, const char *code)
{
    char key[16];
    const char *name;

    snprintf(key, sizeof key, "%.7s %.7s", country, code);
    name = place_name(key);
    return name == NULL ? code : name;
}
