# practice.sh - sourced after wrap.sh: `practice ARGUMENTS…` starts a practice shop without an Odoo.
# Its first line is in $work/out, it listens to lines on descriptor 8, and all ends with the test.
work=$(mktemp -d) || exit 99
practice_pid=
trap 'if [ -n "$practice_pid" ]; then kill $practice_pid; fi; rm -rf "$work"' EXIT

practice() {
    mkfifo "$work/in"
    "${TESTS_BUILDDIR:-.}/signalbox-sandbox" serve --no-odoo --bucket 100000 --restore 100000 \
        "$@" <"$work/in" >"$work/out" 2>"$work/err" &
    practice_pid=$!
    exec 8>"$work/in" # the sandbox ends when its input does
    tries=0
    until [ -s "$work/out" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 300 ] || ! kill -0 $practice_pid 2>/dev/null; then
            echo "Bail out! the sandbox does not start"
            exit 1
        fi
        sleep 0.1
    done
}
