#!/usr/bin/env python3
"""Stands in for the NDK's clang driver when rustc links: hands the arguments to rustup's own lld.

rustc speaks to a compiler driver (`-Wl,...`); what is a driver's and not a linker's is dropped. The
folder with the stub libraries and the unwinder comes from HOLDFAST_ANDROID_LIBS, which has one
folder for each target. It must not be called `link`: rustc would take it for Microsoft's linker.
"""

import os
import sys

EMULATIONS = {"aarch64-linux-android": "aarch64linux", "x86_64-linux-android": "elf_x86_64"}
# What lld does not know, and what says nothing to it.
DRIVERS_OWN = ("-nodefaultlibs", "-nostartfiles", "-nostdlib", "-pie", "-no-pie", "-rdynamic")
DRIVERS_PREFIXES = ("-m", "-fuse-ld", "--target=", "-B")
# Every symbol must be known; pages of 16 KiB; all addresses are read-only before the app starts.
ALWAYS = ["-z", "defs", "-z", "max-page-size=16384", "-z", "relro", "-z", "now", "--build-id=sha1"]


def linker_arguments(given):
    arguments = []
    rest = iter(given)
    for one in rest:
        if one.startswith("-Wl,"):
            arguments += one[4:].split(",")
        elif one == "-Xlinker":
            arguments.append(next(rest))
        elif one not in DRIVERS_OWN and not one.startswith(DRIVERS_PREFIXES):
            arguments.append(one)
    return arguments


def target_of(given):
    """rustc names the target only in the paths of what it links."""
    text = " ".join(given)
    found = [target for target in EMULATIONS if target in text]
    if len(found) != 1:
        sys.exit(f"driver.py: one target must be named in the arguments, not {found}")
    return found[0]


def main():
    given = sys.argv[1:]
    target = target_of(given)
    libraries = os.path.join(os.environ["HOLDFAST_ANDROID_LIBS"], target)
    lld = os.environ["HOLDFAST_LLD"]
    os.execv(
        lld,
        [lld, "-flavor", "gnu", "-m", EMULATIONS[target], *linker_arguments(given), "-L", libraries]
        + ALWAYS,
    )


if __name__ == "__main__":
    main()
