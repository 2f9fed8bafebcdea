#include "tests/sandbox/graphql/cost.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "base/when.h"
#include "tests/sandbox/graphql/validate.h"

struct costing {
    const struct schema *schema;
    const struct document *document;
    const json_t *variables;
    int depth;
};

int cost_multiplier(int64_t first)
{
    if (first <= 0)
        return 0;
    return first < 3 ? 1 : (int)floor(2 * log((double)first));
}

bool cost_free(const struct schema_type *parent, const struct schema_field *f)
{
    static const char *const values[] = { "InventoryItemMeasurement", "Weight", "MoneyBag", "MoneyV2", "LocationAddress",
                                          "ShopAddress", "CustomerEmailMarketingConsentState",
                                          "CustomerSmsMarketingConsentState", "PageInfo" };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (strcmp(values[i], f->base->name) == 0)
            return true;
    return strcmp(parent->name, "Customer") == 0 && strcmp(f->name, "defaultAddress") == 0;
}

static int selections_cost(struct costing *c, const struct schema_type *t, const struct selections *list);

static int64_t page_size(struct costing *c, const struct schema_field *f, const struct selection *s)
{
    json_auto_t *args = arguments_resolve(f, &s->args, c->variables);
    const json_t *size = json_object_get(args, "first");

    if (!json_is_integer(size))
        size = json_object_get(args, "last");
    return json_integer_value(size);
}

/* nodes and edges cost per row, all else once */
static void connection_parts(struct costing *c, const struct schema_type *t, const struct selections *list, int *once, int *row)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct selection *s = &list->list[i];
        const struct schema_field *f = s->kind == SELECTION_FIELD ? schema_field(t, s->name) : NULL;

        if (s->kind != SELECTION_FIELD) {
            const struct fragment *g = s->kind == SELECTION_SPREAD ? document_fragment(c->document, s->name) : NULL;

            connection_parts(c, t, g == NULL ? &s->inner : &g->inner, once, row);
        } else if (f == NULL || !selection_wanted(s, c->variables) || strcmp(s->name, "pageInfo") == 0) {
            continue;
        } else if (strcmp(s->name, "nodes") == 0) {
            *row += 1 + selections_cost(c, f->base, &s->inner);
        } else if (strcmp(s->name, "edges") == 0) {
            for (size_t k = 0; k < s->inner.count; k++) {
                const struct schema_field *node = s->inner.list[k].kind == SELECTION_FIELD ?
                                                      schema_field(f->base, s->inner.list[k].name) :
                                                      NULL;

                if (node != NULL && strcmp(node->name, "node") == 0)
                    *row += 1 + selections_cost(c, node->base, &s->inner.list[k].inner);
            }
        }
    }
}

static int field_cost(struct costing *c, const struct schema_type *t, const struct selection *s)
{
    const struct schema_field *f = schema_field(t, s->name);

    if (f == NULL || !schema_composite(f->base))
        return 0;
    if (str_ends(f->base->name, "Connection")) {
        int once = 2, row = 0;

        connection_parts(c, f->base, &s->inner, &once, &row);
        return once + cost_multiplier(page_size(c, f, s)) * row;
    }
    if (strcmp(f->base->name, "Count") == 0)
        return strcmp(t->name, "QueryRoot") == 0 ? 10 : 1;
    return !cost_free(t, f) + selections_cost(c, f->base, &s->inner);
}

/* Of an interface or union the dearest branch counts. */
static int selections_cost(struct costing *c, const struct schema_type *t, const struct selections *list)
{
    int base = 0, dearest = 0;

    if (++c->depth > PARSE_DEPTH_MAX) {
        c->depth--;
        return 0;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct selection *s = &list->list[i];
        const struct fragment *g = s->kind == SELECTION_SPREAD ? document_fragment(c->document, s->name) : NULL;
        const char *on = g != NULL ? g->on : s->on;
        const struct schema_type *cond = on == NULL ? t : schema_type(c->schema, on);

        if (!selection_wanted(s, c->variables))
            continue;
        if (s->kind == SELECTION_FIELD) {
            base += field_cost(c, t, s);
        } else if (cond != NULL) {
            int branch = selections_cost(c, cond, g != NULL ? &g->inner : &s->inner);

            if (cond != t && t->kind != TYPE_OBJECT)
                dearest = branch > dearest ? branch : dearest;
            else
                base += branch;
        }
    }
    c->depth--;
    return base + dearest;
}

static int mutation_cost(struct costing *c, const struct schema_type *root, const struct selection *s)
{
    static const struct {
        const char *name;
        int base;
    } dear[] = { { "refundCreate", 20 }, { "orderCapture", 20 }, { "fulfillmentTrackingInfoUpdate", 50 },
                 { "deliveryProfileUpdate", 100 } };
    const struct schema_field *f = schema_field(root, s->name);
    int cost = 10;

    for (size_t i = 0; i < sizeof dear / sizeof dear[0]; i++)
        if (strcmp(dear[i].name, s->name) == 0)
            cost = dear[i].base;
    for (size_t i = 0; f != NULL && i < s->inner.count; i++) {
        const struct selection *x = &s->inner.list[i];
        const struct schema_field *g = x->kind == SELECTION_FIELD ? schema_field(f->base, x->name) : NULL;

        if (g == NULL || !schema_composite(g->base) || str_ends(g->base->name, "Error"))
            continue;
        if (str_ends(g->base->name, "Connection"))
            cost += field_cost(c, f->base, x);
        else
            cost += selections_cost(c, g->base, &x->inner);
    }
    return cost;
}

int cost_requested(const struct schema *s, const struct document *d, const struct operation *o, const json_t *variables)
{
    struct costing c = { .schema = s, .document = d, .variables = variables };
    const struct schema_type *root = schema_type(s, o->mutation ? "Mutation" : "QueryRoot");
    int total = 0;

    if (!o->mutation)
        total = selections_cost(&c, root, &o->inner);
    for (size_t i = 0; o->mutation && i < o->inner.count; i++)
        if (o->inner.list[i].kind == SELECTION_FIELD)
            total += mutation_cost(&c, root, &o->inner.list[i]);
    return total == 0 ? 1 : total;
}

void bucket_init(struct bucket *b, double size, double rate)
{
    *b = (struct bucket){ .size = size, .rate = rate, .level = size, .at = when_ticks() };
}

double bucket_level(struct bucket *b)
{
    int64_t now = when_ticks();

    b->level = fmin(b->size, b->level + b->rate * (double)(now - b->at) / 1e6);
    b->at = now;
    return b->level;
}

bool bucket_take(struct bucket *b, double points)
{
    if (bucket_level(b) < points)
        return false;
    b->level -= points;
    return true;
}

void bucket_give(struct bucket *b, double points)
{
    b->level = fmin(b->size, b->level + points);
}
