/*
 * Pictures: the first of a product goes on its template, when it is not the one we wrote last. The
 * shop's address of a picture changes with its content, so that an address we know costs no call.
 * A picture that can't be had is no reason to lose a product: it is flagged, and asked for again
 * with the next run.
 */
#include "jobs/product.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "http/http.h"
#include "jobs/load.h"
#include "sync/sheet.h"
#include "sync/text.h"

#define IMAGE_MAX     (10 << 20) /* bytes of one */
#define IMAGE_MS      20000
#define UPLOAD_MAX    (8 << 20)  /* bytes of base64 in one call */
#define IMAGES_A_CALL 20

struct upload {
    json_t *plans;
    size_t bytes;
};

static bool is_image(const struct str *body)
{
    static const struct {
        const char *magic;
        size_t len, at;
    } kinds[] = { { "\xff\xd8\xff", 3, 0 }, { "\x89PNG", 4, 0 }, { "GIF8", 4, 0 },
                  { "WEBP", 4, 8 } };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (body->len > kinds[i].at + kinds[i].len &&
            memcmp(body->data + kinds[i].at, kinds[i].magic, kinds[i].len) == 0)
            return true;
    return false;
}

static void flag(struct product_case *c, const char *words)
{
    findings_add(&c->findings, FINDING_FLAG, ERR_INVALID, "", "the image was not taken: %.160s",
                 words);
}

static bool wants_image(struct product_flow *flow, const struct product_case *c)
{
    const char *url = json_text(c->product, "image.url");
    const char *known = json_text(c->agreed, "image.url");

    if (url == NULL || !reference_policy_is(flow->place->picture->reference, "product_images", "yes"))
        return false;
    if (c->made || json_flag(c->compared, "image"))
        return true;
    /* a picture of ours that the shop has replaced */
    return known != NULL && strcmp(known, url) != 0;
}

static bool download(struct product_flow *flow, struct product_case *c, struct http_answer *answer)
{
    struct http_request request = { .method = "GET",
                                    .url = json_text(c->product, "image.url"),
                                    .headers = { { "Accept", "image/jpeg, image/png, image/gif" } },
                                    .total_ms = IMAGE_MS,
                                    .answer_max = IMAGE_MAX,
                                    .read = true };
    struct err err = { 0 };

    if (!http_send(flow->place->http, &request, answer, &err))
        return (flag(c, err.text), false);
    if (answer->status != 200)
        return (flag(c, http_status_words(answer->status)), false);
    if (!is_image(&answer->body))
        return (flag(c, "what came is no JPEG, PNG, GIF or WebP"), false);
    return true;
}

/* A row of the template's id and the picture in base64. */
static bool plan(struct product_case *c, const struct str *body, struct upload *u)
{
    size_t room = (body->len + 2) / 3 * 4 + 1;
    char *text = malloc(room), id[PRODUCT_KEY_MAX], name[64];
    struct sheet s;
    json_t *one;

    if (text == NULL)
        return false;
    EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)body->data, (int)body->len);
    product_id_text(c->templates[0], id);
    snprintf(name, sizeof name, "image,%s", id);
    sheet_begin(&s);
    sheet_text(&s, ".id", id);
    sheet_text(&s, "image_1920", text);
    free(text);
    one = sheet_plan(&s, "product.template", name);
    if (one == NULL)
        return false;
    json_object_set_new(one, "context", json_object());
    json_array_append_new(u->plans, one);
    u->bytes += room;
    return true;
}

static bool send(struct product_flow *flow, struct upload *u, struct err *err)
{
    json_auto_t *refused = json_object();

    if (!load_write(flow->place, u->plans, IMAGES_A_CALL, refused, err))
        return err_within(err, "write images");
    EACH_PRODUCT(flow, c) {
        struct err why = { 0 };
        char name[64], id[PRODUCT_KEY_MAX];

        snprintf(name, sizeof name, "image,%s", product_id_text(c->templates[0], id));
        if (c->image == NULL || !load_refused(refused, name, &why))
            continue;
        flag(c, why.text);
        json_decref(c->image);
        c->image = NULL;
    }
    json_array_clear(u->plans);
    u->bytes = 0;
    return true;
}

static bool take_one(struct product_flow *flow, struct product_case *c, struct upload *u,
                     struct err *err)
{
    AUTO_HTTP_ANSWER answer;
    char hash[65];
    bool good = true;

    http_answer_init(&answer);
    if (!download(flow, c, &answer))
        return true;
    text_hash(answer.body.data, answer.body.len, hash);
    json_decref(c->image);
    c->image = json_pack("{ssss}", "url", json_text(c->product, "image.url"), "hash", hash);
    if (strcmp(json_text_or(c->agreed, "image.hash", ""), hash) == 0 && !c->made &&
        !json_flag(c->compared, "image"))
        return true; /* another address, the same picture */
    if (u->bytes + answer.body.len * 4 / 3 > UPLOAD_MAX && json_array_size(u->plans) > 0)
        good = send(flow, u, err);
    return good && (plan(c, &answer.body, u) || err_set(err, ERR_BUSY, "no memory"));
}

bool product_images(struct product_flow *flow, struct err *err)
{
    struct upload u = { .plans = json_array() };
    bool good = true;

    EACH_PRODUCT(flow, c) {
        c->image = json_incref(json_object_get(c->agreed, "image"));
        if (good && c->template_count > 0 && wants_image(flow, c))
            good = take_one(flow, c, &u, err);
    }
    good = good && send(flow, &u, err);
    json_decref(u.plans);
    return good;
}
