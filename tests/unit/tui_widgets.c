/* The key table, lists, fields, questions. */
#include "unit.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "tui/draw/input.h"
#include "tui/keymap.h"
#include "tui/widgets/chart.h"
#include "tui/widgets/dialog.h"
#include "tui/widgets/edit.h"
#include "tui/widgets/match.h"
#include "tui/widgets/pager.h"
#include "tui/widgets/table.h"

static int in_utf8(void **fixture)
{
    (void)fixture;
    return setlocale(LC_ALL, "C.UTF-8") == NULL;
}

static void one_key_has_one_meaning_on_one_screen(void **fixture)
{
    (void)fixture;
    for (int screen = 0; screen < SCOPE_COUNT; screen++)
        for (size_t i = 0; i < keys_count; i++)
            for (size_t j = 0; j < i; j++) {
                if (!keys_applies((enum scope)screen, keys[i].scope) ||
                    !keys_applies((enum scope)screen, keys[j].scope) ||
                    keys[i].command == keys[j].command)
                    continue;
                for (int a = 0, x; (x = keys_nth(&keys[i], a)) != KEYCODE_NONE; a++)
                    for (int b = 0, y; (y = keys_nth(&keys[j], b)) != KEYCODE_NONE; b++)
                        if (x == y)
                            fail_msg("%s: \"%s\" means both \"%s\" and \"%s\"",
                                keys_title((enum scope)screen), keys[i].keys, keys[i].help,
                                keys[j].help);
            }
}

static void every_row_of_the_key_table_names_real_keys(void **fixture)
{
    (void)fixture;
    for (size_t i = 0; i < keys_count; i++) {
        char words[64];
        char *save, *word;
        int n = 0;

        snprintf(words, sizeof words, "%s", keys[i].keys);
        for (word = strtok_r(words, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
            assert_int_equal(keys_nth(&keys[i], n++), keycode_of(word));
        assert_true(n > 0 && keys_nth(&keys[i], n) == KEYCODE_NONE);
        assert_true(keys_nth(&keys[i], 0) != KEYCODE_NONE);
    }
}

static void a_screens_own_key_wins(void **fixture)
{
    (void)fixture;
    struct err err = { 0 };
    AUTO(keymap) m = keymap_new(&err);

    assert_int_equal(keymap_find(m, SCOPE_JOBS, 'r'), CMD_RETRY);
    assert_int_equal(keymap_find(m, SCOPE_JOBS, 'j'), CMD_DOWN);
    assert_int_equal(keymap_find(m, SCOPE_WIZARD, 'j'), CMD_NONE);
    assert_int_equal(keymap_find(m, SCOPE_JOBS, '?'), CMD_HELP);
}

static const struct column columns[] = {
    { "NAME", "name", COLUMN_TEXT, 4, 20, 1, NULL, NULL },
    { "N", "n", COLUMN_COUNT, 3, 6, 1, NULL, NULL },
};

static json_t *rows(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);

    assert_non_null(value);
    return value;
}

static const char *current(const struct table *t)
{
    return json_text_or(table_current(t), "name", "none");
}

static void the_cursor_stays_on_its_record(void **fixture)
{
    struct table t;

    (void)fixture;
    table_init(&t, columns, 2, "id");
    table_rows(&t, rows("[{\"id\":1,\"name\":\"a\"},{\"id\":2,\"name\":\"b\"}]"));
    table_command(&t, CMD_DOWN);
    assert_string_equal(current(&t), "b");
    table_rows(&t, rows("[{\"id\":9,\"name\":\"new\"},{\"id\":1,\"name\":\"a\"},"
                        "{\"id\":2,\"name\":\"b\"}]"));
    assert_string_equal(current(&t), "b");
    table_rows(&t, rows("[{\"id\":9,\"name\":\"new\"}]"));
    assert_string_equal(current(&t), "new");
    table_rows(&t, rows("[]"));
    assert_null(table_current(&t));
    assert_true(table_command(&t, CMD_DOWN));
    table_clear(&t);
}

static void the_order_is_frozen_while_the_cursor_moves(void **fixture)
{
    struct table t;

    (void)fixture;
    table_init(&t, columns, 2, "id");
    table_rows(&t, rows("[{\"id\":1,\"name\":\"a\",\"n\":5},{\"id\":2,\"name\":\"b\",\"n\":3}]"));
    table_sort(&t, 1, true);
    assert_string_equal(current(&t), "a");
    table_command(&t, CMD_UP); /* moved just now */
    table_rows(&t, rows("[{\"id\":1,\"name\":\"a\",\"n\":1},{\"id\":2,\"name\":\"b\",\"n\":3}]"));
    assert_string_equal(json_text(table_row(&t, 0), "name"), "a");
    t.moved = 0;
    table_rows(&t, rows("[{\"id\":1,\"name\":\"a\",\"n\":1},{\"id\":2,\"name\":\"b\",\"n\":3}]"));
    assert_string_equal(json_text(table_row(&t, 0), "name"), "b");
    table_clear(&t);
}

static void marks_are_ids_and_beat_the_cursor(void **fixture)
{
    struct table t;
    json_t *ids;

    (void)fixture;
    table_init(&t, columns, 2, "id");
    t.marks_on = true;
    table_rows(&t, rows("[{\"id\":1,\"name\":\"a\"},{\"id\":2,\"name\":\"b\"},{\"id\":3}]"));
    ids = table_chosen(&t);
    assert_int_equal(json_integer_value(json_array_get(ids, 0)), 1);
    json_decref(ids);
    table_command(&t, CMD_DOWN);
    table_command(&t, CMD_MARK);
    table_command(&t, CMD_RANGE);
    table_rows(&t, rows("[{\"id\":7},{\"id\":3}]"));
    ids = table_chosen(&t);
    assert_int_equal(json_array_size(ids), 2);
    assert_int_equal(json_integer_value(json_array_get(ids, 0)), 2);
    json_decref(ids);
    table_command(&t, CMD_MARK_ALL);
    assert_int_equal(table_marked(&t), 3); /* the one that is gone keeps its mark */
    table_clear(&t);
}

static void a_filter_is_words_and_fields(void **fixture)
{
    struct table t;

    (void)fixture;
    table_init(&t, columns, 2, "id");
    table_rows(&t, rows("[{\"id\":1,\"name\":\"orders in\",\"n\":5},{\"id\":2,\"name\":\"stock\"}]"));
    table_filter(&t, "ORDER");
    assert_int_equal(t.shown, 1);
    table_filter(&t, "-order");
    assert_string_equal(current(&t), "stock");
    table_filter(&t, "n:5 name:\"orders in\"");
    assert_int_equal(t.shown, 1);
    table_filter(&t, "nothing");
    assert_int_equal(t.shown, 0);
    assert_null(table_current(&t));
    table_clear(&t);
}

static void columns_line_up_and_drop_by_priority(void **fixture)
{
    static const struct column many[] = {
        { "NAME", "name", COLUMN_TEXT, 6, 12, 1, NULL, NULL },
        { "COUNT", "n", COLUMN_COUNT, 6, 6, 1, NULL, NULL },
        { "EXTRA", "x", COLUMN_TEXT, 6, 6, 3, NULL, NULL },
        { "LAST", "l", COLUMN_TEXT, 6, 0, 1, NULL, NULL },
    };
    struct canvas c = { 0 };
    struct table t;
    struct str out;

    (void)fixture;
    assert_true(canvas_init(&c, 4, 40));
    str_init(&out, 1000);
    table_init(&t, many, 4, "id");
    table_rows(&t, rows("[{\"id\":1,\"name\":\"帽子-赤-long-name\",\"n\":12345,\"x\":\"no\","
                        "\"l\":\"end\"}]"));
    table_draw(&t, &c, (struct rect){ 0, 2, 4, 36 }, true, true);
    canvas_row_text(&c, 0, &out);
    assert_string_equal(out.data, "  NAME          COUNT  LAST");
    str_reset(&out);
    canvas_row_text(&c, 1, &out);
    assert_string_equal(out.data, " ▸帽子-赤-lon… 12,345  end");
    /* a narrow screen gives the long name what the others leave; a short one takes no more */
    table_rows(&t, rows("[{\"id\":1,\"name\":\"x\",\"n\":1,\"x\":\"no\",\"l\":\"end\"}]"));
    canvas_erase(&c);
    table_draw(&t, &c, (struct rect){ 0, 2, 4, 24 }, true, true);
    str_reset(&out);
    canvas_row_text(&c, 0, &out);
    assert_string_equal(out.data, "  NAME       COUNT  LAST");
    str_clear(&out);
    table_clear(&t);
    canvas_clear(&c);
}

static void a_column_grows_for_its_texts_and_stays(void **fixture)
{
    static const struct column two[] = { { "A", "a", COLUMN_TEXT, 2, 8, 1, NULL, NULL },
        { "B", "b", COLUMN_TEXT, 2, 0, 1, NULL, NULL } };
    struct canvas c = { 0 };
    struct table t;
    struct str out;

    (void)fixture;
    assert_true(canvas_init(&c, 3, 30));
    str_init(&out, 1000);
    table_init(&t, two, 2, "id");
    table_rows(&t, rows("[{\"id\":1,\"a\":\"short\",\"b\":\"b\"}]"));
    table_draw(&t, &c, (struct rect){ 0, 2, 3, 20 }, true, true);
    canvas_row_text(&c, 1, &out);
    assert_string_equal(out.data, " ▸short b");
    canvas_erase(&c);
    table_rows(&t, rows("[{\"id\":1,\"a\":\"s\",\"b\":\"b\"}]")); /* the list does not jump back */
    table_draw(&t, &c, (struct rect){ 0, 2, 3, 20 }, true, true);
    str_reset(&out);
    canvas_row_text(&c, 1, &out);
    assert_string_equal(out.data, " ▸s     b");
    str_clear(&out);
    table_clear(&t);
    canvas_clear(&c);
}

/* Reads text as a file of keys; what is wrong with it, or "". */
static const char *load_text(struct keymap *m, const char *text, char *said, size_t size)
{
    char path[] = "/tmp/signalbox-keys-XXXXXX";
    int fd = mkstemp(path);
    struct err err = { 0 };

    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    keymap_load(m, path, true, &err);
    unlink(path);
    snprintf(said, size, "%s", err.kind == ERR_NONE ? "" : err.text + strlen(path) + 1);
    return said;
}

static void a_file_gives_an_operator_other_keys(void **fixture)
{
    struct err err = { 0 };
    AUTO(keymap) m = keymap_new(&err);
    char said[ERR_TEXT_MAX];

    (void)fixture;
    assert_string_equal(load_text(m, "# mine\n\njobs retry ctrl-r Z\nlist half-down pgdn\n"
                                     "  list  page-down\tnone\n", said, sizeof said), "");
    assert_int_equal(keymap_find(m, SCOPE_JOBS, 18), CMD_RETRY);
    assert_int_equal(keymap_find(m, SCOPE_JOBS, 'Z'), CMD_RETRY);
    assert_int_equal(keymap_find(m, SCOPE_JOBS, 'r'), CMD_NONE);
    assert_int_equal(keymap_find(m, SCOPE_JOB, 'r'), CMD_RETRY); /* another screen's row */
    assert_int_equal(keymap_find(m, SCOPE_AUDIT, KEYCODE_PAGE_DOWN), CMD_HALF_DOWN);
    assert_int_equal(keymap_find(m, SCOPE_AUDIT, 4), CMD_NONE);
}

static void a_wrong_line_of_keys_is_named(void **fixture)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        { "jobs retry\n", "1: a line is: screen command key ..." },
        { "\njbos retry r\n", "2: there is no screen jbos" },
        { "jobs rtry r\n", "1: jobs has no command rtry" },
        { "jobs retry ctrl-\n", "1: there is no key ctrl-" },
        { "jobs retry R\njobs retry r\n", "2: line 1 gives keys to this command already" },
        { "# x\njobs retry x\n", "2: x is the key of cancel-job already" },
        { "jobs retry r none\n", "1: there is no key none" },
    };
    char said[ERR_TEXT_MAX];

    (void)fixture;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = { 0 };
        AUTO(keymap) m = keymap_new(&err);

        assert_string_equal(load_text(m, cases[i].text, said, sizeof said), cases[i].said);
    }
}

static void text_folds_at_blanks_into_its_box(void **fixture)
{
    struct canvas c = { 0 };
    struct str out;

    (void)fixture;
    assert_true(canvas_init(&c, 4, 12));
    str_init(&out, 1000);
    assert_int_equal(canvas_wrap(&c, (struct rect){ 0, 1, 3, 10 }, ROLE_TEXT,
                         "map the SKU to a product of Odoo"), 3);
    canvas_row_text(&c, 0, &out);
    assert_string_equal(out.data, " map the");
    str_reset(&out);
    canvas_row_text(&c, 1, &out);
    assert_string_equal(out.data, " SKU to a");
    str_reset(&out);
    canvas_row_text(&c, 2, &out);
    assert_string_equal(out.data, " product o…");
    assert_int_equal(canvas_wrap(&c, (struct rect){ 0, 1, 3, 10 }, ROLE_TEXT, ""), 0);
    assert_int_equal(canvas_wrap(&c, (struct rect){ 0, 1, 3, 0 }, ROLE_TEXT, "x"), 1);
    str_clear(&out);
    canvas_clear(&c);
}

static void editing_moves_by_characters(void **fixture)
{
    struct edit e = { 0 };

    (void)fixture;
    edit_set(&e, "Zoë");
    edit_key(&e, KEYCODE_BACKSPACE);
    edit_key(&e, 'i');
    assert_string_equal(e.text, "Zoi");
    edit_key(&e, KEYCODE_LEFT);
    edit_key(&e, 0xEB);
    assert_string_equal(e.text, "Zoëi");
    edit_paste(&e, "a\033b\n");
    assert_string_equal(e.text, "Zoëa␛bi");
    for (int i = 0; i < 2 * EDIT_MAX; i++)
        edit_key(&e, 'x');
    assert_int_equal(strlen(e.text), e.len);
    assert_true(e.len < EDIT_MAX);
    assert_false(edit_key(&e, KEYCODE_PAGE_UP));
}

static void a_hidden_field_shows_dots(void **fixture)
{
    struct canvas c = { 0 };
    struct edit e = { .hidden = true };
    struct str out;

    (void)fixture;
    assert_true(canvas_init(&c, 1, 20));
    str_init(&out, 100);
    edit_set(&e, "gehëim");
    edit_draw(&e, &c, 0, 0, 10, true);
    canvas_row_text(&c, 0, &out);
    assert_string_equal(out.data, "••••••");
    assert_int_equal(c.cursor_x, 6);
    str_clear(&out);
    canvas_clear(&c);
    edit_clear(&e);
    for (size_t i = 0; i < sizeof e.text; i++)
        assert_int_equal(e.text[i], 0);
}

static void only_y_goes_on_with_one_record(void **fixture)
{
    struct dialog d = { 0 };

    (void)fixture;
    dialog_start(&d, 1, "retry job 1?", "Retry");
    assert_int_equal(dialog_key(&d, 'y'), DIALOG_YES);
    assert_int_equal(dialog_key(&d, KEYCODE_ENTER), DIALOG_NO);
    assert_int_equal(dialog_key(&d, 'r'), DIALOG_NO);
    dialog_clear(&d);
}

static enum dialog_answer type(struct dialog *d, const char *text)
{
    enum dialog_answer answer = DIALOG_OPEN;

    for (; *text != '\0'; text++)
        answer = dialog_key(d, *text == '\n' ? KEYCODE_ENTER
                : *text == '\t'              ? KEYCODE_TAB
                                             : *text);
    return answer;
}

static void many_records_need_their_number_typed(void **fixture)
{
    struct dialog d = { 0 };

    (void)fixture;
    dialog_start(&d, 2, "retry 212 jobs", "Retry 212");
    dialog_word(&d, "212", "Type the number of jobs to go on");
    assert_int_equal(type(&d, "21\n"), DIALOG_OPEN);
    assert_int_equal(type(&d, "\t\n"), DIALOG_OPEN); /* on "Retry 212" with 21 typed */
    assert_true(d.complaint[0] != '\0');
    assert_int_equal(type(&d, "\t2\n\t\n"), DIALOG_YES);
    assert_int_equal(dialog_key(&d, KEYCODE_ESC), DIALOG_NO);
    dialog_clear(&d);
}

static void enter_alone_never_confirms(void **fixture)
{
    struct dialog d = { 0 };

    (void)fixture;
    dialog_start(&d, 2, "retry 2 jobs", "Retry 2");
    dialog_word(&d, "2", "Type the number");
    assert_int_equal(type(&d, "\n\n"), DIALOG_NO); /* the button it comes to is Cancel */
    dialog_clear(&d);
}

static void a_spark_shows_the_newest_at_the_right(void **fixture)
{
    struct canvas c = { 0 };
    struct str out;
    json_t *samples = rows("[0,0,1,2,4,4]");

    (void)fixture;
    assert_true(canvas_init(&c, 3, 4));
    str_init(&out, 100);
    spark_draw(&c, 0, 0, 4, samples, ROLE_SPARK);
    c.glyphs = GLYPHS_BLOCK;
    spark_draw(&c, 1, 0, 4, samples, ROLE_SPARK);
    c.glyphs = GLYPHS_ASCII;
    spark_draw(&c, 2, 0, 4, samples, ROLE_SPARK);
    for (int y = 0; y < 3; y++) {
        canvas_row_text(&c, y, &out);
        str_adds(&out, "/");
    }
    assert_string_equal(out.data, "  ⣠⣿/▂▄██/.:||/");
    str_clear(&out);
    json_decref(samples);
    canvas_clear(&c);
}

static void long_lines_fold_at_blanks(void **fixture)
{
    struct canvas c = { 0 };
    struct pager p;
    struct str out;

    (void)fixture;
    assert_true(canvas_init(&c, 3, 12));
    str_init(&out, 100);
    pager_init(&p, 0);
    pager_add(&p, NULL, ROLE_TEXT, "words fold here\nnext");
    pager_draw(&p, &c, (struct rect){ 0, 0, 3, 12 });
    for (int y = 0; y < 3; y++) {
        canvas_row_text(&c, y, &out);
        str_adds(&out, "/");
    }
    assert_string_equal(out.data, "words fold/here/next/");
    str_clear(&out);
    pager_free(&p);
    canvas_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_key_has_one_meaning_on_one_screen),
        cmocka_unit_test(every_row_of_the_key_table_names_real_keys),
        cmocka_unit_test(a_screens_own_key_wins),
        cmocka_unit_test(the_cursor_stays_on_its_record),
        cmocka_unit_test(the_order_is_frozen_while_the_cursor_moves),
        cmocka_unit_test(marks_are_ids_and_beat_the_cursor),
        cmocka_unit_test(a_filter_is_words_and_fields),
        cmocka_unit_test(columns_line_up_and_drop_by_priority),
        cmocka_unit_test(a_column_grows_for_its_texts_and_stays),
        cmocka_unit_test(a_file_gives_an_operator_other_keys),
        cmocka_unit_test(a_wrong_line_of_keys_is_named),
        cmocka_unit_test(text_folds_at_blanks_into_its_box),
        cmocka_unit_test(editing_moves_by_characters),
        cmocka_unit_test(a_hidden_field_shows_dots),
        cmocka_unit_test(only_y_goes_on_with_one_record),
        cmocka_unit_test(many_records_need_their_number_typed),
        cmocka_unit_test(enter_alone_never_confirms),
        cmocka_unit_test(a_spark_shows_the_newest_at_the_right),
        cmocka_unit_test(long_lines_fold_at_blanks),
    };

    return cmocka_run_group_tests(tests, in_utf8, NULL);
}
