"""Whether two ways of writing a person's name can be one person's.

Numbers alone do not tell: a platform's number of a group may be somebody's too, and two platforms count differently.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from grader.files.zips import folded

SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
UNNAMED = {"Participant", "anonymous"}  # what stands in the place of names where marking is blind


def is_named(name: str) -> bool:
    """Whether a platform's text tells who somebody is; in old downloads of Moodle a team's name stands before it."""
    return bool(name) and name.rpartition("-")[2].partition(" ")[0] not in UNNAMED


def agree(said: str, known: str) -> bool:
    """Whether a platform and a roster may mean one person; also where one of them does not say.

    `Lovelace, Ada` and `adalovelace` agree, `Ada King Lovelace` and `Ada Lovelace`, and `Müller`, `Muller`, `Mueller`
    and `Mller`.
    """
    if not known or not is_named(said):
        return True
    ours, theirs = _spellings(said), _spellings(known)
    if {_letters(each) for each in ours} & {_letters(each) for each in theirs} - {""}:
        return True
    pairs = ((_words(one), _words(other)) for one in ours for other in theirs)
    return any(one and other and (one <= other or other <= one) for one, other in pairs)


def is_same(said: str, known: str) -> bool:
    """Whether two names have the same words, in any order and spelling; no name is like another."""
    pairs = ((_words(one), _words(other)) for one in _spellings(said) for other in _spellings(known))
    return any(one == other for one, other in pairs if one)


def mentions(text: str, name: str, ids: Iterable[str]) -> bool:
    """Whether a name in a download may be somebody's, by a part that agrees with the person's name, or by an id.

    A spreadsheet may have taken the zeros before an id.
    """
    for id in ids:
        if re.search(rf"(?<![a-z0-9])0*{re.escape(id.lower().lstrip('0'))}(?![a-z0-9])", text.lower()):
            return True
    parts = [part for part in text.split("_") if is_named(part)]
    return bool(name) and any(agree(part, name) for part in parts)


def alike(name: str) -> str:
    """What all ways of writing a group's name have in common: `Team 1 (A)` is `team1a` in names of files."""
    kept = "".join(letter for letter in folded(name) if unicodedata.category(letter)[0] in "LMN")
    return kept or folded(name)


def _letters(name: str) -> str:
    return "".join(sorted(letter for letter in name if letter.isalnum()))


def _words(name: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", name))


def _spellings(name: str) -> list[str]:
    """`müller` as people and platforms write it: as it is, `muller`, `mueller`, and without what is not ASCII."""
    name = folded(name)
    ascii_only = "".join(letter for letter in name if letter.isascii())
    return [name, _bare(name), _bare(name.translate(SPELT_OUT)), ascii_only]


def _bare(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
