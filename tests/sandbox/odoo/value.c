#include "tests/sandbox/odoo/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct value value_text(const char *text)
{
    struct value v = { .kind = VALUE_NONE };

    if (text != NULL) {
        v.text = strdup(text);
        v.kind = v.text == NULL ? VALUE_NONE : VALUE_TEXT;
    }
    return v;
}

struct value value_int(int64_t number)
{
    return (struct value){ .kind = VALUE_INT, .number = number };
}

struct value value_real(double real)
{
    return (struct value){ .kind = VALUE_REAL, .real = real };
}

struct value value_bool(bool flag)
{
    return (struct value){ .kind = VALUE_BOOL, .flag = flag };
}

struct value value_copy(const struct value *v)
{
    struct value copy = *v;

    if (v->kind == VALUE_TEXT)
        return value_text(v->text);
    if (v->kind == VALUE_IDS) {
        copy.ids = (struct ids){ 0 };
        for (size_t i = 0; i < v->ids.count; i++)
            ids_add(&copy.ids, v->ids.id[i]);
    }
    return copy;
}

void value_clear(struct value *v)
{
    if (v->kind == VALUE_TEXT)
        free(v->text);
    if (v->kind == VALUE_IDS)
        ids_clear(&v->ids);
    v->kind = VALUE_NONE;
}

static double number_of(const struct value *v)
{
    if (v->kind == VALUE_INT)
        return (double)v->number;
    if (v->kind == VALUE_REAL)
        return v->real;
    return v->kind == VALUE_BOOL && v->flag ? 1 : 0;
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a->kind == VALUE_NONE || b->kind == VALUE_NONE)
        return a->kind == b->kind;
    if (a->kind == VALUE_TEXT || b->kind == VALUE_TEXT)
        return a->kind == b->kind && strcmp(a->text, b->text) == 0;
    if (a->kind == VALUE_IDS || b->kind == VALUE_IDS)
        return a->kind == b->kind && a->ids.count == b->ids.count &&
               (a->ids.count == 0 ||
                memcmp(a->ids.id, b->ids.id, a->ids.count * sizeof a->ids.id[0]) == 0);
    if (a->kind == VALUE_INT && b->kind == VALUE_INT)
        return a->number == b->number;
    return fabs(number_of(a) - number_of(b)) < 1e-9;
}

int value_order(const struct value *a, const struct value *b)
{
    double x, y;
    int folded;

    if (a->kind == VALUE_NONE || b->kind == VALUE_NONE)
        return (a->kind == VALUE_NONE) - (b->kind == VALUE_NONE);
    if (a->kind == VALUE_TEXT && b->kind == VALUE_TEXT) {
        folded = strcasecmp(a->text, b->text);
        return folded != 0 ? folded : strcmp(a->text, b->text);
    }
    if (a->kind == VALUE_INT && b->kind == VALUE_INT)
        return (a->number > b->number) - (a->number < b->number);
    x = number_of(a);
    y = number_of(b);
    return (x > y) - (x < y);
}

uint64_t value_hash(const struct value *v)
{
    uint64_t h = UINT64_C(14695981039346656037);
    const char *p;

    if (v->kind == VALUE_TEXT) {
        for (p = v->text; *p != '\0'; p++)
            h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
        return h;
    }
    if (v->kind == VALUE_NONE || v->kind == VALUE_IDS)
        return 0;
    return ((uint64_t)llround(number_of(v) * 1000) ^ h) * UINT64_C(1099511628211);
}

bool value_true(const struct value *v)
{
    switch (v->kind) {
    case VALUE_NONE: return false;
    case VALUE_TEXT: return v->text[0] != '\0';
    case VALUE_IDS: return v->ids.count > 0;
    case VALUE_BOOL: return v->flag;
    case VALUE_INT: return v->number != 0;
    case VALUE_REAL: return v->real > 0 || v->real < 0;
    }
    return false;
}

static bool ids_grow(struct ids *ids)
{
    size_t room = ids->room == 0 ? 4 : ids->room * 2;
    int *id;

    if (ids->count < ids->room)
        return true;
    id = realloc(ids->id, room * sizeof *id);
    if (id == NULL)
        return false;
    ids->id = id;
    ids->room = room;
    return true;
}

bool ids_add(struct ids *ids, int id)
{
    if (!ids_grow(ids))
        return false;
    ids->id[ids->count++] = id;
    return true;
}

bool ids_add_once(struct ids *ids, int id)
{
    return ids_have(ids, id) || ids_add(ids, id);
}

/* Where id is or belongs in a sorted list. */
static size_t place(const struct ids *ids, int id)
{
    size_t low = 0, high = ids->count;

    if (high > 0 && ids->id[high - 1] < id)
        return high;
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (ids->id[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ids_insert(struct ids *ids, int id)
{
    size_t at = place(ids, id);

    if (at < ids->count && ids->id[at] == id)
        return true;
    if (!ids_grow(ids))
        return false;
    memmove(ids->id + at + 1, ids->id + at, (ids->count - at) * sizeof ids->id[0]);
    ids->id[at] = id;
    ids->count++;
    return true;
}

void ids_remove(struct ids *ids, int id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->id[i] == id) {
            memmove(ids->id + i, ids->id + i + 1, (ids->count - i - 1) * sizeof ids->id[0]);
            ids->count--;
            return;
        }
}

bool ids_have(const struct ids *ids, int id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->id[i] == id)
            return true;
    return false;
}

void ids_clear(struct ids *ids)
{
    free(ids->id);
    *ids = (struct ids){ 0 };
}

double round_half_up(double value, int digits)
{
    double factor = pow(10, digits), scaled = value * factor, nudge, result;

    if (scaled == 0)
        return 0;
    nudge = pow(2, log2(fabs(scaled)) - 52);
    result = trunc(scaled + (scaled < 0 ? -0.5 - nudge : 0.5 + nudge));
    return result / factor;
}
