# lib.sh - for the scripts here: receivers that print "listening PORT", and what became of orders.

# start NAME COMMAND...: runs it; $pid and $port are its own afterwards. Output in $work/NAME.out
start() {
    name=$1
    shift
    : >"$work/$name.out" # or the port of the one before is taken for this one's
    "$@" >"$work/$name.out" 2>"$work/$name.err" &
    pid=$!
    tries=0
    until port=$(sed -n 's/^listening \([0-9]*\)$/\1/p' "$work/$name.out") && [ -n "$port" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 300 ] || ! kill -0 $pid 2>/dev/null; then
            echo "$name does not start:" >&2
            tail -5 "$work/$name.err" >&2
            return 1
        fi
        sleep 0.1
    done
}

# stop [SIGNAL]: ends what start began and waits for it
stop() {
    kill "-${1:-TERM}" "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    pid=
}

# lost ACKED DATABASE TABLE: how many webhook ids were answered 200 and are not in the table
lost() {
    sort "$1" >"$work/acked.sorted"
    sqlite3 "$2" "SELECT webhook_id FROM $3" | sort >"$work/kept.sorted"
    comm -23 "$work/acked.sorted" "$work/kept.sorted" | wc -l
}

# figure JSON KEY: a number out of one line of JSON
figure() { printf '%s\n' "$1" | sed -n "s/.*\"$2\":\([0-9.]*\).*/\1/p"; }
