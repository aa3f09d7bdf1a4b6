import os
from pathlib import Path

import grpc
from latchkey.v1 import crypto_pb2, crypto_pb2_grpc, keys_pb2, keys_pb2_grpc

channel = grpc.insecure_channel(os.environ.get("LATCHKEY_ADDRESS", "127.0.0.1:50051"))
token = os.environ.get("LATCHKEY_TOKEN") or Path("secrets/admin.token").read_text().strip()
caller = [("authorization", f"Bearer {token}")]
keys, crypto = keys_pb2_grpc.KeyServiceStub(channel), crypto_pb2_grpc.CryptoServiceStub(channel)
key = keys.CreateKey(keys_pb2.CreateKeyRequest(description="Payments"), metadata=caller).key_metadata
bound = {"key_id": key.key_id, "encryption_context": {"tenant": "acme"}}
sealed = crypto.Encrypt(crypto_pb2.EncryptRequest(**bound, plaintext=b"attack at dawn"), metadata=caller)
opened = crypto.Decrypt(crypto_pb2.DecryptRequest(**bound, ciphertext_blob=sealed.ciphertext_blob), metadata=caller)
print(opened.plaintext.decode())
