"""The real server in a process of its own, on a free port."""

import json
import os
import pathlib
import subprocess

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

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(timeout=20) == 0
        self.process.stdout.close()

    def _address(self) -> str:
        for line in self.process.stdout:
            if '"msg":"ready"' in line:
                return json.loads(line)["grpc"][0]
        raise RuntimeError(f"the server ended with {self.process.wait()}")
