# The tests of what makes and checks an APK, with small libraries in the app's place.

apk_test() {
    need_packages "what the APK is made with" "${build_packages[@]}" "${android_packages[@]}"
    need_rust
    use_own_linker
    steps 1
    step "Packing, signing, and what an APK must not be" "$root/android/test_packing.py"
}
