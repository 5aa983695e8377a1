# What runs the library for a phone's processor on this one: qemu, and Java for arm64, which is
# unpacked into .dev/android and used from there. Nothing of it is installed but qemu and the compiler.

need_arm64() {
    need_packages "what runs arm64 code" gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
    local place="$android_dir/arm64"
    export HOLDFAST_ANDROID_ARM64="$place/root"
    [ ! -e "$place/whole" ] || return 0
    say "Fetching Java for arm64 (once, 43 MB)"
    rm -rf "$place"
    mkdir -p "$place/state/lists/partial" "$place/cache/archives/partial" "$place/packages" "$place/root"
    # Lists of its own: the machine's stay as they are.
    cat >"$place/apt.conf" <<CONF
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Dir::State "$place/state";
Dir::State::status "$place/state/status";
Dir::Cache "$place/cache";
Acquire::Languages "none";
CONF
    touch "$place/state/status"
    (
        export APT_CONFIG="$place/apt.conf"
        cd "$place/packages" && apt-get update -qq &&
            apt-get download -qq zlib1g "$(apt-cache depends default-jre-headless |
                sed -n 's/ *Depends: \(openjdk-[0-9]*-jre-headless\)/\1/p')"
    ) || die "Java for arm64 could not be fetched; check the network and try again."
    for package in "$place"/packages/*.deb; do dpkg-deb -x "$package" "$place/root"; done
    rm -rf "$place/packages" "$place/state" "$place/cache"
    touch "$place/whole"
}
