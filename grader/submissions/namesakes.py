"""Modules of a student's that have the name of another one: `types.py` at the top of a submission."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder

from grader.assignment.manifest import Manifest


def namesakes(files: Iterable[str], manifest: Manifest) -> Iterator[str]:
    """A note on each file, or folder with modules, that Python may take for a module of its own or an installed one.

    Which one it takes depends on what was imported before; it is not said of what the assignment asks for or provides.
    """
    asked = {entry.partition("/")[0] for entry in (*manifest.files, *manifest.provided)}
    tops = {path.partition("/")[0] for path in files if path.endswith(".py")} if manifest.is_loose else set()
    for top in sorted(tops - asked):
        if _is_a_module(top.removesuffix(".py")):
            yield f"`{top}` has the name of another module, which Python may import in its place; rename it"


def _is_a_module(name: str) -> bool:
    """Whether Python brings it, or it is installed: other folders of the import path may hold the submission itself."""
    if name in sys.stdlib_module_names:
        return True
    spec = PathFinder.find_spec(name, [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    return spec is not None and spec.origin is not None
