"""A probe as lines of Python that a student can copy: what it uses, itself, and the call."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from pathlib import Path

from grader.checks.checks import Check
from grader.checks.probe_source import DEFINITIONS, checks_of, fixed_names, one_probe

WORD = re.compile(r"\w+")


def lines_to_copy(
    check: Check, source: str, *, package: str, modules: Collection[str], case: str | None, seed: int | None, data: Path
) -> str:
    """The lines, to be run in the folder that holds the package. `source` is the file of checks.

    `package` is its name, "." for loose modules and empty for a notebook, in a cell of which the lines run then;
    `modules` are those to submit, by the names that they are imported by.
    """
    tree = one_probe(ast.parse(source), check.probe_name, fixed=fixed_names(check.probe.__globals__))
    parts = [_text(node, source) for node in tree.body]
    probe = "\n\n".join(part for part in parts if part)
    words = set(WORD.findall(probe))
    used = [module for module in modules if words & {*module.split(".")[1 if package != "." else 0 :]}]
    arguments = {
        "hw": "hw",
        "case": repr(dict(check.cases[case])) if case is not None else "",
        "seed": repr(seed),
        "device": "torch.device('cpu')",
        "data": f"load_file({str(data)!r})",
    }
    call = ", ".join(f"{name}={arguments[name]}" for name in check.arguments)
    needs = [*(["import torch"] if "device" in check.arguments else []),
             *(["from safetensors.torch import load_file"] if "data" in check.arguments else [])]  # fmt: skip
    return "\n".join([*needs, *_hw(package, used), probe, "", f"print({check.probe_name}({call}))"])


def _hw(package: str, used: Collection[str]) -> list[str]:
    """What makes `hw` what it is in a check."""
    if package == "":
        return ["from types import SimpleNamespace", "hw = SimpleNamespace(**globals())"]
    imports = [f"import {', '.join(used)}"] if used else []
    if package != ".":
        return [*imports, *([f"import {package} as hw"] if package != "hw" or not used else [])]
    tops = sorted({module.partition(".")[0] for module in used})
    members = ", ".join(f"{top}={top}" for top in tops)
    return ["from types import SimpleNamespace", *imports, f"hw = SimpleNamespace({members})"]


def _text(node: ast.stmt, source: str) -> str:
    """As it was written, but without what makes it a check."""
    if isinstance(node, ast.ImportFrom) and node.module == "grader":
        return ""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return ast.unparse(node)
    first = node.lineno
    if isinstance(node, DEFINITIONS) and not (isinstance(node, ast.FunctionDef) and checks_of(node)):
        first = min([first, *(decorator.lineno for decorator in node.decorator_list)])
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])
