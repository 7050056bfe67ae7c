"""Text that anybody may have written, made fit to show: nothing in it can move a cursor, hide itself or turn around."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

ROOM_FOR_THE_CUT = 48
JOINERS = "\u200c\u200d"  # invisible, but Persian, Hindi and family emoji are misspelt without them
UNSHOWN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, bidi and other formats, lone surrogates, line separators


def visible(text: str, limit: int = 4000) -> str:
    r"""`text` with its controls and bidi overrides written out (`\x1b`, `\u202e`), in at most `limit` characters.

    Newlines and tabs stay. What is too long keeps its head and its tail around a line that says how much is left out.
    `limit` is at least 100: the line itself needs room.
    """
    limit = max(limit, 100)
    if len(text) <= limit and text.isprintable():  # as most are: then none is hidden
        return text
    text = text.replace("\r\n", "\n")
    if len(text) <= limit:
        whole = "".join(map(_shown, text))
        if len(whole) <= limit:
            return whole
    room = (limit - ROOM_FOR_THE_CUT) // 2
    # Written out, a character only grows: more than `room` never fit, so a huge text costs no more than a long one.
    head = _fitting(text[:room], room)
    tail = _fitting(reversed(text[-room:]), room)[::-1]
    left_out = len(text) - len(head) - len(tail)
    return f"{''.join(head)}\n[... {left_out} characters left out ...]\n{''.join(tail)}"


def printable(name: str, limit: int = 120) -> str:
    """A name that anybody may have chosen, fit to show: as it is written, but for what hides or moves a cursor."""
    shown = "".join(_escaped(letter) if is_hidden(letter) else letter for letter in name[: limit + 1])
    return shown if len(shown) <= limit else f"{shown[: limit - 20]}... ({len(name)} letters)"


def is_hidden(character: str) -> bool:
    """Whether a character cannot be seen, and no word needs it."""
    return unicodedata.category(character) in UNSHOWN and character not in JOINERS


def counted(number: int, noun: str) -> str:
    """`1 value`, `3 values`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def some_of(names: Sequence[str], most: int) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _fitting(characters: Iterable[str], room: int) -> list[str]:
    """The first of the characters, written out, as many as fit."""
    kept = []
    for character in characters:
        shown = _shown(character)
        room -= len(shown)
        if room < 0:
            break
        kept.append(shown)
    return kept


def _shown(character: str) -> str:
    return character if character in "\n\t" or not is_hidden(character) else _escaped(character)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
