#include "webhook/hint.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mutex.h"
#include "base/str.h"
#include "store/jobs.h"
#include "webhook/inside.h"

#define EACH_US   INT64_C(1000000)
#define LOOKS     "poll:" /* records of the jobs that look; jobs/polls.def */
#define LOOK_KIND "odoo.poll"

struct hint {
    struct store_request request;
    int64_t backend;
};

static bool hurry(struct db *db, void *ctx, struct err *err)
{
    const struct hint *hint = ctx;

    return jobs_hurry(db, hint->backend, LOOK_KIND, LOOKS, err);
}

static void done(struct store_request *request)
{
    if (!request->ok)
        log_warn("a hint of Odoo's is lost: %s", request->err.text);
    free(request->ctx);
}

static void pass_on(struct receiver *r, int64_t backend)
{
    struct hint *hint = calloc(1, sizeof *hint);

    if (hint == NULL)
        return;
    hint->backend = backend;
    hint->request = (struct store_request){ .change = hurry, .done = done, .ctx = hint };
    store_send(r->store, &hint->request);
}

static bool is_secret(const struct shop *shop, const char *said)
{
    size_t len = shop->hint != NULL ? strlen(shop->hint) : 0;

    return len > 0 && strlen(said) == len && CRYPTO_memcmp(shop->hint, said, len) == 0;
}

/* Not more than one at a time. Under the lock. */
static bool is_due(struct receiver *r, size_t nth)
{
    int64_t now = when_ticks();

    if (r->stopping || now - r->hinted[nth] < EACH_US)
        return false;
    r->hinted[nth] = now;
    return true;
}

bool hint_take(struct receiver *r, const char *url)
{
    AUTO(shops) shops = NULL;
    size_t nth = 0;
    bool due;

    if (!str_starts(url, HINT_PATH))
        return false;
    mutex_lock(&r->lock);
    shops = shops_share(r->shops);
    mutex_unlock(&r->lock);
    while (nth < shops->count && !is_secret(&shops->rows[nth], url + strlen(HINT_PATH)))
        nth++;
    if (nth == shops->count)
        return false;
    mutex_lock(&r->lock);
    due = is_due(r, nth);
    mutex_unlock(&r->lock);
    if (due)
        pass_on(r, shops->rows[nth].backend);
    return true;
}
