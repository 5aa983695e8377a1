# The app's library for both processors, packed, signed and looked over: target/android/holdfast.apk.

apk() {
    need_android
    local out="$target/android" version
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
    mkdir -p "$out"
    steps 5
    step "The library for arm64" app_library aarch64-linux-android
    step "The library for x86_64" app_library x86_64-linux-android
    step "Packing" "$root/android/pack.py" "$out/unsigned.apk" "$version" \
        "arm64-v8a=$(library_of aarch64-linux-android)" "x86_64=$(library_of x86_64-linux-android)"
    step "Signing" sign_apk "$out/unsigned.apk" "$out/holdfast.apk"
    rm -f "$out/unsigned.apk"
    step "What must be true of it" "$root/android/check.py" "$out/holdfast.apk"
    say "$out/holdfast.apk, $(($(stat -c %s "$out/holdfast.apk") / 1024)) KiB"
    "$root/android/figures.py" "$out/holdfast.apk"
    aapt dump permissions "$out/holdfast.apk"
    sha256sum "$out/holdfast.apk"
}

# app_library TARGET: the same bytes wherever the folders are in which it is built.
app_library() {
    local flags="--remap-path-prefix=$root=/holdfast --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    flags+=" --remap-path-prefix=$android_dir=/android ${android_flags[*]}"
    "$root/android/words.py" "$android_dir/words"
    "$root/android/fonts.py" "$android_dir/faces"
    env "$(cargo_variable "$1" RUSTFLAGS)=$flags" ICU4X_DATA_DIR="$android_dir/words" \
        HOLDFAST_FACES="$android_dir/faces" cargo rustc --locked --package holdfast --lib --crate-type cdylib \
        --profile android --target "$1" "${build_std[@]}" -- "${android_small[@]}"
}

# What makes the library smaller and changes nothing else: it is made of all crates at once, functions of the
# same code are one, and addresses that depend on where it is loaded are named by bits, as Android 9 and newer
# read them.
android_small=(-Clto=fat "-Clink-arg=-Wl,--icf=all,-O2,--pack-dyn-relocs=relr,--use-android-relr-tags")

# library_of TARGET: where app_library puts it.
library_of() { echo "$target/$1/android/libholdfast.so"; }
