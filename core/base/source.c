#include "base/source.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/str.h"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static void from_v4(struct source *source, const void *four)
{
    memcpy(source->bytes, mapped, sizeof mapped);
    memcpy(source->bytes + sizeof mapped, four, 4);
}

bool source_parse(const char *text, size_t len, struct source *source)
{
    char buf[SOURCE_TEXT_MAX];
    struct in_addr four;
    struct in6_addr six;

    if (len == 0 || len >= sizeof buf)
        return false;
    memcpy(buf, text, len);
    buf[len] = '\0';
    if (inet_pton(AF_INET, buf, &four) == 1) {
        from_v4(source, &four);
        return true;
    }
    if (inet_pton(AF_INET6, buf, &six) != 1)
        return false;
    memcpy(source->bytes, &six, sizeof source->bytes);
    return true;
}

bool source_from(const struct sockaddr *address, struct source *source)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;

        memcpy(&four, address, sizeof four);
        from_v4(source, &four.sin_addr);
        return true;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 six;

        memcpy(&six, address, sizeof six);
        memcpy(source->bytes, &six.sin6_addr, sizeof source->bytes);
        return true;
    }
    return false;
}

char *source_text(const struct source *source, char *buf)
{
    if (memcmp(source->bytes, mapped, sizeof mapped) == 0)
        inet_ntop(AF_INET, source->bytes + sizeof mapped, buf, SOURCE_TEXT_MAX);
    else
        inet_ntop(AF_INET6, source->bytes, buf, SOURCE_TEXT_MAX);
    return buf;
}

bool source_equal(const struct source *a, const struct source *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static bool range_read(struct source_range *range, const char *text, size_t len)
{
    const char *slash = memchr(text, '/', len);
    size_t address = slash != NULL ? (size_t)(slash - text) : len;
    unsigned long long bits = 0;
    unsigned most, spare;
    char buf[8];

    if (!source_parse(text, address, &range->base))
        return false;
    spare =
        memcmp(range->base.bytes, mapped, sizeof mapped) == 0 && memchr(text, ':', address) == NULL
            ? 96
            : 0;
    most = 128 - spare;
    if (slash == NULL) {
        range->bits = 128;
        return true;
    }
    if (len - address - 1 >= sizeof buf)
        return false;
    memcpy(buf, slash + 1, len - address - 1);
    buf[len - address - 1] = '\0';
    if (!str_number(buf, most, &bits))
        return false;
    range->bits = (unsigned)bits + spare;
    return true;
}

bool source_list_read(struct source_list *list, const char *text, struct err *err)
{
    struct source_list read = { .count = 0, .nobody = strcmp(text, "none") == 0 };

    if (read.nobody)
        return (*list = read, true);
    while (*(text += strspn(text, ", \t\n")) != '\0') {
        size_t len = strcspn(text, ", \t\n");

        if (read.count == SOURCE_RANGES_MAX)
            return err_set(err, ERR_INVALID, "more than %d address ranges", SOURCE_RANGES_MAX);
        if (!range_read(&read.ranges[read.count], text, len))
            return err_set(err, ERR_INVALID, "\"%.*s\" is no address or range (10.0.0.0/8)",
                           len > 60 ? 60 : (int)len, text);
        read.count++;
        text += len;
    }
    *list = read;
    return true;
}

static bool range_has(const struct source_range *range, const struct source *source)
{
    unsigned whole = range->bits / 8, rest = range->bits % 8;

    if (memcmp(range->base.bytes, source->bytes, whole) != 0)
        return false;
    return rest == 0 ||
           ((range->base.bytes[whole] ^ source->bytes[whole]) & (0xff00u >> rest) & 0xff) == 0;
}

bool source_list_has(const struct source_list *list, const struct source *source)
{
    for (size_t i = 0; i < list->count; i++)
        if (range_has(&list->ranges[i], source))
            return true;
    return false;
}

struct source source_behind(const struct source *peer, const struct source_list *trusted,
                            const char *forwarded)
{
    struct source found = *peer;
    size_t end = forwarded != NULL ? strlen(forwarded) : 0;

    while (end > 0 && source_list_has(trusted, &found)) {
        size_t start = end;
        struct source next;

        while (start > 0 && forwarded[start - 1] != ',')
            start--;
        while (end > start && (forwarded[end - 1] == ' ' || forwarded[end - 1] == '\t'))
            end--;
        for (size_t blank = start;
             blank < end && (forwarded[blank] == ' ' || forwarded[blank] == '\t');)
            start = ++blank;
        if (!source_parse(forwarded + start, end - start, &next))
            break;
        found = next;
        while (start > 0 && forwarded[start - 1] != ',')
            start--;
        end = start > 0 ? start - 1 : 0;
    }
    return found;
}
