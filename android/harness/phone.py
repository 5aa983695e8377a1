"""A phone without a phone: the app's library, run on this machine and driven by commands.

The library for arm64 runs under qemu, with a JVM for arm64 in HOLDFAST_ANDROID_ARM64 (test.sh).
"""

import os
import random
import re
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import pack  # noqa: E402
from elf import machine  # noqa: E402
from relocations import written_out  # noqa: E402
from shims import COMPILERS  # noqa: E402

# Android's names for keys (android.view.KeyEvent).
KEYS = {"back": 4, "enter": 66, "tab": 61, "delete": 67, "space": 62, "escape": 111, "shift": 59, "ctrl": 113}
SHIFT, CTRL = 0x1, 0x1000
# The app's library, in the folder that `build` fills.
APP = "app.so"


def key_of(letter):
    if letter.isdigit():
        return 7 + int(letter)
    return KEYS["space"] if letter == " " else 29 + ord(letter.lower()) - ord("a")


def build(library, out):
    """The library as this system can load it, its shims, the host and its Java, in `out`; and what goes
    before the host's name to run it, with the JVM for it."""
    jdk = Path(os.path.realpath("/usr/bin/javac")).parent.parent
    processor = machine(library)
    subprocess.run([HERE / "shims.py", library, out], check=True)
    written_out(library, out / APP)
    subprocess.run(
        [COMPILERS[processor], "-O1", "-o", out / "host", HERE / "host.c"]
        + [f"-I{jdk}/include", f"-I{jdk}/include/linux", "-ldl"],
        check=True,
    )
    subprocess.run(["javac", "-d", out / "classes", *(HERE / "java").rglob("*.java")], check=True)
    # The activity's class is run as the phone gets it, translated from Android's code to Java's by
    # Debian's own Python, which knows the translator.
    code = pack.assemble(out)
    subprocess.run(
        ["/usr/bin/python3", "-m", "enjarify.main", "-f", "-o", out / "classes/door.jar", code],
        check=True, stdout=subprocess.DEVNULL,
    )
    if processor == "x86_64":
        # Memory as Android gives it (scudo): what is larger than 64 KiB is mapped, and given back at once, where
        # glibc would keep what each thread once had.
        memory = ["MALLOC_ARENA_MAX=1", f"MALLOC_MMAP_THRESHOLD_={1 << 16}"]
        return ["env", *memory, f"LD_LIBRARY_PATH={out}"], jdk / "lib/server/libjvm.so"
    foreign = Path(os.environ["HOLDFAST_ANDROID_ARM64"])
    # The folder is there under two names.
    jvm = min(foreign.glob("usr/lib/jvm/*/lib/server/libjvm.so"))
    places = f"{out}:{foreign}/lib/aarch64-linux-gnu:{foreign}/usr/lib/aarch64-linux-gnu"
    return ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", "-E", f"LD_LIBRARY_PATH={places}"], jvm


class Phone:
    """A running app. Sizes are in pixels, as the library gets them."""

    def __init__(self, work, data, runner, jvm):
        command_read, command_write = os.pipe()
        answer_read, answer_write = os.pipe()

        def place():
            os.dup2(command_read, 30), os.dup2(answer_write, 31)
            os.dup2(30, 3), os.dup2(31, 4)

        self.log = open(work / "log", "ab")
        self.process = subprocess.Popen(
            [*runner, work / "host", work / APP, work / "classes", jvm, data],
            stderr=self.log, stdout=self.log, preexec_fn=place, close_fds=False,
        )
        os.close(command_read), os.close(answer_write)
        self.commands = os.fdopen(command_write, "w")
        self.answers = os.fdopen(answer_read, "r")

    def do(self, command):
        self.commands.write(command + "\n")
        self.commands.flush()
        answer = self.answers.readline()
        if not answer.startswith("ok"):
            raise AssertionError(f"{command}: {answer.strip() or 'the app has ended'}")
        return answer[2:].strip()

    def wait(self, seconds):
        self.do(f"wait {int(seconds * 1000)}")

    def until(self, what, ready, seconds=60):
        """Waits until `ready()` is true."""
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what}")
            # Not always the same, or each look could come while the cursor is there.
            self.wait(random.uniform(0.05, 0.3))

    def still(self):
        """Waits until nothing moves: within a second only the cursor blinked or a second passed."""
        frames, end = -1, time.monotonic() + 30
        while time.monotonic() < end:
            now = self.facts()["frames"]
            if now - frames <= 4 and frames >= 0:
                return
            frames = now
            self.wait(1)

    def tap(self, x, y):
        for action in (0, 1):
            self.do(f"touch {action} {x} {y}")
            self.wait(0.05)

    def key(self, name, meta=0):
        code = KEYS[name] if name in KEYS else key_of(name)
        for action in (0, 1):
            self.do(f"key {action} {code} {meta}")
        self.wait(0.02)

    def command(self, letter):
        """A letter with the control key held."""
        self.do(f"key 0 {KEYS['ctrl']} {CTRL}")
        self.key(letter, CTRL)
        self.do(f"key 1 {KEYS['ctrl']} 0")

    def type(self, text):
        for letter in text:
            self.key(letter, SHIFT if letter.isupper() else 0)

    def facts(self):
        return {name: int(value) for name, value in re.findall(r"(\w+)=(-?\d+)", self.do("facts"))}

    def java(self, method, text=""):
        return self.do(f"java {method} {text}".rstrip())

    def permit_camera(self, granted):
        """As the person answers the system's question, or changes the answer in its settings."""
        self.do(f"permit {int(granted)}")
        self.java("permit", str(granted).lower())

    def shot(self, path):
        """The screen as a PNG, and its rows of pixels."""
        raw = Path(f"{path}.ppm")
        self.do(f"shot {raw}")
        head, width, height, pixels = read_ppm(raw.read_bytes())
        raw.unlink()
        rows = [pixels[y * width * 3:(y + 1) * width * 3] for y in range(height)]
        write_png(Path(f"{path}.png"), width, height, rows)
        return Screen(width, height, rows)

    def destroy(self):
        self.do("destroy")
        return self.process.wait(timeout=30)

    def close(self):
        """Ends the process, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for file in (self.log, self.commands, self.answers):
            file.close()


class Screen:
    def __init__(self, width, height, rows):
        self.width, self.height, self.rows = width, height, rows

    def pixel(self, x, y):
        return tuple(self.rows[y][3 * x:3 * x + 3])

    def colours(self):
        found = {}
        for row in self.rows[::7]:
            for x in range(0, self.width * 3, 21):
                colour = row[x:x + 3]
                found[colour] = found.get(colour, 0) + 1
        return found


def read_ppm(data):
    head, size, most, pixels = data.split(b"\n", 3)
    width, height = (int(side) for side in size.split())
    return head, width, height, pixels


def write_png(path, width, height, rows):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    image = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", image) + chunk(b"IEND", b"")
    )
