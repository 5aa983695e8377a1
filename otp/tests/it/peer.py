"""Answers each line of JSON with the code that pyotp makes of it."""

import hashlib
import json
import sys

import pyotp
from pyotp.contrib import Steam

# Compared are codes, not rules: services with shorter keys exist.
pyotp.OTP.min_secret_length_bits = 8

HASHES = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}

for line in sys.stdin:
    ask = json.loads(line)
    if ask["kind"] == "steam":
        print(Steam(ask["secret"]).at(ask["now"]))
        continue
    options = {"digest": HASHES[ask["algorithm"]], "digits": ask["digits"]}
    if ask["kind"] == "totp":
        moment = ask["now"]
        made = pyotp.TOTP(ask["secret"], interval=ask["period"], **options).at(moment)
    else:
        moment = 0  # what follows is counted from the counter in the URI
        made = pyotp.HOTP(ask["secret"], **options).at(ask["counter"])
    if ask["digits"] <= 8:  # the most that it takes from a URI
        read = pyotp.parse_uri(ask["uri"])
        if (read.at(moment), read.name) != (made, ask["account"]):
            made = f"{made}, but {read.at(moment)} for {read.name} from the URI"
    print(made)
