# tap.sh - for shell tests: ok TEXT, not_ok TEXT, plan at the end.
tap_count=0
ok() { tap_count=$((tap_count + 1)); echo "ok $tap_count - $*"; }
not_ok() { tap_count=$((tap_count + 1)); echo "not ok $tap_count - $*"; }
plan() { echo "1..$tap_count"; }
