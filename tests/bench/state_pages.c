/*
 * state_pages.c - every question the console's screens ask, by the socket they ask it on.
 *
 * A question is a method and its parameters as JSON in which $words stand for something that is
 * there: an order's name, a job's id. A question marked walk is asked on from page to page. The
 * first walks read from the disk, as after a boot: their slowest page is printed apart. Then the
 * file is read into the machine's memory once, and the figures are taken.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "tests/bench/state.h"

#define PAGE_US   20000
#define SEARCH_US 5000
#define WALK      12 /* pages */
#define SAMPLES_MAX 2000

struct page {
    const char *name, *method, *params;
    bool walk;
    int64_t wanted_us;
};

static const struct page pages[] = {
    { "dashboard", "overview", "{}", false, PAGE_US },
    { "status", "status", "{}", false, PAGE_US },
    { "queues", "lanes.list", "{}", false, PAGE_US },
    { "alerts", "alerts.list", "{}", false, PAGE_US },
    { "jobs", "jobs.list", "{}", true, PAGE_US },
    { "jobs, 500 rows", "jobs.list", "{'limit':500}", true, PAGE_US },
    { "jobs from anywhere", "jobs.list", "{'after':'$job','limit':200}", false, PAGE_US },
    { "jobs of a lane", "jobs.list", "{'lane':'orders'}", true, PAGE_US },
    { "jobs of a lane from anywhere", "jobs.list", "{'lane':'stock','after':'$job'}", true, PAGE_US },
    { "jobs that are parked", "jobs.list", "{'state':'parked'}", true, PAGE_US },
    { "jobs that are ready", "jobs.list", "{'state':'ready','limit':200}", true, PAGE_US },
    { "jobs that wait in a lane", "jobs.list", "{'lane':'stock','state':'waiting'}", true, PAGE_US },
    { "jobs with a question", "jobs.list", "{'state':'asking'}", true, PAGE_US },
    { "jobs running", "jobs.list", "{'state':'running'}", false, PAGE_US },
    { "jobs of a backend", "jobs.list", "{'backend':2}", true, PAGE_US },
    { "jobs of a backend, lane, state", "jobs.list",
      "{'backend':2,'lane':'orders','state':'finished'}", true, PAGE_US },
    { "jobs of a record", "jobs.list", "{'record':'order:$record'}", false, PAGE_US },
    { "jobs of the largest cause", "jobs.list", "{'problem':1}", true, PAGE_US },
    { "jobs of it in another lane", "jobs.list", "{'problem':1,'lane':'nowhere'}", true, PAGE_US },
    { "jobs of it in another state", "jobs.list", "{'problem':1,'state':'asking'}", true, PAGE_US },
    { "jobs of a cause", "jobs.list", "{'problem':$problem}", true, PAGE_US },
    { "one job", "jobs.get", "{'id':$job}", false, PAGE_US },
    { "problems", "problems.list", "{}", true, PAGE_US },
    { "problems, all", "problems.list", "{'state':'all'}", true, PAGE_US },
    { "problems that are solved", "problems.list", "{'state':'solved'}", true, PAGE_US },
    { "problems that are muted", "problems.list", "{'state':'muted'}", true, PAGE_US },
    { "problems of a kind", "problems.list", "{'kind':'conflict'}", true, PAGE_US },
    { "the largest problem", "problems.get", "{'id':1}", false, PAGE_US },
    { "one problem", "problems.get", "{'id':$problem}", false, PAGE_US },
    { "webhooks", "webhooks.list", "{}", true, PAGE_US },
    { "webhooks from anywhere", "webhooks.list", "{'after':'$hook','limit':200}", false, PAGE_US },
    { "webhooks of a topic", "webhooks.list", "{'topic':'orders/create'}", true, PAGE_US },
    { "webhooks of a rare topic", "webhooks.list", "{'topic':'app/uninstalled'}", true, PAGE_US },
    { "webhooks refused", "webhooks.list", "{'verdict':'rej'}", true, PAGE_US },
    { "webhooks late", "webhooks.list", "{'verdict':'late'}", true, PAGE_US },
    { "webhooks accepted of a topic", "webhooks.list",
      "{'verdict':'ok','topic':'customers/update'}", true, PAGE_US },
    { "webhooks of an object", "webhooks.list", "{'object':'#$name'}", false, PAGE_US },
    { "webhooks of a quiet backend", "webhooks.list", "{'backend':3}", true, PAGE_US },
    { "webhooks from a rare source", "webhooks.list", "{'source':'10.9.9.9'}", true, PAGE_US },
    { "one webhook", "webhooks.get", "{'id':$hook}", false, PAGE_US },
    { "the newest webhook", "webhooks.get", "{'id':$newhook}", false, PAGE_US },
    { "webhook figures", "webhooks.stats", "{}", false, PAGE_US },
    { "search an order name", "records.search", "{'q':'#$name'}", false, SEARCH_US },
    { "search a number", "records.search", "{'q':'$name'}", false, SEARCH_US },
    { "search an e-mail", "records.search", "{'q':'buyer$buyer@example.com'}", false, SEARCH_US },
    { "search a busy e-mail", "records.search", "{'q':'Whale@example.com'}", false, SEARCH_US },
    { "search a SKU", "records.search", "{'q':'SKU-$name'}", false, SEARCH_US },
    { "search a Shopify id", "records.search", "{'q':'500000$pair'}", false, SEARCH_US },
    { "search an Odoo id", "records.search", "{'q':'sale.order/$name'}", false, SEARCH_US },
    { "search in vain", "records.search", "{'q':'nobody $name'}", false, SEARCH_US },
    { "a timeline", "records.timeline", "{'kind':'order','id':'$record','backend':1}", false,
      PAGE_US },
    { "mappings by kind", "mappings.kinds", "{'backend':1}", false, PAGE_US },
    { "mappings", "mappings.list", "{'backend':1,'kind':'tax'}", true, PAGE_US },
    { "setup", "backends.list", "{}", false, PAGE_US },
    { "setup of one", "backends.get", "{'backend':1}", false, PAGE_US },
    { "settings", "settings.list", "{}", false, PAGE_US },
    { "figures of the orders", "metrics.latency", "{}", false, PAGE_US },
    { "figures of a month", "metrics.latency", "{'since':$month}", false, PAGE_US },
    { "audit", "audit.list", "{}", true, PAGE_US },
    { "audit of a user", "audit.list", "{'user':'user3'}", true, PAGE_US },
    { "audit of a rare user", "audit.list", "{'user':'auditor'}", true, PAGE_US },
    { "audit of a method", "audit.list", "{'what':'mappings.set'}", true, PAGE_US },
    { "audit of a rare group of methods", "audit.list", "{'what':'secrets.'}", true, PAGE_US },
    { "audit of an object", "audit.list", "{'object':'backend 1 tax 7'}", true, PAGE_US },
    { "audit of all three", "audit.list",
      "{'user':'auditor','what':'jobs.','object':'backend 1 tax 5'}", true, PAGE_US },
};

#define PAGES (sizeof pages / sizeof pages[0])

/* Something like a random number: the same in every run. */
static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return below > 0 ? (*seed >> 33) % below : 0;
}

static void add_word(struct str *to, const struct state *s, const char *word, size_t len,
                     uint64_t *seed)
{
    const struct {
        const char *word;
        uint64_t from, count;
    } words[] = {
        { "job", 1, (uint64_t)s->jobs },
        { "record", 5000000000001u, (uint64_t)s->jobs / 3 },
        { "problem", 1, (uint64_t)s->jobs / 4000 },
        { "hook", 1, (uint64_t)s->jobs / 2 },
        { "newhook", (uint64_t)s->jobs / 2 - 999, 1000 },
        { "name", 1000, (uint64_t)s->pairs },
        { "pair", 1000000, (uint64_t)s->pairs },
        { "buyer", 1, (uint64_t)s->pairs / 7 },
        { "month", (uint64_t)(s->now - 30 * WHEN_DAY), 1 },
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i].word) == len && strncmp(words[i].word, word, len) == 0)
            str_addf(to, "%" PRIu64, words[i].from + draw(seed, words[i].count));
}

static json_t *params_of(const struct state *s, const struct page *page, uint64_t *seed,
                         const json_t *after)
{
    AUTO_STR text;
    json_t *params;

    str_init(&text, 4096);
    for (const char *p = page->params; *p != '\0'; p++) {
        size_t len = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");

        if (*p == '$') {
            add_word(&text, s, p + 1, len, seed);
            p += len;
        } else
            str_add(&text, *p == '\'' ? "\"" : p, 1);
    }
    params = json_loads(text.data, 0, NULL);
    if (json_is_string(after))
        json_object_set(params, "after", (json_t *)(uintptr_t)after);
    return params;
}

/* What the core's main thread has worked so far: on a busy machine this tells more than a clock. */
static int64_t core_us(const struct state *s)
{
    char path[64];
    long long ns = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", (int)s->core, (int)s->core);
    f = fopen(path, "re");
    if (f != NULL && fscanf(f, "%lld", &ns) != 1)
        ns = 0;
    if (f != NULL)
        fclose(f);
    return ns / 1000;
}

static int by_size(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

struct series {
    int64_t took[SAMPLES_MAX], worked[SAMPLES_MAX]; /* us */
    int64_t rows;
    int count, refused;
    uint64_t seed;
};

/* Asks count times, at most SAMPLES_MAX; both lists are sorted then. */
static bool ask_on(struct state *s, const struct page *page, int count, struct series *series,
                   struct err *err)
{
    json_t *next = NULL;

    *series = (struct series){ .count = count, .seed = series->seed };
    for (int i = 0; i < count; i++) {
        json_t *params =
            params_of(s, page, &series->seed, page->walk && i % WALK != 0 ? next : NULL);
        int64_t work = core_us(s), start = when_ticks();
        json_t *answer = state_ask(s, page->method, params, err);

        series->took[i] = when_ticks() - start;
        series->worked[i] = core_us(s) - work;
        json_decref(next);
        next = NULL;
        if (answer == NULL && (err->kind == ERR_BUSY || err->kind == ERR_BUG))
            return err_within(err, "%s", page->name);
        series->refused += answer == NULL; /* "there is no such problem" is an answer, too */
        series->rows += (int64_t)json_array_size(json_at(answer, "rows"));
        next = json_incref(json_object_get(answer, "next"));
        json_decref(answer);
    }
    json_decref(next);
    qsort(series->took, (size_t)count, sizeof series->took[0], by_size);
    qsort(series->worked, (size_t)count, sizeof series->worked[0], by_size);
    return true;
}

static bool measure(struct state *s, const struct page *page, int64_t first, int64_t *p99,
                    struct err *err)
{
    static struct series series;

    series.seed = 11;
    if (!ask_on(s, page, s->samples, &series, err))
        return false;
    *p99 = series.took[s->samples * 99 / 100];
    printf("{\"page\":\"%s\",\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"slowest_ms\":%.2f,\"at_most\":%" PRId64
           ",\"core_p99_ms\":%.2f,\"from_disk_ms\":%.2f,\"rows\":%" PRId64 ",\"refused\":%d}\n",
           page->name, (double)series.took[s->samples / 2] / 1e3, (double)*p99 / 1e3,
           (double)series.took[s->samples - 1] / 1e3, page->wanted_us / 1000,
           (double)series.worked[s->samples * 99 / 100] / 1e3, (double)first / 1e3, series.rows,
           series.refused);
    fflush(stdout);
    return true;
}

bool state_pages(struct state *s, int64_t *worst_page_us, int64_t *worst_search_us,
                 struct err *err)
{
    static struct series series;
    int64_t first[PAGES];

    if (s->samples > SAMPLES_MAX)
        s->samples = SAMPLES_MAX;
    for (size_t i = 0; i < PAGES; i++) {
        series.seed = 7;
        if (!ask_on(s, &pages[i], WALK, &series, err))
            return false;
        first[i] = series.took[WALK - 1];
    }
    state_read_file(s);
    for (size_t i = 0; i < PAGES; i++) {
        int64_t *worst = pages[i].wanted_us == SEARCH_US ? worst_search_us : worst_page_us;
        int64_t p99 = 0;

        if (!measure(s, &pages[i], first[i], &p99, err))
            return false;
        *worst = p99 > *worst ? p99 : *worst;
    }
    return true;
}
