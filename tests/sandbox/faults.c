#include "tests/sandbox/faults.h"

#include <string.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/str.h"
#include "base/when.h"

#define FAULTS_MAX 32

struct rule {
    struct mishap mishap;
    enum mishap_side side;
    char model[64], method[64];
    unsigned long left; /* 0: no end by number */
    unsigned every, seen;
    int64_t until; /* 0: no end by time */
};

struct faults {
    pthread_mutex_t lock;
    struct rule rules[FAULTS_MAX];
    size_t count;
    int64_t outage[SIDE_COUNT];
    unsigned long happened[SIDE_COUNT];
};

struct faults *faults_new(void)
{
    struct faults *f = calloc(1, sizeof *f);

    if (f != NULL)
        mutex_init(&f->lock);
    return f;
}

void faults_free(struct faults *f)
{
    if (f != NULL)
        pthread_mutex_destroy(&f->lock);
    free(f);
}

static enum mishap_kind kind_of(const char *name)
{
    static const char *const names[] = {
#define MISHAP(id, name, what) [MISHAP_##id] = name,
#include "tests/sandbox/faults.def"
#undef MISHAP
    };

    for (int i = 1; i < MISHAP_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum mishap_kind)i;
    return MISHAP_NONE;
}

bool faults_add(struct faults *f, const json_t *wish, struct err *err)
{
    const char *side = json_text_or(wish, "side", "odoo"), *kind = json_text_or(wish, "kind", "");
    double seconds = json_real_or(wish, "seconds", 0);
    int64_t count = json_int_or(wish, "count", 0), every = json_int_or(wish, "every", 0);
    struct rule r = { .side = strcmp(side, "shop") == 0 ? SIDE_SHOP : SIDE_ODOO };

    r.mishap.kind = kind_of(kind);
    r.mishap.ms = (unsigned)json_int_or(wish, "ms", 30000);
    if (r.mishap.kind == MISHAP_NONE)
        return err_set(err, ERR_INVALID, "no fault is called '%s'", kind);
    r.mishap.row = (unsigned)json_int_or(wish, "row", 0);
    if (r.mishap.kind == MISHAP_SLOW)
        r.mishap.ms = (unsigned)json_int_or(wish, "ms", 500);
    str_copy(r.model, sizeof r.model, json_text_or(wish, "model", ""));
    str_copy(r.method, sizeof r.method, json_text_or(wish, "method", ""));
    r.every = every > 0 ? (unsigned)every : 0;
    r.until = seconds > 0 ? when_ticks() + (int64_t)(seconds * 1e6) : 0;
    r.left = count > 0 ? (unsigned long)count : r.every == 0 && r.until == 0 ? 1 : 0;
    mutex_lock(&f->lock);
    if (r.mishap.kind == MISHAP_OUTAGE)
        f->outage[r.side] = r.until != 0 ? r.until : when_ticks() + 1000000;
    else if (f->count < FAULTS_MAX)
        f->rules[f->count++] = r;
    mutex_unlock(&f->lock);
    return true;
}

void faults_reset(struct faults *f)
{
    mutex_lock(&f->lock);
    f->count = 0;
    f->outage[SIDE_SHOP] = f->outage[SIDE_ODOO] = 0;
    mutex_unlock(&f->lock);
}

static bool rule_over(const struct rule *r, int64_t now)
{
    return (r->until != 0 && now >= r->until) || (r->until == 0 && r->every == 0 && r->left == 0);
}

/* kind: that one alone; NONE: any but those that are asked for by name. */
static struct mishap next_of(struct faults *f, enum mishap_side side, enum mishap_kind kind, const char *model,
                             const char *method)
{
    struct mishap hit = { .kind = MISHAP_NONE };
    int64_t now = when_ticks();

    mutex_lock(&f->lock);
    for (size_t i = 0; i < f->count && hit.kind == MISHAP_NONE; i++) {
        struct rule *r = &f->rules[i];

        if (r->side != side || rule_over(r, now) || (r->model[0] != '\0' && strcmp(r->model, model) != 0) ||
            (r->method[0] != '\0' && strcmp(r->method, method) != 0))
            continue;
        if (kind == MISHAP_NONE ? r->mishap.kind >= MISHAP_BULK_FAILED : r->mishap.kind != kind)
            continue;
        if (r->every != 0 && ++r->seen % r->every != 0)
            continue;
        hit = r->mishap;
        if (r->left > 0 && --r->left == 0 && r->every != 0)
            r->until = 1; /* every nth, so many times: over */
    }
    for (size_t i = f->count; i-- > 0;)
        if (rule_over(&f->rules[i], now))
            f->rules[i] = f->rules[--f->count];
    f->happened[side] += hit.kind != MISHAP_NONE;
    mutex_unlock(&f->lock);
    return hit;
}

struct mishap faults_next(struct faults *f, enum mishap_side side, const char *model, const char *method)
{
    return next_of(f, side, MISHAP_NONE, model, method);
}

bool faults_ask(struct faults *f, enum mishap_side side, enum mishap_kind kind, const char *model, const char *method,
                struct mishap *hit)
{
    struct mishap found = next_of(f, side, kind, model, method);

    if (found.kind == MISHAP_NONE)
        return false;
    if (hit != NULL)
        *hit = found;
    return true;
}

int64_t faults_outage(struct faults *f, enum mishap_side side)
{
    int64_t until;

    mutex_lock(&f->lock);
    until = f->outage[side];
    mutex_unlock(&f->lock);
    return until;
}

unsigned long faults_happened(struct faults *f, enum mishap_side side)
{
    unsigned long count;

    mutex_lock(&f->lock);
    count = f->happened[side];
    mutex_unlock(&f->lock);
    return count;
}
