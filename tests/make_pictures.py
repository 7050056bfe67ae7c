"""The pictures of the pages in the docs, made anew from a run of the sample class. Run: `make pictures`.

`python tests/make_pictures.py FOLDER [RESULTS]` grades `tests/submissions/cnn` first, where no RESULTS are named. It
needs what `make browser` installs.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
STUDENT = "missing_skip"
COLOURS = 128  # of a picture: pages have few
LIMIT = 150_000  # bytes of one
LIGHT, DARK = {"color_scheme": "light"}, {"color_scheme": "dark"}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
PAPER = {"student": {"width": 794, "height": 1123}, "class": {"width": 1123, "height": 794}}  # A4
SCREEN = {
    "student": {"width": 860, "height": 1520}, "class": {"width": 1300, "height": 1180},
    "mark": {"width": 1200, "height": 760}, "checks": {"width": 1200, "height": 760},
}  # fmt: skip
NAMES = {"student": "report"}  # of files, where they are other ones


def main(target: Path, results: Path | None) -> None:
    """Take all of them."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        out = Path(folder) / "results"
        if results:
            shutil.copytree(results, out)
        else:
            _grader("grade", "cnn", str(ROOT / "tests/submissions/cnn"), "--out", str(out), "--quiet")
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages = {"student": out / f"students/{STUDENT}/report.html", "class": out / "index.html"}
        for kind, page in pages.items():
            for name, how in _ways(kind):
                with _opened(browser, page.as_uri(), **how) as opened:
                    if name == "-print":
                        opened.emulate_media(media="print")
                    _save(opened, target / f"{NAMES.get(kind, kind)}{name}.png")
        with _marking(out) as address:
            for name, how in _ways("mark"):
                with _opened(browser, address, **how) as opened:
                    opened.wait_for_selector("#items button")
                    if not name:
                        _mark_some(opened)
                    _save(opened, target / f"mark{name}.png")
            with _opened(browser, address, viewport=SCREEN["checks"]) as opened:
                opened.goto(f"{opened.url}checks")
                opened.keyboard.type(STUDENT)
                opened.keyboard.press("Enter")
                opened.wait_for_selector("#student article")
                _save(opened, target / "checks.png")


def _ways(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """How a page is looked at, by what is added to the name of its picture."""
    yield "", {"viewport": SCREEN[kind], **LIGHT}
    yield "-dark", {"viewport": SCREEN[kind] | {"height": 760}, **DARK}
    yield "-phone", {**PHONE, **LIGHT}
    if kind in PAPER:
        yield "-print", {"viewport": PAPER[kind], **LIGHT}


def _mark_some(page: Any) -> None:
    """Score three answers, and begin with the next."""
    for keys in (("1", "Enter"), ("1", "2", "Enter"), ("0", "Enter"), ("1",)):
        before = page.locator("#name").inner_text()
        for key in keys:
            page.keyboard.press(key)
        if "Enter" in keys:
            page.wait_for_function("name => document.getElementById('name').textContent !== name", arg=before)
    page.keyboard.press("c")
    page.keyboard.type("Count the additions, too.")
    page.wait_for_function("document.getElementById('said').textContent.startsWith('Saved')")
    page.keyboard.press("Escape")
    page.locator("main > section").evaluate("rubric => rubric.scrollTo(0, 0)")


@contextmanager
def _opened(browser: Any, address: str, **how: Any) -> Iterator[Any]:
    window = browser.new_context(bypass_csp=True, **how)  # what waits for something runs in the page
    page = window.new_page()
    page.goto(address)
    yield page
    window.close()


@contextmanager
def _marking(out: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "grader", "mark", str(out), "--marker", "tina"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield found[0]
        process.kill()


def _save(page: Any, path: Path) -> None:
    """With few colours, and so small."""
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    assert path.stat().st_size < LIMIT, f"{path}: {path.stat().st_size} bytes"
    print(f"{path}: {path.stat().st_size // 1000} kB")


def _grader(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "grader", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
