"""What a submission lies in, as a digest: where it is the same, reading it again would give the same.

Cheaper than reading: nothing is unpacked to a folder, no notebook is parsed, no package is looked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from grader.assignment.manifest import Manifest
from grader.core.digest import digest
from grader.files.tree import WALKED_CAP, Kind, Node, is_ignored
from grader.files.zips import Unsafe
from grader.submissions.data_files import ASKED_CAP, SUFFIXES, is_data
from grader.submissions.pending import Entry
from grader.submissions.unpacking import ARCHIVE_CAP, OPENED


def fingerprint(entry: Entry, manifest: Manifest) -> str | None:
    """Changes with all that reading the entry's files could depend on; None where not all of that can be told."""
    asked = {PurePosixPath(file).suffix.lower() or file.lower() for file in manifest.files}
    modules = (".py", *SUFFIXES, *asked) if manifest.files else ()
    read = (*OPENED, *modules, *((".ipynb",) if manifest.notebook else ()))
    parts: list[bytes | str] = [entry.id, *entry.told]
    try:
        for file in entry.files:
            parts.append(repr(file.number))
            for part in _parts(file.node, file.name, read):
                parts.append(part)
                if len(parts) > WALKED_CAP:
                    return None
    except (Unsafe, OSError, RecursionError):
        return None
    return digest(*parts)


def _parts(node: Node, path: str, read: tuple[str, ...]) -> Iterator[bytes]:
    """Names and kinds of all that is there, and digests of what may be read."""
    yield f"{node.kind.name} {node.problem} {path}".encode(errors="surrogatepass")
    if node.kind is Kind.FOLDER:
        children = node.children()
        names = {child.name for child in children}
        for child in children:
            if is_ignored(child.name, names):
                yield child.name.encode(errors="surrogatepass")
            else:
                yield from _parts(child, f"{path}/{child.name}", read)
    elif is_data(path) and node.size > ASKED_CAP:
        yield b"too large"
    elif node.kind is Kind.FILE and path.lower().endswith(read):
        content = hashlib.sha256()
        for chunk in node.chunks(ARCHIVE_CAP):
            content.update(chunk)
        yield content.digest()
