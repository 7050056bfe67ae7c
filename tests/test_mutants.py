"""Mutants: every kind of mistake is made as its operator says, in one place, and only where students write."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from textwrap import dedent

import pytest
from wrong_solutions import ROOT

from grader.assignment.manifest import Manifest, read_manifest
from grader.authoring.mutants import Mutant, mutants_of
from grader.authoring.operators import OPERATORS
from grader.core.submission import Submission
from grader.files.notebooks import CELLS
from grader.submissions.reading import read_submission

PACKAGE = Manifest(title="Powers", form="package", package="hw", files=["mine.py"])

# Of each operator a source, and lines that it makes of the one that it changes.
EXAMPLES: dict[str, tuple[str, Sequence[str]]] = {
    "sum for mean": ("y = x.mean(2)", ["y = x.sum(2)"]),
    "wrong dimension": ("y = x.softmax(dim=1)", ["y = x.softmax(dim=0)"]),
    "other activation": ("y = nn.ReLU()", ["y = nn.Tanh()", "y = nn.Identity()"]),
    "other layer": ("y = nn.MaxPool2d(2)", ["y = nn.AvgPool2d(2)", "y = nn.Identity()"]),
    "other loss": ("y = nn.CrossEntropyLoss()", ["y = nn.NLLLoss()"]),
    "other optimizer": ("y = optim.SGD(p)", ["y = optim.Adam(p)"]),
    "other draws": ("nn.init.zeros_(w)", ["nn.init.ones_(w)"]),
    "no bias": ("y = nn.Linear(a, b)", ["y = nn.Linear(a, b, bias=False)"]),
    "detached": ("def forward(x):\n    return x + 1", ["return (x + 1).detach()"]),
    "eval for train": ("model.train()", ["model.eval()"]),
    "missing no grad": ("with torch.no_grad():\n    f()", ["with torch.enable_grad():"]),
    "shared layer": ("y = [f() for _ in range(n)]", ["y = [f()] * len(list(range(n)))"]),
    "changed in place": ("def forward(x, y):\n    return x + y", ["return x.add_(y)"]),
    "last batch dropped": ("y = DataLoader(data, 8)", ["y = DataLoader(data, 8, drop_last=True)"]),
    "not transposed": ("y = m.T @ x", ["y = m @ x"]),
    "wrong index": ("y = x[-1]", ["y = x[0]", "y = x[-2]"]),
    "off by one": ("y = x[a:]", ["y = x[a + 1:]", "y = x[a - 1:]"]),
    "wrong comparison": ("y = (a) >= (b)", ["y = (a) > (b)"]),
    "wrong arithmetic": ("y = (a) // (b)\ny += 1", ["y = (a) / (b)", "y -= 1"]),
    "dropped term": ("y = f(x) + 2 * x", ["y = f(x)", "y = (2 * x)", "y = f(x) + 2", "y = f(x) + x"]),
    "fraction for percent": ("def f(a, b):\n    return a / b", ["return 100 * (a / b)"]),
    "swapped arguments": ("y = f(a, b + c)", ["y = f(b + c, a)"]),
    "swapped statements": ("loss.backward()\nopt.step()", ["opt.step()\nloss.backward()"]),
    "removed statement": ("opt.zero_grad()", ["pass"]),
    "wrong return": ("def f():\n    y = g()\n    return h(y)", ["return y", "return None"]),
    "left out call": ("y = self.norm(x.clone())", ["y = x.clone()", "y = self.norm(x)"]),
    "ignored argument": ("def f(beta=0.9):\n    return g(beta)", ["return g(0.9)"]),
    "forgotten argument": ("y = f(a, lr=(b), c=d)", ["y = f(a, c=d)", "y = f(a, lr=(b))"]),
    "other variable": ("def f(x):\n    h = a(x)\n    return b(h)", ["return b(x)"]),
    "wrong condition": ("if a > b: f()", ["if not (a > b): f()", "if False: f()", "if True: f()"]),
    "called twice": ("opt.step()", ["opt.step()\nopt.step()"]),
    "short loop": ("for x in xs:\n    f(x)", ["for x in list(xs)[:-1]:", "for x in list(xs)[1:]:", "f(x)\n    break"]),
    "flipped flag": ("y = f(shuffle=True)", ["y = f(shuffle=False)"]),
    "wrong constant": ("y = f(8, 0.5)", ["y = f(9, 0.5)", "y = f(7, 0.5)", "y = f(8, 1.0)", "y = f(8, 0.05)"]),
}  # fmt: skip


def made(source: str) -> list[Mutant]:
    """All mutants of one module."""
    return mutants_of(Submission("reference", {"mine.py": source.encode()}), PACKAGE)


def test_every_operator_has_an_example_and_a_sentence() -> None:
    """A new one needs both."""
    assert sorted(EXAMPLES) == sorted(operator.name for operator in OPERATORS)
    assert all(operator.sentence.endswith(".") for operator in OPERATORS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_operator_makes_its_mistake(name: str) -> None:
    """Each in its own lines, and no others of its kind."""
    source, wanted = EXAMPLES[name]
    assert sorted(each.new.strip() for each in made(source) if each.operator == name) == sorted(wanted)


def test_a_mutant_is_the_reference_with_one_place_changed() -> None:
    """It is Python of another meaning, the lines around what it changes stay, and no two are the same."""
    manifest = read_manifest(ROOT / "assignments" / "residual_gradients")
    reference = read_submission(ROOT / "solutions" / "residual_gradients", manifest)
    mutants = mutants_of(reference, manifest)
    assert len(mutants) > 100
    assert len({each.digest for each in mutants}) == len(mutants)
    before = sources(reference)
    for each in mutants:
        after = sources(each.of(reference))
        assert [place for place in after if after[place] != before[place]] == [each.place]
        assert ast.dump(ast.parse(after[each.place])) != ast.dump(ast.parse(before[each.place]))
        above, below = each.text[: at(each.text, each.line)], before[each.place][at(before[each.place], each.line) :]
        assert above + below.replace(each.old, each.new, 1) == each.text
        assert {f"+{line}" for line in each.new.splitlines()} & set(each.diff.splitlines()) or not each.new


def at(text: str, line: int) -> int:
    """Where a line begins."""
    return sum(map(len, text.splitlines(keepends=True)[: line - 1]))


def sources(submission: Submission) -> dict[str, str]:
    """The cells of the notebook by their places."""
    return {f"cell {each['number']}": each["source"] for each in json.loads(submission.files[CELLS])}


def test_comments_and_letters_of_several_bytes_stay() -> None:
    """Positions in a tree count bytes; an edit behind them hits what it means."""
    (mutant, *_) = [each for each in made('y = {"µ": 1}["µ"] >= 2  # größer\n') if each.operator == "wrong comparison"]
    assert mutant.text == 'y = {"µ": 1}["µ"] > 2  # größer\n'


def test_mistakes_are_made_where_students_write() -> None:
    """Given code, texts of errors, annotations and what is printed stay; without markers all is the students'."""
    source = dedent("""
        given = 1

        def f(x: "Tensor[3]") -> "Tensor[3]":
            # BEGIN SOLUTION
            if x:
                raise ValueError("not 4")
            print(5)
            return 6
            # END SOLUTION

        other = 7  # SOLUTION
    """)
    numbers = {each.line for each in made(source) if each.operator == "wrong constant"}
    assert numbers == {9, 12}
    assert {each.line for each in made("a = 1\nb = 2\n")} == {1, 2}


def test_of_a_notebook_only_cells_that_are_run_are_changed() -> None:
    """Not those with a skip tag, with a call that is skipped, or with what is not Python."""
    cells = [("a = 1", []), ("b = 2", ["skip"]), ("c = draw(3)", []), ("%magic 4", []), ("def f():\n    draw(5)", [])]
    content = [{"number": number, "source": text, "tags": tags} for number, (text, tags) in enumerate(cells, 1)]
    manifest = Manifest(title="S", form="notebook", package="hw", notebook="s.ipynb", skip_calls=["draw"])
    mutants = mutants_of(Submission("reference", {CELLS: json.dumps(content).encode()}), manifest)
    assert {each.place for each in mutants} == {"cell 1", "cell 5"}
    assert {each.function for each in mutants} == {"cell 1", "f"}
