"""The pages in a real browser: what they do, that they load nothing, and that anybody can use them. `make browser`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_reports import HOSTILE, hostile_report, report, verdict

from grader.core.verdict import Outcome
from grader.pages.html import class_page, student_page
from grader.results.gradebook import build
from grader.results.marks import Graded
from grader.results.statistics import statistics_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; see `make browser`")
if not CHROMIUM:
    pytest.skip("Chromium is not installed", allow_module_level=True)
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.process

ROOT = Path(__file__).parent.parent
GRADED = ("correct_modules", "missing_skip", "missing_file", "untouched_stub")  # of the sample class


class Looked:
    """One page, open in a window of its own, and what it did beside being shown."""

    def __init__(self, browser: Any, path: Path, **how: Any) -> None:
        self.window = browser.new_context(**how)
        self.page = self.window.new_page()
        self.requests: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.goto(path.as_uri())
        self.own = path.as_uri()

    def assert_quiet(self) -> None:
        """It has asked for nothing but itself, and no script has failed or spoken."""
        assert self.requests == [self.own]
        assert self.said == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without a window; root may start it only without its own sandbox."""
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=root)
        yield started
        started.close()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the sample class, graded."""
    folder = tmp_path_factory.mktemp("class")
    for name in GRADED:
        shutil.copytree(ROOT / "tests/submissions/cnn" / name, folder / name)
    out = tmp_path_factory.mktemp("graded") / "out"
    command = [sys.executable, "-m", "grader", "grade", "cnn", str(folder), "--out", str(out), "--quiet"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a class of forty, one of them set aside, by whom check b is passed only by every fourth."""
    reports = [
        report(
            verdict("a", case="x"),
            verdict("a", Outcome.PASSED if number % 2 else Outcome.TIME_LIMIT, case="y"),
            verdict("b", Outcome.WRONG_ANSWER if number % 4 else Outcome.PASSED, points=number, message="no"),
            submission_id=f"s{number:02}",
        )
        for number in range(1, 40)
    ]
    reports.append(report(verdict("a", Outcome.MISSING), submission_id="t99", reason="the folder is empty"))
    names = {each.submission_id: f"Ada the {each.submission_id}" for each in reports}
    book = build([Graded.of(each) for each in reports], names=names)
    page = tmp_path_factory.mktemp("large") / "index.html"
    page.write_text(class_page(reports, book, statistics_of(book, reports).items), encoding="utf-8")
    return page


def shown(looked: Looked) -> list[str]:
    """The ids of the students in the grid, from the top."""
    return looked.page.locator(".grid tbody tr:visible th").all_inner_texts()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", ["index.html", *(f"students/{name}/report.html" for name in GRADED)])
def test_a_page_is_quiet_and_accessible(browser: Any, results: Path, place: str, scheme: str) -> None:
    """No request, no error in the console, and nothing that axe-core finds fault with, by day and by night."""
    Looked(browser, results / place, color_scheme=scheme).assert_quiet()
    looked = Looked(browser, results / place, color_scheme=scheme, bypass_csp=True)  # axe-core runs in the page
    found = axe.Axe().run(looked.page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_every_link_leads_somewhere(browser: Any, results: Path) -> None:
    """From the class to each student, and there to each check."""
    looked = Looked(browser, results / "index.html")
    links = looked.page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
    assert len({link for link in links if "/students/" in link}) >= len(GRADED)
    for link in sorted(set(links)):
        looked.page.goto(link)
        inner = looked.page.locator("a[href^='#']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert all(looked.page.locator(anchor).count() == 1 for anchor in inner)


def test_a_heading_sorts(browser: Any, large: Path) -> None:
    """Once up, then down; numbers as numbers, and who is set aside at one end."""
    looked = Looked(browser, large)
    points = looked.page.get_by_role("button", name="points")
    points.click()
    assert shown(looked)[0] == "t99"
    points.click()
    assert shown(looked)[0] == "s36"
    assert looked.page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    looked.page.get_by_role("button", name="student").click()
    assert shown(looked)[:2] == ["s01", "s02"]
    looked.assert_quiet()


def test_search_and_filters(browser: Any, large: Path) -> None:
    """By id or name, by state, by a check that did not pass; the page says how many are shown."""
    looked = Looked(browser, large)
    looked.page.get_by_label("Search").fill("THE S1")
    assert shown(looked) == [f"s{number}" for number in range(10, 20)]
    looked.page.get_by_label("Not passed").select_option("b")
    assert shown(looked) == [f"s{number}" for number in range(10, 20) if number % 4]
    assert looked.page.locator("output").inner_text() == "8 of 40 shown"
    looked.page.get_by_label("Search").fill("")
    looked.page.get_by_label("Not passed").select_option("–")
    looked.page.get_by_label("State").select_option("quarantined")
    assert shown(looked) == ["t99"]
    looked.assert_quiet()


def test_cells_lead_to_their_checks_by_keyboard(browser: Any, large: Path) -> None:
    """One stop in the grid, arrows from there; a screen reader hears student, check, outcome and points."""
    looked = Looked(browser, large)
    cells = looked.page.locator(".grid tbody td a[tabindex='0']")
    assert cells.count() == 1
    cells.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowDown"):
        looked.page.keyboard.press(key)
    focused = looked.page.locator(":focus")
    assert focused.get_attribute("aria-label") == "s04, a: time limit, points: 2"
    assert focused.get_attribute("href") == "students/s04/report.html#check-1"
    looked.page.keyboard.press("ArrowRight")
    assert looked.page.locator(":focus").get_attribute("href") == "students/s04/report.html#check-2"
    assert cells.count() == 1
    looked.assert_quiet()


def test_without_scripts_the_page_is_whole(browser: Any, large: Path) -> None:
    """All rows and links are there, and no control that does nothing."""
    looked = Looked(browser, large, java_script_enabled=False)
    assert looked.page.locator(".grid tbody tr").count() == 40
    assert looked.page.locator(".grid tbody th a").count() == 40
    assert looked.page.locator("input, select, button").count() == 0


def test_on_paper_every_row_is_there(browser: Any, large: Path) -> None:
    """Print shows what a screen scrolls to, and none of the controls."""
    looked = Looked(browser, large, viewport={"width": 1100, "height": 700})
    looked.page.emulate_media(media="print")
    region = looked.page.locator(".scroll").first
    assert region.evaluate("box => box.scrollHeight - box.clientHeight") <= 1
    assert not looked.page.locator(".controls").is_visible()


@pytest.mark.parametrize("width", [390, 1300])
def test_no_page_is_wider_than_its_window(browser: Any, results: Path, large: Path, width: int) -> None:
    """Wide tables scroll in a box of their own."""
    for path in (large, results / "index.html", results / f"students/{GRADED[1]}/report.html"):
        looked = Looked(browser, path, viewport={"width": width, "height": 800})
        assert looked.page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_hostile_texts_do_nothing(browser: Any, tmp_path: Path) -> None:
    """Whatever a report says: nothing is asked for, nothing runs, and no element comes of it."""
    for number, text in enumerate(HOSTILE):
        hostile = hostile_report(text)
        book = build([Graded.of(report(verdict("a"), submission_id="ada"))], names={"ada": text})
        pages = {"student": student_page(hostile), "class": class_page([hostile, report(verdict("a"))], book)}
        for kind, source in pages.items():
            path = tmp_path / f"{kind}{number}.html"
            path.write_bytes(source.encode())
            looked = Looked(browser, path)
            assert looked.page.locator("img, iframe, object, embed, form:not(.controls)").count() == 0
            assert not re.search(
                "evil|alert", " ".join(looked.page.locator("a").evaluate_all("all => all.map(a => a.href)"))
            )
            if kind == "class":
                looked.page.locator(".grid tbody td").first.dispatch_event("pointerover")
                looked.page.get_by_role("button").first.dispatch_event("click")
            looked.assert_quiet()
