#include "odoo/faults.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "http/http.h"
#include "http/mask.h"

enum { NO = 0, TEXT = 1, STALE = 1 };
#define ERR_READ ERR_KIND_COUNT /* BUSY for a read, UNSURE for a write */

struct fault {
    const char *name, *words;
    enum err_kind kind;
    bool text, stale;
};

static const struct fault faults[] = {
#define FAULT(name, kind, text, stale, words) { name, words, ERR_##kind, text, stale },
#define DETAIL(name, part, kind, stale, words)
#define STATUS(from, to, kind, words)
#define UNTOUCHED(part)
#include "odoo/faults.def"
#undef UNTOUCHED
#undef FAULT
#undef DETAIL
#undef STATUS
};

static const struct {
    const char *name, *part;
    struct fault fault;
} details[] = {
#define FAULT(name, kind, text, stale, words)
#define DETAIL(name, part, kind, stale, words)                                                     \
    { name, part, { name, words, ERR_##kind, 0, stale } },
#define STATUS(from, to, kind, words)
#define UNTOUCHED(part)
#include "odoo/faults.def"
#undef UNTOUCHED
#undef FAULT
#undef DETAIL
#undef STATUS
};

static const struct {
    long from, to;
    enum err_kind kind;
    const char *words;
} statuses[] = {
#define FAULT(name, kind, text, stale, words)
#define DETAIL(name, part, kind, stale, words)
#define STATUS(from, to, kind, words) { from, to, ERR_##kind, words },
#define UNTOUCHED(part)
#include "odoo/faults.def"
#undef UNTOUCHED
#undef FAULT
#undef DETAIL
#undef STATUS
};

static const char *const untouched[] = {
#define FAULT(name, kind, text, stale, words)
#define DETAIL(name, part, kind, stale, words)
#define STATUS(from, to, kind, words)
#define UNTOUCHED(part) part,
#include "odoo/faults.def"
#undef FAULT
#undef DETAIL
#undef STATUS
#undef UNTOUCHED
};

static bool fits(const char *row, const char *name)
{
    size_t n = strlen(row);

    if (row[n - 1] == '*')
        return strncmp(row, name, n - 1) == 0;
    return strcmp(row, name) == 0;
}

static const struct fault *fault_of(const char *name, const char *message)
{
    const struct fault *f = faults;

    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++)
        if (strcmp(details[i].name, name) == 0 && strstr(message, details[i].part) != NULL)
            return &details[i].fault;
    while (!fits(f->name, name)) /* the last row fits all */
        f++;
    return f;
}

/* ---- verdicts ---- */

static enum err_kind settled(enum err_kind kind, bool read)
{
    if (kind == ERR_READ)
        return read ? ERR_BUSY : ERR_UNSURE;
    return kind == ERR_UNSURE && read ? ERR_BUSY : kind;
}

/* "... (Record: product.product(7,), User: 6)": the thing it is about. */
static void name_record(const char *message, struct err *err)
{
    const char *at = strstr(message, "(Record: "), *end;
    char record[ERR_THING_MAX];
    size_t n;

    if (at == NULL || (end = strstr(at += 9, ",)")) == NULL)
        return;
    n = (size_t)(end - at) < sizeof record ? (size_t)(end - at) : sizeof record - 1;
    memcpy(record, at, n);
    record[n] = '\0';
    for (char *p = record; *p != '\0'; p++)
        if (*p == '(')
            *p = ' ';
    err_about(err, "odoo", record);
}

bool faults_judge(const json_t *error, bool read, bool private, bool *stale, struct err *err)
{
    const char *name = json_text_or(error, "data.name", ""), *said;
    const char *message = json_text_or(error, "data.message", "");
    const struct fault *fault;
    char words[MASK_WORDS_MAX];

    if (json_int_or(error, "code", 0) == 100)
        name = "odoo.http.SessionExpiredException";
    fault = fault_of(name, message);
    if (fault->stale)
        *stale = true;
    if (str_starts(message, "Invalid field")) /* the quoted word is ours */
    private = false;
    said = fault->text ? mask_words(message, private, words) : "";
    if (strcmp(fault->name, "*") == 0)
        err_set(err, settled(fault->kind, read), "%s: %.80s: %s", fault->words, name, said);
    else
        err_set(err, settled(fault->kind, read), "%s%s%s", fault->words, *said != '\0' ? ": " : "",
                said);
    name_record(message, err);
    return false;
}

/* Does a proxy say that the call reached nobody? */
static bool reached_nobody(long status, const struct str *body, unsigned retry_ms)
{
    if (status != 503)
        return false;
    for (size_t i = 0; body != NULL && body->data != NULL &&
                       i < sizeof untouched / sizeof untouched[0]; i++)
        if (memmem(body->data, body->len, untouched[i], strlen(untouched[i])) != NULL)
            return true;
    return retry_ms > 0;
}

bool faults_status(long status, bool read, unsigned retry_ms, const struct str *body,
                   struct err *err)
{
    if (reached_nobody(status, body, retry_ms))
        read = true; /* as little has happened as with one */
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (status >= statuses[i].from && status <= statuses[i].to) {
            err_set(err, settled(statuses[i].kind, read), "%s (%s)", statuses[i].words,
                    http_status_words(status));
            break;
        }
    if (err != NULL)
        err->wait_ms = retry_ms;
    return false;
}
