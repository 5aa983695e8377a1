# The app's library for both processors, packed, signed and looked over: target/android/holdfast.apk.

apk() {
    need_android
    local out="$target/android" version
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
    mkdir -p "$out"
    steps 4
    step "The libraries for arm64 and x86_64" app_libraries
    step "Packing" "$root/android/pack.py" "$out/unsigned.apk" "$version" \
        "arm64-v8a=$(library_of aarch64-linux-android)" "x86_64=$(library_of x86_64-linux-android)"
    step "Signing" sign_apk "$out/unsigned.apk" "$out/holdfast.apk"
    rm -f "$out/unsigned.apk"
    step "What must be true of it" "$root/android/check.py" "$out/holdfast.apk"
    say "$out/holdfast.apk, $(($(stat -c %s "$out/holdfast.apk") / 1024)) KiB"
    "$root/android/figures.py" --most 12 6 "$out/holdfast.apk"
    aapt dump permissions "$out/holdfast.apk"
    sha256sum "$out/holdfast.apk"
}

# The same bytes wherever the folders are in which they are built. Both processors in one call of Cargo: each
# library is made of all crates at once in the end, which keeps one core busy for minutes.
app_libraries() {
    local flags folder triple variables=() triples=()
    cargo fetch --quiet --locked
    flags="--remap-path-prefix=$root=/holdfast --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    flags+=" --remap-path-prefix=$android_dir=/android ${android_flags[*]} $android_small"
    # Shorter, and without the registry's name: the library has the name of each file that may panic.
    for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do flags+=" --remap-path-prefix=$folder=/crates"; done
    gcc -O2 -shared -fPIC -o "$android_dir/same_seed.so" "$root/android/seed/same_seed.c"
    "$root/android/words.py" "$android_dir/words"
    "$root/android/fonts.py" "$android_dir/faces"
    for triple in "${android_targets[@]}"; do
        variables+=("$(cargo_variable "$triple" RUSTFLAGS)=$flags $(flags_of "$triple")")
        triples+=(--target "$triple")
    done
    env "${variables[@]}" RUSTC_BOOTSTRAP=1 ICU4X_DATA_DIR="$android_dir/words" HOLDFAST_FACES="$android_dir/faces" \
        HOLDFAST_SAME_SEED="$android_dir/same_seed.so" RUSTC_WRAPPER="$root/android/seed/rustc.sh" \
        cargo build --locked --package holdfast-android --profile android \
        "${triples[@]}" "${build_std[@]}"
}

# flags_of TRIPLE: for x86_64 what every phone of it can do (Android's ABI says so), and frame pointers: what the
# unwinder has to be told of a function is less where there is one. On arm64 they are kept anyway.
flags_of() { [ "$1" != x86_64-linux-android ] || echo "-Ctarget-cpu=x86-64-v2 -Cforce-frame-pointers=yes"; }

# What makes the library smaller and changes nothing else, beside the profile: functions of the same code are
# one, and addresses that depend on where it is loaded are named by bits, as Android 9 and newer read them.
# And a panic does not know its place in the source, which nobody could read on a phone: the places are a twelfth
# of the library. The compiler calls that switch unstable, and is told to take it all the same.
android_small="-Zlocation-detail=none -Clink-arg=-Wl,--icf=all,-O2,--pack-dyn-relocs=relr,--use-android-relr-tags"

# library_of TARGET: where app_libraries puts it.
library_of() { echo "$target/$1/android/libholdfast_android.so"; }

# Built here, and in another folder from nothing: a phone cannot tell one from the other.
apk_twice() {
    local elsewhere="$dev_dir/apk-elsewhere" here there
    (apk) || return 1
    rm -rf "$elsewhere"
    git clone --quiet "$root" "$elsewhere"
    CARGO_TARGET_DIR="$elsewhere/target" "$elsewhere/dev" apk || return 1
    here=$(sha256sum <"$target/android/holdfast.apk") there=$(sha256sum <"$elsewhere/target/android/holdfast.apk")
    if [ "$here" != "$there" ]; then
        say "The other one is kept in $elsewhere/target/android."
    else
        rm -rf "$elsewhere"
    fi
    say "$here is here, $there elsewhere"
    [ "$here" = "$there" ]
}
