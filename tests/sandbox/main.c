/* main.c - signalbox-sandbox: a practice Shopify and a practice Odoo 18 on loopback. */
#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "base/when.h"
#include "tests/sandbox/control.h"
#include "tests/sandbox/odoo/rpc.h"
#include "tests/sandbox/shop/api.h"

#define LINE_MAX_BYTES (1 << 20)
#define SCOPES_ALL                                                                                                               \
    "read_orders,write_orders,read_all_orders,read_products,write_products,read_customers,write_customers,read_inventory,"       \
    "write_inventory,read_locations,read_merchant_managed_fulfillment_orders,write_merchant_managed_fulfillment_orders"

struct options {
    struct shop_options shop;
    struct odoo_options odoo;
    struct api_options api;
    struct compare_odoo compare;
    double gap_scale;
    unsigned parallel;
    const char *record; /* file, NULL: none */
    bool no_shop, no_odoo, stay, measured, tidy, odoo_products;
};

struct sandbox {
    struct record *record;
    struct shop *shop;
    struct hooks *hooks;
    struct faults *faults;
    struct stats *stats;
    struct latencies *latencies;
    struct tape *tape;
    struct control *control;
    struct practice_odoo *odoo;
    struct api *api;
};

enum {
#define OPTION(id, name, arg, help) OPT_##id,
#include "tests/sandbox/options.def"
#undef OPTION
    OPT_COUNT
};

static const struct option longs[] = {
#define OPTION(id, name, arg, help) { name, (arg) == NULL ? no_argument : required_argument, NULL, OPT_##id },
#include "tests/sandbox/options.def"
#undef OPTION
    { NULL, 0, NULL, 0 }
};

static void usage(FILE *to)
{
    static const char *const lines[][3] = {
#define OPTION(id, name, arg, help) { name, arg, help },
#include "tests/sandbox/options.def"
#undef OPTION
    };

    fputs("usage: signalbox-sandbox serve [options]\n"
          "A practice Shopify and a practice Odoo 18 on loopback. The first line of output is JSON with\n"
          "ports and credentials; then a line of JSON in, a line of JSON out: {\"do\":\"sell\",\"orders\":10}.\n\n",
          to);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        fprintf(to, "  --%-16s %-8s %s\n", lines[i][0], lines[i][1] == NULL ? "" : lines[i][1], lines[i][2]);
}

static bool key_read(const char *path, char *to, size_t size, struct err *err)
{
    FILE *f = fopen(path, "r");
    char line[256] = "";

    if (f == NULL)
        return err_errno(err, ERR_INVALID, errno, "read the key from %s", path);
    if (fgets(line, sizeof line, f) == NULL)
        line[0] = '\0';
    fclose(f);
    line[strcspn(line, "\r\n")] = '\0';
    str_copy(to, size, line);
    return true;
}

static bool number(const char *name, const char *text, unsigned long long max, unsigned long long *to, struct err *err)
{
    return str_number(text, max, to) || err_set(err, ERR_INVALID, "--%s: %s is no number up to %llu", name, text, max);
}

static bool today_read(const char *text, when *today, struct err *err)
{
    char moment[WHEN_TEXT_MAX];

    snprintf(moment, sizeof moment, "%.10sT00:00:00Z", text);
    return when_parse_iso(moment, today) || err_set(err, ERR_INVALID, "--today: %s is no date", text);
}

static bool option_take(struct options *o, int option, const char *value, struct err *err)
{
    const char *name = longs[option].name;
    unsigned long long n = 0;

    switch (option) {
    case OPT_SHOP_PORT:
    case OPT_ODOO_PORT:
        if (!number(name, value, 65535, &n, err))
            return false;
        *(option == OPT_SHOP_PORT ? &o->api.port : &o->odoo.port) = (uint16_t)n;
        return true;
    case OPT_NO_SHOP: o->no_shop = true; return true;
    case OPT_NO_ODOO: o->no_odoo = true; return true;
    case OPT_STAY: o->stay = true; return true;
    case OPT_LATENCY:
        o->measured = strcmp(value, "measured") == 0;
        return o->measured || strcmp(value, "none") == 0 || err_set(err, ERR_INVALID, "--latency: none or measured");
    case OPT_COMPARE_URL: return str_copy(o->compare.url, sizeof o->compare.url, value);
    case OPT_COMPARE_DB: return str_copy(o->compare.database, sizeof o->compare.database, value);
    case OPT_COMPARE_LOGIN: return str_copy(o->compare.login, sizeof o->compare.login, value);
    case OPT_COMPARE_KEY_FILE: return key_read(value, o->compare.key, sizeof o->compare.key, err);
    case OPT_ODD: o->shop.odd = o->shop.believable = true; return true;
    case OPT_SHOP:
        o->shop.believable = strcmp(value, "believable") == 0;
        o->tidy = strcmp(value, "tidy") == 0;
        return o->tidy || o->shop.believable || err_set(err, ERR_INVALID, "--shop: tidy or believable");
    case OPT_TODAY: return today_read(value, &o->shop.today, err);
    case OPT_RECORD: o->record = value; return true;
    case OPT_SCOPES: o->api.scopes = value; return true;
    case OPT_RETRY_SCALE: o->gap_scale = strtod(value, NULL); return true;
    default: break;
    }
    if (!number(name, value, 10000000, &n, err))
        return false;
    switch (option) {
    case OPT_SEED: o->shop.seed = o->odoo.seed = n; break;
    case OPT_CUSTOMERS: o->shop.customers = (size_t)n; break;
    case OPT_PRODUCTS: o->shop.products = (size_t)n; break;
    case OPT_ORDERS: o->shop.orders = (size_t)n; break;
    case OPT_ODOO_PRODUCTS:
        o->odoo.products = (size_t)n;
        o->odoo_products = true;
        break;
    case OPT_WORKERS: o->odoo.workers = (unsigned)n; break;
    case OPT_BUCKET: o->api.bucket = (double)n; break;
    case OPT_RESTORE: o->api.rate = (double)n; break;
    case OPT_TOKEN_LIFE: o->api.token_life_s = (unsigned)n; break;
    case OPT_PARALLEL: o->parallel = n == 0 ? 1 : (unsigned)n; break;
    default: break;
    }
    return true;
}

static bool options_read(struct options *o, int argc, char **argv, struct err *err)
{
    int option;
    const char *key = getenv("SIGNALBOX_COMPARE_KEY");

    *o = (struct options){ .shop = { .seed = 1, .products = 50, .customers = 200 },
                           .odoo = { .workers = 4, .seed = 1 },
                           .api = { .bucket = 2000, .rate = 100, .token_life_s = 86400, .scopes = SCOPES_ALL },
                           .gap_scale = 0.002,
                           .parallel = 32,
                           .record = getenv("SIGNALBOX_SANDBOX_RECORD") };
    if (key != NULL)
        str_copy(o->compare.key, sizeof o->compare.key, key);
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (option < 0 || option >= OPT_COUNT)
            return err_set(err, ERR_INVALID, "unknown option %s", argv[optind - 1]);
        if (option == OPT_HELP) {
            usage(stdout);
            exit(0);
        }
        if (!option_take(o, option, optarg, err))
            return false;
    }
    if (optind >= argc || strcmp(argv[optind], "serve") != 0)
        return err_set(err, ERR_INVALID, "what to do? signalbox-sandbox serve");
    o->shop.believable = o->shop.believable || (o->shop.orders > 0 && !o->tidy);
    if (!o->odoo_products)
        o->odoo.products = o->shop.believable ? 0 : o->shop.products;
    return true;
}

static void sandbox_stop(struct sandbox *s)
{
    api_free(s->api);
    practice_odoo_free(s->odoo);
    control_free(s->control);
    hooks_free(s->hooks);
    shop_free(s->shop);
    faults_free(s->faults);
    stats_free(s->stats);
    record_free(s->record);
    tape_free(s->tape);
    latencies_free(s->latencies);
}

static bool sandbox_start(struct sandbox *s, struct options *o, struct err *err)
{
    struct hooks_options hooks = { .gap_scale = o->gap_scale, .parallel = o->parallel, .seed = o->shop.seed };
    struct control_parts parts = { 0 };

    s->stats = stats_new();
    s->faults = faults_new();
    s->latencies = latencies_new(o->odoo.seed);
    s->tape = tape_new();
    s->shop = shop_new(&o->shop, err);
    if (s->stats == NULL || s->faults == NULL || s->latencies == NULL || s->tape == NULL || s->shop == NULL)
        return false;
    if (o->record != NULL && o->record[0] != '\0') {
        s->record = record_open(o->record, err);
        if (s->record == NULL)
            return false;
        o->api.record = o->odoo.record = s->record;
    }
    o->odoo.latencies = o->measured ? s->latencies : NULL;
    o->odoo.tape = s->tape;
    hooks.secret = s->shop->client_secret;
    hooks.domain = s->shop->domain;
    s->hooks = hooks_new(&hooks, s->stats, err);
    s->control = s->hooks == NULL ? NULL : control_new(err);
    if (s->control == NULL)
        return false;
    parts = (struct control_parts){ .shop = s->shop, .hooks = s->hooks, .faults = s->faults, .stats = s->stats,
                                    .latencies = s->latencies, .tape = s->tape };
    control_parts(s->control, &parts);
    if (!o->no_odoo) {
        s->odoo = practice_odoo_start(&o->odoo, s->shop, s->faults, s->stats, err);
        if (s->odoo == NULL)
            return false;
        if (o->compare.url[0] == '\0') {
            snprintf(o->compare.url, sizeof o->compare.url, "http://127.0.0.1:%u", practice_odoo_port(s->odoo));
            str_copy(o->compare.database, sizeof o->compare.database, practice_odoo_database(s->odoo));
            str_copy(o->compare.login, sizeof o->compare.login, practice_odoo_login(s->odoo));
            str_copy(o->compare.key, sizeof o->compare.key, practice_odoo_key(s->odoo));
        }
    }
    if (!o->no_shop) {
        s->api = api_start(&o->api, s->shop, s->hooks, s->faults, s->stats, control_answer, s->control, err);
        if (s->api == NULL)
            return false;
    }
    control_servers(s->control, s->api == NULL ? NULL : api_server(s->api),
                    s->odoo == NULL ? NULL : practice_odoo_server(s->odoo), s->api == NULL ? NULL : api_bulks(s->api),
                    &o->compare);
    return true;
}

static void say(json_t *line)
{
    AUTO_FREE char *text = json_dumps(line, JSON_COMPACT);

    json_decref(line);
    printf("%s\n", text == NULL ? "{}" : text);
    fflush(stdout);
}

static void introduce(const struct sandbox *s)
{
    json_t *line = json_object();

    if (s->api != NULL)
        json_object_set_new(line, "shop",
                            json_pack("{s:i,s:o,s:s,s:s,s:s,s:s,s:s}", "port", api_port(s->api), "url",
                                      json_sprintf("http://127.0.0.1:%u", api_port(s->api)), "domain", s->shop->domain,
                                      "client_id", s->shop->client_id, "client_secret", s->shop->client_secret, "token",
                                      s->shop->token, "webhook_secret", s->shop->client_secret));
    if (s->odoo != NULL)
        json_object_set_new(line, "odoo",
                            json_pack("{s:i,s:o,s:s,s:s,s:s}", "port", practice_odoo_port(s->odoo), "url",
                                      json_sprintf("http://127.0.0.1:%u", practice_odoo_port(s->odoo)), "database",
                                      practice_odoo_database(s->odoo), "login", practice_odoo_login(s->odoo), "key",
                                      practice_odoo_key(s->odoo)));
    say(line);
}

/* Lines of JSON from standard input until its end or somebody says quit. */
static void listen_stdin(struct sandbox *s)
{
    AUTO_FREE char *line = NULL;
    size_t room = 0;

    while (!control_quit(s->control)) {
        struct pollfd p = { .fd = 0, .events = POLLIN };
        json_auto_t *wish = NULL;
        ssize_t len;

        if (poll(&p, 1, 200) == 0)
            continue;
        len = getline(&line, &room, stdin);
        if (len < 0)
            return;
        if (len <= 1)
            continue;
        wish = json_loadb(line, (size_t)len, 0, NULL);
        say(json_is_object(wish) ? control_answer(s->control, wish) :
                                   json_pack("{s:b,s:s}", "ok", 0, "error", "not a JSON object"));
    }
}

int main(int argc, char **argv)
{
    struct options options;
    struct sandbox s = { 0 };
    struct err err = { 0 };
    bool ok;

    signal(SIGPIPE, SIG_IGN);
    if (!options_read(&options, argc, argv, &err)) {
        fprintf(stderr, "signalbox-sandbox: %s\n", err.text);
        usage(stderr);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    setvbuf(stdin, NULL, _IONBF, 0);
    ok = sandbox_start(&s, &options, &err);
    if (ok) {
        introduce(&s);
        listen_stdin(&s);
        while (options.stay && !control_quit(s.control))
            control_wait(s.control, 1000);
    } else {
        fprintf(stderr, "signalbox-sandbox: %s\n", err.text);
    }
    sandbox_stop(&s);
    curl_global_cleanup();
    return ok ? 0 : 1;
}
