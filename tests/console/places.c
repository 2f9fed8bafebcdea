/*
 * places - where an operator is and how he wants it: kept over a lost line, views, zoom, ranges,
 * the next record, own keys.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "tests/console/session.h"

static const struct session_options usual = { .rows = 24, .cols = 80 };

static void start(struct session *s, const struct session_options *o)
{
    session_start(s, o);
    session_sees(s, "LIVE");
    session_sees(s, "acme-eu");
}

/* Keys and, in turn, what must be seen after them. */
static bool steps(struct session *s, const char *const *list)
{
    for (; list[0] != NULL; list += 2) {
        session_keys(s, list[0]);
        if (!session_sees(s, list[1]))
            return false;
    }
    return true;
}
#define STEPS(s, ...) steps(s, (const char *const[]){ __VA_ARGS__, NULL, NULL })

static void a_lost_line_costs_no_place(void)
{
    struct session_options o = usual;
    struct session a, b;
    struct str before;
    const json_t *p = NULL;

    str_init(&before, 1 << 20);
    start(&a, &o);
    ok_if(STEPS(&a, "2", "jobs orders", "\r", "marked of 100", "bbbb", "jobs orders · parked", " ",
              "1 marked", "o", "sort ID", "/zo\r", "filter zo", "jtt", "UTC"),
        "an operator looks for something");
    session_quiet(&a, 300);
    session_picture(&a, true, &before);
    kill(a.pid, SIGHUP);
    ok_if(session_ends(&a), "the line drops");
    a.keep_dir = true;
    session_end(&a);
    o.dir = a.dir;
    session_start(&b, &o);
    ok_if(session_becomes(&b, before.data, true), "the next console shows the same picture");
    fake_asked(&b.fake, "jobs.list", &p);
    ok_if(strcmp(json_text_or(p, "state", ""), "parked") == 0 &&
        strcmp(json_text_or(p, "lane", ""), "orders") == 0, "and asked the core for just that");
    ok_if(STEPS(&b, "\033", "jobs orders · parked", "\033", "jobs orders ─", ":\033[A", ":"),
        "esc leads back as it did");
    session_end(&b);
    str_clear(&before);
}

static void what_is_kept_is_ours_alone(void)
{
    struct session s;
    struct stat info;
    char path[128];
    FILE *file;

    start(&s, &usual);
    session_keys(&s, ":secret set 1 shopify_token shpat_typed_by_mistake\r");
    session_quiet(&s, 100);
    STEPS(&s, ":find #10479\r", "zoe@example.com", "q", "LIVE");
    session_keys(&s, ":quit\r");
    ok_if(session_ends(&s) && WEXITSTATUS(s.status) == 0, "it ends");
    snprintf(path, sizeof path, "%s/signalbox/console.json", s.dir);
    ok_if(stat(path, &info) == 0 && (info.st_mode & 0777) == 0600, "only the operator reads the file");
    file = fopen(path, "re");
    if (file != NULL) {
        char text[20000];

        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        ok_if(strstr(text, "find #10479") != NULL && strstr(text, "shpat") == NULL,
            "which holds the lines typed, but none with a secret");
    } else {
        ok_if(false, "%s can be read", path);
    }
    session_end(&s);
}

static void a_broken_file_is_put_aside(void)
{
    struct session_options o = usual;
    struct session a, b;
    char path[128];
    FILE *file;

    start(&a, &o);
    session_keys(&a, "q");
    session_ends(&a);
    a.keep_dir = true;
    session_end(&a);
    snprintf(path, sizeof path, "%s/signalbox/console.json", a.dir);
    file = fopen(path, "we");
    fputs("{\"version\":1,\"cores\":{", file);
    fclose(file);
    o.dir = a.dir;
    session_start(&b, &o);
    ok_if(session_sees(&b, "console.json") && session_sees(&b, "acme-eu"),
        "a file that cannot be read is told, and the dashboard comes");
    snprintf(path, sizeof path, "%s/signalbox/console.json.bad", b.dir);
    ok_if(access(path, R_OK) == 0, "and is not thrown away");
    session_end(&b);
}

static void views_have_names(void)
{
    struct session_options o = usual;
    struct session a, b;

    start(&a, &o);
    ok_if(STEPS(&a, "3", "causes 7", "/tax\r", "filter tax", ":view save taxes\r",
              "kept: view taxes shows it again"), "a view is kept");
    ok_if(STEPS(&a, "1", "peak guard", ":view taxes\r", "filter tax", "q", "filter"),
        "and shown again");
    kill(a.pid, SIGKILL);
    session_ends(&a);
    a.keep_dir = true;
    session_end(&a);
    o.dir = a.dir;
    start(&b, &o);
    ok_if(STEPS(&b, ":view t", "a kept view", "\033", "LIVE", ":view taxes\r", "filter tax"),
        "also by the next console, after a crash of this one");
    ok_if(STEPS(&b, ":view drop taxes\r", "view taxes is forgotten", ":view taxes\r",
              "there is no view taxes", ":view\r", "no view is kept yet"), "until it is dropped");
    session_end(&b);
}

static void a_zoomed_pane_is_plain_text(void)
{
    struct session s;
    struct str before, row;

    str_init(&before, 1 << 20);
    str_init(&row, 10000);
    start(&s, &usual);
    STEPS(&s, "2", "jobs orders", "\r", "marked of 100", "jj\r", "inventorySetQuantities");
    session_quiet(&s, 200);
    session_picture(&s, true, &before);
    ok_if(STEPS(&s, "z", "shows all again") && session_misses(&s, "│") && session_misses(&s, "timeline"),
        "z shows the request alone, without frames");
    session_row(&s, 0, &row);
    ok_if(strstr(row.data, "request") != NULL, "from the first line on");
    ok_if(STEPS(&s, "\t", "answer") && session_misses(&s, "inventorySetQuantities"),
        "tab goes to the answer");
    session_keys(&s, "\t\033");
    ok_if(session_becomes(&s, before.data, true), "esc ends it: the same screen");
    for (const char *tab = "123456789"; *tab != '\0'; tab++) {
        session_bytes(&s, tab, 1);
        session_quiet(&s, 100);
        session_keys(&s, "z");
        ok_if(session_sees(&s, "shows all again") && session_misses(&s, "│"), "screen %c zooms", *tab);
        session_keys(&s, "z");
        session_misses(&s, "shows all again");
    }
    session_end(&s);
    str_clear(&before);
    str_clear(&row);
}

static void ranges_grow_and_shrink(void)
{
    struct session s;
    const json_t *p = NULL;

    start(&s, &usual);
    ok_if(STEPS(&s, "]", "orders/15 min", "]", "24 hours are the longest"), "] shows a day");
    ok_if(session_asked(&s, "metrics.series", 1), "which the core is asked for");
    fake_asked(&s.fake, "metrics.series", &p);
    ok_if(json_int_or(p, "minutes", 0) == 1440 && json_int_or(p, "step", 0) == 15, "in 15 minutes' steps");
    ok_if(STEPS(&s, "[[", "orders/10 s", "[", "5 minutes are the shortest"), "[ shows five minutes");
    session_end(&s);
}

static json_int_t job_asked(struct session *s)
{
    const json_t *p = NULL;

    fake_asked(&s->fake, "jobs.get", &p);
    return json_int_or(p, "id", 0);
}

static void details_walk_through_their_list(void)
{
    struct session s;

    start(&s, &usual);
    STEPS(&s, "2", "jobs orders", "\r", "marked of 100", "\r", "job 81240");
    ok_if(STEPS(&s, "]", "job 81233", "]", "job 81226") && job_asked(&s) == 81226,
        "] opens the next record of the list");
    ok_if(STEPS(&s, "[[", "job 81240", "[", "this is the first record"), "[ the one before");
    ok_if(STEPS(&s, "\033", "marked of 100"), "esc goes back to the list");
    session_end(&s);
}

static char *write_keys(struct session_options *o, const char *text)
{
    char *path = strdup("/tmp/signalbox-keys-XXXXXX");
    int fd = mkstemp(path);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        exit(99);
    close(fd);
    o->args[0] = "--keys";
    o->args[1] = path;
    return path;
}

static void an_operator_has_his_own_keys(void)
{
    struct session_options o = usual;
    char *path = write_keys(&o, "# mine\nqueues hold ctrl-o\nany help f1x\n");
    struct session s;

    session_start(&s, &o);
    ok_if(session_ends(&s) && WIFEXITED(s.status) && WEXITSTATUS(s.status) == 2,
        "a wrong file of keys ends the start with 2");
    session_quiet(&s, 50);
    ok_if(memmem(s.raw.data, s.raw.len, ":3: there is no key f1x", 23) != NULL &&
        memchr(s.raw.data, '\033', s.raw.len) == NULL, "and one line names the line");
    session_end(&s);
    unlink(path);
    free(path);
    path = write_keys(&o, "queues hold ctrl-o\n");
    start(&s, &o);
    ok_if(STEPS(&s, "2", "ctrl-o hold/release"), "the footer shows the new key");
    session_keys(&s, "H");
    session_quiet(&s, 100);
    ok_if(STEPS(&s, "\017", "hold orders"), "which does it; the old one does nothing");
    session_end(&s);
    unlink(path);
    free(path);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    a_lost_line_costs_no_place();
    what_is_kept_is_ours_alone();
    a_broken_file_is_put_aside();
    views_have_names();
    a_zoomed_pane_is_plain_text();
    ranges_grow_and_shrink();
    details_walk_through_their_list();
    an_operator_has_his_own_keys();
    return tap_done();
}
