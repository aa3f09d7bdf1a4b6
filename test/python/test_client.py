"""A client in Python, from stubs of the project's proto files and stock libraries."""

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from latchkey.v1 import crypto_pb2, crypto_pb2_grpc, errors_pb2, keys_pb2, keys_pb2_grpc, server_pb2, server_pb2_grpc

CONTEXT = {"purpose": "test", "Ünïcode": "\U0001f511"}


@pytest.fixture(scope="module")
def crypto(channel):
    return crypto_pb2_grpc.CryptoServiceStub(channel)


@pytest.fixture(scope="module")
def keys(channel):
    return keys_pb2_grpc.KeyServiceStub(channel)


@pytest.fixture
def key_id(keys):
    return keys.CreateKey(keys_pb2.CreateKeyRequest(description="from Python")).key_metadata.key_id


def test_encrypts_and_decrypts_with_a_context(crypto, key_id):
    encrypted = crypto.Encrypt(crypto_pb2.EncryptRequest(key_id=key_id, plaintext=b"attack at dawn", encryption_context=CONTEXT))
    reordered = dict(reversed(CONTEXT.items()))
    decrypted = crypto.Decrypt(crypto_pb2.DecryptRequest(ciphertext_blob=encrypted.ciphertext_blob, encryption_context=reordered))
    assert decrypted.plaintext == b"attack at dawn"
    assert decrypted.key_arn == encrypted.key_arn == f"arn:aws:kms:us-east-1:000000000000:key/{key_id}"


def test_generates_a_data_key(crypto, key_id):
    request = crypto_pb2.GenerateDataKeyRequest(key_id=key_id, key_spec=crypto_pb2.DATA_KEY_SPEC_AES_256)
    made = crypto.GenerateDataKey(request)
    opened = crypto.Decrypt(crypto_pb2.DecryptRequest(ciphertext_blob=made.ciphertext_blob))
    assert len(made.plaintext) == 32 and opened.plaintext == made.plaintext


def test_rotates_and_still_decrypts(crypto, keys, key_id):
    old = crypto.Encrypt(crypto_pb2.EncryptRequest(key_id=key_id, plaintext=b"x"))
    rotated = keys.RotateKeyOnDemand(keys_pb2.RotateKeyOnDemandRequest(key_id=key_id))
    new = crypto.Encrypt(crypto_pb2.EncryptRequest(key_id=key_id, plaintext=b"x"))
    assert new.key_material_id == rotated.key_material_id != old.key_material_id
    assert crypto.Decrypt(crypto_pb2.DecryptRequest(ciphertext_blob=old.ciphertext_blob)).plaintext == b"x"


def test_reads_dates_and_states(keys, key_id):
    metadata = keys.DescribeKey(keys_pb2.DescribeKeyRequest(key_id=key_id)).key_metadata
    assert metadata.key_state == keys_pb2.KEY_STATE_ENABLED
    assert metadata.creation_date.ToDatetime().year >= 2025
    assert not metadata.rotation.HasField("last_rotation_date")


def test_names_the_server(channel):
    info = server_pb2_grpc.ServerServiceStub(channel).GetServerInfo(server_pb2.GetServerInfoRequest())
    assert info.formats.ciphertext_suite == "XAES-256-GCM"


def test_an_error_says_its_reason(crypto, key_id):
    encrypted = crypto.Encrypt(crypto_pb2.EncryptRequest(key_id=key_id, plaintext=b"x", encryption_context=CONTEXT))
    with pytest.raises(grpc.RpcError) as raised:
        crypto.Decrypt(crypto_pb2.DecryptRequest(ciphertext_blob=encrypted.ciphertext_blob))
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    info = detail(raised.value, error_details_pb2.ErrorInfo)
    assert (info.domain, info.reason) == ("latchkey", "INVALID_CIPHERTEXT")
    assert f"ERROR_REASON_{info.reason}" in errors_pb2.ErrorReason.keys()


def test_an_error_names_the_wrong_field(keys):
    with pytest.raises(grpc.RpcError) as raised:
        keys.CreateKey(keys_pb2.CreateKeyRequest(description="x" * 8193))
    bad_request = detail(raised.value, error_details_pb2.BadRequest)
    assert [violation.field for violation in bad_request.field_violations] == ["description"]


def test_a_call_without_a_token_is_refused(server):
    with grpc.insecure_channel(server.address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        with pytest.raises(grpc.RpcError) as raised:
            keys_pb2_grpc.KeyServiceStub(channel).CreateKey(keys_pb2.CreateKeyRequest())
    assert raised.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert detail(raised.value, error_details_pb2.ErrorInfo).reason == "UNAUTHENTICATED"


def detail(error: grpc.RpcError, kind):
    """The detail of that kind in the error's google.rpc.Status."""
    for packed in rpc_status.from_call(error).details:
        found = kind()
        if packed.Unpack(found):
            return found
    raise AssertionError(f"the error carries no {kind.DESCRIPTOR.full_name}")
