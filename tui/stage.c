#include "tui/stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"
#include "control/proto.h"
#include "tui/start.h"

#define START_MS 60000
#define ASK_MS   120000
#define LINE_MAX_BYTES (64 << 20)

struct child {
    pid_t pid; /* 0: none */
    int code;  /* of the last one that ended */
};

struct stage {
    struct stage_options options;
    char programs[STAGE_PATH_MAX], state[STAGE_PATH_MAX], socket[STAGE_PATH_MAX],
        log[STAGE_PATH_MAX];
    char receiver[64]; /* where the core listens; the same after a restart */
    bool own_state;
    struct child sandbox, core;
    int to_sandbox, from_sandbox;
    struct str line; /* read from the sandbox, not yet a whole line */
    json_t *ready;   /* what the sandbox said of itself */
    struct link *link;
    int64_t backend;
};

static void on_up(void *ctx, const json_t *hello)
{
    (void)ctx;
    (void)hello;
}

static void on_down(void *ctx, const char *why)
{
    (void)ctx;
    (void)why;
}

static void on_event(void *ctx, const char *topic, const json_t *data)
{
    (void)ctx;
    (void)topic;
    (void)data;
}

static const struct link_ops no_ops = { on_up, on_down, on_event }; /* we only ask */

/* ---- children ---- */

/* The child dies with us, whatever ends us. in and out: -1 for /dev/null. */
static bool spawn(struct stage *stage, struct child *child, const char *const argv[], int in,
                  int out, const char *const *env, struct err *err)
{
    pid_t parent = getpid(), pid = fork();

    if (pid < 0)
        return err_errno(err, ERR_BUSY, errno, "start %s", argv[0]);
    if (pid > 0) {
        child->pid = pid;
        return true;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    int none = open("/dev/null", O_RDWR | O_CLOEXEC);
    int log = open(stage->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    sigset_t all;

    setsid(); /* the terminal's ^C is the console's business */
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    dup2(in >= 0 ? in : none, STDIN_FILENO);
    dup2(out >= 0 ? out : none, STDOUT_FILENO);
    dup2(log >= 0 ? log : none, STDERR_FILENO);
    for (; env != NULL && *env != NULL; env += 2)
        if (env[1] != NULL)
            setenv(env[0], env[1], 1);
        else
            unsetenv(env[0]);
    execv(argv[0], (char *const *)(uintptr_t)argv); /* execv changes nothing in it */
    dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerrordesc_np(errno));
    _exit(127);
}

static bool reap(struct child *child, bool wait)
{
    int status;
    pid_t got;

    if (child->pid == 0)
        return true;
    do
        got = waitpid(child->pid, &status, wait ? 0 : WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return false;
    child->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    child->pid = 0;
    return true;
}

/* ---- the sandbox ---- */

static char *read_line(struct stage *stage, int timeout_ms, struct err *err)
{
    int64_t until = when_ticks() + (int64_t)timeout_ms * 1000;
    char buf[16384];

    for (;;) {
        char *end = memchr(stage->line.data, '\n', stage->line.len);
        struct pollfd fd = { .fd = stage->from_sandbox, .events = POLLIN };
        int left = (int)((until - when_ticks()) / 1000);
        ssize_t n;

        if (end != NULL) {
            size_t len = (size_t)(end - stage->line.data);
            char *text = strndup(stage->line.data, len);

            memmove(stage->line.data, end + 1, stage->line.len - len - 1);
            stage->line.len -= len + 1;
            stage->line.data[stage->line.len] = '\0';
            return text;
        }
        if (left <= 0 || poll(&fd, 1, left) <= 0) {
            err_set(err, ERR_BUSY, "the sandbox gives no answer");
            return NULL;
        }
        n = read(stage->from_sandbox, buf, sizeof buf);
        if (n <= 0 || !str_add(&stage->line, buf, (size_t)n)) {
            err_set(err, ERR_BUG, "the sandbox ended; see %s", stage->log);
            return NULL;
        }
    }
}

static json_t *read_answer(struct stage *stage, int timeout_ms, struct err *err)
{
    char *text = read_line(stage, timeout_ms, err);
    json_t *answer = NULL;

    if (text != NULL)
        answer = json_read(text, strlen(text), "the sandbox's answer", err);
    free(text);
    return answer;
}

json_t *stage_sandbox(struct stage *stage, json_t *order, struct err *err)
{
    char *text = json_write(order);
    json_t *answer;

    json_decref(order);
    if (text == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    dprintf(stage->to_sandbox, "%s\n", text);
    free(text);
    answer = read_answer(stage, 10 * ASK_MS, err);
    if (answer != NULL && !json_flag(answer, "ok")) {
        err_set(err, ERR_REFUSED, "sandbox: %s", json_text_or(answer, "error", "no reason given"));
        json_decref(answer);
        return NULL;
    }
    return answer;
}

static bool start_sandbox(struct stage *stage, struct err *err)
{
    char program[STAGE_PATH_MAX + 32], seed[32], customers[16], products[16], orders[16];
    const struct stage_options *o = &stage->options;
    const char *argv[28];
    int argc = 0, in[2], out[2];
    bool ok;

    snprintf(program, sizeof program, "%s/signalbox-sandbox", stage->programs);
    snprintf(seed, sizeof seed, "%" PRIu64, o->seed);
    snprintf(customers, sizeof customers, "%d", o->customers);
    snprintf(products, sizeof products, "%d", o->products);
    snprintf(orders, sizeof orders, "%d", o->orders);
    const char *rows[] = { program, "serve", "--seed", seed, "--latency",
                           o->latency != NULL ? o->latency : "none" };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        argv[argc++] = rows[i];
    if (o->customers > 0) {
        argv[argc++] = "--customers";
        argv[argc++] = customers;
    }
    if (o->products > 0) {
        argv[argc++] = "--products";
        argv[argc++] = products;
    }
    if (o->orders > 0) {
        argv[argc++] = "--orders";
        argv[argc++] = orders;
    }
    if (o->tidy) {
        const char *tidy[] = { "--shop", "tidy", "--odoo-products", "0" };

        for (size_t i = 0; i < sizeof tidy / sizeof tidy[0]; i++)
            argv[argc++] = tidy[i];
    }
    if (o->odd)
        argv[argc++] = "--odd";
    if (o->odoo.url != NULL) {
        const char *real[] = { "--no-odoo", "--compare-odoo", o->odoo.url, "--compare-db",
                               o->odoo.db, "--compare-login", o->odoo.login };

        for (size_t i = 0; i < sizeof real / sizeof real[0]; i++)
            argv[argc++] = real[i];
    }
    argv[argc] = NULL;

    if (pipe2(in, O_CLOEXEC) != 0)
        return err_errno(err, ERR_BUSY, errno, "pipe");
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in[0]);
        close(in[1]);
        return err_errno(err, ERR_BUSY, errno, "pipe");
    }
    const char *env[] = { "SIGNALBOX_COMPARE_KEY", o->odoo.key, NULL };

    ok = spawn(stage, &stage->sandbox, argv, in[0], out[1], env, err);
    close(in[0]);
    close(out[1]);
    stage->to_sandbox = in[1];
    stage->from_sandbox = out[0];
    if (!ok)
        return false;
    stage->ready = read_answer(stage, START_MS, err);
    return stage->ready != NULL || err_within(err, "start the sandbox");
}

/* ---- the core ---- */

bool stage_core_start(struct stage *stage, const char *die_at, const char *count_file,
                      struct err *err)
{
    char program[STAGE_PATH_MAX + 32], workers[16];
    const char *env[] = { "SIGNALBOX_DIE_AT", die_at, "SIGNALBOX_COUNT_FILE", count_file, NULL };
    const char *argv[] = { program, "--state", stage->state, "--receiver", stage->receiver, "--metrics",
                     "", NULL, NULL, NULL };
    int64_t until = when_ticks() + (int64_t)START_MS * 1000;

    snprintf(program, sizeof program, "%s/signalboxd", stage->programs);
    snprintf(workers, sizeof workers, "%d", stage->options.workers);
    if (stage->options.workers > 0) {
        argv[7] = "--workers";
        argv[8] = workers;
    }
    unlink(stage->socket);
    if (!spawn(stage, &stage->core, argv, -1, -1, env, err))
        return false;
    while (!start_is_running(stage->socket)) {
        if (reap(&stage->core, false))
            return err_set(err, ERR_BUG, "the core ended at its start (code %d); see %s",
                           stage->core.code, stage->log);
        if (when_ticks() > until)
            return err_set(err, ERR_BUSY, "the core does not open its socket");
        usleep(5000);
    }
    link_free(stage->link);
    stage->link = link_new(stage->socket, &no_ops, NULL, err);
    return stage->link != NULL;
}

bool stage_core_stop(struct stage *stage, bool hard, int *code, struct err *err)
{
    if (stage->core.pid == 0)
        return err_set(err, ERR_BUG, "the core does not run");
    kill(stage->core.pid, hard ? SIGKILL : SIGTERM);
    reap(&stage->core, true);
    link_free(stage->link);
    stage->link = NULL;
    if (code != NULL)
        *code = stage->core.code;
    return true;
}

bool stage_core_ended(struct stage *stage, int *code)
{
    if (!reap(&stage->core, false))
        return false;
    if (code != NULL)
        *code = stage->core.code;
    return true;
}

json_t *stage_ask(struct stage *stage, const char *method, json_t *params, struct err *err)
{
    if (stage->link == NULL) {
        json_decref(params);
        err_set(err, ERR_BUSY, "the core does not run");
        return NULL;
    }
    return link_call(stage->link, method, params, ASK_MS, NULL, err);
}

/* ---- introductions ---- */

static bool tell(struct stage *stage, const char *method, json_t *params, struct err *err)
{
    json_t *answer = stage_ask(stage, method, params, err);

    json_decref(answer);
    return answer != NULL || err_within(err, "%s", method);
}

static bool secret(struct stage *stage, const char *name, const char *value, struct err *err)
{
    return value == NULL || tell(stage, "secrets.set",
                                 json_pack("{s:I, s:s, s:s}", "backend",
                                           (json_int_t)stage->backend, "name", name, "value",
                                           value),
                                 err);
}

static bool policies(struct stage *stage, struct err *err)
{
    json_auto_t *status = stage_ask(stage, "status", NULL, err);
    json_t *values = json_object();
    char url[256];

    if (status == NULL) {
        json_decref(values);
        return false;
    }
    str_copy(stage->receiver, sizeof stage->receiver,
             json_text_or(status, "receiver.address", stage->receiver));
    snprintf(url, sizeof url, "http://%s/shopify/webhook", stage->receiver);
    json_object_set_new(values, "webhook_url", json_string(url));
    json_object_set_new(values, "shop_url",
                        json_string(json_text_or(stage->ready, "shop.url", "")));
    for (const char *const *p = stage->options.policies; p != NULL && *p != NULL; p++) {
        char key[64];
        const char *equals = strchr(*p, '=');

        if (equals == NULL || (size_t)(equals - *p) >= sizeof key) {
            json_decref(values);
            return err_set(err, ERR_INVALID, "policy %s: not key=value", *p);
        }
        snprintf(key, sizeof key, "%.*s", (int)(equals - *p), *p);
        json_object_set_new(values, key, json_string(equals + 1));
    }
    return tell(stage, "backends.edit",
                json_pack("{s:I, s:o}", "backend", (json_int_t)stage->backend, "values", values),
                err);
}

static bool introduce(struct stage *stage, struct err *err)
{
    const json_t *r = stage->ready;
    const struct stage_odoo *odoo = &stage->options.odoo;
    bool real = odoo->url != NULL;
    json_auto_t *added = stage_ask(
        stage, "backends.add",
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", "practice", "shop",
                  json_text_or(r, "shop.domain", ""), "odoo_url",
                  real ? odoo->url : json_text_or(r, "odoo.url", ""), "odoo_db",
                  real ? odoo->db : json_text_or(r, "odoo.database", ""), "odoo_login",
                  real ? odoo->login : json_text_or(r, "odoo.login", "")),
        err);

    if (added == NULL)
        return err_within(err, "backends.add");
    stage->backend = json_int_or(added, "id", 0);
    return secret(stage, "shopify_client_id", json_text(r, "shop.client_id"), err) &&
           secret(stage, "shopify_client_secret", json_text(r, "shop.client_secret"), err) &&
           secret(stage, "webhook_secret", json_text(r, "shop.webhook_secret"), err) &&
           secret(stage, "odoo_key", real ? odoo->key : json_text(r, "odoo.key"), err) &&
           policies(stage, err) && /* all deliveries come from this machine */
           tell(stage, "settings.set", json_pack("{s:s, s:s}", "key", "rate_per_source", "value", "0"),
                err) &&
           tell(stage, "settings.set", json_pack("{s:s, s:s}", "key", "rate_total", "value", "0"),
                err) &&
           tell(stage, "subscriptions.ensure",
                json_pack("{s:I}", "backend", (json_int_t)stage->backend), err);
}

/* ---- the whole ---- */

bool stage_programs(char path[STAGE_PATH_MAX], struct err *err)
{
    ssize_t n = readlink("/proc/self/exe", path, STAGE_PATH_MAX - 1);
    char *slash;

    if (n <= 0)
        return err_errno(err, ERR_BUG, errno, "where am I");
    path[n] = '\0';
    slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
    return true;
}

static bool prepare(struct stage *stage, const struct stage_options *options, struct err *err)
{
    const char *tmp = getenv("TMPDIR");

    stage->options = *options;
    str_copy(stage->receiver, sizeof stage->receiver, "127.0.0.1:0");
    str_init(&stage->line, LINE_MAX_BYTES);
    stage->to_sandbox = stage->from_sandbox = -1;
    if (options->programs != NULL)
        str_copy(stage->programs, sizeof stage->programs, options->programs);
    else if (!stage_programs(stage->programs, err))
        return false;
    if (options->state != NULL)
        str_copy(stage->state, sizeof stage->state, options->state);
    else {
        snprintf(stage->state, sizeof stage->state, "%.400s/signalbox-XXXXXX",
                 tmp != NULL ? tmp : "/tmp");
        if (mkdtemp(stage->state) == NULL)
            return err_errno(err, ERR_DENIED, errno, "%s", stage->state);
        stage->own_state = true;
    }
    if (mkdir(stage->state, 0700) != 0 && errno != EEXIST)
        return err_errno(err, ERR_DENIED, errno, "%s", stage->state);
    snprintf(stage->socket, sizeof stage->socket, "%.480s/%s", stage->state, PROTO_SOCKET);
    if (options->sandbox_log != NULL)
        str_copy(stage->log, sizeof stage->log, options->sandbox_log);
    else
        snprintf(stage->log, sizeof stage->log, "%.480s/log", stage->state);
    return true;
}

struct stage *stage_new(const struct stage_options *options, struct err *err)
{
    AUTO(stage) stage = calloc(1, sizeof *stage);

    if (stage == NULL) {
        err_set(err, ERR_BUSY, "no memory");
        return NULL;
    }
    if (!prepare(stage, options, err) || !start_sandbox(stage, err) ||
        !stage_core_start(stage, NULL, NULL, err) || !introduce(stage, err))
        return NULL;
    return TAKE(stage);
}

static void remove_all(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir != NULL)
        closedir(dir);
    rmdir(path);
}

void stage_free(struct stage *stage)
{
    if (stage == NULL)
        return;
    link_free(stage->link);
    if (stage->core.pid != 0) {
        kill(stage->core.pid, SIGTERM);
        reap(&stage->core, true);
    }
    if (stage->to_sandbox >= 0)
        close(stage->to_sandbox); /* its standard input ends: so does it */
    if (stage->sandbox.pid != 0) {
        kill(stage->sandbox.pid, SIGTERM);
        reap(&stage->sandbox, true);
    }
    if (stage->from_sandbox >= 0)
        close(stage->from_sandbox);
    str_clear(&stage->line);
    json_decref(stage->ready);
    if (stage->own_state)
        remove_all(stage->state);
    free(stage);
}

void stage_abandon(struct stage *stage)
{
    if (stage->core.pid != 0)
        kill(stage->core.pid, SIGKILL);
    if (stage->sandbox.pid != 0)
        kill(stage->sandbox.pid, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
    if (stage->own_state)
        remove_all(stage->state);
}

/* What of the orders' lane is still on its way; -1: err. */
static int64_t left(struct stage *stage, struct err *err)
{
    json_auto_t *lanes = stage_ask(stage, "lanes.list", NULL, err);
    const json_t *row;
    int64_t n = 0;
    size_t i;

    if (lanes == NULL)
        return -1;
    json_array_foreach(json_object_get(lanes, "rows"), i, row)
        if (strcmp(json_text_or(row, "lane", ""), "orders") == 0)
            n += json_int_or(row, "ready", 0) + json_int_or(row, "running", 0) +
                 json_int_or(row, "waiting", 0);
    return n;
}

bool stage_settle(struct stage *stage, int timeout_ms, struct err *err)
{
    int64_t until = when_ticks() + (int64_t)timeout_ms * 1000, n;

    while ((n = left(stage, err)) > 0) {
        if (when_ticks() > until)
            return err_set(err, ERR_BUSY, "%" PRId64 " jobs are still on their way", n);
        usleep(20000);
    }
    return n == 0;
}

const char *stage_socket(const struct stage *stage)
{
    return stage->socket;
}

const char *stage_state(const struct stage *stage)
{
    return stage->state;
}

int64_t stage_backend(const struct stage *stage)
{
    return stage->backend;
}
