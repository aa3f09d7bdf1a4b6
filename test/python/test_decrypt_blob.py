"""What the service made opens from root key file and store alone, and only as it was made."""

import pathlib
import shutil
import sqlite3
import subprocess
import sys

import pytest
from cryptography.exceptions import InvalidTag
from decrypt_blob import Store
from latchkey.v1 import crypto_pb2, crypto_pb2_grpc, keys_pb2, keys_pb2_grpc
from server import Server

# U+FF5E comes after U+10000 in UTF-16 and before it in UTF-8.
CONTEXTS = [{}, {"purpose": "test"}, {"b": "2", "a": "1"}, {"\uff5e": "a", "\U00010000": "b"}, {"": ""}, {"ü": "é" * 1000}]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A server's folder after it was stopped, and ciphertexts with the plaintext and context of each."""
    home = tmp_path_factory.mktemp("latchkey-offline")
    server = Server(home)
    with server.connect() as channel:
        ciphertexts = make_ciphertexts(crypto_pb2_grpc.CryptoServiceStub(channel), keys_pb2_grpc.KeyServiceStub(channel))
    server.stop()
    return home, ciphertexts


def make_ciphertexts(crypto, keys):
    made = []
    for key in range(3):
        key_id = keys.CreateKey(keys_pb2.CreateKeyRequest(description=f"key {key}")).key_metadata.key_id
        keys.CreateAlias(keys_pb2.CreateAliasRequest(alias_name=f"alias/key-{key}", target_key_id=key_id))
        for rotation in range(3):
            for context in CONTEXTS:
                plaintext = f"{key} {rotation} {context}".encode()
                request = crypto_pb2.EncryptRequest(key_id=key_id, plaintext=plaintext, encryption_context=context)
                made.append((crypto.Encrypt(request).ciphertext_blob, plaintext, context))
            keys.RotateKeyOnDemand(keys_pb2.RotateKeyOnDemandRequest(key_id=key_id, client_token=f"{key}-{rotation}"))
        blob, plaintext, context = made[-1]
        moving = crypto_pb2.ReEncryptRequest(
            ciphertext_blob=blob, source_encryption_context=context, destination_key_id="alias/key-0", destination_encryption_context={"moved": "yes"}
        )
        made.append((crypto.ReEncrypt(moving).ciphertext_blob, plaintext, {"moved": "yes"}))
        data_key = crypto.GenerateDataKey(crypto_pb2.GenerateDataKeyRequest(key_id=key_id, number_of_bytes=64))
        made.append((data_key.ciphertext_blob, data_key.plaintext, {}))
    return made


def open_store(home: pathlib.Path) -> Store:
    return Store((home / "secrets/root.key").read_bytes(), sqlite3.connect(home / "data/latchkey.db"))


def test_opens_everything(made):
    home, ciphertexts = made
    store = open_store(home)
    assert len(ciphertexts) == 3 * (3 * len(CONTEXTS) + 2)
    for blob, plaintext, context in ciphertexts:
        assert store.open_blob(blob, context) == plaintext


def test_refuses_every_flipped_bit_and_another_context(made):
    home, ciphertexts = made
    store = open_store(home)
    blob, _, context = ciphertexts[1]
    for bit in range(len(blob) * 8):
        altered = bytearray(blob)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises((InvalidTag, ValueError)):
            store.open_blob(bytes(altered), context)
    with pytest.raises(InvalidTag):
        store.open_blob(blob, {"purpose": "Test"})


ROWS = {
    "key": ("keys", "key_id"),
    "material": ("key_materials", "key_material_id"),
    "alias": ("aliases", "alias_name"),
    "client-token": ("client_tokens", "scope || ' ' || token"),
}


@pytest.mark.parametrize("kind", ROWS)
def test_every_record_is_authentic_and_no_altered_one(made, kind):
    home, _ = made
    store = open_store(home)
    table, primary_key = ROWS[kind]
    rows = store.database.execute(f"SELECT {primary_key}, record, domain_key_id, mac FROM {table}").fetchall()
    assert len(rows) >= 3
    for name, record, domain_key_id, mac in rows:
        assert store.is_authentic(kind, name, record, domain_key_id, mac)
        assert not store.is_authentic(kind, name, record + b" ", domain_key_id, mac)
        assert not store.is_authentic(kind, name + "x", record, domain_key_id, mac)
        assert not store.is_authentic("other", name, record, domain_key_id, mac)


def test_another_root_key_opens_nothing(made, tmp_path):
    home, _ = made
    shutil.copytree(home / "data", tmp_path / "data")
    other = Server(tmp_path / "other")
    other.stop()
    shutil.copytree(tmp_path / "other/secrets", tmp_path / "secrets")
    with pytest.raises(InvalidTag):
        open_store(tmp_path)


def test_runs_as_a_command(made, tmp_path):
    home, ciphertexts = made
    blob, plaintext, _ = ciphertexts[1]
    (tmp_path / "blob").write_bytes(blob)
    script = pathlib.Path(__file__).parent / "decrypt_blob.py"
    command = [sys.executable, script, home / "secrets/root.key", home / "data/latchkey.db", tmp_path / "blob", "purpose=test"]
    assert subprocess.run(command, check=True, capture_output=True).stdout == plaintext
