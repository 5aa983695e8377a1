#!/usr/bin/env bash
# Runs test.c with the unwinder that build.sh made: test.sh LIBS, the folder with one for each target.
# It runs on this machine, and for arm64 under qemu; -ffixed-x18 keeps the compiler from the register.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
libs=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

gcc -O1 -fexceptions -Wall -static -Wl,--eh-frame-hdr -o "$work/x86_64" \
    "$here/test.c" "$libs/x86_64-linux-android/libunwind.a"
"$work/x86_64"
aarch64-linux-gnu-gcc -O1 -fexceptions -ffixed-x18 -Wall -static -Wl,--eh-frame-hdr -o "$work/arm64" \
    "$here/test.c" "$libs/aarch64-linux-android/libunwind.a"
qemu-aarch64 "$work/arm64"
