"""Edits that an author writes down: a text that stands once in the reference, and what becomes of it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from grader.core.errors import AuthorError


class Replacement(BaseModel):
    """`old` becomes `new`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    old: str = Field(min_length=1)
    new: str


def tables_beside(reference: Path | None, name: str) -> tuple[Path, Mapping[str, Any]]:
    """A file beside the reference solution, and its tables; none where there is no such file. Raises `AuthorError`."""
    path = (reference or Path()) / name
    if reference is None or not path.is_file():
        return path, {}
    try:
        return path, tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AuthorError([f"{path}: not TOML ({error}); fix the file"]) from None


def with_edits(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table in which a pair `old` and `new` of its own is the first of `edits`."""
    pair = {key: table[key] for key in ("old", "new") if key in table}
    rest = {key: value for key, value in table.items() if key not in pair}
    return {**rest, "edits": [pair, *rest.get("edits", [])]} if pair else rest


def edited(texts: Mapping[str, str], edits: Iterable[Replacement]) -> dict[str, str]:
    """The texts with the edits made in order. Raises `ValueError` where one does not stand in all of them just once."""
    result = dict(texts)
    for edit in edits:
        places = [name for name, text in result.items() for _ in range(text.count(edit.old))]
        if len(places) != 1:
            raise ValueError(f"{edit.old!r} must stand in the reference once, not {len(places)} times")
        result[places[0]] = result[places[0]].replace(edit.old, edit.new)
    return result
