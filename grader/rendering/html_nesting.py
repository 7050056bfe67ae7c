"""Whether HTML is nested as a renderer nests it: asked before anything outside the sandbox parses HTML.

A parser of HTML repairs whatever it is given, by rules that open elements again and again: 20,000 characters of badly
nested tags become half a gigabyte of nodes. What renderers write needs no repair.
"""

from __future__ import annotations

import re
from collections.abc import Set

DEEPEST = 100
VOID = {"br", "hr", "img"}
# What the parser opens again where something has closed around it; so no block may stand within.
FORMATTING = {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
WITHIN_FORMATTED = VOID | FORMATTING | {"div", "span"}

_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*+)(?:\s++[a-zA-Z][a-zA-Z0-9:-]*+(?:="[^"<]*+")?)*+\s*+(/?)>')


def is_well_nested(html: str, inline: Set[str]) -> bool:
    """Whether each tag is written out and closed in order, none is too deep, and no block within formatted text.

    `inline` are names of tags, beside those of HTML, that may stand within such text and may close themselves (`<x/>`).
    """
    tags = _TAG.findall(html)
    if html.count("<") != len(tags):
        return False
    within, closable = WITHIN_FORMATTED | inline, VOID | inline
    inside: list[str] = []
    formatted = 0  # how many of those are formatting
    for closing, name, closed in tags:
        if closing:
            if closed or not inside or inside.pop() != name:
                return False
            formatted -= name in FORMATTING
        elif (formatted and name not in within) or (closed and name not in closable):
            return False
        elif name not in VOID and not closed:
            inside.append(name)
            formatted += name in FORMATTING
        if len(inside) > DEEPEST:
            return False
    return not inside
