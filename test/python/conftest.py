"""Makes the client's stubs from proto/ in build/, and gives each module of tests a server."""

import pathlib
import shutil
import sys

import pytest
from grpc_tools import protoc

from server import PROJECT, Server

STUBS = PROJECT / "build/stubs-for-tests/python"


def make_stubs() -> None:
    shutil.rmtree(STUBS, ignore_errors=True)
    STUBS.mkdir(parents=True)
    files = [str(path) for path in (PROJECT / "proto/latchkey").rglob("*.proto")]
    arguments = [f"-I{PROJECT / 'proto'}", f"-I{well_known_types()}", f"--python_out={STUBS}", f"--grpc_python_out={STUBS}"]
    if protoc.main(["protoc", *arguments, *files]) != 0:
        raise RuntimeError("the stubs could not be made")
    sys.path.insert(0, str(STUBS))


def well_known_types() -> pathlib.Path:
    return pathlib.Path(protoc.__file__).parent / "_proto"


make_stubs()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    running = Server(tmp_path_factory.mktemp("latchkey"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def channel(server: Server):
    with server.connect() as opened:
        yield opened
