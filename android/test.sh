# The tests of what makes, checks and runs an APK, with small libraries in the app's place.

apk_test() {
    need_packages "what the APK is made with" "${build_packages[@]}" "${android_packages[@]}"
    command -v javac >/dev/null || need_packages "what plays Android's Java" default-jdk-headless
    need_rust
    use_own_linker
    steps 2
    step "Packing, signing, and what an APK must not be" "$root/android/test_packing.py"
    step "The harness" "$root/android/harness/test_harness.py"
}
