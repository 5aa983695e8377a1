# The tests of the parts that make, check and run an APK, and of the app itself on a phone that is none.

apk_test() {
    need_apk_test
    steps 9
    step "Lints" lints_of_the_phone
    step "The unwinder, on both processors" "$root/android/unwind/test.sh" "$android_dir/libs"
    step "Packing, signing, and what an APK must not be" "$root/android/test_packing.py"
    step "The harness" "$root/android/harness/test_harness.py"
    step "The app's libraries" app_libraries
    HOLDFAST_ANDROID_APP=$(library_of x86_64-linux-android)
    HOLDFAST_ANDROID_APP_ARM64=$(library_of aarch64-linux-android)
    HOLDFAST_ANDROID_SHOTS="$dev_dir/android-shots"
    export HOLDFAST_ANDROID_APP HOLDFAST_ANDROID_APP_ARM64 HOLDFAST_ANDROID_SHOTS
    step "A person's first day with the app" "$root/android/harness/test_app.py"
    step "The phone's own lock" "$root/android/harness/test_device.py"
    step "What is typed" "$root/android/harness/test_typing.py"
    step "The same pixels on both processors" "$root/android/harness/test_both.py"
    say "What the app showed is in $dev_dir/android-shots."
}

# Everything that ./dev apk-test needs.
need_apk_test() {
    need_android_parts
    need_arm64
    need_packages "what plays to the camera, knows the right code, and runs Android's code as Java's" \
        qrencode oathtool enjarify
    command -v javac >/dev/null || need_packages "what plays Android's Java" default-jdk-headless
    need_std
    need_unwinder
}

# Nothing else compiles the phone's own code with them.
lints_of_the_phone() {
    if [ "${HOLDFAST_PHONE_LINTS:-}" = no ]; then
        echo "    NOT CHECKED: this machine is too slow for it (HOLDFAST_PHONE_LINTS=no)"
        return
    fi
    if [ ${#build_std[@]} -gt 0 ]; then
        echo "    NOT CHECKED: the compiler that builds the standard library from source has no lints"
        return
    fi
    cargo clippy --quiet --locked --package holdfast --lib --target aarch64-linux-android -- -D warnings
}

# What is quick enough for every `./dev test`: no library of the app is built for it.
quick_android_count=1
quick_android() { step "Packing, signing, and what an APK must not be" "$root/android/test_packing.py"; }

# The tools, and the stub libraries to link with.
need_android_parts() {
    need_packages "what the APK is made with" "${build_packages[@]}" "${android_packages[@]}"
    need_rust
    mkdir -p "$android_dir"
    use_own_linker
}
