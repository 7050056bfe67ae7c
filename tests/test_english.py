"""Odd words do not come back: what readers stumbled over, and the better words."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).resolve().parent.parent
NOT_A = r"(?!longer\b|more\b|less\b|other\b|better\b|one\b|such\b)"
ODD = {
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\bhand(s|ed|ing)?[\s_-]+ins?\b|_hand(s|ed|ing)?_in\b": "submit, submission",
    rf"(?<!\bthere)\s(is|are|was|were)\s+no\s+{NOT_A}|(?<!there)_is_no_": "is not a ...",
    r"\bto\s+be\s+had\b": "available",
    r"\b(is|are|was|were)\s+called\s+so\b": "has this name, has this id",
    r"\bgave\s+to\s+download\b": "the LMS download, the downloaded file",
    r"\bpoints\s+of\s+the\s+graded\b": "Score summary",
    r"\bfull\s+marks\s+by\s+check\b": "Pass rate by check",
    r"\bscored\s+by\s+(a|the)\s+person\b|\bscored\s+by\s+people\b": "graded by hand",
    r"\bwould\s+not\s+teach\b": "cannot train the model",
    r"\bthe\s+floor\b": "the baseline",
    r"\bprotect(s|ed|ion)?(\s+you)?\s+from\b": "protect against",
    r"\bgoes\s+on\s+where\b": "resumes: Run the same command again to resume",
    r"\bhas\s+no\s+points\s+keeps\b": "Students without points are left unchanged and listed",
    r"\bglass\b": "sandbox",
    r"\bwhoever\b": "anyone who, the person who",
    r"\bby\s+and\s+by\b": "later, in the background",
    r"\ba\s+\w+\s+of\s+the\s+grader's\b": "one of the grader's ...",
    r",\s+in\s+words\b": "as text",
}
NAMES = re.compile(r"\bhanded_in(_by)?\b|\bNOT_HANDED_IN\b")  # of a column, of fields of report.json, of a state
PATTERNS = [
    "grader/**/*.py", "grader/**/*.j2", "grader/**/*.yml", "grader/**/*.toml", "docs/*.md", "*.md", "benchmarks/*.py",
    "tests/*.py", "assignments/**/*.md", "assignments/**/*.py", "assignments/**/*.toml", "assignments/**/*.ipynb",
    "solutions/**/*.py", "solutions/**/*.toml", "solutions/**/*.ipynb",
]  # fmt: skip


def odd_words(path: Path) -> list[str]:
    """Each as `file:line: what is odd; the better words`."""
    name = path.relative_to(ROOT).as_posix()
    text = NAMES.sub("", path.read_text(encoding="utf-8"))
    text = text.replace("\\n", "  ")  # line breaks of a notebook's texts
    return [
        f"{name}:{text.count(chr(10), 0, found.start()) + 1}: {' '.join(found[0].split())!r}; better: {better}"
        for odd, better in ODD.items()
        for found in re.finditer(odd, text, re.IGNORECASE)
    ]


def test_no_odd_words() -> None:
    """Messages, pages, documents, docstrings, comments and names are in plain English."""
    files = {path for pattern in PATTERNS for path in ROOT.glob(pattern)}
    found = [line for path in sorted(files - {Path(__file__)}) for line in odd_words(path)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("hand\nit in", 0), ("hand in", 1), ("Handed in: a.py", 1), ("def hand_in():", 1), ("_hand_in(", 1),
        ("the column `handed_in`", 0), ("NOT_HANDED_IN", 0), ("`x` is no tensor", 1), ("there is no tensor", 0),
        ("There\nare no tensors", 0),
        ("test_x_is_no_y", 1), ("there_is_no_y", 0), ("is no longer", 0),
        ("to mend.", 1), ("recommended", 0), ("the\nfloor", 1),
    ],
)  # fmt: skip
def test_what_is_odd(text: str, odd: int) -> None:
    """Names of fields and states are not odd, and `there is no` is plain."""
    text = NAMES.sub("", text)
    assert sum(bool(re.search(pattern, text, re.IGNORECASE)) for pattern in ODD) == odd
