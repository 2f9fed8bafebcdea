/*
 * golden - every screen as it must look: text, roles and cursor, cell by cell.
 *
 * With --update the files under tests/console/golden are written anew; git shows the difference.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/console/session.h"

static const struct golden {
    const char *name;
    const char *steps[10]; /* keys, and what must be seen before the next ones (after a blank) */
} goldens[] = {
    { "dashboard", { "" } },
    { "queues", { "2", " jobs orders", " 81240" } },
    { "jobs", { "2", " jobs orders", "\r", " marked of 100", "j  ", " 2 marked" } },
    { "job", { "2", " jobs orders", "\r", " marked of 100", "jj\r", " inventorySetQuantities" } },
    { "errors", { "3", " map the SKU", "" } },
    { "error", { "3", " causes 7", "\r", " suggested fix" } },
    { "webhooks", { "4", " 14:31:59 orders/create", " listening on" } },
    { "webhook", { "4", " 203.0.113.9", "\r", " User-Agent" } },
    { "subscriptions", { "4", " 203.0.113.9", "c", " refunds/create" } },
    { "records", { "5", " Find one value", "s#10479\r", " zoe@example.com" } },
    { "record", { "5", " Find one value", "s#10479\r", " zoe@example.com", "\r", " asked Odoo" } },
    { "mappings", { "6", " Klarna", " Cash on del" } },
    { "choose", { "6", " Cash on del", "\t\r", " KLA Klarna" } },
    { "setup", { "7", " order reference", " database 41.2", "c", " may not create" } },
    { "wizard", { "7", " order reference", "w", " why this is asked" } },
    { "wizard-shop", { "7", " order reference", "w", " why this is asked", "\t\t\r", " Dev Dashboard" } },
    { "audit", { "8", " carrier outage", "C", " the chain holds" } },
    { "imports", { "9", " brings products", " not mapped" } },
    { "import", { "9", " brings products", "\r", " no product cat" } },
    { "import-planning", { "9", " rehearses customers", "\r", " 42 %", " refused 3 causes" } },
    { "import-records", { "9", " brings products", "\r", " problems 1 c", "\r", " 10 read  LIVE",
        "jj  ", " 2 marked" } },
    { "import-record", { "9", " brings products", "\r", " problems 1 c", "\r", " 10 read  LIVE", "j\r",
        " Sales Description" } },
    { "import-uses", { "9", " brings products", "\r", " problems 1 c", "m", " 2 of 4 not mapped" } },
    { "import-clinic", { "9", " brings products", "\r", " problems 1 c", "d", " 2 shop", "j ",
        " 2 products" } },
    { "import-plan", { "9", " brings products", "i", " Days begin", " the books are", " 18,402" } },
    { "import-apply", { "9", " plan is ready", "A", " Type acme-eu", "\tac" } },
    { "conflicts", { "0", " customer 3", " Søren Kjær-Holm" } },
    { "conflict", { "0", " Søren Kjær-Holm", "\r", " 3 open · n", "so", " 1 open · n", "e", " Note:", "\r",
        " by hand" } },
    { "conflict-decided", { "0", " Søren Kjær-Holm", "\r", " kim took" } },
    { "conflict-rule", { "0", " Søren Kjær-Holm", "R", " as it comes", "jo", " would decide 14" } },
    { "help", { "3", " causes 7", " fix", "?", " type to search", "retry", " all jobs of this cause" } },
    { "palette", { ":", " tab completes", "jobs re", " run again from" } },
    { "confirm", { "3", " causes 7", " fix", "R", " Type the number", "4" } },
    { "empty", { "3", " causes 7", "/cause:nothing", " are hidden", "\r", " filter cause" } },
};

/* What the core answers on some of them instead. */
static const struct {
    const char *name, *method, *picture;
} others[] = {
    { "conflict-decided", "conflicts.show", "conflicts.show decided" },
    { "import", "problems.list", "problems.list import" },
    { "import-planning", "imports.get", "imports.get planning" },
    { "import-planning", "problems.list", "problems.list none" },
    { "import-apply", "imports.get", "imports.get planned" },
};

static const struct variant {
    const char *suffix;
    struct session_options options;
    const char *only[2]; /* screens; none: all of them */
} variants[] = {
    { "80x24", { .rows = 24, .cols = 80 }, { NULL } },
    { "120x36", { .rows = 36, .cols = 120 }, { NULL } },
    { "200x60", { .rows = 60, .cols = 200 }, { "dashboard", "import" } },
    { "40x12", { .rows = 12, .cols = 40 }, { "dashboard" } },
    { "no-color", { .rows = 24, .cols = 80, .env = { "NO_COLOR=1" } }, { "dashboard", "import" } },
    { "8-colours", { .rows = 24, .cols = 80, .args = { "--color=8" } }, { "dashboard", "import" } },
    { "c-locale", { .rows = 24, .cols = 80, .locale = "C" }, { "dashboard", "import" } },
    { "linux", { .rows = 24, .cols = 80, .term = "linux" }, { "dashboard", "import" } },
    { "blocks", { .rows = 24, .cols = 80, .env = { "SIGNALBOX_GLYPHS=block" } }, { "dashboard", "import" } },
    { "light", { .rows = 24, .cols = 80, .args = { "--theme=light" } }, { "dashboard", "import" } },
};

static char *read_all(const char *path)
{
    FILE *in = fopen(path, "re");
    char *text = calloc(1, 1 << 20);
    size_t n = in == NULL || text == NULL ? 0 : fread(text, 1, (1 << 20) - 1, in);

    if (in != NULL)
        fclose(in);
    if (n > 0)
        return text;
    free(text);
    return NULL;
}

static bool go(struct session *s, const struct golden *g, bool compact)
{
    if (!session_sees(s, compact ? "needs 80x24" : "LIVE"))
        return false;
    if (!session_sees(s, compact ? "orders 187" : "acme-eu"))
        return false;
    for (int i = 0; i < 10 && g->steps[i] != NULL; i++) {
        const char *step = g->steps[i];

        if (step[0] == ' ' && step[1] != ' ' && step[1] != '\0') {
            if (!session_sees(s, step + 1))
                return false;
        } else {
            session_keys(s, step);
        }
    }
    return true;
}

static void check(const struct golden *g, const struct variant *v, bool update)
{
    struct session s;
    struct str picture;
    char path[500];
    char *wanted;

    str_init(&picture, 1 << 20);
    snprintf(path, sizeof path, "%s/tests/console/golden/%s-%s.txt", tests_source(), g->name, v->suffix);
    session_start(&s, &v->options);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(others[i].name, g->name) == 0)
            json_object_set(s.fake.shots, others[i].method, fake_shot(&s.fake, others[i].picture));
    if (!go(&s, g, v->options.cols < 80)) {
        ok_if(false, "%s at %s is reached", g->name, v->suffix);
    } else if (update) {
        FILE *out = fopen(path, "we");

        session_quiet(&s, 400);
        session_picture(&s, true, &picture);
        ok_if(out != NULL && fputs(picture.data, out) >= 0, "%s at %s is written", g->name, v->suffix);
        if (out != NULL)
            fclose(out);
    } else {
        wanted = read_all(path);
        ok_if(wanted != NULL && session_becomes(&s, wanted, true), "%s at %s looks as it must", g->name,
            v->suffix);
        free(wanted);
    }
    session_end(&s);
    str_clear(&picture);
}

static bool is_wanted(const struct variant *v, const char *name)
{
    return v->only[0] == NULL || strcmp(v->only[0], name) == 0 ||
        (v->only[1] != NULL && strcmp(v->only[1], name) == 0);
}

int main(int argc, char **argv)
{
    bool update = argc > 1 && strcmp(argv[1], "--update") == 0;

    setlocale(LC_ALL, "C.UTF-8");
    for (size_t v = 0; v < sizeof variants / sizeof variants[0]; v++)
        for (size_t g = 0; g < sizeof goldens / sizeof goldens[0]; g++)
            if (is_wanted(&variants[v], goldens[g].name))
                check(&goldens[g], &variants[v], update);
    return tap_done();
}
