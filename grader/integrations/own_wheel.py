"""This very grader as a wheel, for a machine that cannot get it from anywhere else, and the versions it runs with here.

A wheel is a zip of the package and a folder that describes it; nothing has to be built.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import io
import re
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import grader

EPOCH = (1980, 1, 1, 0, 0, 0)
PACKAGE = Path(grader.__file__).parent
NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel's file name and content."""

    name: str
    content: bytes


def own_wheel() -> Wheel:
    """The package as it lies here, with the dependencies that it declares."""
    version, requires = _declared()
    info = f"grader-{version}.dist-info"
    files = {
        path.relative_to(PACKAGE.parent).as_posix(): path.read_bytes()
        for path in sorted(PACKAGE.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    described = ["Metadata-Version: 2.1", "Name: grader", f"Version: {version}", "Requires-Python: >=3.11"]
    described += [f"Requires-Dist: {each}" for each in requires]
    files[f"{info}/METADATA"] = _lines(described)
    files[f"{info}/WHEEL"] = _lines(["Wheel-Version: 1.0", "Root-Is-Purelib: true", "Tag: py3-none-any"])
    files[f"{info}/entry_points.txt"] = _lines(
        [
            "[console_scripts]",
            "grader = grader.cli.app:main",
            "[pytest11]",
            "grader = grader.integrations.pytest_plugin",
        ]
    )
    record = [f"{name},sha256={_hash(content)},{len(content)}" for name, content in files.items()]
    files[f"{info}/RECORD"] = _lines([*record, f"{info}/RECORD,,"])
    return Wheel(f"grader-{version}-py3-none-any.whl", zipped(files))


def constraints() -> bytes:
    """The versions, here, of what grader depends on: expected values were made with them."""
    pins = []
    for requirement in _declared()[1]:
        name = NAME.match(requirement)
        assert name, requirement
        try:
            pins.append(f"{name[0]}=={importlib.metadata.version(name[0])}")
        except importlib.metadata.PackageNotFoundError:  # for another system
            continue
    return _lines(pins)


def zipped(files: Mapping[str, bytes], executable: frozenset[str] = frozenset()) -> bytes:
    """A zip; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = (0o100755 if name in executable else 0o100644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _declared() -> tuple[str, list[str]]:
    """Version and dependencies: of a checkout as pyproject.toml says now, else as installed."""
    checkout = PACKAGE.parent / "pyproject.toml"
    project = tomllib.loads(checkout.read_text(encoding="utf-8"))["project"] if checkout.is_file() else {}
    if project.get("name") == "grader":
        return project["version"], project["dependencies"]
    needed = importlib.metadata.requires("grader") or []
    return importlib.metadata.version("grader"), [each for each in needed if "extra ==" not in each]


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _lines(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()
