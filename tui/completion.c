#include "tui/completion.h"

#include <string.h>

#include "tui/verbs.h"

static const char options[] = "--state --json --lines --no-start --read-only --color --theme --glyphs --keys "
                              "--mouse --version --help";

static const char head[] =
    "# bash completion for signalbox; made by: signalbox completion\n"
    "_signalbox() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i list= noun=\n"
    "    local -a words=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        --color | --theme | --glyphs | --keys | --file | --answers) ((i++)) ;;\n"
    "        --state) ((${#words[@]} == 0)) && ((i++)) ;;\n"
    "        -*) ;;\n"
    "        *) words+=(\"${COMP_WORDS[i]}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    case $prev in\n"
    "    --color) list='auto always 256 8 never' ;;\n"
    "    --theme) list='dark light blind' ;;\n"
    "    --glyphs) list='braille block ascii' ;;\n"
    "    --keys | --file | --answers) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
    "    esac\n"
    "    if [[ -n $list ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$list\" -- \"$cur\"))\n"
    "        return\n"
    "    fi\n"
    "    case ${words[0]-} in\n";

static const char tail[] =
    "    esac\n"
    "    [[ $cur == -* ]] && list=\"$list $options\"\n"
    "    COMPREPLY=($(compgen -W \"$list\" -- \"$cur\"))\n"
    "    ((${#COMPREPLY[@]})) || COMPREPLY=($(compgen -f -- \"$cur\"))\n"
    "}\n"
    "complete -F _signalbox signalbox\n";

static bool for_people(const struct verb *verb)
{
    return strcmp(verb->method, "hello") != 0 && strcmp(verb->method, "watch") != 0;
}

/* " --lane --state": the options of one method. */
static void print_options(const struct verb *verb, FILE *out)
{
    const char *at = verb->params;
    struct verb_param param;

    while (verb_param(&at, &param)) {
        if (verb_is_secret(verb, param.name))
            fputs(" --file", out);
        else if (strcmp(param.name, "selector") == 0)
            fputs(" --ids --problem --lane --state --count", out);
        else if (strcmp(param.type, "object") == 0)
            fputs(" --set", out);
        else
            fprintf(out, " --%s", param.name);
    }
}

/* Commands that are more than one call: import_cli.h. */
static const char *const more[][2] = { { "status", "--run --backend" }, { "follow", "--run --backend" },
    { "export", "--run --backend --step --verdict --state --made --format" } };

/* One noun: its verbs, and after one of them its options. */
static void print_noun(const char *noun, FILE *out)
{
    size_t len = strlen(noun), extra = strcmp(noun, "imports") == 0 ? sizeof more / sizeof more[0] : 0;

    fprintf(out, "    %s)\n        list='", noun);
    for (size_t i = 0; i < verbs_count; i++)
        if (strncmp(verbs[i].method, noun, len) == 0 && verbs[i].method[len] == '.')
            fprintf(out, "%s ", verbs[i].method + len + 1);
    for (size_t i = 0; i < extra; i++)
        fprintf(out, "%s ", more[i][0]);
    fputs("'\n        case ${words[1]-} in\n", out);
    for (size_t i = 0; i < extra; i++)
        fprintf(out, "        %s) list=' %s' ;;\n", more[i][0], more[i][1]);
    for (size_t i = 0; i < verbs_count; i++) {
        if (strncmp(verbs[i].method, noun, len) != 0 || verbs[i].method[len] != '.')
            continue;
        fprintf(out, "        %s) list='", verbs[i].method + len + 1);
        print_options(&verbs[i], out);
        fputs("' ;;\n", out);
    }
    fputs("        esac ;;\n", out);
}

static bool seen_before(size_t i, size_t len)
{
    for (size_t j = 0; j < i; j++)
        if (strncmp(verbs[j].method, verbs[i].method, len + 1) == 0)
            return true;
    return false;
}

void completion_print(FILE *out)
{
    const char *noun;

    fputs(head, out);
    /* people say job and queue, the protocol jobs and lanes */
    for (size_t i = 0; (noun = verb_alias(i, NULL)) != NULL; i++) {
        const char *meant;

        verb_alias(i, &meant);
        if (strcmp(noun, meant) != 0)
            fprintf(out, "    %s) words[0]=%s ;;\n", noun, meant);
    }
    fprintf(out, "    esac\n    local options='%s'\n    case ${words[0]-} in\n    '') list='setup demo keys",
        options);
    for (size_t i = 0; i < verbs_count; i++)
        if (for_people(&verbs[i]) && strchr(verbs[i].method, '.') == NULL)
            fprintf(out, " %s", verbs[i].method);
    for (size_t i = 0; (noun = verb_alias(i, NULL)) != NULL; i++)
        fprintf(out, " %s", noun);
    fputs("' ;;\n    setup) list='--answers --check' ;;\n", out);
    fputs("    demo) list='--batch --orders --seed --rate --latency --mix' ;;\n", out);
    for (size_t i = 0; i < verbs_count; i++) {
        const char *dot = strchr(verbs[i].method, '.');
        char name[64];

        if (dot == NULL || seen_before(i, (size_t)(dot - verbs[i].method)))
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(dot - verbs[i].method), verbs[i].method);
        print_noun(name, out);
    }
    fputs(tail, out);
}
