# The key that the APK is signed with: made once, and kept, because a phone takes an update only from
# the key that it knows. With another key the app would have to be removed first, and with it the vault.

key_dir="${HOLDFAST_ANDROID_KEY_DIR:-${XDG_CONFIG_HOME:-$HOME/.config}/holdfast/android}"

# sign_apk UNSIGNED OUT
sign_apk() {
    need_key
    apksigner sign --ks "$key_dir/key.p12" --ks-pass "file:$key_dir/password" --ks-key-alias holdfast \
        --min-sdk-version "$least_api" --v1-signing-enabled false --out "$2" "$1"
    rm -f "$2.idsig"
}

need_key() {
    [ ! -e "$key_dir/key.p12" ] || return 0
    say "Making the key that your APKs are signed with, in $key_dir"
    say "Keep a copy of this folder: without the key nobody can update the app that it signed."
    mkdir -p "$key_dir"
    chmod 700 "$key_dir"
    (
        umask 077
        head -c 24 /dev/urandom | base64 >"$key_dir/password"
        keytool -genkeypair -storetype PKCS12 -keystore "$key_dir/key.p12.new" -alias holdfast \
            -storepass:file "$key_dir/password" -keyalg RSA -keysize 4096 -validity 20000 \
            -dname "CN=Holdfast" >/dev/null 2>&1
        mv "$key_dir/key.p12.new" "$key_dir/key.p12"
    ) || die "The key could not be made; look at $key_dir."
}
