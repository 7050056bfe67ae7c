"""Marking in a real browser, by keyboard alone: two markers at one class, and what goes wrong meanwhile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from marked_class import QUESTIONS, make_class, store, submitted, texts, totals
from sample_reports import HOSTILE
from test_browser import axe, browser  # noqa: F401  (a fixture)

from grader.marking.desk import Desk, Score
from grader.rendering.illustrations import clean
from grader.results.folder import save_shown
from grader.results.report import Illustrations

pytestmark = pytest.mark.process

STUDENTS = int(os.environ.get("GRADER_MARKED", "12"))
MARKUP = """<a href="javascript:alert(1)" onclick=alert(1)>click</a> <img src=//evil.example/x onerror=alert(1)>
<iframe src="//evil.example"></iframe> <form action="//evil.example"><input autofocus onfocus=alert(1)></form>
<svg onload=alert(1)><script>alert(1)</script></svg>
<style>@import "//evil.example/x.css"; body { display: none }</style>
<math><mtext><style><img src=//evil.example onerror=alert(1)></style></mtext></math> <script>alert(1)</script>
"""  # whatever it is that a renderer gives
DONE = "document.getElementById('said').textContent.startsWith('All answers')"
PATIENCE = 120  # seconds, of a busy machine
ROOT = Path(__file__).parent.parent
WORTH = {each.id: [Fraction(points) for points, _ in each.rubric] for each in QUESTIONS}


class Server:
    """`grader mark`, as one marker starts it."""

    def __init__(self, out: Path, marker: str) -> None:
        command = [sys.executable, "-m", "grader", "mark", str(out), "--marker", marker]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout
        said = self.process.stdout.readline()
        found = re.search(r"http://\S+", said)
        assert found, said
        self.address = found[0]

    def end(self, how: signal.Signals) -> str:
        """What it said at the end."""
        self.process.send_signal(how)
        return self.process.communicate(timeout=120)[0]


class Marking:
    """A marker's page, and the keys that are pressed there."""

    def __init__(self, chromium: Any, out: Path, marker: str, **how: Any) -> None:
        self.out, self.marker = out, marker
        self.window = chromium.new_context(**how)
        self.page = self.window.new_page()
        self.page.set_default_timeout(1000 * PATIENCE)
        self.said: list[str] = []
        self.strange: list[str] = []
        self.page.on("console", lambda said: None if "(Conflict)" in said.text else self.said.append(said.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.on("request", lambda sent: None if "//127.0.0.1" in sent.url else self.strange.append(sent.url))
        self.server: Server | None = None

    def start(self) -> None:
        """A server, and its page with the first answer."""
        self.server = Server(self.out, self.marker)
        self.page.goto(self.server.address)
        self.until("document.getElementById('name').textContent")

    def end(self, how: signal.Signals) -> str:
        """End the server; what it said then."""
        assert self.server
        return self.server.end(how)

    def press(self, *keys: str) -> None:
        """Keys, one after the other. A dialog closes a moment after Escape, and takes what is pressed until then."""
        for key in keys:
            self.page.keyboard.press(key)
            if key == "Escape":
                self.until("document.querySelector('dialog[open]') === null")

    def text(self, id: str) -> str:
        """What an element says."""
        return str(self.page.locator(f"#{id}").inner_text())

    def until(self, condition: str, value: str = "") -> None:
        """Wait until something holds in the page, whose policy forbids Playwright's own way of waiting."""
        end = time.monotonic() + PATIENCE
        while not self.page.evaluate(condition, value):
            assert time.monotonic() < end, (condition, value, self.text("said"), self.said)
            time.sleep(0.002)

    def saved(self) -> None:
        """Wait until what was typed is stored."""
        self.until("document.getElementById('said').textContent.startsWith('Saved')")

    def next(self, question: int) -> float:
        """On to the next answer without points; how many seconds that took. Where somebody was first, insist.

        What was typed after the dialog has opened went there, so it is typed again.
        """
        before, began = self.text("name"), time.perf_counter()
        self.press("Enter")
        self.until("name => document.getElementById('name').textContent !== name || dialog.open || " + DONE, before)
        took = time.perf_counter() - began
        if self.page.locator("#dialog").is_visible():
            self.insist()
            mark_one(self, question)
            return self.next(question)
        return took

    def insist(self) -> None:
        """Save what was refused, with a reason."""
        assert self.text("heading").startswith("Not saved: ")
        self.page.keyboard.type("We agreed.")
        self.press("Tab", "Enter")
        self.saved()

    def turn(self, key: str) -> None:
        """On to another question, until its first answer is there."""
        before = self.text("name")
        self.press(key)
        self.until("name => document.getElementById('name').textContent !== name", before)

    def find(self, alias: str) -> None:
        """An answer by its name."""
        self.look_for(alias)
        self.press("Enter")
        self.until("name => document.getElementById('name').textContent === name && !dialog.open", alias)

    def look_for(self, alias: str) -> None:
        """Search, until nothing else is found."""
        self.press("/")
        self.page.keyboard.type(alias)
        self.until("document.querySelectorAll('#inside .choices button').length === 1")

    @property
    def done(self) -> bool:
        """Whether the page says that this question is."""
        return bool(self.page.evaluate(DONE))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A class, of whom every tenth has the same answers, and every twelfth none."""
    members = []
    for number in range(STUDENTS):
        same = ["Equal."] * 3 if number % 10 == 3 else [None] * 3 if number % 12 == 5 else []
        members.append(submitted(f"s{number:03}", *same))
    return make_class(tmp_path / "out", *members)


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Marking]]:  # noqa: F811
    """Starts `Marking`, and ends all of it, whatever became of it."""
    every: list[Marking] = []

    def start(out: Path, marker: str, **how: Any) -> Marking:
        every.append(Marking(browser, out, marker, **how))
        every[-1].start()
        return every[-1]

    yield start
    for each in every:
        each.window.close()
        if each.server and each.server.process.poll() is None:
            each.server.end(signal.SIGKILL)


def expected(text: str | None) -> int:
    """How many of the first items of the rubric an answer gets, by any marker."""
    return 0 if text is None else (len(text) + sum(map(ord, text))) % 3


def mark_one(marking: Marking, question: int) -> None:
    """Read what is shown, and give it what it deserves."""
    original = marking.page.locator("#answer .original")
    text = original.text_content() if original.count() else None
    items = min(expected(text), len(QUESTIONS[question].rubric))
    marking.press("0", *(str(each + 1) for each in range(items)))


@pytest.mark.timeout(300 + 20 * STUDENTS)  # of a busy machine
def test_two_mark_a_class_by_keyboard(opened: Callable[..., Marking], out: Path, capsys: Any) -> None:
    """With a conflict, a changed rubric, a resubmitted answer and a killed server in between; nothing is lost."""
    two = tina, theo = opened(out, "tina"), opened(out, "theo")
    took: list[float] = []
    for question in range(len(QUESTIONS)):
        if question == 0:
            _conflict(tina, theo)
        else:
            tina.turn("]")
            theo.turn("]")
        for turns in count():
            for each in two:
                if not each.done:
                    mark_one(each, question)
                    took.append(each.next(question))
            if tina.done and theo.done:
                break
            if question == 1 and turns == 0:
                _kill(tina)
            if question == 2 and turns == STUDENTS // 4:
                _change_rubric(tina)
    store(out, submitted("s001", "Resubmitted."))
    tina.turn("[")
    tina.turn("[")
    tina.until("document.getElementById('state').textContent.startsWith('look again')")
    assert "the answer has changed" in tina.text("answer")
    mark_one(tina, 0)
    tina.next(0)
    assert tina.done
    said = tina.end(signal.SIGINT)
    assert f"{STUDENTS} students, 0 of them without all points" in said, said
    worth = WORTH | {"so what": [Fraction(1, 2), WORTH["so what"][1]]}
    submitted_texts = texts(out)
    assert totals(out) == {
        (id, name): sum(worth[name][: expected(text)], Fraction()) for (id, name), text in submitted_texts.items()
    }
    assert len(submitted_texts) == 3 * STUDENTS
    assert [each.said + each.strange for each in two] == [[], []]
    with capsys.disabled():
        print(f"\n{len(took)} answers; to the next: median {1000 * median(took):.0f} ms, most {1000 * max(took):.0f}")


def test_search_shows_what_was_found_for_the_last_letters(opened: Callable[..., Marking], out: Path) -> None:
    """Also where the server answers what was asked before at last."""
    tina = opened(out, "tina")
    alias = tina.text("name")
    held: list[Any] = []
    short = f"text={alias[0]}"
    tina.page.route(
        "**/find?*", lambda route: held.append(route) if route.request.url.endswith(short) else route.continue_()
    )
    tina.look_for(alias)
    assert held
    for each in held:
        with tina.page.expect_response(lambda answer: answer.url.endswith(short)):
            each.continue_()
    tina.page.evaluate("fetch('/questions').then(answer => answer.json())")  # by then the page has heard of it
    (found,) = tina.page.locator("#inside .choices button").all_inner_texts()
    assert found.startswith(f"{alias} · unscored")


def test_what_is_large_reaches_the_server(opened: Callable[..., Marking], out: Path) -> None:
    """As do the names and versions of hundreds of equal answers, more than a browser sends while it closes a page."""
    tina = opened(out, "tina")
    sending = "ask('/flag', {question: 'why', alias: 'x'.repeat(100000)}).catch(problem => problem.message)"
    said = tina.page.evaluate(f"import('/page.js').then(({{ask}}) => {sending})")
    assert said.startswith("this answer is not there any more")


def test_what_a_colleague_scores_meanwhile_is_passed_over_unseen(opened: Callable[..., Marking], out: Path) -> None:
    """What is typed on the way to the next answer without points goes to none that has some; all stay independent."""
    tina = opened(out, "tina")
    listed = tina.page.evaluate("fetch('/overview?question=why').then(answer => answer.json())")["answers"]
    here = [each["alias"] for each in listed].index(tina.text("name"))
    _, second, *between, last = [each["alias"] for each in listed[here:] + listed[:here]]
    theo = Desk(out, "theo")
    with theo.open() as now:
        versions = {alias: now.view(now.entry("why", alias)).version for alias in between}
    assert theo.save(Score("why", versions, ("1",))) == []
    tina.page.evaluate(
        "window.names = []; new MutationObserver(() => names.push(document.getElementById('name').textContent))"
        ".observe(document.getElementById('name'), {childList: true})"
    )
    for alias in (second, last):
        mark_one(tina, 0)
        tina.next(0)
        assert tina.text("name") == alias
    assert tina.page.evaluate("names") == [second, last]
    tina.turn("d")
    assert tina.text("progress").startswith(f"0 of {len(between)} scored · marked by others, and independently by you")
    assert (tina.text("name") in between, tina.text("state")) == (True, "unscored")
    tina.press("1")
    tina.saved()
    tina.turn("d")
    tina.press("g")
    tina.until("dialog.open")
    assert "Why standardise?\t1\t1\t0" in tina.text("inside")
    assert tina.said + tina.strange == []


def _conflict(tina: Marking, theo: Marking) -> None:
    """Both score one answer. Who is second is told, both ways round, and both times insists."""
    alias = tina.text("name")
    theo.find(alias)
    tina.press("1")
    tina.saved()
    theo.press("2")
    theo.until("dialog.open")
    assert theo.text("heading") == "Not saved: tina gave 2 meanwhile"
    assert "There: 2 by tina" in theo.text("inside") and "Yours: 1" in theo.text("inside")
    theo.insist()
    theo.press("0")
    theo.saved()
    tina.find(alias)
    tina.until("document.getElementById('state').textContent.endsWith('by theo')")
    tina.press("1")
    tina.until("dialog.open")
    assert tina.text("heading") == "Not saved: theo gave 0 for this; say why you replace it"
    tina.insist()
    tina.press("0")
    mark_one(tina, 0)
    tina.saved()


def _kill(tina: Marking) -> None:
    """The server dies while something is typed. The page says so; the same is typed again once there is another one."""
    name = tina.text("name")
    tina.end(signal.SIGKILL)
    tina.press("0")
    tina.until("document.getElementById('said').textContent.startsWith('The server does not answer')")
    tina.said.clear()  # what the browser says of that
    tina.start()
    tina.turn("]")
    tina.find(name)
    assert "by tina" not in tina.text("state")


def _change_rubric(tina: Marking) -> None:
    """The first item is worth half from now on."""
    tina.page.locator("#items li button").nth(1).focus()
    tina.press("Enter", "Tab")
    tina.page.keyboard.press("Control+A")
    tina.page.keyboard.type("0.5")
    tina.press("Tab", "Enter")
    tina.until("document.getElementById('said').textContent.startsWith('The rubric is changed')")
    assert int(re.findall(r"\d+", tina.text("said"))[0]) > 0
    tina.page.evaluate("document.activeElement.blur()")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_hostile_answers_do_nothing(
    opened: Callable[..., Marking], tmp_path: Path, scheme: str
) -> None:
    """axe-core finds no fault, by day and by night; each hostile text is text, as an answer and as a comment."""
    hostile = [text[:30_000].encode(errors="replace").decode() for text in HOSTILE]
    out = make_class(tmp_path / "out", *(submitted(f"s{at}", text, text) for at, text in enumerate(hostile)))
    save_shown(out, "s0", Illustrations({"why": clean("".join([*hostile, MARKUP]))}))
    looked = opened(out, "tina", color_scheme=scheme, bypass_csp=True)  # axe-core runs in the page
    for text in hostile[:4]:
        looked.press("c")
        looked.page.keyboard.insert_text(text)
        looked.press("Escape", "1")
        looked.saved()
        looked.next(0)
    for keys in ((), ("?",), ("Escape", "b"), ("Escape", "/"), ("Escape", "r"), ("Escape", "g")):
        looked.press(*keys)
        if keys:
            looked.until("document.querySelector('dialog[open]') !== null")
        found = axe.Axe().run(looked.page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert looked.page.locator("img, iframe, object, embed, form, main script").count() == 0
    looked.press("Escape")
    with Desk(out, "tina").open() as now:
        alias = next(each.entry.alias for each in now.views("why") if each.entry.id == "s0")
    looked.find(alias)
    assert "click" in looked.page.locator("#answer .rendered").inner_text()
    assert looked.page.locator("#answer :is(a[href], img, iframe, style, form, svg, script, input)").count() == 0
    looked.page.goto(looked.page.url + "checks")
    looked.page.locator("#id").fill("s0")
    looked.press("Enter")
    looked.until("document.querySelector('#student article') !== null")
    for text in hostile[:4]:
        looked.page.get_by_role("button", name="Note a request").first.click()
        looked.page.keyboard.insert_text(text)
        looked.press("Tab", "Enter")
        looked.until("document.getElementById('said').textContent === 'the request is noted'")
        looked.page.evaluate("document.getElementById('said').textContent = ''")
    found = axe.Axe().run(looked.page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert looked.page.locator("img, iframe, object, embed, form, main script").count() == 0
    assert looked.said == [] and looked.strange == []


def test_points_of_a_check_by_keyboard(opened: Callable[..., Marking], out: Path) -> None:
    """Other points with a reason, which is asked for; a request, and the reply to it; all of it in the pages then."""
    tina = opened(out, "tina")
    tina.page.goto(tina.page.url + "checks")
    tina.page.keyboard.type("s001")
    tina.press("Enter")
    tina.until("document.querySelector('#student article') !== null")
    for reason, said in (("", "say why"), ("Our typo.", "stored")):
        tina.page.get_by_role("button", name="Other points").focus()
        tina.press("Enter")
        tina.page.keyboard.type("1.5")
        tina.press("Tab")
        tina.page.keyboard.type(reason)
        tina.press("Tab", "Enter")
        tina.until("said => document.getElementById('said').textContent.startsWith(said)", said)
    for button, text in (("Note a request", "Why so few?"), ("Reply", "See the rubric.")):
        tina.page.get_by_role("button", name=button).first.focus()
        tina.press("Enter")
        tina.page.keyboard.type(text)
        tina.press("Tab", "Enter")
        tina.until("text => document.getElementById('student').textContent.includes(text)", text)
    tina.until("document.getElementById('requests').textContent === 'None.'")
    tina.end(signal.SIGINT)
    page = (out / "students/s001/report.html").read_text()
    assert (
        "1.5 instead of 2" in " ".join(page.split())
        and "Our typo." in page
        and "See the rubric." in page
        and "so few" not in page
    )
    assert tina.strange == []
