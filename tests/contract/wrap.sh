# wrap.sh - what the tests here begin with: $contract is this folder, CONTRACT_CACHE what was
# fetched. Skips, with the reason, where it cannot be.
contract=${TESTS_SRCDIR:-$(dirname "$0")/../..}/tests/contract
CONTRACT_CACHE=$("$contract/fetch")
case $? in
0) export CONTRACT_CACHE ;;
77)
    echo "1..0 # SKIP $CONTRACT_CACHE"
    exit 0
    ;;
*)
    echo "Bail out! the pinned packages are not what they were"
    exit 1
    ;;
esac
