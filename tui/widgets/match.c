#include "tui/widgets/match.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void match_start(struct match *m, const char *filter)
{
    memset(m, 0, sizeof *m);
    m->at = filter;
}

static void take_word(struct match *m)
{
    size_t n = 0;
    bool quoted = *m->at == '"';

    m->at += quoted;
    while (*m->at != '\0' && (quoted ? *m->at != '"' : *m->at != ' ')) {
        if (n < sizeof m->text - 1)
            m->text[n++] = *m->at;
        m->at++;
    }
    m->at += *m->at == '"';
    m->text[n] = '\0';
}

bool match_next(struct match *m)
{
    size_t field;

    while (*m->at == ' ')
        m->at++;
    if (*m->at == '\0')
        return false;
    m->negated = *m->at == '-' && m->at[1] != '\0' && m->at[1] != ' ';
    m->at += m->negated;
    field = strspn(m->at, "abcdefghijklmnopqrstuvwxyz_.");
    m->field[0] = '\0';
    if (field > 0 && field < sizeof m->field && m->at[field] == ':') {
        memcpy(m->field, m->at, field);
        m->field[field] = '\0';
        m->at += field + 1;
    }
    take_word(m);
    return true;
}

bool match_text(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

bool match_value(const json_t *value, const char *word)
{
    char number[32];

    if (json_is_string(value))
        return match_text(json_string_value(value), word);
    if (!json_is_integer(value))
        return *word == '\0' || (json_is_true(value) && strcmp(word, "yes") == 0);
    snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
    return strcmp(number, word) == 0;
}
