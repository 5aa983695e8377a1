# The tests of the parts that make, check and run an APK, with small libraries in the app's place.

apk_test() {
    need_packages "what the APK is made with" "${build_packages[@]}" "${android_packages[@]}"
    need_arm64
    command -v javac >/dev/null || need_packages "what plays Android's Java" default-jdk-headless
    need_rust
    need_std
    use_own_linker
    need_unwinder
    steps 3
    step "The unwinder, on both processors" "$root/android/unwind/test.sh" "$android_dir/libs"
    step "Packing, signing, and what an APK must not be" "$root/android/test_packing.py"
    step "The harness" "$root/android/harness/test_harness.py"
}
