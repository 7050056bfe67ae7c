"""A digest changes with meaning, and with nothing else."""

import ast
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.core.digest import digest, source_digest, tree_digest

SOURCE = '''"""What the file is for."""
import torch
from torch import nn as networks

LIMIT = 0.5
NAMES = ["a", b"c", None, True, 3j]


@decorated(points=3)
class Model(networks.Module, metaclass=Meta):
    """A model."""

    size: int = 10

    def forward(self, x, *rest, scale=1.5, **options):
        """Forward."""
        total = -x[1:2, ...] @ self.weight + scale
        for index, each in enumerate(rest):
            if each is not None and index != 7:
                total += each if index % 2 else each**2
            else:
                break
        try:
            return {"total": total, **options}, [y for y in rest if y], (lambda z: f"{z:.3f}")(total)
        except (ValueError, KeyError) as error:
            raise RuntimeError("no") from error
        finally:
            del total
'''
REPLACED = {
    "0.5": "0.25",
    '"a"': '"b"',
    'b"c"': '"c"',
    "None, True": "None, False",
    "3j": "3",
    "LIMIT": "LIMITS",
    "int = 10": "int = 11",
    "1.5": "1",
    "scale=": "factor=",
    "-x[": "+x[",
    "[1:2": "[1::2",
    ", ...]": "]",
    "@ self": "* self",
    ".weight": ".bias",
    "enumerate": "zip",
    "is not": "is",
    "!= 7": "== 7",
    "!= 7:": "!= 7.0:",
    " and ": " or ",
    "+=": "-=",
    "% 2": "// 2",
    "each**2": "each*2",
    "break": "continue",
    '"total"': '"sum"',
    "**options}": "'options': options}",
    "if y]": "]",
    "[y for": "[z for",
    ":.3f": ":.4f",
    "ValueError": "TypeError",
    "as error": "as e",
    '"no"': '"yes"',
    " from error": "",
    "del total": "pass",
    "as networks": "as nn",
    "points=3": "points=2",
    "@decorated(points=3)\n": "",
    "*rest": "rest",
    "**options):": "options=None):",
    ", metaclass=Meta": ", Meta",
    "import torch\n": "import numpy\n",
    "size: int = 10": "size: int",
}


@pytest.mark.parametrize("old", REPLACED)
def test_any_name_literal_or_operator_changes_it(old: str) -> None:
    """One token at a time."""
    assert old in SOURCE
    changed = SOURCE.replace(old, REPLACED[old], 1)
    assert source_digest(changed) != source_digest(SOURCE)


@pytest.mark.parametrize(
    "changed",
    [
        SOURCE.replace('"""What the file is for."""', ""),
        SOURCE.replace('"""Forward."""', '"""Otherwise."""'),
        SOURCE.replace('    """A model."""\n', "    # a comment\n"),
        SOURCE.replace("LIMIT = 0.5", "LIMIT = 0.5  # half"),
        SOURCE.replace("\n\n", "\n\n\n\n"),
        SOURCE.replace("    ", "  "),
        SOURCE.replace('["a", b"c"', "[\n  'a',\n  b'c'"),
        SOURCE.replace("0.5", "5e-1"),
        SOURCE.replace("self.weight + scale", "(self.weight) + scale"),
        SOURCE.replace("\n", "\r\n"),
        "\ufeff" + SOURCE,
    ],
)
def test_comments_layout_and_docstrings_do_not_change_it(changed: str) -> None:
    """Nor does a byte order mark, a line end or another spelling of a literal."""
    assert changed != SOURCE
    assert source_digest(changed.encode()) == source_digest(SOURCE)


@settings(deadline=None)
@given(st.data())
def test_any_change_of_one_word_is_a_change_of_meaning_or_of_none(data: st.DataObject) -> None:
    """Renaming any one word outside docstrings changes the digest, or what is left is not Python."""
    bare = re.sub(r'""".*?"""', '""', SOURCE)
    word = data.draw(st.sampled_from(list(re.finditer(r"\w+", bare))))
    changed = bare[: word.start()] + "_" + word[0] + bare[word.end() :]
    try:
        ast.parse(changed)
    except SyntaxError:
        return
    assert source_digest(changed) != source_digest(bare)


LITERALS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary()
)


@given(LITERALS, LITERALS)
def test_two_literals_have_one_digest_where_they_are_one(first: object, second: object) -> None:
    """`1`, `1.0`, `True`, `"1"` and `b"1"` are five."""
    one, other = f"x = {first!r}", f"x = {second!r}"
    assert (source_digest(one) == source_digest(other)) == (one == other)


def test_a_body_without_statements_is_not_the_same_as_none() -> None:
    """Docstrings vanish; what stands beside them stays."""
    assert source_digest('def f():\n  "a"') == source_digest('def f():\n  "b"')
    assert source_digest('def f():\n  "a"\n  return 1') == source_digest("def f(): return 1")
    assert source_digest("def f(): return None") != source_digest("def f(): return")


def test_source_that_is_not_python_is_reported() -> None:
    """The caller knows whose it is."""
    with pytest.raises(SyntaxError):
        source_digest("def f(:")


@given(st.lists(st.binary(max_size=4), max_size=4), st.lists(st.binary(max_size=4), max_size=4))
def test_parts_do_not_run_together(first: list[bytes], second: list[bytes]) -> None:
    """`ab` and `c` are not `a` and `bc`."""
    assert (digest(*first) == digest(*second)) == (first == second)


def test_text_counts_as_its_bytes_and_order_counts() -> None:
    """64 hexadecimal digits in any case."""
    assert digest("ä", b"b") == digest("ä".encode(), "b")
    assert digest("a", "b") != digest("b", "a")
    assert re.fullmatch("[0-9a-f]{64}", digest())
    trees = ast.parse("x = 1\ny = 2").body
    assert tree_digest(trees) != tree_digest(trees[::-1])


@pytest.mark.parametrize(
    "pair", [("1", "'1'"), ("1", "1.0"), ("1", "True"), ("None", "'None'"), ("b''", "''"), ("x", "'x'")]
)
def test_values_that_print_alike_are_told_apart(pair: tuple[str, str]) -> None:
    """A number is not its text."""
    assert source_digest(f"y = {pair[0]}") != source_digest(f"y = {pair[1]}")
