#include "tests/sandbox/odoo/xmlid.h"

#include <string.h>

static size_t hash(const char *module, size_t module_len, const char *name)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < module_len; i++)
        h = (h ^ (unsigned char)module[i]) * UINT64_C(1099511628211);
    h = (h ^ '.') * UINT64_C(1099511628211);
    for (; *name != '\0'; name++)
        h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return (size_t)h;
}

static void split(const char *full, const char **module, size_t *len, const char **name)
{
    const char *dot = strchr(full, '.');

    *module = dot == NULL ? "__import__" : full;
    *len = dot == NULL ? strlen(*module) : (size_t)(dot - full);
    *name = dot == NULL ? full : dot + 1;
}

struct xmlid *xmlid_find(const struct odoo *o, const char *full)
{
    const char *module, *name;
    size_t len;

    if (o->xmlid_room == 0)
        return NULL;
    split(full, &module, &len, &name);
    for (size_t i = hash(module, len, name);; i++) {
        struct xmlid *x = o->xmlids[i & (o->xmlid_room - 1)];

        if (x == NULL || (strcmp(x->name, name) == 0 && strlen(x->module) == len &&
                          memcmp(x->module, module, len) == 0))
            return x;
    }
}

static void insert(struct odoo *o, struct xmlid *x)
{
    size_t i = hash(x->module, strlen(x->module), x->name);

    while (o->xmlids[i & (o->xmlid_room - 1)] != NULL)
        i++;
    o->xmlids[i & (o->xmlid_room - 1)] = x;
}

/* The ids of a record hang together, the oldest first. */
static void chain(struct xmlid *x)
{
    struct model *m = x->model;
    struct xmlid **last;

    if (x->record >= m->named_room) {
        int room = m->named_room == 0 ? 64 : m->named_room;

        while (room <= x->record)
            room *= 2;
        m->named = realloc(m->named, (size_t)room * sizeof *m->named);
        if (m->named == NULL)
            abort();
        memset(m->named + m->named_room, 0, (size_t)(room - m->named_room) * sizeof *m->named);
        m->named_room = room;
    }
    for (last = &m->named[x->record]; *last != NULL && (*last)->id < x->id; last = &(*last)->next)
        ;
    x->next = *last;
    *last = x;
}

static void unchain(struct xmlid *x)
{
    struct xmlid **at = &x->model->named[x->record];

    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
}

void xmlid_place(struct odoo *o, struct xmlid *x)
{
    if ((o->xmlid_count + 1) * 2 > o->xmlid_room) {
        struct xmlid **old = o->xmlids;
        size_t room = o->xmlid_room;

        o->xmlid_room = room == 0 ? 256 : room * 2;
        o->xmlids = calloc(o->xmlid_room, sizeof(struct xmlid *));
        if (o->xmlids == NULL)
            abort();
        for (size_t i = 0; i < room; i++)
            if (old[i] != NULL)
                insert(o, old[i]);
        free(old);
    }
    insert(o, x);
    o->xmlid_count++;
    chain(x);
}

void xmlid_unplace(struct odoo *o, struct xmlid *x)
{
    size_t mask = o->xmlid_room - 1, i = hash(x->module, strlen(x->module), x->name);

    while (o->xmlids[i & mask] != x)
        i++;
    o->xmlids[i & mask] = NULL;
    o->xmlid_count--;
    unchain(x);
    /* what follows in the run must stay reachable */
    for (i++; o->xmlids[i & mask] != NULL; i++) {
        struct xmlid *moved = o->xmlids[i & mask];

        o->xmlids[i & mask] = NULL;
        insert(o, moved);
    }
}

struct xmlid *xmlid_add(struct call *c, const char *full, struct model *m, int record,
                        bool noupdate)
{
    struct xmlid *x = calloc(1, sizeof *x);
    const char *module, *name;
    size_t len;

    if (x == NULL)
        abort();
    split(full, &module, &len, &name);
    *x = (struct xmlid){ .module = strndup(module, len),
                         .name = strdup(name),
                         .model = m,
                         .id = ++c->odoo->xmlid_last,
                         .record = record,
                         .noupdate = noupdate,
                         .born = c->odoo->commits };
    xmlid_place(c->odoo, x);
    undo_xmlid(c->odoo, x, true);
    return x;
}

void xmlid_drop(struct call *c, struct xmlid *x)
{
    xmlid_unplace(c->odoo, x);
    undo_xmlid(c->odoo, x, false);
}

struct xmlid *xmlid_of(const struct model *m, int record, size_t nth)
{
    struct xmlid *x = record > 0 && record < m->named_room ? m->named[record] : NULL;

    while (x != NULL && nth-- > 0)
        x = x->next;
    return x;
}

void xmlid_free(struct xmlid *x)
{
    free(x->module);
    free(x->name);
    free(x);
}

void xmlid_clear(struct odoo *o)
{
    for (size_t i = 0; i < o->xmlid_room; i++)
        if (o->xmlids[i] != NULL)
            xmlid_free(o->xmlids[i]);
    free(o->xmlids);
}
