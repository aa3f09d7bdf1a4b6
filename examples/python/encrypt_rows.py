"""Encrypts a column of many rows in batches: `encrypt_rows.py [rows]`, a million when not given.

Each value is bound to the id of its row, so that it cannot be moved to another. Needs the stubs that quickstart.py needs.
"""

import os
import re
import sys
import time
from collections import deque
from pathlib import Path

import grpc
from latchkey.v1 import crypto_pb2, crypto_pb2_grpc, keys_pb2, keys_pb2_grpc

ROWS_PER_BATCH = 1000
BATCHES_IN_FLIGHT = 4
COMMON = {"encryption_context": {"table": "customers"}, "item_context_key": "id"}


def main(row_count):
    channel = grpc.insecure_channel(os.environ.get("LATCHKEY_ADDRESS", "127.0.0.1:50051"))
    token = os.environ.get("LATCHKEY_TOKEN") or Path("secrets/admin.token").read_text().strip()
    caller = [("authorization", f"Bearer {token}")]
    keys, crypto = keys_pb2_grpc.KeyServiceStub(channel), crypto_pb2_grpc.CryptoServiceStub(channel)
    key_id = keys.CreateKey(keys_pb2.CreateKeyRequest(description="Customers"), metadata=caller).key_metadata.key_id

    encrypted_count, sample, started = 0, [], time.perf_counter()
    for rows, response in encrypt_batches(crypto, caller, key_id, read_batches(row_count)):
        for error in response.errors:
            failed = ", ".join(rows[index][0] for index in error.indexes)
            print(f"Not encrypted, {error.status.message}: rows {failed}", file=sys.stderr)
        encrypted_count += len(rows) - response.failed_count
        # A row that failed has an empty ciphertext. Here the others would be written back.
        encrypted = [(row, blob) for row, blob in zip(rows, response.ciphertext_blobs, strict=True) if blob]
        sample.extend(encrypted[:1])
    seconds = time.perf_counter() - started
    print(f"{encrypted_count} of {row_count} rows in {seconds:.2f} s, {encrypted_count / seconds:.0f} rows/s")
    return verify(crypto, caller, sample[:1000]) and encrypted_count == row_count


def read_batches(row_count):
    """A table, which a program of your own would read from somewhere."""
    for first in range(1, row_count + 1, ROWS_PER_BATCH):
        ids = range(first, min(first + ROWS_PER_BATCH, row_count + 1))
        yield [(str(id), f"customer-{id}@example.com".encode()) for id in ids]


def encrypt_batches(crypto, caller, key_id, batches):
    """Yields every batch with its response; the next few are on their way meanwhile."""
    in_flight = deque()
    for rows in batches:
        ids, emails = zip(*rows)
        request = crypto_pb2.BatchEncryptRequest(key_id=key_id, plaintexts=emails, item_context_values=ids, **COMMON)
        in_flight.append((rows, crypto.BatchEncrypt.future(request, timeout=30, metadata=caller)))
        if len(in_flight) == BATCHES_IN_FLIGHT:
            rows, call = in_flight.popleft()
            yield rows, call.result()
    for rows, call in in_flight:
        yield rows, call.result()


def verify(crypto, caller, sample):
    """Decrypts some rows, and answers whether they are what they were."""
    if not sample:
        return True
    request = crypto_pb2.BatchDecryptRequest(
        ciphertext_blobs=[blob for _, blob in sample], item_context_values=[id for (id, _), _ in sample], **COMMON
    )
    plaintexts = crypto.BatchDecrypt(request, timeout=30, metadata=caller).plaintexts
    good = sum(email == plaintext for ((_, email), _), plaintext in zip(sample, plaintexts, strict=True))
    print(f"{good} of {len(sample)} rows decrypt to what they were")
    return good == len(sample)


if __name__ == "__main__":
    rows = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    if not re.fullmatch("[1-9][0-9]{0,8}", rows):
        print("usage: python3 examples/python/encrypt_rows.py [rows]", file=sys.stderr)
        sys.exit(2)
    sys.exit(0 if main(int(rows)) else 1)
