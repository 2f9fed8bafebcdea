#include "tests/sandbox/shop/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

const char *const query_order_names[] = { "status", "created_at", "processed_at", "updated_at", "financial_status",
                                          "fulfillment_status", "name", "sku", "tag", "customer_id", "id", "test", "email", NULL };
const char *const query_variant_names[] = { "sku", "barcode", "product_id", "title", "updated_at", "id", NULL };
const char *const query_customer_names[] = { "email", "updated_at", "customer_date", "phone", "tag", "id", NULL };
const char *const query_product_names[] = { "status", "updated_at", "created_at", "vendor", "product_type", "tag", "title", "id",
                                            NULL };

static const char *value_read(const char *at, char *to, size_t size)
{
    size_t len = 0;
    char quote = *at == '\'' || *at == '"' ? *at++ : '\0';

    while (*at != '\0' && (quote != '\0' ? *at != quote : *at != ' ')) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        if (len + 1 < size)
            to[len++] = *at;
        at++;
    }
    to[len] = '\0';
    return *at == '\0' || quote == '\0' ? at : at + 1;
}

static bool is_known(const char *const *known, const char *name)
{
    for (; *known != NULL; known++)
        if (strcmp(*known, name) == 0)
            return true;
    return false;
}

void query_read(const char *text, const char *const *known, struct query *q, json_t *warnings)
{
    *q = (struct query){ 0 };
    while (text != NULL && *text != '\0') {
        struct term t = { .op = "=" };
        size_t len = strcspn(text, ": ");

        if (*text == ' ' || *text == '(' || *text == ')') {
            text++;
            continue;
        }
        if (text[len] != ':') { /* a bare word or AND */
            text += len;
            continue;
        }
        str_copy(t.name, len + 1 < sizeof t.name ? len + 1 : sizeof t.name, text);
        text += len + 1;
        len = strspn(text, "<>=");
        if (len > 0)
            str_copy(t.op, len + 1 < sizeof t.op ? len + 1 : sizeof t.op, text);
        text = value_read(text + len, t.value, sizeof t.value);
        if (!is_known(known, t.name))
            json_array_append_new(warnings, json_pack("{s:s,s:s,s:s}", "field", t.name, "message", "Invalid search field for this query.",
                                                      "code", "invalid_field"));
        else if (q->count < 8)
            q->terms[q->count++] = t;
    }
}

static bool ordered(const char *op, int order)
{
    if (op[0] == '>')
        return op[1] == '=' ? order >= 0 : order > 0;
    if (op[0] == '<')
        return op[1] == '=' ? order <= 0 : order < 0;
    return order == 0;
}

static bool moment(const struct term *t, when at)
{
    char text[WHEN_TEXT_MAX + 16];
    when wanted;

    snprintf(text, sizeof text, strlen(t->value) == 10 ? "%sT00:00:00Z" : "%s", t->value);
    if (!when_parse_iso(text, &wanted))
        return true;
    at -= at % WHEN_SECOND;
    return ordered(t->op, (at > wanted) - (at < wanted));
}

static bool number(const struct term *t, int64_t id)
{
    char mine[24];
    const char *slash = strrchr(t->value, '/');

    snprintf(mine, sizeof mine, "%" PRId64, id);
    if (t->op[0] != '=') {
        long long wanted = strtoll(t->value, NULL, 10);

        return ordered(t->op, (id > wanted) - (id < wanted));
    }
    return strcmp(mine, slash == NULL ? t->value : slash + 1) == 0;
}

/* Words separated by commas; the search is not case sensitive. */
static bool word(const char *wanted, const char *list)
{
    size_t len = strlen(wanted);

    for (const char *p = list; p != NULL && *p != '\0'; p += strcspn(p, ","), p += strspn(p, ", "))
        if (strncasecmp(p, wanted, len) == 0 && (p[len] == '\0' || p[len] == ','))
            return true;
    return false;
}

static bool status(const struct order *o, const char *wanted)
{
    if (strcmp(wanted, "any") == 0)
        return true;
    if (strcmp(wanted, "cancelled") == 0)
        return o->cancelled != 0;
    if (strcmp(wanted, "closed") == 0)
        return o->closed != 0;
    if (strcmp(wanted, "not_closed") == 0)
        return o->closed == 0;
    return o->closed == 0 && o->cancelled == 0;
}

static bool has_sku(const struct order *o, const char *sku)
{
    for (size_t i = 0; i < o->line_count; i++)
        if (o->lines[i].sku != NULL && strcasecmp(o->lines[i].sku, sku) == 0)
            return true;
    return false;
}

static bool order_term(const struct shop *s, const struct term *t, const struct order *o)
{
    if (strcmp(t->name, "status") == 0)
        return status(o, t->value);
    if (strcmp(t->name, "created_at") == 0)
        return moment(t, o->created);
    if (strcmp(t->name, "processed_at") == 0)
        return moment(t, o->processed);
    if (strcmp(t->name, "updated_at") == 0)
        return moment(t, o->updated);
    if (strcmp(t->name, "financial_status") == 0)
        return strcmp(t->value, "any") == 0 || strcasecmp(t->value, o->financial) == 0;
    if (strcmp(t->name, "fulfillment_status") == 0)
        return strcmp(t->value, "any") == 0 || (*o->fulfillment == '\0' ? strcmp(t->value, "unfulfilled") == 0 : strcasecmp(t->value, o->fulfillment) == 0);
    if (strcmp(t->name, "name") == 0)
        return strcasecmp(t->value, o->name) == 0 || strcasecmp(t->value, o->name + 1) == 0;
    if (strcmp(t->name, "sku") == 0)
        return has_sku(o, t->value);
    if (strcmp(t->name, "tag") == 0)
        return word(t->value, o->tags);
    if (strcmp(t->name, "customer_id") == 0)
        return o->customer != SIZE_MAX && number(t, s->customers[o->customer].id);
    if (strcmp(t->name, "test") == 0)
        return o->test == (strcmp(t->value, "true") == 0);
    if (strcmp(t->name, "email") == 0)
        return o->email != NULL && strcasecmp(t->value, o->email) == 0;
    return number(t, o->id);
}

bool query_order(const struct shop *s, const struct query *q, const struct order *o)
{
    for (size_t i = 0; i < q->count; i++)
        if (!order_term(s, &q->terms[i], o))
            return false;
    return true;
}

bool query_variant(const struct shop *s, const struct query *q, const struct variant *v)
{
    for (size_t i = 0; i < q->count; i++) {
        const struct term *t = &q->terms[i];
        bool hit = strcmp(t->name, "sku") == 0         ? strcasecmp(t->value, v->sku) == 0 :
                   strcmp(t->name, "barcode") == 0     ? strcmp(t->value, v->barcode) == 0 :
                   strcmp(t->name, "product_id") == 0  ? number(t, s->products[v->product].id) :
                   strcmp(t->name, "updated_at") == 0  ? moment(t, v->updated) :
                   strcmp(t->name, "title") == 0       ? strcasecmp(t->value, v->title) == 0 :
                                                         number(t, v->id);

        if (!hit)
            return false;
    }
    return true;
}

bool query_customer(const struct query *q, const struct customer *c)
{
    for (size_t i = 0; i < q->count; i++) {
        const struct term *t = &q->terms[i];
        bool hit = strcmp(t->name, "email") == 0           ? strcasecmp(t->value, c->email) == 0 :
                   strcmp(t->name, "updated_at") == 0      ? moment(t, c->updated) :
                   strcmp(t->name, "customer_date") == 0   ? moment(t, c->created) :
                   strcmp(t->name, "phone") == 0           ? c->phone != NULL && strcmp(t->value, c->phone) == 0 :
                   strcmp(t->name, "tag") == 0             ? word(t->value, c->tags) :
                                                             number(t, c->id);

        if (!hit)
            return false;
    }
    return true;
}

bool query_product(const struct query *q, const struct product *p)
{
    for (size_t i = 0; i < q->count; i++) {
        const struct term *t = &q->terms[i];
        bool hit = strcmp(t->name, "status") == 0         ? strcasecmp(t->value, p->archived ? "archived" : "active") == 0 :
                   strcmp(t->name, "updated_at") == 0     ? moment(t, p->updated) :
                   strcmp(t->name, "created_at") == 0     ? moment(t, p->created) :
                   strcmp(t->name, "vendor") == 0         ? strcasecmp(t->value, p->vendor) == 0 :
                   strcmp(t->name, "product_type") == 0   ? strcasecmp(t->value, p->kind) == 0 :
                   strcmp(t->name, "title") == 0          ? strcasecmp(t->value, p->title) == 0 :
                   strcmp(t->name, "tag") == 0            ? false :
                                                            number(t, p->id);

        if (!hit)
            return false;
    }
    return true;
}
