"""Opens what the service made, from the root key file and the store alone, as docs/FORMATS.md says and with none of its code.

    python3 decrypt_blob.py <secrets>/root.key <data>/latchkey.db <ciphertext file> [context-key=value …]
"""

import hmac
import sqlite3
import struct
import sys
import uuid

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Store:
    """The keys of a store. `database` is a connection to it, or to a copy."""

    def __init__(self, root_key_file: bytes, database: sqlite3.Connection):
        self.database = database
        root_key = root_key_file[21:]
        if root_key_file[:5] != b"LKRK\x01" or len(root_key) != 32 or root_key_file[5:21] != derived(root_key, "id")[:16]:
            raise ValueError("not a root key file")
        rows = database.execute("SELECT stored FROM domain_keys").fetchall()
        self.domain_keys = {stored[17:33]: open_domain_key(stored, root_key) for (stored,) in rows}

    def open_blob(self, blob: bytes, context: dict[str, str] | None = None) -> bytes:
        """The plaintext of a ciphertext blob, version 1. Raises when it does not open."""
        if blob[:2] != b"\x01\x01":
            raise ValueError("not a ciphertext blob of version 1")
        input_key = self.input_key(blob[2:34])
        return xaes_open(input_key, blob[34:], blob[:34] + canonical_context(context or {}))

    def input_key(self, material_id: bytes) -> bytes:
        """The key that blobs of this backing key are sealed with; checks that id and material belong together."""
        row = self.database.execute("SELECT key_id, stored_key FROM key_materials WHERE key_material_id = ?", [material_id.hex()]).fetchone()
        if row is None:
            raise ValueError(f"no backing key {material_id.hex()}")
        key_id, stored, spec = uuid.UUID(row[0]).bytes, row[1], b"SYMMETRIC_DEFAULT"
        aad = b"latchkey stored key v1\0" + key_id + material_id + spec
        material = xaes_open(derived(self.domain_keys[stored[1:17]], "wrap"), stored[17:], aad)
        okm = hkdf(material, b"latchkey key material v1", spec + b"\0" + key_id, 64)
        if okm[:32] != material_id:
            raise ValueError("the material is not that of its id")
        return okm[32:]

    def is_authentic(self, kind: str, primary_key: str, record: bytes, domain_key_id: bytes, mac: bytes) -> bool:
        row_key = derived(self.domain_keys[domain_key_id], "row")
        content = b"\0".join([b"latchkey row v1", kind.encode(), primary_key.encode(), record])
        return hmac.compare_digest(hmac.digest(row_key, content, "sha256"), mac)


def open_domain_key(stored: bytes, root_key: bytes) -> bytes:
    key = xaes_open(derived(root_key, "wrap"), stored[33:], b"latchkey domain key v1\0" + stored[1:33])
    if stored[17:33] != derived(key, "id")[:16]:
        raise ValueError("the domain key is not that of its id")
    return key


def canonical_context(context: dict[str, str]) -> bytes:
    pairs = sorted((key.encode(), value.encode()) for key, value in context.items())
    return struct.pack(">I", len(pairs)) + b"".join(struct.pack(">I", len(text)) + text for pair in pairs for text in pair)


def xaes_open(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """XAES-256-GCM; `sealed` is nonce (24) || ciphertext || tag (16)."""
    nonce, sealed = sealed[:24], sealed[24:]
    message_key = b"".join(cmac(key, bytes([0, counter, 0x58, 0]) + nonce[:12]) for counter in (1, 2))
    return AESGCM(message_key).decrypt(nonce[12:], sealed, aad)


def cmac(key: bytes, message: bytes) -> bytes:
    code = CMAC(AES(key))
    code.update(message)
    return code.finalize()


def derived(key: bytes, purpose: str) -> bytes:
    return hkdf(key, b"", f"latchkey {purpose} v1".encode(), 32)


def hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(key)


if __name__ == "__main__":
    root_key_path, store_path, blob_path, *pairs = sys.argv[1:]
    with open(root_key_path, "rb") as root_key_file, open(blob_path, "rb") as blob_file:
        store = Store(root_key_file.read(), sqlite3.connect(f"file:{store_path}?mode=ro", uri=True))
        sys.stdout.buffer.write(store.open_blob(blob_file.read(), dict(pair.split("=", 1) for pair in pairs)))
