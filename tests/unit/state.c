#include "tests/unit/unit.h"

#include <string.h>

#include "queue/state.h"

static void only_a_running_job_can_finish_by_itself(void **fixture)
{
    (void)fixture;
    for (unsigned s = 0; s < JOB_STATE_COUNT; s++) {
        enum job_state state = (enum job_state)s;

        assert_int_equal(job_step(&state, STEP_DONE), s == JOB_RUNNING);
        assert_int_equal(state, s == JOB_RUNNING ? JOB_FINISHED : s);
    }
}

static void a_job_in_hand_is_nobody_elses(void **fixture)
{
    static const enum job_step people[] = { STEP_REQUEUE, STEP_SETTLE, STEP_CANCEL, STEP_SNOOZE,
                                            STEP_ANSWER, STEP_TAKE };

    (void)fixture;
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        enum job_state state = JOB_RUNNING;

        assert_false(job_step(&state, people[i]));
        assert_int_equal(state, JOB_RUNNING);
    }
}

static void the_end_is_the_end_unless_a_person_requeues(void **fixture)
{
    (void)fixture;
    for (unsigned s = 0; s < JOB_STATE_COUNT; s++) {
        if (!job_state_is_end((enum job_state)s))
            continue;
        for (unsigned step = 0; step < JOB_STEP_COUNT; step++) {
            enum job_state state = (enum job_state)s;

            assert_int_equal(job_step(&state, (enum job_step)step), step == STEP_REQUEUE);
            assert_int_equal(state, step == STEP_REQUEUE ? JOB_READY : s);
        }
    }
}

static void every_state_can_reach_an_end(void **fixture)
{
    bool reaches[JOB_STATE_COUNT] = { [JOB_FINISHED] = true, [JOB_CANCELLED] = true };

    (void)fixture;
    for (unsigned round = 0; round < JOB_STATE_COUNT; round++)
        for (unsigned s = 0; s < JOB_STATE_COUNT; s++)
            for (unsigned step = 0; step < JOB_STEP_COUNT; step++) {
                enum job_state state = (enum job_state)s;

                if (job_step(&state, (enum job_step)step) && reaches[state])
                    reaches[s] = true;
            }
    for (unsigned s = 0; s < JOB_STATE_COUNT; s++)
        assert_true(reaches[s]);
}

static void names_go_both_ways(void **fixture)
{
    enum job_state state = JOB_READY;

    (void)fixture;
    for (unsigned s = 0; s < JOB_STATE_COUNT; s++) {
        assert_true(job_state_of(job_state_name((enum job_state)s), &state));
        assert_int_equal(state, s);
        assert_true(strlen(job_state_what((enum job_state)s)) > 3);
    }
    assert_false(job_state_of("lost", &state));
    assert_int_equal(state, JOB_STATE_COUNT - 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_running_job_can_finish_by_itself),
        cmocka_unit_test(a_job_in_hand_is_nobody_elses),
        cmocka_unit_test(the_end_is_the_end_unless_a_person_requeues),
        cmocka_unit_test(every_state_can_reach_an_end),
        cmocka_unit_test(names_go_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
