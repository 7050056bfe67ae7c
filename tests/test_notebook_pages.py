"""Notebooks for people: pages of hostile ones, figures made anew, what they give when run, and checks from a cell."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image, PngImagePlugin
from scratch_notebook import CHECKS, GOOD, MANIFEST

import grader.notebook
from grader.assignment.assignment import Assignment, load_assignment
from grader.cli.notebook import notebook as make_page
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.core.submission import SavedFigure
from grader.files.notebooks import FIGURES_CAP, read_notebook
from grader.grading.batch import grade_batch
from grader.grading.context import prepare
from grader.grading.grade import grade
from grader.grading.regenerate import regenerate
from grader.grading.session import Checks, Session
from grader.notebook import results
from grader.pages.html import notebook_page, student_page
from grader.rendering.illustrations import clean, illustrate
from grader.rendering.notebook_page import page_body, rerun
from grader.results.folder import read_report, read_shown, save
from grader.results.report import Illustrations
from grader.sandbox.sandbox import Sandbox
from grader.submissions.intake import plan
from grader.submissions.reading import read_submission

CELL = nbformat.v4.new_code_cell
TEXT = nbformat.v4.new_markdown_cell
HOSTILE = """<script>alert(1)</script> <img src=x onerror=alert(1)> <iframe src="https://evil.example"></iframe>
[click](javascript:alert(1)) [fine](https://example.org) ![seen](https://evil.example/pixel.png) \u202etxt.exe
<style>body{display:none}</style> $\\href{javascript:alert(1)}{x}$ $\\sigma(x) = \\frac{1}{1 + e^{-x}}$ {{ 7 * 7 }}
"""


def png(size: tuple[int, int] = (8, 6), **text: str) -> bytes:
    """A picture in one colour, with text hidden in it."""
    hidden = PngImagePlugin.PngInfo()
    for name, value in text.items():
        hidden.add_text(name, value)
    content = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(content, "PNG", pnginfo=hidden)
    return content.getvalue()


def shown_as(content: bytes) -> nbformat.NotebookNode:
    """An output of a cell that is a picture, and markup beside it."""
    data = {"image/png": base64.b64encode(content).decode(), "text/html": "<script>saved()</script>"}
    return nbformat.v4.new_output("display_data", data=data)


def read(*cells: nbformat.NotebookNode) -> bytes:
    """The bytes of a notebook."""
    return nbformat.writes(nbformat.v4.new_notebook(cells=list(cells))).encode()


class Inspector(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.handlers.append(f"{tag} {name}")
            if name in ("href", "src", "action", "data"):
                self.links.append(value or "")


def assert_inert(page: str) -> None:
    """Nothing runs, loads or hides."""
    found = Inspector(page)
    assert found.tags & {"script", "iframe", "object", "embed", "link", "form", "base"} == set()
    assert found.handlers == []
    outside = [link for link in found.links if not link.startswith(("data:image/png;base64,", "#"))]
    assert set(outside) <= {"https://example.org", "https://evil.example/pixel.png"}  # links to click, never loaded
    assert not [link for link in found.links if link.startswith("javascript")]
    assert "\u202e" not in page


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory, best: Sandbox) -> Assignment:
    """The scratch assignment of the notebook tests."""
    home = tmp_path_factory.mktemp("pages") / "scratch"
    (home / "reference").mkdir(parents=True)
    (home / "assignment.toml").write_text(MANIFEST)
    (home / "checks.py").write_text(CHECKS)
    (home / "reference" / "homework.ipynb").write_bytes(read(*map(CELL, GOOD)))
    loaded = load_assignment(home)
    regenerate(loaded, best, jobs=2, done=lambda name: None)
    return loaded


def test_a_hostile_answer_is_rendered_inert(best: Sandbox) -> None:
    """Formatting and formulas are shown, markup of the student's own is text."""
    html = illustrate(best, {"why": f"Because **it** is.\n\n{HOSTILE}"}, []).answers["why"]
    assert_inert(html)
    assert "<strong>it</strong>" in html
    assert "<mfrac>" in html
    assert "&lt;script&gt;" in html
    assert "{{ 7 * 7 }}" in html


@pytest.mark.parametrize(
    "html",
    [
        "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<math><mi xlink:href='javascript:x'>",
        "<svg><script>alert(1)</script></svg>", "<math><mtext><style><img src=x onerror=f()></style></mtext></math>",
        "<form action='https://evil.example'>", "<p style='display:none' onclick=x>", "<a href='/local'>x</a>",
        "<math><annotation-xml encoding='text/html'><iframe></iframe></annotation-xml></math>", "<p>\u202e</p>",
    ],
)  # fmt: skip
def test_what_comes_out_of_the_room_is_cleaned_again(html: str) -> None:
    """Even a renderer that was taken over gives a page nothing but text and formulas."""
    cleaned = clean(html)
    assert_inert(cleaned)
    assert Inspector(cleaned).tags & {"img", "form", "svg", "style", "iframe", "annotation-xml"} == set()
    assert "/local" not in cleaned


def test_figures_are_made_anew(best: Sandbox) -> None:
    """The same picture without anything else that was in the file; a bomb and a damaged one are left out."""
    secret, huge = png(comment="<script>hidden</script>"), png((6000, 6000))
    figures = [SavedFigure(number, each) for number, each in enumerate([secret, huge, b"GIF89a", secret[:40]], 1)]
    shown = illustrate(best, {}, figures)
    made = shown.figures
    assert [figure.cell for figure in made] == [1]
    assert shown.lost == 3
    content = base64.b64decode(made[0].png)
    assert b"hidden" not in content
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.size, picture.getpixel((3, 3)), picture.info) == ((8, 6), (200, 30, 40), {})


def test_a_report_shows_answers_and_figures(best: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    """What the student wrote and drew stands in the student's page, and the page is inert."""
    cells = [*map(CELL, GOOD), TEXT(f"<!-- answer: why -->\nBecause **it** is.\n\n{HOSTILE}")]
    cells[1]["outputs"] = [shown_as(png())]
    (tmp_path / "homework.ipynb").write_bytes(read(*cells))
    submission = read_submission(tmp_path, assignment.manifest, id="s1")
    report = grade(prepare(assignment, assignment.checks), submission, best)
    texts = {answer.id: answer.text for answer in report.answers if answer.text}
    save(tmp_path / "out", report, illustrate(best, texts, submission.figures))
    page = student_page(report, read_shown(tmp_path / "out", "s1"))
    assert_inert(page)
    assert "<strong>it</strong>" in page
    assert page.count("data:image/png;base64,") == 1
    assert "Figure saved in cell 2" in page
    assert "<strong>it</strong>" not in student_page(report, Illustrations())


def test_saved_figures_stand_beside_what_the_cells_draw_now(
    best: Sandbox, assignment: Assignment, tmp_path: Path
) -> None:
    """Where the assignment asks for it, in a class: made anew from pixels, also of a cell that was saved with none."""
    course = Path(shutil.copytree(assignment.folder, tmp_path / "scratch"))
    (course / "assignment.toml").write_text(f"draw_again_seconds = 20\n{MANIFEST}")
    asking = load_assignment(course)
    cells = [*map(CELL, GOOD), CELL("import matplotlib.pyplot as plt\nplt.plot([1, 2])"), CELL("plt.plot([2, 1])")]
    cells[0]["outputs"] = [shown_as(png())]
    cells[4]["outputs"] = [shown_as(png())]
    (tmp_path / "class/ada").mkdir(parents=True)
    (tmp_path / "class/ada/homework.ipynb").write_bytes(read(*cells))
    session = Session.of(best, asking, checks=Checks.ALL)
    with ThreadPoolExecutor(1) as pool:
        entries = plan(tmp_path / "class").entries
        grade_batch(session, entries, tmp_path / "out", pool, page=lambda report, shown: None)
    report, shown = read_report(tmp_path / "out", "ada"), read_shown(tmp_path / "out", "ada")
    assert report
    assert ([each.cell for each in shown.figures], [each.cell for each in shown.now or ()]) == ([1, 5], [5, 6])
    page = student_page(report, shown)
    assert_inert(page)
    said = re.findall(r"<figcaption>(.*?)</figcaption>|>(cell [^<]*)</p>", page)
    assert [one or other for one, other in said] == [
        "cell 1, as submitted", "cell 1 drew nothing when it was run", "cell 5, as submitted", "cell 5, when graded",
        "cell 6 was saved without a figure", "cell 6, when graded",
    ]  # fmt: skip
    assert page.count("data:image/png;base64,") == 4


def test_a_page_of_a_notebook_is_inert_and_whole(best: Sandbox) -> None:
    """Text, code, saved text and saved figures, in order; nothing of what was saved as HTML."""
    code = CELL("x = '<b>bold</b>'\nprint(x)")
    code["outputs"] = [nbformat.v4.new_output("stream", text="<b>saved</b>\x1b[31m"), shown_as(png())]
    page = notebook_page("a.ipynb", page_body(best, read_notebook(read(TEXT(HOSTILE), code)), None))
    assert_inert(page)
    words = re.sub(r"<[^>]*>", "", page)
    for text in ("&lt;script&gt;alert(1)", "&lt;b&gt;bold&lt;/b&gt;", "&lt;b&gt;saved&lt;/b&gt;\\x1b[31m"):
        assert text in words
    assert "saved()" not in page
    assert page.count("data:image/png;base64,") == 1


def test_a_rerun_shows_what_the_code_really_gives(best: Sandbox) -> None:
    """Printed text, the last value, figures, what stopped a cell; one that never ends costs those behind it."""
    forever = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    draw = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nprint('drawn')\n1 + 1"
    notebook = read_notebook(read(CELL(draw), TEXT("between"), CELL("1 / 0"), CELL(forever), CELL("print('late')")))
    again = rerun(best, notebook, {}, seconds=2)
    assert again.texts[1] == "drawn\n2"
    assert again.texts[3] == "ZeroDivisionError: division by zero"
    assert again.texts[4] == "stopped: the time is used up"
    assert again.texts.get(5, "not run: the time is used up") == "not run: the time is used up"
    assert [figure.cell for figure in again.figures] == [1]
    page = page_body(best, notebook, again)
    assert page.count("When run now:") == 4
    assert page.count("data:image/png;base64,") == 1


@pytest.mark.parametrize("level", list(Level), ids=str)
def test_pages_are_made_at_every_level(start: Any, level: Level) -> None:
    """Rendering and rerunning need nothing that a level takes away."""
    sandbox = start(level)
    draw = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n'drawn'"
    notebook = read_notebook(read(TEXT("$x^2$"), CELL(draw)))
    again = rerun(sandbox, notebook, {}, seconds=20)
    assert (again.texts, [figure.cell for figure in again.figures]) == ({2: "'drawn'"}, [2])
    shown = illustrate(sandbox, {"why": "$x^2$"}, [SavedFigure(1, png())])
    assert "<msup>" in shown.answers["why"]
    assert len(shown.figures) == 1
    page = page_body(sandbox, notebook, again)
    assert "<msup>" in page
    assert page.count("data:image/png;base64,") == 1


def test_checks_run_from_a_cell_of_a_real_notebook(assignment: Assignment) -> None:
    """A student with a kernel: the saved notebook is checked, a mistyped name is told, so is what is not saved."""
    cells = [
        *GOOD[:2],
        "x = 3.0",
        GOOD[3],
        "from grader.notebook import run\nrun('doubles', 'variable')",
        "run('doubels')",
    ]
    folder = assignment.folder
    (folder / "homework.ipynb").write_bytes(read(*map(CELL, cells)))
    (folder / "reference").rename(folder.parent / "reference")
    try:
        unsaved = [*cells, "y = 'never saved'", "run()"]
        notebook = nbformat.v4.new_notebook(cells=list(map(CELL, unsaved)))
        NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        ).execute()
    finally:
        (folder.parent / "reference").rename(folder / "reference")
    said: list[dict[str, Any]] = [dict(cell["outputs"][0]["data"]) for cell in (notebook.cells[n] for n in (4, 5, 7))]
    text = [each["text/plain"] for each in said]
    assert text[0].startswith("✓ doubles: PASSED\n✗ variable: WRONG_ANSWER")
    assert text[0].endswith("1 of 2 points")
    assert "no public check `doubels`; name one of doubles" in text[1]
    assert text[2].startswith("A cell that you ran is not in the saved notebook")
    assert text[2].endswith("2 of 3 points")
    assert all("<script" not in each["text/html"] and "<div" in each["text/html"] for each in said)


def test_colab_keeps_the_notebook_on_a_drive(
    best: Sandbox, assignment: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found there once the drive is mounted; before that one sentence says how to save it."""
    ignored = shutil.ignore_patterns("*.ipynb", "reference")
    folder = Path(shutil.copytree(assignment.folder, tmp_path / "content", ignore=ignored))
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.setattr(grader.notebook, "DRIVE", tmp_path / "drive")
    monkeypatch.setattr(grader.notebook, "_sandbox", lambda: best)
    absent, how = results("doubles", folder=folder).notes
    assert absent.startswith("there is no `homework.ipynb`")
    assert how.startswith("Colab keeps this notebook on your Drive: save it as homework.ipynb (Ctrl+S)")
    (tmp_path / "drive").mkdir()
    (tmp_path / "drive/homework.ipynb").write_bytes(read(*map(CELL, GOOD)))
    assert results("doubles", folder=folder).as_text() == "✓ doubles: PASSED\n1 of 1 points"


def test_a_run_without_an_assignment_says_so(tmp_path: Path) -> None:
    """One sentence, no traceback."""
    (note,) = results("doubles", folder=tmp_path).notes
    assert "no assignment.toml here or above" in note
    (tmp_path / "assignment.toml").write_text("title = 3")
    assert results(folder=tmp_path).notes[0].count("assignment.toml")


def test_a_graded_notebook_may_call_run(best: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    """It does nothing there, and starts no grader in a room."""
    cells = [
        "from grader.notebook import run",
        *GOOD,
        "run('doubles')\nimport sys\nloaded = 'grader.grading.judge' in sys.modules",
    ]
    content = {"cells": [{"cell_type": "code", "source": cell, "metadata": {}} for cell in cells], "nbformat": 4}
    (tmp_path / "homework.ipynb").write_text(json.dumps(content))
    report = grade(prepare(assignment, assignment.checks), read_submission(tmp_path, assignment.manifest), best)
    assert report.points == report.max_points, report.verdicts


def test_an_answer_that_makes_a_huge_page_is_shown_as_it_was_written(best: Sandbox) -> None:
    """A table of a hundred thousand cells from four kilobytes is left out; what is shown is never cut within a tag."""
    bomb = f"|{'a|' * 300}\n|{'-|' * 300}\n" + "x\n" * 1500
    assert illustrate(best, {"bomb": bomb, "fine": "It *is*."}, []).answers == {"fine": "<p>It <em>is</em>.</p>\n"}
    reversed_words = "<em>\u202eit</em>" * 50_000
    assert clean(reversed_words) == r"<em>\u202eit</em>" * 50_000


def test_what_a_rerun_says_it_drew_is_not_believed(best: Sandbox) -> None:
    """Code that sends a frame of its own, with thousands of pictures and empty ones, gets a page with a few."""
    forge = (
        "import os, torch\nfrom grader.core import wire\n"
        "drawn = {f'figure.1.{n % 1000}': torch.ones(2, 2, 3, dtype=torch.uint8) for n in range(1000)}\n"
        "drawn['figure.2.0'] = torch.ones(0, 2, 3, dtype=torch.uint8)\n"
        "os.write(3, wire.encode_values({'cells': [], **drawn}, 1 << 26))\nos._exit(0)"
    )
    notebook = read_notebook(read(CELL(forge), CELL("1")))
    again = rerun(best, notebook, {}, seconds=20)
    assert [figure.cell for figure in again.figures] == [1] * FIGURES_CAP
    assert page_body(best, notebook, again).count("data:image/png;base64,") == FIGURES_CAP


def test_a_page_is_made_of_a_file_in_the_folder_only(tmp_path: Path) -> None:
    """Neither a link to somebody else's notebook nor a pipe that never ends is opened."""
    (tmp_path / "other.ipynb").write_bytes(read(TEXT("another's")))
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "linked.ipynb").symlink_to(tmp_path / "other.ipynb")
    os.mkfifo(tmp_path / "ada" / "pipe.ipynb")
    with pytest.raises(UsageError, match="no notebook there"):
        make_page(tmp_path / "ada", tmp_path / "page.html")
