"""Makes one call over TLS: address, CA, certificate, key ("" for none) and path as arguments; the messages as they are."""

import pathlib
import sys

import grpc


def main(address: str, authority: str, certificate: str, key: str, path: str) -> None:
    def contents(file: str) -> bytes | None:
        return pathlib.Path(file).read_bytes() if file else None

    credentials = grpc.ssl_channel_credentials(contents(authority), contents(key), contents(certificate))
    with grpc.secure_channel(address, credentials, options=[("grpc.enable_http_proxy", 0)]) as channel:
        response = channel.unary_unary(path)(sys.stdin.buffer.read(), timeout=20)
    sys.stdout.buffer.write(response)


try:
    main(*sys.argv[1:])
except grpc.RpcError as error:
    sys.exit(error.code().name)
