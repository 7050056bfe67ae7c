"""Files of ours that are read back: each says its format, and only one that is not there means that there is none.

{"format": 1, ...}
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from grader.core.errors import UsageError

T = TypeVar("T")


class Unreadable(Exception):
    """Bytes that are not what we write; the message says what is wrong with them."""


@dataclass(frozen=True)
class Stored(Generic[T]):
    """How values of a kind are kept: in which format, and what to do where one cannot be read.

    Unknown keys are refused.
    """

    kind: type[T] | UnionType
    format: int
    otherwise: str
    _adapter: TypeAdapter[T] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_adapter", TypeAdapter(cast(type[T], self.kind)))

    def dumped(self, value: T) -> bytes:
        """The file's content."""
        return self._adapter.dump_json(value, indent=1, by_alias=True).replace(b"{", self._opening, 1) + b"\n"

    def as_json(self, value: T) -> dict[str, Any]:
        """The same as a dictionary."""
        return {"format": self.format, **self._adapter.dump_python(value, mode="json", by_alias=True)}

    def parsed(self, content: bytes) -> T:
        """What the content of a file says. Raises `Unreadable`."""
        for opening in (self._opening, self._opening.replace(b"\n ", b"")):  # as we write it, in a file or on a line
            if content.startswith(opening):
                with contextlib.suppress(ValidationError):  # what is wrong is found below
                    return self._validated(b"{" + content.removeprefix(opening))
        try:
            parts = json.loads(content)
        except (ValueError, RecursionError):
            raise Unreadable("damaged: it is not JSON") from None
        written = parts.pop("format", None) if isinstance(parts, dict) else None
        if written != self.format:
            said = f"of format {written}" if isinstance(written, int) else "damaged, or of a version without formats"
            raise Unreadable(f"{said}; this version of grader reads format {self.format}")
        try:
            # As JSON again: what a `Late` takes from JSON and from Python differs.
            return self._validated(json.dumps(parts).encode())
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise Unreadable(f"damaged: {place[:80]!a}: {first['msg'].lower()[:120]}") from None

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (draft 2020-12) of such a file, for programs of others."""
        schema = self._adapter.json_schema(mode="serialization", by_alias=True)
        schema["properties"] = {"format": {"const": self.format}} | schema["properties"]
        schema["required"] = ["format", *schema["required"]]
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

    def line(self, value: T) -> bytes:
        """The same on one line, for a file with a value on each."""
        return json.dumps(self.as_json(value)).encode() + b"\n"

    def parsed_lines(self, path: Path, content: bytes, *, first: int = 1) -> list[T]:
        """What lines of the file `path` say, the `first` of them by its number.

        Raises `UsageError` where one cannot be read.
        """
        found = []
        for number, line in enumerate(content.splitlines(keepends=True), first):
            try:
                if not line.endswith(b"\n"):
                    raise Unreadable("damaged: it is cut off")
                found.append(self.parsed(line))
            except Unreadable as problem:
                raise UsageError(f"{path} line {number}: {problem}; {self.otherwise}") from None
        return found

    def read(self, path: Path) -> T | None:
        """What the file says; None only where it is not there. Raises `UsageError` where it cannot be read."""
        try:
            return self.parsed(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UsageError(f"{path}: cannot be read ({error.strerror}); {self.otherwise}") from None
        except Unreadable as problem:
            raise UsageError(f"{path}: {problem}; {self.otherwise}") from None

    def _validated(self, content: bytes) -> T:
        return self._adapter.validate_json(content, extra="forbid")

    @property
    def _opening(self) -> bytes:
        return f'{{\n "format": {self.format},'.encode()
