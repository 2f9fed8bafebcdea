/*
 * commands - signalbox as a command: words in, lines or JSON out, the right exit code; and --lines.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "tests/console/place.h"
#include "tests/console/session.h"

/* A command, and what it must ask the core for. */
static void asks(const char *words, const char *method, const char *params)
{
    struct place p;
    struct run r;
    const json_t *got = NULL;
    int want = strcmp(method, "backends.check") == 0; /* the recorded one has a failed step */
    char *text;

    place_open(&p);
    place_run(&p, words, "", &r);
    fake_asked(&p.fake, method, &got);
    text = got == NULL ? NULL : json_dumps(got, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL || strcmp(text, params) != 0)
        printf("# asked %s, stderr: %s\n", text == NULL ? "nothing" : text, r.err.data);
    ok_if(r.code == want && text != NULL && strcmp(text, params) == 0, "signalbox %s", words);
    free(text);
    place_ran(&r);
    place_close(&p);
}

static void words_become_questions(void)
{
    asks("status", "status", "{}");
    asks("jobs --state parked --limit 5", "jobs.list", "{\"limit\":5,\"state\":\"parked\"}");
    asks("job 81226", "jobs.get", "{\"id\":81226}");
    asks("jobs retry 5,6 --reason again", "jobs.requeue",
        "{\"reason\":\"again\",\"selector\":{\"count\":2,\"ids\":[5,6]}}");
    asks("jobs cancel --lane orders --state parked --count 7", "jobs.cancel",
        "{\"selector\":{\"count\":7,\"lane\":\"orders\",\"state\":\"parked\"}}");
    asks("jobs priority 9 2", "jobs.priority", "{\"priority\":2,\"selector\":{\"count\":1,\"ids\":[9]}}");
    asks("errors", "problems.list", "{}");
    asks("error 11", "problems.get", "{\"id\":11}");
    asks("errors fix 11 1 --set value=12", "problems.fix",
        "{\"id\":11,\"n\":1,\"params\":{\"value\":\"12\"}}");
    asks("errors replay 11 41", "problems.replay", "{\"count\":41,\"id\":11}");
    asks("queues", "lanes.list", "{}");
    asks("lanes hold orders --reason outage", "lanes.hold", "{\"lane\":\"orders\",\"reason\":\"outage\"}");
    asks("webhooks --verdict rej", "webhooks.list", "{\"verdict\":\"rej\"}");
    asks("webhook 90205", "webhooks.get", "{\"id\":90205}");
    asks("record #10479", "records.search", "{\"q\":\"#10479\"}");
    asks("record timeline order 551 1", "records.timeline", "{\"backend\":1,\"id\":\"551\",\"kind\":\"order\"}");
    asks("mapping list 1 tax", "mappings.list", "{\"backend\":1,\"kind\":\"tax\"}");
    asks("mapping set 1 tax 19 12", "mappings.set",
        "{\"backend\":1,\"key\":\"19\",\"kind\":\"tax\",\"value\":\"12\"}");
    asks("backend add acme acme https://o.example prod bot", "backends.add",
        "{\"name\":\"acme\",\"odoo_db\":\"prod\",\"odoo_login\":\"bot\",\"odoo_url\":\"https://o.example\","
        "\"shop\":\"acme\"}");
    asks("backend edit 1 --set warehouse=2 --set order_prefix=S-{number}", "backends.edit",
        "{\"backend\":1,\"values\":{\"order_prefix\":\"S-{number}\",\"warehouse\":\"2\"}}");
    asks("check 1", "backends.check", "{\"backend\":1}");
    asks("config", "settings.list", "{}");
    asks("config set workers 4", "settings.set", "{\"key\":\"workers\",\"value\":\"4\"}");
    asks("audit --user ben", "audit.list", "{\"user\":\"ben\"}");
    asks("audit verify", "audit.verify", "{}");
    asks("subscriptions 1", "subscriptions.list", "{\"backend\":1}");
    asks("metrics", "metrics.latency", "{}");
}

static void answers_are_columns_or_json(void)
{
    struct place p;
    struct run r;
    json_t *parsed;

    place_open(&p);
    place_run(&p, "errors", "", &r);
    ok_if(place_says(&r.out, "ID  OPEN  STATE  CAUSE"), "a list has columns");
    ok_if(place_says(&r.out, "no tax mapping for 19 % DE included"), "and rows");
    place_ran(&r);
    place_run(&p, "errors --json", "", &r);
    parsed = json_loads(r.out.data, 0, NULL);
    ok_if(json_len(parsed, "rows") == 7 && strchr(r.out.data, '\n') == r.out.data + r.out.len - 1,
        "--json is one line of JSON");
    json_decref(parsed);
    place_ran(&r);
    place_run(&p, "status", "", &r);
    ok_if(place_says(&r.out, "db.bytes: 41200000"), "one thing is name: value");
    place_ran(&r);
    json_string_set(json_object_get(json_array_get(json_object_get(fake_shot(&p.fake, "problems.list"),
        "rows"), 0), "cause"), "evil \033[2J\033]52;c;x\a\u202E name");
    place_run(&p, "errors", "", &r);
    ok_if(strchr(r.out.data, '\033') == NULL && strchr(r.out.data, '\a') == NULL &&
        strstr(r.out.data, "\u202E") == NULL, "names are cleaned here too");
    place_ran(&r);
    place_close(&p);
}

static void what_is_wrong_is_said_with_a_code(void)
{
    struct place p;
    struct run r;
    static const char *const wrong[][2] = { { "nonsense", "no such command" },
        { "job abc", "is not a number" }, { "jobs --colour red", "no option --colour" },
        { "lanes hold", "lane is needed" }, { "errors replay 11", "count is needed" },
        { "status more words", "one word too many" },
        { "secret set 1 odoo_key --value topsecret", "never an argument" },
        { "jobs priority 5 x", "is not a number" } };

    place_open(&p);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        place_run(&p, wrong[i][0], "", &r);
        ok_if(r.code == 2 && place_says(&r.err, wrong[i][1]), "signalbox %s: %s", wrong[i][0], wrong[i][1]);
        place_ran(&r);
    }
    json_object_set_new(p.fake.shots, "jobs.requeue",
        json_pack("{s:{s:i, s:s, s:{s:s}}}", "error", "code", -32001, "message", "operators only", "data",
            "kind", "denied"));
    place_run(&p, "jobs retry 5 --json", "", &r);
    ok_if(r.code == 1 && place_says(&r.out, "\"kind\":\"denied\"") && place_says(&r.err, "operators only"),
        "a refusal is 1, with its kind as JSON");
    place_ran(&r);
    place_run(&p, "jobs retry 5 --read-only", "", &r);
    ok_if(r.code == 1 && place_says(&r.err, "read-only: jobs.requeue would change something"),
        "--read-only changes nothing");
    place_ran(&r);
    place_run(&p, "--read-only status", "", &r);
    ok_if(r.code == 0, "and answers");
    place_ran(&r);
    fake_close(&p.fake);
    place_run(&p, "status", "", &r);
    ok_if(r.code == 3 && place_says(&r.err, "no core is running here"), "no core is 3");
    place_ran(&r);
    place_close(&p);
}

static void secrets_come_from_input_or_a_file(void)
{
    struct place p;
    struct run r;
    const json_t *got = NULL;
    char path[128], words[256];
    FILE *out;

    place_open(&p);
    place_run(&p, "secret set 1 odoo_key", "s3cret\n", &r);
    fake_asked(&p.fake, "secrets.set", &got);
    ok_if(r.code == 0 && strcmp(json_text_or(got, "value", ""), "s3cret") == 0, "from standard input");
    ok_if(strstr(r.out.data, "s3cret") == NULL && strstr(r.err.data, "s3cret") == NULL, "and not shown");
    place_ran(&r);
    snprintf(path, sizeof path, "%s/key", p.dir);
    out = fopen(path, "we");
    if (out != NULL && fputs("from-file\n", out) >= 0)
        fclose(out);
    snprintf(words, sizeof words, "secret set 1 odoo_key --file %s", path);
    place_run(&p, words, "", &r);
    fake_asked(&p.fake, "secrets.set", &got);
    ok_if(r.code == 0 && strcmp(json_text_or(got, "value", ""), "from-file") == 0, "from a file");
    place_ran(&r);
    place_run(&p, "secret set 1 odoo_key", "", &r);
    ok_if(r.code == 2 && place_says(&r.err, "empty"), "an empty one is refused");
    place_ran(&r);
    unlink(path);
    place_close(&p);
}

static char *write_file(const struct place *p, const char *name, mode_t mode, const char *text)
{
    char *path = NULL;
    FILE *out;

    if (asprintf(&path, "%s/%s", p->dir, name) < 0 || (out = fopen(path, "we")) == NULL)
        exit(99);
    fputs(text, out);
    fclose(out);
    chmod(path, mode);
    return path;
}

/* The methods asked, in order. */
static void methods_asked(const struct place *p, char *buf, size_t size)
{
    size_t i, len = 0;
    json_t *one;

    buf[0] = '\0';
    json_array_foreach(p->fake.asked, i, one) {
        const char *method = json_text_or(one, "method", "");

        if (strcmp(method, "hello") != 0 && len < size)
            len += (size_t)snprintf(buf + len, size - len, "%s ", method);
    }
}

static const char answers[] = "# acme\nname = acme-us\nshop= acme-us\nodoo_url =https://odoo.example\n"
    "odoo_db=prod\nodoo_login=bot\nshopify_client_id = id-1\nodoo_key = k-e-y\n"
    "order_prefix = S-{number}\nwebhook_url = https://hooks.example/shopify/webhook\nsubscribe = yes\n";

static void a_file_answers_the_set_up(void)
{
    struct place p;
    struct run r;
    const json_t *got = NULL;
    char words[256], asked[400];
    char *file, *key;

    place_open(&p);
    file = write_file(&p, "answers", 0600, answers);
    snprintf(words, sizeof words, "setup --answers %s --check", file);
    place_run(&p, words, "", &r);
    methods_asked(&p, asked, sizeof asked);
    ok_if(strcmp(asked, "backends.list backends.add secrets.set secrets.set backends.edit "
        "subscriptions.ensure backends.check ") == 0, "setup --answers: all in order: %s", asked);
    fake_asked(&p.fake, "secrets.set", &got);
    ok_if(json_int_or(got, "backend", 0) > 0, "secrets go to the pair that was added");
    ok_if(place_says(&r.out, "is set up") && place_says(&r.out, "fail   rights   may not create"),
        "what was tried is said in words");
    ok_if(r.code == 1, "and a failed check is 1");
    ok_if(strstr(r.out.data, "k-e-y") == NULL && strstr(r.err.data, "k-e-y") == NULL, "no secret is shown");
    place_ran(&r);
    chmod(file, 0644);
    place_run(&p, words, "", &r);
    ok_if(r.code == 2 && place_says(&r.err, "answers:7: shopify_client_id stands in a file that others may read"),
        "a secret that others may read is refused, with its line");
    place_ran(&r);
    unlink(file);
    free(file);
    key = write_file(&p, "key", 0600, "from-its-file\n");
    snprintf(words, sizeof words, "name = acme-eu\nshop = acme-eu\nodoo_url = https://o.example\n"
        "odoo_db = prod\nodoo_login = bot\nodoo_key_file = %s\n", key);
    file = write_file(&p, "answers", 0644, words);
    snprintf(words, sizeof words, "setup --answers %s --json", file);
    place_run(&p, words, "", &r);
    fake_asked(&p.fake, "secrets.set", &got);
    ok_if(r.code == 0 && strcmp(json_text_or(got, "value", ""), "from-its-file") == 0,
        "a secret may stand in a file of its own");
    ok_if(fake_asked(&p.fake, "backends.add", NULL) == 1 && place_says(&r.out, "\"backend\":1,"),
        "a pair that is there is changed, not added");
    place_ran(&r);
    unlink(file);
    free(file);
    file = write_file(&p, "answers", 0600, "name = a\ncolour = red\n");
    snprintf(words, sizeof words, "setup --answers %s", file);
    place_run(&p, words, "", &r);
    ok_if(r.code == 2 && place_says(&r.err, "answers:2: there is no answer colour"), "wrong names are told");
    place_ran(&r);
    unlink(file);
    unlink(key);
    free(file);
    free(key);
    place_close(&p);
}

/* What bash would offer for these words, the last one unfinished. */
static bool offers(struct place *p, const char *words, const char *wanted)
{
    char command[700], got[400] = "";
    FILE *bash;

    snprintf(command, sizeof command, "bash -c 'source <(%s completion); COMP_WORDS=(signalbox %s); "
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _signalbox; echo \"${COMPREPLY[*]}\"'", p->program, words);
    bash = popen(command, "re");
    if (bash == NULL || fgets(got, sizeof got, bash) == NULL)
        got[0] = '\0';
    if (bash != NULL)
        pclose(bash);
    got[strcspn(got, "\n")] = '\0';
    if (strcmp(got, wanted) == 0)
        return true;
    printf("# offered: %s\n", got);
    return false;
}

static void bash_knows_the_words(void)
{
    struct place p;

    place_open(&p);
    ok_if(offers(&p, "que", "queue queues"), "bash completes nouns");
    ok_if(offers(&p, "jobs re", "requeue"), "and their verbs");
    ok_if(offers(&p, "--state /tmp job requeue --p", "--problem"), "and the options of a verb");
    ok_if(offers(&p, "queue hold --", "--lane --backend --reason --state --json --lines --no-start "
        "--read-only --color --theme --glyphs --keys --mouse --version --help"), "also by the words people use");
    ok_if(offers(&p, "import ex", "export") && offers(&p, "import export --f", "--format"),
        "and what an import has beside the table");
    ok_if(offers(&p, "--theme b", "blind"), "and values");
    ok_if(offers(&p, "setup --a", "--answers"), "and the set-up");
    place_close(&p);
}

static void lines_are_sentences(void)
{
    struct place p;
    struct run r;

    place_open(&p);
    place_run(&p, "--lines --no-start", "errors\nopen 11\nnonsense\nsecret set 1 odoo_key\nquit\n", &r);
    ok_if(r.code == 0 && place_says(&r.out, "Connected to core 0.1.0 as ana, role admin."), "it says where it is");
    ok_if(place_says(&r.out, "no tax mapping for 19 % DE included"), "errors are listed");
    ok_if(place_says(&r.out, "advice: create the variant"), "one can be opened");
    ok_if(place_says(&r.out, "no such command: nonsense"), "wrong words are told");
    ok_if(place_says(&r.out, "Secrets are set by a command"), "secrets are not taken");
    ok_if(strchr(r.out.data, '\033') == NULL && strstr(r.out.data, "\u2502") == NULL,
        "no escape, no frames");
    place_ran(&r);
    place_run(&p, "--lines --read-only", "jobs cancel 5\nquit\n", &r);
    ok_if(place_says(&r.out, "Not done: read-only.") && fake_asked(&p.fake, "jobs.cancel", NULL) == 0,
        "--read-only holds here too");
    place_ran(&r);
    place_close(&p);
}

static void help_names_every_method(void)
{
    struct place p;
    struct run r;
    static const char *const names[] = {
#define METHOD(name, function, role, audited, params, help) name,
#include "control/methods.def"
#undef METHOD
    };

    place_open(&p);
    place_run(&p, "--help", "", &r);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char words[64];
        char *dot;

        snprintf(words, sizeof words, "  %s", names[i]);
        dot = strchr(words, '.');
        if (dot != NULL)
            *dot = ' ';
        if (strcmp(names[i], "hello") != 0 && strcmp(names[i], "watch") != 0)
            ok_if(place_says(&r.out, words), "--help has %s", words + 2);
    }
    place_ran(&r);
    place_run(&p, "--version", "", &r);
    ok_if(r.code == 0 && place_says(&r.out, "signalbox 0."), "--version");
    place_ran(&r);
    place_close(&p);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    setlocale(LC_ALL, "C.UTF-8");
    words_become_questions();
    answers_are_columns_or_json();
    what_is_wrong_is_said_with_a_code();
    secrets_come_from_input_or_a_file();
    a_file_answers_the_set_up();
    bash_knows_the_words();
    lines_are_sentences();
    help_names_every_method();
    return tap_done();
}
