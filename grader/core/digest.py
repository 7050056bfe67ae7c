"""Digests that change when meaning changes: of Python source without comments and docstrings, and of bytes."""

import ast
import hashlib
import json
from collections.abc import Iterable
from typing import Any


def digest(*parts: bytes | str) -> str:
    """SHA-256 over the parts, each with its length, as 64 hexadecimal digits."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogatepass") if isinstance(part, str) else part
        sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()


def source_digest(source: bytes | str) -> str:
    """Digest of Python source that ignores comments, layout and docstrings. Raises `SyntaxError`."""
    return tree_digest([ast.parse(source)])


def tree_digest(nodes: Iterable[ast.AST]) -> str:
    """Digest of syntax trees without docstrings."""
    return digest(*(canonical_text(node) for node in nodes if not is_docstring(node)))


def canonical_text(node: ast.AST) -> str:
    """A tree as text. Empty fields are left out: newer Pythons add fields that are empty in older code."""
    return json.dumps(_canonical(node))


def _canonical(node: Any) -> Any:
    if isinstance(node, ast.AST):
        fields = {name: _canonical(value) for name, value in ast.iter_fields(node) if value not in (None, [])}
        return [type(node).__name__, fields]
    if isinstance(node, list):
        return [_canonical(item) for item in node if not is_docstring(item)]
    return repr(node)


def is_docstring(node: Any) -> bool:
    """Whether it is one: a bare string statement does nothing, wherever it stands."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
