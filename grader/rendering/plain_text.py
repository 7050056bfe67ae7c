"""Plain text: what Markdown would leave as it is, so that it needs no renderer.

Decided by a list of what is allowed. A text of any other characters is rendered, even where nothing would come of it.
"""

from __future__ import annotations

import html
import re

# No line begins like a list, a heading, a rule, a quote or a table, is indented, or ends in the spaces of a break; and
# within a line nothing marks emphasis, code, a link, a table, a formula, an entity or a tag.
_LINE = re.compile(r"""(?![0-9]+[.)])(?:[^\W_]|["'(“‘])(?:(?:[^\W_]|[,;.:!?"'()/%=+“”‘’–—…-]| (?! *$))*)""")


def paragraphs(text: str) -> str | None:
    """The HTML that rendering the text would give, where it is plain; else None."""
    found: list[list[str]] = [[]]
    for line in text.split("\n"):
        if not line:
            found.append([])
        elif _LINE.fullmatch(line):
            found[-1].append(line)
        else:
            return None
    return "".join(f"<p>{html.escape(chr(10).join(lines), quote=False)}</p>\n" for lines in found if lines)
