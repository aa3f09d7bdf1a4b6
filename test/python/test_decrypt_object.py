"""Objects that the command line makes open elsewhere, and those made elsewhere open with the command line."""

import os
import pathlib
import re
import sqlite3
import struct
import subprocess
import sys

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from decrypt_blob import Store
from decrypt_object import open_message, split
from latchkey.v1 import crypto_pb2, crypto_pb2_grpc, keys_pb2, keys_pb2_grpc
from server import PROJECT, Server

LENGTHS = [0, 1, 16383, 16384, 16385, 100_000]
CONTEXT = {"tenant": "acme"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a server that was stopped; objects of the command line by their plaintext; what the command line made of an object of Python's."""
    home = tmp_path_factory.mktemp("latchkey-objects")
    server = Server(home)
    with server.connect() as channel:
        key_id = keys_pb2_grpc.KeyServiceStub(channel).CreateKey(keys_pb2.CreateKeyRequest()).key_metadata.key_id
        data_key = crypto_pb2_grpc.CryptoServiceStub(channel).GenerateDataKey(
            crypto_pb2.GenerateDataKeyRequest(key_id=key_id, key_spec="DATA_KEY_SPEC_AES_256", encryption_context=CONTEXT)
        )
    objects = {}
    for length in LENGTHS:
        plaintext = os.urandom(length)
        objects[plaintext] = latchkey(server, "encrypt", "--key", key_id, given=plaintext)
    foreign = {}
    for length in LENGTHS:
        encryptor = Cobblestone256Encryptor(data_key.plaintext, b"LKOB\x01")
        plaintext = os.urandom(length)
        message = encryptor.update(plaintext) + encryptor.finalize()
        obj = b"LKOB\x01" + struct.pack(">I", len(data_key.ciphertext_blob)) + data_key.ciphertext_blob + message
        foreign[plaintext] = latchkey(server, "decrypt", given=obj)
    server.stop()
    return home, objects, foreign


def latchkey(server: Server, command: str, *options: str, given: bytes) -> bytes:
    arguments = ["node", PROJECT / "dist/cli/main.js", command, "-c", "tenant=acme", "--file", "-", "--out", "-", *options]
    environment = {**os.environ, "LATCHKEY_ADDRESS": server.address, "LATCHKEY_TOKEN": server.token}
    return subprocess.run(arguments, input=given, env=environment, check=True, capture_output=True).stdout


def test_objects_of_the_command_line_open_by_the_document(made):
    home, objects, _ = made
    store = Store((home / "secrets/root.key").read_bytes(), sqlite3.connect(home / "data/latchkey.db"))
    for plaintext, obj in objects.items():
        blob, message = split(obj)
        data_key = store.open_blob(blob, CONTEXT)
        assert open_message(data_key, message) == plaintext
        decryptor = Cobblestone256Decryptor(data_key, b"LKOB\x01")
        assert decryptor.update(message) + decryptor.finalize() == plaintext


def test_objects_made_elsewhere_open_with_the_command_line(made):
    _, _, foreign = made
    assert len(foreign) == len(LENGTHS)
    for plaintext, opened in foreign.items():
        assert opened == plaintext


def test_the_worked_example_opens():
    document = (PROJECT / "docs/FORMATS.md").read_text()
    values = {name: re.sub(r"\s", "", digits) for name, digits in re.findall(r"^(\S.*?) =\n((?: {2}[0-9a-f]+\n)+)", document, re.MULTILINE)}
    _, message = split(bytes.fromhex(values["object"]))
    data_key = bytes.fromhex(values["data key"])
    assert open_message(data_key, message) == b"attack at dawn"
    for at in range(len(message)):
        altered = bytearray(message)
        altered[at] ^= 1
        with pytest.raises((InvalidTag, ValueError)):
            open_message(data_key, bytes(altered))


def test_runs_as_a_command(made, tmp_path):
    home, objects, _ = made
    plaintext, obj = list(objects.items())[-1]
    (tmp_path / "object").write_bytes(obj)
    script = pathlib.Path(__file__).parent / "decrypt_object.py"
    command = [sys.executable, script, home / "secrets/root.key", home / "data/latchkey.db", tmp_path / "object", "tenant=acme"]
    assert subprocess.run(command, check=True, capture_output=True).stdout == plaintext
