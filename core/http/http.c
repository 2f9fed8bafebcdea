#include "http/http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "base/crash.h"
#include "base/when.h"

#define IDLE_SECONDS 20L /* a kept connection older than this is not used again */

struct http {
    CURL *curl;
    const atomic_bool *stop;
    struct http_answer *answer; /* of the request under way */
    const struct http_request *request;
    struct err *err;     /* the sink's */
    int64_t taken;       /* bytes given to the sink */
    enum http_sink sunk; /* what it said last */
    char why[CURL_ERROR_SIZE];
    unsigned attempts; /* connections on which this request was about to be sent */
    bool read;         /* may be sent twice */
    bool too_large;
    bool headed; /* the head of the answer came whole */
};

static pthread_once_t started = PTHREAD_ONCE_INIT;

static void start(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct http *http_new(const atomic_bool *stop, struct err *err)
{
    struct http *http = calloc(1, sizeof *http);

    pthread_once(&started, start);
    if (http == NULL || (http->curl = curl_easy_init()) == NULL) {
        http_free(http);
        err_set(err, ERR_BUSY, "no memory for a connection");
        return NULL;
    }
    http->stop = stop;
    return http;
}

void http_free(struct http *http)
{
    if (http == NULL)
        return;
    if (http->curl != NULL)
        curl_easy_cleanup(http->curl);
    free(http);
}

void http_answer_init(struct http_answer *answer)
{
    answer->status = 0;
    answer->us = 0;
    str_init(&answer->head, HTTP_HEAD_MAX);
    str_init(&answer->body, HTTP_ANSWER_MAX);
}

void http_answer_clear(struct http_answer *answer)
{
    str_clear(&answer->head);
    str_clear(&answer->body);
}

const char *http_answer_header(const struct http_answer *answer, const char *name)
{
    const char *p = answer->head.data, *end = p + answer->head.len, *found = NULL;

    while (p < end) {
        const char *value = p + strlen(p) + 1;

        if (strcasecmp(p, name) == 0)
            found = value;
        p = value + strlen(value) + 1;
    }
    return found;
}

unsigned http_retry_after_ms(const struct http_answer *answer)
{
    const char *text = http_answer_header(answer, "retry-after");
    char *end;
    double seconds;

    if (text == NULL || *text < '0' || *text > '9')
        return 0;
    seconds = strtod(text, &end);
    if (*end != '\0' || !(seconds >= 0) || seconds > 86400)
        return 0;
    return (unsigned)(seconds * 1000);
}

when http_answer_date(const struct http_answer *answer)
{
    const char *text = http_answer_header(answer, "date");
    time_t seconds = text != NULL ? curl_getdate(text, NULL) : -1;

    return seconds > 0 && seconds <= INT64_MAX / WHEN_SECOND ? (when)seconds * WHEN_SECOND : 0;
}

const char *http_status_words(long status)
{
    static const struct {
        long status;
        const char *words;
    } rows[] = {
#define STATUS(number, words) { number, #number " " words },
#include "http/status.def"
#undef STATUS
    };

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].status == status)
            return rows[i].words;
    return status >= 500 ? "a 5xx status" : status >= 400 ? "a 4xx status" : "an odd status";
}

/* ---- what curl calls ---- */

static size_t sink_body(struct http *http, const char *data, size_t len)
{
    const struct http_request *request = http->request;

    http->taken += (int64_t)len;
    http->too_large = http->taken > request->sink_max;
    if (http->too_large)
        return CURL_WRITEFUNC_ERROR;
    http->sunk = request->sink(request->sink_ctx, data, len, http->err);
    return http->sunk == HTTP_MORE ? len : CURL_WRITEFUNC_ERROR;
}

static size_t take_body(char *data, size_t size, size_t count, void *ctx)
{
    struct http *http = ctx;
    size_t len = size * count;

    if (http->request->sink != NULL && http->answer->status / 100 == 2)
        return sink_body(http, data, len);
    if (str_add(&http->answer->body, data, len))
        return len;
    http->too_large = true;
    return CURL_WRITEFUNC_ERROR;
}

static size_t take_header(char *data, size_t size, size_t count, void *ctx)
{
    struct str *head = &((struct http *)ctx)->answer->head;
    size_t len = size * count, n = len, name;

    while (n > 0 && (data[n - 1] == '\n' || data[n - 1] == '\r' || data[n - 1] == ' '))
        n--;
    if (n == 0) { /* the empty line */
        ((struct http *)ctx)->headed = true;
        curl_easy_getinfo(((struct http *)ctx)->curl, CURLINFO_RESPONSE_CODE,
                          &((struct http *)ctx)->answer->status);
    }
    if (n >= 5 && strncasecmp(data, "HTTP/", 5) == 0) { /* the last head counts (after 100) */
        str_reset(head);
        ((struct http *)ctx)->headed = false;
        return len;
    }
    for (name = 0; name < n && data[name] != ':'; name++)
        data[name] = (char)tolower((unsigned char)data[name]);
    if (name == 0 || name == n || memchr(data, '\0', n) != NULL)
        return len;
    str_add(head, data, name);
    str_add(head, "", 1);
    for (name++; name < n && (data[name] == ' ' || data[name] == '\t');)
        name++;
    str_add(head, data + name, n - name);
    str_add(head, "", 1);
    if (!head->full)
        return len;
    ((struct http *)ctx)->too_large = true;
    return 0;
}

/*
 * Just before a request goes out. curl sends it again by itself when a kept connection turns out
 * dead; that may double a write the other side has already done, so only reads may have a second
 * attempt.
 */
static int before_sending(void *ctx, char *ip, char *local_ip, int port, int local_port)
{
    struct http *http = ctx;

    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    return http->attempts++ == 0 || http->read ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static int still_wanted(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct http *http = ctx;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return http->stop != NULL && atomic_load_explicit(http->stop, memory_order_relaxed);
}

/* ---- the address ---- */

static bool is_loopback(const char *host)
{
    unsigned char ip[16];
    static const unsigned char six[16] = { [15] = 1 };

    if (strcasecmp(host, "localhost") == 0) /* curl knows it itself, without asking anybody */
        return true;
    if (inet_pton(AF_INET, host, ip) == 1)
        return ip[0] == 127;
    return strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET6, host, ip) == 1 && memcmp(ip, six, 16) == 0);
}

static bool judge_url(CURLU *parsed, const char *scheme, const char *host, struct err *err)
{
    char *user = NULL, *password = NULL;
    bool secret;

    curl_url_get(parsed, CURLUPART_USER, &user, 0);
    curl_url_get(parsed, CURLUPART_PASSWORD, &password, 0);
    secret = user != NULL || password != NULL;
    curl_free(user);
    curl_free(password);
    if (secret)
        return err_set(err, ERR_DENIED, "an address must not hold a user or a password");
    if (strcmp(scheme, "https") == 0)
        return true;
    if (strcmp(scheme, "http") != 0)
        return err_set(err, ERR_DENIED, "only https addresses are used, not %s", scheme);
    if (!is_loopback(host))
        return err_set(err, ERR_DENIED, "plain http only to this machine itself: use https for %s",
                       host);
    return true;
}

bool http_url_check(const char *url, struct err *err)
{
    CURLU *parsed = curl_url();
    char *scheme = NULL, *host = NULL;
    bool good;

    if (parsed == NULL)
        return err_set(err, ERR_BUSY, "no memory for an address");
    if (curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        good = err_set(err, ERR_INVALID, "this is no address: it must start with https://");
    else
        good = judge_url(parsed, scheme, host, err);
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parsed);
    return good;
}

/* ---- one request ---- */

static void forget_headers(struct curl_slist *list)
{
    for (struct curl_slist *l = list; l != NULL; l = l->next)
        OPENSSL_cleanse(l->data, strlen(l->data));
    curl_slist_free_all(list);
}

/* NULL with err: a header cannot be sent. */
static struct curl_slist *headers_of(const struct http_request *request, struct err *err)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *next = list;
    char line[1024];

    for (unsigned i = 0; i < HTTP_HEADERS_MAX && request->headers[i].name != NULL; i++) {
        const struct http_header *h = &request->headers[i];
        int n = snprintf(line, sizeof line, "%s: %s", h->name, h->value);

        if (n < 0 || (size_t)n >= sizeof line || strpbrk(line, "\r\n") != NULL) {
            OPENSSL_cleanse(line, sizeof line);
            forget_headers(list);
            err_set(err, ERR_INVALID, "the value for the header %s cannot be sent", h->name);
            return NULL;
        }
        if (next != NULL)
            next = curl_slist_append(list, line);
    }
    OPENSSL_cleanse(line, sizeof line);
    if (next != NULL)
        return list;
    forget_headers(list);
    err_set(err, ERR_BUSY, "no memory for a request");
    return NULL;
}

/* An answer has an end in time; a file may take hours, as long as it moves. */
static void set_patience(CURL *curl, const struct http_request *request)
{
    long ms = (long)(request->total_ms != 0 ? request->total_ms : HTTP_TOTAL_MS);

    if (request->sink == NULL) {
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ms);
        return;
    }
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, ms < 1000 ? 1L : ms / 1000);
}

static void set_up(struct http *http, const struct http_request *request,
                   struct curl_slist *headers)
{
    CURL *curl = http->curl;

    curl_easy_reset(curl); /* keeps the connections */
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "signalbox/" SIGNALBOX_VERSION);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (request->ca_file != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
    if (str_starts(request->url, "http:")) /* this machine itself: no proxy in between */
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, IDLE_SECONDS);
    curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 4L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(request->connect_ms != 0 ? request->connect_ms : HTTP_CONNECT_MS));
    set_patience(curl, request);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->why);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, before_sending);
    curl_easy_setopt(curl, CURLOPT_PREREQDATA, http);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, still_wanted);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, http);
    if (request->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->len);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static bool not_our_server(CURLcode code)
{
    switch ((int)code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CRL_BADFILE:
        return true;
    default:
        return false;
    }
}

static bool failed(struct http *http, const struct http_request *request, CURLcode code, bool sent,
                   struct err *err)
{
    const char *why = http->why[0] != '\0' ? http->why : curl_easy_strerror(code);

    if (!sent && not_our_server(code))
        return err_set(err, ERR_DENIED, "the other side's certificate is not trusted: %s", why);
    if (!sent && (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL))
        return err_set(err, ERR_BUG, "%s", why);
    if (http->too_large)
        return err_set(
            err, request->read ? ERR_BUG : ERR_UNSURE, "the answer is larger than %lld bytes",
            http->taken > 0 ? (long long)request->sink_max : (long long)http->answer->body.limit);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        why = http->attempts > 1 ? "the connection was closed" : "given up, shutting down";
    if (!sent)
        return err_set(err, ERR_BUSY, "nothing was sent: %s", why);
    return err_set(err, request->read ? ERR_BUSY : ERR_UNSURE, "no answer: %s", why);
}

bool http_send(struct http *http, const struct http_request *request, struct http_answer *answer,
               struct err *err)
{
    int64_t begin = when_ticks();
    struct curl_slist *headers;
    long bytes = 0;
    CURLcode code;
    bool sent;

    str_reset(&answer->head);
    str_reset(&answer->body);
    answer->body.limit = request->answer_max != 0 ? request->answer_max : HTTP_ANSWER_MAX;
    answer->status = 0;
    answer->us = 0;
    if (!http_url_check(request->url, err) || (headers = headers_of(request, err)) == NULL)
        return false;
    http->answer = answer;
    http->request = request;
    http->err = err;
    http->taken = 0;
    http->sunk = HTTP_MORE;
    http->read = request->read;
    http->attempts = 0;
    http->too_large = false;
    http->headed = false;
    http->why[0] = '\0';
    set_up(http, request, headers);
    code = curl_easy_perform(http->curl);
    forget_headers(headers);
    answer->us = when_ticks() - begin;
    curl_easy_getinfo(http->curl, CURLINFO_REQUEST_SIZE, &bytes);
    sent = http->attempts > 0 && bytes > 0; /* bytes alone may be those for a proxy */
    if (sent)
        crash_point(CRASH_REQUEST);
    if (code == CURLE_OK && !http->headed) /* cut inside its head: curl minds only the body */
        code = CURLE_PARTIAL_FILE;
    if (http->sunk == HTTP_ENOUGH)
        return true;
    if (code != CURLE_OK) {
        answer->status = 0;
        return http->sunk != HTTP_FAIL && failed(http, request, code, sent, err);
    }
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    return true;
}
