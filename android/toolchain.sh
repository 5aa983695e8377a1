# The parts that build for Android without Google's SDK: fetched once, kept in .dev/android.
#
# Nothing is installed but small tools of Debian. What would push rustup off the machine (Debian's
# own rustc, for the source of its standard library) is unpacked into the folder and used from there.

android_dir="${HOLDFAST_ANDROID_CACHE:-$dev_dir/android}"
# Reads object files, makes typefaces smaller, packs, signs, assembles the activity's class.
android_packages=(binutils python3 python3-fonttools aapt zipalign apksigner android-framework-res libsmali-java)
android_targets=(aarch64-linux-android x86_64-linux-android)
android_flags=()
least_api=29

# Everything that ./dev apk needs.
need_android() {
    need_packages "what the APK is made with" "${build_packages[@]}" "${android_packages[@]}"
    need_rust
    mkdir -p "$android_dir"
    if [ -n "${ANDROID_NDK_HOME:-}" ]; then
        use_ndk
    else
        need_std
        use_own_linker
        need_unwinder
    fi
}

# The standard library for the targets: rustup's, or built from the source that Debian has.
# HOLDFAST_ANDROID_STD=source builds it in any case.
need_std() {
    build_std=()
    if [ "${HOLDFAST_ANDROID_STD:-}" = source ] || ! rustups_std; then
        need_std_source
    fi
}

rustups_std() {
    command -v rustup >/dev/null && rustup target add "${android_targets[@]}" >"$dev_dir/rustup.log" 2>&1
}

# Debian's rustc with the source of its standard library, both of one version.
need_std_source() {
    local root_of="$android_dir/rust" wanted package
    wanted=$(apt-cache policy rustc-web | sed -n 's/ *Candidate: //p')
    [ -n "$wanted" ] || die "There is no package rustc-web here; name the NDK's folder in ANDROID_NDK_HOME."
    if [ "$(cat "$root_of/version" 2>/dev/null)" != "$wanted" ]; then
        say "Fetching rustc $wanted with the source of its standard library (once)"
        rm -rf "$root_of"
        mkdir -p "$root_of/packages"
        (cd "$root_of/packages" && apt-get download -qq -o APT::Sandbox::User=root $(std_packages)) ||
            die "The packages could not be fetched; check the network and try again."
        for package in "$root_of"/packages/*.deb; do dpkg-deb -x "$package" "$root_of"; done
        rm -rf "$root_of/packages"
        lay_source "$root_of"
        echo "$wanted" >"$root_of/version"
    fi
    export RUSTC="$android_dir/rust/rustc" RUSTC_BOOTSTRAP=1 HOLDFAST_UNWINDER_STD=-Zbuild-std=core
    build_std=(-Zbuild-std=std,panic_unwind -Zbuild-std-features=)
}

# The compiler, its source, its libraries, and the LLVM that these name.
std_packages() {
    local std llvm
    std=$(apt-cache depends libstd-rust-web-dev | sed -n 's/ *Depends: \(libstd-rust-web-[0-9.]*\)/\1/p')
    llvm=$(apt-cache depends "$std" | sed -n 's/ *Depends: \(libllvm[0-9]*\).*/\1/p')
    echo rustc-web rust-web-src libstd-rust-web-dev "$std" "$llvm"
}

# Cargo looks for the source below the compiler's own folder; the compiler needs its LLVM.
lay_source() {
    local usr=$1/usr source
    source=$(find "$usr/src" -maxdepth 1 -name 'rustc-*' -type d | head -n 1)
    mkdir -p "$usr/lib/rustlib/src"
    ln -sfn "$source" "$usr/lib/rustlib/src/rust"
    cat >"$1/rustc" <<WRAPPER
#!/bin/sh
LD_LIBRARY_PATH="$usr/lib/x86_64-linux-gnu:$usr/lib" exec "$usr/bin/rustc" "\$@"
WRAPPER
    chmod +x "$1/rustc"
}

# rustup's lld behind a wrapper that speaks as the NDK's driver does, and libraries that hold the
# names of Android's functions and no code.
use_own_linker() {
    local libs="$android_dir/libs" target
    HOLDFAST_LLD="$(rust_sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld"
    [ -x "$HOLDFAST_LLD" ] || die "This Rust has no rust-lld; install Rust with rustup, then try again."
    export HOLDFAST_LLD HOLDFAST_ANDROID_LIBS="$libs"
    "$root/android/stubs.py" "$HOLDFAST_LLD" "$libs" || die "The stub libraries could not be made."
    for target in "${android_targets[@]}"; do
        export "$(cargo_variable "$target" LINKER)=$root/android/driver.py"
    done
}

# The functions that catch a panic; the NDK has them in its libunwind.
need_unwinder() {
    local libs="$android_dir/libs" made_of
    made_of=$({
        "${RUSTC:-rustc}" --version
        cat "$root"/android/unwind/{Cargo.lock,Cargo.toml,build.sh,src/lib.rs}
    } | sha256sum)
    [ "$(cat "$libs/unwind.of" 2>/dev/null)" != "$made_of" ] || return 0
    say "Building the unwinder (once)"
    "$root/android/unwind/build.sh" "$libs" "${android_targets[@]}" || die "The unwinder could not be built."
    echo "$made_of" >"$libs/unwind.of"
}

# Google's NDK, and its SDK where there is one, in place of all of that.
use_ndk() {
    local bin="$ANDROID_NDK_HOME/toolchains/llvm/prebuilt/linux-x86_64/bin" target tools
    [ -x "$bin/${android_targets[0]}$least_api-clang" ] ||
        die "There is no NDK for Linux in $ANDROID_NDK_HOME; unset ANDROID_NDK_HOME to build without it."
    build_std=()
    for target in "${android_targets[@]}"; do
        rustup target add "$target" || die "Rust's library for $target could not be fetched."
        export "$(cargo_variable "$target" LINKER)=$bin/$target$least_api-clang"
    done
    android_flags=("-Clink-arg=-Wl,-z,max-page-size=16384")
    if [ -n "${ANDROID_HOME:-}" ]; then
        tools=$(find "$ANDROID_HOME/build-tools" -mindepth 1 -maxdepth 1 | sort -V | tail -n 1)
        PATH="$tools:$PATH"
        export ANDROID_JAR="$ANDROID_HOME/platforms/android-35/android.jar"
    fi
}

# rustup's own, whatever RUSTC says.
rust_sysroot() { env -u RUSTC rustc --print sysroot; }

# cargo_variable TARGET WHAT: the name of the variable through which Cargo is told.
cargo_variable() { echo "CARGO_TARGET_$(tr a-z- A-Z_ <<<"$1")_$2"; }
