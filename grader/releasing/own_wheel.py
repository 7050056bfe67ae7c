"""This very grader as a wheel, for a machine that cannot get it from anywhere else, and the versions it runs with here.

A wheel is a zip of the package and a folder that describes it; nothing has to be built.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import grader
from grader.core.errors import UsageError
from grader.core.extras import EXTRAS
from grader.core.version import DISTRIBUTION, VERSION
from grader.files.packing import zipped

PACKAGE = Path(grader.__file__).parent
NAME = re.compile(r"[A-Za-z0-9._-]+")
STEM = DISTRIBUTION.replace("-", "_")  # as it stands in the names of wheels
WHEELS = f"{STEM}-*.whl"
EXTRA = re.compile(r"""(?: and )?extra == ["']([a-z]+)["']""")
DEVELOPERS = "dev"  # their extra is nobody else's
OF_CLUSTERS = {"cluster"}  # what is sent away runs on one machine
HOW_TO_INSTALL = (
    "# With Python 3.11 or newer, in this folder: python -m venv .venv",
    "# then .venv/bin/pip install -r requirements.txt (on Windows: .venv\\Scripts\\pip install -r requirements.txt)",
    "--extra-index-url https://download.pytorch.org/whl/cpu",  # torch without CUDA is a tenth of the size
)


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel's file name and content."""

    name: str
    content: bytes


def own_wheel() -> Wheel:
    """The package as it lies here, with the dependencies and the extras that it declares."""
    requires = _declared()
    info = f"{STEM}-{VERSION}.dist-info"
    files = {
        path.relative_to(PACKAGE.parent).as_posix(): path.read_bytes()
        for path in sorted(PACKAGE.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    described = ["Metadata-Version: 2.1", f"Name: {DISTRIBUTION}", f"Version: {VERSION}", "Requires-Python: >=3.11"]
    described += [f"Provides-Extra: {each}" for each in requires if each]
    described += [f"Requires-Dist: {_with_extra(each, extra)}" for extra, found in requires.items() for each in found]
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
    return Wheel(f"{STEM}-{VERSION}-py3-none-any.whl", zipped(files))


def constraints() -> bytes:
    """The versions, here, of what grader and its extras depend on: expected values were made with them."""
    names = {_name(each): None for found in _declared().values() for each in found}
    pins = []
    for name in names:
        try:
            pins.append(f"{name}=={_version(name)}")
        except importlib.metadata.PackageNotFoundError:  # for another system, or of an extra not here
            continue
    return _lines([pin for pin in pins if not pin.startswith(f"{DISTRIBUTION}==")])


def bringing(modules: Iterable[str]) -> bytes:
    """Requirements, with the versions here, of what brings these top-level modules. Raises `UsageError`."""
    wanted = [module for module in modules if module not in sys.stdlib_module_names]
    brought = importlib.metadata.packages_distributions() if wanted else {}
    if absent := [module for module in wanted if module not in brought]:
        raise UsageError(f"requires {', '.join(absent)}: no installed package brings it; install one with pip")
    names = dict.fromkeys(name for module in wanted for name in brought[module])
    return _lines([f"{name}=={_version(name)}" for name in names])


def installation(modules: Iterable[str]) -> dict[str, bytes]:
    """The files with which `pip install -r requirements.txt` brings this grader and `modules`, in the versions here."""
    wheel = own_wheel()
    extras = ",".join(sorted(EXTRAS.keys() - OF_CLUSTERS))
    asked = [*HOW_TO_INSTALL, "-c constraints.txt", f"./{wheel.name}[{extras}]"]
    return {
        wheel.name: wheel.content,
        "constraints.txt": constraints(),
        "requirements.txt": _lines(asked) + bringing(modules),
    }


def _declared() -> dict[str, list[str]]:
    """Requirements by extra, "" for those of all: of a checkout as pyproject.toml says now, else as installed."""
    checkout = PACKAGE.parent / "pyproject.toml"
    project = tomllib.loads(checkout.read_text(encoding="utf-8"))["project"] if checkout.is_file() else {}
    if project.get("name") == DISTRIBUTION:
        found = {"": project["dependencies"], **project["optional-dependencies"]}
    else:
        found = {"": []}
        try:
            installed = importlib.metadata.requires(DISTRIBUTION) or []
        except importlib.metadata.PackageNotFoundError:
            raise UsageError(f"{PACKAGE}: what it depends on is not known here; pip install {DISTRIBUTION}") from None
        for each in installed:
            requirement, extra = _without_extra(each)
            found.setdefault(extra, []).append(requirement)
    return {extra: requirements for extra, requirements in found.items() if extra != DEVELOPERS}


def _with_extra(requirement: str, extra: str) -> str:
    """A requirement as it stands in a wheel: of an extra only under a condition, beside those that it has."""
    if not extra:
        return requirement
    wanted, _, marker = (part.strip() for part in requirement.partition(";"))
    return f'{wanted}; {f"({marker}) and " if marker else ""}extra == "{extra}"'


def _without_extra(requirement: str) -> tuple[str, str]:
    """The opposite: a requirement as installed, and its extra ("" for none)."""
    wanted, _, marker = (part.strip() for part in requirement.partition(";"))
    found = EXTRA.search(marker)
    rest = EXTRA.sub("", marker).strip() if found else marker
    return f"{wanted}; {rest}" if rest else wanted, found[1] if found else ""


def _version(distribution: str) -> str:
    """The version here, without what a build adds to it: another machine's torch is not `+cu130`."""
    return importlib.metadata.version(distribution).partition("+")[0]


def _name(requirement: str) -> str:
    found = NAME.match(requirement)
    assert found, requirement
    return found[0]


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
