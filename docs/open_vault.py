#!/usr/bin/env python3
"""Opens a Holdfast vault without Holdfast, and prints one JSON object per account.

It shares no code with Holdfast: it is written from docs/vault.md alone, so that your accounts
outlive the program. It needs the Python packages cryptography and argon2-cffi.

    open_vault.py VAULT            asks for the passphrase without echo
    open_vault.py VAULT < file     reads the passphrase from standard input

The output holds the secrets in the clear. Do not keep it.
"""

import base64
import getpass
import hashlib
import json
import struct
import sys
import unicodedata

import argon2.low_level
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"Holdfast"
VERSION = 1
PASSPHRASE_SLOT = 1
MAX_MEMORY_KIB = 512 * 1024
KINDS = {1: "totp", 2: "hotp", 3: "steam"}
STEPS = {1: "to do", 2: "re-enrolled", 3: "confirmed", 4: "retired"}
ALGORITHMS = {1: "SHA1", 2: "SHA256", 3: "SHA512"}


class CannotOpen(Exception):
    """One sentence on why not."""


class Bytes:
    """Takes values off the front of some bytes."""

    def __init__(self, data):
        self.rest = data

    def take(self, length):
        if length > len(self.rest):
            raise CannotOpen("The vault is damaged or cut short.")
        front, self.rest = self.rest[:length], self.rest[length:]
        return front

    def number(self, length):
        return int.from_bytes(self.take(length), "big")

    def fields(self):
        while self.rest:
            tag, length = self.number(2), self.number(4)
            yield tag, self.take(length)


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
    data = Bytes(file)
    if not file.startswith(MAGIC):
        raise CannotOpen("This is not a Holdfast vault.")
    data.take(len(MAGIC))
    _written, needed, length = data.number(2), data.number(2), data.number(4)
    if length < 32:
        raise CannotOpen("The vault is damaged.")
    header = Bytes(data.take(length)[:-32])
    before_nonce = file[: 16 + length]
    if hashlib.sha256(before_nonce[:-32]).digest() != before_nonce[-32:]:
        raise CannotOpen("The vault is damaged: the checksum of its header is wrong.")
    if needed > VERSION:
        raise CannotOpen(f"The vault needs a reader of version {needed}.")
    vault_id = header.take(16)
    _generation, _written_at = header.number(8), header.number(8)
    write_salt, key_id, body_length = header.take(32), header.take(32), header.number(4)
    slots = []
    for _ in range(header.number(1)):
        slot = header.take(header.number(2))
        # id, kind and parameters; nonce; wrapped data key
        slots.append((slot[:-60], slot[-60:-48], slot[-48:]))
    if len(data.rest) != 12 + body_length + 16:
        raise CannotOpen("The vault is cut short, or something was added to its end.")
    nonce, sealed = data.take(12), data.rest
    return vault_id, write_salt, key_id, slots, before_nonce, nonce, sealed


def unwrap_data_key(slots, vault_id, passphrase):
    """The data key, from whichever slot this passphrase opens."""
    typed = unicodedata.normalize("NFC", passphrase).encode()
    for head, nonce, wrapped in slots:
        if len(head) != 30 or head[1] != PASSPHRASE_SLOT:
            continue
        memory, passes, lanes = struct.unpack(">III", head[2:14])
        if memory > MAX_MEMORY_KIB:
            raise CannotOpen("The vault asks for more memory than is safe to give.")
        stretched = argon2.low_level.hash_secret_raw(
            secret=typed,
            salt=head[14:30],
            time_cost=passes,
            memory_cost=memory,
            parallelism=lanes,
            hash_len=32,
            type=argon2.low_level.Type.ID,
            version=0x13,
        )
        slot_key = derive(stretched, vault_id, "holdfast vault slot")
        data_key = open_sealed(slot_key, nonce, wrapped, vault_id + head)
        if data_key is not None:
            return data_key
    raise CannotOpen("The passphrase does not open the vault.")


def read_entry(record, secrets_key, vault_id):
    """One account as a dictionary."""
    fields = dict(Bytes(record).fields())
    entry_id, parameters = fields[1], fields[2]
    kind, algorithm, digits, period = struct.unpack(">BBBI", parameters)
    entry = {
        "id": entry_id.hex(),
        "issuer": fields[4].decode() if 4 in fields else None,
        "account": fields[5].decode(),
        "kind": KINDS[kind],
        "algorithm": ALGORITHMS[algorithm],
        "digits": digits,
    }
    if KINDS[kind] == "totp":
        entry["period"] = period
    if KINDS[kind] == "hotp":
        entry["counter"] = int.from_bytes(fields[3], "big")
    entry["added_at"] = int.from_bytes(fields[6], "big")
    entry["secret"] = None  # waits for re-enrolment
    if 7 in fields:
        salt, nonce, sealed = fields[7][:16], fields[7][16:28], fields[7][28:]
        key = derive(secrets_key, salt, "holdfast vault secret", entry_id)
        secret = open_sealed(key, nonce, sealed, vault_id + entry_id + parameters)
        if secret is None:
            raise ValueError("the secret does not open")
        entry["secret"] = base64.b32encode(secret).decode().rstrip("=")
    if 8 in fields:
        entry["note"] = fields[8].decode()
    if 10 in fields:
        entry["step"] = STEPS.get(fields[10][0])
    return entry


def open_vault(file, passphrase):
    """Yields a dictionary per account."""
    vault_id, write_salt, key_id, slots, before_nonce, nonce, sealed = read_header(file)
    data_key = unwrap_data_key(slots, vault_id, passphrase)
    if derive(data_key, vault_id, "holdfast vault key id") != key_id:
        raise CannotOpen("The vault is damaged: a slot holds another vault's key.")
    body_key = derive(data_key, write_salt, "holdfast vault body")
    body = open_sealed(body_key, nonce, sealed, before_nonce)
    if body is None:
        raise CannotOpen("The vault is damaged.")
    secrets_key = None
    for tag, value in Bytes(body).fields():
        if tag == 1:
            secrets_key = value
        elif tag in (2, 3):
            # The trash: a random id and a time, then the entry as it was.
            record = value if tag == 2 else value[24:]
            try:
                entry = read_entry(record, secrets_key, vault_id)
                if tag == 3:
                    entry["in_trash_since"] = int.from_bytes(value[16:24], "big")
                yield entry
            except (CannotOpen, KeyError, ValueError, struct.error) as error:
                yield {"unreadable": value.hex(), "because": str(error)}


def main():
    if len(sys.argv) != 2:
        sys.exit("Usage: open_vault.py VAULT (the passphrase is read from standard input)")
    if sys.stdin.isatty():
        passphrase = getpass.getpass("Passphrase: ")
    else:
        passphrase = sys.stdin.buffer.read().decode().removesuffix("\n")
    try:
        with open(sys.argv[1], "rb") as vault:
            entries = list(open_vault(vault.read(), passphrase))
    except (CannotOpen, OSError) as error:
        sys.exit(str(error))
    for entry in entries:
        print(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
