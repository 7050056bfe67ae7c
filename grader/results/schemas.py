"""What programs of others may rely on: the JSON Schemas in docs/schemas. Written anew by `make schemas`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from grader.results.gradebook_files import gradebook_schema
from grader.results.report import REPORT


def schemas() -> dict[str, str]:
    """The content of each file, by its name."""
    found = {"report.json": REPORT.schema(), "gradebook.json": gradebook_schema()}
    return {name: json.dumps(schema, indent=1) + "\n" for name, schema in found.items()}


if __name__ == "__main__":
    for name, content in schemas().items():
        Path(sys.argv[1], name).write_text(content, encoding="utf-8")
