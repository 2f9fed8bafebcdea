#include "tui/keymap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "tui/draw/input.h"

#define LINE_SIZE 256
#define WORDS_MAX 10

struct keymap {
    struct key *rows;
    char **own; /* for each row: its keys if they came from a file, else NULL */
    int *lines; /* and from which line */
};

struct keymap *keymap_new(struct err *err)
{
    struct keymap *m = calloc(1, sizeof *m);

    if (m != NULL) {
        m->rows = malloc(keys_count * sizeof *m->rows);
        m->own = calloc(keys_count, sizeof *m->own);
        m->lines = calloc(keys_count, sizeof *m->lines);
    }
    if (m == NULL || m->rows == NULL || m->own == NULL || m->lines == NULL) {
        keymap_free(m);
        err_set(err, ERR_BUSY, "no memory for the keys");
        return NULL;
    }
    memcpy(m->rows, keys, keys_count * sizeof *m->rows);
    return m;
}

void keymap_free(struct keymap *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; m->own != NULL && i < keys_count; i++)
        free(m->own[i]);
    free(m->own);
    free(m->rows);
    free(m->lines);
    free(m);
}

size_t keymap_count(const struct keymap *m)
{
    (void)m;
    return keys_count;
}

const struct key *keymap_row(const struct keymap *m, size_t i)
{
    return &m->rows[i];
}

static const struct key *find_in(const struct keymap *m, enum scope scope, int key)
{
    for (size_t i = 0; i < keys_count; i++) {
        if (m->rows[i].scope != scope)
            continue;
        for (int n = 0; keys_nth(&m->rows[i], n) != KEYCODE_NONE; n++)
            if (keys_nth(&m->rows[i], n) == key)
                return &m->rows[i];
    }
    return NULL;
}

enum command keymap_find(const struct keymap *m, enum scope screen, int key)
{
    const struct key *row = find_in(m, screen, key);

    if (row == NULL && keys_is_list(screen))
        row = find_in(m, SCOPE_LIST, key);
    if (row == NULL)
        row = find_in(m, SCOPE_ANY, key);
    return row == NULL ? CMD_NONE : row->command;
}

/* ---- the file ---- */

bool keymap_place(char *path, size_t size)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int n = -1;

    if (xdg != NULL && *xdg == '/')
        n = snprintf(path, size, "%s/signalbox/keys", xdg);
    else if (home != NULL && *home == '/')
        n = snprintf(path, size, "%s/.config/signalbox/keys", home);
    return n > 0 && (size_t)n < size;
}

static bool is_word(const char *name, const char *typed)
{
    char word[40];

    return strcmp(keys_word(name, word, sizeof word), typed) == 0;
}

/* keys_count: there is no such row; err says whether the place or the command is unknown. */
static size_t find_row(const char *where, const char *what, struct err *err)
{
    bool place = false;

    for (size_t i = 0; i < keys_count; i++) {
        if (!is_word(keys_scope_name(keys[i].scope), where))
            continue;
        place = true;
        if (is_word(keys[i].name, what))
            return i;
    }
    if (place)
        err_set(err, ERR_INVALID, "%.20s has no command %.40s", where, what);
    else
        err_set(err, ERR_INVALID, "there is no screen %.40s", where);
    return keys_count;
}

static bool take_line(struct keymap *m, char *const *words, int count, int line, struct err *err)
{
    AUTO_STR own = { 0 };
    size_t row;

    if (count < 3)
        return err_set(err, ERR_INVALID, "a line is: screen command key ...");
    row = find_row(words[0], words[1], err);
    if (row == keys_count)
        return false;
    if (m->lines[row] != 0)
        return err_set(err, ERR_INVALID, "line %d gives keys to this command already",
            m->lines[row]);
    str_init(&own, LINE_SIZE);
    for (int i = 2; i < count; i++) {
        if (strcmp(words[i], "none") == 0 && count == 3)
            break;
        if (keycode_of(words[i]) == KEYCODE_NONE)
            return err_set(err, ERR_INVALID, "there is no key %.40s", words[i]);
        str_addf(&own, "%s%s", own.len > 0 ? " " : "", words[i]);
    }
    m->own[row] = str_take(&own);
    if (m->own[row] == NULL)
        return err_set(err, ERR_BUSY, "no memory for the keys");
    m->rows[row].keys = m->own[row];
    m->lines[row] = line;
    return true;
}

static int split(char *line, char **words)
{
    char *save, *word;
    int count = 0;

    for (word = strtok_r(line, " \t\r\n", &save); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \t\r\n", &save))
        words[count++] = word;
    return count;
}

/* Two commands of one place on one key: the file decides nothing then, so it is refused. */
static bool check(const struct keymap *m, const char *path, struct err *err)
{
    for (size_t i = 0; i < keys_count; i++)
        for (int n = 0; m->lines[i] != 0 && keys_nth(&m->rows[i], n) != KEYCODE_NONE; n++) {
            int key = keys_nth(&m->rows[i], n);
            char name[16], word[40];

            for (size_t j = 0; j < keys_count; j++)
                for (int k = 0; j != i && m->rows[j].scope == m->rows[i].scope &&
                     keys_nth(&m->rows[j], k) != KEYCODE_NONE; k++)
                    if (keys_nth(&m->rows[j], k) == key)
                        return err_set(err, ERR_INVALID, "%.200s:%d: %s is the key of %s already",
                            path, m->lines[i], keycode_name(key, name),
                            keys_word(m->rows[j].name, word, sizeof word));
        }
    return true;
}

bool keymap_load(struct keymap *m, const char *path, bool must, struct err *err)
{
    FILE *in = fopen(path, "re");
    char line[LINE_SIZE], *words[WORDS_MAX];
    int number = 0;
    bool ok = true;

    if (in == NULL) {
        if (errno == ENOENT && !must)
            return true;
        return err_errno(err, ERR_INVALID, errno, "read %.200s", path);
    }
    while (ok && fgets(line, sizeof line, in) != NULL) {
        struct err inner = { 0 };
        int count;

        number++;
        if (strchr(line, '\n') == NULL && !feof(in))
            ok = err_set(&inner, ERR_INVALID, "longer than %d characters", LINE_SIZE - 2);
        else if (number > KEYMAP_LINES_MAX)
            ok = err_set(&inner, ERR_INVALID, "more than %d lines", KEYMAP_LINES_MAX);
        else if ((count = split(line, words)) > 0 && words[0][0] != '#')
            ok = take_line(m, words, count, number, &inner);
        if (!ok)
            err_set(err, ERR_INVALID, "%.200s:%d: %s", path, number, inner.text);
    }
    fclose(in);
    return ok && check(m, path, err);
}

void keymap_print(const struct keymap *m, FILE *out)
{
    char where[40], what[40];

    fputs("# screen command key ...   (none: no key)\n", out);
    for (size_t i = 0; i < keys_count; i++) {
        const struct key *row = &m->rows[i];

        if (i == 0 || row->scope != m->rows[i - 1].scope)
            fprintf(out, "\n# %s\n", keys_title(row->scope));
        fprintf(out, "%-9s %-12s %s\n", keys_word(keys_scope_name(row->scope), where, sizeof where),
            keys_word(row->name, what, sizeof what), row->keys[0] != '\0' ? row->keys : "none");
    }
}
