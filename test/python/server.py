"""The real server in a process of its own, on a free port."""

import json
import os
import pathlib
import subprocess

import grpc

PROJECT = pathlib.Path(__file__).parents[2]


class Server:
    """Runs until `stop`. `home` holds its `data` and `secrets`."""

    def __init__(self, home: pathlib.Path):
        self.data, self.secrets = home / "data", home / "secrets"
        environment = {
            "PATH": os.environ["PATH"],
            "LATCHKEY_GRPC_ADDRESS": "127.0.0.1:0",
            "LATCHKEY_METRICS_ADDRESS": "127.0.0.1:0",
            "LATCHKEY_DATA_DIR": str(self.data),
            "LATCHKEY_SECRETS_DIR": str(self.secrets),
        }
        command = ["node", "--disable-sigusr1", str(PROJECT / "dist/main.js")]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        self.address = self._address()
        self.token = (self.secrets / "admin.token").read_text().strip()

    def connect(self) -> grpc.Channel:
        """A connection whose calls are the administrator's; close it, or use it in a `with`."""
        return grpc.intercept_channel(grpc.insecure_channel(self.address, options=[("grpc.enable_http_proxy", 0)]), Bearer(self.token))

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(timeout=20) == 0
        self.process.stdout.close()

    def _address(self) -> str:
        for line in self.process.stdout:
            if '"msg":"ready"' in line:
                return json.loads(line)["grpc"][0]
        raise RuntimeError(f"the server ended with {self.process.wait()}")


class Bearer(grpc.UnaryUnaryClientInterceptor):
    """Sends a token with every call."""

    def __init__(self, token: str):
        self.metadata = [("authorization", f"Bearer {token}")]

    def intercept_unary_unary(self, continuation, client_call_details, request):
        return continuation(client_call_details._replace(metadata=self.metadata), request)
