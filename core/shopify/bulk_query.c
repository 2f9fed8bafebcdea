/* bulk_query.c - what is asked: a filter in Shopify's words, and the text of an operation. */
#include <stddef.h>
#include <string.h>

#include "base/assets.h"
#include "shopify/bulk_in.h"

#define WORD_MAX  32 /* letters of one state's name */
#define WORDS_MAX 16
#define DEPTH_MAX 6 /* of fragments within fragments */

static const struct bulk_row kinds[BULK_KIND_COUNT] = {
#define BULK(id, name, asset, root, type, page, count, counted)                                    \
    [BULK_##id] = { name, asset_##asset, root, type, counted, GRAPHQL_##page, GRAPHQL_##count },
#include "shopify/bulk.def"
};

const struct bulk_row *bulk_row(enum bulk_kind kind)
{
    return &kinds[kind];
}

const char *bulk_kind_name(enum bulk_kind kind)
{
    return kind < BULK_KIND_COUNT ? kinds[kind].name : "?";
}

/* ---- the search ---- */

static const struct field {
    enum bulk_kind kind;
    size_t member;
    const char *listed, *counted;
} fields[] = {
#define BULK_FIELD(kind, member, listed, counted)                                                  \
    { BULK_##kind, offsetof(struct bulk_filter, member), listed, counted },
#include "shopify/bulk.def"
};

static const struct member {
    size_t offset;
    bool range;
    const char *words;
} members[] = {
    { offsetof(struct bulk_filter, created), true, "time of creation" },
    { offsetof(struct bulk_filter, updated), true, "time of change" },
    { offsetof(struct bulk_filter, processed), true, "time of processing" },
    { offsetof(struct bulk_filter, status), false, "status" },
    { offsetof(struct bulk_filter, financial), false, "financial status" },
    { offsetof(struct bulk_filter, fulfilment), false, "fulfilment status" },
};

static const char *field_name(enum bulk_kind kind, size_t member, bool counted)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (fields[i].kind == kind && fields[i].member == member)
            return counted ? fields[i].counted : fields[i].listed;
    return NULL;
}

static void add_time(struct str *search, const char *name, const char *op, when at)
{
    char text[WHEN_TEXT_MAX];

    str_addf(search, "%s%s:%s'%s'", search->len > 0 ? " " : "", name, op, when_iso(at, text));
}

/* Shopify keeps whole seconds: the end is rounded up, so that nothing is left out. */
static bool add_range(struct str *search, const char *name, const struct bulk_range *range,
                      struct err *err)
{
    if (range->from < 0 || range->to < 0 || (range->to != 0 && range->to <= range->from))
        return err_set(err, ERR_INVALID, "a filter's time ends before it begins");
    if (range->from != 0)
        add_time(search, name, ">=", range->from);
    if (range->to != 0)
        add_time(search, name, "<", range->to + WHEN_SECOND - 1);
    return true;
}

/* "paid,pending": (financial_status:paid OR financial_status:pending). */
static bool add_words(struct str *search, const char *name, const char *words, struct err *err)
{
    bool several = strchr(words, ',') != NULL;
    unsigned count = 0;

    str_addf(search, "%s%s", search->len > 0 ? " " : "", several ? "(" : "");
    while (true) {
        size_t n = strspn(words, "abcdefghijklmnopqrstuvwxyz_");

        if (n == 0 || n > WORD_MAX || (words[n] != ',' && words[n] != '\0') || ++count > WORDS_MAX)
            return err_set(err, ERR_INVALID, "a filter by %s takes words like \"open,closed\"",
                           name);
        str_addf(search, "%s%s:%.*s", count > 1 ? " OR " : "", name, (int)n, words);
        words += n;
        if (*words++ == '\0')
            break;
    }
    str_adds(search, several ? ")" : "");
    return true;
}

static bool is_set(const struct bulk_filter *filter, const struct member *m)
{
    const char *at = (const char *)filter + m->offset;
    const struct bulk_range *range = (const void *)at;
    const char *const *words = (const void *)at;

    return m->range ? range->from != 0 || range->to != 0 : *words != NULL && **words != '\0';
}

bool bulk_search(enum bulk_kind kind, const struct bulk_filter *filter, bool counted, int64_t after,
                 struct str *search, struct err *err)
{
    for (size_t i = 0; filter != NULL && i < sizeof members / sizeof members[0]; i++) {
        const void *at = (const char *)filter + members[i].offset;
        const char *name = field_name(kind, members[i].offset, counted);

        if (!is_set(filter, &members[i]))
            continue;
        if (name == NULL)
            return err_set(err, ERR_INVALID, "Shopify cannot %s %s by %s",
                           counted ? "count" : "filter", kinds[kind].name, members[i].words);
        if (!(members[i].range ? add_range(search, name, at, err)
                               : add_words(search, name, *(const char *const *)at, err)))
            return false;
    }
    /* Shopify's text names active alone as what is meant without a status */
    if (kind == BULK_PRODUCTS && (filter == NULL || filter->status == NULL || !*filter->status) &&
        !add_words(search, "status", "active,archived,draft,unlisted", err))
        return false;
    if (after > 0)
        str_addf(search, "%sid:>=%lld", search->len > 0 ? " " : "", (long long)after + 1);
    return !search->full || err_set(err, ERR_INVALID, "a filter that long cannot be sent");
}

/* ---- the question ---- */

struct writing {
    const char *document;
    struct str *to;
    const char *search;
};

/* A text of GraphQL. */
static void add_literal(struct str *to, const char *text)
{
    str_adds(to, "\"");
    for (; *text != '\0'; text++)
        if (*text == '"' || *text == '\\')
            str_addf(to, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            str_addf(to, "\\u%04x", (unsigned)*text);
        else
            str_add(to, text, 1);
    str_adds(to, "\"");
}

/* What stands between the braces of a fragment. */
static const char *fragment_body(const char *document, const char *name, size_t n, size_t *len)
{
    for (const char *p = document; (p = strstr(p, "\nfragment ")) != NULL;) {
        const char *open, *end;

        p += strlen("\nfragment ");
        open = strchr(p, '{');
        if (strncmp(p, name, n) != 0 || p[n] != ' ' || open == NULL)
            continue;
        end = strstr(open, "\n}");
        *len = end != NULL ? (size_t)(end - open - 1) : 0;
        return open + 1;
    }
    return NULL;
}

/* Where the document says the search: with it, or without an argument at all. */
static size_t put_search(struct writing *w, const char *at)
{
    static const char declared[] = "($query: String)", alone[] = "(query: $query)",
                      first[] = "query: $query, ", variable[] = "$query";

    if (str_starts(at, declared))
        return strlen(declared);
    if (*w->search == '\0' && str_starts(at, alone))
        return strlen(alone);
    if (*w->search == '\0' && str_starts(at, first))
        return strlen(first);
    if (!str_starts(at, variable))
        return 0;
    add_literal(w->to, w->search);
    return strlen(variable);
}

static bool write_out(struct writing *w, const char *text, size_t len, int depth)
{
    const char *end = text + len;

    while (text < end) {
        size_t n = strspn(text, " \n"), skip = put_search(w, text), inner;
        const char *body;

        if (n > 0) {
            str_adds(w->to, " ");
            text += n;
        } else if (skip > 0) {
            text += skip;
        } else if (str_starts(text, "...") && text[3] != ' ') {
            n = strcspn(text + 3, " \n}");
            body = fragment_body(w->document, text + 3, n, &inner);
            if (body == NULL || depth == DEPTH_MAX || !write_out(w, body, inner, depth + 1))
                return false;
            text += 3 + n;
        } else {
            str_add(w->to, text++, 1);
        }
    }
    return true;
}

bool bulk_question(enum bulk_kind kind, const struct bulk_filter *filter, struct str *question,
                   struct err *err)
{
    const char *document = kinds[kind].question, *begin, *end;
    struct writing w = { .document = document, .to = question };
    AUTO_STR search;

    str_init(&search, BULK_SEARCH_MAX);
    if (!bulk_search(kind, filter, false, 0, &search, err))
        return false;
    w.search = search.data;
    begin = strstr(document, "query ");
    end = begin != NULL ? strstr(begin, "\n}\n") : NULL;
    if (filter != NULL && filter->ungrouped) /* by its name it is found again */
        str_adds(question, "query Loose");
    else
        str_adds(question, "query ");
    begin += begin != NULL ? strlen("query ") : 0;
    if (end == NULL || !write_out(&w, begin, (size_t)(end - begin) + 2, 0) || question->full)
        return err_set(err, ERR_BUG, "the question for %s cannot be put together",
                       kinds[kind].name);
    return true;
}
