/* query.c - reading searches, and what they say of a record. */
#include "tests/sandbox/shop/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

const char *const query_order_names[] = { "status", "created_at", "processed_at", "updated_at", "financial_status",
                                          "fulfillment_status", "name", "sku", "tag", "customer_id", "id", "test", "email", NULL };
const char *const query_variant_names[] = { "sku", "barcode", "product_id", "title", "updated_at", "id", NULL };
const char *const query_item_names[] = { "sku", "created_at", "updated_at", "id", NULL };
const char *const query_customer_names[] = { "email", "updated_at", "customer_date", "phone", "tag", "id", NULL };
const char *const query_product_names[] = { "status", "updated_at", "created_at", "vendor", "product_type", "tag", "title", "id",
                                            "sku", "barcode", NULL };

/* ---- reading ---- */

struct reading {
    const char *at;
    const char *const *known;
    struct query *q;
    json_t *warnings;
    int depth;
};

static int node_add(struct query *q, enum query_kind kind, int left, int right)
{
    if (q->count == QUERY_NODES)
        return left;
    q->nodes[q->count] = (struct query_node){ .kind = kind, .left = left, .right = right, .op = "=" };
    return q->count++;
}

static void value_read(struct reading *r, char *to, size_t size)
{
    size_t len = 0;
    char quote = *r->at == '\'' || *r->at == '"' ? *r->at++ : '\0';

    while (*r->at != '\0' && (quote != '\0' ? *r->at != quote : *r->at != ' ' && *r->at != ')')) {
        if (*r->at == '\\' && r->at[1] != '\0')
            r->at++;
        if (len + 1 < size)
            to[len++] = *r->at;
        r->at++;
    }
    to[len] = '\0';
    if (quote != '\0' && *r->at != '\0')
        r->at++;
}

static bool is_known(const char *const *known, const char *name)
{
    for (; *known != NULL; known++)
        if (strcmp(*known, name) == 0)
            return true;
    return false;
}

static bool word(struct reading *r, const char *text)
{
    size_t len = strlen(text);

    r->at += strspn(r->at, " ");
    if (strncmp(r->at, text, len) != 0 || (r->at[len] != ' ' && r->at[len] != '(' && r->at[len] != '\0'))
        return false;
    r->at += len;
    return true;
}

static int term_read(struct reading *r)
{
    size_t len = strcspn(r->at, ": )");
    struct query_node t = { .op = "=" };
    int node;

    if (r->at[len] != ':') { /* a bare word */
        r->at += len > 0 ? len : 1;
        return node_add(r->q, QUERY_ALL, -1, -1);
    }
    str_copy(t.name, len + 1 < sizeof t.name ? len + 1 : sizeof t.name, r->at);
    r->at += len + 1;
    len = strspn(r->at, "<>=");
    if (len > 0)
        str_copy(t.op, len + 1 < sizeof t.op ? len + 1 : sizeof t.op, r->at);
    r->at += len;
    value_read(r, t.value, sizeof t.value);
    if (!is_known(r->known, t.name)) {
        if (r->warnings != NULL)
            json_array_append_new(r->warnings, json_pack("{s:s,s:s,s:s}", "field", t.name, "message",
                                                         "Invalid search field for this query.", "code", "invalid_field"));
        return node_add(r->q, QUERY_ALL, -1, -1);
    }
    node = node_add(r->q, QUERY_TERM, -1, -1);
    if (node >= 0) {
        t.kind = QUERY_TERM;
        t.left = t.right = -1;
        r->q->nodes[node] = t;
    }
    return node;
}

static int or_read(struct reading *r);

static int one_read(struct reading *r)
{
    int inner;

    r->at += strspn(r->at, " ");
    if (*r->at == '-' || word(r, "NOT")) {
        r->at += *r->at == '-';
        return node_add(r->q, QUERY_NOT, one_read(r), -1);
    }
    if (*r->at != '(' || r->depth > 8)
        return term_read(r);
    r->at++;
    r->depth++;
    inner = or_read(r);
    r->depth--;
    r->at += strspn(r->at, " ");
    r->at += *r->at == ')';
    return inner;
}

static int and_read(struct reading *r)
{
    int left = one_read(r);

    while (true) {
        const char *here;

        r->at += strspn(r->at, " ");
        here = r->at;
        if (*here == '\0' || *here == ')')
            return left;
        if (word(r, "OR")) {
            r->at = here;
            return left;
        }
        word(r, "AND");
        left = node_add(r->q, QUERY_AND, left, one_read(r));
    }
}

static int or_read(struct reading *r)
{
    int left = and_read(r);

    while (word(r, "OR"))
        left = node_add(r->q, QUERY_OR, left, and_read(r));
    return left;
}

void query_read(const char *text, const char *const *known, struct query *q, json_t *warnings)
{
    struct reading r = { .at = text, .known = known, .q = q, .warnings = warnings };

    q->count = 0;
    q->root = -1;
    if (text != NULL && text[strspn(text, " ")] != '\0')
        q->root = or_read(&r);
}

static const char *must(const struct query *q, int node, const char *name)
{
    const struct query_node *n = node < 0 ? NULL : &q->nodes[node];
    const char *found;

    if (n == NULL)
        return NULL;
    if (n->kind == QUERY_TERM)
        return strcmp(n->name, name) == 0 && strcmp(n->op, "=") == 0 ? n->value : NULL;
    if (n->kind != QUERY_AND)
        return NULL;
    found = must(q, n->left, name);
    return found != NULL ? found : must(q, n->right, name);
}

const char *query_must(const struct query *q, const char *name)
{
    return must(q, q->root, name);
}

/* ---- comparing ---- */

static bool ordered(const char *op, int order)
{
    if (op[0] == '>')
        return op[1] == '=' ? order >= 0 : order > 0;
    if (op[0] == '<')
        return op[1] == '=' ? order <= 0 : order < 0;
    return order == 0;
}

/* step: what moments are rounded to before they are compared; a date alone is a whole day. */
static enum answer moment(const struct query_node *t, when at, when step)
{
    char text[WHEN_TEXT_MAX + 16];
    bool day = strlen(t->value) == 10;
    when wanted;

    snprintf(text, sizeof text, day ? "%.40sT00:00:00Z" : "%.50s", t->value);
    if (!when_parse_iso(text, &wanted))
        return ANSWER_YES;
    if (day && t->op[0] == '=')
        step = WHEN_DAY;
    at -= at % step;
    wanted -= wanted % step;
    return ordered(t->op, (at > wanted) - (at < wanted)) ? ANSWER_YES : ANSWER_NO;
}

static enum answer yes(bool is)
{
    return is ? ANSWER_YES : ANSWER_NO;
}

/* Values parted by commas: any of them. */
static bool any_of(const char *values, const char *mine)
{
    size_t len = strlen(mine);

    for (const char *p = values; *p != '\0'; p += strcspn(p, ","), p += strspn(p, ", "))
        if (strncasecmp(p, mine, len) == 0 && (p[len] == '\0' || p[len] == ','))
            return true;
    return false;
}

static enum answer number(const struct query_node *t, int64_t id)
{
    char mine[24];
    const char *slash = strrchr(t->value, '/');

    snprintf(mine, sizeof mine, "%" PRId64, id);
    if (t->op[0] != '=') {
        long long wanted = strtoll(slash == NULL ? t->value : slash + 1, NULL, 10);

        return yes(ordered(t->op, (id > wanted) - (id < wanted)));
    }
    return yes(any_of(slash == NULL ? t->value : slash + 1, mine));
}

/* One of the words of a list; the search is not case sensitive. */
static bool among(const char *wanted, const char *list)
{
    return list != NULL && any_of(list, wanted);
}

static bool same(const char *wanted, const char *mine)
{
    size_t len;

    if (mine == NULL)
        return *wanted == '\0';
    mine += strspn(mine, " ");
    len = strlen(mine);
    while (len > 0 && mine[len - 1] == ' ')
        len--;
    return strlen(wanted) == len && strncasecmp(wanted, mine, len) == 0;
}

/* ---- what terms mean ---- */

struct asked {
    struct shop *shop;
    const struct query *q;
    const struct head *h;
    const void *record;
    enum answer (*term)(const struct asked *a, const struct query_node *t);
    bool item; /* the id of a variant is its inventory item's */
};

static enum answer eval(const struct asked *a, int node)
{
    const struct query_node *n = node < 0 ? NULL : &a->q->nodes[node];
    enum answer left, right;

    if (n == NULL || n->kind == QUERY_ALL)
        return ANSWER_YES;
    if (n->kind == QUERY_TERM)
        return a->term(a, n);
    left = eval(a, n->left);
    if (n->kind == QUERY_NOT)
        return (enum answer)(ANSWER_YES - left);
    right = eval(a, n->right);
    if (n->kind == QUERY_AND)
        return left < right ? left : right;
    return left > right ? left : right;
}

static enum answer status(const struct head *h, const char *wanted)
{
    if (strcmp(wanted, "any") == 0)
        return ANSWER_YES;
    if (strcmp(wanted, "cancelled") == 0)
        return yes(h->cancelled != 0);
    if (strcmp(wanted, "closed") == 0)
        return yes(h->closed != 0);
    if (strcmp(wanted, "not_closed") == 0)
        return yes(h->closed == 0);
    return yes(h->closed == 0 && h->cancelled == 0);
}

static const char *shipped(const struct head *h)
{
    return *h->fulfillment == '\0' ? "unfulfilled" : h->fulfillment;
}

static bool has_sku(const struct order *o, const char *sku)
{
    for (size_t i = 0; i < o->line_count; i++)
        if (o->lines[i].sku != NULL && same(sku, o->lines[i].sku))
            return true;
    return false;
}

static enum answer order_term(const struct asked *a, const struct query_node *t)
{
    const struct order *o = a->record;
    const struct head *h = a->h;

    if (strcmp(t->name, "status") == 0)
        return status(h, t->value);
    if (strcmp(t->name, "created_at") == 0 || strcmp(t->name, "processed_at") == 0)
        return moment(t, h->created, WHEN_SECOND);
    if (strcmp(t->name, "updated_at") == 0)
        return moment(t, h->updated, WHEN_SECOND);
    if (strcmp(t->name, "financial_status") == 0)
        return yes(strcmp(t->value, "any") == 0 || any_of(t->value, h->financial));
    if (strcmp(t->name, "fulfillment_status") == 0)
        return yes(strcmp(t->value, "any") == 0 || any_of(t->value, shipped(h)));
    if (strcmp(t->name, "test") == 0)
        return yes(h->test == (strcmp(t->value, "true") == 0));
    if (strcmp(t->name, "customer_id") == 0)
        return h->customer == SIZE_MAX ? ANSWER_NO : number(t, CUSTOMER_FIRST + (int64_t)h->customer * CUSTOMER_STEP);
    if (o == NULL)
        return ANSWER_MAYBE;
    if (strcmp(t->name, "name") == 0)
        return yes(same(t->value, o->name) || same(t->value, o->name + 1));
    if (strcmp(t->name, "sku") == 0)
        return yes(has_sku(o, t->value));
    if (strcmp(t->name, "tag") == 0)
        return yes(among(t->value, o->tags));
    if (strcmp(t->name, "email") == 0)
        return yes(o->email != NULL && same(t->value, o->email));
    return number(t, o->id);
}

enum answer query_order(struct shop *s, const struct query *q, const struct head *h, const struct order *o)
{
    return eval(&(struct asked){ s, q, h, o, order_term, false }, q->root);
}

static enum answer customer_term(const struct asked *a, const struct query_node *t)
{
    const struct customer *c = a->record;

    if (strcmp(t->name, "updated_at") == 0) /* Shopify compares days here */
        return moment(t, a->h->updated, WHEN_DAY);
    if (strcmp(t->name, "customer_date") == 0 || strcmp(t->name, "created_at") == 0)
        return moment(t, a->h->created, WHEN_DAY);
    if (c == NULL)
        return ANSWER_MAYBE;
    if (strcmp(t->name, "email") == 0)
        return yes(c->email != NULL && same(t->value, c->email));
    if (strcmp(t->name, "phone") == 0)
        return yes(c->phone != NULL && strcmp(t->value, c->phone) == 0);
    if (strcmp(t->name, "tag") == 0)
        return yes(among(t->value, c->tags));
    return number(t, c->id);
}

enum answer query_customer(struct shop *s, const struct query *q, const struct head *h, const struct customer *c)
{
    return eval(&(struct asked){ s, q, h, c, customer_term, false }, q->root);
}

static bool any_variant(const struct product *p, const struct query_node *t)
{
    bool sku = strcmp(t->name, "sku") == 0;

    for (size_t i = 0; i < p->count; i++)
        if (same(t->value, sku ? p->variants[i].sku : p->variants[i].barcode))
            return true;
    return false;
}

static enum answer product_term(const struct asked *a, const struct query_node *t)
{
    const struct product *p = a->record;

    if (strcmp(t->name, "updated_at") == 0)
        return moment(t, a->h->updated, WHEN_SECOND);
    if (strcmp(t->name, "created_at") == 0)
        return moment(t, a->h->created, WHEN_SECOND);
    if (p == NULL)
        return ANSWER_MAYBE;
    if (strcmp(t->name, "status") == 0)
        return yes(any_of(t->value, p->status));
    if (strcmp(t->name, "vendor") == 0)
        return yes(same(t->value, p->vendor));
    if (strcmp(t->name, "product_type") == 0)
        return yes(same(t->value, p->kind));
    if (strcmp(t->name, "title") == 0)
        return yes(same(t->value, p->title));
    if (strcmp(t->name, "tag") == 0)
        return yes(among(t->value, p->tags));
    if (strcmp(t->name, "id") == 0)
        return number(t, p->id);
    return yes(any_variant(p, t));
}

enum answer query_product(struct shop *s, const struct query *q, const struct head *h, const struct product *p)
{
    return eval(&(struct asked){ s, q, h, p, product_term, false }, q->root);
}

static enum answer variant_term(const struct asked *a, const struct query_node *t)
{
    const struct variant *v = a->record;

    if (strcmp(t->name, "sku") == 0)
        return yes(same(t->value, v->sku));
    if (strcmp(t->name, "barcode") == 0)
        return yes(same(t->value, v->barcode));
    if (strcmp(t->name, "product_id") == 0)
        return number(t, v->of->id);
    if (strcmp(t->name, "updated_at") == 0)
        return moment(t, v->updated, WHEN_SECOND);
    if (strcmp(t->name, "created_at") == 0)
        return moment(t, v->of->created, WHEN_SECOND);
    if (strcmp(t->name, "title") == 0)
        return yes(same(t->value, v->title));
    return number(t, a->item ? v->item : v->id);
}

bool query_variant(const struct query *q, const struct variant *v, bool item)
{
    return eval(&(struct asked){ NULL, q, NULL, v, variant_term, item }, q->root) == ANSWER_YES;
}
