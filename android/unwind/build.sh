#!/usr/bin/env bash
# Makes OUT/<target>/libunwind.a for each target: build.sh OUT TARGET...
#
# RUSTC is as toolchain.sh sets it, and HOLDFAST_UNWINDER_STD where its core has to be built too. The crate is changed in one place: when a panic
# is caught on arm64 it puts every register back, but it never stored x18, in which Android keeps the
# stack of return addresses (the shadow call stack).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
shift
work="$out/unwind"
rust_lib="$(dirname "$HOLDFAST_LLD")"
# rustup's copy looks for its LLVM in a place relative to nothing.
objcopy() { LD_LIBRARY_PATH="$rust_lib/../../.." "$rust_lib/rust-objcopy" "$@"; }

rm -rf "$work/unwinding" "$work/src"
mkdir -p "$work"
cp -r "$here/Cargo.toml" "$here/Cargo.lock" "$here/src" "$work/"
crate=$(cargo metadata --format-version 1 --locked --manifest-path "$here/Cargo.toml" |
    python3 -c 'import json, sys
print(next(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == "unwinding"))')
cp -r "$(dirname "$crate")" "$work/unwinding"
chmod -R u+w "$work/unwinding"

saving="$work/unwinding/src/unwinder/arch/aarch64.rs"
if [ "$(grep -cF 'str x19, [sp, 0x98]' "$saving")" != 1 ]; then
    echo "unwinding is not the release that is known: look at x18 in $saving" >&2
    exit 1
fi
sed -i 's/str x19, \[sp, 0x98\]/stp x18, x19, [sp, 0x90]/' "$saving"
printf '[patch.crates-io]\nunwinding = { path = "unwinding" }\n' >>"$work/Cargo.toml"

for target in "$@"; do
    # An own handler of panics needs what rustc calls unstable.
    (cd "$work" && CARGO_TARGET_DIR="$work/target" RUSTC_BOOTSTRAP=1 \
        cargo build --quiet --release --target "$target" ${HOLDFAST_UNWINDER_STD:-})
    # Objects of another build would be taken for this one's.
    rm -rf "${work:?}/$target"
    mkdir -p "$work/$target" "$out/$target"
    (cd "$work/$target" && ar x "$work/target/$target/release/libunwind.a")
    # Only the unwinder's own object, and of its names only those that Rust asks for: the archive's
    # other members are another copy of what the app has.
    objcopy --wildcard --keep-global-symbol='_Unwind_*' "$work/$target"/unwind-*.o "$work/$target/only.o"
    objcopy --strip-unneeded --remove-section=.comment "$work/$target/only.o"
    rm -f "$out/$target/libunwind.a"
    ar rcD "$out/$target/libunwind.a" "$work/$target/only.o"
    wanted=$(nm -u "$work/$target/only.o" | awk '{print $2}' | sort | xargs)
    if [ "$wanted" != "dl_iterate_phdr memcpy memmove" ]; then
        echo "The unwinder wants other symbols than it should: $wanted" >&2
        exit 1
    fi
    [ "$target" != aarch64-linux-android ] || python3 - "$work/$target/only.o" <<'CHECK'
import sys
code = open(sys.argv[1], "rb").read()
count = lambda instruction: code.count(instruction.to_bytes(4, "little"))
# stp x18, x19, [sp, #0x90] takes the place of str x19, [sp, #0x98].
if count(0xA9094FF2) != 1 or count(0xF9004FF3) != 0:
    sys.exit("The unwinder for arm64 does not store x18 exactly once.")
CHECK
done
