# Installs what is missing on a Debian, and nothing else: packages, Rust, test tools.
#
# Each `need_...` function looks first and is silent when all is there.

# What rustc links with, what C parts are built with, and what bindgen reads V4L2's headers with.
build_packages=(gcc libc6-dev libclang-dev ca-certificates)
# What the window opens at run time under X11 and Wayland.
window_packages=(libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0)
# Independent peers, a browser, a display without a screen, a clock that can be off, an SMS gateway,
# a desktop's keyring, other verifiers of codes with somebody who logs in through them.
# The last line is a database for several servers.
test_packages=(
    git oathtool chromium chromium-driver xvfb xdotool faketime strace procps python3-venv
    dbus at-spi2-core gir1.2-atspi-2.0 python3-gi
    kannel kannel-extras
    gnome-keyring libsecret-tools
    libpam-google-authenticator libpam-oath libpam-wrapper pamtester
    postgresql
)

least_nextest=0.9.130
least_deny=0.19.0
pinned_nextest=0.9.148
pinned_deny=0.20.2

need_build() {
    need_packages "what the build needs" "${build_packages[@]}"
    need_rust
}

need_window() {
    need_packages "what build and window need" "${build_packages[@]}" "${window_packages[@]}"
    need_rust
}

need_lint() {
    need_packages "what build and lints need" "${build_packages[@]}" git python3-venv
    need_rust
    need_python
    need_cargo_tool cargo-deny "$least_deny" "$pinned_deny"
}

need_test() {
    no_system_cluster
    need_packages "what build, window and tests need" \
        "${build_packages[@]}" "${window_packages[@]}" "${test_packages[@]}"
    need_proxy
    need_lint
    need_cargo_tool cargo-nextest "$least_nextest" "$pinned_nextest"
}

# need_room GB: where nothing has been built yet, as much is written before the first test runs. That is said
# here, and not by a linker in the middle.
need_room() {
    local free
    [ ! -d "$target/debug/deps" ] || return 0
    mkdir -p "$target"
    free=$(df --output=avail -BG "$target" | tail -n 1 | tr -dc 0-9)
    [ "$free" -ge "$1" ] ||
        die "This builds some $1 GB and $free GB are free; make room, or name another disk with CARGO_TARGET_DIR."
}

# Tests make PostgreSQL clusters of their own; installing it shall not start one for the whole machine.
no_system_cluster() {
    local said=/etc/postgresql-common/createcluster.d/no-cluster.conf
    [ -n "$(missing_packages postgresql)" ] && [ -d /etc/apt ] || return 0
    as_root mkdir -p "$(dirname "$said")"
    echo "create_main_cluster = false" | as_root tee "$said" >/dev/null
}

# A proxy for several servers. Only its program is wanted: where the machine cannot give its service a user,
# the package stays half done, and the tests can be run all the same.
need_proxy() {
    has_proxy || (need_packages "a proxy for several servers" haproxy) || has_proxy || exit 1
}

has_proxy() { [ -x /usr/sbin/haproxy ] || command -v haproxy >/dev/null; }

# need_packages WHAT PACKAGE...: installs the Debian packages of the list that are missing.
need_packages() {
    local what=$1 missing
    shift
    if ! command -v dpkg-query >/dev/null; then
        say "This is not a Debian: make sure that you have $what: $*"
        return
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    say "Installing $what: $missing"
    as_root apt-get update -qq || die "apt-get update failed; check the network and try again."
    # shellcheck disable=SC2086 # a list of names
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends $missing \
        >"$dev_dir/apt.log" 2>&1 </dev/null && return
    # It also fails for another package that was left half done on this machine.
    missing=$(missing_packages "$@")
    [ -z "$missing" ] || die "apt-get could not install $missing; $dev_dir/apt.log says why."
}

missing_packages() {
    local installed package
    installed=" $(dpkg-query -W -f='${db:Status-Status}:${Package} ' 2>/dev/null) "
    for package in "$@"; do
        [[ $installed == *" installed:$package "* ]] || printf '%s ' "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo --preserve-env=DEBIAN_FRONTEND "$@"
    else
        die "Installing packages needs root: run this as root, or install sudo."
    fi
}

# A Rust that is new enough, with its formatter and its linter.
need_rust() {
    local wanted
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")
    # rustup's own folder may not be on the path of this shell yet.
    command -v cargo >/dev/null || PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
    if ! at_least "$wanted" "$(version_of rustc)"; then
        install_rust "$wanted"
    fi
    if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
        rustup component add rustfmt clippy ||
            die "Rust lacks rustfmt or clippy: install both, then try again."
    fi
}

install_rust() {
    local wanted=$1 installer="$dev_dir/rustup-init.sh"
    say "Installing Rust $wanted or newer"
    if command -v rustup >/dev/null; then
        rustup update stable && rustup default stable
    else
        need_packages "what fetches Rust" curl ca-certificates
        curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs -o "$installer" &&
            sh "$installer" -y --profile minimal --component rustfmt,clippy
        PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    fi || true
    at_least "$wanted" "$(version_of rustc)" ||
        die "This needs Rust $wanted or newer, which could not be fetched from here: install it from rust-lang.org, then try again."
}

# The tests' own Python, with exactly the packages of requirements.txt.
need_python() {
    local venv="$dev_dir/venv"
    export HOLDFAST_PYTHON="$venv/bin/python"
    PATH="$PATH:$dev_dir/tools/bin:$venv/bin"
    need_venv "$venv" "$root/scripts/requirements.txt" "the tests' Python packages"
}

# The decoders that the scanner is measured beside; no test needs them.
need_peers() {
    local venv="$dev_dir/bench-venv"
    need_packages "what the other decoders need" python3-venv libzbar0
    need_venv "$venv" "$root/scripts/bench-requirements.txt" "the other decoders"
    export HOLDFAST_PYTHON="$venv/bin/python"
}

server_peers="$dev_dir/server-peers"

# The verifiers that the server is measured beside, each in an environment of its own. One that cannot be had
# here is left out, and the bench says so.
need_server_peers() {
    server_peer django_otp django-otp==1.7.5 gunicorn==27.0.1 'psycopg[binary]==3.3.9'
    server_peer privacyidea privacyIDEA==3.14 gunicorn==27.0.1 psycopg2-binary==2.9.13
}

# server_peer NAME PACKAGE...
server_peer() {
    local venv="$server_peers/$1"
    shift
    [ ! -e "$venv/whole" ] || return 0
    say "Installing $1 to measure beside it"
    python3 -m venv --clear "$venv" &&
        "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" >"$venv/pip.log" 2>&1 &&
        touch "$venv/whole" || say "$1 cannot be installed from here; it is left out."
}

# need_venv FOLDER LIST WHAT: a Python environment with exactly the packages of the list.
need_venv() {
    local venv=$1 list=$2 what=$3
    cmp -s "$list" "$venv/installed.txt" && return
    say "Installing $what into ${venv#"$root"/}"
    python3 -m venv --clear "$venv" &&
        "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$list" ||
        die "The Python packages could not be installed; check the network and try again."
    cp "$list" "$venv/installed.txt"
}

# need_cargo_tool NAME LEAST PINNED: one on the path if new enough, else the venv's, else built.
need_cargo_tool() {
    local name=$1 least=$2 pinned=$3
    at_least "$least" "$(version_of "$name")" && return
    say "Building $name $pinned (a few minutes, once)"
    cargo install --quiet --locked --root "$dev_dir/tools" "$name@$pinned" ||
        die "$name could not be built; check the network and try again."
    # Before an older one on the path.
    PATH="$dev_dir/tools/bin:$PATH"
}

# version_of PROGRAM: its version, or 0 where it is absent.
version_of() {
    local said
    said=$("$1" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1) || true
    echo "${said:-0}"
}

# at_least LEAST VERSION
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }
