#include "webhook/verdict.h"

#include <stddef.h>

static const struct {
    const char *word, *text;
    unsigned status;
    enum verdict_class class;
} verdicts[VERDICT_COUNT] = {
#define VERDICT(id, word, status, class, text)                                                     \
    [VERDICT_##id] = { word, text, status, VERDICT_CLASS_##class },
#include "webhook/verdict.def"
#undef VERDICT
};

const char *verdict_word(enum verdict verdict)
{
    return verdicts[verdict].word;
}

const char *verdict_text(enum verdict verdict)
{
    return verdicts[verdict].text;
}

unsigned verdict_status(enum verdict verdict)
{
    return verdicts[verdict].status;
}

enum verdict_class verdict_class(enum verdict verdict)
{
    return verdicts[verdict].class;
}

const char *verdict_class_word(enum verdict verdict)
{
    static const char *words[] = { "ok", "dup", "late", "rej" };

    return words[verdicts[verdict].class];
}
