#include "webhook/watch.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/alerts.h"
#include "store/backends.h"

#define OPEN_MOST 500 /* open alerts that are looked at */

static const struct {
    const char *name;
    enum alert_level level;
} kinds[WATCH_KINDS] = {
    [WATCH_SIGNATURE] = { "signature", ALERT_ERR },
    [WATCH_UNKNOWN_SHOP] = { "unknown_shop", ALERT_WARN },
    [WATCH_BURST] = { "burst", ALERT_WARN },
    [WATCH_SILENCE] = { "silence", ALERT_ERR },
};

static void raise(struct watch *w, int64_t backend, enum watch_kind kind, int64_t ticks,
                  const char *text, struct watch_news *news)
{
    struct watch_raised *place = NULL;

    for (unsigned i = 0; i < WATCH_RAISED_MAX; i++) {
        struct watch_raised *raised = &w->raised[i];

        if (raised->last != 0 && raised->backend == backend && raised->kind == kind) {
            place = raised;
            break;
        }
        if (raised->last == 0 && place == NULL)
            place = raised;
    }
    if (place != NULL)
        *place = (struct watch_raised){ .backend = backend, .last = ticks, .kind = kind };
    if (news->count == WATCH_NEWS_MAX)
        return;
    news->rows[news->count].end = false;
    news->rows[news->count].backend = backend;
    news->rows[news->count].kind = kind;
    str_copy(news->rows[news->count].text, sizeof news->rows[0].text, text);
    news->count++;
}

static void end(struct watch_raised *raised, struct watch_news *news)
{
    if (news->count == WATCH_NEWS_MAX)
        return; /* with the next tick */
    news->rows[news->count].end = true;
    news->rows[news->count].backend = raised->backend;
    news->rows[news->count].kind = raised->kind;
    news->count++;
    raised->last = 0;
}

void watch_signature(struct watch *w, int64_t backend, const struct source *source, unsigned count,
                     int64_t ticks, struct watch_news *news)
{
    char text[256], buf[SOURCE_TEXT_MAX];

    snprintf(text, sizeof text,
             "%u deliveries from %s within ten minutes were not signed with our secret: a wrong "
             "webhook secret, or somebody is trying",
             count, source != NULL ? source_text(source, buf) : "several addresses");
    raise(w, backend, WATCH_SIGNATURE, ticks, text, news);
}

/* A name that could be a shop's; anything else is not repeated to people. */
static bool plausible(const char *domain)
{
    size_t len = 0;

    for (; domain[len] != '\0'; len++)
        if (!((domain[len] >= 'a' && domain[len] <= 'z') ||
              (domain[len] >= '0' && domain[len] <= '9') || domain[len] == '-' ||
              domain[len] == '.'))
            return false;
    return len > 0 && len < 100;
}

void watch_unknown_shop(struct watch *w, const char *domain, const struct source *source,
                        int64_t ticks, struct watch_news *news)
{
    char text[256], buf[SOURCE_TEXT_MAX];

    snprintf(text, sizeof text, "deliveries for %s, a shop that is not connected here, from %s",
             plausible(domain) ? domain : "an odd name", source_text(source, buf));
    raise(w, 0, WATCH_UNKNOWN_SHOP, ticks, text, news);
}

void watch_pattern(struct watch *w, const struct pattern_found *found, int64_t ticks,
                   struct watch_news *news)
{
    char text[256];

    if (found->sign == PATTERN_BURST) {
        snprintf(text, sizeof text, "%lld webhooks in this minute, usual are %lld",
                 (long long)found->now, (long long)found->usual);
        raise(w, found->backend, WATCH_BURST, ticks, text, news);
    } else if (found->sign == PATTERN_SILENCE) {
        snprintf(text, sizeof text,
                 "no webhook for %lld minutes, the longest usual gap is %lld: check the "
                 "subscriptions and the way to the receiver",
                 (long long)(found->now / WHEN_MINUTE), (long long)(found->usual / WHEN_MINUTE));
        raise(w, found->backend, WATCH_SILENCE, ticks, text, news);
    }
}

void watch_delivery(struct watch *w, int64_t backend, struct watch_news *news)
{
    for (unsigned i = 0; i < WATCH_RAISED_MAX; i++)
        if (w->raised[i].last != 0 && w->raised[i].kind == WATCH_SILENCE &&
            w->raised[i].backend == backend)
            end(&w->raised[i], news);
}

void watch_tick(struct watch *w, int64_t ticks, struct watch_news *news)
{
    for (unsigned i = 0; i < WATCH_RAISED_MAX; i++)
        if (w->raised[i].last != 0 && w->raised[i].kind != WATCH_SILENCE &&
            ticks - w->raised[i].last > WATCH_QUIET_US)
            end(&w->raised[i], news);
}

/* ---- to the store ---- */

struct message {
    struct store_request request;
    struct watch_news news;
};

static bool write_news(struct db *db, void *ctx, struct err *err)
{
    const struct watch_news *news = ctx;

    for (unsigned i = 0; i < news->count; i++) {
        const char *kind = kinds[news->rows[i].kind].name;
        int64_t backend = news->rows[i].backend;

        if (news->rows[i].end ? !alerts_end(db, backend, kind, when_now(), err)
                              : !alerts_raise(db, backend, kind, kinds[news->rows[i].kind].level,
                                              news->rows[i].text, when_now(), err))
            return false;
    }
    return true;
}

static void written(struct store_request *request)
{
    free((char *)request->ctx - offsetof(struct message, news));
}

void watch_send(struct store *store, const struct watch_news *news)
{
    struct message *message;

    if (news->count == 0 || (message = calloc(1, sizeof *message)) == NULL)
        return; /* an alert that does not fit into memory is the smaller trouble */
    message->news = *news;
    message->request = (struct store_request){ .change = write_news, .done = written };
    message->request.ctx = &message->news;
    store_send(store, &message->request);
}

static bool end_all(struct db *db, void *ctx, struct err *err)
{
    struct backend *backends AUTO_FREE = calloc(BACKENDS_MAX, sizeof *backends);
    size_t count = BACKENDS_MAX;

    (void)ctx;
    if (backends == NULL)
        return err_set(err, ERR_BUSY, "no memory to read the backends");
    if (!backends_list(db, backends, &count, err))
        return false;
    for (unsigned k = 0; k < WATCH_KINDS; k++) {
        if (k == WATCH_SILENCE)
            continue;
        if (!alerts_end(db, 0, kinds[k].name, when_now(), err))
            return false;
        for (size_t i = 0; i < count; i++)
            if (!alerts_end(db, backends[i].id, kinds[k].name, when_now(), err))
                return false;
    }
    return true;
}

bool watch_begin(struct watch *w, struct store *store, struct db *db, int64_t ticks,
                 int64_t *silent, size_t *count, struct err *err)
{
    struct alert *open AUTO_FREE = calloc(OPEN_MOST, sizeof *open);
    size_t found = OPEN_MOST;

    *count = 0;
    if (open == NULL)
        return err_set(err, ERR_BUSY, "no memory to read the alerts");
    if (!store_do(store, end_all, NULL, err) || !alerts_list(db, open, &found, err))
        return false;
    for (size_t i = 0; i < found && *count < BACKENDS_MAX; i++) {
        if (strcmp(open[i].kind, kinds[WATCH_SILENCE].name) != 0)
            continue;
        w->raised[*count] = (struct watch_raised){ .backend = open[i].backend, .last = ticks,
                                                   .kind = WATCH_SILENCE };
        silent[(*count)++] = open[i].backend;
    }
    return true;
}
