# Searches what a test run said and left behind for the secrets that the tests use: passphrases and
# keys of accounts, listed in tests/data/canaries.

# no_canary FILE|FOLDER...: fails where one of them is in there, and names the file.
no_canary() {
    local planted found place
    for place; do
        [ -e "$place" ] || die "There is nothing at $place to search for secrets in."
    done
    # A search that cannot find proves nothing.
    planted=$(mktemp -d)
    printf 'log: %s\n' "$(tail -n 1 "$root/tests/data/canaries")" >"$planted/planted"
    seek_canaries "$planted" >/dev/null || die "The search for secrets does not find a planted one."
    rm -r "$planted"
    if found=$(seek_canaries "$@"); then
        echo "A secret of the tests stands in:"
        echo "$found"
        return 1
    fi
}

seek_canaries() {
    grep -r -a -i -l -F -f "$root/tests/data/canaries" -- "$@"
}
