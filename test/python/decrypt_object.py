"""Opens an object as docs/FORMATS.md says, with the root key file and the store and with none of the service's or the client's code.

    python3 decrypt_object.py <secrets>/root.key <data>/latchkey.db <object file> [context-key=value …]
"""

import hmac
import pathlib
import sqlite3
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from decrypt_blob import Store

CHUNK = 16384 + 16


def split(obj: bytes) -> tuple[bytes, bytes]:
    """The data key's blob, and the message behind it."""
    if obj[:5] != b"LKOB\x01":
        raise ValueError("not an object of version 1")
    (length,) = struct.unpack(">I", obj[5:9])
    if length > 6144:
        raise ValueError("the blob is too long")
    return obj[9 : 9 + length], obj[9 + length :]


def open_message(data_key: bytes, message: bytes) -> bytes:
    salt, commitment, chunks = message[:24], message[24:56], message[56:]
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + b"LKOB\x01"
    okm = HKDFExpand(hashes.SHA512(), 76, info).derive(data_key)
    if not hmac.compare_digest(okm[44:], commitment):
        raise ValueError("the commitment is not that of the data key")
    if len(chunks) % CHUNK < 16:
        raise ValueError("the end is missing")
    key, base_nonce = AESGCM(okm[:32]), int.from_bytes(okm[32:44], "big")
    pieces = [chunks[at : at + CHUNK] for at in range(0, len(chunks), CHUNK)]
    return b"".join(key.decrypt((base_nonce ^ number).to_bytes(12, "big"), piece, None) for number, piece in enumerate(pieces))


if __name__ == "__main__":
    root_key, store, obj, *pairs = sys.argv[1:]
    keys = Store(pathlib.Path(root_key).read_bytes(), sqlite3.connect(store))
    blob, message = split(pathlib.Path(obj).read_bytes())
    sys.stdout.buffer.write(open_message(keys.open_blob(blob, dict(pair.split("=", 1) for pair in pairs)), message))
