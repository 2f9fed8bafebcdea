#include "shopify/token.h"

#include <pthread.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/json.h"
#include "base/mutex.h"
#include "base/when.h"

#define LIFE_LEAST    60 /* seconds; what lives shorter would be asked for again and again */
#define LIFE_MOST     (400 * 86400)
#define LIFE_DEFAULT  86399             /* seconds, where the answer tells none */
#define FAILURE_PAUSE (2 * WHEN_SECOND) /* who waited for a failed attempt shares its err */
#define SCOPES_MAX    4096
#define ANSWER_MAX    (64 * 1024)

struct token {
    char *endpoint, *permanent, *client_id, *client_secret, *ca_file;
    unsigned connect_ms, total_ms;
    pthread_mutex_t lock;
    pthread_cond_t done;
    /* lock */
    bool asking;
    char now[TOKEN_MAX];               /* "": none */
    when renew_at, ends_at, failed_at; /* by the clock: a token ages while a machine sleeps */
    struct err failure;
    char scopes[SCOPES_MAX];
};

static char *copy(const char *text, bool *good)
{
    char *to = text != NULL ? strdup(text) : NULL;

    *good = *good && (text == NULL || to != NULL);
    return to;
}

static void wipe(char *text)
{
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}

struct token *token_new(const struct token_settings *s, struct err *err)
{
    struct token *t = calloc(1, sizeof *t);
    bool good = t != NULL && asprintf(&t->endpoint, "%s/admin/oauth/access_token", s->url) > 0;

    if (good) {
        mutex_init(&t->lock);
        cond_init(&t->done);
        t->permanent = copy(s->permanent, &good);
        t->client_id = copy(s->client_id, &good);
        t->client_secret = copy(s->client_secret, &good);
        t->ca_file = copy(s->ca_file, &good);
        t->connect_ms = s->connect_ms;
        t->total_ms = s->total_ms;
        if (good)
            return t;
        token_free(t);
    } else
        free(t);
    err_set(err, ERR_BUSY, "no memory for a token");
    return NULL;
}

void token_free(struct token *t)
{
    if (t == NULL)
        return;
    free(t->endpoint);
    wipe(t->permanent);
    free(t->client_id);
    wipe(t->client_secret);
    free(t->ca_file);
    pthread_cond_destroy(&t->done);
    pthread_mutex_destroy(&t->lock);
    OPENSSL_cleanse(t, sizeof *t);
    free(t);
}

void token_wipe(char text[TOKEN_MAX])
{
    OPENSSL_cleanse(text, TOKEN_MAX);
}

/* ---- asking, without the lock ---- */

static bool refused(const struct http_answer *answer, const json_t *reply, struct err *err)
{
    static const struct {
        const char *code, *words;
    } rows[] = {
        { "invalid_client", "client id or client secret is wrong" },
        { "application_cannot_be_found", "there is no app with this client id" },
        { "shop_not_permitted", "the app belongs to another organisation than the shop" },
        { "app_not_installed", "the app is not installed in the shop" },
        { "invalid_request", "Shopify does not understand the request for a token" },
    };
    const char *code = json_text_or(reply, "error", "");

    if (answer->status == 429) {
        err_set(err, ERR_LIMITED, "ask for a token: %s", http_status_words(answer->status));
        if (err != NULL)
            err->wait_ms = http_retry_after_ms(answer);
        return false;
    }
    if (answer->status >= 500 || answer->status < 300)
        return err_set(err, ERR_BUSY, "ask for a token: %s", http_status_words(answer->status));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].code, code) == 0)
            return err_set(err, ERR_DENIED, "ask for a token: %s", rows[i].words);
    return err_set(err, ERR_DENIED, "ask for a token: the shop refuses client id and secret (%s)",
                   http_status_words(answer->status));
}

struct fresh {
    char token[TOKEN_MAX], scopes[SCOPES_MAX];
    int64_t seconds;
};

static bool take(const struct http_answer *answer, struct fresh *fresh, struct err *err)
{
    json_auto_t *reply = json_read(answer->body.data, answer->body.len, "the token", NULL);
    const char *token = json_text(reply, "access_token");

    if (answer->status != 200 || token == NULL)
        return refused(answer, reply, err);
    if (*token == '\0' || !str_copy(fresh->token, sizeof fresh->token, token))
        return err_set(err, ERR_BUG, "ask for a token: it is longer than %d bytes", TOKEN_MAX);
    str_copy(fresh->scopes, sizeof fresh->scopes, json_text_or(reply, "scope", ""));
    fresh->seconds = json_int_or(reply, "expires_in", LIFE_DEFAULT);
    if (fresh->seconds < LIFE_LEAST || fresh->seconds > LIFE_MOST)
        fresh->seconds = fresh->seconds < LIFE_LEAST ? LIFE_LEAST : LIFE_MOST;
    return true;
}

static bool ask(const struct token *t, struct http *http, struct fresh *fresh, struct err *err)
{
    json_auto_t *form = json_pack("{s:s, s:s, s:s}", "grant_type", "client_credentials",
                                  "client_id", t->client_id, "client_secret", t->client_secret);
    char *body = form != NULL ? json_write(form) : NULL;
    struct http_request request = { .method = "POST",
                                    .url = t->endpoint,
                                    .headers = { { "Content-Type", "application/json" },
                                                 { "Accept", "application/json" } },
                                    .body = body,
                                    .len = body != NULL ? strlen(body) : 0,
                                    .ca_file = t->ca_file,
                                    .connect_ms = t->connect_ms,
                                    .total_ms = t->total_ms,
                                    .answer_max = ANSWER_MAX,
                                    .read = true }; /* asking twice gives two tokens, both good */
    AUTO_HTTP_ANSWER answer;
    bool good;

    http_answer_init(&answer);
    if (body == NULL)
        return err_set(err, ERR_INVALID, "client id and secret must be UTF-8");
    good = http_send(http, &request, &answer, err);
    wipe(body);
    if (!good)
        return err_within(err, "ask for a token");
    good = take(&answer, fresh, err);
    if (answer.body.room > 0)
        OPENSSL_cleanse(answer.body.data, answer.body.len);
    return good;
}

/* ---- with the lock ---- */

static void keep(struct token *t, const struct fresh *fresh, const struct err *failure)
{
    when now = when_now();

    t->asking = false;
    pthread_cond_broadcast(&t->done);
    if (failure->kind != ERR_NONE) {
        t->failed_at = now;
        t->failure = *failure;
        return;
    }
    memcpy(t->now, fresh->token, sizeof t->now);
    memcpy(t->scopes, fresh->scopes, sizeof t->scopes);
    t->renew_at = now + fresh->seconds * WHEN_SECOND / 10 * 8;
    t->ends_at = now + fresh->seconds * WHEN_SECOND;
    t->failed_at = 0;
}

static void renew(struct token *t, struct http *http)
{
    struct fresh fresh = { .seconds = 0 };
    struct err failure = { 0 };

    t->asking = true;
    mutex_unlock(&t->lock);
    ask(t, http, &fresh, &failure);
    mutex_lock(&t->lock);
    keep(t, &fresh, &failure);
    OPENSSL_cleanse(&fresh, sizeof fresh);
}

bool token_get(struct token *t, struct http *http, char to[TOKEN_MAX], struct err *err)
{
    bool good;

    if (t->permanent != NULL)
        return str_copy(to, TOKEN_MAX, t->permanent) ||
               err_set(err, ERR_INVALID, "the access token is longer than %d bytes", TOKEN_MAX);
    mutex_lock(&t->lock);
    for (;;) {
        when now = when_now();
        bool usable = t->now[0] != '\0' && now < t->ends_at;
        bool failed = t->failed_at != 0 && now - t->failed_at < FAILURE_PAUSE;

        good = usable;
        if (usable && (now < t->renew_at || t->asking || failed))
            break;
        if (!usable && failed)
            break;
        if (t->asking)
            cond_wait(&t->done, &t->lock);
        else
            renew(t, http);
    }
    if (good)
        memcpy(to, t->now, TOKEN_MAX);
    else if (err != NULL)
        *err = t->failure;
    mutex_unlock(&t->lock);
    return good;
}

bool token_refused(struct token *t, const char *refused_one)
{
    if (t->permanent != NULL)
        return false;
    mutex_lock(&t->lock);
    if (strcmp(t->now, refused_one) == 0)
        t->now[0] = '\0';
    mutex_unlock(&t->lock);
    return true;
}

bool token_scopes(struct token *t, char *to, size_t size)
{
    bool known;

    mutex_lock(&t->lock);
    known = t->scopes[0] != '\0';
    if (known)
        str_copy(to, size, t->scopes);
    mutex_unlock(&t->lock);
    return known;
}
