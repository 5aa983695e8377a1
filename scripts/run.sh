# The server on loopback and the app's window beside it, until one of them ends.

has_display() { [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

run_server_and_window() {
    local data="$dev_dir/run" url ended="" code=0
    mkdir -p "$data"
    say "Building the app and the server (a few minutes the first time)"
    cargo build -p holdfast -p holdfast-server --bins

    trap end_both EXIT
    "$target/debug/holdfast-server" serve --dev --listen "127.0.0.1:${HOLDFAST_PORT:-0}" \
        --data-dir "$data/server" >"$data/server.log" 2>&1 &
    server_pid=$!
    url=$(server_url "$data/server.log")

    HOLDFAST_VAULT="$data/vault" "$target/debug/holdfast" &
    app_pid=$!

    echo
    say "1. Open $url/register in your browser, make an account, and press \"Enable two-factor authentication\"."
    say "2. In the Holdfast window choose a passphrase, press \"+\", and scan the barcode or give it a screenshot of it."
    say "3. Type the code that the window shows into the page. Ctrl-C here ends both; their data stays in .dev/run/."
    wait -n -p ended "$app_pid" "$server_pid" || code=$?
    if [ "$ended" = "$server_pid" ]; then
        die "The server has ended (exit code $code); $data/server.log says why."
    elif [ "$code" = 10 ]; then
        say "The window could not be opened, so here is the tour in the terminal instead."
        tour
    elif [ "$code" != 0 ]; then
        die "The app has ended with exit code $code; what is above says why."
    else
        say "The window was closed, so the server is ended too; their data stays in .dev/run/."
    fi
}

# Waits for the line in which the server says where it listens.
server_url() {
    local log=$1 url
    for _ in $(seq 200); do
        url=$(sed -n 's/.*listening on \(http[^ ]*\).*/\1/p' "$log")
        [ -z "$url" ] || break
        kill -0 "$server_pid" 2>/dev/null || die "The server did not start: $(cat "$log")"
        sleep 0.1
    done
    [ -n "$url" ] || die "The server did not get ready within 20 s; $log says why."
    echo "$url"
}

end_both() {
    local one
    for one in ${app_pid:-} ${server_pid:-}; do
        kill "$one" 2>/dev/null || true
    done
    wait 2>/dev/null || true
}
