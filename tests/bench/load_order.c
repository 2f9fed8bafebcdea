#include "tests/bench/load_order.h"

#include <openssl/evp.h>
#include <openssl/core_names.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define END_SIZE 400 /* what order_end always writes */
#define MONEY(amount)                                                                              \
    "{\"shop_money\":{\"amount\":\"" amount "\",\"currency_code\":\"CHF\"},"                       \
    "\"presentment_money\":{\"amount\":\"" amount "\",\"currency_code\":\"CHF\"}}"

struct order_maker {
    struct str start;
    EVP_MAC *mac;
    EVP_MAC_CTX *hashed; /* with the key and the start in it */
};

static const char head[] =
    "{\"app_id\":580111,\"browser_ip\":null,\"buyer_accepts_marketing\":false,"
    "\"cancel_reason\":null,\"cancelled_at\":null,\"closed_at\":null,\"confirmed\":true,"
    "\"contact_email\":\"bench@example.com\",\"currency\":\"CHF\",\"customer_locale\":\"de\","
    "\"discount_applications\":[],\"discount_codes\":[],\"email\":\"bench@example.com\","
    "\"estimated_taxes\":false,\"financial_status\":\"paid\",\"fulfillment_status\":null,"
    "\"fulfillments\":[],\"note_attributes\":[],\"payment_gateway_names\":[\"bogus\"],"
    "\"phone\":null,\"po_number\":null,\"presentment_currency\":\"CHF\",\"refunds\":[],"
    "\"returns\":[],\"shipping_lines\":[],\"source_name\":\"web\",\"tags\":\"\","
    "\"tax_exempt\":false,\"tax_lines\":[],\"taxes_included\":true,\"test\":false,"
    "\"total_discounts\":\"0.00\",\"total_tax\":\"0.00\",\"total_tip_received\":\"0.00\","
    "\"customer\":{\"id\":7000000001,\"email\":\"bench@example.com\",\"first_name\":\"Bench\","
    "\"last_name\":\"Mark\",\"state\":\"enabled\",\"tax_exempt\":false},"
    "\"shipping_address\":{\"first_name\":\"Bench\",\"last_name\":\"Mark\",\"address1\":\"Gleis "
    "1\","
    "\"address2\":null,\"city\":\"Olten\",\"zip\":\"4600\",\"country\":\"Switzerland\","
    "\"country_code\":\"CH\",\"province\":null,\"province_code\":null,\"company\":null,"
    "\"phone\":null,\"name\":\"Bench Mark\"},\"line_items\":[";

static void add_line(struct str *s, unsigned n)
{
    str_addf(s,
             "%s{\"id\":%u,\"admin_graphql_api_id\":\"gid://shopify/LineItem/%u\","
             "\"current_quantity\":1,\"fulfillable_quantity\":1,\"fulfillment_service\":\"manual\","
             "\"fulfillment_status\":null,\"gift_card\":false,\"grams\":100,"
             "\"name\":\"Article %u\",\"price\":\"10.00\",\"price_set\":" MONEY(
                 "10.00") ","
                          "\"product_exists\":true,\"product_id\":%u,\"properties\":[],"
                          "\"quantity\":1,\"requires_shipping\":true,\"sku\":\"BENCH-%u\","
                          "\"taxable\":true,\"title\":\"Article %u\",\"total_discount\":\"0.00\","
                          "\"total_discount_set\":" MONEY(
                              "0.00") ",\"variant_id\":%u,"
                                      "\"variant_title\":null,\"vendor\":\"Bench\","
                                      "\"tax_lines\":[],\"duties\":[],"
                                      "\"discount_allocations\":[]}",
             n == 1 ? "" : ",", 9000 + n, 9000 + n, n, 5000 + n, n, n, 6000 + n);
}

/* As many lines as fit, then a note that fills the rest. */
static bool write_start(struct str *s, size_t size)
{
    static const char totals[] = "],\"total_price\":\"%u.00\",\"subtotal_price\":\"%u.00\","
                                 "\"total_outstanding\":\"0.00\",\"note\":\"";
    size_t room = size - END_SIZE - sizeof totals - 64;
    unsigned lines = 0;

    str_adds(s, head);
    do {
        size_t before = s->len;

        add_line(s, lines + 1);
        if (s->len > room) {
            s->len = before;
            s->data[before] = '\0';
            break;
        }
        lines++;
    } while (lines < 500);
    str_addf(s, totals, 10 * lines, 10 * lines);
    while (!s->full && s->len < size - END_SIZE)
        str_adds(s, s->len % 8 == 0 ? " " : ".");
    return !s->full && lines > 0;
}

struct order_maker *order_maker_new(const char *secret, size_t size)
{
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                                             (char[]){ "SHA256" }, 0),
                            OSSL_PARAM_construct_end() };
    struct order_maker *m;

    if (size < 4096 || size > 1 << 20 || (m = calloc(1, sizeof *m)) == NULL)
        return NULL;
    str_init(&m->start, size + 4096); /* a line is tried before it is taken back */
    m->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    m->hashed = m->mac == NULL ? NULL : EVP_MAC_CTX_new(m->mac);
    if (m->hashed == NULL || !write_start(&m->start, size) ||
        EVP_MAC_init(m->hashed, (const unsigned char *)secret, strlen(secret), params) != 1 ||
        EVP_MAC_update(m->hashed, (const unsigned char *)m->start.data, m->start.len) != 1) {
        order_maker_free(m);
        return NULL;
    }
    return m;
}

void order_maker_free(struct order_maker *m)
{
    if (m == NULL)
        return;
    EVP_MAC_CTX_free(m->hashed);
    EVP_MAC_free(m->mac);
    str_clear(&m->start);
    free(m);
}

const char *order_start(const struct order_maker *m, size_t *len)
{
    *len = m->start.len;
    return m->start.data;
}

bool order_end(struct order_maker *m, uint64_t n, char end[ORDER_END_MAX], size_t *len,
               char sign[ORDER_SIGN_MAX])
{
    unsigned char sum[32];
    size_t sum_len;
    int written = snprintf(end, ORDER_END_MAX,
                           "\",\"id\":%llu,\"admin_graphql_api_id\":\"gid://shopify/Order/%llu\","
                           "\"name\":\"#B%llu\",\"number\":1,\"order_number\":1001,"
                           "\"created_at\":\"2026-11-27T12:01:00-05:00\","
                           "\"processed_at\":\"2026-11-27T12:01:00-05:00\","
                           "\"updated_at\":\"2026-11-27T12:01:01-05:00\"",
                           (unsigned long long)n, (unsigned long long)n, (unsigned long long)n);
    EVP_MAC_CTX *mac = EVP_MAC_CTX_dup(m->hashed);
    bool done;

    memset(end + written, ' ', END_SIZE - (size_t)written);
    end[END_SIZE - 1] = '}';
    *len = END_SIZE;
    done = mac != NULL && EVP_MAC_update(mac, (const unsigned char *)end, END_SIZE) == 1 &&
           EVP_MAC_final(mac, sum, &sum_len, sizeof sum) == 1;
    EVP_MAC_CTX_free(mac);
    if (done)
        EVP_EncodeBlock((unsigned char *)sign, sum, (int)sum_len);
    return done;
}
