/*
 * receiver.c - our receiver with its store and nothing else, for the bench and for killing it.
 *
 *     SIGNALBOX_LOAD_SECRET=... receiver DIRECTORY      prints "listening PORT"; ends on SIGTERM
 *
 * The shop is the one load sends for. DIRECTORY may be there already: then it goes on with it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/seal.h"
#include "store/backends.h"
#include "store/secrets.h"
#include "store/settings.h"
#include "webhook/receiver.h"

#define SHOP "bench.myshopify.com"

static const struct route routes[] = {
    { "orders/create", "order_in", "orders", "order", "id", "name", 0, false },
};

struct set_up {
    const struct seal *seal;
    const char *secret;
};

static bool furnish(struct db *db, void *ctx, struct err *err)
{
    const struct set_up *s = ctx;
    struct backend backend = { .name = "bench", .odoo_db = "bench", .odoo_login = "bench" };
    struct err none;
    int64_t id;

    if (backends_by_shop(db, SHOP, &backend, &none))
        return true;
    return settings_set(db, SETTING_rate_per_source, "0", err) &&
           settings_set(db, SETTING_rate_total, "0", err) &&
           backends_shop(SHOP, backend.shop, backend.shop_url, err) &&
           backends_odoo_url("https://odoo.example.com", backend.odoo_url, err) &&
           backends_add(db, &backend, &id, err) &&
           secrets_set(db, s->seal, id, SECRET_WEBHOOK, s->secret, strlen(s->secret), err);
}

static int fail(const struct err *err)
{
    fprintf(stderr, "receiver: %s\n", err->text);
    return 1;
}

/* Listens until a signal to end. */
static int serve(struct store *store, const struct seal *seal, const sigset_t *ends,
                 struct err *err)
{
    struct receiver_options options = { .address = "127.0.0.1:0",
                                        .connections = 2000,
                                        .routes = routes,
                                        .route_count = 1,
                                        .store = store,
                                        .seal = seal };
    AUTO(db) db = store_reader(store, err);
    AUTO(receiver) receiver = db != NULL ? receiver_new(&options, db, err) : NULL;
    int sig;

    if (receiver == NULL)
        return fail(err);
    printf("listening %u\n", receiver_port(receiver));
    fflush(stdout);
    sigwait(ends, &sig);
    return 0;
}

int main(int argc, char **argv)
{
    struct err err = { .kind = ERR_NONE };
    struct set_up set_up = { .secret = getenv("SIGNALBOX_LOAD_SECRET") };
    struct seal_source source = { .key_file = NULL };
    AUTO(seal) seal = NULL;
    AUTO(store) store = NULL;
    sigset_t ends;

    if (argc != 2 || argv[1][0] == '-' || set_up.secret == NULL) {
        fprintf(stderr, "usage: SIGNALBOX_LOAD_SECRET=... receiver DIRECTORY\n");
        return 2;
    }
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    store = store_open(argv[1], &err);
    if (store == NULL || (seal = seal_new(argv[1], &source, &err)) == NULL)
        return fail(&err);
    set_up.seal = seal;
    if (!store_do(store, furnish, &set_up, &err))
        return fail(&err);
    return serve(store, seal, &ends, &err);
}
