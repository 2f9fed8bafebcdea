#include "jobs/site.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include "base/json.h"
#include "base/mutex.h"
#include "store/conflicts.h"
#include "store/mappings.h"
#include "store/secrets.h"

#define SITES_MAX BACKENDS_MAX
#define MAPPINGS_MOST 20000 /* rows of one backend in a picture */

/* How often something moved; a site and a picture remember of which they are made. */
struct moves {
    int64_t backend; /* 0: of all */
    uint64_t config; /* addresses, secrets, policies */
    uint64_t mapped; /* mappings */
};

struct sites {
    pthread_mutex_t lock;
    const struct seal *seal;
    struct site *list[SITES_MAX]; /* lock; the newest of each backend */
    size_t count;
    struct moves moves[SITES_MAX + 1]; /* lock; [0]: of all backends */
    size_t move_count;                 /* lock */
    int64_t setting[SITES_MAX];        /* lock; backends whose stock is being set; 0: a free place */
    pthread_cond_t turned;             /* lock; one of them is not any more */
    atomic_bool stopping;
};

struct sites *sites_new(const struct seal *seal, struct err *err)
{
    struct sites *sites = calloc(1, sizeof *sites);

    if (sites == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    mutex_init(&sites->lock);
    cond_init(&sites->turned);
    sites->seal = seal;
    sites->move_count = 1;
    return sites;
}

static void site_end(struct site *site)
{
    if (site->picture != NULL) {
        reference_free(site->picture->reference);
        json_decref(site->picture->odoo);
        free(site->picture);
    }
    odoo_reference_free(site->cache);
    odoo_free(site->odoo);
    shop_free(site->shop);
    free(site);
}

void sites_free(struct sites *sites)
{
    if (sites == NULL)
        return;
    for (size_t i = 0; i < sites->count; i++)
        site_end(sites->list[i]);
    pthread_cond_destroy(&sites->turned);
    pthread_mutex_destroy(&sites->lock);
    free(sites);
}

static void site_stop(struct site *site)
{
    if (site->shop != NULL)
        shop_stop(site->shop);
    if (site->odoo != NULL)
        odoo_stop(site->odoo);
}

void sites_stop(struct sites *sites)
{
    mutex_lock(&sites->lock);
    atomic_store(&sites->stopping, true);
    for (size_t i = 0; i < sites->count; i++)
        site_stop(sites->list[i]);
    mutex_unlock(&sites->lock);
}

/* Under the lock. */
static struct moves *moves_of(struct sites *sites, int64_t backend)
{
    for (size_t i = 0; i < sites->move_count; i++)
        if (sites->moves[i].backend == backend)
            return &sites->moves[i];
    if (sites->move_count == SITES_MAX + 1)
        return &sites->moves[0]; /* many came and went: what moves one then moves all */
    sites->moves[sites->move_count].backend = backend;
    return &sites->moves[sites->move_count++];
}

/* Those of a backend with those of all: the sum stays the same only if nothing moved. */
static struct moves moves_now(struct sites *sites, int64_t backend)
{
    const struct moves *all = &sites->moves[0], *one = moves_of(sites, backend);

    if (one == all)
        return *all;
    return (struct moves){ backend, all->config + one->config, all->mapped + one->mapped };
}

void site_changed(struct sites *sites, int64_t backend)
{
    mutex_lock(&sites->lock);
    moves_of(sites, backend)->config++;
    mutex_unlock(&sites->lock);
}

void site_mapped(struct sites *sites, int64_t backend)
{
    mutex_lock(&sites->lock);
    moves_of(sites, backend)->mapped++;
    mutex_unlock(&sites->lock);
}

void sites_changed(struct sites *sites)
{
    site_changed(sites, 0);
}

void sites_mapped(struct sites *sites)
{
    site_mapped(sites, 0);
}

/* ---- turns ---- */

/* The place of a backend among those whose stock is being set, 0: a free one; NULL: there is none.
 * Under the lock. */
static int64_t *setting(struct sites *sites, int64_t backend)
{
    for (size_t i = 0; i < SITES_MAX; i++)
        if (sites->setting[i] == backend)
            return &sites->setting[i];
    return NULL;
}

void site_stock_turn(struct site *site)
{
    struct sites *sites = site->sites;
    int64_t *mine;

    mutex_lock(&sites->lock);
    while (setting(sites, site->id) != NULL || (mine = setting(sites, 0)) == NULL)
        cond_wait(&sites->turned, &sites->lock);
    *mine = site->id;
    mutex_unlock(&sites->lock);
}

void site_stock_done(struct site *site)
{
    struct sites *sites = site->sites;
    int64_t *mine;

    mutex_lock(&sites->lock);
    mine = setting(sites, site->id);
    if (mine != NULL)
        *mine = 0;
    pthread_cond_broadcast(&sites->turned);
    mutex_unlock(&sites->lock);
}

/* "acme-eu.myshopify.com" -> "acme_eu" */
static void key_of(char key[SITE_KEY_MAX], const char *shop)
{
    size_t n = 0, len = strlen(shop);
    static const char tail[] = ".myshopify.com";

    if (len > strlen(tail) && strcmp(shop + len - strlen(tail), tail) == 0)
        len -= strlen(tail);
    for (; n < len && n < SITE_KEY_MAX - 1; n++)
        key[n] = (char)(isalnum((unsigned char)shop[n]) ? tolower((unsigned char)shop[n]) : '_');
    key[n] = '\0';
}

/* The plain secret or NULL when it was never set; other failures fill err. */
static char *secret(struct sites *sites, struct db *db, int64_t backend, const char *name,
                    struct err *err)
{
    struct err missing = { 0 };
    size_t len;
    char *plain = secrets_get(db, sites->seal, backend, name, &len, &missing);

    if (plain == NULL && missing.kind != ERR_MISSING)
        *err = missing;
    return plain;
}

static bool connect_shop(struct site *site, struct sites *sites, struct db *db, struct err *err)
{
    struct err other = { 0 };
    char *id = secret(sites, db, site->id, SECRET_SHOPIFY_CLIENT_ID, &other);
    char *key = secret(sites, db, site->id, SECRET_SHOPIFY_CLIENT_SECRET, &other);
    char *token = secret(sites, db, site->id, SECRET_SHOPIFY_TOKEN, &other);
    const char *version = site->policies.text[POLICY_api_version];
    struct shop_settings settings = {
        .domain = site->backend.shop,
        .url = site->backend.shop_url,
        .api_version = version,
        .client_id = token == NULL ? id : NULL,
        .client_secret = token == NULL ? key : NULL,
        .token = token,
        .total_ms = (unsigned)site->policies.number[POLICY_shopify_timeout_s] * 1000,
    };

    if (other.kind != ERR_NONE)
        *err = other;
    else if (token == NULL && (id == NULL || key == NULL))
        err_set(err, ERR_DENIED,
                "no Shopify credentials: set the client id and the client secret, or a token");
    else
        site->shop = shop_new(&settings, err);
    seal_forget(id);
    seal_forget(key);
    seal_forget(token);
    return site->shop != NULL || err_from(err, ERR_SIDE_SHOPIFY);
}

static bool connect_odoo(struct site *site, struct sites *sites, struct db *db, struct err *err)
{
    struct err other = { 0 };
    char *key = secret(sites, db, site->id, SECRET_ODOO_KEY, &other);
    const char *ca = site->policies.text[POLICY_odoo_ca_file];
    struct odoo_settings settings = {
        .url = site->backend.odoo_url,
        .db = site->backend.odoo_db,
        .login = site->backend.odoo_login,
        .key = key,
        .ca_file = ca[0] != '\0' ? ca : NULL,
        .total_ms = (unsigned)site->policies.number[POLICY_odoo_timeout_s] * 1000,
        .ceiling = (unsigned)site->policies.number[POLICY_odoo_ceiling],
        .company = site->policies.number[POLICY_company],
    };

    if (other.kind != ERR_NONE)
        *err = other;
    else if (key == NULL)
        err_set(err, ERR_DENIED, "no Odoo key: set the secret odoo_key");
    else
        site->odoo = odoo_new(&settings, err);
    seal_forget(key);
    if (site->odoo == NULL)
        return err_from(err, ERR_SIDE_ODOO);
    site->cache = odoo_reference_new(site->odoo, err);
    return site->cache != NULL;
}

static struct site *site_new(struct sites *sites, struct db *db, int64_t backend, struct err *err)
{
    struct site *site = calloc(1, sizeof *site);

    if (site == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    site->id = backend;
    site->sites = sites;
    site->users = 1;
    mutex_lock(&sites->lock);
    site->config = moves_now(sites, backend).config;
    mutex_unlock(&sites->lock);
    if (!backends_get(db, backend, &site->backend, err) ||
        !policies_read(db, backend, &site->policies, err)) {
        site_end(site);
        return NULL;
    }
    connect_shop(site, sites, db, &site->no_shop); /* one side goes without the other */
    connect_odoo(site, sites, db, &site->no_odoo);
    key_of(site->key, site->backend.shop);
    if (atomic_load(&sites->stopping))
        site_stop(site);
    return site;
}

/* The one in the list, if it is of today; its place, or count. Under the lock. */
static struct site *current(struct sites *sites, int64_t backend, size_t *at)
{
    for (*at = 0; *at < sites->count; (*at)++)
        if (sites->list[*at]->id == backend)
            return sites->list[*at]->config == moves_now(sites, backend).config ? sites->list[*at]
                                                                                : NULL;
    return NULL;
}

/* Out of the list; ends when its last user lets go. Under the lock; true: end it now. */
static bool drop(struct site *site)
{
    return --site->users == 0;
}

/* The newest of that backend, with what it has. */
static struct site *newest(struct sites *sites, struct db *db, int64_t backend, struct err *err)
{
    struct site *site, *made, *old = NULL;
    size_t at;

    mutex_lock(&sites->lock);
    site = current(sites, backend, &at);
    if (site != NULL)
        site->users++;
    mutex_unlock(&sites->lock);
    if (site != NULL)
        return site;

    made = site_new(sites, db, backend, err); /* its one user so far: the list */
    if (made == NULL)
        return NULL;
    mutex_lock(&sites->lock);
    site = current(sites, backend, &at);
    if (site != NULL) /* another thread was quicker */
        old = made;
    else if (at < SITES_MAX) {
        if (at == sites->count)
            sites->count++;
        else if (drop(sites->list[at]))
            old = sites->list[at];
        site = sites->list[at] = made;
    }
    if (site != NULL)
        site->users++;
    mutex_unlock(&sites->lock);
    if (site == NULL)
        err_set(err, ERR_BUG, "more than %d backends", SITES_MAX);
    if (old != NULL)
        site_end(old);
    return site;
}

struct site *sites_take_some(struct sites *sites, struct db *db, int64_t backend, unsigned needs,
                             struct err *err)
{
    struct site *site = newest(sites, db, backend, err);
    const struct err *why = NULL;

    if (site == NULL)
        return NULL;
    if ((needs & ERR_SIDE_BIT(ERR_SIDE_ODOO)) != 0 && site->cache == NULL)
        why = &site->no_odoo;
    if ((needs & ERR_SIDE_BIT(ERR_SIDE_SHOPIFY)) != 0 && site->shop == NULL)
        why = &site->no_shop;
    if (why == NULL)
        return site;
    *err = *why;
    site_release(site);
    return NULL;
}

struct site *sites_take(struct sites *sites, struct db *db, int64_t backend, struct err *err)
{
    return sites_take_some(sites, db, backend,
                           ERR_SIDE_BIT(ERR_SIDE_SHOPIFY) | ERR_SIDE_BIT(ERR_SIDE_ODOO), err);
}

void site_release(struct site *site)
{
    bool last;

    if (site == NULL)
        return;
    mutex_lock(&site->sites->lock);
    last = drop(site);
    mutex_unlock(&site->sites->lock);
    if (last)
        site_end(site);
}

/* ---- pictures ---- */

struct mapped {
    json_t *all, *kind; /* kind: borrowed */
    size_t count;
};

static bool add_mapping(void *ctx, const char *kind, const char *key, const char *value)
{
    struct mapped *m = ctx;

    if (key == NULL)
        json_object_set_new(m->all, kind, m->kind = json_object());
    else
        json_object_set_new(m->kind, key, json_string(value));
    return m->count++ < MAPPINGS_MOST;
}

/* What a person said; a rule is applied, not remembered. */
static json_t *mappings_json(struct db *db, int64_t backend, struct err *err)
{
    struct mapped m = { .all = json_object() };

    if (m.all != NULL && mappings_each(db, backend, add_mapping, &m, err))
        return m.all;
    json_decref(m.all);
    return NULL;
}

static void add_rule(void *all, const char *key, const char *rule)
{
    json_object_set_new(all, key, json_string(rule));
}

/* All policies, and the rules of who owns a field ("owner.customer.email"). */
static json_t *policies_json(const struct site *site, struct db *db, struct err *err)
{
    json_t *all = json_object();

    if (!conflicts_rules(db, site->id, add_rule, all, err)) {
        json_decref(all);
        return NULL;
    }

    for (unsigned p = 0; p < POLICY_COUNT; p++)
        json_object_set_new(all, policies_row((enum policy)p)->key,
                            json_string(site->policies.text[p]));
    return all;
}

static void picture_end(struct picture *picture)
{
    reference_free(picture->reference);
    json_decref(picture->odoo);
    free(picture);
}

/* Takes odoo. */
static struct picture *picture_new(struct site *site, struct db *db, json_t *odoo, uint64_t mapped,
                                   struct err *err)
{
    struct picture *picture = calloc(1, sizeof *picture);
    json_auto_t *mappings = mappings_json(db, site->id, err);
    json_auto_t *policies = mappings != NULL ? policies_json(site, db, err) : NULL;

    if (picture == NULL || policies == NULL) {
        if (picture == NULL)
            err_set(err, ERR_BUSY, "no memory");
        json_decref(odoo);
        free(picture);
        return NULL;
    }
    picture->odoo = odoo;
    picture->site = site;
    picture->users = 1;
    picture->version = json_int_or(odoo, "version", 0);
    picture->mapped = mapped;
    picture->reference = reference_new(odoo, mappings, policies, err);
    if (picture->reference == NULL) {
        picture_end(picture);
        return NULL;
    }
    return picture;
}

/* The picture in use, if it is of this version and of today's mappings. */
static struct picture *picture_share(struct site *site, int64_t version, uint64_t mapped)
{
    struct picture *picture;

    mutex_lock(&site->sites->lock);
    picture = site->picture;
    if (picture != NULL && picture->mapped == mapped && picture->version == version)
        picture->users++;
    else
        picture = NULL;
    mutex_unlock(&site->sites->lock);
    return picture;
}

struct picture *site_picture(struct site *site, struct db *db, struct http *http,
                             struct odoo_trace *trace, struct err *err)
{
    struct picture *picture, *old;
    int64_t version;
    uint64_t mapped;
    json_t *odoo;

    mutex_lock(&site->sites->lock);
    mapped = moves_now(site->sites, site->id).mapped;
    mutex_unlock(&site->sites->lock);
    if (!odoo_reference_version(site->cache, http, &version, trace, err))
        return NULL;
    picture = picture_share(site, version, mapped);
    if (picture != NULL)
        return picture;
    odoo = odoo_reference_get(site->cache, http, trace, err);
    picture = odoo != NULL ? picture_new(site, db, odoo, mapped, err) : NULL;
    if (picture == NULL)
        return NULL;
    mutex_lock(&site->sites->lock);
    old = site->picture;
    if (old != NULL && --old->users > 0)
        old = NULL;
    site->picture = picture; /* holds one use; the caller the other */
    picture->users = 2;
    mutex_unlock(&site->sites->lock);
    if (old != NULL)
        picture_end(old);
    return picture;
}

void picture_release(struct picture *picture)
{
    struct sites *sites;
    bool last;

    if (picture == NULL)
        return;
    sites = picture->site->sites;
    mutex_lock(&sites->lock);
    last = --picture->users == 0;
    mutex_unlock(&sites->lock);
    if (last)
        picture_end(picture);
}

void site_forget(struct site *site)
{
    odoo_reference_forget(site->cache, NULL);
}

void sites_each(struct sites *sites, void (*look)(void *ctx, struct site *site), void *ctx)
{
    struct site *held[SITES_MAX];
    size_t count;

    mutex_lock(&sites->lock);
    count = sites->count;
    for (size_t i = 0; i < count; i++) {
        held[i] = sites->list[i];
        held[i]->users++;
    }
    mutex_unlock(&sites->lock);
    for (size_t i = 0; i < count; i++) {
        look(ctx, held[i]);
        site_release(held[i]);
    }
}
