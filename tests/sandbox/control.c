#include "tests/sandbox/control.h"

#include <string.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/str.h"
#include "base/when.h"
#include "tests/sandbox/latency.h"
#include "tests/sandbox/shop/stock.h"
#include "tests/sandbox/shop/view.h"

#define QUEUE_FULL 4000 /* deliveries under way before sales pause */

struct sale {
    int64_t left;
    double rate; /* orders a second; 0: as fast as possible */
    enum mix mix;
    bool updates;
    char financial[20]; /* instead of the mix's own; "" for none */
    bool counter;       /* sold over the counter of that location */
    size_t location;
};

struct control {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t seller;
    struct control_parts parts;
    struct server *shop_server, *odoo_server;
    struct bulks *bulks; /* NULL: no shop */
    struct sale sale; /* lock */
    bool selling, stopping, quit, started;
    unsigned long sold; /* lock */
};

static json_t *wrong(const char *text)
{
    return json_pack("{s:b,s:s}", "ok", 0, "error", text);
}

static json_t *fine(void)
{
    return json_pack("{s:b}", "ok", 1);
}

/* ---- selling ---- */

static void sell_one(struct control *c, const struct sale *sale)
{
    struct shop *s = c->parts.shop;
    struct order *o;
    json_t *created, *customer = NULL;
    bool paid;

    mutex_lock(&s->lock);
    o = shop_sell_held(s, sale->mix);
    if (sale->financial[0] != '\0')
        str_copy(o->financial, sizeof o->financial, sale->financial);
    if (sale->counter)
        shop_order_counter_held(s, o, sale->location);
    created = payload_order(s, o);
    paid = strcmp(o->financial, "paid") == 0;
    if (o->customer != SIZE_MAX && sale->updates && shop_customer_at(s, o->customer)->sold == 1)
        customer = payload_customer(s, shop_customer_at(s, o->customer));
    mutex_unlock(&s->lock);
    if (customer != NULL)
        hooks_send(c->parts.hooks, "customers/create", customer);
    if (sale->updates) {
        hooks_send(c->parts.hooks, "orders/updated", json_incref(created));
        if (paid)
            hooks_send(c->parts.hooks, "orders/paid", json_incref(created));
    }
    hooks_send(c->parts.hooks, "orders/create", created);
}

static size_t under_way(struct control *c)
{
    json_auto_t *stats = hooks_stats(c->parts.hooks);

    return (size_t)json_int_or(stats, "queued", 0);
}

/* Keeps the pace by the clock: what was late is caught up with. */
static void sell_run(struct control *c, struct sale sale)
{
    int64_t begun = when_ticks();

    for (int64_t n = 0; n < sale.left; n++) {
        bool stop;

        if (sale.rate > 0) {
            int64_t due = begun + (int64_t)((double)n * 1e6 / sale.rate), now = when_ticks();

            if (due > now)
                latency_sleep((unsigned)(due - now));
        } else if (n % 64 == 0) {
            while (under_way(c) > QUEUE_FULL)
                latency_sleep(20000);
        }
        sell_one(c, &sale);
        mutex_lock(&c->lock);
        c->sold++;
        stop = c->stopping;
        mutex_unlock(&c->lock);
        if (stop)
            return;
    }
}

static void *seller(void *arg)
{
    struct control *c = arg;

    mutex_lock(&c->lock);
    while (!c->stopping) {
        struct sale sale = c->sale;

        if (sale.left == 0) {
            cond_wait(&c->changed, &c->lock);
            continue;
        }
        c->sale.left = 0;
        c->selling = true;
        mutex_unlock(&c->lock);
        sell_run(c, sale);
        mutex_lock(&c->lock);
        c->selling = false;
        pthread_cond_broadcast(&c->changed);
    }
    mutex_unlock(&c->lock);
    return NULL;
}

static json_t *do_sell(struct control *c, const json_t *wish)
{
    struct sale sale = { .left = json_int_or(wish, "orders", 1), .rate = json_real_or(wish, "rate", 0),
                         .mix = strcmp(json_text_or(wish, "mix", "plain"), "all") == 0 ? MIX_ALL : MIX_PLAIN,
                         .updates = json_flag(wish, "updates") };
    bool busy;

    str_copy(sale.financial, sizeof sale.financial, json_text_or(wish, "financial", ""));
    if (sale.left <= 0 || sale.left > 10000000)
        return wrong("orders: a number above 0");
    sale.counter = json_int_or(wish, "counter", 0) != 0;
    if (sale.counter && !shop_location_find(c->parts.shop, json_int_or(wish, "counter", 0), &sale.location))
        return wrong("counter: no such location");
    mutex_lock(&c->lock);
    busy = c->selling || c->sale.left > 0;
    if (!busy) {
        c->sale = sale;
        pthread_cond_broadcast(&c->changed);
    }
    mutex_unlock(&c->lock);
    return busy ? wrong("a sale is under way; wait_delivered first") : fine();
}

/* Until all is sold, and (unless that is enough) delivered. */
static json_t *do_wait(struct control *c, const json_t *wish, bool delivered)
{
    int64_t until = when_ticks() + json_int_or(wish, "ms", 60000) * 1000;
    bool over;

    mutex_lock(&c->lock);
    while ((c->selling || c->sale.left > 0) && !c->stopping && when_ticks() < until)
        cond_wait_until(&c->changed, &c->lock, until);
    over = !c->selling && c->sale.left == 0;
    mutex_unlock(&c->lock);
    if (over && delivered && until > when_ticks())
        over = hooks_wait(c->parts.hooks, (unsigned)((until - when_ticks()) / 1000) + 1);
    return over ? fine() : wrong("still under way");
}

/* ---- single orders ---- */

/* By id, by name, or the last one; NULL: none such. It is about to be changed. */
static struct order *order_of_held(struct shop *s, const json_t *wish)
{
    const char *name = json_text(wish, "name");
    size_t index = shop_orders_held(s) - 1;

    if (json_object_get(wish, "id") != NULL)
        return shop_order_index(s, json_int_or(wish, "id", 0), &index) ? shop_order_change(s, index) : NULL;
    if (name != NULL) /* they are numbered from 1001 on */
        index = (size_t)(strtol(*name == '#' ? name + 1 : name, NULL, 10) - 1001);
    return index < shop_orders_held(s) ? shop_order_change(s, index) : NULL;
}

static json_t *do_event(struct control *c, const json_t *wish)
{
    struct shop *s = c->parts.shop;
    const char *topic = json_text_or(wish, "topic", "orders/updated");
    struct order *o;
    json_t *payload = NULL;
    bool known = false;

    mutex_lock(&s->lock);
    o = order_of_held(s, wish);
    if (o != NULL && shop_order_event_held(s, o, topic)) {
        known = true;
        shop_order_rewrite_held(o, wish);
        payload = payload_order(s, o);
    }
    mutex_unlock(&s->lock);
    if (!known)
        return wrong(o == NULL ? "no such order" : "no such topic");
    if (strcmp(topic, "orders/updated") != 0)
        hooks_send(c->parts.hooks, "orders/updated", json_incref(payload));
    return json_pack("{s:b,s:i}", "ok", 1, "deliveries", (int)hooks_send(c->parts.hooks, topic, payload));
}

/* {"hold": whether nothing may be sent of it}; what apps sent of it. */
static json_t *do_sending(struct control *c, const json_t *wish)
{
    struct shop *s = c->parts.shop;
    json_t *list = json_array();
    struct order *o;

    mutex_lock(&s->lock);
    o = order_of_held(s, wish);
    if (o != NULL && json_object_get(wish, "hold") != NULL)
        o->on_hold = json_flag(wish, "hold");
    for (size_t i = 0; o != NULL && i < o->sending_count; i++) {
        const struct sending *f = &o->sendings[i];
        json_t *pieces = json_array();

        for (size_t k = 0; k < f->lines; k++)
            json_array_append_new(pieces, json_integer(f->pieces[k]));
        json_array_append_new(list, json_pack("{s:I,s:s,s:s,s:b,s:o}", "id", (json_int_t)f->id, "company", f->carrier, "number", f->number,
                                              "notified", f->notified, "pieces", pieces));
    }
    mutex_unlock(&s->lock);
    return json_pack("{s:b,s:o}", "ok", o != NULL, "sendings", list);
}

/* Tells of what an edit changed of a line. */
static json_t *send_edit(struct control *c, json_t *edit, json_t *updated)
{
    hooks_send(c->parts.hooks, "orders/edited", edit);
    hooks_send(c->parts.hooks, "orders/updated", updated);
    return fine();
}

/* {"line": index, "quantity": new} or {"variant": index, "quantity": n}: one line more. */
static json_t *do_edit(struct control *c, const json_t *wish)
{
    struct shop *s = c->parts.shop;
    bool add = json_object_get(wish, "variant") != NULL;
    size_t line = (size_t)json_int_or(wish, "line", 0), variant = (size_t)json_int_or(wish, "variant", 0);
    int quantity = (int)json_int_or(wish, "quantity", 0), was = 0;
    struct order *o;
    json_t *edit = NULL, *updated = NULL;

    mutex_lock(&s->lock);
    o = order_of_held(s, wish);
    if (o != NULL && add)
        line = o->line_count;
    else if (o != NULL && line < o->line_count)
        was = o->lines[line].current;
    if (o != NULL && (add ? shop_order_add_held(s, o, variant, quantity) : shop_order_edit_held(s, o, line, quantity))) {
        edit = payload_edit(s, o, &o->lines[line], quantity - was);
        updated = payload_order(s, o);
    }
    mutex_unlock(&s->lock);
    return edit == NULL ? wrong("no such order, line or variant") : send_edit(c, edit, updated);
}

/* {"line": index, "quantity": pieces, "amount": money beside them, in minor units} */
static json_t *do_refund(struct control *c, const json_t *wish)
{
    struct shop *s = c->parts.shop;
    struct order *o;
    json_t *updated = NULL;

    mutex_lock(&s->lock);
    o = order_of_held(s, wish);
    if (o != NULL && shop_order_refund_held(s, o, (size_t)json_int_or(wish, "line", 0), (int)json_int_or(wish, "quantity", 0),
                                            json_int_or(wish, "amount", 0)))
        updated = payload_order(s, o);
    mutex_unlock(&s->lock);
    if (updated == NULL)
        return wrong("no such order or line, or nothing to give back");
    hooks_send(c->parts.hooks, "orders/updated", updated);
    return fine();
}

static void set_text(char **to, const json_t *wish, const char *name)
{
    const json_t *value = json_object_get(wish, name);

    if (value == NULL)
        return;
    free(*to);
    *to = json_is_string(value) ? strdup(json_string_value(value)) : NULL;
}

/* "variants": [{"sku", "barcode", "price", "grams"}] of the first ones; null takes a text away. */
static void number_variants(struct product *p, const json_t *wishes)
{
    const json_t *wish;
    size_t i;

    json_array_foreach(wishes, i, wish)
        if (i < p->count) {
            set_text(&p->variants[i].sku, wish, "sku");
            set_text(&p->variants[i].barcode, wish, "barcode");
            p->variants[i].price = json_int_or(wish, "price", p->variants[i].price);
            p->variants[i].grams = (int)json_int_or(wish, "grams", p->variants[i].grams);
            p->variants[i].updated = p->updated;
        }
}

static json_t *do_product(struct control *c, const json_t *wish, bool deleted)
{
    struct shop *s = c->parts.shop;
    size_t index = (size_t)json_int_or(wish, "index", 0);
    json_t *payload = NULL;

    mutex_lock(&s->lock);
    if (index < s->product_count) {
        struct product *p = shop_product_change(s, index);

        p->deleted = deleted;
        p->updated = when_now();
        number_variants(p, json_object_get(wish, "variants"));
        payload = deleted ? json_pack("{s:I}", "id", (json_int_t)p->id) : payload_product(s, p);
    }
    mutex_unlock(&s->lock);
    if (payload == NULL)
        return wrong("no such product");
    hooks_send(c->parts.hooks, deleted ? "products/delete" : "products/update", payload);
    return fine();
}

/* "values":{"first","last","email","phone","note"}: what the shop's people change of one. */
static void change_person(struct customer *who, const json_t *values)
{
    const struct {
        const char *name;
        char **to;
    } texts[] = { { "first", &who->first }, { "last", &who->last }, { "email", &who->email }, { "phone", &who->phone }, { "note", &who->note } };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const json_t *value = json_object_get(values, texts[i].name);

        if (value == NULL)
            continue;
        free(*texts[i].to);
        *texts[i].to = json_is_string(value) ? strdup(json_string_value(value)) : NULL;
    }
}

static json_t *do_customer(struct control *c, const json_t *wish, bool deleted)
{
    struct shop *s = c->parts.shop;
    size_t index = (size_t)json_int_or(wish, "index", 0);
    json_t *payload = NULL;

    mutex_lock(&s->lock);
    if (index < s->customer_count) {
        struct customer *who = shop_customer_change(s, index);

        who->deleted = deleted;
        who->updated = when_now();
        change_person(who, json_object_get(wish, "values"));
        payload = deleted ? json_pack("{s:I,s:[],s:o}", "id", (json_int_t)who->id, "tax_exemptions",
                                      "admin_graphql_api_id", view_gid("Customer", who->id)) :
                            payload_customer(s, who);
    }
    mutex_unlock(&s->lock);
    if (payload == NULL)
        return wrong("no such customer");
    hooks_send(c->parts.hooks, deleted ? "customers/delete" : "customers/update", payload);
    return fine();
}

/* A level of stock: see shop/stock.h. */
static json_t *do_stock(struct control *c, const json_t *wish)
{
    struct shop *s = c->parts.shop;
    json_t *level;

    mutex_lock(&s->lock);
    level = stock_wish_held(s, wish);
    mutex_unlock(&s->lock);
    return level == NULL ? wrong("no such item or place") : json_pack("{s:b,s:o}", "ok", 1, "level", level);
}

static json_t *text_of(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

/* As the shop has it: what an app or its people made of it. */
static json_t *do_look(struct control *c, const json_t *wish)
{
    struct shop *s = c->parts.shop;
    size_t index = (size_t)json_int_or(wish, "index", 0);
    json_t *answer = NULL;

    mutex_lock(&s->lock);
    if (index < s->customer_count) {
        const struct customer *who = shop_customer_at(s, index);

        answer = json_pack("{s:b,s:I,s:o,s:o,s:o,s:o,s:o}", "ok", 1, "id", (json_int_t)who->id, "first", text_of(who->first),
                           "last", text_of(who->last), "email", text_of(who->email), "phone", text_of(who->phone), "note",
                           text_of(who->note));
    }
    mutex_unlock(&s->lock);
    return answer != NULL ? answer : wrong("no such customer");
}

/* What happens to bulk operations from now on. */
static json_t *do_bulk(struct control *c, const json_t *wish)
{
    if (c->bulks == NULL)
        return wrong("there is no shop");
    bulks_wish(c->bulks, wish);
    return fine();
}

/* Any payload (JSON) or body (text, as it is) under any topic, signed: to see it refused or borne. */
static json_t *do_deliver(struct control *c, const json_t *wish)
{
    json_t *payload = json_object_get(wish, "payload");
    const char *topic = json_text_or(wish, "topic", "orders/create"), *body = json_text(wish, "body");

    if (payload == NULL && body == NULL)
        return wrong("payload or body is missing");
    if (body != NULL)
        return json_pack("{s:b,s:i}", "ok", 1, "deliveries", (int)hooks_send_text(c->parts.hooks, topic, body));
    return json_pack("{s:b,s:i}", "ok", 1, "deliveries",
                     (int)hooks_send(c->parts.hooks, topic, json_incref(payload)));
}

/* "payload":true asks for what a webhook would carry now: to be spoilt and delivered again. */
static json_t *with_payload(struct shop *s, const struct order *o, const json_t *wish)
{
    return json_flag(wish, "payload") ? payload_order(s, o) : json_null();
}

static json_t *do_orders(struct control *c, const json_t *wish)
{
    struct shop *s = c->parts.shop;
    json_t *list = json_array();
    size_t limit = (size_t)json_int_or(wish, "limit", 100), from = (size_t)json_int_or(wish, "from", 0);

    mutex_lock(&s->lock);
    if (!json_flag(wish, "past")) /* those that were sold since */
        from += s->past;
    for (size_t i = from; i < shop_orders_held(s) && i - from < limit; i++) {
        const struct order *o = shop_order_at(s, i);

        json_array_append_new(list, json_pack("{s:I,s:s,s:s,s:b,s:I,s:b,s:o}", "id", (json_int_t)o->id, "name", o->name,
                                              "financial", o->financial, "test", o->test, "total", (json_int_t)o->current_total,
                                              "cancelled", o->cancelled != 0, "payload", with_payload(s, o, wish)));
    }
    mutex_unlock(&s->lock);
    return json_pack("{s:b,s:o}", "ok", 1, "orders", list);
}

/* {"what": "customers" or "products", "from", "limit"}: ids of those that are there. */
static json_t *do_ids(struct control *c, const json_t *wish)
{
    struct shop *s = c->parts.shop;
    bool people = strcmp(json_text_or(wish, "what", ""), "customers") == 0;
    size_t count = people ? s->customer_count : s->product_count;
    size_t from = (size_t)json_int_or(wish, "from", 0), limit = (size_t)json_int_or(wish, "limit", 1000);
    json_t *ids = json_array();

    mutex_lock(&s->lock);
    for (size_t i = from; i < count && i - from < limit; i++) {
        bool gone = people ? shop_customer_at(s, i)->deleted : shop_product_at(s, i)->deleted;

        if (!gone)
            json_array_append_new(ids, json_integer(people ? shop_customer_at(s, i)->id : shop_product_at(s, i)->id));
    }
    mutex_unlock(&s->lock);
    return json_pack("{s:b,s:o}", "ok", 1, "ids", ids);
}

/* ---- the rest ---- */

static json_t *do_fault(struct control *c, const json_t *wish)
{
    struct err err;
    int64_t until;
    bool shop = strcmp(json_text_or(wish, "side", "odoo"), "shop") == 0;

    if (!faults_add(c->parts.faults, wish, &err))
        return wrong(err.text);
    if (strcmp(json_text_or(wish, "kind", ""), "outage") == 0) {
        struct server *server = shop ? c->shop_server : c->odoo_server;

        until = faults_outage(c->parts.faults, shop ? SIDE_SHOP : SIDE_ODOO);
        if (server != NULL)
            server_outage(server, until);
    }
    return fine();
}

static json_t *do_stats(struct control *c)
{
    json_t *all = stats_json(c->parts.stats);
    struct shop *s = c->parts.shop;

    json_object_set_new(all, "ok", json_true());
    json_object_set_new(all, "webhooks", hooks_stats(c->parts.hooks));
    json_object_set_new(all, "faults", json_pack("{s:I,s:I}", "shop", (json_int_t)faults_happened(c->parts.faults, SIDE_SHOP),
                                                 "odoo", (json_int_t)faults_happened(c->parts.faults, SIDE_ODOO)));
    mutex_lock(&s->lock);
    json_object_set_new(all, "orders", json_integer((json_int_t)s->order_count));
    json_object_set_new(all, "past_orders", json_integer((json_int_t)s->past));
    mutex_unlock(&s->lock);
    return all;
}

static json_t *do_compare(struct control *c, const json_t *wish)
{
    const char *what = json_text_or(wish, "what", "orders");
    struct err err = { 0 };
    json_t *result;

    if (strcmp(what, "customers") == 0)
        result = books_customers(c->parts.shop, &c->parts.odoo, wish, &err);
    else if (strcmp(what, "products") == 0)
        result = books_products(c->parts.shop, &c->parts.odoo, wish, &err);
    else
        result = compare_run(c->parts.shop, &c->parts.odoo, wish, &err);

    if (result == NULL)
        return wrong(err.text);
    json_object_set_new(result, "ok", json_true());
    return result;
}

static json_t *do_delivery(struct control *c, const json_t *wish)
{
    hooks_disorder(c->parts.hooks, (unsigned)json_int_or(wish, "duplicate", 0), (unsigned)json_int_or(wish, "delayed", 0),
                   (unsigned)json_int_or(wish, "delay_ms", 1000));
    hooks_break(c->parts.hooks, (unsigned)json_int_or(wish, "bad_signatures", 0));
    hooks_hold(c->parts.hooks, json_flag(wish, "hold"));
    hooks_patient(c->parts.hooks, json_flag(wish, "patient"));
    if (json_text(wish, "secret") != NULL)
        hooks_rotate(c->parts.hooks, json_text(wish, "secret"));
    return fine();
}

static json_t *do_quit(struct control *c)
{
    mutex_lock(&c->lock);
    c->quit = true;
    pthread_cond_broadcast(&c->changed);
    mutex_unlock(&c->lock);
    return fine();
}

static json_t *do_reset(struct control *c)
{
    stats_reset(c->parts.stats);
    hooks_stats_reset(c->parts.hooks);
    return fine();
}

/* From now on, and with the first latency of each kind of call again; without a file: no more. */
static json_t *do_tape(struct control *c, const json_t *wish)
{
    struct err err = { 0 };

    if (c->parts.tape == NULL || c->parts.latencies == NULL)
        return wrong("no tape");
    latencies_rewind(c->parts.latencies);
    if (!tape_to(c->parts.tape, json_text(wish, "file"), &err))
        return wrong(err.text);
    return fine();
}

/* One call of a model's method, as a client of the Odoo that is compared with would make it. */
static json_t *do_odoo(struct control *c, const json_t *wish)
{
    const json_t *args = json_at(wish, "args"), *kwargs = json_at(wish, "kwargs");
    struct err err = { 0 };
    AUTO(rpc_client) client = rpc_client_open(&c->parts.odoo, &err);
    json_t *result = NULL;

    if (client != NULL)
        result = rpc_client_call(client, json_text_or(wish, "model", ""),
                                 json_text_or(wish, "method", ""),
                                 args != NULL ? json_deep_copy(args) : json_array(),
                                 kwargs != NULL ? json_deep_copy(kwargs) : json_object(), &err);
    return result != NULL ? json_pack("{s:b, s:o}", "ok", 1, "result", result) : wrong(err.text);
}

json_t *control_answer(void *ctx, const json_t *wish)
{
    struct control *c = ctx;
    const char *what = json_text_or(wish, "do", "");

    if (strcmp(what, "sell") == 0)
        return do_sell(c, wish);
    if (strcmp(what, "wait_delivered") == 0 || strcmp(what, "wait_sold") == 0)
        return do_wait(c, wish, strcmp(what, "wait_delivered") == 0);
    if (strcmp(what, "order_event") == 0)
        return do_event(c, wish);
    if (strcmp(what, "sending") == 0)
        return do_sending(c, wish);
    if (strcmp(what, "edit") == 0)
        return do_edit(c, wish);
    if (strcmp(what, "refund") == 0)
        return do_refund(c, wish);
    if (strcmp(what, "product_delete") == 0 || strcmp(what, "product_update") == 0)
        return do_product(c, wish, strcmp(what, "product_delete") == 0);
    if (strcmp(what, "customer_delete") == 0 || strcmp(what, "customer_update") == 0)
        return do_customer(c, wish, strcmp(what, "customer_delete") == 0);
    if (strcmp(what, "customer") == 0)
        return do_look(c, wish);
    if (strcmp(what, "odoo") == 0)
        return do_odoo(c, wish);
    if (strcmp(what, "stock") == 0)
        return do_stock(c, wish);
    if (strcmp(what, "bulk") == 0)
        return do_bulk(c, wish);
    if (strcmp(what, "deliver") == 0)
        return do_deliver(c, wish);
    if (strcmp(what, "delivery") == 0)
        return do_delivery(c, wish);
    if (strcmp(what, "unsubscribe_all") == 0) {
        hooks_clear(c->parts.hooks);
        return fine();
    }
    if (strcmp(what, "orders") == 0)
        return do_orders(c, wish);
    if (strcmp(what, "ids") == 0)
        return do_ids(c, wish);
    if (strcmp(what, "fault") == 0)
        return do_fault(c, wish);
    if (strcmp(what, "no_faults") == 0) {
        faults_reset(c->parts.faults);
        return fine();
    }
    if (strcmp(what, "stats") == 0)
        return do_stats(c);
    if (strcmp(what, "reset_stats") == 0)
        return do_reset(c);
    if (strcmp(what, "tape") == 0)
        return do_tape(c, wish);
    if (strcmp(what, "compare") == 0)
        return do_compare(c, wish);
    if (strcmp(what, "quit") == 0)
        return do_quit(c);
    return wrong("unknown \"do\"");
}

struct control *control_new(struct err *err)
{
    struct control *c = calloc(1, sizeof *c);

    if (c == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    mutex_init(&c->lock);
    cond_init(&c->changed);
    c->started = pthread_create(&c->seller, NULL, seller, c) == 0;
    if (c->started)
        return c;
    err_set(err, ERR_BUSY, "start the selling thread");
    control_free(c);
    return NULL;
}

void control_parts(struct control *c, const struct control_parts *parts)
{
    c->parts = *parts;
}

void control_servers(struct control *c, struct server *shop, struct server *odoo, struct bulks *bulks,
                     const struct compare_odoo *where)
{
    mutex_lock(&c->lock);
    c->bulks = bulks;
    c->shop_server = shop;
    c->odoo_server = odoo;
    c->parts.odoo = *where;
    mutex_unlock(&c->lock);
}

bool control_quit(struct control *c)
{
    bool quit;

    mutex_lock(&c->lock);
    quit = c->quit;
    mutex_unlock(&c->lock);
    return quit;
}

void control_wait(struct control *c, unsigned ms)
{
    int64_t until = when_ticks() + (int64_t)ms * 1000;

    mutex_lock(&c->lock);
    while (!c->quit && when_ticks() < until)
        cond_wait_until(&c->changed, &c->lock, until);
    mutex_unlock(&c->lock);
}

void control_free(struct control *c)
{
    if (c == NULL)
        return;
    if (c->started) {
        mutex_lock(&c->lock);
        c->stopping = true;
        pthread_cond_broadcast(&c->changed);
        mutex_unlock(&c->lock);
        pthread_join(c->seller, NULL);
    }
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->changed);
    free(c);
}
