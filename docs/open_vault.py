#!/usr/bin/env python3
"""Opens a Holdfast vault without Holdfast, and prints one JSON object per account.

It shares no code with Holdfast: it is written from docs/vault.md alone, so that your accounts
outlive the program. It needs the Python packages cryptography and argon2-cffi.

    open_vault.py VAULT            asks for the passphrase without echo
    open_vault.py VAULT < file     reads the passphrase from the first line of standard input

The output holds the secrets in the clear. Do not keep it. What cannot be opened is told in one sentence
on standard error, with exit code 1. An entry that cannot be read is printed as its bytes and the reason,
and locks in no other.
"""

import base64
import getpass
import hashlib
import json
import struct
import sys
import unicodedata

try:
    import argon2.exceptions
    import argon2.low_level
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ImportError as error:
    sys.exit(f"A Python package is missing ({error}); install cryptography and argon2-cffi.")

MAGIC = b"Holdfast"
VERSION = 1
MAX_FILE = 64 * 1024 * 1024
MAX_HEADER = 64 * 1024
MAX_SLOTS = 8
PASSPHRASE_SLOT = 1
MIN_MEMORY_KIB, MAX_MEMORY_KIB = 19 * 1024, 512 * 1024
MIN_PASSES, MAX_WORK_KIB = 2, 2 * 1024 * 1024
MIN_LANES, MAX_LANES = 1, 4
MAX_TOGETHER_KIB = 4 * 1024 * 1024
KINDS = {1: "totp", 2: "hotp", 3: "steam"}
STEPS = {1: "to do", 2: "re-enrolled", 3: "confirmed", 4: "retired"}
ALGORITHMS = {1: "SHA1", 2: "SHA256", 3: "SHA512"}
# The fields of an entry, with the least and the most bytes of each.
LENGTHS = {1: (16, 16), 2: (7, 7), 3: (8, 8), 4: (0, 1024), 5: (0, 1024), 6: (8, 8), 7: (45, 1068)}
LENGTHS |= {8: (0, 4096), 9: (12, 12), 10: (9, 9), 11: (16, 16)}


class CannotOpen(Exception):
    """One sentence on why not."""


class NoMemory(CannotOpen):
    """There is none for this slot; another may still open."""


class Malformed(CannotOpen):
    """A rule of the format is broken."""

    def __init__(self, what="something in it breaks the format"):
        super().__init__(f"The vault is damaged: {what}.")


class Unreadable(Exception):
    """Why one entry cannot be read; the others can."""


class Bytes:
    """Takes values off the front of some bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        if length > len(self.data) - self.at:
            raise Malformed()
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, length):
        return int.from_bytes(self.take(length), "big")

    def fields(self):
        """Tags and values; a tag is never 0 and never less than the one before."""
        last = 1
        while self.at < len(self.data):
            tag, length = self.number(2), self.number(4)
            value = self.take(length)
            if tag < last:
                raise Malformed()
            last = tag
            yield tag, value


def derive(key, salt, label, context=b""):
    info = label.encode() + context
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(key)


def open_sealed(key, nonce, sealed, associated):
    """The plaintext, or None."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated)
    except InvalidTag:
        return None


def read_header(file):
    """The parts of the file that are not sealed."""
    if len(file) > MAX_FILE:
        raise CannotOpen("This file is too large to be a Holdfast vault.")
    if file[:8] != MAGIC[: len(file)]:
        raise CannotOpen("This is not a Holdfast vault.")
    if len(file) < 16:
        raise CannotOpen("The vault is cut short.")
    written, needed, length = struct.unpack(">HHI", file[8:16])
    if not 32 <= length <= MAX_HEADER:
        raise Malformed("its header has an impossible length")
    if len(file) < 16 + length:
        raise CannotOpen("The vault is cut short.")
    before_nonce = file[: 16 + length]
    if hashlib.sha256(before_nonce[:-32]).digest() != before_nonce[-32:]:
        raise Malformed("the checksum of its header is wrong")
    if needed > VERSION:
        raise CannotOpen(f"The vault needs a reader of version {needed}.")
    if not 1 <= needed <= written:
        raise Malformed("it states impossible versions")
    header = Bytes(before_nonce[16:-32])
    vault_id = header.take(16)
    _generation, _written_at = header.number(8), header.number(8)
    write_salt, key_id, body_length = header.take(32), header.take(32), header.number(4)
    slots = read_slots(header)
    list(header.fields())  # none is known in version 1
    rest = file[16 + length :]
    if len(rest) < 12 + body_length + 16:
        raise CannotOpen("The vault is cut short.")
    if len(rest) > 12 + body_length + 16:
        raise CannotOpen("The vault has something added to its end.")
    return vault_id, write_salt, key_id, slots, before_nonce, rest[:12], rest[12:]


def read_slots(header):
    """The slots as (id, kind and parameters; nonce; wrapped data key)."""
    slots = []
    count = header.number(1)
    if not 1 <= count <= MAX_SLOTS:
        raise Malformed("it states an impossible number of ways to open it")
    for _ in range(count):
        slot = header.take(header.number(2))
        if len(slot) < 2 + 60:
            raise Malformed("a way to open it is too short")
        slots.append((slot[:-60], slot[-60:-48], slot[-48:]))
    if len({head[0] for head, _, _ in slots}) != count:
        raise Malformed("two ways to open it share a number")
    return slots


def check_cost(memory, passes, lanes):
    """Before any memory is taken: a crafted file can have neither the memory nor the afternoon."""
    excess = {
        "memory": memory > MAX_MEMORY_KIB,
        "time": memory * passes > MAX_WORK_KIB,
        "processor cores": lanes > MAX_LANES,
    }
    for what, is_beyond in excess.items():
        if is_beyond:
            raise CannotOpen(f"The vault asks for more {what} than is safe to give.")
    if memory < MIN_MEMORY_KIB or passes < MIN_PASSES or lanes < MIN_LANES:
        raise CannotOpen("The vault protects its passphrase too weakly; it is not of Holdfast's make.")


def check_together(slots):
    """The same for all passphrases: one that is wrong is tried on each."""
    together = 0
    for head, _, _ in slots:
        if len(head) == 30 and head[1] == PASSPHRASE_SLOT:
            memory, passes, lanes = struct.unpack(">III", head[2:14])
            try:
                check_cost(memory, passes, lanes)
            except CannotOpen:
                continue  # it is not tried
            together += memory * passes
    if together > MAX_TOGETHER_KIB:
        raise CannotOpen("The vault asks for more time than is safe to give.")


def stretch(typed, parameters):
    """The unlocking key of a passphrase."""
    memory, passes, lanes = struct.unpack(">III", parameters[:12])
    check_cost(memory, passes, lanes)
    try:
        return argon2.low_level.hash_secret_raw(
            secret=typed,
            salt=parameters[12:],
            time_cost=passes,
            memory_cost=memory,
            parallelism=lanes,
            hash_len=32,
            type=argon2.low_level.Type.ID,
            version=0x13,
        )
    except (argon2.exceptions.HashingError, MemoryError):
        raise NoMemory("There is not enough free memory to check the passphrase.") from None


def unwrap_data_key(slots, vault_id, passphrase):
    """The data key, from whichever slot this passphrase opens."""
    typed = unicodedata.normalize("NFC", passphrase).encode()
    refusal, is_wrong, is_untried = None, False, False
    check_together(slots)
    for head, nonce, wrapped in slots:
        if len(head) != 30 or head[1] != PASSPHRASE_SLOT:
            continue
        try:
            stretched = stretch(typed, head[2:])
        except NoMemory as error:
            refusal, is_untried = error, True
            continue
        except CannotOpen as error:
            # Another slot may still open.
            refusal = refusal if is_untried else error
            continue
        slot_key = derive(stretched, vault_id, "holdfast vault slot")
        data_key = open_sealed(slot_key, nonce, wrapped, vault_id + head)
        if data_key is not None:
            return data_key
        is_wrong = True
    if is_wrong and is_untried:
        # It is not called wrong before it was tried everywhere.
        raise CannotOpen(
            "The passphrase opens none of the ways in that could be tried; for another there is not "
            "enough free memory."
        )
    if is_wrong:
        raise CannotOpen("The passphrase does not open the vault.")
    raise refusal or CannotOpen("The vault has no passphrase, only devices open it.")


def read_fields(record):
    """The fields of an entry by their tags, those of a later version left out."""
    fields, last = {}, 0
    try:
        for tag, value in Bytes(record).fields():
            if tag in LENGTHS:
                least, most = LENGTHS[tag]
                if tag == last or not least <= len(value) <= most:
                    raise Unreadable("it is damaged")
                fields[tag] = value.decode() if tag in (4, 5, 8) else value
            last = tag
    except (Malformed, UnicodeDecodeError):
        raise Unreadable("it is damaged") from None
    if not {1, 2, 5, 6} <= fields.keys():
        raise Unreadable("a part of it is missing")
    return fields


def read_parameters(fields):
    """What the codes are made with."""
    kind, algorithm, digits, period = struct.unpack(">BBBI", fields[2])
    if kind > 3:
        raise Unreadable("it is of a newer kind")
    fits = {1: 1 <= period <= 86_400 and 3 not in fields, 2: period == 0 and 3 in fields}
    fits[3] = period == 0 and 3 not in fields
    if not fits.get(kind, False):
        raise Unreadable("it is damaged")
    if algorithm > 3:
        raise Unreadable("it is of a newer kind")
    if algorithm == 0 or not 6 <= digits <= 10:
        raise Unreadable("it is damaged")
    if kind == 3:
        # Whatever else is said: five letters, of SHA-1, every 30 seconds.
        return {"kind": "steam", "algorithm": "SHA1", "digits": 5, "period": 30}
    made = {"kind": KINDS[kind], "algorithm": ALGORITHMS[algorithm], "digits": digits}
    if kind == 1:
        made["period"] = period
    else:
        made["counter"] = int.from_bytes(fields[3], "big")
    return made


def read_entry(record, secrets_key, vault_id):
    """One account as a dictionary."""
    fields = read_fields(record)
    entry = {"id": fields[1].hex(), "issuer": fields.get(4), "account": fields[5]}
    entry |= read_parameters(fields)
    entry["added_at"] = int.from_bytes(fields[6], "big")
    entry["secret"] = None  # waits for re-enrolment
    if 7 in fields:
        salt, nonce, sealed = fields[7][:16], fields[7][16:28], fields[7][28:]
        key = derive(secrets_key, salt, "holdfast vault secret", fields[1])
        secret = open_sealed(key, nonce, sealed, vault_id + fields[1] + fields[2])
        if secret is None:
            entry["secret_is_damaged"] = True
        else:
            entry["secret"] = base64.b32encode(secret).decode().rstrip("=")
    if fields.get(8):
        entry["note"] = fields[8]
    if 10 in fields and fields[10][0] in STEPS:
        entry["step"] = STEPS[fields[10][0]]
    return entry


def open_vault(file, passphrase):
    """Yields a dictionary per account."""
    vault_id, write_salt, key_id, slots, before_nonce, nonce, sealed = read_header(file)
    data_key = unwrap_data_key(slots, vault_id, passphrase)
    if derive(data_key, vault_id, "holdfast vault key id") != key_id:
        raise Malformed("a way to open it holds another vault's key")
    body_key = derive(data_key, write_salt, "holdfast vault body")
    body = open_sealed(body_key, nonce, sealed, before_nonce)
    if body is None:
        raise Malformed("its body is not what was sealed")
    # All of it, before anything is said: a body that breaks off is damaged as a whole.
    fields = list(Bytes(body).fields())
    keys = [value for tag, value in fields if tag == 1]
    if len(keys) != 1 or len(keys[0]) != 32:
        raise Malformed("it does not have one key of the secrets")
    yield from read_entries(fields, keys[0], vault_id)


def read_entries(fields, secrets_key, vault_id):
    seen = set()
    for tag, value in fields:
        if tag not in (2, 3):
            continue
        try:
            if tag == 2:
                entry = read_entry(value, secrets_key, vault_id)
                if entry["id"] in seen:
                    raise Unreadable("another entry has its number")
                seen.add(entry["id"])
            else:
                # The trash: a random id and a time, then the entry as it was.
                entry = read_entry(value[24:], secrets_key, vault_id)
                entry["in_trash_since"] = int.from_bytes(value[16:24], "big")
            yield entry
        except Unreadable as reason:
            unreadable = {"unreadable": value.hex(), "because": str(reason)}
            yield unreadable if tag == 2 else unreadable | {"in_trash": True}


def ask_passphrase():
    if sys.stdin.isatty():
        return getpass.getpass("Passphrase: ")
    try:
        return sys.stdin.buffer.readline().decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise CannotOpen("The passphrase on standard input is not UTF-8 text.") from None


def main():
    if len(sys.argv) != 2:
        sys.exit("Usage: open_vault.py VAULT (the passphrase is read from standard input)")
    try:
        passphrase = ask_passphrase()
        with open(sys.argv[1], "rb") as vault:
            entries = list(open_vault(vault.read(MAX_FILE + 1), passphrase))
    except CannotOpen as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"The vault cannot be read: {error.strerror}.")
    sys.stdout.reconfigure(encoding="utf-8")
    for entry in entries:
        print(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
