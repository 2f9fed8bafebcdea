#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "control/frame.h"
#include "control/params.h"
#include "control/proto.h"
#include "control/roles.h"

static void feed(struct frame *f, const char *text, size_t len)
{
    while (len > 0) {
        size_t room, n;
        char *to = frame_room(f, &room);

        assert_non_null(to);
        n = len < room ? len : room;
        memcpy(to, text, n);
        frame_add(f, n);
        text += n;
        len -= n;
    }
}

static void lines_come_out_whole_however_they_came_in(void **fixture)
{
    static const char text[] = "one\ntwo\r\n\n{\"three\":3}\nhal";

    (void)fixture;
    for (size_t step = 1; step < sizeof text; step++) {
        struct frame f;
        char all[64] = "";
        size_t len, at = 0;
        char *line;

        frame_init(&f);
        for (size_t i = 0; i < sizeof text - 1; i += step) {
            feed(&f, text + i, i + step < sizeof text ? step : sizeof text - 1 - i);
            while ((line = frame_next(&f, &len)) != NULL) {
                assert_int_equal(strlen(line), len);
                at += (size_t)snprintf(all + at, sizeof all - at, "[%s]", line);
            }
        }
        assert_string_equal(all, "[one][two][][{\"three\":3}]");
        frame_clear(&f);
    }
}

static void a_line_without_end_spoils_the_frame(void **fixture)
{
    struct frame f;
    char block[4096];
    size_t len, room, sent = 0;
    char *to;

    (void)fixture;
    memset(block, 'x', sizeof block);
    frame_init(&f);
    while ((to = frame_room(&f, &room)) != NULL && sent < 4 * PROTO_LINE_MAX) {
        size_t n = room < sizeof block ? room : sizeof block;

        memcpy(to, block, n);
        frame_add(&f, n);
        sent += n;
        assert_null(frame_next(&f, &len));
    }
    assert_true(f.spoiled);
    assert_true(sent <= PROTO_LINE_MAX + sizeof block);
    assert_null(frame_next(&f, &len));
    frame_clear(&f);
}

static void the_longest_line_still_passes(void **fixture)
{
    struct frame f;
    char *line = malloc(PROTO_LINE_MAX + 1), *out;
    size_t len = 0;

    (void)fixture;
    assert_non_null(line);
    memset(line, 'y', PROTO_LINE_MAX);
    line[PROTO_LINE_MAX] = '\n';
    frame_init(&f);
    feed(&f, line, PROTO_LINE_MAX + 1);
    out = frame_next(&f, &len);
    assert_non_null(out);
    assert_int_equal(len, PROTO_LINE_MAX);
    frame_clear(&f);
    free(line);
}

static bool check(const char *params, const char *spec, struct err *err)
{
    json_auto_t *value = params != NULL ? json_loads(params, JSON_DECODE_ANY, NULL) : NULL;

    return params_check(value, spec, err);
}

static void parameters_are_checked_by_name_and_type(void **fixture)
{
    static const char spec[] = "id:int name reason? on:bool? rows:list? more:object?";
    static const struct {
        const char *params, *wrong; /* NULL: good */
    } rows[] = {
        { "{\"id\":1,\"name\":\"x\"}", NULL },
        { "{\"id\":1,\"name\":\"x\",\"reason\":null}", NULL },
        { "{\"id\":1,\"name\":\"x\",\"on\":false,\"rows\":[],\"more\":{}}", NULL },
        { NULL, "id is missing" },
        { "null", "id is missing" },
        { "{\"id\":1}", "name is missing" },
        { "{\"id\":null,\"name\":\"x\"}", "id is missing" },
        { "{\"id\":\"1\",\"name\":\"x\"}", "id must be an int" },
        { "{\"id\":1.0,\"name\":\"x\"}", "id must be an int" },
        { "{\"id\":1,\"name\":2}", "name must be a text" },
        { "{\"id\":1,\"name\":\"x\",\"on\":1}", "on must be a bool" },
        { "{\"id\":1,\"name\":\"x\",\"rows\":{}}", "rows must be a list" },
        { "{\"id\":1,\"name\":\"x\",\"more\":[]}", "more must be an object" },
        { "{\"id\":1,\"name\":\"x\",\"nmae\":1}", "there is no parameter \"nmae\"" },
        { "[1]", "the parameters must be an object" },
    };

    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { .kind = ERR_NONE };
        bool good = check(rows[i].params, spec, &err);

        assert_int_equal(good, rows[i].wrong == NULL);
        assert_string_equal(err.text, good ? "" : rows[i].wrong);
    }
}

static void help_prints_the_same_parameters(void **fixture)
{
    json_auto_t *rows = params_describe("id:int name reason?");
    char *text = json_write(rows);

    (void)fixture;
    assert_string_equal(text, "[{\"name\":\"id\",\"type\":\"int\",\"needed\":true},"
                              "{\"name\":\"name\",\"type\":\"text\",\"needed\":true},"
                              "{\"name\":\"reason\",\"type\":\"text\",\"needed\":false}]");
    free(text);
}

static void groups_make_roles_and_the_strongest_counts(void **fixture)
{
    struct roles roles = { .groups = { 100, 200, 300 }, .named = { true, true, true }, .self = 42 };
    gid_t both[] = { 100, 200 };
    enum proto_role role = PROTO_VIEWER;

    (void)fixture;
    assert_true(roles_of(&roles, 0, 7, NULL, 0, &role));
    assert_int_equal(role, PROTO_ADMIN);
    assert_true(roles_of(&roles, 42, 7, NULL, 0, &role));
    assert_int_equal(role, PROTO_ADMIN);
    assert_true(roles_of(&roles, 1000, 7, both, 2, &role));
    assert_int_equal(role, PROTO_OPERATOR);
    assert_true(roles_of(&roles, 1000, 100, NULL, 0, &role));
    assert_int_equal(role, PROTO_VIEWER);
    assert_false(roles_of(&roles, 1000, 7, NULL, 0, &role));
    roles.named[PROTO_VIEWER] = false;
    roles.groups[PROTO_VIEWER] = 0;
    assert_false(roles_of(&roles, 1000, 0, NULL, 0, &role));
}

static void the_kernel_says_who_is_calling(void **fixture)
{
    struct roles roles;
    struct peer peer;
    struct err err = { .kind = ERR_NONE };
    int pair[2];

    (void)fixture;
    assert_true(roles_read(&roles, NULL, "", NULL, &err));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_true(roles_peer(&roles, pair[0], &peer, &err));
    assert_int_equal(peer.uid, getuid());
    assert_int_equal(peer.pid, getpid());
    assert_int_equal(peer.role, PROTO_ADMIN);
    assert_true(peer.user[0] != '\0');
    close(pair[0]);
    close(pair[1]);
    assert_false(roles_read(&roles, "no-such-group-here", NULL, NULL, &err));
    assert_non_null(strstr(err.text, "no-such-group-here"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_out_whole_however_they_came_in),
        cmocka_unit_test(a_line_without_end_spoils_the_frame),
        cmocka_unit_test(the_longest_line_still_passes),
        cmocka_unit_test(parameters_are_checked_by_name_and_type),
        cmocka_unit_test(help_prints_the_same_parameters),
        cmocka_unit_test(groups_make_roles_and_the_strongest_counts),
        cmocka_unit_test(the_kernel_says_who_is_calling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
