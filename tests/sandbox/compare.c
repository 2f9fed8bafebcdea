#include "tests/sandbox/compare.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/money.h"
#include "base/mutex.h"
#include "base/str.h"
#include "tests/sandbox/rows.h"

#define CHUNK 100
#define ROUNDING_MOST 50 /* minor units that a rounding line may carry */

/* What is read of the other side, by id where it is looked up by id. */
struct other {
    json_t *orders;   /* client_order_ref -> [order] */
    json_t *lines;    /* "order id" -> [line] */
    json_t *products; /* "id" -> default_code, type */
    json_t *taxes;    /* "id" -> tax */
    json_t *partners; /* "id" -> partner */
    json_t *pickings; /* "order id" -> [picking] */
    json_t *moves;    /* "picking id" -> [move] */
    json_t *names;    /* "order id" -> external id */
};

struct comparing {
    struct shop *shop;
    struct rpc_client *client;
    struct other other;
    const json_t *held;
    const char *prefix;
    char key[96];
    json_t *differences;
    json_int_t sent, confirmed, quotation, cancelled, held_count, skipped, missing, duplicate, unexplained, rounded;
    bool bad; /* the order in hand */
};

/* ---- reading ---- */

/* "SHOP-{number}" of an order. */
static void reference(const char *pattern, const struct order *o, char *to, size_t size)
{
    AUTO_STR text = { 0 };

    str_init(&text, 256);
    for (const char *p = pattern; *p != '\0'; p++) {
        if (str_starts(p, "{name}")) {
            str_adds(&text, o->name);
            p += 5;
        } else if (str_starts(p, "{number}")) {
            str_addf(&text, "%d", o->number);
            p += 7;
        } else if (str_starts(p, "{id}")) {
            str_addf(&text, "%" PRId64, o->id);
            p += 3;
        } else {
            str_add(&text, p, 1);
        }
    }
    str_copy(to, size, text.data);
}

static void collect_ids(const json_t *rows, const char *const *fields, size_t count, json_t *ids)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
        for (size_t k = 0; k < count; k++)
            if (row_link(row, fields[k]) != 0)
                json_array_append_new(ids, json_integer(row_link(row, fields[k])));
}

static bool read_moves(struct comparing *c, struct err *err)
{
    json_auto_t *ids = json_array();
    json_t *list, *row;
    const char *key;
    size_t i;

    json_object_foreach(c->other.pickings, key, list)
        json_array_foreach(list, i, row)
            json_array_append(ids, json_object_get(row, "id"));
    return json_array_size(ids) == 0 ||
           rows_map(c->client, "stock.move", json_pack("[[s,s,O]]", "picking_id", "in", ids),
                    "picking_id product_uom_qty state", "picking_id", c->other.moves, err);
}

static bool read_details(struct comparing *c, const json_t *rows, struct err *err)
{
    static const char *const partner_fields[] = { "partner_id", "partner_invoice_id", "partner_shipping_id" };
    static const char *const product_fields[] = { "product_id" };
    json_auto_t *orders = json_array(), *partners = json_array(), *products = json_array();
    json_auto_t *names = NULL;
    json_t *row, *value;
    const char *key;
    size_t i;

    json_array_foreach(rows, i, row)
        json_array_append(orders, json_object_get(row, "id"));
    collect_ids(rows, partner_fields, 3, partners);
    if (!rows_map(c->client, "sale.order.line", json_pack("[[s,s,O]]", "order_id", "in", orders),
                  "order_id product_id product_uom_qty price_subtotal price_tax price_total tax_id is_delivery display_type name",
                  "order_id", c->other.lines, err))
        return false;
    json_object_foreach(c->other.lines, key, value)
        collect_ids(value, product_fields, 1, products);
    names = rpc_client_call(c->client, "sale.order", "get_external_id", json_pack("[O]", orders), json_object(), err);
    if (names == NULL)
        return false;
    json_object_update(c->other.names, names);
    return rows_map(c->client, "product.product", json_pack("[[s,s,O]]", "id", "in", products), "default_code type", NULL,
                    c->other.products, err) &&
           rows_map(c->client, "res.partner", json_pack("[[s,s,O]]", "id", "in", partners),
                    "name email email_normalized street city zip country_id parent_id type", NULL, c->other.partners, err) &&
           rows_map(c->client, "stock.picking", json_pack("[[s,s,O]]", "sale_id", "in", orders), "sale_id state partner_id", "sale_id",
                    c->other.pickings, err) &&
           read_moves(c, err);
}

static bool read_chunk(struct comparing *c, size_t from, size_t to, struct err *err)
{
    json_auto_t *refs = json_array(), *rows = NULL;
    json_t *row;
    size_t i;
    char ref[128];

    mutex_lock(&c->shop->lock);
    for (i = from; i < to; i++) {
        reference(c->prefix, shop_order_at(c->shop, i), ref, sizeof ref);
        json_array_append_new(refs, json_string(ref));
    }
    mutex_unlock(&c->shop->lock);
    rows = rpc_client_all(c->client, "sale.order", json_pack("[[s,s,O]]", "client_order_ref", "in", refs),
                          "name state client_order_ref origin date_order note amount_total amount_tax amount_untaxed currency_id "
                          "partner_id partner_invoice_id partner_shipping_id",
                          err);
    if (rows == NULL)
        return false;
    json_array_foreach(rows, i, row) {
        const char *mine = json_text_or(row, "client_order_ref", "");
        json_t *list = json_object_get(c->other.orders, mine);

        if (list == NULL) {
            list = json_array();
            json_object_set_new(c->other.orders, mine, list);
        }
        json_array_append(list, row);
    }
    return json_array_size(rows) == 0 || read_details(c, rows, err);
}

/* ---- comparing one order ---- */

static void differ(struct comparing *c, const struct order *o, const char *what, json_t *shop, json_t *odoo)
{
    c->bad = true;
    if (json_array_size(c->differences) < COMPARE_DIFFERENCES_MAX)
        json_array_append_new(c->differences, json_pack("{s:s,s:I,s:s,s:o,s:o}", "order", o->name, "id", (json_int_t)o->id,
                                                        "what", what, "shop", shop, "odoo", odoo));
    else {
        json_decref(shop);
        json_decref(odoo);
    }
}

static int64_t minor(const json_t *row, const char *field)
{
    int64_t amount = 0;

    money_from_double(json_real_or(row, field, 0), 2, &amount);
    return amount;
}

static void money_differs(struct comparing *c, const struct order *o, const char *what, int64_t shop, int64_t odoo)
{
    char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX];

    if (shop != odoo)
        differ(c, o, what, json_string(money_text(shop, 2, a)), json_string(money_text(odoo, 2, b)));
}

static const char *sku_of(struct comparing *c, const json_t *line)
{
    return json_text_or(rows_get(c->other.products, row_link(line, "product_id")), "default_code", "");
}

/* What the buyer pays for a line: with its taxes. */
static int64_t line_gross(const struct order *o, const struct line *l)
{
    struct tax_line now[TAX_LINES_MAX];
    int64_t gross = line_current_net(l);

    memcpy(now, l->taxes, sizeof now);
    taxes_work(now, l->tax_count, gross, o->taxes_included);
    for (size_t i = 0; !o->taxes_included && i < l->tax_count; i++)
        gross += now[i].amount;
    return gross;
}

static int64_t ship_gross(const struct order *o, const struct shipping *h)
{
    int64_t gross = h->discounted;

    for (size_t i = 0; !o->taxes_included && i < h->tax_count; i++)
        gross += h->taxes[i].amount;
    return gross;
}

enum likeness { LIKE_SKU_AND_QUANTITY, LIKE_SKU, LIKE_TITLE, LIKE_AMOUNT, LIKENESS_COUNT };

static bool line_like(struct comparing *c, const json_t *line, const struct line *l, int64_t gross, enum likeness how)
{
    double quantity = json_real_or(line, "product_uom_qty", 0);
    bool all = fabs(quantity - l->current) < 1e-6;
    bool same = l->sku != NULL && l->sku[0] != '\0' && strcmp(sku_of(c, line), l->sku) == 0;

    if (how == LIKE_SKU_AND_QUANTITY)
        return same && all;
    if (how == LIKE_SKU)
        return same;
    if (how == LIKE_TITLE) /* a placeholder keeps the title; what cannot be printed may be gone */
        return strstr(json_text_or(line, "name", ""), l->title) != NULL;
    return all && llabs(minor(line, "price_total") - gross) <= ROUNDING_MOST;
}

/* Takes lines of one likeness as long as they are wanted; false: they do not add up. */
static bool lines_take(struct comparing *c, json_t *lines, const struct line *l, int64_t gross, enum likeness how, int64_t *off)
{
    double left = l->current;
    json_t *line, *taken[64];
    size_t i, count = 0;

    *off = gross;
    json_array_foreach(lines, i, line) {
        double quantity = json_real_or(line, "product_uom_qty", 0);

        if (json_flag(line, "$used") || json_flag(line, "is_delivery") || json_text(line, "display_type") != NULL)
            continue;
        if (quantity > left + 1e-6 || count == 64 || !line_like(c, line, l, gross, how))
            continue;
        taken[count++] = line;
        left -= quantity;
        *off -= minor(line, "price_total");
        if (left < 1e-6)
            break;
    }
    if (count == 0 || left > 1e-6)
        return false;
    for (i = 0; i < count; i++)
        json_object_set_new(taken[i], "$used", json_true());
    return true;
}

static bool lines_match(struct comparing *c, json_t *lines, const struct line *l, int64_t gross, int64_t *off)
{
    for (int how = 0; how < LIKENESS_COUNT; how++)
        if (lines_take(c, lines, l, gross, (enum likeness)how, off))
            return true;
    return false;
}

static void compare_lines(struct comparing *c, const struct order *o, json_t *lines)
{
    int64_t open = 0, extra = 0, most = 0;
    json_t *line;
    size_t i;

    for (i = 0; i < o->line_count; i++) {
        const struct line *l = &o->lines[i];
        int64_t off = 0;

        if (l->current == 0)
            continue;
        if (!lines_match(c, lines, l, line_gross(o, l), &off))
            differ(c, o, "line", json_pack("{s:s?,s:i,s:I}", "sku", l->sku, "quantity", l->current, "gross", (json_int_t)line_gross(o, l)), json_null());
        open += off;
        most = llabs(off) > most ? llabs(off) : most;
    }
    for (i = 0; i < o->ship_count; i++)
        open += ship_gross(o, &o->ships[i]);
    json_array_foreach(lines, i, line) {
        if (json_flag(line, "$used") || json_text(line, "display_type") != NULL)
            continue;
        if (json_flag(line, "is_delivery"))
            open -= minor(line, "price_total");
        else if (json_real_or(line, "product_uom_qty", 0) > 0)
            extra += minor(line, "price_total");
    }
    if (open != extra)
        money_differs(c, o, "lines and shipping", open, extra);
    else if (llabs(extra) > ROUNDING_MOST || (most > ROUNDING_MOST && extra == 0))
        money_differs(c, o, "rounding", 0, extra);
    else if (extra != 0)
        c->rounded++;
}

/* Taxes by rate: within a cent for each line, as both sides round by themselves. */
static void compare_taxes(struct comparing *c, const struct order *o, const json_t *order, json_t *lines)
{
    int64_t mine = o->current_tax, theirs = minor(order, "amount_tax"), slack = 0;
    json_t *line, *tax;
    size_t i, k;

    json_array_foreach(lines, i, line)
        json_array_foreach(json_object_get(line, "tax_id"), k, tax) {
            const json_t *t = rows_get(c->other.taxes, json_integer_value(tax));
            int ppm = (int)llround(json_real_or(t, "amount", 0) * 10000);
            bool known = false;

            slack++;
            for (size_t n = 0; n < o->line_count && !known; n++)
                for (size_t x = 0; x < o->lines[n].tax_count; x++)
                    known = known || o->lines[n].taxes[x].ppm == ppm;
            for (size_t n = 0; n < o->ship_count && !known; n++)
                for (size_t x = 0; x < o->ships[n].tax_count; x++)
                    known = known || o->ships[n].taxes[x].ppm == ppm;
            if (!known)
                differ(c, o, "tax", json_null(), json_real(ppm / 1e4));
            if (json_flag(t, "price_include") != o->taxes_included)
                differ(c, o, "tax included", json_boolean(o->taxes_included), json_boolean(json_flag(t, "price_include")));
        }
    if (llabs(mine - theirs) > slack)
        money_differs(c, o, "tax", mine, theirs);
}

static void compare_address(struct comparing *c, const struct order *o, const char *what, const struct address *a, json_int_t id)
{
    const json_t *p = rows_get(c->other.partners, id);
    char country[128];

    if (a == NULL)
        return;
    if (p == NULL) {
        differ(c, o, what, json_string("an address"), json_null());
        return;
    }
    if (strcmp(json_text_or(p, "street", ""), a->address1 == NULL ? "" : a->address1) != 0)
        differ(c, o, what, json_string(a->address1 == NULL ? "" : a->address1), json_string(json_text_or(p, "street", "")));
    if (strcmp(json_text_or(p, "city", ""), a->city == NULL ? "" : a->city) != 0)
        differ(c, o, what, json_string(a->city == NULL ? "" : a->city), json_string(json_text_or(p, "city", "")));
    if (strcmp(json_text_or(p, "zip", ""), a->zip == NULL ? "" : a->zip) != 0)
        differ(c, o, what, json_string(a->zip == NULL ? "" : a->zip), json_string(json_text_or(p, "zip", "")));
    str_copy(country, sizeof country, country_name(a->country));
    if (row_link(p, "country_id") == 0 || strcasecmp(row_link_name(p, "country_id"), country) != 0)
        differ(c, o, what, json_string(country), json_string(row_link_name(p, "country_id")));
}

static void trimmed_lower(const char *text, char *to, size_t size)
{
    size_t len;

    text += strspn(text, " \t");
    str_copy(to, size, text);
    len = strlen(to);
    while (len > 0 && to[len - 1] == ' ')
        to[--len] = '\0';
    for (size_t i = 0; i < len; i++)
        to[i] = (char)tolower((unsigned char)to[i]);
}

static const struct customer *at_customer(struct comparing *c, const struct order *o)
{
    return shop_customer_at(c->shop, o->customer);
}

static void compare_partner(struct comparing *c, const struct order *o, const json_t *order)
{
    const json_t *p = rows_get(c->other.partners, row_link(order, "partner_id"));
    char email[256];

    if (o->email != NULL) {
        trimmed_lower(o->customer == SIZE_MAX || at_customer(c, o)->email == NULL ? o->email : at_customer(c, o)->email, email, sizeof email);
        if (strcmp(email, json_text_or(p, "email_normalized", "")) != 0)
            differ(c, o, "e-mail", json_string("the buyer's"), json_string(p == NULL ? "no partner" : "another"));
    }
    compare_address(c, o, "invoice address", o->billing, row_link(order, "partner_invoice_id"));
    compare_address(c, o, "delivery address", o->shipping_to, row_link(order, "partner_shipping_id"));
}

static void compare_reserved(struct comparing *c, const struct order *o, const json_t *order)
{
    const json_t *pickings = rows_get(c->other.pickings, json_int_or(order, "id", 0));
    json_t *p;
    size_t i;
    bool wanted = false, reserved = false;

    for (i = 0; i < o->line_count; i++)
        wanted = wanted || (o->lines[i].current > 0 && o->lines[i].variant != 0);
    json_array_foreach(pickings, i, p) {
        if (strcmp(json_text_or(p, "state", ""), "cancel") != 0 && row_link(p, "partner_id") != row_link(order, "partner_shipping_id"))
            differ(c, o, "transfer's address", json_integer(row_link(order, "partner_shipping_id")),
                   json_integer(row_link(p, "partner_id")));
        reserved = reserved || strcmp(json_text_or(p, "state", ""), "assigned") == 0 || strcmp(json_text_or(p, "state", ""), "done") == 0;
    }
    if (wanted && !reserved)
        differ(c, o, "reserved", json_true(), json_string(pickings == NULL ? "no transfer" : "not assigned"));
}

/* Pieces that are to leave, or have left, the house. */
static double moving(struct comparing *c, const json_t *pickings)
{
    const json_t *moves;
    json_t *p, *move;
    double sum = 0;
    size_t i, k;

    json_array_foreach(pickings, i, p) {
        moves = rows_get(c->other.moves, json_int_or(p, "id", 0));
        json_array_foreach(moves, k, move)
            if (strcmp(json_text_or(move, "state", ""), "cancel") != 0)
                sum += json_real_or(move, "product_uom_qty", 0);
    }
    return sum;
}

/* As many pieces move as the goods of the lines say; none of what was cancelled. */
static void compare_moves(struct comparing *c, const struct order *o, const json_t *order, const json_t *lines, bool sale)
{
    double found = moving(c, rows_get(c->other.pickings, json_int_or(order, "id", 0))), wanted = 0;
    json_t *line;
    size_t i;

    json_array_foreach(lines, i, line)
        if (sale && strcmp(json_text_or(rows_get(c->other.products, row_link(line, "product_id")), "type", ""), "service") != 0)
            wanted += json_real_or(line, "product_uom_qty", 0);
    if (fabs(found - wanted) > 1e-6)
        differ(c, o, "pieces to move", json_real(wanted), json_real(found));
}

static void compare_date(struct comparing *c, const struct order *o, const json_t *order)
{
    when theirs = 0;
    char mine[WHEN_TEXT_MAX];

    when_odoo(o->processed, mine);
    if (!when_parse_odoo(json_text_or(order, "date_order", ""), &theirs) || strcmp(mine, json_text_or(order, "date_order", "")) != 0)
        differ(c, o, "date", json_string(mine), json_string(json_text_or(order, "date_order", "")));
}

/* States an order may have in Odoo: the first is the usual one. */
static bool state_fits(const struct order *o, const char *state)
{
    bool sale = strcmp(state, "sale") == 0, draft = strcmp(state, "draft") == 0 || strcmp(state, "sent") == 0;

    if (o->cancelled != 0 || strcmp(o->financial, "voided") == 0 || strcmp(o->financial, "expired") == 0)
        return strcmp(state, "cancel") == 0;
    if (strcmp(o->financial, "pending") == 0 || strcmp(o->financial, "partially_paid") == 0)
        return sale || draft;
    if (strcmp(o->financial, "refunded") == 0)
        return sale || draft || strcmp(state, "cancel") == 0;
    return sale;
}

static bool is_held(struct comparing *c, const struct order *o)
{
    json_t *item;
    size_t i;

    json_array_foreach(c->held, i, item) {
        if (json_is_integer(item) && json_integer_value(item) == o->id)
            return true;
        if (json_is_string(item) && (strtoll(json_string_value(item), NULL, 10) == o->id || strcmp(json_string_value(item), o->name) == 0))
            return true;
    }
    return false;
}

/* The note, as html: what has no mark-up in it must be there to the letter. */
static void compare_words(struct comparing *c, const struct order *o, const json_t *order)
{
    const char *note = o->note != NULL ? o->note : "";

    if (strpbrk(note, "<>&\n\"'") == NULL && strstr(json_text_or(order, "note", ""), note) == NULL)
        differ(c, o, "note", json_string(note), json_string(json_text_or(order, "note", "")));
}

static void compare_found(struct comparing *c, const struct order *o, const json_t *order)
{
    json_t *lines = json_incref((json_t *)(uintptr_t)rows_get(c->other.lines, json_int_or(order, "id", 0)));
    const char *state = json_text_or(order, "state", "");
    char wanted[160];

    snprintf(wanted, sizeof wanted, "%s.order_%" PRId64, c->key, o->id);
    if (strcmp(json_text_or(c->other.names, "", ""), wanted) != 0) {
        char id[24];
        const char *theirs;

        snprintf(id, sizeof id, "%lld", (long long)json_int_or(order, "id", 0));
        theirs = json_string_value(json_object_get(c->other.names, id));
        if (theirs == NULL || strcmp(theirs, wanted) != 0)
            differ(c, o, "external id", json_string(wanted), json_string(theirs == NULL ? "" : theirs));
    }
    if (!state_fits(o, state))
        differ(c, o, "state", json_string(o->cancelled != 0 ? "cancelled" : o->financial), json_string(state));
    if (strcmp(state, "sale") == 0)
        c->confirmed++;
    else if (strcmp(state, "cancel") == 0)
        c->cancelled++;
    else
        c->quotation++;
    if (strcmp(row_link_name(order, "currency_id"), c->shop->currency) != 0)
        differ(c, o, "currency", json_string(c->shop->currency), json_string(row_link_name(order, "currency_id")));
    money_differs(c, o, "total", o->current_total + o->money_back, minor(order, "amount_total"));
    compare_lines(c, o, lines);
    compare_taxes(c, o, order, lines);
    compare_partner(c, o, order);
    compare_date(c, o, order);
    if (strcmp(state, "sale") == 0)
        compare_reserved(c, o, order);
    compare_moves(c, o, order, lines, strcmp(state, "sale") == 0);
    compare_words(c, o, order);
    json_decref(lines);
}

static void compare_order(struct comparing *c, const struct order *o)
{
    char ref[128];
    const json_t *found;
    bool gone = o->cancelled != 0 || strcmp(o->financial, "voided") == 0 || strcmp(o->financial, "expired") == 0;

    reference(c->prefix, o, ref, sizeof ref);
    found = json_object_get(c->other.orders, ref);
    if (o->test) {
        c->skipped++;
        return;
    }
    c->sent++;
    c->bad = false;
    if (json_array_size(found) > 1) {
        c->duplicate++;
        differ(c, o, "duplicate", json_integer(1), json_integer((json_int_t)json_array_size(found)));
    }
    if (is_held(c, o)) {
        c->held_count++;
        return;
    }
    if (json_array_size(found) == 0) {
        if (gone) { /* cancelled before it was ever seen: nothing has to be there */
            c->cancelled++;
            return;
        }
        c->missing++;
        differ(c, o, "missing", json_string(ref), json_null());
        return;
    }
    compare_found(c, o, json_array_get(found, 0));
    c->unexplained += c->bad && json_array_size(found) == 1;
}

static json_t *verdict(struct comparing *c)
{
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:O}", "sent", c->sent, "confirmed", c->confirmed, "quotation",
                     c->quotation, "cancelled", c->cancelled, "held", c->held_count, "skipped", c->skipped, "missing", c->missing,
                     "duplicate", c->duplicate, "unexplained", c->unexplained, "rounded", c->rounded, "differences",
                     c->differences);
}

static void other_init(struct other *o)
{
    json_t **maps[] = { &o->orders,   &o->lines,    &o->products, &o->taxes,
                        &o->partners, &o->pickings, &o->moves,    &o->names };

    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        *maps[i] = json_object();
}

static void other_clear(struct other *o)
{
    json_t *maps[] = { o->orders, o->lines, o->products, o->taxes, o->partners, o->pickings, o->moves, o->names };

    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        json_decref(maps[i]);
}

static bool compare_chunk(struct comparing *c, size_t from, size_t to, struct err *err)
{
    json_t *taxes = json_incref(c->other.taxes);
    bool ok;

    other_clear(&c->other);
    other_init(&c->other);
    json_decref(c->other.taxes);
    c->other.taxes = taxes;
    ok = read_chunk(c, from, to, err);
    mutex_lock(&c->shop->lock);
    for (size_t i = from; ok && i < to; i++)
        compare_order(c, shop_order_at(c->shop, i));
    mutex_unlock(&c->shop->lock);
    return ok;
}

json_t *compare_run(struct shop *shop, const struct compare_odoo *odoo, const json_t *wish, struct err *err)
{
    struct comparing c = { .shop = shop, .held = json_object_get(wish, "held"), .prefix = json_text_or(wish, "prefix", "{name}") };
    AUTO(rpc_client) client = NULL;
    json_auto_t *differences = json_array();
    size_t count, first;
    bool ok;

    if (odoo->url[0] == '\0') {
        err_set(err, ERR_INVALID, "there is no Odoo to compare with");
        return NULL;
    }
    client = rpc_client_open(odoo, err);
    if (client == NULL)
        return NULL;
    c.client = client;
    c.differences = differences;
    rows_shop_key(json_text_or(wish, "shop", shop->domain), c.key, sizeof c.key);
    mutex_lock(&shop->lock);
    count = shop_orders_held(shop);
    first = json_flag(wish, "past") ? 0 : shop->past; /* those of earlier are the import's */
    mutex_unlock(&shop->lock);
    other_init(&c.other);
    ok = rows_map(client, "account.tax", json_array(), "amount price_include", NULL, c.other.taxes, err);
    for (size_t from = first; ok && from < count; from += CHUNK)
        ok = compare_chunk(&c, from, from + CHUNK < count ? from + CHUNK : count, err);
    other_clear(&c.other);
    return ok ? verdict(&c) : NULL;
}
