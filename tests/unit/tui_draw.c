/* Text, canvas and input: what reaches a cell, and what a key is. */
#include "unit.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "tui/draw/canvas.h"
#include "tui/draw/copy.h"
#include "tui/draw/input.h"
#include "tui/draw/text.h"
#include "tui/draw/theme.h"

static int in_utf8(void **fixture)
{
    (void)fixture;
    return setlocale(LC_ALL, "C.UTF-8") == NULL;
}

static void cleans_to(const char *from, const char *to)
{
    char clean[256];

    assert_string_equal(text_clean(clean, sizeof clean, from), to);
}

static void control_characters_become_their_pictures(void **fixture)
{
    (void)fixture;
    cleans_to("a\033[2J\n\a\177", "a␛[2J␊␇␡");
    cleans_to("\302\233" "31m", "\uFFFD" "31m"); /* a C1 control sequence introducer */
    cleans_to("line\u2028para", "line␊para");
}

static void what_turns_or_hides_text_is_dropped(void **fixture)
{
    (void)fixture;
    cleans_to("abc\u202Edef\u2066\u200B\uFEFF\u00AD", "abcdef");
    cleans_to("\U000E0041x", "x");
}

static void broken_utf8_is_one_sign_a_byte(void **fixture)
{
    (void)fixture;
    cleans_to("\xff\xfe", "\uFFFD\uFFFD");
    cleans_to("\xc0\xaf", "\uFFFD\uFFFD");
    cleans_to("\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD");
    cleans_to("a\xe2\x82", "a\uFFFD\uFFFD");
}

static void emoji_families_show_their_first_member(void **fixture)
{
    (void)fixture;
    cleans_to("\U0001F468\u200D\U0001F469\u200D\U0001F467 ok", "\U0001F468 ok");
    cleans_to("\U0001F44D\U0001F3FD", "\U0001F44D");
    cleans_to("\U0001F1E9\U0001F1EA", "DE");
}

static void marks_need_something_to_stand_on(void **fixture)
{
    char many[64] = "e";

    (void)fixture;
    cleans_to("\u0301abc", "abc");
    cleans_to("e\u0301", "e\u0301");
    for (int i = 0; i < 9; i++)
        memcpy(many + 1 + 2 * i, "\xcc\x81", 3);
    assert_int_equal(strlen(text_clean(many, sizeof many, many)), 1 + 2 * TEXT_MARKS);
}

static void width_is_counted_in_columns(void **fixture)
{
    int used;

    (void)fixture;
    assert_int_equal(text_width("帽子-赤"), 7);
    assert_int_equal(text_width("Zoë"), 3);
    assert_int_equal(text_fit("帽子-赤", 3, &used), 3);
    assert_int_equal(used, 2);
}

static void a_terminal_without_unicode_gets_ascii(void **fixture)
{
    struct text_iter it;
    struct text_cell cell;
    char out[16] = "";

    (void)fixture;
    text_start(&it, "Zoë → x…", FOLD_ALL);
    for (int i = 0; text_next(&it, &cell); i++) {
        assert_true(cell.ch[0] < 0x80);
        out[i] = (char)cell.ch[0];
    }
    assert_string_equal(out, "Zo? > x~");
}

static void row_is(const struct canvas *c, int y, const char *text)
{
    struct str out;

    str_init(&out, 4096);
    canvas_row_text(c, y, &out);
    assert_string_equal(out.data, text);
    str_clear(&out);
}

static void long_text_is_cut_with_a_sign_at_a_cell_border(void **fixture)
{
    struct canvas c = { 0 };

    (void)fixture;
    assert_true(canvas_init(&c, 3, 20));
    assert_int_equal(canvas_put(&c, 0, 0, 5, ROLE_TEXT, "abcdefgh"), 5);
    row_is(&c, 0, "abcd…");
    assert_int_equal(canvas_put(&c, 1, 0, 5, ROLE_TEXT, "帽子赤"), 5);
    row_is(&c, 1, "帽子…");
    assert_int_equal(canvas_put(&c, 2, 0, 4, ROLE_TEXT, "帽子赤"), 4);
    row_is(&c, 2, "帽 …");
    canvas_clear(&c);
}

static void half_a_wide_character_never_stays(void **fixture)
{
    struct canvas c = { 0 };

    (void)fixture;
    assert_true(canvas_init(&c, 1, 6));
    canvas_put(&c, 0, 0, 6, ROLE_TEXT, "帽子赤");
    canvas_put(&c, 0, 1, 1, ROLE_TEXT, "x");
    row_is(&c, 0, " x子赤");
    canvas_put(&c, 0, 4, 1, ROLE_TEXT, "y");
    row_is(&c, 0, " x子y");
    canvas_clear(&c);
}

static void drawing_beyond_the_edges_is_harmless(void **fixture)
{
    struct canvas c = { 0 };

    (void)fixture;
    for (int rows = 0; rows < 4; rows++)
        for (int cols = 0; cols < 6; cols++) {
            assert_true(canvas_init(&c, rows, cols));
            canvas_box(&c, (struct rect){ -1, -2, 9, 30 }, "title", "note", true);
            canvas_put(&c, 1, cols - 1, 9, ROLE_TEXT, "帽");
            canvas_right(&c, 0, -3, 5, ROLE_TEXT, "right");
            canvas_cursor(&c, 50, 50);
            canvas_clear(&c);
        }
}

static void a_box_carries_title_and_note_in_its_edge(void **fixture)
{
    struct canvas c = { 0 };
    struct rect in;

    (void)fixture;
    assert_true(canvas_init(&c, 3, 24));
    in = canvas_box(&c, (struct rect){ 0, 0, 3, 24 }, "queues 8", "2 run", false);
    assert_int_equal(in.x, 2);
    assert_int_equal(in.w, 20);
    row_is(&c, 0, "╭─ queues 8 ─── 2 run ─╮");
    row_is(&c, 2, "╰──────────────────────╯");
    canvas_clear(&c);
}

/* The keys, pastes and answers in some bytes, as words. */
static const char *read_all(const char *bytes, size_t len, size_t chunk)
{
    static char words[1024];
    struct input in;
    struct input_event e;
    size_t at = 0, n = 0;
    char name[16];

    input_init(&in);
    words[0] = '\0';
    while (at < len || in.len > 0) {
        size_t give = len - at < chunk ? len - at : chunk;

        at += input_feed(&in, bytes + at, give);
        while (input_next(&in, at == len, &e)) {
            const char *word = e.kind == INPUT_KEY ? keycode_name(e.key, name)
                : e.kind == INPUT_PASTE             ? input_pasted(&in)
                : e.kind == INPUT_STATUS            ? "STATUS"
                : e.kind == INPUT_MODE              ? "MODE"
                : e.kind == INPUT_FOCUS_IN          ? "IN"
                : e.kind == INPUT_CLICK             ? "CLICK"
                                                    : "?";

            n += (size_t)snprintf(words + n, sizeof words - n, "%s%s", n > 0 ? " " : "", word);
        }
    }
    return words;
}

static void reads_as(const char *bytes, const char *words)
{
    for (size_t chunk = 1; chunk < 9; chunk++)
        assert_string_equal(read_all(bytes, strlen(bytes), chunk), words);
}

static void both_forms_of_the_arrows_are_keys(void **fixture)
{
    (void)fixture;
    reads_as("\033[B\033OBj", "down down j");
    reads_as("\033[1;5A\033[5~\033[H\033[Z", "up pgup home shift-tab");
}

static void an_escape_alone_is_esc(void **fixture)
{
    (void)fixture;
    reads_as("\033", "esc");
    reads_as("\033q", "esc q");
    reads_as("\r \t\177\014", "enter space tab backspace ctrl-l");
}

static void an_unknown_sequence_presses_nothing(void **fixture)
{
    (void)fixture;
    reads_as("\033[99~x\033[38;5;1qy", "x y");
    reads_as("\033]11;rgb:ff/ff/ff\033\\z", "z");
    reads_as("\033P1$r0m\033\\\033[?1;2cz", "z");
    reads_as("\033[[Az", "z");
    reads_as("\033[12\033[Bz", "down z");
}

static void answers_are_events_and_not_keys(void **fixture)
{
    (void)fixture;
    reads_as("\033[0n\033[?2026;2$y\033[Ix\033[<0;3;4M", "STATUS MODE IN x CLICK");
}

static void pasted_text_is_one_event(void **fixture)
{
    (void)fixture;
    reads_as("\033[200~q\rR\033[Bx\033[201~j", "q\rR\033[Bx j");
}

static void any_bytes_end_and_never_stick(void **fixture)
{
    unsigned seed = 7;
    char bytes[400];

    (void)fixture;
    for (int round = 0; round < 3000; round++) {
        for (size_t i = 0; i < sizeof bytes - 1; i++) {
            seed = seed * 1103515245u + 12345u;
            bytes[i] = (char)(seed >> 20 & 3 ? (seed >> 16) & 0xFF : '\033');
        }
        bytes[sizeof bytes - 1] = 'q';
        read_all(bytes, sizeof bytes, 1 + round % 37);
    }
}

static void key_names_go_both_ways(void **fixture)
{
    char name[16];

    (void)fixture;
    for (int key = KEYCODE_FIRST + 1; key < KEYCODE_END_OF_LIST; key++)
        assert_int_equal(keycode_of(keycode_name(key, name)), key);
    assert_int_equal(keycode_of("ctrl-d"), 4);
    assert_int_equal(keycode_of("x"), 'x');
    assert_int_equal(keycode_of("nonsense"), KEYCODE_NONE);
}

static void the_colour_option_wins_over_no_color(void **fixture)
{
    enum colours c;

    (void)fixture;
    assert_true(theme_colours(NULL, "1", 256, &c));
    assert_int_equal(c, COLOURS_NONE);
    assert_true(theme_colours("8", "1", 256, &c));
    assert_int_equal(c, COLOURS_8);
    assert_true(theme_colours(NULL, "", 256, &c));
    assert_int_equal(c, COLOURS_256);
    assert_false(theme_colours("blue", NULL, 256, &c));
}

static void a_copy_is_encoded_and_limited(void **fixture)
{
    static char big[80000];
    struct str out;

    (void)fixture;
    str_init(&out, COPY_BYTES_MAX);
    unsetenv("TMUX");
    unsetenv("STY");
    assert_true(copy_sequence("SKU-7", &out));
    assert_string_equal(out.data, "\033]52;c;U0tVLTc=\a");
    memset(big, 'x', sizeof big - 1);
    assert_false(copy_sequence(big, &out));
    str_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_become_their_pictures),
        cmocka_unit_test(what_turns_or_hides_text_is_dropped),
        cmocka_unit_test(broken_utf8_is_one_sign_a_byte),
        cmocka_unit_test(emoji_families_show_their_first_member),
        cmocka_unit_test(marks_need_something_to_stand_on),
        cmocka_unit_test(width_is_counted_in_columns),
        cmocka_unit_test(a_terminal_without_unicode_gets_ascii),
        cmocka_unit_test(long_text_is_cut_with_a_sign_at_a_cell_border),
        cmocka_unit_test(half_a_wide_character_never_stays),
        cmocka_unit_test(drawing_beyond_the_edges_is_harmless),
        cmocka_unit_test(a_box_carries_title_and_note_in_its_edge),
        cmocka_unit_test(both_forms_of_the_arrows_are_keys),
        cmocka_unit_test(an_escape_alone_is_esc),
        cmocka_unit_test(an_unknown_sequence_presses_nothing),
        cmocka_unit_test(answers_are_events_and_not_keys),
        cmocka_unit_test(pasted_text_is_one_event),
        cmocka_unit_test(any_bytes_end_and_never_stick),
        cmocka_unit_test(key_names_go_both_ways),
        cmocka_unit_test(the_colour_option_wins_over_no_color),
        cmocka_unit_test(a_copy_is_encoded_and_limited),
    };

    return cmocka_run_group_tests(tests, in_utf8, NULL);
}
