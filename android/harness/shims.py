#!/usr/bin/env python3
"""Makes stand-ins for Android's libraries, so that the app's library runs on a Linux that is no phone.

shims.py LIBRARY OUT: for each library that LIBRARY needs, OUT gets one of that name which exports
exactly the wanted symbols with the wanted versions. Each jumps to the function `SP_name` of
shim_bionic.c, shim_phone.c or another shim_*.c where there is one, and to glibc's function of that
name otherwise. They are for the processor that LIBRARY is for.
"""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from elf import machine, needed_libraries, undefined_symbols  # noqa: E402
from symbols import read_symbols  # noqa: E402

# The compiler for each processor, and how it goes on at the address that a slot holds.
COMPILERS = {"x86_64": "gcc", "aarch64": "aarch64-linux-gnu-gcc"}
JUMPS = {
    "x86_64": "jmp *slots+{at}(%rip)",
    "aarch64": "adrp x16, slots+{at}\nldr x16, [x16, :lo12:slots+{at}]\nbr x16",
}

RESOLVER = """
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
static void missing(void) { fprintf(stderr, "a function was called that the shims do not have\\n"); abort(); }
void *harness_real(const char *name) {
    static void *own, *libc, *libm;
    char special[256];
    if (!libc) libc = dlopen("libc.so.6", RTLD_NOW), libm = dlopen("libm.so.6", RTLD_NOW), own = dlopen("libshims.so", RTLD_NOW);
    snprintf(special, sizeof special, "SP_%s", name);
    void *found = dlsym(own, special);
    if (!found) found = dlsym(libc, name);
    if (!found) found = dlsym(libm, name);
    if (!found && getenv("SHIMS_TELL")) fprintf(stderr, "no %s\\n", name);
    return found ? found : (void *)missing;
}
"""


def compile_library(processor, out, soname, sources, *options):
    subprocess.run(
        [COMPILERS[processor], "-shared", "-fPIC", "-O1", "-w", "-pthread", "-o", out / soname]
        + [*sources, f"-Wl,-soname,{soname}", "-ldl", *options],
        check=True,
    )


def make_shim(processor, out, library, symbols):
    """One library of jumps through a table that is filled when it is loaded."""
    names = [symbol.name for symbol in symbols]
    jumps = "".join(
        f".globl to_{s.name}\n.type to_{s.name},%function\nto_{s.name}: {JUMPS[processor].format(at=8 * at)}\n"
        f".symver to_{s.name}, {s.name}@@{s.version}\n"
        for at, s in enumerate(symbols)
    )
    assembly = out / "jumps.s"
    assembly.write_text(
        f".text\n{jumps}.bss\n.balign 8\n.globl slots\n.hidden slots\nslots: .zero {8 * len(names) + 8}\n"
        '.section .note.GNU-stack,"",%progbits\n'
    )
    table = out / "table.c"
    quoted = "".join(f'"{name}", ' for name in names)
    table.write_text(
        "extern void *slots[] __attribute__((visibility(\"hidden\")));\n"
        "extern void *harness_real(const char *);\n"
        f"static const char *names[] = {{{quoted}0}};\n"
        "__attribute__((constructor)) static void fill(void) {\n"
        "    for (int i = 0; names[i]; i++) slots[i] = harness_real(names[i]);\n}\n"
    )
    versions = defaultdict(list)
    for symbol in symbols:
        versions[symbol.version].append(symbol.name)
    script = out / "versions.map"
    script.write_text(
        "".join(f"{v} {{ global: {' '.join(n + ';' for n in ns)} }};\n" for v, ns in versions.items())
        or "NONE { local: *; };\n"
    )
    compile_library(
        processor, out, library, [table, assembly], f"-Wl,--version-script={script}", f"-L{out}", "-lshims",
        "-Wl,-rpath,$ORIGIN",
    )
    for scratch in (assembly, table, script):
        scratch.unlink()


def main():
    library, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    processor = machine(library)
    resolver = out / "resolver.c"
    resolver.write_text(RESOLVER)
    compile_library(processor, out, "libshims.so", [*sorted(HERE.glob("shim_*.c")), resolver])
    resolver.unlink()

    wanted = defaultdict(list)
    homes = {(s.name, s.version): s.library for s in read_symbols()}
    for symbol in undefined_symbols(library):
        wanted[homes.get((symbol.name, symbol.version))].append(symbol)
    if None in wanted:
        sys.exit("unknown: " + " ".join(symbol.name for symbol in wanted[None]))
    for name in needed_libraries(library):
        make_shim(processor, out, name, wanted[re.sub(r"\.so$", "", name)])


if __name__ == "__main__":
    main()
