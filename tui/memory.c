#include "tui/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "base/when.h"

#define PATH_SIZE 512

struct memory {
    char path[PATH_SIZE]; /* "": nowhere */
    bool keep, changed;
    json_t *all;
    json_t *set; /* object: what this console set; the rest of the file is the others' */
};

static bool find_place(char *path, size_t size)
{
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n = -1;

    if (xdg != NULL && *xdg == '/')
        n = snprintf(path, size, "%s/signalbox/console.json", xdg);
    else if (home != NULL && *home == '/')
        n = snprintf(path, size, "%s/.local/state/signalbox/console.json", home);
    if (n > 0 && (size_t)n < size)
        return true;
    path[0] = '\0';
    return false;
}

/* As mkdir -p of the folder, for us alone. */
static void make_folder(const char *path)
{
    char part[PATH_SIZE];

    str_copy(part, sizeof part, path);
    for (char *at = strchr(part + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        mkdir(part, 0700); /* it is there, or open says what is wrong */
        *at = '/';
    }
}

static json_t *read_file(const char *path, struct err *err)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    AUTO_STR text = { 0 };
    char bytes[8192];
    ssize_t n;

    if (fd < 0) {
        if (errno != ENOENT)
            err_errno(err, ERR_DENIED, errno, "read %.200s", path);
        return NULL;
    }
    str_init(&text, MEMORY_MAX);
    while ((n = read(fd, bytes, sizeof bytes)) > 0 && !text.full)
        str_add(&text, bytes, (size_t)n);
    if (text.full) {
        err_set(err, ERR_INVALID, "%.200s is too big", path);
        return NULL;
    }
    return json_read(text.data, text.len, path, err);
}

static json_t *load(const char *path, struct err *err)
{
    json_t *all = path[0] == '\0' ? NULL : read_file(path, err);

    if (json_is_object(all) && json_int_or(all, "version", 0) == 1)
        return all;
    if (json_is_object(all) && err->kind == ERR_NONE)
        err_set(err, ERR_INVALID, "%.200s: of another version", path);
    json_decref(all);
    return json_pack("{s:i}", "version", 1);
}

struct memory *memory_open(bool keep, struct err *err)
{
    struct memory *m = calloc(1, sizeof *m);
    char aside[PATH_SIZE + 8];

    if (m == NULL)
        return NULL;
    m->keep = find_place(m->path, sizeof m->path) && keep;
    m->all = load(m->path, err);
    m->set = json_object();
    if (err->kind == ERR_INVALID && m->keep) {
        snprintf(aside, sizeof aside, "%s.bad", m->path);
        rename(m->path, aside);
    }
    return m;
}

void memory_free(struct memory *m)
{
    if (m == NULL)
        return;
    json_decref(m->all);
    json_decref(m->set);
    free(m);
}

/* Another console of this operator may have written meanwhile: only our own keys change. */
static json_t *merged(const struct memory *m)
{
    struct err err = { 0 };
    json_t *now = load(m->path, &err);
    const char *key;
    json_t *value;

    json_object_foreach(m->set, key, value) {
        char *dot = strchr(key, '\n');
        json_t *inner;
        char group[16];

        if (dot == NULL) {
            if (json_is_null(value))
                json_object_del(now, key);
            else
                json_object_set(now, key, value);
            continue;
        }
        snprintf(group, sizeof group, "%.*s", (int)(dot - key), key);
        inner = json_object_get(now, group);
        if (!json_is_object(inner)) {
            inner = json_object();
            json_object_set_new(now, group, inner);
        }
        if (json_is_null(value))
            json_object_del(inner, dot + 1);
        else
            json_object_set(inner, dot + 1, value);
    }
    return now;
}

static void forget_old_cores(json_t *all)
{
    json_t *cores = json_object_get(all, "cores"), *core;

    while (json_object_size(cores) > MEMORY_CORES_MAX) {
        const char *name, *oldest = NULL;
        int64_t at = INT64_MAX;

        json_object_foreach(cores, name, core)
            if (json_int_or(core, "at", 0) < at) {
                at = json_int_or(core, "at", 0);
                oldest = name;
            }
        if (oldest == NULL)
            return;
        json_object_del(cores, oldest);
    }
}

static bool write_file(const char *path, const json_t *all, struct err *err)
{
    char next[PATH_SIZE + 16];
    AUTO_FREE char *text = json_dumps(all, JSON_INDENT(1));
    AUTO_CLOSE int fd = -1;
    size_t len;

    if (text == NULL || (len = strlen(text)) > MEMORY_MAX)
        return err_set(err, ERR_INVALID, "too much to remember");
    make_folder(path);
    snprintf(next, sizeof next, "%s.%d", path, (int)getpid());
    fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_errno(err, ERR_DENIED, errno, "write %.200s", path);
    if (write(fd, text, len) != (ssize_t)len || rename(next, path) != 0) {
        err_errno(err, ERR_BUSY, errno, "write %.200s", path);
        unlink(next);
        return false;
    }
    return true;
}

bool memory_save(struct memory *m, struct err *err)
{
    json_auto_t *all = NULL;

    if (m == NULL || !m->keep || !m->changed)
        return true;
    all = merged(m);
    forget_old_cores(all);
    if (!write_file(m->path, all, err))
        return false;
    m->changed = false;
    return true;
}

const json_t *memory_get(const struct memory *m, const char *key)
{
    return m == NULL ? NULL : json_object_get(m->all, key);
}

const char *memory_text(const struct memory *m, const char *key)
{
    return json_string_value(memory_get(m, key));
}

static void put(json_t *object, const char *key, json_t *value)
{
    if (value == NULL)
        json_object_del(object, key);
    else
        json_object_set(object, key, value);
}

void memory_set(struct memory *m, const char *key, json_t *value)
{
    if (m == NULL) {
        json_decref(value);
        return;
    }
    put(m->all, key, value);
    json_object_set_new(m->set, key, value != NULL ? value : json_null());
    m->changed = true;
}

/* Keys of the groups: "views\npeak", "cores\n/path". */
static void set_in(struct memory *m, const char *group, const char *name, json_t *value)
{
    json_t *inner;
    AUTO_FREE char *key = NULL;

    if (m == NULL || asprintf(&key, "%s\n%s", group, name) < 0) {
        json_decref(value);
        return;
    }
    inner = json_object_get(m->all, group);
    if (!json_is_object(inner)) {
        inner = json_object();
        json_object_set_new(m->all, group, inner);
    }
    put(inner, name, value);
    json_object_set_new(m->set, key, value != NULL ? value : json_null());
    m->changed = true;
}

const char *memory_glyphs(const struct memory *m)
{
    const char *type = getenv("TERM");

    return type == NULL ? NULL : json_string_value(json_object_get(memory_get(m, "glyphs"), type));
}

void memory_set_glyphs(struct memory *m, const char *name)
{
    const char *type = getenv("TERM");

    if (type != NULL)
        set_in(m, "glyphs", type, json_string(name));
}

const json_t *memory_core(const struct memory *m, const char *socket)
{
    return json_object_get(memory_get(m, "cores"), socket);
}

void memory_set_core(struct memory *m, const char *socket, json_t *value)
{
    json_object_set_new(value, "at", json_integer(when_now()));
    set_in(m, "cores", socket, value);
}

const json_t *memory_views(const struct memory *m)
{
    const json_t *views = memory_get(m, "views");

    return json_object_size(views) > 0 ? views : NULL;
}

const json_t *memory_view(const struct memory *m, const char *name)
{
    return json_object_get(memory_get(m, "views"), name);
}

bool memory_set_view(struct memory *m, const char *name, json_t *value)
{
    if (value != NULL && memory_view(m, name) == NULL &&
        json_object_size(memory_get(m, "views")) >= MEMORY_VIEWS_MAX) {
        json_decref(value);
        return false;
    }
    set_in(m, "views", name, value);
    return true;
}
