"""What README.md lets pip install is all that the examples need: in a virtual environment there is nothing else."""

import ast
import re
import sys
from importlib import metadata

import pytest
from conftest import STUBS
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from server import PROJECT


@pytest.mark.parametrize("path", sorted(STUBS.rglob("*.py")) + sorted((PROJECT / "examples/python").glob("*.py")), ids=lambda path: path.name)
def test_imports_are_installed(path):
    installed = files_of(readme_packages())
    foreign = [name for name in imported_modules(path) if name.split(".")[0] not in {*sys.stdlib_module_names, "latchkey"}]
    missing = [name for name in foreign if not is_in(installed, name.replace(".", "/"))]
    assert missing == []


def test_a_package_that_is_not_named_is_missed():
    assert is_in(files_of(["googleapis-common-protos"]), "google/rpc")
    assert not is_in(files_of(["grpcio-tools"]), "google/rpc")


def readme_packages():
    [line] = re.findall(r"^pip install (.+)$", (PROJECT / "README.md").read_text(), re.MULTILINE)
    return line.split()


def files_of(packages):
    """What the packages, and those that they require, have installed here."""
    files, waiting, seen = set(), [canonicalize_name(name) for name in packages], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        distribution = metadata.distribution(name)
        files |= {str(file) for file in distribution.files or []}
        requirements = [Requirement(text) for text in distribution.requires or []]
        waiting += [canonicalize_name(each.name) for each in requirements if not each.marker or each.marker.evaluate({"extra": ""})]
    return files


def is_in(files, module):
    return any(file == f"{module}.py" or file.startswith(f"{module}/") for file in files)


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
